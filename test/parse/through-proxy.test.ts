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

test.each([
  ['starting, version=2.4 host=pay.example:443 proxy=http://10.4.0.9:3128 timeout=5s', '10.4.0.9', undefined, 3128],
  [
    'terminal 0042 ready, https://pay.example/sale, proxy http://u:p@10.4.0.9:8080, connect timeout 3 s',
    '10.4.0.9',
    undefined,
    8080,
  ],
  ['agent starting, version 3.1, HTTPS_PROXY=http://cache.shop.example:3128', undefined, 'cache.shop.example', 3128],
  ['JVM started, version 17, -Dhttps.proxyHost=10.4.0.9 -Dhttps.proxyPort=8080', '10.4.0.9', undefined, 8080],
  ['Using proxy server 10.4.0.9:3128', '10.4.0.9', undefined, 3128],
  ['终端程序启动 版本=3.9 前置=pay.example:443 代理服务器=10.4.0.9:3128', '10.4.0.9', undefined, 3128],
])('words of any program: %s', (text, ip, domain, port) => {
  const event = eventOf(`2026-11-24 10:00:00,123 INFO  till - ${text}`)
  expect([event['destination.ip'], event['destination.domain'], event['destination.port']]).toEqual([ip, domain, port])
  expect(event['whytimeout.via_proxy']).toBe(true)
})

test.each([
  'starting, version=2.4 host=pay.example:443 no_proxy=10.4.0.9:3128',
  'reverse proxy started, version 2, listening on 0.0.0.0:443',
  'starting, version=2.4 host=pay.example:443 proxy=none',
])('no proxy of its own: %s', (text) => {
  expect(eventOf(`2026-11-24 10:00:00,123 INFO  till - ${text}`)['whytimeout.via_proxy']).toBeUndefined()
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
