import { describe, expect, test } from 'vitest'
import { enrich, gatewaysByName } from '../../pipeline/parse/enrich.js'
import { inferGateways } from '../../pipeline/parse/infer-gateways.js'
import { notesFor } from '../../pipeline/parse/infer-notes.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'
import type { LogEvent } from '../../schemas/event.js'
import type { Role } from '../../schemas/vocabulary.js'

const HEAD = 'terminal_id,ip,mac,site,isp,model,merchant,gateway,wan_ip'
const TWO_NAMES = parseInventory(
  [
    HEAD,
    'A100,10.1.0.1,,A,,,,pay.acme.test,198.51.100.1',
    'A101,10.1.0.2,,A,,,,pay.acme.test,198.51.100.1',
    'B100,10.2.0.1,,B,,,,zhifu.acme.test,',
    'C100,10.3.0.1,,C,,,,core.other.test,',
  ].join('\n'),
  'inventory.csv',
)
const gateway = (origin: string, ...terminals: string[]) => ({
  ...notesFor(origin),
  terminals: new Set(terminals),
})
const roles = new Map<string, { role: Role }>([
  ['edge1', { role: 'gateway' }],
  ['edge2', { role: 'gateway' }],
  ['pay', { role: 'gateway' }],
  ['core7', { role: 'server' }],
])
const nobody = () => undefined

describe('which gateways of the inventory a machine is', () => {
  test('those whose terminals it names', () => {
    const list = [gateway('edge1/lb.log', 'A100', 'A101', 'B100'), gateway('edge2/lb.log', 'C100')]
    const found = inferGateways(list, [], roles, TWO_NAMES, nobody)
    expect([...found]).toEqual([
      ['edge1', ['pay.acme.test', 'zhifu.acme.test']],
      ['edge2', ['core.other.test']],
    ])
  })
  test('those whose sites call it, by the addresses of the inventory or found', () => {
    const call = (sourceIp: string) => ({ at: 5, start: 0, origin: 'edge1/lb.log', host: 'edge1', sourceIp })
    const found = inferGateways(
      [],
      [call('198.51.100.1'), call('198.51.100.2'), call('10.3.0.1'), call('192.0.2.9')],
      roles,
      TWO_NAMES,
      (ip) => (ip === '198.51.100.2' ? 'B' : undefined),
    )
    expect(found.get('edge1')).toEqual(['core.other.test', 'pay.acme.test', 'zhifu.acme.test'])
  })
  test('not one that it serves few terminals of: those that turn to it when theirs does not answer', () => {
    const list = [gateway('edge1/lb.log', 'A100', 'A101'), gateway('edge2/lb.log', 'C100', 'B100')]
    const stray = gateway('edge2/old.log', ...[])
    const many = parseInventory(
      [HEAD, ...[1, 2, 3, 4, 5].map((n) => `A10${n},,,A,,,,pay.acme.test,`), 'C100,,,C,,,,core.other.test,'].join('\n'),
      'inventory.csv',
    )
    expect(inferGateways([...list, stray], [], roles, TWO_NAMES, nobody).get('edge1')).toEqual(['pay.acme.test'])
    const calls = [gateway('edge1/lb.log', 'A101', 'A102', 'A103', 'A104'), gateway('edge2/lb.log', 'C100', 'A105')]
    expect(inferGateways(calls, [], roles, many, nobody).get('edge2')).toEqual(['core.other.test'])
  })
  test('none where it has the name itself, is no gateway, or one name is all there is', () => {
    const one = parseInventory(`${HEAD}\nA100,,,A,,,,pay.acme.test,`, 'inventory.csv')
    expect(inferGateways([gateway('edge1/lb.log', 'A100')], [], roles, one, nobody).size).toBe(0)
    const named = parseInventory(`${HEAD}\nA100,,,A,,,,pay,\nB100,,,B,,,,other,`, 'inventory.csv')
    expect(inferGateways([gateway('pay/lb.log', 'B100')], [], roles, named, nobody).size).toBe(0)
    expect(inferGateways([gateway('core7/app.log', 'A100')], [], roles, TWO_NAMES, nobody).size).toBe(0)
  })
})

describe('a gateway with several names', () => {
  const entry = { role: 'gateway' as const, gateways: ['pay.acme.test', 'zhifu.acme.test'] }
  const enrichment = {
    inventory: TWO_NAMES,
    siteOfAddress: new Map<string, string>(),
    gatewayOfName: gatewaysByName([entry]),
  }
  const gatewayOf = (event: Partial<LogEvent>, of: Parameters<typeof enrich>[2]) =>
    enrich(event as LogEvent, 0, of, enrichment)['whytimeout.gateway']

  test('is one for what it logs and for all of its terminals', () => {
    expect(gatewayOf({ 'host.name': 'edge1' }, entry)).toBe('pay.acme.test')
    expect(gatewayOf({ 'whytimeout.terminal_id': 'A100' }, { role: 'terminal' })).toBe('pay.acme.test')
    expect(gatewayOf({ 'whytimeout.terminal_id': 'B100' }, { role: 'terminal' })).toBe('pay.acme.test')
    expect(gatewayOf({ 'whytimeout.terminal_id': 'C100' }, { role: 'terminal' })).toBe('core.other.test')
  })
  test('shares what gateways beside it share with it, in whatever order they are listed', () => {
    const chain = [{ gateways: ['b', 'c'] }, { gateways: ['d'] }, { gateways: ['a', 'b'] }]
    for (const list of [chain, [...chain].reverse()])
      expect(Object.fromEntries(gatewaysByName(list))).toEqual({ a: 'a', b: 'a', c: 'a', d: 'd' })
  })
})

describe('a route that is set', () => {
  const site = (network: string) =>
    enrich(
      { 'host.name': 'edge1', 'whytimeout.network': network } as LogEvent,
      0,
      { role: 'gateway' },
      {
        inventory: TWO_NAMES,
        siteOfAddress: new Map([
          ['203.0.113.20', 'B'],
          ['203.0.113.40', 'C'],
        ]),
      },
    )['whytimeout.site_id']
  test('concerns the one site whose public address it leads to', () => {
    expect(site('203.0.113.16/28')).toBe('B')
    expect(site('203.0.113.0/24')).toBeUndefined()
    expect(site('10.1.0.0/24')).toBe('A')
  })
})
