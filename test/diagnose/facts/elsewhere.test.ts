import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const NAME = { 'destination.domain': 'gw.example' }
const OLD = { ...NAME, 'destination.ip': '192.0.2.10' }
const NEW = { ...NAME, 'destination.ip': '192.0.2.20' }
/** What the shop's resolver answered. */
const answer = (at: number, ip: string) =>
  line(at, 'r1', 'dns-answer', {
    'event.outcome': 'success',
    'dns.question.name': 'gw.example',
    'dns.resolved_ip': [ip],
  })

describe('an address of a name', () => {
  test('nobody is served at it, others are at another one', () =>
    expect(factsAmong([sale(-30, 't9', 300, NEW), timeout(0, OLD)])('dial.address_serves_nobody')).toBe(true))
  test('which was dialled, the resolver of the shop says', () => {
    const nameless = timeout(0, { ...NAME, 'destination.ip': undefined })
    expect(
      factsAmong([sale(-30, 't9', 300, NEW), answer(-5.2, '192.0.2.10'), nameless])('dial.address_serves_nobody'),
    ).toBe(true)
    expect(factsAmong([sale(-30, 't9', 300, NEW), nameless])('dial.address_serves_nobody')).toBeUndefined()
  })
  test('near miss: somebody is served there too', () =>
    expect(
      factsAmong([sale(-30, 't9', 300, NEW), sale(-20, 't2', 300, OLD), timeout(0, OLD)])('dial.address_serves_nobody'),
    ).toBe(false))
  test('near miss: nobody is served anywhere', () =>
    expect(factsAmong([timeout(0, OLD)])('dial.address_serves_nobody')).toBeUndefined())
})

describe('another port of the same terminal', () => {
  const beat = (at: number) => sale(at, 't1', 300, { 'destination.port': 443 })
  test('is served, and this one never', () =>
    expect(factsAmong([beat(-250), timeout(-60), timeout(0)])('dial.own_other_port_ok')).toBe(true))
  test('near miss: this one is served too', () =>
    expect(factsAmong([beat(-250), timeout(-60), sale(-30, 't1', 300), timeout(0)])('dial.own_other_port_ok')).toBe(
      false,
    ))
  test('near miss: nothing is known of the other, or only that it fails', () => {
    expect(factsAmong([timeout(-60), timeout(0)])('dial.own_other_port_ok')).toBeUndefined()
    const other = timeout(-100, { 'destination.port': 443 })
    expect(factsAmong([beat(-250), other, timeout(-60), timeout(0)])('dial.own_other_port_ok')).toBe(false)
  })
})

describe('connections that were quiet', () => {
  let stan = 0
  /** A request on a connection that was quiet for so long, and what became of it. */
  const asked = (at: number, quietSecs: number, isLost: boolean) => {
    const own = { 'whytimeout.stan': String(++stan).padStart(6, '0') }
    return [
      line(at - 5, 't1', 'request-started', { ...own, 'whytimeout.idle_secs': quietSecs }),
      isLost ? timeout(at, own) : sale(at - 4, 't1', 500, own),
    ]
  }
  const short = [10, 40, 80].flatMap((secs, i) => asked(-500 + i * 100, secs, false))
  test('only those that were quiet for long fail', () =>
    expect(
      factsAmong([...short, ...asked(-150, 190, true), ...asked(-100, 30, false), ...asked(0, 150, true)])(
        'expect.idle_separates',
      ),
    ).toBe(true))
  test('near miss: one that was quiet for as long was served since', () =>
    expect(
      factsAmong([...short, ...asked(-150, 190, true), ...asked(-100, 200, false), ...asked(0, 150, true)])(
        'expect.idle_separates',
      ),
    ).toBe(false))
  test('near miss: too few to tell', () =>
    expect(factsAmong([...asked(-100, 30, false), ...asked(0, 150, true)])('expect.idle_separates')).toBeUndefined())
})

describe('one of several servers behind the gateway', () => {
  const at = (member: string, port?: number) => ({
    'destination.ip': member,
    'destination.port': 6010,
    'service.target.name': `${member}:6010`,
    'source.port': port,
  })
  const unserved = (secs: number, member: string, port?: number) =>
    line(secs, 'g1', 'connection-closed', { 'event.outcome': 'failure', 'event.duration': 5e9, ...at(member, port) })
  const served = (member: string) => [-60, -40, -20, 30].map((secs) => sale(secs, 'g1', 50, at(member)))
  const silent = [-50, -30, 20].map((secs) => unserved(secs, '10.0.0.33'))
  const own = unserved(0, '10.0.0.33', 48_673)
  const attempt = timeout(0.1, { 'source.port': 48_673, 'destination.port': 6010 })
  test('answers nobody, the others do, and the attempt was given to it', () => {
    const facts = factsAmong([...served('10.0.0.31'), ...silent, own, attempt])
    expect(facts('gateway.one_upstream_silent')).toBe(true)
    expect(facts('gateway.saw_attempt')).toBe(true)
  })
  test('near miss: it answers others', () =>
    expect(
      factsAmong([...served('10.0.0.31'), ...served('10.0.0.33'), ...silent, own, attempt])(
        'gateway.one_upstream_silent',
      ),
    ).toBe(false))
  test('near miss: another one answers nobody either', () =>
    expect(
      factsAmong([
        ...served('10.0.0.31'),
        ...[-55, -35, 15].map((secs) => unserved(secs, '10.0.0.32')),
        ...silent,
        own,
        attempt,
      ])('gateway.one_upstream_silent'),
    ).toBe(false))
  test('near miss: the others were called until then, and no more', () =>
    expect(
      factsAmong([
        ...[-170, -150, -130, -110].map((secs) => sale(secs, 'g1', 50, at('10.0.0.31'))),
        ...silent,
        own,
        attempt,
      ])('gateway.one_upstream_silent'),
    ).toBeUndefined())
  test('near miss: it went to another one', () =>
    expect(factsAmong([...served('10.0.0.31'), ...silent, attempt])('gateway.one_upstream_silent')).toBeUndefined())
})

describe('a program that serves several terminals', () => {
  const starts = (at: number, ms: number) =>
    line(at, 't1', 'program-started', {
      'whytimeout.terminal_id': undefined,
      'whytimeout.connect_limit_ms': ms,
      ...NAME,
      'destination.port': 7001,
    })
  const failed = line(0, 't1', 'connect-timeout', {
    'event.outcome': 'failure',
    'whytimeout.phase': 'connect',
    'event.duration': 250e6,
    'destination.port': 7001,
  })
  test('names no terminal when it starts, and its limits are theirs', () =>
    expect(factsAmong([starts(-900, 5_000), starts(-100, 250), failed])('dial.limit_lowered')).toBe(true))
})

describe('a limit that nobody else has', () => {
  const waits = (host: string, at: number, secs: number) =>
    line(at, host, 'response-timeout', {
      'event.outcome': 'failure',
      'whytimeout.phase': 'response',
      'event.duration': secs * 1e9,
    })
  const cut = timeout(0, { 'event.duration': 1.2e9, 'whytimeout.phase': 'response', 'whytimeout.limit_ms': 1_200 })
  const sales = [-300, -200, -100, -50].map((at) => sale(at, 't1', 700))
  const others = (secs: number) => [-150, -90, -70, -30].map((at, i) => waits(i % 2 ? 't2' : 't9', at, secs))
  test('as others wait in vain for much longer', () =>
    expect(factsAmong([...sales, ...others(15), cut])('usual.limit_below_others')).toBe(true))
  test('near miss: others wait no longer', () =>
    expect(factsAmong([...sales, ...others(2), cut])('usual.limit_below_others')).toBe(false))
})
