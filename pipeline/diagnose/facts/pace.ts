import type { FactName } from '../../../schemas/facts.js'
import type { Sighting } from '../sighting.js'
import { groupBy, median, type Scene } from './fact.js'

const AROUND_MS = 30_000
const MIN_INTERVALS = 6
const MAX_CASES = 200
/** How far intervals may lie from their median, and ages of cut connections from theirs. */
const STEADY = 0.1
const SAME_AGE = 0.03
const MIN_AGE_MS = 5_000
/** A client ends its connection this soon after its wait has run out. */
const GIVEN_UP_MS = 500
/** A rise is looked for in the two minutes before, of a small shop in more: their last third against the rest. */
const BEFORE_MS = [120_000, 600_000]
const MIN_CASES = 3

/** In which rhythm answers come, whether durations rise and fall around the attempt, at which age connections are cut. */
export function paceFacts(scene: Scene): void {
  queue(scene)
  riseAndFall(scene)
  cuts(scene)
}

/** Answers that leave one by one at a fixed interval while each has waited for several: one worker, or a queue behind a limit of rate. */
function queue({ episode: e, window, put, from, to }: Scene): void {
  const range = [Math.max(from, e.start - AROUND_MS), Math.min(to, e.end + AROUND_MS)] as const
  const all =
    e.gateway === undefined ? [] : window.ofGateway('session', e.gateway).collect(...range, (s) => s.outcome === 'ok')
  // Two logs of one gateway tell of each request twice, always the same moment apart.
  const byLog = [...groupBy(all, (s) => s.origin).values()].sort((a, b) => b.length - a.length)
  const sessions = byLog[0] ?? []
  const answers = (sessions.length > MIN_INTERVALS ? sessions : window.served('exchange').range(...range)).slice(
    -MAX_CASES,
  )
  // Logs that state whole seconds look regular to everybody.
  if (answers.length <= MIN_INTERVALS || answers.every((s) => s.at % 1000 === 0)) return
  const gaps = answers.slice(1).map((s, i) => s.at - (answers[i] as Sighting).at)
  const usual = median(gaps) ?? 0
  const spread = median(gaps.map((g) => Math.abs(g - usual))) ?? 0
  const took = median(answers.map((s) => s.durationMs ?? 0)) ?? 0
  put('pace.one_at_a_time', usual > 0 && spread <= usual * STEADY && took >= usual * 2, answers)
}

function riseAndFall({ episode: e, endpoint: { port }, window, put, from, to }: Scene): void {
  const most = BEFORE_MS.at(-1) ?? 0
  const all = window
    .served('exchange')
    .collect(
      Math.max(from, e.start - most),
      to,
      (s) => s.durationMs !== undefined && (port === undefined || s.port === undefined || s.port === port),
    )
  const isHere = (s: Sighting) => s.site === e.site
  const parts = (isMeant: (s: Sighting) => boolean, before: number) => {
    const within = (a: number, b: number) => all.filter((s) => s.at >= a && s.at < b && isMeant(s))
    const lateFrom = e.start - before / 3
    return { early: within(e.start - before, lateFrom), late: within(lateFrom, e.end) }
  }
  const after = all.filter((s) => s.at >= e.end + AROUND_MS)
  const tell = (isMeant: (s: Sighting) => boolean, rise: FactName, fall?: FactName) => {
    const found = BEFORE_MS.map((before) => parts(isMeant, before))
    const { early, late } =
      found.find((p) => p.early.length >= MIN_CASES && p.late.length >= MIN_CASES) ??
      (found[0] as (typeof found)[number])
    put(rise, ratio(late, early), late)
    const later = after.filter(isMeant)
    if (fall !== undefined) put(fall, ratio(late, later), late)
  }
  tell(() => true, 'pace.rise', 'pace.fall')
  tell(isHere, 'pace.rise_site', 'pace.fall_site')
  tell((s) => !isHere(s), 'pace.rise_elsewhere')
}

const ratio = (a: readonly Sighting[], b: readonly Sighting[]): number | undefined =>
  a.length < MIN_CASES || b.length < MIN_CASES
    ? undefined
    : (median(a.map((s) => s.durationMs ?? 0)) ?? 0) / Math.max(1, median(b.map((s) => s.durationMs ?? 0)) ?? 1)

/**
 * Connections that end at the same age, whatever they carried: a limit of something on the way, not a fault of the line. What lasts as long as the
 * waits that ran out was ended by him who waited.
 */
function cuts({ episode: e, endpoint: { port }, window, put, from, to }: Scene): void {
  const waits = window
    .ofSite('exchange', e.site)
    .collect(from, to, (s) => s.outcome === 'timeout' && s.durationMs !== undefined)
    .map((s) => s.durationMs ?? 0)
  const isGivenUp = (ms: number) => waits.some((w) => Math.abs(w - ms) <= Math.max(GIVEN_UP_MS, w * SAME_AGE))
  const isCut = (s: Sighting) =>
    (s.action === 'connection-closed' || s.action === 'connection-reset' || s.action === 'read-idle') &&
    (s.durationMs ?? 0) >= MIN_AGE_MS &&
    !isGivenUp(s.durationMs ?? 0) &&
    (port === undefined || s.port === undefined || s.port === port)
  const cut = [
    ...window.ofSite('exchange', e.site).collect(from, to, isCut),
    ...window.ofSite('session', e.site).collect(from, to, isCut),
  ].slice(-MAX_CASES)
  if (cut.length < MIN_CASES) return
  const ages = cut.map((s) => s.durationMs ?? 0)
  const [low, high] = [Math.min(...ages), Math.max(...ages)]
  if (high - low <= high * SAME_AGE) put('pace.cut_age_ms', median(ages), cut)
}
