import type { Incident } from '../../schemas/incident.js'
import type { Decision } from '../diagnose/diagnose.js'
import type { Sink } from '../sinks/sink.js'
import { deadLetterDocument } from '../stream/dead-letter-document.js'
import {
  eventDocument,
  finalDocuments,
  healthDocument,
  incidentDocument,
  type StoredDocument,
  verdictDocument,
} from '../stream/documents.js'
import type { Decided } from './decide.js'
import { createSorter, type Sorter } from './sort.js'
import { BUFFER_BYTES, type Spooled } from './spool.js'

/** Documents handed over at a time; at most two batches are in memory. */
const AT_A_TIME = 2_000

/** Ids of symptoms that are no anchor: an earlier run or a live one may have stored a verdict under them. */
export type Ended = {
  readonly take: (decision: Decision) => Promise<void> | void
  readonly sorter: Sorter<StoredDocument>
}
export function collectEnded(dir: string): Ended {
  const sorter = createSorter<StoredDocument>({
    dir,
    compare: (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.version - b.version),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as StoredDocument,
    sizeOf: () => 300,
    maxItems: 100_000,
    maxBytes: BUFFER_BYTES,
  })
  return {
    sorter,
    take: async (decision) => {
      for (const d of finalDocuments(decision, [])) if (d.source === undefined) await sorter.add(d)
    },
  }
}

export type Sending = {
  readonly sink: Sink
  readonly result: Decided
  readonly incidents: Pick<Sorter<Incident>, 'sorted'>
  readonly ended: Sorter<StoredDocument>
  /** What could not be used, as the lines of dead-letters.ndjson. */
  readonly dead: Pick<Sorter<{ text: string }>, 'sorted'>
  /** All events in place of those that verdicts cite. */
  readonly events: Sorter<Spooled>
  readonly generation: number
  /** Told how many documents are stored so far. */
  readonly onProgress: (sent: number) => void
}

/**
 * Stores what a replay has found: events before the verdicts that cite them, then incidents and hours, the ends of merged symptoms last.
 * @returns documents handed over
 */
export const sendAll = ({ sink, onProgress, ...sending }: Sending): Promise<number> =>
  storeInBatches(sink, documentsOf(sending), onProgress)

/**
 * Stores documents in batches, so that memory does not grow with them. The next batch is begun while the one before is under way: the
 * last, small request of a batch leaves nobody waiting.
 * @returns documents stored
 */
export async function storeInBatches(
  sink: Sink,
  documents: AsyncIterable<StoredDocument> | Iterable<StoredDocument>,
  onProgress: (stored: number) => void,
): Promise<number> {
  let stored = 0
  let batch: StoredDocument[] = []
  let before: Promise<void> = Promise.resolve()
  const begin = async (): Promise<void> => {
    const { length } = batch
    const storing = sink.store(batch).then(() => {
      stored += length
      onProgress(stored)
    })
    // Whoever awaits it hears of a failure; until then it is not unhandled.
    storing.catch(() => {})
    batch = []
    await before
    before = storing
  }
  for await (const document of documents) if (batch.push(document) >= AT_A_TIME) await begin()
  if (batch.length > 0) await begin()
  await before
  return stored
}

async function* documentsOf({
  result,
  incidents,
  ended,
  dead,
  events,
  generation,
}: Omit<Sending, 'sink' | 'onProgress'>): AsyncGenerator<StoredDocument> {
  let last = ''
  for await (const e of events.sorted()) {
    if (e.id !== last) yield eventDocument(e, generation)
    last = e.id
  }
  for await (const verdict of result.all.sorted()) yield verdictDocument(verdict)
  // What a replay finds of an incident is all there is to it, so an equal version is a repeat.
  for await (const incident of incidents.sorted()) yield { ...incidentDocument(incident), versionType: 'external' }
  for await (const hour of result.health.sorted()) yield healthDocument(hour, generation)
  yield* ended.sorted()
  for await (const { text } of dead.sorted()) {
    const { event, error, whytimeout } = JSON.parse(text) as DeadLine
    yield deadLetterDocument({ ...whytimeout, original: event.original, code: error.code, detail: error.message })
  }
}

type DeadLine = {
  event: { original: string }
  error: { code: Parameters<typeof deadLetterDocument>[0]['code']; message: string }
  whytimeout: { origin: string }
}
