import type { ParsedFields } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { readHostPort } from './access-line.js'
import { outcomeFields } from './flow.js'
import { gated } from './gate.js'

/**
 * A packet or session that a box says it did not let pass, in the log of a maker that no format reads: a line with both ends, and either a field
 * that tells what was done, or a sentence. Fields' names: Stormshield, Zyxel, Sangfor, Topsec, Hillstone and others that write keys and values;
 * sentences: Check Point's `fw ctl zdebug`, Cilium, pf and filters of routers.
 */
const KEYED = gated(
  /(?:\b(?:action|act|disposition|verdict|note|status|outcome|msg)|动作|处理结果|处置|操作)["']?\s?[=:：]\s?["']?(?:[a-z]{1,16}[ _-]){0,2}(?:den(?:y|ied)|drop(?:ped)?|block(?:ed)?|reject(?:ed)?|discard(?:ed)?)\b|(?:动作|处理结果|处置|操作)["']?\s?[=:：]\s?["']?(?:拒绝|阻断|丢弃|禁止|拦截)/i,
)
const SAID = gated(
  /\bdropped by \w|\b(?:policy|rule|acl|filter|firewall|access[- ]list)\b[^\n]{0,40}\b(?:denied|dropped|blocked|rejected|drop|deny)\b|\b(?:denied|blocked|rejected|discarded) by (?:the )?(?:\w{1,16} )?(?:policy|rule|acl|filter|firewall)|,"(?:Blocked|Denied|Dropped)",|(?:策略|规则|防火墙)[^\n]{0,16}(?:拒绝|阻断|丢弃|拦截)/i,
)
/** Ports that stand under names of their own. */
const FROM_PORT = /(?:\b(?:srcport|src_port|sport|spt|source_?port)|源端口)["']?\s?[=:：]\s?["']?(?<port>\d{1,5})\b/i
const TO_PORT =
  /(?:\b(?:dstport|dst_port|dport|dpt|dest_?port|destination_?port|service)|目的端口|目标端口)["']?\s?[=:：]\s?["']?(?<port>\d{1,5})\b/i
/** Both ends with their ports, an arrow between. */
const ARROW =
  /(?<from>\d{1,3}(?:\.\d{1,3}){3}):(?<fromPort>\d{1,5}) ?(?:->|=>|<>|→) ?(?<to>\d{1,3}(?:\.\d{1,3}){3}):(?<toPort>\d{1,5})\b/
/** Netgear's and its kin's guard against floods: the address is the sender's, what it sent is dropped. */
const GUARD = gated(
  /\[DoS Attack: [^\]\n]{1,64}\] from source: (?<from>\d{1,3}(?:\.\d{1,3}){3}), port (?<port>\d{1,5})/,
)

/** Where a format says one of these, or nothing, it took the line for something it is not. */
const VAGUE: ReadonlySet<Action | undefined> = new Set<Action | undefined>([
  undefined,
  'other',
  'request-failed',
  'request-succeeded',
  'request-started',
])

/** Adds to what a format read of a line with two ends that a filter stopped it. */
export function addDenied(said: ParsedFields, text: string): void {
  if (!VAGUE.has(said['event.action']) || said['http.request.method'] !== undefined) return
  const guard = GUARD.exec(text)?.groups
  if (guard) {
    Object.assign(said, outcomeFields('denied'))
    put(said, 'source', guard.from, guard.port)
    return
  }
  if (said['source.ip'] === undefined || said['destination.ip'] === undefined) return
  if (!KEYED.test(text) && !SAID.test(text)) return
  Object.assign(said, outcomeFields('denied'))
  const ends = ARROW.exec(text)?.groups
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
