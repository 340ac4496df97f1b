import { randomUUID } from 'node:crypto'
import type { Admin, Kafka } from 'kafkajs'
import { isTransient } from '../sources/kafka-errors.js'
import { type ClockRecord, clockKey, decodeClock } from '../stream/messages.js'
import { createStallWatch } from '../stream/stall.js'
import { createWatermark, type RawEnd, type Watermark } from '../stream/watermark.js'
import { atMost } from './patience.js'
import { endsOf } from './topics.js'

/** What everyone knows of everyone: how far each raw partition is parsed, and where it ends. */
export type Board = {
  /** Resolves once all clocks written so far are read and the ends are known. */
  readonly start: () => Promise<void>
  readonly isReady: () => boolean
  /** A new watermark of an events partition; it takes the place of an earlier one. */
  readonly watermarkOf: (eventsPartition: number) => Watermark
  /** Whether a raw partition was known a moment ago to end at this offset. */
  readonly isEnd: (topic: string, partition: number, offset: bigint) => boolean
  /** Event time (epoch ms) of the slowest raw partition that has unread records; undefined where none has. */
  readonly slowest: () => number | undefined
  /** Unread messages by raw partition. */
  readonly lag: () => ReadonlyMap<string, number>
  /** Every raw partition, with what is unread in it and the newest event time read from it (epoch ms), less the lateness. */
  readonly partitions: () => readonly RawStanding[]
  /** When the brokers last said where the partitions end, epoch ms. */
  readonly answeredMs: () => number
  readonly stop: () => Promise<void>
}

export type RawStanding = {
  readonly topic: string
  readonly partition: number
  readonly unread: number
  readonly clock: number | undefined
}

export type BoardOptions = {
  readonly client: Kafka
  readonly clocksTopic: string
  readonly rawTopics: readonly string[] | RegExp
  readonly latenessMs: number
  /** Told of every clock, those read at the start too; `isFresh` if written after this process began. */
  readonly onClock: (clock: ClockRecord, isFresh: boolean) => void
  readonly failed: (error: Error) => void
  readonly now: () => number
}

const POLL_MS = 500
const STOP_MS = 2_000
/** Ends looked up longer ago say nothing of now. */
const FRESH_MS = 5_000

export function createBoard(options: BoardOptions): Board {
  const { client, clocksTopic } = options
  const admin: Admin = client.admin()
  // Everyone reads all clocks, so each has a group of its own; it commits nothing and vanishes with the process.
  const consumer = client.consumer({
    groupId: `${clocksTopic}-${randomUUID()}`,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 20 },
  })
  const latest = new Map<string, ClockRecord>()
  const watermarks = new Map<number, Watermark>()
  const stalls = createStallWatch(options.latenessMs)
  let ends: readonly RawEnd[] | undefined
  let polledMs = 0
  let isStopped = false
  let isReady = false
  let timer: NodeJS.Timeout | undefined
  const began = options.now()

  const poll = async (): Promise<void> => {
    try {
      const sealed = [...watermarks.values()]
      for (const w of sealed) w.seal()
      ends = await endsOf(admin, options.rawTopics)
      polledMs = options.now()
      for (const w of sealed) w.ends(ends)
    } catch (error) {
      // The last ends stand: the watermark does not run ahead of a partition that cannot be looked at.
      if (!isStopped && !isTransient(error)) options.failed(error as Error)
    }
    if (!isStopped) timer = setTimeout(() => void poll(), POLL_MS)
  }

  const take = (clock: ClockRecord) => {
    latest.set(clockKey(clock.topic, clock.partition), clock)
    for (const w of watermarks.values()) w.clock(clock)
  }

  return {
    isReady: () => isReady,
    start: async () => {
      await admin.connect()
      await consumer.connect()
      const there = await admin.fetchTopicOffsets(clocksTopic)
      const left = new Map(there.filter((p) => p.low !== p.high).map((p) => [p.partition, BigInt(p.high)]))
      let allRead = () => {}
      const read = new Promise<void>((resolve) => {
        allRead = resolve
      })
      if (left.size === 0) allRead()
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart && !isStopped) options.failed(payload.error)
      })
      await consumer.subscribe({ topics: [clocksTopic], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const m of batch.messages) {
            if (!m.value) continue
            const clock = decodeClock(m.value.toString('utf8'))
            take(clock)
            options.onClock(clock, Number(m.timestamp) > began)
          }
          if (BigInt(batch.lastOffset()) + 1n >= (left.get(batch.partition) ?? 0n)) left.delete(batch.partition)
          if (left.size === 0) allRead()
        },
      })
      await read
      await poll()
      isReady = true
    },
    watermarkOf: (partition) => {
      const made = createWatermark(partition, options.latenessMs)
      for (const clock of latest.values()) made.clock(clock)
      watermarks.set(partition, made)
      return made
    },
    isEnd: (topic, partition, offset) =>
      options.now() - polledMs < FRESH_MS &&
      ends?.find((e) => e.topic === topic && e.partition === partition)?.high === offset,
    slowest: () => {
      const nowMs = options.now()
      const clocks = (ends ?? []).flatMap((e) => {
        const key = clockKey(e.topic, e.partition)
        const at = latest.get(key)
        if (unread(e) === 0) stalls.rest(key)
        else if (!stalls.isStalled(key, at?.clock, at?.position, nowMs)) return [at?.clock ?? Number.NEGATIVE_INFINITY]
        return []
      })
      return clocks.length === 0 ? undefined : Math.min(...clocks)
    },
    lag: () => new Map((ends ?? []).map((e) => [clockKey(e.topic, e.partition), unread(e)])),
    partitions: () =>
      (ends ?? []).map((e) => ({
        topic: e.topic,
        partition: e.partition,
        unread: unread(e),
        clock: latest.get(clockKey(e.topic, e.partition))?.clock,
      })),
    answeredMs: () => polledMs,
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      // Its group is its own and commits nothing; after an outage the client may wait for long before it lets go.
      await atMost(STOP_MS, consumer.disconnect())
      await atMost(STOP_MS, admin.disconnect())
    },
  }

  function unread(e: RawEnd): number {
    const position = latest.get(clockKey(e.topic, e.partition))?.position
    return Number(e.high - (position === undefined || position < e.low ? e.low : position))
  }
}
