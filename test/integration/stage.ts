import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import kafkajs, { type Kafka, type Producer } from 'kafkajs'
import { loadConfig } from '../../pipeline/run/config.js'
import { type Stream, type StreamOptions, startStream } from '../../pipeline/run/stream.js'
import { createAndAwait, createTopics } from '../../pipeline/run/topics.js'
import type { AuditReport } from '../../schemas/audit.js'
import { runCli } from '../cli/run-cli.js'
import { freshName, waitForLeaders } from '../services/topics.js'
import type { Traffic, TrafficRecord } from '../stream/traffic.js'

/** What one streaming test has of a shared broker: topics of its own, a configuration file, a producer. */
export type Place = {
  readonly client: Kafka
  readonly prefix: string
  readonly raw: string
  readonly producer: Producer
  readonly config: string
  readonly dir: string
  readonly close: () => Promise<void>
}

export async function placeOn(
  brokers: readonly string[],
  traffic: Pick<Traffic, 'inventoryText' | 'originsText'>,
  options: { partitions?: number; replicas?: number; kafka?: string; more?: string } = {},
): Promise<Place> {
  const prefix = freshName('t')
  const raw = `${prefix}-raw`
  const replicas = options.replicas ?? 1
  const client = new kafkajs.Kafka({
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 20 },
  })
  const admin = client.admin()
  await admin.connect()
  const partitions = options.partitions ?? 3
  await createAndAwait(admin, [{ topic: raw, numPartitions: partitions, replicationFactor: replicas }])
  const internal = await createTopics(client, prefix, replicas)
  for (const topic of internal) await waitForLeaders(admin, topic, 1)
  await waitForLeaders(admin, raw, partitions)
  await admin.disconnect()
  const producer = client.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 50, maxRetryTime: 2_000 },
  })
  await producer.connect()
  const dir = await mkdtemp(join(tmpdir(), 'stream-'))
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'inventory.csv'), traffic.inventoryText)
  await writeFile(join(dir, 'origins.yml'), traffic.originsText)
  const config = join(dir, 'whytimeout.yml')
  await writeFile(
    config,
    [
      'kafka:',
      `  brokers: ${JSON.stringify(brokers)}`,
      `  topics: [${raw}]`,
      `  prefix: ${prefix}`,
      `  group: ${prefix}`,
      '  session_timeout: 6s',
      ...(options.kafka ?? '').split('\n').map((l) => `  ${l}`),
      'inventory: inventory.csv',
      'origins: origins.yml',
      'commit_interval: 500ms',
      options.more ?? '',
    ].join('\n'),
  )
  return { client, prefix, raw, producer, config, dir, close: () => producer.disconnect() }
}

const begun: Stream[] = []
/** The stream of a place, in this process. */
export async function beginStream(place: Place, more: Partial<StreamOptions> = {}): Promise<Stream> {
  const config = await loadConfig(place.config, {})
  const stream = await startStream({ config, now: Date.now, log: () => {}, ...more })
  begun.push(stream)
  return stream
}
/** To be called after each test, so that a failed one leaves no stream behind. */
export const stopStreams = async (): Promise<void> => {
  await Promise.all(begun.splice(0).map((s) => s.stop()))
}

/** Sends records in order, a log to one partition, up to `perMessage` lines a message, by steps of event time. */
export async function sendTraffic(
  place: Place,
  records: readonly TrafficRecord[],
  options: { perMessage?: number; stepMs?: number; compression?: number; between?: (at: number) => Promise<void> } = {},
): Promise<void> {
  const { perMessage = 1, stepMs = 30_000, compression, between } = options
  for (let from = 0; from < records.length; ) {
    const until = (records[from] as TrafficRecord).at + stepMs
    const open = new Map<string, string[][]>()
    let to = from
    for (; to < records.length && (records[to] as TrafficRecord).at < until; to++) {
      const r = records[to] as TrafficRecord
      const key = `${r.host}/${r.log}`
      const parts = open.get(key) ?? [[]]
      open.set(key, parts)
      for (const line of r.lines) {
        if ((parts.at(-1) as string[]).length >= perMessage) parts.push([])
        ;(parts.at(-1) as string[]).push(line)
      }
    }
    const messages = [...open].flatMap(([key, parts]) =>
      parts.map((lines) => ({
        key,
        value: Buffer.from(lines.join('\n'), 'latin1'),
        headers: { host: key.slice(0, key.indexOf('/')), log: key.slice(key.indexOf('/') + 1) },
      })),
    )
    await place.producer.send({ topic: place.raw, acks: -1, messages, ...(compression && { compression }) })
    await between?.((records[to - 1] as TrafficRecord).at)
    from = to
  }
}

/** By the books: what both stages have committed, not what they had seen when they were last asked. @returns what is missing */
export async function allDecided(place: Place, records: number): Promise<string | undefined> {
  const { out, err } = await runCli(['audit', '--config', place.config, '--json'], { now: new Date().toISOString() })
  if (out === '') return err
  const { raw, events } = (JSON.parse(out) as AuditReport).totals
  const decided = events.events + events.duplicates + events.dead_lettered
  return decided === records ? undefined : `${decided} of ${raw.read} read are decided, not ${records}`
}

/** Looks again until it holds. @throws what `look` says is missing when time is up */
export async function until(look: () => Promise<string | undefined> | string | undefined, ms: number): Promise<void> {
  const deadline = Date.now() + ms
  for (;;) {
    const missing = await look()
    if (missing === undefined) return
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${missing}`)
    await wait(100)
  }
}

/** How two sets of documents differ, in a line. */
export function difference(
  actual: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): string | undefined {
  const missing = [...expected.keys()].filter((k) => !actual.has(k))
  const extra = [...actual.keys()].filter((k) => !expected.has(k))
  const other = [...expected].filter(([k, v]) => actual.has(k) && actual.get(k) !== v).map(([k]) => k)
  if (missing.length + extra.length + other.length === 0) return undefined
  return `${missing.length} missing (${missing[0]}), ${extra.length} extra (${extra[0]}), ${other.length} other (${other[0]}: ${whereTheyDiffer(actual.get(other[0] ?? '') ?? '', expected.get(other[0] ?? '') ?? '')})`
}

/** The first paths at which two JSON documents differ, with both values. */
function whereTheyDiffer(actual: string, expected: string): string {
  const found: string[] = []
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (JSON.stringify(a) === JSON.stringify(b) || found.length >= 4) return
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
      found.push(`${path} ${JSON.stringify(a)?.slice(0, 120)} for ${JSON.stringify(b)?.slice(0, 120)}`)
    else
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        walk((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${path}.${key}`)
  }
  try {
    walk(JSON.parse(actual), JSON.parse(expected), '')
  } catch {
    return actual.slice(0, 300)
  }
  return found.join('; ')
}
