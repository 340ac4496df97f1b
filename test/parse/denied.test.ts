import { expect, test } from 'vitest'
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
