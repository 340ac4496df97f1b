import type { Endpoint } from '../bind.js'
import type { Episode } from '../episode.js'
import type { Sighting } from '../sighting.js'
import type { Window } from '../window.js'
import { addressFacts } from './address.js'
import { attemptFacts } from './attempt.js'
import { boxChangeFacts, ownCommandFacts, upstreamRouteFacts } from './box-change.js'
import { changeFacts } from './change.js'
import { coverageFacts } from './coverage.js'
import { dialFacts } from './dial.js'
import { dnsFacts } from './dns.js'
import { expectFacts } from './expect.js'
import { collector, type Facts, type Scene } from './fact.js'
import { fleetFacts } from './fleet.js'
import { gatewayFacts } from './gateway.js'
import { gatewayChangeFacts, gatewayRestartFacts, gatewayStopFacts } from './gateway-change.js'
import { gatewayLimitFacts } from './gateway-limit.js'
import { guardFacts } from './guard.js'
import { holderFacts } from './holders.js'
import { jobFacts } from './job.js'
import { joinFacts } from './join.js'
import { leaseFacts, ownNetworkFacts, wireFacts } from './lease.js'
import { linkFacts } from './link.js'
import { neighboursOf, settingsOf } from './neighbours.js'
import { ownFacts } from './own.js'
import { paceFacts } from './pace.js'
import { pathFacts } from './path.js'
import { probeFacts } from './probe.js'
import { radioFacts } from './radio.js'
import { serverFacts } from './server.js'
import { standingFacts } from './standing.js'
import { transferFacts } from './transfer.js'
import { memberFacts, upstreamFacts } from './upstream.js'
import { usualFacts } from './usual.js'

/** All facts of an episode, from what lies in [from, to] of the window. */
export function factsOf(
  episode: Episode,
  window: Window,
  from: number,
  to: number,
): { facts: Facts; endpoint: Endpoint } {
  const { facts, put } = collector()
  // A gateway's limits are its own, whoever it waits for.
  const terminal = episode.sufferer === 'terminal' ? episode.terminal : undefined
  const settings = settingsOf(window, { terminal, host: episode.host, at: episode.start + 200 }, from)
  const endpoint = endpointOf(episode, window, settings, from, to)
  const scene: Scene = { episode, window, endpoint, settings, from, to, put }
  const neighbours = neighboursOf(scene)
  attemptFacts(scene)
  fleetFacts(scene, neighbours)
  usualFacts(scene)
  gatewayFacts(scene)
  upstreamFacts(scene)
  memberFacts(scene)
  serverFacts(scene)
  probeFacts(scene)
  radioFacts(scene)
  pathFacts(scene)
  linkFacts(scene)
  standingFacts(scene)
  jobFacts(scene)
  transferFacts(scene)
  dnsFacts(scene, neighbours)
  dialFacts(scene)
  addressFacts(scene)
  ownFacts(scene)
  leaseFacts(scene)
  wireFacts(scene)
  ownNetworkFacts(scene)
  holderFacts(scene)
  guardFacts(scene)
  changeFacts(scene)
  gatewayChangeFacts(scene)
  gatewayLimitFacts(scene)
  gatewayStopFacts(scene)
  gatewayRestartFacts(scene)
  boxChangeFacts(scene)
  upstreamRouteFacts(scene)
  ownCommandFacts(scene)
  paceFacts(scene)
  expectFacts(scene)
  joinFacts(scene, facts)
  coverageFacts(scene)
  return { facts, endpoint }
}

/** The dialled side: from the symptom, else from the terminal's settings; its name and addresses joined by the answers seen. */
function endpointOf(
  e: Episode,
  window: Window,
  settings: ReturnType<typeof settingsOf>,
  from: number,
  to: number,
): Endpoint {
  const own = e.sufferer === 'terminal' ? settings : undefined
  const domains = new Set<string>()
  const ips = new Set<string>()
  // Whose line names the address alone dialled the name that its settings give for this port.
  const isSet = e.ip === undefined || (own?.port !== undefined && own.port === e.port)
  const named = e.domain ?? (isSet ? own?.domain : undefined)
  const ip = e.ip ?? (named === undefined ? own?.ip : undefined)
  const domain = named ?? nameAsked(e, ip, window, from, to)
  if (domain !== undefined) domains.add(domain)
  if (ip !== undefined) ips.add(ip)
  if (domain !== undefined && ip === undefined) {
    for (const address of window.addressesAnswered(domain, from, to)) ips.add(address)
    for (const address of window.addressesDialled(domain, from, to)) ips.add(address)
  }
  const strangers = strangersOf(e, window)
  return { domains, ips, port: e.port ?? own?.port, ...(strangers.size > 0 && { strangers }) }
}

/** The gateway's session for a terminal's attempt begins and ends this near to it. */
const SESSION_MS = 5_000

/**
 * The hosts behind the gateway that have nothing to do with the attempt, where the gateway says to which of its upstreams it went: what goes wrong on
 * another's server is no reason for it. An upstream is `backend/server` or a name alone; of one backend any server may have to do with it.
 */
function strangersOf(e: Episode, window: Window): ReadonlySet<string> {
  const called =
    e.sufferer === 'gateway'
      ? e.upstream === undefined
        ? []
        : [e.upstream]
      : e.terminal === undefined
        ? []
        : window
            .ofTerminal('session', e.terminal)
            .range(e.start - SESSION_MS, e.end + SESSION_MS)
            .flatMap((s) => (s.upstream === undefined ? [] : [s.upstream]))
  if (called.length === 0) return new Set()
  const own = new Set(called.flatMap((name) => name.split('/')))
  const others = [...window.upstreams()]
    .map((name) => name.split('/'))
    .filter((parts) => !parts.some((p) => own.has(p)))
  return new Set(others.flatMap((parts) => parts.slice(-1)))
}

/** A terminal looks its gateway up right before it dials; resolvers' logs often state whole seconds. */
const LOOKUP_MS = [2_000, 1_000] as const
/** Whoever dials an address of the name about then shows that it is dialled. */
const DIALLED_MS = 30_000

/**
 * The name that a terminal dials whose log names no endpoint: its gateway's in the inventory, where somebody resolved that; else the one it asked for as
 * the attempt began, if an address of that name is one that is dialled.
 */
function nameAsked(e: Episode, ip: string | undefined, window: Window, from: number, to: number): string | undefined {
  if (e.sufferer !== 'terminal' || e.terminal === undefined) return undefined
  const given = e.gateway === undefined ? [] : window.addressesAnswered(e.gateway, from, to)
  if (ip !== undefined || given.length > 0) return ip === undefined || given.includes(ip) ? e.gateway : undefined
  const asked = window.ofTerminal('dns', e.terminal).range(e.start - LOOKUP_MS[0], e.start + LOOKUP_MS[1])
  const names = new Set(asked.map((s) => s.name).filter((name) => name !== undefined))
  const [name] = names
  if (names.size !== 1 || name === undefined) return undefined
  const addresses = window.addressesAnswered(name, from, to)
  const isDialled = (s: Sighting) => s.ip !== undefined && addresses.includes(s.ip)
  const around = [e.start - DIALLED_MS, e.end + DIALLED_MS] as const
  return addresses.length > 0 && window.all('exchange').find(...around, isDialled) ? name : undefined
}
