import { describe, expect, test } from 'vitest'
import { netDaemons } from '../../pipeline/parse/formats/net-daemons.js'
import { eventOf } from './event-of.js'

/** A line of FRRouting's own file, and what it is read as. */
const frr = (said: string, daemon = 'STATIC', id = '[M7Q4P-46WDR]') =>
  eventOf(`2026/11/24 11:02:33.947 ${daemon}: ${id} ${said}`)
const actionOf = (said: string) => frr(said)['event.action']

describe('what somebody typed at FRRouting', () => {
  test.each([
    ['(config)', 'ip route 203.0.113.0/24 172.20.1.1'],
    ['(config)', 'no ip route 0.0.0.0/0 172.20.1.1'],
    ['(config)', 'ip route 0.0.0.0/0 blackhole'],
    ['(config-if)', 'ip address 10.9.1.2/29'],
    ['(config-if)', 'shutdown'],
    ['(config-if)', 'no shutdown'],
    ['(config-router)', 'neighbor 192.0.2.1 shutdown'],
    ['(config-router-af)', 'network 10.0.0.0/8'],
    ['(config)', 'ip prefix-list exits seq 5 permit any'],
  ])('%s %s', (mode, command) => {
    const event = frr(`vty[10]@${mode}# ${command}`)
    expect(event['event.action']).toBe('config-changed')
    expect(event['event.reason']).toBe(command)
    expect(event['event.outcome']).toBeUndefined()
    expect(event.message).toBe(`vty[10]@${mode}# ${command}`)
  })
  test.each([
    'vty[10]@# configure terminal',
    'vty[10]@> show ip route',
    'vty[10]@# show running-config',
    'vty[10]@# clear bgp *',
    'vty[10]@(config)# exit',
    'vty[10]@(config-if)# exit',
    'vty[10]@(config-router-af)# exit-address-family',
    'vty[10]@(config)# exit-vrf',
    'vty[10]@(config)# end',
    'vty[10]@(config)# do show ip route',
    'vty[10]@(config)# show running-config',
    'vty[10]@(config)# ',
    'vty[10]@(config)#',
    'vty[12345]@(config)# ip route 203.0.113.0/24 172.20.1.1',
    'said vty and (config)# in one line',
  ])('near miss: %s', (said) => expect(actionOf(said)).toBe('other'))
})

describe("FRRouting's own file", () => {
  test('the moment is the one it states, to the part of a second', () => {
    expect(frr('x')['@timestamp']).toBe('2026-11-24T11:02:33.947Z')
    expect(eventOf('2026/11/24 11:00:00 MGMTD: [V98V0-MTWPF] x')['@timestamp']).toBe('2026-11-24T11:00:00.000Z')
    expect(eventOf('2026/11/24 11:00:00.123456789 ZEBRA: [V98V0-MTWPF] x')['@timestamp']).toBe(
      '2026-11-24T11:00:00.123Z',
    )
  })
  test('the id and the category of an error are no part of what it says', () => {
    const event = frr("Client 'static' encountered an error", 'ZEBRA', '[VXKFG-8SJRV][EC 4043309121]')
    expect([event['event.dataset'], event.message]).toEqual(['net-daemons', "Client 'static' encountered an error"])
  })
  test.each(['ZEBRA', 'STATIC', 'BGP', 'OSPF', 'OSPF6', 'RIPNG', 'ISIS', 'BFD', 'PIM6', 'MGMTD', 'WATCHFRR'])(
    'a line of %s',
    (daemon) => expect(frr('hello', daemon)['event.dataset']).toBe('net-daemons'),
  )
  test('a neighbour that is lost and one that is back', () => {
    const lost = frr('%ADJCHANGE: neighbor 192.0.2.1(r2) in vrf default Down BGP Notification send', 'BGP')
    expect([lost['event.action'], lost['event.outcome']]).toEqual(['route-changed', 'failure'])
    const back = frr('%ADJCHANGE: neighbor 192.0.2.1(r2) in vrf default Up', 'BGP')
    expect([back['event.action'], back['event.outcome']]).toEqual(['route-changed', 'success'])
    const ospf = frr('AdjChg: Nbr 10.0.0.2(default) on eth0:10.0.0.1: Full -> Deleted (KillNbr)', 'OSPF')
    expect([ospf['event.action'], ospf['event.reason']]).toEqual(['route-changed', 'Deleted'])
  })
  test('what was typed stands without an id too', () =>
    expect(eventOf('2026/11/24 11:00:00 STATIC: vty[3]@(config)# ip route 1.2.3.0/24 null0')['event.action']).toBe(
      'config-changed',
    ))
  test('syslog has the same lines under the name of the daemon', () =>
    expect(
      eventOf('<189>Nov 24 11:00:00 rtr07 staticd[812]: [M7Q4P-46WDR] vty[3]@(config)# ip route 1.2.3.0/24 null0')[
        'event.action'
      ],
    ).toBe('config-changed'))

  test.each([
    '2026/11/24 11:00:00 SALE: [ABCDE-12345] hello',
    '2026/11/24 11:00:00 STATIC: file served',
    '2026/11/24 11:00:00 BGP hello',
    '2026/11/24 11:00:00 STATIC: [worker-1] hello',
    '2026/11/24 11:00:00 STATIC: [m7q4p-46wdr] hello',
    '2026/11/24 11:00:00 STATIC: [M7Q4P-46WDRX] hello',
    '2026/11/24 11:00:00 PAY: vty[3]@(config)# ip route 1.2.3.0/24 null0',
    '2026/11/24 11:00:00 ERROR STATIC: [M7Q4P-46WDR] hello',
    '2026/11/24 11:00:00 MYBGP: [M7Q4P-46WDR] hello',
  ])('near miss: %s', (line) => expect(eventOf(line)['event.dataset']).not.toBe('net-daemons'))
  test('near miss: an application that passes such a command on', () => {
    const event = eventOf('2026/11/24 11:00:00 INFO audit: vty[3]@(config)# ip route 1.2.3.0/24 null0')
    expect(event['event.dataset']).not.toBe('net-daemons')
  })
  test('a long line costs no time', () => {
    const began = performance.now()
    const said = `vty[10]@(config${'-'.repeat(100_000)})# ${'vty[1]@(config'.repeat(20_000)}`
    netDaemons.detect(`2026/11/24 11:00:00 STATIC: [M7Q4P-46WDR] ${said}`, {} as never)
    netDaemons.parse(`2026/11/24 11:00:00 STATIC: [M7Q4P-46WDR] ${said}`, {} as never)
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
