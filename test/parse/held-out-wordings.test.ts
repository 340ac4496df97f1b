import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const AT = '2026-11-24T10:00:31.123Z'

describe('waits in the words of other languages and libraries', () => {
  test('Erlang: the level stands where syslog has the host', () => {
    const e = eventOf(
      `${AT} error ticketd: ticket 006455 gen_tcp:recv failed reason={error,timeout} peer=192.0.2.10:7010 local_port=47394 after_ms=4002`,
    )
    expect(e['event.action']).toBe('response-timeout')
    expect(e['host.name']).toBe('h')
    expect(e['log.level']).toBe('error')
    expect(e['event.duration']).toBe(4.002e9)
    expect(e['destination.ip']).toBe('192.0.2.10')
  })
  test('Erlang: whom a connect was for is its peer', () => {
    const e = eventOf(
      `${AT} error ticketd: ticket 006455 gen_tcp:connect failed reason={error,timeout} peer=192.0.2.10:7010`,
    )
    expect(e['event.action']).toBe('connect-timeout')
    expect(e['destination.port']).toBe(7010)
    expect(e['source.ip']).toBeUndefined()
  })
  test('Erlang has one word for all that a lookup may come to: how long it took tells', () => {
    const line = (ms: number) =>
      `${AT} error ticketd: ticket 06 inet:getaddr(pay.example) failed reason=nxdomain after_ms=${ms}`
    expect(eventOf(line(4004))['event.action']).toBe('dns-timeout')
    expect(eventOf(line(40))['event.action']).toBe('dns-failed')
  })
  test('Mono says of a receive that ran out of time that it would block', () => {
    const e = eventOf(
      `${AT};ERR;sale failed;peer=192.0.2.10:6100;ms=3158;System.Net.Sockets.SocketException: Operation on non-blocking socket would block`,
    )
    expect(e['event.action']).toBe('response-timeout')
  })
  test("undici's limit for the connect holds for the lookup too", () => {
    const line = (whom: string) =>
      `${AT} [error] ConnectTimeoutError: Connect Timeout Error (attempted address${whom}, timeout: 2500ms)`
    expect(eventOf(line(': pay.example:9443'))['whytimeout.whole_limit']).toBe(true)
    expect(eventOf(line('es: 192.0.2.10:9443'))['whytimeout.whole_limit']).toBeUndefined()
  })
  test('a level in small letters is no host; a host called so by syslog with a priority neither', () => {
    expect(eventOf('2026-11-24T10:00:31.123Z pos7 ticketd: connect to 192.0.2.10:7010 timed out')['host.name']).toBe(
      'pos7',
    )
  })
})

test('where it dials and how long it waits, as a sentence', () => {
  const e = eventOf(
    `${AT} INFO Fuel pump terminal MD964074 start, host pay.example/7010, connect limit 3s, answer limit 4s`,
  )
  expect(e['event.action']).toBe('program-started')
  expect([e['destination.domain'], e['destination.port']]).toEqual(['pay.example', 7010])
  expect([e['whytimeout.connect_limit_ms'], e['whytimeout.response_limit_ms']]).toEqual([3000, 4000])
})

test.each([
  `${AT} [info] auth trace=088297 amount=862.51 ok 471ms`,
  `${AT} kassa.INFO: sale done {"trace":"016001","inr":"3741.00","ms":294}`,
])('a numbered sale that went well: %s', (line) => {
  const e = eventOf(line)
  expect(e['event.action']).toBe('request-succeeded')
  expect(e['event.duration']).toBeGreaterThan(2e8)
})
test.each([
  `${AT} [info] auth trace=088297 not ok 471ms: failed`,
  `${AT} [info] link ok 471ms`,
  `${AT} [error] sale done=false trace=016001`,
])('near miss: %s', (line) => expect(eventOf(line)['event.action']).not.toBe('request-succeeded'))

test("dhcpcd's own log: the router of each lease is no change of it", () => {
  const e = eventOf('Nov 24 10:00:31 [2335]: eth0: adding default route via 172.22.8.1')
  expect(e['whytimeout.router_ip']).toBe('172.22.8.1')
  expect(e['event.action']).toBe('dhcp-request')
  expect(eventOf('Nov 24 10:00:31 [2335]: eth0: adding route to 172.22.0.0/16')['whytimeout.network']).toBe(
    '172.22.0.0/16',
  )
})

describe("zap's seconds", () => {
  const line = (ts: string, duration: string) =>
    `{"level":"error","ts":${ts},"logger":"http.log.error","msg":"net/http: timeout awaiting response headers","request":{"remote_ip":"198.51.100.2","method":"POST","host":"pay.example:9443","headers":{"X-Pos-Id":["EE-FC-062"]}},"duration":${duration},"status":504}`
  test('durations are seconds where the time is', () => {
    const e = eventOf(line('1795514431.009', '3.000739255'))
    expect(e['event.duration']).toBe(3.001e9)
    // The host that was asked for is the server's own name, and no one that it called.
    expect(e['destination.domain']).toBeUndefined()
    expect(e['source.ip']).toBe('198.51.100.2')
  })
  test('a fraction without a unit is of seconds, whole numbers are not', () => {
    expect(eventOf(line('"2026-11-24T10:00:31Z"', '3.000739255'))['event.duration']).toBe(3.001e9)
    expect(eventOf(line('"2026-11-24T10:00:31Z"', '3000739255'))['event.duration']).toBe(3.001e9)
    expect(eventOf(line('"2026-11-24T10:00:31Z"', '3000'))['event.duration']).toBe(3e9)
  })
})

const SPACED = '2026-11-24 10:00:05'
/** Action, and how long it took in ms. */
const gist = (line: string) => {
  const e = eventOf(line)
  return [e['event.action'], e['event.duration'] === undefined ? undefined : e['event.duration'] / 1e6]
}

describe('a wait that only begins is no length of time', () => {
  test.each([
    [`${SPACED} trace=023066 request written to 192.0.2.172:8443, reply due in 3s`, undefined],
    [`${SPACED} trace=023066 request written to 192.0.2.172:8443, reply expected within 3 s`, undefined],
    [`${SPACED} trace=023066 host busy, will retry in 5s`, undefined],
    [`${SPACED} trace=023066 answered after 410 ms, next attempt in 5 s`, 410],
    [`${SPACED} trace=023066 retry in 5s, no answer for the last one after 3001 ms`, 3001],
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
    expect(gist(`${SPACED} Invoke-RestMethod : ${said}`)).toEqual(['dns-timeout', 2001])
  })
  test('at once it is an answer', () => {
    const said = "The remote name could not be resolved: 'pay.example' (after 12 ms)"
    expect(gist(`${SPACED} ${said}`)).toEqual(['dns-failed', 12])
  })
})

describe('what a program says of its settings when it starts is no failure', () => {
  test.each([
    'traffic_server WARNING: connection throttle too high, 30000 (throttle) + 192 > 20000, using throttle of 19808',
    "traffic_server WARNING: Unrecognized configuration value 'proxy.config.exec_thread.autoconfig.enabled'",
  ])('%s', (said) => {
    expect(['rate-limited', 'request-failed']).not.toContain(gist(`${SPACED} ${said}`)[0])
  })
  test.each([
    ['WARNING: too many connections, throttling', 'overload'],
    ['requests of 192.0.2.7 are throttled', 'rate-limited'],
    ["fatal: unrecognized configuration value 'a.b'", 'request-failed'],
  ])('%s', (said, action) => {
    expect(gist(`${SPACED} ${said}`)[0]).toBe(action)
  })
})

test('who did not answer is the party that one connected to, and nobody connected', () =>
  expect(
    gist(
      `${SPACED} ConnectAsync 192.0.2.9:8443: A connection attempt failed because the connected party did not properly respond after a period of time (10060) SaleTimeout`,
    )[0],
  ).toBe('connect-timeout'))

test.each([
  ['流水 082472 批准 98 毫秒', 'request-succeeded'],
  ['流水 082472 发起消费', 'request-started'],
])('a sale that Chinese tills number: %s', (said, action) => {
  const e = eventOf(`${SPACED} [info] kassa.eft: ${said}`)
  expect([e['event.action'], e['whytimeout.stan']]).toEqual([action, '082472'])
})

test("NetworkManager's line without a syslog header", () => {
  const line = (rest: string) => eventOf(`<info>  [1763978405.1391] ${rest}`)
  expect(
    line('audit: op="connection-update" uuid="5f" name="lan" args="ipv4.gateway" pid=2 uid=0 result="success"'),
  ).toMatchObject({
    'event.action': 'config-changed',
    'event.dataset': 'link-manager',
    '@timestamp': '2025-11-24T10:00:05.139Z',
  })
  expect(line('device (eth0): carrier: link connected')['event.action']).toBe('link-up')
})

test('a translation of SR OS that is released because nothing passed', () =>
  expect(
    eventOf(
      '2026/11/24 10:00:05.66 UTC MINOR: NAT #2012 vprn40 "{1} Map -Idle- inside 100.64.7.2:45137 outside 192.0.2.19:20137 to 198.51.100.9:9200 TCP, released by idle timeout 4 s (policy res)"',
    ),
  ).toMatchObject({
    'event.action': 'session-expired',
    'source.ip': '100.64.7.2',
    'source.port': 45137,
    'source.nat.ip': '192.0.2.19',
    'destination.port': 9200,
  }))

test('how far a copy is, in pieces', () => {
  const action = (said: string) => eventOf(`${SPACED} ${said}`)['event.action']
  expect(action('云备份进度: 11/412, 上行 19.3 Mbps')).toBe('transfer-progress')
  expect(action('port 11/412, rate 19.3 Mbps')).not.toBe('transfer-progress')
})
