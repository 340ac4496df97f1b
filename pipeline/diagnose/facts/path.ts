import type { Sighting } from '../sighting.js'
import type { Timeline } from '../timeline.js'
import { median, type Scene } from './fact.js'

const AROUND_MS = 60_000
const MIN_CASES = 2
const MIN_USUAL = 3
/** What an exchange takes at least for its time to be worth a question. */
const LONG_MS = 1_000

/** What the path itself takes: round trips that a server's TCP measured, and the time of exchanges that the server's own does not explain. */
export function pathFacts({ episode: e, window, put, from, to }: Scene): void {
  if (e.sufferer === 'gateway' || e.site === undefined) return
  const near = (s: Sighting) => s.at >= e.start - AROUND_MS && s.start <= e.end + AROUND_MS
  const trips = window.ofSite('session', e.site).collect(from, to, (s) => s.rttMs !== undefined)
  const trip = (list: readonly Sighting[]) => median(list.map((s) => s.rttMs ?? 0))
  const now = trips.filter(near)
  if (now.length > 0) {
    const rest = trips.filter((s) => !near(s))
    const [then, usual] = [trip(now), rest.length < MIN_USUAL ? undefined : trip(rest)]
    put('path.tcp_rtt_ms', then, now)
    if (then !== undefined && usual !== undefined && usual > 0) put('path.tcp_rtt_ratio', then / usual, now)
  }
  const ok = (s: Sighting) => s.outcome === 'ok' && s.durationMs !== undefined && near(s)
  const [begin, end] = [Math.max(from, e.start - AROUND_MS), Math.min(to, e.end + AROUND_MS)]
  const pick = (line: Timeline<Sighting>, isThere: (s: Sighting) => boolean) =>
    line.collect(begin, end, (s) => ok(s) && isThere(s))
  const outside = (site: string | undefined, isThere: (s: Sighting) => boolean) => {
    const exchanges = pick(site === undefined ? window.all('exchange') : window.ofSite('exchange', site), isThere)
    const sessions = pick(site === undefined ? window.all('session') : window.ofSite('session', site), isThere)
    if (exchanges.length < MIN_CASES || sessions.length < MIN_CASES) return undefined
    const [theirs, own] = [took(exchanges), took(sessions)]
    return { times: theirs / Math.max(1, own), isLong: theirs >= LONG_MS, seen: [...exchanges, ...sessions] }
  }
  const here = outside(e.site, () => true)
  if (here) put('path.outside_times', here.isLong ? here.times : 1, here.seen)
  const there = outside(undefined, (s) => s.site !== undefined && s.site !== e.site)
  if (there) put('path.outside_times_elsewhere', there.isLong ? there.times : 1, there.seen)
}

const took = (list: readonly Sighting[]): number => median(list.map((s) => s.durationMs ?? 0)) ?? 0
