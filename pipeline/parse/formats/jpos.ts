import type { ParsedFields } from '../../../schemas/event.js'
import type { Action } from '../../../schemas/vocabulary.js'
import { accept, defineFormat, NS_PER_MS, reject } from '../format.js'
import { readNetworkError } from '../network-error.js'
import { readTime } from '../time.js'

/**
 * jPOS Q2 log events: `<log realm="…" at="…" lifespan="…ms">` … `</log>`.
 * Source: jPOS programmer's guide, Logger and LogEvent; org.jpos.iso.BaseChannel, ISOServer and QMUX write the inner elements.
 */
const OPEN = /<log\b(?<attributes>[^>]{0,1024})>/
const ATTRIBUTE = /(\w+)="([^"]{0,512})"/g
const FIELD = /<field id="(\d{1,3})" value="([^"]{0,512})"/g
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
    const when = readTime(at)
    if (!when) return reject('PARSE_BAD_TIME', at)
    const realm = attributes.realm ?? ''
    const peer = PEER.exec(realm)?.groups
    const lifespan = /^(\d{1,9})ms$/.exec(attributes.lifespan ?? '')?.[1]
    const iso = isoFields(text)
    return accept(
      {
        'log.logger': realm.replace(/\/[^/]*:\d+$/, ''),
        ...(peer && { 'source.ip': peer.ip ?? '', 'source.port': Number(peer.port) }),
        ...(lifespan !== undefined && { 'event.duration': Number(lifespan) * NS_PER_MS }),
        ...iso,
        ...what(text, iso),
        message: gist(text),
      },
      when.time,
    )
  },
})

function isoFields(text: string): ParsedFields {
  if (!text.includes('<isomsg')) return {}
  const f = new Map<string, string>()
  for (const m of text.matchAll(FIELD)) if (!f.has(m[1] as string)) f.set(m[1] as string, (m[2] as string).trim())
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

function what(text: string, iso: ParsedFields): ParsedFields {
  const error = /<exception\b|Exception\b/.test(text) ? readNetworkError(text) : undefined
  if (error) {
    return {
      'event.action': error.action,
      'event.outcome': 'failure',
      'error.type': error.errorType,
      'error.message': error.errorMessage,
      ...(error.phase && { 'whytimeout.phase': error.phase }),
    }
  }
  const action = actionOf(text, iso)
  if (action === 'request-succeeded' || action === 'request-failed') return httpLine(text, action)
  return { 'event.action': action }
}

function actionOf(text: string, iso: ParsedFields): Action {
  if (iso['whytimeout.mti'] !== undefined) {
    if (/<unhandled|unhandled-|<unmatched|no-match/i.test(text)) return 'response-unmatched'
    if (/<receive>|direction="incoming"/.test(text)) return 'message-received'
    if (/<send>|direction="outgoing"/.test(text)) return 'message-sent'
  }
  if (/<io-timeout\s*\/>/.test(text)) return 'read-idle'
  if (/<session-start\s*\/>/.test(text)) return 'session-started'
  if (/<session-end\s*\/>|<peer-disconnect\s*\/>/.test(text)) return 'session-ended'
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
