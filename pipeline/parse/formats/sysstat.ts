import type { ParsedEvent } from '../format.js'
import { acceptAll, defineFormat } from '../format.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Tables of sysstat with a time at the head of each row: `sar` of any kind, `sadf -d`, `mpstat`, `vmstat -t`. Columns whose name ends in `/s` are rates of the time
 * since the row before; the others are readings. Rows that stand for one of several things (an interface, a disk) have its name before the column's: `eth0.rxerr/s`.
 * Source: sar(1), mpstat(1), sadf(1) of sysstat 12; vmstat(8) of procps.
 */
const CLOCK = '\\d{2}:\\d{2}:\\d{2}(?: [AP]M)?'
/** A line of nothing but names of columns, one of which only such tables have. */
const HEAD = new RegExp(
  `^${CLOCK}(?=\\s)(?!\\s+(?:UID|USER)\\s+PID)(?=.{0,400}(?:[A-Za-z]/s\\b|\\s%[a-z]|\\stotsck\\b|\\srunq-sz\\b|\\skbmemfree\\b))(?:\\s+[%A-Za-z][\\w%/.-]{0,20}){2,30}\\s*$`,
)
const ROW = new RegExp(`^(${CLOCK})\\s+(\\S.{0,2000})$`)
const SADF_HEAD = /^# ?hostname;interval;timestamp;\S{1,2000}$/
const VMSTAT_HEAD = /^ ?r +b +swpd +free +(?:buff|inact) +(?:cache|active) +si +so +bi +bo +in +cs +us +sy +id +wa/
const VMSTAT_TIME = /(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})\s*$/
/** Columns that name what a row is about. */
const SUBJECTS = new Set(['IFACE', 'DEV', 'CPU', 'FCHOST', 'TTY', 'INTR', 'BUS'])
const NUMBER = /^-?\d{1,15}(?:[.,]\d{1,6})?$/
const MOST_ROWS = 2_000
const MOST_COUNTERS = 400

type Sample = { readonly time: WallTime; readonly line: string; readonly counters: Record<string, number> }

export const sysstat = defineFormat({
  id: 'sysstat',
  title: 'sysstat tables (sar, sadf -d, mpstat), vmstat -t',
  source: 'sar(1), mpstat(1), sadf(1), vmstat(8)',
  block: {
    starts: new RegExp(`${HEAD.source}|${SADF_HEAD.source}|${VMSTAT_HEAD.source}`),
    continues: new RegExp(
      `^(?:${CLOCK}\\s+(?:-?\\d[\\d.,]*|all|[\\w@.:-]{1,32})\\s+-?\\d|Average:|[\\w.-]{1,64};-?\\d+;\\d{4}-| *\\d+ +\\d+ +\\d+ +\\d+ )`,
    ),
  },
  detect: (text) => {
    const first = text.slice(0, 2_400).split('\n', 1)[0] ?? ''
    return HEAD.test(first) || SADF_HEAD.test(first) || VMSTAT_HEAD.test(first) ? 1 : 0
  },
  parse: (text) => {
    const [head = '', ...rows] = text.split('\n', MOST_ROWS)
    const read = SADF_HEAD.test(head) ? sadfRow(head) : VMSTAT_HEAD.test(head) ? vmstatRow(head) : tableRow(head)
    const samples: Sample[] = []
    for (const line of rows) {
      const row = read(line)
      if (!row) continue
      const last = samples.at(-1)
      // Rows of one moment are one snapshot.
      const isSame = last !== undefined && sameTime(last.time, row.time)
      if (isSame && Object.keys(last.counters).length < MOST_COUNTERS) Object.assign(last.counters, row.counters)
      else if (!isSame) samples.push({ ...row, line })
    }
    return acceptAll(samples.filter((s) => Object.keys(s.counters).length > 0).map(eventOf))
  },
})

const eventOf = ({ time, line, counters }: Sample): ParsedEvent => ({
  time,
  fields: {
    'event.kind': 'metric',
    'event.category': ['host'],
    'event.action': 'counter-snapshot',
    'whytimeout.counters': counters,
    message: (
      Object.entries(counters)
        .filter(([, v]) => v !== 0)
        .map(([k, v]) => `${k} ${v}`)
        .join(', ') || line
    ).slice(0, 400),
  },
})

function tableRow(head: string) {
  const columns = head
    .replace(new RegExp(`^${CLOCK}\\s+`), '')
    .trim()
    .split(/\s+/)
  return (line: string) => {
    const m = ROW.exec(line)
    const time = m && readTime(m[1] as string)
    if (!m || !time) return undefined
    const cells = (m[2] as string).trim().split(/\s+/)
    return cells.length < columns.length ? undefined : { time: time.time, line, counters: countersOf(columns, cells) }
  }
}

function sadfRow(head: string) {
  const columns = head.replace(/^# ?/, '').split(';').slice(3)
  return (line: string) => {
    const cells = line.split(';')
    const time = readTime(cells[2] ?? '')
    return time && cells.length >= columns.length + 3
      ? { time: time.time, line, counters: countersOf(columns, cells.slice(3)) }
      : undefined
  }
}

/** `st` is time stolen from a virtual machine, `wa` time that waits for disks, `r` how many are ready to run. */
const VMSTAT_NAMES: Readonly<Record<string, string>> = {
  r: 'runq-sz',
  b: 'blocked',
  us: '%user',
  sy: '%system',
  id: '%idle',
  wa: '%iowait',
  st: '%steal',
  si: 'pswpin/s',
  so: 'pswpout/s',
  in: 'intr/s',
  cs: 'cswch/s',
}
function vmstatRow(head: string) {
  const columns = head
    .trim()
    .split(/\s+/)
    .map((c) => VMSTAT_NAMES[c] ?? c)
  return (line: string) => {
    const stamp = VMSTAT_TIME.exec(line)
    const time = stamp && readTime(stamp[1] as string)
    const cells = line.trim().split(/\s+/)
    return time && cells.length >= 17 ? { time: time.time, line, counters: countersOf(columns, cells) } : undefined
  }
}

function countersOf(columns: readonly string[], cells: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {}
  let subject = ''
  for (const [i, column] of columns.entries()) {
    const cell = cells[i] ?? ''
    if (SUBJECTS.has(column)) {
      // All processors together need no name, and one of many says little.
      if (column === 'CPU') {
        if (cell !== 'all' && cell !== '-1') return {}
      } else subject = `${cell}.`
    } else if (NUMBER.test(cell) && column !== '__proto__')
      found[`${subject}${PLAIN[column] ?? column}`] = Number(cell.replace(',', '.'))
  }
  return found
}

/** mpstat's names for what sar calls otherwise. */
const PLAIN: Readonly<Record<string, string>> = { '%usr': '%user', '%sys': '%system' }

const sameTime = (a: WallTime, b: WallTime): boolean =>
  a.hour === b.hour && a.minute === b.minute && a.second === b.second && a.day === b.day && a.epochMs === b.epochMs
