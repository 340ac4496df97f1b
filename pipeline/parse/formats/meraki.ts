import type { ParsedFields } from '../../../schemas/event.js'
import { type End, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { keyValues } from '../key-values.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'
import { DOWN, UP } from './tunnels.js'

/**
 * Cisco Meraki appliances (MX), switches and access points: the moment as an epoch with nanoseconds, the device, a type, then words or keys.
 * Source: Meraki documentation, "Syslog Event Types and Log Samples".
 */
const LINE =
  /^(?:<\d{1,3}>)?(?:1 )?(?<at>\d{10}\.\d{1,9}) (?<device>[\w.-]{1,64}) (?<type>flows|ip_flow_start|ip_flow_end|(?:l7_|vpn_|cellular_)?firewall|urls|events|security_event|ids-alerts|airmarshal_events) (?<rest>.{1,4000})$/s
const read = keepingLast((text) => LINE.exec(text)?.groups)

const READINGS: readonly Reading[] = [
  [
    /^dhcp lease of ip (?<addr>[\d.]{7,15}) .{0,80}?for client mac (?<mac>[0-9A-Fa-f:]{17})/,
    { 'event.action': 'address-assigned', 'event.outcome': 'success' },
  ],
  [/^dhcp no offers/i, { 'event.action': 'dhcp-no-answer', 'event.outcome': 'failure' }],
  [
    /^(?:Cellular|Internet \d|WAN ?\d|uplink \w{1,16}) connection down|^port \S{1,16} status changed from \S{1,24} to down/i,
    { 'event.action': 'link-down', 'event.outcome': 'failure' },
  ],
  [
    /^(?:Cellular|Internet \d|WAN ?\d|uplink \w{1,16}) connection up|^port \S{1,16} status changed from down to /i,
    { 'event.action': 'link-up', 'event.outcome': 'success' },
  ],
  [/fail(?:ed)? ?over to (?<iface>[\w ]{1,24})|primary uplink (?:status )?change/i, { 'event.action': 'failover' }],
  [/type=vpn_connectivity_change\b.{0,200}connectivity='?false/, DOWN],
  [/type=vpn_connectivity_change\b.{0,200}connectivity='?true/, UP],
  [/settings changed|configuration (?:changed|updated)/i, { 'event.action': 'config-changed' }],
]
const eventOf = readingsOf(READINGS)

/** A rule's own words, `0` and `1` on older firmware: what is dropped and what passes. */
const endOf = (type: string, pattern: string): End => {
  if (/^(?:deny|0\b)/.test(pattern)) return 'denied'
  if (/^(?:allow|1\b)/.test(pattern)) return 'allowed'
  return type === 'ip_flow_start' ? 'started' : type === 'ip_flow_end' ? 'ended' : 'other'
}

export const meraki = defineFormat({
  id: 'meraki',
  title: 'Cisco Meraki (MX, MS, MR)',
  source: 'Meraki documentation, Syslog Event Types and Log Samples',
  block: {
    starts:
      /^(?:<\d{1,3}>)?(?:1 )?\d{10}\.\d{1,9} [\w.-]{1,64} (?:\w{0,10}flow|\w{0,9}firewall|urls|events|security|ids-|airmarshal)/,
  },
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const line = read(text, header)
    const time = line && readTime(line.at ?? '')?.time
    if (!line || !time) return undefined
    const { type = '', rest = '' } = line
    const box: ParsedFields = { 'observer.type': 'firewall', 'log.logger': type, message: `${type} ${rest}` }
    if (line.device !== undefined) box['host.name'] = line.device
    if (type === 'events') return accept({ 'event.action': 'other', ...eventOf(rest), ...box }, time)
    const keys = keyValues(rest)
    const pattern = /\bpattern: (\S.{0,200})/.exec(rest)?.[1] ?? ''
    const [from, to] = [keys.get('src'), keys.get('dst')].map((end) => /^(.+?)(?::(\d{1,5}))?$/.exec(end ?? ''))
    const flow = {
      ...{ transport: keys.get('protocol'), from: from?.[1], fromPort: keys.get('sport') ?? from?.[2] },
      ...{ fromMac: keys.get('mac'), to: to?.[1], toPort: keys.get('dport') ?? to?.[2] },
      ...{
        natFrom: keys.get('translated_src_ip'),
        natFromPort: keys.get('translated_port'),
        rule: pattern || undefined,
      },
    }
    return accept({ ...flowFields(flow, endOf(type, pattern)), ...box }, time)
  },
})
