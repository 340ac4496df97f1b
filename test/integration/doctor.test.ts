import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type Admin, type Message, type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settingsOf } from '../../pipeline/run/cluster/settings.js'
import { loadConfig } from '../../pipeline/run/config.js'
import type { Check } from '../../pipeline/run/doctor/check.js'
import { CHECKS } from '../../pipeline/run/doctor/checks.js'
import { runDoctor } from '../../pipeline/run/doctor/doctor.js'
import { readInputs, startStream } from '../../pipeline/run/stream.js'
import { createTopics } from '../../pipeline/run/topics.js'
import { clockKey, encodeClock } from '../../pipeline/stream/messages.js'
import { Findings } from '../../schemas/doctor.js'
import { runCli } from '../cli/run-cli.js'
import { type Kafka, type Listener, startKafka } from '../services/kafka.js'
import { describeWithKafka } from '../services/shared.js'
import { trafficOf } from '../stream/traffic.js'
import { allow } from './rights.js'
import { placeOn, sendTraffic, until } from './stage.js'

const DIR = mkdtempSync(join(tmpdir(), 'whytimeout-doctor-'))
const PASSWORD = 'reader-secret-1'
let broker: Kafka
let admin: Admin
let producer: Producer
const clientOf = () => new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING })
const start = async () => {
  broker = await startKafka({
    users: { reader: PASSWORD, poor: PASSWORD },
    settings: ['allow.everyone.if.no.acl.found=false'],
  })
  admin = clientOf().admin()
  producer = clientOf().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await Promise.all([admin.connect(), producer.connect()])
}
const stop = async () => {
  await admin?.disconnect()
  await producer?.disconnect()
  await broker?.stop()
}
afterAll(() => rmSync(DIR, { recursive: true }))

let serial = 0
/** A configuration of its own; its raw topic is there, its internal ones where asked. */
async function place(
  options: {
    raw?: Record<string, string>
    partitions?: number
    internal?: boolean
    kafka?: string
    more?: string
  } = {},
) {
  const prefix = `d${++serial}`
  const raw = `${prefix}-raw`
  const configEntries = Object.entries(options.raw ?? {}).map(([name, value]) => ({ name, value }))
  await admin.createTopics({
    topics: [{ topic: raw, numPartitions: options.partitions ?? 1, configEntries }],
    waitForLeaders: true,
  })
  if (options.internal !== false) await createTopics(clientOf(), prefix, 1)
  const config = join(DIR, `${prefix}.yml`)
  const kafka = options.kafka ?? `  brokers: ${broker.address}\n  topics: ${raw}`
  writeFileSync(config, `kafka:\n  prefix: ${prefix}\n  group: ${prefix}\n${kafka}\n${options.more ?? ''}`)
  return { prefix, raw, config }
}
const said = (findings: Findings) => findings.findings.map((f) => `${f.state} ${f.code}`)
const only = (...ids: string[]): readonly Check[] => CHECKS.filter((c) => ids.includes(c.id))
const doctor = async (config: string, checks: readonly Check[] = CHECKS, now: () => number = Date.now) =>
  runDoctor({ config: await loadConfig(config, { READER: PASSWORD }), now, checks })
const send = (topic: string, messages: Message[]) => producer.send({ topic, acks: -1, messages })
const lines = (n: number, more: (i: number) => Partial<Message> = () => ({})): Message[] =>
  Array.from({ length: n }, (_, i) => ({
    value: `2026-11-24T00:00:${String(i % 60).padStart(2, '0')}Z gw1 app[1]: line ${i}`,
    headers: { host: 'gw1', log: 'app.log' },
    ...more(i),
  }))

/** Commits as a member of the group would. */
async function commitAs(groupId: string, topic: string, offset: string): Promise<void> {
  const consumer = clientOf().consumer({ groupId, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: false })
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.run({ autoCommit: false, eachMessage: async () => {} })
  await joined
  await consumer.commitOffsets([{ topic, partition: 0, offset }])
  await consumer.disconnect()
}

describeWithKafka('doctor and setup kafka', () => {
  beforeAll(start)
  afterAll(stop)

  describe('setup kafka, then doctor', () => {
    test('missing, created, there, fine', async () => {
      const { config, prefix, raw } = await place({ internal: false })
      await send(raw, lines(5))
      const before = await runCli(['doctor', '--config', config])
      expect(before.exit).toBe(3)
      expect(before.out).toContain(`${prefix}.events: it is not there`)
      expect(before.out).toContain('`whytimeout setup kafka` creates it.')

      const setup = (...more: string[]) => runCli(['setup', 'kafka', '--config', config, ...more])
      const dry = await setup('--dry-run', '--partitions', '4')
      expect(dry.exit).toBe(0)
      expect(dry.out).toContain(`${prefix}.events: would be created: 4 partitions, 1 copy`)
      expect((await admin.listTopics()).filter((t) => t.startsWith(`${prefix}.`))).toEqual([])

      const done = await setup('--partitions', '4', '--json')
      expect([done.exit, said(Findings.parse(JSON.parse(done.out)))]).toEqual([0, Array(6).fill('ok created')])
      const partitionsOf = async (topic: string) => (await admin.fetchTopicOffsets(topic)).length
      expect(await partitionsOf(`${prefix}.events`)).toBe(4)
      expect(await partitionsOf(`${prefix}.clocks`)).toBe(1)

      const again = await setup('--lang', 'zh')
      expect(again.exit).toBe(0)
      expect(again.out).toContain(`${prefix}.events: 已存在:4 个分区,1 个副本`)
      const other = await setup('--partitions', '5', '--json')
      expect(said(Findings.parse(JSON.parse(other.out)))).toContain('warn other-partitions')
      expect(await setup('--replicas', '2')).toMatchObject({
        exit: 2,
        err: expect.stringContaining('the cluster has 1 (--replicas)'),
      })

      const after = await runCli(['doctor', '--config', config, '--json'], { now: new Date().toISOString() })
      const findings = Findings.parse(JSON.parse(after.out))
      expect(findings.findings.filter((f) => f.state === 'fail')).toEqual([])
      expect(after.exit).toBe(0)
      expect(new Set(findings.findings.map((f) => f.check))).toEqual(new Set(CHECKS.map((c) => c.id)))
      expect(said(findings)).toEqual(
        expect.arrayContaining([
          'ok broker-answers',
          'ok versions-fit',
          'ok broker-settings-fit',
          'ok raw-topics-there',
          'ok internal-topics-fit',
          'ok rights-fit',
          'ok group-is-new',
          'ok clock-fits',
          'ok rules-read',
          'skip no-process-yet',
          'ok origins-keep-place',
        ]),
      )
    })
    test('settings that lose data are found, and changed only where asked; others stay', async () => {
      const { config, prefix } = await place()
      const events = `${prefix}.events`
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: events,
            configEntries: Object.entries({
              'retention.ms': '3600000',
              'cleanup.policy': 'compact,delete',
              'max.message.bytes': '2000000',
            }).map(([name, value]) => ({ name, value })),
          },
        ],
      })
      const found = (await doctor(config, only('internal-topics'))).findings
      const losing = ['cleanup.policy', 'message.timestamp.type', 'retention.ms']
      expect(
        found
          .filter((f) => f.code === 'setting-loses-data')
          .map((f) => f.place)
          .sort(),
      ).toEqual(losing.map((s) => `${events} ${s}`))
      const plain = await runCli(['setup', 'kafka', '--config', config])
      expect(plain.exit).toBe(3)
      expect(plain.out).toContain('is 3600000, not 604800000')
      const dry = await runCli(['setup', 'kafka', '--config', config, '--fix', '--dry-run'])
      expect([dry.exit, dry.out.includes('would be changed from 3600000 to 604800000')]).toEqual([0, true])
      expect((await settingsOf(admin, events)).get('retention.ms')?.value).toBe('3600000')

      const fixed = await runCli(['setup', 'kafka', '--config', config, '--fix'])
      expect(fixed.exit).toBe(0)
      const now = await settingsOf(admin, events)
      expect(
        ['retention.ms', 'cleanup.policy', 'message.timestamp.type', 'max.message.bytes'].map((s) => now.get(s)?.value),
      ).toEqual(['604800000', 'delete', 'LogAppendTime', '2000000'])
      expect(said(await doctor(config, only('internal-topics')))).toEqual(['ok internal-topics-fit'])
    })
  })

  describe('what can be wrong, on a real broker', () => {
    test('raw topics: compacted, kept short, not there, none that fits', async () => {
      const day = { 'retention.ms': '3600000', 'message.timestamp.type': 'CreateTime' }
      const compacted = await place({ raw: { 'cleanup.policy': 'compact' } })
      expect(said(await doctor(compacted.config, only('raw-topics')))).toContain('fail raw-topic-compacted')
      const short = await place({ raw: { 'cleanup.policy': 'delete', ...day } })
      expect(said(await doctor(short.config, only('raw-topics')))).toEqual([
        'warn raw-topic-deletes-by-producer-time',
        'warn raw-topic-short-retention',
        'warn raw-topics-empty',
      ])
      const named = await place({ kafka: `  brokers: ${broker.address}\n  topics: [no-such-topic]` })
      expect(said(await doctor(named.config, only('raw-topics')))).toEqual(['fail raw-topic-missing'])
      const fitting = await place({ kafka: `  brokers: ${broker.address}\n  topics: /^no-such-/` })
      expect(said(await doctor(fitting.config, only('raw-topics')))).toEqual(['fail no-raw-topic'])
      const pattern = await place({ kafka: `  brokers: ${broker.address}\n  topics: /^${compacted.raw}$/` })
      expect(said(await doctor(pattern.config, only('raw-topics')))).toContain('fail raw-topic-compacted')
    })
    test('one broker address of two is wrong: it is named, and the rest is looked at', async () => {
      const { config, prefix, raw } = await place()
      writeFileSync(config, `kafka:\n  prefix: ${prefix}\n  brokers: "${broker.address},127.0.0.1:1"\n  topics: ${raw}`)
      const findings = await doctor(config)
      expect(findings.findings.filter((f) => f.state === 'fail')).toMatchObject([
        { code: 'broker-refused', place: '127.0.0.1:1' },
      ])
      expect(said(findings)).toContain('ok internal-topics-fit')
    })
    test('offsets before what is kept, and beyond the end', async () => {
      const { config, prefix, raw } = await place()
      await send(raw, lines(100))
      const groupId = `${prefix}-parse`
      await commitAs(groupId, raw, '10')
      expect(said(await doctor(config, only('offsets')))).toEqual(['ok offsets-fit', 'ok group-is-new'])
      await admin.fetchTopicOffsets(raw)
      await admin.deleteTopicRecords({ topic: raw, partitions: [{ partition: 0, offset: '50' }] })
      const lost = (await doctor(config, only('offsets'))).findings[0]
      expect(lost).toMatchObject({ code: 'offset-out-of-retention', state: 'fail', place: `${groupId} ${raw}/0` })
      expect(lost?.what.en).toContain('40 messages were deleted before they were read')
      // A member would be told that there is no such offset, and forget it.
      await admin.setOffsets({ groupId, topic: raw, partitions: [{ partition: 0, offset: '1000' }] })
      expect(said(await doctor(config, only('offsets')))[0]).toBe('fail offset-beyond-end')
    })
    test('the lines of one log in two partitions', async () => {
      const torn = await place({ partitions: 2 })
      await send(
        torn.raw,
        lines(20, (i) => ({ partition: i % 2, timestamp: String(Date.now() - 20_000 + i * 1_000) })),
      )
      const [found] = (await doctor(torn.config, only('spread'))).findings
      expect(found).toMatchObject({ code: 'origin-in-several-partitions', state: 'fail' })
      expect(found?.what.en).toContain(`gw1/app.log (${torn.raw}/0 ${torn.raw}/1)`)
      const records = await place({
        kafka: `  brokers: ${broker.address}\n  topics: ${torn.raw}\n  messages: records`,
      })
      expect(said(await doctor(records.config, only('spread')))).toEqual(['ok origins-keep-place'])

      const apart = await place({ partitions: 3 })
      await send(
        apart.raw,
        Array.from({ length: 2_000 }, (_, i) => (i < 1_300 ? 0 : 1 + (i % 2))).map((partition) => ({
          partition,
          value: `2026-11-24T00:00:00Z h${partition} app[1]: a line`,
        })),
      )
      expect(said(await doctor(apart.config, only('spread')))).toEqual([
        'warn partition-carries-most',
        'ok origins-keep-place',
      ])
      const nameless = await place()
      await send(
        nameless.raw,
        Array.from({ length: 5 }, () => ({ value: 'something happened', key: '7' })),
      )
      expect(said(await doctor(nameless.config, only('spread')))).toEqual(['warn origin-unknown'])
    })
    test('processes with different inputs', async () => {
      const { config, prefix, raw } = await place()
      const { digest, pack } = await readInputs(await loadConfig(config, {}))
      const write = (partition: number, of: string, generation = pack.generation) =>
        send(`${prefix}.clocks`, [
          {
            key: clockKey(raw, partition),
            value: encodeClock({
              topic: raw,
              partition,
              position: 1n,
              clock: 1,
              written: { 0: 1n },
              generation,
              digest: of,
            }),
          },
        ])
      const state = async () => said(await doctor(config, only('processes')))
      await write(0, digest)
      expect(await state()).toEqual(['ok inputs-agree'])
      await write(1, 'other')
      await write(2, digest)
      expect(await state()).toEqual(['fail inputs-differ'])
      for (const p of [0, 1, 2]) await write(p, 'newer', pack.generation + 1)
      expect(await state()).toEqual(['fail inputs-behind'])
    })
    test('the clock of this host, measured', async () => {
      const { config } = await place()
      const by = async (ms: number) => said(await doctor(config, only('clock'), () => Date.now() + ms))
      expect(await by(0)).toEqual(['ok clock-fits'])
      expect(await by(-20_000)).toEqual(['warn clock-off'])
      expect(await by(600_000)).toEqual(['fail clock-far-off'])
    })
  })

  describe('a user with rights of its own', () => {
    const login = (user: string, raw: string) =>
      `  brokers: ${broker.addresses.sasl}\n  topics: ${raw}\n  sasl:\n    mechanism: plain\n    username: ${user}\n    password: \${READER}`
    test('what is lacking is named, and nothing else', async () => {
      const { raw, prefix, config } = await place()
      await send(raw, lines(5))
      await send(`${prefix}.events`, [{ key: 'k', value: '{}' }])
      writeFileSync(config, `kafka:\n  prefix: ${prefix}\n  group: ${prefix}\n${login('reader', raw)}`)
      await allow(admin, 'reader', [
        { kind: 'TOPIC', name: raw, operation: 'READ' },
        { kind: 'TOPIC', name: `${prefix}.`, operation: 'READ', isPrefix: true },
        { kind: 'TOPIC', name: `${prefix}.events`, operation: 'WRITE' },
        { kind: 'GROUP', name: `${prefix}-parse`, operation: 'READ' },
      ])
      const { findings } = await doctor(config)
      const lacking = findings.filter((f) => f.code === 'right-missing').map((f) => f.place)
      expect(lacking.sort()).toEqual(
        [
          ...['books', 'clocks', 'dead-letters', 'incidents', 'verdicts'].map((t) => `${prefix}.${t}`),
          `${prefix}-diagnose`,
          `${prefix}.clocks-*`,
        ].sort(),
      )
      expect(said({ findings } as Findings)).toEqual(
        expect.arrayContaining(['warn settings-hidden', 'skip broker-settings-hidden', 'skip clock-not-seen']),
      )
      expect(JSON.stringify(findings)).not.toContain(PASSWORD)

      await allow(admin, 'reader', [
        { kind: 'TOPIC', name: `${prefix}.`, operation: 'WRITE', isPrefix: true },
        { kind: 'TOPIC', name: prefix, operation: 'DESCRIBE_CONFIGS', isPrefix: true },
        { kind: 'GROUP', name: prefix, operation: 'READ', isPrefix: true },
      ])
      const better = await doctor(config)
      expect(better.findings.filter((f) => f.state === 'fail')).toEqual([])
      expect(said(better)).toEqual(
        expect.arrayContaining(['ok rights-fit', 'skip clock-not-measured', 'ok origins-keep-place']),
      )
      // Without the right to ask for the time, a record from the future still tells.
      expect(said(await doctor(config, only('clock'), () => Date.now() - 600_000))).toEqual(['warn clock-behind'])
    })
    test('TLS: trusted, of another authority, to the wrong port', async () => {
      const { raw, prefix, config } = await place()
      const { ca, foreignCa, client } = broker.certificates ?? expect.fail('there are certificates')
      const first = async (listener: Listener, ssl: string, more = '') => {
        const kafka = `  brokers: ${broker.addresses[listener]}\n  topics: ${raw}\n  prefix: ${prefix}\n  ssl: ${ssl}\n${more}`
        writeFileSync(config, `kafka:\n${kafka}`)
        const [found] = (await doctor(config, only('brokers'))).findings
        return `${found?.code} ${found?.what.en}`
      }
      const scram = `  sasl: { mechanism: scram-sha-512, username: reader, password: ${PASSWORD} }`
      expect(await first('saslTls', `{ ca: ${ca} }`, scram)).toMatch(/broker-answers .*, TLS, scram-sha-512, reader$/)
      expect(await first('saslTls', `{ ca: ${foreignCa} }`, scram)).toMatch(/^broker-tls-untrusted/)
      expect(await first('saslTls', `{ ca: ${ca} }`)).toMatch(/^broker-closed/)
      expect(await first('tls', `{ ca: ${ca} }`)).toMatch(/^broker-answers/)
      expect(await first('tls', 'false')).toMatch(/^broker-(closed|not-kafka)/)
      expect(await first('plain', 'true')).toMatch(/^broker-tls-none/)
      expect(await first('plain', 'false', scram)).toMatch(/^broker-login-not-wanted/)
      expect(await first('mutualTls', `{ ca: ${ca} }`)).toMatch(/^broker-tls-client-certificate/)
      expect(await first('mutualTls', `{ ca: ${ca}, cert: ${client.cert}, key: ${client.key} }`)).toMatch(
        /^broker-answers/,
      )
      const ends = (await doctor(config, only('brokers'))).findings.map((f) => f.code)
      expect(ends, 'the certificates of the test last two days').toContain('certificate-ends-soon')
    })
    test('no rights at all; a wrong password', async () => {
      const { raw, prefix, config } = await place()
      writeFileSync(config, `kafka:\n  prefix: ${prefix}\n${login('poor', raw)}`)
      const poor = said(await doctor(config))
      expect(poor).toContain('fail raw-topic-hidden')
      expect(poor.filter((c) => c === 'fail internal-topic-hidden')).toHaveLength(6)
      expect(poor.filter((c) => c === 'fail right-missing')).toHaveLength(3)
      writeFileSync(config, `kafka:\n  prefix: ${prefix}\n${login('nobody', raw)}`)
      const { findings } = await doctor(config)
      expect(findings[0]).toMatchObject({ code: 'broker-login-refused', place: broker.addresses.sasl })
      expect(JSON.stringify(findings)).not.toContain(PASSWORD)
      writeFileSync(config, `kafka:\n  brokers: ${broker.addresses.sasl}\n  topics: ${raw}`)
      expect((await doctor(config)).findings[0]).toMatchObject({ code: 'broker-closed' })
    })
  })

  test('beside a running stream: all is fine, and nothing is written or left', async () => {
    const story = await trafficOf(join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon'), 0.05)
    const at = await placeOn([broker.address], story, { more: 'lateness: 2s' })
    const stream = await startStream({ config: await loadConfig(at.config, {}), now: Date.now, log: () => {} })
    try {
      await sendTraffic(at, story.records, { perMessage: 20 })
      await until(
        () => ((stream.status().parse?.read ?? 0) < story.records.length ? 'still reading' : undefined),
        60_000,
      )
      const findings = await doctor(at.config)
      expect(findings.findings.filter((f) => f.state === 'fail')).toEqual([])
      expect(said(findings)).toEqual(
        expect.arrayContaining(['ok inputs-agree', 'ok offsets-fit', 'ok origins-keep-place', 'ok inventory-read']),
      )
    } finally {
      await stream.stop()
    }
    const internal = (await admin.listTopics()).filter((t) => t.startsWith(at.prefix))
    const state = async () => ({
      ends: await Promise.all(internal.map((t) => admin.fetchTopicOffsets(t))),
      groups: (await admin.listGroups()).groups.map((g) => g.groupId).sort(),
    })
    const before = await state()
    await doctor(at.config)
    expect(await state()).toEqual(before)
    await at.close()
  })
})

describeWithKafka('a cluster of three', () => {
  let kafka: Kafka
  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3 })
  })
  afterAll(() => kafka?.stop())

  test('three copies of which two must be written; a dead broker is seen', async () => {
    const config = join(DIR, 'three.yml')
    const [one = '', two = ''] = kafka.address.split(',')
    writeFileSync(config, `kafka:\n  brokers: ${one},${two}\n  topics: /^logs-/`)
    const made = await runCli(['setup', 'kafka', '--config', config])
    expect([made.exit, made.out.match(/created: 1 partition, 3 copies/g)?.length]).toEqual([0, 6])
    const checks = only('brokers', 'internal-topics', 'rights', 'clock')
    const fine = await doctor(config, checks)
    expect(said(fine)).toEqual([
      ...Array(3).fill('ok broker-answers'),
      'ok internal-topics-fit',
      'ok rights-fit',
      'ok clock-fits',
    ])
    await kafka.kill(1)
    await until(async () => {
      const found = said(await doctor(config, checks))
      return found.includes('fail broker-refused') && found.includes('warn copies-behind')
        ? undefined
        : found.join(', ')
    }, 60_000)
  })
})
