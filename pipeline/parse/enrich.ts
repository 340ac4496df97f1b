import type { LogEvent } from '../../schemas/event.js'
import type { OriginEntry } from '../../schemas/origin.js'
import type { Role } from '../../schemas/vocabulary.js'
import type { Inventory, InventoryRow } from './inventory.js'

/** What the inventory and `origins.yml` know, ready for lookups. */
export type Enrichment = {
  readonly inventory: Inventory | undefined
  /** Public addresses of sites: from `addresses` of a site's router, or the inventory's `wan_ip`. */
  readonly siteOfAddress: ReadonlyMap<string, string>
}

export const NO_ENRICHMENT: Enrichment = { inventory: undefined, siteOfAddress: new Map() }

/** Addresses by site, from the entries that name both. */
export function sitesByAddress(entries: Iterable<OriginEntry>): Map<string, string> {
  const found = new Map<string, string>()
  for (const e of entries) if (e.site !== undefined) for (const a of e.addresses ?? []) found.set(a, e.site)
  return found
}

/** Adds to a new event who is who: terminal, site, provider, gateway, role and realm. What the line itself says stays. @returns the same event */
export function enrich(
  event: LogEvent,
  at: number,
  entry: OriginEntry,
  { inventory, siteOfAddress }: Enrichment,
): LogEvent {
  const row = inventory && terminalOf(event, at, entry, inventory)
  const role: Role = event['whytimeout.role'] ?? entry.role ?? 'unknown'
  const own = role === 'terminal' ? entry.terminal : undefined
  const terminal = event['whytimeout.terminal_id'] ?? row?.terminal_id ?? own
  const publicSite = siteOf(event, at, siteOfAddress, inventory)
  const site = row?.site ?? publicSite ?? entry.site
  const near = row ?? (site !== undefined ? inventory?.firstAtSite(site, at) : undefined)
  const isp = row?.isp ?? near?.isp ?? entry.isp
  const gateway = role === 'gateway' ? event['host.name'] : (row?.gateway ?? near?.gateway)
  event['whytimeout.role'] = role
  event['whytimeout.realm'] = entry.realm ?? row?.realm ?? near?.realm ?? 'default'
  if (entry.skew_ms) event['whytimeout.skew_ms'] = entry.skew_ms
  if (terminal) event['whytimeout.terminal_id'] = terminal
  if (site) event['whytimeout.site_id'] = site
  if (isp) event['whytimeout.isp'] = isp
  if (gateway) event['whytimeout.gateway'] = gateway
  if (row?.merchant && event['whytimeout.merchant_id'] === undefined) event['whytimeout.merchant_id'] = row.merchant
  if (row?.model) event['device.model.name'] = row.model
  return event
}

/** The terminal an event is about: by its id, by an address or hardware address in the line, by the log's own host. */
function terminalOf(event: LogEvent, at: number, entry: OriginEntry, inventory: Inventory): InventoryRow | undefined {
  const id = event['whytimeout.terminal_id']
  if (id !== undefined) return inventory.byTerminal(id, at)
  const byIp = (ip: string | undefined) => (ip === undefined ? undefined : inventory.byIp(ip, at))
  const byMac = (mac: string | undefined) => (mac === undefined ? undefined : inventory.byMac(mac, at))
  if (entry.role === 'terminal') {
    const own = entry.addresses?.map(byIp).find((row) => row !== undefined)
    if (own) return own
  }
  return (
    byIp(event['source.ip']) ??
    byMac(event['source.mac']) ??
    byIp(event['whytimeout.address']) ??
    byIp(event['destination.ip']) ??
    byIp(event['host.ip']) ??
    byMac(event['host.mac']) ??
    (event['host.name'] === undefined ? undefined : inventory.byTerminal(event['host.name'], at))
  )
}

function siteOf(
  event: LogEvent,
  at: number,
  siteOfAddress: ReadonlyMap<string, string>,
  inventory: Inventory | undefined,
) {
  for (const ip of [event['source.ip'], event['destination.ip'], event['source.nat.ip']]) {
    if (ip === undefined) continue
    const site = siteOfAddress.get(ip) ?? inventory?.byWanIp(ip, at)
    if (site !== undefined) return site
  }
  return undefined
}
