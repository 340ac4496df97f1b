import type { Admin, Kafka } from 'kafkajs'
import { WhytimeoutError } from '../../errors.js'
import { createTopicWriter, type TopicWriter } from '../../sinks/topic-writer.js'
import { connectKafka } from '../../sources/kafka.js'
import { createTopicReader, type TopicReader } from '../../sources/kafka-range.js'
import type { LoadedConfig } from '../config.js'
import { rawTopics, type TopicNames, topicNames } from '../topics.js'
import { adaptiveSpeed, fixedSpeed, streamLag, throttled } from './throttle.js'

/** What a rerun has of the cluster. */
export type Cluster = {
  readonly client: Kafka
  readonly admin: Admin
  /** At the speed asked for. */
  readonly reader: TopicReader
  readonly topics: TopicNames
  /** Whether all topics of the stream that a rerun reads are there. */
  readonly hasStream: boolean
  readonly writer: () => Promise<TopicWriter>
  readonly close: () => Promise<void>
}

/**
 * @param rate  bytes a second; undefined: as much as the stream's lag allows
 * @param read  topics that are to be read: they must be there
 * @throws WhytimeoutError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING
 */
export async function openCluster(
  config: LoadedConfig,
  o: { readonly rate: number | undefined; readonly read: readonly string[] | RegExp },
): Promise<Cluster> {
  const client = await connectKafka(config.kafka)
  const admin = client.admin()
  const topics = topicNames(config.kafka.prefix)
  let there: readonly string[]
  try {
    await admin.connect()
    there = await admin.listTopics()
  } catch (cause) {
    await admin.disconnect().catch(() => {})
    throw new WhytimeoutError('KAFKA_UNREACHABLE', (cause as Error).message, 'kafka.brokers', { cause })
  }
  const { read } = o
  const missing = read instanceof RegExp ? [] : read.filter((t) => !there.includes(t))
  const isNone = read instanceof RegExp && !there.some((t) => read.test(t))
  if (missing.length > 0 || isNone) {
    await admin.disconnect()
    throw new WhytimeoutError(
      'KAFKA_TOPIC_MISSING',
      isNone ? `no topic matches ${String(read)}` : `no topic ${missing.join(', ')}`,
      'kafka',
    )
  }
  const lag = () => streamLag(admin, config.kafka.group, rawTopics(config.kafka), topics.events)
  const speed = o.rate === undefined ? adaptiveSpeed(lag) : fixedSpeed(o.rate)
  let writer: TopicWriter | undefined
  return {
    client,
    admin,
    topics,
    reader: throttled(createTopicReader(client, admin, `${config.kafka.group}-replay`), speed),
    hasStream: [topics.events, topics.clocks, topics.verdicts].every((t) => there.includes(t)),
    writer: async () => {
      if (!writer) {
        writer = createTopicWriter(client, () => {})
        await writer.open()
      }
      return writer
    },
    close: async () => {
      speed.stop()
      await writer?.close()
      await admin.disconnect()
    },
  }
}
