import { describe, expect, test } from 'vitest'
import { sitesByName, sitesUnlisted } from '../../pipeline/parse/infer-sites.js'
import type { Role } from '../../schemas/vocabulary.js'

const till = (site: string) => ({ role: 'terminal' as Role, site })
/** The site of a box beside tills of these sites; each till's name with its own. */
const siteOf = (box: string, tills: Readonly<Record<string, string>>) =>
  sitesByName(
    new Map([...Object.keys(tills), box].map((h) => [h, [h]])),
    new Map(Object.entries(tills).map(([host, site]) => [host, till(site)])),
  ).get(box)

const TILLS = { 'brn-1': 'Bern', 'brn-2': 'Bern', 'linz-1': 'Linz', 'ront-1': 'Ront', 'rankfurt-1': 'Rankfurt' }

describe('a box whose name begins with what it is', () => {
  test.each([
    ['rbrn', 'Bern'],
    ['rtbrn', 'Bern'],
    ['rtrbrn', 'Bern'],
    ['fwlinz', 'Linz'],
    ['swlinz', 'Linz'],
    ['aplinz', 'Linz'],
    ['boxlinz', 'Linz'],
    ['netlinz', 'Linz'],
    ['natbrn', 'Bern'],
    ['FWLINZ', 'Linz'],
    ['fwlinz1', 'Linz'],
    ['fwlinz.shops.example', 'Linz'],
    ['at-fwlinz', 'Linz'],
    ['rront', 'Ront'],
  ])('%s stands at %s', (box, site) => expect(siteOf(box, TILLS)).toBe(site))
  test.each([
    ['router', 'what is behind the letter is no part of a name'],
    ['front', 'its first letter is no kind'],
    ['frankfurt', 'its first letter is no kind'],
    ['xbrn', 'no kind'],
    ['gwlinz', 'a gateway is none of a site'],
    ['rbr', 'too short'],
    ['fwlinzer', 'more than the part'],
    ['fwlin', 'less than the part'],
    ['linzfw', 'the kind stands behind'],
    ['fw', 'a kind alone'],
    ['fwrlinz', 'two kinds'],
    ['fw1linz', 'a number between'],
  ])('near miss: %s: %s', (box) => expect(siteOf(box, TILLS)).toBeUndefined())
  test('near miss: a part that tills of two sites have', () =>
    expect(siteOf('fwlinz', { ...TILLS, 'linz-9': 'Harbour' })).toBeUndefined())
  test('near miss: two letters behind it, though they are a part', () =>
    expect(siteOf('fwbr', { ...TILLS, 'br-1': 'Bregenz' })).toBeUndefined())
  test('near miss: one site alone', () => expect(siteOf('rbrn', { 'brn-1': 'Bern' })).toBeUndefined())
  test('its whole name goes with what is behind the kind: two sites fit, and none is taken', () =>
    expect(siteOf('rbrn', { ...TILLS, 'rbrn-1': 'Rotterdam' })).toBeUndefined())
  test('a kind that a sign sets apart is as before', () => expect(siteOf('fw-linz', TILLS)).toBe('Linz'))
})

describe('a site without a box, by the shape of its names', () => {
  const is = (role: Role): { readonly role: Role } => ({ role })
  const sitesOf = (tills: readonly string[], boxes: readonly string[], central: readonly string[] = ['gw-9']) =>
    Object.fromEntries(
      sitesUnlisted(
        new Map([...tills, ...boxes, ...central].map((h) => [h, [h]])),
        new Map([
          ...tills.map((h) => [h, is('terminal')] as const),
          ...central.map((h) => [h, is('gateway')] as const),
        ]),
      ),
    )
  const KNOWN = ['pay-ams1', 'pay-ams2', 'pay-rtm1']
  const BOXES = ['sw-ams', 'sw-rtm']
  const other = (...hosts: string[]) => {
    const found = sitesOf([...KNOWN, ...hosts], BOXES)
    return hosts.map((h) => found[h])
  }
  test('the part in the place where others have theirs', () => {
    expect(other('pay-utr1')).toEqual(['utr'])
    expect(other('pay-utr1', 'pay-utr2', 'pay-ehv1')).toEqual(['utr', 'utr', 'ehv'])
  })
  test('however many digits the number behind it has', () => expect(other('pay-utr112', 'pay-utr3')[1]).toBe('utr'))
  test('in capitals', () => expect(other('PAY-UTR1')).toEqual(['utr']))
  test('a number in the place of a number', () =>
    expect(sitesOf(['pos-0412-1', 'pos-0398-1', 'pos-0555-2'], ['sw-0412', 'sw-0398'])['pos-0555-2']).toBe('0555'))
  test.each([
    ['another part before it', 'web-utr1'],
    ['nothing before it', 'utr1'],
    ['no number', 'pay-utr'],
    ['more behind it', 'pay-utr1-b'],
    ['a part more', 'pay-nl-utr1'],
    ['another sign', 'pay_utr1'],
    ['the number before it', 'pay-1utr'],
  ])('near miss: %s: %s', (_, host) => expect(other(host)).toEqual([undefined]))
  test('near miss: a part that a gateway has in its name', () =>
    expect(sitesOf([...KNOWN, 'pay-utr1'], BOXES, ['gw-utr'])).toEqual(sitesOf(KNOWN, BOXES)))
  test('near miss: where no box places the others', () => expect(sitesOf([...KNOWN, 'pay-utr1'], [])).toEqual({}))
  test('those that a box places are as before', () =>
    expect(sitesOf([...KNOWN, 'pay-utr1'], BOXES)).toEqual({ ...sitesOf(KNOWN, BOXES), 'pay-utr1': 'utr' }))
})
