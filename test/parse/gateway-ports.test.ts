import { describe, expect, test } from 'vitest'
import { parseInventory } from '../../pipeline/parse/inventory.js'

const gatewaysOf = (...given: string[]) =>
  parseInventory(['terminal_id,gateway', ...given.map((g, i) => `T${i},${g}`)].join('\n'), 'inventory.csv')
const nameOf = (given: string) => gatewaysOf(given).byTerminal('T0', 0)?.gateway

describe("a gateway's name with the port that terminals dial", () => {
  test.each([
    ['198.18.40.10:7101', '198.18.40.10'],
    ['gw1.pay.example:443', 'gw1.pay.example'],
    ['pgw-1:7101', 'pgw-1'],
    ['pgw-1:1', 'pgw-1'],
    [' pgw-1:7101 ', 'pgw-1'],
    ['"pgw-1:7101"', 'pgw-1'],
  ])('%s', (given, name) => expect(nameOf(given)).toBe(name))
  test('of an address of the sixth version, the port alone goes', () => {
    expect(nameOf('[2001:db8::1]:443')).toMatch(/^\[?2001:db8::1\]?$/)
    expect(gatewaysOf('[2001:db8::1]:443', '[2001:db8::1]:8443').gateways.size).toBe(1)
  })
  test('terminals that dial several of its ports have the same gateway', () =>
    expect([...gatewaysOf('198.18.40.10:7101', '198.18.40.10:7102', '198.18.40.10').gateways]).toEqual([
      '198.18.40.10',
    ]))
  test.each([
    'pgw-1',
    'gw1.pay.example',
    '198.18.40.10',
    '2001:db8::1',
    '2001:db8:0:0:0:0:0:443',
    '::1',
    'fe80::1',
    '[2001:db8::1]',
    'gw:http',
    'gw:',
    'gw:123456',
    'gw:71a',
    'gw-7101',
    'east gw:7101',
    '02:aa:00:00:00:05',
  ])('near miss: %s stays', (given) => expect(nameOf(given)).toBe(given))
  test('none stays none', () => {
    expect(nameOf('')).toBe('')
    expect(gatewaysOf('', '').gateways.size).toBe(0)
  })
  test('a long name costs no time', () => {
    const began = performance.now()
    const long = `${'a:1'.repeat(50_000)}:`
    expect(nameOf(long)).toBe(long)
    expect(performance.now() - began).toBeLessThan(1_000)
  })
})
