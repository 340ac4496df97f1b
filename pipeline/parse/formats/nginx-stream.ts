import type { ParsedFields } from '../../../schemas/event.js'
import { addSource, addTimes, addUpstream, readHostPort } from '../access-line.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { findTime, readTime, type WallTime } from '../time.js'
import { readTries } from './nginx-layout.js'

/** One session of ngx_stream_proxy_module, whatever its layout; what the layout has not is undefined. */
export type StreamSession = {
  readonly client: string
  readonly status: number
  /** Sent to the client and received from it, bytes. */
  readonly sent?: number | undefined
  readonly received?: number | undefined
  readonly protocol?: string | undefined
  /** Seconds, as written. */
  readonly total: string
  /** `-` where no connection came about. */
  readonly connect?: string | undefined
  readonly firstByte?: string | undefined
  readonly upstream?: string | undefined
}

/** Source: ngx_stream_core_module, $status; ngx_stream_proxy_module; ngx_stream_upstream_module. */
export function streamFields(s: StreamSession): ParsedFields {
  const connect = readTries(s.connect)
  const first = readTries(s.firstByte)
  // A session that ends by `proxy_timeout` or by its client has status 200 too.
  const isUnanswered = s.status === 200 && ((s.sent === 0 && (s.received ?? 0) > 0) || first?.isDash === true)
  const fields: ParsedFields = {
    'event.category': ['network'],
    'event.type': ['connection', 'end'],
    'network.transport': (s.protocol ?? 'TCP').toLowerCase(),
    ...(s.sent !== undefined && { 'destination.bytes': s.sent }),
    ...(s.received !== undefined && { 'source.bytes': s.received }),
    'event.action':
      s.status === 200
        ? isUnanswered
          ? 'connection-closed'
          : 'request-succeeded'
        : s.status === 403
          ? 'policy-denied'
          : s.status === 503
            ? 'rate-limited'
            : 'request-failed',
    'event.outcome': s.status === 200 && !isUnanswered ? 'success' : 'failure',
    'event.reason': String(s.status),
    ...(s.status === 502 && { 'whytimeout.phase': 'connect' as const }),
  }
  addSource(fields, s.client)
  addTimes(fields, { total: Number(s.total) * 1000, connect: connect?.last, response: first?.last })
  if (connect && connect.count > 1) fields['whytimeout.retries'] = connect.count - 1
  addUpstream(fields, s.upstream?.split(', ').at(-1))
  return fields
}

/** $status of a session: 200, 400 (the client's data), 403 (access), 500, 502 (no connection to the upstream), 503 (limit_conn). */
const STATUS = /^(?:200|400|403|500|502|503)$/
const SECONDS = /^\d{1,6}\.\d{3}$/
const BETWEEN = /[\s;|,"'<>[\]]+/
const NAMED = /^([A-Za-z_][\w.]{0,23})[=:](.{1,255})$/
/** Both must be in such a line; cheaper to look for than parts. */
const HAS_STATUS = /(?<![\w.])(?:200|400|403|500|502|503)(?![\w.])/
const HAS_SECONDS = /(?<![\w.])\d{1,6}\.\d{3}(?![\w.])/
const HTTP = / HTTP\/\d|"[A-Z]{3,10} \//
const EPOCH = /^1[5-9]\d{8}\.\d{3}$/
const NAMES = {
  total: /^(?:t|tt|time|sess|session|session_?time|dur|duration|total|rt)$/,
  connect: /^(?:ct|uct|uc|conn|connect|(?:up(?:stream)?_?)?conn(?:ect)?_?(?:time)?)$/,
  firstByte: /^(?:fb|uf|ufb|ufirst|first|(?:up(?:stream)?_?)?first_?(?:byte)?_?(?:time)?)$/,
  received: /^(?:in|rx|recv|received|bytes_received|br)$/,
  sent: /^(?:out|tx|sent|bytes_sent|bs)$/,
  status: /^(?:st|status|s|code|rc)$/,
} as const
const SESSION = /[\s,;|{]"?sess(?:ion)?(?:_?time)?"?[=:] ?"?\d{1,6}\.\d{3}(?!\d)/
const FEWEST = 5
const MOST = 32

type Part = { readonly name: string; readonly value: string }

/**
 * A session in a layout of somebody's own: bare values or pairs. Every such layout has the client's address, the status and how long it took, and
 * the upstream or the transport beside them; a request it has none.
 */
const read = keepingLast((text, header): { session: StreamSession; time: WallTime } | undefined => {
  if (!HAS_STATUS.test(text) || !HAS_SECONDS.test(text) || HTTP.test(text)) return undefined
  const began = header.time ? { time: header.time, start: 0, end: 0 } : findTime(text, 64)
  if (!began) return undefined
  // Who called may stand before the time.
  const parts = `${text.slice(0, began.start)} ${text.slice(began.end, began.end + 800)}`
    .split(BETWEEN, MOST)
    .filter((part) => part !== '')
    .map((part): Part => {
      const m = NAMED.exec(part)
      return m ? { name: (m[1] ?? '').toLowerCase(), value: m[2] ?? '' } : { name: '', value: part }
    })
  if (parts.length < FEWEST) return undefined
  const named = (what: keyof typeof NAMES) => parts.find((p) => NAMES[what].test(p.name))?.value
  const status = parts.find((p) => STATUS.test(p.value) && (p.name === '' || NAMES.status.test(p.name)))?.value
  const first = parts.findIndex((p) => SECONDS.test(p.value) && (p.name === '' || NAMES.total.test(p.name)))
  if (status === undefined || first < 0) return undefined
  const ends = parts.flatMap((p, at) => (readHostPort(p.value)?.ip === undefined ? [] : [{ at, text: p.value }]))
  const [client] = ends
  const withPort = ends.filter((e) => readHostPort(e.text)?.port !== undefined)
  const upstream = withPort.at(-1)
  const transport = parts.find((p) => /^(?:tcp|udp)(?:\/\d{1,5})?$/i.test(p.value))?.value.slice(0, 3)
  if (!client || (transport === undefined && (!upstream || upstream === client))) return undefined
  const port = parts[client.at + 1]?.value ?? ''
  const after = upstream && upstream !== client ? bareTimes(parts.slice(upstream.at + 1)) : []
  const epoch = parts.find((p) => (p.name === '' || p.name === 'msec') && EPOCH.test(p.value))?.value
  return {
    session: {
      client: withPort.includes(client) || !/^\d{2,5}$/.test(port) ? client.text : `${client.text}:${port}`,
      status: Number(status),
      ...{ sent: bytes(named('sent')), received: bytes(named('received')) },
      ...{ protocol: transport, total: parts[first]?.value ?? '' },
      ...{ connect: named('connect') ?? after[0], firstByte: named('firstByte') ?? after[1] },
      upstream: upstream === client ? undefined : upstream?.text,
    },
    // $msec has what $time_local and $time_iso8601 cut off.
    time: (epoch === undefined ? undefined : readTime(epoch)?.time) ?? began.time,
  }
})

const bytes = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

/** Times of the upstream behind its address: of the connection, of the first byte. */
const bareTimes = (parts: readonly Part[]): string[] =>
  parts.flatMap((p) => (p.name === '' && (p.value === '-' || SECONDS.test(p.value)) ? [p.value] : []))

export const nginxStream = defineFormat({
  id: 'nginx-stream',
  title: 'nginx stream sessions in a log_format of their own',
  source:
    'nginx documentation, ngx_stream_log_module, ngx_stream_core_module and ngx_stream_upstream_module (embedded variables)',
  // Pairs that name a session are nginx's; other pairs with a status and a time may be anybody's.
  detect: (text, header) => (read(text, header) ? (SESSION.test(text) ? 0.98 : 0.6) : 0),
  parse: (text, header) => {
    const found = read(text, header)
    return found && accept({ ...streamFields(found.session), message: text.slice(0, 500) }, found.time)
  },
})
