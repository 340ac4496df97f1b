import type { Sighting } from '../sighting.js'
import { MAX_IDS, type Scene } from './fact.js'

const NEAR_MS = 60_000
/** What fits into one packet on any path: RFC 9293 3.7.1, Ethernet less the headers. */
const ONE_PACKET_BYTES = 1_400
const MIN_CASES = 3

/** Where an attempt differs from what works at the same time: its address, its size, its host. */
export function expectFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const kind = e.sufferer === 'gateway' ? 'session' : 'exchange'
  if (e.host !== undefined) {
    const mine = window
      .ofHost(kind, e.host)
      .range(Math.max(from, e.start - NEAR_MS), Math.min(to, e.end + NEAR_MS))
      .filter((s) => s.outcome === 'ok' || s.outcome === 'timeout')
    const failing = mine.filter((s) => s.outcome === 'timeout')
    if (new Set(failing.map(endpointOf)).size >= 2) put('expect.host_all_fail', failing.length === mine.length, failing)
  }
  address(scene)
  size(scene)
  handshakes(scene)
  answersElsewhere(scene)
}

const endpointOf = (s: Sighting): string => `${s.upstream ?? s.domain ?? s.ip ?? ''}:${s.port ?? ''}`

/** An address that nobody is served at and no resolver gave, where others are served at another one of the same name or port. */
function address({ episode: e, endpoint, window, put, from, to }: Scene): void {
  if (e.sufferer !== 'terminal' || e.ip === undefined) return
  const port = endpoint.port
  const isAlike = (s: Sighting) =>
    s.ip !== undefined &&
    ((s.domain !== undefined && endpoint.domains.has(s.domain)) || (port !== undefined && s.port === port))
  const served = window.served('exchange')
  const known = window.earliest(served, [from, to], MAX_IDS, (s) => isAlike(s) && s.ip !== e.ip)
  if (known.length === 0) return
  const isServed = served.find(from, to, (s) => s.ip === e.ip) !== undefined
  const isAnswered = [...endpoint.domains].some((d) => window.addressesAnswered(d, from, to).includes(e.ip ?? ''))
  put('expect.address_unknown', !isServed && !isAnswered, known)
}

/** Nothing larger than one packet gets through, smaller requests of the same host or site do. */
function size({ episode: e, window, put, from, to }: Scene): void {
  const own = e.symptoms.map((s) => s.event['source.bytes']).find((b) => b !== undefined)
  if (own === undefined || own < ONE_PACKET_BYTES) return
  const ok = window
    .ofSite(e.sufferer === 'gateway' ? 'session' : 'exchange', e.site)
    .collect(from, to, (s) => s.outcome === 'ok' && s.sentBytes !== undefined)
  if (ok.length < MIN_CASES) return
  put('expect.only_large_fail', !ok.some((s) => (s.sentBytes ?? 0) >= ONE_PACKET_BYTES), ok)
}

/**
 * Handshakes stall, one and all, while short messages pass: the first flight of a server with its certificates is larger than a packet, what
 * goes before it and what resumes an earlier session is not. So other tills of the site may be served, and other sites are with the same port.
 */
function handshakes(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  if (e.phase !== 'tls') return
  const [since, until] = [Math.max(from, e.start - NEAR_MS), Math.min(to, e.end + NEAR_MS)]
  const here = window.ofSite('exchange', e.site).range(since, until)
  const isMine = (s: Sighting) => e.terminal === undefined || s.terminal === e.terminal
  const failing = here.filter((s) => s.outcome === 'timeout' && isMine(s))
  const [first, last] = [failing[0], failing.at(-1)]
  if (!first || !last || failing.length < 2 || failing.some((s) => s.phase !== 'tls' && !s.isPhasePresumed)) return
  const stuck = new Set(failing.map((s) => s.terminal ?? s.host))
  const between = here.filter((s) => s.outcome === 'ok' && s.start >= first.start && s.at <= last.at)
  if (between.some((s) => stuck.has(s.terminal ?? s.host))) return
  const probes = window.ofSite('probe', e.site).range(first.start, last.at)
  const lost = probes.filter((s) => s.outcome !== 'ok').length
  const passed = [...between, ...probes.filter((s) => s.outcome === 'ok')]
  const isSamePort = (s: Sighting) => s.port === undefined || first.port === undefined || s.port === first.port
  const isOthers = (s: Sighting) => s.site !== e.site && isSamePort(s)
  const elsewhere = [
    ...window.served('exchange').collect(first.start, last.at, (s) => s.site !== undefined && isOthers(s)),
    ...sessionsOfOthers(scene, first.start, last.at).filter(isOthers),
  ]
  const fits = lost * 10 < Math.max(1, probes.length) && passed.length >= MIN_CASES && elsewhere.length > 0
  put(
    'expect.only_handshakes_stall',
    fits,
    fits ? [...failing.slice(0, 2), ...passed.slice(0, 2), ...elsewhere.slice(0, 1)] : failing,
  )
}

/** What the gateway served for other addresses; where the site's own is not known, any may be the site's. */
function sessionsOfOthers({ episode: e, window, from, to }: Scene, since: number, until: number): readonly Sighting[] {
  const own =
    e.site === undefined ? undefined : window.ofSite('session', e.site).find(from, to, (s) => s.sourceIp !== undefined)
  if (!own) return []
  return window
    .served('session')
    .collect(since, until, (s) => s.sourceIp !== undefined && s.sourceIp !== own.sourceIp && s.gateway === own.gateway)
}

/** Whether the resolvers of this site answer the name with addresses that nobody gets elsewhere. */
function answersElsewhere({ episode: e, endpoint, window, put, from, to }: Scene): void {
  const [domain] = endpoint.domains
  if (domain === undefined || e.site === undefined) return
  const here = new Set<string>()
  const there = new Set<string>()
  const seen: Sighting[] = []
  for (const s of window.answersFor(domain).range(from, to)) {
    if (s.site === e.site) seen.push(s)
    for (const ip of s.answers) (s.site === e.site ? here : there).add(ip)
  }
  if (here.size === 0 || there.size === 0) return
  put('expect.answer_only_here', ![...here].some((ip) => there.has(ip)), seen)
}
