/** What something took. CPU is of the whole process: on a shared machine it says more than the wall clock. */
export type Taken = { readonly wallS: number; readonly cpuS: number }

export async function take(work: () => Promise<void> | void): Promise<Taken> {
  globalThis.gc?.()
  const [cpu, began] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { wallS: (performance.now() - began) / 1000, cpuS: (user + system) / 1e6 }
}

/** The middle one, and how far apart the lowest and the highest lie. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number; readonly n: number }
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (i: number): number => sorted[i] ?? Number.NaN
  const mid = sorted.length >> 1
  return {
    median: sorted.length % 2 === 1 ? at(mid) : (at(mid - 1) + at(mid)) / 2,
    min: at(0),
    max: at(sorted.length - 1),
    n: sorted.length,
  }
}
export const show = (s: Spread, digits = 2): string =>
  `${s.median.toFixed(digits)} (${s.min.toFixed(digits)} to ${s.max.toFixed(digits)})`
export const percentile = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN
}
