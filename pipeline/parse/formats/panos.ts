import type { ParsedFields } from '../../../schemas/event.js'
import { splitCsv } from '../csv.js'
import { type Closing, count, type End, endOf, type Flow, flowFields, port, transportOf } from '../flow.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { readTime } from '../time.js'

/**
 * Palo Alto Networks PAN-OS logs as comma-separated syslog: TRAFFIC, THREAT, SYSTEM, CONFIG and the rest by their common head.
 * Units: elapsed time is seconds; bytes and packets are counted from and to the client.
 * Source: PAN-OS 10.2/11 Administrator's Guide, "Syslog Field Descriptions" (Traffic, Threat, System Log Fields; Session End Reason).
 */
const TYPES =
  'TRAFFIC|THREAT|SYSTEM|CONFIG|HIP-?MATCH|GLOBALPROTECT|USERID|CORRELATION|AUTHENTICATION|DECRYPTION|URL|IPTAG|GTP|SCTP'
const HEAD = gated(
  new RegExp(String.raw`(?:^|[\s>])(?:\d{0,3},)?\d{4}/\d\d/\d\d \d\d:\d\d:\d\d,[0-9A-Za-z-]{1,24},(?:${TYPES}),`),
)

/** Session End Reason to how it closed. */
const CLOSINGS: Readonly<Record<string, Closing>> = {
  'aged-out': 'aged-out',
  'tcp-fin': 'finished',
  'tcp-rst-from-client': 'reset-client',
  'tcp-rst-from-server': 'reset-server',
  'tcp-reuse': 'other',
}

/** System events that bear on a connection, by subtype, id and description. */
const EVENTS: readonly (readonly [RegExp, ParsedFields])[] = [
  [
    /link-change.{0,80}down|port .{0,40}: down|link (?:is )?down|interface .{0,40}down/i,
    { 'event.action': 'link-down', 'event.outcome': 'failure' },
  ],
  [/link-change.{0,80}up|port .{0,40}: up|link (?:is )?up/i, { 'event.action': 'link-up', 'event.outcome': 'success' }],
  [
    /duplicate (?:ip|address)|ip address conflict|arp conflict/i,
    { 'event.action': 'address-conflict', 'event.outcome': 'failure' },
  ],
  [
    /tunnel-status-down|tunnel .{0,60}(?:is )?down|ike-nego.{0,40}fail|ipsec-key-delete/i,
    { 'event.action': 'link-down', 'event.outcome': 'failure' },
  ],
  [/tunnel-status-up|tunnel .{0,60}(?:is )?up/i, { 'event.action': 'link-up', 'event.outcome': 'success' }],
  [
    /path-monitor|path monitoring|(?:bgp|ospf).{0,80}(?:down|lost|left)|peer.{0,20}down/i,
    { 'event.action': 'route-changed', 'event.outcome': 'failure' },
  ],
  [
    /session table|(?:nat|dip) .{0,40}(?:exhaust|fail)|out of (?:nat|ports)|packet buffer/i,
    { 'event.action': 'table-full', 'event.outcome': 'failure' },
  ],
  [/power supply|fan .{0,20}fail|temperature/i, { 'event.action': 'power-event', 'event.outcome': 'failure' }],
  [/commit|config(?:uration)? (?:installed|committed)/i, { 'event.action': 'config-changed' }],
]

export const panos = defineFormat({
  id: 'panos',
  title: 'Palo Alto Networks PAN-OS (traffic, threat, system)',
  source: "PAN-OS Administrator's Guide, Syslog Field Descriptions",
  block: { starts: /^(?:<\d{1,3}>)?\d{0,3},\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d,/ },
  detect: (text) => (HEAD.test(text) ? 1 : 0),
  parse: (text) => {
    const head = HEAD.exec(text)
    if (!head) return undefined
    const line = text.slice(head.index + (/^[\s>]/.test(head[0]) ? 1 : 0)).split('\n')[0] as string
    const c = splitCsv(/^\d{4}\//.test(line) ? `,${line}` : line, 120)
    const [type, subtype] = [c[3] ?? '', c[4] ?? '']
    const time = readTime(c[6] ?? '')?.time ?? readTime(c[1] ?? '')?.time
    const fields = type === 'TRAFFIC' ? traffic(c) : type === 'THREAT' || type === 'URL' ? threat(c) : event(c)
    return accept(
      {
        ...fields,
        'observer.type': 'firewall',
        'event.code': `${type}/${subtype}`,
        message: type === 'SYSTEM' ? (c[14] ?? text).slice(0, 1_000) : line.slice(0, 1_000),
      },
      time,
    )
  },
})

function flowOf(c: readonly string[]): Flow {
  return {
    from: c[7],
    to: c[8],
    natFrom: c[9],
    natTo: c[10],
    rule: c[11],
    app: c[14],
    ingress: c[18],
    egress: c[19],
    fromPort: c[24],
    toPort: c[25],
    natFromPort: port(c[26]) || undefined,
    natToPort: port(c[27]) || undefined,
    transport: c[29],
  }
}

function traffic(c: readonly string[]): ParsedFields {
  const seconds = count(c[36])
  const flow: Flow = {
    ...flowOf(c),
    bytesOut: c[32],
    bytesBack: c[33],
    packetsOut: c[44],
    packetsBack: c[45],
    durationMs: seconds === undefined ? undefined : seconds * 1000,
    reason: c[46] || c[30],
  }
  return flowFields(flow, trafficEnd(flow, c))
}

function trafficEnd(flow: Flow, c: readonly string[]): End {
  const [subtype, action, reason] = [c[4] ?? '', c[30] ?? '', c[46] ?? '']
  if (/^(?:deny|drop|reset)/.test(action) || /^(?:deny|drop)$/.test(subtype) || reason === 'policy-deny')
    return 'denied'
  if (subtype === 'start') return 'started'
  // Two applications that are none: `incomplete` is a handshake that never finished.
  const isIncomplete = flow.app === 'incomplete' && transportOf(flow.transport) === 'tcp'
  if (isIncomplete && (reason === 'aged-out' || count(flow.packetsBack) === 0)) return 'unanswered'
  if (/^(?:threat|decrypt-|resources-unavailable)/.test(reason))
    return reason.startsWith('decrypt') ? 'ended' : 'denied'
  return endOf(flow, CLOSINGS[reason] ?? 'other')
}

function threat(c: readonly string[]): ParsedFields {
  const action = c[30] ?? ''
  const isDenied = /^(?:deny|drop|reset|block|sinkhole|random-drop|syncookie)/.test(action)
  return flowFields(
    { ...flowOf(c), reason: [c[4], c[32], action].filter(Boolean).join(' ') },
    isDenied ? 'denied' : 'allowed',
  )
}

/** SYSTEM: virtual system, event id, object, two future-use columns, module, severity, description. */
function event(c: readonly string[]): ParsedFields {
  const isSystem = c[3] === 'SYSTEM'
  const said = isSystem ? `${c[8] ?? ''} ${c[9] ?? ''} ${c[14] ?? ''}` : ''
  const found = EVENTS.find(([pattern]) => pattern.test(said))?.[1]
  const changed: ParsedFields = c[3] === 'CONFIG' ? { 'event.action': 'config-changed' } : { 'event.action': 'other' }
  const name = /\b((?:ethernet|ae|loopback|tunnel|vlan)\d{0,2}[\d./]{0,12})/i.exec(said)?.[1]
  return {
    'event.category': ['network'],
    'event.type': ['info'],
    ...(found ?? changed),
    ...(isSystem && c[8] && { 'event.reason': c[8] }),
    ...(isSystem && c[13] && { 'log.level': c[13].toLowerCase() }),
    ...(name && { 'interface.name': name }),
  }
}
