import { randomUUID } from 'node:crypto'
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { WhytimeoutError } from '../errors.js'
import type { RawMessage } from '../stream/raw-message.js'
import { toMessage } from './kafka-messages.js'

/** Messages of one partition: offsets `from <= offset < to`. */
export type OffsetRange = {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
  /** First offset that is still kept. */
  readonly low: bigint
}

/** Reads what topics hold between two points and ends; it takes part in no group of the stream and commits nothing. */
export type TopicReader = {
  /**
   * Every partition of the topics: from the first message whose Kafka time is not before `since` (epoch ms; undefined: from the first kept)
   * to the end as it is now.
   */
  readonly ranges: (topics: readonly string[] | RegExp, since: number | undefined) => Promise<readonly OffsetRange[]>
  /**
   * Hands out every message of the ranges, in the order of offsets within a partition; the next part comes when `take` is done.
   * @throws what `take` throws; WhytimeoutError KAFKA_CONSUMER_STOPPED
   */
  readonly read: (
    ranges: readonly OffsetRange[],
    take: (range: OffsetRange, messages: readonly RawMessage[]) => Promise<void>,
  ) => Promise<void>
}

/** Messages handed out at a time. */
const SLICE = 500
/** Without a single message for so long, what is missing will not come: an open transaction, or lost rights. */
const STALLED_MS = 60_000
const HEARTBEAT_MS = 3_000

/** @param group  prefix of the throw-away groups: the client can read only as a member of one */
export function createTopicReader(client: Kafka, admin: Admin, group: string): TopicReader {
  return {
    ranges: async (topics, since) => {
      const names =
        topics instanceof RegExp
          ? (await admin.listTopics()).filter((t) => topics.test(t) && !t.startsWith('__')).sort()
          : topics
      const found = await Promise.all(names.map((topic) => rangesOf(admin, topic, since)))
      return found.flat()
    },
    read: async (ranges, take) => {
      const wanted = ranges.filter((r) => r.from < r.to)
      if (wanted.length === 0) return
      const groupId = `${group}-${randomUUID()}`
      const consumer = client.consumer({
        groupId,
        maxWaitTimeInMs: 100,
        heartbeatInterval: HEARTBEAT_MS,
        allowAutoTopicCreation: false,
        retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 20 },
      })
      try {
        await consumer.connect()
        await readWith(consumer, wanted, take)
      } finally {
        await consumer.disconnect().catch(() => {})
        // It holds no offsets; the broker would forget it by itself, only later.
        await admin.deleteGroups([groupId]).catch(() => {})
      }
    },
  }
}

async function rangesOf(admin: Admin, topic: string, since: number | undefined): Promise<OffsetRange[]> {
  const ends = await admin.fetchTopicOffsets(topic)
  const starts = since === undefined ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, since))
  return ends
    .map((e) => {
      const [low, to] = [BigInt(e.low), BigInt(e.high)]
      const first = BigInt(starts.find((s) => s.partition === e.partition)?.offset ?? e.low)
      const from = first < low ? low : first
      return { topic, partition: e.partition, low, from: from < to ? from : to, to }
    })
    .sort((a, b) => a.partition - b.partition)
}

type Open = { readonly range: OffsetRange; next: bigint }

async function readWith(
  consumer: Consumer,
  ranges: readonly OffsetRange[],
  take: (range: OffsetRange, messages: readonly RawMessage[]) => Promise<void>,
): Promise<void> {
  const open = new Map<string, Open>(ranges.map((range) => [keyOf(range), { range, next: range.from }]))
  let end: (error?: Error) => void = () => {}
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve())
  })
  ended.catch(() => {})
  let moved = Date.now()
  let isBusy = false
  const passed = (topic: string, partition: number, next: bigint) => {
    moved = Date.now()
    const at = open.get(keyOf({ topic, partition }))
    if (!at) return
    if (next > at.next) at.next = next
    if (at.next < at.range.to) return
    open.delete(keyOf({ topic, partition }))
    consumer.pause([{ topic, partitions: [partition] }])
    if (open.size === 0) end()
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    // The group has committed nothing: wherever it joins, reading goes on where we say.
    for (const [topic, partitions] of Object.entries(payload.memberAssignment))
      for (const partition of partitions) {
        const at = open.get(keyOf({ topic, partition }))
        if (at) consumer.seek({ topic, partition, offset: at.next.toString() })
        else consumer.pause([{ topic, partitions: [partition] }])
      }
  })
  // Batches that hold nothing but marks of transactions are told of here alone.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) passed(payload.topic, payload.partition, BigInt(payload.lastOffset) + 1n)
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) end(new WhytimeoutError('KAFKA_CONSUMER_STOPPED', payload.error.message))
  })

  const eachBatch = async ({
    batch,
    heartbeat,
    isRunning,
    isStale,
    resolveOffset,
  }: EachBatchPayload): Promise<void> => {
    const at = open.get(keyOf(batch))
    if (!at) return
    const messages = batch.messages.filter((m) => BigInt(m.offset) >= at.next && BigInt(m.offset) < at.range.to)
    for (let from = 0; from < messages.length; from += SLICE) {
      if (!isRunning() || isStale()) return
      const slice = messages.slice(from, from + SLICE)
      isBusy = true
      const beating = setInterval(() => void heartbeat().catch(() => {}), HEARTBEAT_MS)
      try {
        await take(at.range, slice.map(toMessage))
      } catch (error) {
        end(error as Error)
        return
      } finally {
        clearInterval(beating)
        isBusy = false
      }
      const last = (slice.at(-1) as (typeof slice)[number]).offset
      resolveOffset(last)
      passed(batch.topic, batch.partition, BigInt(last) + 1n)
      await heartbeat()
    }
    passed(batch.topic, batch.partition, BigInt(batch.lastOffset()) + 1n)
  }

  await consumer.subscribe({ topics: [...new Set(ranges.map((r) => r.topic))], fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
  const watch = setInterval(() => {
    if (isBusy || Date.now() - moved < STALLED_MS) return
    const [left] = open.values()
    const place = left && `${left.range.topic}/${left.range.partition} at offset ${left.next} of ${left.range.to}`
    end(new WhytimeoutError('KAFKA_CONSUMER_STOPPED', 'nothing more came before the end of the range', place))
  }, 1_000)
  await ended.finally(() => clearInterval(watch))
}

const keyOf = (p: { readonly topic: string; readonly partition: number }): string => `${p.topic}/${p.partition}`

/**
 * Since when topics are whole: the Kafka time of the oldest message kept where older ones have been deleted; an event that happened later was
 * written later, unless its clock was ahead. undefined where nothing has been deleted.
 */
export async function keptSince(reader: TopicReader, topics: readonly string[]): Promise<number | undefined> {
  const cut = (await reader.ranges(topics, undefined)).filter((r) => r.low > 0n)
  let since: number | undefined
  await reader.read(
    cut.filter((r) => r.low < r.to).map((r) => ({ ...r, from: r.low, to: r.low + 1n })),
    async (_, messages) => {
      for (const m of messages) since = Math.max(since ?? Number.NEGATIVE_INFINITY, m.timestamp)
    },
  )
  // Everything was deleted: nothing is whole.
  return cut.some((r) => r.low >= r.to) ? Number.POSITIVE_INFINITY : since
}
