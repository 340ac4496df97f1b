import { isIP } from 'node:net'
import { accept, defineFormat, keepingLast } from '../format.js'
import { readText } from '../text.js'
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
    const { terminal, stan } = readText(text)
    if (terminal !== undefined) fields['whytimeout.terminal_id'] = terminal
    if (stan !== undefined) fields['whytimeout.stan'] = stan
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

const PAIR = /(?:^|[\s|,;{])"?([A-Za-z][A-Za-z_.]{0,31})"?\s?[=:]\s?["[]?([^\s"|,;\]}]{1,255})/g
/** Both letters of the state, with HTTP's cookie flags or without. */
const STATE = /^[CSPLRIDUKcs-][RQCHDLT-](?:[NIDVEOUJ-][NIPRUDX-])?$/
/** A pair of it must be in the line; cheaper to look for than all pairs. */
const HAS_STATE = /[=:]\s?"?[CSPLRIDUKcs-][RQCHDLT-](?:[NIDVEOUJ-][NIPRUDX-])?(?=[\s"|,;}]|$)/
// Names in small letters; dashes below and what says that it is a time or of the termination are left out.
const STATE_NAMES = ['end', 'term', 'ts', 'tsc', 'state', 'termination', 'st', 'ter', 'flags', 'disc', 'tstate']
const CLIENT = ['cli', 'client', 'c', 'ci', 'cip', 'src', 'from', 'remote', 'clientip', 'srcip', 'remoteaddr', 'peer']
const CLIENT_PORT = ['cport', 'cp', 'clientport', 'sport', 'srcport', 'remoteport', 'port']
const ACCEPTED = ['at', 'accept', 'accepted', 'date', 'acceptdate', 'datetime', 'time', 'start', 'begin']
const QUEUED = ['tw', 'tqueue', 'wqueue', 'queuetime', 'timequeue', 'qtime', 'wait', 'twait']
const CONNECTED = ['tc', 'tconn', 'tconnect', 'connecttime', 'timeconnect', 'ctime', 'conntime', 'connect']
const ANSWERED = ['tresp', 'tresponse', 'responsetime', 'timeresponse', 'rtime', 'tsrv', 'tserver', 'resptime', 'tr']
const TOTAL = ['tt', 'ta', 'total', 'dur', 'duration', 'tall', 'ttotal', 'timetotal', 'totaltime', 'tactive', 't']
const MS = /^[+]?(-?\d{1,9})(?:ms)?$/
const msIn = (text: string | undefined): string | undefined => MS.exec(text ?? '')?.[1]
/** `%TR/%Tw/%Tc/%Tr/%Ta` of HTTP and `%Tw/%Tc/%Tt` of TCP, as the usual layouts have them. */
const TIMERS = /^(?:-?\d{1,9}\/(-?\d{1,9})\/(-?\d{1,9})\/(-?\d{1,9})|(-?\d{1,9})\/(-?\d{1,9}))\/\+?(\d{1,9})$/
function timersIn(values: readonly string[]): readonly (string | undefined)[] | undefined {
  // Counts of connections have five parts too, and are no times: they stand behind.
  const m = values.map((v) => TIMERS.exec(v)).find((found) => found !== null)
  return m ? [m[1] ?? m[4], m[2] ?? m[5], m[3], m[6]] : undefined
}
const FRONTEND = ['fe', 'ft', 'frontend', 'frontendname', 'f']
const BACKEND = ['be', 'backend', 'backendname', 'b']
const SERVER = ['to', 'srv', 'server', 'servername', 's', 'bk', 'backendserver']
const OF_PROXIES = [...FRONTEND, ...BACKEND, 'srv', 'q', 'queue', 'queues', 'cc', 'conn', 'conns'].filter(
  (name) => name.length > 1 || name === 'q',
)
/** `ctime_ms` and `t_conn` as they are named below; `TR`, the wait for the request, is not `Tr`. */
const plain = (name: string): string =>
  name === 'TR'
    ? 'treq'
    : name
        .toLowerCase()
        .replace(/[._]ms$|_(?:state|flags)$/, '')
        .replace(/[._]/g, '')
const REQUEST = /"([A-Z]{3,10}) (\/\S{0,400}) HTTP\/\d/

const read = keepingLast((text, header): Found | undefined => {
  if (!HAS_STATE.test(text)) return undefined
  const pairs = new Map<string, string>()
  for (const [, name = '', value = ''] of text.slice(0, 2_000).matchAll(PAIR))
    if (!pairs.has(plain(name))) pairs.set(plain(name), value)
  const get = (names: readonly string[]) => names.map((n) => pairs.get(n)).find((v) => v !== undefined)
  const state = STATE_NAMES.map((n) => pairs.get(n)).find((v) => v !== undefined && STATE.test(v))
  const isNamed = header.program?.startsWith('haproxy') || text.includes('haproxy')
  if (state === undefined || !(isNamed || OF_PROXIES.some((n) => pairs.has(n)))) return undefined
  const [tw, tc, tr, tt] =
    timersIn([...pairs.values()]) ?? [QUEUED, CONNECTED, ANSWERED, TOTAL].map((names) => msIn(get(names)))
  const from = get(CLIENT)
  const client = endIn(from ?? '') ?? endIn(`${from}:${get(CLIENT_PORT)}`)
  if (tt === undefined || !client) return undefined
  const [backend, server] = (get(BACKEND) ?? '').split('/')
  const [name = '', at = ''] = splitServer(get(SERVER) ?? server ?? '')
  const [, method, path] = REQUEST.exec(text) ?? []
  const status = /^[1-5]\d\d$/.exec(get(['st', 'status', 'sc', 'code', 'httpstatus', 'statuscode']) ?? '')?.[0]
  const [own, all] = [get(['srvq', 'srvqueue', 'sq']), get(['beq', 'bequeue', 'backendqueue', 'bq'])]
  const session: Session = {
    ...{ ip: client.ip, port: String(client.port), accepted: get(ACCEPTED) ?? '' },
    ...{ frontend: get(FRONTEND) ?? '', backend: backend === '' ? undefined : backend },
    server: name === '' ? '<NOSRV>' : name,
    ...{ tw: tw ?? '-1', tc: tc ?? '-1', tr, tt, status, state },
    bytes: /^\d{1,12}$/.exec(
      get(['bytes', 'bytesread', 'out', 'bout', 'resp', 'sent', 'down', 'bytesdown']) ?? '',
    )?.[0],
    conns: get(['cc', 'conns', 'conn', 'act', 'active']) ?? '',
    queues: get(['q', 'queues', 'queue']) ?? (own === undefined || all === undefined ? '' : `${own}/${all}`),
    ...{ request: undefined, method, path },
  }
  const began = readTime(session.accepted)
  const ended = header.time ?? findTime(text, 64)?.time
  return {
    session,
    time: began ? plus(began.time, Math.max(0, Number(tt))) : ended,
    to: endIn(at),
  }
})

const END = /^(\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F:]{3,45}\]?):(\d{1,5})$/
function endIn(text: string): { readonly ip: string; readonly port: number } | undefined {
  const m = END.exec(text)
  const [ip, port] = [(m?.[1] ?? '').replace(/^\[|\]$/g, ''), Number(m?.[2])]
  return isIP(ip) !== 0 && port > 0 && port < 65_536 ? { ip, port } : undefined
}

/** `authd1/10.31.0.40:7311`, `10.31.0.40:7311`, `a1`. */
function splitServer(text: string): [name: string, at: string] {
  const slash = text.indexOf('/')
  if (slash > 0) return [text.slice(0, slash), text.slice(slash + 1)]
  return endIn(text) ? [text, text] : [text, '']
}
