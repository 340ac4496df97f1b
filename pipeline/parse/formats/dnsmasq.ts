import type { ParsedFields } from '../../../schemas/event.js'
import type { Action } from '../../../schemas/vocabulary.js'
import { accept, defineFormat } from '../format.js'

/**
 * dnsmasq with log-queries and log-dhcp, syslog header removed.
 * Source: dnsmasq(8) and src/cache.c log_query(), src/rfc2131.c log_packet() and log_options().
 */
/** Groups by number: 1 type, 2 name, 3 who asked. */
const QUERY = /^(?:\d{1,10} \S{3,60} )?query\[([\w=]{1,16})\] (\S{1,255}) from (\S{2,45})/
/** 1 name, 2 server */
const FORWARD = /^(?:\d{1,10} \S{3,60} )?forwarded (\S{1,255}) to ([0-9a-fA-F.:]{2,45})/
/** 1 kind, 2 name, 3 answer */
const REPLY =
  /^(?:\d{1,10} \S{3,60} )?(reply|cached(?:-stale)?|config|\/\S{1,200}|validation) (\S{1,255}) is (.{1,255})/
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
      ? accept(withMessage(read(text), text))
      : undefined,
})

function withMessage(fields: ParsedFields, text: string): ParsedFields {
  fields.message = text
  return fields
}

function read(text: string): ParsedFields {
  const query = QUERY.exec(text)
  if (query) {
    const fields = dns(query[2], 'dns-query', 'query')
    fields['dns.question.type'] = query[1] ?? ''
    fields['source.ip'] = query[3] ?? ''
    return fields
  }
  const forward = FORWARD.exec(text)
  if (forward) {
    const fields = dns(forward[1], 'dns-forwarded', 'query')
    fields['whytimeout.nameserver_ip'] = forward[2] ?? ''
    return fields
  }
  const reply = REPLY.exec(text)
  if (reply) return answer(reply[1] ?? '', reply[2] ?? '', reply[3] ?? '')
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

const dns = (name: string | undefined, action: Action, type: 'query' | 'answer'): ParsedFields => ({
  'event.category': ['network'],
  'event.type': ['protocol'],
  'network.protocol': 'dns',
  'dns.question.name': name ?? '',
  'event.action': action,
  'dns.type': type,
})

function answer(kind: string, name: string, text: string): ParsedFields {
  const code = RCODES.exec(text)?.[0]
  const failed = code === 'SERVFAIL' || code === 'REFUSED' || code === 'NXDOMAIN'
  const address = text.trim()
  const fields = dns(name, 'dns-answer', 'answer')
  fields['dns.response_code'] = code === undefined || code === 'NODATA' ? 'NOERROR' : code
  if (/^[0-9a-fA-F.:]{3,45}$/.test(address) && /[.:]/.test(address)) fields['dns.resolved_ip'] = [address]
  fields['event.outcome'] = failed ? 'failure' : 'success'
  fields['event.reason'] =
    kind === 'reply' || kind === 'validation' ? 'reply' : kind.startsWith('cached') ? 'cached' : 'config'
  return fields
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
