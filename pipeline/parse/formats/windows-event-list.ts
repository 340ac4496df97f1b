import { accept, defineFormat, keepingLast } from '../format.js'
import { readTime } from '../time.js'
import { type WindowsEvent, windowsFields } from './windows-event.js'

/**
 * Windows events as lists of their properties: `wevtutil qe … /f:text` (Event[0], indented, the description on lines of its own), and PowerShell's
 * `Get-WinEvent | Format-List` and `Get-EventLog | Format-List` (names and values in columns).
 * Source: Microsoft Learn, wevtutil; the default list views of EventLogRecord and EventLogEntry.
 */
const STARTS = /^(?:Event\[\d{1,9}\]:?\s{0,4}$|TimeCreated {1,20}: \S|Index {1,20}: \d)/
const PROPERTY = /^ {0,4}(?<name>[A-Z][A-Za-z ]{1,20}?) {0,20}: {0,4}(?<value>.{0,2000})$/
const MOST_LINES = 60
const NAMES: Readonly<Record<string, 'provider' | 'id' | 'at' | 'level' | 'host' | 'message'>> = {
  Source: 'provider',
  ProviderName: 'provider',
  'Event ID': 'id',
  EventID: 'id',
  Id: 'id',
  InstanceId: 'id',
  Date: 'at',
  TimeCreated: 'at',
  TimeGenerated: 'at',
  Level: 'level',
  LevelDisplayName: 'level',
  EntryType: 'level',
  Computer: 'host',
  MachineName: 'host',
  Description: 'message',
  Message: 'message',
}

const read = keepingLast((text): WindowsEvent | undefined => {
  if (!STARTS.test(text.slice(0, 60).split('\n', 1)[0] as string)) return undefined
  const said: Partial<Record<(typeof NAMES)[string], string>> = {}
  let last: (typeof NAMES)[string] | undefined
  for (const line of text.split('\n', MOST_LINES)) {
    const { name: title, value = '' } = PROPERTY.exec(line)?.groups ?? {}
    const name = title === undefined ? undefined : NAMES[title]
    if (name !== undefined && said[name] === undefined) said[name] = value.trim()
    // A description goes on until the next property.
    else if (last === 'message' && title === undefined) said.message = `${said.message} ${line.trim()}`.trim()
    if (title !== undefined) last = name
  }
  const { provider, id, at, host, level, message = '' } = said
  const time = at === undefined ? undefined : readTime(at)?.time
  // InstanceId has the severity in its upper bits.
  const number = id === undefined ? undefined : String(Number(id) & 0xffff)
  if (provider === undefined || number === undefined || !/^\d{1,10}$/.test(id ?? '') || !time) return undefined
  return { provider, id: number, time, host, level, message, values: new Map() }
})

export const windowsEventList = defineFormat({
  id: 'windows-event-list',
  title: 'Windows events as lists (wevtutil /f:text, Get-WinEvent and Get-EventLog | Format-List)',
  source: 'Microsoft Learn, wevtutil; list views of EventLogRecord and EventLogEntry',
  block: { starts: STARTS, continues: /^(?: {2,40}\S| {0,4}[A-Z][A-Za-z ]{1,20}? {0,20}: )/ },
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const event = read(text, header)
    return event && accept(windowsFields(event), event.time)
  },
})
