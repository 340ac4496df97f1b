import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../schemas/event.js'
import { factsAmong, type Line, line, sale, timeout } from './moments.js'

const STAN = '000731'
/** T1's request, as its server sums it up at `at`. */
const own = (at: number, ms: number, more: Partial<LogEvent> = {}) =>
  sale(at, 'acq', ms, { 'whytimeout.stan': STAN, ...more })
/** What the server took for others, one every ten seconds up to `last`. */
const others = (took: readonly number[], last = -30, more: Partial<LogEvent> = {}) =>
  took.map((ms, i) =>
    sale(last - (took.length - 1 - i) * 10, 'acq', ms, {
      'whytimeout.stan': `0008${10 + i}`,
      'whytimeout.terminal_id': 'T9',
      ...more,
    }),
  )
const FOUR = [400, 400, 400, 400]
/** Its time over the usual, of an attempt that began five seconds before noon. */
const over = (...lines: Line[]) =>
  factsAmong([...lines, timeout(0, { 'whytimeout.stan': STAN })])('server.answer_over_usual')

describe("the server's time for an answer, over its usual time", () => {
  test('of four others', () => {
    expect(over(...others(FOUR), own(-1, 3_800))).toBe(9.5)
    expect(over(...others(FOUR), own(-4.4, 420))).toBe(1.05)
  })
  test('the usual is the middle, of two the lower', () => {
    expect(over(...others([100, 9_000, 400, 200, 300]), own(-1, 3_000))).toBe(10)
    expect(over(...others([100, 200, 400, 9_000]), own(-1, 3_000))).toBe(15)
  })
  test('near miss: three others are too few', () =>
    expect(over(...others([400, 400, 400]), own(-1, 3_800))).toBeUndefined())
  test('near miss: without any', () => expect(over(own(-1, 3_800))).toBeUndefined())
  test('near miss: others that took no time at all', () =>
    expect(over(...others([0, 0, 0, 0]), own(-1, 3_800))).toBeUndefined())

  test('taken up by the middle of the wait', () => expect(over(...others(FOUR), own(-0.5, 2_000))).toBe(5))
  test('near miss: taken up later: what it had waited for before, its measure does not tell', () => {
    expect(over(...others(FOUR), own(-0.5, 1_990))).toBeUndefined()
    expect(over(...others(FOUR), own(4, 400))).toBeUndefined()
  })
  test('answered after the wait was over', () => expect(over(...others(FOUR), own(3, 7_600))).toBe(19))

  test('those of the five minutes before', () => {
    expect(over(...others(FOUR, -270), own(-1, 3_800))).toBe(9.5)
    expect(over(...others(FOUR, -290), own(-1, 3_800))).toBeUndefined()
  })
  test('near miss: those that came meanwhile', () => {
    expect(over(...others(FOUR, -4), own(-1, 3_800))).toBeUndefined()
    expect(over(...others([...FOUR, 5_000, 5_000], -4), own(-1, 3_800))).toBe(9.5)
  })
  test('near miss: one that came at the very begin of the wait', () => {
    expect(over(...others(FOUR, -5), own(-1, 3_800))).toBeUndefined()
    expect(over(...others(FOUR, -5.001), own(-1, 3_800))).toBe(9.5)
  })
  test.each<[string, Partial<LogEvent>]>([
    ['of another server', { 'host.name': 'acq2' }],
    ['without how long they took', { 'event.duration': undefined }],
    ['of another kind', { 'event.action': 'session-started' }],
  ])('near miss: others %s', (_, more) => expect(over(...others(FOUR, -30, more), own(-1, 3_800))).toBeUndefined())
  test('near miss: a line for the receipt and one for the answer', () => {
    const each = (at: number, action: 'message-received' | 'message-sent') =>
      line(at, 'acq', action, { 'whytimeout.stan': STAN })
    const fact = factsAmong([
      ...others(FOUR),
      each(-4.8, 'message-received'),
      each(-1, 'message-sent'),
      timeout(0, { 'whytimeout.stan': STAN }),
    ])
    expect([fact('server.answer_ms'), fact('server.answer_over_usual')]).toEqual([3_800, undefined])
  })
  test('near miss: the answer of another request', () =>
    expect(over(...others(FOUR), own(-1, 3_800, { 'whytimeout.stan': '000732' }))).toBeUndefined())
})

describe('once somebody has waited in vain, nothing is usual', () => {
  const SLOW = [5_000, 5_000, 5_000, 5_000, 5_000, 5_000]
  const slow = SLOW.map((ms, i) => ({ ...others([ms])[0], at: -50 + i * 5 }) as Line)
  const inVain = (at: number, more: Partial<LogEvent> = {}) => timeout(at, { 'whytimeout.stan': '000640', ...more })
  test("before another terminal's wait began", () => {
    const t9 = inVain(-60, { 'host.name': 't9', 'whytimeout.terminal_id': 'T9', 'whytimeout.site_id': 'S2' })
    expect(over(...others(FOUR, -70), t9, ...slow, own(-1, 3_800))).toBe(9.5)
  })
  test("before the terminal's own wait of before", () =>
    expect(over(...others(FOUR, -70), inVain(-60), ...slow, own(-1, 3_800))).toBe(9.5))
  test("before a gateway's wait", () => {
    const atGate = line(-60, 'g1', 'response-timeout', { 'event.outcome': 'failure', 'event.duration': 5e9 })
    expect(over(...others(FOUR, -70), atGate, ...slow, own(-1, 3_800))).toBe(9.5)
  })
  test('what came after it alone is too little', () =>
    expect(over(inVain(-60), ...slow, own(-1, 3_800))).toBeUndefined())
  test('near miss: one that was refused has not waited', () => {
    const refused = line(-60, 't9', 'connection-refused', { 'event.outcome': 'failure', 'event.duration': 5e6 })
    expect(over(refused, ...others(FOUR, -20), own(-1, 3_800))).toBe(9.5)
  })
  test('near miss: one of more than five minutes before', () =>
    expect(over(inVain(-400), ...others(FOUR, -20), own(-1, 3_800))).toBe(9.5))
})
