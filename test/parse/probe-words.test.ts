import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const AT = '2026-11-24 10:00:05'
const gist = (line: string) => {
  const e = eventOf(line)
  return [e['event.action'], e['whytimeout.loss_percent'], e['whytimeout.rtt_ms']]
}

describe('probes of a line, as routers and scripts count them', () => {
  test.each([
    [`${AT} wan2 target=192.0.2.9 sent=10 lost=6 rtt_min/avg/max=310/456/1240 ms`, ['probe-answered', 60, 456]],
    [
      `${AT} rmopd[1]: PING_TEST_FAILED: pingCtlOwnerIndex = A, probes sent 10, responses 6, rtt avg 663 ms`,
      ['probe-answered', 40, 663],
    ],
    [`${AT} 线路探测 目标 192.0.2.9 发送10个 丢失6个 平均时延 300ms`, ['probe-answered', 60, 300]],
    [`${AT} target=pe.bath-3 loss=10/20 median=15.3ms`, ['probe-answered', 50, 15.3]],
    [`${AT} target=pe.bath-3 loss=20/20`, ['probe-lost', 100, undefined]],
    [
      'Nov 24 10:00:05 srx1 rmopd[1893]: PING_PROBE_FAILED: pingCtlOwnerIndex = A, pingCtlTestName = b',
      ['probe-lost', undefined, undefined],
    ],
    [
      'Nov 24 10:00:05 srx1 rmopd[1893]: PING_TEST_COMPLETED: pingCtlOwnerIndex = A, pingCtlTestName = b',
      ['probe-answered', undefined, undefined],
    ],
    [
      '*Nov 24 10:00:05.123: %RTT-3-IPSLATHRESHOLD: IP SLAs(10): Threshold Occurred for timeout',
      ['probe-lost', undefined, undefined],
    ],
    [`${AT} eth0 sent=1000 received=990 bytes`, ['other', undefined, undefined]],
  ])('%s', (line, said) => expect(gist(line)).toEqual(said))
  test('a host that is down loses them all: that is no loss of the line', () =>
    expect(
      eventOf(
        '[2026-11-24 10:00:05 +0000] information/Notification: HOST ALERT: gw9;DOWN;HARD;3;PING CRITICAL - Packet loss = 100%',
      )['event.reason'],
    ).not.toBe('a monitor counts lost packets'))
})

describe('what an error carries of its client', () => {
  const line = JSON.stringify({
    ...{ level: 50, time: 1_763_978_405_120, name: 'kiosk', tid: '55464310', ms: 2005, msg: 'gateway timeout' },
    err: {
      ...{ code: 'ETIMEDOUT', message: "Timeout awaiting 'connect' for 2000ms" },
      options: {
        agent: { https: { defaultPort: 443, sockets: { 'other.example:9443:::': '[Array]' } } },
        headers: { 'user-agent': 'got (https://github.com/sindresorhus/got)' },
        retry: { errorCodes: ['ECONNREFUSED', 'ENOTFOUND'] },
        url: 'https://pay.example:8443/sale',
      },
    },
  })
  test('it was called where its address says, not where its agent comes from', () =>
    expect(eventOf(line)).toMatchObject({
      ...{ 'event.action': 'connect-timeout', 'destination.domain': 'pay.example', 'destination.port': 8443 },
      ...{ 'whytimeout.limit_ms': 2000 },
    }))
})

describe('other layouts', () => {
  test("Boost's time", () =>
    expect(
      eventOf('[2026-Nov-24 10:00:05.046975] [error] connect 192.0.2.9:8443 timed out after 2000 ms'),
    ).toMatchObject({
      '@timestamp': '2026-11-24T10:00:05.046Z',
      'event.action': 'connect-timeout',
    }))
  test("a JSON layout of nginx' own times", () =>
    expect(
      eventOf(
        '{"time":"2026-11-24T10:00:05+00:00","msec":1795514405.793,"client":"192.0.2.9","cport":43844,"status":504,"rt":4.005,"up":"10.1.0.2:8000","uct":"0.000","urt":"4.000"}',
      ),
    ).toMatchObject({ 'event.action': 'response-timeout', 'event.duration': 4_005_000_000, 'source.port': 43_844 }))
  test('lighttpd takes no more', () =>
    expect(eventOf(`${AT}: (server.c.1089) [note] sockets disabled, connection limit reached`)['event.action']).toBe(
      'descriptors-exhausted',
    ))
  test.each([
    ['ports: port 12 VLAN membership changed: untagged 144 -> 999 by manager', 'config-changed'],
    ['[GPON] LOS alarm raised, ONU state O5 -> O6 (POPUP)', 'modem-error'],
    ['[GPON] LOS alarm cleared, ranging complete, ONU state O5', 'other'],
  ])('%s', (said, action) => expect(eventOf(`${AT} ${said}`)['event.action']).toBe(action))
})
