import { describe, expect, test } from 'vitest'
import { eventOf as eventOfBytes } from './event-of.js'

/** The event of a line as its bytes come: one character each. */
const eventOf = (line: string) => eventOfBytes(Buffer.from(line, 'utf8').toString('latin1'))

const at = (line: string): string => `2026-11-24 10:00:31,123 ERROR [worker-2] ${line}`
const host = (line: string): string => `Nov 24 10:00:31 h1 ${line}`

/** What boxes, providers, monitors and hosts say of the network, in the words of many makers. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  'address-conflict/two devices have one address': [
    host(
      'NetworkManager[61]: device (eth0): IP address 10.1.1.5 cannot be configured because it is already in use in the network by host 02:11:22:33:44:55',
    ),
    host('arpd: duplicate IP address 10.1.1.1 sent from 02:11:22:33:44:55'),
    '2026-11-24 10:00:31 系统检测到 IP 地址 10.1.1.5 和另一台设备发生地址冲突',
  ],
  'address-conflict/the address is bound to another device': [
    '2026-11-24 10:00:31 WARN IP地址10.1.1.5与MAC地址匹配错误',
    host('switch: port security violation on port 7'),
  ],
  'route-changed/two ends are set differently': [
    host('charon[4]: 11[IKE] received TS_UNACCEPTABLE notify, no CHILD_SA built'),
    host('bird: BGP: connect from unknown address 10.0.0.9'),
    host('routerd: OSPF hello parameter mismatch from 10.0.0.2'),
  ],
  'packet-returned/its way back is another': [
    '2026-11-24 10:00:31 id=20085 trace_id=12 msg="reverse path check fail, drop"',
  ],
  'route-changed/the route cannot be set': [
    host('networkd[6]: eth0: Could not set route: Nexthop has invalid gateway'),
  ],
  'attach-refused/the provider refuses the account': [host("WAN Connection: ISP's DHCP did not function properly.")],
  'attach-refused/the provider blocked the account or the address': [
    at('The subscription 12345 is disabled and therefore marked as read only'),
    '2026-11-24 10:00:31 您的IP受到攻击，已进入黑洞状态',
    '2026-11-24 10:00:31 宽带账号已欠费停机',
  ],
  'other/the provider interrupts the service': [
    '2026-11-24 10:00:31 Internetverbindung unterbrochen: Zwangstrennung durch den Anbieter',
    host('notice: carrier maintenance on this circuit from 10:00 to 11:00'),
    '2026-11-24 10:00:31 运营商线路割接',
  ],
  'other/a monitor counts lost packets': [
    '2026-11-24 10:00:31 Problem name: High ICMP ping loss',
    host('nagios: PING CRITICAL - Packet loss = 60%, RTA = 812.40 ms').replace('loss = 60%, ', 'lost 60 of 100, '),
    host('monitor: jitter threshold exceeded on wan1'),
    '2026-11-24 10:00:31 告警:丢包率过高',
  ],
  'other/a monitor finds the line slow': [
    '2026-11-24 10:00:31 1840 msec (Ping Time) is above the error limit of 500 msec',
    '2026-11-24 10:00:31 告警:链路时延超限',
  ],
  'other/the clock is far off': [host('chronyd[6]: System clock wrong by -86712.123456 seconds')],
  'dns-failed/no name is found': ['2026-11-24 10:00:31 DNS-Störung erkannt'],
  'dhcp-no-answer/no address is left': [host('router: DHCP pool lan exhausted'), '2026-11-24 10:00:31 地址池已耗尽'],
  'request-failed/another program holds it': [
    at('Another instance is already running'),
    '2026-11-24 10:00:31 另一个实例正在运行',
  ],
  'request-failed/its settings keep it from running': [
    '2026/11/24 10:00:31 [emerg] 81#81: unknown directive "proxy_pas" in /etc/nginx/pay.conf:12',
    host('systemd[1]: pay.service: Failed at step EXEC spawning /opt/pay/run: No such file or directory'),
    at('MountVolume.SetUp failed for volume "tls" : secret "tls" not found'),
  ],
  'policy-denied/the host itself forbids it': [
    at('System.Net.Sockets.SocketException (10013): access a socket in a way forbidden by its access permissions'),
    host('kernel: audit: avc:  denied  { name_connect } for  pid=81 comm="pay" dest=7001'),
  ],
  'socket-memory/no memory for sockets': [host('app: tcp: out of PCBs')],
  'table-full/no entry is free': [host('router: ARP table is full')],
  'mtu-exceeded/too big for the way': [at('ping: local error: message too long, mtu=1400')],
  'overheated/too hot': [host('bmc: Fan 2 failure'), host('bmc: temperature of inlet is too high')],
  'signal-weak/the radio is weak': [host('ap: station 02:11:22:33:44:55 disconnected due to low ack')],
  'server-down/no server is left': [
    at('no healthy upstream for pool auth'),
    '2026-11-24 10:00:31 健康检查失败:后端auth1',
  ],
  'tls-failed/no TLS in common': ['2026-11-24 10:00:31 System.Net.WebException: 未能创建 SSL/TLS 安全通道。'],
}

describe.each(Object.entries(STATES))('%s', (state, lines) => {
  test.each(lines)('%s', (line) => {
    const event = eventOf(line)
    expect(`${event['event.action']}/${event['event.reason']}`).toBe(state)
  })
})

const KNOWN = new Set(Object.keys(STATES).map((s) => s.slice(s.indexOf('/') + 1)))
test.each([
  '2026-11-24 10:00:31 Problem resolved: High ICMP ping loss',
  host('monitor: loss over the last 100 packets: 0 %'),
  host('monitor: latency threshold set to 500 ms'),
  host('bmc: temperature over the last hour: 41 C'),
  host('stunnel: No more addresses to connect'),
  at('cannot resolve dependency of class PaymentRouter'),
  at('table orders has no primary key'),
  at('HikariPool-1 is empty, filling'),
  at('user registration denied: name too short'),
  at('forced reconnect to the broker after a new token'),
  at('circuit breaker open during outage drill'),
  at('customer account 4411 is suspended'),
  at('health check passed, 3 healthy upstreams'),
  at('invalid parameter amount'),
  at('child terminated by signal 15'),
  host('chronyd[6]: System clock wrong by 1.234567 seconds'),
  host('app: configuration loaded from /etc/pay.conf'),
  '2026-11-24 10:00:31 INFO 信号强度 -71dBm 正常',
  '2026-11-24 10:00:31 INFO 丢包率 0% 时延 12ms',
])('of a line that tells of no trouble: %s', (line) =>
  expect(KNOWN.has(eventOf(line)['event.reason'] ?? '')).toBe(false),
)
