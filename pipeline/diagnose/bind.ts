import type { LogEvent } from '../../schemas/event.js'
import type { Bind, Role } from '../../schemas/vocabulary.js'
import type { Episode } from './episode.js'

/** The dialled side of an episode, with what the window knows of its name. */
export type Endpoint = {
  readonly ips: ReadonlySet<string>
  readonly domains: ReadonlySet<string>
  readonly port: number | undefined
  /** Hosts that serve only what else the gateway passes on to. */
  readonly strangers?: ReadonlySet<string>
}

/**
 * Whether an event belongs to an episode by one kind of tie. Where neither side knows its site or terminal
 * (no inventory at hand), logs of the same input are taken as one shop's: absent equals absent.
 */
export function isBound(bind: Bind, event: Readonly<LogEvent>, episode: Episode, endpoint: Endpoint): boolean {
  switch (bind) {
    case 'realm':
      return endpoint.strangers === undefined || !endpoint.strangers.has(event['host.name'] ?? '')
    case 'terminal':
      if (isBeforeGateway(event, episode)) return false
      return event['whytimeout.terminal_id'] !== undefined
        ? event['whytimeout.terminal_id'] === episode.terminal
        : event['host.name'] !== undefined
          ? event['host.name'] === episode.host
          : isOfSameLog(event, episode)
    case 'site':
      return !isBeforeGateway(event, episode) && event['whytimeout.site_id'] === episode.site
    case 'isp':
      return event['whytimeout.isp'] === episode.isp
    case 'gateway':
      // Without an inventory a terminal's line does not say which gateway it uses: then it is the one at hand.
      return (
        !isAtSite(event) &&
        (episode.gateway === undefined
          ? !isOfTwin(event['host.name'], endpoint)
          : event['whytimeout.gateway'] === episode.gateway)
      )
    case 'endpoint':
      return touches(event, endpoint) && !isOfOtherSite(event, episode)
    case 'connection':
      return (
        episode.sourcePort !== undefined &&
        event['source.port'] === episode.sourcePort &&
        !isOtherPort(event, endpoint) &&
        (event['source.ip'] === episode.sourceIp ||
          event['whytimeout.site_id'] === episode.site ||
          isTranslated(event, endpoint))
      )
  }
}

/** Whether a host is one of several of a kind, and another of them was dialled: `gw2` where `gw1.pay.example` was. */
function isOfTwin(host: string | undefined, { domains }: Endpoint): boolean {
  const label = host?.split('.', 1)[0]?.toLowerCase()
  if (label === undefined || !/\d/.test(label) || domains.size === 0) return false
  const labels = [...domains].map((d) => (d.split('.', 1)[0] ?? d).toLowerCase())
  const kind = label.replace(/\d+/g, '#')
  return !labels.includes(label) && labels.every((l) => l.replace(/\d+/g, '#') === kind)
}

/** A box of a site stands at no gateway, whichever the site uses. */
const isAtSite = (event: Readonly<LogEvent>): boolean =>
  event['whytimeout.site_id'] !== undefined &&
  (event['whytimeout.role'] === 'router' || event['whytimeout.role'] === 'unknown')

/** What happens to the terminal and its site is no reason for the gateway's wait for its own upstream. */
const isBeforeGateway = (event: Readonly<LogEvent>, { sufferer, upstream, phase, host }: Episode): boolean =>
  sufferer === 'gateway' &&
  upstream !== undefined &&
  phase !== 'idle' &&
  event['host.name'] !== host &&
  BEFORE_GATEWAY.has(event['whytimeout.role'] ?? 'unknown')
const BEFORE_GATEWAY: ReadonlySet<Role> = new Set<Role>(['terminal', 'router'])

/** What is kept from another site is not kept from this one. */
const isOfOtherSite = (event: Readonly<LogEvent>, { site }: Episode): boolean =>
  event['event.action'] === 'policy-denied' &&
  site !== undefined &&
  event['whytimeout.site_id'] !== undefined &&
  event['whytimeout.site_id'] !== site

/** Where nobody names the host of a log, at least what stands in one log is of one machine. */
const isOfSameLog = (event: Readonly<LogEvent>, { host, terminal, symptoms }: Episode): boolean =>
  host === undefined && terminal === undefined && symptoms.some((s) => s.origin === event['whytimeout.origin'])

/** Seen by a box that knows no sites, beyond a translation of addresses: most keep the port, and the dialled side is the same. */
const isTranslated = (event: Readonly<LogEvent>, endpoint: Endpoint): boolean => {
  const ip = event['destination.ip']
  return (
    event['whytimeout.site_id'] === undefined &&
    event['whytimeout.terminal_id'] === undefined &&
    ip !== undefined &&
    endpoint.ips.has(ip) &&
    event['destination.port'] === endpoint.port
  )
}

/** Same port where both are known, and the same address or name where both are known; at least one of them known. */
function touches(event: Readonly<LogEvent>, endpoint: Endpoint): boolean {
  if (isOtherPort(event, endpoint)) return false
  const port = event['destination.port']
  const ip = event['destination.ip']
  const domain = event['destination.domain']
  if (ip !== undefined && endpoint.ips.has(ip)) return true
  if (domain !== undefined && endpoint.domains.has(domain)) return true
  const strangers = (ip !== undefined && endpoint.ips.size > 0) || (domain !== undefined && endpoint.domains.size > 0)
  return !strangers && port !== undefined && port === endpoint.port
}

const isOtherPort = (event: Readonly<LogEvent>, endpoint: Endpoint): boolean => {
  const port = event['destination.port']
  return port !== undefined && endpoint.port !== undefined && port !== endpoint.port
}
