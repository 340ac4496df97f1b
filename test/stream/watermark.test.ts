import { describe, expect, test } from 'vitest'
import type { ClockRecord } from '../../pipeline/stream/messages.js'
import { createWatermark } from '../../pipeline/stream/watermark.js'

const LATENESS = 120_000
const NONE = Number.NEGATIVE_INFINITY
const clock = (partition: number, position: number, at: number | undefined, written = 0): ClockRecord => ({
  topic: 'raw',
  partition,
  position: BigInt(position),
  clock: at,
  written: { 0: BigInt(written) },
  generation: 1,
  digest: 'd',
})
const ends = (...highs: number[]) =>
  highs.map((high, partition) => ({ topic: 'raw', partition, low: 0n, high: BigInt(high) }))
const known = (w: ReturnType<typeof createWatermark>, ...highs: number[]) => {
  w.seal()
  w.ends(ends(...highs))
}

describe('watermark', () => {
  test('nothing is in until the ends are known', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 1_000))
    expect(w.value(0)).toBe(NONE)
  })

  test('is the lowest clock of the partitions with unread records', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 9_000))
    w.clock(clock(1, 5, 4_000))
    known(w, 10, 10)
    expect(w.value(0)).toBe(4_000)
  })

  test('a partition that nobody has read from yet holds it', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 9_000))
    known(w, 10, 3)
    expect(w.value(0)).toBe(NONE)
  })

  test('a partition at its end, or empty, does not hold it; all at their end: the highest', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 9_000))
    w.clock(clock(1, 10, 4_000))
    known(w, 10, 10, 0)
    expect(w.value(0)).toBe(9_000)
    w.clock(clock(0, 10, 12_000))
    known(w, 10, 10, 0)
    expect(w.value(0)).toBe(12_000)
  })

  test('never goes back', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 9_000))
    known(w, 10)
    expect(w.value(0)).toBe(9_000)
    w.clock(clock(0, 5, 2_000))
    known(w, 10)
    expect(w.value(0)).toBe(9_000)
  })

  test('a clock counts once the events behind it are read', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 9_000, 7))
    known(w, 10)
    expect(w.value(0)).toBe(NONE)
    w.read(6n)
    expect(w.value(0)).toBe(NONE)
    w.read(7n)
    expect(w.value(0)).toBe(9_000)
  })

  // The counter-example to counting clocks by the ends as last looked up: docs/adr/0005-watermark.md.
  test('a clock counts only by ends that were looked up after it', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 10, 1_000))
    w.clock(clock(1, 10, 1_000))
    known(w, 10, 10)
    expect(w.value(0)).toBe(1_000)
    // Both get records of an hour; partition 1 is read first, and the ends are still those from before.
    w.clock(clock(1, 20, 3_600_000))
    expect(w.value(0)).toBe(1_000)
    // Looked up after the clock came: partition 0 has unread records and holds it.
    known(w, 20, 20)
    expect(w.value(0)).toBe(1_000)
    w.clock(clock(0, 20, 3_500_000))
    known(w, 20, 20)
    expect(w.value(0)).toBe(3_600_000)
  })

  test('all at their end for the lateness: now less the lateness', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 10, 9_000))
    known(w, 10)
    expect(w.value(1e9)).toBe(9_000)
    expect(w.value(1e9 + LATENESS - 1)).toBe(9_000)
    expect(w.value(1e9 + LATENESS)).toBe(1e9)
    w.clock(clock(0, 10, 9_000))
    known(w, 11)
    expect(w.value(1e9 + LATENESS)).toBe(1e9)
  })

  test('a partition of noise, read on and on without a time, holds the others no longer than the lateness', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 9_000))
    w.clock(clock(1, 5, undefined))
    known(w, 10, 1_000)
    expect(w.value(0)).toBe(NONE)
    w.clock(clock(1, 900, undefined))
    known(w, 10, 1_000)
    expect(w.value(LATENESS - 1)).toBe(NONE)
    expect(w.value(LATENESS)).toBe(9_000)
  })

  test('a partition that is not read at all holds the others as long as it takes', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 9_000))
    w.clock(clock(1, 5, 3_000))
    known(w, 10, 1_000)
    expect(w.value(0)).toBe(3_000)
    expect(w.value(100 * LATENESS)).toBe(3_000)
  })

  test('what had been written before is known again', () => {
    const w = createWatermark(0, LATENESS)
    w.clock(clock(0, 5, 9_000))
    known(w, 10)
    const raw = { topic: 'raw', partition: 0, line: 0 }
    expect(w.isWritten({ ...raw, offset: 4 })).toBe(true)
    expect(w.isWritten({ ...raw, offset: 5 })).toBe(false)
    expect(w.isWritten({ ...raw, partition: 1, offset: 4 })).toBe(false)
  })
})
