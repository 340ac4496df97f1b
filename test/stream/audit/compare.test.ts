import { describe, expect, test } from 'vitest'
import { type Entry, walkChain } from '../../../pipeline/stream/audit/chain.js'
import { compareStored, deletedUnread, recounted } from '../../../pipeline/stream/audit/compare.js'
import { createRecount, keptOf } from '../../../pipeline/stream/audit/recount.js'
import { type Counts, NO_COUNTS } from '../../../pipeline/stream/messages.js'

const DAY = 86_400_000
const entry = (from: number, to: number, counts: Partial<Counts>, topic = 'raw'): Entry => ({
  topic,
  partition: 0,
  from: BigInt(from),
  to: BigInt(to),
  ...NO_COUNTS,
  ...counts,
  writtenMs: to * DAY,
})
const chainOf = (entries: readonly Entry[], topic = 'raw') => {
  const committed = { offset: entries.at(-1)?.to ?? 0n, note: {} }
  return walkChain({
    topic,
    partition: 0,
    ends: { low: 0n, high: 100n },
    entries,
    before: committed,
    after: committed,
    nowMs: 0,
  })
}
const NAMES = { topics: { events: 'e', deadLetters: 'd' }, lows: new Map<number, bigint>() }
const place = (offset: number, line = 0, topic = 'raw') => ({ topic, partition: 0, offset, line })

describe('what is stored, by the books', () => {
  const raw = () =>
    createRecount([
      chainOf([
        entry(0, 10, { read: 4, events: 3, dead_lettered: 1 }),
        entry(10, 20, { read: 4, events: 2, dead_lettered: 2 }),
        entry(30, 40, { read: 1, events: 1 }),
      ]),
    ])
  const none = createRecount([])
  const count = (recount: ReturnType<typeof raw>, readings = 1) => {
    for (let reading = 0; reading < readings; reading++) {
      recount.begin(reading, readings)
      // Repeats, other partitions and what lies beyond count for nothing.
      for (const offset of [1, 1, 2, 12, 35, 35, 99]) recount.event(place(offset))
      recount.event(place(1, 1))
      recount.event(place(1, 1))
      recount.event({ ...place(1), topic: 'other' })
      recount.event(place(25))
      recount.deadLetter(place(9, 16_000_000))
      recount.deadLetter(place(9, 17_000_000))
      recount.deadLetter(place(9, 17_000_000))
      for (const offset of [13, 14]) recount.deadLetter(place(offset))
      recount.end()
    }
    return recount
  }
  test.each([1, 2, 5])('each record once, in %i readings', (readings) => {
    const recount = count(raw(), readings)
    expect(recount.tallies().map((t) => [t.events, t.deadLetters])).toEqual([
      [3, 2],
      [1, 2],
      [1, 0],
    ])
    const found = compareStored(
      { raw: recount, events: none, foreign: none },
      { events: undefined, letters: undefined },
      NAMES,
    )
    expect(found.map((f) => [f.code, f.state, f.from, f.to])).toEqual([
      ['events-fewer', 'fail', 10, 20],
      ['dead-letters-more', 'warn', 0, 10],
    ])
    expect(recounted(recount, { events: undefined, letters: undefined })).toMatchObject({ ranges: 3, of: 3, events: 5 })
    const [gap] = recount.tallies()[0]?.chain.gaps ?? []
    expect(gap && recount.wasRead(gap)).toBe(true)
  })
  test('what may have been deleted by its age raises no alarm', () => {
    const recount = count(raw())
    const found = compareStored({ raw: recount, events: none, foreign: none }, { events: 15 * DAY, letters: 0 }, NAMES)
    expect(found.map((f) => f.code)).toEqual(['recount-partial', 'dead-letters-more'])
  })
  test('kept whole only a day from the edge', () => {
    const range = { writtenMs: 20 * DAY, previousMs: 10 * DAY }
    expect(
      [undefined, 8 * DAY, 9 * DAY, 9 * DAY + 1, 20 * DAY, 20 * DAY + 1].map((since) => keptOf(range, since)),
    ).toEqual(['whole', 'whole', 'whole', 'edge', 'edge', 'gone'])
    expect(keptOf({ ...range, previousMs: undefined }, 0)).toBe('edge')
  })
})

test('events deleted before they were read: what an entry has not read of its range was not there', () => {
  const events = createRecount([
    chainOf([entry(0, 10, { read: 10, filtered: 10 }, 'e'), entry(10, 30, { read: 13, filtered: 13 }, 'e')], 'e'),
  ])
  const foreign = createRecount(
    events
      .tallies()
      .map((t) => t.chain)
      .slice(0, 1),
  )
  foreign.begin(0, 1)
  foreign.deadLetter(place(28, 0, 'e'))
  foreign.end()
  const since = { events: undefined, letters: undefined }
  const found = deletedUnread({ raw: events, events, foreign }, since, new Map([[0, 20n]]))
  expect(found.map((f) => [f.code, f.from, f.to, f.what.en.slice(0, 2)])).toEqual([['gap-deleted', 10, 30, '6 ']])
  expect(deletedUnread({ raw: events, events, foreign }, since, new Map([[0, 0n]]))).toEqual([])
})
