import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settingsOf } from '../../pipeline/run/cluster/settings.js'
import { loadConfig } from '../../pipeline/run/config.js'
import { CHECKS } from '../../pipeline/run/doctor/checks.js'
import { readInputs } from '../../pipeline/run/stream-inputs.js'
import { clockKey, encodeClock } from '../../pipeline/stream/messages.js'
import { Findings } from '../../schemas/doctor.js'
import { runCli } from '../cli/run-cli.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { trafficOf } from '../stream/traffic.js'
import { configure, type DoctorPlaces, doctor, lines, only, openPlaces, said } from './doctor-place.js'
import { beginStream, placeOn, sendTraffic, until } from './stage.js'

let broker: string
let places: DoctorPlaces

/** Commits as a member of the group would. */
async function commitAs(groupId: string, topic: string, offset: string): Promise<void> {
  const consumer = places.client.consumer({ groupId, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: false })
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.run({ autoCommit: false, eachMessage: async () => {} })
  await joined
  await consumer.commitOffsets([{ topic, partition: 0, offset }])
  await consumer.disconnect()
}

describeWithKafka('doctor and setup kafka', () => {
  beforeAll(async () => {
    broker = await sharedKafka()
    places = await openPlaces(broker)
  })
  afterAll(() => places?.close())

  describe('setup kafka, then doctor', () => {
    test('missing, created, there, fine', async () => {
      const { config, prefix, raw } = await places.make({ internal: false })
      await places.send(raw, lines(5))
      const before = await runCli(['doctor', '--config', config])
      expect(before.exit).toBe(3)
      expect(before.out).toContain(`${prefix}.events: it is not there`)
      expect(before.out).toContain('`whytimeout setup kafka` creates it.')

      const setup = (...more: string[]) => runCli(['setup', 'kafka', '--config', config, ...more])
      const dry = await setup('--dry-run', '--partitions', '4')
      expect(dry.exit).toBe(0)
      expect(dry.out).toContain(`${prefix}.events: would be created: 4 partitions, 1 copy`)
      expect((await places.admin.listTopics()).filter((t) => t.startsWith(`${prefix}.`))).toEqual([])

      const done = await setup('--partitions', '4', '--json')
      expect([done.exit, said(Findings.parse(JSON.parse(done.out)))]).toEqual([0, Array(7).fill('ok created')])
      const partitionsOf = async (topic: string) => (await places.admin.fetchTopicOffsets(topic)).length
      expect(await partitionsOf(`${prefix}.events`)).toBe(4)
      expect(await partitionsOf(`${prefix}.clocks`)).toBe(1)

      const again = await setup('--lang', 'zh')
      expect(again.exit).toBe(0)
      expect(again.out).toContain(`${prefix}.events: 已存在：4 个分区，1 个副本`)
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
      const { config, prefix } = await places.make()
      const events = `${prefix}.events`
      await places.admin.alterConfigs({
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
      const losing = ['cleanup.policy', 'message.timestamp.type', 'retention.ms']
      const found = async () =>
        (await doctor(config, only('internal-topics'))).findings
          .filter((f) => f.code === 'setting-loses-data')
          .map((f) => f.place)
          .sort()
      // The broker hears of a change from its controller, a moment after the call came back.
      await expect.poll(found, { timeout: 20_000 }).toEqual(losing.map((s) => `${events} ${s}`))
      const plain = await runCli(['setup', 'kafka', '--config', config])
      expect(plain.exit).toBe(3)
      expect(plain.out).toContain('is 3600000, not 604800000')
      const dry = await runCli(['setup', 'kafka', '--config', config, '--fix', '--dry-run'])
      expect([dry.exit, dry.out.includes('would be changed from 3600000 to 604800000')]).toEqual([0, true])
      expect((await settingsOf(places.admin, events)).get('retention.ms')?.value).toBe('3600000')

      const fixed = await runCli(['setup', 'kafka', '--config', config, '--fix'])
      expect(fixed.exit).toBe(0)
      const names = ['retention.ms', 'cleanup.policy', 'message.timestamp.type', 'max.message.bytes']
      const valuesNow = async () => {
        const now = await settingsOf(places.admin, events)
        return names.map((s) => now.get(s)?.value)
      }
      await expect.poll(valuesNow, { timeout: 20_000 }).toEqual(['604800000', 'delete', 'LogAppendTime', '2000000'])
      expect(said(await doctor(config, only('internal-topics')))).toEqual(['ok internal-topics-fit'])
    })
  })

  describe('what can be wrong, on a real broker', () => {
    test('raw topics: compacted, kept short, not there, none that fits', async () => {
      const day = { 'retention.ms': '3600000', 'message.timestamp.type': 'CreateTime' }
      const compacted = await places.make({ raw: { 'cleanup.policy': 'compact' } })
      expect(said(await doctor(compacted.config, only('raw-topics')))).toContain('fail raw-topic-compacted')
      const short = await places.make({ raw: { 'cleanup.policy': 'delete', ...day } })
      expect(said(await doctor(short.config, only('raw-topics')))).toEqual([
        'warn raw-topic-deletes-by-producer-time',
        'warn raw-topic-short-retention',
        'warn raw-topics-empty',
      ])
      const named = await places.make({ kafka: `  brokers: ${broker}\n  topics: [no-such-topic]` })
      expect(said(await doctor(named.config, only('raw-topics')))).toEqual(['fail raw-topic-missing'])
      const fitting = await places.make({ kafka: `  brokers: ${broker}\n  topics: /^no-such-/` })
      expect(said(await doctor(fitting.config, only('raw-topics')))).toEqual(['fail no-raw-topic'])
      const pattern = await places.make({ kafka: `  brokers: ${broker}\n  topics: /^${compacted.raw}$/` })
      expect(said(await doctor(pattern.config, only('raw-topics')))).toContain('fail raw-topic-compacted')
    })
    test('one broker address of two is wrong: it is named, and the rest is looked at', async () => {
      const at = await places.make()
      configure(at, `  brokers: "${broker},127.0.0.1:1"\n  topics: ${at.raw}`)
      const { config } = at
      const findings = await doctor(config)
      expect(findings.findings.filter((f) => f.state === 'fail')).toMatchObject([
        { code: 'broker-refused', place: '127.0.0.1:1' },
      ])
      expect(said(findings)).toContain('ok internal-topics-fit')
    })
    test('offsets before what is kept, and beyond the end', async () => {
      const { config, prefix, raw } = await places.make()
      await places.send(raw, lines(100))
      const groupId = `${prefix}-parse`
      await commitAs(groupId, raw, '10')
      expect(said(await doctor(config, only('offsets')))).toEqual([
        'ok offsets-fit',
        'ok group-is-new',
        'ok group-is-new',
      ])
      await places.admin.fetchTopicOffsets(raw)
      await places.admin.deleteTopicRecords({ topic: raw, partitions: [{ partition: 0, offset: '50' }] })
      const lost = (await doctor(config, only('offsets'))).findings[0]
      expect(lost).toMatchObject({ code: 'offset-out-of-retention', state: 'fail', place: `${groupId} ${raw}/0` })
      expect(lost?.what.en).toContain('40 messages were deleted before they were read')
      // A member would be told that there is no such offset, and forget it.
      await places.admin.setOffsets({ groupId, topic: raw, partitions: [{ partition: 0, offset: '1000' }] })
      expect(said(await doctor(config, only('offsets')))[0]).toBe('fail offset-beyond-end')
    })
    test('the lines of one log in two partitions', async () => {
      const torn = await places.make({ partitions: 2 })
      await places.send(
        torn.raw,
        lines(20, (i) => ({ partition: i % 2, timestamp: String(Date.now() - 20_000 + i * 1_000) })),
      )
      const [found] = (await doctor(torn.config, only('spread'))).findings
      expect(found).toMatchObject({ code: 'origin-in-several-partitions', state: 'fail' })
      expect(found?.what.en).toContain(`gw1/app.log (${torn.raw}/0 ${torn.raw}/1)`)
      const records = await places.make({
        kafka: `  brokers: ${broker}\n  topics: ${torn.raw}\n  messages: records`,
      })
      expect(said(await doctor(records.config, only('spread')))).toEqual(['ok origins-keep-place'])

      const apart = await places.make({ partitions: 3 })
      await places.send(
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
      const nameless = await places.make()
      await places.send(
        nameless.raw,
        Array.from({ length: 5 }, () => ({ value: 'something happened', key: '7' })),
      )
      expect(said(await doctor(nameless.config, only('spread')))).toEqual(['warn origin-unknown'])
    })
    test('processes with different inputs', async () => {
      const { config, prefix, raw } = await places.make()
      const { digest, pack } = await readInputs(await loadConfig(config, {}))
      const write = (partition: number, of: string, generation = pack.generation) =>
        places.send(`${prefix}.clocks`, [
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
      const { config } = await places.make()
      const by = async (ms: number) => said(await doctor(config, only('clock'), () => Date.now() + ms))
      expect(await by(0)).toEqual(['ok clock-fits'])
      expect(await by(-20_000)).toEqual(['warn clock-off'])
      expect(await by(600_000)).toEqual(['fail clock-far-off'])
    })
  })

  test('beside a running stream: all is fine, and nothing is written or left', async () => {
    const story = await trafficOf(join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon'), 0.05)
    const at = await placeOn([broker], story, { more: 'lateness: 2s' })
    const stream = await beginStream(at)
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
    const internal = (await places.admin.listTopics()).filter((t) => t.startsWith(at.prefix))
    const state = async () => ({
      ends: await Promise.all(internal.map((t) => places.admin.fetchTopicOffsets(t))),
      groups: (await places.admin.listGroups()).groups.map((g) => g.groupId).filter((g) => g.startsWith(at.prefix)),
    })
    // A broker writes the mark that ends a transaction a little after it has answered.
    let before = await state()
    await until(async () => {
      await wait(1_000)
      const last = before
      before = await state()
      return isDeepStrictEqual(before, last) ? undefined : 'topics still grow'
    }, 30_000)
    await doctor(at.config)
    expect(await state()).toEqual(before)
    await at.close()
  })
})
