import { accept, defineFormat } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'

/**
 * DHCP servers: ISC dhcpd, Kea, busybox udhcpd, OpenWrt odhcpd, KeeneticOS ndhcps, and the relay.
 * Source: dhcpd server/dhcp.c (log lines of each message), server/failover.c; Kea "Message Catalog" (DHCP4_*, ALLOC_ENGINE_*);
 * busybox networking/udhcp/dhcpd.c.
 */
const MAC = `(?<mac>[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5})`
const IP = String.raw`(?<addr>\d{1,3}(?:\.\d{1,3}){3})`
const failed = { 'event.outcome': 'failure' } as const
const CLIENT = String.raw`\[hwtype=\d{1,3} ${MAC}\]`
const of = (source: string) => new RegExp(source)
const ASKED = { 'event.action': 'dhcp-request' } as const
const GIVEN = { 'event.action': 'address-assigned', 'event.outcome': 'success' } as const
const LOST = { 'event.action': 'address-lost', ...failed } as const
const CONFLICT = { 'event.action': 'address-conflict', ...failed } as const
const REFUSED = { 'event.action': 'dhcp-no-answer', ...failed } as const

const READINGS: readonly Reading[] = [
  // KeeneticOS, ndhcps: https://help.keenetic.com, "System log"
  [
    of(String.raw`^DHCP(?:REQUEST|DISCOVER) received(?: \(STATE_\w{1,24}\))?(?: for ${IP})? from ${MAC}`),
    { ...ASKED, 'event.reason': 'DHCPREQUEST' },
  ],
  [of(`^sending ACK of ${IP} to ${MAC}`), { ...GIVEN, 'event.reason': 'DHCPACK' }],
  [of(`^sending NAK(?: of ${IP})? to ${MAC}`), { ...LOST, 'event.reason': 'DHCPNAK' }],
  // ISC dhcpd
  [
    of(
      String.raw`^(?:DHCPDISCOVER|DHCPREQUEST) .{0,40}?from ${MAC}(?: \([^)]{1,64}\))? via (?<iface>[\w.:-]{1,45}): .{0,60}?(?<reason>no free leases|unknown network segment|network \S{1,40}: no free leases|wrong network|peer holds all free leases|lease \S{1,40} unavailable|not responding \([^)]{1,40}\)|ignored[^\n]{0,60})`,
    ),
    REFUSED,
  ],
  [
    of(String.raw`^DHCPDISCOVER from ${MAC}(?: \([^)]{1,64}\))? via (?<iface>[\w.:-]{1,45})`),
    { ...ASKED, 'event.reason': 'DHCPDISCOVER' },
  ],
  [
    of(String.raw`^DHCPOFFER on ${IP} to ${MAC}(?: \([^)]{1,64}\))? via (?<iface>[\w.:-]{1,45})`),
    { ...ASKED, 'event.reason': 'DHCPOFFER' },
  ],
  [
    of(
      String.raw`^DHCPREQUEST for ${IP}(?: \([\d.]{7,15}\))? from ${MAC}(?: \([^)]{1,64}\))? via (?<iface>[\w.:-]{1,45})`,
    ),
    { ...ASKED, 'event.reason': 'DHCPREQUEST' },
  ],
  [
    of(String.raw`^DHCPACK (?:on|to) ${IP}(?: to|) \(?${MAC}\)?(?: \([^)]{1,64}\))? via (?<iface>[\w.:-]{1,45})`),
    { ...GIVEN, 'event.reason': 'DHCPACK' },
  ],
  [
    of(String.raw`^DHCPNAK on ${IP} to ${MAC}(?: via (?<iface>[\w.:-]{1,45}))?`),
    { ...LOST, 'event.reason': 'DHCPNAK' },
  ],
  [
    of(String.raw`^DHCPDECLINE (?:of|on) ${IP} from ${MAC}.{0,70}?via (?<iface>[\w.-]{1,24})`),
    { ...CONFLICT, 'event.reason': 'DHCPDECLINE' },
  ],
  [
    of(String.raw`^DHCPRELEASE of ${IP} from ${MAC}.{0,70}?via (?<iface>[\w.-]{1,24})`),
    { 'event.action': 'other', 'event.reason': 'DHCPRELEASE' },
  ],
  [of(String.raw`^DHCPINFORM from ${IP} via (?<iface>[\w.:-]{1,45})`), { ...ASKED, 'event.reason': 'DHCPINFORM' }],
  [
    of(
      String.raw`^Abandoning IP address ${IP}: (?<reason>[^\n]{1,60})|ICMP Echo reply while lease (?<x_lease>[\d.]{7,15}) valid`,
    ),
    CONFLICT,
  ],
  [
    /failover peer (?<service>\S{1,64}): (?<reason>(?:I move|peer moves) from [^\n]{1,80}|[^\n]{0,40}(?:timed out|communications-interrupted|disconnected)[^\n]{0,40})/,
    { 'event.action': 'server-down', ...failed },
  ],
  [
    /No subnet declaration for (?<iface>\S{1,24})|Not configured to listen on any interfaces|not authoritative for subnet (?<x_subnet>[\d.]{7,15})/,
    { 'event.action': 'other', ...failed },
  ],
  [
    /^Internet Systems Consortium DHCP Server (?<version>\S{1,24})|^udhcpd: started|^started, v(?<x_version>\S{1,16})/,
    { 'event.action': 'program-started' },
  ],
  // Kea
  [
    of(
      String.raw`DHCP4_LEASE_(?:ALLOC|RENEW)\w{0,8} ${CLIENT}.{0,160}?lease ${IP} has been (?:allocated|renewed) for (?<lease>\d{1,10}) seconds`,
    ),
    GIVEN,
  ],
  // The options of what it answers, one a line: 3 is the router, 6 the name servers (RFC 2132).
  [
    of(
      String.raw`DHCP4_RESPONSE_DATA ${CLIENT}[^\n]{0,400}DHCPACK[^]{0,1200}?\stype=003, len=\d{3}: (?<router>[\d.]{7,15})(?:[^]{0,800}?\stype=006, len=\d{3}: (?<ns>[\d.]{7,15}))?`,
    ),
    ASKED,
  ],
  [of(`DHCP4_LEASE_(?:OFFER|ADVERT) ${CLIENT}.{0,160}?lease ${IP}`), ASKED],
  [of(`DHCP4_(?:PACKET_RECEIVED|QUERY_DATA) ${CLIENT}.{0,160}?: (?<reason>DHCP[A-Z]{3,10})`), ASKED],
  [
    of(
      String.raw`(?<code>ALLOC_ENGINE_V4_(?:ALLOC_FAIL\w{0,24}|ALLOC_ERROR)|DHCP4_(?:LEASE_ALLOC_FAIL\w{0,8}|SUBNET_SELECTION_FAILED|NO_LEASE_INIT_REBOOT|INIT_REBOOT|PACKET_DROP_\d{4}|PACKET_NAK_\d{4}|DISCOVER\w{0,20}FAIL\w{0,4})) ${CLIENT}.{0,60}?: (?<reason>[^\n]{1,120})`,
    ),
    REFUSED,
  ],
  [
    of(String.raw`(?<code>DHCP4_DECLINE_LEASE\w{0,12}) .{0,60}?lease ${IP}|(?<x_code>DHCP4_DECLINE_\w{1,24})`),
    CONFLICT,
  ],
  [of(String.raw`(?<code>DHCP4_RELEASE\w{0,12}) ${CLIENT}.{0,160}?${IP}`), { 'event.action': 'other' }],
  [
    /(?<code>HA_COMMUNICATION_INTERRUPTED|HA_HEARTBEAT_COMMUNICATIONS_FAILED|HA_LEASE_UPDATE_COMMUNICATIONS_FAILED|DHCPSRV_\w{1,40}_(?:LOST|FAILED)\w{0,20})/,
    { 'event.action': 'server-down', ...failed },
  ],
  [
    /(?<code>DHCP4_STARTED|DHCP4_STARTING) .{0,40}?(?:version |v)?(?<version>\d\.\d[\w.]{0,12})?/,
    { 'event.action': 'program-started' },
  ],
  [/(?<code>DHCP4_SHUTDOWN)\b|^(?:Server )?exiting\b/, { 'event.action': 'program-stopped' }],
  // The networks it hands addresses of, told at its start and whenever its settings are read again.
  [
    /(?<code>DHCPSRV_CFGMGR_NEW_SUBNET4) a new subnet has been added to configuration: (?<network>\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/,
    { 'event.action': 'address-assigned', 'event.outcome': 'success' },
  ],
  [
    /(?<code>DHCP4_[A-Z0-9_]{3,48}|DHCPSRV_[A-Z0-9_]{3,48}|DHCP6_[A-Z0-9_]{3,48}|COMMAND_[A-Z_]{3,40})\b/,
    { 'event.action': 'other' },
  ],
  // udhcpd, odhcpd
  [of(`[Ss]ending (?:an? )?ACK to ${IP}`), GIVEN],
  [of(`[Ss]ending (?:an? )?OFFER (?:of|to) ${IP}|[Rr]eceived (?:a )?(?<reason>DISCOVER|REQUEST)`), ASKED],
  [/[Ss]ending (?:an? )?NAK/, LOST],
  [/no free IP addresses|OFFER abandoned|no leases? (?:left|available)/, REFUSED],
]

const read = readingsOf(READINGS)
const PROGRAMS = /^(?:dhcpd|dhcrelay|kea-dhcp[46]|kea-dhcp-ddns|udhcpd|odhcpd|ndhcps)/
/** Kea's own file: time, level, logger with process and thread, then the message's code. One thread in ten looks like a card and is masked. */
const KEA =
  /^(?<level>INFO|WARN|ERROR|FATAL|DEBUG) {1,3}\[(?<logger>kea-[\w.-]{1,60})\/[\d*]{1,10}(?:\.[\d*]{1,20})?\] /

export const dhcpServer = defineFormat({
  id: 'dhcp-server',
  title: 'DHCP servers (ISC dhcpd, Kea, udhcpd, odhcpd, ndhcps)',
  source: 'dhcpd(8), server/dhcp.c; Kea message catalog; busybox udhcpd',
  detect: (text, header) => {
    if (header.program !== undefined) return PROGRAMS.test(header.program) ? 1 : 0
    const when = text.includes('[kea-') ? readTime(text, 0) : undefined
    return when && KEA.test(text.slice(when.end).trimStart()) ? 0.97 : 0
  },
  parse: (text, header) => {
    if (header.program !== undefined && !PROGRAMS.test(header.program)) return undefined
    const when = header.program === undefined ? readTime(text, 0) : undefined
    const body = when ? text.slice(when.end).trimStart() : text
    const kea = KEA.exec(body)
    const message = kea ? body.slice(kea[0].length) : body
    const fields = read(message) ?? { 'event.action': 'other' as const }
    fields['event.category'] = ['network']
    fields['network.protocol'] = 'dhcp'
    if (kea?.groups?.level !== undefined) fields['log.level'] = kea.groups.level.toLowerCase()
    if (kea?.groups?.logger !== undefined) fields['log.logger'] = kea.groups.logger
    fields.message = message
    return accept(fields, when?.time)
  },
})
