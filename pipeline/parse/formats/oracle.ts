import type { ParsedFields } from '../../../schemas/event.js'
import { address, count, port } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Oracle Net: the block that a database or client writes when a connection broke (alert log, sqlnet.log), and the listener's log. The codes say it:
 * 12535/505 with the system's number for ETIMEDOUT is TCP that gave up. With a client's address the database wrote it, of a connection that stood
 * (a listener had handed it over); without one a client did, which could not connect.
 * Source: Oracle Database Net Services Administrator's Guide, "Troubleshooting Oracle Net Services"; Database Error Messages, TNS-00500 to TNS-12699.
 */
const FATAL = /^(?:\*{20,90}\n)?Fatal NI connect error (\d{4,5})/m
const TIME = /^ {0,8}Time: (\d{1,2}-[A-Za-z]{3}-\d{4} \d{2}:\d{2}:\d{2})/m
const CODES = /^ {0,8}(ns main|ns secondary|nt main|nt secondary|nt OS) err code: (\d{1,6})/gm
const CLIENT = /Client address: \(ADDRESS=\(PROTOCOL=(\w{2,8})\)\(HOST=([^)\s]{1,255})\)(?:\(PORT=(\d{1,5})\))?/i
const CONNECTING = /connecting to:?\s{1,4}\(.{0,600}?\(HOST=([^)\s]{1,255})\)\(PORT=(\d{1,5})\)/is
/** 1 time, 2 the client's address, 3 its port, 4 what was asked, 5 service, 6 code */
const LISTENER =
  /^(\d{1,2}-[A-Z]{3}-\d{4} \d{2}:\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T\S{8,24}) \* \(CONNECT_DATA=.{1,2000}\) \* \(ADDRESS=\(PROTOCOL=\w{2,8}\)\(HOST=([^)\s]{1,255})\)\(PORT=(\d{1,5})\)\) \* (\w{1,24}) \* (\S{1,128}) \* (\d{1,6})/
const INBOUND = /^WARNING: inbound connection timed out \(ORA-3136\)/m

/** ETIMEDOUT of Linux, BSD and Windows, AIX, Solaris, HP-UX. */
const TIMED_OUT = new Set(['110', '60', '10060', '78', '145', '238'])
const failed = { 'event.outcome': 'failure' } as const

/** By the code of the transport (TNS-005xx), then of the session layer (TNS-125xx). */
const MEANINGS: Readonly<Record<string, ParsedFields>> = {
  511: { 'event.action': 'connection-refused', 'whytimeout.phase': 'connect', 'error.type': 'ECONNREFUSED' },
  513: { 'event.action': 'host-unreachable', 'whytimeout.phase': 'connect', 'error.type': 'EHOSTUNREACH' },
  515: { 'event.action': 'dns-failed', 'whytimeout.phase': 'dns' },
  517: { 'event.action': 'connection-reset', 'error.type': 'ECONNRESET' },
  507: { 'event.action': 'connection-closed' },
  12541: { 'event.action': 'connection-refused', 'whytimeout.phase': 'connect' },
  12543: { 'event.action': 'host-unreachable', 'whytimeout.phase': 'connect' },
  12545: { 'event.action': 'dns-failed', 'whytimeout.phase': 'dns' },
  12547: { 'event.action': 'connection-reset' },
  12537: { 'event.action': 'connection-closed' },
}
/** The listener's refusals: it knows no such service, or none that is free. */
const REFUSALS: Readonly<Record<string, ParsedFields>> = {
  12505: { 'event.action': 'no-server-available' },
  12514: { 'event.action': 'no-server-available' },
  12516: { 'event.action': 'overload' },
  12518: { 'event.action': 'overload' },
  12519: { 'event.action': 'overload' },
  12520: { 'event.action': 'overload' },
  12528: { 'event.action': 'no-server-available' },
}

type Kind = 'fatal' | 'listener' | 'inbound'
const kindOf = keepingLast((text): Kind | undefined => {
  if (FATAL.test(text)) return 'fatal'
  if (LISTENER.test(text)) return 'listener'
  return INBOUND.test(text) ? 'inbound' : undefined
})

export const oracle = defineFormat({
  id: 'oracle',
  title: 'Oracle Net (alert log, sqlnet.log, listener.log)',
  source: "Oracle Database Net Services Administrator's Guide; Database Error Messages, TNS",
  // Both its logs set a block off with 71 stars.
  block: {
    starts: /^(?:\*{71}$|Fatal NI connect error \d{4,5})/,
    continues: /^Fatal NI connect error \d{4,5}/,
    closes: /^Fatal NI connect error \d{4,5}/,
  },
  detect: (text, header) => (kindOf(text, header) ? 0.97 : 0),
  parse: (text, header) => {
    const kind = kindOf(text, header)
    if (kind === 'fatal') return accept(fatalFields(text), timeIn(text))
    if (kind === 'inbound') return accept(inboundFields(text), timeIn(text))
    return kind && listener(text)
  },
})

/** The block's own, else that of the alert log before it. */
function timeIn(text: string): WallTime | undefined {
  const own = TIME.exec(text)?.[1]
  return (own === undefined ? undefined : readTime(own)?.time) ?? readTime(text)?.time
}

function fatalFields(text: string): ParsedFields {
  const codes = new Map([...text.slice(0, 8_000).matchAll(CODES)].map((m) => [m[1] as string, m[2] as string]))
  const [main, transport, system] = [
    codes.get('ns main') ?? '',
    codes.get('nt main') ?? '',
    codes.get('nt secondary') ?? '',
  ]
  const fatal = FATAL.exec(text)?.[1] ?? ''
  const client = CLIENT.exec(text)
  const isServer = client !== null || /Client address:/i.test(text)
  const isTimeout = main === '12535' || transport === '505' || fatal === '12170' || TIMED_OUT.has(system)
  const fields: ParsedFields = isTimeout
    ? isServer
      ? { 'event.action': 'response-timeout', 'whytimeout.phase': 'response', 'error.type': 'read' }
      : { 'event.action': 'connect-timeout', 'whytimeout.phase': 'connect', 'error.type': 'connect' }
    : { ...(MEANINGS[transport] ?? MEANINGS[main] ?? { 'event.action': 'other' }) }
  if (main === '12606' || main === '12637') fields['event.reason'] = 'inbound connect timeout'
  else if (TIMED_OUT.has(system)) fields['event.reason'] = 'ETIMEDOUT'
  Object.assign(fields, failed, { 'event.category': ['database'], 'event.code': `TNS-${main || fatal}` })
  if (system !== '' && system !== '0') fields['error.code'] = system
  const target = client ? null : CONNECTING.exec(text)
  if (client) addEnd(fields, 'source', client[2], client[3])
  else if (target) addEnd(fields, 'destination', target[1], target[2])
  fields['network.transport'] = 'tcp'
  fields.message = `Fatal NI connect error ${fatal}: ${/TNS-\d{5}: ?TNS:([^\n]{1,100})/.exec(text)?.[1] ?? 'no text'}`
  return fields
}

function inboundFields(text: string): ParsedFields {
  return {
    'event.category': ['database'],
    'event.action': 'response-timeout',
    ...failed,
    'event.code': 'ORA-3136',
    'event.reason': 'inbound connect timeout',
    'whytimeout.phase': 'response',
    message: text.slice(0, 400),
  }
}

function addEnd(
  fields: ParsedFields,
  end: 'source' | 'destination',
  host: string | undefined,
  at: string | undefined,
): void {
  const [ip, number] = [address(host), port(at)]
  if (ip !== undefined) fields[`${end}.ip`] = ip
  else if (end === 'destination' && host !== undefined) fields['destination.domain'] = host.toLowerCase()
  if (number !== undefined) fields[`${end}.port`] = number
}

function listener(text: string) {
  const m = LISTENER.exec(text)
  if (!m) return undefined
  const [, at = '', host, from, asked = '', service = '', code = ''] = m
  const isFine = count(code) === 0
  const fields: ParsedFields = isFine
    ? { 'event.action': asked === 'establish' ? 'session-started' : 'other', 'event.outcome': 'success' }
    : { 'event.action': 'other', ...REFUSALS[code], ...failed, 'event.code': `TNS-${code}` }
  fields['event.category'] = ['database']
  fields['network.transport'] = 'tcp'
  fields['service.target.name'] = service
  addEnd(fields, 'source', host, from)
  fields.message = `${asked} ${service} from ${host}:${from}: ${code}`
  return accept(fields, readTime(at)?.time)
}
