import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { readTime } from '../time.js'

/**
 * unbound's log: queries and replies (log-queries, log-replies), errors, start and stop.
 * Source: unbound.conf(5), log-queries and log-replies; util/log.c for the level words.
 */
const LINE = /^(?<level>info|notice|warning|error|debug|fatal error|query|reply): (?<rest>.{1,4000})$/s
const QUERY =
  /^(?<ip>[0-9a-fA-F.:]{2,45}) (?<name>\S{1,255}?)\.? (?<type>[A-Z0-9]{1,10}) IN(?: (?<rcode>[A-Z]{4,10}) (?<secs>\d{1,6}\.\d{6}) (?<cached>[01]) (?<size>\d{1,6}))?\s*$/

/** Into a file of its own it writes `[1772431355] unbound[88:0] info: …`. */
const OWN = /^(?:\[\d{9,11}(?:\.\d{1,9})?\] )?unbound\[\d{1,10}:\d{1,5}\] /

export const unbound = defineFormat({
  id: 'unbound',
  title: 'unbound DNS resolver',
  source: 'unbound.conf(5), log-queries, log-replies',
  detect: (text, header) => (header.program === 'unbound' || (header.program === undefined && OWN.test(text)) ? 1 : 0),
  parse: (text, header) => {
    const own = header.program === undefined ? OWN.exec(text) : undefined
    if (header.program !== 'unbound' && !own) return undefined
    const time = own ? readTime(text, 1)?.time : undefined
    const body = own ? text.slice(own[0].length) : text
    const give = (fields: ParsedFields) => accept(fields, time)
    const line = LINE.exec(body)?.groups
    const rest = line?.rest ?? body
    const level = line?.level
    const q = QUERY.exec(rest)?.groups
    if (q) {
      const isReply = q.rcode !== undefined
      const failed = q.rcode === 'SERVFAIL' || q.rcode === 'REFUSED' || q.rcode === 'NXDOMAIN'
      return give({
        'event.category': ['network'],
        'event.action': isReply ? 'dns-answer' : 'dns-query',
        'dns.type': isReply ? 'answer' : 'query',
        'dns.question.name': q.name ?? '',
        'dns.question.type': q.type ?? '',
        'network.protocol': 'dns',
        'source.ip': q.ip ?? '',
        ...(isReply && {
          'dns.response_code': q.rcode ?? '',
          'event.outcome': failed ? ('failure' as const) : ('success' as const),
          'event.duration': Math.round(Number(q.secs) * 1e9),
        }),
        message: rest,
      })
    }
    const servfail = /^SERVFAIL <(?<name>\S{1,255}?)\.? (?<type>[A-Z0-9]{1,10}) IN>/.exec(rest)?.groups
    if (servfail)
      return give({
        'event.action': 'dns-answer',
        'event.outcome': 'failure',
        'dns.response_code': 'SERVFAIL',
        'dns.question.name': servfail.name ?? '',
        message: rest,
      })
    const bogus = /^validation failure <(?<name>\S{1,255}?)\.? (?<type>[A-Z0-9]{1,10}) IN>: (?<why>.{1,160})/.exec(
      rest,
    )?.groups
    if (bogus)
      return give({
        'event.action': 'dns-answer',
        'event.outcome': 'failure',
        'dns.response_code': 'SERVFAIL',
        'dns.question.name': bogus.name ?? '',
        'event.reason': `DNSSEC: ${bogus.why ?? ''}`,
        message: rest,
      })
    const action = /^start of service/.test(rest)
      ? 'program-started'
      : /^service stopped/.test(rest)
        ? 'program-stopped'
        : 'other'
    return give({ 'event.action': action, ...(level !== undefined && { 'log.level': level }), message: rest })
  },
})
