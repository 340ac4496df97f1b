import { holds } from '../../parse/prefix.js'
import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'

const RENEWED_MS = 120_000

/** Addresses and default gateways handed out to the terminal or its site. */
export function leaseFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const all = window
    .all('lease')
    .collect(
      from,
      to,
      (s) =>
        s.action !== 'dns-config' && (s.site === e.site || (s.terminal !== undefined && s.terminal === e.terminal)),
    )
  const renewed = all.filter(
    (s) =>
      s.terminal === e.terminal && s.terminal !== undefined && s.at >= e.start - RENEWED_MS && s.at <= e.start + 1_000,
  )
  if (all.length > 0) put('lease.renewed_before', renewed.length > 0, renewed.length > 0 ? renewed : all)
  const routers = all.filter((s) => s.routerIp !== undefined)
  const current = routers.filter((s) => s.at <= e.start + 1_000).at(-1)
  if (!current) return
  const before = window.known.last(e, 'router', from)?.sighting
  // Where nobody knows which site is whose, two servers are those of two sites.
  const isOneOf = (s: Sighting) => e.site !== undefined || s.terminal !== undefined || s.host === current.host
  const others = [...(before ? [before] : []), ...routers].filter((s) => s.routerIp !== current.routerIp && isOneOf(s))
  put('lease.router_changed', others.length > 0, others.length > 0 ? [current, ...others.slice(0, 3)] : [current])
  const inside = window
    .ofSite('dns', e.site)
    .collect(e.start - 2_000, e.end + 2_000, (s) => s.role === 'router' && s.action === 'dns-query')
  if (inside.length > 0) put('lease.network_works_inside', true, inside)
}

/**
 * Whether the network that the terminal has an address in, by its lease or the site's own DHCP server, holds the dialled address, which a network
 * stated before or after does not: it looks on its own wire for what lies behind the router.
 */
export function ownNetworkFacts({ episode: e, endpoint, window, put, from, to }: Scene): void {
  if (e.terminal === undefined || e.sufferer !== 'terminal' || endpoint.ips.size === 0) return
  const stated = window.ofSite('lease', e.site).collect(from, to, (s) => s.network !== undefined)
  if (stated.length === 0) return
  const own = stated.filter((s) => s.terminal === e.terminal)
  const mine = own.length > 0 ? own : stated.filter((s) => s.terminal === undefined)
  const current = mine.findLast((s) => s.at <= e.start + SLACK_MS)
  const isInside = (s: Sighting) => [...endpoint.ips].some((ip) => holds(s.network ?? '', ip))
  if (!current || !isInside(current)) return
  const other = mine.find((s) => s.network !== current.network && !isInside(s))
  if (other) put('lease.dialled_in_own_network', true, [current, other])
}
/** Logs of whole seconds. */
const SLACK_MS = 1_000

/** A host asks once a second, three times, and gives up. */
const ASKED_MS = 1_500

/**
 * Whether the terminal asks its own wire for an address that nobody there has, and that nobody asks for who is served: it takes for a neighbour
 * what lies behind the router.
 */
export function wireFacts({ episode: e, window, put, from, to }: Scene): void {
  if (e.terminal === undefined || e.sufferer !== 'terminal') return
  const asked = window
    .ofTerminal('neighbour', e.terminal)
    .range(Math.max(from, e.start - ASKED_MS), Math.min(to, e.end + ASKED_MS))
    .filter((s) => s.action === 'neighbour-asked' && s.ip !== undefined)
  if (asked.length === 0) return
  const all = window.all('neighbour')
  const served = window.served('exchange')
  const isVain = (s: Sighting) =>
    !all.find(from, to, (x) => x.action === 'neighbour-seen' && x.sourceIp === s.ip) &&
    !all.find(from, to, (x) => {
      const who = x.terminal
      if (x.action !== 'neighbour-asked' || x.ip !== s.ip || who === undefined) return false
      return served.find(x.at - ASKED_MS, x.at + ASKED_MS, (ok) => ok.terminal === who) !== undefined
    })
  const vain = asked.filter(isVain)
  put('lease.asks_in_vain', vain.length > 0, vain.length > 0 ? vain : asked)
}
