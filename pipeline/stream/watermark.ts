import { type ClockRecord, clockKey } from './messages.js'

export type Watermark = {
  /** A record of the clocks topic. */
  readonly clock: (record: ClockRecord) => void
  /** The raw partitions there are, with the offset after their last record and that of their first. */
  readonly ends: (ends: readonly RawEnd[]) => void
  /** The events partition has been read up to this offset. */
  readonly read: (offset: bigint) => void
  /** Everything before this (epoch ms) is in. Never goes back. @param nowMs the wall clock: it decides when, never what */
  readonly value: (nowMs: number) => number
}
export type RawEnd = { readonly topic: string; readonly partition: number; readonly low: bigint; readonly high: bigint }

/**
 * The watermark of one events partition: the lowest clock of the raw partitions that still have unread records, else the highest of all;
 * once all have been at their end for the lateness, now less the lateness. A clock counts once the events behind it have been read.
 */
export function createWatermark(eventsPartition: number, latenessMs: number): Watermark {
  const waiting = new Map<string, ClockRecord[]>()
  const counted = new Map<string, ClockRecord>()
  let known: readonly RawEnd[] | undefined
  let readTo = 0n
  let quietSince: number | undefined
  let highest = Number.NEGATIVE_INFINITY

  const settle = () => {
    for (const [key, records] of waiting) {
      while (records.length > 0 && ((records[0] as ClockRecord).written[eventsPartition] ?? 0n) <= readTo)
        counted.set(key, records.shift() as ClockRecord)
      if (records.length === 0) waiting.delete(key)
    }
  }
  const unread = (): readonly RawEnd[] =>
    (known ?? []).filter(
      (e) => e.low < e.high && (counted.get(clockKey(e.topic, e.partition))?.position ?? e.low) < e.high,
    )
  const clockOf = (e: RawEnd): number => counted.get(clockKey(e.topic, e.partition))?.clock ?? Number.NEGATIVE_INFINITY

  return {
    clock: (record) => {
      const key = clockKey(record.topic, record.partition)
      const records = waiting.get(key)
      if (records) records.push(record)
      else waiting.set(key, [record])
      settle()
    },
    ends: (ends) => {
      known = ends
    },
    read: (offset) => {
      if (offset > readTo) readTo = offset
      settle()
    },
    value: (nowMs) => {
      if (known === undefined) return highest
      const open = unread()
      if (open.length > 0) {
        quietSince = undefined
        highest = Math.max(highest, Math.min(...open.map(clockOf)))
        return highest
      }
      quietSince ??= nowMs
      highest = Math.max(highest, ...known.map(clockOf))
      if (nowMs - quietSince >= latenessMs) highest = Math.max(highest, nowMs - latenessMs)
      return highest
    },
  }
}
