import { NO_ENRICHMENT } from '../parse/enrich.js'
import { fallback } from '../parse/formats/fallback.js'
import { BLOCKS } from '../parse/formats/index.js'
import { createFramer } from '../parse/frame.js'
import type { Assumption } from '../parse/infer.js'
import { originName, parseRecord } from '../parse/record.js'
import type { WallTime } from '../parse/time.js'
import { indentOf, UNTIMED_BYTES } from '../parse/untimed.js'
import type { LogFile } from '../sources/files.js'
import { openFiles } from '../sources/lines.js'
import type { Reading } from './passes.js'
import { recordLines } from './record-lines.js'

/** So many lines are looked at; small files that are packed may be large ones. */
const MAX_LINES = 5_000
/** A log has times if so many of its lines have one somewhere; less are dates that a message talks of. */
const TIMED_SHARE = 0.25

/** `beside`: the moment of the logs that lie beside one without times, which then is its own too. */
export type Dated = LogFile & { readonly beside?: WallTime }

/** The logs of one case that somebody pasted: so many at most, and all they say lies within this time. */
const MOST_FILES = 32
const MOMENT_MS = 10 * 60_000
/** What lies beside logs and is none: notes, settings, tables. */
const NO_LOG = /\.(?:md|markdown|rst|html?|ya?ml|conf|cnf|ini|toml|properties|csv)$/i

/**
 * Finds the small files where no line says when it was written: lines that somebody pasted. Beside logs that have times an order alone says nothing, and
 * such a file is not read, but for logs that are as small and of one moment: then what was pasted beside them is taken to be of that moment too.
 */
export async function markUntimed(files: readonly LogFile[], reading: Reading): Promise<readonly Dated[]> {
  const untimed = new Set<LogFile>()
  let beside: Span | undefined
  for (const file of files) {
    if (file.bytes === 0) {
      untimed.add(file)
      continue
    }
    const isSmall = file.within === undefined && file.bytes <= UNTIMED_BYTES
    const timed = isSmall ? await timesOf(file, reading) : undefined
    if (!isSmall || timed === MANY) return files
    if (timed === undefined) untimed.add(file)
    else beside = beside ? spanOf(beside, timed) : timed
    if (beside && (files.length > MOST_FILES || isLong(beside))) return files
  }
  const besideOf = beside && { beside: beside.wall }
  const isMarked = (file: LogFile) => untimed.has(file) && !(beside && NO_LOG.test(file.name))
  return files.map((file) => (isMarked(file) ? { ...file, isUntimed: true, ...besideOf } : file))
}

/** From the earliest to the latest, and the latest as its line states it. */
type Span = { readonly from: number; readonly to: number; readonly wall: WallTime }
const MANY = 'more than a moment'
const spanOf = (a: Span, b: Span): Span => ({
  from: Math.min(a.from, b.from),
  ...(b.to > a.to ? { to: b.to, wall: b.wall } : { to: a.to, wall: a.wall }),
})
const isLong = (span: Span): boolean => span.to - span.from > MOMENT_MS

/** @returns undefined where too few of its lines have a time */
async function timesOf(file: LogFile, reading: Reading): Promise<Span | typeof MANY | undefined> {
  let span: Span | undefined
  const formatOf = (text: string): string | undefined => {
    const outcome = parseRecord(text, {
      ...reading,
      host: file.host,
      logName: file.name,
      entryFor: reading.given,
      enrichment: NO_ENRICHMENT,
      shownValues: new Set(),
      anonymous: true,
      isGlance: true,
    })
    if (outcome.kind !== 'events') return undefined
    for (const { at, wall } of outcome.events) {
      const one = { from: at, to: at, wall }
      span = span ? spanOf(span, one) : one
    }
    return outcome.format
  }
  const framer = createFramer(BLOCKS)
  let heads = 0
  let timed = 0
  let isTimed = false
  /** Of the first line: what was pasted may be indented as a whole. */
  let indent: number | undefined
  for await (const { text } of openFiles([file], () => {}))
    for await (const lines of recordLines(text))
      for (const line of lines) {
        const records = framer.push(line.text, line.number)
        if (records.some((r) => isRead(formatOf(r.text)))) isTimed = true
        if (isTimed && span && isLong(span)) return MANY
        if (!/\S/.test(line.text)) continue
        indent ??= indentOf(line.text)
        if (indentOf(line.text) > indent) continue
        const format = formatOf(line.text)
        if (isRead(format)) isTimed = true
        heads++
        if (format !== undefined) timed++
        if (heads >= MAX_LINES) return MANY
      }
  if (framer.flush().some((r) => isRead(formatOf(r.text)))) isTimed = true
  // Lines that no format could make anything of, in times beyond belief or as headers alone: no paste, and no moment either.
  return isTimed || heads === 0 || timed >= heads * TIMED_SHARE ? (span ?? MANY) : undefined
}

/** Whether a format of its own read it, which wants the time where it belongs. */
const isRead = (format: string | undefined): boolean => format !== undefined && format !== fallback.id

/** What the summary says of such files. */
export const assumedOf = (files: readonly Dated[]): Assumption[] =>
  files
    .filter((f) => f.isUntimed)
    .map((f) => ({
      origin: originName(f.host, f.name),
      what: 'time',
      value: f.beside ? 'beside' : 'order',
      why: f.beside
        ? 'no line has a time: taken to be of the moment of the logs beside it'
        : 'no line has a time: the order of the lines',
    }))
