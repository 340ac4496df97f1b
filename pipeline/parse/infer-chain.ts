import type { Trace } from './infer.js'

/** So many requests in common, and so many of them shorter at the one behind, are no chance. */
const ENOUGH = 5
const MOST_SHARE = 0.8

/**
 * Hosts that answer what others pass on to them: of the requests that both log with how long these took, theirs took less. That holds whatever their
 * clocks say. Who speaks for some of the terminals only, as a shop's concentrator does, passes nothing on to a server: a gateway stands behind it.
 * @param hosts those that speak for many terminals
 */
export function hostsBehind(hosts: ReadonlySet<string>, traces: readonly Trace[]): ReadonlySet<string> {
  const byHost = new Map<string, Map<string, number>>()
  const terminals = new Map<string, Set<string>>()
  for (const t of traces) {
    if (!hosts.has(t.host) || t.terminal === undefined) continue
    terminals.set(t.host, (terminals.get(t.host) ?? new Set()).add(t.terminal))
    const took = Math.abs(t.at - t.start)
    if (t.stan === undefined || took === 0) continue
    const key = `${t.terminal} ${t.stan}`
    const known = byHost.get(t.host) ?? new Map<string, number>()
    byHost.set(t.host, known.set(key, Math.max(known.get(key) ?? 0, took)))
  }
  const isBefore = (front: string, back: string): boolean => {
    const [outer, inner] = [byHost.get(front), byHost.get(back)]
    if (front === back || !outer || !inner) return false
    const known = [...(terminals.get(back) ?? [])]
    if (known.filter((t) => terminals.get(front)?.has(t)).length < known.length * MOST_SHARE) return false
    const gaps = [...inner].flatMap(([key, took]) => {
      const whole = outer.get(key)
      return whole === undefined || whole === took ? [] : [whole - took]
    })
    return gaps.length >= ENOUGH && gaps.filter((gap) => gap > 0).length >= gaps.length * MOST_SHARE
  }
  const pairs = [...hosts].flatMap((back) => [...hosts].filter((front) => isBefore(front, back)).map((f) => [f, back]))
  // Who passes on what it was passed is no end of the way.
  const passing = new Set(pairs.map(([front]) => front))
  return new Set(pairs.flatMap(([, back]) => (back !== undefined && !passing.has(back) ? [back] : [])))
}
