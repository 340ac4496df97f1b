import { describe, expect, test } from 'vitest'
import { isBound } from '../../pipeline/diagnose/bind.js'
import { open } from '../../pipeline/diagnose/episode.js'
import type { LogEvent } from '../../schemas/event.js'
import type { Bind } from '../../schemas/vocabulary.js'

const AT = Date.parse('2026-07-06T08:00:00Z')
const episode = (more: Partial<LogEvent> = {}) =>
  open(
    {
      at: AT,
      id: 'e1',
      origin: 't1/pay.log',
      event: {
        '@timestamp': new Date(AT).toISOString(),
        'event.action': 'connect-timeout',
        'event.duration': 4e9,
        'host.name': 't1',
        'whytimeout.role': 'terminal',
        'whytimeout.terminal_id': 'T1',
        'whytimeout.site_id': 'S1',
        'whytimeout.gateway': 'g1',
        ...more,
      } as LogEvent,
      signals: [],
    },
    undefined,
  )
const bound = (bind: Bind, event: Partial<LogEvent>, more: Partial<LogEvent> = {}) =>
  isBound(bind, { 'host.name': 'box', ...event } as LogEvent, episode(more), {
    ips: new Set(['192.0.2.119']),
    domains: new Set(),
    port: 9443,
  })
const NO_GATEWAY = { 'whytimeout.gateway': undefined }

describe('what stands at the gateway of an attempt', () => {
  test.each<[string, Partial<LogEvent>]>([
    ['the gateway', { 'whytimeout.role': 'gateway' }],
    ['the gateway, though it stands at a site', { 'whytimeout.role': 'gateway', 'whytimeout.site_id': 'S1' }],
    ['a name server of a site', { 'whytimeout.role': 'dns', 'whytimeout.site_id': 'S1' }],
    ['a server of a site', { 'whytimeout.role': 'server', 'whytimeout.site_id': 'S9' }],
    ['a terminal of a site', { 'whytimeout.role': 'terminal', 'whytimeout.site_id': 'S1' }],
    ['a router of no site', { 'whytimeout.role': 'router' }],
    ['a box that nobody knows, of no site', { 'whytimeout.role': 'unknown' }],
  ])('%s', (_, event) => {
    expect(bound('gateway', { ...event, 'whytimeout.gateway': 'g1' })).toBe(true)
    // Where the attempt's own line names none, it is the one at hand.
    expect(bound('gateway', { ...event, 'whytimeout.gateway': 'g1' }, NO_GATEWAY)).toBe(true)
    expect(bound('gateway', event, NO_GATEWAY)).toBe(true)
  })
  test.each<[string, Partial<LogEvent>]>([
    ['the router of its site', { 'whytimeout.role': 'router', 'whytimeout.site_id': 'S1' }],
    ['the router of another site', { 'whytimeout.role': 'router', 'whytimeout.site_id': 'S2' }],
    ['a box of its site that nobody knows', { 'whytimeout.role': 'unknown', 'whytimeout.site_id': 'S1' }],
  ])('near miss: %s, whichever gateway the site uses', (_, event) => {
    expect(bound('gateway', { ...event, 'whytimeout.gateway': 'g1' })).toBe(false)
    expect(bound('gateway', { ...event, 'whytimeout.gateway': 'g1' }, NO_GATEWAY)).toBe(false)
    expect(bound('gateway', event, NO_GATEWAY)).toBe(false)
  })
  test.each<[string, Partial<LogEvent>]>([
    ['another gateway', { 'whytimeout.role': 'gateway', 'whytimeout.gateway': 'g2' }],
    ['a box of no gateway', { 'whytimeout.role': 'unknown' }],
  ])('near miss: %s', (_, event) => expect(bound('gateway', event)).toBe(false))
})

test('the box of a site is bound by its site all the same', () => {
  for (const role of ['router', 'unknown'] as const) {
    expect(bound('site', { 'whytimeout.role': role, 'whytimeout.site_id': 'S1' })).toBe(true)
    expect(bound('site', { 'whytimeout.role': role, 'whytimeout.site_id': 'S2' })).toBe(false)
    expect(bound('site', { 'whytimeout.role': role })).toBe(false)
  }
})
