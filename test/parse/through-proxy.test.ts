import { expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const lineWith = (more: object) =>
  JSON.stringify({
    time: '2026-11-24T10:00:00.123Z',
    level: 30,
    msg: 'client up',
    url: 'https://pay.example:8443/auth',
    ...more,
  })

test.each([
  ['http://10.4.0.9:3128', '10.4.0.9', undefined, 3128],
  ['http://till:word@cache.shop.example:8080/', undefined, 'cache.shop.example', 8080],
])('a client that says it goes through %s dials that', (proxy, ip, domain, port) => {
  const event = eventOf(lineWith({ proxy }))
  expect([event['destination.ip'], event['destination.domain'], event['destination.port']]).toEqual([ip, domain, port])
})

test.each(['', 'none', 'false', 'backend-3'])('a proxy that is no address (%j) changes nothing', (proxy) => {
  const event = eventOf(lineWith({ proxy }))
  expect([event['destination.domain'], event['destination.port']]).toEqual(['pay.example', 8443])
})

test('keepalived writes its own log with the time of ctime(3)', () => {
  const event = eventOf('Tue Nov 24 10:00:07 2026: (OFFICE) Entering MASTER STATE')
  expect([event['event.action'], event['event.reason'], event['event.dataset']]).toEqual([
    'failover',
    'MASTER',
    'net-daemons',
  ])
  expect(eventOf('Tue Nov 24 10:00:03 2026: (OFFICE) Entering BACKUP STATE (init)')['event.action']).toBe(
    'program-started',
  )
  expect(event['@timestamp']).toBe('2026-11-24T10:00:07.000Z')
})
