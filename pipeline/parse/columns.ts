import { splitCsv } from './csv.js'
import type { Block } from './format.js'
import { isMonitorsName } from './monitor-row.js'

/**
 * A line that names the columns of the lines after it: `#Fields:` of the W3C extended log format, Zeek's `#fields`, the first line of a CSV or
 * TSV export. Source: W3C Working Draft WD-logfile; Zeek manual, "Log Files"; RFC 4180, 2.
 */
export type Columns = {
  readonly separator: string
  readonly names: readonly string[]
  /** What the W3C draft rules: times are UTC, a blank in a value is a plus sign, `-` is none. */
  readonly isW3c: boolean
}

const MOST_COLUMNS = 128
/** Of a log of performance counters. */
export const MOST_COUNTERS = 256
const DIRECTIVE = /^#fields(?::[ \t]{1,4}|\t)(\S.{3,4000})$/i
const NAME = /^[\p{L}_@#(][\p{L}\w .()[\]/@:#%*-]{0,63}$/u
/** In a header of no directive, one column must name the time, and two more something of what logs are kept for. */
const TIME_NAME =
  /^(?:@?timestamp|time ?stamp|ts|epoch(?:[ _-]?(?:ms|millis|s|secs?|seconds))?|(?:date|event|log|start|end|receive[d]?|generated?|create[d]?)?[ _-]?(?:date)?[ _-]?time(?:[ _-]?(?:generated|created|utc|unix\w{0,5}))?|datetime|date|czas|data(?:[ _]?(?:i[ _])?(?:czas|hora|ora))?|zeit(?:punkt|stempel)?|datum(?:[ _]?zeit)?|hora|fecha(?:[ _]?(?:y[ _])?hora)?|heure|horodatage|ora|tidpunkt|tidsstempel|дата|время|时间|日期|日時|시각)(?![\p{L}\d_])/iu
const USUAL_NAME =
  /(?:^|[ _.-])(?:src|source|dst|dest|destination|client|server|remote|local|ip|addr(?:ess)?|port|host(?:name)?|node|status|code|action|message|msg|log|level|leveldisplayname|providername|severity|protocol|proto|method|uri|url|duration|elapsed|latency|bytes|error|reason|result|event|label|terminal(?:[ _]?id)?|tid|stan|nivel|niveau|livello|stufe|suceso|detalle|mensa(?:je|gem)|messaggio|meldung|nachricht|ereignis|resultado|estado|operaci[oó]n|dauer|caja|kasse|caisse|ms)(?:$|[ _.(-])/i

/** The first line of what typeperf, relog and perfmon write names each counter by its path. Source: Microsoft Learn, typeperf. */
const PERFORMANCE = /^\ufeff?"\(PDH-([CT])SV 4\.0\)/
export const isPerformanceHeader = (line: string): boolean => PERFORMANCE.test(line)

/** @returns undefined where the line names no columns */
export function readColumns(line: string): Columns | undefined {
  const directive = DIRECTIVE.exec(line)
  if (directive) {
    const list = directive[1] as string
    const separator = list.includes('\t') ? '\t' : list.includes(',') ? ',' : ' '
    const names = list.split(separator === ' ' ? / +/ : separator).filter((n) => n !== '')
    return names.length >= 3 ? { separator, names, isW3c: line.startsWith('#F') } : undefined
  }
  const counters = PERFORMANCE.exec(line)
  if (counters) {
    const separator = counters[1] === 'T' ? '\t' : ','
    const names = splitCsv(line.replace(/^\ufeff|\r$/g, ''), MOST_COUNTERS, separator)
    return names.length >= 2 ? { separator, names, isW3c: false } : undefined
  }
  if (line.length > 4_000 || !/[,;\t|]/.test(line)) return undefined
  for (const separator of [',', '\t', ';', '|']) {
    const names = splitCsv(line.replace(/^\ufeff|\r$/g, ''), MOST_COLUMNS, separator).map((n) => n.trim())
    if (names.length < 4) continue
    if (!names.every((n) => n === '' || NAME.test(n)) || !names.some((n) => TIME_NAME.test(n))) continue
    if (names.filter((n) => !TIME_NAME.test(n) && (USUAL_NAME.test(n) || isMonitorsName(n))).length >= 2)
      return { separator, names, isW3c: false }
  }
  return undefined
}

/** The line of a record that names columns; undefined where none does. Directives stand among others, a header of CSV is alone. */
export function columnsLineIn(record: string): string | undefined {
  if (/^#fields/im.test(record)) {
    const line = record
      .slice(0, 16_000)
      .split('\n', 64)
      .find((l) => DIRECTIVE.test(l))
    return line?.trimEnd()
  }
  const end = record.indexOf('\n')
  const first = (end < 0 ? record : record.slice(0, end)).trimEnd()
  return readColumns(first) ? first : undefined
}

/** Cheap: what gave no event may be a header; directives stand behind a date. */
export const mayNameColumns = (
  outcome: { readonly kind: string; readonly events?: readonly unknown[] },
  record: string,
): boolean => outcome.kind === 'dead' || outcome.events?.length === 0 || record.charCodeAt(0) === HASH
const HASH = 35

const ANY_DIRECTIVE =
  /^#(?:Software|Version|Date|Fields|Remark|Start-Date|End-Date|GMT-Offset|separator|set_separator|empty_field|unset_field|path|open|close|types|fields)(?:[:\s]|$)/
/** What stands first, or alone at the end; a date may be a line of any text. */
const FIRST_DIRECTIVE = /^#(?:Software|Version|Fields|separator|fields|close)(?:[:\s]|$)/
const MOST_DIRECTIVES = 64
/** `vmstat` groups its columns in a line above their names. */
const VMSTAT_GROUPS = /^procs -{1,20}memory-{1,20} -/

/** Directives are one record, also in the midst of a log that was opened again: no part of the row before them. */
export const HEADER_BLOCK: Block = { starts: FIRST_DIRECTIVE, continues: ANY_DIRECTIVE, closes: /(?!)/ }

/** A record that only says what the rows after it hold: nothing is lost with it, and nothing in it happened. */
export function isHeader(record: string): boolean {
  if (record.charCodeAt(0) === HASH) {
    const lines = record.split('\n', MOST_DIRECTIVES + 1)
    return lines.length <= MOST_DIRECTIVES && lines.every((line) => ANY_DIRECTIVE.test(line) || line.trim() === '')
  }
  const line = record.trimEnd()
  return !line.includes('\n') && (VMSTAT_GROUPS.test(line) || readColumns(line) !== undefined)
}

/** A column's name without what its makers differ in: `Source IP`, `source_ip` and `sourceIp` are one. */
export const plainName = (name: string): string =>
  /^(?:s|c|cs|sc|r)-/.test(name)
    ? name.toLowerCase()
    : name.toLowerCase().replace(/\(.{0,16}\)|\[.{0,16}\]|[^a-z0-9]/g, '')

/** Cells of a row by plain names. @returns undefined where the row has another number of cells than the header */
export function readRow(line: string, columns: Columns): ReadonlyMap<string, string> | undefined {
  const { separator, names, isW3c } = columns
  const cells =
    separator === ' ' ? line.trimEnd().split(/ +/) : splitCsv(line.replace(/\r$/, ''), MOST_COLUMNS, separator)
  if (cells.length !== names.length) return undefined
  const row = new Map<string, string>()
  for (const [i, cell] of cells.entries()) {
    const value = isW3c ? cell.replaceAll('+', ' ') : cell.trim()
    if (value === '' || value === '-' || value === '(empty)') continue
    const name = plainName(names[i] as string)
    if (!row.has(name)) row.set(name, value)
  }
  return row
}
