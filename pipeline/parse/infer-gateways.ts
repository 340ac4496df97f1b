import type { Role } from '../../schemas/vocabulary.js'
import { gatewayName } from './enrich.js'
import type { Trace } from './infer.js'
import type { OriginNotes } from './infer-notes.js'
import type { Inventory } from './inventory.js'

/** Of the terminals of a name that gateways saw, a machine that serves the name has seen this share. */
const OWN_SHARE = 0.5

/**
 * Which of the inventory's gateways a machine is that has a name of its own: those whose terminals it serves, by their ids or by the addresses of
 * their sites. One name needs no answer: every gateway is it.
 * @param siteOf the site that has a public address
 * @returns names by host, each list sorted
 */
export function inferGateways(
  list: readonly OriginNotes[],
  traces: readonly Trace[],
  roles: ReadonlyMap<string, { readonly role: Role }>,
  inventory: Inventory | undefined,
  siteOf: (address: string) => string | undefined,
): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>()
  if (!inventory || inventory.gateways.size < 2) return found
  const isUnnamed = (host: string): boolean =>
    roles.get(host)?.role === 'gateway' && !inventory.gateways.has(gatewayName(host, inventory) ?? host)
  const gatewayOf = new Map(inventory.rows.map((r) => [r.terminal_id, r.gateway]))
  const served = new Map<string, Set<string>>()
  const serve = (host: string, terminals: Iterable<string>) => {
    const known = served.get(host) ?? new Set<string>()
    for (const t of terminals) if (gatewayOf.get(t)) known.add(t)
    served.set(host, known)
  }
  for (const n of list) if (isUnnamed(n.host)) serve(n.host, n.terminals)
  for (const t of traces) {
    if (t.sourceIp === undefined || !isUnnamed(t.host)) continue
    const own = inventory.byIp(t.sourceIp, t.at)
    const site = own ? undefined : (inventory.byWanIp(t.sourceIp, t.at) ?? siteOf(t.sourceIp))
    if (own) serve(t.host, [own.terminal_id])
    else if (site !== undefined)
      serve(
        t.host,
        inventory.bySite(site, t.at).map((r) => r.terminal_id),
      )
  }
  const all = countsOf(new Set([...served.values()].flatMap((s) => [...s])), gatewayOf)
  for (const [host, terminals] of served) {
    const own = countsOf(terminals, gatewayOf)
    const names = [...own].filter(([name, n]) => n >= (all.get(name) ?? 0) * OWN_SHARE).map(([name]) => name)
    if (names.length > 0) found.set(host, names.sort())
  }
  return found
}

function countsOf(terminals: Iterable<string>, gatewayOf: ReadonlyMap<string, string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const t of terminals) {
    const name = gatewayOf.get(t) as string
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

export const WHY_GATEWAY = 'it serves the terminals that the inventory has for these names'
