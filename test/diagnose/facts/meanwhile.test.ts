import { describe, expect, test } from 'vitest'
import type { Pack } from '../../../pipeline/match/pack.js'
import { tellStory } from '../../../pipeline/run/story.js'
import type { FactName } from '../../../schemas/facts.js'
import type { RuleTest } from '../../../schemas/rule.js'
import { smallPack } from '../../match/small-pack.js'

type Given = NonNullable<RuleTest['given']>[number]
type More = Readonly<Record<string, unknown>>
const till = (id: string, site: string, gateway = 'g1') => ({
  'whytimeout.role': 'terminal',
  'whytimeout.terminal_id': id,
  'whytimeout.site_id': site,
  'whytimeout.gateway': gateway,
})
const HOSTS = {
  t1: till('T1', 'S1'),
  t2: till('T2', 'S1'),
  t3: till('T3', 'S2'),
  t8: till('T8', 'S2', 'g2'),
  d1: { 'whytimeout.role': 'dns', 'whytimeout.site_id': 'S1' },
  d2: { 'whytimeout.role': 'dns', 'whytimeout.site_id': 'S2' },
  acq: { 'whytimeout.role': 'server' },
  acq2: { 'whytimeout.role': 'server' },
  g1: { 'whytimeout.role': 'gateway', 'whytimeout.gateway': 'g1' },
}
/** When T1 gives up. */
const AT = '2026-03-02T12:00:20.000Z'
const IP = '192.0.2.10'
const NAME = 'gw1.pay.example'
const END = { 'destination.ip': IP, 'destination.port': 7001 }
const said = (at: number, host: string, action: string, more: More = {}): Given =>
  ({ at: `${Math.round(at * 1_000)}ms`, 'host.name': host, 'event.action': action, ...more }) as Given
/** T1's attempt from ten to twenty seconds. */
const wait = (more: More = {}): Given =>
  said(20, 't1', 'connect-timeout', {
    'event.outcome': 'failure',
    'event.duration': 10e9,
    'whytimeout.phase': 'connect',
    ...END,
    ...more,
  })
/** Served from one second to another. */
const served = (host: string, from: number, to: number, more: More = {}): Given =>
  said(to, host, 'request-succeeded', {
    'event.outcome': 'success',
    'event.duration': Math.round((to - from) * 1e9),
    ...END,
    ...more,
  })
const failed = (host: string, from: number, to: number, phase: string, more: More = {}): Given =>
  said(to, host, phase === 'connect' ? 'connect-timeout' : 'response-timeout', {
    'event.outcome': 'failure',
    'event.duration': Math.round((to - from) * 1e9),
    'whytimeout.phase': phase,
    ...END,
    ...more,
  })

/** The value of a fact of T1's attempt, as a rule would find it: one signal for each value that it may have. */
function factIn(fact: FactName, values: readonly unknown[]): (...given: Given[]) => unknown {
  const signals = values.map((v, i) => `  v${i}: { bits: 1, facts: { ${fact}: ${v} } }`).join('\n')
  const pack: Pack = smallPack(signals, {
    change: (m) => m.replace('phases: [connect]', 'phases: [connect, tls, response, idle, dns]'),
  })
  return (...given) => {
    const { verdicts } = tellStory(pack, { given, hosts: HOSTS } as Parameters<typeof tellStory>[1])
    const own = verdicts.find(
      (v) =>
        v.whytimeout.terminal_id === 'T1' &&
        v.whytimeout.episode.symptom === 'connect-timeout' &&
        v['@timestamp'] === AT,
    )
    if (!own) throw new Error('no verdict of the attempt')
    const seen = own.whytimeout.detail.considered.flatMap((c) => c.signals.map((s) => s.signal))
    const found = values.filter((_, i) => seen.includes(`v${i}`))
    if (found.length > 1) throw new Error(`several values: ${found}`)
    return found[0]
  }
}

describe('fleet.others_connected', () => {
  const connected = factIn('fleet.others_connected', [0, 1, 2, 3])
  test('one that began after the attempt and was served before its end', () =>
    expect(connected(wait(), served('t2', 12, 13))).toBe(1))
  test('of whichever site', () => expect(connected(wait(), served('t2', 12, 13), served('t3', 15, 16))).toBe(2))
  test('served after its end', () => expect(connected(served('t2', 19, 24), wait())).toBe(1))
  test('one that was left waiting for the answer, or during the handshake', () => {
    expect(connected(wait(), failed('t2', 11, 15, 'response'))).toBe(1)
    expect(connected(wait(), failed('t2', 11, 15, 'tls', { 'event.action': 'tls-timeout' }))).toBe(1)
  })
  test('one whose log names no port', () =>
    expect(connected(wait(), served('t2', 12, 13, { 'destination.port': undefined }))).toBe(1))
  test('several exchanges of one terminal count once', () =>
    expect(connected(wait(), served('t2', 11, 12), served('t2', 13, 14), served('t2', 15, 16))).toBe(1))
  test.each<[string, Given]>([
    ['it began before', served('t2', 9, 13)],
    ['it was over before', served('t2', 5, 6)],
    ['it began after the end', served('t2', 21, 22)],
    ['it could not connect either', failed('t2', 11, 15, 'connect')],
    ['it could not look the name up', failed('t2', 11, 15, 'dns')],
    ['it goes on with a connection that it has', served('t2', 12, 13, { 'whytimeout.keep_alive': true })],
    ['nobody knows for what it waited', failed('t2', 11, 15, 'response', { 'whytimeout.whole_limit': true })],
    ['at another port', served('t2', 12, 13, { 'destination.port': 9443 })],
    ['of another gateway', served('t8', 12, 13)],
  ])('near miss: %s', (_, given) => expect(connected(wait(), given)).toBe(0))
  test('near miss: nobody else', () => expect(connected(wait())).toBe(0))
  test('near miss: the terminal itself', () => expect(connected(served('t1', 11, 12), wait())).toBe(0))
  test('near miss: what the gateway says of others', () =>
    expect(connected(wait(), served('g1', 12, 13, { 'whytimeout.suffered_by': 'gateway' }))).toBe(0))
  test('at the very begin and at the very end', () => {
    expect(connected(wait(), served('t2', 10, 11), served('t3', 20, 21))).toBe(2)
    expect(connected(wait(), served('t2', 9.999, 11), served('t3', 20.001, 21))).toBe(0)
  })
})

describe('server.starts', () => {
  const starts = factIn('server.starts', [0, 1, 2, 3, 4, 5])
  const start = (at: number, host = 'acq', more: More = {}) => said(at, host, 'program-started', more)
  test('once, twice, three times', () => {
    expect(starts(start(-60), wait())).toBe(1)
    expect(starts(start(-60), start(-30), wait())).toBe(2)
    expect(starts(start(-60), start(-30), start(5), wait())).toBe(3)
  })
  test('lines within fifteen seconds are of one start', () => {
    expect(starts(start(-60), start(-59), start(-45), wait())).toBe(1)
    expect(starts(start(-60), start(-59), start(-43), wait())).toBe(2)
    expect(starts(start(-60), start(-58), start(-30), start(-28), start(0), start(2), wait())).toBe(3)
  })
  test('of several servers the one that started most', () => {
    expect(starts(start(-60), start(-30), start(-61, 'acq2'), wait())).toBe(2)
    expect(starts(start(-60), start(-40, 'acq2'), start(-20), start(-1, 'acq2'), wait())).toBe(2)
    // Both at once are no more than each.
    expect(starts(start(-60), start(-60, 'acq2'), wait())).toBe(1)
  })
  test('in the ten minutes before and the two after', () => {
    expect(starts(start(-589), start(-100), start(139), wait())).toBe(3)
    expect(starts(start(-591), start(-100), start(141), wait())).toBe(1)
  })
  test.each<[string, Given]>([
    ['a gateway that starts', start(-60, 'g1')],
    ['a terminal that starts', start(-60, 't2')],
    ['a server that stops', said(-60, 'acq', 'program-stopped')],
    ['a server that is busy', said(-60, 'acq', 'message-received')],
  ])('near miss: %s', (_, given) => expect(starts(given, wait())).toBeUndefined())
  test('nobody starts', () => expect(starts(wait())).toBeUndefined())
})

describe('dial.address_serves_others', () => {
  const serves = factIn('dial.address_serves_others', [true, false])
  const named = (more: More = {}) => wait({ 'destination.domain': NAME, ...more })
  const other = (from: number, to: number, more: More = {}, host = 't2') =>
    served(host, from, to, { 'destination.domain': NAME, ...more })
  const answer = (at: number, host: string, ip: string): Given =>
    said(at, host, 'dns-answer', { 'dns.question.name': NAME, 'dns.resolved_ip': [ip] })
  const NOWHERE = { 'destination.ip': undefined, 'destination.port': undefined }
  test('another terminal began and was served there while the attempt waited', () => {
    expect(serves(named(), other(12, 13))).toBe(true)
    expect(serves(named(), other(12, 13, {}, 't3'))).toBe(true)
  })
  test('at that address by whatever name', () =>
    expect(serves(named(), other(12, 13, { 'destination.domain': undefined }))).toBe(true))
  test('at the address that the resolver of its site answered last', () => {
    const lines = [answer(9, 'd1', IP), answer(9.5, 'd2', IP), named(NOWHERE)]
    expect(serves(...lines, served('t3', 12, 13, NOWHERE))).toBe(true)
    expect(serves(...lines, other(12, 13, NOWHERE, 't3'))).toBe(true)
  })
  test('near miss: the resolver of the other site answered another', () =>
    expect(
      serves(answer(9, 'd1', IP), answer(9.5, 'd2', '192.0.2.99'), named(NOWHERE), served('t3', 12, 13, NOWHERE)),
    ).toBeUndefined())
  test('near miss: it answered after the other had begun', () =>
    expect(
      serves(answer(9, 'd1', IP), answer(12.5, 'd2', IP), named(NOWHERE), served('t3', 12, 13, NOWHERE)),
    ).toBeUndefined())
  test.each<[string, Given]>([
    ['it began before', other(9, 12)],
    ['it was over before', other(2, 3)],
    ['it began after the end', other(21, 22)],
    ['at another address', other(12, 13, { 'destination.ip': '192.0.2.99' })],
    ['the terminal itself', other(12, 13, {}, 't1')],
    ['it was not served', failed('t2', 12, 14, 'response', { 'destination.domain': NAME })],
    ['its line names no address, and nobody looked it up', other(12, 13, NOWHERE)],
  ])('near miss: %s', (_, given) => expect(serves(named(), given)).toBeUndefined())
  test('near miss: without a name nobody knows what was meant', () =>
    expect(serves(wait(), other(12, 13))).toBeUndefined())
  test('near miss: nobody else', () => expect(serves(named())).toBeUndefined())
})

describe('dial.endpoint_ok_usually', () => {
  const usually = factIn('dial.endpoint_ok_usually', [true, false])
  const PORTLESS = { 'destination.port': undefined, 'destination.ip': undefined }
  test('somebody was served at the port', () => {
    expect(usually(served('t2', -100, -99), wait())).toBe(true)
    expect(usually(served('t1', -100, -99), wait())).toBe(true)
    expect(usually(wait(), served('t3', 60, 61))).toBe(true)
  })
  test('nobody ever was', () => {
    expect(usually(wait())).toBe(false)
    expect(usually(served('t2', -100, -99, { 'destination.port': 9443 }), wait())).toBe(false)
    expect(usually(served('t1', -100, -99, { 'destination.port': 9443 }), wait())).toBe(false)
    expect(usually(failed('t1', -100, -95, 'connect'), wait())).toBe(false)
  })
  test('nobody knows where its program names the port in its failures only', () =>
    expect(usually(served('t1', -100, -99, PORTLESS), wait())).toBeUndefined())
  test('near miss: of which another program is no sign', () =>
    expect(usually(served('t2', -100, -99, PORTLESS), wait())).toBe(false))
  test('near miss: it names no port, but another does', () =>
    expect(usually(served('t1', -100, -99, PORTLESS), served('t2', -90, -89), wait())).toBe(true))
  test('near miss: what it says of failures is no sign that it is served', () =>
    expect(usually(failed('t1', -100, -95, 'connect', PORTLESS), wait())).toBe(false))
  test('what the gateway says of the same terminal, without a port', () =>
    expect(
      usually(
        said(-99, 'g1', 'request-succeeded', {
          'event.outcome': 'success',
          'event.duration': 1e9,
          'whytimeout.suffered_by': 'gateway',
          'whytimeout.terminal_id': 'T1',
        }),
        wait(),
      ),
    ).toBeUndefined())
})
