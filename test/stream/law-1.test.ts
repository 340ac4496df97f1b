import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import type { MemoryKafka } from './memory-kafka.js'
import {
  checkBooks,
  endOf,
  finish,
  HOUR_MS,
  kafkaOf,
  partitionOf,
  produce,
  randomOf,
  start,
  stumble,
} from './memory-runs.js'
import { drain, TOPICS } from './memory-stream.js'
import { stored, type Traffic, type TrafficRecord, trafficOf } from './traffic.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
let traffic: Traffic
beforeAll(async () => {
  traffic = await trafficOf(STORY, 0.25)
}, 60_000)

describe('law 1 over topics: the documents of a replay', () => {
  test('the traffic has timeouts', () =>
    expect([...traffic.expected.keys()].filter((k) => k.startsWith('whytimeout-verdicts')).length).toBeGreaterThan(20))

  test('a line a message, one partition; the books balance', async () => {
    const kafka = kafkaOf(1)
    for (const r of traffic.records) for (const line of r.lines) produce(kafka, 0, r, line)
    const store = new Map<string, StoredDocument>()
    const stream = await finish({ kafka, traffic, store })
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
          await stumble({ kafka, traffic, store }, randomOf(seed))
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
        timestamp: endOf(traffic),
        key: undefined,
        value: Buffer.from(r.lines.join('\n'), 'latin1'),
        headers: { host: r.host, log: r.log },
      })
    const store = new Map<string, StoredDocument>()
    await stumble({ kafka, traffic, store, messages: 'records', latenessMs: 24 * HOUR_MS }, random)
    expect(stored(store)).toEqual(traffic.expected)
  }, 60_000)

  test('one raw partition held back while another is read an hour of event time ahead', async () => {
    const kafka = kafkaOf(2)
    for (const r of traffic.records) for (const line of r.lines) produce(kafka, r.host === 'router' ? 1 : 0, r, line)
    const store = new Map<string, StoredDocument>()
    kafka.setNow(endOf(traffic))
    const stream = await start({ kafka, traffic, store })
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
        starts += await stumble({ kafka, traffic, store }, random, 0.3)
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
      kafka.setNow(endOf(traffic))
      kafka.crashAfter(crashAt)
      let stream = await start({ kafka, traffic, store })
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
          stream = await start({ kafka, traffic, store })
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
    await stumble({ kafka, traffic: split, store }, randomOf(11), 0.1)
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
    kafka.setNow(endOf(traffic))
    const stream = await start({ kafka, traffic: ahead, store })
    expect(await drain(stream, kafka, 30 * HOUR_MS)).toBe(true)
    expect(stored(store)).toEqual(ahead.expected)
    expect(kafka.messages(TOPICS.deadLetters)).toEqual([])
  }, 60_000)
})
