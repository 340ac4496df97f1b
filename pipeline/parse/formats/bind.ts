import { DENIED, FAILED, FORWARDED, QUERY, UNANSWERED, ZONE_LOADED } from '../dns-fields.js'
import { accept, defineFormat } from '../format.js'
import { outcomeOf, type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'

/**
 * BIND's named: to a file (time, category and severity before the message, each optional) or to syslog.
 * Source: BIND 9 Administrator Reference Manual, "logging" (categories queries, query-errors, resolver, lame-servers, security, rate-limit);
 * lib/ns/query.c, client.c, lib/dns/resolver.c, zone.c.
 */
const CLIENT = String.raw`client (?:@0x[0-9a-f]{1,16} )?(?<src>[0-9a-fA-F.:%]{2,64})#(?<spt>\d{1,5})(?: \((?<x_asked>[^)]{1,255})\))?: (?:view [\w.-]{1,64}: )?`
const RESOLVED = String.raw`resolving '(?<qname>[^'\s/]{1,255})/(?<qtype>[A-Z0-9]{1,16})/IN': (?<ns>[0-9a-fA-F.:%]{2,64})#\d{1,5}`
const of = (source: string) => new RegExp(source)

const READINGS: readonly Reading[] = [
  [
    of(
      String.raw`${CLIENT}query: (?<qname>\S{1,255}) IN (?<qtype>[A-Z0-9]{1,16}) (?<x_flags>[-+]\S{0,16})(?: \((?<dst>[0-9a-fA-F.:%]{2,64})\))?`,
    ),
    QUERY,
  ],
  [
    of(String.raw`${CLIENT}response: (?<qname>\S{1,255}) IN (?<qtype>[A-Z0-9]{1,16}) (?<rcode>[A-Z]{4,10})`),
    { ...FAILED, 'event.outcome': 'unknown' },
  ],
  [
    of(
      String.raw`${CLIENT}query failed \((?<reason>[^)]{1,64})\) for (?<qname>\S{1,255}?)/IN/(?<qtype>[A-Z0-9]{1,16})(?: at (?<code>\S{1,64}))?`,
    ),
    { ...FAILED, 'dns.response_code': 'SERVFAIL' },
  ],
  [
    of(
      String.raw`${CLIENT}(?:query|zone transfer|update|notify)(?: \(cache\))? '(?<qname>[^'/]{1,255})/(?<qtype>[A-Z0-9]{1,16})/IN' denied`,
    ),
    DENIED,
  ],
  [
    of(
      String.raw`${CLIENT}bad zone transfer request: '(?<qname>[^'/]{1,255})/IN': (?<reason>[^(\n]{1,120}) \((?<rcode>[A-Z]{4,10})\)`,
    ),
    FAILED,
  ],
  [
    of(String.raw`${CLIENT}no more recursive clients(?:: |\s?\()(?<x_quota>[^)\n]{1,60})`),
    { 'event.action': 'overload', 'event.outcome': 'failure' },
  ],
  [of(`timed out ${RESOLVED}`), UNANSWERED],
  [
    of(
      String.raw`(?:unexpected RCODE )?\(?(?<rcode>SERVFAIL|REFUSED|NXDOMAIN|FORMERR|NOTAUTH|NOTIMP)\)?(?: unexpected RCODE)? ${RESOLVED}`,
    ),
    FAILED,
  ],
  [of(String.raw`error \((?:unexpected RCODE )?(?<rcode>SERVFAIL|REFUSED|FORMERR|NOTIMP)\) ${RESOLVED}`), FAILED],
  [of(String.raw`error \(timed out\) ${RESOLVED}`), UNANSWERED],
  [
    of(
      String.raw`(?:error \()?(?<reason>network unreachable|host unreachable|connection refused|network down|broken trust chain|no valid \w{2,12}|insecurity proof failed|operation canceled|unexpected error|connection reset)\)? ${RESOLVED}`,
    ),
    { ...FORWARDED, 'event.outcome': 'failure' },
  ],
  [
    /lame server resolving '(?<qname>[^'\s]{1,255})' \(in '[^']{1,255}'\?\): (?<ns>[0-9a-fA-F.:%]{2,64})#/,
    { ...FAILED, 'event.reason': 'lame server' },
  ],
  [
    /DNS format error from (?<ns>[0-9a-fA-F.:%]{2,64})#\d{1,5} resolving (?<qname>[^\s/]{1,255})\/(?<qtype>[A-Z0-9]{1,16})/,
    { ...FAILED, 'event.reason': 'format error' },
  ],
  [
    /success resolving '(?<qname>[^'\s/]{1,255})(?:\/(?<qtype>[A-Z0-9]{1,16}))?'(?: \(in [^)]{1,260}\))? after (?<reason>[^\n]{1,100})/,
    { ...FORWARDED, 'event.outcome': 'success' },
  ],
  [/too many timeouts resolving '(?<qname>[^'\s/]{1,255})(?:\/(?<qtype>[A-Z0-9]{1,16}))?'/, UNANSWERED],
  [/resolver priming query complete(?:: (?<reason>(?!success)[^\n]{1,60}))/, { ...UNANSWERED }],
  [
    /Unable to fetch DNSKEY set '(?<qname>[^']{1,255})': (?<reason>[^\n]{1,60})/,
    { ...UNANSWERED, 'dns.question.type': 'DNSKEY' },
  ],
  [
    /validating (?:@0x\w{1,16}: )?(?<qname>\S{1,255}?)\/(?<qtype>[A-Z0-9]{1,16}): (?<reason>[^\n]{1,80})/,
    { ...FAILED },
  ],
  [
    /(?:rate limit|limit) (?:drop|slip|NXDOMAIN|error|all)?.{0,40}response(?:s)? to (?<src>[0-9a-fA-F.:]{2,45})\/\d{1,3}(?: for (?<qname>\S{1,255}) IN (?<qtype>[A-Z0-9]{1,16}))?/,
    { 'event.action': 'rate-limited', 'event.outcome': 'failure', 'network.protocol': 'dns' },
  ],
  [
    /no more recursive clients|(?:TCP|tcp).{0,20}quota reached|too many open (?:file|TCP)|clients-per-query (?:increased|decreased)/,
    { 'event.action': 'overload', 'event.outcome': 'failure' },
  ],
  [
    /zone (?<qname>\S{1,255}?)\/IN(?:\/\S{1,64})?: (?<reason>expired|refresh: (?:retry limit|failure|unexpected rcode|could not|non-authoritative)[^\n]{0,100}|not loaded[^\n]{0,80}|loading from (?:master|primary) file \S{1,200} failed[^\n]{0,60})/,
    { 'event.action': 'dns-config', 'event.outcome': 'failure', 'network.protocol': 'dns' },
  ],
  [
    /transfer of '(?<qname>[^'/]{1,255})\/IN(?:\/\S{1,64})?' from \S{3,60}: (?<reason>failed [^\n]{1,100}|Transfer status: (?!success|up to date)[^\n]{1,60})/,
    { 'event.action': 'dns-config', 'event.outcome': 'failure', 'network.protocol': 'dns' },
  ],
  [
    /zone (?<qname>\S{1,255}?)\/IN(?:\/\S{1,64})?: (?<reason>(?:loaded|transferred) serial \d{1,12})/,
    { 'event.action': 'dns-config', 'event.outcome': 'success', 'network.protocol': 'dns' },
  ],
  // At its start it loads zones without these words.
  [
    /^(?:received SIGHUP signal to reload zones|reloading zones succeeded|received control channel command 'reload\b)/,
    { 'event.action': 'dns-config', 'event.reason': ZONE_LOADED, 'network.protocol': 'dns' },
  ],
  [
    /listening on IPv[46] interface (?<iface>\S{1,24}), (?<addr>[0-9a-fA-F.:]{2,45})#(?<x_port>\d{1,5})/,
    { 'event.action': 'dns-config' },
  ],
  [/^starting BIND (?<version>\S{1,40})/, { 'event.action': 'program-started' }],
  [/^(?:running|all zones loaded)\s*$/, { 'event.action': 'program-started' }],
  [/^(?:exiting|shutting down|stopping command channel)/, { 'event.action': 'program-stopped' }],
]

const read = readingsOf(READINGS)
const CATEGORIES =
  'client|cname|config|database|default|delegation-only|dispatch|dnssec|dnstap|edns-disabled|general|lame-servers|network|notify|nsid|queries|query-errors|rate-limit|resolver|responses|rpz|rpz-passthru|security|serve-stale|spill|sslkeylog|trust-anchor-telemetry|unmatched|update|update-security|xfer-in|xfer-out|zoneload'
const LEAD = new RegExp(
  String.raw`^(?:(?:${CATEGORIES}): )?(?:(?<level>critical|error|warning|notice|info|debug(?: \d{1,3})?): )?`,
)
const CATEGORY = new RegExp(`^(?:${CATEGORIES}): `)
const OWN_CLIENT = /^(?:\S{1,20}: ){0,2}client (?:@0x[0-9a-f]{1,16} )?[0-9a-fA-F.:%]{2,64}#\d{1,5}/
const OWN_RESOLVER = /^(?:\S{1,20}: ){0,2}.{3,60} resolving '[^'\s]{1,255}'/
const DATE = /^\d{2}-[A-Z][a-z]{2}-\d{4} /

export const bind = defineFormat({
  id: 'bind',
  title: 'BIND named',
  source: 'BIND 9 Administrator Reference Manual, logging; lib/ns/query.c, lib/dns/resolver.c',
  detect: (text, header) => {
    if (header.program === 'named') return 1
    if (header.program !== undefined) return 0
    const body = bodyOf(text)
    if (body === undefined) return 0
    return CATEGORY.test(body) ? 0.95 : OWN_CLIENT.test(body) || OWN_RESOLVER.test(body) ? 0.96 : 0
  },
  parse: (text, header) => {
    if (header.program !== undefined && header.program !== 'named') return undefined
    const when = DATE.test(text) || header.program === undefined ? readTime(text, 0) : undefined
    const body = when ? text.slice(when.end).trimStart() : text
    const lead = LEAD.exec(body)
    const message = body.slice(lead?.[0].length ?? 0)
    const fields = read(message) ?? { 'event.action': 'other' as const }
    const code = fields['dns.response_code']
    if (code !== undefined && fields['event.outcome'] === 'unknown') fields['event.outcome'] = outcomeOf(code)
    const level = lead?.groups?.level
    if (level !== undefined) fields['log.level'] = level.replace(/ .*/, '')
    fields.message = message
    return accept(fields, when?.time)
  },
})

/** What stands behind named's own time; without print-time there is none, and then only syslog's header tells the time. */
function bodyOf(text: string): string | undefined {
  const c = text.charCodeAt(0)
  if (c < 48 || c > 57) return OWN_CLIENT.test(text) ? text : undefined
  const when = readTime(text, 0)
  return when && text.slice(when.end).trimStart()
}
