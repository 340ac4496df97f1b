import { describe, expect, test } from 'vitest'
import { reasonOf } from '../../../pipeline/run/cluster/reason.js'
import {
  apiVersions,
  controllerTime,
  createReader,
  describeGroup,
  encodeCall,
  isAllowed,
  metadata,
} from '../../../pipeline/run/cluster/wire.js'
import { judgeBrokerSettings } from '../../../pipeline/run/doctor/broker-settings.js'
import { judgeBrokers } from '../../../pipeline/run/doctor/brokers.js'
import { judgeClock } from '../../../pipeline/run/doctor/clock.js'
import { judgeRights } from '../../../pipeline/run/doctor/rights.js'
import { judgeVersions } from '../../../pipeline/run/doctor/versions.js'
import { span } from '../../../pipeline/run/doctor/words.js'
import { codesOf } from './facts.js'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

describe('requests and answers', () => {
  test('a request is its length, header and body', () =>
    expect(encodeCall(metadata(['t']), 7, 'c').toString('hex')).toBe(
      '00000015' + '0003' + '0008' + '00000007' + '000163' + '00000001' + '000174' + '000101',
    ))
  test('the flexible header ends with tags', () =>
    expect(
      encodeCall(controllerTime, 1, 'c').toString('hex').startsWith(`00000028${'0037'}0001${'00000001'}00016300`),
    ).toBe(true))
  test('versions', () =>
    expect(apiVersions.read(createReader(hex('0000 00000001 0003 0000 000d')))).toEqual({
      error: 0,
      ranges: [{ api: 3, min: 0, max: 13 }],
    }))
  test('topics with leaders, copies and rights', () => {
    const answer = hex(`00000000 00000001 00000001 0001 68 00002384 ffff  0001 63 00000001
      00000001 0000 0001 74 00  00000001 0000 00000000 00000001 00000005 00000001 00000001 00000001 00000001 00000000 00000108
      80000000`)
    expect(metadata(['t']).read(createReader(answer))).toEqual({
      brokers: [{ node: 1, host: 'h', port: 9092 }],
      controller: 1,
      topics: [
        {
          error: 0,
          topic: 't',
          partitions: [{ error: 0, partition: 0, leader: 1, replicas: [1], inSync: [1] }],
          rights: 0x108,
        },
      ],
      rights: -2147483648,
    })
  })
  test('the clock of the leader among its voters', () => {
    const voter = (id: string, at: string) => `${id} 0000000000000009 0000000000000001 ${at} 00`
    const answer = hex(`0000 02 02 78 02 00000000 0000 00000002 00000001 0000000000000009
      03 ${voter('00000001', '0000000000000007')} ${voter('00000002', '00000000000003e8')} 01 00 00 00`)
    expect(controllerTime.read(createReader(answer))).toEqual({ error: 0, at: 1000n })
  })
  test('an answer that ends too early is an error, not a value', () => {
    expect(() => metadata([]).read(createReader(hex('00000000 00000001')))).toThrow(RangeError)
    expect(() => describeGroup('g').read(createReader(hex('00000000 7fffffff')))).toThrow(RangeError)
    expect(() => createReader(hex('ffffffffffff')).tags()).toThrow(RangeError)
  })
  test('rights are bits; none where the broker says nothing', () => {
    expect(isAllowed(0x108, 'READ')).toBe(true)
    expect(isAllowed(0x108, 'WRITE')).toBe(false)
    expect(isAllowed(-2147483648, 'READ')).toBe(false)
    expect(isAllowed(-1, 'READ')).toBe(false)
  })
})

test.each<[string, object, string]>([
  ['a code of the system', { message: 'x', cause: { message: 'y', code: 'ECONNREFUSED' } }, 'refused'],
  ['an own authority', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'tls-untrusted'],
  [
    'TLS to a port without',
    { message: 'Client network socket disconnected before secure TLS connection was established', code: 'ECONNRESET' },
    'tls-none',
  ],
  [
    'a wrong password',
    { name: 'KafkaJSSASLAuthenticationError', message: 'SASL PLAIN authentication failed' },
    'login-refused',
  ],
  [
    'an unknown way of logging in',
    { message: 'The broker does not support the requested SASL mechanism' },
    'login-mechanism',
  ],
  [
    'a login where none is asked for',
    { message: 'Request is not valid given the current SASL state' },
    'login-not-wanted',
  ],
  ['silence', { message: 'Request ApiVersions(key: 18, version: 2) timed out' }, 'no-answer'],
  ['a closed connection', { message: 'Closed connection' }, 'closed'],
  ['anything else', { message: 'odd\nthing' }, 'failed'],
])('why: %s', (_, error, code) => expect(reasonOf(error).code).toBe(code))
test('a chain of causes without end ends', () => {
  const error: { message: string; cause?: unknown } = { message: 'round' }
  error.cause = error
  expect(reasonOf(error).what.en).toBe('it fails: round')
})

const NOW = Date.parse('2026-11-24T00:00:00Z')
const DAY = 86_400_000
describe('brokers', () => {
  const good = { tookMs: 3.2, certificateEnds: undefined }
  const bad = reasonOf({ code: 'ECONNREFUSED' })
  const login = { mechanism: 'plain', username: 'u', password: 'secret-1' } as const
  const judge = (facts: Parameters<typeof judgeBrokers>[0], kafka: object = {}, controller = 1) =>
    judgeBrokers(facts, { kafka: { ssl: false, ...kafka }, controller, now: NOW })
  test('each by itself', () => {
    const found = judge([
      { address: 'a:1', isConfigured: true, answer: good },
      { address: 'b:1', isConfigured: true, answer: bad },
      { address: 'c:1', isConfigured: false, answer: bad },
    ])
    expect(codesOf(found)).toEqual(['ok broker-answers', 'fail broker-refused', 'fail advertised-unreachable'])
    expect(found[2]?.todo?.en).toContain('advertised.listeners')
  })
  test('a password in the clear, but not on loopback or over TLS', () => {
    const far = [{ address: 'kafka1:9092', isConfigured: true, answer: good }]
    expect(codesOf(judge(far, { sasl: login }))).toEqual(['ok broker-answers', 'warn login-without-tls'])
    expect(codesOf(judge(far, { sasl: login, ssl: true }))).toEqual(['ok broker-answers'])
    expect(codesOf(judge([{ address: 'localhost:9092', isConfigured: true, answer: good }], { sasl: login }))).toEqual([
      'ok broker-answers',
    ])
    expect(JSON.stringify(judge(far, { sasl: login }))).not.toContain('secret-1')
  })
  test('a certificate that ends', () => {
    const ends = (ms: number) =>
      codesOf(judge([{ address: 'a:1', isConfigured: true, answer: { tookMs: 1, certificateEnds: NOW + ms } }]))
    expect(ends(13 * DAY)).toEqual(['ok broker-answers', 'warn certificate-ends-soon'])
    expect(ends(15 * DAY)).toEqual(['ok broker-answers'])
  })
  test('no controller', () =>
    expect(codesOf(judge([{ address: 'a:1', isConfigured: true, answer: good }], {}, -1))).toContain(
      'warn no-controller',
    ))
})

test('versions: a common one of every interface', () => {
  const all = (change: (api: number) => Partial<{ min: number; max: number }> = () => ({})) =>
    Array.from({ length: 40 }, (_, api) => ({ api, min: 0, max: 13, ...change(api) }))
  const judge = (...brokers: ReturnType<typeof all>[]) =>
    codesOf(judgeVersions(brokers.map((ranges, i) => ({ address: `b${i}:1`, ranges }))))
  expect(judge(all())).toEqual(['ok versions-fit'])
  expect(judge(all((api) => (api === 1 ? { min: 12 } : {})))).toEqual(['fail version-not-spoken'])
  expect(judge(all((api) => (api === 0 ? { max: 2 } : {})))).toEqual(['fail version-not-spoken'])
  expect(
    judge(
      all(),
      all((api) => (api === 1 ? { max: 18 } : {})),
    ),
  ).toEqual(['ok versions-fit', 'warn versions-differ'])
})

test('limits of the brokers', () => {
  const judge = (given: Record<string, string>, ms = 30_000) =>
    codesOf(judgeBrokerSettings(new Map(Object.entries(given)), ms))
  expect(judge({})).toEqual(['ok broker-settings-fit'])
  expect(judge({ 'group.min.session.timeout.ms': '45000' })).toEqual(['fail session-timeout-refused'])
  expect(judge({ 'group.max.session.timeout.ms': '20000' })).toEqual(['fail session-timeout-refused'])
  expect(judge({ 'offsets.retention.minutes': '60' })).toEqual(['warn offsets-kept-short'])
})

test('the clock: what can be an error of the measurement is none', () => {
  const judge = (aheadMs: number, errorMs: number) => codesOf(judgeClock({ kind: 'measured', aheadMs, errorMs }))[0]
  expect(judge(1_500, 5)).toBe('ok clock-fits')
  expect(judge(-5_000, 4_000)).toBe('ok clock-fits')
  expect(judge(5_000, 5)).toBe('warn clock-off')
  expect(judge(-5_000, 5)).toBe('warn clock-off')
  expect(judge(-600_000, 5)).toBe('fail clock-far-off')
  expect(codesOf(judgeClock({ kind: 'one-sided', isBehind: true, topics: ['t'] }))).toEqual(['warn clock-behind'])
  expect(codesOf(judgeClock({ kind: 'one-sided', isBehind: false, topics: ['t'] }))).toEqual([
    'skip clock-not-measured',
  ])
  expect(codesOf(judgeClock({ kind: 'one-sided', isBehind: false, topics: [] }))).toEqual(['skip clock-not-seen'])
})

test('rights: exactly what is lacking, and the command that grants it', () => {
  const of = (
    kind: 'topic' | 'group',
    name: string,
    rights: number,
    needed: ('READ' | 'WRITE')[],
    isMinor = false,
  ) => ({ kind, name, rights, needed, isMinor })
  expect(codesOf(judgeRights([of('topic', 't', 0x118, ['READ', 'WRITE']), of('group', 'g', 0x108, ['READ'])]))).toEqual(
    ['ok rights-fit'],
  )
  expect(codesOf(judgeRights([{ ...of('group', 'g', 0, ['READ']), rights: undefined }]))).toEqual([
    'warn rights-unknown',
  ])
  const [write, books, group] = judgeRights([
    of('topic', 't', 0x108, ['READ', 'WRITE']),
    of('topic', 'b', 0x110, ['READ'], true),
    of('group', 'w.clocks-*', -1, ['READ']),
  ])
  expect([write?.code, write?.state, books?.code, books?.state]).toEqual([
    'right-missing',
    'fail',
    'right-missing-for-repair',
    'warn',
  ])
  expect(write?.todo?.en).toContain("--operation Write --topic 't'")
  expect(group?.todo?.en).toContain("--group 'w.clocks-' --resource-pattern-type prefixed")
})

test('spans of time in words', () =>
  expect([7 * DAY, 36 * 3_600_000, 90_000, 1_000, 20, 0].map((ms) => span(ms).en)).toEqual([
    '7 d',
    '36 h',
    '90 s',
    '1 s',
    '20 ms',
    '0 ms',
  ]))
