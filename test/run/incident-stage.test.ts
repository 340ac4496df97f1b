import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { byTimeThenId } from '../../pipeline/diagnose/observation.js'
import { createIncidents, type Incidents } from '../../pipeline/incident/incidents.js'
import type { VerdictNote } from '../../pipeline/incident/note.js'
import { QUIET_MS } from '../../pipeline/incident/tally.js'
import type { Pack } from '../../pipeline/match/pack.js'
import { replay } from '../../pipeline/run/replay.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { incidentDocument, type StoredDocument, verdictDocument, withdrawal } from '../../pipeline/stream/documents.js'
import type { Incident } from '../../schemas/incident.js'
import type { Verdict } from '../../schemas/verdict.js'
import { ANY_GAP, anyNotes, note, STEADY_GAP, T0 } from '../incident/notes.js'
import { verdictOf } from '../incident/verdicts.js'
import {
  createVerdictsWriter,
  incidentKafka,
  settleIncidents,
  startMemoryIncidents,
} from '../stream/memory-incidents.js'
import type { MemoryKafka } from '../stream/memory-kafka.js'
import { stored } from '../stream/traffic.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const AFTER_MS = 120_000
let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
  expect(pack.afterMs).toBe(AFTER_MS)
})

/** What a replay stores of these verdicts. */
function replayed(notes: readonly VerdictNote[]): ReadonlyMap<string, string> {
  const realms = new Map<string, Incidents>()
  const closed = [...notes].sort(byTimeThenId).flatMap((n) => {
    const realm = realms.get(n.realm) ?? createIncidents(pack)
    realms.set(n.realm, realm)
    return realm.step(n)
  })
  for (const realm of realms.values()) closed.push(...realm.end())
  return stored(
    new Map(
      closed.map(({ incident }) => [
        `${incidentDocument(incident).index}/${incident.event.id}`,
        incidentDocument(incident),
      ]),
    ),
  )
}

/** Compared in short first: a difference is easier to read. */
function same(store: ReadonlyMap<string, StoredDocument>, notes: readonly VerdictNote[]) {
  const short = (documents: ReadonlyMap<string, string>) =>
    [...documents].map(([key, d]) => `${key} ${d.match(/"state":"\w+"|"verdicts":\d+|"scope_id":"\w+"/g)?.join(' ')}`)
  const [is, wanted] = [stored(store), replayed(notes)]
  expect(short(is)).toEqual(short(wanted))
  expect(is).toEqual(wanted)
}

/** A small generator of even numbers in [0, 1): equal seeds, equal runs. */
const randomOf = (seed: number): (() => number) => {
  let s = (seed * 2_654_435_761 + 1) >>> 0
  return () => {
    s = (s * 1_664_525 + 1_013_904_223) >>> 0
    return s / 2 ** 32
  }
}
const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)] as T
const voided = (id: string, realm: string, version: number): StoredDocument => ({
  index: 'whytimeout-verdicts-2026.03',
  id,
  realm,
  version,
  versionType: 'external',
})

type Writing = { readonly documents: readonly StoredDocument[]; readonly clock: number }
/**
 * What a diagnosis writes of these verdicts: finals in the order of their first symptoms (at most `after` before the attempt ended), what was
 * said before, what ends with it, and its clock.
 */
function writings(notes: readonly VerdictNote[], random: () => number): Writing[] {
  const finals = notes
    .map((n) => ({ n, first: n.at - Math.floor(random() * (AFTER_MS + 1)) }))
    .sort((a, b) => a.first - b.first)
  return finals.map(({ n, first }, i) => {
    const final = verdictDocument(verdictOf(n))
    const soon = finals[i + 1]?.n
    return {
      documents: [
        final,
        ...(random() < 0.3 ? [{ ...voided(`${n.id}-superseded`, n.realm, final.version), by: n.id }] : []),
        ...(soon && random() < 0.3 ? [verdictDocument(verdictOf({ ...soon, cause: 'unknown' }, 'provisional'))] : []),
        ...(soon && random() < 0.2
          ? [
              verdictDocument(verdictOf({ ...soon, id: `${soon.id}-superseded` }, 'provisional')),
              withdrawal(`${T0.toString(36)}-none`, soon.realm, 1),
            ]
          : []),
      ],
      clock: finals[i + 1]?.first ?? first,
    }
  })
}

type Step = (writer: ReturnType<typeof createVerdictsWriter>) => Promise<void>
/** Writes, deliveries, ticks and ends of the process in an order drawn by chance, to the end. @returns the store, and what was written */
async function run(kafka: MemoryKafka, steps: readonly Step[], endMs: number, random: () => number, crashes = 0) {
  const store = new Map<string, StoredDocument>()
  const writes: { d: StoredDocument; tookEffect: boolean }[] = []
  const writer = createVerdictsWriter(kafka)
  const start = () =>
    startMemoryIncidents({
      kafka,
      pack,
      clocks: writer.clocks,
      store,
      isCompacted: random() < 0.5,
      onStore: (d, tookEffect) => writes.push({ d, tookEffect }),
    })
  let stage = await start()
  let starts = 1
  for (const step of [...steps, async (w: typeof writer) => void w.clock(0, endMs)]) {
    await step(writer)
    while (random() < 0.6) {
      if (random() < crashes) kafka.crashAfter(Math.floor(random() * 4))
      const isAlive = random() < 0.6 ? await stage.deliver(0, 1 + Math.floor(random() * 9)) : await stage.tick()
      kafka.tick(random() < 0.05 ? 40_000 : 300)
      if (isAlive) continue
      kafka.crashAfter()
      stage = await start()
      starts++
    }
    // The process runs on; only its own work ends it.
    kafka.crashAfter()
  }
  expect(await settleIncidents(stage, kafka)).toBe(true)
  return { store, writes, starts, stage }
}

/** Steps that write, now and then some of the last ones again, as a diagnosis does after a restart. */
const live = (all: readonly Writing[], random: () => number): Step[] =>
  all.flatMap(({ documents, clock }, i) => {
    const again = random() < 0.1 ? all.slice(Math.max(0, i - Math.floor(random() * 8)), i) : []
    return [...again, { documents, clock }].map(
      (w): Step =>
        async (writer) => {
          await writer.write(w.documents)
          if (random() < 0.7) writer.clock(0, w.clock)
        },
    )
  })
const FOREVER = T0 + 400 * 86_400_000

describe.each([
  ['pauses of any length', anyNotes(40, ANY_GAP), 60],
  [
    'failing for days',
    anyNotes(260, STEADY_GAP, 200).map((notes) =>
      notes.map(
        (n, i): VerdictNote => ({
          ...n,
          realm: 'default',
          cause: 'unknown',
          mechanism: 'unknown',
          guess: 'network_latency',
          scopeId: `S${i % 2}`,
          evidence: [],
        }),
      ),
    ),
    5,
  ],
])('the documents of a replay: %s', (_, notes, numRuns) => {
  test('any batches, redeliveries, words said before, a process that ends at any operation', async () => {
    let starts = 0
    await fc.assert(
      fc.asyncProperty(notes, fc.nat(1e6), async (given, seed) => {
        const random = randomOf(seed)
        const kafka = incidentKafka()
        const ran = await run(kafka, live(writings(given, random), random), FOREVER, random, 0.3)
        same(ran.store, given)
        expect(ran.writes.filter(({ d }) => d.source === undefined)).toEqual([])
        starts += ran.starts
      }),
      { numRuns, endOnFailure: true },
    )
    expect(starts).toBeGreaterThan(numRuns)
  }, 120_000)

  test('late, changed and withdrawn verdicts: what is stored in the end is what a replay of what is left stores', async () => {
    let repairs = 0
    let gone = 0
    await fc.assert(
      fc.asyncProperty(notes, fc.nat(1e6), async (given, seed) => {
        const random = randomOf(seed)
        const kafka = incidentKafka()
        const left = new Map<string, VerdictNote>()
        const versions = new Map<string, number>()
        const onTime = given.filter(() => random() < 0.8)
        const late = given.filter((n) => !onTime.includes(n))
        for (const n of onTime) left.set(n.id, n)
        const steps = live(writings(onTime, random), random)
        for (let i = 0; i < late.length + given.length / 8; i++) {
          const at = Math.floor(random() * steps.length)
          const n = i < late.length ? (late[i] as VerdictNote) : pick(given, random)
          // An id is written again only after its first time, so that the newest word on it is the last.
          const place = i < late.length ? at : steps.length
          const version = (versions.get(n.id) ?? 3) + 1
          versions.set(n.id, version)
          if (i < late.length) left.set(n.id, n)
          else if (random() < 0.4) left.delete(n.id)
          else
            left.set(n.id, {
              ...n,
              scopeId: pick(['S0', 'S1', 'S2'], random),
              at: n.at + pick([0, 0, 1, QUIET_MS], random),
            })
          const now = left.get(n.id)
          const document = now
            ? verdictDocument(verdictOf(now, 'final', version))
            : voided(n.id, n.realm, verdictDocument(verdictOf(n, 'final', version)).version)
          steps.splice(place, 0, async (writer) => writer.write([document]))
        }
        const ran = await run(kafka, steps, FOREVER, random, 0.15)
        same(ran.store, [...left.values()])
        repairs += ran.stage.counts().repairs
        gone += ran.writes.filter(({ d }) => d.source === undefined).length
      }),
      { numRuns, endOnFailure: true },
    )
    expect(repairs).toBeGreaterThan(numRuns / 4)
    expect(gone).toBeGreaterThan(numRuns / 4)
  }, 240_000)
})

test('the incidents of a replay of real logs, from the verdicts that it gives', async () => {
  const out = await mkdtemp(join(tmpdir(), 'incident-stage-'))
  await replay({ paths: [STORY], out, now: Date.parse('2026-03-07T00:00:00Z') })
  const lines = async (name: string) => (await readFile(join(out, name), 'utf8')).trimEnd().split('\n')
  const verdicts = (await lines('verdicts.ndjson')).map((l) => JSON.parse(l) as Verdict)
  const incidents = (await lines('incidents.ndjson')).map((l) => incidentDocument(JSON.parse(l) as Incident))
  await rm(out, { recursive: true })
  const kafka = incidentKafka()
  const random = randomOf(5)
  const steps = verdicts.map(
    (v): Step =>
      async (writer) => {
        await writer.write([verdictDocument(v)])
        writer.clock(0, Date.parse(v.event.end) - AFTER_MS)
      },
  )
  const { store } = await run(kafka, steps, FOREVER, random, 0.1)
  expect(verdicts.length).toBeGreaterThan(50)
  expect(stored(store)).toEqual(stored(new Map(incidents.map((d) => [`${d.index}/${d.id}`, d]))))
}, 60_000)

const at = (ms: number, more: Partial<VerdictNote> = {}) => note({ at: T0 + ms, id: `v${ms}`, ...more })
const final = (n: VerdictNote) => verdictDocument(verdictOf(n))

describe('the watermark of incidents', () => {
  test('waits for the slowest events partition, and for the verdicts behind its clock', async () => {
    const kafka = incidentKafka(1, 2)
    const store = new Map<string, StoredDocument>()
    const writer = createVerdictsWriter(kafka)
    const stage = await startMemoryIncidents({ kafka, pack, clocks: writer.clocks, store })
    const states = () => [...store.values()].map((d) => JSON.stringify(d.source).match(/"state":"(\w+)"/)?.[1])
    await writer.write([final(at(0))])
    writer.clock(0, T0 + QUIET_MS)
    await stage.deliver(0, 10)
    await stage.tick()
    expect(states()).toEqual([])
    writer.clock(1, T0 + QUIET_MS - 1)
    await stage.tick()
    expect(states()).toEqual(['open'])
    await writer.write([final(at(QUIET_MS - 1))])
    writer.clock(1, T0 + 10 * QUIET_MS)
    writer.clock(0, T0 + 10 * QUIET_MS)
    await stage.tick()
    expect(states()).toEqual(['open'])
    await stage.deliver(0, 10)
    kafka.tick(3_000)
    await stage.tick()
    expect(states()).toEqual(['closed'])
    expect([...store.values()].map((d) => d.version)).toEqual([15_000_002])
  })

  test('several verdicts partitions, each on its own', async () => {
    const kafka = incidentKafka(3)
    const store = new Map<string, StoredDocument>()
    const writer = createVerdictsWriter(kafka)
    const stage = await startMemoryIncidents({ kafka, pack, clocks: writer.clocks, store })
    const notes = Array.from({ length: 60 }, (_, i) => at(i * 1_000, { realm: `r${i % 7}` }))
    await writer.write(notes.map(final))
    writer.clock(0, FOREVER)
    expect(await settleIncidents(stage, kafka)).toBe(true)
    expect(stored(store)).toEqual(replayed(notes))
    expect(kafka.ends('whytimeout.verdicts').get(1)?.high).toBeGreaterThan(0n)
  })
})

test('ten thousand verdicts are one incident: few documents, a small note with the commit', async () => {
  const kafka = incidentKafka()
  const store = new Map<string, StoredDocument>()
  const writer = createVerdictsWriter(kafka)
  const stage = await startMemoryIncidents({ kafka, pack, clocks: writer.clocks, store })
  const notes = Array.from({ length: 10_000 }, (_, i) => at(i * 100, { who: `T${i % 900}` }))
  for (let i = 0; i < notes.length; i += 100) {
    await writer.write(notes.slice(i, i + 100).map(final))
    writer.clock(0, T0 + i * 100)
    await stage.deliver(0, 1_000)
    kafka.tick(200)
    await stage.tick()
  }
  writer.clock(0, FOREVER)
  expect(await settleIncidents(stage, kafka)).toBe(true)
  expect(stored(store)).toEqual(replayed(notes))
  expect(stage.counts().stored).toBeLessThan(30)
})

test('hundreds of terminals that fail for days: the note keeps below what Kafka takes, a restart finds them as they were', async () => {
  const kafka = incidentKafka()
  const store = new Map<string, StoredDocument>()
  const writer = createVerdictsWriter(kafka)
  const start = () => startMemoryIncidents({ kafka, pack, clocks: writer.clocks, store, isCompacted: true })
  const rounds = Array.from({ length: 60 }, (_, r) =>
    Array.from({ length: 200 }, (_, i) =>
      at(r * 1_700_000 + i * 1_000, { scopeId: `S${i}`, id: `v${r}-${i}`, evidence: [] }),
    ),
  )
  let stage = await start()
  for (const [r, round] of rounds.entries()) {
    await writer.write(round.map(final))
    writer.clock(0, T0 + r * 1_700_000)
    await stage.deliver(0, 1_000)
    await stage.tick()
    if (r % 7 !== 6) continue
    await stage.stop()
    const { metadata } = (await kafka.source('incidents', []).port.committed('whytimeout.verdicts', 0)) ?? {}
    expect(Buffer.byteLength(metadata ?? '')).toBeLessThan(4_096)
    stage = await start()
  }
  writer.clock(0, FOREVER)
  expect(await settleIncidents(stage, kafka)).toBe(true)
  expect(stored(store)).toEqual(replayed(rounds.flat()))
  expect(replayed(rounds.flat()).size).toBe(400)
}, 60_000)

test('a topic that keeps less than a failure lasts: what came late is worked in, and what cannot be counted any more stays as it is', async () => {
  const kafka = incidentKafka()
  const store = new Map<string, StoredDocument>()
  const writer = createVerdictsWriter(kafka)
  let kept = 0n
  const start = () =>
    startMemoryIncidents({ kafka, pack, clocks: writer.clocks, store, kept: () => kept, isCompacted: true })
  let stage = await start()
  const MINUTE_MS = 60_000
  const all: VerdictNote[] = []
  const late: VerdictNote[] = []
  for (let minute = 0; minute < 5 * 1_440; minute += 20) {
    const now = [
      at(minute * MINUTE_MS, { scopeId: 'daily' }),
      ...(minute % 300 === 0 ? [at(minute * MINUTE_MS + 1, { scopeId: 'rare' })] : []),
    ]
    all.push(...now)
    kafka.setNow(T0 + minute * MINUTE_MS + 4 * MINUTE_MS)
    await writer.write(now.map(final))
    writer.clock(0, T0 + minute * MINUTE_MS)
    await stage.deliver(0, 100)
    await stage.tick()
    if (minute === 3_000) kept = (kafka.ends('whytimeout.verdicts').get(0)?.high ?? 0n) - 20n
    if (minute === 3_040 || minute === 5_000) {
      // Joins an incident of the rare ones, which the topic has whole.
      const n = at((Math.floor((minute - 40) / 300) * 300 + 7) * MINUTE_MS, { scopeId: 'rare', id: `late-${minute}` })
      late.push(n)
      await writer.write([final(n)])
      if (minute === 5_000) stage = await start()
    }
  }
  writer.clock(0, FOREVER)
  kafka.tick(31_000)
  expect(await settleIncidents(stage, kafka)).toBe(true)
  expect(late.length).toBe(2)
  same(store, [...all, ...late])
})

test('what no whytimeout wrote is counted and passed over', async () => {
  const kafka = incidentKafka()
  const store = new Map<string, StoredDocument>()
  const writer = createVerdictsWriter(kafka)
  const stage = await startMemoryIncidents({ kafka, pack, clocks: writer.clocks, store })
  const junk = { timestamp: 0, key: 'default', headers: { id: 'x', version: '1', version_type: 'external' } }
  for (const value of ['{', '{}', 'null', '[]', '{"event":{}}'])
    kafka.append('whytimeout.verdicts', 0, { ...junk, value: Buffer.from(value) })
  kafka.append('whytimeout.verdicts', 0, { timestamp: 0, key: undefined, headers: {}, value: undefined })
  await writer.write([final(at(0))])
  writer.clock(0, FOREVER)
  expect(await settleIncidents(stage, kafka)).toBe(true)
  expect(stage.counts()).toMatchObject({ unreadable: 6, counted: 1 })
  expect(stored(store)).toEqual(replayed([at(0)]))
})
