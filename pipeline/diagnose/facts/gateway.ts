import type { Episode } from '../episode.js'
import type { Sighting } from '../sighting.js'
import { isOfItsGateway, MAX_SLACK_MS, median, overlaps, type Scene, slackMs } from './fact.js'
import { silenceOf } from './silence.js'

/** How far a gateway's accept may lie from the terminal's own begin of the attempt. */
const ACCEPT_EARLY_MS = 300
const COVER_MS = 120_000
/** Clocks of a gateway and a till. */
const LATE_MS = 250
/** Sessions this far around compete for the same exchanges. */
const PAIRING_MS = 5_000
/** So much farther apart seem a session and an exchange that ended differently. */
const UNLIKE_MS = 1_000
/** nginx's client_header_timeout, which bounds its handshakes too, and a little more. */
const CLIENT_WAIT_MS = 65_000
/** An exchange at a gateway that takes so many times the usual is held up by the gateway; the usual counts as no less than the floor. */
const INERT_TIMES = 10
const INERT_FLOOR_MS = 50

/**
 * Pairs sessions seen at the gateway with the terminals' own exchanges: by terminal id, by port, else by their begins. Sessions carry the site's
 * public address, so many tills look alike; the nearest pairs are made first, each session and each exchange once.
 * @returns exchange by session id
 */
export function pairUp(sessions: readonly Sighting[], exchanges: readonly Sighting[]): ReadonlyMap<string, Sighting> {
  const candidates: { session: Sighting; exchange: Sighting; distance: number }[] = []
  // A line of an error log that has its entry in an access log does not know when the request began; the entry does.
  const timed = sessions.filter((s) => s.durationMs !== undefined)
  for (const session of timed.length > 0 ? timed : sessions) {
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
  // A line that does not say when its attempt began is of the session that was open then and has its number.
  const isSame = session.stan !== undefined && session.stan === x.stan
  if (isSame && session.start <= x.at + slackMs(x) && session.at >= x.start - slackMs(session)) return 0
  const gap = session.start - x.start
  // A log of whole seconds puts its sessions up to one too early.
  if (gap < -ACCEPT_EARLY_MS - slackMs(session) || session.start > x.at + ACCEPT_EARLY_MS + slackMs(x)) return undefined
  if (x.sourcePort !== undefined && session.sourcePort !== undefined && x.sourcePort === session.sourcePort) return 0
  // Where both ended alike, their lengths agree too; a wait in vain is seldom an answer at the gateway.
  const bothOk = session.outcome === 'ok' && x.outcome === 'ok'
  const lengths = bothOk ? Math.abs((session.durationMs ?? 0) - (x.durationMs ?? 0)) / 4 : 0
  const unlike = (session.outcome === 'ok') === (x.outcome === 'timeout') ? UNLIKE_MS : 0
  return Math.abs(gap) + lengths + unlike + 1
}

/** What the gateway's own log shows of the moments. */
export function gatewayFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const isMine = isOfItsGateway(e)
  const line = window.all('session')
  const mine: Sessions = {
    any: (keep) => line.find(from, to, (s) => isMine(s) && keep(s)) !== undefined,
    since: (at, keep) => line.collect(Math.max(from, at), to, (s) => keep(s) && isMine(s)),
  }
  if (!mine.any(() => true)) return
  const near = (a: number, b: number, keep: (s: Sighting) => boolean) =>
    line.collect(Math.max(from, a), Math.min(to, b), (s) => keep(s) && isMine(s))
  const before = near(e.start - COVER_MS, e.start, (s) => s.at < e.start)
  const after = near(e.end, e.end + COVER_MS, (s) => s.at > e.end)
  const during = mine.since(e.start - MAX_SLACK_MS, (s) => overlaps(s, e.start, e.end))
  const covered = before.length + during.length > 0 && (after.length > 0 || during.length > 0)
  put('gateway.logged', covered, [...before.slice(-1), ...after.slice(0, 1), ...during.slice(0, 1)])
  if (!covered) return

  if (e.sufferer === 'terminal') {
    const own = ownSession(scene, mine, isMine)
    if (own !== 'unknown') {
      put('gateway.saw_attempt', own !== undefined, own ? [own] : [...before.slice(-1), ...after.slice(0, 1)])
      if (own) put('gateway.answered', own.outcome === 'ok', [own])
      if (own?.outcome === 'ok' && own.at > e.end + LATE_MS) put('gateway.answered_late', true, [own])
      if (own) put('gateway.own_timed_out', own.outcome === 'timeout' && !isClientWait(own), [own])
      if (own && isClientWait(own)) put('gateway.waited_for_client', true, [own])
      if (own && isLeftWaiting(scene, own, isMine)) put('gateway.left_waiting', true, [own])
      if (own?.queueMs !== undefined) put('gateway.queued', hasQueued(own), [own])
    }
  }
  const waited = e.sufferer === 'gateway' ? during.find((s) => e.symptoms.some((x) => x.id === s.id)) : undefined
  if (waited?.queueMs !== undefined) put('gateway.queued', hasQueued(waited), [waited])
  const timeouts = during.filter((s) => s.outcome === 'timeout' && !isClientWait(s))
  put('gateway.upstream_timeouts', timeouts.length, timeouts)
  const answered = during.filter((s) => s.outcome === 'ok' && s.start >= e.start - 1_000)
  put('gateway.upstream_ok', answered.length, answered)
  const down = mine.since(
    e.start - 5_000 - MAX_SLACK_MS,
    (s) => s.action === 'no-server-available' && overlaps(s, e.start - 5_000, e.end + 5_000),
  )
  if (down.length > 0) put('gateway.upstream_down', true, down)

  // What begins in a range ends after its begin.
  const began = mine.since(e.start, (s) => s.start >= e.start && s.start <= e.end)
  if (began.length === 0 && after.length > 0) {
    const lively = mine.since(e.start - 30_000, (s) => s.start >= e.start - 30_000 && s.start < e.start).length
    if ((lively / 30_000) * (e.end - e.start) >= 3)
      put('gateway.silent', true, [...before.slice(-1), ...after.slice(0, 1)])
  }
  const quiet = e.gateway === undefined ? undefined : silenceOf(scene, window.ofGateway('session', e.gateway))
  if (quiet && quiet.backlog.length > 0) put('gateway.burst_after', true, quiet.backlog)
  slowness(scene, isMine, during)
}

/** A gateway's wait for the next message of its client, or of its handshake: no upstream is called. */
export const isClientWait = (s: Sighting): boolean =>
  s.outcome === 'timeout' && (s.called || (s.phase === 'tls' && s.upstream === undefined))

const LONG_WAIT_MS = 500
const LONG_WAIT_TIMES = 3

/** A session that its client ended while the gateway waited for its upstream: that the request came must be in the line. */
function isLeftWaiting({ episode: e, window, from, to }: Scene, own: Sighting, isMine: (s: Sighting) => boolean) {
  const hasRequest = own.method !== undefined || (own.sentBytes ?? 0) > 0
  const isUnanswered = own.responseMs === undefined && (own.receivedBytes ?? 0) === 0
  if (own.action !== 'connection-closed' || own.upstream === undefined || !hasRequest || !isUnanswered) return false
  // It waited for its turn, and not for the upstream.
  if (hasQueued(own)) return false
  const calm = window
    .served('session')
    .collect(from, to, (s) => isMine(s) && !overlaps(s, e.start, e.end) && s.durationMs !== undefined)
  const usual = median(calm.map((s) => s.responseMs ?? s.durationMs ?? 0)) ?? 0
  return (own.durationMs ?? 0) >= Math.max(LONG_WAIT_MS, usual * LONG_WAIT_TIMES)
}

/** It stood in the gateway's own queue for most of its time. */
const hasQueued = (s: Sighting): boolean =>
  (s.queueMs ?? 0) >= LONG_WAIT_MS && (s.queueMs ?? 0) * 2 >= (s.durationMs ?? 0)

/** The sessions of the episode's gateway. */
type Sessions = {
  readonly any: (keep: (s: Sighting) => boolean) => boolean
  /** Those that ended at a time or later. */
  readonly since: (at: number, keep: (s: Sighting) => boolean) => readonly Sighting[]
}

const backendOf = (upstream: string | undefined): string | undefined => upstream?.split('/', 1)[0]

function slowness(scene: Scene, isMine: (s: Sighting) => boolean, during: readonly Sighting[]): void {
  const { episode: e, window, put, from, to } = scene
  const slow = during.filter((s) => (s.connectMs ?? 0) > 1_000)
  if (slow.length > 0) put('gateway.slow_connect', true, slow)
  const served = window.served('session')
  // Of the upstream that the attempt went to, where the gateway names several.
  const backend = backendOf(e.upstream)
  const isIts = (s: Sighting) => backend === undefined || backendOf(s.upstream) === backend
  // As the gateway measured it, or what is left of a session that states how long it stood in the queue.
  const serviceMs = ({ responseMs, queueMs, durationMs }: Sighting) =>
    responseMs ??
    (backend === undefined || queueMs === undefined || durationMs === undefined ? undefined : durationMs - queueMs)
  const then = during.filter((s) => s.outcome === 'ok' && serviceMs(s) !== undefined && isIts(s))
  if (then.length >= 2) {
    const calm = served.collect(
      from,
      to,
      (s) => serviceMs(s) !== undefined && !overlaps(s, e.start - 10_000, e.end + 10_000) && isMine(s) && isIts(s),
    )
    const usual = median(calm.map((s) => serviceMs(s) ?? 0))
    const now = median(then.map((s) => serviceMs(s) ?? 0))
    if (usual !== undefined && now !== undefined && calm.length >= 3)
      put('usual.slowdown_upstream', now / Math.max(1, usual), then)
  }
  const busy = during.filter(
    (s) =>
      s.outcome !== 'timeout' && (s.durationMs ?? 0) > 1_000 && (s.responseMs ?? 0) < 1_000 && (s.connectMs ?? 0) > 300,
  )
  // Ten times the usual is at least ten times the floor: what is shorter needs no usual.
  const long = during.filter((s) => s.outcome === 'ok' && (s.durationMs ?? 0) > INERT_TIMES * INERT_FLOOR_MS)
  const usualTotal =
    long.length === 0
      ? undefined
      : median(served.collect(from, to, (s) => isMine(s) && !overlaps(s, e.start, e.end)).map((s) => s.durationMs ?? 0))
  const inert = long.filter(
    (s) => (s.durationMs ?? 0) > INERT_TIMES * Math.max(INERT_FLOOR_MS, usualTotal ?? Number.POSITIVE_INFINITY),
  )
  if (busy.length > 0 || inert.length > 0) put('gateway.slow_self', true, [...busy, ...inert])
}

/** The session of this very attempt; `unknown` where the gateway's lines cannot be told apart by site. */
function ownSession(
  scene: Scene,
  sessions: Sessions,
  isMine: (s: Sighting) => boolean,
): Sighting | undefined | 'unknown' {
  const { episode: e, window, from, to } = scene
  const latest = e.end + ACCEPT_EARLY_MS + slackMs({ at: e.end })
  const near = sessions.since(
    e.start - ACCEPT_EARLY_MS - MAX_SLACK_MS,
    (s) => s.start >= e.start - ACCEPT_EARLY_MS - slackMs(s) && s.start <= latest,
  )
  const isNumbered = (s: Sighting) =>
    e.stan !== undefined && s.stan === e.stan && (s.terminal === undefined || s.terminal === e.terminal)
  // Of several tries under one number, the one that began with this; where its begin is not known, that ended with it.
  const off = (s: Sighting) => (e.isTimed ? Math.abs(s.start - e.start) : Math.abs(s.at - e.end))
  const [numbered] = [...sessions.since(e.start - MAX_SLACK_MS, (s) => isNumbered(s) && s.start <= latest)].sort(
    (a, b) => off(a) - off(b),
  )
  if (numbered) return numbered
  const byId = near.find(
    (s) =>
      (e.terminal !== undefined && s.terminal === e.terminal) ||
      (e.sourcePort !== undefined && s.sourcePort === e.sourcePort && (s.site === e.site || s.sourceIp === e.sourceIp)),
  )
  if (byId) return byId
  if (e.site === undefined || window.ofSite('session', e.site).find(from, to, isMine) === undefined) return 'unknown'
  // A wait for a client is logged at its end, a minute later by default, and mostly without its begin.
  const waits = e.phase !== 'tls' ? [] : sessions.since(e.start, (s) => s.site === e.site && isClientWait(s))
  const wait = waits.find((s) => s.at <= e.end + CLIENT_WAIT_MS)
  if (wait) return wait
  const exchanges = window.ofSite('exchange', e.site).range(e.start - 60_000, e.end + 60_000)
  const around = window
    .ofSite('session', e.site)
    .collect(
      Math.max(from, e.start - PAIRING_MS),
      to,
      (s) => s.start >= e.start - PAIRING_MS && s.start <= e.end + PAIRING_MS && isMine(s),
    )
  const pairs = pairUp(around, exchanges)
  const own = near.find((s) => s.site === e.site && isOwn(pairs.get(s.id), e))
  if (own) return own
  // In a log of whole seconds another till of the site may have got what was this one's; where all ended alike, it does not matter.
  const alike = near.filter((s) => s.site === e.site && s.outcome !== 'ok' && slackMs(s) > 0)
  return new Set(alike.map((s) => s.action)).size > 1 ? 'unknown' : alike[0]
}

const isOwn = (x: Sighting | undefined, e: Episode): boolean =>
  x !== undefined && e.symptoms.some((symptom) => symptom.id === x.id)
