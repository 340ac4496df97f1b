import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Entry, walkChain } from '../../../pipeline/stream/audit/chain.js'
import { createShelf } from '../../../pipeline/stream/audit/shelf.js'
import { booksKey, NO_COUNTS } from '../../../pipeline/stream/messages.js'

const entry = (from: number, to: number, partition = 0, writtenMs = to * 1_000): Entry => ({
  topic: 'raw',
  partition,
  from: BigInt(from),
  to: BigInt(to),
  ...NO_COUNTS,
  read: to - from,
  events: to - from,
  writtenMs,
})
const walked = (entries: readonly Entry[], end: number) => {
  const committed = { offset: BigInt(end), note: {} }
  return walkChain({
    topic: 'raw',
    partition: 0,
    ends: { low: 0n, high: BigInt(end) },
    entries: entries.filter((e) => e.partition === 0),
    before: committed,
    after: committed,
    nowMs: 0,
  })
}
/** Entries that follow each other, a new one every second. */
const chain = (lengths: readonly number[]): Entry[] => {
  let at = 0
  return lengths.map((n) => {
    const e = entry(at, at + n)
    at += n
    return e
  })
}
const shelved = (entries: readonly Entry[], most: number) => {
  const shelf = createShelf(most)
  for (const e of entries) shelf.take(booksKey(e), e)
  return shelf
}

describe('books that are long', () => {
  test('say the same when old entries are taken together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 1, max: 90 }),
        fc.func(fc.boolean()),
        (lengths, most, isLost) => {
          const all = chain(lengths)
          const last = all.at(-1) as Entry
          const kept = all.filter((e, i) => i === 0 || e === last || !isLost(i))
          // Who opens a partition writes its last entry again.
          const written = kept.flatMap((e) => (isLost(Number(e.to)) ? [e, e] : [e]))
          const other = chain(lengths).map((e) => ({ ...e, partition: 1 }))
          const [one, many] = [shelved([...other, ...written], most), shelved([...other, ...written], 1e6)]
          const [folded, whole] = [walked(one.entries(), Number(last.to)), walked(many.entries(), Number(last.to))]
          expect(folded.gaps).toEqual(whole.gaps)
          expect([folded.overlaps, folded.ahead, folded.wrong]).toEqual([[], [], []])
          expect([folded.from, folded.to, folded.counts]).toEqual([whole.from, whole.to, whole.counts])
          expect(folded.ranges.reduce((sum, r) => sum + r.read, 0)).toBe(whole.counts.read)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('take memory by the hour, not by the entry', () => {
    const all = chain(Array.from({ length: 20_000 }, () => 1))
    expect(shelved(all, 100).entries().length).toBeLessThan(120)
    // Where nothing follows on, nothing can be taken together, and it takes no longer for that.
    const scattered = Array.from({ length: 20_000 }, (_, i) => entry(2 * i, 2 * i + 1))
    const began = performance.now()
    expect(shelved(scattered, 100).entries().length).toBe(20_000)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('an entry taken back later leaves a hole, and what it was part of is not counted again', () => {
    const all = chain([10, 10, 10, 10, 10, 10])
    const shelf = shelved(all, 3)
    shelf.remove(booksKey(all[1] as Entry))
    const { gaps, ranges } = walked(shelf.entries(), 60)
    expect(gaps.map((g) => [g.from, g.to])).toEqual([[10n, 11n]])
    expect(ranges.every((r) => r.from >= 20n)).toBe(true)
    const plain = shelved(all, 100)
    plain.remove(booksKey(all[1] as Entry))
    expect(walked(plain.entries(), 60).gaps.map((g) => [g.from, g.to])).toEqual([[10n, 20n]])
  })

  test('an entry that comes later over old ones is an overlap; one that does not add up stays by itself', () => {
    const all = chain([10, 10, 10, 10, 10, 10])
    const late = shelved(all, 3)
    late.take('raw/0/5', entry(5, 8))
    expect(walked(late.entries(), 60).overlaps.map((o) => [o.from, o.to])).toEqual([[5n, 8n]])
    const wrong = shelved([...all.slice(0, 2), { ...(all[2] as Entry), events: 3 }, ...all.slice(3)], 3)
    expect(walked(wrong.entries(), 60).wrong.map((e) => e.from)).toEqual([20n])
  })
})
