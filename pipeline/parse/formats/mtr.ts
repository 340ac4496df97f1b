import type { ParsedFields } from '../../../schemas/event.js'
import { address } from '../flow.js'
import { accept, acceptAll, defineFormat, type ParsedEvent } from '../format.js'
import { readJsonLine } from '../json-line.js'
import { readTime } from '../time.js'

/**
 * mtr's reports: as a table, as CSV, as JSON. The last hop is what was measured: loss there is loss of the line; routers on the way answer as they
 * like, so theirs is only kept beside it. Times are milliseconds. JSON has no time of its own: it is read behind a header that has one. The raw form
 * (--raw) has neither times nor the target, and is not read.
 * Source: mtr(8); ui/report.c.
 */
const START = /^Start: \S/
const HOST = /^HOST: \S/
/** 1 hop, 2 host, 3 loss, 4 sent, 5 last, 6 average, 7 best, 8 worst */
const HOP =
  /^ {0,4}(\d{1,3})\.\|-- (\S{1,255}) {1,64}(\d{1,3}(?:\.\d{1,3})?)%? {1,8}(\d{1,9}) {1,12}(\d{1,7}\.\d{0,3}) {1,12}(\d{1,7}\.\d{0,3}) {1,12}(\d{1,7}\.\d{0,3}) {1,12}(\d{1,7}\.\d{0,3})/
const CSV =
  /^MTR\.[\d.]{1,12},(\d{10}),(\w{2,16}),([^,\n]{1,255}),(\d{1,3}),([^,\n]{1,255}),(\d{1,3}(?:\.\d{1,3})?),(\d{1,9}),/
const CSV_HEAD = /^Mtr_Version,Start_Time,Status,/
const JSON_KEY = '"hubs"'

type Hop = { readonly host: string; readonly loss: number; readonly avg: number | undefined }

export const mtr = defineFormat({
  id: 'mtr',
  title: 'mtr (report, CSV, JSON)',
  source: 'mtr(8); ui/report.c',
  block: {
    starts: new RegExp(`${START.source}|${CSV.source}`),
    continues: /^(?:HOST: \S| {0,4}\d{1,3}\.\|-- | {4,40}\|)/,
  },
  detect: (text) => {
    if (START.test(text)) return HOST.test(lineOf(text, 1)) ? 1 : 0
    return CSV.test(text) || CSV_HEAD.test(text) || (text.includes(JSON_KEY) && hubsOf(text)) ? 1 : 0
  },
  parse: (text) => {
    if (CSV_HEAD.test(text)) return acceptAll([])
    const row = CSV.exec(text)
    if (row) return acceptAll([csvEvent(row, text)])
    if (text.charCodeAt(0) === BRACE) {
      const hubs = hubsOf(text)
      return hubs && accept(fieldsOf(hubs.hops, hubs.target))
    }
    if (!START.test(text) || !HOST.test(lineOf(text, 1))) return undefined
    const time = readTime(text, 'Start: '.length)?.time
    const hops = text.split('\n', MOST_LINES).flatMap((line): Hop[] => {
      const m = HOP.exec(line)
      return m ? [{ host: m[2] as string, loss: Number(m[3]), avg: Number(m[6]) }] : []
    })
    return hops.length === 0 ? acceptAll([]) : accept(fieldsOf(hops, undefined), time)
  },
})

const BRACE = 123
const MOST_LINES = 300
const MOST_HOPS = 64
const lineOf = (text: string, n: number): string => text.slice(0, 2_000).split('\n', n + 1)[n] ?? ''
const SILENT = '???'

/** The end of the line, and beside it how much each router on the way lost. */
function fieldsOf(hops: readonly Hop[], target: string | undefined): ParsedFields {
  const last = hops.at(-1) as Hop
  // A last hop that never answered is not named; a router that stands on the way already only says that it cannot go on.
  const isReached =
    last.host !== SILENT &&
    !hops.slice(0, -1).some((h) => h.host === last.host) &&
    (address(target) === undefined || last.host === target)
  const end = isReached ? last.host : target
  const loss = isReached ? last.loss : 100
  return {
    ...probe(end, { ...last, loss }),
    'whytimeout.extra': Object.fromEntries(
      hops.slice(0, MOST_HOPS).map((h, i) => [`hop_${i + 1}`, `${h.host} ${h.loss} %`.slice(0, 120)]),
    ),
    message: `${end ?? 'target'}: ${loss} % lost over ${hops.length} hops`,
  }
}

function probe(host: string | undefined, { loss, avg }: Hop): ParsedFields {
  const ip = address(host)
  return {
    'event.kind': 'metric',
    'event.category': ['network'],
    // Of several probes some were answered: only where none was is the line silent.
    'event.action': loss >= 100 ? 'probe-lost' : 'probe-answered',
    'network.transport': 'icmp',
    ...(ip !== undefined
      ? { 'destination.ip': ip }
      : host !== undefined && { 'destination.domain': host.toLowerCase() }),
    ...(loss < 100 && avg !== undefined && Number.isFinite(avg) && { 'whytimeout.rtt_ms': avg }),
    'whytimeout.loss_percent': Math.min(100, loss),
  }
}

/** One row is one hop; only the target's tells of the line. */
function csvEvent(
  [, at = '', , target = '', hop = '', host = '', loss = '', ...rest]: RegExpExecArray,
  text: string,
): ParsedEvent {
  const time = readTime(at)?.time
  const cells = text.split(',', 24)
  const head = cells.indexOf(rest[0] ?? '', 7)
  // Behind the count of probes stands an empty measure, then last and average.
  const avg = Number(cells[head + 3])
  const said = `${target} hop ${hop} ${host}: ${loss} % lost`
  const fields: ParsedFields =
    host === target
      ? probe(host, { host, loss: Number(loss), avg })
      : { 'event.kind': 'metric', 'event.category': ['network'], 'event.action': 'other' }
  return {
    ...(time && { time }),
    fields: { ...fields, 'whytimeout.extra': { hop, target: target.slice(0, 255) }, message: said },
  }
}

function hubsOf(text: string): { readonly hops: readonly Hop[]; readonly target: string | undefined } | undefined {
  const report = (readJsonLine(text) as { report?: { mtr?: { dst?: unknown }; hubs?: unknown } } | undefined)?.report
  if (!report || !Array.isArray(report.hubs)) return undefined
  const hops = report.hubs.slice(0, MOST_LINES).flatMap((hub: unknown): Hop[] => {
    const { host, 'Loss%': loss, Avg: avg } = (hub ?? {}) as Readonly<Record<string, unknown>>
    return typeof host === 'string' && Number.isFinite(Number(loss))
      ? [{ host: host.slice(0, 255), loss: Number(loss), avg: typeof avg === 'number' ? avg : undefined }]
      : []
  })
  const target = typeof report.mtr?.dst === 'string' ? report.mtr.dst.slice(0, 255) : undefined
  return hops.length === 0 ? undefined : { hops, target }
}
