import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type Kafka } from 'kafkajs'
import { createTopics } from '../../pipeline/run/topics.js'
import type { Corpus, CorpusMessage } from '../corpora/corpus.js'

export const clientOf = (address: string): Kafka =>
  new kafkajs.Kafka({ brokers: address.split(','), logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 20 } })

export const PARTITIONS = 3
const REQUEST_BYTES = 512 * 1024

/** A raw topic filled with a corpus: a log keeps to one partition; then one line an hour later in each, so that the clock passes the end. */
export async function fillTopic(
  client: Kafka,
  topic: string,
  messages: readonly CorpusMessage[],
  compression: number = kafkajs.CompressionTypes.None,
): Promise<number> {
  const admin = client.admin()
  await admin.connect()
  // Traffic that is repeated on following days runs into the future, which brokers refuse by default.
  const configEntries = [{ name: 'message.timestamp.after.max.ms', value: '9223372036854775807' }]
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, configEntries }], waitForLeaders: true })
  await admin.disconnect()
  const producer = client.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 })
  await producer.connect()
  const after = Math.max(...messages.map((m) => m.at)) + 12 * 3_600_000
  const ends = Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    message: {
      host: 'clock',
      log: `end-${partition}.log`,
      value: Buffer.from(
        `${new Date(after).toISOString()} INFO the end\n${new Date(after + 1).toISOString()} INFO of it`,
      ),
      at: after,
    },
  }))
  const placed = [...messages.map((message) => ({ partition: partitionOf(message), message })), ...ends]
  let [part, bytes]: [typeof placed, number] = [[], 0]
  const send = async () => {
    await producer.send({
      topic,
      compression,
      acks: -1,
      messages: part.map(({ partition, message: m }) => ({
        partition,
        key: m.host,
        value: m.value,
        timestamp: String(m.at),
        headers: { host: m.host, log: m.log },
      })),
    })
    part = []
    bytes = 0
  }
  for (const one of placed) {
    part.push(one)
    bytes += one.message.value.length + 100
    if (bytes > REQUEST_BYTES) await send()
  }
  if (part.length > 0) await send()
  await producer.disconnect()
  return placed.length
}

export const partitionOf = (m: Pick<CorpusMessage, 'host' | 'log'>): number =>
  [...`${m.host}/${m.log}`].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7) % PARTITIONS

export type Place = { readonly config: string; readonly prefix: string; readonly remove: () => Promise<void> }
let serial = 0

/** Internal topics of its own and a configuration for one run over a raw topic. */
export async function placeFor(
  address: string,
  client: Kafka,
  raw: string,
  corpus: Corpus,
  more: string,
): Promise<Place> {
  const prefix = `bench${process.pid}-${++serial}`
  await createTopics(client, prefix, 1)
  const dir = await mkdtemp(join(tmpdir(), 'bench-'))
  await writeFile(join(dir, 'inventory.csv'), corpus.inventoryText)
  await writeFile(join(dir, 'origins.yml'), corpus.originsText)
  const config = join(dir, 'whytimeout.yml')
  await writeFile(
    config,
    [
      'kafka:',
      `  brokers: [${address}]`,
      `  topics: [${raw}]`,
      `  prefix: ${prefix}`,
      `  group: ${prefix}`,
      'inventory: inventory.csv',
      'origins: origins.yml',
      more,
      '',
    ].join('\n'),
  )
  return { config, prefix, remove: () => rm(dir, { recursive: true }) }
}
