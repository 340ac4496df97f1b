import { readFile } from 'node:fs/promises'
import type { Consumer, EachBatchPayload, IHeaders, Kafka as KafkaClient, KafkaMessage, SASLOptions } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { KafkaConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import type { RawMessage } from '../stream/raw-message.js'
import { registerCodecs } from './codecs.js'
import type { Source } from './source.js'

const { Kafka, logLevel } = kafkajs

/** A client by the configuration. The client's own log is silent: what matters comes as events and errors. */
export async function connectKafka(config: KafkaConfig): Promise<KafkaClient> {
  registerCodecs()
  return new Kafka({
    clientId: config.client_id,
    brokers: [...config.brokers],
    logLevel: logLevel.NOTHING,
    ...(config.ssl && { ssl: config.ssl === true ? true : await pemFiles(config.ssl) }),
    ...(config.sasl && { sasl: config.sasl as SASLOptions }),
    retry: { initialRetryTime: 200, maxRetryTime: 10_000, retries: 12 },
  })
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

export type SourceOptions = {
  readonly group: string
  /** Names, or a pattern. */
  readonly topics: readonly string[] | RegExp
  readonly fromBeginning: boolean
  readonly sessionTimeoutMs: number
}

/** A group's source over kafkajs. Offsets are committed only when the stage says so. */
export function createKafkaSource(client: KafkaClient, options: SourceOptions): Source {
  const consumer: Consumer = client.consumer({
    groupId: options.group,
    sessionTimeout: options.sessionTimeoutMs,
    heartbeatInterval: Math.max(200, Math.floor(options.sessionTimeoutMs / 6)),
    rebalanceTimeout: Math.max(10_000, options.sessionTimeoutMs * 2),
    maxWaitTimeInMs: 250,
    maxBytesPerPartition: 1_048_576,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 20 },
  })
  const admin = client.admin()
  let isStopping = false
  let aliveMs = 0

  return {
    run: async ({ assigned, batch, failed, restarting }) => {
      await admin.connect()
      await consumer.connect()
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
        assigned(
          Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
            partitions.map((partition) => ({ topic, partition })),
          ),
        ),
      )
      consumer.on(consumer.events.HEARTBEAT, () => {
        aliveMs = Date.now()
      })
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (isStopping) return
        if (payload.restart) restarting?.(payload.error)
        else failed(payload.error)
      })
      await consumer.subscribe({
        topics: options.topics instanceof RegExp ? [options.topics] : [...options.topics],
        fromBeginning: options.fromBeginning,
      })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 1,
        eachBatch: (payload) => batch(toBatch(payload), control(payload)),
      })
    },
    committed: async (topic, partition) => {
      const [found] = await admin.fetchOffsets({ groupId: options.group, topics: [topic] })
      const own = found?.partitions.find((p) => p.partition === partition)
      return own === undefined || own.offset === '-1'
        ? undefined
        : { offset: BigInt(own.offset), metadata: own.metadata ?? undefined }
    },
    commit: async (topic, partition, { offset, metadata }) => {
      try {
        await consumer.commitOffsets([
          { topic, partition, offset: offset.toString(), ...(metadata !== undefined && { metadata }) },
        ])
        return true
      } catch {
        return false
      }
    },
    isMember: () => Date.now() - aliveMs < options.sessionTimeoutMs,
    stop: async () => {
      isStopping = true
      await consumer.disconnect()
      await admin.disconnect()
    },
  }
}

const toBatch = ({ batch }: EachBatchPayload) => ({
  topic: batch.topic,
  partition: batch.partition,
  messages: batch.messages.map(toMessage),
  next: BigInt(batch.lastOffset()) + 1n,
})

const control = ({ heartbeat, isRunning, isStale, resolveOffset, pause }: EachBatchPayload) => ({
  alive: heartbeat,
  isCurrent: () => isRunning() && !isStale(),
  passed: (offset: bigint) => resolveOffset(offset.toString()),
  defer: (ms: number) => {
    const resume = pause()
    setTimeout(resume, ms).unref()
  },
})

export const toMessage = (m: KafkaMessage): RawMessage => ({
  offset: BigInt(m.offset),
  timestamp: Number(m.timestamp),
  key: m.key?.toString('utf8'),
  value: m.value ?? undefined,
  headers: toHeaders(m.headers),
  wire: { key: m.key, headers: m.headers },
})

const toHeaders = (headers: IHeaders | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value
      return first === undefined ? [] : [[name, first.toString()]]
    }),
  )
