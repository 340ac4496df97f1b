import type { Role } from '../../schemas/vocabulary.js'
import type { Trace } from './infer.js'
import { hostsBehind } from './infer-chain.js'
import type { OriginNotes } from './infer-notes.js'
import { isProvidersName, roleOfOwner } from './infer-owner.js'
import { namesOf, terminalsByName } from './infer-sites.js'
import { type KnownTerminal, terminalsByRequests } from './infer-terminals.js'
import { hasOtherSite, type Inventory } from './inventory.js'

const GATEWAY_FORMATS = [
  'haproxy',
  'haproxy-layout',
  'nginx',
  'nginx-stream',
  'envoy',
  'envoy-event',
  'stunnel',
  'traefik',
  'big-ip',
  'netscaler',
]
/** Oracle's clients and databases write alike; a database names its logs so. */
const ORACLE_LOG = /\/(?:alert|listener)[^/]{0,80}$/
const APPLICATION_FORMATS = [
  ...['application', 'access-log', 'curl-verbose', 'wget', 'logcat', 'logfmt', 'json-log', 'glog', 'fallback'],
]

export const ROUTER_FORMATS = [
  'dnsmasq',
  'netfilter',
  'conntrack',
  'arpwatch',
  'unbound',
  'bind',
  'cisco-asa',
  'cisco-ios',
  'fortigate',
  'hillstone',
  'huawei',
  'filterlog',
  'junos',
  'meraki',
  'mikrotik',
  'panos',
  'procurve',
  'small-router',
  'sonicwall',
  'sophos',
  'check-point',
  'carrier-nat',
]

/** And what a site's router writes besides, where its name says whose it is: it gives out addresses, keeps the line up and probes it. */
export const BOX_FORMATS = [...ROUTER_FORMATS, 'dhcp-server', 'link-manager', 'fping']

/** A cloud keeps these of the machines of whoever rents them: of what is called, and no shop's. */
const CLOUD_FORMATS = ['vpc-flow', 'azure-flow']

/** Those that only boxes write which nobody pays at; a till may log its own packets, or resolve names for itself. */
export const APPLIANCE_FORMATS: readonly string[] = ROUTER_FORMATS.filter(
  (f) => !['dnsmasq', 'netfilter', 'conntrack', 'arpwatch', 'unbound', 'bind'].includes(f),
)

/** What no till writes. */
const OTHERS = [
  ...APPLIANCE_FORMATS,
  ...GATEWAY_FORMATS,
  'jpos',
  'windows-dns',
  'oracle',
  'database',
  'sql-server',
  'dhcp-server',
]

type HostRole = {
  readonly role: Role
  readonly site?: string
  readonly address?: string
  readonly terminal?: string
  /** What tells the terminal, where its own logs do not. */
  readonly by?: 'name' | 'requests'
}

/** Apache and jPOS serve as often as they pass on: they are proxies where they waited for another, or sent it what they were sent. */
const isFront = (n: OriginNotes): boolean =>
  GATEWAY_FORMATS.some((format) => n.formats.has(format)) ||
  ((n.formats.has('apache') || n.formats.has('jpos')) && n.accepts)

/** A program that serves by itself (gunicorn, uWSGI) logs its requests as nginx does: that is no proxy before it, where none waited for another. */
const servesItself = (logs: readonly OriginNotes[]): boolean =>
  logs.some(isFront) &&
  logs.some((n) => n.formats.has('app-server')) &&
  logs.filter(isFront).every((n) => !n.accepts && GATEWAY_FORMATS.every((f) => f === 'nginx' || !n.formats.has(f)))

/** What each host is, by what its logs are and whom they name. */
export function inferRoles(
  list: readonly OriginNotes[],
  inventory: Inventory | undefined,
  traces: readonly Trace[] = [],
): Map<string, HostRole> {
  const hosts = new Map<string, OriginNotes[]>()
  for (const n of list) hosts.set(n.host, [...(hosts.get(n.host) ?? []), n])
  const gateways = inventory?.gateways ?? new Set<string>()
  const found = new Map<string, HostRole>()
  const names = namesOf(list)
  const isGateway = (host: string) => names.get(host)?.some((name) => gateways.has(name)) ?? false
  const hasFront = (logs: readonly OriginNotes[]): boolean => logs.some(isFront) && !servesItself(logs)
  const named = [...hosts.keys()].some(isGateway) || [...hosts.values()].some(hasFront)
  for (const [host, logs] of hosts) {
    const formats = new Set(logs.flatMap((n) => [...n.formats]))
    const terminals = new Set(logs.flatMap((n) => [...n.terminals]))
    const neighbours = new Set(logs.flatMap((n) => [...n.neighbours]))
    const is = (...ids: string[]) => ids.some((id) => formats.has(id))
    const sites = new Set(
      [...neighbours].map((t) => inventory?.byTerminal(t, 0)?.site ?? inventory?.bySite(t, 0)[0]?.site),
    )
    const site = sites.size === 1 ? [...sites][0] : undefined
    // It knows terminals by addresses that mean something in their own network alone, and of the shops there are only this one's.
    const isOnlyWay = site !== undefined && hasOtherSite(inventory, site)
    // A till's own name server is asked from the till itself, and no till hands out addresses.
    const isAsked = (is('dnsmasq', 'unbound', 'bind') && neighbours.size > 0) || logs.some((n) => n.owner.handsOut)
    // A till that resolves names for itself.
    const sells = logs.some((n) => n.terminals.size > 0 && [...n.formats].every((f) => APPLICATION_FORMATS.includes(f)))
    const put = (role: Role, more: Omit<HostRole, 'role'> = {}) => found.set(host, { role, ...more })
    const only = terminals.size === 1 ? inventory?.byTerminal([...terminals][0] as string, 0) : undefined
    if (isGateway(host) || (is('jpos') && hasFront(logs))) put('gateway')
    else if (is('jpos')) put(named || is(...GATEWAY_FORMATS) ? 'server' : terminals.size > 1 ? 'server' : 'gateway')
    else if (hasFront(logs)) put('gateway')
    else if (named && servesItself(logs) && !is(...APPLICATION_FORMATS)) put('server')
    else if (is(...CLOUD_FORMATS)) put('gateway')
    else if (is('windows-dns', 'dnscache', 'technitium')) put('dns', site === undefined ? {} : { site })
    else if (is('unbound', 'bind') && !sells && (neighbours.size === 0 || isCentral(logs))) put('dns')
    else if (is(...APPLICATION_FORMATS, 'app-server') && terminals.size === 1 && !is(...APPLIANCE_FORMATS) && !isAsked)
      put('terminal', {
        terminal: [...terminals][0] as string,
        ...(only?.ip && { address: only.ip }),
        ...(only?.site && { site: only.site }),
      })
    else if (isAsked && site !== undefined) put('router', { site })
    else if (is('oracle') && logs.some((n) => ORACLE_LOG.test(n.origin))) put('server')
    else if (is('database', 'app-server', 'sql-server') && terminals.size === 0 && !is(...ROUTER_FORMATS)) put('server')
    else if (
      is(...APPLICATION_FORMATS) &&
      terminals.size > 1 &&
      !is('dnsmasq', ...APPLIANCE_FORMATS) &&
      !logs.some((n) => n.forwards)
    ) {
      const shop = shopOf(logs, inventory)
      if (shop) put('terminal', shop)
      else put(named ? 'server' : 'gateway')
    } else if (is(...APPLIANCE_FORMATS) && isProvidersName(host)) put('provider')
    else if (is(...ROUTER_FORMATS) && site !== undefined) put('router', { site })
    else if (isOnlyWay && terminals.size === 0 && logs.some((n) => n.forwards) && !isProvidersName(host))
      put('router', { site })
    else if (logs.some((n) => n.forwards)) {
      const owner = roleOfOwner(
        host,
        logs.map((n) => n.owner),
        sites.size,
      )
      if (owner) put(owner)
    } else if (is('dnsmasq', 'arpwatch')) put('router')
  }
  const silent = () =>
    [...hosts].flatMap(([host, logs]) => {
      const formats = logs.flatMap((n) => [...n.formats])
      const isPrograms =
        formats.some((f) => APPLICATION_FORMATS.includes(f)) && !formats.some((f) => OTHERS.includes(f))
      return !found.has(host) && isPrograms && logs.every((n) => n.terminals.size === 0) ? [host] : []
    })
  const put = (host: string, row: KnownTerminal, by: 'name' | 'requests') =>
    found.set(host, {
      role: 'terminal',
      terminal: row.terminal_id,
      by,
      ...(row.ip && { address: row.ip }),
      ...(row.site && { site: row.site }),
    })
  // Who speaks for terminals that have logs of their own is called by them: a shop's concentrator.
  const own = new Set([...found].flatMap(([, r]) => (r.role === 'terminal' && r.terminal ? [r.terminal] : [])))
  const namedBy = (host: string) => new Set((hosts.get(host) ?? []).flatMap((n) => [...n.terminals]))
  const speakers = [...found].flatMap(([host, r]) =>
    r.role === 'terminal' && r.terminal === undefined && namedBy(host).size > 1 ? [host] : [],
  )
  const logsOf = (host: string) => (hosts.get(host) ?? []).map((n) => n.origin.slice(n.origin.indexOf('/')))
  const called = speakers.filter((host) => [...namedBy(host)].some((t) => own.has(t)))
  // The same program at other shops, whose tills nobody logs.
  const programs = new Set(called.flatMap(logsOf))
  // No shop's concentrator keeps a database where a gateway stands before it.
  const isBehind = (host: string) =>
    named && (hosts.get(host) ?? []).some((n) => ['database', 'sql-server', 'oracle'].some((f) => n.formats.has(f)))
  for (const host of speakers)
    if (called.includes(host) || logsOf(host).some((log) => programs.has(log)))
      found.set(host, { role: isBehind(host) ? 'server' : 'gateway' })
  const gate = new Set([...found].flatMap(([host, r]) => (r.role === 'gateway' ? [host] : [])))
  const isKnown = (host: string) => isGateway(host) || hasFront(hosts.get(host) ?? [])
  for (const host of hostsBehind(gate, traces)) if (!isKnown(host)) found.set(host, { role: 'server' })
  const taken = new Set([...found.values()].flatMap((r) => (r.role === 'terminal' && r.terminal ? [r.terminal] : [])))
  for (const [host, row] of terminalsByRequests(new Set(silent()), taken, traces, inventory)) put(host, row, 'requests')
  for (const [host, role] of rolesOfFolders(hosts, found)) found.set(host, role)
  for (const [host, row] of terminalsByName(silent(), found, inventory?.rows ?? [])) put(host, row, 'name')
  return found
}

/** So many networks are no site's own. */
const MANY_NETWORKS = 4
/** It resolves names for more than one site, and hands out no addresses. */
const isCentral = (logs: readonly OriginNotes[]): boolean =>
  new Set(logs.flatMap((n) => [...n.owner.asking])).size >= MANY_NETWORKS && !logs.some((n) => n.owner.handsOut)

/** A machine's journal calls it by another name than the folder in which its other logs lie, which name none: it is one machine. */
function rolesOfFolders(
  hosts: ReadonlyMap<string, readonly OriginNotes[]>,
  found: ReadonlyMap<string, HostRole>,
): [host: string, role: HostRole][] {
  return [...hosts].flatMap(([host, logs]): [string, HostRole][] => {
    const folders = new Set(logs.flatMap((n) => [...n.folders]))
    const [folder] = folders
    if (found.has(host) || folder === undefined || folders.size > 1 || folder === host) return []
    const others = [...hosts.keys()].filter((h) => h !== host && hosts.get(h)?.some((n) => n.folders.has(folder)))
    const role = others.length === 1 && others[0] === folder ? found.get(folder) : undefined
    return role ? [[host, role]] : []
  })
}

/**
 * Whose programs write what several terminals do: a log for each, or of one shop only where there are others, is written on their side (tills
 * of one computer, a concentrator); a server hears many shops in one log.
 */
function shopOf(logs: readonly OriginNotes[], inventory: Inventory | undefined): { site?: string } | undefined {
  const siteOf = (terminal: string) => inventory?.byTerminal(terminal, 0)?.site
  const sites = new Set(logs.flatMap((n) => [...n.terminals]).map(siteOf))
  const [site] = sites
  const one = sites.size === 1 && site !== undefined && site !== '' ? { site } : undefined
  if (logs.every((n) => n.terminals.size <= 1)) return one ?? {}
  return hasOtherSite(inventory, site) ? one : undefined
}
