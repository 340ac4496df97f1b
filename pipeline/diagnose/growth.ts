import type { Condition } from '../match/pack.js'
import type { Observation } from './observation.js'

/** What is known of one counter while snapshots are gone through. */
type Run = { value: number; at: number; usualGrowth: number; usualSecs: number }

/** How much of a quiet time before the first reading of a rate is counted. */
const FIRST_SECS = 1
const SECS = 1_000

/** Names met before, by condition: a log has the same few in every snapshot. */
const asked = new WeakMap<Condition, Map<string, boolean>>()
const MAX_ASKED = 4_096

/**
 * Snapshots in [from, to] in which a counter meets the condition. What a name that ends in `/s` has is a rate: it grew by the rate times the time since
 * the snapshot before (sar prints such). Snapshots of one origin may hold different counters: each is compared with the last that had it.
 * @param line  the snapshots of one origin in order of time; those outside [from, to] say what is usual
 */
export function grownIn(
  condition: Condition,
  line: readonly Observation[],
  from: number,
  to: number,
): readonly Observation[] {
  const runs = new Map<string, Run>()
  const found: { readonly o: Observation; readonly name: string; readonly growth: number; readonly secs: number }[] = []
  for (const o of line) {
    const isInside = o.at >= from && o.at <= to
    for (const [name, value] of Object.entries(o.event['whytimeout.counters'] ?? {})) {
      if (!isMeant(condition, name)) continue
      const before = runs.get(name)
      const run = before ?? { value, at: o.at, usualGrowth: 0, usualSecs: 0 }
      runs.set(name, run)
      if (condition.level) {
        if (isInside && value > (condition.gt ?? 0)) found.push({ o, name, growth: value, secs: 0 })
        continue
      }
      const isRate = name.endsWith('/s')
      // A cumulative counter needs a snapshot before this one, within the moments too.
      if (before || isRate) {
        const secs = before ? (o.at - run.at) / SECS : FIRST_SECS
        const growth = isRate ? value * Math.max(secs, 0) : value - run.value
        if (!isInside) {
          run.usualGrowth += Math.max(0, growth)
          run.usualSecs += secs
        } else if (growth > (condition.gt ?? 0) && (isRate || run.at >= from)) found.push({ o, name, growth, secs })
      }
      run.value = value
      run.at = o.at
    }
  }
  const { times } = condition
  const isUnusual = ({ name, growth, secs }: (typeof found)[number]): boolean => {
    if (times === undefined) return true
    const run = runs.get(name)
    return (
      run !== undefined && run.usualSecs > 0 && secs > 0 && growth / secs >= times * (run.usualGrowth / run.usualSecs)
    )
  }
  return [...new Set(found.filter(isUnusual).map((f) => f.o))]
}

function isMeant(condition: Condition, name: string): boolean {
  const known = asked.get(condition) ?? new Map<string, boolean>()
  asked.set(condition, known)
  const answer = known.get(name) ?? condition.counter?.(name) === true
  if (known.size < MAX_ASKED) known.set(name, answer)
  return answer
}
