import { expect, test } from 'vitest'
import { formatFor, readOrigins } from '../../pipeline/run/inputs.js'

test('--format names a format for everything, or for the hosts and logs of a glob', async () => {
  expect(formatFor('haproxy')?.id).toBe('haproxy')
  const format = 'gw*=haproxy,export*.csv=table,gw2/app.log=json-log'
  expect(formatFor(format)).toBeUndefined()
  const entryFor = await readOrigins({ format }, [])
  expect(entryFor('gw1/any.log').format).toBe('haproxy')
  expect(entryFor('till3/export-1.csv').format).toBe('table')
  expect(entryFor('gw2/app.log').format).toBe('json-log')
  expect(entryFor('till3/app.log').format).toBeUndefined()
})

test('a format that there is none of is refused, with or without a glob', () => {
  expect(() => formatFor('hapoxy')).toThrow('hapoxy')
  expect(() => formatFor('gw*=hapoxy')).toThrow('hapoxy')
})
