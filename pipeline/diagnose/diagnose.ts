import type { Verdict } from '../../schemas/verdict.js'
import type { Pack } from '../match/pack.js'
import { verdictId } from '../parse/event-id.js'
import { attemptsAround } from './around.js'
import { type Episode, open } from './episode.js'
import { idleBefore } from './facts/attempt.js'
import { pairUp } from './facts/gateway.js'
import { factsOf } from './facts/index.js'
import { knownSettings, startOf } from './facts/neighbours.js'
import { isStatement, Known } from './known.js'
import { nearMisses } from './near-miss.js'
import { byTimeThenId, isSymptom, type Observation, standInOf } from './observation.js'
import { createOpenEpisodes } from './open-episodes.js'
import { areMatesLookingUp, isLookupUnanswered, isPhasePresumed, presumedPhase } from './phase.js'
import { LONGEST_ATTEMPT_MS, ranOutOfTime, requestStart } from './ran-out.js'
import { type Weighing, weigh } from './score.js'
import type { Sighting, SightingKind } from './sighting.js'
import { throughProxy } from './through-proxy.js'
import { Timeline } from './timeline.js'
import { verdictOf } from './verdict.js'
import { Window } from './window.js'

/** What tells that somebody attempted something. */
const ATTEMPTS: readonly SightingKind[] = ['exchange', 'session', 'request', 'connect', 'message']

export type Decision = {
  readonly verdict: Verdict
  /** Ids of the events it cites. */
  readonly cited: readonly string[]
  /** Ids that verdicts on its other symptoms would have: provisional ones under them are void. */
  readonly superseded: readonly string[]
  /** Time of its first symptom, epoch ms. */
  readonly first: number
  /** All that was weighed, more than the verdict tells; for those who ask what rules do. */
  readonly weighing?: Weighing
}
/** Events in (time, id) order in, verdicts out. No clock, no I/O; equal input gives equal output. */
export type Diagnosis = {
  /** Takes one event; gives the verdicts that became final before it. Repeats (same id) change nothing. */
  readonly step: (o: Observation) => readonly Decision[]
  /** Nothing before `at` will come any more. */
  readonly advance: (at: number) => readonly Decision[]
  /** No more events at all. */
  readonly end: () => readonly Decision[]
  readonly openEpisodes: () => number
  /** No verdict to come cites an event before this (epoch ms). */
  readonly horizon: () => number
}
/** Events in any order in; what can be said at once of each new symptom out. The final word comes from `Diagnosis`. */
export type Forecast = {
  readonly step: (o: Observation) => readonly Decision[]
  /** Takes a symptom back. */
  readonly drop: (id: string) => void
  /** Forgets what lies too far before `at` to matter. */
  readonly advance: (at: number) => void
}

/** @param known  what sources said before; the events add to it */
export function createDiagnosis(pack: Pack, realm: string, known: Known = new Known()): Diagnosis {
  const memory = createMemory(pack, realm, known)
  let last: Observation | undefined

  const advance = (at: number): Decision[] => {
    const decided = memory.takeDue(at).map((e) => memory.decide(e, 'final'))
    memory.forget(at)
    return decided
  }

  const step = (o: Observation): readonly Decision[] => {
    if (last && o.at === last.at && o.id === last.id) return []
    last = o
    const decided = advance(o.at)
    const { sighting } = memory.add(o)
    if (sighting && isStatement(sighting)) known.add(o, sighting)
    return decided
  }

  return {
    step,
    advance,
    end: () => advance(Number.POSITIVE_INFINITY),
    openEpisodes: memory.size,
    horizon: memory.horizon,
  }
}

/** @param known  what sources said before: the diagnosis of the same events adds to it */
export function createForecast(pack: Pack, realm: string, known: Known = new Known()): Forecast {
  const memory = createMemory(pack, realm, known)
  return {
    step: (o) => {
      const { touched } = memory.add(o)
      return touched ? [memory.decide(touched, 'provisional')] : []
    },
    drop: memory.drop,
    advance: (at) => {
      memory.takeDue(at)
      memory.forget(at)
    },
  }
}

/** What the first events of a window are takes those before them to say: whether a failure ran out of time. */
export const CONTEXT_MS = LONGEST_ATTEMPT_MS

/** What a realm remembers: its window, its open episodes, the words of its lines. */
function createMemory(pack: Pack, realm: string, known: Known) {
  const window = new Window(known)
  const texts = new Map<string, { origin: string; text: string; at: number }>()
  const episodes = createOpenEpisodes()
  const standIns = new Timeline<Observation>()
  let forgotten = Number.NEGATIVE_INFINITY

  const firstAt = (e: Episode) => (e.symptoms[0] as Observation).at
  const isAlone = ({ at }: Observation): boolean =>
    !ATTEMPTS.some((kind) => window.all(kind).any(at - pack.beforeMs, at + pack.afterMs))

  return {
    size: episodes.size,
    horizon: () => forgotten,

    /** @returns the episode that the event opened or joined, and what it says about traffic */
    add: (given: Observation): { touched: Episode | undefined; sighting: Sighting | undefined } => {
      const o = ranOutOfTime(given, window)
      const sighting = window.add(o)
      const isStandIn = standInOf(o.event) !== undefined
      if (isStandIn) standIns.add(o)
      const text = o.signals.length > 0 || isStandIn || isSymptom(o.event) ? textOf(o) : undefined
      if (text) texts.set(o.id, text)
      const touched = isSymptom(o.event) ? episodes.take(open(o, requestStart(o, window))) : undefined
      return { touched, sighting }
    },

    drop: episodes.drop,

    /** Episodes whose window ended before `at`; they are no longer open. What stands in for attempts is one where there was none. */
    takeDue: (at: number): readonly Episode[] => {
      const before = at - pack.afterMs
      const alone = standIns.collect(Number.NEGATIVE_INFINITY, before, (o) => o.at < before && isAlone(o))
      standIns.forget(before)
      return [...episodes.takeBefore(before), ...alone.map((o) => open(o, undefined))]
    },

    decide: (raw: Episode, state: 'provisional' | 'final'): Decision => {
      const first = firstAt(raw)
      const from = first - pack.beforeMs
      const to = first + pack.afterMs
      const episode = settle(raw, window, from, to)
      const { facts, endpoint } = factsOf(episode, window, from, to)
      const evidence = { episode, endpoint, facts, window, from, to }
      const weighing = weigh(pack, evidence)
      const verdict = verdictOf(pack, {
        episode,
        endpoint,
        facts,
        weighing,
        missed: nearMisses(weighing.mechanisms, evidence),
        state,
        realm,
        textOf: (id) => texts.get(id) ?? textOf(known.get(id)),
        aroundOf: (scope) => attemptsAround({ episode, endpoint, window, from, to }, scope),
      })
      const superseded = episode.symptoms.map((s) => verdictId(s.id)).filter((id) => id !== verdict.event.id)
      return { verdict, cited: verdict.whytimeout.evidence.event_id, superseded, first, weighing }
    },

    /** A decision at `first + after` looks back to `first - before`; forgetting is amortised over a minute. */
    forget: (at: number): void => {
      const waiting = standIns.first(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)?.at
      const horizon = Math.min(at, episodes.earliest() ?? at, waiting ?? at) - pack.beforeMs - CONTEXT_MS
      if (horizon <= forgotten + 60_000) return
      forgotten = horizon
      window.forget(horizon)
      for (const [id, t] of texts) {
        if (t.at >= horizon) break
        texts.delete(id)
      }
    },
  }
}

function textOf(o: Observation | undefined): { origin: string; text: string; at: number } | undefined {
  const text = o?.event.message ?? o?.event['event.original']
  return o && text !== undefined ? { origin: o.origin, text: text.slice(0, 400), at: o.at } : undefined
}

/**
 * What another line of the gateway tells of the same connection: its error names the client's port and when it gave up, its access log who that was
 * and how long it took.
 */
function onItsConnection(e: Episode, window: Window, from: number, to: number): Episode {
  const isKnown = e.terminal !== undefined && e.isTimed
  if (e.sufferer !== 'gateway' || isKnown || e.host === undefined || e.sourcePort === undefined) return e
  const lines = window
    .ofHost('session', e.host)
    .range(Math.max(from, e.start - LONGEST_ATTEMPT_MS), to)
    .filter((s) => s.sourcePort === e.sourcePort && s.sourceIp === e.sourceIp)
  // A port comes again: the line nearest to the wait.
  const distance = (s: Sighting) => Math.max(0, s.start - e.end, e.start - s.at)
  const nearestOf = (list: readonly Sighting[]) =>
    list.reduce<Sighting | undefined>((a, b) => (a && distance(a) <= distance(b) ? a : b), undefined)
  const named = e.terminal === undefined ? nearestOf(lines.filter((s) => s.terminal !== undefined)) : undefined
  const timed = e.isTimed ? undefined : nearestOf(lines.filter((s) => s.durationMs !== undefined))
  return {
    ...e,
    ...(named && { terminal: named.terminal, stan: e.stan ?? named.stan }),
    ...(timed?.durationMs !== undefined &&
      distance(timed) <= SAME_REQUEST_MS && { start: Math.round(e.end - timed.durationMs), isTimed: true }),
  }
}
/** Times of requests may be whole seconds. */
const SAME_REQUEST_MS = 1_000

/** What only the whole window tells: the terminal behind a gateway's wait, the settings' endpoint, a dead kept-open connection. */
function settle(e: Episode, window: Window, from: number, to: number): Episode {
  let settled = onItsConnection(e, window, from, to)
  if (settled.terminal === undefined && e.sufferer === 'gateway' && e.site !== undefined) {
    const around = window
      .ofSite('session', e.site)
      .range(e.start - 5_000, to)
      .filter((s) => s.start >= e.start - 5_000 && s.start <= e.start + 5_000)
    const exchanges = window.ofSite('exchange', e.site).range(e.start - 60_000, to)
    const pairs = pairUp(around, exchanges)
    const owner = e.symptoms.map((s) => pairs.get(s.id)).find((x) => x !== undefined)
    if (owner) settled = { ...settled, terminal: owner.terminal, stan: settled.stan ?? owner.stan }
  }
  if (
    settled.sufferer === 'terminal' &&
    (settled.port === undefined || (settled.domain === undefined && settled.ip === undefined))
  ) {
    const who = { terminal: e.terminal, host: e.host, at: e.start + 200 }
    const settings =
      startOf(window, who, from) ??
      lastDialled(e, window, from) ??
      knownSettings(window, who, from) ??
      dialledByMates(e, window, from, to)
    if (settings) {
      settled = {
        ...settled,
        port: settled.port ?? settings.port,
        domain: settled.domain ?? (settled.ip === undefined ? settings.domain : undefined),
        ip: settled.ip ?? (settled.domain === undefined && settings.domain === undefined ? settings.ip : undefined),
      }
    }
  }
  settled = throughProxy(settled, window, from)
  const mayBeLookup = settled.phase === 'connect' || isPhasePresumed(settled)
  if (mayBeLookup && isLookupUnanswered(settled, window)) return { ...settled, phase: 'dns' }
  if (settled.phase === 'connect' && isPhasePresumed(settled) && areMatesLookingUp(settled, window))
    settled = { ...settled, phase: 'dns' }
  if (settled.phase === 'response' && isPhasePresumed(settled)) {
    const phase = presumedPhase(settled, window, from)
    if (phase) settled = { ...settled, phase }
  }
  if (settled.phase === 'response' && isDeadWhenUsed(settled, window, from, to)) settled = { ...settled, phase: 'idle' }
  return settled
}

/** Where the terminal's own lines name no settings: what it last said to dial, in its request or an earlier exchange. */
function lastDialled(e: Episode, window: Window, from: number): Sighting | undefined {
  const who = e.terminal
  if (who === undefined) return undefined
  return (
    (['request', 'exchange', 'connect'] as const)
      .flatMap((kind) => window.ofTerminal(kind, who).range(from, e.end))
      .filter((s) => s.port !== undefined && s.origin === (e.symptoms[0] as Observation).origin)
      // A payment goes where payments go, not where a heartbeat went; but what the program calls meanwhile is for it.
      .filter((s) => e.stan === undefined || s.stan !== undefined || s.at >= e.start)
      .sort(byTimeThenId)
      .at(-1)
  )
}

/** Where a terminal says nowhere whom it calls: whom all others of its site call, if that is one, and more than one of them does. */
function dialledByMates(e: Episode, window: Window, from: number, to: number): Sighting | undefined {
  if (e.terminal === undefined || e.site === undefined) return undefined
  const calls = window
    .ofSite('exchange', e.site)
    .collect(from, to, (s) => s.port !== undefined && (s.ip ?? s.domain) !== undefined)
  const called = new Set(calls.map((s) => `${s.ip ?? s.domain}:${s.port}`))
  const callers = new Set(calls.map((s) => s.terminal ?? s.host))
  return called.size === 1 && callers.size > 1 ? calls.at(-1) : undefined
}

/** Seconds of quiet after which the next use of a connection counts as a use after idling. */
const IDLE_SECS = 3

/**
 * A kept-open connection that had been quiet and whose next request got no answer, while the terminal's neighbours were
 * served: the connection died while idle. Where the others wait too, the server is slow and the phase stays `response`.
 */
function isDeadWhenUsed(e: Episode, window: Window, from: number, to: number): boolean {
  const idle = idleBefore({
    episode: e,
    window,
    from,
    to,
    endpoint: { ips: new Set(), domains: new Set(), port: undefined },
    settings: undefined,
    put: () => {},
  })
  if (!idle || idle.secs < IDLE_SECS) return false
  const others = window
    .all('exchange')
    .range(e.start, e.end + 2_000)
    .filter((s) => s.terminal !== e.terminal && s.start <= e.end)
  const waiting = new Set(
    others.filter((s) => s.outcome === 'timeout' && s.phase === 'response').map((s) => s.terminal),
  )
  const served = new Set(others.filter((s) => s.outcome === 'ok').map((s) => s.terminal))
  return served.size >= waiting.size
}
