import { isPerformanceHeader, MOST_COUNTERS, readColumns } from '../columns.js'
import { splitCsv } from '../csv.js'
import { accept, defineFormat, type Header, keepingLast } from '../format.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Windows performance counters as typeperf, relog and perfmon write them: a first line that names each counter by its path,
 * `\\HOST\Processor(_Total)\% Processor Time`, then a row a sample, the date with the month first in every language. They get the names that sysstat
 * and Linux have for the same, which rules know; what has none there keeps its own.
 * Source: Microsoft Learn, typeperf; PdhMakeCounterPath (the syntax of a path); the objects Processor, PhysicalDisk, TCPv4, Network Interface.
 */
const PATH = /^\\\\[^\\]{1,64}\\(?<object>[^\\(]{1,64}?)(?:\((?<instance>[^\\]{0,128})\))?\\(?<counter>[^\\]{1,128})$/
/** `(PDH-CSV 4.0) (Romance Standard Time)(-120)`: minutes west of UTC. */
const BIAS = /^\(PDH-[CT]SV 4\.0\) \([^)]{1,64}\)\((-?\d{1,3})\)$/

type Naming = { readonly name: string; readonly of?: (value: number) => number }
const rest = (value: number): number => Math.max(0, 100 - value)
const NAMES: Readonly<Record<string, Naming>> = {
  'processor|% processor time': { name: '%idle', of: rest },
  'processor|% user time': { name: '%user' },
  'processor|% privileged time': { name: '%system' },
  'physicaldisk|% idle time': { name: '%util', of: rest },
  'physicaldisk|% disk time': { name: '%util', of: (value) => Math.min(100, value) },
  'tcpv4|segments retransmitted/sec': { name: 'retrans/s' },
  'tcpv4|connection failures': { name: 'AttemptFails' },
  'tcpv4|connections established': { name: 'sockets.estab' },
  'tcpv4|connections reset': { name: 'EstabResets' },
  'network interface|packets received errors': { name: 'rx_errors' },
  'network interface|packets outbound errors': { name: 'tx_errors' },
  'network interface|packets received discarded': { name: 'rx_dropped' },
  'network interface|packets outbound discarded': { name: 'tx_dropped' },
}
const SAME: Readonly<Record<string, string>> = {
  'processor information': 'processor',
  logicaldisk: 'physicaldisk',
  tcpv6: 'tcpv4',
  'network adapter': 'network interface',
}
const ALL = /^(?:_total|\d{1,3},_total)$/i

type Column = { readonly name: string; readonly of: (value: number) => number }
type Head = {
  readonly separator: string
  readonly columns: readonly (Column | undefined)[]
  readonly offsetMin?: number
}
const asIs = (value: number): number => value

function columnOf(path: string): Column | undefined {
  const g = PATH.exec(path)?.groups
  if (!g) return undefined
  const object = (g.object as string).toLowerCase()
  const instance = g.instance === undefined || ALL.test(g.instance) ? undefined : g.instance
  const known = NAMES[`${SAME[object] ?? object}|${(g.counter as string).toLowerCase()}`]
  // One processor of many says little of the whole.
  if (known && instance !== undefined && known.name.startsWith('%') && known.name !== '%util') return undefined
  const name = known?.name ?? `${g.object}.${g.counter}`
  return { name: instance === undefined ? name : `${instance}.${name}`, of: known?.of ?? asIs }
}

const heads = new Map<string, Head>()
function headOf(line: string): Head {
  const kept = heads.get(line)
  if (kept) return kept
  if (heads.size > 64) heads.clear()
  const { names = [], separator = ',' } = readColumns(line) ?? {}
  const bias = BIAS.exec(names[0] ?? '')?.[1]
  const head = { separator, columns: names.map(columnOf), ...(bias !== undefined && { offsetMin: -Number(bias) }) }
  heads.set(line, head)
  return head
}

type Sample = { readonly time: WallTime; readonly counters: Record<string, number> }
const ROW = /^"[01]\d\/[0-3]\d\/20\d\d [0-2]\d:[0-5]\d:[0-5]\d\.\d{3}"[,\t]/
const read = keepingLast((text: string, header: Header): Sample | undefined => {
  if (!ROW.test(text)) return undefined
  for (const line of header.columns ?? []) {
    if (!isPerformanceHeader(line)) continue
    const { separator, columns, offsetMin } = headOf(line)
    const cells = splitCsv(text.replace(/\r$/, ''), MOST_COUNTERS, separator)
    const time = cells.length === columns.length ? readTime(cells[0] as string)?.time : undefined
    if (!time) continue
    const counters: Record<string, number> = {}
    for (const [i, cell] of cells.entries()) {
      const column = columns[i]
      const value = cell.trim() === '' ? Number.NaN : Number(cell)
      if (column && Number.isFinite(value) && column.name !== '__proto__') counters[column.name] = column.of(value)
    }
    const { otherDate: _, order: __, ...monthFirst } = time
    return { time: { ...monthFirst, ...(offsetMin !== undefined && { offsetMin }) }, counters }
  }
  return undefined
})

export const windowsCounters = defineFormat({
  id: 'windows-counters',
  title: 'Windows performance counters (typeperf, relog and perfmon as CSV or TSV)',
  source: 'Microsoft Learn, typeperf; PdhMakeCounterPath',
  block: { starts: ROW },
  detect: (text, header) => (read(text, header) ? 0.99 : 0),
  parse: (text, header) => {
    const sample = read(text, header)
    if (!sample) return undefined
    const said = Object.entries(sample.counters).map(([name, value]) => `${name} ${Math.round(value * 10) / 10}`)
    return accept(
      {
        'event.kind': 'metric',
        'event.category': ['host'],
        'event.action': 'counter-snapshot',
        'whytimeout.counters': sample.counters,
        message: said.join(', ').slice(0, 400),
      },
      sample.time,
    )
  },
})
