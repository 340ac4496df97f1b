import { describe, expect, test } from 'vitest'
import { matchUp, score, type Truth } from '../../pipeline/report/score.js'
import { verdict } from './verdicts.js'

const at = (secs: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, secs)).toISOString()
const truth = (t: Partial<Truth> & { from: number; to: number }): Truth => ({
  start: at(t.from),
  end: at(t.to),
  suffered_by: 'terminal',
  terminal_id: 'T1',
  server: { port: 443 },
  phase: 'connect',
  cause: 'network_latency',
  acceptable: [],
  ...t,
})
const of = (from: number, to: number, more: Partial<Parameters<typeof verdict>[0]> = {}) =>
  verdict({ start: at(from), end: at(to), cause: 'network_latency', terminal: 'T1', port: 443, ...more })

describe('pairing', () => {
  test('one to one: a second verdict for the same label is left over', () => {
    const m = matchUp([truth({ from: 0, to: 2 })], [of(0, 2), of(0, 2, { id: 'again' })])
    expect([m.pairs.length, m.missed.length, m.surplus.length]).toEqual([1, 0, 1])
  })
  test('the nearest pairs first', () => {
    const [a, b] = [truth({ from: 0, to: 2 }), truth({ from: 3, to: 5 })]
    const [x, y] = [of(3, 5), of(0, 2)]
    expect(matchUp([a, b], [x, y]).pairs.map((p) => [p.truth, p.verdict])).toEqual(
      expect.arrayContaining([
        [a, y],
        [b, x],
      ]),
    )
  })
  test.each([
    ['another sufferer', of(0, 2, { sufferer: 'gateway' })],
    ['another terminal', of(0, 2, { terminal: 'T2' })],
    ['another port', of(0, 2, { port: 444 })],
    ['another time', of(20, 22)],
  ])('%s is no match', (_, v) => expect(matchUp([truth({ from: 0, to: 2 })], [v]).pairs).toEqual([]))
  test('what one side does not know does not contradict', () =>
    expect(matchUp([truth({ from: 0, to: 2, terminal_id: null, server: {} })], [of(0, 2)]).pairs).toHaveLength(1))
})

describe('figures', () => {
  const scored = (list: readonly (readonly [Truth, ReturnType<typeof of> | undefined])[], surplus = 0) =>
    score({
      pairs: list.flatMap(([t, v]) => (v ? [{ truth: t, verdict: v }] : [])),
      missed: list.flatMap(([t, v]) => (v ? [] : [t])),
      surplus: Array.from({ length: surplus }, () => of(0, 1)),
    })
  const t = (cause: Truth['cause'], acceptable: Truth['acceptable'] = []) =>
    truth({ from: 0, to: 2, cause, acceptable })

  test('recall counts labels, precision counts verdicts', () => {
    const s = scored(
      [
        [t('network_latency'), of(0, 2)],
        [t('network_latency'), undefined],
      ],
      3,
    )
    expect([s.timeouts, s.found, s.recall, s.precision]).toEqual([2, 1, 0.5, 0.25])
    expect(s.confusion).toEqual({ network_latency: { network_latency: 1, missed: 1 }, surplus: { network_latency: 3 } })
  })
  test('an acceptable cause is right, but not exact', () => {
    const s = scored([[t('server_failure', ['network_latency']), of(0, 2)]])
    expect([s.top1, s.top1_exact]).toEqual([1, 0])
  })
  test('a label unknown is met by unknown, or by an acceptable cause that is unsure', () => {
    const label = t('unknown', ['network_latency'])
    expect(scored([[label, of(0, 2, { cause: 'unknown' })]]).top1).toBe(1)
    expect(scored([[label, of(0, 2, { confidence: 0.59 })]]).top1).toBe(1)
    expect(scored([[label, of(0, 2, { confidence: 0.6 })]]).top1).toBe(0)
    expect(scored([[label, of(0, 2, { cause: 'dns_resolution', confidence: 0.4 })]]).top1).toBe(0)
  })
  test('macro is the mean over causes, not over timeouts', () => {
    const s = scored([
      [t('network_latency'), of(0, 2)],
      [t('network_latency'), of(0, 2)],
      [t('network_latency'), of(0, 2)],
      [t('hardware_fault'), of(0, 2)],
    ])
    expect([s.top1, s.top1_macro]).toEqual([0.75, 0.5])
  })
  test('top 3, sharpness, phase, unknown, wrong but sure', () => {
    const s = scored([
      [t('hardware_fault'), of(0, 2, { second: 'hardware_fault', confidence: 0.7 })],
      [t('dns_resolution'), of(0, 2, { confidence: 0.95 })],
      [t('network_latency'), of(0, 2, { confidence: 0.85, phase: 'dns' })],
      [t('network_latency'), of(0, 2, { confidence: 0.5 })],
      [t('network_latency'), of(0, 2, { cause: 'unknown', confidence: 0.6 })],
    ])
    expect({
      top1: s.top1,
      top3: s.top3,
      sharpness: s.sharpness,
      phase: s.phase,
      unknown: s.unknown,
      sure: s.sure_wrong,
    }).toEqual({ top1: 0.4, top3: 0.8, sharpness: 0.5, phase: 0.8, unknown: 0.2, sure: 0.2 })
  })
  test('Brier score and calibration error by hand', () => {
    const s = scored([
      [t('network_latency'), of(0, 2, { confidence: 0.9 })],
      [t('unknown'), of(0, 2, { confidence: 0.9 })],
    ])
    // right: 0.1² + 0.1²; wrong: 0.9² + (1 - 0.1)²
    expect(s.brier).toBeCloseTo((0.02 + 1.62) / 2, 6)
    expect(s.ece).toBeCloseTo(Math.abs(0.9 - 0.5), 6)
    expect(s.reliability.at(-1)).toEqual({ from: 0.8, to: 1, count: 2, confidence: 0.9, right: 0.5 })
  })
  test('nothing to count gives null, not a perfect score', () => {
    const s = scored([])
    expect([s.recall, s.precision, s.top1, s.top1_macro, s.brier, s.ece]).toEqual([null, null, null, null, null, null])
  })
})
