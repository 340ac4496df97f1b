import { describe, expect, test } from 'vitest'
import { isBound } from '../../pipeline/diagnose/bind.js'
import { open } from '../../pipeline/diagnose/episode.js'
import type { LogEvent } from '../../schemas/event.js'

const AT = Date.parse('2026-07-06T08:00:00Z')
/** Whether what a host says is of the gateway of an attempt that dialled these names. */
const bound = (
  host: string | undefined,
  domains: readonly string[],
  more: Partial<LogEvent> = {},
  gateway?: string,
): boolean => {
  const episode = open(
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
        ...(gateway !== undefined && { 'whytimeout.gateway': gateway }),
      } as LogEvent,
      signals: [],
    },
    undefined,
  )
  const event = {
    'whytimeout.role': 'gateway',
    ...(host !== undefined && { 'host.name': host }),
    ...more,
  } as LogEvent
  return isBound('gateway', event, episode, {
    ips: new Set(['192.0.2.119']),
    domains: new Set(domains),
    port: 9443,
  })
}

describe('one of several gateways was dialled, and no inventory says which', () => {
  test.each<[string, readonly string[]]>([
    ['gw1', ['gw1.pay.example']],
    ['gw1.pay.example', ['gw1.pay.example']],
    ['gw1.dc.internal', ['gw1.pay.example']],
    ['gw1', ['gw1']],
    ['edge-01', ['edge-01.pay.example']],
    // Either may have been meant.
    ['gw2', ['gw1.pay.example', 'gw2.pay.example']],
  ])('%s is the one, of %s', (host, domains) => expect(bound(host, domains)).toBe(true))
  test.each<[string, readonly string[]]>([
    ['gw2', ['gw1.pay.example']],
    ['gw2.pay.example', ['gw1.pay.example']],
    ['gw10', ['gw1.pay.example']],
    ['gw1', ['gw10.pay.example']],
    ['gw2', ['gw1']],
    ['pay-gw-02', ['pay-gw-01.shop.example']],
    ['az1-gw2', ['az1-gw1.pay.example']],
    ['az2-gw1', ['az1-gw1.pay.example']],
    ['gw3', ['gw1.pay.example', 'gw2.pay.example']],
  ])('near miss: %s is a twin, of %s', (host, domains) => expect(bound(host, domains)).toBe(false))
  test.each<[string, readonly string[]]>([
    ['core7', ['gw1.pay.example']],
    ['acq2', ['gw1.pay.example']],
    ['gw', ['gw1.pay.example']],
    ['gw-b', ['gw-a.pay.example']],
    ['gw1', ['pay.example']],
    ['gw1', ['1.pay.example']],
    ['gw2', ['gw1.pay.example', 'pay.example']],
    ['gw2', []],
    ['198.18.40.11', ['gw1.pay.example']],
  ])('%s is of another kind, or nobody knows: of %s', (host, domains) => expect(bound(host, domains)).toBe(true))
  test('a line that names no host is at hand', () => expect(bound(undefined, ['gw1.pay.example'])).toBe(true))
  test('whatever the role of the twin', () => {
    for (const role of ['gateway', 'server', 'unknown', 'router'] as const)
      expect(bound('gw2', ['gw1.pay.example'], { 'whytimeout.role': role })).toBe(false)
  })
  test('near miss: a box of a site, by whatever name', () =>
    expect(bound('gw1', ['gw1.pay.example'], { 'whytimeout.role': 'router', 'whytimeout.site_id': 'S1' })).toBe(false))
})

describe('where the inventory says which, that counts alone', () => {
  test('its own, by another name', () =>
    expect(bound('gw2', ['gw1.pay.example'], { 'whytimeout.gateway': 'east' }, 'east')).toBe(true))
  test('near miss: another, though its name was dialled', () =>
    expect(bound('gw1', ['gw1.pay.example'], { 'whytimeout.gateway': 'west' }, 'east')).toBe(false))
})
