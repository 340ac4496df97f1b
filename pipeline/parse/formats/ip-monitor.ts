import type { ParsedFields } from '../../../schemas/event.js'
import { acceptAll, defineFormat } from '../format.js'
import { prefixOf } from '../prefix.js'
import { plus, readTime } from '../time.js'

/**
 * What the kernel of a Linux box tells of its links, addresses and routes: `ip -timestamp monitor`, with the time in brackets before the line (-ts) or
 * on a line of its own (-t). Neighbours are read with arpwatch's. Routes of the tables that the kernel keeps for itself are no news.
 * Source: ip-monitor(8), ip-route(8); iproute2 ip/iproute.c print_route, ip/ipaddress.c print_linkinfo, lib/utils.c print_timestamp.
 */
const ROUTE =
  /^(?:\[ROUTE\])?(?<gone>Deleted )?(?:(?<kind>unicast|blackhole|unreachable|prohibit) )?(?<to>default|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?)(?: via (?<via>\d{1,3}(?:\.\d{1,3}){3}))?(?: dev (?<iface>[\w.@-]{1,16}))?(?: table \w{1,16})?(?: proto (?<proto>\w{1,12}))?(?= |$)(?<rest>[^\n]{0,200})/
/** A neighbour that no longer answers; who answers is read with arpwatch's. Source: iproute2 ip/ipneigh.c, print_neigh */
const FAILED =
  /^(?:\[NEIGH\])?(?<ip>\d{1,3}(?:\.\d{1,3}){3}) dev (?<iface>[\w.@-]{1,16}) (?:lladdr [\da-f:]{17} )?(?:router )?FAILED\s*$/
const LINK =
  /^(?:\[LINK\])?(?<gone>Deleted )?\d{1,6}: (?<iface>[\w.-]{1,16})(?:@[\w.-]{1,16})?: <(?<flags>[A-Z0-9_,-]{1,160})>[^\n]{0,160}?(?: state (?<state>[A-Z]{2,16}))?(?= |$)/
const ADDRESS =
  /^(?:\[ADDR\])?(?<gone>Deleted )?\d{1,6}: (?<iface>[\w.-]{1,16}) {1,20}inet (?<ip>\d{1,3}(?:\.\d{1,3}){3})\/(?<bits>\d{1,2}) /
const LOCAL =
  /^(?:\[ROUTE\])?(?:Deleted )?(?:local|broadcast|multicast|anycast|[\da-f]{0,4}:[\da-f:]{1,40}(?:\/\d{1,3})? dev )/
const OWN_LINE =
  /^Timestamp: (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<when>\w{3} {1,2}\d{1,2} \d\d:\d\d:\d\d) (?<year>\d{4}) (?<micros>\d{1,6}) usec$/
/** Set by hand or by a tool for a person (rtnetlink(7): RTPROT_BOOT, RTPROT_STATIC); daemons have names of their own. */
const BY_HAND = /^(?:static|boot)$/

export const ipMonitor = defineFormat({
  id: 'ip-monitor',
  title: 'ip monitor (links, addresses, routes)',
  source: 'ip-monitor(8), iproute2',
  block: { starts: OWN_LINE, continues: /^(?!Timestamp: )/ },
  detect: (text) => {
    if (text.startsWith('Timestamp: ')) return OWN_LINE.test(text.slice(0, 80).split('\n', 1)[0] ?? '') ? 0.97 : 0
    const when = text.charCodeAt(0) === BRACKET ? readTime(text, 1) : undefined
    return when && text.startsWith('] ', when.end) && isTold(text.slice(when.end + 2)) ? 0.97 : 0
  },
  parse: (text) => {
    const [first = '', ...rest] = text.split('\n', MOST_LINES)
    const own = OWN_LINE.exec(first)?.groups
    if (own) {
      const time = readTime(`${own.when} ${own.year}`)?.time
      const told = rest.filter((line) => /^\S/.test(line))
      return (
        time &&
        acceptAll(told.map((line) => ({ time: plus(time, Number(own.micros) / 1_000), fields: fieldsOf(line) })))
      )
    }
    const when = readTime(text, 1)
    return when && acceptAll([{ time: when.time, fields: fieldsOf(text.slice(when.end + 2)) }])
  },
})

const BRACKET = 91
const MOST_LINES = 200
const isTold = (line: string): boolean =>
  LOCAL.test(line) || FAILED.test(line) || LINK.test(line) || ADDRESS.test(line) || routeOf(line) !== undefined

function fieldsOf(line: string): ParsedFields {
  const base: ParsedFields = { 'event.category': ['network'], 'event.type': ['info'], message: line.trim() }
  if (LOCAL.test(line)) return { ...base, 'event.action': 'other' }
  const failed = FAILED.exec(line)?.groups
  if (failed)
    return {
      ...base,
      'event.action': 'neighbour-failed',
      'event.outcome': 'failure',
      'destination.ip': failed.ip ?? '',
      'interface.name': failed.iface ?? '',
    }
  return { ...base, ...(linkOf(line) ?? addressOf(line) ?? routeOf(line) ?? { 'event.action': 'other' }) }
}

function linkOf(line: string): ParsedFields | undefined {
  const g = LINK.exec(line)?.groups
  if (!g) return undefined
  const isDown = g.gone !== undefined || /NO-CARRIER/.test(g.flags ?? '') || /^(?:LOWERLAYER)?DOWN$/.test(g.state ?? '')
  const isUp = g.state === 'UP' || (g.state === undefined && /LOWER_UP/.test(g.flags ?? ''))
  return {
    'interface.name': g.iface ?? '',
    ...(isDown
      ? { 'event.action': 'link-down', 'event.outcome': 'failure' }
      : isUp
        ? { 'event.action': 'link-up', 'event.outcome': 'success' }
        : { 'event.action': 'other' }),
  }
}

function addressOf(line: string): ParsedFields | undefined {
  const g = ADDRESS.exec(line)?.groups
  if (!g) return undefined
  const network = prefixOf(g.ip ?? '', g.bits ?? '')
  return {
    'interface.name': g.iface ?? '',
    'whytimeout.address': g.ip ?? '',
    ...(g.gone === undefined
      ? {
          'event.action': 'address-assigned',
          'event.outcome': 'success',
          ...(network && { 'whytimeout.network': network }),
        }
      : { 'event.action': 'address-lost', 'event.outcome': 'failure' }),
  }
}

function routeOf(line: string): ParsedFields | undefined {
  const g = ROUTE.exec(line)?.groups
  if (!g || (g.via ?? g.iface ?? g.kind) === undefined) return undefined
  const [ip = '', bits = '32'] = (g.to ?? '').split('/')
  // A route may lead to one address alone: a subscriber's.
  const network = bits === '32' && g.to !== 'default' ? `${ip}/32` : prefixOf(ip, bits)
  const isKernels = g.proto === 'kernel'
  const said: ParsedFields = isKernels
    ? { 'event.action': 'other' }
    : BY_HAND.test(g.proto ?? 'boot')
      ? { 'event.action': 'config-changed' }
      : g.gone !== undefined
        ? { 'event.action': 'route-changed', 'event.outcome': 'failure' }
        : { 'event.action': 'route-changed', 'event.outcome': 'success' }
  return {
    ...said,
    ...(g.iface !== undefined && { 'interface.name': g.iface }),
    ...(network !== undefined && { 'whytimeout.network': network }),
    message: `route: ${line.trim()}`,
  }
}
