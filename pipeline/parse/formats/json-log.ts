import type { ParsedFields } from '../../../schemas/event.js'
import { addRequest, readHostPort } from '../access-line.js'
import { accept, defineFormat, keepingLast, NS_PER_MS } from '../format.js'
import { gated } from '../gate.js'
import { isMsec, type JsonLine, readJsonLine } from '../json-line.js'
import { addProxy, proxyIn } from '../proxy.js'
import { readTime, type WallTime } from '../time.js'
import { describe } from './application.js'
import { addLayout, LAYOUT_NAMES, type Layout } from './nginx-layout.js'

/**
 * An application's own JSON lines: a time, a level, a message, perhaps an error with its stack, under the names that the common loggers
 * give them (pino, bunyan, winston, zap, logrus, slog, Serilog, log4j2 and logback JSON layouts, Python's structlog, Rust's tracing, ECS).
 * Source: their manuals; Elastic Common Schema.
 */
const TIME_KEYS = [
  '@timestamp',
  'timestamp',
  'time',
  'ts',
  't',
  '@t',
  'Timestamp',
  'datetime',
  'date',
  'eventTime',
  'timeMillis',
  'instant',
  'asctime',
  'log_time',
  'timeUnixNano',
  'observedTimeUnixNano',
]
const TEXT_KEYS = [
  'message',
  'msg',
  'short_message',
  '@m',
  '@mt',
  'RenderedMessage',
  'MessageTemplate',
  'event',
  'text',
  'log',
  'body.stringValue',
  'body',
]
const LEVEL_KEYS = [
  'level',
  'lvl',
  'severity',
  'log.level',
  'levelname',
  'Level',
  '@l',
  'loglevel',
  'log_level',
  'severityText',
  'SeverityText',
]
const LOGGER_KEYS = [
  'logger',
  'log.logger',
  'logger_name',
  'loggerName',
  'name',
  'component',
  'module',
  'caller',
  'target',
  'SourceContext',
  'category',
]
/** Tracing calls the module that speaks its target, others whom they call. */
const IS_PLACE = /^\w{2,12}:\/\/|^[\w.-]{1,255}:\d{2,5}$/
const ERROR_KEYS = [
  'err',
  'error',
  'exception',
  'exc_info',
  'stack_trace',
  'stack',
  'stackTrace',
  'thrown',
  '@x',
  'Exception',
  'error.message',
  'error.stack_trace',
  'cause',
  'reason',
]
const MILLIS_KEYS = [
  'durationMs',
  'duration_ms',
  'elapsed_ms',
  'elapsedMs',
  'elapsedMillis',
  'ElapsedMilliseconds',
  'responseTime',
  'latency_ms',
  'took_ms',
  'ms',
  'tookMs',
  'afterMs',
  'after_ms',
  'waitedMs',
  'waited_ms',
]
/** pino's and bunyan's numbers. */
const LEVELS: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}
const MOST_PAIRS = 96
const MOST_DEPTH = 4

export const jsonLog = defineFormat({
  id: 'json-log',
  title: 'JSON lines of applications (pino, zap, logrus, Serilog, log4j2, structlog, tracing, ECS)',
  source: 'manuals of the loggers named; Elastic Common Schema',
  detect: (text, header) => (read(text, header) ? 0.5 : 0),
  parse: (text, header) => {
    const found = read(text, header)
    if (!found) return undefined
    return accept(fieldsOf(found.pairs, text), found.time)
  },
})

const ONE_WORD = /^[a-z][a-z_-]{1,31}$/i

type Pairs = ReadonlyMap<string, string>
type Found = { readonly pairs: Pairs; readonly time: WallTime }

const read = keepingLast((text): Found | undefined => {
  const json = readJsonLine(text)
  if (!json) return undefined
  const pairs = new Map<string, string>()
  flatten(json, '', 0, pairs)
  if (pairs.size === 0) return undefined
  const time = timeOf(pairs)
  return time && { pairs, time }
})

/** By a name that loggers use, else by one that says it is a time. */
function timeOf(pairs: Pairs): WallTime | undefined {
  const exact = pairs.get('msec')
  const usual = isMsec(exact) ? exact : (pick(pairs, TIME_KEYS) ?? instantOf(pairs))
  const when = usual === undefined ? undefined : readTime(epoch(usual))
  if (when) return when.time
  for (const [key, value] of pairs) {
    const found = NAMES_TIME.test(key) ? readTime(epoch(value)) : undefined
    if (found) return found.time
  }
  return undefined
}
/** Log4j2's JsonLayout: `"instant":{"epochSecond":1773298165,"nanoOfSecond":254633407}`; a layout of one's own may count milliseconds. */
function instantOf(pairs: Pairs): string | undefined {
  const secs = pick(pairs, ['instant.epochSecond'])
  const [nanos, ms] = [pairs.get('instant.nanoOfSecond'), pairs.get('instant.epochMillisOfSecond')]
  const part = nanos?.padStart(9, '0') ?? ms?.padStart(3, '0')
  return secs === undefined || part === undefined ? secs : `${secs}.${part}`
}
const NAMES_TIME = /time_?stamp$|^time|_at$|At$|date(?:time)?$|(?:start|end|event|log)_?time$/i

/** Epochs come with a fraction of any length, or as a float in scientific notation. */
const epoch = (at: string): string => (/^\d\.\d{1,17}e\+?\d{1,2}$/i.test(at) ? String(Number(at)) : at)

/** Values by their dotted names, as far as they are words or numbers. */
function flatten(value: JsonLine, path: string, depth: number, into: Map<string, string>): void {
  for (const [key, inner] of Object.entries(value)) {
    if (into.size >= MOST_PAIRS) return
    const named = namedValue(inner)
    if (named) {
      into.set(...named)
      continue
    }
    const name = path === '' ? key : `${path}.${key}`
    if (typeof inner === 'string' || typeof inner === 'number' || typeof inner === 'boolean')
      into.set(name, String(inner))
    else if (typeof inner === 'object' && inner !== null && depth < MOST_DEPTH && !(depth > 0 && OF_CLIENT.test(key)))
      flatten(inner as JsonLine, name, depth + 1, into)
  }
}

/** What errors of HTTP clients (got, axios) carry of the client itself: pools, hooks, which errors it would try again after. */
const OF_CLIENT =
  /^(?:agent|https?Agent|hooks|retry|pagination|transitional|transformRe(?:quest|sponse)|env|_\w{1,30})$/
/** What was asked for, within an error: told by its names like any pair, while the rest of it says nothing of the failure. */
const ASKED = /\.(?:options|config|request|response|opts|input)\./
const ASKED_FOR =
  /\.(?:url|uri|href|baseURL|host(?:name)?|port|method|body|data|timeout(?:\.\w{1,16})?|headers\.x-[\w-]{1,40})$/i
const AGENT_KEY = /(?:^|\.)user[-_]?agent$/i

/** OTLP's attributes: `{"key":"net.peer.ip","value":{"stringValue":"192.0.2.1"}}`. */
function namedValue(inner: unknown): [name: string, value: string] | undefined {
  if (typeof inner !== 'object' || inner === null) return undefined
  const { key, value } = inner as { key?: unknown; value?: unknown }
  if (typeof key !== 'string' || typeof value !== 'object' || value === null) return undefined
  const { stringValue, intValue, doubleValue, boolValue } = value as Record<string, unknown>
  const only = stringValue ?? intValue ?? doubleValue ?? boolValue
  return only === undefined || typeof only === 'object' ? undefined : [key, String(only)]
}

/** A key as it is, or as the last part of a nested one. */
function pick(pairs: Pairs, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = pairs.get(key) ?? pairs.get(`fields.${key}`)
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** Google's Cloud NAT log; AWS NAT gateways' metric ErrorPortAllocation; Azure's SNAT counters and advice. */
const NO_NAT_PORT = gated(
  /"allocation_status"\s?:\s?"DROPPED"|\bErrorPortAllocation\b(?![^}]{0,80}:\s?0(?:\.0)?[,}])|\bSNAT (?:port )?(?:exhaust|allocation fail|connection fail)/,
)

function fieldsOf(pairs: Pairs, text: string): ParsedFields {
  const said = pick(pairs, TEXT_KEYS)
  const errors = [...pairs].filter(
    ([key]) =>
      ERROR_KEYS.some((e) => key === e || key.startsWith(`${e}.`) || key.endsWith(`.${e}`)) && !ASKED.test(key),
  )
  const stack = errors.map(([, value]) => value)
  const skipped = new Set<string>([
    ...TIME_KEYS,
    ...TEXT_KEYS,
    ...LEVEL_KEYS,
    ...LOGGER_KEYS.filter((key) => !IS_PLACE.test(pairs.get(key) ?? '')),
    ...errors.map(([key]) => key),
  ])
  // What it says, then the pairs that name ids, addresses and times, then the error with its stack.
  const isZap = pick(pairs, ['level']) !== undefined && pick(pairs, ['msg']) !== undefined
  const isInSeconds = isZap && (EPOCH_SECONDS.test(pick(pairs, ['ts']) ?? '') || pick(pairs, ['caller']) !== undefined)
  const isServed = pick(pairs, CALLERS) !== undefined && pick(pairs, ['method', 'request.method']) !== undefined
  const rest = [...pairs]
    .filter(
      ([key]) =>
        !skipped.has(key) &&
        !(isServed && OWN_NAME.test(key)) &&
        !AGENT_KEY.test(key) &&
        (errors.length === 0 || !ASKED.test(key) || ASKED_FOR.test(key)),
    )
    .map(([key, value]) => `${nameOf(key)}=${inMillis(key, value, isInSeconds)}`)
  // A single word needs its name beside it: `deadline` may be anything, `err=deadline` is one that ran out.
  const failed = stack.map((s) => (stack.length === 1 && ONE_WORD.test(s) ? `err=${s}` : (s.split('\n', 1)[0] ?? '')))
  const gist = [said, ...failed, ...rest].filter((p) => p !== undefined && p !== '').join(' ')
  const fields = describe([gist.replaceAll('\n', ' '), ...stack].join('\n'))
  if (fields['event.action'] === 'other' && NO_NAT_PORT.test(text))
    Object.assign(fields, {
      'event.action': 'ports-exhausted',
      'event.outcome': 'failure',
      'event.reason': 'no port left for translation',
    })
  const level = pick(pairs, LEVEL_KEYS)
  if (level !== undefined) fields['log.level'] = LEVELS[level] ?? level.toLowerCase()
  const logger = pick(
    pairs,
    LOGGER_KEYS.filter((key) => !IS_PLACE.test(pairs.get(key) ?? '')),
  )
  if (logger !== undefined) fields['log.logger'] = logger.slice(0, 256)
  addKnown(fields, pairs)
  fields.message =
    [said, stack[0]?.split('\n', 1)[0]]
      .filter((p) => p !== undefined && p !== '')
      .join(': ')
      .slice(0, 1_000) || text.slice(0, 1_000)
  return fields
}

/**
 * Go's slog, zap and zerolog write a time.Duration as whole nanoseconds without a unit: so many milliseconds would be a quarter of an hour. zap, known
 * by its `caller` or by its time as seconds with a fraction (`ts`), as Caddy has it, writes durations as such seconds too.
 * Source: log/slog JSONHandler; zap NanosDurationEncoder, NewProductionEncoderConfig (EpochTimeEncoder, SecondsDurationEncoder).
 */
function inMillis(key: string, value: string, isInSeconds: boolean): string {
  if (!SPANS.test(nameOf(key))) return value
  if (/^\d{7,15}$/.test(value)) return `${Number(value) / NS_PER_MS}ms`
  return isInSeconds && /^\d{1,6}(?:\.\d{1,12})?(?:e-\d{1,2})?$/.test(value) ? `${Number(value) * 1_000}ms` : value
}
/** Of a length of time, in the languages of those who name their fields so. */
const SPANS =
  /^(?:took|elapsed|duration|latency|dur|cost|spent|waited|durata|dura[cç][aã]o|duraci[oó]n|dur[ée]e|dauer|duur|kesto|varaktighet|varighed|s[üu]re|czas|trvani|trajanje|tiempo|tempo|temps)$/i
/** Of a request that was served, the host that it asked for is the server's own name, and no one that it called. */
const CALLERS = ['remote_ip', 'remote_addr', 'request.remote_ip', 'request.remote_addr', 'client_ip']
const OWN_NAME = /(?:^|\.)(?:host|server_name)$/
const EPOCH_SECONDS = /^1\d{9}\.\d{1,9}$/

/** The last part of a dotted name, with the one before it where that says whose it is: `source.ip`, `client.port`. */
function nameOf(key: string): string {
  const at = key.lastIndexOf('.')
  const name = key.slice(at + 1)
  // One of a list has the list's name: `headers.X-Pos-Id.0`.
  if (at > 0 && /^\d{1,3}$/.test(name)) return nameOf(key.slice(0, at))
  return /^(?:ip|addr|address|host|port)$/i.test(name) ? key.slice(key.lastIndexOf('.', at - 1) + 1) : name
}

const PROXY_KEYS = [
  'proxy',
  'proxy_url',
  'proxyUrl',
  'proxy.url',
  'http_proxy',
  'https_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
]
/** What structured logs name by the field's own words; better than what free text gives. */
function addKnown(fields: ParsedFields, pairs: Pairs): void {
  const pid = Number(pick(pairs, ['pid', 'process.pid', 'ProcessId']))
  if (Number.isSafeInteger(pid) && pid > 0) fields['process.pid'] = pid
  const service = pick(pairs, ['service.name', 'service', 'app', 'application'])
  if (service !== undefined) fields['service.name'] = service
  const nanos = Number(pick(pairs, ['event.duration']))
  if (Number.isSafeInteger(nanos) && nanos > 0) fields['event.duration'] = nanos
  const millis = Number(pick(pairs, MILLIS_KEYS) ?? Number.NaN)
  if (millis >= 0 && millis < 1e9) fields['event.duration'] = Math.round(millis * NS_PER_MS)
  const [to, from] = [
    pick(pairs, ['destination.ip', 'destination.address', 'server.address', 'net.peer.ip']),
    pick(pairs, ['source.ip', 'client.ip']),
  ]
  const address = to === undefined ? undefined : readHostPort(to)
  if (address?.ip !== undefined) fields['destination.ip'] = address.ip
  if (address?.domain !== undefined) fields['destination.domain'] = address.domain
  const port = Number(pick(pairs, ['destination.port', 'server.port', 'net.peer.port']))
  if (Number.isSafeInteger(port) && port > 0 && port <= 65_535) fields['destination.port'] = port
  const proxy = pick(pairs, PROXY_KEYS)
  if (proxy !== undefined) addProxy(fields, proxyIn(proxy))
  addAccess(fields, pairs)
  addRequestLine(fields, pairs)
  const client = from === undefined ? undefined : readHostPort(from)
  if (client?.ip !== undefined) fields['source.ip'] = client.ip
}

const REQUEST_LINE = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\S{1,2048}) HTTP\/\d/
const STATUS_KEYS = [
  'status',
  'st',
  'sc',
  'code',
  'status_code',
  'statusCode',
  'http_status',
  'response_code',
  'resp_status',
]
const MICROS_KEYS = ['us', 'usec', 'micros', 'duration_us', 'elapsed_us', 'time_us', 'request_time_us', 'D']
const CLIENT_KEYS = [
  'remote',
  'remote_addr',
  'remote_ip',
  'remoteAddr',
  'client',
  'client_ip',
  'clientip',
  'client_addr',
  'src',
  'source',
  'peer',
  'ip',
  'c_ip',
]
const CLIENT_PORT_KEYS = ['rport', 'remote_port', 'client_port', 'cport', 'sport', 'src_port', 'peer_port']
const ADDRESS_PORT = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]{2,45}\]):\d{1,5}(?:, |$)/
/**
 * A request line as HTTP has it, under whatever name, with its status and client: an access log in a layout of somebody's own, whose other names are
 * those that layouts of nginx and Apache usually have.
 */
function addRequestLine(fields: ParsedFields, pairs: Pairs): void {
  let line: RegExpExecArray | null = null
  for (const value of pairs.values()) line ??= REQUEST_LINE.exec(value)
  const status = Number(pick(pairs, STATUS_KEYS) ?? fields['http.response.status_code'] ?? Number.NaN)
  const client = pick(pairs, CLIENT_KEYS)
  const from = client === undefined ? undefined : readHostPort(client)
  if (!line || !(status >= 100 && status <= 599) || (from?.ip === undefined && fields['source.ip'] === undefined))
    return
  for (const name of ['destination.ip', 'destination.port', 'destination.domain', 'related.ip'] as const)
    delete fields[name]
  addRequest(fields, { client: client ?? '', method: line[1], path: line[2], bytes: undefined })
  const port = Number(pick(pairs, CLIENT_PORT_KEYS))
  if (Number.isSafeInteger(port) && port > 0 && port <= 65_535) fields['source.port'] ??= port
  const named = (what: keyof Layout) => pick(pairs, LAYOUT_NAMES[what])
  const upstream = named('upstream')
  addLayout(
    fields,
    {
      ...{ total: named('total'), connect: named('connect'), header: named('header'), response: named('response') },
      ...{ upstream: upstream !== undefined && ADDRESS_PORT.test(upstream) ? upstream : undefined },
      ...{ requestId: named('requestId'), length: named('length'), roundTrip: named('roundTrip') },
    },
    status,
  )
  const micros = Number(pick(pairs, MICROS_KEYS) ?? Number.NaN)
  if (micros >= 0 && micros < 1e12) fields['event.duration'] = Math.round(micros * 1_000)
}

const METHOD_KEYS = ['request.method', 'http.request.method', 'request_method', 'http_method', 'httpMethod', 'method']
/** A line of an access log: who asked, with what method, and the status of the answer (Caddy, Tomcat's JsonAccessLogValve, nginx and Apache as JSON). */
function addAccess(fields: ParsedFields, pairs: Pairs): void {
  const method = pick(pairs, METHOD_KEYS)?.toUpperCase()
  const status = fields['http.response.status_code']
  if (method === undefined || !/^[A-Z]{3,10}$/.test(method) || status === undefined) return
  const isVague = fields['event.action'] === 'other' || fields['event.action'] === 'request-started'
  if (!isVague || fields['source.ip'] === undefined) return
  fields['http.request.method'] = method
  fields['event.action'] = status < 500 ? 'request-succeeded' : 'request-failed'
  fields['event.outcome'] = status < 500 ? 'success' : 'failure'
  const port = Number(pick(pairs, ['request.remote_port', 'remote_port', 'client.port', 'source.port']))
  if (Number.isSafeInteger(port) && port > 0 && port <= 65_535) fields['source.port'] ??= port
}
