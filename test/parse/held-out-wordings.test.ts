import { describe, expect, test } from 'vitest'
import { createFramer } from '../../pipeline/parse/frame.js'
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

test('OCaml has one exception for every wait', () => {
  const read = (said: string) => {
    const e = eventOf(`Nov 24 10:00:05.796 sale[21786]: eft: [ERROR] #078215 ${said}`)
    return [e['event.action'], e['whytimeout.limit_ms']]
  }
  expect(read('exception Lwt_unix.Timeout (Lwt_unix.connect 192.0.2.9:9080, 2003 ms)')).toEqual([
    'connect-timeout',
    2003,
  ])
  expect(read('exception Lwt_unix.Timeout (Lwt_unix.read 192.0.2.9:9080, 3004 ms)')).toEqual(['response-timeout', 3004])
  expect(read('Lwt_unix.getaddrinfo: no address (2003 ms)')).toEqual(['dns-timeout', 2003])
})

test("GLib's head of a line, each of which is a record", () => {
  const line =
    '(eft-agent:3636): eft-CRITICAL: 2026-11-24 10:00:05.111: connect 192.0.2.9:9080: Socket I/O timed out 2004 ms'
  const e = eventOf(line)
  expect([e['event.action'], e['log.level'], e['log.logger']]).toEqual(['connect-timeout', 'critical', 'eft'])
  const framer = createFramer([])
  framer.push(line, 1)
  expect(framer.push(line, 2)).toHaveLength(1)
  expect(framer.push('(see above): nothing', 3)).toHaveLength(0)
  // Without a domain of its own, with the time of day alone.
  const bare = '** (eft-agent:3636): WARNING **: 10:00:05.111: connect 192.0.2.9:9080: Socket I/O timed out'
  expect(framer.push(bare, 4)).toHaveLength(1)
  const b = eventOf(bare)
  expect([b['event.action'], b['log.level'], b['@timestamp'].slice(11)]).toEqual([
    'connect-timeout',
    'warning',
    '10:00:05.111Z',
  ])
})

describe('the end of a session in the sentence of a box', () => {
  const pair = '10.1.2.31:56176 -> 192.0.2.40:9200'
  test.each([
    [
      `Nov 24 10:00:05 rt FIREWALL_INFO: masquerading session ${pair} (TCP) removed: idle timeout (aging), tx 6 rx 5 packets`,
      'session-expired',
    ],
    [
      `Nov 24 10:00:05 rt FIREWALL_INFO: masquerading session ${pair} (TCP) removed: no reply from remote, tx 2 rx 0 packets`,
      'session-unanswered',
    ],
    [
      `Nov 24 10:00:05 rt flow-tracker[2231]: tcp ${pair.replace('->', '>')} state=SYN_SENT tx=3/208 rx=0/0 expired`,
      'session-unanswered',
    ],
    [`Nov 24 10:00:05 rt Sessions: Closed TCP ${pair} wan=WAN1 out=549B in=307B age=0s`, 'session-ended'],
  ])('%s', (line, action) =>
    expect(eventOf(line)).toMatchObject({
      'event.action': action,
      'source.ip': '10.1.2.31',
      'source.port': 56176,
      'destination.ip': '192.0.2.40',
      'destination.port': 9200,
    }),
  )
  test('near miss: it lists one that lives', () =>
    expect(eventOf(`Nov 24 10:00:05 rt Sessions: Open TCP ${pair} wan=WAN1`)['event.action']).toBe('other'))
})

describe("D-Link's DSR", () => {
  const head = 'Tue Nov 24 13:29:24 2026 (+0530): [rt-7][System][FIREWALL]'
  const packet = 'IN=LAN OUT=WAN1 SRC=10.1.2.31 DST=192.0.2.40 PROTO=TCP SPT=44292 DPT=9200'
  test('its head has zone and host', () =>
    expect(eventOf(`${head} LOG_PACKET[DROP] ${packet} RULE=out-of-state`)).toMatchObject({
      'event.action': 'policy-denied',
      'rule.name': 'out-of-state',
      'host.name': 'rt-7',
      '@timestamp': '2026-11-24T07:59:24.000Z',
    }))
  test.each([
    [`${head} LOG_SESSION[EXPIRE] ${packet} PKTS=4/3 BYTES=67/97`, 'session-expired'],
    [`${head} LOG_SESSION[EXPIRE] ${packet} PKTS=4/0 BYTES=67/0`, 'session-unanswered'],
    [
      'Tue Nov 24 13:29:24 2026 (+0530): [rt-7][System][SYSTEM] admin added Firewall Rule out: LAN to WAN, BLOCK',
      'config-changed',
    ],
  ])('%s', (line, action) => expect(eventOf(line)['event.action']).toBe(action))
})

describe('name servers', () => {
  test.each([
    ['[1763978405.93305679] Packet from 100.64.7.2:43951 for pay.example. A with id 52395', 'dns-query'],
    ['[1763978405.93305679] Answer to 100.64.7.2:43951 for pay.example. A (No Error) with id 52395', 'dns-answer'],
    ['2025-11-24 10:00:05  Request from 100.64.7.2 for A-record for pay.example', 'dns-query'],
    ['2025-11-24 10:00:05  -> Answer: A-record for pay.example = 192.0.2.40', 'dns-answer'],
  ])('%s', (line, action) =>
    expect(eventOf(line)).toMatchObject({ 'event.action': action, 'dns.question.name': 'pay.example' }),
  )
  test('dnsdist leaves out the zeros before its nanoseconds', () =>
    expect(eventOf('[1763978405.93305679] Packet from 100.64.7.2:43951 for a. A with id 5')['@timestamp']).toBe(
      '2025-11-24T10:00:05.093Z',
    ))
  test('Knot loads a zone anew', () => {
    expect(gist(`${SPACED} info: [pay.example.] loaded, serial 2026112401 -> 2026112402, 227 bytes`)[0]).toBe(
      'dns-config',
    )
    expect(gist(`${SPACED} info: [pay.example.] loaded, serial none -> 2026112402, 227 bytes`)[0]).not.toBe(
      'dns-config',
    )
  })
})

describe('what was changed', () => {
  test.each([
    [
      'Nov 24 10:00:05 rt System: Changes applied by admin (10.1.2.9): Network > Static Route: 192.0.2.40/32 via 10.1.2.1 (LAN)',
      'config-changed',
    ],
    [
      'Nov 24 10:00:05 rt ADMIN_NOTICE: admin changed /Setup/IP-Router/Masquerading/TCP-Aging-Seconds: 300 -> 4',
      'config-changed',
    ],
    [
      '{"eventTime":"2025-11-24T10:00:05Z","eventName":"RevokeSecurityGroupIngress","eventSource":"ec2"}',
      'config-changed',
    ],
    [
      'Nov 24 10:00:05 rt System: ARP: no reply from next hop 10.1.2.1 on LAN, 7 packets for 192.0.2.40 discarded',
      'neighbour-failed',
    ],
    ['Nov 24 10:00:05 olt-1 alarm: ONU 0/3/11-27 Dying-Gasp received', 'power-event'],
    ['Nov 24 10:00:05 ap wireless: ath0 ap 24:A4:3C:90:1E:77 signal -85 dBm noise -95 dBm CCQ 18%', 'signal-weak'],
    ['Nov 24 10:00:05 ap wireless: ath0 ap 24:A4:3C:90:1E:77 signal -61 dBm noise -95 dBm CCQ 98%', 'other'],
    ['Nov 24 10:00:05 rt System: admin viewed Firewall rules', 'other'],
  ])('%s', (line, action) => expect(eventOf(line)['event.action']).toBe(action))
  test('whom a till calls from now on', () => {
    const said = (text: string) => {
      const e = eventOf(`${SPACED} posmgr[388]: profile "P" rev 17 applied: ${text}`)
      return [
        e['event.action'],
        e['event.reason'],
        e['destination.ip'] ?? e['destination.domain'],
        e['destination.port'],
      ]
    }
    expect(said('payment.host pay.example -> 192.0.2.41')).toEqual([
      'config-changed',
      'another host is called',
      '192.0.2.41',
      undefined,
    ])
    expect(said('server: 192.0.2.41:8443 => gw.example:9443')[2]).toBe('gw.example')
    expect(said('payment.host pay.example -> pay.example')[1]).not.toBe('another host is called')
  })
})

describe('trio, and a link that was quiet', () => {
  test.each([
    ['connect timeout 040661: 192.0.2.9:8443 trio.TooSlowError after 2.00 s', 'connect-timeout'],
    ['answer 040661: 192.0.2.9:8443 trio.TooSlowError after 3.00 s', 'response-timeout'],
    ['TLS handshake 040661: 192.0.2.9:8443 trio.TooSlowError after 2.00 s', 'tls-timeout'],
  ])('%s', (said, action) => expect(gist(`${SPACED} ERROR till: ${said}`)[0]).toBe(action))
  test('no answer, however much is said before the error of the system', () => {
    const e = eventOf(
      `${SPACED} ERROR [pos_core::link] no answer on standing link, reversal queued 058955: 192.0.2.9:9200 sport=52018: Resource temporarily unavailable (os error 11) 3110 ms, link quiet for 6.8 s`,
    )
    expect([e['event.action'], e['whytimeout.idle_secs']]).toEqual(['response-timeout', 6.8])
  })
})

test('a copy that goes on piece by piece, at a rate that nobody limits', () => {
  const action = (said: string) => eventOf(`${SPACED} ${said}`)['event.action']
  expect(action('chunk PUT films/1.mp4 sent, upload rate 2.3 MB/s, limit: none')).toBe('transfer-progress')
  expect(action('cache rate 2.3 MB/s, limit: 4 MB/s')).not.toBe('transfer-progress')
})

test.each([
  [
    'Nov 24 10:00:05 nat7 natd[440]: session-delete proto=tcp inside=100.64.7.2:53768 outside=192.0.2.40:38768 dest=203.0.113.88:9200 reason=idle-timeout(4s)',
    {
      'event.action': 'session-expired',
      'source.ip': '100.64.7.2',
      'source.nat.ip': '192.0.2.40',
      'destination.port': 9200,
    },
  ],
  [
    'Nov 24 10:00:05 fw7 EFW: CONN: prio=1 id=00600005 rev=1 event=conn_close_natsat action=close rule=out conn=close connipproto=TCP connrecvif=lan connsrcip=10.1.2.31 connsrcport=40438 conndestif=wan conndestip=192.0.2.40 conndestport=8443 connnewsrcip=100.64.7.2 conntime=0 origsent=120 termsent=0',
    {
      'event.action': 'session-unanswered',
      'source.ip': '10.1.2.31',
      'source.nat.ip': '100.64.7.2',
      'destination.port': 8443,
    },
  ],
  [
    'Nov 24 10:00:05 fw7 EFW: RULE: prio=3 id=06000051 rev=1 event=ruleset_drop_packet action=drop rule=no_out recvif=lan srcip=10.1.2.31 destip=192.0.2.40 ipproto=TCP ipdatalen=40 srcport=49302 destport=9080 syn=1',
    { 'event.action': 'policy-denied', 'source.ip': '10.1.2.31', 'source.port': 49302, 'destination.port': 9080 },
  ],
  [
    '2026/11/24 10:00:05.615 ZEBRA: [HSYMP-1XB2Y] vty[31]@(config)# ip route 192.0.2.40/32 10.1.2.9 tag 900',
    { 'event.action': 'config-changed', 'whytimeout.network': '192.0.2.40/32' },
  ],
  [
    `${SPACED} PARAM table=HOST ver=0412 HOST1_PORT old=8443 new=8453 origin=TMS`,
    { 'event.action': 'config-changed', 'destination.port': 8453, 'whytimeout.former_port': 8443 },
  ],
])('%s', (line, fields) => expect(eventOf(line)).toMatchObject(fields))
