import { setTimeout as wait } from 'node:timers/promises'
import kafkajs, { type Kafka, type Message } from 'kafkajs'
import { reasonOf, WhytimeoutError } from '../errors.js'
import type { SinkState } from './sink.js'

const { Partitioners } = kafkajs

export type TopicMessage = {
  /** null: none. */
  readonly key: string | Buffer | null
  /** null: the key's end, in a compacted topic. */
  readonly value: string | Buffer | null
  readonly headers?: Readonly<Record<string, string | Buffer | (string | Buffer)[]>>
  /** In place of the one that the key chooses. */
  readonly partition?: number
  /** Kafka's time of it, epoch ms, where the topic takes the writer's word. */
  readonly timestamp?: number
}

/** About what a message takes on the wire, in bytes. */
export function sizeOf(m: TopicMessage): number {
  const of = (part: string | Buffer | null): number =>
    part === null ? 0 : typeof part === 'string' ? Buffer.byteLength(part) : part.length
  let size = of(m.key) + of(m.value) + 128
  for (const [name, value] of Object.entries(m.headers ?? {}))
    for (const one of Array.isArray(value) ? value : [value]) size += of(name) + of(one) + 10
  return size
}

/** Writes to topics, in order per key; a write is over when all replicas in sync have it. */
export type TopicWriter = {
  readonly open: () => Promise<void>
  /**
   * Goes on trying while the brokers are away.
   * @returns by partition, the offset after the last message written
   * @throws WhytimeoutError KAFKA_WRITE_FAILED if trying again cannot help
   */
  readonly send: (topic: string, messages: readonly TopicMessage[]) => Promise<ReadonlyMap<number, bigint>>
  readonly close: () => Promise<void>
}

/** One request: below the broker's usual limit of 1 MiB for a batch. */
const MAX_BYTES = 512 * 1024
const MAX_WAIT_MS = 10_000
const MAX_KEYS = 10_000

/**
 * @param onRetry told of every failed try, so that it can be counted
 * @param onState told when writing fails and when it goes on
 */
export function createTopicWriter(
  client: Kafka,
  onRetry: (error: Error, tries: number) => void,
  onState: (state: SinkState) => void = () => {},
): TopicWriter {
  const producer = client.producer({
    // By name: the same as Java's, so other producers agree where a key goes.
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
  })
  const admin = client.admin()
  const choose = Partitioners.DefaultPartitioner()
  const partitions = new Map<string, { partitionId: number }[]>()
  let isClosed = false

  const partitionsOf = async (topic: string): Promise<{ partitionId: number }[]> => {
    const known = partitions.get(topic)
    if (known) return known
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const found = (topics[0]?.partitions ?? []).map((p) => ({ partitionId: p.partitionId }))
    found.sort((a, b) => a.partitionId - b.partitionId)
    partitions.set(topic, found)
    return found
  }

  const chosen = new Map<string, number>()
  /** By the key alone, and keys are few where messages are many. */
  const partitionFor = (topic: string, m: TopicMessage, all: readonly { partitionId: number }[]): number => {
    const choice = () => choose({ topic, partitionMetadata: all as never, message: { key: m.key, value: m.value } })
    if (typeof m.key !== 'string') return choice()
    const name = `${topic} ${m.key}`
    const partition = chosen.get(name) ?? choice()
    if (chosen.size >= MAX_KEYS) chosen.clear()
    chosen.set(name, partition)
    return partition
  }

  const placed = (m: TopicMessage, topic: string, all: readonly { partitionId: number }[]): Message => {
    const { timestamp, headers, ...rest } = m
    return {
      ...rest,
      headers: { ...headers },
      ...(timestamp !== undefined && { timestamp: String(timestamp) }),
      partition: m.partition ?? partitionFor(topic, m, all),
    }
  }

  const sendPart = async (topic: string, messages: readonly Message[], next: Map<number, bigint>): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        const answers = await producer.send({ topic, acks: -1, messages: [...messages] })
        for (const a of answers) {
          const count = messages.filter((m) => m.partition === a.partition).length
          next.set(a.partition, BigInt(a.baseOffset as string) + BigInt(count))
        }
        if (tries > 1) onState({ up: true, retrying: 0 })
        return
      } catch (cause) {
        const error = cause as Error
        if (isClosed || !canRetry(error))
          throw new WhytimeoutError('KAFKA_WRITE_FAILED', reasonOf(error), topic, { cause: error })
        onRetry(error, tries)
        const reason = reasonOf(error)
        onState({ up: false, retrying: messages.length, reason })
        await wait(Math.min(MAX_WAIT_MS, 200 * 2 ** tries) * (0.5 + Math.random() / 2))
        onState({ up: false, retrying: 0, reason })
      }
    }
  }

  return {
    open: async () => {
      await producer.connect()
      await admin.connect()
    },
    send: async (topic, messages) => {
      // Two stages may send at the same time: each has its own.
      const next = new Map<number, bigint>()
      const all = await partitionsOf(topic)
      let part: Message[] = []
      let bytes = 0
      for (const m of messages) {
        const size = sizeOf(m)
        if (part.length > 0 && bytes + size > MAX_BYTES) {
          await sendPart(topic, part, next)
          part = []
          bytes = 0
        }
        part.push(placed(m, topic, all))
        bytes += size
      }
      if (part.length > 0) await sendPart(topic, part, next)
      return next
    },
    close: async () => {
      isClosed = true
      await producer.disconnect()
      await admin.disconnect()
    },
  }
}

/** Whether the brokers may take it later. */
function canRetry(error: Error): boolean {
  const { retriable, cause } = error as { retriable?: boolean; cause?: Error }
  if (error.name === 'KafkaJSNumberOfRetriesExceeded') return cause === undefined || canRetry(cause) || isAway(cause)
  return retriable !== false || isAway(error)
}
const isAway = (error: Error): boolean =>
  /Connection|Timeout|NotConnected|Broker|Metadata|Coordinator/i.test(error.name) ||
  /ECONN|ETIMEDOUT|closed/i.test(error.message)
