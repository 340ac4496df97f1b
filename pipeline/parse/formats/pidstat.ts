import type { ParsedEvent } from '../format.js'
import { acceptAll, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { readTime } from '../time.js'

/**
 * pidstat samples: a header with column names, then one row a process. The date stands in the `Linux …` line, if the record has it.
 * Source: pidstat(1) of sysstat: %wait is the time a task was ready and had no processor.
 */
const HEAD = /^#? ?(?:Time|\d{2}:\d{2}:\d{2}(?: [AP]M)?)\s+(?:UID|USER)\s+PID\b/
const BANNER = /^Linux \S{1,80} \(\S{1,80}\)\s+(\d{1,2}\/\d{1,2}\/\d{2,4}|\d{4}-\d{2}-\d{2})/
/** What HEAD holds at least. */
const COLUMNS = gated(/(?:UID|USER)\s+PID/)

export const pidstat = defineFormat({
  id: 'pidstat',
  title: 'pidstat samples',
  source: 'pidstat(1)',
  block: {
    starts:
      /^(?:Linux \S{1,80} \(\S{1,80}\)\s+[\d/-]{6,10}|#? ?(?:Time|\d{2}:\d{2}:\d{2}(?: [AP]M)?)\s+(?:UID|USER)\s+PID\b)/,
    // Rows of sar, which has the same banner, go on with a measure.
    continues: /^(?:\d{2}:\d{2}:\d{2}(?: [AP]M)?\s+\S{1,64}\s+\d{1,10}\s|Average:)/,
  },
  detect: (text) =>
    COLUMNS.test(text) && text.split('\n', 4).some((l) => HEAD.test(l)) ? 1 : BANNER.test(text) ? 0.9 : 0,
  parse: (text) => {
    const lines = text.split('\n')
    if (!lines.some((l) => HEAD.test(l)) && !BANNER.test(text)) return undefined
    const date = BANNER.exec(lines[0] ?? '')?.[1]
    let columns: string[] = []
    const events: ParsedEvent[] = []
    for (const line of lines) {
      if (HEAD.test(line)) {
        columns = line
          .replace(/^# ?/, '')
          .replace(/^\d{2}:\d{2}:\d{2}(?: [AP]M)?/, 'Time')
          .trim()
          .split(/\s+/)
        continue
      }
      const time = readTime(line, 0)
      if (!time || columns.length === 0 || time.time.month !== undefined) continue
      const cells = ['', ...line.slice(time.end).trim().split(/\s+/)]
      const cell = (name: string) => cells[columns.indexOf(name)]
      const wait = cell('%wait')
      const cpu = cell('%CPU')
      const command = cells.slice(columns.indexOf('Command')).join(' ')
      if (cpu === undefined || columns.indexOf('Command') < 0) continue
      const dated = date === undefined ? undefined : readTime(`${date} ${line.slice(0, time.end)}`)
      events.push({
        time: dated?.time ?? time.time,
        fields: {
          'event.kind': 'metric',
          'event.category': ['host'],
          'event.action': 'cpu-usage',
          'process.command': command,
          'process.pid': Number(cell('PID')) || 0,
          'whytimeout.cpu_percent': Number(cpu) || 0,
          ...(wait !== undefined && { 'whytimeout.cpu_wait_percent': Number(wait) || 0 }),
          message: line.slice(0, 200),
        },
      })
    }
    return events.length > 0 ? acceptAll(events) : acceptAll([])
  },
})
