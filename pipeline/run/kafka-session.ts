import type { Admin, Kafka } from 'kafkajs'
import { WhytimeoutError } from '../errors.js'
import { createTopicWriter, type TopicWriter } from '../sinks/topic-writer.js'
import { connectKafka } from '../sources/kafka-client.js'
import { kafkaError } from '../sources/kafka-errors.js'
import { createTopicReader, type TopicReader } from '../sources/kafka-range.js'
import type { LoadedConfig } from './config.js'

/** What a command has of Kafka while it runs. */
export type KafkaSession = {
  readonly client: Kafka
  readonly admin: Admin
  readonly reader: TopicReader
  /** Opened at its first use. */
  readonly writer: () => Promise<TopicWriter>
}

/**
 * Connects, sees that topics are there, works, and disconnects.
 * @throws WhytimeoutError KAFKA_UNREACHABLE, KAFKA_DENIED, KAFKA_TLS_FAILED, KAFKA_TOPIC_MISSING, and what `work` throws
 */
export async function withKafka<T>(
  config: LoadedConfig,
  topics: readonly string[],
  work: (session: KafkaSession) => Promise<T>,
): Promise<T> {
  const client = await connectKafka(config.kafka)
  const admin = client.admin()
  let writer: TopicWriter | undefined
  try {
    await admin.connect()
    const there = new Set(await admin.listTopics())
    const missing = topics.filter((t) => !there.has(t))
    if (missing.length > 0) throw new WhytimeoutError('KAFKA_TOPIC_MISSING', `no topic ${missing.join(', ')}`, 'kafka')
    return await work({
      client,
      admin,
      reader: createTopicReader(client, admin, `${config.kafka.group}-read`),
      writer: async () => {
        if (!writer) {
          writer = createTopicWriter(client, () => {})
          await writer.open()
        }
        return writer
      },
    })
  } catch (cause) {
    throw isKafkaError(cause) ? kafkaError(cause, config.kafka.brokers.join(',')) : cause
  } finally {
    await writer?.close().catch(() => {})
    await admin.disconnect().catch(() => {})
  }
}

const isKafkaError = (error: unknown): error is Error => error instanceof Error && error.name.startsWith('KafkaJS')
