import type { ParsedFields } from '../../../schemas/event.js'
import { addAnswer, addRequest, addTimes, readHostPort } from '../access-line.js'
import {
  ACTION,
  BACK,
  CLOCKS,
  DATES,
  EVENT,
  IDS,
  LEVEL,
  METHOD,
  PACKETS_BACK,
  PACKETS_SENT,
  PATH,
  RULE,
  SAID,
  SENT,
  SOURCE,
  SOURCE_PORT,
  STATUS,
  TARGET,
  TARGET_PORT,
  TIMES,
  TRANSPORT,
} from '../column-names.js'
import { type Columns, readColumns, readRow } from '../columns.js'
import { count, type End, endOf, flowFields } from '../flow.js'
import { accept, defineFormat, type Header, keepingLast, NS_PER_MS } from '../format.js'
import { readMonitorRow } from '../monitor-row.js'
import { plus, readTime, type WallTime } from '../time.js'
import { describe } from './application.js'
import { windowsFields } from './windows-event.js'

/**
 * Rows under a header: W3C extended logs in any choice of columns (IIS, HTTP.sys, CDNs, media servers), Zeek with columns of one's own, CSV and
 * TSV exports of consoles and tools. The names of the columns are known from the origin (`origins.yml`, key `columns`), because a row must be
 * readable alone; replay finds them in its first pass. Units: by the column's name (`duration_ms`, `Elapsed (s)`); W3C's `time-taken` is in
 * milliseconds where it is whole (IIS), else in seconds (the draft).
 * Source: W3C WD-logfile; Microsoft Learn, "W3C logging"; Zeek manual, "Log Files"; Apache JMeter, "CSV log format".
 */
type Row = ReadonlyMap<string, string>
type Found = { readonly row: Row; readonly columns: Columns; readonly time: WallTime }

export const table = defineFormat({
  id: 'table',
  title: 'Rows under a header: W3C extended, CSV, TSV, Zeek with own columns',
  source: 'W3C WD-logfile; RFC 4180; Zeek manual, Log Files',
  // A row may have other cells before its time.
  block: {
    starts:
      /^(?:"?[^,;\t"\n]{0,64}"?[,;\t]){1,4}"?(?:\d{2,4}[-/.]\d{1,2}[-/.]\d{2,4}|20\d{6})(?:[T ]|"?[,;\t]"?)\d{1,2}:\d{2}:\d{2}/,
  },
  detect: (text, header) => (rowOf(text, header) ? 0.985 : 0),
  parse: (text, header) => {
    const found = rowOf(text, header)
    if (!found) return undefined
    const fields = windowsRow(found) ?? readMonitorRow(text, found.row, found.columns) ?? fieldsOf(found, text)
    // Zeek's time is that of the first packet.
    const lasted = found.row.has('idorigh') ? (fields['event.duration'] ?? 0) : 0
    return accept(fields, lasted > 0 ? plus(found.time, Math.round(lasted / NS_PER_MS)) : found.time)
  },
})

const known = new Map<string, Columns | undefined>()
function columnsOf(line: string): Columns | undefined {
  if (!known.has(line)) {
    if (known.size > 256) known.clear()
    known.set(line, readColumns(line))
  }
  return known.get(line)
}

/** Under the first of the origin's headers that has as many columns and a time where it says. */
const rowOf = keepingLast((text: string, header: Header): Found | undefined => {
  for (const line of header.columns ?? []) {
    const columns = columnsOf(line)
    const row = columns && !text.startsWith('#') ? readRow(text, columns) : undefined
    const time = row && timeOf(row, columns as Columns)
    if (time) return { row, columns: columns as Columns, time }
  }
  return undefined
})

const first = (row: Row, names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = row.get(name)
    if (value !== undefined) return value
  }
  return undefined
}

/** One column, or the date's and the time's together. */
function timeOf(row: Row, { isW3c }: Columns): WallTime | undefined {
  const date = first(row, DATES)
  const clock = first(row, CLOCKS)
  const both = date !== undefined && clock !== undefined && date !== clock ? readTime(`${date} ${clock}`) : undefined
  const one = both ?? TIMES.map((name) => readTime(row.get(name) ?? '')).find((t) => t !== undefined)
  if (!one) return undefined
  return isW3c && one.time.epochMs === undefined ? { offsetMin: 0, ...definedOf(one.time) } : one.time
}
const definedOf = (time: WallTime): WallTime =>
  Object.fromEntries(Object.entries(time).filter(([, v]) => v !== undefined)) as unknown as WallTime

/** `Get-WinEvent | Export-Csv`, with all columns or those that were chosen. */
function windowsRow({ row, time }: Found): ParsedFields | undefined {
  const provider = row.get('providername')
  const id = row.get('id') ?? row.get('eventid')
  if (provider === undefined || id === undefined || !/^\d{1,6}$/.test(id)) return undefined
  const level = row.get('leveldisplayname') ?? row.get('level')
  return windowsFields({
    ...{ provider, id, time, level, values: new Map() },
    ...{ host: row.get('machinename'), message: row.get('message') },
  })
}

/** What boxes call what they did. */
const ENDS: readonly (readonly [RegExp, End])[] = [
  [/deny|denied|drop|block|reject|discard/i, 'denied'],
  [/age[- ]?out|aged|expired|idle/i, 'expired'],
  [/^(?:S0|SH|RSTOS0)$|syn[- ]?time|incomplete|unanswered/i, 'unanswered'],
  [/^REJ$|refused/i, 'refused'],
  [/^RST|reset/i, 'reset'],
  [/close|end|finish|teardown|^SF$|^S[23]$|fin\b/i, 'ended'],
  [/allow|accept|permit|pass|start|open|built/i, 'allowed'],
]

function fieldsOf({ row, columns }: Found, text: string): ParsedFields {
  const get = (names: readonly string[]) => first(row, names)
  const [method, path] = [get(METHOD), get(PATH)]
  const status = /^[1-5]\d\d$/.exec(get(STATUS) ?? '')?.[0]
  const acted = get(ACTION)
  const durationMs = spanOf(row, columns)
  const said = SAID.map((n) => row.get(n))
    .filter((v) => v !== undefined && !/^-?\d{1,6}$/.test(v))
    .join(' ')
  const [from, to] = [endpoint(get(SOURCE)), endpoint(get(TARGET))]
  let fields: ParsedFields
  if (method !== undefined || (status !== undefined && (path !== undefined || acted === undefined))) {
    fields = {}
    addRequest(fields, { client: from.ip ?? '', method, path: path?.slice(0, 2048), bytes: undefined })
    addAnswer(fields, { status: status === undefined ? undefined : Number(status) })
    addTimes(fields, { total: durationMs })
    if (from.ip === undefined) delete fields['source.ip']
  } else if ((from.ip !== undefined && to.ip !== undefined) || acted !== undefined) {
    const flow = {
      ...{ transport: get(TRANSPORT), from: from.ip, to: to.ip, rule: get(RULE), durationMs },
      ...{ fromPort: get(SOURCE_PORT) ?? from.port, toPort: get(TARGET_PORT) ?? to.port },
      ...{ bytesOut: get(SENT), bytesBack: get(BACK), packetsOut: get(PACKETS_SENT), packetsBack: get(PACKETS_BACK) },
    }
    const end = ENDS.find(([word]) => word.test(acted ?? ''))?.[1] ?? 'other'
    fields = flowFields(flow, end === 'ended' ? endOf(flow, 'finished') : end)
  } else {
    fields = describe(said === '' ? text : said)
    // A program of its own kind of table says with its columns what others say with pairs.
    if (fields['event.action'] === 'other' && first(row, EVENT) !== undefined) fields = describe(pairsOf(row, said))
    if (durationMs !== undefined) fields['event.duration'] = Math.round(durationMs * NS_PER_MS)
  }
  const words = said === '' ? undefined : describe(said)
  if (words && fields['event.action'] !== words['event.action'] && isFailure(words) && !isSpecific(fields))
    Object.assign(fields, words)
  // A cell that says no more than that it went well, of something that took its time.
  const isDone = SAID.some((n) => /^(?:ok|success|succeeded|approved)$/i.test(row.get(n) ?? ''))
  if (isDone && durationMs !== undefined && fields['event.action'] === 'other')
    Object.assign(fields, { 'event.action': 'request-succeeded', 'event.outcome': 'success' })
  addEnds(
    fields,
    { ...from, port: count(get(SOURCE_PORT)) ?? from.port },
    { ...to, port: count(get(TARGET_PORT)) ?? to.port },
  )
  for (const [field, names] of IDS) {
    const value = get(names)
    if (value !== undefined) fields[field] = value.slice(0, 256)
  }
  const level = get(LEVEL)
  if (level !== undefined) fields['log.level'] = level.toLowerCase().slice(0, 32)
  fields.message = (said === '' ? text : said).slice(0, 1_000)
  return fields
}

const isFailure = (fields: ParsedFields): boolean =>
  fields['event.outcome'] === 'failure' || fields['event.action'] === 'program-started'
const isSpecific = (fields: ParsedFields): boolean =>
  !['other', 'request-failed', 'request-succeeded', 'connection-closed'].includes(fields['event.action'] ?? 'other')

/** The row as a program would log it that writes `key=value`; what has taken no time yet says none. */
const pairsOf = (row: Row, said: string): string =>
  [...row]
    .filter(([name, value]) => !/\s|^0$/.test(value) && !TIMES.includes(name) && !LEVEL.includes(name))
    .map(([name, value]) => `${name}=${value}`)
    .concat(said)
    .join(' ')
    .slice(0, 2_000)

type Place = { readonly ip?: string; readonly domain?: string; readonly port?: number | undefined }
const endpoint = (text: string | undefined): Place =>
  text === undefined ? {} : (readHostPort(text.replace(/%.*/, '')) ?? {})

function addEnds(fields: ParsedFields, from: Place, to: Place): void {
  if (from.ip !== undefined) fields['source.ip'] = from.ip
  if (from.port !== undefined && from.port <= 65_535) fields['source.port'] = from.port
  if (to.ip !== undefined) fields['destination.ip'] = to.ip
  if (to.domain !== undefined) fields['destination.domain'] = to.domain.toLowerCase()
  if (to.port !== undefined && to.port <= 65_535) fields['destination.port'] = to.port
}

const SPANS =
  /^(?:sc-)?(?:time-?taken|duration|elapsed|latency|responsetime|connect|took|rtt)(ms|millis|milliseconds|s|secs?|seconds|us|micros|ns)?$/
const FACTOR: Readonly<Record<string, number>> = { ms: 1, millis: 1, milliseconds: 1, us: 1e-3, micros: 1e-3, ns: 1e-6 }
/** A unit that the name states, in brackets too, else whole numbers are milliseconds where requests are logged, and seconds of flows. */
function spanOf(row: Row, { names, isW3c }: Columns): number | undefined {
  for (const [name, value] of row) {
    const m = SPANS.exec(name.replace(/^time-taken$/, 'timetaken').replace(/^(?:ms|millis|msec)$/, 'tookms'))
    if (!m || !/^\d{1,12}(?:\.\d{1,9})?$/.test(value)) continue
    const stated = m[1] ?? unitIn(names, name)
    const isFlow =
      name.startsWith('duration') &&
      (row.has('idorigh') || PACKETS_SENT.some((p) => row.has(p)) || SENT.slice(1).some((b) => row.has(b)))
    const factor =
      stated !== undefined ? (FACTOR[stated] ?? 1000) : value.includes('.') || (isFlow && !isW3c) ? 1000 : 1
    const ms = Number(value) * factor
    return ms < 1e10 ? ms : undefined
  }
  return undefined
}
/** `Elapsed (s)`, `Duration [ms]`. */
const unitIn = (names: readonly string[], plain: string): string | undefined =>
  names
    .filter((n) => n.toLowerCase().startsWith(plain.slice(0, 4)))
    .map((n) => /[([](ms|s|secs?|seconds|us|ns|millis)[)\]]/i.exec(n)?.[1]?.toLowerCase())
    .find((u) => u !== undefined)
