import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const FLOW = 'src=10.1.1.5 srcport=50123 dst=192.0.2.9 dstport=7001'

test.each([
  `id=firewall time="2026-11-24 10:00:31" fw="s12" ${FLOW} action=block logtype="filter"`,
  '2026-11-24 10:00:31 src="10.1.1.5:50123" dst="192.0.2.9:7001" msg="Match default rule, DROP" note="ACCESS BLOCK"',
  '2026-11-24 10:00:31 源IP:10.1.1.5, 源端口:50123, 目的IP:192.0.2.9, 目的端口:7001, 系统动作:拒绝',
  '2026-11-24 10:00:31 [fw4_1];Packet proto=6 10.1.1.5:50123 -> 192.0.2.9:7001 dropped by fw_handler Reason: rule 42;',
])('a box of a maker without a format of its own denied it: %s', (line) => {
  expect(eventOf(line)).toMatchObject({
    'event.action': 'policy-denied',
    'source.ip': '10.1.1.5',
    'source.port': 50123,
    'destination.ip': '192.0.2.9',
    'destination.port': 7001,
  })
})

test.each([
  `id=firewall time="2026-11-24 10:00:31" fw="s12" ${FLOW} action=pass logtype="filter"`,
  '2026-11-24 10:00:31 src="10.1.1.5:50123" dst="192.0.2.9:7001" msg="Match default rule, FORWARD" note="ACCESS FORWARD"',
  '2026-11-24 10:00:31 源IP:10.1.1.5, 源端口:50123, 目的IP:192.0.2.9, 目的端口:7001, 系统动作:允许',
  '2026-11-24 10:00:31 rx: 1200 packets, 3 dropped by kernel',
])('what passed, or has no two ends, is not denied: %s', (line) => {
  expect(eventOf(line)['event.action']).not.toBe('policy-denied')
})

test('a guard against floods drops what it takes for one', () => {
  const line = '[DoS Attack: ACK Scan] from source: 192.0.2.9, port 7001, Tuesday, November 24, 2026 10:00:31'
  expect(eventOf(line)).toMatchObject({
    'event.action': 'policy-denied',
    'source.ip': '192.0.2.9',
    'source.port': 7001,
  })
})

describe('a box of a provider that names the subscriber and whom he called', () => {
  const ends = { 'source.ip': '100.64.7.2', 'destination.ip': '192.0.2.9', 'destination.port': 7001 }
  test.each([
    '2026-11-24T10:00:31Z bng9 subsd: policy HOLD-ABUSE session 100.64.7.2 dropped packets 16 (last dst 192.0.2.9:7001)',
    'Tue Nov 24 10:00:31 2026\tnss\tcsip=100.64.7.2\tcsport=50123\tcdip=192.0.2.9\tcdport=7001\tproto=TCP\taction=Drop\trule=Ports',
    '2026-11-24 10:00:31 dp1 DefensePro: WARNING 74 BehavioralDoS "network flood IPv4 TCP-SYN" TCP 100.64.7.2 0 192.0.2.9 7001 3 Regular "P1" ongoing 7 1 N/A 0 N/A high drop FFFFFFFF-FFFF-0012-0000-0000B2C1',
  ])('%s', (line) => expect(eventOf(line)).toMatchObject({ 'event.action': 'policy-denied', ...ends }))
  test('too many of them', () =>
    expect(
      eventOf('2026-11-24 10:00:31 ads: 源=100.64.7.2 目的=192.0.2.9 端口=7001 收到=11 丢弃=11 动作=限速丢弃'),
    ).toMatchObject({
      'event.action': 'rate-limited',
      'source.ip': '100.64.7.2',
      'destination.ip': '192.0.2.9',
    }))
  test.each([
    '2026-11-24T10:00:31Z bng9 subsd: policy GOLD session 100.64.7.2 passed packets 16 (last dst 192.0.2.9:7001)',
    '2026-11-24 10:00:31 dp1 DefensePro: WARNING 74 BehavioralDoS "network flood" TCP 100.64.7.2 0 192.0.2.9 7001 3 Regular "P1" ongoing 7 1 N/A 0 N/A high forward FFFFFFFF-FFFF-0012-0000-0000B2C1',
  ])('near miss: %s', (line) => expect(eventOf(line)['event.action']).not.toBe('policy-denied'))
})

test('an ICMP message that is denied says of what kind it was', () =>
  expect(
    eventOf(
      'id=firewall time="2026-11-24 10:00:31" fw="s12" ipproto=icmp icmptype=3 icmpcode=4 src=192.0.2.1 dst=192.0.2.9 action=block',
    ),
  ).toMatchObject({
    'event.action': 'policy-denied',
    'network.transport': 'icmp',
    'whytimeout.icmp_type': 3,
    'whytimeout.icmp_code': 4,
  }))
