import { expect, test } from 'vitest'
import { WhytimeoutError } from '../../pipeline/errors.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'

const HEAD = 'terminal_id,ip,mac,site,isp,model,merchant,gateway'
const read = (...rows: string[]) => parseInventory([HEAD, ...rows].join('\r\n'), 'inventory.csv')
const errorOf = (f: () => unknown): WhytimeoutError => {
  try {
    f()
  } catch (error) {
    if (error instanceof WhytimeoutError) return error
  }
  throw new Error('no error')
}

test('looks terminals up by id, address, hardware address, site', () => {
  const inventory = read('T1,10.0.0.5,02-AA-00-00-00-05,S1,I1,P1,"M,1",gw', 'T2,10.0.0.6,,S1,I1,,,gw')
  expect(inventory.byTerminal('T1', 0)?.merchant).toBe('M,1')
  expect(inventory.byIp('10.0.0.6', 0)?.terminal_id).toBe('T2')
  expect(inventory.byMac('02:aa:00:00:00:05', 0)?.terminal_id).toBe('T1')
  expect(inventory.bySite('S1', 0).map((r) => r.terminal_id)).toEqual(['T1', 'T2'])
  expect([...inventory.gateways]).toEqual(['gw'])
})

test('a row holds for events in its time, so last year finds last year’s site', () => {
  const text = `${HEAD},valid_from,valid_to\nT1,10.0.0.5,,OLD,,,,gw,,2026-01-01T00:00:00Z\nT1,10.0.0.9,,NEW,,,,gw,2026-01-01T00:00:00Z,`
  const inventory = parseInventory(text, 'i.csv')
  expect(inventory.byTerminal('T1', Date.parse('2025-12-31T23:59:59Z'))?.site).toBe('OLD')
  expect(inventory.byTerminal('T1', Date.parse('2026-01-01T00:00:00Z'))?.site).toBe('NEW')
})

test.each([
  ['', 'inventory.csv:1', 'empty'],
  ['terminal,ip\nT1,10.0.0.5', 'inventory.csv:1', 'terminal_id'],
  [`${HEAD}\n,10.0.0.5,,,,,,`, 'inventory.csv:2', 'terminal_id is empty'],
  [`${HEAD}\n\nT1,ten,,,,,,`, 'inventory.csv:3', '"ten" is no address'],
  [`${HEAD}\nT1,10.0.0.5,zz,,,,,`, 'inventory.csv:2', 'no hardware address'],
  [`${HEAD}\nT1,10.0.0.5,,,,,,\nT1,10.0.0.6,,,,,,`, 'inventory.csv:3', 'already'],
  [`${HEAD}\nT1,"10.0.0.5,,,,,,`, 'inventory.csv:2', 'never closed'],
  [`${HEAD}\nT1,10.0.0.5,,,,,,,more`, 'inventory.csv:2', '9 cells under 8'],
])('a broken table is refused with its row: %s', (text, place, message) => {
  const error = errorOf(() => parseInventory(text, 'inventory.csv'))
  expect([error.code, error.place]).toEqual(['INVENTORY_BAD_ROW', place])
  expect(error.message).toContain(message)
})

test('the site of a network: the one whose terminals share three bytes of it, else two', () => {
  const { siteOfNetwork } = parseInventory(
    'terminal_id,ip,site\nT1,10.51.2.21,CD\nT2,10.51.2.22,CD\nT3,10.42.1.5,WH\nT4,10.42.2.5,SZ\n',
    'inventory.csv',
  )
  expect(['10.51.2.1', '10.51.0.1', '10.42.1.1', '10.42.9.1', '192.0.2.1'].map(siteOfNetwork)).toEqual([
    ...['CD', 'CD', 'WH', undefined, undefined],
  ])
})
