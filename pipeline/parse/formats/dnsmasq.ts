import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'

/**
 * dnsmasq with log-queries and log-dhcp, syslog header removed.
 * Source: dnsmasq(8) and src/cache.c log_query(), src/rfc2131.c log_packet() and log_options().
 */
const QUERY = /^(?:\d{1,10} \S{3,60} )?query\[(?<type>[\w=]{1,16})\] (?<name>\S{1,255}) from (?<ip>\S{2,45})/
const FORWARD = /^(?:\d{1,10} \S{3,60} )?forwarded (?<name>\S{1,255}) to (?<ip>[0-9a-fA-F.:]{2,45})/
const REPLY =
  /^(?:\d{1,10} \S{3,60} )?(?<kind>reply|cached(?:-stale)?|config|\/\S{1,200}|validation) (?<name>\S{1,255}) is (?<answer>.{1,255})/
const DHCP =
  /^(?:\d{1,10} )?DHCP(?<what>DISCOVER|OFFER|REQUEST|ACK|NAK|DECLINE|RELEASE|INFORM)\((?<iface>[^)]{1,32})\) (?:(?<ip>\d{1,3}(?:\.\d{1,3}){3}) )?(?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5})/
const OPTION = /^(?:\d{1,10} )?sent size: {0,3}\d{1,3} option: {0,3}(?<id>\d{1,3}) \S{1,40} {1,3}(?<value>\S{1,80})/
const RCODES = /^(?:NXDOMAIN|SERVFAIL|REFUSED|NODATA|FORMERR|NOTIMP)/

export const dnsmasq = defineFormat({
  id: 'dnsmasq',
  title: 'dnsmasq DNS and DHCP',
  source: 'dnsmasq(8), log-queries and log-dhcp',
  detect: (text, header) =>
    header.program?.startsWith('dnsmasq')
      ? 1
      : header.program === undefined && (QUERY.test(text) || FORWARD.test(text))
        ? 0.9
        : 0,
  parse: (text, header) =>
    header.program === undefined || header.program.startsWith('dnsmasq')
      ? accept({ ...read(text), message: text })
      : undefined,
})

function read(text: string): ParsedFields {
  const query = QUERY.exec(text)?.groups
  if (query)
    return {
      ...dns(query.name),
      'event.action': 'dns-query',
      'dns.type': 'query',
      'dns.question.type': query.type ?? '',
      'source.ip': query.ip ?? '',
    }
  const forward = FORWARD.exec(text)?.groups
  if (forward)
    return {
      ...dns(forward.name),
      'event.action': 'dns-forwarded',
      'dns.type': 'query',
      'whytimeout.nameserver_ip': forward.ip ?? '',
    }
  const reply = REPLY.exec(text)?.groups
  if (reply) return answer(reply.kind ?? '', reply.name ?? '', reply.answer ?? '')
  const dhcp = DHCP.exec(text)?.groups
  if (dhcp) return lease(dhcp)
  const option = OPTION.exec(text)?.groups
  if (option) return sent(option.id ?? '', option.value ?? '')
  if (/^started, version/.test(text))
    return { 'event.action': 'program-started', 'whytimeout.version': /version (\S{1,20})/.exec(text)?.[1] ?? '' }
  if (/^exiting on receipt of SIGTERM/.test(text)) return { 'event.action': 'program-stopped' }
  if (/Maximum number of concurrent DNS queries reached/.test(text))
    return { 'event.action': 'overload', 'event.outcome': 'failure' }
  if (/refused to do a recursive query/.test(text))
    return { 'event.action': 'dns-failed', 'event.outcome': 'failure', 'dns.response_code': 'REFUSED' }
  const server = /^using nameserver (?<ip>[0-9a-fA-F.:]{2,45})#/.exec(text)?.groups
  if (server) return { 'event.action': 'dns-config', 'whytimeout.nameserver_ip': server.ip ?? '' }
  return { 'event.action': 'other' }
}

const dns = (name: string | undefined): ParsedFields => ({
  'event.category': ['network'],
  'event.type': ['protocol'],
  'network.protocol': 'dns',
  'dns.question.name': name ?? '',
})

function answer(kind: string, name: string, text: string): ParsedFields {
  const code = RCODES.exec(text)?.[0]
  const failed = code === 'SERVFAIL' || code === 'REFUSED' || code === 'NXDOMAIN'
  const isIp = /^[0-9a-fA-F.:]{3,45}$/.test(text.trim()) && /[.:]/.test(text)
  return {
    ...dns(name),
    'event.action': 'dns-answer',
    'dns.type': 'answer',
    'dns.response_code': code === undefined || code === 'NODATA' ? 'NOERROR' : code,
    ...(isIp && { 'dns.resolved_ip': [text.trim()] }),
    'event.outcome': failed ? 'failure' : 'success',
    'event.reason':
      kind === 'reply' || kind === 'validation' ? 'reply' : kind.startsWith('cached') ? 'cached' : 'config',
  }
}

function lease(g: Record<string, string | undefined>): ParsedFields {
  const action =
    g.what === 'ACK'
      ? 'address-assigned'
      : g.what === 'NAK' || g.what === 'DECLINE'
        ? g.what === 'DECLINE'
          ? 'address-conflict'
          : 'address-lost'
        : 'dhcp-request'
  return {
    'event.category': ['network'],
    'event.action': action,
    'event.reason': `DHCP${g.what}`,
    'network.protocol': 'dhcp',
    'source.mac': g.mac ?? '',
    'interface.name': g.iface ?? '',
    ...(g.ip !== undefined && { 'whytimeout.address': g.ip }),
  }
}

/** RFC 2132: 1 mask, 3 router, 6 name server, 51 lease time. */
function sent(id: string, value: string): ParsedFields {
  const base: ParsedFields = { 'event.action': 'dhcp-request', 'network.protocol': 'dhcp' }
  const first = value.split(',')[0] ?? ''
  if (id === '3') return { ...base, 'whytimeout.router_ip': first }
  if (id === '6') return { ...base, 'whytimeout.nameserver_ip': first }
  return base
}
