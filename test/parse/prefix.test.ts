import { describe, expect, test } from 'vitest'
import { createNetworkIndex, holds, prefixOf } from '../../pipeline/parse/prefix.js'

describe('networks', () => {
  test.each([
    ['192.0.2.77', '24', '192.0.2.0/24'],
    ['172.22.8.11', '255.255.0.0', '172.22.0.0/16'],
    ['203.0.113.200', '255.255.255.128', '203.0.113.128/25'],
    ['224.0.0.1', '4', '224.0.0.0/4'],
  ])('%s with %s is in %s', (ip, mask, network) => expect(prefixOf(ip, mask)).toBe(network))
  test.each([
    ['192.0.2.77', '33'],
    ['192.0.2.77', '0'],
    ['192.0.2.77', '32'],
    ['192.0.2.77', '255.0.255.0'],
    ['2001:db8::1', '64'],
    ['a', '24'],
  ])('near miss: %s with %s names none', (ip, mask) => expect(prefixOf(ip, mask)).toBeUndefined())
  test.each([
    ['172.22.0.0/16', '172.22.40.10', true],
    ['172.22.8.0/24', '172.22.40.10', false],
    ['200.0.0.0/5', '207.255.255.255', true],
    ['200.0.0.0/5', '208.0.0.0', false],
    ['0.0.0.0/0', '192.0.2.1', false],
    ['192.0.2.1/32', '192.0.2.1', false],
    ['192.0.2.0', '192.0.2.1', false],
    ['999.0.2.0/24', '192.0.2.1', false],
    ['192.0.2.0/24', '::ffff:192.0.2.1', false],
  ])('%s holds %s: %s', (network, ip, is) => expect(holds(network, ip)).toBe(is))
})

describe('the site of a network', () => {
  const siteOf = createNetworkIndex([
    ['172.22.8.12', 'B'],
    ['172.22.8.11', 'B'],
    ['172.22.31.11', 'A'],
    ['10.0.0.1', 'C'],
    ['not an address', 'D'],
  ])
  test.each([
    ['172.22.8.0/24', 'B'],
    ['172.22.31.0/24', 'A'],
    ['172.22.8.12/30', 'B'],
    ['172.22.0.0/16', undefined],
    ['172.22.9.0/24', undefined],
    ['192.0.2.0/24', undefined],
    ['10.0.0.0/8', 'C'],
    ['0.0.0.0/0', undefined],
    ['nonsense', undefined],
  ])('%s: %s', (network, site) => expect(siteOf(network)).toBe(site))
})
