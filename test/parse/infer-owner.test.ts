import { describe, expect, test } from 'vitest'
import { noteOwner, ownerNotes, roleOfOwner } from '../../pipeline/parse/infer-owner.js'
import type { LogEvent } from '../../schemas/event.js'

/** A packet: source, destination, and the interfaces that it came in and left by. */
type Packet = readonly [source: string, destination: string, into: string, out: string]

const roleOf = (host: string, packets: readonly Packet[], sites = 0, handsOut = false) => {
  const notes = ownerNotes()
  for (const [source, destination, into, out] of packets)
    noteOwner(notes, {
      'event.action': 'policy-denied',
      'source.ip': source,
      'destination.ip': destination,
      'observer.ingress.interface.name': into,
      'observer.egress.interface.name': out,
    } as LogEvent)
  if (handsOut) noteOwner(notes, { 'event.action': 'address-assigned', 'event.dataset': 'dhcp-server' } as LogEvent)
  return roleOfOwner(host, [notes], sites)
}
const GATEWAY = '198.51.100.20'

describe('whose a box is that drops packets', () => {
  test.each<[string, string, readonly Packet[]]>([
    ['addresses of one shop before they are translated', 'fw-17', [['192.168.3.11', GATEWAY, 'port2', 'port1']]],
    ['an interface for the inside', 'edge', [['203.0.113.9', GATEWAY, 'lan1', 'port1']]],
    [
      'zones',
      'asa',
      [
        ['10.9.1.4', GATEWAY, 'inside', 'outside'],
        ['10.9.2.4', GATEWAY, 'inside', 'outside'],
      ],
    ],
    ['a bridge', 'rt', [['172.20.1.4', GATEWAY, 'br-lan', 'pppoe-wan']]],
  ])('the shop: %s', (_, host, packets) => expect(roleOf(host, packets)).toBe('router'))

  test('the shop: it gives the addresses', () =>
    expect(roleOf('box', [['100.64.3.9', GATEWAY, 'eth1', 'eth0']], 0, true)).toBe('router'))

  test.each<[string, string, readonly Packet[], number]>([
    ['public addresses only', 'core7', [['203.0.113.9', GATEWAY, 'eth1', 'eth0']], 0],
    ['the shared space of its own translation', 'core7', [['100.70.1.2', GATEWAY, 'eth1', 'eth0']], 0],
    ['its name', 'bras-03', [['10.20.1.2', GATEWAY, 'eth1', 'eth0']], 0],
    ['terminals of two sites', 'core7', [['10.20.1.2', GATEWAY, 'eth1', 'eth0']], 2],
  ])('the provider: %s', (_, host, packets, sites) => expect(roleOf(host, packets, sites)).toBe('provider'))

  test.each(['out0', 'ext1', 'inet', 'uplink-2'])('before the gateway: what comes in by %s and goes to a dmz', (into) =>
    expect(roleOf('fw7', [['203.0.113.9', GATEWAY, into, 'dmz0']])).toBe('gateway'),
  )
  test('near miss: a name that only begins so', () =>
    expect(roleOf('core7', [['203.0.113.9', GATEWAY, 'outer-ring-customers', 'dmz0']])).toBe('provider'))
  test("before the gateway: many sites' own addresses on their way to own ones", () =>
    expect(
      roleOf(
        'pa-dc1',
        [
          ['10.41.0.21', '10.200.10.21', 'wan-mpls', 'dmz-pay'],
          ['10.57.0.22', '10.200.10.21', 'wan-mpls', 'dmz-pay'],
        ],
        2,
      ),
    ).toBe('gateway'))

  test.each<[string, string, readonly Packet[]]>([
    [
      'private networks of several places',
      'core7',
      [
        ['10.1.1.2', GATEWAY, 'a', 'b'],
        ['10.2.1.2', GATEWAY, 'a', 'b'],
      ],
    ],
    [
      'both sides of a translation',
      'core7',
      [
        ['10.1.1.2', GATEWAY, 'a', 'b'],
        ['203.0.113.9', GATEWAY, 'a', 'b'],
      ],
    ],
    ['a name that only contains the letters', 'dispatch-eu', []],
  ])('nobody knows: %s', (_, host, packets) => expect(roleOf(host, packets)).toBeUndefined())

  test.each([
    ['wan1', 'dmz', 0],
    ['wan1', 'dmz-pay', 2],
  ])('guards the gateway: from %s to %s, for %i sites', (into, out, sites) =>
    expect(roleOf('fw', [['203.0.113.9', GATEWAY, into, out]], sites)).toBe('gateway'),
  )
})

describe('whose a list of what may pass is that names no interface', () => {
  const roleOfList = (pairs: readonly (readonly [string, string])[]) => {
    const notes = ownerNotes()
    for (const [source, destination] of pairs)
      noteOwner(notes, {
        'event.action': 'policy-denied',
        'source.ip': source,
        'destination.ip': destination,
      } as LogEvent)
    return roleOfOwner('agg2', [notes], 0)
  }
  test('the provider: its subscribers reach the world', () =>
    expect(
      roleOfList([
        ['192.0.2.111', '198.51.100.189'],
        ['192.0.2.94', '203.0.113.40'],
        ['192.0.2.88', '198.18.7.7'],
      ]),
    ).toBe('provider'))
  test('near miss: the world scans what it guards', () =>
    expect(
      roleOfList([
        ['198.51.100.7', '192.0.2.10'],
        ['203.0.113.9', '192.0.2.11'],
        ['198.18.0.4', '192.0.2.12'],
      ]),
    ).toBeUndefined())
})
