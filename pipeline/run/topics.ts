import { setTimeout as wait } from 'node:timers/promises'
import kafkajs, { type Admin, type ITopicConfig, type Kafka } from 'kafkajs'
import type { KafkaConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import { escaped } from '../parse/escaped.js'
import type { RawEnd } from '../stream/watermark.js'

const { ConfigResourceTypes } = kafkajs

/** The internal topics, by the configured prefix. */
export const topicNames = (prefix: string) => ({
  events: `${prefix}.events`,
  clocks: `${prefix}.clocks`,
  known: `${prefix}.known`,
  verdicts: `${prefix}.verdicts`,
  incidents: `${prefix}.incidents`,
  books: `${prefix}.books`,
  deadLetters: `${prefix}.dead-letters`,
})
export type TopicNames = ReturnType<typeof topicNames>

/**
 * The raw topics: names, or what a pattern between slashes matches but for Kafka's own topics and ours: reading what we write would never end.
 * @throws WhytimeoutError CONFIG_INVALID
 */
export function rawTopics({ topics, prefix }: Pick<KafkaConfig, 'topics' | 'prefix'>): readonly string[] | RegExp {
  if (typeof topics !== 'string') return topics
  const pattern = topics.slice(1, -1)
  const ours = Object.values(topicNames(prefix)).map(escaped)
  try {
    new RegExp(pattern)
    return new RegExp(`^(?!__|(?:${ours.join('|')})$)(?=[^]*?(?:${pattern}))`)
  } catch (error) {
    throw new WhytimeoutError('CONFIG_INVALID', `${topics} is no regular expression`, 'kafka.topics', { cause: error })
  }
}

const WEEK_MS = 7 * 86_400_000

/** An internal topic as it must be. */
export type InternalTopic = {
  readonly topic: string
  /** Keyed by realm: it may have several partitions. */
  readonly isByRealm: boolean
  readonly settings: Readonly<Record<string, string>>
}

/**
 * The internal topics. Those that keep everything for a while keep it by the time of writing: replayed logs carry old times and would be
 * deleted at once. Said in full, because a broker's defaults may be others.
 */
export function internalTopics(prefix: string): readonly InternalTopic[] {
  const names = topicNames(prefix)
  const always = { 'unclean.leader.election.enable': 'false' }
  const keptFor = (ms: number) => ({
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': String(ms),
    'retention.bytes': '-1',
    ...always,
  })
  const newestByKey = { 'cleanup.policy': 'compact', ...always }
  return [
    { topic: names.events, isByRealm: true, settings: keptFor(WEEK_MS) },
    { topic: names.clocks, isByRealm: false, settings: newestByKey },
    { topic: names.known, isByRealm: true, settings: newestByKey },
    { topic: names.verdicts, isByRealm: true, settings: keptFor(WEEK_MS) },
    { topic: names.incidents, isByRealm: false, settings: keptFor(WEEK_MS) },
    { topic: names.books, isByRealm: false, settings: newestByKey },
    { topic: names.deadLetters, isByRealm: false, settings: keptFor(4 * WEEK_MS) },
  ]
}

/** With three copies a write is safe once two have it; with fewer, one is all that can be asked. */
export const leastInSync = (replicas: number): number => (replicas >= 3 ? 2 : 1)

/** Creates the internal topics that are missing. @returns the names created */
export async function createTopics(client: Kafka, prefix: string, replicas: number, partitions = 1): Promise<string[]> {
  const admin = client.admin()
  await admin.connect()
  try {
    const there = new Set(await admin.listTopics())
    const missing = internalTopics(prefix).filter((t) => !there.has(t.topic))
    const topics = missing.map((t) => asCreated(t, replicas, partitions))
    await createAndAwait(admin, topics)
    return missing.map((t) => t.topic)
  } finally {
    await admin.disconnect()
  }
}

const LEADERS_MS = 30_000

/**
 * Creates topics and returns once every partition has a leader. The client's own wait gives up where a broker has not heard of them yet.
 * @throws the broker's refusal, or that there was no leader in time
 */
export async function createAndAwait(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  if (topics.length === 0) return
  await admin.createTopics({ topics, waitForLeaders: false })
  const deadline = performance.now() + LEADERS_MS
  const names = topics.map((t) => t.topic)
  for (;;) {
    const found = await admin.fetchTopicMetadata({ topics: names }).catch((error: { type?: string }) => {
      if (error.type !== 'UNKNOWN_TOPIC_OR_PARTITION' && error.type !== 'LEADER_NOT_AVAILABLE') throw error
      return { topics: [] }
    })
    if (found.topics.length === names.length && found.topics.every((t) => t.partitions.every((p) => p.leader >= 0)))
      return
    if (performance.now() > deadline) throw new Error('created, but without a leader yet')
    await wait(100)
  }
}

/** An internal topic as the client creates it. */
export const asCreated = (t: InternalTopic, replicas: number, partitions: number): ITopicConfig => ({
  topic: t.topic,
  numPartitions: t.isByRealm ? partitions : 1,
  replicationFactor: replicas,
  configEntries: Object.entries({ ...t.settings, 'min.insync.replicas': String(leastInSync(replicas)) }).map(
    ([name, value]) => ({ name, value }),
  ),
})

/** Where every partition of the raw topics begins and ends now. */
export async function endsOf(admin: Admin, topics: readonly string[] | RegExp): Promise<RawEnd[]> {
  const names = topics instanceof RegExp ? (await admin.listTopics()).filter((t) => topics.test(t)) : topics
  const ends = await Promise.all(
    names.map(async (topic) =>
      (await admin.fetchTopicOffsets(topic)).map((p) => ({
        topic,
        partition: p.partition,
        low: BigInt(p.low),
        high: BigInt(p.high),
      })),
    ),
  )
  return ends.flat()
}

/** The broker's default for `max.message.bytes`: a MiB and a batch's head. */
const USUAL_MESSAGE_BYTES = 1_048_588

/** The largest batch that a topic takes, in bytes; the usual where it may not be asked. */
export async function messageLimit(admin: Admin, topic: string): Promise<number> {
  const name = 'max.message.bytes'
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }],
    })
    const entry = resources[0]?.configEntries.find((e) => e.configName === name)
    return Number(entry?.configValue) || USUAL_MESSAGE_BYTES
  } catch {
    return USUAL_MESSAGE_BYTES
  }
}
