import type { OriginEntry } from '../../schemas/origin.js'
import { isUsable } from '../diagnose/sighting.js'
import type { Pack } from '../match/pack.js'
import { type Enrichment, enrichmentOf, terminalsByAddress } from '../parse/enrich.js'
import type { Format } from '../parse/format.js'
import type { Inference } from '../parse/infer.js'
import type { Inventory } from '../parse/inventory.js'
import { look } from '../parse/look.js'
import { parseRecord, type RecordContext } from '../parse/record.js'
import { assumedTime } from '../parse/untimed.js'
import type { LogFile } from '../sources/files.js'
import type { ReplayBooks } from './books.js'
import { eachRecord } from './inputs.js'
import { createSorter, type Sorter } from './sort.js'
import { BUFFER_BYTES, type Spooled } from './spool.js'
import type { Dated } from './untimed.js'
import { deadLetter } from './write.js'

/** What both passes over the files of a replay go by. */
export type Reading = {
  readonly formats: readonly Format[]
  readonly format: Format | undefined
  readonly inventory: Inventory | undefined
  readonly given: (origin: string) => OriginEntry
  readonly receivedAtMs: number
}
/** A file, and its place in the list of all. */
export type Numbered = { readonly file: Dated; readonly index: number }
/** Told of what is done: records seldom, bytes as they lie on the disk. */
export type PassProgress = { readonly records: (n: number) => void; readonly bytes: (n: number) => void }

const SELDOM = 2_000
const NO_IDS: ReadonlySet<string> = new Set()

/** Every record of the files, with the file's place in the list of all. */
async function each(
  numbered: readonly Numbered[],
  take: (file: LogFile, text: string, line: number, index: number, shippedAt?: number) => Promise<void> | void,
  progress: PassProgress,
): Promise<void> {
  let records = 0
  await eachRecord(
    numbered.map((n) => n.file),
    async (file, text, line, i, shippedAt) => {
      await take(file, text, line, (numbered[i] as Numbered).index, shippedAt)
      if (++records % SELDOM === 0) progress.records(SELDOM)
    },
    progress.bytes,
  )
  progress.records(records % SELDOM)
}

/** What is known of a record by where it lies. */
const ofFile = (
  { host, name, isUntimed, beside }: Dated,
  line: number,
): Pick<RecordContext, 'host' | 'logName' | 'assumed'> => ({
  host,
  logName: name,
  assumed: isUntimed ? assumedTime(line, beside) : undefined,
})

/** First pass: what the lines of the files say about their origins goes to `inference`. */
export async function lookAt(
  files: readonly Numbered[],
  { inventory, given, ...reading }: Reading,
  inference: Pick<Inference, 'observe' | 'observeColumns'>,
  progress: PassProgress,
): Promise<void> {
  const context: Omit<RecordContext, 'host' | 'logName'> = {
    ...reading,
    shownValues: inventory?.ids ?? NO_IDS,
    entryFor: (o) => ({ ...given(o), zone: given(o).zone ?? 'UTC' }),
    enrichment: { inventory, siteOfAddress: new Map() },
    anonymous: true,
    isGlance: true,
  }
  await each(
    files,
    (file, text, line, _, shippedAt) => {
      const outcome = parseRecord(text, { ...context, ...ofFile(file, line) })
      look(inference, outcome, text, { shippedAt, folder: file.host })
    },
    progress,
  )
}

/** Where the second pass puts what it reads. */
export type Taken = {
  readonly sorter: Sorter<Spooled>
  readonly dead: Sorter<DeadRecord>
  readonly books: ReplayBooks
  /** Earliest and latest time of any event, as logged. */
  readonly span: { from: number; to: number }
}
export type DeadRecord = { key: string; text: string }

export const deadSorter = (dir: string): Sorter<DeadRecord> =>
  createSorter<DeadRecord>({
    dir,
    compare: (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as DeadRecord,
    sizeOf: (letter) => letter.text.length,
    maxItems: 50_000,
    maxBytes: BUFFER_BYTES,
  })

/** Second pass: events, with what is known of their origins by now, and the books. */
export async function readAll(
  files: readonly Numbered[],
  { inventory, given, ...reading }: Reading,
  rules: {
    readonly pack: Pack
    readonly entries: ReadonlyMap<string, OriginEntry>
    readonly allEvents: boolean
    readonly onSignals?: ((ids: readonly string[]) => void) | undefined
  },
  { sorter, dead, books, span }: Taken,
  progress: PassProgress,
): Promise<void> {
  const { pack, entries, allEvents, onSignals } = rules
  const entryFor = (origin: string): OriginEntry => ({ ...entries.get(origin), ...given(origin) })
  const known = [...entries.keys()].map(entryFor)
  const enrichment: Enrichment = {
    ...enrichmentOf(inventory, known),
    ...(!inventory && { terminalOfAddress: terminalsByAddress(known) }),
  }
  const context = { ...reading, shownValues: inventory?.ids ?? NO_IDS, entryFor, enrichment }
  await each(
    files,
    async (file, text, line, index) => {
      const outcome = parseRecord(text, { ...context, ...ofFile(file, line) })
      books.read(index, outcome.origin)
      if (outcome.kind === 'dead') {
        books.dead(index, outcome.code)
        await dead.add(deadLetter(outcome, file, line))
        return
      }
      books.format(index, outcome.format)
      let isUsed = false
      for (const [n, e] of outcome.events.entries()) {
        const signals = pack.signalsOf(e.event)
        onSignals?.(signals)
        books.signals(signals)
        span.from = Math.min(span.from, e.loggedAt)
        span.to = Math.max(span.to, e.loggedAt)
        books.notTimeout(e.event)
        const isOfUse = isUsable(e.event, signals)
        isUsed ||= isOfUse
        if (!allEvents && !isOfUse) continue
        await sorter.add({
          at: e.at,
          id: e.id,
          n,
          file: index,
          line,
          origin: outcome.origin,
          realm: e.event['whytimeout.realm'] ?? 'default',
          signals,
          event: e.event,
        })
      }
      if (isUsed) books.event(index)
      else books.filtered(index)
    },
    progress,
  )
}
