import type { OriginEntry } from '../../schemas/origin.js'
import type { Match } from './coincide.js'
import { isPrivate } from './private.js'
import type { Survey, TerminalFound } from './survey.js'
import { agreed, type Votes } from './votes.js'

/** A row of the inventory as far as logs tell. */
export type DraftRow = {
  readonly terminal_id: string
  readonly ip?: string
  readonly mac?: string
  readonly site?: string
  /** The site's name before a person gave it one. */
  readonly foundSite?: string
  readonly merchant?: string
  readonly gateway?: string
  readonly wan_ip?: string
  /** Its address is known from coincidences only. */
  readonly match?: Match
}

/** Terminals of the logs as rows of an inventory: who has which address, which share a site, which gateway serves them. */
export function draftRows(
  survey: Survey,
  matches: ReadonlyMap<string, Match>,
  entries: ReadonlyMap<string, OriginEntry>,
): DraftRow[] {
  const gateways = hostsOf(entries, 'gateway')
  const [onlyGateway] = gateways.size === 1 ? gateways : []
  const neighbours = new Map(survey.neighbours.map((n) => [n.ip, n]))
  const ownAddress = addressesOfHosts(survey, hostsOf(entries, 'terminal'))
  const services = new Set((['gateway', 'server', 'dns'] as const).flatMap((r) => [...hostsOf(entries, r)]))
  const others = new Set([...services, ...hostsOf(entries, 'terminal')])
  // What a gateway sees is the terminal's router, unless every terminal comes from an address of its own. What a server sees is the gateway.
  const seen = new Map(survey.terminals.map((t) => [t.id, sourceOf(t, (host) => gateways.has(host))]))
  const isFlat = areApart([...seen.values()])
  const claims = claimsOf(survey.terminals, services)
  return survey.terminals.map((t) => {
    const atGateway = seen.get(t.id)
    const said = sourceOf(t, (host) => !services.has(host))
    const own = said !== undefined && isPrivate(said) && claims.get(said) === 1 ? said : undefined
    const ip =
      own ??
      [...t.hosts.keys()].map((host) => ownAddress.get(host)).find((a) => a !== undefined) ??
      (isFlat ? atGateway : undefined)
    const match = ip === undefined ? matches.get(t.id) : undefined
    const address = ip ?? match?.ip
    const neighbour = address === undefined ? undefined : neighbours.get(address)
    const mac = agreed(t.macs) ?? (neighbour && agreed(neighbour.macs))
    const wan = atGateway === ip ? undefined : atGateway
    // Boxes of several sites do not share an address: one host that writes of it is the site's router.
    const routers = [...(neighbour?.hosts.keys() ?? [])].filter((host) => !others.has(host))
    const site = routers.length === 1 ? routers[0] : wan
    const merchant = agreed(t.merchants)
    const gateway = agreed(new Map([...t.hosts].filter(([host]) => gateways.has(host)))) ?? onlyGateway
    return {
      terminal_id: t.id,
      ...(address !== undefined && { ip: address }),
      ...(mac !== undefined && { mac }),
      ...(site !== undefined && { site }),
      ...(merchant !== undefined && { merchant }),
      ...(gateway !== undefined && { gateway }),
      ...(wan !== undefined && { wan_ip: wan }),
      ...(match && { match }),
    }
  })
}

export const hostsOf = (entries: ReadonlyMap<string, OriginEntry>, role: OriginEntry['role']): Set<string> =>
  new Set([...entries].filter(([, e]) => e.role === role).map(([origin]) => origin.slice(0, origin.indexOf('/'))))

/** The address that each terminal's own log is written from, where its lines show one only. */
function addressesOfHosts(survey: Survey, terminals: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string | undefined>()
  for (const { ip, hosts } of survey.neighbours)
    for (const host of hosts.keys()) if (terminals.has(host)) found.set(host, found.has(host) ? undefined : ip)
  return new Map([...found].filter((pair): pair is [string, string] => pair[1] !== undefined))
}

/** The address that a terminal comes from, by the logs of some hosts. */
function sourceOf(t: TerminalFound, isAsked: (host: string) => boolean): string | undefined {
  const all: Votes = new Map()
  for (const [host, votes] of t.sources)
    if (isAsked(host)) for (const [ip, n] of votes) all.set(ip, (all.get(ip) ?? 0) + n)
  return agreed(all)
}

const MIN_APART = 3
/** Whether nearly every address has one terminal only: nobody shares a router's. */
function areApart(addresses: readonly (string | undefined)[]): boolean {
  const shared = new Map<string, number>()
  for (const a of addresses) if (a !== undefined) shared.set(a, (shared.get(a) ?? 0) + 1)
  const alone = [...shared.values()].filter((n) => n === 1).length
  return shared.size >= MIN_APART && alone >= shared.size * 0.9
}

/** How many terminals come from each address, by logs of their own side. */
function claimsOf(terminals: readonly TerminalFound[], services: ReadonlySet<string>): Map<string, number> {
  const claims = new Map<string, number>()
  for (const t of terminals) {
    const own = new Set([...t.sources].flatMap(([host, votes]) => (services.has(host) ? [] : [...votes.keys()])))
    for (const ip of own) claims.set(ip, (claims.get(ip) ?? 0) + 1)
  }
  return claims
}
