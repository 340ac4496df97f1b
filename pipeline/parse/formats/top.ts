import type { ParsedEvent } from '../format.js'
import { acceptAll, defineFormat } from '../format.js'
import { readTime } from '../time.js'

/**
 * `top -b` and `uptime`: the load of a host, where its processor time goes, and the programs at the top of the list.
 * Source: top(1) of procps 3 and 4 (batch mode), uptime(1).
 */
const HEAD =
  /^(?:top - | ?)(\d{2}:\d{2}:\d{2}) up [^\n]{1,80}?load averages?: {1,3}(\d{1,6}[.,]\d{1,2}),? {1,3}(\d{1,6}[.,]\d{1,2})/
const STARTS = /^top - \d{2}:\d{2}:\d{2} up /
const CPU = /^%?Cpu\(s\): ?([^\n]{5,120})/
const SHARE = /(\d{1,3}[.,]\d)%? ?(us|sy|id|wa|st)\b/g
const NAMES: Readonly<Record<string, string>> = { us: '%user', sy: '%system', id: '%idle', wa: '%iowait', st: '%steal' }
const COLUMNS = /^ *PID USER .*%CPU/
/** Programs listed far below the top have next to nothing. */
const MOST_PROGRAMS = 5
const LEAST_PERCENT = 20

export const top = defineFormat({
  id: 'top',
  title: 'top -b and uptime',
  source: 'top(1), uptime(1)',
  block: { starts: STARTS },
  detect: (text) => (HEAD.test(text.slice(0, 240)) ? 1 : 0),
  parse: (text) => {
    const lines = text.split('\n', 60)
    const head = HEAD.exec((lines[0] ?? '').slice(0, 240))
    const time = head && readTime(head[1] as string)?.time
    if (!head || !time) return undefined
    const counters: Record<string, number> = {
      'load.1m': number(head[2] as string),
      'load.5m': number(head[3] as string),
    }
    const events: ParsedEvent[] = []
    let columns: string[] | undefined
    for (const line of lines.slice(1)) {
      for (const m of CPU.exec(line)?.[1]?.matchAll(SHARE) ?? [])
        counters[NAMES[m[2] as string] as string] = number(m[1] as string)
      if (COLUMNS.test(line)) columns = line.trim().split(/\s+/)
      else if (columns) {
        const cells = line.trim().split(/\s+/)
        const percent = number(cells[columns.indexOf('%CPU')] ?? '')
        if (cells.length < columns.length || !(percent >= LEAST_PERCENT) || events.length >= MOST_PROGRAMS) continue
        events.push({
          time,
          fields: {
            'event.kind': 'metric',
            'event.category': ['host'],
            'event.action': 'cpu-usage',
            'process.command': cells.slice(columns.length - 1).join(' '),
            'process.pid': Number(cells[columns.indexOf('PID')]) || 0,
            'whytimeout.cpu_percent': percent,
            message: line.trim().slice(0, 200),
          },
        })
      }
    }
    const snapshot: ParsedEvent = {
      time,
      fields: {
        'event.kind': 'metric',
        'event.category': ['host'],
        'event.action': 'counter-snapshot',
        'whytimeout.counters': counters,
        message: lines.slice(0, 3).join(' ').slice(0, 300),
      },
    }
    return acceptAll([snapshot, ...events])
  },
})

const number = (text: string): number => Number(text.replace(',', '.'))
