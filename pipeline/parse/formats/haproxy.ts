import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat, NS_PER_MS, type ParseResult } from '../format.js'
import { plus, readTime, type WallTime } from '../time.js'

/**
 * HAProxy tcplog, httplog and httpslog, its short error lines, health-check and state messages.
 * Units: timers in milliseconds; -1 = that phase never finished; `+` = logged before the end (option logasap).
 * Source: HAProxy Configuration Manual 2.6 to 3.0, 8.2 (formats), 8.4 (timers), 8.5 (termination states), 8.6 (errors).
 */
const CLIENT = String.raw`^(?<ip>[0-9a-fA-F.:]{2,45}):(?<port>\d{1,5}) \[(?<accepted>[^\]]{20,40})\] `
const TCP = new RegExp(
  String.raw`${CLIENT}(?<frontend>\S+) (?<backend>[^\s/]+)/(?<server>\S+) (?<tw>-?\d+)/(?<tc>-?\d+)/\+?(?<tt>\d+) \+?(?<bytes>\d+) (?<state>[A-Za-z-]{2}) (?<conns>[\d/+]+) (?<queues>\d+/\d+)`,
)
const HTTP = new RegExp(
  String.raw`${CLIENT}(?<frontend>\S+) (?<backend>[^\s/]+)/(?<server>\S+) (?<tq>-?\d+)/(?<tw>-?\d+)/(?<tc>-?\d+)/(?<tr>-?\d+)/\+?(?<tt>\d+) (?<status>-?\d+) \+?(?<bytes>\d+) \S+ \S+ (?<state>[A-Za-z-]{4}) (?<conns>[\d/+]+) (?<queues>\d+/\d+)(?: \{(?<request>[^}]{0,512})\})?(?: \{[^}]{0,512}\})?(?: "(?<method>[A-Z]{1,20}|<BADREQ>)(?: (?<path>\S{0,2048}))?)?`,
)
const ERROR = new RegExp(String.raw`${CLIENT}(?<frontend>[^\s/]+)/(?<listener>\S+): (?<reason>.{1,200})$`, 's')
const SERVER =
  /^(?:\[[A-Z]+\] .{0,40}: )?(?:Health check for )?(?:backup )?[Ss]erver (?<backend>[^\s/]+)\/(?<server>\S+) (?:is (?:going )?|failed|succeeded)(?<state>UP|DOWN|DRAIN|[^\s,]*)/
const NO_SERVER = /^(?:backend|proxy|Proxy) (?<backend>\S+) has no server available!/
const PROXY = /^Proxy (?<name>\S+) (?<what>started|stopped)/

export const haproxy = defineFormat({
  id: 'haproxy',
  title: 'HAProxy tcplog, httplog, error and health-check messages',
  source: 'HAProxy Configuration Manual 8.2, 8.4, 8.5',
  detect: (text, header) => {
    if (TCP.test(text) || HTTP.test(text)) return 1
    if (ERROR.test(text)) return 0.95
    return header.program === 'haproxy' ? 0.9 : 0
  },
  parse: (text, header) => {
    const tcp = TCP.exec(text)
    if (tcp?.groups) return session(tcp.groups)
    const http = HTTP.exec(text)
    if (http?.groups) return session(http.groups)
    const error = ERROR.exec(text)
    if (error?.groups) return errorLine(error.groups)
    return header.program === 'haproxy' ? message(text) : undefined
  },
})

const ms = (text: string | undefined): number | undefined =>
  text === undefined || text.startsWith('-') ? undefined : Number(text)

function session(g: Record<string, string | undefined>): ParseResult | undefined {
  const accepted = readTime(g.accepted ?? '')
  if (!accepted) return undefined
  const total = ms(g.tt) ?? 0
  const state = g.state ?? '--'
  const status = g.status === undefined ? undefined : Number(g.status)
  const noServer = g.server === '<NOSRV>'
  const bytes = Number(g.bytes)
  const retries = /\/\+?(\d+)$/.exec(g.conns ?? '')?.[1]
  const isRetried = (g.conns ?? '').includes('+') ? 1 : 0
  const end = endOf(state, noServer, status)
  const terminal = singleToken(g.request)
  const fields: ParsedFields = base(g)
  Object.assign(fields, end)
  fields['event.reason'] = state
  fields['event.duration'] = total * NS_PER_MS
  fields['destination.bytes'] = bytes
  fields['haproxy.termination_state'] = state
  fields['haproxy.backend_name'] = g.backend ?? ''
  if (!noServer) fields['haproxy.server_name'] = g.server ?? ''
  fields['service.target.name'] = noServer ? (g.backend ?? '') : `${g.backend}/${g.server}`
  const put = (key: NumberField, value: number | undefined) => {
    if (value !== undefined && !Number.isNaN(value)) fields[key] = value
  }
  put('whytimeout.queue_ms', ms(g.tw))
  put('whytimeout.connect_ms', ms(g.tc))
  put('whytimeout.response_ms', ms(g.tr))
  put('whytimeout.retries', retries === undefined ? undefined : Math.max(Number(retries), isRetried))
  put('http.response.status_code', status !== undefined && status > 0 ? status : undefined)
  if (g.method !== undefined && g.method !== '<BADREQ>') fields['http.request.method'] = g.method
  if (g.path !== undefined) fields['url.path'] = g.path
  if (terminal !== undefined) fields['whytimeout.terminal_id'] = terminal
  put('whytimeout.sessions', Number((g.conns ?? '').split('/')[0]))
  put('whytimeout.queue_length', Number((g.queues ?? '').split('/')[1]))
  return accept(fields, plus(accepted.time, total))
}

type NumberField =
  | 'whytimeout.queue_ms'
  | 'whytimeout.connect_ms'
  | 'whytimeout.response_ms'
  | 'whytimeout.retries'
  | 'http.response.status_code'
  | 'whytimeout.sessions'
  | 'whytimeout.queue_length'

const base = (g: Record<string, string | undefined>): ParsedFields => ({
  'event.category': ['network'],
  'event.type': ['connection', 'end'],
  'network.transport': 'tcp',
  'source.ip': g.ip ?? '',
  'source.port': Number(g.port),
  'observer.type': 'proxy',
  'haproxy.frontend_name': g.frontend ?? '',
})

/** One captured header that is a single word with a digit in it is how gateways log the terminal. */
const singleToken = (captured: string | undefined): string | undefined =>
  captured !== undefined && /^(?=.*\d)[A-Za-z0-9_-]{4,32}$/.test(captured) ? captured : undefined

/**
 * Manual 8.5. First letter: who ended it (C client, S server, P proxy, c client-side timeout, s server-side timeout, L, R, I, D, U, K);
 * second: in which state (R request, Q queue, C connect, H headers, D data, L last, T tarpit).
 */
function endOf(state: string, noServer: boolean, status: number | undefined): ParsedFields {
  const [who, when] = [state[0], state[1]]
  if (who === 's') {
    const connect = when === 'C'
    return {
      'event.action': connect ? 'connect-timeout' : 'response-timeout',
      'event.outcome': 'failure',
      'whytimeout.phase': connect ? 'connect' : 'response',
      'whytimeout.suffered_by': 'gateway',
    }
  }
  if (when === 'T' || (who === 'P' && when === 'R'))
    return { 'event.action': when === 'T' ? 'rate-limited' : 'policy-denied', 'event.outcome': 'failure' }
  if (who === 'c')
    return {
      'event.action': 'read-idle',
      'event.outcome': 'failure',
      ...(when === 'R' && { 'whytimeout.phase': 'response' as const }),
    }
  if (noServer) return { 'event.action': 'no-server-available', 'event.outcome': 'failure' }
  if (who === 'C') return { 'event.action': 'connection-closed', 'event.outcome': 'failure' }
  if (who === 'S') {
    const action = when === 'C' ? 'connection-refused' : when === 'H' ? 'connection-reset' : 'connection-closed'
    return { 'event.action': action, 'event.outcome': 'failure' }
  }
  if (status !== undefined && status >= 500) return { 'event.action': 'request-failed', 'event.outcome': 'failure' }
  return { 'event.action': 'request-succeeded', 'event.outcome': 'success' }
}

function errorLine(g: Record<string, string | undefined>): ParseResult | undefined {
  const accepted = readTime(g.accepted ?? '')
  if (!accepted) return undefined
  const reason = (g.reason ?? '').trim()
  const isTls = /SSL|TLS/i.test(reason)
  const timedOut = /time-?out/i.test(reason)
  return accept(
    {
      ...base(g),
      'event.action': timedOut ? 'read-idle' : isTls ? 'tls-failed' : 'connection-closed',
      'event.outcome': 'failure',
      'event.reason': reason,
      ...(isTls && { 'whytimeout.phase': 'tls' as const, 'tls.established': false }),
      message: reason,
    },
    accepted.time,
  )
}

function message(text: string): ParseResult {
  const time: WallTime | undefined = undefined
  const none = NO_SERVER.exec(text)
  if (none?.groups) {
    return accept(
      {
        'event.action': 'no-server-available',
        'event.outcome': 'failure',
        'service.target.name': none.groups.backend ?? '',
        'haproxy.backend_name': none.groups.backend ?? '',
        'whytimeout.servers_up': 0,
        message: text,
      },
      time,
    )
  }
  const server = SERVER.exec(text)
  if (server?.groups) {
    const { backend = '', server: name = '' } = server.groups
    const isDown = /is (?:going )?DOWN|failed/.test(text)
    const reason = /reason: ([^,]{1,120})/.exec(text)?.[1]
    const up = /(\d+) active and/.exec(text)?.[1]
    return accept({
      'event.action': isDown ? (/failed/.test(text) ? 'health-check-failed' : 'server-down') : 'server-up',
      'event.outcome': isDown ? 'failure' : 'success',
      ...(reason !== undefined && { 'event.reason': reason }),
      'service.target.name': `${backend}/${name}`,
      'haproxy.backend_name': backend,
      'haproxy.server_name': name,
      ...(up !== undefined && { 'whytimeout.servers_up': Number(up) }),
      message: text,
    })
  }
  const proxy = PROXY.exec(text)
  if (proxy?.groups || /^(?:New worker|Loading success|Server .* started)/.test(text)) {
    return accept({
      'event.action': proxy?.groups?.what === 'stopped' ? 'program-stopped' : 'program-started',
      message: text,
    })
  }
  return accept({ 'event.action': 'other', message: text })
}
