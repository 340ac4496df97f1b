import { accept, defineFormat, keepingLast } from '../format.js'
import { findTime, plus, readTime, type WallTime } from '../time.js'
import { type Session, sessionFields } from './haproxy.js'

/**
 * HAProxy's sessions in a log-format of somebody's own, as pairs: what every such layout keeps is the termination state, the client with its port
 * and the time that it took; names of the pairs are those that the manual's aliases suggest.
 * Source: HAProxy Configuration Manual 8.2.4 (custom log format), 8.5 (session state at disconnection).
 */
export const haproxyLayout = defineFormat({
  id: 'haproxy-layout',
  title: 'HAProxy sessions in a log-format of pairs',
  source: 'HAProxy Configuration Manual 8.2.4, 8.5',
  detect: (text, header) => (read(text, header) ? 0.97 : 0),
  parse: (text, header) => {
    const found = read(text, header)
    if (!found) return undefined
    const fields = sessionFields(found.session)
    if (found.to) Object.assign(fields, { 'destination.ip': found.to.ip, 'destination.port': found.to.port })
    fields.message = text.slice(0, 500)
    return accept(fields, found.time)
  },
})

type Found = {
  readonly session: Session
  readonly time: WallTime | undefined
  /** The server's address, where the layout has it beside its name. */
  readonly to: { readonly ip: string; readonly port: number } | undefined
}

const PAIR = /(?:^|[\s|,;])([A-Za-z_]{1,24})[=:]"?([^\s"|,;]{1,255})/g
/** Both letters of the state, with HTTP's cookie flags or without. */
const STATE = /^[CSPLRIDUKcs-][RQCHDLT-](?:[NIDVEOUJ-][NIPRUDX-])?$/
const STATE_NAMES = ['end', 'term', 'ts', 'tsc', 'state', 'termination', 'termination_state', 'st', 'ter']
const CLIENT = ['cli', 'client', 'c', 'ci', 'cip', 'src', 'from', 'remote', 'client_ip', 'clientip']
const CLIENT_PORT = ['cport', 'cp', 'client_port', 'sport', 'src_port']
const TOTAL = ['tt', 'ta', 'total', 'dur', 'duration', 't']
const ADDRESS = /^(\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F:]{3,45}\]?):(\d{1,5})$/
const MS = /^[+]?(-?\d{1,9})(?:ms)?$/

const read = keepingLast((text, header): Found | undefined => {
  if (!(header.program?.startsWith('haproxy') || text.includes('haproxy'))) return undefined
  const pairs = new Map<string, string>()
  for (const [, name = '', value = ''] of text.slice(0, 2_000).matchAll(PAIR))
    if (!pairs.has(name.toLowerCase())) pairs.set(name.toLowerCase(), value)
  const get = (names: readonly string[]) => names.map((n) => pairs.get(n)).find((v) => v !== undefined)
  const state = STATE_NAMES.map((n) => pairs.get(n)).find((v) => v !== undefined && STATE.test(v))
  const tt = MS.exec(get(TOTAL) ?? '')?.[1]
  const from = get(CLIENT)
  const both = ADDRESS.exec(from ?? '')
  const [ip, port] = both ? [both[1], both[2]] : [from, get(CLIENT_PORT)]
  if (state === undefined || tt === undefined || ip === undefined || port === undefined || !/^\d{1,5}$/.test(port))
    return undefined
  const [name = '', at = ''] = splitServer(get(['to', 'srv', 'server', 's', 'bk', 'backend_server']) ?? '')
  const to = ADDRESS.exec(at)
  const count = (names: readonly string[]) => MS.exec(get(names) ?? '')?.[1] ?? '-1'
  const status = /^[1-5]\d\d$/.exec(get(['st', 'status', 'sc', 'code']) ?? '')?.[0]
  const session: Session = {
    ...{ ip: ip.replace(/^\[|\]$/g, ''), port, accepted: get(['at', 'accept', 'accepted', 'date']) ?? '' },
    ...{ frontend: get(['fe', 'ft', 'frontend', 'f']) ?? '', backend: get(['be', 'backend', 'b', 'bk']) ?? name },
    server: name === '' ? '<NOSRV>' : name,
    ...{ tw: count(['tw']), tc: count(['tc']), tr: get(['tr']) === undefined ? undefined : count(['tr']), tt },
    ...{ status, bytes: get(['bytes', 'out', 'b_out', 'resp', 'sent']) ?? '0', state },
    ...{ conns: get(['cc', 'conns', 'conn']) ?? '', queues: get(['q', 'queues', 'queue']) ?? '' },
    ...{ request: undefined, method: undefined, path: undefined },
  }
  const began = readTime(session.accepted)
  const ended = header.time ?? findTime(text, 64)?.time
  return {
    session,
    time: began ? plus(began.time, Math.max(0, Number(tt))) : ended,
    to: to ? { ip: (to[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(to[2]) } : undefined,
  }
})

/** `authd1/10.31.0.40:7311`, `10.31.0.40:7311`, `a1`. */
function splitServer(text: string): [name: string, at: string] {
  const slash = text.indexOf('/')
  if (slash > 0) return [text.slice(0, slash), text.slice(slash + 1)]
  return ADDRESS.test(text) ? [text, text] : [text, '']
}
