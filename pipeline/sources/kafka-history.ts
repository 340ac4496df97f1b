import { randomUUID } from 'node:crypto'
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import type { RawMessage } from '../stream/raw-message.js'
import type { Range, ReadHistory } from './history.js'

/** Ranges of partitions over kafkajs: a consumer of its own for each, in a group that vanishes with it. */
export const createKafkaHistory =
  (client: Kafka, group: string): ReadHistory =>
  async (range, take) => {
    const admin = client.admin()
    const consumer = client.consumer({
      groupId: `${group}-${randomUUID()}`,
      maxWaitTimeInMs: 100,
      maxBytesPerPartition: 4_194_304,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 20 },
    })
    try {
      await admin.connect()
      const all = await admin.fetchTopicOffsets(range.topic)
      const there = all.find((p) => p.partition === range.partition)
      const from = later(range.from, BigInt(there?.low ?? 0))
      const to = earlier(range.to, BigInt(there?.high ?? 0))
      if (from >= to) return
      await consumer.connect()
      await consumer.subscribe({ topics: [range.topic], fromBeginning: true })
      const others = all.map((p) => p.partition).filter((p) => p !== range.partition)
      await readTo(consumer, { ...range, from, to }, others, take)
    } finally {
      await consumer.disconnect()
      await admin.disconnect()
    }
  }

async function readTo(
  consumer: Consumer,
  { topic, partition, from, to }: Range,
  others: readonly number[],
  take: (messages: readonly RawMessage[]) => Promise<void>,
): Promise<void> {
  let next = from
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
    const eachBatch = async ({ batch, heartbeat }: EachBatchPayload): Promise<void> => {
      if (batch.partition !== partition || next >= to) return
      // The first fetch may begin before the seek.
      const wanted = batch.messages.map(toMessage).filter((m) => m.offset >= next && m.offset < to)
      await heartbeat()
      if (wanted.length > 0) await take(wanted)
      next = later(next, BigInt(batch.lastOffset()) + 1n)
      if (next >= to) resolve()
    }
    consumer.run({ autoCommit: false, eachBatch }).then(() => {
      if (others.length > 0) consumer.pause([{ topic, partitions: [...others] }])
      consumer.seek({ topic, partition, offset: from.toString() })
    }, reject)
  })
}

const later = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const earlier = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const toMessage = (m: KafkaMessage): RawMessage => ({
  offset: BigInt(m.offset),
  timestamp: Number(m.timestamp),
  key: m.key?.toString('utf8'),
  value: m.value ?? undefined,
  headers: Object.fromEntries(
    Object.entries(m.headers ?? {}).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value
      return first === undefined ? [] : [[name, first.toString()]]
    }),
  ),
})
