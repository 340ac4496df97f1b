import type { OffsetRange, TopicReader } from '../../pipeline/sources/kafka-range.js'
import type { RawMessage } from '../../pipeline/stream/raw-message.js'
import type { MemoryKafka } from './memory-kafka.js'

/** Reads topics in memory between two points. @param kept  first offset that is still there, by topic */
export function createMemoryReader(kafka: MemoryKafka, kept: Readonly<Record<string, bigint>> = {}): TopicReader {
  const partition = (topic: string, p: number): readonly RawMessage[] => kafka.partition(topic, p)
  return {
    ranges: async (topics, since) => {
      const names = topics instanceof RegExp ? kafka.topics().filter((t) => topics.test(t)) : topics
      return names.flatMap((topic) =>
        [...kafka.ends(topic)].map(([p, { high }]): OffsetRange => {
          const low = kept[topic] ?? 0n
          const first = partition(topic, p).findIndex((m) => since === undefined || m.timestamp >= since)
          const from = first < 0 ? high : BigInt(first)
          return { topic, partition: p, low, from: from < low ? low : from, to: high }
        }),
      )
    },
    read: async (ranges, take) => {
      for (const r of ranges)
        for (let at = Number(r.from); at < Number(r.to); at += 500)
          await take(r, partition(r.topic, r.partition).slice(at, Math.min(at + 500, Number(r.to))))
    },
  }
}
