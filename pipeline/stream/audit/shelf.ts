import { addCounts, clockKey, NO_COUNTS } from '../messages.js'
import { type Entry, isSum } from './chain.js'

/** The books as they are read: the newest entry of each key. */
export type Shelf = {
  readonly take: (key: string, entry: Entry) => void
  /** The key's end. */
  readonly remove: (key: string) => void
  /** All entries, and blocks of old ones. */
  readonly entries: () => readonly Entry[]
}

/** About 300 bytes each. */
const MOST = 300_000
const HOUR_MS = 3_600_000

type Chain = { open: Map<string, Entry>; readonly blocks: Entry[] }

/**
 * Books grow as long as a stream runs. Past `most` entries the older ones of each chain that follow each other within an hour are taken together as one, so
 * memory grows with hours. Nothing is hidden by it: what does not follow on, or does not add up, stays by itself, and an entry that is taken
 * back later leaves its hole.
 */
export function createShelf(most = MOST): Shelf {
  const chains = new Map<string, Chain>()
  const chainOfKey = (key: string): Chain => {
    // A key is `topic/partition/from`.
    const name = key.slice(0, key.lastIndexOf('/'))
    const known = chains.get(name) ?? { open: new Map(), blocks: [] }
    chains.set(name, known)
    return known
  }
  let size = 0
  let limit = most

  const fold = (): void => {
    const kept = Math.max(2, Math.floor(most / (2 * chains.size)))
    for (const chain of chains.values()) {
      const sorted = [...chain.open].sort(([, a], [, b]) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
      const old = sorted.slice(0, Math.max(0, sorted.length - kept))
      chain.open = new Map(sorted.slice(old.length))
      for (const [key, entry] of old) if (!taken(chain.blocks, entry)) chain.open.set(key, entry)
    }
    size = [...chains.values()].reduce((sum, c) => sum + c.open.size, 0)
    // Where nothing can be taken together, it is not tried with every entry.
    limit = Math.max(most, 2 * size)
  }

  return {
    take: (key, entry) => {
      const { open } = chainOfKey(key)
      if (!open.has(key)) size++
      open.set(key, entry)
      if (size > limit) fold()
    },
    remove: (key) => {
      const chain = chainOfKey(key)
      if (chain.open.delete(key)) size--
      else cut(chain.blocks, BigInt(key.slice(key.lastIndexOf('/') + 1).replace(/\D/g, '') || '0'))
    },
    entries: () => [...chains.values()].flatMap((c) => [...c.blocks, ...c.open.values()]),
  }
}

/** Takes an old entry into a block. @returns false for one that has to stay by itself */
function taken(blocks: Entry[], entry: Entry): boolean {
  if (!isSum(entry) || entry.to <= entry.from) return false
  const last = blocks.at(-1)
  if (last && clockKey(last.topic, last.partition) !== clockKey(entry.topic, entry.partition)) return false
  if (last && entry.from < last.to) return false
  const isNext = last?.to === entry.from && hourOf(last) === hourOf(entry)
  if (last && isNext)
    blocks[blocks.length - 1] = { ...last, ...addCounts(last, entry), to: entry.to, writtenMs: entry.writtenMs }
  else blocks.push(entry)
  return true
}
const hourOf = (e: Entry): number => Math.floor(e.writtenMs / HOUR_MS)

/** An entry within a block was taken back: where it began is a hole, and what it counted cannot be told from the rest. */
function cut(blocks: Entry[], from: bigint): void {
  const at = blocks.findIndex((b) => b.from <= from && from < b.to)
  const block = blocks[at]
  if (!block) return
  const parts: Entry[] = [
    { ...block, to: from, isTorn: true },
    { ...block, ...NO_COUNTS, from: from + 1n, isTorn: true },
  ]
  blocks.splice(at, 1, ...parts.filter((p) => p.from < p.to))
}
