import type { ParsedFields } from '../../../schemas/event.js'
import { accept, acceptAll, defineFormat } from '../format.js'
import { createHostCounters } from '../host-counters.js'
import { probesIn } from '../line-quality.js'
import { readTime } from '../time.js'

/**
 * Snapshots of counters behind a line with the time: `conntrack -S` and `-C`, `netstat -s`, `nstat`, and what `host-counters.ts` knows.
 * Rules look at their growth, or at the reading.
 * Source: conntrack(8); netstat(8) and net-tools statistics.c; nstat(8); Linux Documentation/networking/snmp_counter.
 */
const DATE_LINE = /^\s{0,4}(?:\[|[=#*>@~+-]{1,16} ?)?(?=\d|[A-Z])/
const CPU_LINE = /^\s{0,4}cpu=\d{1,4}\s/
const PAIR = /\b([a-z][a-z_]{1,40})=(\d{1,18})\b/g
const COUNT = /^\s{0,4}(?:count|entries|nf_conntrack_count)[ =:]{1,3}(\d{1,12})\s*$/
const NUMBER_FIRST = /^\s{1,12}(\d{1,18}) ([A-Za-z][A-Za-z0-9 ,'/-]{3,90})$/
const NAME_FIRST = /^\s{0,12}(?:TcpExt|Tcp|Ip|IpExt|Udp)?([A-Z][A-Za-z0-9]{3,40})(?::\s|\s{2,})(\d{1,18})(?:\s|$)/
const RETURN_LINE = /^\s{1,12}([A-Za-z][A-Za-z_ ]{3,60}): (\d{1,18})$/

/** Of an error or a warning; `TcpInCsumErrors 4` is a counter. */
const NO_COUNTERS =
  /^[^\n]{0,40}\b(?:WARNING|ERROR|FATAL)\b|\b(?:[A-Z][a-z]{1,20}){0,6}(?:Error|Exception)\b(?!\s{1,40}\d)|\n\s{1,16}at /

/** Of one snapshot. */
const MOST_LINES = 1_000
const MOST_COUNTERS = 500

/** Names in net-tools' statistics.c for what nstat calls otherwise. */
const KNOWN: Readonly<Record<string, string>> = {
  'SYNs to LISTEN sockets dropped': 'ListenDrops',
  'times the listen queue of a socket overflowed': 'ListenOverflows',
  'segments retransmitted': 'RetransSegs',
  'segments retransmited': 'RetransSegs',
  'SYN cookies sent': 'SyncookiesSent',
  'resets received for embryonic SYN_RECV sockets': 'EmbryonicRsts',
}

export const counters = defineFormat({
  id: 'counters',
  title: 'Counter snapshots (conntrack -S, netstat -s, nstat, ss, ip -s link, ethtool -S, iostat, /proc/net)',
  source: 'conntrack(8), netstat(8), nstat(8)',
  // An error object that a program prints has numbers too.
  detect: (text) => (text.includes('\n') && !NO_COUNTERS.test(text) && Object.keys(read(text)).length > 0 ? 0.97 : 0),
  parse: (text) => {
    const first = text.slice(0, text.indexOf('\n') < 0 ? 64 : text.indexOf('\n'))
    const lead = DATE_LINE.exec(first)?.[0].length ?? 0
    const when = readTime(first, lead)
    const found = read(text)
    if (!when || Object.keys(found).length === 0) return undefined
    const snapshot: ParsedFields = {
      'event.kind': 'metric',
      'event.category': ['host'],
      'event.action': 'counter-snapshot',
      'whytimeout.counters': found,
      message: text.slice(0, 400),
    }
    const probes = probesIn(text)
    if (probes.length < 2) return accept(snapshot, when.time)
    return acceptAll([snapshot, ...probes].map((fields) => ({ time: when.time, fields })))
  },
})

function read(text: string): Record<string, number> {
  const found: Record<string, number> = {}
  let count = 0
  const add = (name: string, value: string | number, sum = false) => {
    if (name === '__proto__' || (found[name] === undefined && ++count > MOST_COUNTERS)) return
    found[name] = (sum ? (found[name] ?? 0) : 0) + Number(value)
  }
  const takes = createHostCounters(add)
  for (const line of text.split('\n').slice(1, MOST_LINES)) {
    if (takes(line)) continue
    if (CPU_LINE.test(line)) {
      for (const m of line.matchAll(PAIR)) if (m[1] !== 'cpu') add(m[1] as string, m[2] as string, true)
      continue
    }
    const entries = COUNT.exec(line)
    if (entries) add('count', entries[1] as string)
    const numbered = NUMBER_FIRST.exec(line)
    if (numbered) add(KNOWN[(numbered[2] as string).trim()] ?? snake(numbered[2] as string), numbered[1] as string)
    const named = NAME_FIRST.exec(line)
    if (named) add(named[1] as string, named[2] as string)
    const labelled = RETURN_LINE.exec(line)
    if (labelled && !named) add(snake(labelled[1] as string), labelled[2] as string)
  }
  return found
}

const snake = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
