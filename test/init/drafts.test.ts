import { describe, expect, test } from 'vitest'
import { inventoryDraft, originsDraft } from '../../pipeline/init/drafts.js'
import { draftRows } from '../../pipeline/init/rows.js'
import { createSurvey } from '../../pipeline/init/survey.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'
import { parseOrigins } from '../../pipeline/parse/origins.js'
import type { LogEvent } from '../../schemas/event.js'
import type { OriginEntry } from '../../schemas/origin.js'

type Line = readonly [origin: string, fields: Partial<LogEvent>]
const surveyOf = (lines: readonly Line[]) => {
  const survey = createSurvey()
  for (const [origin, fields] of lines) {
    survey.record(origin, 'application')
    survey.event({
      origin,
      format: 'application',
      wall: { hour: 1, minute: 2, second: 3, ms: 0 },
      event: fields as LogEvent,
    })
  }
  return survey.finish()
}
const entries = (given: Record<string, OriginEntry>) => new Map(Object.entries(given))
const rowsOf = (lines: readonly Line[], given: Record<string, OriginEntry>) =>
  draftRows(surveyOf(lines), new Map(), entries(given))
const said = (id: string, ip: string) => ({ 'whytimeout.terminal_id': id, 'source.ip': ip })

describe('which address is whose', () => {
  const gateway = { 'gw/a.log': { role: 'gateway' } } as const
  test('a gateway sees routers where terminals share addresses', () => {
    const lines: Line[] = [
      ['gw/a.log', said('T1', '198.51.100.7')],
      ['gw/a.log', said('T2', '198.51.100.7')],
      ['gw/a.log', said('T3', '198.51.100.8')],
    ]
    const rows = rowsOf(lines, gateway)
    expect(rows.map((r) => [r.ip, r.site, r.wan_ip, r.gateway])).toEqual([
      [undefined, '198.51.100.7', '198.51.100.7', 'gw'],
      [undefined, '198.51.100.7', '198.51.100.7', 'gw'],
      [undefined, '198.51.100.8', '198.51.100.8', 'gw'],
    ])
  })
  test('and terminals where each has its own', () => {
    const lines = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((ip, i): Line => ['gw/a.log', said(`T${i}`, ip)])
    expect(rowsOf(lines, gateway).map((r) => [r.ip, r.wan_ip])).toEqual([
      ['10.0.0.1', undefined],
      ['10.0.0.2', undefined],
      ['10.0.0.3', undefined],
    ])
  })
  test('a server sees the gateway', () =>
    expect(rowsOf([['core/q2.log', said('T1', '10.20.0.10')]], { 'core/q2.log': { role: 'server' } })[0]?.ip).toBe(
      undefined,
    ))
  test("a terminal's own log says its address; its router gives hardware address and site", () => {
    const lines: Line[] = [
      ['till/pos.log', said('T1', '192.168.1.9')],
      ['rt/dhcp.log', { 'whytimeout.address': '192.168.1.9', 'source.mac': '02:aa:00:00:00:09' }],
    ]
    const rows = rowsOf(lines, { 'till/pos.log': { role: 'terminal' }, 'rt/dhcp.log': { role: 'router' } })
    expect(rows[0]).toMatchObject({ ip: '192.168.1.9', mac: '02:aa:00:00:00:09', site: 'rt' })
  })
})

describe('drafts are files that the program reads', () => {
  const hostile: Line[] = [
    ['till\n\u202eevil/x".log', said('T1', '192.168.1.9')],
    ['till/pos.log', said('=cmd|calc', '192.168.1.8')],
    ['till/pos.log', said('453201******0366', '192.168.1.8')],
    ['till/pos.log', { 'whytimeout.terminal_id': 'T2', 'whytimeout.merchant_id': 'a,"b' }],
  ]
  const survey = surveyOf(hostile)
  test('an inventory, with nothing in it that is no id', () => {
    const { text } = inventoryDraft(survey, draftRows(survey, new Map(), new Map()), 'en')
    expect(parseInventory(text, 'x').rows.map((r) => r.terminal_id)).toEqual(['T1', 'T2'])
    expect(text).not.toMatch(/cmd|\*\*|"b/)
  })
  test('origins, whatever a host is called', () => {
    const given = entries({ 'till\n\u202eevil/x".log': { zone: '+08:00', role: 'terminal' } })
    const why = { what: 'zone', value: '+08:00', why: 'another log of the same host has a zone' }
    const assumed = [...given.keys()].map((origin) => ({ origin, ...why }))
    const { text } = originsDraft(survey, { entries: given, assumed, isGiven: () => false }, 'en')
    expect([...parseOrigins(text, 'x').entries]).toEqual([
      ['till\n\u202eevil/x".log', { zone: '+08:00', role: 'terminal' }],
      ['till/pos.log', {}],
    ])
    expect(text.split('\n').filter((l) => l.startsWith('# DECIDE'))).toHaveLength(2)
  })
  test('an end of an archive and a doubtful role are not taken over', () => {
    const given = entries({ 'till/pos.log': { until: '2026-01-01T00:00:00Z', role: 'provider' } })
    const { text, decide } = originsDraft(survey, { entries: given, assumed: [], isGiven: () => false }, 'zh')
    expect(text).not.toMatch(/until|provider:|role: provider/)
    expect(decide.map((d) => d.zh).join()).toContain('角色')
  })
})
