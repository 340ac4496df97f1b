import type { Episode } from '../episode.js'
import type { Sighting } from '../sighting.js'
import { median, overlaps, type Scene, slackMs } from './fact.js'

/** How far a gateway's accept may lie from the terminal's own begin of the attempt. */
const ACCEPT_EARLY_MS = 300
const COVER_MS = 120_000
/** Sessions this far around compete for the same exchanges. */
const PAIRING_MS = 5_000

/**
 * Pairs sessions seen at the gateway with the terminals' own exchanges: by terminal id, by port, else by their begins. Sessions carry the site's
 * public address, so many tills look alike; the nearest pairs are made first, each session and each exchange once.
 * @returns exchange by session id
 */
export function pairUp(sessions: readonly Sighting[], exchanges: readonly Sighting[]): ReadonlyMap<string, Sighting> {
  const candidates: { session: Sighting; exchange: Sighting; distance: number }[] = []
  for (const session of sessions) {
    for (const exchange of exchanges) {
      const distance = distanceOf(session, exchange)
      if (distance !== undefined) candidates.push({ session, exchange, distance })
    }
  }
  candidates.sort(
    (a, b) => a.distance - b.distance || compare(a.session.id, b.session.id) || compare(a.exchange.id, b.exchange.id),
  )
  const found = new Map<string, Sighting>()
  const taken = new Set<string>()
  for (const { session, exchange } of candidates) {
    if (found.has(session.id) || taken.has(exchange.id)) continue
    found.set(session.id, exchange)
    taken.add(exchange.id)
  }
  return found
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function distanceOf(session: Sighting, x: Sighting): number | undefined {
  if (session.terminal !== undefined && x.terminal !== session.terminal) return undefined
  if (session.site !== undefined && x.site !== undefined && session.site !== x.site) return undefined
  const gap = session.start - x.start
  if (gap < -ACCEPT_EARLY_MS || session.start > x.at + ACCEPT_EARLY_MS + slackMs(x)) return undefined
  if (x.sourcePort !== undefined && session.sourcePort !== undefined && x.sourcePort === session.sourcePort) return 0
  // Where both ended well, their lengths agree too.
  const lengths =
    session.outcome === 'ok' && x.outcome === 'ok' ? Math.abs((session.durationMs ?? 0) - (x.durationMs ?? 0)) / 4 : 0
  return Math.abs(gap) + lengths + 1
}

/** What the gateway's own log shows of the moments. */
export function gatewayFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const all = window.all('session').range(from, to)
  const mine = e.gateway === undefined ? all : all.filter((s) => s.gateway === undefined || s.gateway === e.gateway)
  if (mine.length === 0) return
  const before = mine.filter((s) => s.at < e.start && s.at >= e.start - COVER_MS)
  const after = mine.filter((s) => s.at > e.end && s.at <= e.end + COVER_MS)
  const during = mine.filter((s) => overlaps(s, e.start, e.end))
  const covered = before.length + during.length > 0 && (after.length > 0 || during.length > 0)
  put('gateway.logged', covered, [...before.slice(-1), ...after.slice(0, 1), ...during.slice(0, 1)])
  if (!covered) return

  if (e.sufferer === 'terminal') {
    const own = ownSession(scene, mine)
    if (own !== 'unknown') {
      put('gateway.saw_attempt', own !== undefined, own ? [own] : [...before.slice(-1), ...after.slice(0, 1)])
      if (own) put('gateway.answered', own.outcome === 'ok', [own])
      if (own) put('gateway.own_timed_out', own.outcome === 'timeout', [own])
    }
  }
  const timeouts = during.filter((s) => s.outcome === 'timeout')
  put('gateway.upstream_timeouts', timeouts.length, timeouts)
  const answered = during.filter((s) => s.outcome === 'ok' && s.start >= e.start - 1_000)
  put('gateway.upstream_ok', answered.length, answered)
  const down = mine.filter((s) => s.action === 'no-server-available' && overlaps(s, e.start - 5_000, e.end + 5_000))
  if (down.length > 0) put('gateway.upstream_down', true, down)

  const began = mine.filter((s) => s.start >= e.start && s.start <= e.end)
  const lively = mine.filter((s) => s.start >= e.start - 30_000 && s.start < e.start).length
  const expected = (lively / 30_000) * (e.end - e.start)
  if (began.length === 0 && expected >= 3 && after.length > 0)
    put('gateway.silent', true, [...before.slice(-1), ...after.slice(0, 1)])
  slowness(scene, mine, during)
}

function slowness({ episode: e, put }: Scene, all: readonly Sighting[], during: readonly Sighting[]): void {
  const slow = during.filter((s) => (s.connectMs ?? 0) > 1_000)
  if (slow.length > 0) put('gateway.slow_connect', true, slow)
  const calm = all.filter(
    (s) => s.outcome === 'ok' && s.responseMs !== undefined && !overlaps(s, e.start - 10_000, e.end + 10_000),
  )
  const then = during.filter((s) => s.outcome === 'ok' && s.responseMs !== undefined)
  const usual = median(calm.map((s) => s.responseMs ?? 0))
  const now = median(then.map((s) => s.responseMs ?? 0))
  if (usual !== undefined && now !== undefined && calm.length >= 3 && then.length >= 2) {
    put('usual.slowdown_upstream', now / Math.max(1, usual), then)
  }
  const busy = during.filter(
    (s) =>
      s.outcome !== 'timeout' && (s.durationMs ?? 0) > 1_000 && (s.responseMs ?? 0) < 1_000 && (s.connectMs ?? 0) > 300,
  )
  const usualTotal = median(
    all.filter((s) => s.outcome === 'ok' && !overlaps(s, e.start, e.end)).map((s) => s.durationMs ?? 0),
  )
  const inert = during.filter(
    (s) => s.outcome === 'ok' && (s.durationMs ?? 0) > 10 * Math.max(50, usualTotal ?? Number.POSITIVE_INFINITY),
  )
  if (busy.length > 0 || inert.length > 0) put('gateway.slow_self', true, [...busy, ...inert])
}

/** The session of this very attempt; `unknown` where the gateway's lines cannot be told apart by site. */
export function ownSession(scene: Scene, sessions: readonly Sighting[]): Sighting | undefined | 'unknown' {
  const { episode: e, window } = scene
  const near = sessions.filter(
    (s) => s.start >= e.start - ACCEPT_EARLY_MS && s.start <= e.end + ACCEPT_EARLY_MS + slackMs({ at: e.end }),
  )
  const byId = near.find(
    (s) =>
      (e.terminal !== undefined && s.terminal === e.terminal) ||
      (e.sourcePort !== undefined && s.sourcePort === e.sourcePort && (s.site === e.site || s.sourceIp === e.sourceIp)),
  )
  if (byId) return byId
  const named = sessions.some((s) => s.site !== undefined && s.site === e.site)
  if (!named || e.site === undefined) return 'unknown'
  const exchanges = window.ofSite('exchange', e.site).range(e.start - 60_000, e.end + 60_000)
  const around = sessions.filter(
    (s) => s.site === e.site && s.start >= e.start - PAIRING_MS && s.start <= e.end + PAIRING_MS,
  )
  const pairs = pairUp(around, exchanges)
  return near.find((s) => s.site === e.site && isOwn(pairs.get(s.id), e))
}

const isOwn = (x: Sighting | undefined, e: Episode): boolean =>
  x !== undefined && e.symptoms.some((symptom) => symptom.id === x.id)
