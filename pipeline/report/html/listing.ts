import { hashOf } from './hash.js'

export type Listed<T> = { readonly id: string; readonly item: T }
type Kept<T> = Listed<T> & { readonly hash: number }

/** Which verdicts are listed whole: of every group the same number, those with the lowest hash of their id; all where all fit. */
export type Listing<T> = {
  /** @param make called only if it is kept, for the time being */
  readonly offer: (group: string, id: string, make: () => T) => void
  /** Sorted by id; `perGroup` is absent where nothing was left out. */
  readonly take: () => { readonly items: readonly Listed<T>[]; readonly perGroup?: number }
}

/**
 * The choice hangs on the set of verdicts only: a group's list is always its lowest hashes so far, and `perGroup` only falls.
 * @param limit verdicts kept, at most
 */
export function createListing<T>(limit: number): Listing<T> {
  const groups = new Map<string, Kept<T>[]>()
  let kept = 0
  let perGroup = limit
  /** Of groups with one verdict each there may be too many: then those with the lowest hash. */
  const dropGroups = (): void => {
    const all = [...groups].map(([group, [only]]) => ({ group, only: only as Kept<T> }))
    for (const { group } of all.sort((a, b) => byHash(a.only, b.only)).slice(limit)) groups.delete(group)
    kept = groups.size
  }
  const shrink = (): void => {
    while (kept > limit && perGroup > 1) {
      const longest = Math.max(...[...groups.values()].map((g) => g.length))
      perGroup = Math.max(1, Math.min(perGroup, longest) - 1)
      for (const g of groups.values()) if (g.length > perGroup) g.length = perGroup
      kept = [...groups.values()].reduce((sum, g) => sum + g.length, 0)
    }
    if (kept > 2 * limit) dropGroups()
  }
  return {
    offer: (group, id, make) => {
      const hash = hashOf(id)
      const list = groups.get(group) ?? []
      const last = list.at(-1)
      if (list.length >= perGroup && last && byHash(last, { id, hash }) <= 0) return
      groups.set(group, list)
      list.push({ id, hash, item: make() })
      list.sort(byHash)
      kept++
      if (list.length > perGroup) {
        list.pop()
        kept--
      }
      shrink()
    },
    take: () => {
      if (kept > limit) dropGroups()
      const items = [...groups.values()].flat().map(({ id, item }) => ({ id, item }))
      items.sort((a, b) => (a.id < b.id ? -1 : 1))
      return { items, ...(perGroup < limit && { perGroup }) }
    },
  }
}

const byHash = (a: { id: string; hash: number }, b: { id: string; hash: number }): number =>
  a.hash - b.hash || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
