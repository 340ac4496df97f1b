import type { VerdictCause } from '../../schemas/vocabulary.js'

const SLOT_MS = 5_000
const SLOTS = 12

/** Counts by name over the last minute, forgotten five seconds at a time. */
export function createRecent(now: () => number) {
  const began = now()
  let slots: { readonly slot: number; readonly counts: Map<string, number> }[] = []
  const current = (): Map<string, number> => {
    const slot = Math.floor(now() / SLOT_MS)
    const newest = slots.at(-1)
    if (newest?.slot === slot) return newest.counts
    const counts = new Map<string, number>()
    slots = [...slots.filter((s) => s.slot > slot - SLOTS), { slot, counts }]
    return counts
  }
  return {
    add: (name: string, n: number) => {
      const counts = current()
      counts.set(name, (counts.get(name) ?? 0) + n)
    },
    /** @returns the sums, and the seconds that they cover */
    sums: (): { readonly secs: number; readonly of: (name: string) => number } => {
      current()
      const from = Math.max((Math.floor(now() / SLOT_MS) - SLOTS + 1) * SLOT_MS, began)
      return {
        secs: (now() - from) / 1_000,
        of: (name) => slots.reduce((sum, s) => sum + (s.counts.get(name) ?? 0), 0),
      }
    },
  }
}

export const CAUSES_KEPT_MS = 5 * 60_000
const MOST_KEPT = 20_000

/** The timeouts told of in the last minutes, each by its newest verdict. Past a limit the oldest are forgotten, and it says so. */
export function createRecentCauses(now: () => number) {
  /** By the verdict's id, in the order in which they were told. */
  const told = new Map<string, { readonly cause: VerdictCause; readonly at: number }>()
  let forgotMs = Number.NEGATIVE_INFINITY
  const forgetOld = () => {
    for (const [id, { at }] of told) {
      if (at > now() - CAUSES_KEPT_MS) return
      told.delete(id)
    }
  }
  return {
    tell: (id: string, cause: VerdictCause) => {
      told.delete(id)
      told.set(id, { cause, at: now() })
      const [oldest] = told.keys()
      if (told.size <= MOST_KEPT || oldest === undefined) return
      told.delete(oldest)
      forgotMs = now()
    },
    withdraw: (id: string) => told.delete(id),
    counts: (): { readonly counts: Partial<Record<VerdictCause, number>>; readonly isAtLeast: boolean } => {
      forgetOld()
      const counts: Partial<Record<VerdictCause, number>> = {}
      for (const { cause } of told.values()) counts[cause] = (counts[cause] ?? 0) + 1
      return { counts, isAtLeast: forgotMs > now() - CAUSES_KEPT_MS }
    },
  }
}
