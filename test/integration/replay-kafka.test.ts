import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readStored } from '../../pipeline/run/rerun/stored.js'
import { fixedSpeed, throttled } from '../../pipeline/run/rerun/throttle.js'
import { type TopicNames, topicNames } from '../../pipeline/run/topics.js'
import { holdPlace } from '../../pipeline/sources/group-lock.js'
import { createTopicReader, keptSince } from '../../pipeline/sources/kafka-range.js'
import type { Verdict } from '../../schemas/verdict.js'
import { type Ran, runCli } from '../cli/run-cli.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { openTopics, type Topics } from '../services/topics.js'
import { type Traffic, trafficOf } from '../stream/traffic.js'
import { allDecided, beginStream, type Place, placeOn, sendTraffic, stopStreams, until } from './stage.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const LATE_HOST = 'till-2'
let topics: Topics
let place: Place
let traffic: Traffic
let names: TopicNames

const ready = async () => {
  const brokers = await sharedKafka()
  traffic ??= await trafficOf(STORY, 0.25)
  topics ??= await openTopics(brokers)
  place ??= await placeOn(brokers.split(','), traffic, { more: 'lateness: 4s' })
  names = topicNames(place.prefix)
}
afterAll(async () => {
  await place?.close()
  await topics?.close()
  if (place) await rm(place.dir, { recursive: true, force: true })
})

const reader = () => createTopicReader(topics.client, topics.admin, `${place.prefix}-test`)
const cli = (...argv: string[]): Promise<Ran> =>
  runCli(['replay', ...argv, '--config', place.config], { now: new Date().toISOString() })
/** Verdicts that stand, by the verdicts topic. */
async function standing(): Promise<Map<string, Verdict>> {
  const stored = await readStored({
    reader: reader(),
    topic: names.verdicts,
    since: 0,
    wants: () => true,
    dir: place.dir,
  })
  const found = new Map<string, Verdict>()
  for await (const v of stored.sorted()) if (v.text !== undefined) found.set(v.id, JSON.parse(v.text) as Verdict)
  await stored.close()
  return found
}
const expected = (): Map<string, Verdict> =>
  new Map(
    [...traffic.expected]
      .filter(([key]) => key.startsWith('whytimeout-verdicts'))
      .map(([, text]) => JSON.parse(text) as Verdict)
      .map((v) => [v.event.id, v]),
  )
async function countLate(): Promise<number> {
  let late = 0
  await reader().read(await reader().ranges([names.deadLetters], undefined), async (_, messages) => {
    late += messages.filter((m) => m.headers['__connect.errors.exception.class.name'] === 'LATE').length
  })
  return late
}
const offsetsOf = async () =>
  JSON.stringify(
    await Promise.all([
      topics.admin.fetchOffsets({ groupId: `${place.prefix}-parse`, topics: [place.raw] }),
      topics.admin.fetchOffsets({ groupId: `${place.prefix}-diagnose`, topics: [names.events] }),
    ]),
  )
const groups = async () =>
  (await topics.admin.listGroups()).groups.map((g) => g.groupId).filter((g) => g.startsWith(place.prefix))

describeWithKafka('topics between two points', () => {
  beforeAll(ready)

  test('every message once, in order, to the end as it was, over marks of transactions, leaving no group behind', async () => {
    const topic = await topics.create('between', { partitions: 2 })
    const transactionalId = topic
    const sending = topics.client.producer({ transactionalId, maxInFlightRequests: 1, idempotent: true })
    await sending.connect()
    for (let n = 0; n < 3; n++) {
      const transaction = await sending.transaction()
      const messages = Array.from({ length: 700 }, (_, i) => ({ partition: i % 2, value: `${n}-${i}` }))
      await transaction.send({ topic, messages })
      await (n === 1 ? transaction.abort() : transaction.commit())
    }
    await sending.disconnect()
    // A broker writes the mark that ends a transaction a little after it has answered.
    await until(async () => {
      const ends = [...(await topics.ends(topic)).values()]
      return ends.every((e) => e === 1_053n) ? undefined : `ends ${ends}`
    }, 30_000)
    const seen: string[] = []
    const ranges = await reader().ranges(new RegExp(`^${topic}$`), undefined)
    expect(ranges.map((r) => [r.partition, r.from, r.to])).toEqual([
      [0, 0n, 1_053n],
      [1, 0n, 1_053n],
    ])
    await reader().read(ranges, async (range, messages) => {
      if (seen.length === 0) await topics.produce(topic, [{ partition: 0, value: 'after the start' }])
      seen.push(...messages.map((m) => `${range.partition} ${m.value}`))
    })
    const sent = (p: number) => [0, 2].flatMap((n) => Array.from({ length: 350 }, (_, i) => `${p} ${n}-${2 * i + p}`))
    expect(seen.filter((s) => s.startsWith('0'))).toEqual(sent(0))
    expect(seen.filter((s) => s.startsWith('1'))).toEqual(sent(1))
    expect(await groups()).not.toContainEqual(expect.stringContaining('-test-'))
    await expect(reader().read(ranges, () => Promise.reject(new Error('full')))).rejects.toThrow('full')
  }, 60_000)

  test('from the first message of a time on', async () => {
    const topic = await topics.create('timed')
    for (const timestamp of [1_000, 2_000, 3_000])
      await topics.produce(topic, [
        { value: 'a', timestamp },
        { value: 'b', timestamp },
      ])
    const from = async (since: number) => (await reader().ranges([topic], since)).map((r) => [r.from, r.to])
    expect(await from(0)).toEqual([[0n, 6n]])
    expect(await from(1_001)).toEqual([[2n, 6n]])
    expect(await from(3_001)).toEqual([[6n, 6n]])
  }, 60_000)

  test('since when a topic is whole', async () => {
    const topic = await topics.create('cut')
    await topics.produce(
      topic,
      [1_000, 2_000, 3_000].map((timestamp) => ({ value: 'a', timestamp })),
    )
    expect(await keptSince(reader(), [topic])).toBeUndefined()
    const cutAt = (offset: string) => topics.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] })
    await cutAt('2')
    expect(await keptSince(reader(), [topic])).toBe(3_000)
    await cutAt('3')
    expect(await keptSince(reader(), [topic])).toBe(Number.POSITIVE_INFINITY)
  }, 60_000)

  test('one at a time holds a place', async () => {
    const topic = await topics.create('place')
    const hold = () => holdPlace(topics.client, topics.admin, topic, topic)
    const release = await hold()
    expect(await hold()).toBeUndefined()
    await release?.()
    const again = await hold()
    expect(again).toBeDefined()
    await again?.()
  }, 60_000)
})

describeWithKafka('beside the stream', () => {
  beforeAll(ready)
  afterEach(stopStreams)

  test("a terminal's log that comes after the final verdicts is repaired by one command", async () => {
    const stream = await beginStream(place)
    const inTime = traffic.records.filter((r) => r.host !== LATE_HOST)
    await sendTraffic(place, inTime, { perMessage: 20 })
    await until(() => allDecided(place, inTime.length), 90_000)
    // With nothing unread for the lateness, now less the lateness is the watermark: everything is final.
    await until(
      () => ((stream.status().standing[0]?.watermark ?? 0) > Date.now() - 60_000 ? undefined : 'not all final'),
      90_000,
    )
    await sendTraffic(
      place,
      traffic.records.filter((r) => r.host === LATE_HOST),
      { perMessage: 20 },
    )
    await until(() => allDecided(place, traffic.records.length), 90_000)
    const late = await countLate()
    expect(late).toBeGreaterThan(0)
    expect(await standing()).not.toEqual(expected())

    await until(async () => {
      const { letters } = JSON.parse((await cli(`kafka:${names.events}`, '--late', '--json')).out)
      return letters.waiting === 0 ? undefined : `${letters.waiting} wait for the stream`
    }, 90_000)
    const dry = await cli(`kafka:${names.events}`, '--late')
    expect(dry).toMatchObject({ exit: 0, out: expect.stringContaining('Nothing is stored without --store') })
    const taken = await holdPlace(topics.client, topics.admin, `${place.prefix}-repair`, names.deadLetters)
    expect(await cli(`kafka:${names.events}`, '--late', '--store')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('REPAIR_RUNNING'),
    })
    await taken?.()

    const out = join(place.dir, 'changes')
    const done = await cli(`kafka:${names.events}`, '--late', '--store', '--out', out, '--json')
    expect(done).toMatchObject({ exit: 0, err: '' })
    expect(JSON.parse(done.out).letters).toEqual({ repaired: late, waiting: 0, gone: 0 })
    expect(await standing()).toEqual(expected())
    const changes = (await readFile(join(out, 'changes.ndjson'), 'utf8'))
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l))
    expect(changes.some((c) => c.kind === 'new' && c.after.terminal === 'T041202')).toBe(true)
    const { new: fresh, changed, withdrawn } = JSON.parse(done.out)
    expect(changes.length).toBe(fresh + changed + withdrawn)

    const again = await cli(`kafka:${names.events}`, '--late', '--store')
    expect(again).toMatchObject({ exit: 0, out: 'No late event to repair.\n' })
    await until(async () => {
      const audit = await runCli(['audit', '--config', place.config], { now: new Date().toISOString() })
      return audit.exit === 0 && !audit.out.includes('--late') ? undefined : `${audit.exit} ${audit.out} ${audit.err}`
    }, 30_000)
    await stream.stop()
  }, 240_000)

  test.each(['names', 'pattern', 'events'])(
    'a part of the time, by %s',
    async (by) => {
      const input = {
        names: `kafka:${place.raw}`,
        pattern: `kafka:/^${place.prefix}/`,
        events: `kafka:${names.events}`,
      }[by] as string
      const times = [...expected().values()].map((v) => v['@timestamp']).sort()
      const [from, to] = [times[4] ?? '', times[times.length - 4] ?? '']
      const [offsets, before] = [await offsetsOf(), await standing()]
      const out = join(place.dir, `part-${by}`)
      // As people in Shanghai write it.
      const local = new Date(Date.parse(from) + 8 * 3_600_000).toISOString().replace('Z', '')
      const ran = await cli(input, '--from', `${local} Asia/Shanghai`, '--to', to, '--out', out, '--rate', 'max')
      expect(ran).toMatchObject({ exit: 0, err: '' })
      const found = (await readFile(join(out, 'verdicts.ndjson'), 'utf8'))
        .trim()
        .split('\n')
        .map((l) => JSON.parse(l) as Verdict)
      const within = [...expected().values()].filter((v) => v['@timestamp'] >= from && v['@timestamp'] < to)
      expect(new Map(found.map((v) => [v.event.id, v]))).toEqual(new Map(within.map((v) => [v.event.id, v])))
      expect(await offsetsOf()).toBe(offsets)
      expect(await standing()).toEqual(before)
      expect(await groups()).not.toContainEqual(expect.stringContaining('-replay-'))
    },
    120_000,
  )

  test('a new generation replaces a part, after consent', async () => {
    // A till that is said to be a router: its waits are no timeouts of a terminal.
    const other = traffic.originsText
      .replaceAll(/^till-3\/\S+:\n/gm, '$&  role: router\n')
      .replaceAll('  role: terminal\n', '')
    await writeFile(join(place.dir, 'other.yml'), other)
    const to =
      [...expected().values()]
        .map((v) => v['@timestamp'])
        .sort()
        .at(-6) ?? ''
    const raised = String(traffic.inputs.pack.generation + 1)
    const given = [
      `kafka:${place.raw}`,
      '--to',
      to,
      '--origins',
      join(place.dir, 'other.yml'),
      '--store',
      '--replace',
      '--out',
      join(place.dir, 'two'),
    ]
    expect(await cli(...given)).toMatchObject({ exit: 2, err: expect.stringContaining('INPUTS_DIFFER') })
    const before = await standing()
    const unasked = await cli(...given, '--generation', raised)
    expect(unasked).toMatchObject({ exit: 2, err: expect.stringMatching(/to be removed: \d+ verdicts.*--yes/s) })
    expect(await standing()).toEqual(before)
    const done = await cli(...given, '--generation', raised, '--yes')
    expect(done).toMatchObject({ exit: 0 })
    const found = (await readFile(join(place.dir, 'two', 'verdicts.ndjson'), 'utf8'))
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as Verdict)
    const after = await standing()
    const isIn = (v: Verdict) => v['@timestamp'] < to
    expect(new Map([...after].filter(([, v]) => isIn(v)))).toEqual(new Map(found.map((v) => [v.event.id, v])))
    expect(new Map([...after].filter(([, v]) => !isIn(v)))).toEqual(new Map([...before].filter(([, v]) => !isIn(v))))
    const twice = await cli(...given, '--generation', raised, '--yes')
    expect(twice).toMatchObject({ exit: 2, err: expect.stringContaining('GENERATION_NOT_RAISED') })
  }, 120_000)

  test('a rate is kept', async () => {
    const ranges = await reader().ranges([place.raw], undefined)
    let bytes = 0
    const count = async (_: unknown, messages: readonly { value: Buffer | undefined }[]) => {
      bytes += messages.reduce((sum, m) => sum + (m.value?.length ?? 0), 0)
    }
    await reader().read(ranges, count)
    const began = performance.now()
    await throttled(reader(), fixedSpeed(bytes / 3)).read(ranges, count)
    expect(performance.now() - began).toBeGreaterThan(2_900)
  }, 60_000)

  test('topics that are not there', async () => {
    expect(await cli('kafka:nothing')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('KAFKA_TOPIC_MISSING: no topic nothing'),
    })
    expect(await cli('kafka:/^nothing/')).toMatchObject({ exit: 2, err: expect.stringContaining('no topic matches') })
  }, 60_000)
})
