import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase } from '../../../schemas/vocabulary.js'
import { addAnswer, addRequest, addTimes } from '../access-line.js'
import { accept, defineFormat, type ParseResult } from '../format.js'
import { readTime } from '../time.js'

/**
 * IIS: W3C extended log in the field orders that its versions write by default, and HTTP.sys' error log (httperr). Both in UTC.
 * Units: time-taken in milliseconds, to the end of the answer; the line's time is that end.
 * Source: Microsoft Learn, "W3C logging", "Error logging in HTTP APIs"; sc-win32-status: winerror.h (64, 121, 1236, 12002 …).
 */
/** 1 time, 2 server, 3 method, 4 stem, 5 query, 6 port, 7 client, 8 what stands between, 9 to 11 status, 12 the numbers behind */
const W3C =
  /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) (?:[\w.-]{1,64} ){0,2}([0-9a-fA-F.:%]{2,64}) ([A-Z_]{1,20}) (\S{1,4096}) (\S{1,4096}) (\d{1,5}) .{1,256}? ([0-9a-fA-F.:%]{2,64})((?: \S{1,4096}){0,6}?) ([\d*]{3}) ([\d*]{1,19}) ([\d*]{1,19})((?: [\d*]{1,18}){0,3})$/
/** 1 time, 2 client, 3 its port, 4 server, 5 its port, 6 method, 7 uri, 8 status, 9 site, 10 reason */
const HTTPERR =
  /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) ([0-9a-fA-F.:%]{2,64}) (\d{1,5}) ([0-9a-fA-F.:%]{2,64}) (\d{1,5}) (?:HTTP\/\d(?:\.\d)?|-) ([A-Z]{1,20}|-) (\S{1,4096}) (?:- )?(\d{3}|-) (\S{1,16}) (?:- )?([A-Z][A-Za-z_]{3,48})(?: \S{1,255}){0,2}$/

export const iis = defineFormat({
  id: 'iis',
  title: 'IIS W3C log and HTTP.sys error log',
  source: 'Microsoft Learn, W3C logging; Error logging in HTTP APIs',
  detect: (text) => (W3C.test(text) || HTTPERR.test(text) ? 1 : 0),
  parse: (text) => {
    const access = W3C.exec(text)
    if (access) return accessLine(access, text)
    const error = HTTPERR.exec(text)
    return error ? errorLine(error, text) : undefined
  },
})

type Told = { readonly action: Action; readonly phase?: Phase }

/** Win32 errors by which the request ended; those from 12000 on are WinHTTP's, of a request that was forwarded (ARR). */
const WIN32: Readonly<Record<string, Told>> = {
  '64': { action: 'connection-closed' },
  '121': { action: 'read-idle' },
  '1236': { action: 'connection-closed' },
  '1460': { action: 'read-idle' },
  '10060': { action: 'connect-timeout', phase: 'connect' },
  '12002': { action: 'response-timeout', phase: 'response' },
  '12007': { action: 'dns-failed', phase: 'dns' },
  '12030': { action: 'connection-closed' },
  '12152': { action: 'request-failed' },
  '12175': { action: 'tls-failed', phase: 'tls' },
}

function accessLine(m: RegExpExecArray, text: string): ParseResult | undefined {
  const when = readTime(m[1] ?? '')
  if (!when) return undefined
  const fields: ParsedFields = { 'destination.ip': bare(m[2]), 'destination.port': Number(m[6]) }
  addRequest(fields, { client: bare(m[7]), method: m[3], path: m[4]?.slice(0, 2048), bytes: undefined })
  addAnswer(fields, { status: known(m[9]) })
  const win32 = m[11] ?? '0'
  const told = WIN32[win32]
  if (
    told &&
    (fields['event.action'] !== 'request-succeeded' ||
      told.action === 'connection-closed' ||
      told.action === 'read-idle')
  ) {
    fields['event.action'] = told.action
    fields['event.outcome'] = 'failure'
    if (told.phase) fields['whytimeout.phase'] = told.phase
    if (told.action.endsWith('-timeout')) fields['whytimeout.suffered_by'] = 'gateway'
  }
  if (win32 !== '0') fields['error.code'] = win32
  fields['event.reason'] = `${m[9]}.${m[10]}`
  // sc-bytes and cs-bytes stand before time-taken, where they are logged.
  const numbers = (m[12] ?? '')
    .trim()
    .split(' ')
    .filter((n) => n !== '')
  if (numbers.length === 1 || numbers.length === 3) addTimes(fields, { total: known(numbers.at(-1)) })
  const [sent, received] = numbers.length >= 2 ? [known(numbers[0]), known(numbers[1])] : []
  if (sent !== undefined) fields['destination.bytes'] = sent
  if (received !== undefined) fields['source.bytes'] = received
  fields.message = text.slice(0, 500)
  return accept(fields, { ...when.time, offsetMin: 0 })
}

/** Numbers in a row can pass for a card number and come masked: then they are not known. */
const known = (text: string | undefined): number | undefined =>
  text === undefined || text.includes('*') ? undefined : Number(text)

const bare = (address: string | undefined): string => (address ?? '').replace(/%.*/, '')

/** HTTP.sys' own words for why it ended a connection; its timers watch the client. */
const REASONS: readonly (readonly [RegExp, Action])[] = [
  [/^Timer_(?:AppPool|Response)/, 'response-timeout'],
  [/^Timer_/, 'read-idle'],
  [/^(?:QueueFull|ConnLimit|RequestLimit)/, 'queue-full'],
  [/^(?:AppOffline|AppShutdown|Disabled|N\/A)/, 'no-server-available'],
  [/^(?:Connection_(?:Dropped|Abandoned)|Client_Reset)/, 'connection-closed'],
  [/^(?:Forbidden|Refused)/, 'policy-denied'],
]

function errorLine(m: RegExpExecArray, text: string): ParseResult | undefined {
  const when = readTime(m[1] ?? '')
  if (!when) return undefined
  const reason = m[10] ?? ''
  const action = REASONS.find(([word]) => word.test(reason))?.[1] ?? 'request-failed'
  const fields: ParsedFields = {
    'source.port': Number(m[3]),
    'destination.ip': bare(m[4]),
    'destination.port': Number(m[5]),
    'event.action': action,
    'event.outcome': 'failure',
    'event.reason': reason,
    ...(action === 'response-timeout' && { 'whytimeout.phase': 'response' as const }),
    ...(m[8] !== '-' && { 'http.response.status_code': Number(m[8]) }),
    message: text.slice(0, 500),
  }
  addRequest(fields, {
    client: bare(m[2]),
    method: m[6] === '-' ? undefined : m[6],
    path: m[7] === '-' ? undefined : m[7]?.slice(0, 2048),
    bytes: undefined,
  })
  return accept(fields, { ...when.time, offsetMin: 0 })
}
