import { isIP } from 'node:net'
import type { ParsedFields } from '../../schemas/event.js'
import { isPrivate } from './address-kind.js'
import { NS_PER_MS } from './format.js'

/** A packet or session as a box on the way saw it, in the words of its log: numbers may be text, what is unknown is absent. */
export type Flow = {
  /** Name or IANA number. */
  readonly transport?: string | undefined
  readonly from?: string | undefined
  readonly fromPort?: string | number | undefined
  readonly fromMac?: string | undefined
  readonly to?: string | undefined
  readonly toPort?: string | number | undefined
  readonly toMac?: string | undefined
  /** Addresses after translation; the same as before it are left out. */
  readonly natFrom?: string | undefined
  readonly natFromPort?: string | number | undefined
  readonly natTo?: string | undefined
  readonly natToPort?: string | number | undefined
  readonly ingress?: string | undefined
  readonly egress?: string | undefined
  /** What the interfaces are for, where the firewall says so: `wan`, `lan`, `dmz`. */
  readonly ingressZone?: string | undefined
  readonly egressZone?: string | undefined
  readonly rule?: string | undefined
  readonly ruleId?: string | undefined
  readonly app?: string | undefined
  readonly reason?: string | undefined
  readonly code?: string | undefined
  readonly bytesOut?: string | number | undefined
  readonly bytesBack?: string | number | undefined
  readonly packetsOut?: string | number | undefined
  readonly packetsBack?: string | number | undefined
  readonly durationMs?: number | undefined
  /** Names of flags, or their letters as firewalls write them (`S`, `SA`, `PA`, `S.`). */
  readonly flags?: string | readonly string[] | undefined
}

/** What became of it. */
export type End =
  | 'denied'
  | 'allowed'
  | 'limited'
  | 'started'
  | 'unanswered'
  | 'refused'
  | 'reset'
  | 'expired'
  | 'ended'
  | 'other'

/** How the box says a session closed, whatever its own words. */
export type Closing = 'finished' | 'reset-client' | 'reset-server' | 'aged-out' | 'syn-timeout' | 'other'

const FIELDS: Readonly<Record<End, ParsedFields>> = {
  denied: { 'event.action': 'policy-denied', 'event.type': ['connection', 'denied'], 'event.outcome': 'failure' },
  allowed: { 'event.action': 'policy-allowed', 'event.type': ['connection', 'allowed'], 'event.outcome': 'success' },
  limited: { 'event.action': 'rate-limited', 'event.type': ['connection', 'denied'], 'event.outcome': 'failure' },
  started: { 'event.action': 'session-started', 'event.type': ['connection', 'start'], 'event.outcome': 'success' },
  unanswered: { 'event.action': 'session-unanswered', 'event.type': ['connection', 'end'], 'event.outcome': 'failure' },
  refused: { 'event.action': 'session-refused', 'event.type': ['connection', 'end'], 'event.outcome': 'failure' },
  reset: { 'event.action': 'session-reset', 'event.type': ['connection', 'end'], 'event.outcome': 'unknown' },
  expired: { 'event.action': 'session-expired', 'event.type': ['connection', 'end'], 'event.outcome': 'unknown' },
  ended: { 'event.action': 'session-ended', 'event.type': ['connection', 'end'], 'event.outcome': 'success' },
  other: { 'event.action': 'other', 'event.type': ['connection', 'info'] },
}

/** Action, type and outcome of an end. */
export const outcomeFields = (end: End): ParsedFields => FIELDS[end]

const PROTOCOLS: Readonly<Record<string, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  88: 'eigrp',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  132: 'sctp',
  icmp6: 'ipv6-icmp',
  icmpv6: 'ipv6-icmp',
  'icmp for ipv6': 'ipv6-icmp',
  'tcp/ip': 'tcp',
  'udp/ip': 'udp',
}

/** IANA number or name to the lower-case name; undefined for what is neither. */
export function transportOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const word = text.toLowerCase()
  return PROTOCOLS[word] ?? (/^[a-z][a-z0-9-]{1,15}$/.test(word) ? word : undefined)
}

/**
 * What a closed session says about an attempt. No packet or byte back, however it was closed, is an attempt that was never answered; a
 * reset as the only answer is a refusal; a TCP entry that aged out after traffic both ways was quiet for too long.
 */
export function endOf(flow: Flow, closing: Closing): End {
  const back = count(flow.packetsBack)
  const bytes = count(flow.bytesBack)
  if (closing === 'syn-timeout') return 'unanswered'
  // Some boxes count payload: a session closed by FINs was answered though no byte of payload came back.
  if (back === 0 || (back === undefined && bytes === 0 && closing !== 'finished' && closing !== 'reset-server'))
    return 'unanswered'
  if (closing === 'reset-server' && count(flow.packetsOut) === 1 && (back ?? 1) <= 1) return 'refused'
  if (closing === 'reset-server' || closing === 'reset-client') return 'reset'
  return closing === 'aged-out' && transportOf(flow.transport) === 'tcp' ? 'expired' : 'ended'
}

const RETURNED: ParsedFields = { 'event.action': 'packet-returned', 'event.outcome': 'failure' }

/**
 * A packet from outside for an address inside that leaves by the interface it came in by: the box has no way to that address but its way out.
 * Traffic between two hosts of one side, which hairpins, has both addresses on that side.
 */
const isReturned = (flow: Flow, end: End, from: string | undefined, to: string | undefined): boolean =>
  (end === 'other' || end === 'allowed') &&
  flow.ingress !== undefined &&
  flow.ingress !== '' &&
  flow.ingress === flow.egress &&
  from !== undefined &&
  to !== undefined &&
  !isPrivate(from) &&
  isPrivate(to)

/** The event's fields of a packet or session; values that are no address, port or count are left out. */
export function flowFields(flow: Flow, end: End): ParsedFields {
  const f: ParsedFields = { 'event.category': ['network'], ...FIELDS[end] }
  const transport = transportOf(flow.transport)
  if (transport !== undefined) f['network.transport'] = transport
  const [from, to] = [address(flow.from), address(flow.to)]
  if (from !== undefined) f['source.ip'] = from
  if (to !== undefined) f['destination.ip'] = to
  // ICMP has no ports: what logs put in their place is a type or an id.
  const hasPorts = transport !== 'icmp' && transport !== 'ipv6-icmp'
  const [fromPort, toPort] = hasPorts ? [port(flow.fromPort), port(flow.toPort)] : []
  if (isReturned(flow, end, from, to)) Object.assign(f, RETURNED)
  if (fromPort !== undefined) f['source.port'] = fromPort
  if (toPort !== undefined) f['destination.port'] = toPort
  const [natFrom, natTo] = [translated(flow.natFrom), translated(flow.natTo)]
  const [natFromPort, natToPort] = hasPorts ? [port(flow.natFromPort), port(flow.natToPort)] : []
  if (natFrom !== undefined && !(natFrom === from && (natFromPort ?? fromPort) === fromPort)) {
    f['source.nat.ip'] = natFrom
    if (natFromPort !== undefined) f['source.nat.port'] = natFromPort
  }
  if (natTo !== undefined && !(natTo === to && (natToPort ?? toPort) === toPort)) {
    f['destination.nat.ip'] = natTo
    if (natToPort !== undefined) f['destination.nat.port'] = natToPort
  }
  const [fromMac, toMac] = [macOf(flow.fromMac), macOf(flow.toMac)]
  if (fromMac !== undefined) f['source.mac'] = fromMac
  if (toMac !== undefined) f['destination.mac'] = toMac
  put(f, 'observer.ingress.interface.name', flow.ingress)
  put(f, 'observer.egress.interface.name', flow.egress)
  put(f, 'observer.ingress.zone', flow.ingressZone)
  put(f, 'observer.egress.zone', flow.egressZone)
  put(f, 'rule.name', flow.rule)
  put(f, 'rule.id', flow.ruleId)
  put(f, 'network.application', flow.app)
  put(f, 'event.reason', flow.reason)
  put(f, 'event.code', flow.code)
  const [bytesOut, bytesBack] = [count(flow.bytesOut), count(flow.bytesBack)]
  if (bytesOut !== undefined) f['source.bytes'] = bytesOut
  if (bytesBack !== undefined) f['destination.bytes'] = bytesBack
  const [packetsOut, packetsBack] = [count(flow.packetsOut), count(flow.packetsBack)]
  if (packetsOut !== undefined) f['source.packets'] = packetsOut
  if (packetsBack !== undefined) f['destination.packets'] = packetsBack
  if (flow.durationMs !== undefined && flow.durationMs >= 0 && flow.durationMs < MAX_DURATION_MS)
    f['event.duration'] = Math.round(flow.durationMs * NS_PER_MS)
  const flags = flagsOf(flow.flags)
  if (flags.length > 0 && (transport === undefined || transport === 'tcp')) f['whytimeout.tcp_flags'] = flags
  return f
}

/** A hundred days, in nanoseconds, is still an exact number. */
const MAX_DURATION_MS = 100 * 86_400_000

type TextField =
  | 'observer.ingress.interface.name'
  | 'observer.egress.interface.name'
  | 'observer.ingress.zone'
  | 'observer.egress.zone'
  | 'rule.name'
  | 'rule.id'
function put(
  fields: ParsedFields,
  name: TextField | 'network.application' | 'event.reason' | 'event.code',
  value: string | undefined,
): void {
  const text = value?.trim()
  if (text && !/^(?:-|n\/a|none)$/i.test(text)) fields[name] = text.slice(0, 200)
}

/** An address, without what may follow it (`%eth0`, `/24`) and in the short form if it is of version 6; undefined for what is none. */
export function address(text: string | undefined): string | undefined {
  if (text === undefined || text.length < 2 || text.length > 60) return undefined
  const bare = text.replace(/^\[|\]$|[%/].*/g, '')
  return isIP(bare) === 0 ? undefined : bare.toLowerCase()
}

/** An address after translation: logs write zeros where there was none. */
function translated(text: string | undefined): string | undefined {
  const ip = address(text)
  return ip === '0.0.0.0' || ip === '::' ? undefined : ip
}

/** A port; undefined for what is none. */
export function port(value: string | number | undefined): number | undefined {
  const n = count(value)
  return n !== undefined && n <= 65535 ? n : undefined
}

/** A whole number, not negative; undefined for what is none. */
export function count(value: string | number | undefined): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

/** A hardware address in any spelling (`aabb.ccdd.eeff`, `aa-bb-…`) as lower case with colons. */
export function macOf(text: string | undefined): string | undefined {
  // 192.168.100.101 has twelve digits too.
  if (text === undefined || isIP(text) === 4) return undefined
  const digits = text.replace(/[.:-]/g, '').toLowerCase()
  if (!/^[0-9a-f]{12}$/.test(digits) || digits === '000000000000') return undefined
  return digits.replace(/(..)(?!$)/g, '$1:')
}

const LETTERS: Readonly<Record<string, string>> = {
  S: 'SYN',
  A: 'ACK',
  '.': 'ACK',
  F: 'FIN',
  R: 'RST',
  P: 'PSH',
  U: 'URG',
}
function flagsOf(flags: string | readonly string[] | undefined): string[] {
  if (flags === undefined) return []
  const names =
    typeof flags === 'string'
      ? /^[SAFRPUEWC.]{1,9}$/.test(flags)
        ? [...flags].map((c) => LETTERS[c])
        : flags.split(/[\s,+|]+/)
      : flags
  const known = names.filter((n): n is string => n !== undefined && /^(?:SYN|ACK|FIN|RST|PSH|URG)$/.test(n))
  return [...new Set(known)]
}

/** As administrators of other languages name such rules. */
const DENIED_IN_OTHERS =
  /(?<![a-z])nega(?:d[oa]|r)?(?![a-z])|bloque|blocc|rechaz|deneg|descart|rifiut|sperr|verwerf|verwor|verbot|verbied|geweiger|abgelehnt|abgewiesen|interdi[tct]|rejet|odrzu|zablok|zakaz|avvis|nekad|blokker|tiltva|yasak|拒绝|阻断|丢弃|禁止|遮断|拒否|차단|거부|запре|блок|отброш/i
/**
 * What the administrator's own name of a rule says was done: netfilter and RouterOS log by a rule's side, whatever the packet's fate.
 * UniFi, EdgeOS and VyOS end it with `-D`, `-R` or `-A`.
 */
export function verdictOf(prefix: string): End {
  const suffix = /-([DRA])\]?$/.exec(prefix)?.[1]
  if (suffix !== undefined) return suffix === 'A' ? 'allowed' : 'denied'
  if (
    /(?<![a-z])(?:rate|limit(?:ed)?|flood|throttl\w*|polic(?:e[dr]?|ing)|shap(?:e[dr]?|ing)|exceed(?:ed|s|ing)?|too[ _-]many|over[ _-]?(?:rate|cap))(?![a-z])|RATE|LIMIT|FLOOD|POLICE/.test(
      prefix,
    ) &&
    !/\bun/i.test(prefix)
  )
    return 'limited'
  if (
    /drop|den(?:y|ied)|block|reject|discard|invalid|no[ _-]?sess(?:ion)?(?![a-z])|no[ _-]?state(?![a-z])|out[ _-]of[ _-]state|untracked|refus|forbid|not.?allowed|policy|prohibit|unauthori[sz]|violation|not[ _-](?:(?:in|on|part of)[ _-](?:the )?(?:plan|tariff|list|profile|allow-?list|white-?list)|permitted|authori[sz]ed|subscribed|included|covered)\b/i.test(
      prefix,
    ) ||
    DENIED_IN_OTHERS.test(prefix)
  )
    return 'denied'
  return /allow|accept|pass|permit/i.test(prefix) ? 'allowed' : 'other'
}
