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
      facts.set(name, { value: typeof value === 'number' ? round(value) : value, ids: lowestIds(seen) })
    },
  }
}

const round = (n: number): number => Math.round(n * 1000) / 1000

export const isFact = (name: string): name is FactName => Object.hasOwn(FACTS, name)

/** The lowest MAX_IDS ids, in order. */
function lowestIds(seen: readonly { readonly id: string }[]): readonly string[] {
  const low: string[] = []
  for (const { id } of seen) {
    if (low.length === MAX_IDS && id >= (low[MAX_IDS - 1] as string)) continue
    const place = low.findIndex((other) => id <= other)
    if (place >= 0 && low[place] === id) continue
    low.splice(place < 0 ? low.length : place, 0, id)
    if (low.length > MAX_IDS) low.pop()
  }
  return low
}

/** The middle value; of two the lower. */
export const median = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : nthLowest(Float64Array.from(values), (values.length - 1) >> 1)

/** Lists by what `keyOf` says, each in the order given; those without a key are left out. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

/** Hoare's selection: the array is put in order only as far as it takes. */
function nthLowest(a: Float64Array, n: number): number {
  let low = 0
  let high = a.length - 1
  while (low < high) {
    const pivot = a[(low + high) >> 1] as number
    let i = low
    let j = high
    while (i <= j) {
      while ((a[i] as number) < pivot) i++
      while ((a[j] as number) > pivot) j--
      if (i <= j) {
        const held = a[i] as number
        a[i++] = a[j] as number
        a[j--] = held
      }
    }
    if (n <= j) high = j
    else if (n >= i) low = i
    else return pivot
  }
  return a[n] as number
}

/** Times of logs that state whole seconds may be up to a second early. */
export const MAX_SLACK_MS = 1_000
export const slackMs = (s: { readonly at: number }): number => (s.at % 1000 === 0 ? MAX_SLACK_MS : 0)

export const overlaps = (s: { start: number; at: number }, start: number, end: number): boolean =>
  s.start <= end && s.at + slackMs(s) >= start

export const isIpv4 = (ip: string): boolean => ip.includes('.')

/** Whether a session is one of the episode's gateway; where either names none, it may be. */
export const isOfItsGateway =
  (e: Episode) =>
  (s: Sighting): boolean =>
    e.gateway === undefined || s.gateway === undefined || s.gateway === e.gateway
