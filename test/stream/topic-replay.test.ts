import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { replayTopics, type TopicReplayOptions } from '../../pipeline/run/rerun/topic-replay.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { createVerdictTopicSink } from '../../pipeline/sinks/verdict-topic.js'
import { applyTo, type StoredDocument } from '../../pipeline/stream/documents.js'
import { clockKey, encodeClock, encodeEvent } from '../../pipeline/stream/messages.js'
import type { Verdict } from '../../schemas/verdict.js'
import { decide, documentsOf, eventOf, fleetLines, MINUTE_MS, storeOf, stormLines, T0 } from './fleet.js'
import { createMemoryKafka, type MemoryKafka } from './memory-kafka.js'
import { createMemoryReader } from './memory-reader.js'
import { drain, startMemoryStream, TOPICS } from './memory-stream.js'
import { stored, type Traffic, trafficOf } from './traffic.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const HOUR_MS = 3_600_000
let traffic: Traffic
let work: string
let kafka: MemoryKafka
let store: Map<string, StoredDocument>
beforeAll(async () => {
  traffic = await trafficOf(STORY, 0.25)
  work = await mkdtemp(join(tmpdir(), 'topic-replay-'))
  kafka = kafkaOf()
  store = new Map()
  for (const r of traffic.records)
    for (const line of r.lines)
      kafka.append(r.host === 'router' ? 'raw-b' : 'raw-a', 0, {
        timestamp: r.at,
        key: undefined,
        value: Buffer.from(line, 'latin1'),
        headers: { host: r.host, log: r.log },
      })
  kafka.setNow((traffic.records.at(-1)?.at ?? 0) + 1_000)
  const stream = await startMemoryStream({
    latenessMs: 120_000,
    kafka,
    raw: ['raw-a', 'raw-b'],
    pack: traffic.inputs.pack,
    record: traffic.inputs.record,
    store,
  })
  await drain(stream, kafka, 30 * HOUR_MS)
  expect(stored(store)).toEqual(traffic.expected)
}, 60_000)
afterAll(() => rm(work, { recursive: true, force: true }))

const kafkaOf = () =>
  createMemoryKafka(
    Object.fromEntries(
      [
        'raw-a',
        'raw-b',
        TOPICS.events,
        TOPICS.clocks,
        TOPICS.verdicts,
        TOPICS.deadLetters,
        TOPICS.books,
        TOPICS.known,
      ].map((t) => [t, 1]),
    ),
  )
let serial = 0
const options = (more: Partial<TopicReplayOptions> = {}): TopicReplayOptions => ({
  reader: createMemoryReader(kafka),
  topics: TOPICS,
  input: { kind: 'raw', topics: /^raw-/ },
  inputs: { ...traffic.inputs, digest: 'test' },
  messages: 'lines',
  skew: { least: 0, most: 0 },
  from: undefined,
  to: undefined,
  out: join(work, `out-${serial++}`),
  allEvents: false,
  hasStream: true,
  slackMs: HOUR_MS,
  now: kafka.now(),
  progress: () => {},
  ...more,
})
const lines = async (o: TopicReplayOptions, name: string) =>
  (await readFile(join(o.out ?? '', name), 'utf8')).split('\n').filter((l) => l !== '')
const verdictsOf = async (o: TopicReplayOptions) =>
  (await lines(o, 'verdicts.ndjson')).map((l) => JSON.parse(l) as Verdict)
/** What a replay of files finds in a time, by id. */
const expectedIn = (from: number, to: number) =>
  [...traffic.expected]
    .filter(([key]) => key.startsWith('whytimeout-verdicts'))
    .map(([, text]) => JSON.parse(text) as Verdict)
    .filter((v) => Date.parse(v['@timestamp']) >= from && Date.parse(v['@timestamp']) < to)
const byId = (verdicts: readonly Verdict[]) => new Map(verdicts.map((v) => [v.event.id, v]))

describe('topics are replayed as files are', () => {
  test.each([
    { kind: 'raw', topics: /^raw-/ },
    { kind: 'raw', topics: ['raw-a', 'raw-b'] },
    { kind: 'events' },
  ] as const)('all of %o', async (input) => {
    const o = options({ input })
    const { summary, notes } = await replayTopics(o)
    const events = await lines(o, 'events.ndjson')
    expect(byId(await verdictsOf(o))).toEqual(byId(expectedIn(0, Number.POSITIVE_INFINITY)))
    const hours = await lines(o, 'health.ndjson')
    expect(hours.length).toBeGreaterThan(0)
    expect(events.length).toBe(traffic.expected.size - summary.timeouts - hours.length)
    expect(notes).toEqual([])
    const { read, events: used, filtered, duplicates, dead_lettered } = summary.books
    expect(used + filtered + duplicates + dead_lettered).toBe(read)
    if (input.kind === 'raw') expect(read).toBe(traffic.records.length)
    const place = JSON.parse((await lines(o, 'places.ndjson'))[0] ?? '') as { file: string; line: number }
    expect(place.file).toMatch(/^kafka:raw-[ab]\/0@\d+$/)
    expect(place.line).toBeGreaterThan(0)
  })

  test('any part of the time', async () => {
    const [first, last] = [traffic.records[0]?.at ?? 0, traffic.records.at(-1)?.at ?? 0]
    const instants = fc.tuple(fc.integer({ min: first, max: last }), fc.integer({ min: first, max: last }))
    let found = 0
    await fc.assert(
      fc.asyncProperty(instants, fc.boolean(), async ([a, b], isRaw) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const o = options({ from, to, input: isRaw ? { kind: 'raw', topics: /^raw-/ } : { kind: 'events' } })
        const { verdictCount } = await replayTopics(o)
        expect(byId(await verdictsOf(o))).toEqual(byId(expectedIn(from, to)))
        found += verdictCount
      }),
      { numRuns: 8 },
    )
    expect(found).toBeGreaterThan(0)
  }, 120_000)

  test('what the stream saw and the replayed logs lack is named', async () => {
    const { notes } = await replayTopics(options({ input: { kind: 'raw', topics: ['raw-a'] } }))
    expect(notes).toEqual([
      { kind: 'origins-missing', origins: expect.arrayContaining(['router/dnsmasq.log', 'router/wan-monitor.log']) },
    ])
  })

  test('deleted logs are told of, and nothing that needs them is stored', async () => {
    const kept = { [TOPICS.events]: 200n }
    const since = kafka.partition(TOPICS.events, 0)[200]?.timestamp ?? 0
    const reader = createMemoryReader(kafka, kept)
    const { notes } = await replayTopics(options({ reader, input: { kind: 'events' } }))
    const { pack } = traffic.inputs
    const to = since + pack.beforeMs + 4 * pack.afterMs
    expect(notes).toEqual([{ kind: 'logs-deleted', before: since, to }])
    const target = sinks()
    await replayTopics(options({ reader, input: { kind: 'events' }, store: { ...target, ...YES } }))
    const early = [...target.written.values()].filter(
      (d) => d.index.startsWith('whytimeout-verdicts') && Date.parse(String(d.source?.['@timestamp'])) < to,
    )
    expect(early).toEqual([])
  })
})

const YES = { replace: false, confirm: async () => true }
/** A second store beside the verdicts topic of a copy, so that the shared topics stay as they are. */
function sinks(copy: MemoryKafka = kafkaOf()) {
  const written = new Map<string, StoredDocument>()
  return {
    written,
    sinks: [
      {
        store: async (documents: readonly StoredDocument[]) => {
          for (const d of documents) applyTo(written, d)
        },
        close: async () => {},
      },
      createVerdictTopicSink(copy.writer, TOPICS.verdicts),
    ],
  }
}

describe('and stored where the stream stores', () => {
  test('into an empty store: the same documents; where they are already: nothing new', async () => {
    const target = sinks()
    const { stored: done } = await replayTopics(options({ store: { ...target, ...YES } }))
    expect(stored(target.written)).toEqual(traffic.expected)
    const count = expectedIn(0, Number.POSITIVE_INFINITY).length
    expect(done?.plan).toMatchObject({ new: 0, changed: 0, kept: 0, removed: 0, same: count })
  })

  test('the end that the stream has not decided is left to it', async () => {
    const behind = kafkaOf()
    for (const topic of ['raw-a', 'raw-b']) for (const m of kafka.messages(topic)) behind.append(topic, 0, m)
    const half = traffic.records[Math.floor(traffic.records.length / 2)]?.at ?? 0
    const clock = {
      topic: TOPICS.events,
      partition: 0,
      position: 0n,
      written: {},
      generation: 1,
      digest: 'test',
      clock: half,
    }
    await behind.writer.send(TOPICS.clocks, [{ key: clockKey(TOPICS.events, 0), value: encodeClock(clock) }])
    const target = sinks(behind)
    const done = await replayTopics(options({ reader: createMemoryReader(behind), store: { ...target, ...YES } }))
    expect(done.notes).toEqual([{ kind: 'left-to-stream', from: half }])
    expect(done.stored?.plan.new).toBe(expectedIn(0, half).length)
    const times = [...target.written.values()].flatMap((d) =>
      d.index.includes('verdicts') && d.source ? [Date.parse(String(d.source['@timestamp']))] : [],
    )
    expect(Math.max(...times)).toBeLessThan(half)
  })

  test('other rules under the same generation are refused; a raised one without consent stores nothing', async () => {
    const inputs = { ...traffic.inputs, digest: 'another' }
    await expect(replayTopics(options({ inputs, store: { ...sinks(), ...YES } }))).rejects.toMatchObject({
      code: 'INPUTS_DIFFER',
    })
    const replace = { replace: true, confirm: async () => true }
    await expect(replayTopics(options({ store: { ...sinks(), ...replace } }))).rejects.toMatchObject({
      code: 'GENERATION_NOT_RAISED',
    })
    const raised = { ...inputs, pack: { ...inputs.pack, generation: inputs.pack.generation + 1 } }
    const target = sinks()
    const done = await replayTopics(
      options({ inputs: raised, store: { ...target, replace: true, confirm: async () => false } }),
    )
    expect(done.stored?.documents).toBeUndefined()
    expect(done.stored?.plan.changed).toBeGreaterThan(0)
    expect(target.written.size).toBe(0)
  })

  test('a new generation takes away what it no longer finds, in its range only', async () => {
    const times = expectedIn(0, Number.POSITIVE_INFINITY)
      .map((v) => Date.parse(v['@timestamp']))
      .sort()
    const [from, to] = [times[5] ?? 0, times[times.length - 5] ?? 0]
    const inputs = {
      ...traffic.inputs,
      digest: 'another',
      pack: { ...traffic.inputs.pack, generation: traffic.inputs.pack.generation + 1 },
    }
    const copy = kafkaOf()
    for (const topic of [TOPICS.verdicts, TOPICS.clocks, TOPICS.events, 'raw-a', 'raw-b'])
      for (const m of kafka.messages(topic))
        if (topic !== 'raw-a' || m.headers.host !== 'till-2') copy.append(topic, 0, m)
    const target = sinks(copy)
    for (const [key, d] of store) target.written.set(key, d)
    const o = options({
      reader: createMemoryReader(copy),
      inputs,
      from,
      to,
      store: { ...target, replace: true, confirm: async () => true },
    })
    const { stored: done, notes } = await replayTopics(o)
    expect(notes).toEqual([{ kind: 'origins-missing', origins: ['till-2/till.log'] }])
    expect(done?.plan.removed).toBeGreaterThan(0)
    const verdicts = [...target.written.values()].flatMap((d) =>
      d.source && d.index.includes('verdicts') ? [d.source as unknown as Verdict] : [],
    )
    const within = verdicts.filter((v) => Date.parse(v['@timestamp']) >= from && Date.parse(v['@timestamp']) < to)
    expect(byId(within)).toEqual(byId(await verdictsOf(o)))
    const outside = verdicts.filter((v) => !within.includes(v))
    expect(new Set(outside.map((v) => v.whytimeout.rules.generation))).toEqual(
      new Set([traffic.inputs.pack.generation]),
    )
    const cited = new Set(verdicts.flatMap((v) => v.whytimeout.evidence.event_id))
    const kept = [...target.written.values()].flatMap((d) => (d.source && d.index.includes('events') ? [d.id] : []))
    expect(new Set(kept)).toEqual(cited)
  })
})

describe('the edges of a range that a new generation replaces', () => {
  let pack: Pack
  beforeAll(async () => {
    pack = await loadPack()
  })
  const SPAN = 60 * MINUTE_MS

  test('no timeout is lost at an edge, and none has two verdicts', async () => {
    let across = 0
    await fc.assert(
      fc.asyncProperty(fleetLines(SPAN), fc.nat(1e6), fc.nat(1e6), fc.nat(4), async (all, a, b, pick) => {
        const events = all.map((l) => eventOf(pack, l))
        const edgeOf = (n: number) => (events[n % Math.max(1, events.length)]?.at ?? T0) + 1
        const [from, to] = [Math.min(edgeOf(a), edgeOf(b)), Math.max(edgeOf(a), edgeOf(b)) + 1]
        const before = events.filter((_, i) => (i + pick) % 5 !== 0)
        const world = kafkaOf()
        const old = documentsOf(pack, before)
        world.setNow(T0 + 10 * SPAN)
        await createVerdictTopicSink(world.writer, TOPICS.verdicts).store(old)
        await world.writer.send(
          TOPICS.events,
          events.map((e) => ({ key: e.realm, value: encodeEvent(e) })),
        )
        const raised = { ...pack, generation: pack.generation + 1 }
        const target = sinks(world)
        storeOf(old, target.written)
        await replayTopics(
          options({
            reader: createMemoryReader(world),
            input: { kind: 'events' },
            inputs: { ...traffic.inputs, pack: raised },
            from,
            to,
            slackMs: 24 * HOUR_MS,
            now: T0 + 10 * SPAN,
            store: { ...target, replace: true, confirm: async () => true },
          }),
        )
        const now = new Map(
          [...target.written.values()].flatMap((d) =>
            d.source && d.index.includes('verdicts') ? [[d.id, d.source as unknown as Verdict] as const] : [],
          ),
        )
        for (const { decision } of decide(raised, events)) {
          const at = Date.parse(decision.verdict['@timestamp'])
          const { id } = decision.verdict.event
          const ids = [id, ...decision.superseded]
          const isIn = at >= from && at < to
          const held = old.some((d) => d.source && ids.includes(d.id) && inRange(d, from, to))
          if (isIn) expect(now.get(id)).toEqual(decision.verdict)
          if (!isIn && held) {
            across++
            expect(now.get(id)?.event.id).toBe(id)
          }
          if (isIn || held) expect(ids.filter((x) => now.has(x))).toEqual([id])
        }
        const symptoms = new Set(
          decide(raised, events).flatMap(({ decision }) => [decision.verdict.event.id, ...decision.superseded]),
        )
        for (const [id, v] of now) if (inRange({ source: v } as never, from, to)) expect(symptoms.has(id)).toBe(true)
      }),
      // A storm whose first symptom is new: its anchor lies just before the range, the old one just inside.
      { numRuns: 10, examples: [[stormLines(6), 0, 200, 0]] },
    )
    expect(across).toBeGreaterThan(0)
  }, 600_000)
})

const inRange = (d: Pick<StoredDocument, 'source'>, from: number, to: number): boolean => {
  if (!d.source || (d.source as { event?: { kind?: string } }).event?.kind !== 'alert') return false
  const at = Date.parse(String(d.source['@timestamp']))
  return at >= from && at < to
}
