import { describe, expect, test } from 'vitest'
import { counters } from '../../pipeline/parse/formats/counters.js'
import { probesIn } from '../../pipeline/parse/line-quality.js'
import { eventOf } from './event-of.js'

const AT = 'Nov 18 12:14:12 shop-rt'

describe('summaries of probes', () => {
  test.each([
    // [line, action, round trip, loss, target]
    [
      `${AT} watch: 198.51.100.9 5 packets transmitted, 4 packets received, 20% packet loss round-trip min/avg/max = 1253.750/1299.499/1401.571 ms`,
      ...['probe-answered', 1299.499, 20, '198.51.100.9'],
    ],
    [
      `${AT} cron-ping: 10 packets transmitted, 10 received, +2 duplicates, 0% packet loss, time 9012ms; rtt min/avg/max/mdev = 11.1/12.5/14.0/0.9 ms`,
      ...['probe-answered', 12.5, 0, undefined],
    ],
    [
      `${AT} ping: 4 packets transmitted, 0 packets received, 100.0% packet loss`,
      ...['probe-lost', undefined, 100, undefined],
    ],
    [`${AT} prtg: "S12 router";"Ping 2041";"Up";"31 msec, packet loss 0 %"`, 'probe-answered', 31, 0, undefined],
    [
      `${AT} fp: 192.0.2.44 : xmt/rcv/%loss = 10/9/10%, min/avg/max = 30.1/44.2/61.0`,
      ...['probe-answered', 44.2, 10, '192.0.2.44'],
    ],
    [
      `${AT} mwan3track[411]: Check (ping: latency=2306ms loss=40%) failed for target "198.51.100.1" on interface lte (wwan1). Current score: 4`,
      ...['probe-answered', 2306, 40, '198.51.100.1'],
    ],
    [
      `${AT} mwan3track[411]: Check (ping) failed for target "198.51.100.1" on interface lte (wwan1). Current score: 4`,
      ...['probe-lost', undefined, undefined, '198.51.100.1'],
    ],
    [
      `${AT} dpinger[55]: WAN_DHCP 203.0.113.1: Alarm latency 631203us stddev 21320us loss 22%`,
      ...['probe-answered', 631.203, 22, undefined],
    ],
    [
      '2026-11-18 12:14:12 WARN linkcheck - line to 198.51.100.7: loss 30%, rtt 810 ms',
      ...['probe-answered', 810, 30, '198.51.100.7'],
    ],
    ['2026-11-18 12:14:12 INFO 巡检 - 专线时延 820ms，丢包率 12%', ...['probe-answered', 820, 12, undefined]],
    [
      '2026-11-18 12:14:12 INFO net - Packets: Sent = 4, Received = 3, Lost = 1 (25% loss), Minimum = 13ms, Maximum = 15ms, Average = 14ms',
      ...['probe-answered', 14, 25, undefined],
    ],
    [
      '2026-11-18 12:14:12 INFO net - 数据包: 已发送 = 4，已接收 = 4，丢失 = 0 (0% 丢失)，最短 = 31ms，最长 = 45ms，平均 = 36ms',
      ...['probe-answered', 36, 0, undefined],
    ],
    [`${AT} wan-check: ping 9.9.9.9 3/3 avg 32ms; tcp up`, ...['probe-answered', 32, 0, '9.9.9.9']],
    [`${AT} wan-check: ping 9.9.9.9 0/3`, ...['probe-lost', undefined, 100, '9.9.9.9']],
    [
      `${AT} mwan3track[411]: Check (ping) success for target "198.51.100.1" on interface lte (wwan1). Current score: 10`,
      ...['probe-answered', undefined, undefined, '198.51.100.1'],
    ],
    [`${AT} uplink: ping to 198.51.100.5 timed out`, ...['probe-lost', undefined, undefined, '198.51.100.5']],
  ])('%s', (line, action, rtt, loss, target) => {
    const event = eventOf(line)
    expect(event['event.action']).toBe(action)
    expect(event['whytimeout.rtt_ms']).toBe(rtt)
    expect(event['whytimeout.loss_percent']).toBe(loss)
    if (target !== undefined) expect(event['destination.ip']).toBe(target)
  })

  test.each([
    `${AT} dpinger[55]: send_interval 500ms loss_interval 2000ms latency_alarm 500ms loss_alarm 20% dest_addr 203.0.113.1`,
    '2026-11-18 12:14:12 INFO Router - configured latency=500ms, backlog=20%',
    '2026-11-18 12:14:12 INFO Pos - sale approved, latency=212ms',
  ])('no probe: %s', (line) => {
    expect(eventOf(line)['event.action']).not.toMatch(/^probe/)
  })
})

describe('readings of a radio', () => {
  test.each([
    [`${AT} sig: {"type":"lte","rssi":-80,"rsrq":-15,"rsrp":-111,"snr":29}`, -111, -15, false],
    [`${AT} modemd[71]: RSRP: -118 dBm, RSRQ: -15 dB, SINR: -3 dB`, -118, -15, true],
    [
      `${AT} gsm: +QENG: "servingcell","NOCONN","LTE","FDD",460,01,5F1EA15,12,1650,3,5,5,DE10,-113,-12,-68,11,27`,
      -113,
      -12,
      true,
    ],
    [`${AT} gsm: +QCSQ: "LTE",-65,-96,130,-11`, -96, -11, false],
    [`${AT} gsm: +CESQ: 99,99,255,255,20,22`, -119, -10, true],
    [`${AT} api: <signal><rsrq>-9dB</rsrq><rsrp>-97dBm</rsrp><rssi>-71dBm</rssi></signal>`, -97, -9, false],
    [
      '11-18 12:15:07.001  1290  1340 D SST: CellSignalStrengthLte: rssi=-65 rsrp=-116 rsrq=-11 rssnr=2147483647 level=1',
      -116,
      -11,
      true,
    ],
    ['2026-11-18 12:15:07 INFO wan - lte_rsrp=-104 lte_rsrq=-12.5 band=3', -104, -12.5, false],
  ])('%s', (line, rsrp, rsrq, isWeak) => {
    const event = eventOf(line)
    expect(event['whytimeout.rsrp_dbm']).toBe(rsrp)
    expect(event['whytimeout.counters']?.rsrq).toBe(rsrq)
    expect(event['event.action'] === 'signal-weak').toBe(isWeak)
  })

  test.each([
    [`${AT} gsm: +CSQ: 6,99`, -101, true],
    [`${AT} gsm: +CSQ: 21,99`, -71, false],
    [`${AT} wifi: station rssi=-67 rate=54`, -67, false],
  ])('%s', (line, dbm, isWeak) => {
    const event = eventOf(line)
    expect(event['whytimeout.signal_dbm']).toBe(dbm)
    expect(event['event.action'] === 'signal-weak').toBe(isWeak)
  })

  test.each([`${AT} gsm: +CSQ: 99,99`, `${AT} conf: rsrp_threshold=-110 rssi_low=-90`, `${AT} gsm: rsrp=0 rssi=0`])(
    'none: %s',
    (line) => {
      const event = eventOf(line)
      expect([event['whytimeout.rsrp_dbm'], event['whytimeout.signal_dbm']]).toEqual([undefined, undefined])
    },
  )
})

test.each([
  [
    '198.51.100.21 - - [18/Nov/2026:03:52:08 +0000] "POST /auth HTTP/1.1" 200 27 rt=0.121 urt=0.120 tcp_rtt=37995',
    37.995,
  ],
  [
    '198.51.100.21 - - [18/Nov/2026:03:52:08 +0000] "POST /auth HTTP/1.1" 200 27 "-" "pos/1" rt=0.121 tcpinfo_rtt=1250000',
    1250,
  ],
  [
    '{"time":"2026-11-18T03:52:08Z","remote_addr":"198.51.100.21","status":200,"request_time":0.12,"tcpinfo_rtt":"37995"}',
    37.995,
  ],
  ['2026-11-18T03:52:08.100Z level=INFO msg="request served" peer=198.51.100.21 fc_rtt=812', 812],
  ['2026-11-18T03:52:08.100Z level=INFO msg="request served" peer=198.51.100.21 tcp_rtt_us=812000', 812],
  ['{"ts":"2026-11-18T03:52:08Z","msg":"served","ClientTCPRTTMs":45}', 45],
])('a round trip as a kernel measured it: %s', (line, ms) => {
  expect(eventOf(line)['whytimeout.rtt_ms']).toBe(ms)
})

describe('probes that name what they count, and probes of a size', () => {
  test('RouterOS and scripts: sent, received, mean', () =>
    expect(
      eventOf(
        '2026-11-27 19:29:07 script,info wan-probe pppoe-out1 bng=100.72.0.1 sent=10 recv=9 min=1043ms avg=2020ms max=2900ms',
      ),
    ).toMatchObject({ 'event.action': 'probe-answered', 'whytimeout.rtt_ms': 2020, 'whytimeout.loss_percent': 10 }))
  test('RouterOS’ netwatch is a probe and no route', () =>
    expect(eventOf('2026-11-27 19:14:18 netwatch,info event down [ type: icmp, host: 9.9.9.9 ]')).toMatchObject({
      'event.action': 'probe-lost',
      'destination.ip': '9.9.9.9',
    }))
  test('what a probe of a full packet loses tells of the size', () =>
    expect(
      eventOf(
        '[1794937312] PASSIVE SERVICE CHECK: S0227-POS-LAN;MTU-1500-DF;2;CRITICAL - ping -M do -s 1472: 5 packets transmitted, 0 received, 100% packet loss',
      ),
    ).toMatchObject({ 'event.action': 'mtu-exceeded', 'event.outcome': 'failure' }))
})

describe('a record of several probes', () => {
  const PINGS = [
    '--- 192.0.2.1 ping statistics ---',
    '5 packets transmitted, 5 received, 0% packet loss, time 4005ms',
    '--- 203.0.113.80 ping statistics ---',
    '5 packets transmitted, 2 received, 60% packet loss, time 4011ms',
    '--- 203.0.113.81 ping statistics ---',
    '5 packets transmitted, 0 received, 100% packet loss, time 4090ms',
  ]
  const gist = (events: readonly ReturnType<typeof probesIn>[number][]) =>
    events.map((e) => [e['event.action'], e['destination.ip'], e['whytimeout.loss_percent']])
  const EACH = [
    ['probe-answered', '192.0.2.1', 0],
    ['probe-answered', '203.0.113.80', 60],
    ['probe-lost', '203.0.113.81', 100],
  ]
  test('each has its own target', () => expect(gist(probesIn(PINGS.join('\n')))).toEqual(EACH))
  test('fping names it in the line itself', () =>
    expect(
      gist(
        probesIn('192.0.2.1 : xmt/rcv/%loss = 5/5/0%, min/avg/max = 1.0/1.2/1.9\n192.0.2.2 : xmt/rcv/%loss = 5/0/100%'),
      ),
    ).toEqual([
      ['probe-answered', '192.0.2.1', 0],
      ['probe-lost', '192.0.2.2', 100],
    ]))
  test('text without a summary has none', () => expect(probesIn('eth0: link up\n5 packets')).toEqual([]))
  test('beside counters each is an event, and the counters are one', () => {
    const text = ['Tue Nov 24 10:00:00 UTC 2026', ...PINGS, 'Tcp:', '    120 segments retransmitted'].join('\n')
    const read = counters.parse(text, {})
    expect(read?.kind === 'events' && gist(read.events.map((e) => e.fields))).toEqual([
      ['counter-snapshot', undefined, undefined],
      ...EACH,
    ])
  })
})
