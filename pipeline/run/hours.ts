import type { Health } from '../../schemas/health.js'
import type { Observation } from '../diagnose/observation.js'
import { sightingOf } from '../diagnose/sighting.js'
import { createHours, HOUR_MS, type Hours } from '../health/hours.js'
import { createSorter, type Sorter } from './sort.js'
import { BUFFER_BYTES } from './spool.js'

export type HourCounts = {
  /** Takes a realm's next event in (time, id) order. */
  readonly take: (realm: string, o: Observation) => Promise<void>
  /** The hours so far and those under way, sorted by time, then id. */
  readonly finish: () => Promise<Sorter<Health>>
}

/**
 * Counts every realm's attempts by the hour.
 * @param range epoch ms: hours outside are not given, nor those at its edges unless `isWholeOutside`: what came before and after was read too
 */
export function countHours(
  dir: string,
  range: { readonly from: number | undefined; readonly to: number | undefined; readonly isWholeOutside: boolean },
): HourCounts {
  const slack = range.isWholeOutside ? HOUR_MS - 1 : 0
  const from = range.from === undefined ? Number.NEGATIVE_INFINITY : range.from - slack
  const to = range.to === undefined ? Number.POSITIVE_INFINITY : range.to + slack
  const realms = new Map<string, Hours>()
  const found = createSorter<Health>({
    dir,
    compare: (a, b) =>
      a['@timestamp'] < b['@timestamp'] ? -1 : a['@timestamp'] > b['@timestamp'] ? 1 : a.event.id < b.event.id ? -1 : 1,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Health,
    sizeOf: () => 1_500,
    maxItems: 50_000,
    maxBytes: BUFFER_BYTES,
  })
  const add = async (documents: readonly Health[]): Promise<void> => {
    for (const d of documents) {
      const at = Date.parse(d['@timestamp'])
      if (at >= from && at + HOUR_MS <= to) await found.add(d)
    }
  }
  return {
    take: async (realm, o) => {
      const s = sightingOf(o)
      if (!s) return
      const hours = realms.get(realm) ?? createHours(realm)
      realms.set(realm, hours)
      const closed = hours.step(s)
      if (closed.length > 0) await add(closed)
    },
    finish: async () => {
      for (const hours of realms.values()) await add(hours.end())
      return found
    },
  }
}
