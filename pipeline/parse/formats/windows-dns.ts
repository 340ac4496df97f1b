import type { ParsedFields } from '../../../schemas/event.js'
import { ANSWER, FORWARDED, QUERY } from '../dns-fields.js'
import { address } from '../flow.js'
import { accept, acceptAll, defineFormat, keepingLast } from '../format.js'
import { outcomeOf } from '../readings.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Windows DNS server's debug log: date and time of the server's zone, thread, PACKET, context, transport, received or sent, the other end, id,
 * R for an answer, what was asked (Q), flags and code in brackets, type and name with the length before each label.
 * Source: the key at the head of the log itself; Microsoft Learn, "DNS Logging and Diagnostics".
 */
/** 1 transport, 2 received or sent, 3 the other end, 4 R, 5 code, 6 type, 7 name */
const PACKET =
  /^[0-9A-F]{3,8} PACKET {1,4}(?:[0-9A-F]{8,16} )?(UDP|TCP) (Rcv|Snd) ([0-9a-fA-F.:%]{2,64}) {1,32}[0-9a-f]{4} (R| ) ([QNU?]) \[[0-9a-f]{4} [ATDR ]{4,8} {1,4}([A-Z]{2,10})\] ([A-Z0-9]{1,12}) {1,12}(\S{1,512})/
/** With "Details": a record's data, an address where it is one. */
const DATA = /^\s{1,16}DATA {1,8}((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{1,4}:[0-9a-fA-F:.]{2,44})\s*$/gm
const MAX_DETAILS = 8_000
const EVENT = /^[0-9A-F]{3,8} EVENT {1,8}(.{1,1000})/
const HEAD = /^(?:DNS Server log file creation at|Message logging key)/

type Found = { readonly time: WallTime; readonly packet?: RegExpExecArray; readonly said?: string }

const read = keepingLast((text): Found | undefined => {
  const c = text.charCodeAt(0)
  const when = c >= 48 && c <= 57 ? readTime(text) : undefined
  if (!when) return undefined
  const rest = text.slice(when.end, when.end + 1_200).trimStart()
  const packet = PACKET.exec(rest)
  if (packet) return { time: when.time, packet }
  const said = EVENT.exec(rest)?.[1]
  return said === undefined ? undefined : { time: when.time, said }
})

/** `(4)till(4)shop(7)example(0)` */
const nameOf = (labels: string): string =>
  labels
    .replace(/\(\d{1,3}\)/g, '.')
    .replace(/^\.|\.$/g, '')
    .toLowerCase()

export const windowsDns = defineFormat({
  id: 'windows-dns',
  title: 'Windows DNS server debug log',
  source: 'Microsoft Learn, DNS Logging and Diagnostics; the key at the head of the log',
  detect: (text, header) => (HEAD.test(text) || read(text, header) ? 1 : 0),
  parse: (text, header) => {
    if (HEAD.test(text)) return acceptAll([])
    const found = read(text, header)
    if (!found) return undefined
    const { packet, said = '', time } = found
    if (!packet) return accept({ ...eventFields(said), message: said }, time)
    const [, transport = '', way = '', end, answered, , code = '', type = '', labels = ''] = packet
    const isAnswer = answered === 'R'
    const isReceived = way === 'Rcv'
    const fields: ParsedFields = { ...(isAnswer ? ANSWER : isReceived ? QUERY : FORWARDED) }
    const other = address(end)
    // A question comes from a client and goes on to another server; answers go the other way.
    if (other !== undefined && isReceived !== isAnswer) fields['source.ip'] = other
    else if (other !== undefined) {
      fields['destination.ip'] = other
      fields['whytimeout.nameserver_ip'] = other
    }
    fields['network.transport'] = transport.toLowerCase()
    fields['dns.question.type'] = type
    fields['dns.question.name'] = nameOf(labels).slice(0, 255)
    if (isAnswer) {
      fields['dns.response_code'] = code
      fields['event.outcome'] = code === 'NXDOMAIN' ? 'success' : outcomeOf(code)
      const data = [...text.slice(0, MAX_DETAILS).matchAll(DATA)]
        .map(([, ip]) => address(ip))
        .filter((ip) => ip !== undefined)
      if (data.length > 0) fields['dns.resolved_ip'] = data
    }
    fields.message = `${way} ${end} ${isAnswer ? `answer ${code}` : 'question'} ${type} ${nameOf(labels)}`.slice(0, 400)
    return accept(fields, time)
  },
})

function eventFields(said: string): ParsedFields {
  if (/server has started/i.test(said)) return { 'event.action': 'program-started' }
  if (/server has shut ?down/i.test(said)) return { 'event.action': 'program-stopped' }
  return { 'event.action': 'other' }
}
