import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WhytimeoutError } from '../../pipeline/errors.js'
import { connectKafka, createKafkaSource } from '../../pipeline/sources/kafka.js'
import { KafkaConfig } from '../../schemas/config.js'
import type { Certificates } from '../services/certificates.js'
import { type Kafka, type Listener, startKafka } from '../services/kafka.js'
import { describeWithKafka } from '../services/shared.js'
import { freshName, openTopics, type Topics } from '../services/topics.js'
import { eventually, openReader, type Reader, stopReaders, type Trial } from '../sources/conformance/reader.js'
import { allow } from './rights.js'

const PASSWORD = 'correct-horse-battery'
const users = { collector: PASSWORD, stranger: 'another-secret' }
type Way = { readonly sasl?: object; readonly ssl?: object | boolean }

describeWithKafka('passwords, certificates and rights', () => {
  let kafka: Kafka
  let topics: Topics
  let topic: string
  let pem: Certificates
  beforeAll(async () => {
    kafka = await startKafka({ users })
    topics = await openTopics(kafka.address)
    topic = await topics.create('secure')
    await topics.produce(topic, [{ value: 'hello' }])
    if (!kafka.certificates) throw new Error('no certificates')
    pem = kafka.certificates
  })
  afterEach(stopReaders)
  afterAll(async () => {
    await topics?.close()
    await kafka?.stop()
  })

  const connect = (listener: Listener, way: Way) =>
    connectKafka(KafkaConfig.parse({ brokers: [kafka.addresses[listener]], topics: [topic], ...way }))
  const trialOf = (listener: Listener, way: Way): Trial => ({
    brokers: () => '',
    topics: () => topics,
    open: async (_, { fromBeginning = true, sessionTimeoutMs = 6_000, ...options }) =>
      createKafkaSource(await connect(listener, way), { ...options, fromBeginning, sessionTimeoutMs }),
  })
  const reader = (listener: Listener, way: Way, group = freshName('group'), name = topic): Promise<Reader> =>
    openReader(trialOf(listener, way), { group, topics: [name], fromBeginning: true })
  const sasl = (mechanism: string, username = 'collector', password: string = PASSWORD) => ({
    sasl: { mechanism, username, password },
  })
  /** What a user would be told, and all that a debugger could see of it. */
  const refusal = async (work: Promise<unknown>): Promise<WhytimeoutError> => {
    const began = performance.now()
    const error = await work.then(
      () => undefined,
      (e: unknown) => e,
    )
    expect(error).toBeInstanceOf(WhytimeoutError)
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/correct-horse|another-secret|wrong-guess/)
    return error as WhytimeoutError
  }

  describe('ways in', () => {
    const ca = () => ({ ssl: { ca: pem.ca } })
    const ways: [string, Listener, () => Way][] = [
      ...['plain', 'scram-sha-256', 'scram-sha-512'].flatMap((mechanism): [string, Listener, () => Way][] => [
        [`SASL ${mechanism}`, 'sasl', () => sasl(mechanism)],
        [`SASL ${mechanism} inside TLS`, 'saslTls', () => ({ ...sasl(mechanism), ...ca() })],
      ]),
      ['TLS with an authority of our own', 'tls', ca],
      ['TLS with a certificate on either side', 'mutualTls', () => ({ ssl: { ca: pem.ca, ...pem.client } })],
    ]
    test.each(ways)('%s', async (_, listener, way) => {
      const reading = await reader(listener, way())
      await reading.start()
      await eventually(() => reading.texts()).toEqual(['hello'])
      expect(await reading.source.commit(topic, 0, { offset: 1n, metadata: undefined })).toBe(true)
    })
  })

  describe('refused', () => {
    test.each(['plain', 'scram-sha-256', 'scram-sha-512'])('%s with a wrong password', async (mechanism) => {
      const error = await refusal(connect('sasl', sasl(mechanism, 'collector', 'wrong-guess')))
      expect(error).toMatchObject({ code: 'KAFKA_DENIED', place: kafka.addresses.sasl })
      expect(error.message).toBe('the brokers refuse this user, password or mechanism')
    })
    test('a user who is not known', async () =>
      expect((await refusal(connect('sasl', sasl('scram-sha-512', 'nobody', 'wrong-guess')))).code).toBe(
        'KAFKA_DENIED',
      ))
    test('no password where one is wanted', async () =>
      expect(['KAFKA_UNREACHABLE', 'KAFKA_DENIED']).toContain((await refusal(connect('sasl', {}))).code))
    test('an authority that signed nothing here, and none at all', async () => {
      const foreign = await refusal(connect('tls', { ssl: { ca: pem.foreignCa } }))
      expect(foreign).toMatchObject({ code: 'KAFKA_TLS_FAILED', place: kafka.addresses.tls })
      expect(foreign.message).toMatch(/\((UNABLE_TO|SELF_SIGNED)\w+\)$/)
      expect((await refusal(connect('saslTls', { ...sasl('plain'), ssl: true }))).code).toBe('KAFKA_TLS_FAILED')
    })
    test('a client without the certificate that the broker asks for', async () =>
      expect((await refusal(connect('mutualTls', { ssl: { ca: pem.ca } }))).code).toBe('KAFKA_TLS_FAILED'))
    test('TLS where there is none', async () =>
      expect((await refusal(connect('plain', { ssl: { ca: pem.ca } }))).code).toBe('KAFKA_UNREACHABLE'))
    test('no TLS where there is some', async () =>
      expect((await refusal(connect('tls', {}))).code).toBe('KAFKA_UNREACHABLE'))
    test('nobody there', async () =>
      expect(await refusal(connectKafka(KafkaConfig.parse({ brokers: ['127.0.0.1:1'], topics: ['t'] })))).toMatchObject(
        {
          code: 'KAFKA_UNREACHABLE',
          message: 'the brokers do not answer (ECONNREFUSED)',
        },
      ))
    test('a name that does not resolve', async () =>
      expect(
        (await refusal(connectKafka(KafkaConfig.parse({ brokers: ['no.such.host.invalid:9092'], topics: ['t'] }))))
          .code,
      ).toBe('KAFKA_UNREACHABLE'))
    test('a certificate file that is not there', async () =>
      expect(await refusal(connect('tls', { ssl: { ca: '/does/not/exist.pem' } }))).toMatchObject({
        code: 'CONFIG_INVALID',
        place: '/does/not/exist.pem',
      }))
  })

  describe('rights', () => {
    test('a topic that the user may not see counts as missing, and says so', async () => {
      const hidden = await topics.create('hidden')
      await allow(topics.admin, 'stranger', [{ kind: 'TOPIC', name: hidden, operation: 'READ' }])
      await eventually(
        async () => (await refusal((await reader('sasl', sasl('plain'), freshName('group'), hidden)).start())).code,
      ).toBe('KAFKA_TOPIC_MISSING')
    })
    test('a topic that the user may see, not read', async () => {
      const closed = await topics.create('closed')
      await topics.produce(closed, [{ value: 'x' }])
      await allow(topics.admin, 'collector', [{ kind: 'TOPIC', name: closed, operation: 'DESCRIBE' }])
      const reading = await reader('sasl', sasl('plain'), freshName('group'), closed)
      const thrown = await reading.start().then(
        () => undefined,
        (e: unknown) => e,
      )
      await eventually(() => thrown ?? reading.failures[0]).toMatchObject({ code: 'KAFKA_DENIED' })
      expect(reading.messages).toEqual([])
      expect(inspect([thrown, reading.failures], { depth: 20 })).not.toContain(PASSWORD)
    })
    test('a group that the user may not join', async () => {
      const group = freshName('theirs')
      await allow(topics.admin, 'stranger', [{ kind: 'GROUP', name: group, operation: 'READ' }])
      await eventually(async () => {
        const reading = await reader('sasl', sasl('plain'), group)
        return reading.start().then(
          () => undefined,
          (e: unknown) => e,
        )
      }).toMatchObject({ code: 'KAFKA_DENIED', message: 'the user has no right to the consumer group' })
    })
    test('a right that is taken away while it reads ends the source', async () => {
      const shared = await topics.create('taken')
      await topics.produce(shared, [{ value: 'one' }])
      const reading = await reader('sasl', sasl('plain'), freshName('group'), shared)
      await reading.start()
      await eventually(() => reading.texts()).toEqual(['one'])
      await allow(topics.admin, 'stranger', [{ kind: 'TOPIC', name: shared, operation: 'READ' }])
      await eventually(() => reading.failures.map((e) => (e as WhytimeoutError).code)).toEqual([
        expect.stringMatching(/^KAFKA_(DENIED|TOPIC_MISSING)$/),
      ])
      expect(reading.source.isMember()).toBe(false)
    })
  })
})
