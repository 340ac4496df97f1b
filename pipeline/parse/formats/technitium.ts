import { ANSWER, FAILED, UNANSWERED } from '../dns-fields.js'
import { accept, defineFormat } from '../format.js'
import { asIp, type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'

/**
 * Technitium DNS Server's own log: a line a query with what was answered, what it could not resolve or fetch (the exception stands below), what was
 * changed in its console. Each line has the zone of its time.
 * Source: DnsServerCore, LogManager.cs (Write of a query, of an end point and user), DnsServer.cs, Dns/Zones/SecondaryZone.cs.
 */
const HEAD =
  /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:UTC|Local)\] (?:\[(?<src>\[?[0-9a-fA-F.:]{2,45}?\]?):(?<spt>\d{1,5})\] )?(?:\[(?<who>[^\]\n]{1,64})\] )?/
const ANSWERS = 'ANSWER: ['
const READINGS: readonly Reading[] = [
  [
    /^QNAME: (?<qname>[^;\s]{1,255}); QTYPE: (?<qtype>[A-Z0-9]{1,16}); QCLASS: \w{1,8}; RCODE: (?<x_rcode>\w{1,16})/,
    { ...ANSWER, 'event.outcome': 'unknown' },
  ],
  [
    /request timed out for name server \[(?<ns>[0-9a-fA-F.:]{2,45})(?::\d{1,5})?\]|DNS Server failed to resolve the request '(?<qname>[^\s']{1,255}) (?<qtype>[A-Z0-9]{1,16}) IN'[^\n]{0,200}(?:timed out|no response)/,
    UNANSWERED,
  ],
  [
    /^DNS Server failed to resolve the request '(?<qname>[^\s']{1,255}) (?<qtype>[A-Z0-9]{1,16}) IN'/,
    { ...FAILED, 'dns.response_code': 'SERVFAIL' },
  ],
  [/^DNS Server (?:was )?started successfully|^DNS Server service was started/, { 'event.action': 'program-started' }],
  [/^DNS Server (?:service )?(?:was )?stopped/, { 'event.action': 'program-stopped' }],
]
const read = readingsOf(READINGS)
/** A secondary that cannot fetch the zone goes on with what it has. */
const NOT_FETCHED =
  /^DNS Server failed to (?:refresh|transfer) '(?<qname>[^'\n]{1,255})' (?:Secondary|Stub|Secondary Forwarder) zone\b/
const OWN =
  /\] (?:QNAME: \S{1,255}; QTYPE: |DNS Server |(?:\[[^\]\n]{1,64}\] )?(?:New|Existing) [A-Z0-9]{1,16} record was )/

export const technitium = defineFormat({
  id: 'technitium',
  title: 'Technitium DNS Server',
  source: 'DnsServerCore, LogManager.cs',
  detect: (text) => (HEAD.test(text) && OWN.test(text) ? 1 : 0),
  parse: (text) => {
    const head = HEAD.exec(text)
    if (!head || !OWN.test(text)) return undefined
    const body = text.slice(head[0].length)
    const zone = NOT_FETCHED.exec(body)?.groups?.qname
    const fields =
      zone === undefined
        ? (read(body) ?? { 'event.action': 'other' as const })
        : {
            'event.action': 'dns-config' as const,
            'event.outcome': 'failure' as const,
            'dns.question.name': zone.toLowerCase(),
          }
    const rcode = fields['whytimeout.extra']?.rcode
    delete fields['whytimeout.extra']
    if (rcode !== undefined) {
      const isGood = /^NoError$/i.test(rcode)
      fields['dns.response_code'] = rcode.toUpperCase().replace(/^SERVERFAILURE$/, 'SERVFAIL')
      fields['event.outcome'] = isGood ? 'success' : 'failure'
      const ips = answersIn(body).flatMap((text) => asIp(text) ?? [])
      if (ips.length > 0) fields['dns.resolved_ip'] = ips
    }
    const { src, spt } = head.groups ?? {}
    if (src !== undefined && rcode !== undefined) {
      fields['source.ip'] = src.replace(/[[\]]/g, '')
      fields['source.port'] = Number(spt)
    }
    const name = fields['dns.question.name']
    if (name !== undefined) fields['dns.question.name'] = name.toLowerCase().replace(/\.$/, '')
    fields.message = body
    return accept(fields, readTime(text, 1)?.time)
  },
})

/** Names on the way and addresses, as they stand between the brackets. */
function answersIn(body: string): string[] {
  const at = body.indexOf(ANSWERS)
  const end = at < 0 ? -1 : body.indexOf(']', at)
  return end < 0
    ? []
    : body
        .slice(at + ANSWERS.length, end)
        .split(', ')
        .slice(0, MOST)
}
const MOST = 32
