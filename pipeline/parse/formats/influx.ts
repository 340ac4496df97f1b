import type { ParsedFields } from '../../../schemas/event.js'
import { readHostPort } from '../access-line.js'
import { accept, acceptAll, defineFormat, keepingLast, NS_PER_MS } from '../format.js'
import { LINE_PROTOCOL, timeAtEnd } from '../line-protocol.js'
import type { WallTime } from '../time.js'
import { countersOf } from './influx-counters.js'

/**
 * InfluxDB's line protocol, as Telegraf's outputs.file writes what its inputs measured: a name, tags, fields, a time since 1970. What bears on time-outs is read:
 * probes (ping), checks of a service from here (net_response, http_response, dns_query: nobody's sale, so health checks), counters of the host
 * (`influx-counters.ts`). Everything else is kept as it is.
 * Units:  ping in milliseconds, response_time in seconds, query_time_ms in milliseconds; the time in s, ms, µs or ns, by its length.
 * Source: InfluxDB 2 line protocol reference; Telegraf plugins/inputs/{ping,net_response,http_response,dns_query}/README.md.
 */
/** What a field's value can be: text, a truth, a number with its kind. */
const VALUE =
  /^(?:-?\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?|-?\d{1,20}[iu]|t|T|true|True|TRUE|f|F|false|False|FALSE)$/i
const MOST_FIELDS = 1_000

type Point = {
  readonly name: string
  readonly tags: ReadonlyMap<string, string>
  readonly numbers: ReadonlyMap<string, number>
  readonly words: ReadonlyMap<string, string>
  readonly time: WallTime
  /** All but the time. */
  readonly line: string
}

export const influx = defineFormat({
  id: 'influx',
  title: 'InfluxDB line protocol (Telegraf)',
  source: 'InfluxDB line protocol reference; Telegraf plugins/inputs',
  block: { starts: LINE_PROTOCOL, ends: LINE_PROTOCOL },
  detect: (text, header) => (pointIn(text, header) ? 1 : 0),
  parse: (text, header) => {
    const point = pointIn(text, header)
    if (!point) return undefined
    const read = READERS[point.name]
    const fields = read ? read(point) : countersOf(point)
    // One processor of many says little, as in other tables.
    if (fields === undefined) return acceptAll([])
    const host = point.tags.get('host')
    return accept(
      {
        'event.kind': 'metric',
        ...fields,
        ...(host !== undefined && { 'host.name': host }),
        message: (fields.message ?? point.line).slice(0, 400),
      },
      point.time,
    )
  },
})

const pointIn = keepingLast((text: string) => readPoint(text))

function readPoint(text: string): Point | undefined {
  const last = timeAtEnd(text)
  if (!last) return undefined
  const line = text.slice(0, last.start - 1)
  const head = upTo(line, 0, ' ')
  const [name = '', ...tags] = parts(line.slice(0, head), ',')
  const numbers = new Map<string, number>()
  const words = new Map<string, string>()
  for (const field of parts(line.slice(head + 1), ',').slice(0, MOST_FIELDS)) {
    const [key, value] = pair(field)
    if (key === '' || value === '') return undefined
    if (value.startsWith('"')) {
      // Blanks and marks within quotes are the text's own; what goes on behind them is no field.
      if (value.length < 2 || !value.endsWith('"')) return undefined
      words.set(key, value.slice(1, -1).replace(/\\(["\\])/g, '$1'))
    } else if (!VALUE.test(value)) return undefined
    else if (/^-?\d/.test(value)) numbers.set(key, Number(value.replace(/[iu]$/, '')))
  }
  return {
    name: plain(name),
    tags: new Map(tags.map(pair)),
    numbers,
    words,
    time: last.time,
    line,
  }
}

/** Where the mark stands that no backslash and no quotes protect; the length where there is none. */
function upTo(text: string, from: number, mark: string): number {
  let isQuoted = false
  for (let i = from; i < text.length; i++) {
    const c = text[i]
    if (c === '\\') i++
    else if (c === '"' && text[i - 1] === '=') isQuoted = true
    else if (c === '"' && isQuoted) isQuoted = false
    else if (c === mark && !isQuoted) return i
  }
  return text.length
}

function parts(text: string, mark: string): string[] {
  const found: string[] = []
  for (let from = 0; from <= text.length; ) {
    const end = upTo(text, from, mark)
    found.push(text.slice(from, end))
    from = end + 1
  }
  return found
}

function pair(text: string): [string, string] {
  const at = upTo(text, 0, '=')
  return [plain(text.slice(0, at)), text[at + 1] === '"' ? text.slice(at + 1) : plain(text.slice(at + 1))]
}

const plain = (text: string): string => text.replace(/\\([,= ])/g, '$1')

type Reader = (point: Point) => ParsedFields | undefined

const READERS: Readonly<Record<string, Reader>> = {
  ping,
  net_response: netResponse,
  http_response: httpResponse,
  dns_query: dnsQuery,
}

/** Telegraf's `result` tag came after the field of that name. Numbers mean other things in each plugin. */
const resultOf = ({ tags, words }: Point): string => tags.get('result') ?? words.get('result_type') ?? ''

const NO_SUCH_HOST = 1

/** On Windows a router's "unreachable" counts as received, and only `reply` tells what the target answered. */
function ping(point: Point): ParsedFields {
  const { tags, numbers } = point
  const target = tags.get('url') ?? ''
  const to = readHostPort(target)
  const sent = numbers.get('packets_transmitted')
  const got = numbers.get('reply_received') ?? numbers.get('packets_received')
  const counted =
    sent !== undefined && got !== undefined && sent > 0 ? (1 - Math.min(got, sent) / sent) * 100 : undefined
  const loss = numbers.get('percent_reply_loss') ?? numbers.get('percent_packet_loss') ?? counted
  if (loss === undefined || loss < 0) {
    // It could not ask at all: no such name, or the command failed.
    const isName = numbers.get('result_code') === NO_SUCH_HOST && to?.domain !== undefined
    return {
      'event.category': ['network'],
      'event.action': isName ? 'dns-failed' : 'other',
      ...(isName && { 'event.outcome': 'failure', 'event.reason': 'no such host', 'destination.domain': target }),
      message: isName ? `ping ${target}: no such host` : `ping ${target}: not measured`,
    }
  }
  const trip = numbers.get('average_response_ms')
  const isLost = loss >= 100
  return {
    'event.category': ['network'],
    'event.action': isLost ? 'probe-lost' : 'probe-answered',
    'network.transport': 'icmp',
    ...(to?.ip !== undefined && { 'destination.ip': to.ip }),
    ...(to?.domain !== undefined && { 'destination.domain': to.domain.toLowerCase() }),
    ...(!isLost && trip !== undefined && trip >= 0 && { 'whytimeout.rtt_ms': trip }),
    'whytimeout.loss_percent': Math.min(100, loss),
    message: `ping ${target}: ${loss} % lost${isLost || trip === undefined ? '' : `, ${trip} ms`}`,
  }
}

/** A check of a service, by who keeps it: evidence of its state. */
function check(target: string, result: string, isFine: boolean): ParsedFields {
  const said = result === 'timeout' ? 'timed out' : result.replaceAll('_', ' ')
  return {
    'event.category': ['network'],
    'event.action': isFine ? 'health-check-passed' : 'health-check-failed',
    'event.outcome': isFine ? 'success' : 'failure',
    'service.target.name': target,
    ...(!isFine && { 'event.reason': said }),
    message: `check of ${target}: ${said}`,
  }
}

function addPlace(fields: ParsedFields, host: string, port: number | undefined): ParsedFields {
  const to = readHostPort(host)
  if (to?.ip !== undefined) fields['destination.ip'] = to.ip
  if (to?.domain !== undefined) fields['destination.domain'] = to.domain.toLowerCase()
  const at = port ?? to?.port
  if (at !== undefined && at > 0 && at <= 65_535) fields['destination.port'] = at
  return fields
}

function addSecs(fields: ParsedFields, secs: number | undefined): ParsedFields {
  if (secs !== undefined && secs >= 0) fields['event.duration'] = Math.round(secs * 1_000 * NS_PER_MS)
  return fields
}

function netResponse(point: Point): ParsedFields {
  const { tags, numbers } = point
  const server = tags.get('server') ?? ''
  const port = tags.get('port') ?? ''
  const result = resultOf(point)
  const fields = check(`${server}:${port}`, result, result === 'success')
  const transport = tags.get('protocol')
  if (transport === 'tcp' || transport === 'udp') fields['network.transport'] = transport
  // Telegraf dials first, then waits for the words it expects: read_failed came behind a connect.
  if (result === 'timeout') fields['whytimeout.phase'] = 'connect'
  return addSecs(addPlace(fields, server, Number(port) || undefined), numbers.get('response_time'))
}

const URL_OF = /^(https?):\/\/(?:[^\s/@]{1,128}@)?(\[[0-9a-fA-F:.]{2,45}\]|[\w.-]{1,255})(?::(\d{1,5}))?(?:[/?#]|$)/
const FAULT = 500

function httpResponse(point: Point): ParsedFields {
  const { tags, numbers } = point
  const url = tags.get('server') ?? ''
  const status = numbers.get('http_response_code') ?? Number(tags.get('status_code') ?? Number.NaN)
  const result = resultOf(point)
  const isFault = result === 'success' && status >= FAULT
  const fields = check(url, isFault ? `status ${status}` : result, result === 'success' && !isFault)
  if (status >= 100 && status <= 599) fields['http.response.status_code'] = status
  const method = tags.get('method')
  if (method !== undefined) fields['http.request.method'] = method
  if (result === 'timeout') fields['whytimeout.phase'] = 'response'
  if (result === 'dns_error') fields['whytimeout.phase'] = 'dns'
  addSecs(fields, numbers.get('response_time'))
  const m = URL_OF.exec(url)
  return m ? addPlace(fields, m[2] as string, Number(m[3]) || (m[1] === 'https' ? 443 : 80)) : fields
}

/** An answer of any code is a name server's; none at all is a check that failed. */
function dnsQuery(point: Point): ParsedFields {
  const { tags, numbers } = point
  const server = tags.get('server') ?? ''
  const name = tags.get('domain') ?? ''
  const rcode = tags.get('rcode')?.toUpperCase()
  const result = resultOf(point)
  const isAnswered = rcode !== undefined && rcode !== '' && result !== 'timeout'
  const fields: ParsedFields = isAnswered
    ? {
        'event.category': ['network'],
        'event.action': 'dns-answer',
        'event.outcome': rcode === 'NOERROR' ? 'success' : 'failure',
        'dns.type': 'answer',
        'dns.response_code': rcode,
        message: `${name} of ${server}: ${rcode}`,
      }
    : { ...check(`name server ${server}`, result, result === 'success'), 'whytimeout.phase': 'dns' }
  fields['network.protocol'] = 'dns'
  if (name !== '') fields['dns.question.name'] = name.replace(/(?<=.)\.$/, '')
  const type = tags.get('record_type')
  if (type !== undefined) fields['dns.question.type'] = type
  const at = readHostPort(server)
  if (at?.ip !== undefined) fields['whytimeout.nameserver_ip'] = at.ip
  const ms = numbers.get('query_time_ms')
  return addSecs(fields, ms === undefined ? undefined : ms / 1_000)
}
