import type { ParsedFields } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { NS_PER_MS } from './format.js'

/**
 * Access lines of web servers and proxies, as far as they are alike: the Common Log Format, and what a status says.
 * Source: Apache mod_log_config, nginx ngx_http_log_module, Traefik access logs; RFC 9110, 15 (status codes).
 */
export type AccessLine = {
  readonly vhost: string | undefined
  /** Address or name. */
  readonly client: string
  readonly at: string
  readonly method: string | undefined
  readonly path: string | undefined
  readonly status: number | undefined
  readonly bytes: number | undefined
  /** What stands behind status and size, with its leading blank. */
  readonly tail: string
}

/** 1 virtual host, 2 client, 3 time, 4 request, quotes in it escaped or not, 5 status, 6 bytes */
const CLF =
  /^(?:([\w.:-]{1,255}) )?([\w.:-]{1,255})(?:, [\w.:, -]{1,512})? (?:-|\S{1,128}) \S{1,128} \[([^\]]{20,34})\] "(.{0,8192}?)" (\d{3}|-) (\d{1,18}|-)(?![^\s])/
/** Behind status and size: the page that led there and the client's program. */
export const PAGE_AND_AGENT = String.raw`^ "(?:[^"\\]|\\.){0,8192}" "(?:[^"\\]|\\.){0,8192}"`
const REQUEST = /^([A-Z]{1,20}) (\S{1,4096})/

export function readAccessLine(text: string): AccessLine | undefined {
  const m = CLF.exec(text)
  if (!m) return undefined
  const request = REQUEST.exec(m[4] ?? '')
  return {
    vhost: m[1],
    client: m[2] ?? '',
    at: m[3] ?? '',
    method: request?.[1],
    path: request?.[2]?.slice(0, 2048),
    status: m[5] === '-' ? undefined : Number(m[5]),
    bytes: m[6] === '-' ? undefined : Number(m[6]),
    tail: text.slice(m[0].length),
  }
}

/** What a proxy's own status says; 504 is the proxy's own limit unless the upstream is known to have answered. */
export type Answer = {
  readonly status: number | undefined
  /** Undefined: the layout does not tell. */
  readonly connected?: boolean | undefined
  /** The upstream sent a status of its own: then a 504 is its answer, given in time. */
  readonly answered?: boolean | undefined
}

export function addAnswer(fields: ParsedFields, { status, connected, answered }: Answer): void {
  if (status !== undefined) fields['http.response.status_code'] = status
  const isTimeout = status === 504 && answered !== true
  const action: Action = isTimeout ? (connected === false ? 'connect-timeout' : 'response-timeout') : actionOf(status)
  fields['event.action'] = action
  fields['event.outcome'] = action === 'request-succeeded' ? 'success' : 'failure'
  if (!isTimeout) return
  fields['whytimeout.phase'] = connected === false ? 'connect' : 'response'
  fields['whytimeout.suffered_by'] = 'gateway'
}

function actionOf(status: number | undefined): Action {
  switch (status) {
    case undefined:
    // nginx: the client closed before the answer. Both say that nobody was there to take it.
    case 499:
    case 0:
      return 'connection-closed'
    case 408:
      return 'read-idle'
    case 429:
      return 'rate-limited'
    case 495:
    case 496:
      return 'tls-failed'
    default:
      return status >= 500 ? 'request-failed' : 'request-succeeded'
  }
}

/** Client, request and times of one access line. */
export function addRequest(
  fields: ParsedFields,
  { client, method, path, bytes }: Pick<AccessLine, 'client' | 'method' | 'path' | 'bytes'>,
): void {
  fields['event.category'] = ['web', 'network']
  addSource(fields, client)
  if (method !== undefined) fields['http.request.method'] = method
  if (path !== undefined) fields['url.path'] = path
  if (path !== undefined) addQuery(fields, path)
  if (bytes !== undefined) fields['destination.bytes'] = bytes
}

const TERMINAL = /[?&](?:tid|term(?:inal)?(?:_?id)?)=([A-Za-z0-9][A-Za-z0-9_-]{2,31})(?=[&#]|$)/i
const TRACE_NUMBER = /[?&](?:stan|trace(?:_?(?:no|number|id))?)=(\d{4,12})(?=[&#]|$)/i

/** Terminal and trace number, where the request's address has them. */
export function addQuery(fields: ParsedFields, path: string): void {
  if (!path.includes('?')) return
  const terminal = TERMINAL.exec(path)?.[1]
  const stan = TRACE_NUMBER.exec(path)?.[1]
  if (terminal !== undefined) fields['whytimeout.terminal_id'] ??= terminal
  if (stan !== undefined) fields['whytimeout.stan'] ??= stan
}

const ADDRESS = /^(?:(\d{1,3}(?:\.\d{1,3}){3})|\[?([0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,40}?)\]?)(?::(\d{1,5}))?$/

export type Endpoint = { readonly ip?: string; readonly domain?: string; readonly port?: number }

/** `1.2.3.4:80`, `[::1]:80`, `name:80` or without port. */
export function readHostPort(text: string): Endpoint | undefined {
  const ip = /^\d/.test(text) || text.includes('::') || text.startsWith('[') ? ADDRESS.exec(text) : null
  const bare = /^[0-9a-fA-F:]{2,45}$/.test(text) && text.split(':').length > 2
  if (ip && !bare) return { ip: ip[1] ?? ip[2] ?? '', ...portOf(ip[3]) }
  if (bare) return { ip: text }
  const name = /^([A-Za-z0-9_][\w.-]{0,254})(?::(\d{1,5}))?$/.exec(text)
  return name ? { domain: name[1] ?? '', ...portOf(name[2]) } : undefined
}

const portOf = (text: string | undefined): { port?: number } => {
  const n = Number(text)
  return text !== undefined && n > 0 && n <= 65_535 ? { port: n } : {}
}

export function addSource(fields: ParsedFields, client: string): void {
  const from = readHostPort(client)
  if (from?.ip !== undefined) fields['source.ip'] = from.ip
  if (from?.port !== undefined) fields['source.port'] = from.port
}

/** Where the request went, by the address the proxy logs. */
export function addUpstream(fields: ParsedFields, address: string | undefined): void {
  if (address === undefined) return
  const to = readHostPort(address)
  if (!to) return
  if (to.ip !== undefined) fields['destination.ip'] = to.ip
  if (to.domain !== undefined) fields['destination.domain'] = to.domain
  if (to.port !== undefined) fields['destination.port'] = to.port
  fields['service.target.name'] ??= address
}

/** @param total  milliseconds */
export function addTimes(
  fields: ParsedFields,
  { total, connect, tls, response }: Partial<Record<'total' | 'connect' | 'tls' | 'response', number | undefined>>,
): void {
  if (total !== undefined) fields['event.duration'] = Math.round(total * NS_PER_MS)
  if (connect !== undefined) fields['whytimeout.connect_ms'] = Math.round(connect)
  if (tls !== undefined) fields['whytimeout.tls_ms'] = Math.round(tls)
  if (response !== undefined) fields['whytimeout.response_ms'] = Math.round(response)
}
