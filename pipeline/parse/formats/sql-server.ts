import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime, type WallTime } from '../time.js'

/**
 * SQL Server's error log: time to the hundredth of a second in the server's zone, the source in a column of twelve, the text.
 * Source: Microsoft Learn, "View the SQL Server error log"; Database Engine events and errors (833, 845, 1105, 1204, 1205, 9002, 17806, 17830,
 * 17884, 18456).
 */
const LINE = /^ {0,2}(spid\d{1,5}s?|Logon|Server|Backup|[A-Z][\w ]{2,14}?) {1,12}(\S.{0,4000})$/s
const STAMP = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{2} /
const CLIENT = /\[CLIENT: (?<src>[0-9a-fA-F.:]{2,45})\]/
const failed = { 'event.outcome': 'failure' } as const
const LOCK: ParsedFields = { 'event.action': 'lock-wait', ...failed }

const READINGS: readonly Reading[] = [
  [
    /SQL Server has encountered (?<n_occurrences>\d{1,9}) occurrence\(s\) of I\/O requests taking longer than (?<secs>\d{1,6}) seconds to complete on file \[(?<x_file>[^\]]{1,260})\]/,
    { 'event.action': 'statement-slow', ...failed, 'event.reason': 'slow storage' },
  ],
  [/time-?out occurred while waiting for buffer latch|Lock request time out period exceeded|was deadlocked on/i, LOCK],
  [
    /Network error code (?<code>0x[0-9a-fA-F]{1,8}) occurred while establishing a connection; the connection has been closed\.[^\n]{0,600}\[CLIENT: (?<src>[0-9a-fA-F.:]{2,45})\]/,
    { 'event.action': 'connection-closed', ...failed, 'event.reason': 'closed before its login' },
  ],
  [
    /Process 0:0:0 \(0x[0-9a-f]{1,8}\) Worker 0x\w{1,16} appears to be non-yielding|(?:All schedulers|New queries assigned to process).{0,200}(?:deadlocked|not been picked up)|Non-yielding/,
    { 'event.action': 'process-paused', ...failed },
  ],
  [
    /significant part of sql server process memory has been paged out|insufficient (?:system )?memory/i,
    { 'event.action': 'memory-pressure', ...failed },
  ],
  [
    /(?:maximum number of|too many) (?:user )?connections|could not (?:spawn|create) .{0,40}thread|instance of the SQL Server Database Engine cannot obtain a LOCK/i,
    { 'event.action': 'overload', ...failed },
  ],
  [/SQL Server is terminating|SQL Trace was stopped due to server shutdown/, { 'event.action': 'program-stopped' }],
  [/SQL Server is now ready for client connections/, { 'event.action': 'program-started', 'event.outcome': 'success' }],
  [/is not (?:yet )?accepting|Server is listening on \[ ?(?<x_listening>[^\]]{1,80}) ?\]/, { 'event.action': 'other' }],
  [
    /availability (?:group|replica).{0,200}(?:is changing roles|failover)|state of the local availability replica .{0,120}has changed/i,
    { 'event.action': 'failover' },
  ],
  [
    /connection timeout has occurred (?:on a previously established connection to availability replica|while attempting to establish a connection to availability replica) '(?<x_replica>[^']{1,128})'/,
    { 'event.action': 'response-timeout', ...failed, 'whytimeout.phase': 'response' },
  ],
  [/Login failed for user/, { 'event.action': 'request-failed', ...failed, 'event.reason': 'login failed' }],
]
const read = readingsOf(READINGS)

type Found = { readonly time: WallTime; readonly source: string; readonly said: string }
const lineIn = keepingLast((text): Found | undefined => {
  if (!STAMP.test(text)) return undefined
  const when = readTime(text)
  const m = when && LINE.exec(text.slice(when.end))
  return m ? { time: when.time, source: m[1] as string, said: m[2] as string } : undefined
})

export const sqlServer = defineFormat({
  id: 'sql-server',
  title: 'SQL Server error log',
  source: 'Microsoft Learn, View the SQL Server error log; Database Engine events and errors',
  detect: (text, header) => {
    const found = lineIn(text, header)
    return found ? (/^(?:spid|Logon|Server|Backup)/.test(found.source) ? 0.97 : 0) : 0
  },
  parse: (text, header) => {
    const found = lineIn(text, header)
    if (!found) return undefined
    const { time, source, said } = found
    const fields = read(said) ?? { 'event.action': 'other' as const }
    const client = CLIENT.exec(said)?.groups?.src
    if (client !== undefined && /^[\d.]{7,15}$|:/.test(client)) fields['source.ip'] ??= client.toLowerCase()
    const error = /^Error: (\d{1,6}), Severity: (\d{1,2})/.exec(said)
    if (error) fields['event.code'] = error[1] as string
    fields['event.category'] = ['database']
    fields['log.logger'] = source
    fields.message = said.slice(0, 1_000)
    return accept(fields, time)
  },
})
