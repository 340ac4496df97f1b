import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../schemas/event.js'
import { factsAmong, type Line, line, sale, timeout } from './moments.js'

const NOWHERE = { 'whytimeout.role': 'unknown', 'whytimeout.gateway': undefined } as const
/** A change on a box of which nobody says whose it is. */
const changed = (at: number, message: string, more: Partial<LogEvent> = {}, host = 'box7') =>
  line(at, host, 'config-changed', { message, ...NOWHERE, ...more })
const atSite = (at: number, message: string) => line(at, 'r1', 'config-changed', { message })
const ok = (at: number, more: Partial<LogEvent> = {}) => sale(at, 't1', 200, more)
const change = (...lines: Line[]) => {
  const fact = factsAmong(lines)
  return [fact('change.box'), fact('change.box_role'), fact('change.box_brackets')]
}
const NOTHING = [undefined, undefined, undefined]

describe('a change on a box that stands nowhere in particular', () => {
  test('tells where the terminal was served until then, and never since', () => {
    expect(change(ok(-100), changed(-60, 'vlan 30 added'), timeout(0))).toEqual(['segment', 'unknown', true])
    expect(factsAmong([ok(-100), changed(-60, 'vlan 30 added'), timeout(0)])('change.box_age_secs')).toBe(55)
  })
  test('it has failed again and again since', () =>
    expect(change(ok(-100), changed(-60, 'vlan 30 added'), timeout(-40), timeout(-20), timeout(0))).toEqual([
      'segment',
      'unknown',
      true,
    ]))
  test.each<[string, readonly Line[]]>([
    ['it was served since', [ok(-100), changed(-60, 'vlan 30 added'), ok(-30)]],
    ['it had failed before', [ok(-200), timeout(-100), changed(-60, 'vlan 30 added')]],
    ['nothing is known of it from before', [changed(-60, 'vlan 30 added')]],
    ['what is known is too long before', [ok(-400), changed(-60, 'vlan 30 added')]],
    ['only another terminal was served before', [sale(-100, 't2', 200), changed(-60, 'vlan 30 added')]],
    ['it was served at another port only', [ok(-100, { 'destination.port': 8080 }), changed(-60, 'vlan 30 added')]],
    ['it was changed too long before', [ok(-1_300), changed(-1_250, 'vlan 30 added')]],
    ['it was changed when the attempt was under way', [ok(-100), changed(-2, 'vlan 30 added')]],
  ])('near miss: %s', (_, lines) => expect(change(...lines, timeout(0))).toEqual(NOTHING))
  test.each<[string, Partial<LogEvent>]>([
    ['of another site', { 'whytimeout.site_id': 'S2' }],
    ['of another terminal', { 'whytimeout.terminal_id': 'T9' }],
    ['a router of no site', { 'whytimeout.role': 'router' }],
    ['a name server', { 'whytimeout.role': 'dns' }],
    ['a server', { 'whytimeout.role': 'server' }],
    ['another gateway', { 'whytimeout.role': 'gateway', 'whytimeout.gateway': 'g2' }],
  ])('near miss: the box is %s', (_, more) =>
    expect(change(ok(-100), changed(-60, 'vlan 30 added', more), timeout(0))).toEqual(NOTHING),
  )
  test('the last that says what it governs, at the time of its commit', () => {
    const lines = [
      ok(-100),
      changed(-70, 'vlan 30 added'),
      changed(-60, 'route 10.9.0.0/16 removed'),
      changed(-50, 'commit'),
      timeout(0),
    ]
    expect(change(...lines)).toEqual(['route', 'unknown', true])
    expect(factsAmong(lines)('change.box_age_secs')).toBe(45)
  })
  test('tells nothing of a wait of the gateway', () => {
    const atGate = line(0, 'g1', 'response-timeout', {
      'event.outcome': 'failure',
      'event.duration': 5e9,
      'whytimeout.terminal_id': 'T1',
    })
    expect(change(ok(-100), changed(-60, 'vlan 30 added'), atGate)).toEqual(NOTHING)
  })
})

describe('a change on a box of the site goes before it', () => {
  test('whichever was last', () => {
    expect(change(ok(-100), atSite(-80, 'vlan 30 added'), changed(-60, 'route removed'), timeout(0))).toEqual([
      'segment',
      'router',
      true,
    ])
    expect(change(ok(-100), changed(-80, 'route removed'), atSite(-60, 'vlan 30 added'), timeout(0))).toEqual([
      'segment',
      'router',
      true,
    ])
  })
  test('even where it does not separate what worked from what failed', () =>
    expect(change(atSite(-200, 'vlan 30 added'), ok(-100), changed(-60, 'route removed'), timeout(0))).toEqual([
      'segment',
      'router',
      undefined,
    ]))
  test('and one of a box of the site that nobody knows is one', () =>
    expect(change(changed(-60, 'vlan 30 added', { 'whytimeout.site_id': 'S1' }), timeout(0))).toEqual([
      'segment',
      'unknown',
      undefined,
    ]))
})

test('where no site is known, neither is its: absent equals absent', () => {
  const nowhere = { 'whytimeout.site_id': undefined }
  expect(change(changed(-60, 'vlan 30 added'), timeout(0, nowhere))).toEqual(['segment', 'unknown', undefined])
})
