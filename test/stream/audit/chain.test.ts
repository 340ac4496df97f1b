import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChainFacts, type Entry, walkChain } from '../../../pipeline/stream/audit/chain.js'
import { type BooksRecord, NO_COUNTS } from '../../../pipeline/stream/messages.js'

const HIGH = 60
const entry = (from: number, to: number, more: Partial<Entry> = {}): Entry => ({
  topic: 'raw',
  partition: 0,
  from: BigInt(from),
  to: BigInt(to),
  ...NO_COUNTS,
  read: to - from,
  filtered: to - from,
  writtenMs: to,
  ...more,
})
const noted = (books: BooksRecord, offset = books.to) => ({ offset, note: { books } })
/** Books of offsets up to the last cut, with nothing wrong. */
const wholeOf = (cuts: readonly number[]): Entry[] => cuts.slice(1).map((to, i) => entry(cuts[i] as number, to))
const factsOf = (
  entries: readonly Entry[],
  committed: ChainFacts['before'],
  more: Partial<ChainFacts> = {},
): ChainFacts => ({
  topic: 'raw',
  partition: 0,
  ends: { low: 0n, high: BigInt(HIGH) },
  entries,
  before: committed,
  after: committed,
  nowMs: 1_000,
  ...more,
})
const offsetsOf = (spans: readonly { from: bigint; to: bigint }[]): number[] =>
  [...new Set(spans.flatMap((s) => Array.from({ length: Number(s.to - s.from) }, (_, i) => Number(s.from) + i)))].sort(
    (a, b) => a - b,
  )

const cuts = fc
  .uniqueArray(fc.integer({ min: 0, max: HIGH }), { minLength: 2, maxLength: 14 })
  .map((c) => c.sort((a, b) => a - b))

describe('chains of the books', () => {
  test('one with nothing wrong has nothing to say, whatever lies unread behind it', () => {
    fc.assert(
      fc.property(cuts, fc.boolean(), (c, isLastOnlyCommitted) => {
        const entries = wholeOf(c)
        const last = entries.at(-1) as Entry
        const seen = isLastOnlyCommitted ? entries.slice(0, -1) : entries
        const chain = walkChain(factsOf([...seen].reverse(), noted(last)))
        expect(chain).toMatchObject({ gaps: [], overlaps: [], ahead: [], beyond: [], wrong: [], isForgotten: false })
        expect(chain.from).toBe(BigInt(c[0] as number))
        expect(chain.to).toBe(last.to)
        expect(chain.unread).toBe(BigInt(HIGH) - last.to)
        expect(chain.counts.read).toBe((c.at(-1) as number) - (c[0] as number))
        expect(chain.ranges.length).toBe(entries.length)
      }),
    )
  })

  test('every offset that entries leave out is in a gap, every one that two count in an overlap, and no other', () => {
    const fake = fc.tuple(fc.integer({ min: 0, max: HIGH }), fc.integer({ min: 1, max: 12 }))
    fc.assert(
      fc.property(cuts, fc.func(fc.boolean()), fc.array(fake, { maxLength: 4 }), (c, isLost, fakes) => {
        const whole = wholeOf(c)
        const last = whole.at(-1) as Entry
        // The first and the last stay: what lies before the begin is history, what lies behind the commit is not settled.
        const kept = whole.filter((e, i) => i === 0 || e === last || !isLost(i))
        const strays = fakes
          .map(([from, length]) => entry(from, Math.min(from + length, Number(last.to))))
          .filter((e) => e.from >= (whole[0] as Entry).from && e.to > e.from)
          // Two entries of one key cannot be: the newer takes the place of the older.
          .filter((e, i, all) => all.findIndex((x) => x.from === e.from) === i && !kept.some((k) => k.from === e.from))
        const all = [...kept, ...strays]
        const chain = walkChain(factsOf(all, noted(last)))
        const times = Array.from({ length: HIGH }, (_, o) => all.filter((e) => e.from <= o && e.to > o).length)
        const inside = (o: number) => o >= Number((whole[0] as Entry).from) && o < Number(last.to)
        expect(offsetsOf(chain.gaps)).toEqual(times.flatMap((n, o) => (n === 0 && inside(o) ? [o] : [])))
        expect(offsetsOf(chain.overlaps)).toEqual(times.flatMap((n, o) => (n > 1 ? [o] : [])))
        for (const g of chain.gaps) expect(g.isSkipped).toBe(false)
        // What is recounted is counted by one entry alone.
        for (const r of chain.ranges) for (const o of offsetsOf([r])) expect(times[o]).toBe(1)
      }),
      { numRuns: 500 },
    )
  })

  test('what is committed while the books are read is neither gap nor ahead', () => {
    const c = [0, 10, 20, 30, 40]
    const whole = wholeOf(c)
    for (let seen = 1; seen <= 4; seen++)
      for (let missing = 1; missing < 4; missing++) {
        const entries = whole.filter((_, i) => i < seen || i !== missing)
        const chain = walkChain(
          factsOf(entries, noted(whole[seen - 1] as Entry), { after: noted(whole.at(-1) as Entry) }),
        )
        expect([chain.gaps, chain.overlaps, chain.ahead]).toEqual([[], [], []])
        expect(chain.to).toBe(whole[seen - 1]?.to)
      }
  })

  test('a commit that was taken for failed was made again under the same key, and longer', () => {
    const chain = walkChain(
      factsOf([entry(0, 10), entry(10, 30)], noted(entry(10, 20)), { after: noted(entry(10, 30)) }),
    )
    expect([chain.gaps, chain.overlaps, chain.ahead, chain.to]).toEqual([[], [], [], 30n])
  })

  test('Kafka’s committed offset may lie before the end of the books: blocks reach across', () => {
    const chain = walkChain(factsOf([entry(0, 10), entry(10, 20)], noted(entry(10, 20), 14n)))
    expect([chain.gaps, chain.to, chain.unread]).toEqual([[], 20n, 40n])
  })

  test('a group moved forward by hand has skipped what lies between', () => {
    const chain = walkChain(factsOf([entry(0, 10)], { offset: 25n, note: {} }))
    expect(chain.gaps).toEqual([{ from: 10n, to: 25n, isSkipped: true }])
  })

  test('a group set back by hand: entries past it are said, nothing is called a gap', () => {
    const chain = walkChain(factsOf(wholeOf([0, 10, 20, 30]), { offset: 10n, note: {} }))
    expect(chain.gaps).toEqual([])
    expect(chain.ahead.map((e) => e.from)).toEqual([10n, 20n])
    const again = walkChain(factsOf([entry(0, 5), ...wholeOf([10, 20, 30])], noted(entry(0, 5))))
    expect(again.gaps).toEqual([])
    expect(again.ahead.map((e) => e.from)).toEqual([10n, 20n])
  })

  test('no commit at all, a topic made anew, one that is gone', () => {
    expect(walkChain(factsOf(wholeOf([0, 10]), undefined))).toMatchObject({ isForgotten: true, gaps: [], ahead: [] })
    const anew = walkChain(factsOf(wholeOf([0, 10, 80]), noted(entry(10, 80))))
    expect(anew.beyond.map((e) => e.from)).toEqual([10n])
    expect(walkChain(factsOf(wholeOf([0, 10]), noted(entry(0, 10)), { ends: undefined })).beyond).toEqual([])
    expect(walkChain(factsOf([], undefined))).toMatchObject({ entries: 0, unread: BigInt(HIGH), isForgotten: false })
  })

  test('counts that do not add up', () => {
    const chain = walkChain(factsOf([entry(0, 10), entry(10, 20, { events: 1 })], noted(entry(10, 20, { events: 1 }))))
    expect(chain.wrong.map((e) => e.from)).toEqual([10n])
    expect(walkChain(factsOf([entry(0, 10, { filtered: 11, duplicates: -1 })], noted(entry(0, 10)))).wrong.length).toBe(
      1,
    )
  })
})
