import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase, Sufferer } from '../../../schemas/vocabulary.js'
import { addIds } from '../access-ids.js'
import {
  type AccessLine,
  addAnswer,
  addRequest,
  addSource,
  addTimes,
  addUpstream,
  PAGE_AND_AGENT,
  readAccessLine,
} from '../access-line.js'
import { accept, defineFormat, type Header, keepingLast, type ParseResult } from '../format.js'
import { errnoName, readNetworkError } from '../network-error.js'
import { plus, readTime } from '../time.js'

/**
 * Apache httpd: error log (2.4 and 2.2 layouts), access log with a virtual host before it or a time behind it; the plain combined
 * layout is read as nginx's, which is the same.
 * Its error log may have the compact time of `%{cu}t`. Units: %D in microseconds. Source: mod_log_config, core ErrorLogFormat; modules/proxy/*.c for the AH numbers; APR errors (70007 = timed out).
 */
const ERROR =
  /^\[(?<at>(?:[A-Z][a-z]{2} ){2}\d{2} [\d:.]{8,15} \d{4}|\d{4}-\d\d-\d\d [\d:.]{8,15})\] \[(?:(?<module>[\w-]{0,40}):)?(?<level>emerg|alert|crit|error|warn|notice|info|debug|trace\d)\] (?:\[pid (?<pid>\d{1,10})(?::tid (?<tid>\d{1,20}|\*))?\] )?(?<rest>.{1,8000})$/s
const TAIL = new RegExp(String.raw`${PAGE_AND_AGENT}(?: (\d{1,12}))?$`)
/** A layout without referer: so many digits are microseconds, whatever is quoted behind them. */
const MICROS = /^ (\d{5,12}|\d{1,12}(?=us\b))(?:us\b(?: .{0,1000})?|(?: "(?:[^"\\]|\\.){0,512}"){0,4})$/i

export const apache = defineFormat({
  id: 'apache',
  title: 'Apache httpd error and access log',
  source: 'Apache HTTP Server documentation, mod_log_config, core ErrorLogFormat, mod_proxy',
  block: { starts: /^[\w.:-]{1,255} [\w.:-]{2,255} \S{1,128} \S{1,128} \[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:/ },
  detect: (text, header) => {
    if (text.startsWith('[') && ERROR.test(text)) return 1
    return accessIn(text, header) ? 0.85 : 0
  },
  parse: (text, header) => {
    const error = text.startsWith('[') ? ERROR.exec(text)?.groups : undefined
    if (error) return errorLine(error)
    const access = accessIn(text, header)
    return access && accessLine(access, text)
  },
})

/** Only what shows the server: a virtual host, microseconds behind the agent. */
const accessIn = keepingLast((text: string, _: Header): AccessLine | undefined => {
  const line = readAccessLine(text)
  if (!line) return undefined
  const tail = TAIL.exec(line.tail)
  const isOurs = (line.vhost !== undefined && (tail || line.tail === '')) || tail?.[1] !== undefined
  return isOurs || MICROS.test(line.tail) ? line : undefined
})

function accessLine(line: AccessLine, text: string): ParseResult | undefined {
  const when = readTime(line.at)
  if (!when) return undefined
  const fields: ParsedFields = {}
  addRequest(fields, line)
  if (line.vhost !== undefined) fields['url.domain'] = line.vhost.replace(/:\d{1,5}$/, '')
  addAnswer(fields, { status: line.status })
  const micros = (TAIL.exec(line.tail) ?? MICROS.exec(line.tail))?.[1]
  const total = micros === undefined ? 0 : Number(micros) / 1000
  if (micros !== undefined) addTimes(fields, { total })
  addIds(fields, line.tail)
  fields.message = text.slice(0, 500)
  // %t is when the request came.
  return accept(fields, plus(when.time, Math.round(total)))
}

function errorLine(g: Record<string, string | undefined>): ParseResult | undefined {
  const when = readTime(g.at ?? '')
  if (!when) return undefined
  const text = g.rest ?? ''
  const fields: ParsedFields = { 'log.level': g.level ?? '' }
  if (g.module) fields['log.logger'] = g.module
  if (g.pid !== undefined) fields['process.pid'] = Number(g.pid)
  // A worker's thread serves one request at a time.
  if (g.tid !== undefined && g.tid !== g.pid) fields['whytimeout.extra'] = { connection: g.tid }
  const client = /\[client ([0-9a-fA-F.:]{2,45}?)(?::(\d{1,5}))?\]/.exec(text)
  if (client?.[1] !== undefined)
    addSource(
      fields,
      client[2] === undefined ? client[1] : `${client[1].includes(':') ? `[${client[1]}]` : client[1]}:${client[2]}`,
    )
  addUpstream(
    fields,
    /attempt to connect to ([\w.[\]:-]{3,255}) \(/.exec(text)?.[1] ??
      /remote server ([\w.[\]-][\w.[\]:-]{1,250}:\d{1,5})\b/.exec(text)?.[1] ??
      /\[remote ([0-9a-fA-F.:]{4,50})\]/.exec(text)?.[1] ??
      /to backend:? ([\w.-]{3,255})/.exec(text)?.[1],
  )
  const code = /\bAH\d{5}\b/.exec(text)?.[0]
  if (code !== undefined) fields['event.code'] = code
  const told = tell(text, g.module ?? '', code)
  fields['event.action'] = told.action
  if (told.phase) fields['whytimeout.phase'] = told.phase
  if (told.by) fields['whytimeout.suffered_by'] = told.by
  if (!/^(?:other|program-|config-|session-)/.test(told.action)) {
    fields['event.outcome'] = 'failure'
    fields['error.message'] = text.slice(0, 300)
    const number = /^\((\d{1,5})\)/.exec(text)?.[1]
    if (number !== undefined) fields['error.code'] = number === TIMED_OUT ? 'ETIMEDOUT' : errnoName(number)
  }
  if (told.action === 'dns-failed' || told.action === 'dns-timeout') {
    const name = /lookup failure for: ([\w.-]{1,255})/.exec(text)?.[1]
    if (name !== undefined) fields['destination.domain'] = name
  }
  fields.message = text
  return accept(fields, when.time)
}

/** APR_TIMEUP. */
const TIMED_OUT = '70007'
type Told = { readonly action: Action; readonly phase?: Phase; readonly by?: Sufferer }

/** Messages that only have a number. */
const BY_CODE: Readonly<Record<string, Told>> = {
  AH01382: { action: 'read-idle' },
  AH00959: { action: 'server-down' },
  AH00940: { action: 'server-down' },
  AH01167: { action: 'no-server-available' },
  AH01172: { action: 'no-server-available' },
  AH01173: { action: 'no-server-available' },
  // Of prefork, worker and event: that all workers are busy, once until the next restart.
  AH00161: { action: 'overload' },
  AH00286: { action: 'overload' },
  AH00484: { action: 'overload' },
  AH10159: { action: 'overload' },
  AH00485: { action: 'overload' },
  AH03490: { action: 'overload' },
  AH01630: { action: 'policy-denied' },
  AH01797: { action: 'policy-denied' },
  AH02003: { action: 'tls-failed', phase: 'tls' },
  AH02008: { action: 'tls-failed', phase: 'tls' },
  AH02039: { action: 'tls-failed', phase: 'tls' },
  AH00489: { action: 'program-started' },
  AH00163: { action: 'program-started' },
  AH00491: { action: 'program-stopped' },
  AH00169: { action: 'program-stopped' },
  AH00493: { action: 'config-changed' },
  AH00171: { action: 'config-changed' },
  // What follows from an error that its own line has told.
  AH01114: { action: 'request-failed' },
  AH01110: { action: 'request-failed' },
  AH01084: { action: 'request-failed' },
  AH01097: { action: 'request-failed' },
}

function tell(text: string, module: string, code: string | undefined): Told {
  if (/DNS lookup failure|^\(EAI /.test(text)) return { action: 'dns-failed', phase: 'dns', by: 'gateway' }
  const number = /^\((\d{1,5})\)/.exec(text)?.[1]
  const isConnect = code === 'AH00957' || /attempt to connect|failed to make connection/.test(text)
  const isTls = /SSL|handshake|TLS/.test(text) && !isConnect
  const known = code === undefined ? undefined : BY_CODE[code]
  if (number === TIMED_OUT || number === '110') {
    if (!/^proxy|^uwsgi|^fcgi/.test(module) && !isConnect && !isTls) return { action: 'read-idle' }
    const phase = isConnect ? 'connect' : isTls ? 'tls' : 'response'
    return { action: `${phase}-timeout`, phase, by: 'gateway' }
  }
  // A client that is slow at the handshake had begun one; a header that never comes is a connection opened for later.
  if (code === 'AH01382' && /handshake read timeout/.test(text))
    return { action: 'tls-timeout', phase: 'tls', by: 'gateway' }
  if (known) return known
  if (number !== undefined) {
    const error = readNetworkError(`errno=${number} ${text.replace(/^\(\d{1,5}\)/, '')}`)
    if (error) return { action: error.action, ...(error.phase && { phase: error.phase }), by: 'gateway' }
  }
  if (/^\[client [^\]]{1,60}\] client denied/.test(text)) return { action: 'policy-denied' }
  if (/MaxRequestWorkers|MaxClients/.test(text)) return { action: 'overload' }
  if (/Error reading from remote server/.test(text)) return { action: 'request-failed' }
  if (/AH01964|Connection to child/.test(text)) return { action: 'other' }
  const error = /^(?:error|crit|alert|emerg)/.test(module) ? undefined : readNetworkError(text)
  return error ? { action: error.action, ...(error.phase && { phase: error.phase }) } : { action: 'other' }
}
