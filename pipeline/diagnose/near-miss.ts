import type { FactName } from '../../schemas/facts.js'
import type { Missed } from '../../schemas/verdict.js'
import type { CompiledSignal } from '../match/pack.js'
import { isBound } from './bind.js'
import type { Observation } from './observation.js'
import type { Evidence, Weighed } from './score.js'

/** Of how many leading mechanisms, and at most how many signals that were nearly seen. */
const MECHANISMS = 3
const MAX_MISSED = 8
/** Weaker ones would change little. */
const MIN_BITS = 1.5
/** How far past its time a line still counts as near: three times as far as allowed, or a minute. */
const FAR = 3
const FAR_MS = 60_000
/** A number alone misses nearly where it is within this factor of its bound. */
const NEAR_FACTOR = 2

type Near = Missed['short']

/**
 * Signals of the leading mechanisms that one condition kept from counting, and by how much: what to look at where a verdict surprises.
 * Looks no further than the verdict itself may look.
 */
export function nearMisses(weighed: readonly Weighed[], evidence: Evidence): Missed[] {
  return weighed
    .slice(0, MECHANISMS)
    .flatMap(({ mechanism, hits }) => {
      const seen = new Set(hits.map((h) => h.signal.name))
      const groups = new Set(hits.flatMap((h) => h.signal.group ?? []))
      return mechanism.signals
        .filter((s) => Math.abs(s.bits) >= MIN_BITS)
        .filter((s) => !seen.has(s.name) && !(s.group !== undefined && groups.has(s.group)))
        .flatMap((s) => {
          const short = shortOf(s, evidence)
          return short ? [{ mechanism: mechanism.id, signal: s.name, bits: s.bits, short }] : []
        })
    })
    .sort((a, b) => Math.abs(b.bits) - Math.abs(a.bits) || (keyOf(a) < keyOf(b) ? -1 : 1))
    .slice(0, MAX_MISSED)
}

const keyOf = (m: Missed): string => `${m.mechanism}/${m.signal}`

function shortOf(signal: CompiledSignal, evidence: Evidence): Near | undefined {
  switch (signal.condition.kind) {
    case 'facts':
      return shortOfFacts(signal, evidence)
    case 'event':
      return shortOfEvents(signal, evidence)
    case 'delta':
      return undefined
  }
}

/** All comparisons hold but one, whose fact is known; a number must be near its bound, and a word or yes-and-no not stand alone. */
function shortOfFacts({ condition }: CompiledSignal, { facts }: Evidence): Near | undefined {
  const parts = condition.parts ?? []
  const failed = parts.filter((p) => !p.test((f) => facts.get(f as FactName)?.value))
  const [only] = failed
  // A text misses any words by as much.
  if (!only || failed.length > 1 || only.field === 'episode.words') return undefined
  const value = facts.get(only.field as FactName)?.value
  if (value === undefined) return undefined
  if (typeof value === 'number' ? !isNear(value, only.wanted) : parts.length === 1) return undefined
  return { kind: 'fact', fact: only.key, value, wanted: only.wanted }
}

function isNear(value: number, wanted: unknown): boolean {
  if (typeof wanted !== 'number') return false
  // One more or one less would have done, or it is within the factor.
  if (Number.isInteger(wanted) && Number.isInteger(value) && Math.abs(value - wanted) <= 1) return true
  return value > 0 && wanted > 0 && Math.max(value / wanted, wanted / value) <= NEAR_FACTOR
}

/** A line that carries it is there, but too few of them, too early or late, or of somebody else at the same site. */
function shortOfEvents(signal: CompiledSignal, { episode, endpoint, window, from, to }: Evidence): Near | undefined {
  const carrying = window.carrying(signal.condition.id)
  if (carrying.size === 0) return undefined
  const start = episode.start - signal.beforeMs
  const end = episode.end + signal.afterMs
  const far = Math.max(FAR_MS, FAR * Math.max(signal.beforeMs, signal.afterMs))
  const [low, high] = [Math.max(from, start - far), Math.min(to, end + far)]
  const isOwn = (o: Observation) => signal.bind.every((b) => isBound(b, o.event, episode, endpoint))
  const own = carrying.collect(low, high, isOwn)
  const inTime = own.filter((o) => o.at >= start && o.at <= end)
  if (inTime.length > 0)
    return inTime.length < signal.atLeast
      ? { kind: 'count', seen: inTime.length, wanted: signal.atLeast, event_id: ids(inTime) }
      : undefined
  const nearest = own.sort((a, b) => off(a.at, start, end) - off(b.at, start, end) || (a.id < b.id ? -1 : 1))[0]
  if (nearest) {
    const isBefore = nearest.at < start
    return {
      kind: 'time',
      off_ms: off(nearest.at, start, end),
      side: isBefore ? 'before' : 'after',
      wanted_ms: isBefore ? signal.beforeMs : signal.afterMs,
      event_id: ids([nearest]),
    }
  }
  const stranger = carrying.find(Math.max(from, start), Math.min(to, end), (o) =>
    isBound('site', o.event, episode, endpoint),
  )
  const bind = stranger && signal.bind.find((b) => !isBound(b, stranger.event, episode, endpoint))
  return stranger && bind ? { kind: 'bind', bind, event_id: ids([stranger]) } : undefined
}

const off = (at: number, start: number, end: number): number => Math.round(Math.max(start - at, at - end, 0))
const ids = (some: readonly Observation[]): string[] => some.slice(0, 3).map((o) => o.id)
