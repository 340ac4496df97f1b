import type { ParsedFields } from '../../schemas/event.js'
import { readHostPort } from './access-line.js'
import { type Columns, plainName } from './columns.js'
import { splitCsv } from './csv.js'

/**
 * Rows of what monitors keep as CSV, under whatever names: a target with sent, received and lost probes; an interface or port with its counters; the
 * size of a table of connections. Units are those of the columns' names.
 */
type Row = ReadonlyMap<string, string>

const LOSS = ['losspct', 'losspercent', 'lossperc', 'packetloss', 'packetlosspct', 'pktloss', 'pktlosspct', 'loss']
const ROUND_TRIP = ['rttavgms', 'avgrttms', 'avgms', 'rttms', 'rttavg', 'avgrtt', 'latencyms', 'rtt', 'avg']
const TARGET = ['target', 'dst', 'dest', 'destination', 'peer', 'host', 'address', 'ip']
const INTERFACE = ['if', 'ifname', 'iface', 'interface', 'ifdescr', 'port', 'device', 'dev']
/** What is counted, as drivers, kernels and switches name it; speeds are readings. */
const COUNTER =
  /^(?:(?:rx|tx|in|out|fwd|if|ucast|bcast|mcast)[_.-]?(?:if)?[_.-]?(?:hc)?[_.-]?[a-z_.-]{0,24}(?:bytes?|octets|pkts?|packets?|err(?:s|ors?)?|drops?|dropped|discards?|crc|fcs\w{0,8}|align\w{0,8}|frame\w{0,8}|coll(?:s|isions)?|k?bps|[kmp]?pps)|conntrack\w{0,16}|(?:nat|open|active|tcp)?[_.-]?sessions|connections|crc\w{0,12}|late_collisions)$/i
const MOST_COUNTERS = 64
const NUMBER = /^-?\d{1,18}(?:\.\d{1,6})?$/

/** @returns undefined where the row is of no monitor */
export const readMonitorRow = (text: string, row: Row, columns: Columns): ParsedFields | undefined =>
  probeOf(row) ?? countersOf(text, row, columns)

const first = (row: Row, names: readonly string[]): string | undefined =>
  names.map((name) => row.get(name)).find((value) => value !== undefined && value !== '')
const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && NUMBER.test(text.replace(/%$/, '')) ? Number(text.replace(/%$/, '')) : undefined

function probeOf(row: Row): ParsedFields | undefined {
  const loss = numberIn(first(row, LOSS))
  const [sent, got] = [
    numberIn(row.get('sent') ?? row.get('xmt')),
    numberIn(row.get('rcvd') ?? row.get('received') ?? row.get('rcv')),
  ]
  const trip = numberIn(first(row, ROUND_TRIP))
  const share = sent !== undefined && got !== undefined && sent > 0 && got <= sent ? (1 - got / sent) * 100 : loss
  if (share === undefined || share < 0 || share > 100 || (sent === undefined && trip === undefined)) return undefined
  const target = first(row, TARGET)
  const to = target === undefined ? undefined : readHostPort(target)
  return {
    'event.kind': 'metric',
    'event.category': ['network'],
    'event.action': share === 100 ? 'probe-lost' : 'probe-answered',
    'event.outcome': share === 100 ? 'failure' : 'success',
    'whytimeout.loss_percent': Math.round(share * 10) / 10,
    ...(trip !== undefined && trip > 0 && share < 100 && { 'whytimeout.rtt_ms': trip }),
    ...(to?.ip !== undefined && { 'destination.ip': to.ip }),
    ...(to?.ip === undefined && target !== undefined && { 'destination.domain': target.toLowerCase().slice(0, 255) }),
    message: `${target ?? 'target'}: ${share.toFixed(0)} % lost${trip === undefined ? '' : `, ${trip} ms`}`,
  }
}

function countersOf(text: string, row: Row, { names, separator }: Columns): ParsedFields | undefined {
  const counted = names.filter((name) => COUNTER.test(name.trim()))
  if (counted.length < 2) return undefined
  const cells = splitCsv(text.replace(/\r$/, ''), names.length, separator)
  const subject = first(row, INTERFACE)
  const counters: Record<string, number> = {}
  for (const name of counted.slice(0, MOST_COUNTERS)) {
    const value = numberIn(cells[names.indexOf(name)]?.trim() ?? row.get(plainName(name)))
    if (value !== undefined && name !== '__proto__')
      counters[subject === undefined ? name : `${subject}.${name}`] = value
  }
  if (Object.keys(counters).length === 0) return undefined
  return {
    'event.kind': 'metric',
    'event.category': ['network'],
    'event.action': 'counter-snapshot',
    'whytimeout.counters': counters,
    message: text.slice(0, 400),
  }
}

/** Whether a column's name is one that monitors use: two of them tell a header, beside the time. */
export const isMonitorsName = (name: string): boolean =>
  COUNTER.test(name) ||
  [LOSS, ROUND_TRIP, TARGET, INTERFACE].some((list) => list.includes(plainName(name))) ||
  /^(?:sent|rcvd|received|xmt|rcv)$/i.test(name)
