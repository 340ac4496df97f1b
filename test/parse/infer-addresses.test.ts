import { describe, expect, test } from 'vitest'
import type { PortTrace, Trace } from '../../pipeline/parse/infer.js'
import { inferAddresses } from '../../pipeline/parse/infer-addresses.js'
import type { OriginNotes } from '../../pipeline/parse/infer-notes.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'
import type { Role } from '../../schemas/vocabulary.js'

const INVENTORY = parseInventory(
  'terminal_id,ip,mac,site,isp,model,merchant,gateway\nT1,10.1.0.5,,NORTH,,,,gw\nT2,10.1.0.6,,NORTH,,,,gw\nT3,10.2.0.5,,SOUTH,,,,gw\n',
  'inventory.csv',
)
const ROLES = new Map([
  ['gw', { role: 'gateway' as const }],
  ['t1', { role: 'terminal' as const, site: 'NORTH' }],
  ['t2', { role: 'terminal' as const, site: 'NORTH' }],
  ['t3', { role: 'terminal' as const, site: 'SOUTH' }],
])
const NOTES = ['t1', 't2', 't3'].map(
  (host) => ({ origin: `${host}/app.log`, host, terminals: new Set([host.toUpperCase()]) }) as unknown as OriginNotes,
)
const at = (secs: number): number => Date.parse('2026-05-04T06:00:00Z') + secs * 1000
const attempt = (host: string, site: string, secs: number): Trace => ({
  at: at(secs),
  start: at(secs - 0.3),
  origin: `${host}/app.log`,
  host,
  terminal: host.toUpperCase(),
  site,
})
/** A line of an access log: the whole second in which the session ended. */
const session = (sourceIp: string, secs: number): Trace => ({
  at: at(Math.floor(secs)),
  start: at(Math.floor(secs)),
  origin: 'gw/access.log',
  host: 'gw',
  sourceIp,
})
const north = Array.from({ length: 24 }, (_, i) => 3 + i * 5.37)
const north2 = Array.from({ length: 24 }, (_, i) => 4.6 + i * 5.11)
const south = Array.from({ length: 20 }, (_, i) => 2.2 + i * 6.43)
const TRACES = [
  ...north.map((t) => attempt('t1', 'NORTH', t)),
  ...north2.map((t) => attempt('t2', 'NORTH', t)),
  ...south.map((t) => attempt('t3', 'SOUTH', t)),
]
const infer = (sessions: readonly Trace[]) =>
  Object.fromEntries(
    inferAddresses(NOTES, { requests: [...TRACES, ...sessions], ports: [] }, ROLES, INVENTORY).map(([o, a]) => [o, a]),
  )

describe('public addresses of sites, from a log that states whole seconds and no length', () => {
  const sessions = [
    ...[...north, ...north2].map((t) => session('203.0.113.1', t - 0.05)),
    ...south.map((t) => session('203.0.113.2', t - 0.05)),
  ]
  test('sessions and attempts end together, one for one', () =>
    expect(infer(sessions)).toEqual({
      't1/app.log': ['10.1.0.5', '203.0.113.1'],
      't3/app.log': ['10.2.0.5', '203.0.113.2'],
    }))
  test('in any order', () => expect(infer([...sessions].reverse())).toEqual(infer(sessions)))
  test('an address that calls at its own times is nobody here', () =>
    expect(infer(Array.from({ length: 9 }, (_, i) => session('203.0.113.7', 1 + i * 14)))).toEqual({}))
})

describe('sessions whose begin and end are known', () => {
  const near = Array.from({ length: 20 }, (_, i) => 3 + i * 0.8)
  const far = Array.from({ length: 20 }, (_, i) => 3.31 + i * 0.83)
  /** A till that names no terminal in its lines: its host is known. */
  const unnamed = (host: string, secs: number, ms: number): Trace => ({
    at: at(secs + ms / 1000),
    start: at(secs),
    origin: `${host}/app.log`,
    host,
  })
  const traces = [
    ...near.map((t, i) => unnamed('t1', t, 200 + (i % 5) * 90)),
    ...far.map((t, i) => unnamed('t3', t, 240 + (i % 4) * 110)),
    ...near.map((t, i) => ({ ...unnamed('gw', t + 0.02, 160 + (i % 5) * 90), sourceIp: '198.51.100.1' })),
    ...far.map((t, i) => ({ ...unnamed('gw', t + 0.02, 200 + (i % 4) * 110), sourceIp: '198.51.100.2' })),
  ]
  test('lie within the attempts of their site, on a busy network too', () =>
    expect(
      Object.fromEntries(
        inferAddresses(NOTES, { requests: traces, ports: [] }, ROLES, INVENTORY).map(([o, a]) => [o, a]),
      ),
    ).toEqual({
      't1/app.log': ['10.1.0.5', '198.51.100.1'],
      't3/app.log': ['10.2.0.5', '198.51.100.2'],
    }))
})

describe("what a site's connections come from, by their ports", () => {
  const ROUTERS = { 'rt-n': 'NORTH', 'rt-s': 'SOUTH' }
  const notes = Object.keys(ROUTERS).map(
    (host) => ({ origin: `${host}/log`, host, terminals: new Set() }) as unknown as OriginNotes,
  )
  const roles = new Map<string, { role: Role; site?: string }>(ROLES)
  for (const [host, site] of Object.entries(ROUTERS)) roles.set(host, { role: 'router', site })
  const packet = (i: number, host: string, sourceIp: string, more: Partial<PortTrace> = {}): PortTrace => ({
    ...{ at: at(i * 7), origin: `${host}/log`, host, ports: `${41_000 + i * 3}>7443`, sourceIp },
    ...more,
  })
  const four = [1, 2, 3, 4]
  const byPorts = (...ports: (readonly PortTrace[])[]) =>
    Object.fromEntries(
      inferAddresses([...NOTES, ...notes], { requests: [], ports: ports.flat() }, roles, INVENTORY).map(([o, a]) => [
        o,
        a,
      ]),
    )
  const inside = (host = 'rt-n', ip = '10.1.0.5', first = 0) => four.map((i) => packet(first + i, host, ip))
  const outside = (ip: string, late: number, first = 0) =>
    four.map((i) => packet(first + i, 'edge', ip, { at: at((first + i) * 7 + late) }))
  const stated = (host: string, ip: string, translatedIp: string) =>
    four.map((i) => packet(i, host, ip, { translatedIp }))
  test('the router itself says what it makes of them', () =>
    expect(byPorts(stated('rt-n', '10.1.0.5', '203.0.113.40'))).toEqual({ 'rt-n/log': ['203.0.113.40'] }))
  test('another box sees the same pairs at the same times', () =>
    expect(byPorts(inside(), outside('203.0.113.41', 0.3))).toEqual({ 'rt-n/log': ['203.0.113.41'] }))
  test('each site its own', () =>
    expect(
      byPorts(
        ...[inside(), outside('203.0.113.41', 0.3)],
        ...[inside('rt-s', '10.2.0.5', 20), outside('203.0.113.42', 0.3, 20)],
      ),
    ).toEqual({ 'rt-n/log': ['203.0.113.41'], 'rt-s/log': ['203.0.113.42'] }))
  test('near miss: three of them', () =>
    expect(byPorts(stated('rt-n', '10.1.0.5', '203.0.113.40').slice(1))).toEqual({}))
  test('near miss: seconds later', () => expect(byPorts(inside(), outside('203.0.113.41', 3))).toEqual({}))
  test('near miss: other pairs come from there too', () =>
    expect(byPorts(inside(), outside('203.0.113.41', 0.3), outside('203.0.113.41', 0.3, 40))).toEqual({}))
  test('near miss: of an address of another site', () =>
    expect(byPorts(stated('rt-n', '10.2.0.5', '203.0.113.40'))).toEqual({}))
  test('near miss: of a terminal, which translates nothing', () =>
    expect(byPorts(stated('t1', '10.1.0.5', '203.0.113.40'))).toEqual({}))
  test('an address that two sites share is nobody’s', () =>
    expect(byPorts(stated('rt-n', '10.1.0.5', '203.0.113.40'), stated('rt-s', '10.2.0.5', '203.0.113.40'))).toEqual({}))
})
