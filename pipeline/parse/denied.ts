import type { ParsedFields } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { readHostPort } from './access-line.js'
import { outcomeFields } from './flow.js'
import { gated } from './gate.js'

/**
 * A packet or session that a box says it did not let pass, in the log of a maker that no format reads: a line with both ends, and either a field
 * that tells what was done, or a sentence. Fields' names: Stormshield, Zyxel, Sangfor, Topsec, Hillstone and others that write keys and values;
 * sentences: Check Point's `fw ctl zdebug`, Cilium, pf's log as tcpdump prints it, and filters of routers.
 */
const KEYED = gated(
  /(?:\b(?:action|act|disposition|verdict|note|status|outcome|msg)|动作|处理结果|处置|操作)["']?\s?[=:：]\s?["']?(?:[a-z]{1,16}[ _-]){0,2}(?:den(?:y|ied)|drop(?:ped)?|block(?:ed)?|reject(?:ed)?|discard(?:ed)?)\b|(?:动作|处理结果|处置|操作)["']?\s?[=:：]\s?["']?(?:限速|限流|直接)?(?:拒绝|阻断|丢弃|禁止|拦截)/i,
)
const SAID = gated(
  /\bdropped by \w|\brule \d{1,6}[^\s(]{0,40}\(match\):? block (?:in|out) on \w|\b(?:policy|rule|acl|filter|firewall|access[- ]list)\b[^\n]{0,64}\b(?:denied|dropped|blocked|rejected|drop|deny)\b|\b(?:denied|blocked|rejected|discarded) by (?:the )?(?:\w{1,16} )?(?:policy|rule|acl|filter|firewall)|,"(?:Blocked|Denied|Dropped)",|(?:策略|规则|防火墙)[^\n]{0,16}(?:拒绝|阻断|丢弃|拦截)/i,
)
/** Ports that stand under names of their own. */
const FROM_PORT =
  /(?:\b(?:srcport|csport|clientport|src_port|sport|spt|source_?port)|源端口)["']?\s?[=:：]\s?["']?(?<port>\d{1,5})\b/i
const TO_PORT =
  /(?:\b(?:dstport|cdport|originport|dst_port|dport|dpt|dest_?port|destination_?port|service)|目的端口|目标端口)["']?\s?[=:：]\s?["']?(?<port>\d{1,5})\b/i
/** Both ends with their ports, an arrow between. */
const ARROW =
  /(?<from>\d{1,3}(?:\.\d{1,3}){3}):(?<fromPort>\d{1,5}) ?(?:->|=>|<>|→) ?(?<to>\d{1,3}(?:\.\d{1,3}){3}):(?<toPort>\d{1,5})\b/
/** Both ends where each has a word before it: a provider's box counts by subscriber what it drops, and names the last one that was called. */
const FROM =
  /(?:(?<![a-z])(?:src|csip|source|client|session|subscriber|sub|customer|cust|sender|inside)(?:[ _-]?(?:ip|addr(?:ess)?))?|源(?:地址|IP)?|用户(?:地址|IP)?)["']?\s?[=:： ]\s?["']?(?<ip>\d{1,3}(?:\.\d{1,3}){3})(?::(?<port>\d{1,5}))?(?![\d.])/i
const TO =
  /(?:(?<![a-z])(?:dst|cdip|dest(?:ination)?|origin|to|target|server|called)(?:[ _-]?(?:ip|addr(?:ess)?))?|目的(?:地址|IP)?|目标(?:地址|IP)?)["']?\s?[=:： ]\s?["']?(?<ip>\d{1,3}(?:\.\d{1,3}){3})(?::(?<port>\d{1,5}))?(?![\d.])/i
/** What it dropped was too much of it. */
const LIMITED = gated(
  /(?:动作|处理结果|处置|操作)["']?\s?[=:：]\s?["']?(?:限速|限流)|\baction["']?\s?[=:]\s?["']?(?:rate-?limit|police|throttle)/i,
)

const ICMP = gated(
  /\b(?:ip)?proto(?:col)?["']?[=:]\s?["']?icmp["']?[ ,;]{1,2}icmp_?type["']?[=:]\s?["']?(?<type>\d{1,3})\b["']?(?:[ ,;]{1,2}icmp_?code["']?[=:]\s?["']?(?<code>\d{1,3}))?/i,
)

/** Netgear's and its kin's guard against floods: the address is the sender's, what it sent is dropped. */
const GUARD = gated(
  /\[DoS Attack: [^\]\n]{1,64}\] from source: (?<from>\d{1,3}(?:\.\d{1,3}){3}), port (?<port>\d{1,5})/,
)

/**
 * Radware DefensePro, by places: severity, id, category and name of the attack, transport, both ends with their ports, physical port, context, policy,
 * status, counts, risk, what was done, id. Source: DefensePro User Guide, "Syslog message format".
 */
const SCRUBBED = gated(
  /\bDefensePro: [A-Z]{4,8} \d{1,9} \S{1,32} "[^"\n]{1,120}" (?:TCP|UDP|ICMP|IP) (?<from>\d{1,3}(?:\.\d{1,3}){3})(?:\/\d{1,2})? (?<fromPort>\d{1,5}) (?<to>\d{1,3}(?:\.\d{1,3}){3}) (?<toPort>\d{1,5}) [^\n]{1,160} (?:drop|challenge|reset) [\dA-F-]{8,40}$/,
)

/** Where a format says one of these, or nothing, it took the line for something it is not. */
const VAGUE: ReadonlySet<Action | undefined> = new Set<Action | undefined>([
  undefined,
  'other',
  'request-failed',
  'request-succeeded',
  'request-started',
])

/** Of a connection that the box does not know, or no more: the rules ask for it by this word. */
const UNTRACKED = gated(
  /\bno (?:matching |existing |such )?(?:session|state|connection)\b|\bnot? (?:an? )?SYN\b|\bout[- _]of[- _]state\b|\binvalid[- _]state\b/i,
)

/** Adds to what a format read of a line with two ends that a filter stopped it. */
export function addDenied(said: ParsedFields, text: string): void {
  if (!VAGUE.has(said['event.action']) || said['http.request.method'] !== undefined) return
  const guard = GUARD.exec(text)?.groups
  if (guard) {
    Object.assign(said, outcomeFields('denied'))
    put(said, 'source', guard.from, guard.port)
    return
  }
  const scrubbed = SCRUBBED.exec(text)?.groups
  if (scrubbed) {
    Object.assign(said, outcomeFields('denied'))
    delete said['source.port']
    put(said, 'source', scrubbed.from, scrubbed.fromPort)
    put(said, 'destination', scrubbed.to, scrubbed.toPort)
    return
  }
  if (!KEYED.test(text) && !SAID.test(text)) return
  const untracked = UNTRACKED.test(text) && { 'event.reason': 'untracked' }
  const [from, to] = [FROM.exec(text)?.groups, TO.exec(text)?.groups]
  const named = from && to ? { from: from.ip, fromPort: from.port, to: to.ip, toPort: to.port } : undefined
  if (!named && (said['source.ip'] === undefined || said['destination.ip'] === undefined)) return
  // What an error of an ICMP message is about stands under names of its own.
  const icmp = ICMP.exec(text)?.groups
  if (icmp) Object.assign(said, { 'network.transport': 'icmp', 'whytimeout.icmp_type': Number(icmp.type) })
  if (icmp?.code !== undefined) said['whytimeout.icmp_code'] = Number(icmp.code)
  Object.assign(said, outcomeFields(named && LIMITED.test(text) ? 'limited' : 'denied'), untracked)
  if (named) delete said['destination.port']
  const ends = named ?? ARROW.exec(text)?.groups
  put(said, 'source', ends?.from, ends?.fromPort ?? FROM_PORT.exec(text)?.groups?.port)
  put(said, 'destination', ends?.to, ends?.toPort ?? TO_PORT.exec(text)?.groups?.port)
}

function put(
  said: ParsedFields,
  end: 'source' | 'destination',
  ip: string | undefined,
  port: string | undefined,
): void {
  const read = ip === undefined ? undefined : readHostPort(ip)?.ip
  if (read !== undefined) said[`${end}.ip`] = read
  const n = Number(port)
  if (port !== undefined && n > 0 && n <= 65_535 && said[`${end}.port`] === undefined) said[`${end}.port`] = n
}
