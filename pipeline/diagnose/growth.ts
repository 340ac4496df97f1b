import type { Condition } from '../match/pack.js'
import { median } from './facts/fact.js'
import type { Observation } from './observation.js'

/** How much of a quiet time before the first reading of a rate is counted. */
const FIRST_SECS = 1
const MS = 1_000

/** Names met before, by condition: a log has the same few in every snapshot. */
const asked = new WeakMap<Condition, Map<string, boolean>>()
const MAX_ASKED = 4_096

type Step = { readonly o: Observation; readonly name: string; readonly growth: number; readonly secs: number }

/**
 * Snapshots in which a counter meets the condition. What a name that ends in `/s` has is a rate: it grew by the rate times the time since the
 * snapshot before (sar prints such). Snapshots of one origin may hold different counters: each is compared with the last that had it.
 * @param inside   the snapshots of one origin in the moments, in order of time
 * @param port     the port that was dialled: a counter of another listener (`name:7102`) is not meant where the snapshot has that port's too
 * @param outside  the others of the window, in order: they say what is usual. Only asked for where something grew.
 */
export function grownIn(
  condition: Condition,
  inside: readonly Observation[],
  outside: () => readonly Observation[],
  port?: number,
): readonly Observation[] {
  const { gt = 0, lt, times } = condition
  const isMet = (reading: number) => (lt === undefined ? reading > gt : reading < lt)
  const isName = (name: string) => isMeant(condition, name)
  const found = condition.level
    ? inside.flatMap((o) =>
        readings(o, isName, port).flatMap(([name, v]) => (isMet(v) ? [{ o, name, growth: v, secs: 0 }] : [])),
      )
    : stepsOf(inside, isName, port).filter((s) => s.growth > gt)
  if (times === undefined || condition.level || found.length === 0) return [...new Set(found.map((s) => s.o))]
  const names = new Set(found.map((s) => s.name))
  const rates = new Map<string, number[]>()
  for (const { name, growth, secs } of stepsOf(outside(), (n) => names.has(n)))
    if (secs > 0) listOf(rates, name).push(Math.max(0, growth) / secs)
  // The middle one: a fault may take more of a short log than a mean would bear.
  const usual = new Map([...rates].map(([name, list]) => [name, median(list)]))
  const isUnusual = ({ name, growth, secs }: Step) => {
    const rate = usual.get(name)
    return rate !== undefined && secs > 0 && growth / secs >= times * rate
  }
  return [...new Set(found.filter(isUnusual).map((s) => s.o))]
}

function stepsOf(line: readonly Observation[], isName: (name: string) => boolean, port?: number): Step[] {
  const last = new Map<string, { readonly value: number; readonly at: number }>()
  const steps: Step[] = []
  for (const o of line)
    for (const [name, value] of readings(o, isName, port)) {
      const before = last.get(name)
      const secs = before ? (o.at - before.at) / MS : FIRST_SECS
      if (name.endsWith('/s')) steps.push({ o, name, growth: value * secs, secs })
      else if (before) steps.push({ o, name, growth: value - before.value, secs })
      last.set(name, { value, at: o.at })
    }
  return steps
}

function readings(o: Observation, isName: (name: string) => boolean, port: number | undefined): [string, number][] {
  const counters = o.event['whytimeout.counters'] ?? {}
  return Object.entries(counters).filter(([name]) => {
    const base = name.replace(OF_PORT, '')
    if (!isName(base)) return false
    return (
      base === name || port === undefined || name === `${base}:${port}` || counters[`${base}:${port}`] === undefined
    )
  })
}
const OF_PORT = /:\d{1,5}$/

function isMeant(condition: Condition, name: string): boolean {
  const known = asked.get(condition) ?? new Map<string, boolean>()
  asked.set(condition, known)
  const answer = known.get(name) ?? condition.counter?.(name) === true
  if (known.size < MAX_ASKED) known.set(name, answer)
  return answer
}

function listOf(lists: Map<string, number[]>, name: string): number[] {
  const list = lists.get(name) ?? []
  lists.set(name, list)
  return list
}
