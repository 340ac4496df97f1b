import { isIP } from 'node:net'
import type { ParsedFields } from '../../../schemas/event.js'
import { address, count, type End, flowFields, macOf } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { readJsonLine } from '../json-line.js'
import { plus, readTime } from '../time.js'

/**
 * Zeek logs conn, dns, dhcp, ssl, weird, ssh as tab-separated values in the order of columns that Zeek writes by default, and as JSON.
 * Units: `ts` epoch seconds, the first packet of a connection; `duration` and `rtt` seconds; bytes are payload.
 * Source: Zeek manual, "Log Files" (conn.log: conn_state and history; dns.log; dhcp.log; ssl.log; weird.log).
 */
type Row = { readonly kind: string; readonly get: (name: string) => string | undefined; readonly ts: string }

const ADDRESSES = ['ts', 'uid', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p']
const CONN = [...ADDRESSES, 'proto', 'service', 'duration', 'orig_bytes', 'resp_bytes', 'conn_state']
const COUNTS = ['missed_bytes', 'history', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes']
const CONN_LOCAL = [...CONN, 'local_orig', 'local_resp', ...COUNTS]
const CONN_BARE = [...CONN, ...COUNTS]
const DNS = [
  ...[...ADDRESSES, 'proto', 'trans_id', 'rtt', 'query', 'qclass', 'qclass_name', 'qtype', 'qtype_name', 'rcode'],
  ...['rcode_name', 'AA', 'TC', 'RD', 'RA', 'Z', 'answers', 'TTLs', 'rejected'],
]
const SSL = [
  ...ADDRESSES,
  ...['version', 'cipher', 'curve', 'server_name', 'resumed', 'last_alert', 'next_protocol', 'established'],
]
const WEIRD = [...ADDRESSES, 'name', 'addl', 'notice', 'peer', 'source']
const DHCP = [
  ...['ts', 'uids', 'client_addr', 'server_addr', 'mac', 'host_name', 'client_fqdn', 'domain', 'requested_addr'],
  ...['assigned_addr', 'lease_time', 'client_message', 'server_message', 'msg_types', 'duration'],
]
const STATE = /^(?:S[0-3]|SF|REJ|RSTO|RSTR|RSTOS0|RSTRH|SH|SHR|OTH)$/
/** A baseline for tests has its times crossed out. */
const TIME = /^(?:\d{9,10}|X{10})\.(?:\d{1,9}|X{6})$/
const TAB = /^(?:\d{9,10}|X{10})\.(?:\d{1,9}|X{6})\t/

/** Which states say what of the attempt; those of a connection that was only seen in part say nothing. */
const ENDS: Readonly<Record<string, End>> = {
  S0: 'unanswered',
  S1: 'started',
  S2: 'ended',
  S3: 'ended',
  SF: 'ended',
  REJ: 'refused',
  RSTO: 'reset',
  RSTR: 'reset',
  RSTOS0: 'unanswered',
  RSTRH: 'reset',
  SH: 'unanswered',
}

const rowOf = keepingLast((text): Row | undefined => {
  if (text.startsWith('{')) return jsonRow(text)
  if (!TAB.test(text)) return undefined
  const all = (text.split('\n')[0] as string).split('\t')
  // A log that is shipped may begin with when it was written, its stream and the system.
  const cells = TIME.test(all[3] ?? '') ? all.slice(3) : all
  const names = namesFor(cells)
  if (!names) return undefined
  const get = (name: string): string | undefined => {
    const cell = cells[names.columns.indexOf(name)]
    return cell === undefined || cell === '-' || cell === '(empty)' ? undefined : cell
  }
  return { kind: names.kind, get, ts: cells[0] as string }
})

export const zeek = defineFormat({
  id: 'zeek',
  title: 'Zeek conn, dns, dhcp, ssl, weird (TSV and JSON)',
  source: 'Zeek manual, Log Files',
  block: { starts: /^(?:\d{9,10}|X{10})\.(?:\d{6}|X{6})\t/, continues: /^#/ },
  detect: (text, header) => (rowOf(text, header) ? 1 : 0),
  parse: (text, header) => {
    const row = rowOf(text, header)
    if (!row) return undefined
    const fields = { 'observer.type': 'sensor', ...READERS[row.kind]?.(row), message: text.slice(0, 1_000) }
    const begin = readTime(row.ts)?.time
    const lasted = fields['event.duration']
    return accept(fields, begin && lasted !== undefined ? plus(begin, Math.round(lasted / 1e6)) : begin)
  },
})

function namesFor(c: readonly string[]): { kind: string; columns: readonly string[] } | undefined {
  const has = (n: number) => isIP(c[n] ?? '') !== 0
  if (c.length >= 15 && macOf(c[4]) !== undefined) return { kind: 'dhcp', columns: DHCP }
  if (c.length === 3) return undefined
  const isTuple = (has(2) && has(4)) || (c[2] === '-' && c[4] === '-')
  if (!isTuple) return undefined
  if (STATE.test(c[11] ?? '') && /^[a-z_]{2,20}$/.test(c[6] ?? ''))
    return { kind: 'conn', columns: /^[TF-]$/.test(c[12] ?? '') ? CONN_LOCAL : CONN_BARE }
  if (c.length >= 24 && /^(?:tcp|udp)$/.test(c[6] ?? '') && /^(?:\d+|-)$/.test(c[7] ?? ''))
    return { kind: 'dns', columns: DNS }
  if (c.length >= 14 && /^(?:TLS|SSL|DTLS|-$|unknown)/.test(c[6] ?? '') && /^[TF]$/.test(c[13] ?? ''))
    return { kind: 'ssl', columns: SSL }
  if (c.length >= 10 && c.length <= 11 && /^[TF]$/.test(c[8] ?? '')) return { kind: 'weird', columns: WEIRD }
  return { kind: 'other', columns: ADDRESSES }
}

function jsonRow(text: string): Row | undefined {
  if (!text.includes('"uid') || !text.includes('"ts"')) return undefined
  const value = readJsonLine(text)
  if (!value) return undefined
  const get = (name: string): string | undefined => {
    const v = value[name]
    if (v === undefined || v === null || v === '') return undefined
    return Array.isArray(v) ? v.join(',') : typeof v === 'boolean' ? (v ? 'T' : 'F') : String(v)
  }
  const ts = get('ts')
  if (ts === undefined || (get('uid') ?? get('uids')) === undefined) return undefined
  const kind =
    get('conn_state') !== undefined
      ? 'conn'
      : get('trans_id') !== undefined
        ? 'dns'
        : get('msg_types') !== undefined
          ? 'dhcp'
          : get('established') !== undefined
            ? 'ssl'
            : get('name') !== undefined && get('notice') !== undefined
              ? 'weird'
              : 'other'
  return kind === 'other' && get('id.orig_h') === undefined ? undefined : { kind, get, ts }
}

const msOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) * 1000 : undefined

const tupleOf = ({ get }: Row) => ({
  transport: get('proto'),
  from: get('id.orig_h'),
  fromPort: get('id.orig_p'),
  to: get('id.resp_h'),
  toPort: get('id.resp_p'),
})

const READERS: Readonly<Record<string, (row: Row) => ParsedFields>> = {
  conn: (row) => {
    const { get } = row
    const state = get('conn_state') ?? ''
    const back = count(get('resp_pkts'))
    const history = get('history')
    const flow = {
      ...tupleOf(row),
      app: get('service'),
      reason: state,
      bytesOut: get('orig_bytes'),
      bytesBack: get('resp_bytes'),
      packetsOut: get('orig_pkts'),
      packetsBack: back,
      durationMs: msOf(get('duration')),
    }
    return {
      ...flowFields(flow, ENDS[state] ?? 'other'),
      ...(history && { 'whytimeout.extra': { history: history.slice(0, 100) } }),
    }
  },
  dns: (row) => {
    const { get } = row
    const rtt = msOf(get('rtt'))
    const code = get('rcode_name')
    const answers = (get('answers') ?? '').split(',').flatMap((a) => address(a) ?? [])
    const server = address(get('id.resp_h'))
    const { 'event.type': _, ...tuple } = flowFields(tupleOf(row), 'other')
    const isAnswered = code !== undefined || rtt !== undefined
    return {
      ...tuple,
      'event.type': ['protocol'],
      'event.action': isAnswered ? 'dns-answer' : 'dns-query',
      'event.outcome':
        code === 'NOERROR' || code === 'NXDOMAIN'
          ? 'success'
          : isAnswered && code === undefined
            ? 'unknown'
            : 'failure',
      'dns.type': isAnswered ? 'answer' : 'query',
      ...(!isAnswered && { 'event.reason': 'no answer' }),
      ...(get('query') && { 'dns.question.name': (get('query') as string).toLowerCase() }),
      ...(get('qtype_name') && { 'dns.question.type': get('qtype_name') as string }),
      ...(code && { 'dns.response_code': code }),
      ...(answers.length > 0 && { 'dns.resolved_ip': answers }),
      ...(rtt !== undefined && { 'whytimeout.dns_ms': Math.round(rtt), 'event.duration': Math.round(rtt * 1e6) }),
      ...(server && { 'whytimeout.nameserver_ip': server }),
    }
  },
  dhcp: ({ get }) => {
    const kinds = (get('msg_types') ?? '').split(',')
    const has = (kind: string) => kinds.includes(kind)
    const action = has('DECLINE')
      ? 'address-conflict'
      : has('NAK')
        ? 'address-lost'
        : has('ACK')
          ? 'address-assigned'
          : 'dhcp-request'
    const isSilent = (has('DISCOVER') || has('REQUEST')) && !has('OFFER') && !has('ACK') && !has('NAK')
    const [assigned, server, mac, lease] = [
      address(get('assigned_addr') ?? get('requested_addr')),
      address(get('server_addr')),
      macOf(get('mac')),
      msOf(get('lease_time')),
    ]
    return {
      'event.category': ['network'],
      'event.type': ['protocol'],
      'event.action': isSilent ? 'dhcp-no-answer' : action,
      'event.outcome': isSilent || action === 'address-conflict' || action === 'address-lost' ? 'failure' : 'success',
      'event.reason': kinds.join(',').slice(0, 100),
      ...(assigned && { 'whytimeout.address': assigned }),
      ...(server && { 'destination.ip': server }),
      ...(mac && { 'source.mac': mac }),
      ...(lease !== undefined && { 'whytimeout.lease_secs': Math.round(lease / 1000) }),
    }
  },
  ssl: (row) => {
    const { get } = row
    const isDone = get('established') === 'T'
    return {
      ...flowFields(
        { ...tupleOf(row), transport: get('version')?.startsWith('DTLS') ? 'udp' : 'tcp', reason: get('last_alert') },
        'other',
      ),
      'event.outcome': isDone ? 'success' : 'failure',
      'network.protocol': 'tls',
      'tls.established': isDone,
      ...(get('version') && { 'tls.version': get('version') as string }),
      ...(get('server_name') && { 'destination.domain': (get('server_name') as string).toLowerCase() }),
    }
  },
  weird: (row) =>
    flowFields({ ...tupleOf(row), code: row.get('name'), reason: row.get('addl') ?? row.get('name') }, 'other'),
  other: (row) => flowFields(tupleOf(row), 'other'),
}
