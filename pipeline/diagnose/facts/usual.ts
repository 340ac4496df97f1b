import type { Sighting } from '../sighting.js'
import { limitOf } from './attempt.js'
import { MAX_IDS, median, overlaps, type Scene } from './fact.js'
import { knowsSettings, settingsOf } from './neighbours.js'

/** How far around the attempt others count as of its time: as far as it takes to have two, since a small shop sells once in a few minutes. */
const AROUND_MS = [10_000, 60_000, 180_000]
const MIN_CASES = 3

/** Usual service times, limits against them, and who became slower. */
export function usualFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const all = window.served('exchange').collect(from, to, (s) => s.durationMs !== undefined)
  if (e.sufferer === 'terminal') {
    const who = e.terminal ?? e.host
    const mine =
      who === undefined
        ? all.filter((s) => (s.terminal ?? s.host) === undefined && !overlaps(s, e.start, e.end))
        : window
            .exchangesOf(who)
            .collect(from, to, (s) => s.outcome === 'ok' && s.durationMs !== undefined && !overlaps(s, e.start, e.end))
    if (mine.length > 0) {
      put('usual.median_ms', median(mine.map(duration)), mine)
      put('usual.max_ms', Math.max(...mine.map(duration)), mine)
      put('usual.count', mine.length, mine)
    }
    const peers = peersOf(scene, all)
    const usual = peers.length >= MIN_CASES ? median(peers.map(duration)) : undefined
    const limit = limitOf(scene)
    const seen = window.lowest(peers, MAX_IDS)
    put('usual.fleet_median_ms', usual, seen)
    if (limit !== undefined && usual !== undefined && usual > 0) put('usual.limit_over_median', limit / usual, seen)
    if (limit !== undefined) limitFacts(scene, all, limit)
  }
  slowdowns(scene, all)
}

const duration = (s: Sighting): number => s.durationMs ?? 0

/** What went well to the same port at other times than the attempt's. */
function peersOf({ episode: e, endpoint: { port }, window, from, to }: Scene, all: readonly Sighting[]): Sighting[] {
  const hasStarts = knowsSettings(window, from, to)
  const isTo = (s: Sighting) =>
    port === undefined || (s.port ?? (hasStarts ? settingsOf(window, s, from)?.port : undefined) ?? port) === port
  return all.filter((s) => !overlaps(s, e.start, e.end) && isTo(s))
}

/** How much longer exchanges took around the attempt than at calmer times, at the site and elsewhere. */
function slowdowns({ episode: e, put }: Scene, all: readonly Sighting[]): void {
  const ratio = (isMeant: (s: Sighting) => boolean) => {
    const meant = all.filter(isMeant)
    for (const around of AROUND_MS) {
      const isThen = (s: Sighting) => overlaps(s, e.start - around, e.end + around)
      const seen = meant.filter(isThen)
      if (seen.length < 2) continue
      const rest = calmer(meant.filter((s) => !isThen(s)))
      return rest === undefined ? undefined : { value: (median(seen.map(duration)) ?? 0) / Math.max(1, rest), seen }
    }
    return undefined
  }
  const here = ratio((s) => s.site === e.site)
  put('usual.slowdown_site', here?.value, here?.seen)
  const there = ratio((s) => s.site !== e.site)
  put('usual.slowdown_elsewhere', there?.value, there?.seen)
}

/** The usual duration of the quicker half of a time: the other may belong to the trouble. @param list by time */
function calmer(list: readonly Sighting[]): number | undefined {
  if (list.length < MIN_CASES) return undefined
  const half = list.length >> 1
  const halves = list.length < 2 * MIN_CASES ? [list] : [list.slice(0, half), list.slice(half)]
  return Math.min(...halves.map((part) => median(part.map(duration)) ?? 0))
}

function limitFacts(scene: Scene, all: readonly Sighting[], limit: number): void {
  const { episode: e, window, put, from, to } = scene
  const who = e.terminal ?? e.host
  const isOther = (s: Sighting) => (s.terminal ?? s.host) !== who
  const around = all.filter((s) => overlaps(s, e.start - 60_000, e.end + 60_000) && isOther(s))
  if (around.length >= MIN_CASES) {
    const longer = around.filter((s) => (s.durationMs ?? 0) > limit)
    put('usual.others_above_limit', longer.length / around.length, longer.length > 0 ? longer : around)
  }
  const connects = e.phase === 'connect' || e.phase === 'dns'
  const limitIn = (s: Sighting) => (connects ? s.connectLimitMs : s.responseLimitMs)
  const theirs = window
    .all('start')
    .collect(from, to, (s) => isOther(s) && s.role !== 'server' && s.role !== 'gateway' && limitIn(s) !== undefined)
  if (theirs.length >= 2) {
    const usual = median(theirs.map((s) => limitIn(s) ?? 0)) ?? 0
    put('usual.limit_below_others', limit * 2 <= usual, theirs)
    return
  }
  // Where nobody says his limit, how long others waited in vain does.
  const waits = window
    .all('exchange')
    .collect(
      from,
      to,
      (s) => isOther(s) && s.outcome === 'timeout' && s.phase === e.phase && s.durationMs !== undefined,
    )
  const patience = median(waits.map((s) => s.durationMs ?? 0))
  if (patience !== undefined && waits.length >= MIN_CASES) put('usual.limit_below_others', limit * 2 <= patience, waits)
}
