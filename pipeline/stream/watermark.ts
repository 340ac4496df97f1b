import { type ClockRecord, clockKey } from './messages.js'
import { createStallWatch } from './stall.js'

export type Watermark = {
  /** A record of the clocks topic. */
  readonly clock: (record: ClockRecord) => void
  /** The ends of the raw partitions are about to be looked up: they will tell what was unread when the clocks so far were written. */
  readonly seal: () => void
  /** The raw partitions there were after the seal, with the offset after their last record and that of their first. */
  readonly ends: (ends: readonly RawEnd[]) => void
  /** The events partition has been read up to this offset. */
  readonly read: (offset: bigint) => void
  /** Everything before this (epoch ms) is in. Never goes back. @param nowMs the wall clock: it decides when, never what */
  readonly value: (nowMs: number) => number
  /** Whether the events of a record had been written, and read here, before: then another like it is a repeat, not late. */
  readonly isWritten: (raw: { readonly topic: string; readonly partition: number; readonly offset: number }) => boolean
}
export type RawEnd = { readonly topic: string; readonly partition: number; readonly low: bigint; readonly high: bigint }

/**
 * The watermark of one events partition: the lowest clock of the raw partitions that still have unread records, else the highest of all;
 * once all have been at their end for the lateness, now less the lateness. A clock counts once the events behind it have been read, and
 * once the ends have been looked up after it: what lay unread elsewhere when it was written is then known (docs/adr/0005-watermark.md).
 * A partition that is being read, but has brought no later time for the lateness, does not hold the others: it may be all noise.
 */
export function createWatermark(eventsPartition: number, latenessMs: number): Watermark {
  /** Not yet sealed; sealed, until the ends are known; known, until the events behind them are read; and those that count. */
  let fresh: ClockRecord[] = []
  let sealed: ClockRecord[] = []
  const waiting = new Map<string, ClockRecord[]>()
  const counted = new Map<string, ClockRecord>()
  const stalls = createStallWatch(latenessMs)
  let known: readonly RawEnd[] | undefined
  let readTo = 0n
  let quietSince: number | undefined
  let highest = Number.NEGATIVE_INFINITY

  const settle = (key: string, records: ClockRecord[]) => {
    for (let next = records[0]; next && (next.written[eventsPartition] ?? 0n) <= readTo; next = records[0]) {
      counted.set(key, next)
      records.shift()
    }
    if (records.length === 0) waiting.delete(key)
  }
  const at = (e: RawEnd): ClockRecord | undefined => counted.get(clockKey(e.topic, e.partition))
  const clockOf = (e: RawEnd): number => at(e)?.clock ?? Number.NEGATIVE_INFINITY
  const holds = (e: RawEnd, nowMs: number): boolean => {
    const key = clockKey(e.topic, e.partition)
    const isUnread = e.low < e.high && (at(e)?.position ?? e.low) < e.high
    if (!isUnread) stalls.rest(key)
    return isUnread && !stalls.isStalled(key, at(e)?.clock, at(e)?.position, nowMs)
  }

  return {
    clock: (record) => {
      fresh.push(record)
    },
    seal: () => {
      sealed.push(...fresh)
      fresh = []
    },
    ends: (ends) => {
      known = ends
      for (const record of sealed) {
        const key = clockKey(record.topic, record.partition)
        const records = waiting.get(key) ?? []
        waiting.set(key, records)
        records.push(record)
        settle(key, records)
      }
      sealed = []
    },
    read: (offset) => {
      if (offset <= readTo) return
      readTo = offset
      for (const [key, records] of waiting) settle(key, records)
    },
    value: (nowMs) => {
      if (known === undefined) return highest
      const holding = known.filter((e) => holds(e, nowMs))
      if (holding.length > 0) {
        quietSince = undefined
        highest = Math.max(highest, Math.min(...holding.map(clockOf)))
        return highest
      }
      quietSince ??= nowMs
      highest = Math.max(highest, ...known.map(clockOf))
      if (nowMs - quietSince >= latenessMs) highest = Math.max(highest, nowMs - latenessMs)
      return highest
    },
    isWritten: (raw) => {
      const position = counted.get(clockKey(raw.topic, raw.partition))?.position
      return position !== undefined && BigInt(raw.offset) < position
    },
  }
}
