import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { MemoryKafka } from './memory-kafka.js'
import { endOf, HOUR_MS, kafkaOf, partitionOf, produce, randomOf, start, stumble } from './memory-runs.js'
import { drain, TOPICS } from './memory-stream.js'
import { stored, type Traffic, trafficOf } from './traffic.js'

const DAY_MS = 24 * HOUR_MS
const NOON = Date.parse('2026-11-29T12:00:00.000Z')
let traffic: Traffic
let dir: string

const line = (at: number, level: string, rest: string): string =>
  `time=${new Date(NOON + at * 1000).toISOString()} level=${level} ${rest}`
const started = (at: number, till: number, version: string, port: number): string =>
  line(
    at,
    'INFO',
    `msg="till started" version=${version} terminal=T${till} host=pay.shop.example:${port} connect_timeout=3s`,
  )
const sales = (till: number, from: number, to: number): string[] =>
  Array.from({ length: (to - from) / 10 }, (_, i) =>
    line(from + i * 10 + till, 'INFO', `msg="sale approved" terminal=T${till} stan=00${till}${100 + i} took=2${i}ms`),
  )
const failures = (till: number, from: number, to: number): string[] =>
  Array.from({ length: (to - from) / 15 }, (_, i) =>
    line(
      from + i * 15 + till,
      'ERROR',
      `msg="sale failed" terminal=T${till} stan=00${till}${500 + i} took=3.00${i % 10}s err="Post \\"https://pay.shop.example:8443/sale\\": dial tcp 203.0.113.5:8443: i/o timeout"`,
    ),
  )

/** Three tills started two days ago. One is updated today and dials another port; nothing that it said before is in the window. */
async function told(): Promise<void> {
  const before = -DAY_MS / 500
  const logs = [
    [started(before, 1, '4.0.2', 443), ...sales(1, -180, 0), started(5, 1, '4.1.0', 8443), ...failures(1, 15, 180)],
    [started(before + 60, 2, '4.0.2', 443), ...sales(2, -180, 180)],
    [started(before + 90, 3, '4.0.2', 443), ...sales(3, -180, 180)],
  ]
  for (const [i, lines] of logs.entries()) {
    await mkdir(join(dir, 'logs', `till-${i + 1}`), { recursive: true })
    await writeFile(join(dir, 'logs', `till-${i + 1}`, 'agent.log'), `${lines.join('\n')}\n`)
  }
  const row = (n: number) => `T${n},10.0.0.${n},02:00:00:00:00:0${n},SHOP,NorthNet,V-3,M1,edge1`
  const rows = ['terminal_id,ip,mac,site,isp,model,merchant,gateway', row(1), row(2), row(3)]
  await writeFile(join(dir, 'inventory.csv'), `${rows.join('\n')}\n`)
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'known-'))
  await told()
  traffic = await trafficOf(dir)
}, 120_000)
afterAll(() => rm(dir, { recursive: true, force: true }))

const produced = (raw: number, events: number, seed: number): MemoryKafka => {
  const kafka = kafkaOf(raw, events)
  for (const r of traffic.records) for (const line of r.lines) produce(kafka, partitionOf(r, raw, seed), r, line)
  return kafka
}

describe('a change whose former value was logged two days before', () => {
  test('replay tells it, and stores the line that it cites', () => {
    const verdicts = [...traffic.expected].flatMap(([key, text]) =>
      key.startsWith('whytimeout-verdicts') ? [JSON.parse(text) as Verdict] : [],
    )
    expect(verdicts.length).toBe(11)
    const [old, ...more] = [...traffic.expected.keys()].filter((k) => k.startsWith('whytimeout-events-2026.11.27/'))
    expect(more).toEqual([])
    const id = old?.slice(old.indexOf('/') + 1) ?? ''
    expect(traffic.expected.get(old ?? '')).toContain('version=4.0.2')
    for (const { whytimeout: w } of verdicts) {
      expect(w.verdict.cause).toBe('software_misconfiguration')
      expect(w.evidence.event_id).toContain(id)
      const cited = w.detail.considered.flatMap((c) => c.signals.filter((s) => s.event_id.includes(id)))
      expect(cited.map((s) => s.signal)).toEqual(expect.arrayContaining(['version-changed']))
      expect(w.detail.evidence.find((e) => e.event_id === id)?.text).toMatch(
        /change\.version = true|dial\.former_endpoint_serves = true/,
      )
    }
  })

  test('stream gives the same, for any partitions and batches, however often it ends', async () => {
    for (const [raw, events, seed] of [
      [1, 1, 1],
      [3, 2, 2],
      [4, 3, 3],
    ] as const) {
      const kafka = produced(raw, events, seed)
      const store = new Map<string, StoredDocument>()
      await stumble({ kafka, traffic, store }, randomOf(seed), seed === 1 ? 0 : 0.3)
      expect(stored(store)).toEqual(traffic.expected)
      expect(kafka.messages(TOPICS.known).length).toBeGreaterThan(2)
    }
  }, 240_000)

  test('a process that ends once, at every operation', async () => {
    let crashed = 0
    for (let at = 0; at < 400; at += 4) {
      const kafka = produced(1, 1, 1)
      const store = new Map<string, StoredDocument>()
      kafka.setNow(endOf(traffic))
      kafka.crashAfter(at)
      let stream = await start({ kafka, traffic, store })
      let crashes = 0
      for (let round = 0; round < 12; round++)
        for (const work of [
          () => stream.deliverRaw('raw', 0, round === 0 ? 4 : 25),
          () => stream.tick(),
          () => stream.deliverEvents(0, round === 0 ? 4 : 20),
          () => stream.tick(),
        ]) {
          if (await work()) continue
          crashes++
          kafka.crashAfter()
          stream = await start({ kafka, traffic, store })
        }
      const isDone = await drain(stream, kafka, 30 * HOUR_MS)
      if (!isDone) {
        crashes++
        kafka.crashAfter()
        expect(await drain(await start({ kafka, traffic, store }), kafka, 30 * HOUR_MS)).toBe(true)
      }
      expect(stored(store), `ended at operation ${at}`).toEqual(traffic.expected)
      crashed += crashes
      if (crashes === 0) break
    }
    expect(crashed).toBeGreaterThan(10)
  }, 240_000)
})
