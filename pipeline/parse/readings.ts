import type { LogEvent, ParsedFields } from '../../schemas/event.js'
import { address } from './flow.js'
import { gated } from './gate.js'

/**
 * What a program may write, as a table: a pattern and the fields that its message always gives. Named groups give the others,
 * by the names of `PUT` below; a group `x_name` goes to `whytimeout.extra`, a group `n_name` to `whytimeout.counters`.
 */
export type Reading = readonly [pattern: RegExp, fields: ParsedFields]

const NS_PER_SEC = 1e9
const put =
  (field: keyof ParsedFields) =>
  (fields: ParsedFields, value: string): void => {
    ;(fields as Record<string, unknown>)[field] = value
  }
const putIp =
  (field: keyof ParsedFields) =>
  (fields: ParsedFields, value: string): void => {
    const ip = asIp(value)
    if (ip !== undefined) (fields as Record<string, unknown>)[field] = ip
  }
const putInt =
  (field: keyof ParsedFields, most = Number.MAX_SAFE_INTEGER) =>
  (fields: ParsedFields, value: string): void => {
    const n = Math.round(Number(value))
    if (Number.isSafeInteger(n) && n >= 0 && n <= most) (fields as Record<string, unknown>)[field] = n
  }
const putNumber =
  (field: keyof ParsedFields) =>
  (fields: ParsedFields, value: string): void => {
    const n = Number(value)
    if (Number.isFinite(n)) (fields as Record<string, unknown>)[field] = n
  }

const PUT: Readonly<Record<string, (fields: ParsedFields, value: string) => void>> = {
  iface: put('interface.name'),
  addr: putIp('whytimeout.address'),
  router: putIp('whytimeout.router_ip'),
  network: put('whytimeout.network'),
  ns: putIp('whytimeout.nameserver_ip'),
  src: putIp('source.ip'),
  spt: putInt('source.port', 65_535),
  dst: putIp('destination.ip'),
  dpt: putInt('destination.port', 65_535),
  domain: put('destination.domain'),
  mac: (fields, value) => put('source.mac')(fields, value.toLowerCase().replaceAll('-', ':')),
  qname: (fields, value) => put('dns.question.name')(fields, value.replace(/(?<=.)\.$/, '')),
  qtype: put('dns.question.type'),
  rcode: put('dns.response_code'),
  answer: (fields, value) => {
    const ip = asIp(value)
    if (ip !== undefined) fields['dns.resolved_ip'] = [ip]
  },
  secs: (fields, value) => putInt('event.duration')(fields, String(Number(value) * NS_PER_SEC)),
  ms: (fields, value) => putInt('event.duration')(fields, String(Number(value) * 1e6)),
  us: (fields, value) => putInt('event.duration')(fields, String(Number(value) * 1e3)),
  lease: putInt('whytimeout.lease_secs'),
  dbm: putNumber('whytimeout.signal_dbm'),
  rtt: putNumber('whytimeout.rtt_ms'),
  loss: putNumber('whytimeout.loss_percent'),
  reason: put('event.reason'),
  code: put('event.code'),
  version: put('whytimeout.version'),
  command: put('process.command'),
  service: put('service.name'),
  retries: putInt('whytimeout.retries'),
  sessions: putInt('whytimeout.sessions'),
  queue: putInt('whytimeout.queue_length'),
  level: (fields, value) => put('log.level')(fields, value.toLowerCase()),
}

/** @returns a function that gives the fields of the first reading that fits, undefined where none does. Its answer is the caller's. */
export function readingsOf(readings: readonly Reading[]): (text: string) => ParsedFields | undefined {
  const all = readings.map(([pattern, fields]) => ({ gate: gated(pattern), fields }))
  return (text) => {
    for (const { gate, fields } of all) {
      const m = gate.exec(text)
      if (m) return m.groups ? withGroups({ ...fields }, m.groups) : { ...fields }
    }
    return undefined
  }
}

/** Adds what named groups caught. Values that cannot be what the name says (port 70000) are left out. */
export function withGroups(fields: ParsedFields, groups: Readonly<Record<string, string | undefined>>): ParsedFields {
  for (const name in groups) {
    const value = groups[name]
    if (value === undefined || value === '') continue
    if (name.startsWith('x_')) fields['whytimeout.extra'] = { ...fields['whytimeout.extra'], [name.slice(2)]: value }
    else if (name.startsWith('n_')) {
      const n = Number(value)
      if (Number.isFinite(n)) fields['whytimeout.counters'] = { ...fields['whytimeout.counters'], [name.slice(2)]: n }
    } else PUT[name]?.(fields, value)
  }
  return fields
}

/** An address as text may bring it, without zone and brackets; undefined where it is none, or stands for any. */
export function asIp(text: string): string | undefined {
  const ip = address(text)
  return ip === '0.0.0.0' || ip === '::' ? undefined : ip
}

/** An answer's outcome by its code, as RFC 1035 and 2136 name them. */
export const outcomeOf = (rcode: string): NonNullable<LogEvent['event.outcome']> =>
  rcode === 'NOERROR' || rcode === 'NODATA' ? 'success' : 'failure'
