import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { lateMessage } from '../../pipeline/run/dead-letters.js'
import { type Repair, repairLate } from '../../pipeline/run/rerun/repair.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { createVerdictTopicSink } from '../../pipeline/sinks/verdict-topic.js'
import { finalDocuments, type StoredDocument } from '../../pipeline/stream/documents.js'
import { clockKey, encodeClock, encodeEvent, type StreamEvent } from '../../pipeline/stream/messages.js'
import { decide, documentsOf, eventOf, fleetLines, type Line, MINUTE_MS, storeOf, stormLines, T0 } from './fleet.js'
import { Crash, createMemoryKafka, type MemoryKafka } from './memory-kafka.js'
import { createMemoryReader } from './memory-reader.js'
import { TOPICS } from './memory-stream.js'
import { stored } from './traffic.js'

let pack: Pack
let work: string
beforeAll(async () => {
  pack = await loadPack()
  work = await mkdtemp(join(tmpdir(), 'repair-'))
})
afterAll(() => rm(work, { recursive: true, force: true }))

const SPAN = 5 * 60 * MINUTE_MS
const AFTER_ALL = SPAN + 600 * MINUTE_MS
const lines = fleetLines(SPAN)
const picks = fc.array(fc.nat(1e6), { minLength: 1, maxLength: 6 })

type World = {
  readonly kafka: MemoryKafka
  readonly store: Map<string, StoredDocument>
  readonly kept: Record<string, bigint>
}
const newWorld = (events = 1): World => {
  const kafka = createMemoryKafka({
    [TOPICS.events]: events,
    [TOPICS.clocks]: 1,
    [TOPICS.known]: 1,
    [TOPICS.verdicts]: 1,
    [TOPICS.deadLetters]: 1,
  })
  kafka.setNow(T0 + AFTER_ALL)
  return { kafka, store: new Map(), kept: {} }
}
const topicSink = (kafka: MemoryKafka) => createVerdictTopicSink(kafka.writer, TOPICS.verdicts)

/** The stream decides: what it stores, and its clock (ms after T0). */
async function decided({ kafka, store }: World, documents: readonly StoredDocument[], upTo: number) {
  storeOf(documents, store)
  await topicSink(kafka).store(documents)
  for (const partition of kafka.ends(TOPICS.events).keys()) {
    const clock = {
      partition,
      position: 0n,
      written: {},
      generation: pack.generation,
      digest: 'test',
      clock: T0 + upTo,
    }
    const value = encodeClock({ topic: TOPICS.events, ...clock })
    await kafka.writer.send(TOPICS.clocks, [{ key: clockKey(TOPICS.events, partition), value }])
  }
}
/** Events come into their topic; those behind the watermark get a letter. */
async function arrive({ kafka }: World, events: readonly StreamEvent[], areLate: boolean) {
  for (const e of events) {
    const [[partition, next] = [0, 1n]] = await kafka.writer.send(TOPICS.events, [
      { key: e.realm, value: encodeEvent(e) },
    ])
    const place = { topic: TOPICS.events, partition }
    if (areLate) await kafka.writer.send(TOPICS.deadLetters, [lateMessage(e, place, next - 1n, kafka.now())])
  }
}
const repair = ({ kafka, store, kept }: World): Promise<Repair> =>
  repairLate({
    reader: createMemoryReader(kafka, kept),
    topics: TOPICS,
    pack,
    digest: 'test',
    dir: work,
    slackMs: 24 * 60 * MINUTE_MS,
    progress: () => {},
    store: {
      writer: kafka.writer,
      sinks: [
        {
          store: async (documents) => {
            kafka.burn()
            storeOf(documents, store)
          },
          close: async () => {},
        },
        topicSink(kafka),
      ],
    },
  })
/** Without the hours: those are counted again from the topic, and `repair.test.ts` looks at them. */
const verdictsAndEvents = ({ store }: World) =>
  new Map([...stored(store)].filter(([key]) => !key.startsWith('whytimeout-health-')))
const nothing = { repaired: 0, waiting: 0, gone: 0 }

/** The events of some lines, and which of them are late. */
const split = (all: readonly Line[], chosen: readonly number[], realmOf: (l: Line) => string = () => 'default') => {
  const events = all.map((l) => eventOf(pack, l, realmOf(l)))
  const late = new Set(chosen.map((p) => events[p % Math.max(1, events.length)]?.id))
  return { events, late: events.filter((e) => late.has(e.id)), inTime: events.filter((e) => !late.has(e.id)) }
}

/** A terminal that fails every few minutes, among others: its late events follow each other without a quiet stretch. */
const trickle = fc
  .tuple(lines, fc.array(fc.nat(MINUTE_MS), { minLength: 100, maxLength: 100 }))
  .map(([all, times]) => [
    ...all,
    ...times.map((t, i): Line => ({ at: i * 3 * MINUTE_MS + t, kind: 'attempt', who: 1 })),
  ])

describe('a repair changes what late events change, and nothing else, however far it goes on', () => {
  test('a few late events in some hours; a second run does nothing', async () => {
    const seen = { changed: 0, withdrawn: 0, spans: 0 }
    await fc.assert(
      fc.asyncProperty(lines, picks, async (all, chosen) => {
        const { events, late, inTime } = split(all, chosen)
        const world = newWorld()
        await arrive(world, inTime, false)
        await decided(world, documentsOf(pack, inTime), AFTER_ALL)
        await arrive(world, late, true)
        const done = await repair(world)
        expect(verdictsAndEvents(world)).toEqual(stored(storeOf(documentsOf(pack, events))))
        expect(done.doubtful).toEqual([])
        const writes = world.kafka.messages(TOPICS.verdicts).length
        expect((await repair(world)).letters).toEqual(nothing)
        expect(world.kafka.messages(TOPICS.verdicts).length).toBe(writes)
        seen.changed += done.changed + done.new
        seen.withdrawn += done.withdrawn
        seen.spans += done.spans.length
      }),
      {
        numRuns: 12,
        // At the begin of a storm, and in the midst of one: cuts go on beyond the window, and come from before it.
        examples: [
          [stormLines(70), [0]],
          [stormLines(70), [4_300]],
        ],
      },
    )
    expect(seen.withdrawn).toBeGreaterThan(0)
    expect(seen.changed).toBeGreaterThan(0)
    expect(seen.spans).toBeGreaterThan(0)
  }, 240_000)

  test('realms on partitions of their own', async () => {
    await fc.assert(
      fc.asyncProperty(lines, picks, async (all, chosen) => {
        const { events, late, inTime } = split(all, chosen, (l) => `realm-${l.who % 3}`)
        const world = newWorld(2)
        await arrive(world, inTime, false)
        await decided(world, documentsOf(pack, inTime), AFTER_ALL)
        await arrive(world, late, true)
        await repair(world)
        expect(verdictsAndEvents(world)).toEqual(stored(storeOf(documentsOf(pack, events))))
      }),
      { numRuns: 6 },
    )
  }, 120_000)

  test('a terminal that is always late, repaired every half hour beside the stream', async () => {
    const STEP = 30 * MINUTE_MS
    let waited = 0
    await fc.assert(
      fc.asyncProperty(trickle, fc.constant(1), async (all, who) => {
        const events = all.map((l) => eventOf(pack, l))
        const isLate = (e: StreamEvent) => e.event['whytimeout.terminal_id'] === `T${who}`
        const decisions = decide(
          pack,
          events.filter((e) => !isLate(e)),
        )
        const world = newWorld()
        for (let now = STEP; now < AFTER_ALL + STEP; now += STEP) {
          const since = T0 + now - STEP
          const upTo = T0 + now - 4 * MINUTE_MS
          world.kafka.setNow(T0 + now)
          const came = events.filter((e) => e.at >= since && e.at < T0 + now)
          await arrive(
            world,
            came.filter((e) => !isLate(e)),
            false,
          )
          const due = decisions.filter((d) => d.decision.first >= upTo - STEP && d.decision.first < upTo)
          await decided(
            world,
            due.flatMap((d) => finalDocuments(d.decision, d.cited)),
            upTo - T0,
          )
          await arrive(world, came.filter(isLate), true)
          const { waiting } = (await repair(world)).letters
          waited += waiting
          // What is further behind than windows, margins and lateness is repaired, though more late events follow it closely.
          const young = events.filter((e) => isLate(e) && e.at < T0 + now && e.at >= T0 + now - 100 * MINUTE_MS)
          expect(waiting).toBeLessThanOrEqual(young.length)
        }
        expect(verdictsAndEvents(world)).toEqual(stored(storeOf(documentsOf(pack, events))))
        expect((await repair(world)).letters).toEqual(nothing)
      }),
      { numRuns: 5 },
    )
    expect(waited).toBeGreaterThan(0)
  }, 240_000)

  test('a repair that ends at any write, more late events before the next', async () => {
    let crashes = 0
    await fc.assert(
      fc.asyncProperty(lines, picks, picks, fc.nat(12), async (all, first, second, operations) => {
        const { events, late, inTime } = split(all, [...first, ...second])
        const world = newWorld()
        await arrive(world, inTime, false)
        await decided(world, documentsOf(pack, inTime), AFTER_ALL)
        await arrive(world, late.slice(0, first.length), true)
        world.kafka.crashAfter(operations)
        await repair(world).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error
          crashes++
        })
        world.kafka.crashAfter()
        await arrive(world, late.slice(first.length), true)
        await repair(world)
        expect(verdictsAndEvents(world)).toEqual(stored(storeOf(documentsOf(pack, events))))
      }),
      { numRuns: 10, examples: [[stormLines(20), [0], [9], 1]] },
    )
    expect(crashes).toBeGreaterThan(0)
  }, 240_000)

  test('what needs deleted events is given up, once, and changes nothing', async () => {
    const minutes = [0, 100, 200].map((at): Line => ({ at: at * MINUTE_MS, kind: 'attempt', who: 1 }))
    const { events, late, inTime } = split([...minutes, { at: 99.9 * MINUTE_MS, kind: 'served', who: 2 }], [0, 2])
    const world = newWorld()
    // The topic begins with an event written at minute 100.
    for (const e of events) {
      world.kafka.setNow(e.at)
      await arrive(world, [e], false)
    }
    await decided(world, documentsOf(pack, inTime), AFTER_ALL)
    for (const e of late) {
      const message = lateMessage(e, { topic: TOPICS.events, partition: 0 }, 0n, T0 + AFTER_ALL)
      await world.kafka.writer.send(TOPICS.deadLetters, [message])
    }
    world.kept[TOPICS.events] = 1n
    const before = verdictsAndEvents(world)
    expect((await repair(world)).letters).toEqual({ repaired: 1, waiting: 0, gone: 1 })
    const after = verdictsAndEvents(world)
    const anchors = [...after].flatMap(([key, text]) => (key.includes('verdicts') && !before.has(key) ? [text] : []))
    expect(anchors.length).toBe(1)
    expect(anchors[0]).toContain(new Date(T0 + 200 * MINUTE_MS).toISOString())
    for (const [key, text] of before) expect(after.get(key)).toBe(text)
    expect((await repair(world)).letters).toEqual(nothing)
  })

  test('more evidence is no measure of which verdict is newer: by natural versions wrong ones stay', async () => {
    const wrong = { stale: 0, orphans: 0 }
    const samples = fc.sample(fc.tuple(lines, picks), { numRuns: 40, seed: 5 })
    for (const [all, chosen] of samples) {
      const { events, inTime } = split(all, chosen)
      const expected = stored(storeOf(documentsOf(pack, events)))
      const store = stored(storeOf(documentsOf(pack, events), storeOf(documentsOf(pack, inTime))))
      for (const [key, text] of store) {
        if (!expected.has(key)) wrong.orphans++
        else if (expected.get(key) !== text) wrong.stale++
      }
    }
    expect(wrong.stale).toBeGreaterThan(0)
    expect(wrong.orphans).toBeGreaterThan(0)
  }, 60_000)
})
