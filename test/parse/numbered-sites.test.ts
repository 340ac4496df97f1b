import { describe, expect, test } from 'vitest'
import { isBoxName } from '../../pipeline/parse/infer-owner.js'
import { sitesByName, sitesUnlisted } from '../../pipeline/parse/infer-sites.js'
import type { Role } from '../../schemas/vocabulary.js'

const named = (hosts: readonly string[]) => new Map(hosts.map((h) => [h, [h]]))

describe('shops that nobody has listed, by two digits of the names', () => {
  const sitesOf = (tills: readonly string[], boxes: readonly string[], central: readonly string[] = []) =>
    Object.fromEntries(
      sitesUnlisted(
        named([...tills, ...boxes, ...central]),
        new Map<string, { readonly role: Role }>([
          ...tills.map((h) => [h, { role: 'terminal' }] as const),
          ...central.map((h) => [h, { role: 'gateway' }] as const),
        ]),
      ),
    )
  const TILLS = ['c07a', 'c07b', 'c12a', 'c12b']
  const PLACED = { c07a: '07', c07b: '07', c12a: '12', c12b: '12' }
  test('c07a and c07b beside rtr07', () => expect(sitesOf(TILLS, ['rtr07', 'rtr12'])).toEqual(PLACED))
  test('and beside a server of the shop that nobody knows', () =>
    expect(sitesOf(TILLS, ['rtr07', 'rtr12', 'srv07'])).toEqual(PLACED))
  test('whatever else the gateway is called', () =>
    expect(sitesOf(TILLS, ['rtr07', 'rtr12'], ['gw1', 'acq'])).toEqual(PLACED))
  test('near miss: two digits of one till alone count tills', () =>
    expect(sitesOf(['pos07', 'pos12', 'pos13'], ['rtr07', 'rtr12'])).toEqual({}))
  test('near miss: only one shop', () => expect(sitesOf(['c07a', 'c07b'], ['rtr07'])).toEqual({}))
  test('near miss: no box of that number', () => expect(sitesOf(TILLS, ['rtr08', 'rtr13'])).toEqual({}))
  test('near miss: no box', () => expect(sitesOf(TILLS, [])).toEqual({}))
  test('near miss: a part of a longer number', () => expect(sitesOf(TILLS, ['rtr0712', 'rtr1207'])).toEqual({}))
  test('near miss: one digit', () => expect(sitesOf(['c7a', 'c7b', 'c8a', 'c8b'], ['rtr7', 'rtr8'])).toEqual({}))
  test('near miss: a number that a gateway has', () =>
    expect(sitesOf(TILLS, ['rtr07', 'rtr12'], ['gw07'])).not.toHaveProperty('c07a'))
})

describe('boxes of shops whose names are numbers', () => {
  const known = new Map(
    (['07', '12'] as const).flatMap((site) =>
      ['a', 'b'].map((till) => [`c${site}${till}`, { role: 'terminal' as const, site, terminal: `c${site}${till}` }]),
    ) as [string, { role: 'terminal'; site: string; terminal: string }][],
  )
  const siteOf = (host: string) => sitesByName(named([host, ...known.keys()]), known).get(host)
  test.each([
    ['rtr07', '07'],
    ['rtr12', '12'],
    ['srv07', '07'],
    ['sw-07', '07'],
    ['sw07-1', '07'],
    ['fw12.shop.example', '12'],
    ['07-rtr', '07'],
  ])('%s is of %s', (host, site) => expect(siteOf(host)).toBe(site))
  test.each(['rtr99', 'rtr7', 'rtr0712', 'rtr007', 'rtr07-12', 'gw', 'rtr1-2'])('near miss: %s', (host) =>
    expect(siteOf(host)).toBeUndefined(),
  )
  test('near miss: a single shop tells nothing', () => {
    const one = new Map([...known].filter(([, { site }]) => site === '07'))
    expect(sitesByName(named(['rtr07', ...one.keys()]), one).size).toBe(0)
  })
  test('near miss: what has a site keeps it', () => {
    const placed = new Map([...known, ['rtr07', { role: 'router' as const, site: '12' }]] as [
      string,
      { role: Role; site: string },
    ][])
    expect(sitesByName(named(['rtr07', ...known.keys()]), placed).has('rtr07')).toBe(false)
  })
})

describe('the name of what stands between tills and their line', () => {
  test.each([
    ...['rtr07', 'rtr-07', 'rtr_07', 'rt5', 'router', 'router.lan', 'core-router', '07-rtr', 'kv-rtr'],
    ...['fw', 'fw-1', 'FW01', 'firewall2', 'asa-fw01', 'cpe12', 'modem', 'sw-0412', 'SW3'],
    ...['mikrotik', 'MikroTik-07', 'edgerouter', 'EdgeRouter-X', 'fritzbox', 'fritz.box', 'rb750', 'RB4011'],
  ])('%s', (host) => expect(isBoxName(host)).toBe(true))
  test.each([
    ...['srv07', 'c07a', 'pos-1', 'till-0412', 'gw1', 'acq', 'db01', 'dns1', 'net07', ''],
    ...['swift', 'swap01', 'switchboard', 'fwd1', 'fwupd', 'rtp1', 'rtmp-01', 'dart', 'art', 'artr', 'start7', 'orb'],
    ...['modems2go', 'router12345', 'routers', 'mysw'],
    // Acquirers call the program that passes messages on so.
    ...['switch', 'switch1', 'payment-switch'],
  ])('near miss: "%s"', (host) => expect(isBoxName(host)).toBe(false))
})
