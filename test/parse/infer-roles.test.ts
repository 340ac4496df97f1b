import { describe, expect, test } from 'vitest'
import { notesFor, type OriginNotes, withAddressed, withoutOwnName } from '../../pipeline/parse/infer-notes.js'
import { ownerNotes } from '../../pipeline/parse/infer-owner.js'
import { inferRoles } from '../../pipeline/parse/infer-roles.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'

const HEAD = 'terminal_id,ip,mac,site,isp,model,merchant,gateway'
const inventory = (...rows: string[]) => parseInventory([HEAD, ...rows].join('\n'), 'inventory.csv')
const TWO_SHOPS = inventory(
  'T1401,10.1.0.11,,S14,,,,gw1',
  'T1402,10.1.0.12,,S14,,,,gw1',
  'K1409,10.1.0.41,,S14,,,,gw1',
  'T2201,10.2.0.11,,S22,,,,gw1',
)
/** An application's log, and the terminals it names. */
const log = (origin: string, ...terminals: string[]): OriginNotes => ({
  ...notesFor(origin),
  formats: new Set(['application']),
  terminals: new Set(terminals),
})
const GATEWAY = log('gw1/haproxy.log')
const rolesOf = (inv: ReturnType<typeof inventory> | undefined, ...logs: OriginNotes[]) =>
  Object.fromEntries([...inferRoles(logs, inv)].map(([host, { by: _, ...rest }]) => [host, rest]))

describe('programs that name several terminals', () => {
  test('a log for each: tills of one computer', () =>
    expect(rolesOf(TWO_SHOPS, log('till-14/lane1.log', 'T1401'), log('till-14/lane2.log', 'T1402'))).toEqual({
      'till-14': { role: 'terminal', site: 'S14' },
    }))
  test('of one shop only, where there are others: a concentrator', () =>
    expect(rolesOf(TWO_SHOPS, log('pay-a/concentrator.log', 'T1401', 'T1402'))).toEqual({
      'pay-a': { role: 'terminal', site: 'S14' },
    }))
  test('of many shops: a server', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, log('core/app.log', 'T1401', 'T2201')).core).toEqual({ role: 'server' }))
  test('of the only shop there is: nothing tells, as before a server', () =>
    expect(
      rolesOf(inventory('T1,,,S1,,,,gw1', 'T2,,,S1,,,,gw1'), GATEWAY, log('core/app.log', 'T1', 'T2')).core,
    ).toEqual({ role: 'server' }))
  test('without an inventory: whoever heard them waits for others, a gateway', () =>
    expect(rolesOf(undefined, log('core/app.log', 'T1', 'T2'))).toEqual({ core: { role: 'gateway' } }))
})

describe('a program that never says which terminal it is', () => {
  const other = log('till-1401/eft.log', 'T1401')
  test('the number in the name of its host, as with others', () =>
    expect(rolesOf(TWO_SHOPS, other, log('kiosk-1409/kiosk.log'))).toMatchObject({
      'kiosk-1409': { role: 'terminal', terminal: 'K1409', site: 'S14', address: '10.1.0.41' },
    }))
  test('not where no other host is named so', () =>
    expect(rolesOf(TWO_SHOPS, log('pos-a/eft.log', 'T1401'), log('kiosk-1409/kiosk.log'))).not.toHaveProperty(
      'kiosk-1409',
    ))
  test('not another host’s terminal, nor one of two that fit', () => {
    const twice = inventory('T1401,,,S14,,,,', 'K1409,,,S14,,,,', 'T1409,,,S14,,,,')
    expect(rolesOf(twice, other, log('kiosk-1409/kiosk.log'), log('copy-1401/x.log'))).toEqual({
      'till-1401': expect.anything(),
    })
  })
  test('the last terminal for the last host that is named as the others are', () => {
    const three = inventory('A77,,,S1,,,,', 'B88,,,S1,,,,', 'C99,10.1.0.3,,S2,,,,')
    const known = [log('pos-k1/a.log', 'A77'), log('pos-k3/a.log', 'B88')]
    expect(rolesOf(three, ...known, log('pos-k2/a.log'))).toMatchObject({
      'pos-k2': { role: 'terminal', terminal: 'C99', site: 'S2' },
    })
    expect(rolesOf(three, ...known, log('reports/a.log'))).not.toHaveProperty('reports')
    expect(rolesOf(three, ...known, log('pos-k2/a.log'), log('pos-k4/a.log'))).not.toHaveProperty('pos-k2')
  })
  test('not a network box', () => {
    const box = { ...log('rt-1409/messages'), formats: new Set(['kernel']) }
    expect(rolesOf(TWO_SHOPS, other, box)).not.toHaveProperty('rt-1409')
  })
})

describe('a box that only one till asks', () => {
  const box = {
    ...log('rt-14/logread.txt', 'T1401'),
    formats: new Set(['application', 'dnsmasq']),
    neighbours: new Set(['T1401']),
  }
  test('names are asked of it over the network: the router of its site', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, box)['rt-14']).toEqual({ role: 'router', site: 'S14' }))
  test('it hands out addresses', () => {
    const server = { ...log('rt-14/messages', 'T1401'), owner: { ...ownerNotes(), handsOut: true } }
    expect(rolesOf(TWO_SHOPS, GATEWAY, server)['rt-14']).not.toMatchObject({ role: 'terminal' })
  })
  test('near miss: a till with a name server of its own', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, { ...box, neighbours: new Set() })['rt-14']).toMatchObject({
      role: 'terminal',
      terminal: 'T1401',
    }))
})

describe('machines by more than one name', () => {
  test('a journal under another name in the folder of a machine is of that machine', () => {
    const proxy = { ...log('wk-2/ingress.log'), formats: new Set(['nginx']), folders: new Set(['wk-2']) }
    const journal = { ...log('ip-10-40-9-57/journal.log'), formats: new Set(['kernel']), folders: new Set(['wk-2']) }
    const roles = rolesOf(TWO_SHOPS, proxy, journal)
    expect(roles['ip-10-40-9-57']).toEqual(roles['wk-2'])
    const another = { ...log('ip-10-40-9-58/journal.log'), formats: new Set(['kernel']), folders: new Set(['wk-2']) }
    expect(rolesOf(TWO_SHOPS, proxy, journal, another)['ip-10-40-9-57']).toBeUndefined()
  })
  test("the inventory's gateway by its own folder", () =>
    expect(rolesOf(TWO_SHOPS, { ...log('ip-10-0-0-9/app.log'), folders: new Set(['gw1']) })['ip-10-0-0-9']).toEqual({
      role: 'gateway',
    }))
  test('behind a proxy whoever hears many shops serves', () => {
    const proxy = { ...log('lb1/haproxy.log'), formats: new Set(['haproxy']) }
    expect(rolesOf(undefined, proxy, log('front/app.log', 'T1401', 'T2201')).front).toEqual({ role: 'server' })
  })
})

describe('who resolves names', () => {
  const resolver = (host: string, ...asking: string[]): OriginNotes => ({
    ...log(`${host}/query.log`),
    formats: new Set(['bind']),
    neighbours: new Set(['T1401']),
    owner: { ...ownerNotes(), asking: new Set(asking) },
  })
  test('for many networks: a name server of all, though one shop asks it directly', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, resolver('ns1', '10.1.0', '10.2.0', '10.3.0', '10.60.8'))['ns1']).toEqual({
      role: 'dns',
    }))
  test('for its own shop: its router', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, resolver('box', '10.1.0'))['box']).toEqual({ role: 'router', site: 'S14' }))
  test('for itself: tills with a name server of their own', () => {
    const unbound = { ...log('fc-14/unbound.log'), formats: new Set(['unbound']) }
    expect(rolesOf(TWO_SHOPS, GATEWAY, log('fc-14/app.log', 'T1401', 'T1402'), unbound)['fc-14']).toEqual({
      role: 'terminal',
      site: 'S14',
    })
  })
})

describe("a shop's concentrator", () => {
  const till = log('till-1401/eft.log', 'T1401')
  test('whose tills have logs of their own is called by them', () =>
    expect(rolesOf(TWO_SHOPS, till, log('conc-14/conc.log', 'T1401', 'T1402'))['conc-14']).toEqual({ role: 'gateway' }))
  test('and so is the same program at a shop whose tills have none', () => {
    const more = inventory('T1401,,,S14,,,,', 'T1402,,,S14,,,,', 'T2201,,,S22,,,,', 'T2202,,,S22,,,,')
    const roles = rolesOf(
      more,
      till,
      log('conc-14/conc.log', 'T1401', 'T1402'),
      log('conc-22/conc.log', 'T2201', 'T2202'),
    )
    expect(roles['conc-22']).toEqual({ role: 'gateway' })
    const other = rolesOf(
      more,
      till,
      log('conc-14/conc.log', 'T1401', 'T1402'),
      log('pc-22/lanes.log', 'T2201', 'T2202'),
    )
    expect(other['pc-22']).toEqual({ role: 'terminal', site: 'S22' })
  })
})

describe('Apache', () => {
  const apache = (accepts: boolean) => ({ ...log('web1/error.log'), formats: new Set(['apache']), accepts })
  test('that waited for another passes on: a gateway', () =>
    expect(rolesOf(undefined, apache(true))).toEqual({ web1: { role: 'gateway' } }))
  test('near miss: that only serves is none', () => expect(rolesOf(undefined, apache(false))).toEqual({}))
  test('who hears many shops behind the one serves, behind the other is called itself', () => {
    const core = log('core/app.log', 'T1401', 'T2201')
    expect(rolesOf(undefined, apache(true), core)['core']).toEqual({ role: 'server' })
    expect(rolesOf(undefined, apache(false), core)['core']).toEqual({ role: 'gateway' })
  })
  test('what another log of its host waits for tells nothing of it', () => {
    const job = { ...log('web1/job.log'), accepts: true }
    expect(rolesOf(undefined, apache(false), job)).toEqual({})
  })
})

describe('who runs arpwatch', () => {
  const watch = (...neighbours: string[]) => ({
    ...log('rt-14/arpwatch.log'),
    formats: new Set(['arpwatch']),
    neighbours: new Set(neighbours),
  })
  test('is the router of its site, though it sees one terminal only', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, watch('T1401'))['rt-14']).toEqual({ role: 'router', site: 'S14' }))
  test('though a program beside it logs in words of its own', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, watch('T1401'), log('rt-14/messages'))['rt-14']).toEqual({
      role: 'router',
      site: 'S14',
    }))
  test('is a router without a site where it sees those of two', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, watch('T1401', 'T2201'))['rt-14']).toEqual({ role: 'router' }))
  test('near miss: a till that names itself and runs it too', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, watch('T1401'), log('rt-14/eft.log', 'T1401'))['rt-14']).toMatchObject({
      role: 'terminal',
      terminal: 'T1401',
    }))
})

describe('a program that calls its host by the word for its terminal', () => {
  const named = (...terminals: string[]) => withoutOwnName(log('till-03/pay.log', ...terminals))
  test('is of the other terminal alone', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, named('till-03', 'T1401'))['till-03']).toMatchObject({
      role: 'terminal',
      terminal: 'T1401',
    }))
  test('near miss: the only one that it names is its own', () =>
    expect([...named('till-03').terminals]).toEqual(['till-03']))
})

describe('terminals that only their addresses tell', () => {
  const seen = (...terminals: string[]) =>
    withAddressed({ ...log('box-14/sessions.log'), addressed: new Set(terminals), forwards: true }, TWO_SHOPS)
  test('several of one shop live beside the box', () =>
    expect([...seen('T1401', 'T1402').neighbours]).toEqual(['T1401', 'T1402']))
  test('it forwards their packets: it is their router', () =>
    expect(rolesOf(TWO_SHOPS, GATEWAY, seen('T1401', 'T1402'))['box-14']).toEqual({
      role: 'router',
      site: 'S14',
    }))
  test('who forwards nothing is called by them', () => {
    const proxy = { ...log('proxy-14/proxy.log'), addressed: new Set(['T1401', 'T1402']) }
    expect([...withAddressed(proxy, TWO_SHOPS).terminals]).toEqual(['T1401', 'T1402'])
  })
  test('those of several shops call it, and one alone may be its own', () => {
    expect([...seen('T1401', 'T2201').terminals]).toEqual(['T1401', 'T2201'])
    expect([...seen('T1401').terminals]).toEqual(['T1401'])
  })
})
