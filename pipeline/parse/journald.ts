import type { Header } from './format.js'
import { readJsonLine, textAt } from './json-line.js'
import { ofEpoch, readTime } from './time.js'

/** One entry of `journalctl -o json`, told from other JSON by the fields that only the journal has. */
const MARK = /"__REALTIME_TIMESTAMP"\s?:/
/** And of `journalctl -o export`: a field a line, the cursor first. */
const EXPORT_MARK = /^__REALTIME_TIMESTAMP=\d/m
/** How an entry of that begins. */
export const EXPORT_BEGINS = '__CURSOR='
const MOST_FIELDS = 200
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

/** A syslog severity's word (RFC 5424 6.2.1). */
export const severityWord = (severity: number): string | undefined => LEVELS[severity]

/**
 * Takes a journal entry apart: `journalctl -o json`, -json-pretty as one record, and -o export (fields that are no text are left out).
 * Source: systemd.journal-fields(7); Journal Export Formats, "Journal JSON Format" (a field that is no text is an array of bytes).
 * @returns undefined where the text is no journal entry or has no message
 */
export function readJournal(text: string): { readonly header: Header; readonly body: string } | undefined {
  const entry = MARK.test(text) ? readJsonLine(text) : EXPORT_MARK.test(text) ? readExport(text) : undefined
  if (!entry) return undefined
  const body = textOf(entry.MESSAGE)
  const epochMs = Math.floor(
    Number(textOf(entry._SOURCE_REALTIME_TIMESTAMP) ?? textOf(entry.__REALTIME_TIMESTAMP)) / 1000,
  )
  if (body === undefined || !Number.isFinite(epochMs)) return undefined
  const host = textOf(entry._HOSTNAME)
  const program = textOf(entry.SYSLOG_IDENTIFIER) ?? textOf(entry._COMM)
  const pid = Number(textOf(entry._PID) ?? textOf(entry.SYSLOG_PID))
  const level = severityWord(Number(textOf(entry.PRIORITY)))
  return {
    header: {
      time: ofEpoch(epochMs),
      ...(host !== undefined && { host }),
      ...(program !== undefined && { program }),
      ...(Number.isSafeInteger(pid) && pid > 0 && { pid }),
      ...(level !== undefined && { level }),
    },
    body,
  }
}

const RELAYED = /"(?:PROGRAM|program(?:name)?|appname|app[-_]name|APP-NAME|APPLICATION|ident|syslogtag)"\s?:/
/** Names that an application's own JSON has too: of a relay only beside a facility of syslog (RFC 5424 6.2.1). */
const RELAYED_BY_OWN_NAMES = /"(?:app|tag|process(?:_?name)?)"\s?:/
const FACILITY =
  /"facility"\s?:\s?"(?:kern|user|mail|daemon|auth|authpriv|security|syslog|lpr|news|uucp|cron|ftp|ntp|local[0-7])"/
/** What only a syslog daemon says of a message. */
const OF_SYSLOG = [
  'FACILITY',
  'facility',
  'syslogfacility-text',
  'syslogfacility',
  'facility_label',
  'HOST_FROM',
  'PRIORITY',
  'pri',
  'syslogseverity-text',
  'syslogtag',
  'LEVEL_NUM',
]
const LEVEL_NAMES = ['LEVEL', 'PRIORITY', 'level', 'syslogseverity-text', 'severity_label', 'severity', 'priority']
const TIMES = [
  'ISODATE',
  'R_ISODATE',
  'S_ISODATE',
  '@timestamp',
  'timestamp',
  'timereported',
  'timegenerated',
  'time',
  'ts',
  'DATE',
]

/**
 * Takes a syslog message apart that a relay wrote as JSON, under the names that they give its parts: syslog-ng's format-json, rsyslog's
 * jsonmesg and list templates, Fluent Bit, Fluentd, Vector and Logstash.
 * Source: syslog-ng administration guide, macros and format-json; rsyslog property reference; manuals of the others, syslog input.
 * @returns undefined where it is none: an application's own JSON has no facility and no program beside its message
 */
export function readRelayed(text: string): { readonly header: Header; readonly body: string } | undefined {
  const isRelayed = RELAYED.test(text) || (FACILITY.test(text) && RELAYED_BY_OWN_NAMES.test(text))
  const entry = isRelayed ? readJsonLine(text) : undefined
  if (!entry || !OF_SYSLOG.some((name) => entry[name] !== undefined)) return undefined
  const [program, tag] = [
    textAt(
      entry,
      'PROGRAM',
      'program',
      'programname',
      'appname',
      'app-name',
      'app_name',
      'APP-NAME',
      'APPLICATION',
      ...['ident', 'app', 'process', 'process_name', 'processname'],
    ),
    textAt(entry, 'syslogtag', 'tag'),
  ]
  const body = textAt(entry, 'MESSAGE', 'MSG', 'message', 'msg')
  const said = textAt(entry, ...TIMES)
  const time = said === undefined ? undefined : readTime(said)?.time
  const name = program ?? /^[\w./-]{1,48}/.exec(tag ?? '')?.[0]
  if (body === undefined || name === undefined || !time) return undefined
  const host = textAt(entry, 'HOST', 'logsource', 'host', 'hostname', 'HOSTNAME', 'fromhost')
  const pid = Number(textAt(entry, 'PID', 'pid', 'procid', 'PROCID') ?? Number.NaN)
  const level = textAt(entry, ...LEVEL_NAMES)
  return {
    header: {
      ...{ time, program: name },
      ...(host !== undefined && { host }),
      ...(Number.isSafeInteger(pid) && pid > 0 && { pid }),
      ...(level !== undefined && /^[a-z]/i.test(level) && { level: level.toLowerCase() }),
    },
    body: body.trim(),
  }
}

function readExport(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const line of text.split('\n', MOST_FIELDS)) {
    const at = line.indexOf('=')
    const name = line.slice(0, Math.max(at, 0))
    if (/^[A-Z_][A-Z0-9_]{0,63}$/.test(name)) fields[name] ??= line.slice(at + 1)
  }
  return fields
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value) && value.length < 65_536 && value.every((b) => Number.isInteger(b) && b >= 0 && b < 256))
    return Buffer.from(value as number[]).toString('utf8')
  // A field that the entry has more than once.
  return Array.isArray(value) ? textOf(value[0]) : undefined
}
