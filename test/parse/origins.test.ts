import { expect, test } from 'vitest'
import { formatOrigins, globTest, parseOrigins } from '../../pipeline/parse/origins.js'

test('an exact key wins over a glob, a longer glob over a shorter one, key by key', () => {
  const origins = parseOrigins(
    '"*":\n  zone: UTC\n  role: unknown\n"rt-*":\n  zone: Asia/Shanghai\nrt-a/dns.log:\n  role: router\n',
    'origins.yml',
  )
  expect(origins.entryFor('rt-a/dns.log')).toEqual({ zone: 'Asia/Shanghai', role: 'router' })
  expect(origins.entryFor('x/y')).toEqual({ zone: 'UTC', role: 'unknown' })
})

test.each([
  ['a/b:\n  zne: UTC\n', 'origins.yml:2', 'did you mean "zone"?'],
  ['a/b:\n  zone: Asia/Shangai\n', 'origins.yml:1', 'no time zone'],
  ['a/b:\n  role: till\n', 'origins.yml:2', 'role'],
  ['a/b: 7\n', 'origins.yml:1', 'must be a map'],
  ['- a\n', 'origins.yml:1', 'must be a map of origins'],
])('%j is refused with its line', (text, place, message) => {
  expect(() => parseOrigins(text, 'origins.yml')).toThrowError(
    expect.objectContaining({ place, message: expect.stringContaining(message) }),
  )
})

test('what is written reads back', () => {
  const entries = new Map([
    ['b/x.log', { zone: '+08:00', skew_ms: 1500, addresses: ['192.0.2.1'] }],
    ['a/y.log', { role: 'router' as const }],
  ])
  expect([...parseOrigins(formatOrigins(entries), 'o').entries]).toEqual([...entries].sort())
})

test('globs', () => {
  expect(globTest('rt-*/dns?.log')('rt-a/dns1.log')).toBe(true)
  expect(globTest('rt-*/dns?.log')('rt-a/dns.log')).toBe(false)
  expect(globTest('*a*b*')('xxaxxbxx')).toBe(true)
  expect(globTest('*a*b')('b')).toBe(false)
})
