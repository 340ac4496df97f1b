import { ANSWER, DENIED, FAILED, FORWARDED, QUERY, UNANSWERED, ZONE_LOADED } from '../dns-fields.js'
import { accept, defineFormat } from '../format.js'
import { outcomeOf, type Reading, readingsOf } from '../readings.js'
import { ofEpoch, readTime, type WallTime } from '../time.js'

/**
 * CoreDNS, systemd-resolved, PowerDNS Recursor and Authoritative Server, Knot Resolver, NSD.
 * Source: CoreDNS plugins log and errors (README of each), plugin/forward; systemd resolved-dns-server.c, -transaction.c, -manager.c;
 * PowerDNS Recursor pdns_recursor.cc, syncres.cc and its structured logging ("Logging" in its manual).
 */
const COREDNS = /^(?:\[(?<level>INFO|WARNING|ERROR|DEBUG|FATAL|PANIC)\] |(?:CoreDNS-|linux\/\w{3,8}, go1|\.:\d{1,5}))/
const ENDPOINT = String.raw`(?<ns>\[?[0-9a-fA-F.:]{2,45}\]?):(?<x_ns_port>\d{1,5})`

const READINGS: readonly Reading[] = [
  // CoreDNS
  [
    /^\[INFO\] (?<src>\[?[0-9a-fA-F.:]{2,45}\]?):(?<spt>\d{1,5}) - \d{1,5} "(?<qtype>[A-Z0-9]{1,16}) IN (?<qname>\S{1,255}) (?<x_transport>udp|tcp|https|tls) \d{1,6} (?:true|false) \d{1,6}" (?<rcode>[A-Z]{4,10}) \S{1,40} \d{1,7} (?<secs>\d{1,6}(?:\.\d{1,9})?)s/,
    { ...ANSWER, 'event.outcome': 'unknown' },
  ],
  [
    new RegExp(
      String.raw`plugin/errors: (?<x_rcode>\d{1,3}) (?<qname>\S{1,255}) (?<qtype>[A-Z0-9]{1,16}): read \w{3,5} \S{1,64}->${ENDPOINT}: i/o timeout`,
    ),
    UNANSWERED,
  ],
  [
    new RegExp(
      String.raw`plugin/errors: (?<x_rcode>\d{1,3}) (?<qname>\S{1,255}) (?<qtype>[A-Z0-9]{1,16}): (?:dial|read|write) \w{3,5} (?:\S{1,64}->)?${ENDPOINT}: (?<reason>[^\n]{1,100})`,
    ),
    { ...FORWARDED, 'event.outcome': 'failure' },
  ],
  [
    /plugin\/errors: (?<x_rcode>\d{1,3}) (?<qname>\S{1,255}) (?<qtype>[A-Z0-9]{1,16}): (?<reason>[^\n]{1,160})/,
    { ...FAILED, 'dns.response_code': 'SERVFAIL' },
  ],
  [
    /plugin\/(?<service>loop): Loop \((?<reason>[^)]{1,120})\)/,
    { 'event.action': 'dns-config', 'event.outcome': 'failure' },
  ],
  [/^CoreDNS-(?<version>\d[\w.-]{1,24})/, { 'event.action': 'program-started' }],
  [/SIGTERM: Shutting down|plugin\/health: Going into lameduck/, { 'event.action': 'program-stopped' }],
  [/plugin\/reload: Running configuration/, { 'event.action': 'config-changed' }],
  // systemd-resolved
  [
    /Using degraded feature set (?:\(?(?<reason>[^)\s]{1,24})\)? )?(?:instead of \S{1,24} )?for DNS server (?<ns>[0-9a-fA-F.:%]{2,64})/,
    UNANSWERED,
  ],
  [/Server (?<ns>[0-9a-fA-F.:%]{2,64}) (?:does not support|no longer|timed out)/, UNANSWERED],
  [
    /Server returned error (?<rcode>NXDOMAIN|SERVFAIL|REFUSED)|Server returned error: (?<x_rcode>[A-Z]{4,10})/,
    { ...FAILED },
  ],
  [
    /DNSSEC validation failed for question (?<qname>\S{1,255}) IN (?<qtype>[A-Z0-9]{1,16}): (?<reason>\S{1,40})/,
    { ...FAILED, 'dns.response_code': 'SERVFAIL' },
  ],
  [
    /(?:Switching to (?:fallback |system )?DNS server|Using (?:fallback |system )?DNS server) (?<ns>[0-9a-fA-F.:%]{2,64})/,
    { 'event.action': 'dns-config' },
  ],
  [
    /Transaction \d{1,6} for <(?<qname>\S{1,255}) IN (?<qtype>[A-Z0-9]{1,16})> on scope dns on (?<iface>\S{1,24})\/\S{1,8} now complete with <(?<reason>timeout|attempts-max-reached|no-servers)>/,
    UNANSWERED,
  ],
  [
    /Transaction \d{1,6} for <(?<qname>\S{1,255}) IN (?<qtype>[A-Z0-9]{1,16})> .{0,60}now complete with <(?<reason>[\w-]{3,24})>/,
    ANSWER,
  ],
  [/Timeout reached on transaction \d{1,6}/, UNANSWERED],
  [/Failed to send hostname reply|Too many (?:queries|transactions)|Flushed all caches/, { 'event.action': 'other' }],
  // PowerDNS Recursor
  [
    /msg="Question".{0,200}? qname="(?<qname>[^"]{1,255})" qtype="(?<qtype>[A-Z0-9]{1,16})" remote="(?<src>\[?[0-9a-fA-F.:]{2,45}\]?):(?<spt>\d{1,5})"/,
    QUERY,
  ],
  [
    /msg="Answer".{0,400}? netms="?(?<ms>\d{1,9}(?:\.\d{1,6})?)"?.{0,200}? qname="(?<qname>[^"]{1,255})" qtype="(?<qtype>[A-Z0-9]{1,16})" rcode="(?<x_rcode>\d{1,3})"/,
    { ...ANSWER, 'event.outcome': 'unknown' },
  ],
  [
    /\d{1,4} (?:\[\d{1,9}\/\d{1,9}\] )?question for '(?<qname>[^'|]{1,255})\|(?<qtype>[A-Z0-9]{1,16})' from (?<src>\[?[0-9a-fA-F.:]{2,45}\]?):(?<spt>\d{1,5})/,
    QUERY,
  ],
  [
    /answer to (?:\S{1,12} )?question '(?<qname>[^'|]{1,255})\|(?<qtype>[A-Z0-9]{1,16})': 0 answers, .{0,120}?, (?<retries>[1-9]\d{0,3}) timeouts?, .{0,60}?rcode=2\b/,
    UNANSWERED,
  ],
  [
    /\bquestion answered from packet cache tag=\d{1,6} from (?<src>\[?[0-9a-fA-F.:]{2,45}\]?):(?<spt>\d{1,5})/,
    { ...QUERY, 'event.outcome': 'success' },
  ],
  [
    /msg="Question answered from packet cache".{0,200}? qname="(?<qname>[^"]{1,255})" qtype="(?<qtype>[A-Z0-9]{1,16})" remote="(?<src>\[?[0-9a-fA-F.:]{2,45}\]?):(?<spt>\d{1,5})"/,
    { ...QUERY, 'event.outcome': 'success' },
  ],
  [
    /answer to (?:\S{1,12} )?question '(?<qname>[^'|]{1,255})\|(?<qtype>[A-Z0-9]{1,16})': \d{1,5} answers?, .{0,120}?, (?<retries>\d{1,4}) timeouts?, .{0,60}?rcode=(?<x_rcode>\d{1,3})/,
    { ...ANSWER, 'event.outcome': 'unknown' },
  ],
  [
    /(?<qname>[\w.-]{1,255}): timeout resolving(?: after (?<ms>\d{1,9}(?:\.\d{1,3})?)msec)?(?: over \w{3})?(?: from (?<ns>[0-9a-fA-F.:]{2,45}):\d{1,5})?/,
    UNANSWERED,
  ],
  [
    /(?<qname>[\w.-]{1,255}): error resolving(?: from (?<ns>[0-9a-fA-F.:]{2,45}):\d{1,5})?.{0,40}?: (?<reason>[^\n]{1,80})/,
    { ...FORWARDED, 'event.outcome': 'failure' },
  ],
  [
    /(?<qname>[\w.-]{1,255}): Trying IP (?<ns>[0-9a-fA-F.:]{2,45}):\d{1,5}, asking '[^'|]{1,255}\|(?<qtype>[A-Z0-9]{1,16})'/,
    FORWARDED,
  ],
  [
    /(?<qname>[\w.-]{1,255}): Failed to resolve via any of the \d{1,4} offered NS/,
    { ...FAILED, 'dns.response_code': 'SERVFAIL' },
  ],
  [
    /Sending SERVFAIL to (?<src>[0-9a-fA-F.:]{2,45}?)(?::(?<spt>\d{1,5}))? during resolve of '(?<qname>[^']{1,255})' because: (?<reason>[^\n]{1,120})/,
    { ...FAILED, 'dns.response_code': 'SERVFAIL' },
  ],
  [
    /msg="Sending SERVFAIL during resolve".{0,200}?(?:error|reason)="(?<reason>[^"]{1,120})".{0,300}? qname="(?<qname>[^"]{1,255})"/,
    { ...FAILED, 'dns.response_code': 'SERVFAIL' },
  ],
  [
    /Failed to update \. records|Failed to (?:retrieve security status|prime)/,
    { ...UNANSWERED, 'dns.question.name': '.', 'event.reason': 'priming' },
  ],
  // NSD: its sources nsd.c, server.c. A zone that is read at the start is none that is loaded anew.
  [/^SIGHUP received, reloading/, { 'event.action': 'dns-config', 'event.reason': ZONE_LOADED }],
  [/^nsd (?:starting|started) \(NSD (?<version>\d[\w.-]{1,24})\)/, { 'event.action': 'program-started' }],
  [/^signal received, shutting down/, { 'event.action': 'program-stopped' }],
  // Knot Resolver: its log of a request (policy.DEBUG_ALWAYS, `debug`), lib/resolve.c, lib/layer/iterate.c; records as zone files write them.
  [
    /\[iterat\]\[[\d.]{1,16}\] {1,4}'(?<qname>[^'\s]{1,255})' type '(?<qtype>[A-Z0-9]{1,16})' new uid was assigned/,
    QUERY,
  ],
  [
    /\[resolv\]\[[\d.]{1,16}\] {1,4}=> id: '\d{1,6}' querying: '[^']{1,255}'@'(?<ns>[0-9a-fA-F.:]{2,45})#\d{1,5}' zone cut: '[^']{1,255}' qname: '(?<qname>[^'\s]{1,255})' qtype: '(?<qtype>[A-Z0-9]{1,16})'/,
    FORWARDED,
  ],
  [
    /=> (?:id: '\d{1,6}' )?(?:connection to|no (?:valid )?(?:answer|response) from|server) '?(?<ns>[0-9a-fA-F.:]{2,45})(?:#\d{1,5})?'?[^\n]{0,60}(?:timeouted|timed out|timeout)/,
    UNANSWERED,
  ],
  [
    /^(?<qname>[\w.-]{1,254}\.)[\t ]{1,8}\d{1,9}[\t ]{1,8}(?:IN[\t ]{1,8})?(?<qtype>A|AAAA)[\t ]{1,8}(?<answer>[0-9a-fA-F.:]{2,45})\s*$/,
    { ...ANSWER, 'event.outcome': 'success' },
  ],
  // PowerDNS Authoritative Server; its BIND backend tells of zones it loads.
  [
    /Zone '(?<qname>[^']{1,255})' \([^)\n]{1,255}\) reloaded/,
    { 'event.action': 'dns-config', 'event.reason': ZONE_LOADED },
  ],
  [
    /Remote (?<src>[0-9a-fA-F.:]{2,45}?)(?::(?<spt>\d{1,5}))?(?:\(\S{1,64}\))? wants '(?<qname>[^'|]{1,255})\|(?<qtype>[A-Z0-9]{1,16})'/,
    QUERY,
  ],
  [/PowerDNS Recursor (?<version>\d[\w.-]{1,24}) /, { 'event.action': 'program-started' }],
  [
    /[Dd]ropped .{0,60}(?:query|packet).{0,40}from (?<src>[0-9a-fA-F.:]{2,45}), address (?:not matched|.{0,20}not allowed)/,
    DENIED,
  ],
  // dnsdist: LogAction and LogResponseAction; what it thinks of the servers behind it.
  [
    /^Packet from (?<src>\[?[0-9a-fA-F.:]{2,45}?\]?):(?<spt>\d{1,5}) for (?<qname>\S{1,255}) (?<qtype>[A-Z0-9]{1,16}) with id \d/,
    QUERY,
  ],
  [
    /^Answer to (?<src>\[?[0-9a-fA-F.:]{2,45}?\]?):(?<spt>\d{1,5}) for (?<qname>\S{1,255}) (?<qtype>[A-Z0-9]{1,16}) \((?:No Error|Non-Existent domain)\) with id \d/i,
    { ...ANSWER, 'event.outcome': 'success' },
  ],
  [
    /^Answer to (?<src>\[?[0-9a-fA-F.:]{2,45}?\]?):(?<spt>\d{1,5}) for (?<qname>\S{1,255}) (?<qtype>[A-Z0-9]{1,16}) \((?<reason>[^)]{1,40})\) with id \d/,
    FAILED,
  ],
  [
    /^Marking downstream \S{1,120}(?: \S{1,64})? as 'down'/,
    { 'event.action': 'server-down', 'event.outcome': 'failure' },
  ],
  [/^Marking downstream \S{1,120}(?: \S{1,64})? as 'up'/, { 'event.action': 'server-up' }],
  [/^dnsdist (?<version>\d[\w.-]{1,24}) comes with/, { 'event.action': 'program-started' }],
  // Simple DNS Plus
  [/^Request from (?<src>[0-9a-fA-F.:]{2,45}) for (?<qtype>[A-Z0-9]{1,16})-record for (?<qname>\S{1,255})/, QUERY],
  [
    /^-> Answer: (?<qtype>A|AAAA)-record for (?<qname>\S{1,255}) = (?<answer>[0-9a-fA-F.:]{2,45})/,
    { ...ANSWER, 'event.outcome': 'success' },
  ],
  [/^-> Header: (?:Server failure|Query refused)/i, FAILED],
  // Knot DNS: at its start there is no former serial.
  [
    /^(?:info: )?\[(?<qname>\S{1,255})\] (?:zone file )?loaded, serial \d{1,10} -> \d{1,10}/,
    { 'event.action': 'dns-config', 'event.reason': ZONE_LOADED },
  ],
  [/Exiting on user request|Shutting down/, { 'event.action': 'program-stopped' }],
]

const read = readingsOf(READINGS)
/** RFC 1035 4.1.1 */
const RCODE = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
const PROGRAMS = /^(?:coredns|dnsdist|knotd|systemd-resolved|pdns[_-]recursor|pdns[_-]server|kresd|nsd|kube-dns)$/
/** PowerDNS prints its own stamp where it logs to the terminal, and the same tells it apart there. */
const OWN_PDNS =
  /^(?:msg="[^"]{1,120}" .{0,200}subsystem="|PowerDNS Recursor \d|Failed to update (?:\. records|root NS)|Zone '[^']{1,255}' \([^)\n]{1,255}\) reloaded|Remote \S{2,64} wants '[^'|]{1,255}\|[A-Z]|\d{1,4} (?:\[\d{1,9}\/\d{1,9}\] )?(?:question for '|answer to (?:\S{1,12} )?question '|question answered from packet cache )|\[\d{1,9}\] {1,40}[\w.-]{0,255}: (?:Trying IP|timeout resolving|error resolving|Failed to resolve|Resolved '|Cache consultations|no TA|got TA|Wants|Checking|Nameservers|Domain has|accept answer|status=))/

/** dnsdist's stamp: seconds and nanoseconds, without the zeros before these. Source: dnsdist-actions-factory.cc, LogAction::print. */
const DNSDIST = /^\[(\d{10})\.(\d{1,9})\] (?=Packet from |Answer to )/
/** Simple DNS Plus and Knot DNS in their own log files. */
const OWN_FILE =
  /^(?:Request from [0-9a-fA-F.:]{2,45} for [A-Z0-9]{1,16}-record for |Sending reply to [0-9a-fA-F.:]{2,45} about |-> (?:Answer|Header): |(?:info|notice|warning|error): \[[\w.-]{1,254}\.\] )/
/** NSD's own log file. */
const NSD = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] nsd\[\d{1,8}\]: (?:info|notice|warning|error): /

export const resolvers = defineFormat({
  id: 'resolvers',
  title: 'CoreDNS, systemd-resolved, PowerDNS, dnsdist, Knot, NSD, Simple DNS Plus',
  source: 'CoreDNS plugins log and errors; systemd-resolved(8); PowerDNS Recursor manual, Logging',
  detect: (text, header) => {
    if (NSD.test(text) || DNSDIST.test(text)) return 1
    if (header.program !== undefined) return PROGRAMS.test(header.program) ? 1 : 0
    const body = bodyOf(text)
    return /^\[[A-Z]{4,7}\] (?:plugin\/|\S{3,64} - \d{1,5} "[A-Z0-9]{1,16} IN )|^CoreDNS-\d/.test(body) ||
      OWN_PDNS.test(body) ||
      OWN_FILE.test(body)
      ? 0.97
      : 0
  },
  parse: (text, header) => {
    const dist = DNSDIST.exec(text)
    const own = dist ?? NSD.exec(text)
    if (header.program !== undefined && !own && !PROGRAMS.test(header.program)) return undefined
    const when = dist
      ? undefined
      : own
        ? readTime(text, 1)
        : header.program === undefined
          ? readTime(text, 0)
          : undefined
    const body = own ? text.slice(own[0].length) : when ? text.slice(when.end).trimStart() : text
    const fields = read(body) ?? { 'event.action': 'other' as const }
    const { rcode: number, ...extra } = fields['whytimeout.extra'] ?? {}
    if (number !== undefined) {
      const code = RCODE[Number(number)] ?? (/^\d/.test(number) ? undefined : number)
      if (code !== undefined) fields['dns.response_code'] ??= code
      if (Object.keys(extra).length > 0) fields['whytimeout.extra'] = extra
      else delete fields['whytimeout.extra']
    }
    const code = fields['dns.response_code']
    if (code !== undefined && fields['event.outcome'] === 'unknown') fields['event.outcome'] = outcomeOf(code)
    const level = COREDNS.exec(body)?.groups?.level
    if (level !== undefined) fields['log.level'] = level.toLowerCase()
    fields.message = body
    return accept(fields, dist ? stampOf(dist) : when?.time)
  },
})

const stampOf = ([, secs, nanos]: RegExpExecArray): WallTime =>
  ofEpoch(Number(secs) * 1_000 + Math.floor(Number(nanos) / 1e6))

const bodyOf = (text: string): string => {
  const when = readTime(text, 0)
  return when ? text.slice(when.end).trimStart() : text
}
