import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import type { KafkaConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import type { RawEnd } from '../stream/watermark.js'

const { ConfigResourceTypes } = kafkajs

/** The internal topics, by the configured prefix. */
export const topicNames = (prefix: string) => ({
  events: `${prefix}.events`,
  clocks: `${prefix}.clocks`,
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
  const ours = Object.values(topicNames(prefix)).map((t) => t.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  try {
    new RegExp(pattern)
    return new RegExp(`^(?!__|(?:${ours.join('|')})$)(?=[^]*?(?:${pattern}))`)
  } catch (error) {
    throw new WhytimeoutError('CONFIG_INVALID', `${topics} is no regular expression`, 'kafka.topics', { cause: error })
  }
}

const WEEK_MS = 7 * 86_400_000

/**
 * Creates the internal topics that are missing. Events keep at least a week by the time of writing: replayed logs carry old times
 * and would be deleted at once. @returns the names created
 */
export async function createTopics(client: Kafka, prefix: string, replicas: number): Promise<string[]> {
  const names = topicNames(prefix)
  const admin = client.admin()
  await admin.connect()
  try {
    const there = new Set(await admin.listTopics())
    const entry = (topic: string, numPartitions: number, config: Readonly<Record<string, string>>) => ({
      topic,
      numPartitions,
      replicationFactor: replicas,
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
    })
    const written = { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': String(WEEK_MS) }
    const missing = [
      entry(names.events, 1, written),
      entry(names.clocks, 1, { 'cleanup.policy': 'compact' }),
      entry(names.verdicts, 1, written),
      entry(names.incidents, 1, written),
      entry(names.books, 1, { 'cleanup.policy': 'compact' }),
      entry(names.deadLetters, 1, { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': String(4 * WEEK_MS) }),
    ].filter((t) => !there.has(t.topic))
    if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true })
    return missing.map((t) => t.topic)
  } finally {
    await admin.disconnect()
  }
}

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
