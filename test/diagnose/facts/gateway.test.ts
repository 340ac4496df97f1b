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
