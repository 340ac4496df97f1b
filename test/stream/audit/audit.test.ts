import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AuditOptions, audit } from '../../../pipeline/run/audit/audit.js'
import { repairLate } from '../../../pipeline/run/rerun/repair.js'
import { createVerdictTopicSink } from '../../../pipeline/sinks/verdict-topic.js'
import { applyTo, type StoredDocument } from '../../../pipeline/stream/documents.js'
import {
  type BooksRecord,
  booksKey,
  decodeBooks,
  decodeEvent,
  decodeNote,
  encodeBooks,
  encodeEvent,
} from '../../../pipeline/stream/messages.js'
import { AuditReport } from '../../../schemas/audit.js'
import type { MemoryKafka } from '../memory-kafka.js'
import { createMemoryReader } from '../memory-reader.js'
import { endOf, finish, HOUR_MS, kafkaOf, partitionOf, produce, randomOf, start, stumble } from '../memory-runs.js'
import { drain, TOPICS } from '../memory-stream.js'
import { type Traffic, trafficOf } from '../traffic.js'

const STORY = join(import.meta.dirname, '../../../fixtures/incidents/friday-afternoon')
const POISON = [
  Buffer.from('no time in this line at all'),
  Buffer.from([0, 1, 2, 255, 254, 0, 0, 7]),
  Buffer.from('9999-99-99 99:99:99 ERROR connect timed out'),
  Buffer.from('paid with 4111111111111111 and no time'),
  undefined,
  Buffer.from(''),
]
let traffic: Traffic
beforeAll(async () => {
  traffic = await trafficOf(STORY, 0.25)
}, 60_000)

const optionsOf = (kafka: MemoryKafka, more: Partial<AuditOptions> = {}): AuditOptions => ({
  reader: createMemoryReader(kafka),
  positions: async (group) =>
    new Map(
      [...kafka.commits(group.replace('x-', ''))].map(([place, c]) => [
        place,
        { offset: c.offset, note: decodeNote(c.metadata) },
      ]),
    ),
  endsOf: async (named) =>
    [...new Set(['raw', ...named])].flatMap((topic) =>
      [...kafka.ends(topic)].map(([partition, e]) => ({ topic, partition, ...e })),
    ),
  topics: TOPICS,
  group: 'x',
  pack: traffic.inputs.pack,
  config: 'w.yml',
  now: kafka.now,
  ...more,
})
/** Traffic with junk in it, on three raw partitions and two of events, run to its end by processes that end now and then. */
async function ran(restartChance: number, perTick = 0): Promise<MemoryKafka> {
  const kafka = kafkaOf(3, 2)
  for (const [i, r] of traffic.records.entries()) {
    if (i % 97 === 0)
      kafka.append('raw', i % 3, {
        timestamp: r.at,
        key: `junk-${i}`,
        value: POISON[(i / 97) % POISON.length],
        headers: { host: 'junk', log: `${i}.log` },
      })
    for (const line of r.lines) produce(kafka, partitionOf(r, 3, 5), r, line)
  }
  kafka.setNow(endOf(traffic))
  if (perTick > 0) {
    const stream = await start({ kafka, traffic })
    for (let step = 0; step < 20; step++) {
      for (const partition of [0, 1, 2]) await stream.deliverRaw('raw', partition, perTick)
      await stream.tick()
      for (const partition of [0, 1]) await stream.deliverEvents(partition, perTick)
    }
    expect(await drain(stream, kafka, 30 * HOUR_MS)).toBe(true)
  } else if (restartChance === 0) await finish({ kafka, traffic })
  else await stumble({ kafka, traffic }, randomOf(3), restartChance)
  return kafka
}
const codesOf = (report: AuditReport, state = 'fail') =>
  report.findings.filter((f) => f.state === state).map((f) => f.code)
const booksOf = (kafka: MemoryKafka, topic: string): BooksRecord[] =>
  [...new Map(kafka.messages(TOPICS.books).map((m) => [m.key, m])).values()]
    .flatMap((m) => (m.value ? [decodeBooks(m.value.toString())] : []))
    .filter((b) => b.topic === topic && b.to > b.from)
    .sort((a, b) => (a.from < b.from ? -1 : 1))
const writeBooks = (kafka: MemoryKafka, key: string, value: string | null) =>
  kafka.writer.send(TOPICS.books, [{ key, value }])

describe('audit of a stream over topics', () => {
  test('nothing wrong: the books balance, and all that is stored is found again', async () => {
    const kafka = await ran(0)
    const report = AuditReport.parse(await audit(optionsOf(kafka)))
    expect(report.findings).toEqual([])
    expect(report.ok).toBe(true)
    const { raw, events } = report.totals
    expect(raw.read).toBe(raw.events + raw.filtered + raw.duplicates + raw.dead_lettered)
    expect(raw.dead_lettered).toBeGreaterThan(5)
    expect(report.recounted).toEqual({
      ranges: report.chains.filter((c) => c.topic === 'raw').reduce((sum, c) => sum + c.entries, 0),
      of: report.recounted.ranges,
      events: raw.events,
      dead_letters: raw.dead_lettered,
    })
    expect(events.read).toBe(kafka.messages(TOPICS.events).length)
    const finals = [...traffic.expected.keys()].filter((k) => k.startsWith('whytimeout-verdicts-')).length
    expect(report.verdicts.final).toBe(finals)
    expect(Object.values(report.verdicts.by_index)).toEqual([finals])
    expect(report.verdicts.symptoms).toBe(finals + report.verdicts.superseded)
    expect(report.verdicts.cited).toBeGreaterThan(finals)
    expect(report.chains.every((c) => c.unread === 0)).toBe(true)
  })

  test('after processes that ended anywhere: nothing is missing, and several readings say what one says', async () => {
    const kafka = await ran(0.3)
    const report = await audit(optionsOf(kafka))
    expect(codesOf(report)).toEqual([])
    const progress: number[] = []
    const parts = await audit(
      optionsOf(kafka, { perReading: 300, onProgress: (p) => progress.push(p.messages / p.of) }),
    )
    expect(parts).toEqual(report)
    expect(progress.at(-1)).toBe(1)
    expect(progress.length).toBeGreaterThan(6)
  })

  test("somebody else's message in the events topic is a dead letter, and no hole", async () => {
    const kafka = kafkaOf(1)
    kafka.append(TOPICS.events, 0, { timestamp: 0, key: 'x', value: Buffer.from('not ours'), headers: {} })
    for (const r of traffic.records.slice(0, 300)) for (const line of r.lines) produce(kafka, 0, r, line)
    await finish({ kafka, traffic })
    const report = await audit(optionsOf(kafka))
    expect(report.findings).toEqual([])
    expect(report.totals.events.read).toBe(kafka.messages(TOPICS.events).length - 1)
    const kept = createMemoryReader(kafka, { [TOPICS.events]: 2n })
    expect((await audit(optionsOf(kafka, { reader: kept }))).findings.map((f) => f.code)).not.toContain('gap-deleted')
  })

  test('while it runs: what is not committed yet is work to come', async () => {
    const kafka = kafkaOf(1)
    for (const r of traffic.records) for (const line of r.lines) produce(kafka, 0, r, line)
    kafka.setNow(endOf(traffic))
    const stream = await start({ kafka, traffic })
    for (let step = 0; step < 8; step++) {
      await stream.deliverRaw('raw', 0, 150)
      if (step % 2 === 0) await stream.tick()
      await stream.deliverEvents(0, 40)
      const report = await audit(optionsOf(kafka))
      expect(report.findings).toEqual([])
      expect(report.chains.find((c) => c.topic === 'raw')?.unread).toBeGreaterThan(0)
    }
  })
})

describe('what is wrong is named, with its place', () => {
  test('an entry that is gone; one that counts again what others have counted; one that is none', async () => {
    const kafka = await ran(0, 10)
    const chain = booksOf(kafka, 'raw').filter((b) => b.partition === 2)
    const [one, two] = chain
    // Not the last: whoever has the partition next would write that again.
    const lost = chain.at(-3)
    if (!lost || !one || !two || chain.length < 6) throw new Error('too few entries')
    await writeBooks(kafka, booksKey(lost), null)
    const fake = { ...one, from: one.from + 1n, to: two.from + 1n }
    await writeBooks(kafka, booksKey(fake), encodeBooks(fake))
    await writeBooks(kafka, 'who/0/1', 'not an entry')
    const report = await audit(optionsOf(kafka))
    expect(report.ok).toBe(false)
    const [gap] = report.findings.filter((f) => f.code === 'gap-entry-missing')
    expect(gap).toMatchObject({ topic: 'raw', partition: 2, from: Number(lost.from), to: Number(lost.to) })
    expect(gap?.what.en).toContain(lost.events > 0 ? 'is stored' : 'nothing')
    const overlaps = report.findings.filter((f) => f.code === 'overlap')
    expect(overlaps.map((f) => [f.partition, f.from, f.to])).toEqual([
      [2, Number(one.from) + 1, Number(one.to)],
      [2, Number(two.from), Number(two.from) + 1],
    ])
    expect(codesOf(report).sort()).toEqual(['entry-unreadable', 'gap-entry-missing', 'overlap', 'overlap'])
    for (const f of report.findings) expect([f.what.zh, f.todo?.zh, f.todo?.en].every((t) => t)).toBe(true)
  })

  test('an event and a dead letter that are stored no longer', async () => {
    const kafka = await ran(0)
    const events = kafka.partition(TOPICS.events, 0) as readonly { value: Buffer | undefined }[]
    const letters = kafka.partition(TOPICS.deadLetters, 0) as readonly { headers: Record<string, string> }[]
    const closed = events.findIndex(
      (m) => !decodeEvent(m.value?.toString() ?? '')?.open && !m.value?.includes('-timeout'),
    )
    Object.assign(events[closed] as object, { value: Buffer.from('{}') })
    Object.assign(letters[0] as object, { headers: {} })
    const report = await audit(optionsOf(kafka))
    expect(
      codesOf(report)
        .filter((c) => c !== 'evidence-missing')
        .sort(),
    ).toEqual(['dead-letters-fewer', 'events-fewer', 'read-fewer'])
  })

  test('what is stored beyond the books is said, and is no fault', async () => {
    const kafka = await ran(0)
    const [event] = kafka.partition(TOPICS.events, 0).flatMap((m) => decodeEvent(m.value?.toString() ?? '') ?? [])
    if (!event) throw new Error('no event')
    await kafka.writer.send(TOPICS.events, [
      { key: 'default', value: encodeEvent({ ...event, raw: { ...event.raw, line: 4_000 } }) },
    ])
    const report = await audit(optionsOf(kafka))
    expect([codesOf(report), codesOf(report, 'warn')]).toEqual([[], ['events-more']])
  })

  test('a verdict that was never written, one that stayed provisional, one that nobody ended, evidence that is gone', async () => {
    const kafka = await ran(0)
    const verdicts = kafka.partition(TOPICS.verdicts, 0) as readonly {
      headers: Record<string, string>
      value?: Buffer
    }[]
    const store = new Map<string, StoredDocument>()
    const docOf = (m: (typeof verdicts)[number]): StoredDocument => ({
      index: m.headers.index ?? '',
      id: m.headers.id ?? '',
      realm: 'default',
      version: Number(m.headers.version),
      versionType: m.headers.version_type as 'external',
      ...(m.value && { source: JSON.parse(m.value.toString()) }),
    })
    for (const m of verdicts) applyTo(store, docOf(m))
    const isFinal = (m: (typeof verdicts)[number]) => m.value?.includes('"state":"final"') === true
    const finals = verdicts.filter(isFinal)
    const [a, b] = finals
    const provisional = verdicts.find((m) => m.value && !isFinal(m) && m.headers.id === b?.headers.id)
    if (!a || !b || !provisional) throw new Error('too few verdicts')
    // As if they had never been written.
    const lose = (id: string | undefined, which: (m: (typeof verdicts)[number]) => boolean) => {
      for (const m of verdicts) if (m.headers.id === id && which(m)) Object.assign(m, { headers: {} })
    }
    lose(a.headers.id, () => true)
    lose(b.headers.id, isFinal)
    const stray = JSON.parse(provisional.value?.toString() ?? '')
    await kafka.writer.send(TOPICS.verdicts, [
      {
        key: 'default',
        value: JSON.stringify(stray),
        headers: { ...provisional.headers, id: `${provisional.headers.id?.slice(0, 9)}nobodys-own` },
      },
    ])
    const report = await audit(optionsOf(kafka))
    expect(codesOf(report).sort()).toEqual(['provisional-left', 'verdict-missing', 'verdict-provisional'])
    expect(report.findings.find((f) => f.code === 'provisional-left')?.what.en).toContain('nobodys-own')
    expect(report.verdicts.final).toBe(finals.length - 2)
  })

  test('what retention has taken is said, not alarmed', async () => {
    const kafka = await ran(0)
    const count = kafka.messages(TOPICS.events).length
    const whole = await audit(optionsOf(kafka))
    const kept = { [TOPICS.events]: BigInt(Math.floor(kafka.partition(TOPICS.events, 0).length / 2)) }
    const report = await audit(optionsOf(kafka, { reader: createMemoryReader(kafka, kept) }))
    expect(count).toBeGreaterThan(20)
    expect(codesOf(report)).toEqual([])
    expect(codesOf(report, 'note')).toContain('recount-partial')
    expect(report.recounted.events).toBeLessThan(whole.recounted.events)
  })
})

test('late events are listed with what takes them in; once a repair has, all is well and nothing is left to say', async () => {
  const kafka = kafkaOf(1)
  const store = new Map<string, StoredDocument>()
  const [host] = [...new Set(traffic.records.map((r) => r.host))].filter((h) => h.startsWith('till')).slice(-1)
  for (const isLate of [false, true]) {
    for (const r of traffic.records.filter((r) => (r.host === host) === isLate))
      for (const line of r.lines) produce(kafka, 0, { ...r, at: Math.max(r.at, kafka.now()) }, line)
    kafka.setNow(Math.max(kafka.now(), endOf(traffic)))
    expect(await drain(await start({ kafka, traffic, store }), kafka, 30 * HOUR_MS)).toBe(true)
  }
  const before = await audit(optionsOf(kafka))
  expect(codesOf(before)).toEqual([])
  expect(before.late.reduce((sum, l) => sum + l.letters, 0)).toBe(kafka.messages(TOPICS.deadLetters).length)
  expect(before.late_command).toBe('whytimeout replay kafka:whytimeout.events --late --store --config w.yml')

  const dir = await mkdtemp(join(tmpdir(), 'audit-'))
  const repaired = await repairLate({
    reader: createMemoryReader(kafka),
    topics: TOPICS,
    pack: traffic.inputs.pack,
    digest: 'test',
    dir,
    slackMs: HOUR_MS,
    progress: () => {},
    store: { writer: kafka.writer, sinks: [createVerdictTopicSink(kafka.writer, TOPICS.verdicts)] },
  })
  await rm(dir, { recursive: true })
  expect(repaired.new + repaired.changed).toBeGreaterThan(0)
  const after = await audit(optionsOf(kafka))
  expect([after.findings, after.late, after.late_command]).toEqual([[], [], null])
  expect(after.verdicts.late).toBe(0)
}, 60_000)
