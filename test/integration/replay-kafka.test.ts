import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../pipeline/run/config.js'
import { readStored } from '../../pipeline/run/rerun/stored.js'
import { fixedSpeed, throttled } from '../../pipeline/run/rerun/throttle.js'
import { startStream } from '../../pipeline/run/stream.js'
import { createTopics, topicNames } from '../../pipeline/run/topics.js'
import { holdPlace } from '../../pipeline/sources/group-lock.js'
import { connectKafka } from '../../pipeline/sources/kafka.js'
import { createTopicReader } from '../../pipeline/sources/kafka-range.js'
import type { Verdict } from '../../schemas/verdict.js'
import { type Ran, runCli } from '../cli/run-cli.js'
import { type Broker, startKafka } from '../services/kafka.js'
import { type Traffic, type TrafficRecord, trafficOf } from '../stream/traffic.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const LATE_HOST = 'till-2'
const PREFIX = 'why'
const TOPICS = topicNames(PREFIX)

let broker: Broker
let traffic: Traffic
let dir: string
let config: string
let client: Kafka
let admin: Admin
let producer: Producer
beforeAll(async () => {
  ;[broker, traffic] = await Promise.all([startKafka(), trafficOf(STORY, 0.25)])
  dir = await mkdtemp(join(tmpdir(), 'replay-kafka-'))
  config = join(dir, 'whytimeout.yml')
  await writeFile(join(dir, 'inventory.csv'), traffic.inventoryText)
  await writeFile(join(dir, 'origins.yml'), traffic.originsText)
  await writeFile(
    config,
    [
      'kafka:',
      `  brokers: ["${broker.address}"]`,
      '  topics: [raw]',
      `  prefix: ${PREFIX}`,
      `  group: ${PREFIX}`,
      'inventory: inventory.csv',
      'origins: origins.yml',
      'lateness: 4s',
      'commit_interval: 500ms',
    ].join('\n'),
  )
  client = await connectKafka((await loadConfig(config, {})).kafka)
  admin = client.admin()
  await admin.connect()
  await createTopic('raw', 3)
  await createTopics(client, PREFIX, 1)
  producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
}, 240_000)
afterAll(async () => {
  await producer?.disconnect()
  await admin?.disconnect()
  await broker?.stop()
  await rm(dir, { recursive: true, force: true })
})

/** The client may ask for the leaders before the broker knows of them. */
async function createTopic(topic: string, numPartitions: number): Promise<void> {
  await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1 }], waitForLeaders: false })
  await until(() =>
    admin.fetchTopicOffsets(topic).then(
      () => undefined,
      (error: Error) => error.message,
    ),
  )
}

/** Records in order, a log to one partition. */
async function send(records: readonly TrafficRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += 500)
    await producer.send({
      topic: 'raw',
      acks: -1,
      messages: records.slice(from, from + 500).map((r) => ({
        key: `${r.host}/${r.log}`,
        value: Buffer.from(r.lines.join('\n'), 'latin1'),
        headers: { host: r.host, log: r.log },
      })),
    })
}
async function until(look: () => Promise<string | undefined>, ms = 90_000): Promise<void> {
  const deadline = Date.now() + ms
  for (let missing = await look(); missing !== undefined; missing = await look()) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${missing}`)
    await wait(200)
  }
}
const reader = () => createTopicReader(client, admin, 'test')
const cli = (...argv: string[]): Promise<Ran> =>
  runCli(['replay', ...argv, '--config', config], { now: new Date().toISOString() })
/** Verdicts that stand, by the verdicts topic. */
async function standing(): Promise<Map<string, Verdict>> {
  const stored = await readStored({ reader: reader(), topic: TOPICS.verdicts, since: 0, wants: () => true, dir })
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
  await reader().read(await reader().ranges([TOPICS.deadLetters], undefined), async (_, messages) => {
    late += messages.filter((m) => m.headers['__connect.errors.exception.class.name'] === 'LATE').length
  })
  return late
}
const offsetsOf = async () =>
  JSON.stringify(
    await Promise.all([
      admin.fetchOffsets({ groupId: `${PREFIX}-parse`, topics: ['raw'] }),
      admin.fetchOffsets({ groupId: `${PREFIX}-diagnose`, topics: [TOPICS.events] }),
    ]),
  )
const groups = async () => (await admin.listGroups()).groups.map((g) => g.groupId).sort()

describe('topics between two points', () => {
  test('every message once, in order, to the end as it was, over marks of transactions, leaving no group behind', async () => {
    const topic = 'between'
    await createTopic(topic, 2)
    const sending = client.producer({ transactionalId: 'tx', maxInFlightRequests: 1, idempotent: true })
    await sending.connect()
    for (let n = 0; n < 3; n++) {
      const transaction = await sending.transaction()
      const messages = Array.from({ length: 700 }, (_, i) => ({
        partition: i % 2,
        value: `${n}-${i}`,
        timestamp: String(1_000_000 + n),
      }))
      await transaction.send({ topic, messages })
      await (n === 1 ? transaction.abort() : transaction.commit())
    }
    await sending.disconnect()
    const seen: string[] = []
    const ranges = await reader().ranges(/^betw/, undefined)
    expect(ranges.map((r) => [r.partition, r.from, r.to])).toEqual([
      [0, 0n, 1_053n],
      [1, 0n, 1_053n],
    ])
    await reader().read(ranges, async (range, messages) => {
      if (seen.length === 0) await producer.send({ topic, messages: [{ partition: 0, value: 'after the start' }] })
      seen.push(...messages.map((m) => `${range.partition} ${m.value}`))
    })
    const sent = (p: number) => [0, 2].flatMap((n) => Array.from({ length: 350 }, (_, i) => `${p} ${n}-${2 * i + p}`))
    expect(seen.filter((s) => s.startsWith('0'))).toEqual(sent(0))
    expect(seen.filter((s) => s.startsWith('1'))).toEqual(sent(1))
    expect(await groups()).not.toContainEqual(expect.stringMatching(/^test-/))
  }, 60_000)

  test('from the first message of a time on', async () => {
    await createTopic('timed', 1)
    for (const at of ['1000', '2000', '3000']) {
      const messages = ['a', 'b'].map((value) => ({ value, timestamp: at }))
      await producer.send({ topic: 'timed', messages })
    }
    const from = async (since: number) => (await reader().ranges(['timed'], since)).map((r) => [r.from, r.to])
    expect(await from(0)).toEqual([[0n, 6n]])
    expect(await from(1_001)).toEqual([[2n, 6n]])
    expect(await from(3_001)).toEqual([[6n, 6n]])
  }, 60_000)

  test('what the taker throws ends the reading', async () => {
    const ranges = await reader().ranges(['between'], undefined)
    await expect(reader().read(ranges, () => Promise.reject(new Error('full')))).rejects.toThrow('full')
  }, 60_000)

  test('one at a time holds a place', async () => {
    const release = await holdPlace(client, admin, 'place', 'between')
    expect(await holdPlace(client, admin, 'place', 'between')).toBeUndefined()
    await release?.()
    const again = await holdPlace(client, admin, 'place', 'between')
    expect(again).toBeDefined()
    await again?.()
  }, 60_000)
})

describe('beside the stream', () => {
  test("a terminal's log that comes after the final verdicts is repaired by one command", async () => {
    const stream = await startStream({ config: await loadConfig(config, {}), now: Date.now, log: () => {} })
    await send(traffic.records.filter((r) => r.host !== LATE_HOST))
    // With nothing unread for the lateness, now less the lateness is the watermark: everything is final.
    const isQuiet = async () => {
      const { standing: at, lag } = stream.status()
      const isRead = lag.size === 3 && [...lag.values()].every((n) => n === 0)
      return isRead && (at[0]?.watermark ?? 0) > Date.now() - 60_000 ? undefined : 'not all decided'
    }
    await until(isQuiet)
    await send(traffic.records.filter((r) => r.host === LATE_HOST))
    await until(async () => ((await countLate()) > 0 ? undefined : 'none is late'))
    await until(isQuiet)
    const late = await countLate()
    expect(await standing()).not.toEqual(expected())

    await until(async () => {
      const { letters } = JSON.parse((await cli(`kafka:${TOPICS.events}`, '--late', '--json')).out)
      return letters.waiting === 0 ? undefined : `${letters.waiting} wait for the stream`
    })
    const dry = await cli(`kafka:${TOPICS.events}`, '--late')
    expect(dry).toMatchObject({ exit: 0, out: expect.stringContaining('Nothing is stored without --store') })
    const taken = await holdPlace(client, admin, `${PREFIX}-repair`, TOPICS.deadLetters)
    expect(await cli(`kafka:${TOPICS.events}`, '--late', '--store')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('REPAIR_RUNNING'),
    })
    await taken?.()

    const out = join(dir, 'changes')
    const done = await cli(`kafka:${TOPICS.events}`, '--late', '--store', '--out', out, '--json')
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

    const again = await cli(`kafka:${TOPICS.events}`, '--late', '--store')
    expect(again).toMatchObject({ exit: 0, out: 'No late event to repair.\n' })
    await stream.stop()
  }, 240_000)

  test.each(['kafka:raw', 'kafka:/^r.w$/', `kafka:${TOPICS.events}`])(
    '%s: a part of the time',
    async (input) => {
      const times = [...expected().values()].map((v) => v['@timestamp']).sort()
      const [from, to] = [times[4] ?? '', times[times.length - 4] ?? '']
      const [offsets, before] = [await offsetsOf(), await standing()]
      const out = join(dir, `part-${input.length}`)
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
    // A till that is said to be a server: its waits are no timeouts of a terminal.
    const other = traffic.originsText
      .replaceAll(/^till-3\/\S+:\n/gm, '$&  role: server\n')
      .replaceAll('  role: terminal\n', '')
    await writeFile(join(dir, 'other.yml'), other)
    const to =
      [...expected().values()]
        .map((v) => v['@timestamp'])
        .sort()
        .at(-6) ?? ''
    const given = [
      'kafka:raw',
      '--to',
      to,
      '--origins',
      join(dir, 'other.yml'),
      '--store',
      '--replace',
      '--out',
      join(dir, 'two'),
    ]
    expect(await cli(...given)).toMatchObject({ exit: 2, err: expect.stringContaining('INPUTS_DIFFER') })
    const before = await standing()
    const unasked = await cli(...given, '--generation', '2')
    expect(unasked).toMatchObject({ exit: 2, err: expect.stringMatching(/to be removed: \d+ verdicts.*--yes/s) })
    expect(await standing()).toEqual(before)
    const done = await cli(...given, '--generation', '2', '--yes')
    expect(done).toMatchObject({ exit: 0 })
    const found = (await readFile(join(dir, 'two', 'verdicts.ndjson'), 'utf8'))
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as Verdict)
    const after = await standing()
    const isIn = (v: Verdict) => v['@timestamp'] < to
    expect(new Map([...after].filter(([, v]) => isIn(v)))).toEqual(new Map(found.map((v) => [v.event.id, v])))
    expect(new Map([...after].filter(([, v]) => !isIn(v)))).toEqual(new Map([...before].filter(([, v]) => !isIn(v))))
    const twice = await cli(...given, '--generation', '2', '--yes')
    expect(twice).toMatchObject({ exit: 2, err: expect.stringContaining('GENERATION_NOT_RAISED') })
  }, 120_000)

  test('a rate is kept', async () => {
    const ranges = await reader().ranges(['raw'], undefined)
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
