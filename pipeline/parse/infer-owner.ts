import type { LogEvent } from '../../schemas/event.js'

/**
 * Whose a box is that forwards packets: what says a site's own router or firewall, and what the edge of an access provider. In front of the
 * translation of addresses a box sees those of the site's own network; behind it the site's public one, or the provider's shared space (RFC 6598).
 */
export type OwnerNotes = {
  /** Networks of private addresses that send through it, as their first three bytes. */
  readonly inner: Set<string>
  /** Public addresses, and those of the shared space, that send through it to public ones. */
  readonly outer: Set<string>
  /** Public addresses that it lets or does not let them reach, where it does not say by which interfaces. */
  readonly reached: Set<string>
  /** It hands out addresses to those before it. */
  handsOut: boolean
  /** A packet came in by an interface that is named for the inside. */
  fromInside: boolean
  /** A packet came in by one named for the outside and left by one named for the inside. */
  toInside: boolean
  /** One from a public address left by one named for the outside, and came in by none that is: callers stand behind it, beyond their translation. */
  toOutside: boolean
  /** A rule of its filter has a name that only a provider gives. */
  ofSubscribers: boolean
  /** Networks of addresses that ask it for names, as their first three bytes. */
  readonly asking: Set<string>
  /** Packets from private addresses to private ones: of a network of the merchant's or the acquirer's own. */
  within: number
  /** And the others. */
  beyond: number
}

export const ownerNotes = (): OwnerNotes => ({
  inner: new Set(),
  outer: new Set(),
  reached: new Set(),
  handsOut: false,
  fromInside: false,
  toInside: false,
  toOutside: false,
  ofSubscribers: false,
  asking: new Set(),
  within: 0,
  beyond: 0,
})

export const joinedOwners = (a: OwnerNotes, b: OwnerNotes): OwnerNotes => ({
  inner: new Set([...a.inner, ...b.inner]),
  outer: new Set([...a.outer, ...b.outer]),
  reached: new Set([...a.reached, ...b.reached]),
  handsOut: a.handsOut || b.handsOut,
  fromInside: a.fromInside || b.fromInside,
  toInside: a.toInside || b.toInside,
  toOutside: a.toOutside || b.toOutside,
  ofSubscribers: a.ofSubscribers || b.ofSubscribers,
  asking: new Set([...a.asking, ...b.asking]),
  within: a.within + b.within,
  beyond: a.beyond + b.beyond,
})

/** One private network, several, or none, is all that is asked: more need not be kept. */
const MAX_SOURCES = 64
const INSIDE =
  /^(?:br-)?(?:lan|inside|internal|intern|trust|dmz|vlan|pos|till|shop|store|office|guest|private|servers?|bridge)(?:[-_.\d]{0,8}(?:lan|if|net|zone)?|[-_.]\w{1,16})$/i
const OUTSIDE =
  /^(?:p?wan|out|outside|ext|external|extern|untrust|inet|internet|uplink|pppoe|ppp|dialer|dsl|wwan|lte|isp|public)[-_.\d]{0,8}\w{0,8}$/i
/** Logs of those that addresses are handed to. */
const CLIENTS: ReadonlySet<string> = new Set(['dhcp-client', 'link-manager', 'windows-event', 'windows-event-list'])
const HANDED: ReadonlySet<string> = new Set(['address-assigned', 'dhcp-request', 'dhcp-no-answer'])

export function noteOwner(n: OwnerNotes, event: Readonly<LogEvent>): void {
  if (HANDED.has(event['event.action'] ?? '') && !CLIENTS.has(event['event.dataset'] ?? '')) n.handsOut = true
  if (SUBSCRIBERS.test(event['rule.name'] ?? '')) n.ofSubscribers = true
  const [source, destination] = [event['source.ip'], event['destination.ip']]
  if (event['event.action'] === 'dns-query' && source !== undefined && n.asking.size < MAX_SOURCES)
    n.asking.add(source.split('.', 3).join('.'))
  if (source !== undefined && destination !== undefined) {
    if (isPrivate(source) && isPrivate(destination)) n.within++
    else n.beyond++
  }
  const into = event['observer.ingress.zone'] ?? event['observer.ingress.interface.name']
  const out = event['observer.egress.zone'] ?? event['observer.egress.interface.name']
  if (into === undefined && out === undefined) {
    noteAccess(n, event)
    return
  }
  const [from, to] = [sideOf(into), sideOf(out)]
  if (from === 'inside') n.fromInside = true
  if (from === 'outside' && to === 'inside') n.toInside = true
  if (source === undefined || destination === undefined) return
  if (from === 'neither' && to === 'outside' && !isPrivate(source)) n.toOutside = true
  if (isPrivate(source)) {
    if (!isPrivate(destination) && n.inner.size < MAX_SOURCES) n.inner.add(source.split('.', 3).join('.'))
  } else if (!isPrivate(destination) && n.outer.size < MAX_SOURCES) n.outer.add(source)
}

/** What the name of an interface or zone says: no name is both. */
function sideOf(name: string | undefined): 'inside' | 'outside' | 'neither' | undefined {
  if (name === undefined) return undefined
  return INSIDE.test(name) ? 'inside' : OUTSIDE.test(name) ? 'outside' : 'neither'
}

/** Lists of what may pass, which name no interface. */
function noteAccess(n: OwnerNotes, event: Readonly<LogEvent>): void {
  const [source, destination] = [event['source.ip'], event['destination.ip']]
  if (source === undefined || destination === undefined || !event['event.action']?.startsWith('policy-')) return
  if (isPrivate(source)) {
    if (!isPrivate(destination) && n.inner.size < MAX_SOURCES) n.inner.add(source.split('.', 3).join('.'))
  } else if (!isPrivate(destination) && n.reached.size < MAX_SOURCES) {
    n.reached.add(destination)
    if (n.outer.size < MAX_SOURCES) n.outer.add(source)
  }
}

/** Whoever scans comes from all the world to the few networks that a box guards; subscribers go from few into the world. */
const reachTheWorld = (outer: ReadonlySet<string>, reached: ReadonlySet<string>): boolean => {
  const networks = (ips: ReadonlySet<string>) => new Set([...ips].map((ip) => ip.split('.', 3).join('.'))).size
  return outer.size >= 3 && reached.size >= 3 && networks(reached) > networks(outer)
}

/** Words for a provider's boxes: access concentrators, shared translation, packet gateways of mobile networks. */
const PROVIDERS =
  /(?:^|[^a-z])(?:isp|carrier|provider|telco|telecom|unicom|cmcc|cucc|ctcc|scrub(?:bing|ber)?|anti-?ddos|radware|defensepro|arbor|bng|bras|cgn|cgnat|lsn|pgw|ggsn|sgw|upf|gi-?(?:fw|lan)|olt|dslam|lns|lac|cmts|msan|pe|(?:sr)?7[27]50|asr9\w{1,3}|ne40e?|ne8000)(?:[^a-z]|$)/i
/** Whom a rule is about that shares one translation among many, or counts what each has booked. */
const SUBSCRIBERS = /(?:^|[^a-z])(?:cgn|cgnat|bng|bras|lsn|subscribers?|sub=)(?:[^a-z]|$)/i
export const isProvidersName = (host: string): boolean => PROVIDERS.test(host)

/** Words for what stands between a site's terminals and its line. */
const BOXES =
  /(?:^|[^a-z])(?:rtr?|router|fw|firewall|cpe|modem|sw|mikrotik|edgerouter|fritz(?:box)?|rb)\d{0,4}(?:[^a-z\d]|$)/i
export const isBoxName = (host: string): boolean => BOXES.test(host)

/**
 * What a box is that forwards. Nothing in particular where nothing says whose: then a packet that it drops is one that some firewall dropped.
 * @param sites how many sites' terminals it names
 */
export function roleOfOwner(
  host: string,
  logs: readonly OwnerNotes[],
  sites: number,
): 'provider' | 'router' | 'gateway' | undefined {
  if (isProvidersName(host)) return 'provider'
  const sum = (of: (n: OwnerNotes) => number) => logs.reduce((total, n) => total + of(n), 0)
  const any = (is: (n: OwnerNotes) => boolean) => logs.some(is)
  if (any((n) => n.ofSubscribers) && !any((n) => n.handsOut || n.fromInside)) return 'provider'
  // Public addresses come in from outside and go inside, and nothing goes the other way: it guards what they call.
  if (any((n) => n.toInside) && !any((n) => n.handsOut || n.fromInside) && any((n) => n.outer.size > 0))
    return 'gateway'
  // A provider hands over what is addressed to all the world; who carries many sites' own addresses to own ones stands before what they call.
  if (sites > 1) return sum((n) => n.within) > sum((n) => n.beyond) ? 'gateway' : 'provider'
  if (any((n) => n.handsOut || n.fromInside)) return 'router'
  const inner = new Set(logs.flatMap((n) => [...n.inner]))
  const outer = new Set(logs.flatMap((n) => [...n.outer]))
  if (outer.size === 0 && inner.size === 1) return 'router'
  const reached = new Set(logs.flatMap((n) => [...n.reached]))
  const isBehindCallers = any((n) => n.toOutside) && outer.size > 1
  if (reached.size > 0 && !reachTheWorld(outer, reached) && !isBehindCallers) return undefined
  return outer.size > 0 && inner.size === 0 && !any((n) => n.toInside) ? 'provider' : undefined
}

const isPrivate = (ip: string): boolean =>
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|169\.254\.)/.test(ip) ||
  /^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:|^::1$/i.test(ip)
