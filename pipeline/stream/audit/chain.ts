import { addCounts, type BooksRecord, type CommitNote, type Counts, NO_COUNTS } from '../messages.js'

/** An entry of the books, and when it was written (Kafka's time, epoch ms). */
export type Entry = BooksRecord & {
  readonly writtenMs: number
  /** Part of its range was taken back: its counts are those of more than is left. */
  readonly isTorn?: true
}
/** Where a group stands. */
export type Position = { readonly offset: bigint; readonly note: CommitNote }

/** What is known of one partition's books. */
export type ChainFacts = {
  readonly topic: string
  readonly partition: number
  /** Of the topic; undefined where it is gone. */
  readonly ends: { readonly low: bigint; readonly high: bigint } | undefined
  /** The newest of each key, in any order. */
  readonly entries: readonly Entry[]
  /** Where the group stood before the books were read, and after: it may have gone on meanwhile. */
  readonly before: Position | undefined
  readonly after: Position | undefined
  readonly nowMs: number
}

/** Offsets that no entry speaks of. */
export type Gap = {
  readonly from: bigint
  readonly to: bigint
  /** At the end: the group was moved there without reading. */
  readonly isSkipped: boolean
}
export type Overlap = { readonly from: bigint; readonly to: bigint; readonly one: Entry; readonly other: Entry }
/** An entry that can be recounted: settled, and nobody else speaks of its offsets. */
export type Range = Entry & {
  /** When the entry before it was written; undefined for the first. */
  readonly previousMs: number | undefined
}

/** One partition's books from their begin to where the group stands. */
export type Chain = {
  readonly topic: string
  readonly partition: number
  readonly ends: ChainFacts['ends']
  readonly from: bigint | undefined
  readonly to: bigint | undefined
  readonly unread: bigint
  readonly entries: number
  readonly counts: Counts
  readonly gaps: readonly Gap[]
  readonly overlaps: readonly Overlap[]
  /** Entries past what the group has committed. */
  readonly ahead: readonly Entry[]
  /** Entries past the end of the topic: it was made anew. */
  readonly beyond: readonly Entry[]
  /** Entries whose counts do not add up. */
  readonly wrong: readonly Entry[]
  readonly ranges: readonly Range[]
  /** The group has no commit, though there are books. */
  readonly isForgotten: boolean
}

/**
 * Walks a chain. What was committed while the books were being read is left for the next audit: its entries may not have been seen. An
 * entry that only the commit's metadata has counts, because whoever has the partition next writes it again.
 */
export function walkChain(facts: ChainFacts): Chain {
  const all = withCommitted(facts)
  const end = endOf(facts, all)
  const settled = all.filter((e) => e.from < end)
  const { gaps, overlaps } = holesOf(settled, end)
  const shared = new Set(overlaps.flatMap((o) => [o.one, o.other]))
  const committedTo = endOfCommit(facts.after ?? facts.before)
  const counts = settled.reduce<Counts>(addCounts, NO_COUNTS)
  const { low, high } = facts.ends ?? { low: 0n, high: 0n }
  const readTo = end > low ? end : low
  return {
    topic: facts.topic,
    partition: facts.partition,
    ends: facts.ends,
    from: all[0]?.from,
    to: settled.length === 0 ? undefined : end,
    unread: high > readTo ? high - readTo : 0n,
    entries: settled.length,
    counts: { ...NO_COUNTS, ...pickCounts(counts) },
    gaps,
    overlaps,
    ahead: committedTo === undefined ? [] : all.filter((e) => e.to > committedTo),
    beyond: facts.ends ? all.filter((e) => e.to > high) : [],
    wrong: all.filter((e) => !isSum(e)),
    ranges: settled.flatMap((e, i) =>
      shared.has(e) || e.isTorn || e.to > end ? [] : [{ ...e, previousMs: settled[i - 1]?.writtenMs }],
    ),
    isForgotten: all.length > 0 && facts.before === undefined,
  }
}

const pickCounts = ({ read, events, filtered, duplicates, dead_lettered }: Counts): Counts => ({
  read,
  events,
  filtered,
  duplicates,
  dead_lettered,
})

/** Whether every record read is one of the four. */
export const isSum = (c: Counts): boolean =>
  c.read === c.events + c.filtered + c.duplicates + c.dead_lettered &&
  [c.read, c.events, c.filtered, c.duplicates, c.dead_lettered].every((n) => Number.isInteger(n) && n >= 0)

const endOfCommit = (p: Position | undefined): bigint | undefined => {
  const noted = p?.note.books?.to
  return p === undefined ? undefined : noted !== undefined && noted > p.offset ? noted : p.offset
}

/** Where the last of them ends. */
export function furthestOf(entries: readonly Entry[]): bigint {
  let furthest = 0n
  for (const { to } of entries) if (to > furthest) furthest = to
  return furthest
}

/** The entries by offset, with the one that the commit carries. */
function withCommitted({ entries, before, after, nowMs }: ChainFacts): readonly Entry[] {
  const all = entries.filter((e) => e.to > e.from)
  const noted = before?.note.books
  if (noted && noted.to > noted.from) {
    const same = all.findIndex((e) => e.from === noted.from)
    const there = all[same]
    const afterTo = endOfCommit(after) ?? noted.to
    if (!there) all.push({ ...noted, writtenMs: nowMs })
    // A longer one was committed meanwhile; any other that differs is older than the commit.
    else if (there.to !== noted.to && !(there.to > noted.to && there.to <= afterTo))
      all[same] = { ...noted, writtenMs: nowMs }
  }
  return all.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.to < b.to ? -1 : a.to > b.to ? 1 : 0))
}

/** Up to where the chain has to be whole. */
function endOf({ before }: ChainFacts, all: readonly Entry[]): bigint {
  const committed = endOfCommit(before)
  if (committed === undefined) return furthestOf(all)
  // The commit's own entry may have been followed by a longer one in its place.
  const noted = before?.note.books
  const own = noted && all.find((e) => e.from === noted.from && e.to > committed)
  return own ? own.to : committed
}

function holesOf(settled: readonly Entry[], end: bigint): { gaps: Gap[]; overlaps: Overlap[] } {
  const gaps: Gap[] = []
  const overlaps: Overlap[] = []
  /** Of those so far, the one that reaches furthest. */
  let furthest = settled[0]
  for (const e of settled.slice(1)) {
    if (furthest === undefined) break
    if (e.from > furthest.to) gaps.push({ from: furthest.to, to: e.from, isSkipped: false })
    const isInside = e.to <= furthest.to
    if (e.from < furthest.to)
      overlaps.push({ from: e.from, to: isInside ? e.to : furthest.to, one: furthest, other: e })
    if (!isInside) furthest = e
  }
  if (furthest && furthest.to < end) gaps.push({ from: furthest.to, to: end, isSkipped: true })
  return { gaps, overlaps }
}
