import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adapt,
  book,
  LOOKS,
  MIN_RATE,
  type Pace,
  parseRate,
  START_RATE,
  startPace,
} from '../../pipeline/stream/pace.js'

/** Looks at a lag as often as a decision takes. */
const decide = (pace: Pace, lag: number | undefined): Pace => {
  let next = pace
  for (let i = 0; i < LOOKS; i++) next = adapt(next, lag)
  return next
}

describe('a rerun gives way to the stream', () => {
  test('halves while the lag grows, holds while it shrinks, rises when it is gone', () => {
    let pace = decide(startPace(), 10_000)
    expect(pace.rate).toBe(START_RATE)
    pace = decide(pace, 20_000)
    expect(pace.rate).toBe(START_RATE / 2)
    pace = decide(pace, 12_000)
    expect(pace.rate).toBe(START_RATE / 2)
    pace = decide(pace, 100)
    expect(pace.rate).toBe((START_RATE / 2) * 1.5)
  })
  test('never stops, whatever the lag', () => {
    let pace = startPace()
    for (let lag = 10_000; lag < 1e9; lag *= 1.5) pace = decide(pace, lag)
    expect(pace.rate).toBe(MIN_RATE)
  })
  test('what is unread only until the next commit is no lag', () => {
    let pace = startPace()
    // 4,000 messages a second, committed every five seconds, looked at every two.
    for (let second = 0; second < 120; second += 2) pace = adapt(pace, 4_000 * (second % 5))
    expect(pace.rate).toBeGreaterThan(START_RATE)
  })
  test('nor at a rate at which every look finds much unread', () => {
    let pace = startPace()
    for (let second = 1; second < 300; second += 2) pace = adapt(pace, 50_000 * (1 + (second % 5)))
    expect(pace.rate).toBeGreaterThan(START_RATE)
  })
  test('nobody is spared while no stream runs, and again when one comes', () => {
    const alone = adapt(startPace(), undefined)
    expect(alone.rate).toBe(Number.POSITIVE_INFINITY)
    expect(Number.isFinite(decide(decide(alone, 50_000), 60_000).rate)).toBe(true)
  })

  /** A machine that does so much a second; the stream needs part of it and has what the rerun leaves. */
  const simulate = (capacity: number, need: number, seconds: number) => {
    const BYTES = 500
    let pace = startPace()
    let lag = 0
    let read = 0
    const lags: number[] = []
    for (let s = 0; s < seconds; s++) {
      // Both ask for what they like and get it in proportion when that is too much.
      const mine = pace.rate / BYTES
      const theirs = need + lag
      const share = Math.min(1, capacity / (mine + theirs))
      read += mine * share
      lag += need - Math.min(theirs, Math.max(theirs * share, capacity - mine))
      lags.push(lag)
      if (s % 2 === 0) pace = adapt(pace, lag)
    }
    return { read: read / seconds, worst: Math.max(...lags.slice(seconds / 2)), last: Math.min(...lags.slice(-60)) }
  }
  test('the lag stays small, and most of what is free is used', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4_000, max: 100_000 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        (capacity, load) => {
          const { read, worst, last } = simulate(capacity, capacity * load, 1_800)
          expect(worst).toBeLessThan(capacity * 30)
          expect(last).toBeLessThan(capacity)
          expect(read).toBeGreaterThan(Math.min(0.3 * capacity * (1 - load), MIN_RATE / 500))
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('a rate in bytes a second', () => {
  test.each([
    ['5MB/s', 5e6],
    ['5MB', 5e6],
    ['1.5 MiB/s', 1.5 * 1024 ** 2],
    ['800kB/s', 8e5],
    ['100B/s', 100],
  ])('%s', (text, rate) => expect(parseRate(text)).toBe(rate))
  test.each(['', '5', '5Mb/s', '-1MB/s', '0MB/s', 'fast', '1e9MB'])('%s is none', (text) =>
    expect(parseRate(text)).toBeUndefined(),
  )
  test('is kept over any time, however uneven the parts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 50 }), (parts) => {
        let account = { paidUntil: 0 }
        let now = 1_000
        for (const bytes of parts) {
          const booked = book(account, bytes, 1e6, now)
          account = booked.account
          now += booked.waitMs
        }
        const bytes = parts.reduce((a, b) => a + b, 0)
        expect(now - 1_000).toBeCloseTo(bytes / 1_000, 3)
      }),
    )
  })
  test('time spent on the work itself counts', () => {
    const { account } = book({ paidUntil: 0 }, 1e6, 1e6, 0)
    expect(book(account, 1e6, 1e6, 1_500).waitMs).toBe(1_000)
    expect(book({ paidUntil: 0 }, 1e9, Number.POSITIVE_INFINITY, 5).waitMs).toBe(0)
  })
})
