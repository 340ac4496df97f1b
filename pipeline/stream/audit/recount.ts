import { clockKey } from '../messages.js'
import type { Chain, Gap, Range } from './chain.js'

/** Where a record of a raw topic began. Offsets are below 2^53. */
export type Placed = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Line in the message, from 0. */
  readonly line: number
}
export type Tally = {
  readonly chain: Chain
  readonly range: Range
  /** Distinct records that are stored. */
  events: number
  deadLetters: number
}

/** What is stored, counted again by the ranges of the books; each record once, however often it is there. */
export type Recount = {
  /**
   * Begins one of several readings, each for a share of the records: memory is bounded by what one reading holds.
   * @param of  how many readings there are
   */
  readonly begin: (reading: number, of: number) => void
  readonly event: (place: Placed) => void
  readonly deadLetter: (place: Placed) => void
  readonly end: () => void
  readonly tallies: () => readonly Tally[]
  /** Whether something is stored from offsets that no entry speaks of: then they were read. */
  readonly wasRead: (gap: Gap) => boolean
}

type Slot = {
  readonly froms: Float64Array
  readonly tallies: readonly (Tally & {
    readonly to: number
    events_: Set<number | string>
    dead_: Set<number | string>
  })[]
  readonly gaps: readonly { readonly gap: Gap; readonly from: number; readonly to: number }[]
}

/** A place within its range as one number, where it fits: sets of numbers are small. */
const MAX_LINES = 2 ** 24
const MAX_OFFSETS = 2 ** 29
const keyOf = (offset: number, line: number): number | string =>
  offset < MAX_OFFSETS && line < MAX_LINES ? offset * MAX_LINES + line : `${offset}/${line}`

export function createRecount(chains: readonly Chain[]): Recount {
  const slots = new Map(chains.map((c) => [clockKey(c.topic, c.partition), slotOf(c)]))
  const read = new Set<Gap>()
  let share = { reading: 0, of: 1 }

  const count = (kind: 'events_' | 'dead_', { topic, partition, offset, line }: Placed): void => {
    const slot = slots.get(clockKey(topic, partition))
    if (!slot) return
    const tally = slot.tallies[lastAtOrBefore(slot.froms, offset)]
    if (tally && offset < tally.to) {
      if (offset % share.of === share.reading) tally[kind].add(keyOf(offset - Number(tally.range.from), line))
      return
    }
    for (const { gap, from, to } of slot.gaps) if (offset >= from && offset < to) read.add(gap)
  }
  const all = () => [...slots.values()].flatMap((s) => s.tallies)

  return {
    begin: (reading, of) => {
      share = { reading, of }
    },
    event: (place) => count('events_', place),
    deadLetter: (place) => count('dead_', place),
    end: () => {
      for (const t of all()) {
        t.events += t.events_.size
        t.deadLetters += t.dead_.size
        t.events_ = new Set()
        t.dead_ = new Set()
      }
    },
    tallies: all,
    wasRead: (gap) => read.has(gap),
  }
}

const slotOf = (chain: Chain): Slot => ({
  froms: Float64Array.from(chain.ranges, (r) => Number(r.from)),
  tallies: chain.ranges.map((range) => ({
    chain,
    range,
    to: Number(range.to),
    events: 0,
    deadLetters: 0,
    events_: new Set(),
    dead_: new Set(),
  })),
  gaps: chain.gaps.map((gap) => ({ gap, from: Number(gap.from), to: Number(gap.to) })),
})

/** Index of the last number that is not above `value`; -1 where all are. */
function lastAtOrBefore(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Whether what was written for a range is still kept. `edge`: some of it may have been deleted by its age. */
export type Kept = 'whole' | 'edge' | 'gone'
/** What is written for a range is written between the entry before and its own, but for records that were held open, and clocks that differ. */
const EDGE_MS = 24 * 3_600_000

/** @param since  time of the oldest message kept, where older ones have been deleted */
export function keptOf(range: Pick<Range, 'writtenMs' | 'previousMs'>, since: number | undefined): Kept {
  if (since === undefined) return 'whole'
  if (range.writtenMs < since) return 'gone'
  return range.previousMs !== undefined && range.previousMs >= since + EDGE_MS ? 'whole' : 'edge'
}
