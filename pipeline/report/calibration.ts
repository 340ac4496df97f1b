import type { Verdict } from '../../schemas/verdict.js'
import { CAUSES, VERDICT_CAUSES, type VerdictCause } from '../../schemas/vocabulary.js'
import { type Pair, type Score, score } from './score.js'

/** Labelled and judged timeouts of one scenario. */
export type Judged = { readonly name: string; readonly pairs: readonly Pair[] }
/** What is fitted. Temperature divides all bits: above 1 every probability comes nearer to the others. */
export type Setting = { readonly temperature: number; readonly unknownPrior: number }
export type Measure = Pick<Score, 'top1' | 'sharpness' | 'sure_wrong' | 'brier' | 'ece' | 'reliability'> & {
  /** Mean of -log2 P(label or an acceptable cause), every scenario counting once. Bits. */
  readonly loss: number
}
export type Calibration = {
  readonly scenarios: number
  readonly timeouts: number
  readonly now: Setting
  readonly fitted: Setting
  readonly asIs: Measure
  /** Each scenario measured with what the others gave: what to expect of scenarios that nobody saw. */
  readonly leftOut: Measure
  /** The same with the bar of `unknown` fitted too. */
  readonly leftOutWithBar: Measure & { readonly fitted: Setting }
}

/** A fit, and what it was made on. */
export type Calibrated = Calibration & {
  /** Digest of the rules that were measured. */
  readonly digest: string
  readonly names: readonly string[]
}

/** A label that got no probability at all costs this many bits, not infinitely many. */
const MOST_BITS = 13
const ROUNDING = 2e-4
const TEMPERATURES = Array.from({ length: 43 }, (_, i) => Math.round(0.5 * 2 ** (i / 14) * 100) / 100)
const BARS = Array.from({ length: 13 }, (_, i) => (i - 6) / 2)

/**
 * What a verdict's causes would score at another setting. Its document holds the bits of the mechanisms that count; what is left of
 * a cause's score is taken as one mechanism more.
 */
export function scoreAt(verdict: Verdict, now: Setting, setting: Setting): Record<VerdictCause, number> {
  const { score: scores, detail } = verdict.whytimeout
  const power = (bits: number): number => 2 ** (bits / setting.temperature)
  const sums = Object.fromEntries(VERDICT_CAUSES.map((c) => [c, 0])) as Record<VerdictCause, number>
  const rest = { ...scores }
  for (const c of detail.considered) {
    sums[c.cause] += power(c.bits)
    rest[c.cause] -= c.probability
  }
  // Probabilities are rounded in the document: a rest below that is none. The largest tells the probability of zero bits best.
  const largest = detail.considered.reduce<{ probability: number; bits: number } | undefined>(
    (a, b) => (a && a.probability >= b.probability ? a : b),
    undefined,
  )
  const anchor =
    largest && largest.probability > scores.unknown ? largest : { probability: scores.unknown, bits: now.unknownPrior }
  for (const c of CAUSES)
    if (rest[c] > ROUNDING) sums[c] += power(anchor.bits + now.temperature * Math.log2(rest[c] / anchor.probability))
  sums.unknown = power(setting.unknownPrior)
  const total = Object.values(sums).reduce((a, b) => a + b, 0)
  for (const c of VERDICT_CAUSES) sums[c] /= total
  return sums
}

/** Fits the temperature (and, to compare, the bar of `unknown`) by the least loss. */
export function calibrate(judged: readonly Judged[], now: Setting): Calibration {
  const all = judged.filter((j) => j.pairs.length > 0)
  const temperatures = TEMPERATURES.map((temperature) => ({ ...now, temperature }))
  const both = temperatures.flatMap((t) =>
    BARS.map((b) => ({ ...t, unknownPrior: Math.round((now.unknownPrior + b) * 10) / 10 })),
  )
  return {
    scenarios: all.length,
    timeouts: all.reduce((n, j) => n + j.pairs.length, 0),
    now,
    fitted: best(lossesOf(all, now, temperatures), temperatures),
    asIs: measure(all, now, () => now),
    leftOut: leftOut(all, now, temperatures),
    leftOutWithBar: { ...leftOut(all, now, both), fitted: best(lossesOf(all, now, both), both) },
  }
}

/** Loss of every scenario (row) at every setting (column). */
const lossesOf = (all: readonly Judged[], now: Setting, settings: readonly Setting[]): number[][] =>
  all.map((j) => settings.map((s) => lossOf(j, now, s)))

function lossOf({ pairs }: Judged, now: Setting, setting: Setting): number {
  const bits = pairs.map(({ truth, verdict }) => {
    const scores = scoreAt(verdict, now, setting)
    const right = new Set<VerdictCause>([truth.cause, ...truth.acceptable])
    return Math.min(MOST_BITS, -Math.log2([...right].reduce((sum, c) => sum + scores[c], 0)))
  })
  return bits.reduce((a, b) => a + b, 0) / bits.length
}

/** The setting with the least sum over the rows; of equals the first. */
function best(losses: readonly (readonly number[])[], settings: readonly Setting[], without = -1): Setting {
  let [least, found] = [Number.POSITIVE_INFINITY, 0]
  settings.forEach((_, i) => {
    const sum = losses.reduce((s, row, r) => (r === without ? s : s + (row[i] as number)), 0)
    if (sum < least) [least, found] = [sum, i]
  })
  return settings[found] as Setting
}

function leftOut(all: readonly Judged[], now: Setting, settings: readonly Setting[]): Measure {
  const losses = lossesOf(all, now, settings)
  return measure(all, now, (i) => best(losses, settings, i))
}

function measure(all: readonly Judged[], now: Setting, settingOf: (scenario: number) => Setting): Measure {
  const pairs = all.flatMap((j, i) =>
    j.pairs.map(({ truth, verdict }) => ({ truth, verdict: at(verdict, now, settingOf(i)) })),
  )
  const { top1, sharpness, sure_wrong, brier, ece, reliability } = score({ pairs, missed: [], surplus: [] })
  const loss = all.reduce((sum, j, i) => sum + lossOf(j, now, settingOf(i)), 0) / Math.max(1, all.length)
  return { loss: Math.round(loss * 1e4) / 1e4, top1, sharpness, sure_wrong, brier, ece, reliability }
}

/** The verdict with the scores, the cause and the confidence of a setting. */
function at(verdict: Verdict, now: Setting, setting: Setting): Verdict {
  const scores = scoreAt(verdict, now, setting)
  // As diagnosis decides ties: `unknown` first, then the order of the causes.
  const order: readonly VerdictCause[] = ['unknown', ...CAUSES]
  const cause = order.reduce((a, b) => (scores[b] > scores[a] ? b : a))
  const w = verdict.whytimeout
  return {
    ...verdict,
    whytimeout: { ...w, score: scores, verdict: { ...w.verdict, cause, confidence: scores[cause] } },
  }
}
