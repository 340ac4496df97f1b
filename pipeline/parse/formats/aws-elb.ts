import type { ParsedFields } from '../../../schemas/event.js'
import { addAnswer, addRequest, addSource, addTimes, readHostPort } from '../access-line.js'
import { accept, defineFormat, type ParseResult } from '../format.js'
import { readTime } from '../time.js'

/**
 * Access logs of AWS load balancers: application (ALB), classic (ELB) and network (NLB, TLS listeners).
 * Units: ALB and ELB processing times in seconds, -1 = that part never happened; NLB times in milliseconds, `-` = no handshake.
 * The time is when the answer was sent, or the connection ended. Source: AWS documentation, Access logs for your Application Load
 * Balancer (fields; HTTP 460, 463, 504), Classic Load Balancer, Network Load Balancer.
 */
/** Numbers in a row can pass for a card number and come masked: then they are not known. 1 type, 2 time, 3 balancer, 4 client, 5 target, 6 to 8 times, 9 status, 10 target's status, 11 received, 12 sent, 13 request, 14 the rest */
const REQUEST =
  /^(?:(https?|h2|grpcs|wss?) )?(\d{4}-\d{2}-\d{2}T[\d:.]{8,18}Z) (\S{1,255}) ([0-9a-fA-F.:[\]]{4,60}) ([\w.:[\]-]{1,255}) (-?[\d*]{1,9}(?:\.[\d*]{1,9})?) (-?[\d*]{1,9}(?:\.[\d*]{1,9})?) (-?[\d*]{1,9}(?:\.[\d*]{1,9})?) ([\d*]{3}|-) ([\d*]{3}|-) (-?[\d*]{1,18}) (-?[\d*]{1,18}) "((?:[^"\\]|\\.){0,8192})"(.{0,8192})$/s
/** 1 time, 2 balancer, 3 listener, 4 client, 5 destination, 6 connection ms, 7 handshake ms, 8 received, 9 sent, 10 alert, 11 rest */
const NETWORK =
  /^tls \d\.\d (\d{4}-\d{2}-\d{2}T[\d:.]{8,18}Z?) (\S{1,255}) (\S{1,128}) ([0-9a-fA-F.:[\]]{4,60}) ([0-9a-fA-F.:[\]]{4,60}|-) (\d{1,12}|-) (\d{1,12}|-) (\d{1,18}|-) (\d{1,18}|-) (\S{1,32}) (.{0,4096})$/s

export const awsElb = defineFormat({
  id: 'aws-elb',
  title: 'AWS load balancer access log (ALB, ELB, NLB)',
  source: 'AWS documentation, Access logs of Elastic Load Balancing',
  block: { starts: /^(?:https?|h2|grpcs|wss?|tls \d\.\d) \d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/ },
  detect: (text) => (REQUEST.test(text) || NETWORK.test(text) ? 1 : 0),
  parse: (text) => {
    const request = REQUEST.exec(text)
    if (request) return requestLine(request, text)
    const network = NETWORK.exec(text)
    return network ? networkLine(network, text) : undefined
  },
})

const known = (text: string | undefined): number | undefined =>
  text === undefined || /[-*]/.test(text) ? undefined : Number(text)
function seconds(text: string | undefined): number | undefined {
  const secs = known(text)
  return secs === undefined ? undefined : secs * 1000
}

function requestLine(m: RegExpExecArray, text: string): ParseResult | undefined {
  const when = readTime(m[2] ?? '')
  if (!when) return undefined
  const [dispatch, target, answer] = [seconds(m[6]), seconds(m[7]), seconds(m[8])]
  const request = /^([A-Z]{1,20}) (?:\w{2,8}:\/\/([^\s/:]{1,255})(?::\d{1,5})?)?(\S{0,4096})/.exec(m[13] ?? '')
  const fields: ParsedFields = { 'observer.type': 'loadbalancer', 'observer.name': m[3] ?? '' }
  addRequest(fields, {
    client: m[4] ?? '',
    method: request?.[1],
    path: request?.[3]?.slice(0, 2048) || undefined,
    bytes: known(m[12]),
  })
  const received = known(m[11])
  if (received !== undefined) fields['source.bytes'] = received
  if (request?.[2] !== undefined && request[2] !== '-') fields['url.domain'] = request[2]
  const status = known(m[9])
  const answered = m[10] !== '-'
  // A TCP listener has no status.
  if (m[9] === '-' && m[10] === '-') Object.assign(fields, { 'event.action': 'session-ended' })
  else if (status === 460)
    Object.assign(fields, {
      'event.action': 'connection-closed',
      'event.outcome': 'failure',
      'http.response.status_code': 460,
    })
  else if (status === 503 && m[5] === '-')
    Object.assign(fields, {
      'event.action': 'no-server-available',
      'event.outcome': 'failure',
      'http.response.status_code': 503,
    })
  // A request that was never handed over had no connection to be handed to.
  else addAnswer(fields, { status, answered, connected: dispatch !== undefined })
  const rest = m[14] ?? ''
  const parts = [dispatch, target, answer].filter((t) => t !== undefined)
  // Of a request that ran out of time the parts are missing: how long it took is what lies between its two times.
  const took = parts.length < 3 ? tookMs(m[2] ?? '', rest) : undefined
  addTimes(fields, {
    total: took ?? (parts.length > 0 ? parts.reduce((a, b) => a + b, 0) : undefined),
    response: answered ? target : undefined,
  })
  addTarget(fields, m[5])
  const tls = / (TLSv[\d.]{1,4}) /.exec(rest)?.[1]
  if (tls !== undefined) fields['tls.version'] = tls
  const trace = /"(Root=[\w;=-]{8,128})"/.exec(rest)?.[1]
  if (trace !== undefined) fields['whytimeout.request_id'] = trace
  const group = /targetgroup\/([\w-]{1,64})\//.exec(rest)?.[1]
  if (group !== undefined) fields['service.target.name'] = group
  fields.message = text.slice(0, 500)
  return accept(fields, when.time)
}

/** The field after the rule's priority is when the request came. */
const CREATED = / (?:-1|\d{1,5}) (\d{4}-\d{2}-\d{2}T[\d:.]{8,18}Z) "/
const LONGEST_REQUEST_MS = 86_400_000

function tookMs(ended: string, rest: string): number | undefined {
  const ms = Date.parse(ended) - Date.parse(CREATED.exec(rest)?.[1] ?? '')
  return ms >= 0 && ms <= LONGEST_REQUEST_MS ? ms : undefined
}

function addTarget(fields: ParsedFields, address: string | undefined): void {
  if (address === undefined || address === '-') return
  const to = readHostPort(address)
  if (to?.ip !== undefined) fields['destination.ip'] = to.ip
  if (to?.port !== undefined) fields['destination.port'] = to.port
}

/** A TLS connection by its length; without a handshake time there was no TLS. */
function networkLine(m: RegExpExecArray, text: string): ParseResult | undefined {
  const when = readTime(m[1] ?? '')
  if (!when) return undefined
  const number = (part: string | undefined) => (part === undefined || part === '-' ? undefined : Number(part))
  const [total, handshake] = [number(m[6]), number(m[7])]
  const fields: ParsedFields = {
    'event.category': ['network'],
    'event.type': ['connection', 'end'],
    'network.transport': 'tcp',
    'observer.type': 'loadbalancer',
    'observer.name': m[2] ?? '',
    'tls.established': handshake !== undefined,
    'event.action': handshake === undefined ? 'tls-failed' : 'session-ended',
    'event.outcome': handshake === undefined ? 'failure' : 'success',
    ...(handshake === undefined && { 'whytimeout.phase': 'tls' as const }),
    ...(m[10] !== '-' && { 'event.reason': `TLS alert ${m[10]}` }),
  }
  addSource(fields, m[4] ?? '')
  addTarget(fields, m[5])
  addTimes(fields, { total, tls: handshake })
  const [received, sent] = [number(m[8]), number(m[9])]
  if (received !== undefined) fields['source.bytes'] = received
  if (sent !== undefined) fields['destination.bytes'] = sent
  const version = /\b(tlsv\d{1,2})\b/.exec(m[11] ?? '')?.[1]
  if (version !== undefined) fields['tls.version'] = version
  fields.message = text.slice(0, 500)
  return accept(fields, when.time)
}
