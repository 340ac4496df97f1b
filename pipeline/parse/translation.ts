import type { ParsedFields } from '../../schemas/event.js'
import { address, type End, type Flow, flowFields } from './flow.js'

/**
 * A translation of addresses in words, whoever wrote the program: both sides of it, and what became of it.
 * Source: RFC 6888 (quotas, REQ-4; logs, REQ-12), RFC 7422 (blocks of ports), RFC 8158 (events of NAT, IPFIX): create, delete, quota exceeded, no mapping.
 */
const ENDPOINT = (name: string): string => String.raw`(?<${name}>\d{1,3}(?:\.\d{1,3}){3})(?::(?<${name}Port>\d{1,5}))?`
const INSIDE = new RegExp(
  String.raw`\b(?:in|inside|int|internal|private|local|src|source|subscriber|from)[ =:]{1,2}(?:(?:ip|addr(?:ess)?)[ =:]{1,2})?${ENDPOINT('from')}`,
  'i',
)
const OUTSIDE = new RegExp(
  String.raw`\b(?:out|outside|ext|external|public|global|translated|nat|mapped)[ =:]{1,2}(?:(?:ip|addr(?:ess)?)[ =:]{1,2})?${ENDPOINT('nat')}`,
  'i',
)
const TO = new RegExp(
  String.raw`(?:\b(?:dst|dest(?:ination)?|remote|peer|to)[ =:]{1,2}|-> ?)(?:(?:ip|addr(?:ess)?)[ =:]{1,2})?${ENDPOINT('to')}`,
  'i',
)
const PROTOCOL = /\b(?:proto(?:col)?[ =:]{1,2})?(TCP|UDP|ICMP)\b/i
const USED_UP =
  /\b(?:port|session|mapping|block)s?[- ]?(?:block |pool )?(?:quota|limit|usage)[- ]?(?:reached|exceed\w{0,3}|hit|full)|\bquota[- ](?:reached|exceeded)|\b(?:out of|no (?:more |free |available )?)(?:port|block|mapping)s?\b(?! ?,? ?packet)|\b(?:port|block|pool)s?[- ]?exhaust\w{0,4}|\bexhausted\b/i
const WITHOUT = /\bno (?:matching )?(?:mapping|session|binding|translation|state|entry)\b/i
const ENDS: readonly (readonly [RegExp, End])[] = [
  [
    /\b(?:session|mapping|binding|translation|flow)s?[ -](?:\w{1,8} ){0,1}(?:DEL(?:ETED?)?|RELEASED?|CLOSED?|ENDED|END|FREED?|REMOVED?|EXPIRED?|TIME[D-]?OUT)\b|\b(?:deleted?|released?|removed?|closed?) (?:session|mapping|binding|flow)|\breleased by\b/i,
    'ended',
  ],
  [
    /\b(?:session|mapping|binding|translation|flow)s?[ -](?:\w{1,8} ){0,1}(?:ADD(?:ED)?|CREATED?|NEW|OPEN(?:ED)?|ALLOC\w{0,5}|ESTABLISHED)\b|\b(?:added|created?|new|allocated) (?:session|mapping|binding|flow)/i,
    'started',
  ],
  [/\b(?:DENIED|DROP(?:PED)?|REJECT(?:ED)?|DISCARD(?:ED)?|BLOCKED|FAILED)\b/i, 'denied'],
]
const QUIET =
  /\breason[=: ]{1,2}["']?(?:idle|active-time-?out|inactiv\w{0,4}|aged?|ageing|aging|time-?out|timed[- ]out|expired?)|\bEXPIRED?\b|\bidle[- ]?time-?out\b/i

/** What is said of one translation, behind whatever says that it is of one. */
export function readTranslation(rest: string): ParsedFields | undefined {
  const end = ENDS.find(([words]) => words.test(rest))?.[1]
  const isUsedUp = USED_UP.test(rest)
  if (end === undefined && !isUsedUp) return undefined
  const [inside, outside, to] = [INSIDE, OUTSIDE, TO].map((pattern) => pattern.exec(rest)?.groups)
  const from = inside?.from ?? new RegExp(ENDPOINT('any')).exec(rest)?.groups?.any
  if (from === undefined || address(from) === undefined) return undefined
  const flow: Flow = {
    ...{ transport: PROTOCOL.exec(rest)?.[1], from, fromPort: inside?.fromPort, to: to?.to, toPort: to?.toPort },
    ...{ natFrom: outside?.nat, natFromPort: outside?.natPort },
  }
  if (isUsedUp && end !== 'ended' && end !== 'started')
    return {
      ...flowFields(flow, 'denied'),
      'event.action': 'ports-exhausted',
      'event.reason': 'translation has no port left',
    }
  if (end === 'denied' && WITHOUT.test(rest)) return { ...flowFields(flow, 'denied'), 'event.reason': 'untracked' }
  return flowFields(flow, end === 'ended' && QUIET.test(rest) ? 'expired' : (end ?? 'other'))
}
