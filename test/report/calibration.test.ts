import { describe, expect, test } from 'vitest'
import { calibrate, type Judged, type Setting, scoreAt } from '../../pipeline/report/calibration.js'
import type { Truth } from '../../pipeline/report/score.js'
import type { Verdict } from '../../schemas/verdict.js'
import { type Cause, VERDICT_CAUSES, type VerdictCause } from '../../schemas/vocabulary.js'

const NOW: Setting = { temperature: 1, unknownPrior: 4 }
/** A verdict as diagnosis would write it: the probabilities of these bits at temperature 1, rounded as documents have them. */
function verdictOf(bits: Partial<Record<Cause, number>>, silent: Partial<Record<Cause, number>> = {}): Verdict {
  const all = { ...bits, ...silent }
  const total = Object.values(all).reduce((s, b) => s + 2 ** b, 2 ** NOW.unknownPrior)
  const p = (b: number | undefined): number => (b === undefined ? 0 : Math.round((2 ** b / total) * 1e4) / 1e4)
  const score = Object.fromEntries(VERDICT_CAUSES.map((c) => [c, p(c === 'unknown' ? NOW.unknownPrior : all[c])]))
  const cause = VERDICT_CAUSES.reduce((a, b) => ((score[b] ?? 0) > (score[a] ?? 0) ? b : a))
  return {
    whytimeout: {
      episode: { phase: 'connect' },
      verdict: { cause, confidence: score[cause] },
      score,
      detail: {
        considered: Object.entries(bits).map(([c, b]) => ({ mechanism: c, cause: c, bits: b, probability: p(b) })),
      },
    },
  } as unknown as Verdict
}
const labelled = (cause: VerdictCause): Truth => ({ cause, acceptable: [], phase: 'connect' }) as unknown as Truth

describe('scores at another setting', () => {
  const v = verdictOf({ server_failure: 7, dns_resolution: 3 }, { hardware_fault: 2 })
  test('at the setting of the document they are the document’s', () => {
    const again = scoreAt(v, NOW, NOW)
    for (const c of VERDICT_CAUSES) expect(again[c]).toBeCloseTo(v.whytimeout.score[c], 3)
  })
  test('at a higher temperature they are those of fewer bits', () => {
    const power = [7, 3, 2, 4].map((b) => 2 ** (b / 2))
    const total = power.reduce((a, b) => a + b)
    const again = scoreAt(v, NOW, { ...NOW, temperature: 2 })
    expect(again.server_failure).toBeCloseTo((power[0] as number) / total, 2)
    expect(again.hardware_fault).toBeCloseTo((power[2] as number) / total, 2)
  })
  test('a higher bar gives to unknown', () =>
    expect(scoreAt(v, NOW, { ...NOW, unknownPrior: 8 }).unknown).toBeGreaterThan(0.6))
})

describe('the fit', () => {
  /** A scenario whose verdicts say about 0.94 and are right in this share. */
  const scenario = (name: string, right: number): Judged => ({
    name,
    pairs: Array.from({ length: 20 }, (_, i) => ({
      truth: labelled(i < right * 20 ? 'server_failure' : 'dns_resolution'),
      verdict: verdictOf({ server_failure: 9, dns_resolution: 4.5 }),
    })),
  })
  test('who is too sure is cooled down, and the error of scenarios left out shrinks', () => {
    const c = calibrate([scenario('a', 0.7), scenario('b', 0.6), scenario('c', 0.65)], NOW)
    expect(c.fitted.temperature).toBeGreaterThan(1.5)
    expect(c.leftOut.ece).toBeLessThan((c.asIs.ece ?? 0) / 2)
    expect(c.leftOut.loss).toBeLessThan(c.asIs.loss)
  })
  test('who is right more often than said becomes surer', () =>
    expect(calibrate([scenario('a', 1), scenario('b', 1)], NOW).fitted.temperature).toBeLessThan(1))
  test('a big scenario counts as much as a small one', () => {
    const big = { name: 'big', pairs: Array.from({ length: 20 }, () => scenario('x', 1).pairs).flat() }
    const one = calibrate([scenario('a', 0.6), scenario('b', 1)], NOW).fitted
    expect(calibrate([scenario('a', 0.6), big], NOW).fitted).toEqual(one)
  })
  test('scenarios without timeouts say nothing', () => {
    const with_ = calibrate([scenario('a', 0.6), { name: 'none', pairs: [] }], NOW)
    expect(with_).toEqual(calibrate([scenario('a', 0.6)], NOW))
  })
})
