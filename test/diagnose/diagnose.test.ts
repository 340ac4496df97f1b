import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createDiagnosis } from '../../pipeline/diagnose/diagnose.js'
import { byTimeThenId, type Observation } from '../../pipeline/diagnose/observation.js'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { tellStory } from '../../pipeline/run/story.js'
import type { LogEvent } from '../../schemas/event.js'
import type { RuleTest } from '../../schemas/rule.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})
type Given = NonNullable<RuleTest['given']>[number]
const story = (...given: Given[]) =>
  tellStory(pack, { given, roles: { t1: 'terminal', t2: 'terminal', g1: 'gateway', r1: 'router' } }).verdicts

const timeout = (at: string, more: Partial<LogEvent> & Record<string, unknown> = {}): Given => ({
  at,
  'event.action': 'response-timeout',
  'event.outcome': 'failure',
  'event.duration': 3_000_000_000,
  'host.name': 't1',
  'whytimeout.terminal_id': 'T1',
  'whytimeout.stan': '000101',
  'whytimeout.suffered_by': 'terminal',
  'destination.ip': '192.0.2.10',
  'destination.port': 7001,
  ...more,
})
const atGateway = (at: string, more: Record<string, unknown> = {}) =>
  timeout(at, { 'host.name': 'g1', 'whytimeout.suffered_by': 'gateway', 'service.target.name': 'core/c1', ...more })

describe('a limit over the whole request says not where it stopped', () => {
  const mate = (at: string, phase: 'dns' | 'connect' | 'tls' | 'response') =>
    timeout(at, {
      'event.action': `${phase}-timeout`,
      'whytimeout.phase': phase,
      'host.name': 't2',
      'whytimeout.terminal_id': 'T2',
      'whytimeout.stan': undefined,
    })
  const whole = timeout('20s', { 'whytimeout.phase': 'response', 'whytimeout.whole_limit': true })
  const phaseOf = (...given: Given[]) =>
    story(...given).find((v) => v.whytimeout.terminal_id === 'T1')?.whytimeout.episode.phase
  test.each(['dns', 'connect', 'tls'] as const)('its neighbours do: %s', (phase) =>
    expect(phaseOf(mate('0s', phase), whole, mate('40s', phase))).toBe(phase),
  )
  test('neighbours at odds, later ones, or some long before, do not', () => {
    expect(phaseOf(mate('0s', 'dns'), mate('10s', 'response'), whole)).toBe('response')
    expect(phaseOf(whole, mate('40s', 'dns'))).toBe('response')
    expect(phaseOf(mate('-100s', 'dns'), whole)).toBe('response')
  })
  test('a limit for the answer alone stays that', () =>
    expect(phaseOf(mate('0s', 'dns'), timeout('20s', { 'whytimeout.phase': 'response' }))).toBe('response'))
})

describe('one attempt, one verdict', () => {
  test('two lines of one log and one of another tell of one timeout', () => {
    const verdicts = story(timeout('0s'), timeout('200ms'), timeout('300ms', { 'host.name': 't2' }))
    expect(verdicts).toHaveLength(1)
    expect(verdicts[0]?.whytimeout.evidence.event_id.length).toBeGreaterThanOrEqual(1)
  })
  test('a retry under the same trace number is a new timeout', () =>
    expect(story(timeout('0s'), timeout('8s'))).toHaveLength(2))
  test('what its log has given up under the same trace number was another attempt, though no line says how long it took', () => {
    const till = (second: string, text: string) => `2026-03-02 12:00:${second} [pay-1] ${text}`
    const told = tellStory(pack, {
      lines: {
        't1/pay.log': [
          till('10,000', 'INFO sale stan=004684 amount=18,33 tid=T1'),
          till('10,010', 'DEBUG POST https://gw.example:8443/auth stan=004684 try 1/2'),
          till('18,010', 'ERROR try 1/2 stan=004684 java.net.SocketTimeoutException: Connect timed out'),
          till('18,510', 'DEBUG POST https://gw.example:8443/auth stan=004684 try 2/2'),
          till('26,510', 'ERROR try 2/2 stan=004684 java.net.SocketTimeoutException: Connect timed out'),
        ],
      },
      roles: { t1: 'terminal' },
    }).verdicts
    expect(told.map((v) => v.event.duration)).toEqual([8e9, 8e9])
  })
  test('another trace number at the same time is another timeout', () =>
    expect(story(timeout('0s'), timeout('0s', { 'whytimeout.stan': '000102' }))).toHaveLength(2))
  test("the terminal's wait and the gateway's wait are two", () => {
    const verdicts = story(timeout('0s'), atGateway('0s'))
    expect(verdicts.map((v) => v.whytimeout.episode.suffered_by).sort()).toEqual(['gateway', 'terminal'])
  })
  test('two requests of a proxy in one second, each in its error and its access log', () => {
    const error = (n: number, ip: string) =>
      `2026/03/02 12:00:06 [error] 8#8: *${n} upstream timed out (110: Connection timed out) while reading response header from upstream, client: ${ip}, server: pay, request: "POST /iso HTTP/1.1", upstream: "http://10.20.0.5:8000/iso"`
    const entry = (ip: string, rt: string) =>
      `${ip} - - [02/Mar/2026:12:00:06 +0000] "POST /iso HTTP/1.1" 504 160 "-" "pos/2" rt=${rt} uct="0.001" uht="-" urt="${rt}" ua="10.20.0.5:8000"`
    const told = (a: string, b: string) =>
      tellStory(pack, {
        lines: {
          'g1/error.log': [error(41, a), error(42, b)],
          'g1/access.log': [entry(a, '6.000'), entry(b, '6.001')],
        },
        roles: { g1: 'gateway' },
      }).verdicts
    expect(told('192.0.2.7', '192.0.2.8')).toHaveLength(2)
    // Two tills behind one address.
    expect(told('192.0.2.7', '192.0.2.7')).toHaveLength(2)
    for (const v of told('192.0.2.7', '192.0.2.7')) expect(v.event.duration).toBeGreaterThanOrEqual(6e9)
  })
  test('one request of a proxy whose address names the terminal, in its error and its access log', () => {
    const verdicts = tellStory(pack, {
      lines: {
        'g1/error.log': [
          '2026/03/02 12:00:06 [error] 8#8: *41 upstream timed out (110: Operation timed out) while reading response header from upstream, client: 192.0.2.7, server: kong, request: "POST /auth?tid=PA000302&stan=002224 HTTP/1.1", upstream: "http://10.20.0.5:8000/auth?tid=PA000302&stan=002224"',
        ],
        'g1/access.log': [
          '192.0.2.7 - - [02/Mar/2026:12:00:06 +0000] "POST /auth?tid=PA000302&stan=002224 HTTP/1.1" 504 62 "-" "GuzzleHttp/7"',
        ],
      },
      roles: { g1: 'gateway' },
    }).verdicts
    expect(verdicts.map((v) => v.whytimeout.terminal_id)).toEqual(['PA000302'])
  })
  test("the anchor is the sufferer's own line, though the gateway's copy came first", () => {
    const [v] = story(timeout('0s', { 'host.name': 'g1' }), timeout('100ms'))
    expect(v?.host?.name).toBe('t1')
  })
})

describe('what is no timeout opens no episode', () => {
  test.each([
    'connection-refused',
    'connection-reset',
    'host-unreachable',
    'tls-failed',
    'request-failed',
    'request-cancelled',
    'read-idle',
    'server-down',
    'policy-denied',
  ] as const)('%s', (action) =>
    expect(story(timeout('0s', { 'event.action': action, 'event.duration': 640_000_000 }))).toEqual([]),
  )
  test('a lookup that fails at once; one that waits counts', () => {
    const lookup = (ms: number) =>
      timeout('0s', { 'event.action': 'dns-timeout', 'event.duration': ms * 1e6, 'whytimeout.phase': 'dns' })
    expect(story(lookup(5_000)).map((v) => v.whytimeout.episode.phase)).toEqual(['dns'])
  })
})

describe('evidence binds', () => {
  const denied = (at: string, source: string, more: Record<string, unknown> = {}): Given => ({
    at,
    'event.action': 'policy-denied',
    'network.transport': 'tcp',
    'rule.name': 'FORWARD-DROP',
    'host.name': 'r1',
    'source.ip': source,
    'source.port': 40_001,
    'destination.ip': '192.0.2.10',
    'destination.port': 7001,
    ...more,
  })
  const own = {
    'event.action': 'connect-timeout',
    'whytimeout.phase': 'connect',
    'source.ip': '192.168.1.21',
    'source.port': 40_001,
  } as const
  test('the same connection decides', () =>
    expect(story(denied('-2s', '192.168.1.21'), timeout('0s', own))[0]?.whytimeout.verdict.cause).toBe(
      'firewall_restriction',
    ))
  test('another connection to another place does not', () =>
    expect(
      story(
        denied('-2s', '192.168.1.99', { 'destination.ip': '192.0.2.77', 'destination.port': 25 }),
        timeout('0s', own),
      )[0]?.whytimeout.verdict.cause,
    ).toBe('unknown'))
  test('what is older than the window is not seen', () =>
    expect(story(denied('-21m', '192.168.1.21'), timeout('0s', own))[0]?.whytimeout.verdict.cause).toBe('unknown'))
  test('every cited event lies in the window', () => {
    const [v] = story(denied('-2s', '192.168.1.21'), denied('3m', '192.168.1.21'), timeout('0s', own))
    for (const e of v?.whytimeout.detail.evidence ?? []) expect(v?.whytimeout.evidence.event_id).toContain(e.event_id)
    expect(v?.whytimeout.evidence.count).toBe(2)
  })
})

test('scores sum to one, confidence is the highest, margin its lead', () => {
  for (const v of story(timeout('0s'), atGateway('5s'), timeout('9s', { 'whytimeout.terminal_id': 'T2' }))) {
    const { score, verdict } = v.whytimeout
    const ranked = Object.values(score).sort((a, b) => b - a)
    expect(ranked.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2)
    expect(verdict.confidence).toBe(ranked[0])
    expect(verdict.margin).toBeCloseTo((ranked[0] ?? 0) - (ranked[1] ?? 0), 3)
  }
})

describe('the reducer', () => {
  const observation = (at: number, terminal: number, n: number): Observation => {
    const event = {
      '@timestamp': new Date(at).toISOString(),
      'event.kind': 'event',
      'event.action': n % 3 === 0 ? 'response-timeout' : 'request-succeeded',
      'event.outcome': n % 3 === 0 ? 'failure' : 'success',
      'event.duration': 2e9,
      'host.name': `t${terminal}`,
      'whytimeout.role': 'terminal',
      'whytimeout.terminal_id': `T${terminal}`,
      'whytimeout.stan': String(n),
      message: `m${n}`,
    } as LogEvent
    return {
      at,
      id: `e${String(n).padStart(5, '0')}`,
      origin: `t${terminal}/log`,
      event,
      signals: pack.signalsOf(event),
    }
  }
  const stories = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000_000 }), fc.integer({ min: 1, max: 4 })), {
    maxLength: 60,
  })
  const sorted = (list: readonly (readonly [number, number])[]) =>
    list.map(([at, terminal], n) => observation(Date.UTC(2026, 0, 1) + at, terminal, n)).sort(byTimeThenId)

  test('deciding early by the clock, and events that come twice, change no verdict', () => {
    fc.assert(
      fc.property(stories, fc.integer({ min: 1, max: 7 }), (list, every) => {
        const events = sorted(list)
        const plain = createDiagnosis(pack, 'r')
        const expected = [...events.flatMap((o) => plain.step(o)), ...plain.end()]
        const nervous = createDiagnosis(pack, 'r')
        const got = events.flatMap((o, i) => [
          ...nervous.step(o),
          ...nervous.step(o),
          ...(i % every === 0 ? nervous.advance(o.at) : []),
        ])
        expect([...got, ...nervous.end()]).toEqual(expected)
        expect(nervous.openEpisodes()).toBe(0)
      }),
      { numRuns: 40 },
    )
  })
  test('begun at the window before an episode it gives the same verdict: nothing older is remembered', () => {
    fc.assert(
      fc.property(stories, (list) => {
        const events = sorted(list)
        const whole = createDiagnosis(pack, 'r')
        const all = [...events.flatMap((o) => whole.step(o)), ...whole.end()]
        const from = events[Math.floor(events.length / 2)]?.at ?? 0
        const late = createDiagnosis(pack, 'r')
        const tail = events.filter((o) => o.at >= from).flatMap((o) => late.step(o))
        const settled = [...tail, ...late.end()].filter(
          (d) => Date.parse(d.verdict['@timestamp']) >= from + pack.beforeMs + pack.afterMs,
        )
        for (const d of settled) expect(all).toContainEqual(d)
      }),
      { numRuns: 40 },
    )
  })
})

test('what is ruled out says by which signal of which mechanism, the strongest against it', () => {
  const denied = {
    at: '-1s',
    'event.action': 'policy-denied',
    'host.name': 'r1',
    'whytimeout.site_id': 'S1',
    'source.ip': '192.168.1.21',
    'destination.ip': '192.0.2.10',
    'destination.port': 7001,
  } as const
  const connect = {
    'event.action': 'connect-timeout',
    'whytimeout.site_id': 'S1',
    'source.ip': '192.168.1.21',
  } as const
  const [v] = story(denied, timeout('3s', connect))
  if (!v) throw new Error('no verdict')
  const { ruled_out: causes, detail } = v.whytimeout
  expect(causes.length).toBeGreaterThan(0)
  expect(detail.ruled_out.map((r) => r.cause)).toEqual(causes)
  for (const { cause, mechanism, signal, bits, event_id } of detail.ruled_out) {
    const rule = pack.mechanisms.find((m) => m.id === mechanism)
    expect(rule?.cause).toBe(cause)
    expect(rule?.signals.find((s) => s.name === signal)?.bits).toBe(bits)
    expect(bits).toBeLessThanOrEqual(-2)
    expect(event_id).toMatch(/\S/)
  }
})

describe('what is said twice is one attempt', () => {
  const access = (more: Record<string, unknown> = {}) =>
    atGateway('0s', {
      'source.ip': '198.51.100.9',
      'destination.ip': '10.0.0.5',
      'destination.port': 7003,
      'service.target.name': '10.0.0.5:7003',
      ...more,
    })
  test('by a proxy’s error and its access log, one of which names the terminal', () => {
    const lines = {
      'g1/error.log': [
        '2026/03/02 12:00:00 [error] 18#18: *48 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 198.51.100.9, server: s, request: "POST /pay HTTP/1.1", upstream: "http://10.0.0.5:7003/pay", host: "s"',
      ],
    }
    const { verdicts } = tellStory(pack, { given: [access()], lines, roles: { g1: 'gateway' } })
    expect(verdicts.map((v) => v.whytimeout.terminal_id)).toEqual(['T1'])
  })
  test('by a library beside the program', () => {
    const bare = { 'whytimeout.terminal_id': undefined, 'whytimeout.stan': undefined, 'event.duration': undefined }
    expect(story(access(), access({ ...bare, message: 'remote timeout' }))).toHaveLength(1)
  })
})
