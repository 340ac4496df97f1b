import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import kafkajs, { type Admin, type IHeaders, type Kafka } from 'kafkajs'

const LEADERS_MS = 30_000
const { Kafka: Client, logLevel, Partitioners } = kafkajs
/** The client's own patience ends after ten seconds: a cluster that is slow to notice a dead node needs longer. */
const PATIENT = { retries: 30, maxRetryTime: 2_000 }

export type NewMessage = {
  readonly key?: string | Buffer | null
  readonly value: string | Buffer | null
  readonly headers?: IHeaders
  readonly partition?: number
  /** Epoch ms. */
  readonly timestamp?: number
}
export type StoredMessage = {
  readonly partition: number
  readonly offset: bigint
  /** Epoch ms. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: IHeaders
}

/** What tests do to topics. */
export type Topics = {
  readonly client: Kafka
  readonly admin: Admin
  /** @returns its name: as given, with a random end so that runs do not meet */
  readonly create: (
    prefix: string,
    options?: { partitions?: number; settings?: Readonly<Record<string, string>> },
  ) => Promise<string>
  readonly produce: (topic: string, messages: readonly NewMessage[]) => Promise<void>
  /** All that is in it now, by partition and offset. */
  readonly read: (topic: string) => Promise<StoredMessage[]>
  /** Offset after the last message, by partition. */
  readonly ends: (topic: string) => Promise<ReadonlyMap<number, bigint>>
  readonly close: () => Promise<void>
}

/** A name that no other run has. */
export const freshName = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex')}`

export async function openTopics(brokers: string): Promise<Topics> {
  const client = new Client({ clientId: 'test', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const admin = client.admin({ retry: PATIENT })
  const producer = client.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    metadataMaxAge: 1_000,
    retry: PATIENT,
    // Else a send that is tried again for one partition writes twice to the others.
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  })
  await Promise.all([admin.connect(), producer.connect()])
  const offsetsOf = async (topic: string) =>
    new Map((await admin.fetchTopicOffsets(topic)).map((o) => [o.partition, o]))
  return {
    client,
    admin,
    create: async (prefix, { partitions = 1, settings = {} } = {}) => {
      const topic = freshName(prefix)
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions, configEntries }] })
      await waitForLeaders(admin, topic, partitions)
      return topic
    },
    produce: async (topic, messages) => {
      const answers = await producer.send({
        topic,
        acks: -1,
        messages: messages.map((m) => ({
          value: m.value,
          ...(m.key !== undefined && { key: m.key }),
          ...(m.headers && { headers: m.headers }),
          ...(m.partition !== undefined && { partition: m.partition }),
          ...(m.timestamp !== undefined && { timestamp: `${m.timestamp}` }),
        })),
      })
      // The client drops without a word what is for a partition that it does not know.
      const lost = messages.find((m) => m.partition !== undefined && !answers.some((a) => a.partition === m.partition))
      if (lost) throw new Error(`nothing was written to ${topic}/${lost.partition}`)
    },
    read: async (topic) => {
      const offsets = await offsetsOf(topic)
      const open = new Map([...offsets].filter(([, o]) => o.low !== o.high).map(([p, o]) => [p, BigInt(o.high)]))
      const found: StoredMessage[] = []
      if (open.size > 0) await readUntil(client, topic, open, found)
      return found.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset))
    },
    ends: async (topic) => new Map([...(await offsetsOf(topic))].map(([p, o]) => [p, BigInt(o.high)])),
    close: async () => {
      await Promise.all([admin.disconnect(), producer.disconnect()])
    },
  }
}

/** A busy broker leads a partition some time after it said that the topic is made. */
export async function waitForLeaders(admin: Admin, topic: string, partitions: number): Promise<void> {
  for (const deadline = Date.now() + LEADERS_MS; ; await wait(50)) {
    const found = await admin.fetchTopicOffsets(topic).catch((error: Error) => error)
    if (Array.isArray(found) && found.length === partitions) return
    if (Date.now() > deadline) throw Array.isArray(found) ? new Error(`${found.length} partitions of ${topic}`) : found
  }
}

/** Reads until every partition of `open` is at its end; control records and what was aborted count as read. */
async function readUntil(
  client: Kafka,
  topic: string,
  open: Map<number, bigint>,
  found: StoredMessage[],
): Promise<void> {
  const consumer = client.consumer({ groupId: freshName('read'), maxWaitTimeInMs: 50, allowAutoTopicCreation: false })
  const ended = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      const end = open.get(payload.partition)
      if (end !== undefined && BigInt(payload.lastOffset) + 1n >= end) open.delete(payload.partition)
      if (open.size === 0) resolve()
    })
    // A coordinator that is still loading makes it start again.
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
  })
  ended.catch(() => {})
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const m of batch.messages)
        found.push({
          partition: batch.partition,
          offset: BigInt(m.offset),
          timestamp: Number(m.timestamp),
          key: m.key,
          value: m.value,
          headers: m.headers ?? {},
        })
    },
  })
  await ended
  await consumer.disconnect()
}
