import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const AT = '2026-11-24 10:00:31'
const gist = (line: string) => {
  const e = eventOf(line)
  return [e['event.action'], e['event.reason'], e['dns.question.name'], e['dns.resolved_ip']]
}

describe('a name that somebody gave another address', () => {
  test.each([
    [`${AT} zonepush: shop.example serial 2026112402: eft A 192.0.2.10 -> 192.0.2.77 (rollback script)`, 'eft'],
    [
      `${AT} ns1 ansible[51]: change 77: address /eft.shop.example/192.0.2.10 -> 192.0.2.77, restart`,
      'eft.shop.example',
    ],
    [`${AT} dnsctl: record eft.shop.example changed from 192.0.2.10 to 192.0.2.77`, 'eft.shop.example'],
    [`${AT} 运维: 解析记录 eft.shop.example 由 192.0.2.10 改为 192.0.2.77`, 'eft.shop.example'],
    [
      `24-Nov-2026 10:00:31.004 update: info: client @0x7f 192.0.2.9#4711: updating zone 'shop.example/IN': adding an RR at 'eft.shop.example' A 192.0.2.77`,
      'eft.shop.example',
    ],
    [
      `Information,11/24/2026 10:00:31,Microsoft-Windows-DNSServer,515,ZONE_OP,"A resource record of type 1, name eft, TTL 5 and RDATA 0xC000024D (192.0.2.77) was created in scope Default of zone shop.example. [virtualization instance: .]"`,
      'eft.shop.example',
    ],
  ])('%s', (line, name) => {
    expect(gist(line)).toEqual(['dns-config', 'a name has another address', name, ['192.0.2.77']])
    expect(eventOf(line)['destination.ip']).toBeUndefined()
  })
  test.each([
    `${AT} fw: flow 192.0.2.10 -> 192.0.2.77 closed`,
    `${AT} dns: record eft.shop.example is 192.0.2.10`,
    `${AT} nat: pool outside A 192.0.2.10 - 192.0.2.77`,
    `${AT} rt1: address changed from 192.0.2.10 to 192.0.2.77`,
  ])('near miss: %s', (line) => expect(gist(line)[1]).not.toBe('a name has another address'))
})
