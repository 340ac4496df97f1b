import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Findings } from '../../schemas/doctor.js'
import { runCli } from '../cli/run-cli.js'
import { type Kafka, type Listener, startKafka } from '../services/kafka.js'
import { describeWithKafka } from '../services/shared.js'
import { configure, type DoctorPlaces, doctor, lines, only, openPlaces, said } from './doctor-place.js'
import { allow } from './rights.js'
import { until } from './stage.js'

const PASSWORD = 'reader-secret-1'
let broker: Kafka
let places: DoctorPlaces

describeWithKafka('doctor where users log in', () => {
  beforeAll(async () => {
    broker = await startKafka({
      users: { reader: PASSWORD, poor: PASSWORD },
      settings: ['allow.everyone.if.no.acl.found=false'],
    })
    places = await openPlaces(broker.address)
  })
  afterAll(async () => {
    await places?.close()
    await broker?.stop()
  })

  describe('a user with rights of its own', () => {
    const login = (user: string, raw: string) =>
      `  brokers: ${broker.addresses.sasl}\n  topics: ${raw}\n  sasl:\n    mechanism: plain\n    username: ${user}\n    password: ${PASSWORD}`
    test('what is lacking is named, and nothing else', async () => {
      const at = await places.make()
      const { raw, prefix, config } = at
      await places.send(raw, lines(5))
      await places.send(`${prefix}.events`, [{ key: 'k', value: '{}' }])
      configure(at, login('reader', raw))
      await allow(places.admin, 'reader', [
        { kind: 'TOPIC', name: raw, operation: 'READ' },
        { kind: 'TOPIC', name: `${prefix}.`, operation: 'READ', isPrefix: true },
        { kind: 'TOPIC', name: `${prefix}.events`, operation: 'WRITE' },
        { kind: 'GROUP', name: `${prefix}-parse`, operation: 'READ' },
      ])
      const { findings } = await doctor(config)
      const lacking = findings.filter((f) => f.code === 'right-missing').map((f) => f.place)
      expect(lacking.sort()).toEqual(
        [
          ...['books', 'clocks', 'dead-letters', 'incidents', 'known', 'verdicts'].map((t) => `${prefix}.${t}`),
          `${prefix}-diagnose`,
          `${prefix}-incidents`,
          `${prefix}-incidents-again-*`,
          `${prefix}-known-*`,
          `${prefix}.clocks-*`,
        ].sort(),
      )
      expect(said({ findings } as Findings)).toEqual(
        expect.arrayContaining(['warn settings-hidden', 'skip broker-settings-hidden', 'skip clock-not-seen']),
      )
      expect(JSON.stringify(findings)).not.toContain(PASSWORD)

      await allow(places.admin, 'reader', [
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
      const at = await places.make()
      const { raw, config } = at
      const { ca, foreignCa, client } = broker.certificates ?? expect.fail('there are certificates')
      const first = async (listener: Listener, ssl: string, more = '') => {
        const kafka = `  brokers: ${broker.addresses[listener]}\n  topics: ${raw}\n  ssl: ${ssl}\n${more}`
        configure(at, kafka)
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
      const at = await places.make()
      const { raw, config } = at
      configure(at, login('poor', raw))
      const poor = said(await doctor(config))
      expect(poor).toContain('fail raw-topic-hidden')
      expect(poor.filter((c) => c === 'fail internal-topic-hidden')).toHaveLength(7)
      expect(poor.filter((c) => c === 'fail right-missing')).toHaveLength(6)
      configure(at, login('nobody', raw))
      const { findings } = await doctor(config)
      expect(findings[0]).toMatchObject({ code: 'broker-login-refused', place: broker.addresses.sasl })
      expect(JSON.stringify(findings)).not.toContain(PASSWORD)
      configure(at, `  brokers: ${broker.addresses.sasl}\n  topics: ${raw}`)
      expect((await doctor(config)).findings[0]).toMatchObject({ code: 'broker-closed' })
    })
  })
})

describeWithKafka('a cluster of three', () => {
  let kafka: Kafka
  let three: DoctorPlaces
  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3 })
    three = await openPlaces(kafka.address)
  })
  afterAll(async () => {
    await three?.close()
    await kafka?.stop()
  })

  test('three copies of which two must be written; a dead broker is seen', async () => {
    const [one = '', two = ''] = kafka.address.split(',')
    const { config } = await three.make({
      internal: false,
      kafka: `  brokers: ${one},${two}\n  topics: /^logs-/`,
    })
    const made = await runCli(['setup', 'kafka', '--config', config])
    expect([made.exit, made.out.match(/created: 1 partition, 3 copies/g)?.length]).toEqual([0, 7])
    const checks = only('brokers', 'internal-topics', 'rights', 'clock')
    // Each broker hears of new topics for itself.
    await expect
      .poll(async () => said(await doctor(config, checks)), { timeout: 30_000 })
      .toEqual([...Array(3).fill('ok broker-answers'), 'ok internal-topics-fit', 'ok rights-fit', 'ok clock-fits'])
    await kafka.kill(1)
    await until(async () => {
      const found = said(await doctor(config, checks))
      return found.includes('fail broker-refused') && found.includes('warn copies-behind')
        ? undefined
        : found.join(', ')
    }, 60_000)
  })
})
