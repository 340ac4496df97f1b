import type { TimeAxis } from './model.js'

/** Steps of a time axis, ms: each a whole multiple of the one before, so that counts can be added up when it gets too long. */
const STEPS = [10, 30, 60, 300, 900, 3_600, 10_800, 21_600, 86_400, 604_800, 2_419_200, 24_192_000].map(
  (s) => s * 1_000,
)
/** More would be thinner than a line on a small screen. */
const MAX_STEPS = 200
/** Fewer would make one timeout a wall: the axis goes on at both ends. */
const MIN_STEPS = 30
/** Entries (key and step) kept; past that steps get longer. */
const MAX_ENTRIES = 300_000

/** Counts by key and step of time, whose steps grow with the span: as large as the picture, not as the input. */
export type Histogram = {
  readonly add: (at: number, key: number) => void
  readonly axis: () => TimeAxis
  /** Step of the axis, key, count; sorted by step and key. */
  readonly entries: () => readonly (readonly [step: number, key: number, count: number])[]
}

export function createHistogram(keys: number): Histogram {
  let level = 0
  let counts = new Map<number, number>()
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  const size = (l: number): number => STEPS[l] as number
  const stepOf = (at: number): number => Math.floor(at / size(level))
  const firstStep = (): number => {
    const missing = MIN_STEPS - (stepOf(high) - stepOf(low) + 1)
    return stepOf(low) - Math.max(0, Math.floor(missing / 2))
  }
  const isLast = (): boolean => level === STEPS.length - 1
  const grow = (): void => {
    const ratio = size(level + 1) / size(level)
    level++
    const grown = new Map<number, number>()
    for (const [slot, n] of counts) {
      const to = Math.floor(Math.floor(slot / keys) / ratio) * keys + (slot % keys)
      grown.set(to, (grown.get(to) ?? 0) + n)
    }
    counts = grown
  }
  return {
    add: (at, key) => {
      low = Math.min(low, at)
      high = Math.max(high, at)
      while (!isLast() && stepOf(high) - stepOf(low) >= MAX_STEPS) grow()
      const slot = stepOf(at) * keys + key
      counts.set(slot, (counts.get(slot) ?? 0) + 1)
      while (!isLast() && counts.size > MAX_ENTRIES) grow()
    },
    axis: () => {
      if (low > high) return { from: 0, stepMs: size(0), count: 0 }
      const count = stepOf(high) - firstStep() + 1
      return { from: firstStep() * size(level), stepMs: size(level), count: Math.max(MIN_STEPS, count) }
    },
    entries: () => {
      const first = low > high ? 0 : firstStep()
      return [...counts]
        .sort(([a], [b]) => a - b)
        .map(([slot, n]) => [Math.floor(slot / keys) - first, slot % keys, n] as const)
    },
  }
}
