import type { EvidenceItem, Verdict } from '../../schemas/verdict.js'
import { CAUSES, type Cause, type Phase, type Scope, type VerdictCause } from '../../schemas/vocabulary.js'

/** What an incident needs of a verdict. */
export type VerdictNote = {
  readonly id: string
  /**
   * When the attempt was given up (`event.end`), epoch ms: what incidents are ordered by. Not `@timestamp`: that is what the anchor's log
   * says, clock error and all, and a till whose clock is eight hours ahead shares its outage with its neighbours.
   */
  readonly at: number
  /** When the attempt began, epoch ms. */
  readonly start: number
  readonly realm: string
  readonly cause: VerdictCause
  readonly scope: Scope
  readonly scopeId: string
  readonly mechanism: string
  /** The terminal, or whoever tried where its id is not known. */
  readonly who: string | undefined
  readonly site: string | undefined
  readonly isp: string | undefined
  readonly phase: Phase
  /** `host:port` that it tried. */
  readonly target: string | undefined
  /** Event id of the anchor. */
  readonly anchor: string
  readonly generation: number
  /** Attempts in its scope around it, by how they ended. */
  readonly failed: number
  readonly ok: number
  /** Of an undecided verdict, the likeliest of the ten. */
  readonly guess: Cause | undefined
  readonly missing: readonly string[]
  /** What spoke for its mechanism, strongest first; bounded. */
  readonly evidence: readonly Pick<EvidenceItem, 'event_id' | 'signal' | 'bits' | 'text'>[]
}

/** Signals and, of each, events that a verdict hands on. */
const MAX_SIGNALS = 5
export const MAX_EVENTS = 2
const MAX_TEXT = 200

export function noteOf(v: Verdict): VerdictNote {
  const w = v.whytimeout
  const isTerminals = w.episode.suffered_by === 'terminal'
  const name = v.service?.target.name ?? v.destination?.domain ?? v.destination?.ip
  const port = v.service === undefined ? v.destination?.port : undefined
  return {
    id: v.event.id,
    at: Date.parse(v.event.end),
    start: Date.parse(v.event.start),
    realm: w.realm,
    cause: w.verdict.cause,
    scope: w.verdict.scope,
    scopeId: w.verdict.scope_id,
    mechanism: w.verdict.mechanism,
    who: w.terminal_id ?? (isTerminals ? (v.source?.ip ?? v.host?.name) : undefined),
    site: w.site_id,
    isp: w.isp,
    phase: w.episode.phase,
    target: name === undefined || port === undefined ? name : `${name}:${port}`,
    anchor: w.episode.id,
    generation: w.rules.generation,
    // Absent in verdicts that an older program left on the topic.
    failed: w.detail.around?.failed ?? 1,
    ok: w.detail.around?.ok ?? 0,
    guess: w.verdict.cause === 'unknown' ? likeliest(v) : undefined,
    missing: w.evidence.missing,
    evidence: strongest(w.detail.evidence),
  }
}

const likeliest = (v: Verdict): Cause =>
  CAUSES.reduce((best, c) => (v.whytimeout.score[c] > v.whytimeout.score[best] ? c : best))

/** Of each of the strongest signals the first events: the same choice whatever order they stand in. */
function strongest(items: readonly EvidenceItem[]): VerdictNote['evidence'] {
  const bySignal = new Map<string, EvidenceItem[]>()
  for (const e of items) if (e.bits > 0) bySignal.set(e.signal, [...(bySignal.get(e.signal) ?? []), e])
  const bits = (list: readonly EvidenceItem[]): number => Math.max(...list.map((e) => e.bits))
  return [...bySignal]
    .sort(([a, x], [b, y]) => bits(y) - bits(x) || (a < b ? -1 : 1))
    .slice(0, MAX_SIGNALS)
    .flatMap(([, list]) => list.sort((a, b) => (a.event_id < b.event_id ? -1 : 1)).slice(0, MAX_EVENTS))
    .map((e) => ({ event_id: e.event_id, signal: e.signal, bits: e.bits, text: cut(e.text) }))
}

/** A port cut to fewer digits would be another port: the end shows that something is missing. */
const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 2)} …` : text)

/** What is one incident at a time. */
export type IncidentKey = Pick<VerdictNote, 'realm' | 'cause' | 'scope' | 'scopeId'>
export const incidentKey = (n: IncidentKey): string => [n.realm, n.cause, n.scope, n.scopeId].join('\u0000')
