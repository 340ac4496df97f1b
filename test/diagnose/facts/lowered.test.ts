import { describe, expect, test } from 'vitest'
import { factsAmong, type Line, line, timeout } from './moments.js'

const start = (at: number, responseMs: number): Line =>
  line(at, 't1', 'program-started', {
    'destination.domain': 'gw.example',
    'destination.port': 7001,
    'whytimeout.connect_limit_ms': 10_000,
    'whytimeout.response_limit_ms': responseMs,
  })

describe('a limit that was lowered', () => {
  test('in the window', () =>
    expect(factsAmong([start(-600, 30_000), start(-300, 2_000), timeout(0)])('dial.limit_lowered')).toBe(true))
  test('and hours ago', () =>
    expect(factsAmong([start(-9_000, 30_000), start(-5_000, 2_000), timeout(0)])('dial.limit_lowered')).toBe(true))
  test('near miss: raised, a little lower, or set back since', () => {
    for (const limits of [
      [2_000, 30_000],
      [30_000, 20_000],
      [30_000, 2_000, 30_000],
    ])
      expect(
        factsAmong([...limits.map((ms, i) => start(-600 + 100 * i, ms)), timeout(0)])('dial.limit_lowered'),
      ).toBeUndefined()
  })
  test('near miss: the limit of another phase', () =>
    expect(
      factsAmong([
        start(-600, 30_000),
        start(-300, 2_000),
        timeout(0, { 'whytimeout.phase': 'connect', 'event.action': 'connect-timeout' }),
      ])('dial.limit_lowered'),
    ).toBeUndefined())
})
