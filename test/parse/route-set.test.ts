import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const AT = 'Nov 24 10:00:31 rt1 linkmgr[944]:'

describe('a route that a program of a box says it set', () => {
  test.each([
    [`${AT} route add 198.51.100.32/29 via 192.0.2.2 dev br-lan metric 5`, '198.51.100.32/29'],
    [`${AT} route del 198.51.100.32/29 via 192.0.2.2 dev br-lan metric 5`, '198.51.100.32/29'],
    [`${AT} route add default gw 192.0.2.2`, undefined],
    [`${AT} [edit] set protocols static route 198.51.100.32/29 next-hop 192.0.2.2`, '198.51.100.32/29'],
    [`${AT} route 198.51.100.32/29 via 192.0.2.2 eth1 installed in table 254`, '198.51.100.32/29'],
  ])('%s', (line, network) => {
    const e = eventOf(line)
    expect(e['event.action']).toBe('config-changed')
    expect(e['whytimeout.network']).toBe(network)
    expect(e['destination.ip']).toBeUndefined()
  })
  test.each([
    `${AT} no route to host 198.51.100.32`,
    `${AT} show protocols static route 198.51.100.32/29`,
    `${AT} route 198.51.100.32/29 via 192.0.2.2 is known`,
    `${AT} route address 198.51.100.32/29 looks stale`,
    `${AT} cannot enroute add 198.51.100.32/29`,
  ])('near miss: %s', (line) => expect(eventOf(line)['event.action']).not.toBe('config-changed'))
})

describe('limits told as a change', () => {
  test('both are kept', () => {
    const e = eventOf('2026-11-24 21:46:57 rollout[88]: nginx.conf proxy_read_timeout 3s -> 140ms (template default)')
    expect(e['whytimeout.response_limit_ms']).toBe(140)
    expect(e['whytimeout.former_response_limit_ms']).toBe(3000)
  })
  test('near miss: one limit alone has no former one', () =>
    expect(
      eventOf('2026-11-24 21:46:57 agent started, read_timeout=3s')['whytimeout.former_response_limit_ms'],
    ).toBeUndefined())
})

describe('a port of callers that stands alone', () => {
  test("is the program's own", () => {
    const e = eventOf(
      '2026-11-24 21:46:57.371 ERR TXN 434329 ABORT wait 0210, port 56256: Connection timed out (3520 ms)',
    )
    expect(e['event.action']).toBe('response-timeout')
    expect(e['destination.port']).toBeUndefined()
  })
})
