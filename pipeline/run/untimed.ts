import { NO_ENRICHMENT } from '../parse/enrich.js'
import { fallback } from '../parse/formats/fallback.js'
import { BLOCKS } from '../parse/formats/index.js'
import { createFramer } from '../parse/frame.js'
import type { Assumption } from '../parse/infer.js'
import { originName, parseRecord } from '../parse/record.js'
import { indentOf, UNTIMED_BYTES } from '../parse/untimed.js'
import type { LogFile } from '../sources/files.js'
import { openFiles } from '../sources/lines.js'
import type { Reading } from './passes.js'
import { recordLines } from './record-lines.js'

/** So many lines are looked at; small files that are packed may be large ones. */
const MAX_LINES = 5_000
/** A log has times if so many of its lines have one somewhere; less are dates that a message talks of. */
const TIMED_SHARE = 0.25

/**
 * Finds the small files where no line says when it was written: lines that somebody pasted. Beside a log that has times an order alone says nothing:
 * then none is taken for one, and its records are not read.
 */
export async function markUntimed(files: readonly LogFile[], reading: Reading): Promise<readonly LogFile[]> {
  for (const file of files) {
    const isSmall = file.within === undefined && file.bytes <= UNTIMED_BYTES
    if (file.bytes > 0 && !(isSmall && (await isUntimed(file, reading)))) return files
  }
  return files.map((file) => ({ ...file, isUntimed: true }))
}

async function isUntimed(file: LogFile, reading: Reading): Promise<boolean> {
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
    return outcome.kind === 'events' ? outcome.format : undefined
  }
  const framer = createFramer(BLOCKS)
  let heads = 0
  let timed = 0
  for await (const { text } of openFiles([file], () => {}))
    for await (const lines of recordLines(text))
      for (const line of lines) {
        const records = framer.push(line.text, line.number)
        if (records.some((r) => isRead(formatOf(r.text)))) return false
        if (!/\S/.test(line.text) || indentOf(line.text) > 0) continue
        const format = formatOf(line.text)
        if (isRead(format)) return false
        heads++
        if (format !== undefined) timed++
        if (heads >= MAX_LINES) return false
      }
  if (framer.flush().some((r) => isRead(formatOf(r.text)))) return false
  return heads > 0 && timed < heads * TIMED_SHARE
}

/** Whether a format of its own read it, which wants the time where it belongs. */
const isRead = (format: string | undefined): boolean => format !== undefined && format !== fallback.id

/** What the summary says of such files. */
export const assumedOf = (files: readonly LogFile[]): Assumption[] =>
  files
    .filter((f) => f.isUntimed)
    .map((f) => ({
      origin: originName(f.host, f.name),
      what: 'time',
      value: 'order',
      why: 'no line has a time: the order of the lines',
    }))
