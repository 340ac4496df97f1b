import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Repair, repairLate } from '../../pipeline/run/rerun/repair.js'
import { createVerdictTopicSink } from '../../pipeline/sinks/verdict-topic.js'
import { applyTo, type StoredDocument } from '../../pipeline/stream/documents.js'
import { createMemoryKafka, type MemoryKafka } from './memory-kafka.js'
import { createMemoryReader } from './memory-reader.js'
import { drain, startMemoryStream, TOPICS } from './memory-stream.js'
import { stored, type Traffic, type TrafficRecord, trafficOf } from './traffic.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const HOUR_MS = 3_600_000
let traffic: Traffic
let work: string
beforeAll(async () => {
  traffic = await trafficOf(STORY, 0.25)
  work = await mkdtemp(join(tmpdir(), 'repair-'))
}, 60_000)
afterAll(() => rm(work, { recursive: true, force: true }))

const kafkaOf = (raw: number, events = 1): MemoryKafka =>
  createMemoryKafka({
    raw,
    [TOPICS.events]: events,
    [TOPICS.clocks]: 1,
    [TOPICS.known]: 1,
    [TOPICS.verdicts]: 1,
    [TOPICS.deadLetters]: 1,
    [TOPICS.books]: 1,
  })
const END = () => (traffic.records.at(-1)?.at ?? 0) + 1_000

function produce(
  { kafka, messages = 'records' }: Pick<World, 'kafka' | 'messages'>,
  records: readonly TrafficRecord[],
) {
  for (const r of records)
    for (const value of messages === 'records' ? [r.lines.join('\n')] : r.lines)
      kafka.append('raw', 0, {
        timestamp: Math.max(r.at, kafka.now()),
        key: undefined,
        value: Buffer.from(value, 'latin1'),
        headers: { host: r.host, log: r.log },
      })
}
type World = {
  /** A record a message, or a line a message. */
  readonly messages?: 'records' | 'lines'
  readonly kafka: MemoryKafka
  readonly store: Map<string, StoredDocument>
  readonly inputs: Traffic['inputs']
}

/** Everything there is goes through the stream until all of it is final. */
async function settle({ kafka, store, inputs, messages = 'records' }: World) {
  const stream = await startMemoryStream({
    latenessMs: 120_000,
    messages,
    kafka,
    raw: ['raw'],
    pack: inputs.pack,
    record: inputs.record,
    store,
  })
  expect(await drain(stream, kafka, 30 * HOUR_MS)).toBe(true)
}
const repair = ({ kafka, store, inputs }: World, isDry = false): Promise<Repair> =>
  repairLate({
    reader: createMemoryReader(kafka),
    topics: TOPICS,
    pack: inputs.pack,
    digest: 'test',
    dir: work,
    slackMs: HOUR_MS,
    progress: () => {},
    ...(!isDry && {
      store: {
        writer: kafka.writer,
        sinks: [
          {
            store: async (documents) => {
              kafka.burn()
              for (const d of documents) applyTo(store, d)
            },
            close: async () => {},
          },
          createVerdictTopicSink(kafka.writer, TOPICS.verdicts),
        ],
      },
    }),
  })
const late = (kafka: MemoryKafka): number =>
  kafka.messages(TOPICS.deadLetters).filter((m) => m.headers['__connect.errors.exception.class.name'] === 'LATE').length
const randomOf = (seed: number): (() => number) => {
  let s = (seed * 2_654_435_761 + 1) >>> 0
  return () => {
    s = (s * 1_664_525 + 1_013_904_223) >>> 0
    return s / 2 ** 32
  }
}

describe('late events are repaired by one command', () => {
  test("a terminal's whole log comes after the final verdicts", async () => {
    for (const host of new Set(traffic.records.map((r) => r.host))) {
      const world: World = { kafka: kafkaOf(1), store: new Map(), inputs: traffic.inputs }
      const { kafka, store } = world
      kafka.setNow(END())
      produce(
        world,
        traffic.records.filter((r) => r.host !== host),
      )
      await settle(world)
      produce(
        world,
        traffic.records.filter((r) => r.host === host),
      )
      await settle(world)
      expect(late(kafka), host).toBeGreaterThan(0)
      const first = await repair(world)
      expect(stored(store), host).toEqual(traffic.expected)
      expect(first.doubtful).toEqual([])
    }
  }, 240_000)

  test('any records, in any number of lots', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(0.02, 0.2, 0.6),
        fc.constantFrom('records' as const, 'lines' as const),
        async (seed, lots, share, messages) => {
          const random = randomOf(seed)
          const world: World = { messages, kafka: kafkaOf(1), store: new Map(), inputs: traffic.inputs }
          world.kafka.setNow(END())
          const lotOf = traffic.records.map(() => (random() < share ? 1 + Math.floor(random() * lots) : 0))
          for (let lot = 0; lot <= lots; lot++) {
            produce(
              world,
              traffic.records.filter((_, i) => lotOf[i] === lot),
            )
            await settle(world)
            await repair(world)
          }
          expect(stored(world.store)).toEqual(traffic.expected)
          const again = await repair(world)
          expect(again.letters).toEqual({ repaired: 0, waiting: 0, gone: 0 })
        },
      ),
      { numRuns: 12, examples: [[17, 1, 0.02, 'lines']] },
    )
  }, 240_000)
})
