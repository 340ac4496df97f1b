import type { Phase, Sufferer } from '../../schemas/vocabulary.js'
import { type Observation, sufferer } from './observation.js'
import { isPhasePresumed } from './phase.js'

/** One failed attempt: its symptoms and what they say of it. */
export type Episode = {
  readonly sufferer: Sufferer
  /** In (time, id) order; the first opened it. */
  readonly symptoms: readonly Observation[]
  readonly start: number
  readonly end: number
  /** Its begin is known by a line, not by the limit. */
  readonly isTimed: boolean
  readonly terminal: string | undefined
  readonly site: string | undefined
  readonly isp: string | undefined
  readonly gateway: string | undefined
  readonly merchant: string | undefined
  readonly host: string | undefined
  readonly stan: string | undefined
  readonly requestId: string | undefined
  readonly sourceIp: string | undefined
  readonly sourcePort: number | undefined
  readonly ip: string | undefined
  readonly port: number | undefined
  readonly domain: string | undefined
  readonly upstream: string | undefined
  /** A gateway's wait for the next message of who called it. */
  readonly called: boolean
  readonly phase: Phase
  readonly limitMs: number | undefined
}

const NS_PER_MS = 1e6
/** Clocks of two programs on one host, and rounding of stated durations, differ by less than this. */
const OVERLAP_TOLERANCE_MS = 500
/** A library's line beside the program's own, of which one alone says whose request it was. */
const SAID_TWICE_MS = 100
const isSaidTwice = (a: Episode, b: Episode): boolean => {
  const isNameless = (e: Episode) => e.terminal === undefined && e.stan === undefined && e.requestId === undefined
  return (
    a.symptoms[0]?.origin === b.symptoms[0]?.origin &&
    isNameless(a) !== isNameless(b) &&
    Math.abs(a.end - b.end) <= SAID_TWICE_MS
  )
}

/** A proxy's error and its entry in the access log come within this; after retries the error came earlier. */
const SAME_END_MS = 2_000
/** Two symptom lines of one log without any id are one attempt when they are this close. */
const SAME_LOG_MS = 1_000

const PHASE_OF_ACTION: Readonly<Record<string, Phase>> = {
  'dns-timeout': 'dns',
  'connect-timeout': 'connect',
  'tls-timeout': 'tls',
  'response-timeout': 'response',
  'idle-timeout': 'idle',
  'dns-forwarded': 'dns',
}

/** An episode of one symptom. `startHint`: when the request was seen to begin, if the symptom does not say. */
export function open(o: Observation, startHint: number | undefined): Episode {
  const e = o.event
  const duration = e['event.duration']
  const limit = e['whytimeout.limit_ms']
  const isTimed = duration !== undefined || startHint !== undefined
  const start = duration !== undefined ? o.at - duration / NS_PER_MS : (startHint ?? o.at - (limit ?? 0))
  return {
    sufferer: sufferer(e) ?? 'terminal',
    symptoms: [o],
    start: Math.round(start),
    end: o.at,
    isTimed,
    terminal: e['whytimeout.terminal_id'],
    site: e['whytimeout.site_id'],
    isp: e['whytimeout.isp'],
    gateway: e['whytimeout.gateway'],
    merchant: e['whytimeout.merchant_id'],
    host: e['host.name'],
    stan: e['whytimeout.stan'],
    requestId: e['whytimeout.request_id'],
    sourceIp: e['source.ip'],
    sourcePort: e['source.port'],
    ip: e['destination.ip'],
    port: e['destination.port'],
    domain: e['destination.domain'] ?? (e['event.action'] === 'dns-forwarded' ? e['dns.question.name'] : undefined),
    upstream: e['service.target.name'],
    called: e['whytimeout.called'] === true,
    phase: e['whytimeout.phase'] ?? PHASE_OF_ACTION[e['event.action'] ?? ''] ?? 'response',
    limitMs: limit,
  }
}

const differ = <T>(a: T | undefined, b: T | undefined): boolean => a !== undefined && b !== undefined && a !== b
const agree = <T>(a: T | undefined, b: T | undefined): boolean => a !== undefined && a === b

/**
 * Whether two symptoms tell of the same attempt: nothing contradicts, something names it, and the times overlap.
 * A retry names another time, so it is another attempt even under the same STAN.
 */
export function isSameAttempt(a: Episode, b: Episode): boolean {
  if (a.sufferer !== b.sufferer) return false
  if (differ(a.terminal, b.terminal) || differ(a.stan, b.stan) || differ(a.requestId, b.requestId)) return false
  if (differ(a.sourcePort, b.sourcePort) || differ(a.port, b.port) || differ(a.upstream, b.upstream)) return false
  if (a.start > b.end + OVERLAP_TOLERANCE_MS || b.start > a.end + OVERLAP_TOLERANCE_MS) return false
  if (isOfOneBegin(a, b)) return true
  const saidTwice = isSaidTwice(a, b)
  const named =
    saidTwice ||
    agree(a.terminal, b.terminal) ||
    agree(a.requestId, b.requestId) ||
    (agree(a.sourcePort, b.sourcePort) && agree(a.sourceIp, b.sourceIp)) ||
    (a.terminal === undefined && b.terminal === undefined && agree(a.host, b.host)) ||
    isOneProxyRequest(a, b)
  if (!named) return false
  if (a.symptoms.some((x) => b.symptoms.some((y) => areTwoRequests(x, y)))) return false
  const first = a.symptoms[0] as Observation
  const second = b.symptoms[0] as Observation
  if (
    a.sufferer === 'terminal' &&
    first.origin === second.origin &&
    ((b.isTimed && b.start >= a.end) || (a.isTimed && a.start >= b.end))
  )
    return false
  if (first.origin !== second.origin) return true
  return (
    saidTwice || agree(a.stan, b.stan) || agree(a.sourcePort, b.sourcePort) || Math.abs(a.end - b.end) <= SAME_LOG_MS
  )
}

/** Of a line that has only the time of the attempt's begin, the one beside it in the log that says when it was given up. */
const isOfOneBegin = (a: Episode, b: Episode): boolean => {
  const isAtBegin = (e: Episode) => e.symptoms.every((s) => s.event['whytimeout.at_begin'] === true)
  return (
    isAtBegin(a) !== isAtBegin(b) &&
    a.symptoms[0]?.origin === b.symptoms[0]?.origin &&
    Math.abs(a.start - b.start) <= SAME_LOG_MS
  )
}

/** A proxy's error and its entry in the access log, of which one alone may name the terminal. */
const isOneProxyRequest = (a: Episode, b: Episode): boolean =>
  a.sufferer === 'gateway' &&
  agree(a.host, b.host) &&
  agree(a.sourceIp, b.sourceIp) &&
  !differ(a.upstream, b.upstream) &&
  a.symptoms[0]?.origin !== b.symptoms[0]?.origin &&
  Math.abs(a.end - b.end) <= SAME_LOG_MS

/**
 * Whether two lines of one gateway are of two requests: from other clients, given up at other times, or entries of one log that has one entry
 * a request, under other numbers or each with the time that it took.
 */
function areTwoRequests(x: Observation, y: Observation): boolean {
  if (sufferer(x.event) !== 'gateway' || x.event['host.name'] !== y.event['host.name']) return false
  if (differ(x.event['source.ip'], y.event['source.ip'])) return true
  const hasRetried = [x, y].some((o) => (o.event['whytimeout.retries'] ?? 0) > 0)
  if (x.origin !== y.origin) return !hasRetried && Math.abs(x.at - y.at) > SAME_END_MS
  if (x.id === y.id) return false
  const serial = (o: Observation) => o.event['whytimeout.extra']?.connection
  if (differ(serial(x), serial(y))) return true
  const took = (o: Observation) => o.event['event.duration'] !== undefined
  return took(x) && took(y) && !agree(x.event['source.port'], y.event['source.port'])
}

/** What an access log says by the status alone, which is the same whether the proxy was connected or not. */
const isOfStatus = (e: Episode): boolean =>
  e.sufferer === 'gateway' &&
  e.symptoms.every(
    ({ event }) => event['http.response.status_code'] !== undefined && event['whytimeout.connect_ms'] === undefined,
  )

/** A program's summing-up beside the line of the step that failed: whatever was awaited, no answer came. */
const saysMore = (b: Episode, a: Episode): boolean =>
  (isPhasePresumed(a) && !isPhasePresumed(b)) ||
  (a.phase === 'response' && b.phase !== 'response' && isOfStatus(a) && !isOfStatus(b)) ||
  (a.phase === 'response' &&
    (b.phase === 'connect' || b.phase === 'tls' || b.phase === 'dns') &&
    a.symptoms[0]?.origin === b.symptoms[0]?.origin &&
    Math.abs(a.end - b.end) <= SAME_LOG_MS &&
    !isPhasePresumed(b))

/** Joins a later symptom to an episode: unknowns are filled, the times cover both, the anchor's phase stays where it is not presumed. */
export function join(a: Episode, b: Episode): Episode {
  const filled = Object.fromEntries(
    Object.entries(b).filter(([key, value]) => value !== undefined && a[key as keyof Episode] === undefined),
  ) as Partial<Episode>
  return {
    ...a,
    ...filled,
    symptoms: [...a.symptoms, ...b.symptoms],
    phase: saysMore(b, a) ? b.phase : a.phase,
    start: Math.min(a.start, b.start),
    end: Math.max(a.end, b.end),
  }
}

/** The symptom that gives the verdict its id: the earliest from the suffering party's own log, else the earliest. */
export function anchorOf(e: Episode): Observation {
  const own = e.symptoms.find((o) => o.event['whytimeout.role'] === e.sufferer)
  return own ?? (e.symptoms[0] as Observation)
}
