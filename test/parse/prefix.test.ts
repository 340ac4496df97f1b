import { describe, expect, test } from 'vitest'
import { holds, prefixOf } from '../../pipeline/parse/prefix.js'

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
