import { type End, endOf, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Check Point firewalls: what Log Exporter sends (`key:"value";` in brackets, or in the structured data of RFC 5424, or `key=value|`), and what
 * `fw log` prints (`10:00:31 drop gw1 >eth1 key: value;`, or all of it as keys with -p).
 * Source: Check Point Quantum Logging and Monitoring Administration Guide, "Log Exporter"; CLI Reference Guide, "fw log"; sk144192 (field names).
 */
type Keys = ReadonlyMap<string, string>
type Found = { readonly keys: Keys; readonly time?: WallTime }

const EXPORTED = /^\[(?:Fields@1\.3\.6\.1\.4\.1\.2620 [\w -]{1,64}="|[a-z_]\w{1,63}:")/
const QUOTED = /(?<=[[;\s])([A-Za-z_][\w -]{0,63})[:=]"((?:[^"\\]|\\.){0,2000})"/g
const PIPED = /^time=\d{10}\|(?:\w{1,40}=[^|]{0,400}\|){2}/
const PIPED_PAIR = /(?:^|\|)(\w{1,64})=([^|]{0,2000})/g
const ACTIONS =
  'accept|drop|reject|block|encrypt|decrypt|authcrypt|keyinst|ctl|monitor|prevent|detect|bypass|redirect|update|deauthorize|vpnroute'
/** 1 time, 2 what was done, 3 the gateway, 4 direction, 5 interface */
const PRINTED = new RegExp(
  String.raw`^ {0,2}((?:\d{1,2}[A-Z][a-z]{2}\d{4} {1,2})?\d{1,2}:\d\d:\d\d) {1,4}(?:\d{1,3} \S{1,16} \d{1,3} )?(${ACTIONS}) {1,8}(\S{1,128}) {1,24}([<>]) ?(\S{0,32}) `,
)
const PRINTED_KEYS = /^ {0,2}HeaderDateHour: (\d{1,2}[A-Z][a-z]{2}\d{4} {1,2}\d{1,2}:\d\d:\d\d); /
const SAID = /(?:^|[;\s])([A-Za-z_][\w -]{0,48}): ([^;\n]{0,2000})/g
const MOST_TEXT = 8_000

function keysIn(text: string, pairs: RegExp): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', value = ''] of text.slice(0, MOST_TEXT).matchAll(pairs)) {
    const key = name.trim().toLowerCase()
    if (!found.has(key)) found.set(key, value.trim())
  }
  return found
}

const read = keepingLast((text): Found | undefined => {
  if (EXPORTED.test(text)) return timed(keysIn(text, QUOTED))
  if (PIPED.test(text)) return timed(keysIn(text, PIPED_PAIR))
  const all = PRINTED_KEYS.exec(text)
  if (all) return found(keysIn(text, SAID), all[1] ?? '')
  const m = PRINTED.exec(text)
  if (!m) return undefined
  const [head, at = '', action = '', origin = '', way, iface = ''] = m
  const keys = keysIn(text.slice(head.length), SAID)
  keys.set('action', action)
  keys.set('origin', origin)
  keys.set('ifname', iface)
  keys.set('ifdir', way === '>' ? 'inbound' : 'outbound')
  return found(keys, at)
})

/** Some forms lack it, and the header has it. */
function timed(keys: Keys): Found | undefined {
  return keys.has('action') || keys.has('product') ? found(keys, keys.get('time') ?? '') : undefined
}
function found(keys: Keys, at: string): Found {
  const when = readTime(at)
  return { keys, ...(when && { time: when.time }) }
}

const endFor = (action: string, keys: Keys): End =>
  /drop|reject|block|prevent/.test(action)
    ? 'denied'
    : /accept|allow|encrypt|decrypt|bypass/.test(action)
      ? keys.has('elapsed') || keys.has('duration')
        ? 'ended'
        : 'allowed'
      : 'other'

const secondsOf = (text: string | undefined): number | undefined => {
  const m = /^(?:(\d{1,4}):)?(\d{1,4}):(\d{2})$|^(\d{1,9})$/.exec(text ?? '')
  if (!m) return undefined
  return m[4] === undefined ? Number(m[1] ?? 0) * 3_600 + Number(m[2]) * 60 + Number(m[3]) : Number(m[4])
}

export const checkPoint = defineFormat({
  id: 'check-point',
  title: 'Check Point (Log Exporter, fw log)',
  source: 'Check Point Logging and Monitoring Administration Guide, Log Exporter; CLI Reference Guide, fw log',
  block: { starts: new RegExp(`${PIPED.source}|${PRINTED_KEYS.source}|${PRINTED.source}`) },
  detect: (text, header) => {
    const known = read(text, header)
    return known && (known.time || header.time) ? 1 : 0
  },
  parse: (text, header) => {
    const known = read(text, header)
    if (!known || !(known.time || header.time)) return undefined
    const { keys, time } = known
    const get = (...names: readonly string[]): string | undefined =>
      names.map((n) => keys.get(n)).find((v) => v !== undefined && v !== '' && v !== 'N/A')
    const action = (get('action', 'rule_action') ?? '').toLowerCase()
    // `fw log` may give the service's name where the port would be.
    const [service, name] = [get('service', 'd_port', 'svc'), get('service_id')]
    const isIn = /in|>/.test(get('ifdir') ?? '')
    const iface = get('ifname', 'interfacename')
    const secs = secondsOf(get('elapsed', 'duration'))
    const flow = {
      ...{ transport: get('proto', 'ip_proto'), from: get('src'), to: get('dst') },
      ...{ fromPort: get('s_port', 'sport_svc'), toPort: service, app: get('appi_name') ?? name },
      ...{ natFrom: get('xlatesrc'), natFromPort: get('xlatesport') },
      ...{ natTo: get('xlatedst'), natToPort: get('xlatedport') },
      ...(isIn ? { ingress: iface } : { egress: iface }),
      ...{ rule: get('rule_name') ?? get('rule'), ruleId: get('rule_uid') },
      reason: get(
        'tcp_packet_out_of_state',
        'drop_reason',
        'reject_category',
        'message_info',
        'reason',
        'attack',
        'info',
      ),
      ...{
        bytesOut: get('client_outbound_bytes', 'sent_bytes'),
        bytesBack: get('server_outbound_bytes', 'received_bytes'),
      },
      ...{ packetsOut: get('client_outbound_packets'), packetsBack: get('server_outbound_packets') },
      ...(secs !== undefined && { durationMs: secs * 1_000 }),
      flags: get('tcp_flags')?.replace(/-/g, ' ').replace('PUSH', 'PSH'),
    }
    const end = endFor(action, keys)
    const fields = flowFields(flow, end === 'ended' ? endOf(flow, 'other') : end)
    const [origin, direction] = [
      get('originsicname') ? get('hostname', 'origin') : get('origin', 'hostname'),
      get('ifdir'),
    ]
    if (origin !== undefined) fields['observer.name'] = origin.slice(0, 256)
    if (direction !== undefined) fields['network.direction'] = isIn ? 'inbound' : 'outbound'
    fields['observer.type'] = 'firewall'
    fields.message = `${action} ${flow.from ?? ''}:${flow.fromPort ?? ''} to ${flow.to ?? ''}:${service ?? ''}${flow.reason ? `: ${flow.reason}` : ''}`
    return accept(fields, time)
  },
})
