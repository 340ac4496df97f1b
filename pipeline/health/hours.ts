import { createHash } from 'node:crypto'
import type { Health, HealthBy } from '../../schemas/health.js'
import type { Sighting } from '../diagnose/sighting.js'
import { addDuration, createDurations, type Durations, durationsOf } from './durations.js'

export const HOUR_MS = 3_600_000
/** Two lines about one attempt of a terminal overlap in time, give or take this. */
const SAME_ATTEMPT_MS = 500

type SeenBy = Health['whytimeout']['health']['seen_by']
type Limits = { stated: number | undefined; readonly waited: Durations }
type Tally = {
  readonly by: HealthBy
  readonly id: string
  readonly seenBy: SeenBy
  isp: string | undefined
  readonly terminals: Set<string>
  attempts: number
  successes: number
  timeouts: number
  failed: number
  readonly connect: Durations
  readonly response: Durations
  readonly connectLimit: Limits
  readonly responseLimit: Limits
}

export type Hours = {
  /** Takes the realm's next sighting in (time, id) order, or a late one of the hour under way. @returns hours that are over now, sorted */
  readonly step: (s: Sighting) => readonly Health[]
  /** Nothing before `to` (epoch ms) will come any more. @returns the hour under way, if that is over then */
  readonly advance: (to: number) => readonly Health[]
  /** The hour under way. */
  readonly end: () => readonly Health[]
}

/**
 * Counts one realm's attempts by the hour in which they ended. What an hour says follows from its sightings alone: whoever reads
 * that hour again, from wherever, gets the same documents. Memory: one hour's sites, providers and endpoints.
 */
export function createHours(realm: string): Hours {
  let hour = Number.NEGATIVE_INFINITY
  let tallies = new Map<string, Tally>()
  /** Each party's last timeout. */
  let lastTimeout = new Map<string, Pick<Sighting, 'start' | 'at'>>()
  /** Views in which a success does not say where it went: an endpoint known by its failures alone would look dead. */
  let vague = new Set<SeenBy>()

  const tallyOf = (by: HealthBy, id: string, seenBy: SeenBy): Tally => {
    const key = `${by}\u241f${id}\u241f${seenBy}`
    const known = tallies.get(key)
    if (known) return known
    const made: Tally = {
      by,
      id,
      seenBy,
      isp: undefined,
      terminals: new Set(),
      attempts: 0,
      successes: 0,
      timeouts: 0,
      failed: 0,
      connect: createDurations(),
      response: createDurations(),
      connectLimit: { stated: undefined, waited: createDurations() },
      responseLimit: { stated: undefined, waited: createDurations() },
    }
    tallies.set(key, made)
    return made
  }

  /** A second line about a timeout that is counted already. */
  const isRepeat = (s: Sighting, seenBy: SeenBy): boolean => {
    if (s.outcome !== 'timeout') return false
    const who = `${seenBy}\u241f${s.terminal ?? s.host ?? s.origin}\u241f${s.sourcePort ?? ''}\u241f${s.stan ?? ''}`
    const before = lastTimeout.get(who)
    lastTimeout.set(who, s)
    return before !== undefined && s.start <= before.at + SAME_ATTEMPT_MS && s.at >= before.start - SAME_ATTEMPT_MS
  }

  const close = (): readonly Health[] => {
    const isTold = (t: Tally): boolean =>
      t.attempts > 0 && !(t.by === 'endpoint' && t.successes === 0 && vague.has(t.seenBy))
    const done = [...tallies.values()].filter(isTold).map((t) => documentOf(realm, hour, t))
    tallies = new Map()
    lastTimeout = new Map()
    vague = new Set()
    return done.sort((a, b) => (a.event.id < b.event.id ? -1 : 1))
  }

  return {
    step: (s) => {
      const its = Math.floor(s.at / HOUR_MS) * HOUR_MS
      if (its < hour) return []
      const closed = its > hour ? close() : []
      hour = Math.max(hour, its)
      const seenBy = s.kind === 'session' ? 'gateway' : 'terminal'
      if (s.kind === 'start' && s.role !== 'gateway' && s.role !== 'server') stateLimits(s, seenBy, tallyOf, realm)
      if ((s.kind === 'exchange' || s.kind === 'session') && !isRepeat(s, seenBy)) {
        if (s.outcome === 'ok' && endpointOf(s) === undefined) vague.add(seenBy)
        for (const [by, id] of dimensionsOf(s, realm)) count(tallyOf(by, id, seenBy), s)
      }
      return closed
    },
    advance: (to) => {
      if (to < hour + HOUR_MS) return []
      const closed = close()
      hour = Math.floor(to / HOUR_MS) * HOUR_MS
      return closed
    },
    end: close,
  }
}

function* dimensionsOf(s: Sighting, realm: string): Generator<[HealthBy, string]> {
  yield ['fleet', realm]
  if (s.site !== undefined) yield ['site', s.site]
  if (s.isp !== undefined) yield ['isp', s.isp]
  const endpoint = endpointOf(s)
  if (endpoint !== undefined) yield ['endpoint', endpoint]
}

function endpointOf(s: Sighting): string | undefined {
  if (s.kind === 'session') return s.upstream
  const target = s.domain ?? s.ip
  return target === undefined || s.port === undefined ? target : `${target}:${s.port}`
}

function stateLimits(
  s: Sighting,
  seenBy: SeenBy,
  tallyOf: (by: HealthBy, id: string, seenBy: SeenBy) => Tally,
  realm: string,
): void {
  if (s.connectLimitMs === undefined && s.responseLimitMs === undefined) return
  for (const [by, id] of dimensionsOf(s, realm)) {
    const t = tallyOf(by, id, seenBy)
    state(t.connectLimit, s.connectLimitMs)
    state(t.responseLimit, s.responseLimitMs)
  }
}

function state(limits: Limits, ms: number | undefined): void {
  if (ms !== undefined && ms > 0) limits.stated = Math.min(limits.stated ?? Number.POSITIVE_INFINITY, ms)
}

function count(t: Tally, s: Sighting): void {
  t.attempts++
  if (t.by === 'site' && s.isp !== undefined && (t.isp === undefined || s.isp < t.isp)) t.isp = s.isp
  if (s.terminal !== undefined) t.terminals.add(s.terminal)
  state(t.connectLimit, s.connectLimitMs)
  state(t.responseLimit, s.responseLimitMs)
  if (s.outcome === 'timeout') {
    t.timeouts++
    const waited =
      s.phase === 'connect' ? t.connectLimit.waited : s.phase === 'response' ? t.responseLimit.waited : undefined
    if (s.durationMs !== undefined && s.durationMs > 0) waited && addDuration(waited, s.durationMs)
  } else if (s.outcome === 'failed') t.failed++
  else if (s.outcome === 'ok') {
    t.successes++
    if (s.connectMs !== undefined) addDuration(t.connect, s.connectMs)
    const response = s.responseMs ?? s.durationMs
    if (response !== undefined) addDuration(t.response, response)
  }
}

const limitOf = (l: Limits): number | undefined => l.stated ?? durationsOf(l.waited, undefined)?.p50_ms

function documentOf(realm: string, hour: number, t: Tally): Health {
  const at = new Date(hour).toISOString()
  const id = createHash('sha256').update(['health', realm, t.by, t.id, t.seenBy].join('\u241f')).digest('base64url')
  const connect = durationsOf(t.connect, limitOf(t.connectLimit))
  const response = durationsOf(t.response, limitOf(t.responseLimit))
  return {
    '@timestamp': at,
    ecs: { version: '8.17.0' },
    event: {
      id: `${hour.toString(36)}-${id.slice(0, 22)}`,
      kind: 'metric',
      category: ['network'],
      type: ['info'],
      action: 'attempts-counted',
      module: 'whytimeout',
      dataset: 'whytimeout.health',
      start: at,
      end: new Date(hour + HOUR_MS).toISOString(),
    },
    whytimeout: {
      realm,
      health: {
        by: t.by,
        id: t.id,
        ...(t.isp !== undefined && { isp: t.isp }),
        seen_by: t.seenBy,
        terminals: t.terminals.size,
        attempts: t.attempts,
        timeouts: t.timeouts,
        failed: t.failed,
        timeout_share: Math.round((t.timeouts / t.attempts) * 1e4) / 1e4,
        ...(connect && { connect }),
        ...(response && { response }),
      },
    },
  }
}
