import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const around = [sale(-20, 'g1', 50), sale(-18.5, 'g1', 60), sale(-15, 'g1', 50), sale(20, 'g1', 50)]
const given = (at: number, ms: number, more = {}) =>
  line(at, 'g1', 'connection-closed', {
    'event.outcome': 'failure',
    'event.duration': ms * 1e6,
    'http.request.method': 'POST',
    'service.target.name': 'core/c1',
    ...more,
  })
const attempt = timeout(0.001)

describe('the gateway waited for its upstream when the terminal gave up', () => {
  test('a request that came and got nothing', () =>
    expect(factsAmong([...around, given(0.001, 4_990), attempt])('gateway.left_waiting')).toBe(true))
  test('an answer had begun to come', () =>
    expect(
      factsAmong([...around, given(0.001, 4_990, { 'destination.bytes': 214 }), attempt])('gateway.left_waiting'),
    ).toBeUndefined())
  test('nobody knows whether the request came', () =>
    expect(
      factsAmong([...around, given(0.001, 4_990, { 'http.request.method': undefined }), attempt])(
        'gateway.left_waiting',
      ),
    ).toBeUndefined())
  test('given up no later than answers usually come', () =>
    expect(
      factsAmong([...[-20, -18, -15, 20].map((at) => sale(at, 'g1', 2_500)), given(0.001, 4_990), attempt])(
        'gateway.left_waiting',
      ),
    ).toBeUndefined())
})

describe("the gateway's own queue", () => {
  const queued = (ms: number) => given(0.001, 4_990, { 'whytimeout.queue_ms': ms })
  test('held the request for most of its time: nothing waited for the upstream', () => {
    const facts = factsAmong([...around, queued(4_500), attempt])
    expect(facts('gateway.queued')).toBe(true)
    expect(facts('gateway.left_waiting')).toBeUndefined()
  })
  test('near miss: it did not, or a log does not say', () => {
    expect(factsAmong([...around, queued(40), attempt])('gateway.queued')).toBe(false)
    expect(factsAmong([...around, queued(40), attempt])('gateway.left_waiting')).toBe(true)
    expect(factsAmong([...around, given(0.001, 4_990), attempt])('gateway.queued')).toBeUndefined()
  })
})

describe("which session is the terminal's", () => {
  test('a log of whole seconds puts it up to a second early', () =>
    expect(factsAmong([...around, given(0, 5_000), timeout(0.95)])('gateway.saw_attempt')).toBe(true))
  test('two alike in such a log: one of them', () =>
    expect(
      factsAmong([
        ...around,
        given(0, 5_000),
        given(0, 5_001),
        line(0.2, 't2', 'response-timeout', { 'event.outcome': 'failure', 'event.duration': 5e9 }),
        timeout(0.95),
      ])('gateway.left_waiting'),
    ).toBe(true))
  test('none at all', () => expect(factsAmong([...around, timeout(0.95)])('gateway.saw_attempt')).toBe(false))
})

describe('the session with the trace number of the attempt', () => {
  const STAN = '000417'
  const numbered = (at: number, ms: number, more = {}) => given(at, ms, { 'whytimeout.stan': STAN, ...more })
  /** A line that says when the terminal gave up and not when it had begun. */
  const untimed = timeout(0.001, { 'event.duration': undefined, 'whytimeout.stan': STAN })
  const sees = (...lines: Parameters<typeof factsAmong>[0]) => factsAmong([...around, ...lines])('gateway.saw_attempt')
  test('is its own, though nobody knows when it began', () => {
    expect(sees(numbered(-0.2, 4_800), untimed)).toBe(true)
    expect(factsAmong([...around, numbered(-0.2, 4_800), untimed])('gateway.left_waiting')).toBe(true)
  })
  test('and goes before one of the same terminal', () =>
    expect(
      factsAmong([
        ...around,
        sale(0.2, 'g1', 150, { 'whytimeout.terminal_id': 'T1' }),
        numbered(0.3, 5_300, { 'whytimeout.terminal_id': 'T1' }),
        untimed,
      ])('gateway.answered'),
    ).toBe(false))
  test('of two tries under one number, the one that began with this attempt', () =>
    expect(
      factsAmong([
        ...around,
        numbered(-4.998, 4_990),
        sale(-4.5, 'g1', 420, { 'whytimeout.stan': STAN, 'whytimeout.terminal_id': 'T1' }),
        timeout(-5, { 'whytimeout.stan': STAN }),
        timeout(0.001, { 'whytimeout.stan': STAN }),
      ])('gateway.answered'),
    ).toBe(true))
  test('near miss: another number, or none', () => {
    expect(sees(numbered(-0.2, 4_800, { 'whytimeout.stan': '000418' }), untimed)).toBe(false)
    expect(sees(given(-0.2, 4_800), untimed)).toBe(false)
  })
  test('near miss: the same number of another terminal', () =>
    expect(sees(numbered(-0.2, 4_800, { 'whytimeout.terminal_id': 'T2' }), untimed)).toBe(false))
  test('near miss: it was over long before, or began after', () => {
    expect(sees(numbered(-3, 1_000), untimed)).toBe(false)
    expect(sees(numbered(8, 1_000), untimed)).toBe(false)
  })
  test("is no other till's, though that one's attempt began as it did", () => {
    const other = line(-0.25, 't2', 'response-timeout', { 'event.outcome': 'failure', 'whytimeout.stan': STAN })
    expect(sees(numbered(-0.2, 4_799), other, attempt)).toBe(false)
    expect(sees(given(-0.2, 4_799), other, attempt)).toBe(true)
  })
})
