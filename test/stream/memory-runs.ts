import { expect } from 'vitest'
import type { Observer } from '../../pipeline/run/observer.js'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import { decodeBooks } from '../../pipeline/stream/messages.js'
import { createMemoryKafka, type MemoryKafka } from './memory-kafka.js'
import { drain, startMemoryStream, TOPICS } from './memory-stream.js'
import type { Traffic, TrafficRecord } from './traffic.js'

export const HOUR_MS = 3_600_000

export const kafkaOf = (raw: number, events = 1): MemoryKafka =>
  createMemoryKafka({
    raw,
    [TOPICS.events]: events,
    [TOPICS.clocks]: 1,
    [TOPICS.known]: events,
    [TOPICS.verdicts]: 1,
    [TOPICS.deadLetters]: 1,
    [TOPICS.books]: 1,
  })

/** One message of a log, its host and name in the headers. */
export const produce = (
  kafka: MemoryKafka,
  partition: number,
  r: Pick<TrafficRecord, 'host' | 'log' | 'at'>,
  text: string,
) =>
  kafka.append('raw', partition, {
    timestamp: r.at,
    key: undefined,
    value: Buffer.from(text, 'latin1'),
    headers: { host: r.host, log: r.log },
  })

/** A small generator of even numbers in [0, 1): equal seeds, equal runs. */
export const randomOf = (seed: number): (() => number) => {
  let s = (seed * 2_654_435_761 + 1) >>> 0
  return () => {
    s = (s * 1_664_525 + 1_013_904_223) >>> 0
    return s / 2 ** 32
  }
}
const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)] as T

/** A log keeps to one partition. */
export const partitionOf = (r: TrafficRecord, n: number, seed: number): number =>
  [...`${r.host}/${r.log}${seed}`].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7) % n

export type Run = {
  readonly kafka: MemoryKafka
  readonly traffic: Traffic
  readonly store?: Map<string, StoredDocument>
  readonly messages?: 'lines' | 'records'
  readonly latenessMs?: number
  readonly observer?: Observer
}
export const start = ({ kafka, traffic, store = new Map(), ...rest }: Run) =>
  startMemoryStream({
    latenessMs: 120_000,
    ...rest,
    kafka,
    raw: ['raw'],
    pack: traffic.inputs.pack,
    record: traffic.inputs.record,
    store,
  })
export const endOf = (traffic: Traffic): number => (traffic.records.at(-1)?.at ?? 0) + 1_000

/** Runs what is in the topics to its end, in one go. */
export async function finish(run: Run) {
  run.kafka.setNow(endOf(run.traffic))
  const stream = await start(run)
  expect(await drain(stream, run.kafka, 30 * HOUR_MS)).toBe(true)
  return stream
}

/** Runs it in small steps in an order drawn by chance; a process that ends is started again. @returns how often it was started */
export async function stumble(run: Run, random: () => number, restartChance = 0): Promise<number> {
  const { kafka } = run
  const written = () => kafka.messages(TOPICS.clocks).length + kafka.messages(TOPICS.events).length
  kafka.setNow(endOf(run.traffic))
  let stream = await start(run)
  let starts = 1
  for (let quiet = 0; quiet < 12; ) {
    const before = written()
    if (random() < restartChance) kafka.crashAfter(Math.floor(random() * 6))
    const isAlive = await [
      () => {
        const { topic, partition } = pick(stream.parsePartitions, random)
        return stream.deliverRaw(topic, partition, 1 + Math.floor(random() * 400))
      },
      () => stream.deliverEvents(pick(stream.eventsPartitions, random).partition, 1 + Math.floor(random() * 60)),
      () => stream.tick(),
    ][Math.floor(random() * 3)]?.()
    if (!isAlive) {
      kafka.crashAfter()
      stream = await start(run)
      starts++
    }
    quiet = written() === before ? quiet + 1 : 0
  }
  kafka.crashAfter()
  expect(await drain(stream, kafka, 30 * HOUR_MS)).toBe(true)
  return starts
}

/** Every offset is in the books once, and the sums are those of the traffic; nothing was called late that was only read again. */
export function checkBooks(kafka: MemoryKafka, records: number) {
  expect(kafka.messages(TOPICS.deadLetters).map((m) => m.headers['__connect.errors.exception.class.name'])).toEqual([])
  const newest = new Map(kafka.messages(TOPICS.books).map((m) => [m.key, decodeBooks(m.value?.toString() ?? '')]))
  const chains = [...newest.values()].sort((a, b) => (a.from < b.from ? -1 : 1))
  let read = 0
  for (const topic of ['raw', TOPICS.events])
    for (const [partition, { high }] of kafka.ends(topic)) {
      let at = 0n
      for (const b of chains.filter((b) => b.topic === topic && b.partition === partition)) {
        expect(b.from, `${topic}/${partition}`).toBe(at)
        expect(b.events + b.filtered + b.duplicates + b.dead_lettered).toBe(b.read)
        at = b.to
        if (topic === 'raw') read += b.read
      }
      expect(at, `${topic}/${partition}`).toBe(high)
    }
  expect(read).toBe(records)
}
