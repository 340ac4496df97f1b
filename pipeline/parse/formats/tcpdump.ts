import type { ParsedFields } from '../../../schemas/event.js'
import { count, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { gated } from '../gate.js'
import { readTime } from '../time.js'

/**
 * tcpdump's and tshark-like text, one packet a line, with any of its times (`-t` forms: of day, epoch, with the date), `-i any`'s interface and direction, and
 * `-e`'s link layer left out. A packet is traffic, no attempt: rules see its flags, its length and what ICMP says.
 * Source: tcpdump(8), OUTPUT FORMAT; print-tcp.c, print-icmp.c.
 */
/** 1 time, 2 interface, 3 direction, 4 version, 5 source, 6 destination, 7 the rest */
const LINE = gated(
  /^((?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3,9}|\d{10}\.\d{6,9}) (?:([\w.-]{1,32}) {1,3}(In|Out|B|M|P) {1,3})?IP(6?) ([0-9A-Za-z.:_-]{2,128}) > ([0-9A-Za-z.:_-]{2,128}): ([^\n]{1,2000})/,
)
/** 1 time, 2 asked, 3 by whom; 1 time, 4 whose, 5 hardware address. Source: print-arp.c */
const ARP = gated(
  /^((?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3,9}|\d{10}\.\d{6,9}) (?:[\w.-]{1,32} {1,3}(?:In|Out|B|M|P) {1,3})?ARP, [^\n]{0,60}?(?:Request who-has ((?:\d{1,3}\.){3}\d{1,3}) (?:\([^)\n]{1,40}\) )?tell ((?:\d{1,3}\.){3}\d{1,3})|Reply ((?:\d{1,3}\.){3}\d{1,3}) is-at ([0-9a-f]{2}(?::[0-9a-f]{2}){5}))/,
)
const FLAGS = /^Flags \[([SFPRUEW.]{1,9}|none)\]/
const LENGTH = /(?:, |^[A-Z]{2,5}[^\n]{0,40} )length (\d{1,6})/
/** What an ICMP message says, its type and code (RFC 792). */
const SAID: readonly (readonly [RegExp, number, number])[] = [
  [/need to frag/, 3, 4],
  [/admin(?:istratively)? prohibited/, 3, 13],
  [/udp port|tcp port|port unreachable/, 3, 3],
  [/host .{0,48}unreachable/, 3, 1],
  [/net .{0,48}unreachable/, 3, 0],
  [/echo reply/, 0, 0],
  [/echo request/, 8, 0],
  [/time exceeded/, 11, 0],
]

/** `-e`'s link layer between the time and the packet: 1 time, 2 ARP, IPv4 or IPv6. Source: print-ether.c */
const LINK_LAYER =
  /^((?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3,9} |\d{10}\.\d{6,9} )(?:[\w.-]{1,32} {1,3}(?:In|Out|B|M|P) {1,3})?[0-9a-f:]{17}(?: \([^)\n]{1,40}\))? > (?:[0-9a-f:]{17}|Broadcast)(?: \([^)\n]{1,40}\))?, (?:ethertype )?(ARP|IPv4|IPv6)(?: \(0x[0-9a-f]{4}\))?, length \d{1,6}: /
const WITHOUT: Readonly<Record<string, string>> = { ARP: 'ARP, ', IPv4: 'IP ', IPv6: 'IP6 ' }
const bare = (text: string): string =>
  text.replace(LINK_LAYER, (_, time: string, type: string) => `${time}${WITHOUT[type] ?? ''}`)

const read = keepingLast((text) => LINE.exec(bare(text)))

/** `192.0.2.1.443`, `2001:db8::1.443`; a name or a port by its name stay words. */
function endOf(text: string): { readonly ip: string; readonly port: string | undefined } {
  const four = /^((?:\d{1,3}\.){3}\d{1,3})(?:\.(\d{1,5}))?$/.exec(text)
  const six = four ? null : /^([0-9a-f:]{2,45})(?:\.(\d{1,5}))?$/i.exec(text)
  const m = four ?? six
  return { ip: m?.[1] ?? text, port: m?.[2] }
}

export const tcpdump = defineFormat({
  id: 'tcpdump',
  title: 'tcpdump text',
  source: 'tcpdump(8), OUTPUT FORMAT',
  block: { starts: LINE.pattern },
  detect: (text, header) => (read(text, header) || ARP.test(bare(text)) ? 1 : 0),
  parse: (text, header) => {
    const m = read(text, header)
    if (!m) return arp(text)
    const [, stamp = '', iface, direction, , source = '', destination = '', rest = ''] = m
    const [from, to] = [endOf(source), endOf(destination)]
    const flags = FLAGS.exec(rest)?.[1]
    const isIcmp = rest.startsWith('ICMP')
    const transport =
      flags !== undefined
        ? 'tcp'
        : isIcmp
          ? rest.startsWith('ICMP6')
            ? 'ipv6-icmp'
            : 'icmp'
          : /^UDP|length \d/.test(rest)
            ? 'udp'
            : undefined
    const kind = isIcmp ? SAID.find(([said]) => said.test(rest)) : undefined
    const bytes = count(LENGTH.exec(rest)?.[1])
    return accept(
      {
        ...flowFields({ transport, from: from.ip, to: to.ip, fromPort: from.port, toPort: to.port, flags }, 'other'),
        ...(iface !== undefined && iface !== 'any' && { 'interface.name': iface }),
        ...((direction === 'In' || direction === 'Out') && {
          'network.direction': direction === 'In' ? 'inbound' : 'outbound',
        }),
        ...(kind && { 'whytimeout.icmp_type': kind[1], 'whytimeout.icmp_code': kind[2] }),
        ...(kind?.[1] === 3 && {
          'event.action': kind[2] === 4 ? ('mtu-exceeded' as const) : ('icmp-unreachable' as const),
        }),
        ...(bytes !== undefined && { 'network.bytes': bytes }),
        message: rest.slice(0, 600),
      },
      readTime(stamp)?.time,
    )
  },
})

/** Who asks says that the address is its own (RFC 826); with `-e` the frame tells whose it is. */
function senderOf(text: string): ParsedFields {
  const mac = /^[^>]{0,40}?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?: \([^)]{1,40}\))? > /i.exec(text)?.[1]
  return mac === undefined ? {} : { 'source.mac': mac }
}

function arp(text: string) {
  const m = ARP.exec(bare(text))
  if (!m) return undefined
  const [, stamp = '', asked, asker, holder, mac] = m
  const fields: ParsedFields =
    asked !== undefined && asker !== undefined
      ? {
          ...{ 'event.action': 'neighbour-asked', 'source.ip': asker, 'destination.ip': asked },
          ...senderOf(text),
        }
      : { 'event.action': 'neighbour-seen', ...(holder && { 'source.ip': holder }), ...(mac && { 'source.mac': mac }) }
  return accept(
    { 'event.category': ['network'], 'event.type': ['info'], ...fields, message: text.slice(0, 300) },
    readTime(stamp)?.time,
  )
}
