import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { prefixOf } from '../prefix.js'
import { readTime } from '../time.js'

/**
 * DHCP clients: ISC dhclient, busybox udhcpc, dhcpcd, systemd-networkd, NetworkManager's lease lines.
 * Source: dhclient(8) and its client/dhclient.c; udhcpc networking/udhcp/dhcpc.c; dhcpcd(8); networkd-dhcp4.c.
 */
const PROGRAMS = /^(?:dhclient|udhcpc|dhcpcd|systemd-networkd|NetworkManager|dhcp6?c)/
/** udhcpc leaves the settings to a script, which tells of them by logger(1), under the name of the user or of the script. */
const SCRIPT = /^(?:\S{0,60}\/)?udhcpc\/\S{0,40}: (?:adding|deleting) /
/** dhcpcd's own log file: time, process id, interface. Source: dhcpcd src/logerr.c. */
const OWN_FILE =
  /^(?:\w{3} [ \d]\d \d\d:\d\d:\d\d )?\[\d{1,10}\]: (?=dhcpcd-\d|dhcpcd exited|[\w.-]{1,16}: (?:soliciting|offered|leased|rebinding|renewing|adding|deleting|changing|carrier|removing|probing|using IPv4LL|rejected|pid \d{1,10} (?:deleted|changed)|IAID|waiting for|no longer a valid|expired|NAK))/
const ADDRESS = String.raw`(?<ip>\d{1,3}(?:\.\d{1,3}){3})`

type Reading = readonly [RegExp, ParsedFields]
const READINGS: readonly Reading[] = [
  // A network that is reached without a router: what the lease's mask makes of the address.
  [
    /: adding route to (?<net>\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})$/,
    { 'event.action': 'address-assigned', 'event.outcome': 'success' },
  ],
  [/: deleting route to \d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/, { 'event.action': 'other' }],
  // dhcpcd tells of the cable too.
  [/^\S{1,16}: carrier lost/, { 'event.action': 'link-down', 'event.outcome': 'failure' }],
  [/^\S{1,16}: carrier acquired/, { 'event.action': 'link-up', 'event.outcome': 'success' }],
  [
    /No DHCPOFFERS received|no lease, (?:failing|forking)|timed out contacting a DHCP server|DHCPv4 (?:connection|server).{0,20}timed out|dhcp4 .{0,40}(?:request timed out|state changed.{0,40}timeout)/i,
    { 'event.action': 'dhcp-no-answer', 'event.outcome': 'failure' },
  ],
  [
    /No working leases in persistent database|DHCP lease (?:lost|expired)|expired|lease lost|deleting (?:address|lease)|DHCPNAK|received NAK|\bNAK:/i,
    { 'event.action': 'address-lost', 'event.outcome': 'failure' },
  ],
  [
    /address .{0,40}(?:in use|conflict)|DHCPDECLINE|duplicate address|hardware address .{0,40}claims/i,
    { 'event.action': 'address-conflict', 'event.outcome': 'failure' },
  ],
  [
    new RegExp(
      String.raw`DHCPACK (?:of|from) ${ADDRESS}|\bbound to ${ADDRESS.replace('ip', 'ip2')}|lease of ${ADDRESS.replace('ip', 'ip3')} obtained|leased ${ADDRESS.replace('ip', 'ip4')}|DHCPv4 address ${ADDRESS.replace('ip', 'ip5')}(?:\/(?<bits>\d{1,2}))?`,
    ),
    { 'event.action': 'address-assigned', 'event.outcome': 'success' },
  ],
  [
    /DHCPDISCOVER|DHCPREQUEST|DHCPOFFER|sending (?:discover|select|renew)|broadcasting discover|soliciting|rebinding|renew/i,
    { 'event.action': 'dhcp-request' },
  ],
]

const GATED = READINGS.map(([pattern, fields]) => ({ gate: gated(pattern), fields }))

export const dhcpClient = defineFormat({
  id: 'dhcp-client',
  title: 'DHCP clients (dhclient, udhcpc, dhcpcd, networkd, NetworkManager)',
  source: 'dhclient(8), busybox udhcpc, dhcpcd(8), systemd-networkd(8)',
  detect: (text, header) =>
    SCRIPT.test(text) || OWN_FILE.test(text)
      ? 1
      : header.program !== undefined && PROGRAMS.test(header.program) && GATED.some(({ gate }) => gate.test(text))
        ? 1
        : header.program === 'dhclient' || header.program === 'udhcpc' || header.program === 'dhcpcd'
          ? 0.9
          : 0,
  parse: (text, header) => {
    const isOwn = OWN_FILE.test(text)
    if (!SCRIPT.test(text) && !isOwn && (header.program === undefined || !PROGRAMS.test(header.program)))
      return undefined
    const time = isOwn ? readTime(text)?.time : undefined
    // Another program took it away.
    const router = /: pid \d{1,10} deleted /.test(text)
      ? undefined
      : /(?:routers?|gateway|default route via|adding default route via) (?<ip>\d{1,3}(?:\.\d{1,3}){3})/.exec(text)
          ?.groups?.ip
    const secs = /renewal in (\d{1,9}) seconds|lease time (\d{1,9})|for (\d{1,9}) seconds/.exec(text)
    for (const { gate, fields } of GATED) {
      const m = gate.exec(text)
      if (!m) continue
      const { net, bits, ...addresses } = m.groups ?? {}
      const address =
        net === undefined
          ? (Object.values(addresses).find((v) => v !== undefined) ??
            new RegExp(`(?:of|for|to) ${ADDRESS}`).exec(text)?.groups?.ip)
          : undefined
      const network = net ?? (address !== undefined && bits !== undefined ? prefixOf(address, bits) : undefined)
      const said: ParsedFields = {
        'event.category': ['network'],
        'network.protocol': 'dhcp',
        ...fields,
        ...(address !== undefined && address !== '255.255.255.255' && { 'whytimeout.address': address }),
        ...(network !== undefined && { 'whytimeout.network': network }),
        ...(router !== undefined && { 'whytimeout.router_ip': router }),
        ...(secs && { 'whytimeout.lease_secs': Number(secs[1] ?? secs[2] ?? secs[3]) }),
        message: text,
      }
      return accept(said, time)
    }
    // The script sets the router at every lease, the same one too: whether it is another, the leases before it show.
    const action = SCRIPT.test(text) || isOwn ? 'dhcp-request' : 'route-changed'
    // dhcpcd takes a route away for another one (option 121, RFC 3442), or because its link or lease has gone.
    const isReplaced = /\b(?:changing|replacing|deleting) (?:default )?route (?:to \S{1,64} )?via /.test(text)
    const told: ParsedFields = {
      'event.action': router !== undefined ? action : isReplaced ? 'route-changed' : 'other',
      ...(router !== undefined && { 'whytimeout.router_ip': router }),
      message: text,
    }
    return accept(told, time)
  },
})
