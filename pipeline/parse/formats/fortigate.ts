import type { ParsedFields } from '../../../schemas/event.js'
import { type Closing, count, type End, endOf, type Flow, flowFields } from '../flow.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { keyValues } from '../key-values.js'
import { readTime, type WallTime } from '../time.js'

/**
 * FortiGate (FortiOS) logs: traffic, event and UTM, key=value with or without a syslog header.
 * Units: `duration` is seconds, `sentbyte`/`rcvdbyte` bytes from and to the client, `eventtime` epoch s, ms or ns by its length.
 * Source: FortiOS Log Message Reference 7.4, "Log ID numbers", "Traffic" (action: accept, deny, close, timeout, client-rst, server-rst, …).
 */
const LIKELY = gated(
  /\b(?:logid|log_id)="?\d{10}"? .{0,200}\btype="?(?:traffic|event|utm)\b|\btype="?(?:traffic|event|utm)"? .{0,40}\bsubtype=/,
)
const HEAD = /^(?:<\d{1,3}>)?(?:date=\d{4}-|logver=|timestamp=\d)/

const CLOSINGS: Readonly<Record<string, Closing>> = {
  close: 'finished',
  timeout: 'aged-out',
  'client-rst': 'reset-client',
  'server-rst': 'reset-server',
  accept: 'other',
}

/** What event logs say, by their words. */
const EVENTS: readonly (readonly [RegExp, ParsedFields])[] = [
  [
    /link.?(?:status)?.{0,30}\bdown\b|interface .{0,40}(?:went|is|turned) down|carrier lost/i,
    { 'event.action': 'link-down', 'event.outcome': 'failure' },
  ],
  [
    /link.?(?:status)?.{0,30}\bup\b|interface .{0,40}(?:went|is|turned) up/i,
    { 'event.action': 'link-up', 'event.outcome': 'success' },
  ],
  [/ip (?:address )?conflict|duplicate ip/i, { 'event.action': 'address-conflict', 'event.outcome': 'failure' }],
  [
    /health.?check.{0,60}\b(?:fail|dead|down)|SLA.{0,60}(?:fail|violat)|link.?monitor.{0,60}\b(?:dead|fail|die)/i,
    { 'event.action': 'route-changed', 'event.outcome': 'failure' },
  ],
  [
    /conserve mode|memory .{0,20}(?:low|high|threshold)/i,
    { 'event.action': 'memory-pressure', 'event.outcome': 'failure' },
  ],
  [
    /session table (?:is )?full|NAT port (?:is )?exhausted|ippool.{0,30}exhaust|clash/i,
    { 'event.action': 'table-full', 'event.outcome': 'failure' },
  ],
  [
    /(?:configuration|attribute|object).{0,30}(?:changed|configured|edit|add|delete)|^(?:edit|add|delete) /i,
    { 'event.action': 'config-changed' },
  ],
  [
    /phase ?[12].{0,40}(?:error|fail|down)|tunnel.{0,30}down|dpd.{0,20}fail|ipsec.{0,40}(?:error|fail)/i,
    { 'event.action': 'link-down', 'event.outcome': 'failure' },
  ],
  [/tunnel.{0,30}(?:up|established)/i, { 'event.action': 'link-up', 'event.outcome': 'success' }],
  [/power (?:supply|lost|fail)/i, { 'event.action': 'power-event', 'event.outcome': 'failure' }],
]

export const fortigate = defineFormat({
  id: 'fortigate',
  title: 'Fortinet FortiGate (traffic, event, UTM)',
  source: 'FortiOS Log Message Reference 7.4',
  block: { starts: /^(?:<\d{1,3}>)?date=\d{4}-\d\d-\d\d,? time=\d\d:/ },
  detect: (text) => (LIKELY.test(text) ? (HEAD.test(text) ? 1 : 0.97) : 0),
  parse: (text) => {
    const k = keyValues(text)
    const type = k.get('type')
    if (type === undefined || !/^(?:traffic|event|utm)$/.test(type)) return undefined
    const fields = type === 'traffic' ? traffic(k) : type === 'utm' ? utm(k) : event(k)
    const message = k.get('msg') ?? k.get('logdesc')
    const device = k.get('devname')
    return accept(
      {
        ...fields,
        'observer.type': 'firewall',
        ...(device && { 'observer.name': device }),
        ...(k.get('level') && { 'log.level': k.get('level') as string }),
        message: message
          ? [k.get('action'), message, k.get('cfgattr')].filter(Boolean).join(' ')
          : text.slice(0, 1_000),
      },
      timeOf(k),
    )
  },
})

function flowOf(k: ReadonlyMap<string, string>): Flow {
  const seconds = count(k.get('duration'))
  const trans = k.get('trandisp') ?? ''
  return {
    transport: k.get('proto'),
    from: k.get('srcip') ?? k.get('src'),
    fromPort: k.get('srcport') ?? k.get('src_port'),
    fromMac: k.get('srcmac'),
    to: k.get('dstip') ?? k.get('dst'),
    toPort: k.get('dstport') ?? k.get('dst_port'),
    toMac: k.get('dstmac'),
    ...(trans !== 'noop' && {
      natFrom: k.get('transip'),
      natFromPort: k.get('transport'),
      natTo: k.get('tranip'),
      natToPort: k.get('tranport'),
    }),
    ingress: k.get('srcintf'),
    egress: k.get('dstintf'),
    ingressZone: zoneOf(k.get('srcintfrole')),
    egressZone: zoneOf(k.get('dstintfrole')),
    rule: k.get('policyname'),
    ruleId: k.get('policyid'),
    app: k.get('app') ?? k.get('appcat'),
    code: k.get('logid') ?? k.get('log_id'),
    bytesOut: k.get('sentbyte') ?? k.get('sent'),
    bytesBack: k.get('rcvdbyte') ?? k.get('rcvd'),
    packetsOut: k.get('sentpkt'),
    packetsBack: k.get('rcvdpkt'),
    durationMs: seconds === undefined ? undefined : seconds * 1000,
  }
}

/** An interface without a role is `undefined`, in so many letters. */
const zoneOf = (role: string | undefined): string | undefined => (role === 'undefined' ? undefined : role)

function traffic(k: ReadonlyMap<string, string>): ParsedFields {
  const action = k.get('action') ?? k.get('status') ?? ''
  const flow = { ...flowOf(k), reason: k.get('utmaction') === 'block' ? `${action}, utm block` : action }
  return flowFields(flow, trafficEnd(flow, action, k))
}

function trafficEnd(flow: Flow, action: string, k: ReadonlyMap<string, string>): End {
  if (action === 'deny' || action === 'blocked' || k.get('utmaction') === 'block') return 'denied'
  if (action === 'start') return 'started'
  // A DNS or IP connection error is logged under its own action: the session's other side did not answer.
  if (action === 'ip-conn' || action === 'dns') return 'unanswered'
  const closing = CLOSINGS[action]
  if (closing === undefined) return 'other'
  // `accept` without counts is the line that opens a session; with them an interim or final count.
  if (action === 'accept' && flow.bytesOut === undefined && flow.durationMs === undefined) return 'allowed'
  return endOf(flow, closing)
}

function utm(k: ReadonlyMap<string, string>): ParsedFields {
  const action = k.get('action') ?? ''
  const isDenied = /^(?:block(?:ed)?|drop(?:ped)?|den(?:y|ied)|reset(?:_\w+)?)$/.test(action)
  const what = k.get('attack') ?? k.get('msg') ?? k.get('subtype')
  return {
    ...flowFields({ ...flowOf(k), reason: what }, isDenied ? 'denied' : 'allowed'),
    ...(k.get('hostname') && { 'destination.domain': k.get('hostname') as string }),
  }
}

function event(k: ReadonlyMap<string, string>): ParsedFields {
  const said = [k.get('logdesc'), k.get('msg'), k.get('status'), k.get('action')].filter(Boolean).join(' ')
  const found = EVENTS.find(([pattern]) => pattern.test(said))?.[1] ?? { 'event.action': 'other' as const }
  const { 'event.type': _, ...fields } = flowFields(
    {
      ...flowOf(k),
      from: k.get('srcip') ?? k.get('locip'),
      to: k.get('dstip') ?? k.get('remip'),
      reason: k.get('logdesc'),
    },
    'other',
  )
  const name =
    k.get('interface') ??
    k.get('intf') ??
    k.get('member') ??
    k.get('outintf') ??
    /interface (?!stat)([\w./-]{2,32})/i.exec(said)?.[1]
  return {
    ...fields,
    'event.type': ['info'],
    ...found,
    ...(name && name !== 'N/A' && { 'interface.name': name.slice(0, 64) }),
  }
}

function timeOf(k: ReadonlyMap<string, string>): WallTime | undefined {
  const zone = /^[+-]\d{4}$/.test(k.get('tz') ?? '') ? k.get('tz') : ''
  const wall = readTime(`${k.get('date') ?? ''} ${k.get('time') ?? ''}`.replace(/"/g, '') + zone)?.time
  const epoch = readTime(k.get('eventtime') ?? '')?.time
  // The exact moment where the line has it; old releases write it in local seconds, which then is no better than date and time.
  return epoch?.epochMs !== undefined && (k.get('eventtime')?.length ?? 0) > 10 ? epoch : (wall ?? epoch)
}
