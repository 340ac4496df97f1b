import { describe, expect, test } from 'vitest'
import type { OriginNotes, Trace } from '../../pipeline/parse/infer.js'
import { inferAddresses } from '../../pipeline/parse/infer-addresses.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'

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
