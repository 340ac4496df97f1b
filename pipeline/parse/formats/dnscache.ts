import { ANSWER, FAILED, FORWARDED, QUERY, UNANSWERED } from '../dns-fields.js'
import { accept, defineFormat } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'

/**
 * dnscache of djbdns and its kin, through multilog or s6-log, which put the stamp there. Addresses are eight hexadecimal digits, types numbers but for the
 * usual ones. A query is answered or dropped by its serial; `servfail` names what nobody answered.
 * Source: djbdns, log.c; "What does dnscache log?" in its manual.
 */
const HEX = '[0-9a-f]{8}'
const TYPE = String.raw`(?<type>\d{1,5}|[a-z]{1,8})`
const READINGS: readonly Reading[] = [
  [
    new RegExp(
      String.raw`^query (?<x_serial>\d{1,20}) (?<x_from>${HEX}):(?<x_port>[0-9a-f]{4}):[0-9a-f]{4} ${TYPE} (?<qname>\S{1,255})$`,
    ),
    QUERY,
  ],
  [
    new RegExp(String.raw`^tx \d{1,4} ${TYPE} (?<qname>\S{1,255}) \S{1,255} (?<x_ns>${HEX})(?: ${HEX}){0,16}$`),
    FORWARDED,
  ],
  [
    new RegExp(String.raw`^rr (?<x_ns>${HEX}) \d{1,10} (?:1|a) (?<qname>\S{1,255}) (?<x_answer>${HEX})$`),
    { ...ANSWER, 'event.outcome': 'success', 'dns.response_code': 'NOERROR' },
  ],
  [
    new RegExp(String.raw`^nxdomain (?<x_ns>${HEX}) \d{1,10} (?<qname>\S{1,255})$`),
    { ...FAILED, 'dns.response_code': 'NXDOMAIN' },
  ],
  [/^servfail (?<qname>\S{1,255}) (?:timed_out|connection_timed_out)$/, UNANSWERED],
  [/^servfail (?<qname>\S{1,255}) (?<reason>\S{1,60})$/, { ...FAILED, 'dns.response_code': 'SERVFAIL' }],
  [/^drop (?<x_serial>\d{1,20}) (?<reason>\S{1,60})$/, { ...FAILED, 'dns.response_code': 'SERVFAIL' }],
  [/^starting$/, { 'event.action': 'program-started' }],
  [
    /^(?:sent \d{1,20} \d{1,6}|cached (?:\S{1,16} )?\S{1,255}|stats(?: \d{1,20}){3,4}|(?:rr|nodata|lame) [0-9a-f]{8} [^\n]{1,400}|tcp(?:open|close) [0-9a-f:]{8,24}[^\n]{0,60})$/,
    { 'event.action': 'other' },
  ],
]
const read = readingsOf(READINGS)
const STAMP = /^@[0-9a-f]{24} /

export const dnscache = defineFormat({
  id: 'dnscache',
  title: 'dnscache (djbdns)',
  source: 'djbdns, log.c',
  detect: (text, header) => (bodyOf(text, header.program) !== undefined ? 1 : 0),
  parse: (text, header) => {
    const body = bodyOf(text, header.program)
    const fields = body === undefined ? undefined : read(body)
    if (body === undefined || !fields) return undefined
    const { from, port, ns, answer, ...rest } = fields['whytimeout.extra'] ?? {}
    if (from !== undefined) fields['source.ip'] = dotted(from)
    if (port !== undefined) fields['source.port'] = Number.parseInt(port, 16)
    if (ns !== undefined) fields['whytimeout.nameserver_ip'] = dotted(ns)
    if (answer !== undefined) fields['dns.resolved_ip'] = [dotted(answer)]
    if (Object.keys(rest).length > 0) fields['whytimeout.extra'] = rest
    else delete fields['whytimeout.extra']
    fields.message = body
    return accept(fields, STAMP.test(text) ? readTime(text, 0)?.time : undefined)
  },
})

/** What stands behind the stamp, where it is one of its lines. */
function bodyOf(text: string, program: string | undefined): string | undefined {
  const isStamped = STAMP.test(text)
  if (!isStamped && program !== 'dnscache') return undefined
  const body = isStamped ? text.slice(26) : text
  return read(body) ? body : undefined
}

const dotted = (hex: string): string => [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.')
