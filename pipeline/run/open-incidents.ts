import { readFile } from 'node:fs/promises'
import type { Admin, Kafka } from 'kafkajs'
import type { AlertsConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import type { Pack } from '../match/pack.js'
import { createIncidentTopicSink } from '../sinks/incident-topic.js'
import type { Sink } from '../sinks/sink.js'
import type { TopicWriter } from '../sinks/topic-writer.js'
import { createWebhook, type Webhook } from '../sinks/webhook.js'
import { createTopicReader } from '../sources/kafka-range.js'
import type { Source } from '../sources/source.js'
import type { ClockFeed } from '../stream/incident-clocks.js'
import { durationMs, type LoadedConfig } from './config.js'
import { type IncidentStage, startIncidentStage } from './incident-stage.js'
import type { StreamLog } from './log.js'
import { inOrder } from './sinks-of.js'
import { topicNames } from './topics.js'

export type OpenIncidents = IncidentStage & { readonly alerts: () => ReturnType<Webhook['counts']> | undefined }

export type OpenIncidentsOptions = {
  readonly config: LoadedConfig
  readonly client: Kafka
  readonly admin: Admin
  /** Of the group `<group>-incidents`, over the verdicts topic, from its beginning. */
  readonly source: Source
  readonly writer: Pick<TopicWriter, 'send'>
  readonly pack: Pack
  /** Where incidents go besides their topic; they are stored there before they are in the topic. */
  readonly sink: Sink
  /** Fed with every record of the clocks topic, those read at the start too. */
  readonly clocks: ClockFeed
  readonly endsOf: (topic: string) => Promise<ReadonlyMap<number, { readonly low: bigint; readonly high: bigint }>>
  readonly aliveMs: number
  readonly log: StreamLog
  readonly now: () => number
  readonly failed: (error: Error) => void
}

/**
 * The stage of incidents as configured: to their topic, to the store, and to the webhook of alerts.
 * @throws WhytimeoutError CONFIG_INVALID for certificates that cannot be read
 */
export async function openIncidents(o: OpenIncidentsOptions): Promise<OpenIncidents> {
  const { config, now, log } = o
  const topics = topicNames(config.kafka.prefix)
  const webhook = await openWebhook(config.alerts, log, now)
  const stage = await startIncidentStage({
    source: o.source,
    reader: createTopicReader(o.client, o.admin, `${config.kafka.group}-incidents-again`),
    topics,
    pack: o.pack,
    sink: inOrder([o.sink, createIncidentTopicSink(o.writer, topics.incidents)]),
    clocks: o.clocks,
    endsOf: o.endsOf,
    commitMs: durationMs(config.commit_interval),
    aliveMs: o.aliveMs,
    alert: webhook?.tell,
    isProvisionalShown: config.alerts?.provisional === true,
    now,
    failed: o.failed,
  })
  return {
    ...stage,
    alerts: () => webhook?.counts(),
    stop: async () => {
      await stage.stop()
      await webhook?.close(ALERTS_DRAIN_MS)
    },
  }
}

const ALERTS_DRAIN_MS = 3_000

async function openWebhook(
  config: AlertsConfig | undefined,
  log: StreamLog,
  now: () => number,
): Promise<Webhook | undefined> {
  if (config?.webhook === undefined) return undefined
  const { ca: path } = config
  const ca =
    path === undefined
      ? undefined
      : await readFile(path, 'utf8').catch((cause: unknown) => {
          throw new WhytimeoutError('CONFIG_INVALID', 'the certificate file cannot be read', path, { cause })
        })
  const { webhook: url, format, headers, min_verdicts: minVerdicts } = config
  return createWebhook({ url, format, headers, minVerdicts, ca, log, now })
}
