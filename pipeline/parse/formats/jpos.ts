import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase } from '../../../schemas/vocabulary.js'
import { FIRST_EPHEMERAL } from '../ends.js'
import { accept, defineFormat, NS_PER_MS, reject } from '../format.js'
import { NOT_SERVED } from '../iso8583.js'
import { readNetworkError } from '../network-error.js'
import { readTime } from '../time.js'

/**
 * jPOS Q2 log events: `<log realm="…" at="…" lifespan="…ms">` … `</log>`.
 * Source: jPOS programmer's guide, Logger and LogEvent; org.jpos.iso.BaseChannel, ISOServer and QMUX write the inner elements.
 */
const OPEN = /<log\b(?<attributes>[^>]{0,1024})>/
const ATTRIBUTE = /(?<!\w)(\w{1,64})="([^"]{0,512})"/g
const FIELD = /^\s{0,64}<field id="(\d{1,3})" value="([^"]{0,512})"/
/** Before 2.1 the time was `java.util.Date` with milliseconds behind it: `Sat Aug 09 11:32:25 UYT 2014.478`. */
const OLD_TIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2} \d{2}) (\d{2}:\d{2}:\d{2}) ([A-Z]{2,5}) (\d{4})\.(\d{1,3})$/
const PEER = /(?:^|\/)(?<ip>[0-9a-fA-F.:]{3,45}):(?<port>\d{1,5})$/

export const jpos = defineFormat({
  id: 'jpos',
  title: 'jPOS Q2 XML log',
  source: "jPOS Programmer's Guide, Logger; org.jpos.util.SimpleLogListener",
  block: { starts: /^\s{0,8}<log\b/, ends: /^\s{0,8}<\/log>/ },
  detect: (text) => (/^\s{0,8}<log\b[^>]{0,1024}\bat="/.test(text) ? 1 : 0),
  parse: (text) => {
    const open = OPEN.exec(text)
    if (!open?.groups) return undefined
    const attributes = Object.fromEntries(
      [...(open.groups.attributes ?? '').matchAll(ATTRIBUTE)].map((m) => [m[1], m[2]]),
    )
    const at = attributes.at
    if (at === undefined) return undefined
    const when = readTime(at.replace(OLD_TIME, '$1 $4 $2.$5 $3'))
    if (!when) return reject('PARSE_BAD_TIME', at)
    const realm = attributes.realm ?? ''
    const lifespan = /^(\d{1,9})ms$/.exec(attributes.lifespan ?? '')?.[1]
    const iso = isoFields(text)
    return accept(
      {
        'log.logger': realm.replace(/\/[^/]*:\d+$/, ''),
        ...peerOf(text, realm),
        ...(lifespan !== undefined && { 'event.duration': Number(lifespan) * NS_PER_MS }),
        ...(lifespan !== undefined && IO_TIMEOUT.test(text) && { 'whytimeout.idle_secs': Number(lifespan) / 1000 }),
        ...said(text),
        ...iso,
        ...what(text, iso),
        message: gist(text),
      },
      when.time,
    )
  },
})

/** A channel's realm ends with whom its socket is connected to: a server's callers, or the server that it called itself. */
function peerOf(text: string, realm: string): ParsedFields {
  const peer = PEER.exec(realm)?.groups ?? SAID_PEER.exec(text)?.groups
  if (!peer) return {}
  const port = Number(peer.port)
  const isCalled = port < FIRST_EPHEMERAL && !/session|server/i.test(realm)
  return isCalled
    ? { 'destination.ip': peer.ip ?? '', 'destination.port': port }
    : { 'source.ip': peer.ip ?? '', 'source.port': port }
}

/** What an application's own events call it: `<terminal>T1</terminal>`, `<stan>001222</stan>`, `<peer>192.0.2.7:41853</peer>`. */
const SAID_PEER = /<(?:peer|client|remote)>\s{0,16}\/?(?<ip>[0-9a-fA-F.:]{3,45}):(?<port>\d{1,5})\s{0,16}<\//
const SAID: readonly (readonly [RegExp, keyof ParsedFields])[] = [
  [/<(?:terminal|terminal-?id|tid)>\s{0,16}([\w-]{4,32})\s{0,16}<\//i, 'whytimeout.terminal_id'],
  [/<(?:stan|trace|trace-?(?:no|number))>\s{0,16}(\d{1,12})\s{0,16}<\//i, 'whytimeout.stan'],
  [/<(?:rrn|request-?id)>\s{0,16}([\w-]{6,40})\s{0,16}<\//i, 'whytimeout.request_id'],
  [/<(?:merchant|merchant-?id|mid)>\s{0,16}([\w-]{4,32})\s{0,16}<\//i, 'whytimeout.merchant_id'],
]
function said(text: string): ParsedFields {
  const fields: ParsedFields = {}
  for (const [pattern, name] of SAID) {
    const value = pattern.exec(text)?.[1]
    if (value !== undefined) Object.assign(fields, { [name]: value })
  }
  return fields
}

const IO_TIMEOUT = /<io-timeout\s*\/>/

function isoFields(text: string): ParsedFields {
  if (!text.includes('<isomsg')) return {}
  const f = new Map<string, string>()
  // Composite fields are messages within the message: their ids are their own.
  let depth = 0
  for (const line of text.split('\n')) {
    if (line.includes('<isomsg id=')) depth++
    else if (depth > 0) {
      if (line.includes('</isomsg>')) depth--
    } else {
      const m = FIELD.exec(line)
      if (m && !f.has(m[1] as string)) f.set(m[1] as string, (m[2] as string).trim())
    }
  }
  const put = (key: string, id: string) => (f.get(id) ? { [key]: f.get(id) as string } : {})
  return {
    'network.protocol': 'iso8583',
    ...put('whytimeout.mti', '0'),
    ...put('whytimeout.stan', '11'),
    ...put('whytimeout.request_id', '37'),
    ...put('whytimeout.response_code', '39'),
    ...put('whytimeout.terminal_id', '41'),
    ...put('whytimeout.merchant_id', '42'),
  }
}

/** A channel's own elements say an error without its class: BaseChannel.connect adds only its message, QueryHost only who was silent. */
const SAYS_ERROR =
  /<exception\b|Exception\b|<(?:connect|connection-refused|connect-error|session-error|error|warn)>|does not respond|is not connected/

function what(text: string, iso: ParsedFields): ParsedFields {
  const endpoint = dialled(text)
  if (/<connection-refused>/.test(text))
    return { ...failure('connection-refused', 'connect'), 'error.code': 'ECONNREFUSED', ...endpoint }
  if (/'[^']{1,64}' does not respond/.test(text))
    return { ...failure('response-timeout', 'response'), 'whytimeout.suffered_by': 'gateway' }
  if (/'[^']{1,64}' is not connected|<mux-disconnected|HOST_UNREACHABLE/.test(text))
    return failure('no-server-available')
  const error = SAYS_ERROR.test(text) ? readNetworkError(text) : undefined
  if (error) {
    return {
      ...failure(error.action, error.phase),
      'error.type': error.errorType,
      'error.message': error.errorMessage,
      ...(error.errorCode !== undefined && { 'error.code': error.errorCode }),
      ...(error.limitMs !== undefined && error.action.endsWith('-timeout') && { 'whytimeout.limit_ms': error.limitMs }),
      ...endpoint,
    }
  }
  if (Object.keys(endpoint).length > 0)
    return { 'event.action': 'connect-succeeded', 'event.outcome': 'success', ...endpoint }
  const action = actionOf(text, iso)
  const code = iso['whytimeout.response_code']
  const said = code === undefined ? undefined : NOT_SERVED[code]
  if (said !== undefined)
    return { 'event.action': action, 'event.outcome': 'failure', 'event.reason': `response code ${code}: ${said}` }
  if (action === 'request-succeeded' || action === 'request-failed') return httpLine(text, action)
  return { 'event.action': action }
}

const failure = (action: Action, phase?: Phase): ParsedFields => ({
  'event.action': action,
  'event.outcome': 'failure',
  ...(phase && { 'whytimeout.phase': phase }),
})

/** Where a channel connects to: the first line of `<connect>`, `host:port`. */
function dialled(text: string): ParsedFields {
  const to = /<(?:connect|connection-refused)>\s{1,32}(?:Try \d{1,4} )?([\w.-]{1,255}):(\d{1,5})\b/.exec(text)
  if (!to) return {}
  const host = to[1] ?? ''
  return {
    ...(/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) ? { 'destination.ip': host } : { 'destination.domain': host }),
    'destination.port': Number(to[2]),
  }
}

function actionOf(text: string, iso: ParsedFields): Action {
  if (iso['whytimeout.mti'] !== undefined) {
    if (/<unhandled|unhandled-|<unmatched|no-match/i.test(text)) return 'response-unmatched'
    if (/<receive>|direction="incoming"/.test(text)) return 'message-received'
    if (/<send>|direction="outgoing"/.test(text)) return 'message-sent'
  }
  if (/<io-timeout\s*\/>/.test(text)) return 'read-idle'
  if (/<session-start\s*\/>|<session-start>/.test(text)) return 'session-started'
  if (/<session-end\s*\/>|<peer-disconnect\s*\/>|<session-end>|<disconnect>|<disconnect\s*\/>/.test(text))
    return 'session-ended'
  if (/<connect(?:ed)?>|<connect\/>/.test(text)) return 'connect-started'
  if (/\bQ2 started\b/.test(text)) return 'program-started'
  if (/shutting down|Q2 stopped|<shutdown/.test(text)) return 'program-stopped'
  if (
    /pool exhausted|Timeout waiting for (?:idle object|connection)|no connection available|queue full|too many (?:connections|sessions)|max sessions|RejectedExecution/i.test(
      text,
    )
  )
    return 'overload'
  if (/status=[1-4]\d\d\b/.test(text)) return 'request-succeeded'
  if (/status=5\d\d\b/.test(text)) return 'request-failed'
  return 'other'
}

function httpLine(text: string, action: Action): ParsedFields {
  const duration = /\b(\d{1,7})ms\b/.exec(text)?.[1]
  const tid = /\btid=([\w-]{4,32})/.exec(text)?.[1]
  const stan = /\bstan=(\d{1,12})/.exec(text)?.[1]
  const status = /status=(\d{3})/.exec(text)?.[1]
  return {
    'event.action': action,
    'event.outcome': action === 'request-succeeded' ? 'success' : 'failure',
    ...(duration !== undefined && { 'event.duration': Number(duration) * NS_PER_MS }),
    ...(tid !== undefined && { 'whytimeout.terminal_id': tid }),
    ...(stan !== undefined && { 'whytimeout.stan': stan }),
    ...(status !== undefined && { 'http.response.status_code': Number(status) }),
  }
}

const gist = (text: string): string =>
  text
    .split('\n')
    .slice(1, 12)
    .map((l) => l.trim())
    .filter((l) => l !== '' && !l.startsWith('<!--') && l !== '</log>')
    .join(' ')
    .slice(0, 500)
