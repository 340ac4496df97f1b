import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase } from '../../../schemas/vocabulary.js'
import { accept, defineFormat, type Header, keepingLast, NS_PER_MS, type ParseResult } from '../format.js'
import { gated } from '../gate.js'
import { plus, readTime } from '../time.js'

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
/** 4 frontend, 5 backend, 6 server, 7 to 11 TR, Tw, Tc, Tr and Ta, 12 status, 13 bytes, 14 state, 15 connections, 16 queues, 17 first captured header, 18 method, 19 path; layouts of one's own leave the cookies out */
const HTTP = new RegExp(
  String.raw`${CLIENT}(\S+) ([^\s/]+)/(\S+) (-?\d+)/(-?\d+)/(-?\d+)/(-?\d+)/\+?(\d+) (-?\d+) \+?(\d+)(?: \S+ \S+)? ([A-Za-z-]{4}) ([\d/+]+) (\d+/\d+)(?: \{([^}]{0,512})\})?(?: \{[^}]{0,512}\})?(?: "([A-Z]{1,20}|<BADREQ>)(?: (\S{0,2048}))?)?`,
)
/** `option httplog clf`: 1 client, 2 method, 3 path, 4 status, 5 bytes, 6 port, 7 ms, 8 to 10 names, 11 to 15 timers, 16 state, 17 to 21 connections, 22 and 23 queues */
const CLF =
  /^([0-9a-fA-F.:]{2,45}) - - \[([^\]]{20,32})\] "(?:([A-Z]{1,20}|<BADREQ>)(?: (\S{0,2048}))?[^"]{0,24})?" (-?\d+) \+?(\d+) "" "" (\d{1,5}) (\d{1,3}) "([^"\s]{1,128})" "([^"\s]{1,128})" "([^"\s]{1,128})" (-?\d+) (-?\d+) (-?\d+) (-?\d+) \+?(\d+) "?([A-Za-z-]{4})"? (\d+) (\d+) (\d+) (\d+) (\+?\d+) (\d+) (\d+)/
/** 4 frontend, 5 listener, 6 reason */
const ERROR = new RegExp(String.raw`${CLIENT}([^\s/]+)/(\S+): (.{1,400})$`, 's')
/** `option httpslog` puts what ended the front connection behind the rest: error code, TLS error, two certificate errors, resumed; name, version, cipher. */
const HTTPS_TAIL =
  / (\d{1,4})\/([0-9A-F]{1,16}|-)\/(\d{1,4}|-)\/(\d{1,4}|-)\/([01-]) (\S{1,255})\/((?:TLS|SSL)v[\d.]{1,4}|-)\/(\S{1,64})$/
/** A proxy without a log format says only who came. */
const CONNECT_FROM =
  /^Connect from (?<ip>[0-9a-fA-F.:]{2,45}):(?<port>\d{1,5}) to (?<to>[0-9a-fA-F.:]{2,45}):(?<toPort>\d{1,5}) \((?<frontend>[^\s/]{1,128})\/\w{1,8}\)/
const SERVER =
  /^(?:\[[A-Z]+\] .{0,40}: )?(?:Health check for )?(?:[Bb]ackup )?[Ss]erver (?<backend>[^\s/]{1,128})\/(?<server>[^\s:,]{1,128})(?: \([^)]{0,64}\))? (?<said>is |was |failed|succeeded|administratively )/
const NO_SERVER = /^(?:backend|proxy|Proxy) '?(?<backend>[^\s']+)'? has no server available!/
const PROXY = /^(?:Proxy|Stopping (?:proxy|frontend|backend)) (?<name>\S+?)\.? ?(?<what>started|stopped|in \d+ ms)/
const MOVED =
  /^(?<backend>[^\s/]{1,128})\/(?<server>\S{1,128}) changed its IP from (?:\S{2,45}|\(none\)) to (?<ip>[0-9a-fA-F.:]{2,45}) by/
/** `Connect() failed for backend X: no free ports.` and its like: src/proto_tcp.c. */
const CONNECT_FAILED = /^Connect\(\) failed for backend (?<backend>\S{1,128}?): (?<why>.{1,120})/
const LIMIT_REACHED = /^Proxy (?<name>\S{1,128}) reached (?<what>process FD limit|system FD limit|system memory limit)/

export const haproxy = defineFormat({
  id: 'haproxy',
  title: 'HAProxy tcplog, httplog, error and health-check messages',
  source: 'HAProxy Configuration Manual 8.2, 8.4, 8.5',
  block: {
    starts:
      /^(?:\d{4}-\d\d-\d\dT\S{8,24} )?(?:haproxy\[\d{1,10}\]: )?[0-9a-fA-F.:]{2,45}:\d{1,5} \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:/,
  },
  detect: (text, header) => {
    if (sessionIn(text, header)) return 1
    if (ERROR.test(text)) return 0.95
    if (isHaproxy(header)) return 0.9
    // Its own words, where no syslog header names it: a container's output, a file.
    return text.startsWith('[') || OWN_WORDS.test(text) ? (OWN_LINE.test(text) ? 0.85 : 0) : 0
  },
  parse: (text, header) => {
    const logged = sessionIn(text, header)
    if (logged) return session(logged)
    const error = ERROR.exec(text)
    if (error) return errorLine(error, header)
    if (isHaproxy(header)) return message(text)
    if (!OWN_LINE.test(text)) return undefined
    const when = TIMED.exec(text)
    return message(when ? text.slice(when[0].length) : text)
  },
})

/** Distributions and containers name the process after the instance. */
const isHaproxy = (header: Header): boolean => header.program?.startsWith('haproxy') === true
const OWN_WORDS = gated(
  /Health check for |Server \S{1,256} is |has no server available!|Connect\(\) failed for backend|stopped \(cumulated conns/,
)
const TIMED = /^\[[A-Z]{4,9}\] {1,4}(?:\d{3}\/\d{6} )?\(\d{1,10}\) : /
const OWN_LINE = new RegExp(
  `${TIMED.source}|^(?:Health check for )?(?:[Bb]ackup )?[Ss]erver [^\\s/]{1,128}/\\S{1,128} (?:is (?:UP|DOWN|going|stopping)|failed, reason|succeeded, reason)|^(?:backend|proxy|Proxy) \\S{1,128} has no server available!|^Connect\\(\\) failed for backend |^Proxy \\S{1,128} stopped \\(cumulated conns`,
)

/** A logged session; what tcplog has not is undefined. */
export type Session = {
  readonly ip: string
  readonly port: string
  readonly accepted: string
  readonly frontend: string
  readonly backend: string | undefined
  readonly server: string
  readonly tw: string
  readonly tc: string
  readonly tr: string | undefined
  readonly tt: string
  readonly status: string | undefined
  readonly bytes: string | undefined
  readonly state: string
  readonly conns: string
  readonly queues: string
  readonly request: string | undefined
  readonly method: string | undefined
  readonly path: string | undefined
  readonly tls?: RegExpExecArray | null
}

const sessionIn = keepingLast((whole): Session | undefined => {
  // Some forwarders cut the time off a syslog header and leave the program; some templates write a time and nothing else of the header.
  const text = whole.startsWith('haproxy[') ? whole.slice(whole.indexOf(': ') + 2) : whole.replace(RECEIVED, '')
  const tcp = TCP.exec(text)
  if (tcp) return tcpSession(tcp)
  const http = HTTP.exec(text)
  if (http) return httpSession(http, HTTPS_TAIL.exec(text))
  const clf = CLF_GATE.test(text) ? CLF.exec(text) : null
  return clf ? clfSession(clf) : undefined
})
const RECEIVED = /^\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) /
const CLF_GATE = gated(/ "" "" /)

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

function httpSession(m: RegExpExecArray, tls: RegExpExecArray | null): Session {
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
    tls,
  }
}

function clfSession(m: RegExpExecArray): Session {
  const at = (n: number): string => m[n] ?? ''
  return {
    ...{ ip: at(1), port: at(7), frontend: at(9), backend: at(10), server: at(11) },
    // The time of CLF has no fraction; it stands behind.
    accepted: at(2).replace(/(?= [+-]\d{4}$)|$/, `.${at(8).padStart(3, '0')}`),
    ...{ tw: at(13), tc: at(14), tr: at(15), tt: at(16), status: at(5), bytes: at(6), state: at(17) },
    conns: `${at(18)}/${at(19)}/${at(20)}/${at(21)}/${at(22)}`,
    queues: `${at(23)}/${at(24)}`,
    ...{ request: undefined, method: m[3], path: m[4] },
  }
}

const ms = (text: string | undefined): number | undefined =>
  text === undefined || text.startsWith('-') ? undefined : Number(text)

function session(s: Session): ParseResult | undefined {
  const accepted = readTime(s.accepted)
  return accepted && accept(sessionFields(s), plus(accepted.time, ms(s.tt) ?? 0))
}

/** What a session's line says, whatever its layout; its time is left to the caller. */
export function sessionFields(s: Session): ParsedFields {
  const total = ms(s.tt) ?? 0
  const status = s.status === undefined ? undefined : Number(s.status)
  const noServer = s.server === '<NOSRV>'
  const retries = /\/\+?(\d+)$/.exec(s.conns)?.[1]
  const isRetried = s.conns.includes('+') ? 1 : 0
  const [terminal, stan] = capturedIds(s.request)
  const [queue, connect, response] = [ms(s.tw), ms(s.tc), ms(s.tr)]
  const fields: ParsedFields = base(s.ip, s.port, s.frontend)
  addEnd(fields, s.state, noServer, status)
  fields['event.reason'] = s.state
  fields['event.duration'] = total * NS_PER_MS
  // Before the server's headers are whole, what the client got is HAProxy's own page: manual 8.5, second letter of the state.
  if (s.bytes !== undefined && !'RQCH'.includes(s.state[1] ?? '-')) fields['destination.bytes'] = Number(s.bytes)
  fields['haproxy.termination_state'] = s.state
  if (s.backend !== undefined) fields['haproxy.backend_name'] = s.backend
  if (!noServer) fields['haproxy.server_name'] = s.server
  const names = noServer ? [s.backend] : [s.backend, s.server]
  const target = names.filter((n) => n !== undefined)
  if (target.length > 0) fields['service.target.name'] = target.join('/')
  if (queue !== undefined) fields['whytimeout.queue_ms'] = queue
  if (connect !== undefined) fields['whytimeout.connect_ms'] = connect
  if (response !== undefined) fields['whytimeout.response_ms'] = response
  if (retries !== undefined) fields['whytimeout.retries'] = Math.max(Number(retries), isRetried)
  if (status !== undefined && status > 0) fields['http.response.status_code'] = status
  if (s.method !== undefined && s.method !== '<BADREQ>') fields['http.request.method'] = s.method
  if (s.path !== undefined) fields['url.path'] = s.path
  if (terminal !== undefined) fields['whytimeout.terminal_id'] = terminal
  if (stan !== undefined) fields['whytimeout.stan'] = stan
  if (s.tls) addTls(fields, s.tls)
  const [sessions, queued] = [/^\d+/.exec(s.conns)?.[0], Number(s.queues.split('/', 2)[1])]
  if (sessions !== undefined) fields['whytimeout.sessions'] = Number(sessions)
  if (!Number.isNaN(queued)) fields['whytimeout.queue_length'] = queued
  return fields
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

/** A captured header that is a single word with a digit in it is how gateways log the terminal; six digits beside it are the trace number. */
function capturedIds(captured: string | undefined): [terminal?: string, stan?: string] {
  const m = /^((?=[^|]*\d)[A-Za-z0-9_-]{4,32})(?:\|(\d{6}))?$/.exec(captured ?? '')
  return m ? [m[1], m[2]] : []
}

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
  } else if (noServer && who !== 'C' && who !== 'L') put(who === 'R' ? 'overload' : 'no-server-available')
  else if (who === 'C') put('connection-closed')
  else if (who === 'S') {
    put(when === 'C' ? 'connection-refused' : when === 'L' ? 'connection-closed' : 'connection-reset')
    if (when === 'C') fields['whytimeout.phase'] = 'connect'
  } else if (who === 'D' || who === 'U' || who === 'K') put('connection-closed')
  else if (who === 'R') put('overload')
  else if (who === 'P' || who === 'I' || (status !== undefined && status >= 500)) put('request-failed')
  else put('request-succeeded', 'success')
}

/** Manual 8.2.5. Error 0 and TLS error 0 is a handshake that held. */
function addTls(fields: ParsedFields, m: RegExpExecArray): void {
  const [, code = '0', tlsError = '0'] = m
  const failed = code !== '0' || !/^[0-]{1,16}$/.test(tlsError)
  fields['tls.established'] = !failed
  if (m[7] !== undefined && m[7] !== '-') fields['tls.version'] = m[7]
  if (m[6] !== undefined && m[6] !== '-') fields['destination.domain'] = m[6]
  if (failed) fields['error.code'] = code
}

function errorLine(m: RegExpExecArray, header: Header): ParseResult | undefined {
  const [, ip = '', port = '', at = '', frontend = ''] = m
  const accepted = readTime(at)
  if (!accepted) return undefined
  const reason = (m[6] ?? '').trim()
  const isTls = /SSL|TLS/i.test(reason)
  const timedOut = /time-?out/i.test(reason)
  return accept(
    {
      ...base(ip, port, frontend),
      'event.action': timedOut
        ? isTls
          ? 'tls-timeout'
          : 'read-idle'
        : (exhausted(reason) ??
          (/Connection closed/.test(reason) ? 'connection-closed' : isTls ? 'tls-failed' : 'connection-closed')),
      'event.outcome': 'failure',
      'event.reason': reason.slice(0, 200),
      ...(isTls && { 'whytimeout.phase': 'tls' as const, 'tls.established': false }),
      ...(timedOut && isTls && { 'whytimeout.suffered_by': 'gateway' as const }),
      message: reason,
    },
    // What is in brackets is when the client came; a wait that ran out is logged at its end.
    timedOut && header.time ? header.time : accepted.time,
  )
}

/** What of the proxy's own ran out, by the words of its connection errors (src/connection.c, conn_err_code_str). */
const exhausted = (reason: string): Action | undefined =>
  /source port|no free ports|local (?:source )?address|local source ports/i.test(reason)
    ? 'ports-exhausted'
    : /too many sockets|FD limit|file descriptors/i.test(reason)
      ? 'descriptors-exhausted'
      : /system buffers|memory/i.test(reason)
        ? 'socket-memory'
        : /maxconn|too many SSL/i.test(reason)
          ? 'overload'
          : undefined

function message(text: string): ParseResult {
  const failure = (action: Action, fields: ParsedFields = {}): ParseResult =>
    accept({ 'event.action': action, 'event.outcome': 'failure', ...fields, message: text })
  const none = NO_SERVER.exec(text)?.groups
  if (none) return failure('no-server-available', { ...backend(none.backend), 'whytimeout.servers_up': 0 })
  const server = SERVER.exec(text)?.groups
  if (server) return serverState(text, server.backend ?? '', server.server ?? '', server.said ?? '')
  const failed = CONNECT_FAILED.exec(text)?.groups
  if (failed)
    return failure(exhausted(failed.why ?? '') ?? 'request-failed', {
      ...backend(failed.backend),
      'event.reason': failed.why ?? '',
    })
  const limit = LIMIT_REACHED.exec(text)?.groups
  if (limit)
    return failure(exhausted(limit.what ?? '') ?? 'overload', {
      'haproxy.frontend_name': limit.name ?? '',
      'event.reason': limit.what ?? '',
    })
  const moved = MOVED.exec(text)?.groups
  if (moved)
    return accept({
      'event.action': 'dns-config',
      ...backend(moved.backend, moved.server),
      'destination.ip': moved.ip ?? '',
      message: text,
    })
  const from = CONNECT_FROM.exec(text)?.groups
  if (from)
    return accept({
      ...base(from.ip ?? '', from.port ?? '', from.frontend ?? ''),
      'event.type': ['connection', 'start'],
      'event.action': 'session-started',
      'destination.ip': from.to ?? '',
      'destination.port': Number(from.toPort),
      message: text,
    })
  const proxy = PROXY.exec(text)?.groups
  if (proxy || /^(?:New worker|Loading success|Server .* started)/.test(text))
    return accept({
      'event.action': proxy && proxy.what !== 'started' ? 'program-stopped' : 'program-started',
      message: text,
    })
  return accept({ 'event.action': 'other', message: text })
}

const backend = (name: string | undefined, server?: string): ParsedFields => ({
  'service.target.name': server === undefined ? (name ?? '') : `${name}/${server}`,
  'haproxy.backend_name': name ?? '',
  ...(server !== undefined && { 'haproxy.server_name': server }),
})

/** A scripted check names the step that it waited in; at its connect steps it is no answer that is missing. */
const phaseOf = (layer: string, info: string | undefined): Phase => {
  if (layer === '4' || (info !== undefined && /at step \d{1,3} of tcp-check \(connect/.test(info))) return 'connect'
  return layer === '6' ? 'tls' : 'response'
}

/**
 * A server's state or the result of one check (src/server.c, src/check.c). Layers: 4 = connecting, 6 = TLS, 7 = the answer.
 * `going DOWN for maintenance (DNS timeout status)` is the resolver's doing (src/resolvers.c).
 */
function serverState(text: string, of: string, name: string, said: string): ParseResult {
  const isDown =
    said === 'failed' || /^is (?:going )?(?:DOWN|stopping)|now enters maintenance/.test(text.slice(text.indexOf(said)))
  const isCheck = said === 'failed' || said === 'succeeded'
  const reason =
    /reason: ([^,]{1,120})/.exec(text)?.[1] ??
    /\((DNS [^)]{1,40}|No IP for server|[Rr]esolv[^)]{1,60})\)/.exec(text)?.[1]
  const up = /(\d{1,9}) active and (\d{1,9}) backup/.exec(text)
  const took = /check duration: (\d{1,9})ms/.exec(text)?.[1]
  const code = /\bcode: (\d{3})\b/.exec(text)?.[1]
  const info = /info: "([^"]{1,200})"/.exec(text)?.[1]
  const sessions = /(\d{1,9}) sessions active/.exec(text)?.[1]
  const queued = /(\d{1,9}) (?:remaining in queue|total in queue)/.exec(text)?.[1]
  const layer = /^Layer([467])/.exec(reason ?? '')?.[1]
  const action: Action = isCheck
    ? isDown
      ? 'health-check-failed'
      : 'health-check-passed'
    : isDown
      ? 'server-down'
      : 'server-up'
  return accept({
    'event.action': action,
    'event.outcome': isDown ? 'failure' : 'success',
    ...(reason !== undefined && { 'event.reason': reason }),
    ...backend(of, name),
    ...(isDown && layer !== undefined && { 'whytimeout.phase': phaseOf(layer, info) }),
    ...(took !== undefined && { 'event.duration': Number(took) * NS_PER_MS }),
    ...(code !== undefined && { 'http.response.status_code': Number(code) }),
    ...(isDown && info !== undefined && { 'error.message': info }),
    ...(up && !isCheck && { 'whytimeout.servers_up': Number(up[1]) + Number(up[2]) }),
    ...(sessions !== undefined && { 'whytimeout.sessions': Number(sessions) }),
    ...(queued !== undefined && { 'whytimeout.queue_length': Number(queued) }),
    message: text,
  })
}
