import type { Cause } from '../../schemas/vocabulary.js'
import { MAX_EVENTS, type VerdictNote } from './note.js'

/** Thirty quiet minutes end an incident; so does a day. */
export const QUIET_MS = 30 * 60_000
export const DAY_MS = 24 * 3_600_000

type SignalTally = { bits: number; events: string[]; text: string }
type MechanismTally = { verdicts: number; readonly signals: Map<string, SignalTally> }

/** The verdicts of one incident, added up: as large as its terminals and the rule pack, not as its verdicts. */
export type Tally = {
  readonly first: VerdictNote
  last: number
  /** When the first attempt began, epoch ms. */
  start: number
  verdicts: number
  generation: number
  failed: number
  ok: number
  readonly terminals: Set<string>
  readonly sites: Set<string>
  readonly mechanisms: Map<string, MechanismTally>
  readonly guesses: Map<Cause, number>
  readonly missing: Map<string, number>
  /** Event ids of the first anchors. */
  anchors: string[]
  /** Least offset of its verdicts. */
  place: number
  /** Where the day before it was cut off, if it goes on from there. */
  readonly cut: number | undefined
  /** Begin and least offset of the chain of such days. */
  readonly rootAt: number
  rootPlace: number
}

const MAX_ANCHORS = 3

/** @param chain the incident that a day had ended just before, if this one goes on with it */
export function openTally(
  n: VerdictNote,
  place: number,
  chain?: { readonly cut: number; readonly rootAt: number; readonly rootPlace: number },
): Tally {
  const tally: Tally = {
    first: n,
    last: n.at,
    start: n.start,
    verdicts: 0,
    generation: n.generation,
    failed: 0,
    ok: 0,
    terminals: new Set(),
    sites: new Set(),
    mechanisms: new Map(),
    guesses: new Map(),
    missing: new Map(),
    anchors: [],
    place,
    cut: chain?.cut,
    rootAt: chain?.rootAt ?? n.at,
    rootPlace: chain?.rootPlace ?? place,
  }
  addTo(tally, n, place)
  return tally
}

/** Adds a verdict that is not before the first. But for the first, the order does not matter. */
export function addTo(t: Tally, n: VerdictNote, place: number): void {
  t.last = Math.max(t.last, n.at)
  t.start = Math.min(t.start, n.start)
  t.verdicts++
  t.generation = Math.max(t.generation, n.generation)
  t.failed += n.failed
  t.ok += n.ok
  if (n.who !== undefined) t.terminals.add(n.who)
  if (n.site !== undefined) t.sites.add(n.site)
  if (n.guess !== undefined) t.guesses.set(n.guess, (t.guesses.get(n.guess) ?? 0) + 1)
  for (const m of n.missing) t.missing.set(m, (t.missing.get(m) ?? 0) + 1)
  t.anchors = least([...t.anchors, n.anchor], MAX_ANCHORS)
  t.place = Math.min(t.place, place)
  t.rootPlace = Math.min(t.rootPlace, place)
  const mechanism = t.mechanisms.get(n.mechanism) ?? { verdicts: 0, signals: new Map<string, SignalTally>() }
  t.mechanisms.set(n.mechanism, mechanism)
  mechanism.verdicts++
  for (const e of n.evidence) {
    const seen = mechanism.signals.get(e.signal) ?? { bits: e.bits, events: [], text: e.text }
    mechanism.signals.set(e.signal, seen)
    const before = seen.events[0]
    seen.bits = Math.max(seen.bits, e.bits)
    seen.events = least([...seen.events, e.event_id], MAX_EVENTS)
    if (before === undefined || e.event_id < before || (e.event_id === before && e.text < seen.text)) seen.text = e.text
  }
}

/** A copy that can be added to. */
export const copyOf = (t: Tally): Tally => ({
  ...t,
  terminals: new Set(t.terminals),
  sites: new Set(t.sites),
  guesses: new Map(t.guesses),
  missing: new Map(t.missing),
  mechanisms: new Map(
    [...t.mechanisms].map(([id, m]) => [
      id,
      { verdicts: m.verdicts, signals: new Map([...m.signals].map(([s, x]) => [s, { ...x }])) },
    ]),
  ),
})

/** From when on no verdict can join it, epoch ms: one at just this time begins another. */
export const endOf = (t: Tally): number => Math.min(t.last + QUIET_MS, t.first.at + DAY_MS)

/** The mechanism that most of its verdicts name; ties by name. */
export function mechanismOf(t: Tally): [string, MechanismTally] {
  const [top] = [...t.mechanisms].sort(([a, x], [b, y]) => y.verdicts - x.verdicts || (a < b ? -1 : 1))
  return top as [string, MechanismTally]
}

const least = (ids: readonly string[], most: number): string[] => [...new Set(ids)].sort().slice(0, most)
