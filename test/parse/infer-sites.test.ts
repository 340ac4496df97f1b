import { expect, test } from 'vitest'
import { sitesByName } from '../../pipeline/parse/infer-sites.js'

const placed = new Map([
  ['joh-pos1', { role: 'terminal' as const, site: 'JOHOR' }],
  ['pen-pos1', { role: 'terminal' as const, site: 'PENANG' }],
  ['pen-pos2', { role: 'terminal' as const, site: 'PENANG' }],
])
const siteOf = (host: string, also: readonly [string, string][] = []) =>
  sitesByName(
    [host],
    new Map([...placed, ...also.map(([h, site]) => [h, { role: 'terminal' as const, site }] as const)]),
  ).get(host)

test('a part of its name that the tills of one site have', () => expect(siteOf('sw-pen')).toBe('PENANG'))
test.each([
  ['jhr-rt', 'JOHOR'],
  ['png-rt', 'PENANG'],
])('%s is short for %s', (host, site) => expect(siteOf(host)).toBe(site))
test('it ends as the site does', () => expect(siteOf('sw-yard', [['t1', 'BOATYARD']])).toBe('BOATYARD'))
test('near miss: two sites end so', () =>
  expect(
    siteOf('sw-yard', [
      ['t1', 'BOATYARD'],
      ['t2', 'RAILYARD'],
    ]),
  ).toBeUndefined())
test.each(['jh-rt', 'rhj-rt', 'mon1', 'ohr-rt'])('near miss: %s is short for none', (host) =>
  expect(siteOf(host)).toBeUndefined(),
)
test('near miss: it may stand for two', () => expect(siteOf('jhr-rt', [['x1', 'JOHORUP']])).toBeUndefined())
