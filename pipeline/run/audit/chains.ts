import type { AuditChain } from '../../../schemas/audit.js'
import type { OffsetRange } from '../../sources/kafka-range.js'
import { type Chain, type Entry, type Position, walkChain } from '../../stream/audit/chain.js'
import type { Decided } from '../../stream/audit/verdicts.js'
import { addCounts, type Counts, clockKey, NO_COUNTS } from '../../stream/messages.js'
import type { RawEnd } from '../../stream/watermark.js'

/** By group, then by `topic/partition`. */
export type Positions = ReadonlyMap<string, ReadonlyMap<string, Position>>

/** A chain for every partition that there are books of, or that there is to read. */
export function chainsOf(o: {
  readonly books: readonly Entry[]
  readonly ends: ReadonlyMap<string, RawEnd>
  readonly before: Positions
  readonly after: Positions
  readonly groupOf: (topic: string) => string
  readonly nowMs: number
}): readonly Chain[] {
  const places = new Map<string, { topic: string; partition: number; entries: Entry[] }>()
  for (const { topic, partition } of o.ends.values())
    places.set(clockKey(topic, partition), { topic, partition, entries: [] })
  for (const e of o.books) {
    const key = clockKey(e.topic, e.partition)
    const place = places.get(key) ?? { topic: e.topic, partition: e.partition, entries: [] }
    place.entries.push(e)
    places.set(key, place)
  }
  return [...places]
    .sort(([, a], [, b]) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
    .map(([key, place]) => {
      const group = o.groupOf(place.topic)
      return walkChain({
        ...place,
        ends: o.ends.get(key),
        before: o.before.get(group)?.get(key),
        after: o.after.get(group)?.get(key),
        nowMs: o.nowMs,
      })
    })
}

/** How far the events are decided, by partition. One that holds events and was never committed is not decided at all. */
export function decidedOf(
  events: readonly OffsetRange[],
  positions: ReadonlyMap<string, Position> | undefined,
): ReadonlyMap<number, Decided> {
  const used = events.filter((r) => r.to > 0n)
  return new Map(
    used.map(({ topic, partition }) => {
      const resume = positions?.get(clockKey(topic, partition))?.note.resume
      return [partition, { read: resume?.read ?? 0n, decidedMs: resume?.decided ?? Number.NEGATIVE_INFINITY }]
    }),
  )
}

export const toAuditChain = (c: Chain): AuditChain => ({
  topic: c.topic,
  partition: c.partition,
  from: c.from === undefined ? null : Number(c.from),
  to: c.to === undefined ? null : Number(c.to),
  unread: Number(c.unread),
  entries: c.entries,
  ...c.counts,
})

export const sumOf = (chains: readonly Chain[]): Counts =>
  chains.reduce<Counts>((sum, c) => addCounts(sum, c.counts), NO_COUNTS)
