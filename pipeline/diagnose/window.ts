import type { Condition } from '../match/pack.js'
import type { Observation } from './observation.js'
import { type Sighting, type SightingKind, sightingOf } from './sighting.js'
import { Timeline, Timelines } from './timeline.js'

/**
 * What a realm remembers: the events and sightings of the last `before + after`, indexed by what verdicts ask for.
 * Events must come in (time, id) order, each id once. Nothing derived from older events is kept, so that a restart that
 * reads `before + after` again ends in the same state.
 */
export class Window {
  readonly #signals = new Timelines<Observation>()
  readonly #sightings = new Timelines<Sighting>()
  readonly #snapshots = new Timelines<Observation>()

  add(o: Observation): void {
    for (const id of o.signals) this.#signals.add(id, o)
    if (o.event['whytimeout.counters']) this.#snapshots.add(o.origin, o)
    const s = sightingOf(o)
    if (!s) return
    this.#sightings.add(s.kind, s)
    if (s.terminal) this.#sightings.add(`${s.kind}|t|${s.terminal}`, s)
    if (s.site) this.#sightings.add(`${s.kind}|s|${s.site}`, s)
    if (s.host) this.#sightings.add(`${s.kind}|h|${s.host}`, s)
    this.#sightings.add(`role|${s.role}`, s)
  }

  forget(before: number): void {
    this.#signals.forget(before)
    this.#sightings.forget(before)
    this.#snapshots.forget(before)
  }

  /** Events that carry a signal. */
  carrying(signal: string): Timeline<Observation> {
    return this.#signals.of(signal) ?? NO_EVENTS
  }

  all(kind: SightingKind): Timeline<Sighting> {
    return this.#sightings.of(kind) ?? NO_SIGHTINGS
  }

  ofTerminal(kind: SightingKind, terminal: string): Timeline<Sighting> {
    return this.#sightings.of(`${kind}|t|${terminal}`) ?? NO_SIGHTINGS
  }

  ofSite(kind: SightingKind, site: string): Timeline<Sighting> {
    return this.#sightings.of(`${kind}|s|${site}`) ?? NO_SIGHTINGS
  }

  ofHost(kind: SightingKind, host: string): Timeline<Sighting> {
    return this.#sightings.of(`${kind}|h|${host}`) ?? NO_SIGHTINGS
  }

  ofRole(role: string): Timeline<Sighting> {
    return this.#sightings.of(`role|${role}`) ?? NO_SIGHTINGS
  }

  /** Snapshots whose counter grew past the condition's bound since the snapshot before of the same origin, both in the range. */
  grown(condition: Condition, from: number, to: number): readonly Observation[] {
    const found: Observation[] = []
    for (const origin of this.#snapshots.keys()) {
      const line = this.#snapshots.of(origin)?.range(from, to) ?? []
      for (let i = 1; i < line.length; i++) {
        const [earlier, later] = [line[i - 1], line[i]]
        if (earlier && later && hasGrown(condition, earlier, later)) found.push(later)
      }
    }
    return found.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  }
}

function hasGrown(condition: Condition, earlier: Observation, later: Observation): boolean {
  const before = earlier.event['whytimeout.counters'] ?? {}
  for (const [name, value] of Object.entries(later.event['whytimeout.counters'] ?? {})) {
    const old = before[name]
    if (old !== undefined && condition.counter?.(name) && value - old > (condition.gt ?? 0)) return true
  }
  return false
}

const NO_SIGHTINGS = new Timeline<Sighting>()
const NO_EVENTS = new Timeline<Observation>()
