import type { ParsedFields } from '../../../schemas/event.js'
import { addAnswer, addTimes, addUpstream, PAGE_AND_AGENT } from '../access-line.js'

/**
 * What layouts of nginx's access log give beside the combined format: times, upstreams, ids, under names that everybody chooses.
 * Source: ngx_http_upstream_module, ngx_http_log_module, ngx_http_core_module (embedded variables).
 */

/** Times of an upstream: one entry a try. */
type Tries = { readonly last: number | undefined; readonly count: number; readonly isDash: boolean }

export function readTries(value: string | undefined): Tries | undefined {
  if (value === undefined || value === '') return undefined
  const tries = value.split(/, | : |,/)
  const end = tries.at(-1)?.trim() ?? '-'
  const secs = /^\d{1,9}(?:\.\d{1,6})?$/.test(end) ? Number(end) : undefined
  return {
    last: secs === undefined ? undefined : Math.round(secs * 1000),
    count: tries.length,
    isDash: secs === undefined,
  }
}

export type Layout = {
  readonly total?: string | undefined
  readonly connect?: string | undefined
  readonly header?: string | undefined
  readonly response?: string | undefined
  readonly upstream?: string | undefined
  readonly requestId?: string | undefined
  /** `$upstream_response_length`, bytes. */
  readonly length?: string | undefined
  /** `$tcpinfo_rtt`, microseconds. */
  readonly roundTrip?: string | undefined
}

/** Names that layouts give the variables; `$request_time` and so on unless they are shortened. */
export const LAYOUT_NAMES: Readonly<Record<keyof Layout, readonly string[]>> = {
  total: ['rt', 'request_time', 'req_time', 'reqtime', 'requestTime', 'time', 'response_time'],
  connect: ['uct', 'upstream_connect_time', 'upstream_connect', 'upconnect', 'ct', 'upstreamConnectTime'],
  header: ['uht', 'upstream_header_time', 'upstream_header', 'ht', 'upstreamHeaderTime'],
  response: [
    'urt',
    'upstream_response_time',
    'upstream_time',
    'upstream_response',
    'upresponse',
    'uresptime',
    'upstreamResponseTime',
    'backend_time',
  ],
  upstream: ['upstream_addr', 'upstream', 'ua', 'upstreamAddr', 'backend', 'upstream_address'],
  roundTrip: ['tcpinfo_rtt', 'tcp_rtt', 'tcpinfo.rtt', 'tcp_info_rtt', 'rtt', 'client_rtt', 'tcpRtt'],
  length: ['upstream_response_length', 'upstream_bytes_received', 'upstreamResponseLength'],
  requestId: ['request_id', 'req_id', 'reqid', 'rid', 'requestId', 'trace_id'],
}
const KEYED =
  /(?:^|[\s|,;[])([A-Za-z_]{2,24})[=:]\s?(?:"([^"]{0,512})"|'([^']{0,512})'|((?:[^\s"|;\]]{1,255})(?:(?:, | : )[\d.:-]{1,64}){0,8}))/g
const SECONDS = /^\d{1,6}\.\d{3}(?:,? ?(?:: )?\d{1,6}\.\d{3})*$/
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}|\[[0-9a-fA-F:]{2,45}\]:\d{1,5}|unix:\S{1,255})$/

/** Behind referer and agent: `rt=0.005 uct="0.000" …`, or bare values in the order of ingress-nginx: request time, names, address, length, response time. */
export function layoutOf(tail: string): Layout {
  const keyed = new Map([...tail.slice(0, 4_000).matchAll(KEYED)].map((m) => [m[1] ?? '', m[2] ?? m[3] ?? m[4] ?? '']))
  const named = (what: keyof Layout) => LAYOUT_NAMES[what].map((n) => keyed.get(n)).find((v) => v !== undefined)
  const found: Layout = {
    ...{ total: named('total'), connect: named('connect'), header: named('header'), response: named('response') },
    ...{ upstream: named('upstream') ?? dialledIn(keyed), requestId: named('requestId'), length: named('length') },
  }
  if (Object.values(found).some((v) => v !== undefined)) return { ...found, roundTrip: named('roundTrip') }
  const words = bareWords(tail)
  const times = words.filter((w) => SECONDS.test(w) || w === '-')
  const from = times.findIndex((w) => w !== '-')
  const [total, ...upstream] = from < 0 ? [] : times.slice(from)
  while (upstream.length > 1 && upstream.at(-1) === '-') upstream.pop()
  const [connect, header, response] =
    upstream.length >= 3
      ? upstream
      : upstream.length === 2
        ? [upstream[0], undefined, upstream[1]]
        : [undefined, undefined, upstream[0]]
  const at = words.findIndex((w) => ADDRESS.test(w.split(', ', 1)[0] ?? ''))
  const length = at < 0 ? undefined : words[at + 1]
  return { total, connect, header, response, upstream: words[at], ...(/^\d{1,12}$/.test(length ?? '') && { length }) }
}

/** An address with its port under any name, but those of the other side. */
const CALLERS = /client|remote|real|forward|xff|src|source|peer/i
const dialledIn = (keyed: ReadonlyMap<string, string>): string | undefined =>
  [...keyed]
    .map(([name, value]) => [name, value.replace(SPENT_THERE, '')] as const)
    .find(([name, value]) => !CALLERS.test(name) && ADDRESS.test(value.split(/, | : /, 1)[0] ?? ''))?.[1]
/** How long it took, behind the address: `10.71.0.20:8200/78`. */
const SPENT_THERE = /(?<=:\d{1,5})\/\d{1,9}$/

const AGENT = new RegExp(PAGE_AND_AGENT)
/** Values behind the agent, without quotes and brackets. */
function bareWords(tail: string): string[] {
  const agent = AGENT.exec(tail)
  const rest = agent ? tail.slice(agent[0].length) : tail
  return [...rest.slice(0, 2_000).matchAll(/"([^"]{0,512})"|\[([^\]]{0,255})\]|(\S{1,255})/g)].map(
    (m) => m[1] ?? m[2] ?? m[3] ?? '',
  )
}

const SHORTEST_LIMIT_MS = 500

export function addLayout(fields: ParsedFields, layout: Layout, status: number | undefined): void {
  const [total, connect, header, response] = [layout.total, layout.connect, layout.header, layout.response].map(
    readTries,
  )
  const length = Number(layout.length?.split(/, | : /).at(-1) ?? 0)
  addAnswer(fields, {
    status,
    connected: connect === undefined ? undefined : !connect.isDash,
    // The status of an upstream that timed out is logged as 504 too: a header shows that it answered, or a time no limit is that short.
    // Where the layout has the length of what it sent, that tells: one that timed out sent nothing.
    answered:
      length > 0 || (header === undefined ? (response?.last ?? SHORTEST_LIMIT_MS) < SHORTEST_LIMIT_MS : !header.isDash),
  })
  const isAnswered = header === undefined ? fields['event.action'] === 'request-succeeded' : !header.isDash
  addTimes(fields, {
    total: total?.last,
    connect: connect?.last,
    response: isAnswered ? (header?.last ?? response?.last) : undefined,
  })
  const tries = Math.max(connect?.count ?? 0, response?.count ?? 0)
  if (tries > 1) fields['whytimeout.retries'] = tries - 1
  addUpstream(fields, layout.upstream?.split(/, | : /).at(-1))
  addRoundTrip(fields, layout.roundTrip)
  if (layout.requestId !== undefined && layout.requestId !== '-')
    fields['whytimeout.request_id'] = layout.requestId.slice(0, 128)
}

/** ngx_http_core_module: in microseconds, whole; 0 where the connection is too young to know. */
function addRoundTrip(fields: ParsedFields, value: string | undefined): void {
  if (value !== undefined && /^[1-9]\d{0,8}$/.test(value)) fields['whytimeout.rtt_ms'] = Number(value) / 1_000
}
