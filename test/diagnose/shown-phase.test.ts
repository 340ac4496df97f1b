import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { tellStory } from '../../pipeline/run/story.js'
import type { RuleTest } from '../../schemas/rule.js'
import { smallPack } from '../match/small-pack.js'

type Given = NonNullable<RuleTest['given']>[number]
const HOSTS = {
  t1: { 'whytimeout.role': 'terminal', 'whytimeout.terminal_id': 'T1', 'whytimeout.site_id': 'S1' },
  r1: { 'whytimeout.role': 'router', 'whytimeout.site_id': 'S1' },
  r2: { 'whytimeout.role': 'router', 'whytimeout.site_id': 'S2' },
} as const
const END = { 'destination.ip': '192.0.2.119', 'destination.port': 9443 }
/** T1's wait of four seconds whose line does not tell for what. */
const wait = (more: Record<string, unknown> = {}): Given => ({
  at: '20s',
  'host.name': 't1',
  'event.action': 'response-timeout',
  'event.outcome': 'failure',
  'event.duration': 4_000_000_000,
  'whytimeout.phase': 'response',
  'whytimeout.whole_limit': true,
  'whytimeout.stan': '000731',
  'source.ip': '10.3.0.7',
  'source.port': 40_731,
  ...END,
  ...more,
})
const told = (more: Record<string, unknown> = {}) => wait({ 'whytimeout.whole_limit': undefined, ...more })
/** A packet of T1's connection that the site's router dropped. */
const dropped = (at: string, flags: readonly string[] | undefined, more: Record<string, unknown> = {}): Given => ({
  at,
  'host.name': 'r1',
  'event.action': 'policy-denied',
  'network.transport': 'tcp',
  'rule.name': 'LAN-OUT',
  'source.ip': '10.3.0.7',
  'source.port': 40_731,
  ...(flags && { 'whytimeout.tcp_flags': flags }),
  ...END,
  ...more,
})
const SYN = ['SYN']

let whole: Pack
beforeAll(async () => {
  whole = await loadPack()
})
const verdictOf = (pack: Pack, given: readonly Given[]) => {
  const { verdicts } = tellStory(pack, { given: [...given], hosts: HOSTS })
  expect(verdicts).toHaveLength(1)
  const { episode, verdict } = verdicts[0]?.whytimeout ?? {}
  return [verdict?.mechanism, episode?.phase]
}

describe('a wait that does not tell for what, and a firewall that tells what it dropped', () => {
  const phase = (...given: Given[]) => verdictOf(whole, given)
  test('the packets that open a connection: it was the connect', () => {
    expect(phase(dropped('17s', SYN), wait())).toEqual(['denied-on-site', 'connect'])
    expect(phase(dropped('17s', SYN), dropped('19s', SYN), wait())).toEqual(['denied-on-site', 'connect'])
  })
  test.each<[string, readonly string[] | undefined]>([
    ['packets of an open connection', ['ACK', 'PSH']],
    ['answers to an opening', ['SYN', 'ACK']],
    ['ends', ['RST']],
    ['packets of unknown flags', undefined],
    ['packets without flags', []],
  ])('near miss: %s', (_, flags) =>
    expect(phase(dropped('17s', flags), wait())).toEqual(['denied-on-site', 'response']),
  )
  test('near miss: of two packets one was of an open connection', () =>
    expect(phase(dropped('17s', SYN), dropped('19s', ['ACK']), wait())).toEqual(['denied-on-site', 'response']))
  test('near miss: its own line tells that it waited for the answer', () =>
    expect(phase(dropped('17s', SYN), told())).toEqual(['denied-on-site', 'response']))
  test('near miss: one of its two lines tells so', () =>
    expect(phase(dropped('17s', SYN), wait(), told({ at: '20100ms', 'event.duration': undefined }))).toEqual([
      'denied-on-site',
      'response',
    ]))
  test('near miss: packets that another site dropped', () =>
    expect(phase(dropped('17s', SYN, { 'host.name': 'r2', 'source.ip': '10.4.0.7' }), wait())).toEqual([
      'unknown',
      'response',
    ]))
  test('near miss: packets of long before', () =>
    expect(phase(dropped('-10m', SYN), wait())).toEqual(['unknown', 'response']))
  test('a phase that its line states stays, whatever was dropped', () =>
    expect(phase(dropped('17s', SYN), told({ 'event.action': 'tls-timeout', 'whytimeout.phase': 'tls' }))).toEqual([
      'denied-on-site',
      'tls',
    ]))
})

describe('the phase of every attempt that fails so', () => {
  const FLAP = '  flap: { bits: 9, bind: site, where: { event.action: link-down } }'
  const DROP = '  drop: { bits: 9, bind: site, where: { event.action: policy-denied } }'
  const packOf = (signals: string, shows?: string) =>
    smallPack(signals, {
      change: (m) =>
        m.replace(
          'phases: [connect]',
          `phases: [connect, response, idle]${shows === undefined ? '' : `\nshows_phase: ${shows}`}`,
        ),
    })
  const flap: Given = { at: '18s', 'host.name': 'r1', 'event.action': 'link-down' }
  const phase = (pack: Pack, ...given: Given[]) => verdictOf(pack, given)
  test('is shown where the line does not tell for what it waited', () =>
    expect(phase(packOf(FLAP, 'connect'), flap, wait())).toEqual(['link-flap', 'connect']))
  test('near miss: the connect is not where the line tells of an answer', () =>
    expect(phase(packOf(FLAP, 'connect'), flap, told())).toEqual(['link-flap', 'response']))
  test('another one is, where the line tells of an answer too', () => {
    expect(phase(packOf(FLAP, 'idle'), flap, wait())).toEqual(['link-flap', 'idle'])
    expect(phase(packOf(FLAP, 'idle'), flap, told())).toEqual(['link-flap', 'idle'])
  })
  test('goes before what was dropped', () =>
    expect(phase(packOf(DROP, 'idle'), dropped('17s', SYN), wait())).toEqual(['link-flap', 'idle']))
  test('near miss: not where nothing is decided', () =>
    expect(phase(packOf(FLAP, 'idle'), wait())).toEqual(['unknown', 'response']))
  test('near miss: not where the line states another', () =>
    expect(
      phase(packOf(FLAP, 'idle'), flap, told({ 'event.action': 'connect-timeout', 'whytimeout.phase': 'connect' })),
    ).toEqual(['link-flap', 'connect']))
  test('without one, what was dropped tells only if it speaks for the explanation', () => {
    const against = '  drop: { bits: -2, bind: site, where: { event.action: policy-denied } }'
    expect(phase(packOf(DROP), dropped('17s', SYN), wait())).toEqual(['link-flap', 'connect'])
    expect(phase(packOf(`${FLAP}\n${against}`), flap, dropped('17s', SYN), wait())).toEqual(['link-flap', 'response'])
  })
  test('near miss: a signal that saw other lines beside the packets', () => {
    const any = '  any: { bits: 9, bind: site, where: { event.action: [policy-denied, link-down] } }'
    expect(phase(packOf(any), dropped('17s', SYN), wait())).toEqual(['link-flap', 'connect'])
    expect(phase(packOf(any), flap, dropped('17s', SYN), wait())).toEqual(['link-flap', 'response'])
  })
  test('near miss: packets that were let through', () => {
    const let_ = '  let: { bits: 9, bind: site, where: { event.action: policy-allowed } }'
    const passed = dropped('17s', SYN, { 'event.action': 'policy-allowed' })
    expect(phase(packOf(let_), passed, wait())).toEqual(['link-flap', 'response'])
  })
  test('near miss: what a fact was read from is no packet', () => {
    const fact = '  fact: { bits: 9, facts: { episode.port: 9443 } }'
    expect(phase(packOf(fact), dropped('17s', SYN), wait())).toEqual(['link-flap', 'response'])
  })
})

describe('a limit that holds for connect and handshake, and a gateway whose system takes what its program does not', () => {
  const accept: Given = {
    at: '18s',
    'host.name': 'g1',
    'whytimeout.role': 'gateway',
    'event.action': 'descriptors-exhausted',
    'event.outcome': 'failure',
    message: 'accept4() failed (24: Too many open files)',
  }
  const connect = (more: Record<string, unknown> = {}) =>
    wait({ 'event.action': 'connect-timeout', 'whytimeout.phase': 'connect', ...more })
  test('it ran out in the handshake where TLS is spoken', () => {
    expect(verdictOf(whole, [accept, connect({ 'destination.port': 443 })])).toEqual(['descriptors-exhausted', 'tls'])
    const said = { 'destination.port': 9000, message: 'Connection timeout to host https://pay.example:9000/v2' }
    expect(verdictOf(whole, [accept, connect(said)])).toEqual(['descriptors-exhausted', 'tls'])
  })
  test('near miss: where none is, and where the limit is for the connect alone', () => {
    expect(verdictOf(whole, [accept, connect({ 'destination.port': 9000 })])).toEqual([
      'descriptors-exhausted',
      'connect',
    ])
    expect(
      verdictOf(whole, [accept, connect({ 'destination.port': 443, 'whytimeout.whole_limit': undefined })]),
    ).toEqual(['descriptors-exhausted', 'connect'])
  })
  test('near miss: with another explanation', () =>
    expect(
      verdictOf(whole, [dropped('17s', SYN, { 'destination.port': 443 }), connect({ 'destination.port': 443 })]),
    ).toEqual(['denied-on-site', 'connect']))
})
