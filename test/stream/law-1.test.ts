import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import { decodeBooks } from '../../pipeline/stream/messages.js'
import { createMemoryKafka, type MemoryKafka } from './memory-kafka.js'
import { drain, startMemoryStream, TOPICS } from './memory-stream.js'
import { stored, type Traffic, type TrafficRecord, trafficOf } from './traffic.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const HOUR_MS = 3_600_000
let traffic: Traffic
beforeAll(async () => {
  traffic = await trafficOf(STORY, 0.25)
}, 60_000)

const kafkaOf = (raw: number, events = 1): MemoryKafka =>
  createMemoryKafka({
    raw,
    [TOPICS.events]: events,
    [TOPICS.clocks]: 1,
    [TOPICS.verdicts]: 1,
    [TOPICS.deadLetters]: 1,
    [TOPICS.books]: 1,
  })

const produce = (kafka: MemoryKafka, partition: number, r: Pick<TrafficRecord, 'host' | 'log' | 'at'>, text: string) =>
  kafka.append('raw', partition, {
    timestamp: r.at,
    key: undefined,
    value: Buffer.from(text, 'latin1'),
    headers: { host: r.host, log: r.log },
  })

type Run = {
  readonly kafka: MemoryKafka
  readonly store?: Map<string, StoredDocument>
  readonly messages?: 'lines' | 'records'
  readonly latenessMs?: number
  readonly inputs?: Traffic['inputs']
  readonly onStore?: (d: StoredDocument) => void
}
const start = ({ kafka, store = new Map(), inputs = traffic.inputs, ...rest }: Run) =>
  startMemoryStream({
    latenessMs: 120_000,
    ...rest,
    kafka,
    raw: ['raw'],
    pack: inputs.pack,
    record: inputs.record,
    store,
  })
const END = () => (traffic.records.at(-1)?.at ?? 0) + 1_000

/** Runs what is in the topics to its end, in one go. */
async function finish(run: Run) {
  run.kafka.setNow(END())
  const stream = await start(run)
  expect(await drain(stream, run.kafka, 30 * HOUR_MS)).toBe(true)
  return stream
}

/** Runs it in small steps in an order drawn by chance; a process that ends is started again. */
async function stumble(run: Run, random: () => number, restartChance = 0): Promise<number> {
  const { kafka } = run
  kafka.setNow(END())
  let stream = await start(run)
  let starts = 1
  for (let quiet = 0; quiet < 12; ) {
    const before = kafka.messages(TOPICS.clocks).length + kafka.messages(TOPICS.events).length
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
    const after = kafka.messages(TOPICS.clocks).length + kafka.messages(TOPICS.events).length
    quiet = after === before ? quiet + 1 : 0
  }
  kafka.crashAfter()
  expect(await drain(stream, kafka, 30 * HOUR_MS)).toBe(true)
  return starts
}
const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)] as T
/** A small generator of even numbers in [0, 1): equal seeds, equal runs. */
const randomOf = (seed: number): (() => number) => {
  let s = (seed * 2_654_435_761 + 1) >>> 0
  return () => {
    s = (s * 1_664_525 + 1_013_904_223) >>> 0
    return s / 2 ** 32
  }
}
/** Every offset is in the books once, and the sums are those of the traffic; nothing was called late that was only read again. */
function checkBooks(kafka: MemoryKafka, records: number) {
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

/** A log keeps to one partition. */
const partitionOf = (r: TrafficRecord, n: number, seed: number): number =>
  [...`${r.host}/${r.log}${seed}`].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7) % n

describe('law 1 over topics: the documents of a replay', () => {
  test('the traffic has timeouts', () =>
    expect([...traffic.expected.keys()].filter((k) => k.startsWith('whytimeout-verdicts')).length).toBeGreaterThan(20))

  test('a line a message, one partition; the books balance', async () => {
    const kafka = kafkaOf(1)
    for (const r of traffic.records) for (const line of r.lines) produce(kafka, 0, r, line)
    const store = new Map<string, StoredDocument>()
    const stream = await finish({ kafka, store })
    expect(stored(store)).toEqual(traffic.expected)
    expect(stream.counts().parse.read).toBe(traffic.records.length)
    checkBooks(kafka, traffic.records.length)
  })

  test('any number of partitions, any batches, lines by the hundred, redeliveries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(1e6),
        fc.constantFrom(1, 7, 200),
        async (raw, events, seed, perMessage) => {
          const kafka = kafkaOf(raw, events)
          const waiting = new Map<string, { r: TrafficRecord; lines: string[] }>()
          const send = ({ r, lines }: { r: TrafficRecord; lines: string[] }) =>
            produce(kafka, partitionOf(r, raw, seed), r, lines.join('\n'))
          for (const r of traffic.records) {
            for (const line of r.lines) {
              const key = `${r.host}/${r.log}`
              const part = waiting.get(key) ?? { r, lines: [] }
              part.lines.push(line)
              waiting.set(key, part)
              if (part.lines.length < perMessage && r.at - part.r.at < 30_000) continue
              waiting.delete(key)
              send(part)
            }
          }
          for (const part of waiting.values()) send(part)
          const store = new Map<string, StoredDocument>()
          await stumble({ kafka, store }, randomOf(seed))
          expect(stored(store)).toEqual(traffic.expected)
        },
      ),
      { numRuns: 8 },
    )
  }, 120_000)

  test('whole records, shuffled freely, some twice', async () => {
    const random = randomOf(7)
    const kafka = kafkaOf(3, 2)
    const twice = [...traffic.records, ...traffic.records.filter(() => random() < 0.2)]
    const shuffled = twice.map((r) => ({ r, key: random() })).sort((a, b) => a.key - b.key)
    for (const { r } of shuffled)
      kafka.append('raw', Math.floor(random() * 3), {
        timestamp: END(),
        key: undefined,
        value: Buffer.from(r.lines.join('\n'), 'latin1'),
        headers: { host: r.host, log: r.log },
      })
    const store = new Map<string, StoredDocument>()
    await stumble({ kafka, store, messages: 'records', latenessMs: 24 * HOUR_MS }, random)
    expect(stored(store)).toEqual(traffic.expected)
  }, 60_000)

  test('one raw partition held back while another is read an hour of event time ahead', async () => {
    const kafka = kafkaOf(2)
    for (const r of traffic.records) for (const line of r.lines) produce(kafka, r.host === 'router' ? 1 : 0, r, line)
    const store = new Map<string, StoredDocument>()
    kafka.setNow(END())
    const stream = await start({ kafka, store })
    expect((traffic.records.at(-1)?.at ?? 0) - (traffic.records[0]?.at ?? 0)).toBeGreaterThan(0.5 * HOUR_MS)
    await stream.deliverRaw('raw', 0, 1e9)
    for (let i = 0; i < 3; i++) {
      await stream.tick()
      await stream.deliverEvents(0, 1e9)
    }
    expect([...stored(store).values()].filter((d) => d.includes('"state":"final"'))).toEqual([])
    expect(await drain(stream, kafka, 30 * HOUR_MS)).toBe(true)
    expect(stored(store)).toEqual(traffic.expected)
  }, 60_000)

  test('a process that ends at any operation, again and again', async () => {
    let starts = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), async (seed) => {
        const random = randomOf(seed)
        const kafka = kafkaOf(3, 2)
        for (const r of traffic.records) for (const line of r.lines) produce(kafka, partitionOf(r, 3, seed), r, line)
        const store = new Map<string, StoredDocument>()
        starts += await stumble({ kafka, store }, random, 0.3)
        checkBooks(kafka, traffic.records.length)
        expect(stored(store)).toEqual(traffic.expected)
      }),
      { numRuns: 8 },
    )
    expect(starts).toBeGreaterThan(40)
  }, 240_000)

  test('a process that ends once, at every operation of a small run', async () => {
    const small = traffic.records.slice(0, 620)
    const produced = () => {
      const kafka = kafkaOf(2)
      for (const r of small) for (const line of r.lines) produce(kafka, partitionOf(r, 2, 3), r, line)
      return kafka
    }
    const run = async (kafka: MemoryKafka, crashAt: number) => {
      const store = new Map<string, StoredDocument>()
      kafka.setNow(END())
      kafka.crashAfter(crashAt)
      let stream = await start({ kafka, store })
      let crashes = 0
      for (let round = 0; round < 60; round++) {
        const works = [
          () => stream.deliverRaw('raw', round % 2, 13),
          () => stream.tick(),
          () => stream.deliverEvents(0, 9),
          () => stream.tick(),
        ]
        for (const work of works) {
          if (await work()) continue
          crashes++
          kafka.crashAfter()
          stream = await start({ kafka, store })
        }
      }
      expect(await drain(stream, kafka, 30 * HOUR_MS)).toBe(true)
      checkBooks(kafka, small.length)
      return { crashes, documents: stored(store) }
    }
    const whole = await run(produced(), Number.POSITIVE_INFINITY)
    expect(whole.documents.size).toBeGreaterThan(20)
    let crashed = 0
    for (let at = 0; at < 400; at += 7) {
      const { crashes, documents } = await run(produced(), at)
      crashed += crashes
      expect(documents, `ended at operation ${at}`).toEqual(whole.documents)
      if (crashes === 0) break
    }
    expect(crashed).toBeGreaterThan(20)
  }, 240_000)

  test('realms: each terminal its own, spread over partitions', async () => {
    const split = await trafficOf(STORY, 0.25, {
      inventory: (text) =>
        text
          .trimEnd()
          .split('\n')
          .map((line, i) => `${line},${i === 0 ? 'realm' : i === 2 ? '' : `realm-${i}`}`)
          .join('\n'),
    })
    const realms = new Set([...split.expected.values()].flatMap((d) => /"realm":"([^"]+)"/.exec(d)?.[1] ?? []))
    expect([...realms].sort()).toEqual(['default', 'realm-1', 'realm-3'])
    const kafka = kafkaOf(2, 3)
    for (const r of split.records) for (const line of r.lines) produce(kafka, partitionOf(r, 2, 1), r, line)
    const store = new Map<string, StoredDocument>()
    await stumble({ kafka, store, inputs: split.inputs }, randomOf(11), 0.1)
    expect(stored(store)).toEqual(split.expected)
  }, 60_000)

  test('one clock eight hours ahead takes nobody else with it', async () => {
    const ahead = await trafficOf(STORY, 1, {
      origins: (text) => text.replace('till-3/terminal.log:\n', `$&  skew_ms: ${-8 * HOUR_MS}\n`),
    })
    expect(ahead.records.at(-1)?.host).toBe('till-3')
    const kafka = kafkaOf(1)
    const trueTime = (r: TrafficRecord) => (r.host === 'till-3' ? r.at - 8 * HOUR_MS : r.at)
    for (const r of [...ahead.records].sort((a, b) => trueTime(a) - trueTime(b)))
      for (const line of r.lines) produce(kafka, 0, { ...r, at: trueTime(r) }, line)
    const store = new Map<string, StoredDocument>()
    kafka.setNow(END())
    const stream = await start({ kafka, store, inputs: ahead.inputs })
    expect(await drain(stream, kafka, 30 * HOUR_MS)).toBe(true)
    expect(stored(store)).toEqual(ahead.expected)
    expect(kafka.messages(TOPICS.deadLetters)).toEqual([])
  }, 60_000)
})
