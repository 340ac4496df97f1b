import { describe, expect, test } from 'vitest'
import { namesOf, sitesByName, sitesUnlisted } from '../../pipeline/parse/infer-sites.js'
import type { Role } from '../../schemas/vocabulary.js'

const placed = new Map([
  ['joh-pos1', { role: 'terminal' as const, site: 'JOHOR' }],
  ['pen-pos1', { role: 'terminal' as const, site: 'PENANG' }],
  ['pen-pos2', { role: 'terminal' as const, site: 'PENANG' }],
])
const siteOf = (host: string, also: readonly [string, string][] = []) =>
  sitesByName(
    new Map([[host, [host]]]),
    new Map([...placed, ...also.map(([h, site]) => [h, { role: 'terminal' as const, site }] as const)]),
  ).get(host)

test('a part of its name that the tills of one site have', () => expect(siteOf('sw-pen')).toBe('PENANG'))
test.each([
  ['jhr-rt', 'JOHOR'],
  ['rt-jhr', 'JOHOR'],
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
test('a number that only the terminals of one site bear', () => {
  const till = (terminal: string, site: string) => ({ role: 'terminal' as const, site, terminal })
  const tills = [till('L0338R01', 'SITE-A'), till('L0338R02', 'SITE-A'), till('L0355R01', 'SITE-B')]
  const known = new Map(tills.map((t, i) => [`pos-${i}`, t]))
  const sites = sitesByName(new Map(['lw0338-edge', 'lw0399-edge'].map((h) => [h, [h]])), known)
  expect([...sites]).toEqual([['lw0338-edge', 'SITE-A']])
})
describe('a host whose lines bear another name than its folder', () => {
  const log = (host: string, ...folders: string[]) => ({ host, folders: new Set(folders) })
  test('has both names', () =>
    expect([...namesOf([log('RUT240', 'rt-pen'), log('till1', 'till1')])]).toEqual([
      ['RUT240', ['RUT240', 'rt-pen']],
      ['till1', ['till1']],
    ]))
  test('not where the folder holds the logs of several, or several hold its logs', () =>
    expect([...namesOf([log('a', 'all'), log('b', 'all'), log('c', 'x'), log('c', 'y')]).values()].flat()).toEqual([
      'a',
      'b',
      'c',
    ]))
  test('the folder tells its site', () =>
    expect([...sitesByName(namesOf([log('RUT240', 'rt-pen')]), placed)]).toEqual([['RUT240', 'PENANG']]))
})

describe('sites that nobody has listed', () => {
  const TILLS = ['osl-kv1', 'osl-kv2', 'osl-bn1']
  const BOXES = ['fw-kv', 'fw-bn']
  const is = (role: Role): { readonly role: Role } => ({ role })
  const sitesOf = (tills: readonly string[], boxes: readonly string[], central: readonly string[] = ['gw-1']) =>
    Object.fromEntries(
      sitesUnlisted(
        new Map([...tills, ...boxes, ...central].map((h) => [h, [h]])),
        new Map([
          ...tills.map((h) => [h, is('terminal')] as const),
          ...central.map((h) => [h, is('gateway')] as const),
          ...boxes.slice(1).map((h) => [h, is('router')] as const),
        ]),
      ),
    )
  test('a part that some tills have in common with a box beside them', () =>
    expect(sitesOf(TILLS, BOXES)).toEqual({ 'osl-kv1': 'kv', 'osl-kv2': 'kv', 'osl-bn1': 'bn' }))
  test('a till without a box that is named as the others are: a site of its own', () =>
    expect(sitesOf([...TILLS, 'osl-tr1', 'osl-tr2'], BOXES)).toEqual({
      ...sitesOf(TILLS, BOXES),
      'osl-tr1': 'tr',
      'osl-tr2': 'tr',
    }))
  test.each(['tr-osl1', 'osl-kiosk-tr1', 'oslo'])('near miss: %s is named otherwise', (host) =>
    expect(sitesOf([...TILLS, host], BOXES)).toEqual(sitesOf(TILLS, BOXES)),
  )
  test('near miss: a part that all tills have', () =>
    expect(sitesOf(['osl-kv1', 'osl-bn1'], ['fw-osl', 'sw-osl'])).toEqual({}))
  test('near miss: a part that a gateway has', () =>
    expect(sitesOf([...TILLS, 'osl-tr1'], [...BOXES, 'fw-tr'], ['gw-tr'])).toEqual(sitesOf(TILLS, BOXES)))
  test('near miss: a single site', () => expect(sitesOf(TILLS, ['fw-kv'])).toEqual({}))
  test('near miss: no box at all', () => expect(sitesOf(TILLS, [])).toEqual({}))
  test.each<[string, string[], string[], string[]]>([
    [
      'the number of the shop, as it stands in the names',
      ['till-0412-1', 'till-0412-2', 'till-0398-1'],
      ['sw-0412', 'sw-0398'],
      ['0412', '0412', '0398'],
    ],
    [
      'the part of several tills before that of one',
      ['pos-ab-0412', 'pos-ab-0413', 'pos-cd-0500'],
      ['rt-ab-0412', 'rt-cd'],
      ['ab', 'ab', 'cd'],
    ],
    [
      'the part of fewest, which is no region',
      ['no-bgo-kv1', 'no-bgo-kv2', 'no-bgo-bn1', 'no-bgo-bn2', 'no-osl-x1'],
      ['fw-bgo-kv', 'fw-bgo-bn'],
      ['kv', 'kv', 'bn', 'bn'],
    ],
  ])('%s', (_, tills, boxes, sites) => expect(Object.values(sitesOf(tills, boxes))).toEqual(sites))
})
