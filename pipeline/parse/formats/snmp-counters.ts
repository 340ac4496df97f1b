import { accept, defineFormat, keepingLast } from '../format.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Counters that somebody asked a box for: lines of snmpget and snmpwalk behind a time, `EtherLike-MIB::dot3StatsFCSErrors.24 = Counter32: 14`, with the
 * box's name or address before them or not, by name or by number (where net-snmp finds no MIB). They have the names that the same counters have on
 * Linux, behind the box and the interface's index: rules know those.
 * Source: snmpcmd(1), output; RFC 2863 (IF-MIB), RFC 3635 (EtherLike-MIB), RFC 4022 (TCP-MIB).
 */
const LINE =
  /^(?:(?<box>[\w.-]{1,64}):? {1,4})?(?:[A-Z][\w-]{2,24}::(?<name>[a-z][A-Za-z0-9]{3,40})|(?:iso|\.?1)\.3\.6\.1\.2\.1\.(?<oid>[\d.]{3,24}))\.(?<index>\d{1,10}) = (?:Counter(?:32|64)|Gauge32|INTEGER): (?<value>\d{1,20})\s{0,4}$/
const NAMES: Readonly<Record<string, string>> = {
  ifInErrors: 'rx_errors',
  ifOutErrors: 'tx_errors',
  ifInDiscards: 'rx_dropped',
  ifOutDiscards: 'tx_dropped',
  ifInOctets: 'rx_bytes',
  ifHCInOctets: 'rx_bytes',
  ifOutOctets: 'tx_bytes',
  ifHCOutOctets: 'tx_bytes',
  dot3StatsFCSErrors: 'fcs_errors',
  dot3StatsAlignmentErrors: 'align_errors',
  dot3StatsSymbolErrors: 'symbol_errors',
  dot3StatsLateCollisions: 'late_collisions',
  dot3StatsFrameTooLongs: 'length_errors',
  dot3StatsInternalMacReceiveErrors: 'rx_fifo_errors',
}
/** Below 1.3.6.1.2.1. */
const NUMBERS: Readonly<Record<string, string>> = {
  '2.2.1.14': 'ifInErrors',
  '2.2.1.20': 'ifOutErrors',
  '2.2.1.13': 'ifInDiscards',
  '2.2.1.19': 'ifOutDiscards',
  '2.2.1.10': 'ifInOctets',
  '2.2.1.16': 'ifOutOctets',
  '31.1.1.1.6': 'ifHCInOctets',
  '31.1.1.1.10': 'ifHCOutOctets',
  '10.7.2.1.2': 'dot3StatsAlignmentErrors',
  '10.7.2.1.3': 'dot3StatsFCSErrors',
  '10.7.2.1.8': 'dot3StatsLateCollisions',
  '10.7.2.1.18': 'dot3StatsSymbolErrors',
}
const TCP = /^tcp([A-Z]\w{3,24})$/

type Asked = { readonly time: WallTime; readonly counter: string; readonly value: number }
const read = keepingLast((text: string): Asked | undefined => {
  const when = text.includes(' = ') ? readTime(text, 0) : undefined
  const g = when && LINE.exec(text.slice(when.end).trimStart())?.groups
  if (!when || !g) return undefined
  const name = g.name ?? NUMBERS[g.oid as string]
  if (name === undefined) return undefined
  const known = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
  // TCP's own count for the whole box.
  const counter = known ? `${g.index}.${known}` : (TCP.exec(name)?.[1] ?? `${g.index}.${name}`)
  return { time: when.time, counter: g.box === undefined ? counter : `${g.box}.${counter}`, value: Number(g.value) }
})

export const snmpCounters = defineFormat({
  id: 'snmp-counters',
  title: 'Counters by SNMP (snmpget and snmpwalk behind a time)',
  source: 'snmpcmd(1); RFC 2863, RFC 3635, RFC 4022',
  detect: (text, header) => (read(text, header) ? 0.98 : 0),
  parse: (text, header) => {
    const asked = read(text, header)
    return (
      asked &&
      accept(
        {
          'event.kind': 'metric',
          'event.category': ['host'],
          'event.action': 'counter-snapshot',
          'whytimeout.counters': { [asked.counter]: asked.value },
          message: text.slice(0, 400),
        },
        asked.time,
      )
    )
  },
})
