import type { Observation } from '../diagnose/observation.js'

export { decodeEvent, encodeEvent } from './event-codec.js'

/** What the `events` topic carries: one annotated event, keyed by realm. */
export type StreamEvent = Observation & {
  readonly realm: string
  /** Place of the event in a record that gives several. */
  readonly n: number
  /** Its record may still grow: good for a provisional verdict, never for a final one. */
  readonly open?: true
  /** Where its record began in the raw topics: message (offsets are below 2^53) and line in it, from 0. */
  readonly raw: { readonly topic: string; readonly partition: number; readonly offset: number; readonly line: number }
  /** Kafka's time of the message that its record began in, epoch ms. */
  readonly received: number
}

/**
 * How far one partition has come, by whoever reads it; the `clocks` topic keeps the newest per partition. For a raw partition: how far it
 * is parsed into the events topic. For a partition of the events topic: how far it is decided into the verdicts topic.
 */
export type ClockRecord = {
  readonly topic: string
  readonly partition: number
  /** Offset up to which everything is in the next topic. */
  readonly position: bigint
  /** Nothing earlier is expected from it (epoch ms); absent until a time was read. */
  readonly clock: number | undefined
  /** Offsets of the next topic's partitions up to which its output is written. */
  readonly written: Readonly<Record<number, bigint>>
  /** Of the rule pack. */
  readonly generation: number
  /** Of all that decides what comes out: rule pack, inventory, origins, lateness. */
  readonly digest: string
}

/** `topic/partition`: key of its clock, and name of a partition wherever one is meant. */
export const clockKey = (topic: string, partition: number): string => `${topic}/${partition}`

const offsetsAsText = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)

export const encodeClock = (c: ClockRecord): string => JSON.stringify(c, offsetsAsText)

export function decodeClock(text: string): ClockRecord {
  const raw = JSON.parse(text) as Omit<ClockRecord, 'position' | 'written'> & {
    position: string
    written: Record<string, string>
  }
  return {
    ...raw,
    position: BigInt(raw.position),
    written: Object.fromEntries(Object.entries(raw.written).map(([p, offset]) => [p, BigInt(offset)])),
  }
}

/** What became of the records that began in one range of a partition; `read` is the sum of the others. */
export type Counts = {
  readonly read: number
  readonly events: number
  readonly filtered: number
  readonly duplicates: number
  readonly dead_lettered: number
}
export const NO_COUNTS: Counts = { read: 0, events: 0, filtered: 0, duplicates: 0, dead_lettered: 0 }
export const addCounts = (a: Counts, b: Counts): Counts => ({
  read: a.read + b.read,
  events: a.events + b.events,
  filtered: a.filtered + b.filtered,
  duplicates: a.duplicates + b.duplicates,
  dead_lettered: a.dead_lettered + b.dead_lettered,
})

/**
 * One entry of the books: a range of offsets [from, to) that was committed, and what became of its records. Written right after the commit,
 * whose metadata carries it too, so whoever has the partition next writes it again if a crash came between: the chain has no gaps.
 */
export type BooksRecord = Counts & {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}
/** Key in the compacted books topic. Offsets are padded so that keys sort as they follow. */
export const booksKey = (b: Pick<BooksRecord, 'topic' | 'partition' | 'from'>): string =>
  `${clockKey(b.topic, b.partition)}/${b.from.toString().padStart(19, '0')}`
export const encodeBooks = (b: BooksRecord): string => JSON.stringify(b, offsetsAsText)
export function decodeBooks(text: string): BooksRecord {
  const raw = JSON.parse(text) as Omit<BooksRecord, 'from' | 'to'> & { from: string; to: string }
  return { ...raw, from: BigInt(raw.from), to: BigInt(raw.to) }
}

/** Metadata of a commit: what whoever reads on from there has to know. */
export type CommitNote = {
  /** The entry of the books that the commit closes; reading may have to begin before its end. */
  readonly books?: BooksRecord | undefined
  /** Of a raw partition: no earlier event was expected (epoch ms). */
  readonly clock?: number | undefined
  /** Of an events partition: where to take up the thread. */
  readonly resume?: Resume | undefined
}
export type Resume = {
  /** Events before this (epoch ms) are of no use to a verdict that is not decided yet. */
  readonly from: number
  /** The watermark: episodes whose window ended before it are decided and stored. */
  readonly decided: number
  /** Offset up to which the partition had been read. */
  readonly read: bigint
}
export const encodeNote = (n: CommitNote): string => JSON.stringify(n, offsetsAsText)
/** @returns an empty note for none, or for another program's */
export function decodeNote(text: string | undefined): CommitNote {
  try {
    const { books, clock, resume } = JSON.parse(text ?? '') as {
      books?: object
      clock?: number
      resume?: { from: number; decided: number | null; read: string }
    }
    return {
      books: books && decodeBooks(JSON.stringify(books)),
      clock,
      // JSON has no infinity: nothing decided is null.
      resume: resume && {
        from: resume.from,
        decided: resume.decided ?? Number.NEGATIVE_INFINITY,
        read: BigInt(resume.read),
      },
    }
  } catch {
    return {}
  }
}
