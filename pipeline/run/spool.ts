import type { LogEvent } from '../../schemas/event.js'
import { createSorter, type Sorter } from './sort.js'

const BUFFER_ITEMS = 100_000
export const BUFFER_BYTES = 160 * 1024 * 1024

/** One event on its way through the sort. */
export type Spooled = {
  at: number
  id: string
  n: number
  file: number
  /** Offset of its message, where the file is a partition of a topic. */
  message?: number
  line: number
  origin: string
  realm: string
  signals: readonly string[]
  event: LogEvent
}

/** Where it stands, for people: the file, or the partition and the message in it. */
export const placeOf = (e: Pick<Spooled, 'message'>, path: string): string =>
  e.message === undefined ? path : `${path}@${e.message}`

const bySpoolOrder = (a: Spooled, b: Spooled): number =>
  a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) || a.file - b.file || a.line - b.line || a.n - b.n

export const spool = (dir: string, maxItems = BUFFER_ITEMS): Sorter<Spooled> =>
  createSorter<Spooled>({
    dir,
    compare: bySpoolOrder,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Spooled,
    // Text twice (message, original), and about sixty fields and strings around it.
    sizeOf: (e) => 1_500 + 4 * (e.event['event.original']?.length ?? 0),
    maxItems,
    maxBytes: BUFFER_BYTES,
  })
