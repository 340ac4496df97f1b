import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addresses, addressesApartFrom, isKept } from '../../pipeline/export/addresses.js'
import { keyed } from '../../pipeline/export/keyed.js'
import { numberOf } from '../../pipeline/parse/prefix.js'

const ask = keyed(Buffer.from('a key of tests'))
const made = addresses(ask)
const ip4 = fc.ipV4()
const BLOCK = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/
const common = (a: string, b: string): number => Math.clz32((numberOf(a) ^ numberOf(b)) >>> 0)

describe('IPv4', () => {
  test('private stays private, in its block; public stays public', () =>
    fc.assert(
      fc.property(ip4, (a) => {
        const b = made.ip4(a)
        expect(isIPv4(b)).toBe(true)
        expect(BLOCK.exec(b)?.[0].split('.')[0]).toBe(BLOCK.exec(a)?.[0].split('.')[0])
      }),
    ))
  test('what two have in common in front, down to the last number, they still have in common', () =>
    fc.assert(
      fc.property(ip4, ip4, (a, b) => {
        fc.pre(!isKept(a) && !isKept(b))
        expect(Math.min(24, common(made.ip4(a), made.ip4(b)))).toBe(Math.min(24, common(a, b)))
      }),
    ))
  test('no two become one, in a network of a thousand', () => {
    const all = Array.from({ length: 1024 }, (_, i) => `10.3.${i >> 8}.${i & 255}`)
    expect(new Set(all.map(made.ip4)).size).toBe(1024)
  })
  test('a network and its broadcast stay what they are; loopback, masks, multicast and public resolvers stay whole', () => {
    expect(made.ip4('192.168.7.0')).toMatch(/\.0$/)
    expect(made.ip4('192.168.7.255')).toMatch(/\.255$/)
    for (const ip of ['127.0.0.1', '0.0.0.0', '255.255.255.0', '224.0.0.251', '255.255.255.255', '8.8.8.8'])
      expect(made.ip4(ip)).toBe(ip)
  })
  test('another key, other addresses; the same key, the same', () => {
    expect(addresses(keyed(Buffer.from('another key'))).ip4('203.0.113.80')).not.toBe(made.ip4('203.0.113.80'))
    expect(addresses(ask).ip4('203.0.113.80')).toBe(made.ip4('203.0.113.80'))
  })
  test('none becomes another one of the input', () => {
    for (let n = 0; n < 40; n++) {
      const seen = new Set(Array.from({ length: 30 }, (_, i) => `192.168.${n + (i % 3)}.${i + 1}`))
      const apart = addressesApartFrom(keyed(Buffer.from(`key ${n}`)), seen)
      expect([...seen].filter((ip) => seen.has(apart.ip4(ip)))).toEqual([])
    }
  })
})

describe('IPv6', () => {
  test('stays one, of its kind, with zeros where they were', () => {
    expect(made.ip6('::1')).toBe('::1')
    expect(made.ip6('ff02::fb')).toBe('ff02::fb')
    expect(made.ip6('fe80::1ff:fe23:4567:890a')).toMatch(/^fe80::[1-9a-f]/)
    expect(made.ip6('fd12:3456:789a:1::1')).toMatch(/^fd[0-9a-f]{2}:[0-9a-f:]+::[0-9a-f]+$/)
    expect(made.ip6('2001:db8::1')).toMatch(/^2[0-9a-f]{3}:[0-9a-f]{1,4}::[0-9a-f]{1,4}$/)
    expect(made.ip6('::ffff:192.168.3.7')).toBe(`::ffff:${made.ip4('192.168.3.7')}`)
  })
  test('any one gives one, in every spelling the same', () =>
    fc.assert(
      fc.property(fc.ipV6(), (a) => {
        const b = made.ip6(a.toLowerCase())
        expect(isIPv6(b), `${a} ${b}`).toBe(true)
        const long = new URL(`http://[${a}]`).hostname.slice(1, -1)
        if (!a.includes('.'))
          expect(new URL(`http://[${made.ip6(long)}]`).hostname).toBe(new URL(`http://[${b}]`).hostname)
      }),
    ))
  test('one network stays one network', () => {
    const [a, b] = ['2001:db8:5:6::a', '2001:db8:5:6::b'].map((ip) => made.ip6(ip).split('::'))
    expect(a?.[0]).toBe(b?.[0])
    expect(a?.[1]).not.toBe(b?.[1])
  })
})

test('hardware addresses: one maker stays one, spellings agree, groups stay', () => {
  const a = made.mac('02:aa:12:00:00:21')
  expect(a.slice(0, 8)).toBe(made.mac('02:aa:12:00:00:22').slice(0, 8))
  expect(a).not.toBe(made.mac('02:aa:12:00:00:22'))
  expect(Number.parseInt(a.slice(0, 2), 16) & 3).toBe(2)
  expect(made.mac('02AA.1200.0021')).toBe(
    a
      .replaceAll(':', '')
      .replace(/(....)(?=.)/g, '$1.')
      .toUpperCase(),
  )
  for (const group of ['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:fb', '00:00:00:00:00:00'])
    expect(made.mac(group)).toBe(group)
})
