import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase, Sufferer } from '../../../schemas/vocabulary.js'
import { addIds } from '../access-ids.js'
import { type AccessLine, addQuery, addRequest, addSource, addUpstream, readAccessLine } from '../access-line.js'
import { accept, defineFormat, keepingLast, type ParseResult } from '../format.js'
import { isMsec, type JsonLine, readJsonLine, textAt } from '../json-line.js'
import { readNetworkError } from '../network-error.js'
import { readTime } from '../time.js'
import { addLayout, LAYOUT_NAMES, type Layout, layoutOf } from './nginx-layout.js'
import { streamFields } from './nginx-stream.js'

/**
 * nginx (and OpenResty, Tengine, ingress-nginx): error log, access log in the layouts met with in the field (combined, with keyed or
 * bare times behind it, JSON), stream access log.
 * Units: times in seconds with three decimals; `-` = did not happen; lists (`, ` and ` : `) are one entry an upstream tried.
 * Source: ngx_http_log_module, ngx_http_upstream_module, ngx_stream_proxy_module; src/http/ngx_http_upstream.c, src/core/ngx_resolver.c.
 */
const ERROR =
  /^(?<at>\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) \[(?<level>[a-z]{3,8})\] (?<pid>\d{1,10})#\d{1,10}: (?:\*(?<connection>\d{1,18}) )?(?<text>.{1,8000})$/s
/** `$remote_addr [$time_local] $protocol $status $bytes_sent $bytes_received $session_time`, perhaps with the upstream's quoted values. */
const STREAM =
  /^(?<ip>[0-9a-fA-F.:]{2,45}) \[(?<at>[^\]]{20,32})\] (?<protocol>TCP|UDP) (?<status>\d{3}) (?<sent>\d{1,18}) (?<received>\d{1,18}) (?<secs>\d{1,9}\.\d{3})(?: "(?<upstream>[^"]{1,512})" "(?:[^"]{1,200})" "(?:[^"]{1,200})" "(?<connect>[^"]{1,200})")?/

export const nginx = defineFormat({
  id: 'nginx',
  title: 'nginx access, error and stream log',
  source: 'nginx documentation, ngx_http_log_module, ngx_http_upstream_module and ngx_stream_proxy_module',
  block: { starts: /^[0-9a-fA-F.:]{2,45} \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d: +-]{8,20}\] (?:TCP|UDP) \d{3} / },
  detect: (text, header) => {
    if (ERROR.test(text) || STREAM.test(text)) return 1
    if (accessIn(text, header)) return 0.8
    const json = jsonAccess(text, header)
    return json ? 0.9 : 0
  },
  parse: (text, header) => {
    const error = ERROR.exec(text)?.groups
    if (error) return errorLine(error)
    const stream = STREAM.exec(text)?.groups
    if (stream) return streamLine(stream)
    const access = accessIn(text, header)
    if (access) return accessLine(access, text)
    const json = jsonAccess(text, header)
    return json && jsonLine(json, text)
  },
})

const accessIn = keepingLast(readAccessLine)

function errorLine(g: Record<string, string | undefined>): ParseResult | undefined {
  const when = readTime(g.at ?? '')
  const text = g.text ?? ''
  const level = {
    'log.level': g.level ?? '',
    'process.pid': Number(g.pid),
    ...(g.connection !== undefined && { 'whytimeout.extra': { connection: g.connection } }),
  }
  return when && accept({ ...level, ...readError(text), message: text }, when.time)
}

/** Pairs behind an error: `, client: 10.0.0.1, server: …, request: "…", upstream: "…", host: "…"`. */
function contextOf(text: string): ParsedFields {
  const fields: ParsedFields = {}
  const client = /, client: ([0-9a-fA-F.:]{2,45})/.exec(text)?.[1]
  const request = /, request: "([A-Z]{1,20}) (\S{1,2048})/.exec(text)
  const upstream =
    /, upstream: "(?:\w{2,8}:\/\/)?([\w.[\]:-]{1,255})/.exec(text)?.[1] ??
    /\bconnect\(\) to ([\w.[\]:-]{4,255}) failed/.exec(text)?.[1]
  const host = /, host: "([\w.-]{1,255})/.exec(text)?.[1]
  if (client !== undefined) addSource(fields, client)
  addUpstream(fields, upstream?.replace(/:$/, ''))
  if (request?.[1] !== undefined) fields['http.request.method'] = request[1]
  if (request?.[2] !== undefined) {
    fields['url.path'] = request[2]
    addQuery(fields, request[2])
  }
  if (host !== undefined) fields['url.domain'] = host
  return fields
}

const PHASES: readonly (readonly [RegExp, Phase])[] = [
  [/while (?:connecting to upstream|resolving)|when connecting to/, 'connect'],
  [/while SSL handshaking|SSL handshake/, 'tls'],
]

/** What nginx was at, by the `while …` of the message. */
const phaseOf = (text: string): Phase => PHASES.find(([at]) => at.test(text))?.[1] ?? 'response'

type Told = { readonly action: Action; readonly phase?: Phase; readonly code?: string; readonly by?: Sufferer }

function readError(text: string): ParsedFields {
  const told = tell(text)
  const fields = contextOf(text)
  fields['event.action'] = told.action
  if (told.phase) fields['whytimeout.phase'] = told.phase
  if (told.by) fields['whytimeout.suffered_by'] = told.by
  if (/^(?:other|config-changed|program-)/.test(told.action)) return fields
  if (told.action === 'connect-succeeded' || told.action.startsWith('session-')) return fields
  fields['event.outcome'] = 'failure'
  const gist = text.split(/, (?:client|server|request|upstream|host|context|resolver|bytes from): ?/, 1)[0] ?? text
  fields['error.message'] = gist.slice(0, 300)
  if (told.code !== undefined) fields['error.code'] = told.code
  if (told.action === 'dns-timeout' || told.action === 'dns-failed') {
    const name =
      /^"?([\w.-]{1,255})"? could not be resolved|to resolve "?([\w.-]{1,255})|host not found in \w{1,16} "([\w.-]{1,255})/.exec(
        text,
      )
    const asked = name?.[1] ?? name?.[2] ?? name?.[3]
    const resolver = /resolver: ([0-9a-fA-F.]{7,45}):53/.exec(text)?.[1]
    if (asked !== undefined) fields['destination.domain'] = asked
    if (resolver !== undefined) fields['whytimeout.nameserver_ip'] = resolver
  }
  return fields
}

/** Errno in `(110: Connection timed out)`: Linux, BSD and Windows numbers. */
const ERRNO: Readonly<Record<string, Action>> = {
  ...{ 60: 'response-timeout', 110: 'response-timeout', 10060: 'response-timeout' },
  ...{ 61: 'connection-refused', 111: 'connection-refused', 10061: 'connection-refused' },
  ...{ 113: 'host-unreachable', 65: 'host-unreachable', 10065: 'host-unreachable' },
  ...{ 101: 'network-unreachable', 51: 'network-unreachable', 10051: 'network-unreachable' },
  ...{ 104: 'connection-reset', 54: 'connection-reset', 10054: 'connection-reset' },
  ...{ 32: 'connection-closed', 99: 'ports-exhausted', 49: 'ports-exhausted', 10049: 'ports-exhausted' },
  ...{
    24: 'descriptors-exhausted',
    23: 'descriptors-exhausted',
    105: 'socket-memory',
    13: 'policy-denied',
    1: 'policy-denied',
  },
  ...{ 11: 'overload', 35: 'overload' },
}

function tell(text: string): Told {
  const code = /\((\d{1,5}): /.exec(text)?.[1]
  const errno = code === undefined ? undefined : ERRNO[code]
  if (
    /could not be resolved|while resolving|no resolver defined|host not found in|resolver? .{0,40}timed out/.test(text)
  ) {
    const ranOut = errno === 'response-timeout' || /timed out/.test(text)
    return {
      action: ranOut ? 'dns-timeout' : 'dns-failed',
      phase: 'dns',
      by: 'gateway',
      ...(code !== undefined && { code }),
    }
  }
  if (
    /^client timed out|client .{0,60}timed out|timed out.{0,40} while (?:waiting for request|reading client|sending (?:response )?to client|keepalive)/.test(
      text,
    )
  ) {
    // In a handshake it is the gateway that waited until its limit ran out; a quiet client is no attempt.
    return /SSL handshak/.test(text)
      ? { action: 'tls-timeout', phase: 'tls', by: 'gateway', code: code ?? '110' }
      : { action: 'read-idle' }
  }
  if (/while proxying (?:connection|and)/.test(text) && /timed out/.test(text)) {
    // The stream proxy knows one limit for all: what was sent and not answered tells them apart, and what could not even be sent on.
    const bytes = /bytes from\/to client:(\d{1,18})\/\d{1,18}, bytes from\/to upstream:(\d{1,18})\/(\d{1,18})/.exec(
      text,
    )
    const waits = bytes !== null && Number(bytes[1]) > 0 && bytes[2] === '0'
    const phase = !waits ? 'idle' : bytes[3] === '0' ? 'connect' : 'response'
    return { action: `${phase}-timeout`, phase, by: 'gateway', code: code ?? '110' }
  }
  if (
    /upstream timed out/.test(text) ||
    (errno === 'response-timeout' && /\b(?:connect|recv|send|writev|SSL_\w{1,16})\(\)/.test(text))
  ) {
    const phase = /^connect\(\)/.test(text) ? 'connect' : phaseOf(text)
    return { action: `${phase}-timeout`, phase, by: 'gateway', code: code ?? '110' }
  }
  const lua =
    /^lua (?:tcp|udp) socket (connect|read|send|write) timed out|lua ssl handshake timed out|^lua \w{3,4} socket .{0,40}timed out/.exec(
      text,
    ) ?? /lua tcp socket (connect|read|send) timed out/.exec(text)
  if (lua) {
    const phase = lua[1] === 'connect' ? 'connect' : /handshake/.test(lua[0]) ? 'tls' : 'response'
    return { action: `${phase}-timeout`, phase, by: 'gateway' }
  }
  if (/closed keepalive connection|keepalive connection closed/.test(text)) return { action: 'session-ended' }
  if (/no live upstreams/.test(text)) return { action: 'no-server-available' }
  if (/upstream server temporarily disabled/.test(text)) return { action: 'server-down' }
  if (/limiting (?:requests|connections)|delaying request/.test(text)) return { action: 'rate-limited' }
  if (/worker_connections (?:are not enough|are exceeded)/.test(text)) return { action: 'descriptors-exhausted' }
  if (
    /upstream SSL certificate|SSL_do_handshake\(\) failed|SSL_write\(\) failed|client SSL certificate|in SSL handshake/.test(
      text,
    )
  )
    return { action: 'tls-failed', phase: 'tls' }
  if (/prematurely closed|client closed connection|closed connection|client disconnected prematurely/.test(text))
    return { action: 'connection-closed' }
  if (/access forbidden by rule|directory index of .{1,200} is forbidden/.test(text)) return { action: 'policy-denied' }
  if (errno !== undefined && errno !== 'response-timeout') {
    const isConnect = errno === 'connection-refused' || errno.endsWith('-unreachable')
    const isOther = (errno === 'policy-denied' || errno === 'overload') && !/connect\(\)/.test(text)
    return {
      action: isOther ? 'other' : errno,
      ...(isConnect && { phase: 'connect' as const }),
      ...(code !== undefined && { code }),
    }
  }
  if (/^client [\d.:a-fA-F[\]]{2,50} connected to /.test(text)) return { action: 'session-started' }
  if (/^proxy [\d.:a-fA-F[\]]{2,50} connected to /.test(text)) return { action: 'connect-succeeded' }
  if (/^(?:client|upstream) disconnected, bytes/.test(text)) return { action: 'session-ended' }
  if (/reconfiguring/.test(text)) return { action: 'config-changed' }
  if (/^(?:start worker process|nginx\/\d|openresty\/\d|built by|OS: )/.test(text)) return { action: 'program-started' }
  if (/gracefully shutting down|^exiting|^exit$|SIG(?:TERM|QUIT|INT)\) received/.test(text))
    return { action: 'program-stopped' }
  if (/upstream sent (?:invalid|too big|no valid|unexpected|duplicate)|intended to send too large/.test(text))
    return { action: 'request-failed' }
  const error = readNetworkError(text)
  return error
    ? { action: error.action, ...(error.phase && { phase: error.phase }), by: 'gateway' }
    : { action: 'other' }
}

function accessLine(line: AccessLine, text: string): ParseResult | undefined {
  const when = readTime(line.at)
  if (!when) return undefined
  const fields: ParsedFields = {}
  addRequest(fields, line)
  if (line.vhost !== undefined) fields['url.domain'] = line.vhost.replace(/:\d{1,5}$/, '')
  addLayout(fields, layoutOf(line.tail), line.status)
  addIds(fields, line.tail)
  fields.message = text.slice(0, 500)
  return accept(fields, when.time)
}

/** Names that only a proxy has use for. */
const UPSTREAM_TIMES = [...LAYOUT_NAMES.connect, ...LAYOUT_NAMES.response].filter((n) => /^u[crp]/.test(n))

const jsonAccess = keepingLast((text): JsonLine | undefined => {
  const json = readJsonLine(text)
  if (!json) return undefined
  const isAccess = 'remote_addr' in json || 'upstream_addr' in json || UPSTREAM_TIMES.some((n) => n in json)
  return isAccess && ('status' in json || 'request' in json || 'request_time' in json) ? json : undefined
})

function jsonLine(json: JsonLine, text: string): ParseResult | undefined {
  const exact = textAt(json, 'msec')
  const at = isMsec(exact)
    ? exact
    : textAt(json, 'time_iso8601', '@timestamp', 'timestamp', 'time_local', 'time', 'msec', 'ts')
  const when = at === undefined ? undefined : readTime(at)
  if (!when) return undefined
  const request = /^([A-Z]{1,20}) (\S{1,2048})/.exec(textAt(json, 'request') ?? '')
  const status = textAt(json, 'status', 'response_status')
  const value = (what: keyof Layout) => {
    const found = LAYOUT_NAMES[what].map((n) => json[n]).find((v) => v !== undefined && v !== null)
    return found === undefined ? undefined : String(found)
  }
  const bytes = Number(textAt(json, 'body_bytes_sent', 'bytes_sent', 'bytes'))
  const fields: ParsedFields = {}
  addRequest(fields, {
    client: textAt(json, 'remote_addr', 'client_ip', 'remote_ip', 'client_addr', 'client') ?? '',
    method: textAt(json, 'request_method', 'method') ?? request?.[1],
    path: (textAt(json, 'request_uri', 'uri', 'path') ?? request?.[2])?.slice(0, 2048),
    bytes: Number.isSafeInteger(bytes) ? bytes : undefined,
  })
  const clientPort = Number(textAt(json, 'remote_port', 'client_port', 'cport'))
  if (clientPort > 0 && clientPort <= 65_535) fields['source.port'] = clientPort
  const host = textAt(json, 'server_name', 'host', 'http_host')
  if (host !== undefined) fields['url.domain'] = host.replace(/:\d{1,5}$/, '')
  const layout = Object.fromEntries(
    (Object.keys(LAYOUT_NAMES) as (keyof Layout)[]).filter((n) => value(n) !== undefined).map((n) => [n, value(n)]),
  )
  addLayout(fields, layout, status === undefined ? undefined : Number(status))
  fields.message = text.slice(0, 500)
  return accept(fields, when.time)
}

/** Status of a session (ngx_stream_core_module): 200, 400 bad data, 403 forbidden, 500, 502 upstream not reached, 503 limited. */
function streamLine(g: Record<string, string | undefined>): ParseResult | undefined {
  const when = readTime(g.at ?? '')
  const session = {
    ...{ client: g.ip ?? '', status: Number(g.status), sent: Number(g.sent), received: Number(g.received) },
    ...{ protocol: g.protocol, total: g.secs ?? '', connect: g.connect, upstream: g.upstream },
  }
  return when && accept(streamFields(session), when.time)
}
