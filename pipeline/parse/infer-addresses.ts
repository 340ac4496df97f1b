import type { Role } from '../../schemas/vocabulary.js'
import type { PortTrace, Trace } from './infer.js'
import type { OriginNotes } from './infer-notes.js'
import type { Inventory } from './inventory.js'
import { pushTo } from './push-to.js'

type Roles = ReadonlyMap<string, { readonly role: Role; readonly site?: string }>

const MIN_CASES = 5
/** A gateway accepts this soon after the terminal begins: lookup, handshake, one lost packet. */
const SOON_MS = 1_500
const EARLY_MS = 300

/**
 * Public addresses of sites, where no `wan_ip` says them: an address that the gateway sees is the site's whose terminal ids it
 * carries, or else the site whose attempts begin just before that address connects, far more often than any other site's.
 * The answer is written to the origins of the site's router (or, without one, of its first terminal).
 */
export function inferAddresses(
  list: readonly OriginNotes[],
  { requests: traces, ports }: { readonly requests: readonly Trace[]; readonly ports: readonly PortTrace[] },
  roles: Roles,
  inventory: Inventory | undefined,
): [string, string[], string][] {
  const roleOf = (t: Trace) => roles.get(t.host)?.role
  const sessions = traces.filter(
    (t) =>
      t.sourceIp !== undefined &&
      (roleOf(t) === 'gateway' || roleOf(t) === 'dns') &&
      !inventory?.byIp(t.sourceIp, t.at),
  )
  const own = traces.flatMap((t) => {
    const site = t.site ?? roles.get(t.host)?.site
    return roleOf(t) === 'terminal' && site !== undefined ? [{ ...t, site }] : []
  })
  const addresses = [...new Set(sessions.map((t) => t.sourceIp as string))].sort()
  const bySite = new Map<string, Map<string, string>>()
  for (const address of addresses) {
    const seen = sessions.filter((t) => t.sourceIp === address)
    const tagged = seen.flatMap((t) => (t.site === undefined ? [] : [t.site]))
    const calls = seen.filter((t) => roleOf(t) === 'gateway')
    const site =
      tagged.length > 0 ? majority(tagged) : (enclosing(calls, own) ?? coincident(calls, own) ?? paired(calls, own))
    if (site === undefined) continue
    const known = bySite.get(site) ?? new Map<string, string>()
    known.set(
      address,
      tagged.length > 0
        ? 'terminal ids of the site in sessions from this address'
        : 'sessions from this address begin with attempts of the site',
    )
    bySite.set(site, known)
  }
  for (const [address, site] of inventory ? translated(ports, roles, inventory) : []) {
    const known = bySite.get(site) ?? new Map<string, string>()
    if (!known.has(address) && ![...bySite.values()].some((a) => a.has(address)))
      bySite.set(site, known.set(address, BY_PORTS))
  }
  const found: [string, string[], string][] = []
  for (const [site, known] of bySite) {
    const routers = list.filter((n) => roles.get(n.host)?.role === 'router' && roles.get(n.host)?.site === site)
    const holders = routers.length > 0 ? routers : list.filter((n) => roles.get(n.host)?.site === site).slice(0, 1)
    for (const n of holders) {
      const terminal =
        roles.get(n.host)?.role === 'terminal'
          ? [...n.terminals].flatMap((t) => inventory?.byTerminal(t, 0)?.ip ?? [])
          : []
      found.push([n.origin, [...terminal, ...known.keys()].sort(), [...known.values()][0] ?? ''])
    }
  }
  return found
}

const BY_PORTS = "the ports of the site's connections pass others from this address"
const SAME_PACKET_MS = 2_000
const MIN_PACKETS = 4
/** Packets of one connection in a moment say no more than the first of them. */
const MOST_AT_ONCE = 8
const around = (t: PortTrace, step: number): string => `${t.ports}|${Math.floor(t.at / SAME_PACKET_MS) + step}`
const OWN_SHARE = 0.7

/**
 * What the connections of a site come from once its router has translated them: the router says so itself, or another box sees the same pair of
 * ports at the same time from another address. Most translators keep the port.
 */
function translated(
  ports: readonly PortTrace[],
  roles: Roles,
  inventory: Inventory,
): [address: string, site: string][] {
  const votes = new Map<string, string[]>()
  const vote = (address: string, site: string) => pushTo(votes, address, site)
  const inside = new Map<string, { at: number; site: string; host: string }[]>()
  const inOrder = [...ports].sort((a, b) => a.at - b.at || (a.origin < b.origin ? -1 : 1))
  for (const t of inOrder) {
    const site = roles.get(t.host)?.site
    if (site === undefined || roles.get(t.host)?.role !== 'router') continue
    const own = t.sourceIp === undefined ? undefined : inventory.byIp(t.sourceIp, t.at)
    if (own?.site !== site) continue
    if (t.translatedIp !== undefined && !inventory.byIp(t.translatedIp, t.at)) vote(t.translatedIp, site)
    const key = around(t, 0)
    if ((inside.get(key)?.length ?? 0) < MOST_AT_ONCE) pushTo(inside, key, { at: t.at, site, host: t.host })
  }
  const seen = new Map<string, number>()
  for (const t of ports) {
    if (t.sourceIp === undefined || inventory.byIp(t.sourceIp, t.at)) continue
    seen.set(t.sourceIp, (seen.get(t.sourceIp) ?? 0) + 1)
    const near = [-1, 0, 1]
      .flatMap((step) => inside.get(around(t, step)) ?? [])
      .filter((i) => i.host !== t.host && Math.abs(i.at - t.at) <= SAME_PACKET_MS)
    const sites = new Set(near.map((i) => i.site))
    const [site] = sites
    if (sites.size === 1 && site !== undefined) vote(t.sourceIp, site)
  }
  return [...votes].flatMap(([address, sites]) => {
    // Of an address that several sites share, some lines are others'.
    const isOwn = sites.length >= MIN_PACKETS && sites.length >= (seen.get(address) ?? 0) * OWN_SHARE
    const site = isOwn ? majority(sites) : undefined
    return site === undefined ? [] : [[address, site] as [string, string]]
  })
}

function majority(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1)
  const [best] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return best && best[1] * 10 >= values.length * 8 ? best[0] : undefined
}

/** Both ends of a session lie within the attempt that it served, this near: network and programs take little of it. */
const ENCLOSED_MS = 250
/** Clocks of two hosts that are kept. */
const CLOCKS_MS = 60
const ENCLOSED_SHARE = 0.5
const ENCLOSED_LEAD = 1.6

/** The site whose attempts enclose the sessions, begin and end, where lines state both: on a busy network that is much rarer than a begin alone. */
function enclosing(sessions: readonly Trace[], attempts: readonly Trace[]): string | undefined {
  const timed = sessions.filter((s) => s.at > s.start)
  if (timed.length < MIN_CASES) return undefined
  const sorted = attempts.filter((t) => t.at > t.start).sort((a, b) => a.start - b.start)
  const starts = sorted.map((t) => t.start)
  const hits = new Map<string, number>()
  for (const s of timed) {
    const sites = new Set<string>()
    for (let i = lowerBound(starts, s.start - ENCLOSED_MS); i < sorted.length; i++) {
      const t = sorted[i] as Trace
      if (t.start > s.start + CLOCKS_MS) break
      if (t.at >= s.at - CLOCKS_MS && t.at <= s.at + ENCLOSED_MS) sites.add(t.site as string)
    }
    for (const site of sites) hits.set(site, (hits.get(site) ?? 0) + 1)
  }
  const [best, next] = [...hits].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  if (!best || best[1] < timed.length * ENCLOSED_SHARE) return undefined
  return next === undefined || best[1] > next[1] * ENCLOSED_LEAD ? best[0] : undefined
}

function coincident(sessions: readonly Trace[], attempts: readonly Trace[]): string | undefined {
  if (sessions.length < MIN_CASES) return undefined
  const sorted = [...attempts].sort((a, b) => a.start - b.start)
  const starts = sorted.map((t) => t.start)
  const hits = new Map<string, number>()
  for (const s of sessions) {
    const near = new Map<string, number>()
    for (
      let i = lowerBound(starts, s.start - SOON_MS);
      i < sorted.length && (sorted[i] as Trace).start <= s.start + EARLY_MS;
      i++
    ) {
      const t = sorted[i] as Trace
      near.set(
        t.site as string,
        Math.min(near.get(t.site as string) ?? Number.POSITIVE_INFINITY, Math.abs(s.start - t.start)),
      )
    }
    for (const site of near.keys()) hits.set(site, (hits.get(site) ?? 0) + 1 / (1 + (near.get(site) ?? 0) / 200))
  }
  const [best, next] = [...hits].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  if (!best || best[1] < sessions.length * 0.4) return undefined
  return next === undefined || best[1] > next[1] * 1.3 ? best[0] : undefined
}

function lowerBound(values: readonly number[], from: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const mid = (low + high) >>> 1
    if ((values[mid] as number) < from) low = mid + 1
    else high = mid
  }
  return low
}

/** A log of whole seconds puts an end up to one second early; the answer's way to the till and its program take some more. */
const END_EARLY_MS = 300
const END_LATE_MS = 1_800
const FIT = 0.55
const FIT_LEAD = 1.4

/**
 * A site whose attempts end as the sessions do, one for one, where lines say when a session ended and not when it began. Both have to be used up:
 * a busy neighbour has some attempt near every session, but far too many in all.
 */
function paired(sessions: readonly Trace[], attempts: readonly Trace[]): string | undefined {
  if (sessions.length < MIN_CASES) return undefined
  const ends = sessions.map((s) => s.at).sort((a, b) => a - b)
  const [first, last] = [ends[0] as number, ends.at(-1) as number]
  const bySite = new Map<string, number[]>()
  for (const t of attempts) {
    if (t.at < first - END_EARLY_MS || t.at > last + END_LATE_MS) continue
    const site = t.site as string
    const list = bySite.get(site)
    if (list) list.push(t.at)
    else bySite.set(site, [t.at])
  }
  const fits = [...bySite].map(([site, list]) => {
    const pairs = pairsOf(
      ends,
      list.sort((a, b) => a - b),
    )
    return [site, (2 * pairs) / (ends.length + list.length)] as const
  })
  const [best, next] = fits.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  if (!best || best[1] < FIT) return undefined
  return next === undefined || best[1] > next[1] * FIT_LEAD ? best[0] : undefined
}

/** How many of two sorted lists can be paired, each once. */
function pairsOf(ends: readonly number[], attempts: readonly number[]): number {
  let pairs = 0
  let i = 0
  for (const end of ends) {
    while (i < attempts.length && (attempts[i] as number) < end - END_EARLY_MS) i++
    if (i < attempts.length && (attempts[i] as number) <= end + END_LATE_MS) {
      pairs++
      i++
    }
  }
  return pairs
}
