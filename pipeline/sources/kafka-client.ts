import { readFile } from 'node:fs/promises'
import kafkajs, { type KafkaConfig as ClientConfig, type Kafka as KafkaClient, type SASLOptions } from 'kafkajs'
import type { KafkaConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import { registerCodecs } from './codecs.js'
import { kafkaError } from './kafka-errors.js'

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
  const settings: ClientConfig = {
    clientId: config.client_id,
    brokers: [...config.brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    ...(config.ssl && { ssl: config.ssl === true ? true : await pemFiles(config.ssl) }),
    ...(config.sasl && { sasl: config.sasl as SASLOptions }),
  }
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

async function pemFiles(files: Exclude<KafkaConfig['ssl'], boolean>): Promise<Record<string, string | string[]>> {
  const read = async (path: string): Promise<string> =>
    readFile(path, 'utf8').catch((error: unknown) => {
      throw new WhytimeoutError('CONFIG_INVALID', 'the certificate file cannot be read', path, { cause: error })
    })
  return {
    ...(files.ca !== undefined && { ca: [await read(files.ca)] }),
    ...(files.cert !== undefined && { cert: await read(files.cert) }),
    ...(files.key !== undefined && { key: await read(files.key) }),
  }
}
