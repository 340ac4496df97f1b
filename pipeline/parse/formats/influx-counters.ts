import type { ParsedFields } from '../../../schemas/event.js'

/**
 * Counters of a host as Telegraf measures them, under the names that the same counters have in netstat, ip and sar: rules know those.
 * Source: Telegraf plugins/inputs/{cpu,mem,swap,disk,system,net,netstat,nstat,conntrack}/README.md.
 */
type Measured = {
  readonly name: string
  readonly tags: ReadonlyMap<string, string>
  readonly numbers: ReadonlyMap<string, number>
}
type Naming = (field: string, point: Measured) => string | undefined

const table =
  (names: Readonly<Record<string, string>>): Naming =>
  (field) =>
    Object.hasOwn(names, field) ? names[field] : undefined

const CPU = table({
  usage_user: '%user',
  usage_system: '%system',
  usage_idle: '%idle',
  usage_iowait: '%iowait',
  usage_steal: '%steal',
  usage_softirq: '%soft',
})

const DEVICE: Readonly<Record<string, string>> = {
  bytes_recv: 'rx_bytes',
  bytes_sent: 'tx_bytes',
  packets_recv: 'rx_packets',
  packets_sent: 'tx_packets',
  err_in: 'rx_errors',
  err_out: 'tx_errors',
  drop_in: 'rx_dropped',
  drop_out: 'tx_dropped',
}
/** Of all interfaces together Telegraf gives /proc/net/snmp, in small letters. */
const SNMP: Readonly<Record<string, string>> = {
  tcp_activeopens: 'ActiveOpens',
  tcp_passiveopens: 'PassiveOpens',
  tcp_attemptfails: 'AttemptFails',
  tcp_estabresets: 'EstabResets',
  tcp_currestab: 'CurrEstab',
  tcp_retranssegs: 'RetransSegs',
  tcp_inerrs: 'InErrs',
  tcp_incsumerrors: 'InCsumErrors',
  tcp_outrsts: 'OutRsts',
}
const ALL = 'all'

const net: Naming = (field, { tags }) => {
  const iface = tags.get('interface') ?? ALL
  if (iface === ALL) return Object.hasOwn(SNMP, field) ? SNMP[field] : field
  return Object.hasOwn(DEVICE, field) ? `${iface}.${DEVICE[field]}` : undefined
}

/** `tcp_close_wait`: as ss names states. */
const netstat: Naming = (field) => {
  if (!field.startsWith('tcp_')) return field
  const state = field.slice('tcp_'.length)
  return `sockets.${state === 'established' ? 'estab' : state.replace('_', '-')}`
}

/** TCP's own counters go without the name of their table, as in /proc/net/netstat. */
const nstat: Naming = (field) => /^Tcp(?:Ext)?([A-Z][A-Za-z0-9]{2,40})$/.exec(field)?.[1] ?? field

const conntrack: Naming = (field) =>
  /^(?:ip|nf)_conntrack_count$/.test(field) ? 'count' : /^(?:ip|nf)_conntrack_max$/.test(field) ? 'max' : field

const disk: Naming = (field, { tags }) =>
  field === 'used_percent' ? `${tags.get('path') ?? tags.get('device') ?? 'disk'}.%used` : undefined

const NAMINGS: Readonly<Record<string, Naming>> = {
  cpu: CPU,
  mem: table({ used_percent: '%memused', available_percent: '%memavail' }),
  swap: table({ used_percent: '%swpused', in: 'swap_in', out: 'swap_out' }),
  system: table({ load1: 'load.1m', load5: 'load.5m', load15: 'load.15m' }),
  disk,
  net,
  netstat,
  nstat,
  conntrack,
}

const MOST_COUNTERS = 500

/**
 * @returns a snapshot of counters, or an event that says nothing of its own where the measurement is none of a host; undefined for one processor of many
 */
export function countersOf(point: Measured): ParsedFields | undefined {
  const { name, tags, numbers } = point
  const naming = Object.hasOwn(NAMINGS, name) ? NAMINGS[name] : undefined
  if (!naming) return { 'event.action': 'other' }
  const cpu = tags.get('cpu')
  if (cpu !== undefined && cpu !== 'cpu-total' && cpu !== ALL) return undefined
  const counters: Record<string, number> = {}
  for (const [field, value] of numbers) {
    const as = naming(field, point)
    if (as !== undefined && as !== '__proto__' && Object.keys(counters).length < MOST_COUNTERS) counters[as] = value
  }
  if (Object.keys(counters).length === 0) return { 'event.action': 'other' }
  const said = Object.entries(counters).flatMap(([as, value]) => (value === 0 ? [] : [`${as} ${value}`]))
  return {
    'event.category': ['host'],
    'event.action': 'counter-snapshot',
    'whytimeout.counters': counters,
    message: `${name}: ${said.join(', ') || 'all zero'}`,
  }
}
