import { describe, expect, test } from 'vitest'
import { enrich } from '../../pipeline/parse/enrich.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'
import type { LogEvent } from '../../schemas/event.js'
import { eventOf } from './event-of.js'

const AT = '[1763978405]'
const gist = (line: string) => {
  const e = eventOf(line)
  return [e['event.action'], e['event.reason'], e['service.target.name']]
}

describe('a host that a monitor finds down', () => {
  test.each([
    [`${AT} HOST ALERT: edge-3;DOWN;HARD;1;PING CRITICAL - Packet loss = 100%`, 'edge-3'],
    [`${AT} HOST ALERT: edge-3;DOWN;SOFT;1;CRITICAL - Host Unreachable (198.51.100.142)`, 'edge-3'],
    [`${AT} HOST NOTIFICATION: oncall;edge-3;DOWN;notify-by-sms;PING CRITICAL - Packet loss = 100%`, 'edge-3'],
    ['2026-11-24 10:00:05 warning/Checkable: host edge-3: CRITICAL - Host Unreachable (198.51.100.40)', 'edge-3'],
    [
      'ts=2026-11-24T10:00:05Z level=debug msg="Received alert" alert=HostDown summary="edge-3 unreachable, icmp probe failed for 5s"',
      'edge-3',
    ],
    [
      '{"clock":1763978405,"ns":1,"value":1,"eventid":7,"name":"Unavailable by ICMP ping","hosts":[{"host":"gw-a","name":"网关 A 1"}]}',
      '网关 A 1',
    ],
  ])('%s', (line, name) => {
    expect(gist(line)).toEqual(['health-check-failed', 'the host is down', name])
  })
  test.each([
    `${AT} HOST ALERT: edge-3;UP;HARD;1;PING OK - Packet loss = 0%, RTA = 0.31 ms`,
    `${AT} SERVICE ALERT: edge-3;TCP-8443;CRITICAL;SOFT;1;CRITICAL - Socket timeout after 2 seconds`,
  ])('%s: not this one', (line) => {
    expect(gist(line)[1]).not.toBe('the host is down')
  })
  test('the event says so of a host that the inventory knows as a gateway, and of no other', () => {
    const inventory = parseInventory(
      'terminal_id,ip,mac,site,isp,model,merchant,gateway\nT1,10.1.2.3,,S1,,,,edge-3\n',
      'inventory.csv',
    )
    const told = (name: string): LogEvent => {
      const event = eventOf(`${AT} HOST ALERT: ${name};DOWN;HARD;1;PING CRITICAL - Packet loss = 100%`)
      return enrich(event, Date.parse('2025-11-24T10:00:05Z'), {}, { inventory, siteOfAddress: new Map() })
    }
    expect(told('edge-3')).toMatchObject({
      'event.reason': 'the host of the gateway is down',
      'whytimeout.gateway': 'edge-3',
    })
    expect(told('rt-leeds')).toMatchObject({ 'event.reason': 'the host is down' })
    expect(told('rt-leeds')).not.toHaveProperty('whytimeout.gateway')
  })
})
