import type { Header } from './format.js'
import { readJsonLine } from './json-line.js'

/** One entry of `journalctl -o json`, told from other JSON by the fields that only the journal has. */
const MARK = /"__REALTIME_TIMESTAMP"\s?:/
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

/** A syslog severity's word (RFC 5424 6.2.1). */
export const severityWord = (severity: number): string | undefined => LEVELS[severity]

/**
 * Takes a journal entry apart: `journalctl -o json`, and -json-pretty as one record.
 * Source: systemd.journal-fields(7); Journal Export Formats, "Journal JSON Format" (a field that is no text is an array of bytes).
 * @returns undefined where the text is no journal entry or has no message
 */
export function readJournal(text: string): { readonly header: Header; readonly body: string } | undefined {
  if (!MARK.test(text)) return undefined
  const entry = readJsonLine(text)
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
      time: { epochMs, hour: 0, minute: 0, second: 0, ms: 0 },
      ...(host !== undefined && { host }),
      ...(program !== undefined && { program }),
      ...(Number.isSafeInteger(pid) && pid > 0 && { pid }),
      ...(level !== undefined && { level }),
    },
    body,
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value) && value.length < 65_536 && value.every((b) => Number.isInteger(b) && b >= 0 && b < 256))
    return Buffer.from(value as number[]).toString('utf8')
  // A field that the entry has more than once.
  return Array.isArray(value) ? textOf(value[0]) : undefined
}
