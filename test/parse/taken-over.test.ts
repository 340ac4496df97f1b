import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const said = (level: string, message: string) =>
  eventOf(Buffer.from(`2026-11-24 10:00:00.123 ${level} [main] pos.Profile - ${message}`, 'utf8').toString('latin1'))

describe('settings that are taken over say where a till dials from then on', () => {
  test.each([
    ['profile shop-west applied, endpoint https://gw2.pay.example:8443/iso', 'gw2.pay.example', 8443],
    ['Profile night loaded: tcp://192.0.2.70:7311', '192.0.2.70', 7311],
    ['Profil übernommen: gw2.pay.example:8443', 'gw2.pay.example', 8443],
    ['profil noční načten https://gw2.pay.example:8443/iso', 'gw2.pay.example', 8443],
    ['switching to endpoint https://gw2.pay.example:8443', 'gw2.pay.example', 8443],
    ['using backup profile https://gw2.pay.example', 'gw2.pay.example', 443],
    ['已加载参数 192.0.2.70:7311', '192.0.2.70', 7311],
  ])('%s', (message, host, port) => {
    const event = said('INFO', message)
    expect(event['event.action']).toBe('config-changed')
    expect(event['destination.domain'] ?? event['destination.ip']).toBe(host)
    expect(event['destination.port']).toBe(port)
  })
})

test.each([
  ['profile shop-west applied, but https://gw2.pay.example:8443/iso failed', 'request-failed'],
  ['loading profile https://gw2.pay.example:8443/iso: Read timed out', 'response-timeout'],
  ['could not load profile from https://gw2.pay.example:8443/iso', 'other'],
  ['https://gw2.pay.example:8443/iso failed', 'request-failed'],
])('a line that fails takes nothing over: %s', (message, action) =>
  expect(said('ERROR', message)['event.action']).toBe(action),
)

test.each([
  'sale stan=000912 with applied profile https://gw2.pay.example:8443/iso',
  'POST https://gw2.pay.example:8443/iso with loaded profile',
  'user profile loaded from https://gw2.pay.example:8443/me in 12 ms',
  'profile applied from 10.0.0.5:40122->192.0.2.70:8443',
  'profile shop-west applied',
])('nor does a sale, a call, what took its time, somebody else or a line without an endpoint: %s', (message) =>
  expect(said('INFO', message)['event.action']).not.toBe('config-changed'),
)
