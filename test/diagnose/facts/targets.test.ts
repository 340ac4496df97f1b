import { describe, expect, test } from 'vitest'
import { factsAmong, type Line, line, sale, timeout } from './moments.js'

const probes = (host: string, ip: string, isLost: boolean): Line[] =>
  [-9, -7, -5, -3].map((at) =>
    line(at, host, isLost ? 'probe-lost' : 'probe-answered', {
      'event.outcome': isLost ? 'failure' : 'success',
      'destination.ip': ip,
    }),
  )

describe('several targets probed over one line', () => {
  test('one is silent: it is not the line', () => {
    const fact = factsAmong([...probes('r1', '192.0.2.10', true), ...probes('r1', '192.0.2.53', false), timeout(0)])
    expect(fact('probe.one_target_lost')).toBe(true)
    expect(fact('probe.loss_share')).toBe(0)
  })
  test('all are silent: it may be the line', () => {
    const fact = factsAmong([...probes('r1', '192.0.2.10', true), ...probes('r1', '192.0.2.53', true), timeout(0)])
    expect(fact('probe.one_target_lost')).toBe(false)
    expect(fact('probe.loss_share')).toBe(1)
  })
  test('of the farther one some are lost and some come back: the line loses beyond the nearer', () => {
    const far = [-9, -8, -7, -6, -5, -4, -3, -2].map((at, i) =>
      line(at, 'r1', i % 2 ? 'probe-lost' : 'probe-answered', { 'destination.ip': '192.0.2.10' }),
    )
    const fact = factsAmong([...far, ...probes('r1', '192.0.2.53', false), timeout(0)])
    expect(fact('probe.one_target_lost')).toBe(false)
    expect(fact('probe.loss_share')).toBe(0.5)
  })
  test('an answer that comes late takes back that there was none yet', () => {
    const late = [-9, -7, -5].flatMap((at) => [
      line(at, 'r1', 'probe-lost', { 'destination.ip': '192.0.2.10' }),
      line(at + 1.5, 'r1', 'probe-answered', { 'destination.ip': '192.0.2.10', 'whytimeout.rtt_ms': 3_000 }),
    ])
    expect(factsAmong([...late, timeout(0)])('probe.loss_share')).toBe(0)
    const early = late.map((l, i) => (i % 2 ? { ...l, 'whytimeout.rtt_ms': 30 } : l))
    expect(factsAmong([...early, timeout(0)])('probe.loss_share')).toBe(0.5)
  })
  test('one target: nothing to compare', () =>
    expect(factsAmong([...probes('r1', '192.0.2.10', true), timeout(0)])('probe.one_target_lost')).toBeUndefined())
  const summary = (ip: string, lossPercent: number): Line =>
    line(-4, 'r1', lossPercent === 100 ? 'probe-lost' : 'probe-answered', {
      'event.outcome': lossPercent === 100 ? 'failure' : 'success',
      'destination.ip': ip,
      'whytimeout.loss_percent': lossPercent,
    })
  const lost = (...lines: Line[]) => factsAmong([...lines, timeout(0)])('probe.one_target_lost')
  test('a line for each that sums several up is enough', () => {
    expect(lost(summary('192.0.2.10', 100), summary('192.0.2.53', 0))).toBe(true)
    expect(lost(summary('192.0.2.10', 50), summary('192.0.2.53', 0))).toBe(true)
  })
  test('near miss: little is lost, or of both', () => {
    expect(lost(summary('192.0.2.10', 40), summary('192.0.2.53', 0))).toBe(false)
    expect(lost(summary('192.0.2.10', 100), summary('192.0.2.53', 20))).toBe(false)
  })
  test('near miss: a single probe of each', () =>
    expect(
      lost(...probes('r1', '192.0.2.10', true).slice(3), ...probes('r1', '192.0.2.53', false).slice(3)),
    ).toBeUndefined())
})

describe('several name servers', () => {
  const queries = (host: string, until: number): Line[] =>
    Array.from({ length: 60 }, (_, i) => -80 + i * 2)
      .filter((at) => at < until)
      .map((at) => line(at, host, 'dns-query', { 'whytimeout.role': 'dns', 'dns.question.name': 'a.example' }))
  const lookup = () => timeout(0, { 'event.action': 'dns-timeout', 'whytimeout.phase': 'dns', 'event.duration': 1.5e9 })
  test('one fell silent, the other goes on', () =>
    expect(factsAmong([...queries('ns1', 99), ...queries('ns2', -30), lookup()])('dns.one_server_silent')).toBe(true))
  test('both go on', () =>
    expect(
      factsAmong([...queries('ns1', 99), ...queries('ns2', 99), lookup()])('dns.one_server_silent'),
    ).toBeUndefined())
})

describe('upstreams of the gateway', () => {
  const session = (at: number, port: number, isServed: boolean): Line =>
    line(at, 'g1', isServed ? 'request-succeeded' : 'connect-timeout', {
      'event.outcome': isServed ? 'success' : 'failure',
      'event.duration': isServed ? 1e8 : 2e9,
      'whytimeout.phase': 'connect',
      'destination.ip': '10.0.0.30',
      'destination.port': port,
      'service.target.name': `10.0.0.30:${port}`,
    })
  const served = [-60, -50, -40, -30, -20].map((at) => session(at, 9080, true))
  test('one that it never called before, and in vain', () =>
    expect(factsAmong([...served, session(0, 9008, false)])('gateway.new_upstream_silent')).toBe(true))
  test('two programs were told of another one, and told back', () =>
    expect(
      factsAmong([
        ...served,
        ...[-61, -51, -41, -31, -21].map((at) => session(at, 5080, true)),
        session(-2, 5008, false),
        session(0, 9008, false),
        ...[40, 50].map((at) => session(at, 9080, true)),
      ])('gateway.new_upstream_silent'),
    ).toBe(true))
  test('the one it always called', () =>
    expect(factsAmong([...served, session(0, 9080, false)])('gateway.new_upstream_silent')).toBeUndefined())
  test('a standby, after the first had failed', () =>
    expect(
      factsAmong([...served, session(-6, 9080, false), session(0, 9008, false)])('gateway.new_upstream_silent'),
    ).toBeUndefined())
})

describe('jobs on the own host', () => {
  const job = (at: number, action: 'job-started' | 'job-ended', program = 'scanner') =>
    line(at, 't1', action, { 'process.name': program })
  test.each<[string, Line[], unknown]>([
    ['goes on', [job(-400, 'job-started')], true],
    ['ended later', [job(-400, 'job-started'), job(60, 'job-ended')], true],
    ['was over', [job(-400, 'job-started'), job(-100, 'job-ended')], false],
    ['of cron, which tells no end', [job(-400, 'job-started', 'CRON')], undefined],
    [
      'of another host',
      [{ ...job(-400, 'job-started'), 'host.name': 't2', 'whytimeout.terminal_id': 'T2' }],
      undefined,
    ],
  ])('%s', (_, lines, expected) => expect(factsAmong([...lines, timeout(0)])('job.under_way')).toBe(expected))
})

describe('settings that named another endpoint before', () => {
  const start = (at: number, domain: string) =>
    line(at, 't1', 'program-started', { 'destination.domain': domain, 'destination.port': 7001 })
  const other = sale(-3, 't2', 200, { 'destination.domain': 'gw.example' })
  const failed = timeout(0, { 'destination.domain': 'test.example' })
  test('others are served there, it is not', () =>
    expect(
      factsAmong([start(-9_000, 'gw.example'), start(-5_000, 'test.example'), other, failed])(
        'dial.former_endpoint_serves',
      ),
    ).toBe(true))
  test('it was served since', () =>
    expect(
      factsAmong([
        start(-9_000, 'gw.example'),
        start(-5_000, 'test.example'),
        sale(-100, 't1', 200, { 'destination.domain': 'test.example' }),
        other,
        failed,
      ])('dial.former_endpoint_serves'),
    ).toBe(false))
})
