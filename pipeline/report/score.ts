import type { Verdict } from '../../schemas/verdict.js'
import { CAUSES, type Phase, type Sufferer, VERDICT_CAUSES, type VerdictCause } from '../../schemas/vocabulary.js'

/** One labelled timeout. */
export type Truth = {
  readonly start: string
  readonly end: string
  readonly suffered_by: Sufferer
  readonly terminal_id: string | null
  readonly client_port?: number | null
  readonly server: { readonly host?: string | null; readonly ip?: string | null; readonly port?: number | null }
  readonly stan?: string
  readonly phase: Phase
  readonly cause: VerdictCause
  readonly acceptable: readonly VerdictCause[]
}
export type Pair = { readonly truth: Truth; readonly verdict: Verdict }
export type Matching = {
  readonly pairs: readonly Pair[]
  readonly missed: readonly Truth[]
  readonly surplus: readonly Verdict[]
}

const TOLERANCE_MS = 1_500
const SURE = 0.8
const UNSURE = 0.6
const BINS = 5

/**
 * One to one, by suffered_by, terminal, endpoint and overlapping time. A terminal or endpoint unknown on one side does not contradict.
 * Nearest pairs first (distance of begins and ends; a known equal terminal, STAN or port counts as nearer), ties by id: no order of input matters.
 */
export function matchUp(truths: readonly Truth[], verdicts: readonly Verdict[]): Matching {
  const candidates: { t: number; v: number; distance: number }[] = []
  truths.forEach((truth, t) => {
    verdicts.forEach((verdict, v) => {
      const distance = distanceOf(truth, verdict)
      if (distance !== undefined) candidates.push({ t, v, distance })
    })
  })
  candidates.sort((a, b) => a.distance - b.distance || a.t - b.t || a.v - b.v)
  const takenTruths = new Set<number>()
  const takenVerdicts = new Set<number>()
  const pairs: Pair[] = []
  for (const { t, v } of candidates) {
    if (takenTruths.has(t) || takenVerdicts.has(v)) continue
    takenTruths.add(t)
    takenVerdicts.add(v)
    pairs.push({ truth: truths[t] as Truth, verdict: verdicts[v] as Verdict })
  }
  return {
    pairs,
    missed: truths.filter((_, i) => !takenTruths.has(i)),
    surplus: verdicts.filter((_, i) => !takenVerdicts.has(i)),
  }
}

/** Of a gateway's wait for its client the label may name either end as the one that did not answer. */
const isOneEndpoint = ({ server }: Truth, end: { readonly ip?: string; readonly port?: number } | undefined): boolean =>
  !(server.port != null && end?.port !== undefined && server.port !== end.port) &&
  !(server.ip != null && end?.ip !== undefined && server.ip !== end.ip)

function distanceOf(t: Truth, v: Verdict): number | undefined {
  const w = v.whytimeout
  if (t.suffered_by !== w.episode.suffered_by) return undefined
  if (t.terminal_id !== null && w.terminal_id !== undefined && t.terminal_id !== w.terminal_id) return undefined
  if (!isOneEndpoint(t, v.destination) && !(t.suffered_by === 'gateway' && isOneEndpoint(t, v.source))) return undefined
  const [ts, te, vs, ve] = [t.start, t.end, v.event.start, v.event.end].map((x) => Date.parse(x)) as [
    number,
    number,
    number,
    number,
  ]
  if (vs > te + TOLERANCE_MS || ve < ts - TOLERANCE_MS) return undefined
  const named = t.terminal_id !== null && t.terminal_id === w.terminal_id ? 0 : 10_000
  return Math.abs(ts - vs) + Math.abs(te - ve) + named
}

/** The figures of `whytimeout eval --json`. Shares are 0..1, null where nothing was there to count. */
export type Score = {
  /** Labelled timeouts. */
  readonly timeouts: number
  /** Of them matched by a verdict. */
  readonly found: number
  /** found / timeouts */
  readonly recall: number | null
  /** found / verdicts: every verdict left over counts against it */
  readonly precision: number | null
  /** Share of matched timeouts whose cause is the label's or one of its `acceptable`; a label `unknown` is met by `unknown`, or by an acceptable cause below 0.6 */
  readonly top1: number | null
  /** Share whose cause is exactly the label's. */
  readonly top1_exact: number | null
  /** Mean of top1 over the labels' causes. */
  readonly top1_macro: number | null
  /** Share with the label (or an acceptable cause) among the three highest scores. */
  readonly top3: number | null
  /** Share of the right verdicts at confidence >= 0.8. */
  readonly sharpness: number | null
  readonly phase: number | null
  /** Share of verdicts `unknown`. */
  readonly unknown: number | null
  /** Share of matched timeouts that are wrong at confidence >= 0.8. */
  readonly sure_wrong: number | null
  /** Mean squared distance of the score vector from the label (the best of the acceptable ones). */
  readonly brier: number | null
  /** Expected calibration error over five bins of confidence. */
  readonly ece: number | null
  /** By the labels' causes and the verdicts'. */
  readonly causes: Readonly<Record<string, CauseScore>>
  /** label cause -> verdict cause -> count; `missed` and `surplus` included. */
  readonly confusion: Record<string, Record<string, number>>
  readonly reliability: readonly {
    readonly from: number
    readonly to: number
    readonly count: number
    readonly confidence: number
    readonly right: number
  }[]
}

/** Null where nothing was there to count. */
export type CauseScore = {
  /** Labelled timeouts of this cause. */
  readonly timeouts: number
  /** Share of them with a right verdict: missed ones count against it. */
  readonly recall: number | null
  /** Share of the verdicts with this cause that are right: surplus ones count against it. */
  readonly precision: number | null
}

export function isRight({ truth, verdict }: Pair): boolean {
  const { cause, confidence } = verdict.whytimeout.verdict
  if (truth.cause === 'unknown') return cause === 'unknown' || (truth.acceptable.includes(cause) && confidence < UNSURE)
  return cause === truth.cause || truth.acceptable.includes(cause)
}

export function score(matching: Matching): Score {
  const { pairs, missed, surplus } = matching
  const timeouts = pairs.length + missed.length
  const verdicts = pairs.length + surplus.length
  const share = (n: number, of: number): number | null => (of === 0 ? null : round(n / of))
  const right = pairs.filter(isRight)
  const causes = [...new Set(pairs.map((p) => p.truth.cause))]
  const perCause = causes.map((c) => {
    const own = pairs.filter((p) => p.truth.cause === c)
    return own.filter(isRight).length / own.length
  })
  const reliability = bins(pairs)
  return {
    timeouts,
    found: pairs.length,
    recall: share(pairs.length, timeouts),
    precision: share(pairs.length, verdicts),
    top1: share(right.length, pairs.length),
    top1_exact: share(pairs.filter((p) => p.verdict.whytimeout.verdict.cause === p.truth.cause).length, pairs.length),
    top1_macro: perCause.length === 0 ? null : round(perCause.reduce((a, b) => a + b, 0) / perCause.length),
    top3: share(pairs.filter(inTop3).length, pairs.length),
    sharpness: share(right.filter((p) => p.verdict.whytimeout.verdict.confidence >= SURE).length, right.length),
    phase: share(pairs.filter((p) => p.verdict.whytimeout.episode.phase === p.truth.phase).length, pairs.length),
    unknown: share(
      [...pairs.map((p) => p.verdict), ...surplus].filter((v) => v.whytimeout.verdict.cause === 'unknown').length,
      verdicts,
    ),
    sure_wrong: share(
      pairs.filter((p) => !isRight(p) && p.verdict.whytimeout.verdict.confidence >= SURE).length,
      pairs.length,
    ),
    brier: pairs.length === 0 ? null : round(pairs.reduce((sum, p) => sum + brierOf(p), 0) / pairs.length),
    ece:
      pairs.length === 0
        ? null
        : round(reliability.reduce((sum, b) => sum + (b.count / pairs.length) * Math.abs(b.confidence - b.right), 0)),
    causes: causesOf(matching),
    confusion: confusionOf(matching),
    reliability,
  }
}

const round = (n: number): number => Math.round(n * 1e4) / 1e4

function inTop3({ truth, verdict }: Pair): boolean {
  const ranked = Object.entries(verdict.whytimeout.score)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, 3)
    .map(([c]) => c)
  return ranked.some((c) => c === truth.cause || truth.acceptable.includes(c as VerdictCause))
}

function brierOf({ truth, verdict }: Pair): number {
  const targets = [truth.cause, ...truth.acceptable]
  return Math.min(
    ...targets.map((target) =>
      VERDICT_CAUSES.reduce((sum, c) => sum + ((c === target ? 1 : 0) - verdict.whytimeout.score[c]) ** 2, 0),
    ),
  )
}

function bins(pairs: readonly Pair[]): Score['reliability'] {
  return Array.from({ length: BINS }, (_, i) => {
    const [from, to] = [i / BINS, (i + 1) / BINS]
    const own = pairs.filter(
      (p) =>
        p.verdict.whytimeout.verdict.confidence >= from &&
        (p.verdict.whytimeout.verdict.confidence < to || i === BINS - 1),
    )
    const mean = (f: (p: Pair) => number) =>
      own.length === 0 ? 0 : round(own.reduce((s, p) => s + f(p), 0) / own.length)
    return {
      from,
      to,
      count: own.length,
      confidence: mean((p) => p.verdict.whytimeout.verdict.confidence),
      right: mean((p) => (isRight(p) ? 1 : 0)),
    }
  })
}

function causesOf({ pairs, missed, surplus }: Matching): Score['causes'] {
  const share = (n: number, of: number): number | null => (of === 0 ? null : round(n / of))
  const rows = VERDICT_CAUSES.map((cause): [string, CauseScore] => {
    const labelled = pairs.filter((p) => p.truth.cause === cause)
    const said = pairs.filter((p) => p.verdict.whytimeout.verdict.cause === cause)
    const timeouts = labelled.length + missed.filter((t) => t.cause === cause).length
    const verdicts = said.length + surplus.filter((v) => v.whytimeout.verdict.cause === cause).length
    return [
      cause,
      {
        timeouts,
        recall: share(labelled.filter(isRight).length, timeouts),
        precision: share(said.filter(isRight).length, verdicts),
      },
    ]
  })
  return Object.fromEntries(rows.filter(([, r]) => r.recall !== null || r.precision !== null))
}

function confusionOf({ pairs, missed, surplus }: Matching): Record<string, Record<string, number>> {
  const table: Record<string, Record<string, number>> = {}
  const add = (row: string, column: string) => {
    const r = table[row] ?? {}
    table[row] = r
    r[column] = (r[column] ?? 0) + 1
  }
  for (const p of pairs) add(p.truth.cause, p.verdict.whytimeout.verdict.cause)
  for (const t of missed) add(t.cause, 'missed')
  for (const v of surplus) add('surplus', v.whytimeout.verdict.cause)
  return Object.fromEntries([...CAUSES, 'unknown', 'surplus'].flatMap((c) => (table[c] ? [[c, table[c]]] : [])))
}
