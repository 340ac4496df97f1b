import { FACTS, type FactName } from '../../../schemas/facts.js'
import type { Endpoint } from '../bind.js'
import type { Episode } from '../episode.js'
import type { Sighting } from '../sighting.js'
import type { Window } from '../window.js'

export type FactValue = number | string | boolean
/** A value with the events it was read from: evidence must name lines. */
export type Fact = { readonly value: FactValue; readonly ids: readonly string[] }
export type Facts = ReadonlyMap<FactName, Fact>

/** What every group of facts is computed from. Nothing outside [from, to] is looked at. */
export type Scene = {
  readonly episode: Episode
  readonly window: Window
  readonly endpoint: Endpoint
  /** The terminal's last start-up line before the attempt, in the window. */
  readonly settings: Sighting | undefined
  readonly from: number
  readonly to: number
  /** The other exchanges nearest to the moments, one verdict per terminal: see neighbours.ts. */
  readonly put: (name: FactName, value: FactValue | undefined, seen?: readonly { readonly id: string }[]) => void
}

/** Evidence names at most this many lines for one fact; the earliest by id, so that the choice is the same everywhere. */
export const MAX_IDS = 6

export function collector(): { facts: Map<FactName, Fact>; put: Scene['put'] } {
  const facts = new Map<FactName, Fact>()
  return {
    facts,
    put: (name, value, seen = []) => {
      if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return
      const ids = [...new Set(seen.map((s) => s.id))].sort().slice(0, MAX_IDS)
      facts.set(name, { value: typeof value === 'number' ? round(value) : value, ids })
    },
  }
}

const round = (n: number): number => Math.round(n * 1000) / 1000

export const isFact = (name: string): name is FactName => Object.hasOwn(FACTS, name)

export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1]
}

/** Times of logs that state whole seconds may be up to a second early. */
export const slackMs = (s: { readonly at: number }): number => (s.at % 1000 === 0 ? 1_000 : 0)

export const overlaps = (s: { start: number; at: number }, start: number, end: number): boolean =>
  s.start <= end && s.at + slackMs(s) >= start
