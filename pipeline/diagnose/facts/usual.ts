import type { Sighting } from '../sighting.js'
import { limitOf } from './attempt.js'
import { median, overlaps, type Scene } from './fact.js'
import { settingsOf } from './neighbours.js'

const AROUND_MS = 10_000
const MIN_CASES = 3

/** Usual service times, limits against them, and who became slower. */
export function usualFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const all = window
    .all('exchange')
    .range(from, to)
    .filter((s) => s.outcome === 'ok' && s.durationMs !== undefined)
  const calm = all.filter((s) => !overlaps(s, e.start - AROUND_MS, e.end + AROUND_MS))
  const duration = (s: Sighting) => s.durationMs ?? 0

  if (e.sufferer === 'terminal') {
    const mine = all.filter((s) => (s.terminal ?? s.host) === (e.terminal ?? e.host) && !overlaps(s, e.start, e.end))
    if (mine.length > 0) {
      put('usual.median_ms', median(mine.map(duration)), mine)
      put('usual.max_ms', Math.max(...mine.map(duration)), mine)
      put('usual.count', mine.length, mine)
    }
    const port = scene.endpoint.port
    const peers = all.filter(
      (s) =>
        !overlaps(s, e.start, e.end) &&
        (port === undefined || (s.port ?? settingsOf(window, s, from)?.port ?? port) === port),
    )
    const usual = peers.length >= MIN_CASES ? median(peers.map(duration)) : undefined
    put('usual.fleet_median_ms', usual, peers)
    const limit = limitOf(scene)
    if (limit !== undefined && usual !== undefined && usual > 0) put('usual.limit_over_median', limit / usual, peers)
    if (limit !== undefined) limitFacts(scene, all, limit)
  }

  const ratio = (keep: (s: Sighting) => boolean) => {
    const then = all.filter((s) => keep(s) && overlaps(s, e.start - AROUND_MS, e.end + AROUND_MS))
    const rest = calm.filter(keep)
    if (then.length < 2 || rest.length < MIN_CASES) return undefined
    return { value: (median(then.map(duration)) ?? 0) / Math.max(1, median(rest.map(duration)) ?? 1), seen: then }
  }
  const here = ratio((s) => s.site === e.site)
  put('usual.slowdown_site', here?.value, here?.seen)
  const there = ratio((s) => s.site !== e.site)
  put('usual.slowdown_elsewhere', there?.value, there?.seen)
}

function limitFacts(scene: Scene, all: readonly Sighting[], limit: number): void {
  const { episode: e, window, put, from, to } = scene
  const around = all.filter(
    (s) => (s.terminal ?? s.host) !== (e.terminal ?? e.host) && overlaps(s, e.start - 60_000, e.end + 60_000),
  )
  if (around.length >= MIN_CASES) {
    const longer = around.filter((s) => (s.durationMs ?? 0) > limit)
    put('usual.others_above_limit', longer.length / around.length, longer.length > 0 ? longer : around)
  }
  const connects = e.phase === 'connect' || e.phase === 'dns'
  const theirs = window
    .all('start')
    .range(from, to)
    .filter((s) => (s.terminal ?? s.host) !== (e.terminal ?? e.host) && s.role !== 'server' && s.role !== 'gateway')
    .filter((s) => (connects ? s.connectLimitMs : s.responseLimitMs) !== undefined)
  const usual = median(theirs.map((s) => (connects ? s.connectLimitMs : s.responseLimitMs) ?? 0))
  if (usual !== undefined && theirs.length >= 2) put('usual.limit_below_others', limit * 2 <= usual, theirs)
}
