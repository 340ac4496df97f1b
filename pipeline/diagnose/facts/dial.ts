import { HOST_MOVED } from '../../parse/moved-host.js'
import { ownOrHosts, programOf, settingsText } from '../known.js'
import type { Sighting } from '../sighting.js'
import { isIpv4, MAX_IDS, type Scene } from './fact.js'
import { knowsSettings, settingsOf, startsOf } from './neighbours.js'

/** Whether what was dialled is what works. */
export function dialFacts(scene: Scene): void {
  const { episode: e, endpoint, window, put, from, to, settings } = scene
  const exchanges = window.all('exchange')
  const range = [from, to] as const
  const hasStarts = knowsSettings(window, from, to)
  const known = (s: Sighting) => (hasStarts ? settingsOf(window, s, from) : undefined)
  const portOf = (s: Sighting) => {
    const settings = known(s)
    return settings?.viaProxy ? settings.port : (s.port ?? settings?.port)
  }
  const port = endpoint.port
  if (port !== undefined && e.sufferer === 'terminal') {
    const ok = window.earliest(window.served('exchange'), range, MAX_IDS, (s) => portOf(s) === port)
    const who = e.terminal ?? e.host
    // Many programs name the port in their failures only.
    const own = (kind: 'exchange' | 'session') =>
      e.terminal !== undefined ? window.ofTerminal(kind, e.terminal) : window.ofHost(kind, e.host ?? '')
    const isServedSomewhere =
      ok.length === 0 &&
      (own('exchange').find(from, to, (s) => s.outcome === 'ok' && portOf(s) === undefined) !== undefined ||
        own('session').find(from, to, (s) => s.outcome === 'ok' && s.port === undefined) !== undefined)
    if (!isServedSomewhere) put('dial.endpoint_ok_usually', ok.length > 0, ok)
    // Whom the inventory sends to another gateway dials another port for good reason.
    const isOther = (s: Sighting) =>
      (s.terminal ?? s.host) !== who && (s.gateway === undefined || e.gateway === undefined || s.gateway === e.gateway)
    const users = window.earliest(exchanges, range, MAX_IDS, (s) => isOther(s) && portOf(s) === port)
    const others =
      users.length > 0
        ? users
        : window.earliest(exchanges, range, MAX_IDS, (s) => isOther(s) && portOf(s) !== undefined)
    if (users.length > 0 || (others.length > 0 && !isServedSomewhere))
      put('dial.port_used_by_others', users.length > 0, others)
  }
  otherAddress(scene, known)
  changes(scene, settings)
  formerEndpoint(scene, settings, known)
  loweredLimit(scene, settings)
  movedPort(scene, portOf)
  toldPort(scene, settings, portOf)
  otherPort(scene)
}

/** A heartbeat every five minutes still counts as beside the attempt. */
const BESIDE_MS = 330_000

/** Whether the terminal itself is served at another port about the time, while nothing that it tries at this one comes to anything. */
function otherPort({ episode: e, window, put, from, to }: Scene): void {
  if (e.sufferer !== 'terminal' || e.terminal === undefined || e.port === undefined) return
  const own = window
    .ofTerminal('exchange', e.terminal)
    .collect(Math.max(from, e.start - BESIDE_MS), Math.min(to, e.end + BESIDE_MS), (s) => s.port !== undefined)
  const here = own.filter((s) => s.port === e.port)
  const there = own.filter((s) => s.port !== e.port)
  const served = there.filter((s) => s.outcome === 'ok')
  if (served.length === 0 || here.filter((s) => s.outcome === 'timeout').length < 2) return
  const isOnlyHere = !here.some((s) => s.outcome === 'ok') && !there.some((s) => s.outcome === 'timeout')
  put('dial.own_other_port_ok', isOnlyHere, served)
}

/** An answer this near before an attempt is the one that it dials. */
const ANSWERED_MS = 15_000
/** What is served this near to an attempt is served at its time. */
const NEAR_MS = 60_000

/**
 * Whether others of the same name are served at another address than the one dialled, and nobody is there: then the address is no longer, or
 * never was, the service's. Where no line says what was dialled, it is what the site's own resolver answered last.
 */
function otherAddress(
  { episode: e, endpoint, window, put, from, to }: Scene,
  known: (s: Sighting) => Sighting | undefined,
): void {
  const [domain] = endpoint.domains
  if (domain === undefined) return
  const answer = window
    .answersFor(domain)
    .collect(Math.max(from, e.start - ANSWERED_MS), e.end, (s) => s.site === e.site && s.answers.some(isIpv4))
    .at(-1)
  const dialled = e.ip ?? answer?.answers.find(isIpv4)
  if (dialled === undefined) return
  // What a site's resolver answered last is what its terminals dial, unless they say.
  let resolved: Map<string | undefined, Sighting> | undefined
  const resolvedFor = (s: Sighting): string | undefined => {
    if (s.site === undefined) return undefined
    resolved ??= new Map(
      window
        .answersFor(domain)
        .collect(Math.max(from, e.start - NEAR_MS), e.end, (a) => a.site !== undefined && a.answers.some(isIpv4))
        .map((a) => [a.site, a]),
    )
    const last = resolved.get(s.site)
    return last && last.at <= s.start ? last.answers.find(isIpv4) : undefined
  }
  const addressOf = (s: Sighting): string | undefined => {
    const named = s.domain ?? known(s)?.domain
    if (named === undefined && s.ip === undefined && s.port === undefined) return resolvedFor(s)
    return named !== undefined && endpoint.domains.has(named) ? (s.ip ?? known(s)?.ip ?? resolvedFor(s)) : undefined
  }
  const isElsewhere = (s: Sighting) => {
    const ip = addressOf(s)
    return ip !== undefined && ip !== dialled
  }
  const served = window.served('exchange')
  const elsewhere = served.collect(
    Math.max(from, e.start - 5_000),
    to,
    (s) => s.start <= e.end + 5_000 && isElsewhere(s),
  )
  if (e.ip !== undefined || elsewhere.length > 0) put('dial.ip_ok_others', elsewhere.length > 0, elsewhere)
  if (e.sufferer !== 'terminal') return
  const about = served.range(Math.max(from, e.start - NEAR_MS), Math.min(to, e.end + NEAR_MS))
  const others = about.filter(isElsewhere)
  const isThere = (s: Sighting) => (s.ip ?? known(s)?.ip ?? addressOf(s)) === dialled
  if (others.length > 0) put('dial.address_serves_nobody', !about.some(isThere), answer ? [answer, ...others] : others)
  // Begun after the attempt and before its end: the address is alive.
  const there = about.find(
    (s) => (s.terminal ?? s.host) !== (e.terminal ?? e.host) && s.start >= e.start && s.start <= e.end && isThere(s),
  )
  if (there) put('dial.address_serves_others', true, [there])
}

/**
 * Whether the terminal itself was served at another port, then left it for this one where it never was, while others are served at the one it
 * left. Who tries one port after the other comes back to the first. Many programs name the port in their failures only: of what was served it is the
 * one that they started with.
 */
function movedPort({ episode: e, window, put, from, to }: Scene, portOf: (s: Sighting) => number | undefined): void {
  if (e.sufferer !== 'terminal' || e.terminal === undefined || e.port === undefined) return
  const own = window.ofTerminal('exchange', e.terminal).collect(from, e.end, (s) => portOf(s) !== undefined)
  const first = own.find((s) => portOf(s) === e.port)
  if (!first) return
  const before = own.filter((s) => s.at <= first.start)
  const since = own.filter((s) => s.at > first.start)
  const served = before.findLast((s) => s.outcome === 'ok')
  if (!served || since.some((s) => portOf(s) !== e.port || s.outcome === 'ok')) return
  const formerPort = portOf(served)
  const others = servedOther(window, e.terminal, [first.start, to], (s) => portOf(s) === formerPort)
  if (others) put('dial.moved_port', true, [served, first, others])
}

const servedOther = (
  window: Scene['window'],
  terminal: string,
  [from, to]: readonly [number, number],
  isThere: (s: Sighting) => boolean,
): Sighting | undefined =>
  window.served('exchange').find(from, to, (s) => s.terminal !== undefined && s.terminal !== terminal && isThere(s))

/** The same where a line tells of the change: it was served before, has not been since, and others are. */
function toldPort(
  { episode: e, window, put, from, to }: Scene,
  settings: Sighting | undefined,
  portOf: (s: Sighting) => number | undefined,
): void {
  const former = settings?.formerPort
  if (!settings || former === undefined || e.sufferer !== 'terminal' || e.terminal === undefined) return
  if (settings.at < from || former === settings.port || (e.port !== undefined && e.port !== settings.port)) return
  const own = window.ofTerminal('exchange', e.terminal).collect(from, e.end, (s) => s.outcome === 'ok')
  const served = own.findLast((s) => s.at <= settings.at)
  if (!served || own.some((s) => s.start >= settings.at)) return
  const others = servedOther(window, e.terminal, [settings.at, to], (s) => [undefined, former].includes(portOf(s)))
  if (others) put('dial.moved_port', true, [served, settings, others])
}

/** However long ago it was lowered: it goes on cutting what takes longer. */
function loweredLimit(scene: Scene, settings: Sighting | undefined): void {
  const { episode: e, put } = scene
  if (!settings || e.terminal === undefined || e.sufferer !== 'terminal') return
  const limitOf = (s: Sighting) => (e.phase === 'response' ? s.responseLimitMs : s.connectLimitMs)
  const before = settingsSaid(scene, e.terminal, settings).findLast(
    (s) => s.at < settings.at && limitOf(s) !== undefined,
  )
  const [now, then] = [limitOf(settings), before && limitOf(before)]
  if (before && now !== undefined && then !== undefined && now * 2 < then)
    put('dial.limit_lowered', true, [settings, before])
}

/** Whether others are served where this terminal dialled before its settings changed, however long ago that was, while it is not at all. */
function formerEndpoint(
  scene: Scene,
  settings: Sighting | undefined,
  known: (s: Sighting) => Sighting | undefined,
): void {
  const { episode: e, window, put, from, to } = scene
  if (!settings || e.terminal === undefined || e.sufferer !== 'terminal') return
  const isElsewhere = (s: Sighting) =>
    s.port !== settings.port || s.domain !== settings.domain || (s.domain === undefined && s.ip !== settings.ip)
  const former = settingsSaid(scene, e.terminal, settings).findLast((s) => s.at < settings.at && isElsewhere(s))
  if (!former || (former.domain === undefined && former.ip === undefined)) return
  const since = Math.max(from, settings.at)
  const own = window.ofTerminal('exchange', e.terminal)
  if (own.find(since, e.end, (s) => s.outcome === 'ok' && s.start >= since)) {
    put('dial.former_endpoint_serves', false, [settings, former])
    return
  }
  const isServedThere = (s: Sighting) => {
    if (s.terminal === e.terminal) return false
    const set = known(s)
    const [domain, ip, port] = [s.domain ?? set?.domain, s.ip ?? set?.ip, s.port ?? set?.port]
    return port === former.port && (former.domain !== undefined ? domain === former.domain : ip === former.ip)
  }
  const served = window.earliest(window.served('exchange'), [since, to], MAX_IDS, isServedThere)
  if (served.length > 0) put('dial.former_endpoint_serves', true, [former, settings, ...served])
}

/** What the program whose settings are in force has said of them, before the window too, in the order of time. */
function settingsSaid({ episode: e, window, from, to }: Scene, terminal: string, settings: Sighting): Sighting[] {
  const program = programOf(settings)
  const before =
    ownOrHosts(e, (who) => {
      const said = window.known.before(who, 'settings', from)
      return said.length > 0 ? said : undefined
    }) ?? []
  return [...before.map((s) => s.sighting), ...startsOf(window, { terminal, host: e.host }, from, to)].filter(
    (s) => settingsText(s) !== undefined && programOf(s) === program,
  )
}

/** The start-up line in force against the other ones of the same terminal. */
function changes(scene: Scene, settings: Sighting | undefined): void {
  const { episode: e, window, put, from, to } = scene
  // What was set before the window is no change, only what it was changed from.
  if (!settings || !e.terminal || settings.at < from) return
  // Whoever manages the terminal tells of the change itself.
  const isToldMoved = settings.reason === HOST_MOVED && (settings.domain ?? settings.ip) === (e.domain ?? e.ip)
  const said = settingsSaid(scene, e.terminal, settings)
  const inWindow = said.findIndex((s) => s.at >= from)
  const others = said.slice(Math.max(0, inWindow - 1)).filter((s) => s.id !== settings.id)
  const moved = others.filter((s) => s.port !== settings.port || s.domain !== settings.domain || s.ip !== settings.ip)
  if (isToldMoved || others.length > 0)
    put('dial.config_changed', isToldMoved || moved.length > 0, [settings, ...moved])
  if (others.length === 0) return
  const limited = others.filter(
    (s) => s.connectLimitMs !== settings.connectLimitMs || s.responseLimitMs !== settings.responseLimitMs,
  )
  put('dial.limit_changed', limited.length > 0, limited.length > 0 ? [settings, ...limited] : [settings])
  if (moved.length + limited.length > 0) {
    const ids = new Set([...moved, ...limited].map((s) => s.id))
    const fine = window
      .ofTerminal('exchange', e.terminal)
      .range(from, to)
      .filter((s) => s.outcome === 'ok' && ids.has(settingsOf(window, s, from)?.id ?? ''))
    put('dial.ok_before_change', fine.length > 0, fine)
  }
}
