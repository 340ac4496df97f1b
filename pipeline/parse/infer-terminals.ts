import type { Trace } from './infer.js'
import type { Inventory, InventoryRow } from './inventory.js'
import { pushTo } from './push-to.js'

const ENOUGH = 3
/** A host and a server log the same request this far apart, its clock's error apart. */
const STEADY_MS = 2_500
const STEADY_SHARE = 0.7
/** So many numbers in common are no chance, though a bad line brings each some seconds later. */
const MANY = 5
const ROUGHLY_MS = 20_000
const LEAD = 2

/** What is known of a terminal: without an inventory its id alone. */
export type KnownTerminal = Pick<InventoryRow, 'terminal_id'> & Partial<Pick<InventoryRow, 'ip' | 'site'>>
type Found = { readonly row: KnownTerminal; readonly requests: number }

/**
 * The terminal of a host whose program never says which it is: the one that servers and gateways name with the same trace numbers, always the
 * same time apart.
 * @param hosts  those that are asked for
 * @param taken  terminals whose logs are known
 */
export function terminalsByRequests(
  hosts: ReadonlySet<string>,
  taken: ReadonlySet<string>,
  traces: readonly Trace[],
  inventory: Inventory | undefined,
): ReadonlyMap<string, KnownTerminal> {
  if (hosts.size === 0) return new Map()
  const named = new Map<string, Map<string, number>>()
  for (const { stan, terminal, host, start } of traces) {
    if (stan === undefined || terminal === undefined || hosts.has(host)) continue
    const starts = named.get(stan) ?? new Map<string, number>()
    named.set(stan, starts.set(terminal, Math.min(starts.get(terminal) ?? Number.POSITIVE_INFINITY, start)))
  }
  const own = new Map<string, Map<string, number>>()
  for (const { stan, host, start } of traces) {
    if (stan === undefined || !hosts.has(host)) continue
    const starts = own.get(host) ?? new Map<string, number>()
    own.set(host, starts.set(stan, Math.min(starts.get(stan) ?? Number.POSITIVE_INFINITY, start)))
  }
  const best = new Map<string, Found>()
  for (const [host, starts] of own) {
    const found = terminalOf(starts, named, taken, inventory)
    if (found) best.set(host, found)
  }
  // Two hosts cannot be one terminal: the one with more of its requests is.
  const isBest = ({ row, requests }: Found) =>
    [...best.values()].filter((o) => o.row.terminal_id === row.terminal_id && o.requests >= requests).length === 1
  return new Map([...best].flatMap(([host, f]) => (isBest(f) ? [[host, f.row] as const] : [])))
}

function terminalOf(
  starts: ReadonlyMap<string, number>,
  named: ReadonlyMap<string, ReadonlyMap<string, number>>,
  taken: ReadonlySet<string>,
  inventory: Inventory | undefined,
): Found | undefined {
  const gaps = new Map<string, number[]>()
  for (const [stan, start] of starts)
    for (const [terminal, at] of named.get(stan) ?? []) if (!taken.has(terminal)) pushTo(gaps, terminal, start - at)
  const [first, second] = [...gaps]
    .map(([terminal, list]) => ({ terminal, requests: steady(list), of: list.length }))
    .sort((a, b) => b.requests - a.requests || (a.terminal < b.terminal ? -1 : 1))
  if (!first || first.requests < Math.max(ENOUGH, first.of * STEADY_SHARE)) return undefined
  if (second && first.requests < second.requests * LEAD) return undefined
  const row = inventory ? inventory.byTerminal(first.terminal, 0) : { terminal_id: first.terminal }
  return row && { row, requests: first.requests }
}

/** How many lie about the middle one. */
function steady(gaps: readonly number[]): number {
  const middle = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 0
  const within = (ms: number) => gaps.filter((g) => Math.abs(g - middle) <= ms).length
  const roughly = within(ROUGHLY_MS)
  return roughly >= MANY ? roughly : within(STEADY_MS)
}
