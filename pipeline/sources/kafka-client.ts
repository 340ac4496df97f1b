import kafkajs, { type Kafka as KafkaClient } from 'kafkajs'
import type { KafkaConfig } from '../../schemas/config.js'
import { registerCodecs } from './codecs.js'
import { kafkaError } from './kafka-errors.js'
import { kafkaSettings } from './kafka-settings.js'

const { Kafka, logLevel } = kafkajs

/** Tries to reach the brokers at the start: some three seconds, so that a wrong setting is said at once. */
const FIRST_TRIES = { initialRetryTime: 200, maxRetryTime: 1_000, retries: 4 }
const TRIES = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 8 }

/** When a client was last refused a group (epoch ms). It loses that error on its way: "no coordinator found" is all that it says. */
const refusedAt = new WeakMap<KafkaClient, () => number>()
const REFUSED_MS = 60_000
/** Whether the brokers have refused a group to this client within the last minute. */
export const wasGroupRefused = (client: KafkaClient): boolean =>
  Date.now() - (refusedAt.get(client)?.() ?? 0) < REFUSED_MS

/**
 * A client by the configuration, after it has reached the brokers once. Its own log is not shown: what matters comes as events and errors.
 * @throws WhytimeoutError CONFIG_INVALID, KAFKA_UNREACHABLE, KAFKA_DENIED, KAFKA_TLS_FAILED
 */
export async function connectKafka(config: KafkaConfig): Promise<KafkaClient> {
  registerCodecs()
  const settings = { ...(await kafkaSettings(config)), connectionTimeout: 5_000 }
  const admin = new Kafka({ ...settings, retry: FIRST_TRIES }).admin()
  try {
    await admin.connect()
    await admin.listTopics()
  } catch (error) {
    throw kafkaError(error, config.brokers.join(','))
  } finally {
    await admin.disconnect().catch(() => {})
  }
  let at = 0
  const client = new Kafka({
    ...settings,
    retry: TRIES,
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => {
      if (/^Not authorized to access group/.test(String(entry.log['error']))) at = Date.now()
    },
  })
  refusedAt.set(client, () => at)
  return client
}
