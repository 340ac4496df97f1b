import type { ParsedFields } from '../../../schemas/event.js'
import { endpointsIn } from '../endpoints.js'
import { address, type Closing, count, type End, endOf, type Flow, flowFields, macOf, port } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { gated } from '../gate.js'
import { readJsonLine } from '../json-line.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Suricata EVE JSON (flow, netflow, drop, alert, dns, dhcp, tls, http, anomaly, stats) and the one-line alerts of Suricata and Snort.
 * Units: flow counts are packets and bytes on the wire; `tcp_flags_ts`/`tcp_flags_tc` are the flags seen from and to the client, hex.
 * Source: Suricata User Guide, "EVE JSON Format"; Snort manual, "alert_fast".
 */
type Json = { readonly [key: string]: unknown }
const EVE = gated(/"event_type": ?"[a-z_0-9]{2,20}"/)
const FAST = gated(
  /^(\d\d\/\d\d(?:\/(?:\d{4}|\d\d))?-\d\d:\d\d:\d\d\.\d{1,6}) {1,4}(?:\[(\w{1,8})\] )?\[\*\*\] \[(\d{1,10}:\d{1,10}:\d{1,10})\] (.{1,400}?) \[\*\*\]/,
)
const SYN = 0x02
const RST = 0x04

const eveOf = keepingLast((text): Json | undefined => (EVE.test(text) ? readJsonLine(text) : undefined))
const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

export const suricata = defineFormat({
  id: 'suricata',
  title: 'Suricata EVE and fast.log, Snort alert_fast',
  source: 'Suricata User Guide, EVE JSON Format; Snort manual',
  detect: (body, header) => (eveOf(body, header) || FAST.test(body) ? 1 : 0),
  parse: (body, header) => {
    const eve = eveOf(body, header)
    if (eve) {
      const time =
        readTime(text(object(eve.flow).end) ?? text(eve.timestamp) ?? '') ?? readTime(text(eve.timestamp) ?? '')
      return accept({ 'observer.type': 'sensor', ...read(eve), message: summary(eve) }, time?.time)
    }
    const m = FAST.exec(body)
    return m ? accept(fast(m, body), fastTime(m[1] as string)) : undefined
  },
})

const summary = (eve: Json): string =>
  [
    eve.event_type,
    object(eve.alert).signature,
    object(eve.dns).rrname,
    object(eve.flow).state,
    object(eve.flow).reason,
    object(eve.tls).sni,
  ]
    .filter((x) => typeof x === 'string')
    .join(' ')

function tupleOf(eve: Json): Flow {
  return {
    transport: text(eve.proto),
    from: text(eve.src_ip),
    fromPort: port(text(eve.src_port)),
    to: text(eve.dest_ip),
    toPort: port(text(eve.dest_port)),
    ingress: text(eve.in_iface),
    app: text(eve.app_proto),
  }
}

function read(eve: Json): ParsedFields {
  const tuple = tupleOf(eve)
  switch (eve.event_type) {
    case 'flow':
      return flow(eve, tuple)
    case 'drop':
      return flowFields({ ...tuple, reason: text(object(eve.drop).reason) }, 'denied')
    case 'alert': {
      const alert = object(eve.alert)
      const end: End = alert.action === 'blocked' ? 'denied' : 'other'
      return flowFields(
        { ...tuple, rule: text(alert.signature), ruleId: text(alert.signature_id), reason: text(alert.category) },
        end,
      )
    }
    case 'dns':
      return dns(object(eve.dns), tuple)
    case 'dhcp':
      return dhcp(object(eve.dhcp), tuple)
    case 'tls': {
      const tls = object(eve.tls)
      return {
        ...flowFields(tuple, 'other'),
        'network.protocol': 'tls',
        ...(text(tls.sni) && { 'destination.domain': text(tls.sni) as string }),
        ...(text(tls.version) && { 'tls.version': text(tls.version) as string }),
      }
    }
    case 'http': {
      const http = object(eve.http)
      const status = count(text(http.status))
      return {
        ...flowFields(tuple, 'other'),
        ...(text(http.hostname) && { 'url.domain': text(http.hostname) as string }),
        ...(text(http.url) && { 'url.path': (text(http.url) as string).slice(0, 2_048) }),
        ...(text(http.http_method) && { 'http.request.method': text(http.http_method) as string }),
        ...(status !== undefined && { 'http.response.status_code': status }),
      }
    }
    default:
      return flowFields({ ...tuple, reason: text(object(eve.anomaly).event) }, 'other')
  }
}

function flow(eve: Json, tuple: Flow): ParsedFields {
  const [f, tcp] = [object(eve.flow), object(eve.tcp)]
  const begin = Date.parse(text(f.start) ?? '')
  const end = Date.parse(text(f.end) ?? '')
  const whole: Flow = {
    ...tuple,
    bytesOut: text(f.bytes_toserver),
    bytesBack: text(f.bytes_toclient),
    packetsOut: text(f.pkts_toserver),
    packetsBack: text(f.pkts_toclient),
    durationMs: end >= begin ? end - begin : undefined,
    reason: [text(f.state), text(f.reason)].filter(Boolean).join(' '),
  }
  if (f.action === 'drop') return flowFields(whole, 'denied')
  const [client, server] = [flags(tcp.tcp_flags_ts), flags(tcp.tcp_flags_tc)]
  // The server's side had a reset and no SYN of its own: that was its whole answer.
  if ((server & RST) !== 0 && (server & SYN) === 0 && (client & SYN) !== 0) return flowFields(whole, 'refused')
  const closing: Closing =
    (server & RST) !== 0
      ? 'reset-server'
      : (client & RST) !== 0
        ? 'reset-client'
        : f.state === 'established' && f.reason === 'timeout'
          ? 'aged-out'
          : 'finished'
  return flowFields(whole, endOf(whole, closing))
}

const flags = (value: unknown): number =>
  typeof value === 'string' && /^[0-9a-f]{1,2}$/i.test(value) ? Number.parseInt(value, 16) : 0

function dns(d: Json, tuple: Flow): ParsedFields {
  const query = Array.isArray(d.queries) ? object(d.queries[0]) : d
  const isAnswer = d.type === 'answer' || d.type === 'response'
  const code = text(d.rcode)
  const answers = (Array.isArray(d.answers) ? d.answers : [d]).flatMap((a) => address(text(object(a).rdata)) ?? [])
  const server = address(isAnswer && tuple.fromPort === 53 ? tuple.from : tuple.to)
  const name = text(query.rrname)
  const { 'event.type': _, ...fields } = flowFields(tuple, 'other')
  return {
    ...fields,
    'event.type': ['protocol'],
    'event.action': isAnswer ? 'dns-answer' : 'dns-query',
    ...(isAnswer && { 'event.outcome': code === 'NOERROR' || code === 'NXDOMAIN' ? 'success' : 'failure' }),
    'dns.type': isAnswer ? 'answer' : 'query',
    ...(name && { 'dns.question.name': name.toLowerCase() }),
    ...(text(query.rrtype) && { 'dns.question.type': text(query.rrtype) as string }),
    ...(code && { 'dns.response_code': code }),
    ...(answers.length > 0 && { 'dns.resolved_ip': answers }),
    ...(server && { 'whytimeout.nameserver_ip': server }),
  }
}

function dhcp(d: Json, tuple: Flow): ParsedFields {
  const kind = text(d.dhcp_type) ?? ''
  const [assigned, mac, lease] = [address(text(d.assigned_ip)), macOf(text(d.client_mac)), count(text(d.lease_time))]
  const { 'event.type': _, ...fields } = flowFields({ ...tuple, reason: kind }, 'other')
  return {
    ...fields,
    'event.type': ['protocol'],
    'event.action':
      kind === 'ack'
        ? 'address-assigned'
        : kind === 'nak'
          ? 'address-lost'
          : kind === 'decline'
            ? 'address-conflict'
            : 'dhcp-request',
    ...(kind === 'nak' || kind === 'decline' ? { 'event.outcome': 'failure' } : {}),
    ...(assigned && assigned !== '0.0.0.0' && { 'whytimeout.address': assigned }),
    ...(mac && { 'source.mac': mac }),
    ...(lease !== undefined && { 'whytimeout.lease_secs': lease }),
  }
}

function fast(m: RegExpExecArray, body: string): ParsedFields {
  const tail = body.slice(m.index + m[0].length).split('\n')[0] as string
  const [from, to] = endpointsIn(/\} (.{3,200})/.exec(tail)?.[1] ?? '')
  const isDrop = m[2] !== undefined && /drop|reject|block/i.test(m[2])
  return {
    'observer.type': 'sensor',
    ...flowFields(
      {
        transport: /\{([\w:-]{2,16})\}/.exec(tail)?.[1],
        from: from?.ip,
        fromPort: from?.port,
        to: to?.ip,
        toPort: to?.port,
        rule: m[4],
        ruleId: m[3],
        reason: /\[Classification: ([^\]]{1,100})\]/.exec(tail)?.[1],
      },
      isDrop ? 'denied' : 'other',
    ),
    message: body.slice(0, 1_000),
  }
}

/** Month first, with a year of four or two digits or none; Snort 3 writes the year first, which shows where it is past 12. */
function fastTime(stamp: string): WallTime | undefined {
  const m = /^(\d\d)\/(\d\d)(?:\/(\d\d))?-(\d\d):(\d\d):(\d\d)\.(\d{1,6})$/.exec(stamp)
  if (!m) return readTime(stamp)?.time
  const [a, b, c] = [m[1], m[2], m[3]].map((x) => (x === undefined ? undefined : Number(x))) as [
    number,
    number,
    number | undefined,
  ]
  const [year, month, day] = c === undefined ? [undefined, a, b] : a > 12 ? [a, b, c] : [c, a, b]
  const [hour, minute, second] = [Number(m[4]), Number(m[5]), Number(m[6])]
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined
  const ms = Number((m[7] as string).padEnd(3, '0').slice(0, 3))
  return { ...(year !== undefined && { year: 2000 + year }), month, day, hour, minute, second, ms }
}
