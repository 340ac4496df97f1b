import type { LogEvent } from '../../schemas/event.js'
import type { Action, Phase, Role } from '../../schemas/vocabulary.js'
import { type Changed, changedBy } from '../parse/config-change.js'
import { HOST_MOVED } from '../parse/moved-host.js'
import { isSymptom, type Observation, standInOf, sufferer } from './observation.js'

/**
 * What one event says about traffic, in a few numbers: the material of all facts about neighbours, hops and usual times.
 * `exchange`: a terminal's attempt by its own log. `session`: the same seen by the gateway. `message`: by the server behind it.
 * `request`: an attempt begins. `start`: a program's start-up line with its settings. `lease`: an address, router or name server was
 * handed out or configured. `neighbour`: a device answers for an address. `guard`: an address put on a list, or taken off. `radio`: how strong a
 * signal is. `proxy`: what a program says it goes through, apart from its start-up line. `transfer`: much is
 * carried over a line. `change`: somebody changed the settings of a box. `link`, `route`: of a box, up or down, there or gone. `dns`, `probe`: as they say.
 */
export type SightingKind =
  | 'exchange'
  | 'session'
  | 'message'
  | 'request'
  | 'start'
  | 'stop'
  | 'connect'
  | 'dns'
  | 'probe'
  | 'lease'
  | 'neighbour'
  | 'guard'
  | 'radio'
  | 'proxy'
  | 'transfer'
  | 'change'
  | 'job'
  | 'link'
  | 'route'
export type Outcome = 'ok' | 'timeout' | 'failed' | 'unknown'

export type Sighting = {
  readonly kind: SightingKind
  readonly id: string
  /** End of it, epoch ms. */
  readonly at: number
  readonly start: number
  readonly outcome: Outcome
  readonly action: Action
  readonly origin: string
  readonly host: string | undefined
  readonly role: Role
  readonly terminal: string | undefined
  readonly site: string | undefined
  readonly isp: string | undefined
  readonly gateway: string | undefined
  readonly stan: string | undefined
  readonly sourceIp: string | undefined
  readonly sourcePort: number | undefined
  readonly ip: string | undefined
  readonly port: number | undefined
  readonly domain: string | undefined
  readonly phase: Phase | undefined
  /** Its own log does not tell in which phase it stopped. */
  readonly isPhasePresumed: boolean
  readonly durationMs: number | undefined
  readonly connectMs: number | undefined
  readonly queueMs: number | undefined
  readonly responseMs: number | undefined
  readonly upstream: string | undefined
  readonly rttMs: number | undefined
  /** Of probes that the line sums up, 0..1. */
  readonly lossShare: number | undefined
  readonly rsrpDbm: number | undefined
  readonly signalDbm: number | undefined
  readonly connectLimitMs: number | undefined
  readonly responseLimitMs: number | undefined
  readonly formerResponseLimitMs: number | undefined
  readonly formerPort: number | undefined
  readonly keepAlive: boolean
  /** Where it dials is a proxy. */
  readonly viaProxy: boolean
  /** A gateway's wait for the next message of who called it. */
  readonly called: boolean
  readonly name: string | undefined
  readonly answers: readonly string[]
  readonly reason: string | undefined
  /** As `address/bits`. */
  readonly network: string | undefined
  readonly routerIp: string | undefined
  readonly nameServerIp: string | undefined
  /** Address assigned to the host. */
  readonly address: string | undefined
  /** Hardware address that the line names. */
  readonly mac: string | undefined
  /** Of a program, from its start-up line. */
  readonly version: string | undefined
  /** The program that wrote the line, where it says so. */
  readonly program: string | undefined
  readonly sentBytes: number | undefined
  readonly receivedBytes: number | undefined
  /** Of an HTTP request: it has come. */
  readonly method: string | undefined
  readonly interface: string | undefined
  /** How long the connection had been quiet. */
  readonly idleSecs: number | undefined
  /** Of a change of settings: what they govern. */
  readonly changed: Changed | undefined
}

const EXCHANGE_ENDS: ReadonlySet<Action> = new Set<Action>([
  'request-succeeded',
  'request-failed',
  'request-cancelled',
  'connection-refused',
  'connection-reset',
  'connection-closed',
  'host-unreachable',
  'network-unreachable',
  'tls-failed',
  'dns-failed',
  'no-server-available',
  'queue-full',
])
const DNS: ReadonlySet<Action> = new Set<Action>(['dns-query', 'dns-forwarded', 'dns-answer'])

export function sightingKind(event: Readonly<LogEvent>): SightingKind | undefined {
  const action = event['event.action']
  if (action === undefined) return undefined
  if (action === 'probe-answered' || action === 'probe-lost') return 'probe'
  if (event['whytimeout.rsrp_dbm'] !== undefined || event['whytimeout.signal_dbm'] !== undefined) return 'radio'
  if (action === 'program-started') return 'start'
  if (action === 'program-stopped') return 'stop'
  if (event['whytimeout.via_proxy'] && (action === 'other' || action === 'config-changed')) return 'proxy'
  const role = event['whytimeout.role'] ?? 'unknown'
  if (event['whytimeout.router_ip'] !== undefined || action === 'address-assigned' || action === 'dns-config')
    return 'lease'
  if (action.startsWith('transfer-')) return 'transfer'
  if (action.startsWith('job-')) return 'job'
  // A tunnel is a way, and not the line under it.
  if (action === 'link-down' || action === 'link-up') return event['event.dataset'] === 'tunnels' ? 'route' : 'link'
  if (action === 'route-changed') return 'route'
  if (action === 'address-banned' || action === 'ban-lifted') return 'guard'
  if (action === 'neighbour-seen' || action === 'neighbour-asked') return 'neighbour'
  // A terminal that says where it dials from now on has said its settings.
  if (action === 'config-changed') return role === 'terminal' && saysWhere(event) ? 'start' : 'change'
  if (DNS.has(action) && role !== 'terminal') return 'dns'
  if (action === 'message-received' || action === 'message-sent') {
    if (role !== 'gateway') return 'message'
    // What it sends to who called it is its answer; the rest it passes on.
    return action === 'message-sent' && event['source.ip'] !== undefined ? 'session' : undefined
  }
  if (role === 'server' && (action === 'request-succeeded' || action === 'session-started')) return 'message'
  if (action === 'request-started') return 'request'
  if (action === 'connect-succeeded') return 'connect'
  if (isSymptom(event) || EXCHANGE_ENDS.has(action)) {
    if (sufferer(event) === 'gateway') return 'session'
    if (role === 'terminal' || role === 'unknown') return 'exchange'
  }
  return undefined
}

/** It names whom it calls. */
const saysWhere = (event: Readonly<LogEvent>): boolean =>
  event['destination.port'] !== undefined || event['event.reason'] === HOST_MOVED

/** Whether the diagnosis can use the event at all; everything else is `filtered` in the books. */
export const isUsable = (event: Readonly<LogEvent>, signals: readonly string[]): boolean =>
  signals.length > 0 ||
  event['whytimeout.counters'] !== undefined ||
  isSymptom(event) ||
  standInOf(event) !== undefined ||
  sightingKind(event) !== undefined

/**
 * What matched in an event, for whoever searches: the signals of rules, and what the diagnosis itself takes it for. So none that a verdict
 * cites stands there without a word why.
 */
export function matchesOf(event: Readonly<LogEvent>, signals: readonly string[]): string[] {
  const kind = sightingKind(event)
  return [
    ...signals,
    ...(isSymptom(event) ? ['symptom'] : []),
    ...(standInOf(event) === undefined ? [] : ['stand-in']),
    ...(kind === undefined ? [] : [`sighting/${kind}`]),
    ...(event['whytimeout.counters'] === undefined ? [] : ['counters']),
  ].sort()
}

const NS_PER_MS = 1e6

export function sightingOf(o: Observation): Sighting | undefined {
  const { event } = o
  const kind = sightingKind(event)
  if (!kind) return undefined
  const durationMs = event['event.duration'] === undefined ? undefined : event['event.duration'] / NS_PER_MS
  const outcome: Outcome = isSymptom(event)
    ? 'timeout'
    : event['event.outcome'] === 'success' || event['event.action'] === 'probe-answered'
      ? 'ok'
      : event['event.action'] === 'probe-lost'
        ? 'timeout'
        : event['event.outcome'] === 'failure'
          ? 'failed'
          : 'unknown'
  return {
    kind,
    id: o.id,
    at: o.at,
    start: o.at - (durationMs ?? 0),
    outcome,
    action: event['event.action'] ?? 'other',
    origin: o.origin,
    host: event['host.name'],
    role: event['whytimeout.role'] ?? 'unknown',
    terminal: event['whytimeout.terminal_id'],
    site: event['whytimeout.site_id'],
    isp: event['whytimeout.isp'],
    gateway: event['whytimeout.gateway'],
    stan: event['whytimeout.stan'],
    sourceIp: event['source.ip'],
    sourcePort: event['source.port'],
    ip: event['destination.ip'],
    port: event['destination.port'],
    domain: event['destination.domain'],
    phase: event['whytimeout.phase'],
    isPhasePresumed: event['whytimeout.whole_limit'] === true,
    durationMs,
    connectMs: event['whytimeout.connect_ms'],
    queueMs: event['whytimeout.queue_ms'],
    responseMs: event['whytimeout.response_ms'],
    upstream: event['service.target.name'],
    rttMs: event['whytimeout.rtt_ms'],
    lossShare: event['whytimeout.loss_percent'] === undefined ? undefined : event['whytimeout.loss_percent'] / 100,
    rsrpDbm: event['whytimeout.rsrp_dbm'],
    signalDbm: event['whytimeout.signal_dbm'],
    connectLimitMs: event['whytimeout.connect_limit_ms'],
    responseLimitMs: event['whytimeout.response_limit_ms'],
    formerResponseLimitMs: event['whytimeout.former_response_limit_ms'],
    formerPort: event['whytimeout.former_port'],
    viaProxy: event['whytimeout.via_proxy'] === true,
    called: event['whytimeout.called'] === true,
    keepAlive: event['whytimeout.keep_alive'] === true,
    name: event['dns.question.name'],
    answers: event['dns.resolved_ip'] ?? [],
    reason: event['event.reason'],
    network: event['whytimeout.network'],
    routerIp: event['whytimeout.router_ip'],
    nameServerIp: event['whytimeout.nameserver_ip'],
    address: event['whytimeout.address'],
    mac: event['source.mac'] ?? event['host.mac'],
    version: event['whytimeout.version'],
    program: event['process.name'],
    sentBytes: event['source.bytes'],
    receivedBytes: event['destination.bytes'],
    method: event['http.request.method'],
    interface: event['interface.name'],
    idleSecs: event['whytimeout.idle_secs'],
    changed: kind === 'change' ? changedBy(event.message ?? '') : undefined,
  }
}
