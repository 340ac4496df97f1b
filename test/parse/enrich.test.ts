import { describe, expect, test } from 'vitest'
import { enrich, terminalsByAddress } from '../../pipeline/parse/enrich.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'
import type { LogEvent } from '../../schemas/event.js'

const HEAD = 'terminal_id,ip,mac,site,isp,model,merchant,gateway'
const inventory = (...rows: string[]) => parseInventory([HEAD, ...rows].join('\n'), 'inventory.csv')
const TWO = inventory('RJ010001,10.1.0.1,,RJ,,,,gwapi', 'RJ010002,10.1.0.2,,RJ,,,,gwapi')
const enriched = (message: string, more: Partial<LogEvent> = {}, entry: Parameters<typeof enrich>[2] = {}, inv = TWO) =>
  enrich({ 'event.action': 'response-timeout', message, ...more } as LogEvent, 0, entry, {
    inventory: inv,
    siteOfAddress: new Map(),
  })

describe('whose attempt an application speaks of', () => {
  test('the one terminal of the inventory that is in the line, under whatever name', () => {
    expect(enriched('wait ran out lane=RJ010002 stan=000017')).toMatchObject({
      'whytimeout.terminal_id': 'RJ010002',
      'whytimeout.site_id': 'RJ',
    })
  })
  test('in the number of an order, at either end of it', () => {
    const till = inventory('F58-3,10.1.0.1,,RJ,,,,gw1')
    expect(enriched('payment ref=F58-3-000244 failed', {}, {}, till)['whytimeout.terminal_id']).toBe('F58-3')
    expect(enriched('payment ref=000244_F58-3 failed', {}, {}, till)['whytimeout.terminal_id']).toBe('F58-3')
    expect(enriched('payment ref=F58-300-244 failed', {}, {}, till)['whytimeout.terminal_id']).toBeUndefined()
  })
  test('with signs in it, whole: what a reader cut off, or took too much of', () => {
    const till = inventory('POZ2/03,10.1.0.1,,RJ,,,,gw1', 'T100,10.1.0.2,,RJ,,,,gw1')
    const said = (message: string, id: string) =>
      enriched(message, { 'whytimeout.terminal_id': id }, {}, till)['whytimeout.terminal_id']
    expect(said('sale failed tid=POZ2/03 stan=7', 'POZ2')).toBe('POZ2/03')
    expect(said('sale failed tid=T100/5 stan=7', 'T100/5')).toBe('T100')
    expect(said('sale failed tid=XY12/03 stan=7', 'XY12')).toBe('XY12')
    expect(enriched('venda falhou em POZ2/03', {}, {}, till)['whytimeout.terminal_id']).toBe('POZ2/03')
  })
  test('in a line that says nothing else, if it is of a sale', () => {
    const other = { 'event.action': 'other' as const }
    expect(enriched('Authorizing 709383 on RJ010001', other)['whytimeout.terminal_id']).toBe('RJ010001')
    expect(enriched('battery of RJ010001 at 80 %', other)['whytimeout.terminal_id']).toBeUndefined()
  })
  test('not one of two, nor a number that may be anything', () => {
    expect(enriched('RJ010001 and RJ010002 wait')['whytimeout.terminal_id']).toBeUndefined()
    const numbered = inventory('1200,10.1.0.1,,RJ,,,,gw1')
    expect(enriched('gave up after 1200 ms', {}, {}, numbered)['whytimeout.terminal_id']).toBeUndefined()
  })
  test('of several tills that share a log, none in particular; of one its own', () => {
    const shared = { role: 'terminal' as const, site: 'RJ', addresses: ['10.1.0.1', '10.1.0.2'] }
    expect(enriched('wait ran out', {}, shared)['whytimeout.terminal_id']).toBeUndefined()
    expect(enriched('wait ran out', {}, { ...shared, addresses: ['10.1.0.2'] })['whytimeout.terminal_id']).toBe(
      'RJ010002',
    )
  })
})

describe('a host that takes no part in sales', () => {
  test('waits for nobody’s answer', () => {
    const backup = { 'host.name': 'backup-1' }
    expect(enriched('Read timed out', backup, { bystander: true })['event.action']).toBe('request-failed')
    expect(enriched('Read timed out', backup)['event.action']).toBe('response-timeout')
  })
  test('nor is a wait for a camera or a clock one for a sale', () => {
    const till = { 'host.name': 'till-1' }
    const action = (text: string) => enriched(text, till, { role: 'terminal' })['event.action']
    expect(action('cam7: rtsp read timeout, reconnecting')).toBe('request-failed')
    expect(action('SntpClient: request time failed: java.net.SocketTimeoutException: Poll timed out')).toBe(
      'request-failed',
    )
    expect(action('sale 4711: Read timed out')).toBe('response-timeout')
  })
})

describe('the gateway of a line', () => {
  const at = { role: 'gateway' as const }
  test('a machine that the inventory does not name belongs to the one service that it names', () =>
    expect(enriched('x', { 'host.name': 'tomgw1' }, at)['whytimeout.gateway']).toBe('gwapi'))
  test('one that it names, or one of several services, is itself', () => {
    expect(enriched('x', { 'host.name': 'gwapi' }, at)['whytimeout.gateway']).toBe('gwapi')
    const several = inventory('T1,,,A,,,,gw1', 'T2,,,B,,,,gw2')
    expect(enriched('x', { 'host.name': 'tomgw1' }, at, several)['whytimeout.gateway']).toBe('tomgw1')
  })
})

describe('where no inventory lists the terminals', () => {
  const till = (terminal: string | undefined, ...addresses: string[]) => ({
    terminal,
    site: `S-${terminal}`,
    addresses,
  })
  const known = terminalsByAddress([till('P1', '10.7.0.11', '10.7.0.12'), till('P2', '10.7.0.21', '10.7.0.12')])
  test('an address is that of whose log it is', () =>
    expect([...known]).toEqual([
      ['10.7.0.11', { terminal: 'P1', site: 'S-P1' }],
      ['10.7.0.21', { terminal: 'P2', site: 'S-P2' }],
    ]))
  test('one that two terminals have is nobody’s, whoever has it besides', () =>
    expect([...terminalsByAddress([till('P1', '10.7.0.9'), till('P2', '10.7.0.9'), till('P1', '10.7.0.9')])]).toEqual(
      [],
    ))
  test('several logs of one terminal, and one of nobody', () =>
    expect([
      ...terminalsByAddress([till('P1', '10.7.0.9'), till('P1', '10.7.0.9'), till(undefined, '10.7.0.9')]),
    ]).toEqual([['10.7.0.9', { terminal: 'P1', site: 'S-P1' }]]))
  const seen = (more: Partial<LogEvent>, inv?: typeof TWO) =>
    enrich(
      { 'event.action': 'session-unanswered', ...more } as LogEvent,
      0,
      { role: 'router' },
      {
        inventory: inv,
        siteOfAddress: new Map(),
        terminalOfAddress: known,
      },
    )
  test('a line with such an address is about that terminal', () => {
    expect(seen({ 'source.ip': '10.7.0.11', 'destination.ip': '192.0.2.10' })).toMatchObject({
      'whytimeout.terminal_id': 'P1',
      'whytimeout.site_id': 'S-P1',
    })
    expect(seen({ 'source.ip': '192.0.2.10', 'destination.ip': '10.7.0.21' })['whytimeout.terminal_id']).toBe('P2')
  })
  test('near miss: of an address that two have, or whose terminal the line names', () => {
    expect(seen({ 'source.ip': '10.7.0.12' })['whytimeout.terminal_id']).toBeUndefined()
    expect(seen({ 'source.ip': '10.7.0.11', 'whytimeout.terminal_id': 'P9' })['whytimeout.terminal_id']).toBe('P9')
  })
  test('near miss: an inventory does list them', () =>
    expect(seen({ 'source.ip': '10.7.0.11' }, TWO)['whytimeout.terminal_id']).toBeUndefined())
})

describe("a terminal's id in the name of the logger", () => {
  const inv = inventory('TR-A,10.1.0.1,,TR,,,,gw1', 'TR-B,10.1.0.2,,TR,,,,gw1')
  const idOf = (logger: string, message = 'wait ran out') =>
    enriched(message, { 'log.logger': logger }, {}, inv)['whytimeout.terminal_id']
  test('one part of it', () => expect(idOf('posagent.TR-B')).toBe('TR-B'))
  test('alone', () => expect(idOf('TR-A')).toBe('TR-A'))
  test('and in the line', () => expect(idOf('posagent.TR-B', 'TR-B: wait ran out')).toBe('TR-B'))
  test('near miss: nobody is called so', () => expect(idOf('posagent.TR-C')).toBeUndefined())
  test('near miss: in a longer word', () => expect(idOf('posagent.TR-B2')).toBeUndefined())
  test('near miss: the line names another', () => expect(idOf('posagent.TR-B', 'TR-A: wait ran out')).toBeUndefined())
})

describe('a box that sees what a site is called outside', () => {
  const WAN = new Map([['100.64.7.2', 'RJ']])
  const denied = (host: string, ip: string, more: Partial<LogEvent> = {}) =>
    enrich(
      {
        'event.action': 'policy-denied',
        'host.name': host,
        'source.ip': ip,
        'destination.ip': '192.0.2.9',
        ...more,
      } as LogEvent,
      0,
      {},
      { inventory: TWO, siteOfAddress: WAN },
    )
  test('stands outside of it, of nobody known', () =>
    expect(denied('guard-7', '100.64.7.2')).toMatchObject({
      'network.direction': 'external',
      'whytimeout.role': 'unknown',
      'whytimeout.site_id': 'RJ',
    }))
  test("is the provider's, if it is named so", () =>
    expect(denied('bng-7', '100.64.7.2')['whytimeout.role']).toBe('provider'))
  test("near miss: it sees a terminal's own address", () =>
    expect(denied('guard-7', '10.1.0.1')['network.direction']).toBeUndefined())
  test('near miss: it let it pass', () =>
    expect(denied('guard-7', '100.64.7.2', { 'event.action': 'policy-allowed' })['network.direction']).toBeUndefined())
})

describe('the site that a line about a line, a job or a transfer names', () => {
  const SITES = inventory('T1,10.1.0.1,,LEEDS-12,,,,gw', 'T2,10.2.0.1,,春熙店,,,,gw')
  const siteOf = (action: LogEvent['event.action'], message: string) =>
    enrich({ 'event.action': action, message } as LogEvent, 0, {}, { inventory: SITES, siteOfAddress: new Map() })[
      'whytimeout.site_id'
    ]
  test.each([
    ['probe-lost', 'target=pe.leeds-12 loss=20/20', 'LEEDS-12'],
    ['transfer-started', 'job "full backup" started, site LEEDS-12, target offsite', 'LEEDS-12'],
    ['probe-answered', '{"host":"春熙店","name":"ICMP"}', '春熙店'],
    ['probe-lost', 'target=pe.leeds-121 loss=20/20', undefined],
    ['request-failed', 'leeds-12 is broken', undefined],
  ] as const)('%s: %s', (action, message, site) => expect(siteOf(action, message)).toBe(site))
})
