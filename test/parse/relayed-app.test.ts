import { describe, expect, test } from 'vitest'
import { readRelayed } from '../../pipeline/parse/journald.js'

const BASE = { time: '2026-11-24T11:00:00Z', host: 'rtr07', severity: 'info', message: 'link up' }
const read = (more: Record<string, unknown>) => readRelayed(JSON.stringify({ ...BASE, ...more }))
const nameOf = (more: Record<string, unknown>) => read(more)?.header.program

describe('syslog relayed as JSON under names that applications use too', () => {
  test.each([
    ['app', { app: 'dnsmasq' }],
    ['process', { process: 'dnsmasq' }],
    ['process_name', { process_name: 'dnsmasq' }],
    ['processname', { processname: 'dnsmasq' }],
    ['tag', { tag: 'dnsmasq' }],
    ['a tag as it stands on the wire', { tag: 'dnsmasq[812]:' }],
  ])('%s beside a facility', (_, more) => {
    expect(nameOf({ facility: 'daemon', ...more })).toBe('dnsmasq')
    // In whichever order.
    expect(nameOf({ ...more, facility: 'daemon' })).toBe('dnsmasq')
  })
  test.each(['kern', 'user', 'auth', 'authpriv', 'syslog', 'cron', 'ntp', 'local0', 'local7'])('the facility %s', (f) =>
    expect(nameOf({ facility: f, app: 'x' })).toBe('x'),
  )
  test('what it has besides: moment, host, level, process', () =>
    expect(
      read({ facility: 'daemon', app: 'keepalived', pid: 77, message: ' (VI_1) Entering MASTER STATE\n' }),
    ).toEqual({
      header: {
        time: expect.objectContaining({ year: 2026, month: 11, day: 24, hour: 11 }),
        program: 'keepalived',
        host: 'rtr07',
        pid: 77,
        level: 'info',
      },
      body: '(VI_1) Entering MASTER STATE',
    }))
  test('spaces behind the colons, as many serialisers write them', () =>
    expect(
      readRelayed(
        '{"ts": "2026-11-24T11:00:00Z", "facility": "daemon", "app": "zebra", "hostname": "r1", "msg": "hello"}',
      )?.header,
    ).toMatchObject({ program: 'zebra', host: 'r1' }))
  test('a name that only relays give goes first', () =>
    expect(nameOf({ facility: 'daemon', app: 'prod', programname: 'sshd' })).toBe('sshd'))
  test('a program goes before a tag', () => expect(nameOf({ facility: 'local0', tag: 'prod', app: 'pay' })).toBe('pay'))
  test('what relays always wrote is read as before', () =>
    expect(nameOf({ facility: 3, programname: 'sshd' })).toBe('sshd'))
})

describe("near miss: an application's own JSON stays its own", () => {
  test.each<[string, Record<string, unknown>]>([
    ['no facility', { app: 'till' }],
    ['no facility, a tag', { tag: 'PAY' }],
    ['no facility, a process', { process: 'worker-1' }],
    ['a facility of its own', { app: 'till', facility: 'Store 12' }],
    ['a facility that begins as one of syslog', { app: 'till', facility: 'mailroom' }],
    ['a facility that ends as one of syslog', { app: 'till', facility: 'end-user' }],
    ['local8 is none', { app: 'till', facility: 'local8' }],
    ['a facility without a name', { facility: 'daemon' }],
    ['a facility further in', { app: 'till', ctx: { facility: 'daemon' } }],
    ['a facility in a list', { app: 'till', ctx: [{ facility: 'user' }] }],
    ['a name further in', { facility: 'daemon', ctx: { app: 'till' } }],
    ['a facility in what it says', { app: 'till', message: '{"facility":"daemon"}' }],
    ['both in what it says', { message: '{"facility":"daemon","app":"x","message":"y"}' }],
    ['a process that is an object (ECS)', { facility: 'daemon', process: { name: 'sshd', pid: 1 } }],
    ['a name that is none', { facility: 'daemon', app: '' }],
    ['a dash for a name', { facility: 'daemon', app: '-' }],
    ['a name that is a list', { facility: 'daemon', app: ['a'] }],
    ['a tag without a letter of a name', { facility: 'daemon', tag: '[1]:' }],
  ])('%s', (_, more) => expect(read(more)).toBeUndefined())
  test.each<[string, Record<string, unknown>]>([
    ['no moment', { time: undefined }],
    ['a moment that is none', { time: 'yesterday' }],
    ['no message', { message: undefined }],
    ['a message that is an object', { message: { a: 1 } }],
  ])('%s', (_, more) => expect(read({ facility: 'daemon', app: 'dnsmasq', ...more })).toBeUndefined())
  test.each([
    '{"facility":"daemon","app":"x","time":"2026-11-24T11:00:00Z","message":"cut of',
    '["facility","app"]',
    '{}',
    '',
    'facility "facility":"daemon" "app":"x"',
  ])('no JSON object: %s', (text) => expect(readRelayed(text)).toBeUndefined())
  test('a long line costs no time', () => {
    const began = performance.now()
    expect(read({ message: '"facility":"daemo" "app" '.repeat(20_000) })).toBeUndefined()
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
