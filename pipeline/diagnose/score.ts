import type { FactName } from '../../schemas/facts.js'
import { CAUSES, type VerdictCause } from '../../schemas/vocabulary.js'
import type { CompiledMechanism, CompiledSignal, Pack } from '../match/pack.js'
import { TEXT_GROUP } from '../match/text-signals.js'
import { type Endpoint, isBound } from './bind.js'
import type { Episode } from './episode.js'
import type { Facts } from './facts/fact.js'
import type { Observation } from './observation.js'
import type { Window } from './window.js'

/** A signal of a mechanism that was seen, with the lines that show it. */
export type Hit = {
  readonly signal: CompiledSignal
  readonly bits: number
  readonly events: readonly string[]
  readonly facts: readonly FactName[]
  /** All that it saw are packets that were to open a connection, and did not. */
  readonly isOnOpening?: true
}
export type Weighed = {
  readonly mechanism: CompiledMechanism
  readonly bits: number
  readonly probability: number
  /** The signals that counted: of a group only the strongest. */
  readonly hits: readonly Hit[]
}
export type Weighing = {
  readonly mechanisms: readonly Weighed[]
  readonly unknownProbability: number
  readonly score: Readonly<Record<VerdictCause, number>>
}

/** At most this many events of one signal are cited: the nearest to the end of the attempt. */
const MAX_CITED = 5

/** What a signal must be looked up in. */
export type Evidence = {
  readonly episode: Episode
  readonly endpoint: Endpoint
  readonly facts: Facts
  readonly window: Window
  readonly from: number
  readonly to: number
}

/**
 * P of each mechanism is 2^(bits / temperature), normalised over all mechanisms that can act in this phase and `unknown`.
 * A mechanism's bits are its prior plus the bits of its signals; of one group only the strongest counts.
 */
export function weigh(pack: Pack, evidence: Evidence): Weighing {
  const candidates = pack.mechanisms
    .filter((m) => m.phases.has(evidence.episode.phase))
    .map((mechanism) => {
      const hits = supported(strongest(mechanism.signals.flatMap((s) => look(s, evidence))))
      return { mechanism, hits, bits: mechanism.priorBits + hits.reduce((sum, h) => sum + h.bits, 0) }
    })
  const power = (bits: number) => 2 ** (bits / pack.temperature)
  const unknown = power(pack.unknownPrior)
  const total = candidates.reduce((sum, c) => sum + power(c.bits), unknown)
  const mechanisms = candidates
    .map((c) => ({ ...c, probability: power(c.bits) / total }))
    .sort((a, b) => b.probability - a.probability || (a.mechanism.id < b.mechanism.id ? -1 : 1))
  const score = Object.fromEntries([...CAUSES, 'unknown'].map((c) => [c, 0])) as Record<VerdictCause, number>
  for (const m of mechanisms) score[m.mechanism.cause] += m.probability
  score.unknown = unknown / total
  for (const cause of Object.keys(score) as VerdictCause[]) score[cause] = Math.round(score[cause] * 1e4) / 1e4
  return { mechanisms, unknownProbability: score.unknown, score }
}

/** What a line's words read like is a hint beside something that a rule saw, never alone. */
const supported = (hits: readonly Hit[]): readonly Hit[] =>
  hits.some((h) => h.bits > 0 && h.signal.group !== TEXT_GROUP)
    ? hits
    : hits.filter((h) => h.signal.group !== TEXT_GROUP)

function strongest(hits: readonly Hit[]): readonly Hit[] {
  const best = new Map<string, Hit>()
  for (const hit of hits) {
    const group = hit.signal.group ?? `\u0000${hit.signal.name}`
    const rival = best.get(group)
    if (!rival || Math.abs(hit.bits) > Math.abs(rival.bits)) best.set(group, hit)
  }
  return [...best.values()].sort(
    (a, b) => Math.abs(b.bits) - Math.abs(a.bits) || (a.signal.name < b.signal.name ? -1 : 1),
  )
}

function look(signal: CompiledSignal, evidence: Evidence): Hit[] {
  if (signal.condition.kind === 'facts') {
    const used = new Set<FactName>()
    const holds = signal.condition.test((field) => {
      const fact = evidence.facts.get(field as FactName)
      if (fact) used.add(field as FactName)
      return fact?.value
    })
    if (!holds) return []
    const facts = [...used].sort()
    const events = [...new Set(facts.flatMap((f) => evidence.facts.get(f)?.ids ?? []))].sort()
    const cited = events.length > 0 ? events : evidence.episode.symptoms.map((s) => s.id)
    return [{ signal, bits: signal.bits, events: cited.slice(0, MAX_CITED * 2), facts }]
  }
  const found = eventsOf(signal, evidence)
  if (found.length < signal.atLeast) return []
  const { end } = evidence.episode
  const nearest = [...found].sort((a, b) => Math.abs(a.at - end) - Math.abs(b.at - end) || (a.id < b.id ? -1 : 1))
  return [
    {
      signal,
      bits: signal.bits,
      events: nearest
        .slice(0, Math.max(MAX_CITED, signal.atLeast))
        .map((o) => o.id)
        .sort(),
      facts: [],
      ...(found.every(isOpening) && { isOnOpening: true as const }),
    },
  ]
}

const isOpening = ({ event }: Observation): boolean => {
  const flags = event['whytimeout.tcp_flags']
  return event['event.action'] === 'policy-denied' && flags?.length === 1 && flags[0] === 'SYN'
}

function eventsOf(signal: CompiledSignal, { episode, endpoint, window, from, to }: Evidence): readonly Observation[] {
  const start = signal.wholeWindow ? from : Math.max(from, episode.start - signal.beforeMs)
  const end = signal.wholeWindow ? to : Math.min(to, episode.end + signal.afterMs)
  const { roles } = signal.condition
  const isMine = (o: Observation) =>
    (roles === undefined || roles.includes(o.event['whytimeout.role'] ?? 'unknown')) &&
    signal.bind.every((bind) => isBound(bind, o.event, episode, endpoint))
  return signal.condition.kind === 'delta'
    ? window.grown(signal.condition, [start, end], [from, to], isMine, endpoint.port)
    : window.carrying(signal.condition.id).range(start, end).filter(isMine)
}
