import type { ParsedFields } from '../../../schemas/event.js'
import { addSource, addUpstream } from '../access-line.js'
import { address, port } from '../flow.js'
import { accept, defineFormat, NS_PER_MS } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'

/**
 * F5 BIG-IP, /var/log/ltm: a number of eight hexadecimal digits, the level, the message.
 * Source: F5 BIG-IP Log Messages guide; BIG-IP Local Traffic Manager, Monitors Reference; K13223 (reset causes), K14813, K12531.
 */
const HEAD = /^(0[0-9a-f]{7}):(\d): ?/
const ENDS = String.raw`(?<src>[0-9a-fA-F.:]{2,45})[:.](?<spt>\d{1,5}) (?:->|to) (?<dst>[0-9a-fA-F.:]{2,45})[:.](?<dpt>\d{1,5})`
const failed = { 'event.outcome': 'failure' } as const
const fine = { 'event.outcome': 'success' } as const
const of = (source: string) => new RegExp(source)

const READINGS: readonly Reading[] = [
  [
    of(
      String.raw`^Pool (?<pool>\S{1,255}) member (?<member>\S{1,255}) monitor status (?<state>unchecked|down|node down|forced down|forced disabled)\.?(?: \[ (?<said>.{1,400}?) \])?`,
    ),
    { 'event.action': 'server-down', ...failed },
  ],
  [
    of(String.raw`^Pool (?<pool>\S{1,255}) member (?<member>\S{1,255}) monitor status (?:up|node up|iRule up)\b`),
    { 'event.action': 'server-up', ...fine },
  ],
  [
    of(
      String.raw`^Node (?<member>\S{1,255}) (?:address (?<dst>[0-9a-fA-F.:]{2,45}) )?monitor status (?<state>down|forced down|unchecked)\.?(?: \[ (?<said>.{1,400}?) \])?`,
    ),
    { 'event.action': 'server-down', ...failed },
  ],
  [
    of(String.raw`^Node (?<member>\S{1,255}) (?:address (?<dst>[0-9a-fA-F.:]{2,45}) )?monitor status up\b`),
    { 'event.action': 'server-up', ...fine },
  ],
  [
    of(
      String.raw`^Monitor instance (?<monitor>\S{1,255}) (?<dst>[0-9a-fA-F.:]{2,45}):(?<dpt>\d{1,5}) (?:DOWN|UP --> DOWN)`,
    ),
    { 'event.action': 'health-check-failed', ...failed },
  ],
  [
    of(
      String.raw`^Monitor instance (?<monitor>\S{1,255}) (?<dst>[0-9a-fA-F.:]{2,45}):(?<dpt>\d{1,5}) (?:UP|DOWN --> UP)`,
    ),
    { 'event.action': 'health-check-passed', ...fine },
  ],
  [
    /^No members available for pool (?<pool>\S{1,255})/,
    { 'event.action': 'no-server-available', ...failed, 'whytimeout.servers_up': 0 },
  ],
  [/^Pool (?<pool>\S{1,255}) now has available members/, { 'event.action': 'server-up', ...fine }],
  // Its own limit for quiet connections.
  [
    of(String.raw`^RST sent from ${ENDS},? \[0x[0-9a-f]{1,16}:\d{1,6}\](?: \{peer\})? (?<reason>Flow expired.{0,100})`),
    { 'event.action': 'session-expired', 'event.outcome': 'unknown', 'network.transport': 'tcp' },
  ],
  [
    of(String.raw`^RST sent from ${ENDS},? \[0x[0-9a-f]{1,16}:\d{1,6}\](?: \{peer\})? (?<reason>.{1,200})`),
    { 'event.action': 'connection-reset', ...failed },
  ],
  [
    /^Inet port exhaustion on (?<src>[0-9a-fA-F.:]{2,45}) to (?<dst>[0-9a-fA-F.:]{2,45}):(?<dpt>\d{1,5})/,
    { 'event.action': 'ports-exhausted', ...failed },
  ],
  [
    of(`^SSL Handshake failed for TCP ${ENDS}`),
    { 'event.action': 'tls-failed', ...failed, 'whytimeout.phase': 'tls', 'network.transport': 'tcp' },
  ],
  [
    /^Connection error: (?<reason>(?:ssl_|hud_ssl)\w{0,60}.{0,200})/,
    { 'event.action': 'tls-failed', ...failed, 'whytimeout.phase': 'tls' },
  ],
  [/^Syncookie .{0,60}(?:exceeded|activated|threshold)/i, { 'event.action': 'syn-flood', ...failed }],
  [
    /^(?:Per-invocation |Re)?[Dd]ropping packets?|^Packet rejected|(?:connection|packet) limit|aggressive mode (?:activated|entered)|Limiting (?:open|closed) port RST/i,
    { 'event.action': 'overload', ...failed },
  ],
  [
    /^(?:Active|Standby|Offline)$|^(?:Active|Standby) for traffic group|^Leaving (?:Active|Standby)|^HA unit .{1,80}/,
    { 'event.action': 'failover' },
  ],
  [
    /^SNMP_TRAP: Virtual (?<pool>\S{1,255}) has become unavailable/,
    { 'event.action': 'no-server-available', ...failed },
  ],
  [/^SNMP_TRAP: Virtual (?<pool>\S{1,255}) has become available/, { 'event.action': 'server-up', ...fine }],
  [/^Clock advanced by (?<ticks>\d{1,12}) ticks/, { 'event.action': 'process-paused' }],
]

/** What the monitor met: `/Common/tcp: down; last error: /Common/tcp: Response Code: 503 …`. */
const LAST_ERROR = /last error: (?:\S{1,255}: )?(.{1,200}?)(?:\.? @\d{4}\/|\.?$)/
const PHASES: readonly (readonly [RegExp, NonNullable<ParsedFields['whytimeout.phase']>])[] = [
  [/could not connect|connection refused|no route|unable to connect|connect timed? ?out/i, 'connect'],
  [/ssl|tls|handshake/i, 'tls'],
  [/no successful responses|response|receive|recv|timed? ?out/i, 'response'],
]
/** `10.30.0.11:8443`, `acquirer-1:8443`, `2001:db8::1.8443` */
const MEMBER = /^(\S{1,255}?)[:.](\d{1,5})$/
const TICK_MS = 1
/** What an administrator's iRule logs of a connection, in words of his own: `Rule /Common/acclog <CLIENT_CLOSED>: 192.0.2.7:4711 … member=10.0.0.5:6010 in=406 out=0`. */
const IRULE =
  /^Rule (?<rule>\/?[\w./-]{1,200}) <(?<event>(?:CLIENT|SERVER|HTTP|LB|CLIENTSSL|SERVERSSL|CACHE)[A-Z_]{0,24})>: (?<said>[\s\S]{1,2000})$/
const END = String.raw`[0-9a-fA-F.]{7,45}:\d{1,5}`
const CLIENT = new RegExp(`(?<![\\w.=/-])(${END})|\\b(?:client|src|source)[=: ]{1,2}(${END})`)
const SERVER = new RegExp(`\\b(?:member|server|node|pool_member|dst|backend)[=: ]{1,2}(${END})`)
const [BYTES_IN, BYTES_OUT] = [
  /\b(?:in|bytes_in|received)[=: ]{1,2}(\d{1,15})\b/,
  /\b(?:out|bytes_out|sent)[=: ]{1,2}(\d{1,15})\b/,
]
const TOOK = /\b(?:dur|duration|elapsed|took|time)[=: ]{1,2}(\d{1,9}) ?ms\b/

function iruleFields({ rule = '', event = '', said = '' }: Readonly<Record<string, string | undefined>>): ParsedFields {
  const fields: ParsedFields = { 'event.action': 'other', 'observer.type': 'loadbalancer', 'rule.name': rule }
  const client = CLIENT.exec(said)
  addSource(fields, client?.[1] ?? client?.[2] ?? '')
  const member = SERVER.exec(said)?.[1]
  if (member !== undefined) addUpstream(fields, member)
  const [got, gave] = [BYTES_IN, BYTES_OUT].map((p) => p.exec(said)?.[1])
  const took = TOOK.exec(said)?.[1]
  if (event === 'SERVER_CONNECTED') fields['event.action'] = 'session-started'
  if (/_CLOSED$/.test(event) && member !== undefined && got !== undefined && gave !== undefined) {
    // Asked and not answered when one side closed; what was answered was served.
    const isAnswered = Number(gave) > 0
    fields['event.action'] = isAnswered ? 'request-succeeded' : 'connection-closed'
    fields['event.outcome'] = isAnswered ? 'success' : 'failure'
    fields['source.bytes'] = Number(got)
    fields['destination.bytes'] = Number(gave)
  }
  if (event === 'LB_FAILED') Object.assign(fields, { 'event.action': 'no-server-available', ...failed })
  if (took !== undefined) fields['event.duration'] = Number(took) * NS_PER_MS
  fields.message = `${event}: ${said}`.slice(0, 1_000)
  return fields
}

const names = ['pool', 'member', 'said', 'monitor', 'ticks', 'state'] as const

const gates = READINGS.map(([pattern]) => pattern)
const read = readingsOf(READINGS)

export const bigIp = defineFormat({
  id: 'big-ip',
  title: 'F5 BIG-IP (ltm)',
  source: 'F5 BIG-IP Log Messages; Local Traffic Manager Monitors Reference',
  detect: (text) => (HEAD.test(text) || IRULE.test(text) ? 1 : 0),
  parse: (text) => {
    const rule = IRULE.exec(text)?.groups
    if (rule) return accept(iruleFields(rule))
    const head = HEAD.exec(text)
    if (!head) return undefined
    const said = text.slice(head[0].length)
    const fields: ParsedFields = read(said) ?? { 'event.action': 'other' }
    const groups = gates.map((p) => p.exec(said)?.groups).find((g) => g !== undefined) ?? {}
    const [pool, member, error, monitor, ticks, state] = names.map((n) => groups[n])
    if (pool !== undefined) fields['service.target.name'] = pool
    if (member !== undefined) addMember(fields, member, pool)
    if (monitor !== undefined) fields['whytimeout.extra'] = { monitor }
    if (ticks !== undefined) fields['event.duration'] = Number(ticks) * TICK_MS * 1e6
    const met = LAST_ERROR.exec(error ?? '')?.[1]
    if (state !== undefined) fields['event.reason'] = met ?? state
    const phase = met === undefined ? undefined : PHASES.find(([word]) => word.test(met))?.[1]
    if (phase !== undefined) fields['whytimeout.phase'] = phase
    fields['event.code'] = head[1] as string
    fields['observer.type'] = 'loadbalancer'
    fields.message = said.slice(0, 1_000)
    return accept(fields)
  },
})

/** A node is an address or a name, a member of a pool has a port as well. */
function addMember(fields: ParsedFields, member: string, pool: string | undefined): void {
  const name = member.slice(member.lastIndexOf('/') + 1)
  const m = pool === undefined ? null : MEMBER.exec(name)
  const [host, at] = [m?.[1] ?? name, port(m?.[2])]
  const ip = address(host)
  fields['service.target.name'] = pool === undefined ? member : `${pool}/${name}`
  if (ip !== undefined) fields['destination.ip'] = ip
  else fields['destination.domain'] = host.toLowerCase()
  if (at !== undefined) fields['destination.port'] = at
}
