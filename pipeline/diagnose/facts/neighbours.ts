import { ownOrHosts, type Who } from '../known.js'
import type { Sighting } from '../sighting.js'
import type { Window } from '../window.js'
import { groupBy, overlaps, type Scene } from './fact.js'

/** How one other terminal fared at the time of an attempt, by its exchange nearest in time. */
export type Neighbour = {
  readonly terminal: string
  readonly site: string | undefined
  readonly isp: string | undefined
  readonly port: number | undefined
  readonly state: 'ok' | 'timeout' | 'failed'
  /** It stopped at the lookup of a name. */
  readonly atLookup: boolean
  /** It made a new connection to what the attempt dialled, after that began and before it ended, as far as its own log tells. */
  readonly connected: boolean
  /** The same, within half a minute of the attempt: it got through to connect, or did not. */
  readonly reach: 'connects' | 'in-vain' | undefined
  readonly id: string
}

/**
 * Who is seldom busy is judged by its exchange nearest to the attempt, at most this far away: a fault lasts minutes,
 * a till sells once in a few.
 */
const NEAR_MS = 120_000
/** Connections of others this near to an attempt tell whether the gateway took any then. */
const REACH_MS = 30_000

/** Every other terminal with an exchange that overlaps the attempt or, failing that, lies nearest to it. */
export function neighboursOf(scene: Scene): readonly Neighbour[] {
  const { episode: e, window } = scene
  const from = Math.max(scene.from, e.start - NEAR_MS)
  const to = Math.min(scene.to, e.end + NEAR_MS)
  const self = e.terminal ?? e.host
  const byTerminal = groupBy(window.all('exchange').range(from, to), (s) => {
    const who = s.terminal ?? s.host
    return who === self || s.outcome === 'unknown' ? undefined : who
  })
  return [...byTerminal].map(([terminal, list]) => judge(terminal, list, scene))
}

function judge(terminal: string, list: readonly Sighting[], scene: Scene): Neighbour {
  const { start, end, gateway } = scene.episode
  const { port } = scene.endpoint
  const isThere = (s: Sighting) =>
    s.gateway === gateway && (s.port === undefined || port === undefined || s.port === port)
  const overlapping = list.filter((s) => overlaps(s, start, end))
  const near = overlapping.length > 0 ? overlapping : nearest(list, start, end)
  const decisive =
    near.find((s) => s.outcome === 'timeout') ?? near.find((s) => s.outcome === 'ok') ?? (near[0] as Sighting)
  return {
    terminal,
    site: decisive.site,
    isp: decisive.isp,
    port: decisive.port ?? settingsOf(scene.window, decisive, scene.from)?.port,
    state: decisive.outcome === 'ok' ? 'ok' : decisive.outcome === 'timeout' ? 'timeout' : 'failed',
    atLookup: decisive.phase === 'dns',
    connected: list.some((s) => s.start >= start && s.start <= end && isThere(s) && isConnected(s)),
    reach: reachOf(list.filter((s) => s.start >= start - REACH_MS && s.start <= end + REACH_MS && isThere(s))),
    id: decisive.id,
  }
}

const BEYOND_CONNECT: ReadonlySet<string | undefined> = new Set(['tls', 'response'])
const isConnected = (s: Sighting): boolean =>
  !s.keepAlive && (s.outcome === 'ok' || (BEYOND_CONNECT.has(s.phase) && !s.isPhasePresumed))

const reachOf = (list: readonly Sighting[]): Neighbour['reach'] => {
  if (list.some((s) => s.outcome !== 'ok' && s.phase === 'connect')) return 'in-vain'
  return list.some(isConnected) ? 'connects' : undefined
}

function nearest(list: readonly Sighting[], start: number, end: number): readonly Sighting[] {
  let best = Number.POSITIVE_INFINITY
  let found: Sighting[] = []
  for (const s of list) {
    const distance = s.start > end ? s.start - end : start - s.at
    if (distance < best) {
      best = distance
      found = [s]
    } else if (distance === best) found.push(s)
  }
  return found
}

type Speaker = Who & { readonly at: number }

/** The start-up line that was in force when something happened; the last one before `from` where there is none since. */
export const settingsOf = (window: Window, s: Speaker, from: number): Sighting | undefined =>
  startOf(window, s, from) ?? knownSettings(window, s, from)

/** Whether anybody's settings are known: where nobody has started, nobody need be asked for. */
export const knowsSettings = (window: Window, from: number, to: number): boolean =>
  window.known.size > 0 || window.all('start').any(from, to)

/** The last start-up line before `from` that names settings. */
export const knownSettings = (window: Window, s: Speaker, from: number): Sighting | undefined =>
  ownOrHosts(s, (who) => window.known.last(who, 'settings', from)?.sighting)

/** The last start-up line from `from` on. */
export function startOf(window: Window, s: Speaker, from: number): Sighting | undefined {
  const list = startsOf(window, s, from, s.at)
  const last = list.at(-1)
  if (!last || last.at < from) return undefined
  if (last.formerPort === undefined || (last.domain ?? last.ip) !== undefined) return last
  // A change of the port alone leaves the rest as it was.
  const whole = list.findLast((start) => (start.domain ?? start.ip) !== undefined)
  if (!whole) return last
  const { domain, ip, connectLimitMs, responseLimitMs } = whole
  return { ...last, domain, ip, connectLimitMs, responseLimitMs }
}

/** Start-up lines of the terminal's own program, or of the one on its host that serves several terminals and names none. */
export function startsOf(window: Window, { terminal, host }: Who, from: number, to: number): readonly Sighting[] {
  const own = terminal === undefined ? [] : window.ofTerminal('start', terminal).range(from, to)
  if (own.length > 0 || host === undefined) return own
  return window.ofHost('start', host).collect(from, to, (s) => terminal === undefined || s.terminal === undefined)
}
