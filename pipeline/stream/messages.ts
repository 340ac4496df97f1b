import type { Observation } from '../diagnose/observation.js'

/** What the `events` topic carries: one annotated event, keyed by realm. */
export type StreamEvent = Observation & {
  readonly realm: string
  /** Place of the event in a record that gives several. */
  readonly n: number
  /** Its record may still grow: good for a provisional verdict, never for a final one. */
  readonly open?: true
}

/** How far one raw partition has been parsed; the `clocks` topic keeps the newest per partition. */
export type ClockRecord = {
  readonly topic: string
  readonly partition: number
  /** Offset up to which everything is in the events topic. */
  readonly position: bigint
  /** No earlier event is expected from it (epoch ms); absent until an event with a time was read. */
  readonly clock: number | undefined
  /** Offsets of events partitions up to which its events are written. */
  readonly events: Readonly<Record<number, bigint>>
  /** Digest of the rule pack that parsed it. */
  readonly digest: string
}

export const clockKey = (topic: string, partition: number): string => `${topic}/${partition}`

export const encodeEvent = (e: StreamEvent): string => JSON.stringify(e)
export const decodeEvent = (text: string): StreamEvent => JSON.parse(text) as StreamEvent

export const encodeClock = (c: ClockRecord): string =>
  JSON.stringify(c, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

export function decodeClock(text: string): ClockRecord {
  const raw = JSON.parse(text) as Omit<ClockRecord, 'position' | 'events'> & {
    position: string
    events: Record<string, string>
  }
  return {
    ...raw,
    position: BigInt(raw.position),
    events: Object.fromEntries(Object.entries(raw.events).map(([p, offset]) => [p, BigInt(offset)])),
  }
}

/** What an events partition's commit says besides its offset. */
export type Resume = {
  /** Events before this (epoch ms) are decided. */
  readonly from: number
  /** Offset up to which the partition had been read. */
  readonly read: bigint
}
export const encodeResume = (r: Resume): string => JSON.stringify({ from: r.from, read: r.read.toString() })
export function decodeResume(text: string | undefined): Resume | undefined {
  if (text === undefined || text === '') return undefined
  try {
    const { from, read } = JSON.parse(text) as { from: number; read: string }
    return { from, read: BigInt(read) }
  } catch {
    return undefined
  }
}
