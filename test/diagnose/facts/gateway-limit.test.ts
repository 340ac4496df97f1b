import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../schemas/event.js'
import { factsAmong, type Line, line, sale, timeout } from './moments.js'

/** The gateway gave its upstream up after so long. */
const gaveUp = (ms: number, more: Partial<LogEvent> = {}): Line =>
  line(0, 'g1', 'response-timeout', { 'event.outcome': 'failure', 'event.duration': ms * 1e6, ...more })
const took = (host: string, ...lengths: number[]) => lengths.map((ms, i) => sale(-60 + i * 10, host, ms))

describe("the gateway's limit, against what its requests usually take", () => {
  const over = (...lines: Line[]) => factsAmong(lines)('gateway.limit_over_usual')
  test('far below', () => expect(over(...took('g1', 2_400, 2_500, 2_600, 2_500), gaveUp(500))).toBe(0.2))
  test('far above', () => expect(over(...took('g1', 80, 100, 120, 100), gaveUp(3_000))).toBe(30))
  test('as its line states it, not as long as this one took', () =>
    expect(over(...took('g1', 200, 200, 200, 200), gaveUp(900, { 'whytimeout.limit_ms': 800 }))).toBe(4))
  test('what failed is no usual time', () => {
    const failed = took('g1', 100, 100, 100).map((s) => ({ ...s, 'event.outcome': 'failure' as const }))
    expect(over(...failed, ...took('g1', 500, 500, 500, 500), gaveUp(1_000))).toBe(2)
  })
  test('of what terminals waited for, where it tells of too few', () =>
    expect(over(...took('g1', 100, 100, 100), ...took('t1', 400, 500, 500, 600), gaveUp(1_000))).toBe(2))
  test('near miss: too few of either', () =>
    expect(over(...took('g1', 100, 100, 100), ...took('t1', 400, 500, 600), gaveUp(1_000))).toBeUndefined())
  test('near miss: those that were under way meanwhile', () =>
    expect(over(...[-0.1, -0.2, -0.3, -0.4].map((at) => sale(at, 'g1', 100)), gaveUp(1_000))).toBeUndefined())
  test("near miss: it is a terminal's, or one for connecting", () => {
    const usual = took('g1', 100, 100, 100, 100)
    expect(over(...usual, timeout(0))).toBeUndefined()
    expect(over(...usual, { ...gaveUp(1_000), 'event.action': 'connect-timeout' })).toBeUndefined()
  })
})

describe("the gateway's limit, against what it was set to before", () => {
  const set = (at: number, ms: number | undefined, more: Partial<LogEvent> = {}): Line =>
    line(at, 'g1', 'program-started', {
      ...(ms !== undefined && { 'whytimeout.response_limit_ms': ms }),
      ...more,
    })
  const changed = (at: number, ms: number) => set(at, ms, { 'event.action': 'config-changed' })
  const lowered = (...lines: Line[]) => factsAmong([...lines, gaveUp(3_000)])('gateway.limit_lowered')
  test('lowered by a change that names its new limit', () =>
    expect(lowered(set(-600, 30_000), changed(-120, 3_000))).toBe(true))
  test('lowered from one change to the next, or when it started anew', () => {
    expect(lowered(changed(-600, 30_000), changed(-120, 3_000))).toBe(true)
    expect(lowered(set(-600, 30_000), set(-120, 3_000))).toBe(true)
  })
  test('against a start hours ago', () => expect(lowered(set(-9_000, 30_000), changed(-120, 3_000))).toBe(true))
  test('a line between them that names no limit does not matter', () =>
    expect(lowered(set(-600, 30_000), changed(-120, 3_000), set(-60, undefined))).toBe(true))
  test.each<[string, Line[]]>([
    ['a little', [set(-600, 5_000), changed(-120, 3_000)]],
    ['raised', [set(-600, 1_000), changed(-120, 3_000)]],
    ['set back since', [set(-600, 30_000), changed(-300, 3_000), changed(-120, 30_000)]],
  ])('near miss: %s', (_, lines) => expect(lowered(...lines)).toBe(false))
  test.each<[string, Line[]]>([
    ['nothing to compare', [changed(-120, 3_000)]],
    ['later than it gave up', [set(-600, 30_000), changed(5, 3_000)]],
    ['another machine', [set(-600, 30_000, { 'host.name': 'g1-b' }), changed(-120, 3_000)]],
    ['another gateway', [set(-600, 30_000), { ...changed(-120, 3_000), 'whytimeout.gateway': 'g2' }]],
    ['a server', [set(-600, 30_000), { ...changed(-120, 3_000), 'whytimeout.role': 'server' }]],
  ])('near miss: %s', (_, lines) => expect(lowered(...lines)).toBeUndefined())
})
