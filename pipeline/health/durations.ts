import type { HealthDurations } from '../../schemas/health.js'

/** Eight steps to a doubling: a bucket's middle is within 5 % of everything in it. */
const STEPS = 8

/** Counts by size, as large as the spread of the durations and not as their number. */
export type Durations = { readonly counts: Map<number, number>; count: number }

export const createDurations = (): Durations => ({ counts: new Map(), count: 0 })

/** @param ms below 1 counts as 1 */
export function addDuration(d: Durations, ms: number): void {
  const bucket = Math.floor(Math.log2(Math.max(1, ms)) * STEPS)
  d.counts.set(bucket, (d.counts.get(bucket) ?? 0) + 1)
  d.count++
}

const middleOf = (bucket: number): number => Math.round(2 ** ((bucket + 0.5) / STEPS))

/** Quantiles and the share near the limit; undefined where nothing was counted. */
export function durationsOf(d: Durations, limitMs: number | undefined): HealthDurations | undefined {
  if (d.count === 0) return undefined
  const sorted = [...d.counts].sort(([a], [b]) => a - b)
  const quantile = (q: number): number => {
    let left = Math.ceil(q * d.count)
    for (const [bucket, n] of sorted) {
      left -= n
      if (left <= 0) return middleOf(bucket)
    }
    return 0
  }
  const near = (limit: number): number =>
    sorted.reduce((n, [bucket, count]) => (middleOf(bucket) * 2 >= limit ? n + count : n), 0)
  return {
    count: d.count,
    p50_ms: quantile(0.5),
    p95_ms: quantile(0.95),
    p99_ms: quantile(0.99),
    ...(limitMs !== undefined && { limit_ms: limitMs, near_share: Math.round((near(limitMs) / d.count) * 1e4) / 1e4 }),
  }
}
