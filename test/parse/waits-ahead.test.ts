import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const AT = '2026-11-24 10:00:05'
const gist = (line: string) => {
  const e = eventOf(line)
  return [e['event.action'], e['event.duration'] === undefined ? undefined : e['event.duration'] / 1e6]
}

describe('a wait that only begins is no length of time', () => {
  test.each([
    [`${AT} trace=023066 request written to 192.0.2.172:8443, reply due in 3s`, undefined],
    [`${AT} trace=023066 request written to 192.0.2.172:8443, reply expected within 3 s`, undefined],
    [`${AT} trace=023066 host busy, will retry in 5s`, undefined],
    [`${AT} trace=023066 answered after 410 ms, next attempt in 5 s`, 410],
    [`${AT} trace=023066 retry in 5s, no answer for the last one after 3001 ms`, 3001],
  ])('%s', (line, ms) => {
    expect(gist(line)[1]).toBe(ms)
  })
})

describe('lookups as .NET Framework tells them', () => {
  test.each([
    "The remote name could not be resolved: 'pay.example' (after 2001 ms)",
    'Der Remotename konnte nicht aufgelöst werden: "pay.example" (after 2001 ms)',
    '未能解析此远程名称: “pay.example” (after 2001 ms)',
  ])('%s', (said) => {
    expect(gist(`${AT} Invoke-RestMethod : ${said}`)).toEqual(['dns-timeout', 2001])
  })
  test('at once it is an answer', () => {
    const said = "The remote name could not be resolved: 'pay.example' (after 12 ms)"
    expect(gist(`${AT} ${said}`)).toEqual(['dns-failed', 12])
  })
})

describe('what a program says of its settings when it starts is no failure', () => {
  test.each([
    'traffic_server WARNING: connection throttle too high, 30000 (throttle) + 192 > 20000, using throttle of 19808',
    "traffic_server WARNING: Unrecognized configuration value 'proxy.config.exec_thread.autoconfig.enabled'",
  ])('%s', (said) => {
    expect(['rate-limited', 'request-failed']).not.toContain(gist(`${AT} ${said}`)[0])
  })
  test.each([
    ['WARNING: too many connections, throttling', 'overload'],
    ['requests of 192.0.2.7 are throttled', 'rate-limited'],
    ["fatal: unrecognized configuration value 'a.b'", 'request-failed'],
  ])('%s', (said, action) => {
    expect(gist(`${AT} ${said}`)[0]).toBe(action)
  })
})

test('a date of two digits each is read whole', () => {
  expect(eventOf('11-24-26 10:00:05.250 I EPAY seq 088683 APPROVED 111ms')['@timestamp']).toBe(
    '2026-11-24T10:00:05.250Z',
  )
  expect(eventOf('24-11-26 10:00:05.250 I EPAY seq 088683 APPROVED 111ms')['@timestamp']).toBe(
    '2026-11-24T10:00:05.250Z',
  )
})

test("log4j's instant with its milliseconds", () => {
  const line = '{"instant":{"epochSecond":1763978405,"epochMillisOfSecond":87},"level":"ERROR","message":"Sale failed"}'
  expect(eventOf(line)['@timestamp']).toBe('2025-11-24T10:00:05.087Z')
})
