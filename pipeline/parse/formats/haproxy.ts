import type { ParsedFields } from '../../../schemas/event.js'
import type { Action } from '../../../schemas/vocabulary.js'
import { accept, defineFormat, keepingLast, NS_PER_MS, type ParseResult } from '../format.js'
import { plus, readTime, type WallTime } from '../time.js'

/**
 * HAProxy tcplog, httplog and httpslog, its short error lines, health-check and state messages.
 * Units: timers in milliseconds; -1 = that phase never finished; `+` = logged before the end (option logasap).
 * Source: HAProxy Configuration Manual 2.6 to 3.0, 8.2 (formats), 8.4 (timers), 8.5 (termination states), 8.6 (errors).
 */
/** Groups by number: a busy gateway writes nothing but these, and names cost an object a line. 1 client, 2 its port, 3 accepted. */
const CLIENT = String.raw`^([0-9a-fA-F.:]{2,45}):(\d{1,5}) \[([^\]]{20,40})\] `
/** 4 frontend, 5 backend, 6 server, 7 to 9 Tw, Tc and Tt, 10 bytes, 11 state, 12 connections, 13 queues */
const TCP = new RegExp(
  String.raw`${CLIENT}(\S+) ([^\s/]+)/(\S+) (-?\d+)/(-?\d+)/\+?(\d+) \+?(\d+) ([A-Za-z-]{2}) ([\d/+]+) (\d+/\d+)`,
)
/** 4 frontend, 5 backend, 6 server, 7 to 11 TR, Tw, Tc, Tr and Ta, 12 status, 13 bytes, 14 state, 15 connections, 16 queues, 17 first captured header, 18 method, 19 path */
const HTTP = new RegExp(
  String.raw`${CLIENT}(\S+) ([^\s/]+)/(\S+) (-?\d+)/(-?\d+)/(-?\d+)/(-?\d+)/\+?(\d+) (-?\d+) \+?(\d+) \S+ \S+ ([A-Za-z-]{4}) ([\d/+]+) (\d+/\d+)(?: \{([^}]{0,512})\})?(?: \{[^}]{0,512}\})?(?: "([A-Z]{1,20}|<BADREQ>)(?: (\S{0,2048}))?)?`,
)
/** 4 frontend, 5 listener, 6 reason */
const ERROR = new RegExp(String.raw`${CLIENT}([^\s/]+)/(\S+): (.{1,200})$`, 's')
const SERVER =
  /^(?:\[[A-Z]+\] .{0,40}: )?(?:Health check for )?(?:backup )?[Ss]erver (?<backend>[^\s/]+)\/(?<server>\S+) (?:is (?:going )?|failed|succeeded)(?<state>UP|DOWN|DRAIN|[^\s,]*)/
const NO_SERVER = /^(?:backend|proxy|Proxy) (?<backend>\S+) has no server available!/
const PROXY = /^Proxy (?<name>\S+) (?<what>started|stopped)/

export const haproxy = defineFormat({
  id: 'haproxy',
  title: 'HAProxy tcplog, httplog, error and health-check messages',
  source: 'HAProxy Configuration Manual 8.2, 8.4, 8.5',
  detect: (text, header) => {
    if (sessionIn(text, header)) return 1
    if (ERROR.test(text)) return 0.95
    return header.program === 'haproxy' ? 0.9 : 0
  },
  parse: (text, header) => {
    const logged = sessionIn(text, header)
    if (logged) return session(logged)
    const error = ERROR.exec(text)
    if (error) return errorLine(error)
    return header.program === 'haproxy' ? message(text) : undefined
  },
})

/** A logged session; what tcplog has not is undefined. */
type Session = {
  readonly ip: string
  readonly port: string
  readonly accepted: string
  readonly frontend: string
  readonly backend: string
  readonly server: string
  readonly tw: string
  readonly tc: string
  readonly tr: string | undefined
  readonly tt: string
  readonly status: string | undefined
  readonly bytes: string
  readonly state: string
  readonly conns: string
  readonly queues: string
  readonly request: string | undefined
  readonly method: string | undefined
  readonly path: string | undefined
}

const sessionIn = keepingLast((text): Session | undefined => {
  const tcp = TCP.exec(text)
  if (tcp) return tcpSession(tcp)
  const http = HTTP.exec(text)
  return http ? httpSession(http) : undefined
})

function tcpSession(m: RegExpExecArray): Session {
  const [, ip = '', port = '', accepted = '', frontend = '', backend = '', server = '', tw = '', tc = '', tt = ''] = m
  const [bytes = '', state = '--', conns = '', queues = ''] = [m[10], m[11], m[12], m[13]]
  const none = undefined
  return {
    ...{
      ip,
      port,
      accepted,
      frontend,
      backend,
      server,
      tw,
      tc,
      tr: none,
      tt,
      status: none,
      bytes,
      state,
      conns,
      queues,
    },
    ...{ request: none, method: none, path: none },
  }
}

function httpSession(m: RegExpExecArray): Session {
  const [, ip = '', port = '', accepted = '', frontend = '', backend = '', server = ''] = m
  return {
    ...{ ip, port, accepted, frontend, backend, server },
    tw: m[8] ?? '',
    tc: m[9] ?? '',
    tr: m[10],
    tt: m[11] ?? '',
    status: m[12],
    bytes: m[13] ?? '',
    state: m[14] ?? '--',
    conns: m[15] ?? '',
    queues: m[16] ?? '',
    request: m[17],
    method: m[18],
    path: m[19],
  }
}

const ms = (text: string | undefined): number | undefined =>
  text === undefined || text.startsWith('-') ? undefined : Number(text)

function session(s: Session): ParseResult | undefined {
  const accepted = readTime(s.accepted)
  if (!accepted) return undefined
  const total = ms(s.tt) ?? 0
  const status = s.status === undefined ? undefined : Number(s.status)
  const noServer = s.server === '<NOSRV>'
  const retries = /\/\+?(\d+)$/.exec(s.conns)?.[1]
  const isRetried = s.conns.includes('+') ? 1 : 0
  const terminal = singleToken(s.request)
  const [queue, connect, response] = [ms(s.tw), ms(s.tc), ms(s.tr)]
  const fields: ParsedFields = base(s.ip, s.port, s.frontend)
  addEnd(fields, s.state, noServer, status)
  fields['event.reason'] = s.state
  fields['event.duration'] = total * NS_PER_MS
  fields['destination.bytes'] = Number(s.bytes)
  fields['haproxy.termination_state'] = s.state
  fields['haproxy.backend_name'] = s.backend
  if (!noServer) fields['haproxy.server_name'] = s.server
  fields['service.target.name'] = noServer ? s.backend : `${s.backend}/${s.server}`
  if (queue !== undefined) fields['whytimeout.queue_ms'] = queue
  if (connect !== undefined) fields['whytimeout.connect_ms'] = connect
  if (response !== undefined) fields['whytimeout.response_ms'] = response
  if (retries !== undefined) fields['whytimeout.retries'] = Math.max(Number(retries), isRetried)
  if (status !== undefined && status > 0) fields['http.response.status_code'] = status
  if (s.method !== undefined && s.method !== '<BADREQ>') fields['http.request.method'] = s.method
  if (s.path !== undefined) fields['url.path'] = s.path
  if (terminal !== undefined) fields['whytimeout.terminal_id'] = terminal
  const [sessions, queued] = [Number(s.conns.split('/', 1)[0]), Number(s.queues.split('/', 2)[1])]
  if (!Number.isNaN(sessions)) fields['whytimeout.sessions'] = sessions
  if (!Number.isNaN(queued)) fields['whytimeout.queue_length'] = queued
  return accept(fields, plus(accepted.time, total))
}

const base = (ip: string, port: string, frontend: string): ParsedFields => ({
  'event.category': ['network'],
  'event.type': ['connection', 'end'],
  'network.transport': 'tcp',
  'source.ip': ip,
  'source.port': Number(port),
  'observer.type': 'proxy',
  'haproxy.frontend_name': frontend,
})

/** One captured header that is a single word with a digit in it is how gateways log the terminal. */
const singleToken = (captured: string | undefined): string | undefined =>
  captured !== undefined && /^(?=.*\d)[A-Za-z0-9_-]{4,32}$/.test(captured) ? captured : undefined

/**
 * Manual 8.5. First letter: who ended it (C client, S server, P proxy, c client-side timeout, s server-side timeout, L, R, I, D, U, K);
 * second: in which state (R request, Q queue, C connect, H headers, D data, L last, T tarpit).
 */
function addEnd(fields: ParsedFields, state: string, noServer: boolean, status: number | undefined): void {
  const [who, when] = [state[0], state[1]]
  const put = (action: Action, outcome: 'success' | 'failure' = 'failure') => {
    fields['event.action'] = action
    fields['event.outcome'] = outcome
  }
  if (who === 's') {
    const connect = when === 'C'
    put(connect ? 'connect-timeout' : 'response-timeout')
    fields['whytimeout.phase'] = connect ? 'connect' : 'response'
    fields['whytimeout.suffered_by'] = 'gateway'
  } else if (when === 'T') put('rate-limited')
  else if (who === 'P' && when === 'R') put('policy-denied')
  else if (who === 'c') {
    put('read-idle')
    if (when === 'R') fields['whytimeout.phase'] = 'response'
  } else if (noServer) put('no-server-available')
  else if (who === 'C') put('connection-closed')
  else if (who === 'S')
    put(when === 'C' ? 'connection-refused' : when === 'H' ? 'connection-reset' : 'connection-closed')
  else if (status !== undefined && status >= 500) put('request-failed')
  else put('request-succeeded', 'success')
}

function errorLine(m: RegExpExecArray): ParseResult | undefined {
  const [, ip = '', port = '', at = '', frontend = ''] = m
  const accepted = readTime(at)
  if (!accepted) return undefined
  const reason = (m[6] ?? '').trim()
  const isTls = /SSL|TLS/i.test(reason)
  const timedOut = /time-?out/i.test(reason)
  return accept(
    {
      ...base(ip, port, frontend),
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
