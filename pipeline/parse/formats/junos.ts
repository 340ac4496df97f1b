import type { ParsedFields } from '../../../schemas/event.js'
import { endpointsIn } from '../endpoints.js'
import { address, type Closing, count, type End, endOf, type Flow, flowFields, macOf } from '../flow.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { keyValues } from '../key-values.js'
import { findTime } from '../time.js'

/**
 * Juniper SRX sessions (RT_FLOW_SESSION_CREATE, CLOSE, DENY; structured and plain) and what Junos daemons say of links and neighbours.
 * Units: elapsed-time is seconds; `packets(bytes)` from the client, then from the server.
 * Source: Juniper "System Log Explorer" (RT_FLOW, SNMP_TRAP_LINK_*, RPD_*, LACP_INTF_*, KERN_ARP_*, UI_*).
 */
const FLOW = gated(/\bRT_FLOW_SESSION_(CREATE|CLOSE|DENY)(?:_LS)?\b/)
/** MS-MPC and vMX services: `JSERVICES_SESSION_CLOSE: application:none, ae4.318 100.72.14.9:51141 [192.0.2.201:36197] -> 203.0.113.40:443 (TCP)`. */
const SERVICES = gated(
  /\bJSERVICES_(?:NAT_)?SESSION_(?<what>OPEN|CLOSE)\b[^\n]{0,80}? (?<iface>[\w./:-]{2,40}) (?<from>[\d.]{7,15}):(?<fromPort>\d{1,5}) \[(?<nat>[\d.]{7,15}):(?<natPort>\d{1,5})\] -> (?<to>[\d.]{7,15}):(?<toPort>\d{1,5})(?: \((?<transport>\w{2,8})\))?/,
)
const SAID = gated(
  /\b((?:SNMP_TRAP_LINK|RPD|LACP|KERN_ARP|BFDD|CHASSISD|JSRPD|UI|DDOS_PROTOCOL|BGP_PREFIX|VRRPD|RT_SCREEN|KMD|JDHCPD?|L2ALD|EX_BPDU|PFE)_[A-Z0-9_]{2,48})(?:: | \[junos@)|\b(bgp_(?:handle_notify|read_message|peer_mgmt|recv)[\w]{0,24}:\d{1,5}|tcp_auth_ok):|\b((?:Major|Minor) alarm (?:set|cleared))/,
)

const DOWN: ParsedFields = { 'event.action': 'link-down', 'event.outcome': 'failure' }
const LOST: ParsedFields = { 'event.action': 'route-changed', 'event.outcome': 'failure' }
const READINGS: readonly (readonly [RegExp, RegExp | undefined, ParsedFields])[] = [
  [/^(?:SNMP_TRAP_LINK_DOWN|LACP_INTF_DOWN|EX_BPDU)/, undefined, DOWN],
  [/^(?:SNMP_TRAP_LINK_UP|LACP_INTF_UP)/, undefined, { 'event.action': 'link-up', 'event.outcome': 'success' }],
  [/alarm set/, /link down/i, DOWN],
  [/alarm set/, /power|temperature|fan/i, { 'event.action': 'power-event', 'event.outcome': 'failure' }],
  [
    /^KERN_ARP_(?:DUPLICATE|ADDR_CHANGE)/,
    undefined,
    { 'event.action': 'address-conflict', 'event.outcome': 'failure' },
  ],
  [
    /^CHASSISD_.*(?:FAIL|OFFLINE|OVER_TEMP|PS_)/,
    undefined,
    { 'event.action': 'power-event', 'event.outcome': 'failure' },
  ],
  [/^(?:RPD_.*DOWN|BFDD_.*DOWN|VRRPD|bgp_(?:handle_notify|read_message))/, undefined, LOST],
  [/^RPD_BGP_NEIGHBOR_STATE_CHANGED|^RPD_/, /to (?:Idle|Active|Down|Connect)\b|TransportError|OpenFail/, LOST],
  [
    /^(?:RPD_.*UP|RPD_BGP_NEIGHBOR_STATE_CHANGED)/,
    undefined,
    { 'event.action': 'route-changed', 'event.outcome': 'success' },
  ],
  // DDOS_PROTOCOL_… is about packets for the box itself: those it forwards are not held back by it.
  [/^RT_SCREEN/, undefined, { 'event.action': 'rate-limited', 'event.outcome': 'failure' }],
  [
    /^UI_CMDLINE_READ_LINE/,
    /command '(?:set|delete|activate|deactivate|insert|load|replace|rollback) /,
    { 'event.action': 'config-changed' },
  ],
  [/^UI_(?:COMMIT|LOAD|CFG)/, undefined, { 'event.action': 'config-changed' }],
]

const CLOSINGS: readonly (readonly [RegExp, Closing])[] = [
  [/SERVER RST/i, 'reset-server'],
  [/CLIENT RST|TCP RST/i, 'reset-client'],
  [/TCP FIN|response received/i, 'finished'],
  [/idle Timeout|aged? out/i, 'aged-out'],
]

export const junos = defineFormat({
  id: 'junos',
  title: 'Juniper SRX sessions and Junos messages',
  source: 'Juniper System Log Explorer',
  detect: (text) => (FLOW.test(text) || SERVICES.test(text) || SAID.test(text) ? 0.99 : 0),
  parse: (text, header) => {
    const time = header.time ? undefined : findTime(text, 64)?.time
    const flow = FLOW.exec(text)
    if (flow) {
      const rest = text.slice(flow.index + flow[0].length, flow.index + 3_000)
      const f = /source-address=/.test(rest) ? structured(rest) : plain(rest, flow[1] as string)
      const reason = f.reason ?? ''
      const end: End =
        flow[1] === 'CREATE'
          ? 'started'
          : flow[1] === 'DENY'
            ? 'denied'
            : endOf(f, CLOSINGS.find(([p]) => p.test(reason))?.[1] ?? 'other')
      return accept(
        {
          ...flowFields(f, end),
          'observer.type': 'firewall',
          'event.code': flow[0],
          message: text.slice(0, 1_000),
        },
        time,
      )
    }
    const session = SERVICES.exec(text)?.groups
    if (session) return accept(serviceSession(session, text), time)
    const m = SAID.exec(text)
    if (!m) return undefined
    const code = (m[1] ?? m[2] ?? m[3] ?? '').replace(/:\d+$/, '')
    const found = READINGS.find(([codes, words]) => codes.test(code) && (words?.test(text) ?? true))?.[2]
    const isConflict = found?.['event.action'] === 'address-conflict'
    const name = /\b((?:[gx]e|et|ae|fe|reth|irb|lo|st0|me|em|fxp|vlan|ps|lt)-?\d[\d/.:]{0,14})/
      .exec(text)?.[1]
      ?.replace(/[.:]$/, '')
    const ip = endpointsIn(text)[0]
    const mac = macOf(/\b((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b/i.exec(text)?.[1])
    const reason = /due to (\w{2,40})|\(event (?:reason: )?([^()]{2,80})\)|reason: ([^,;]{2,60})/
      .exec(text)
      ?.slice(1)
      .find(Boolean)
    return accept(
      {
        'event.category': ['network'],
        'event.type': ['info'],
        ...(found ?? { 'event.action': 'other' }),
        'observer.type': 'router',
        'event.code': code,
        ...(name && { 'interface.name': name }),
        ...(mac && { 'source.mac': mac }),
        ...(ip && { [isConflict ? 'whytimeout.address' : 'destination.ip']: ip.ip }),
        ...(ip?.port && !isConflict && { 'destination.port': count(ip.port) as number }),
        ...(reason && { 'event.reason': reason }),
        message: text.slice(0, 1_000),
      },
      time,
    )
  },
})

/** Of a translation of the provider's: it says that a session ended, and not why. */
function serviceSession(g: Readonly<Record<string, string | undefined>>, text: string): ParsedFields {
  const flow = {
    ...{ transport: g.transport?.toLowerCase(), from: g.from, fromPort: g.fromPort, to: g.to, toPort: g.toPort },
    ...{ natFrom: g.nat, natFromPort: g.natPort },
  }
  return {
    ...flowFields(flow, g.what === 'OPEN' ? 'started' : 'ended'),
    'observer.type': 'firewall',
    'event.code': `JSERVICES_SESSION_${g.what}`,
    message: text.slice(0, 1_000),
  }
}

const secondsOf = (text: string | undefined): number | undefined => {
  const n = count(text)
  return n === undefined ? undefined : n * 1000
}

function structured(rest: string): Flow {
  const k = keyValues(rest)
  return {
    transport: k.get('protocol-id'),
    from: k.get('source-address'),
    fromPort: k.get('source-port'),
    to: k.get('destination-address'),
    toPort: k.get('destination-port'),
    natFrom: k.get('nat-source-address'),
    natFromPort: k.get('nat-source-port'),
    natTo: k.get('nat-destination-address'),
    natToPort: k.get('nat-destination-port'),
    rule: k.get('policy-name'),
    ingress: k.get('packet-incoming-interface'),
    app: /^(?:UNKNOWN|INCONCLUSIVE)?$/.test(k.get('application') ?? '') ? undefined : k.get('application'),
    reason: k.get('reason'),
    packetsOut: k.get('packets-from-client'),
    bytesOut: k.get('bytes-from-client'),
    packetsBack: k.get('packets-from-server'),
    bytesBack: k.get('bytes-from-server'),
    durationMs: secondsOf(k.get('elapsed-time')),
  }
}

const ENDPOINTS = /([0-9A-Fa-f.:]{2,45})\/(\d{1,5})->([0-9A-Fa-f.:]{2,45})\/(\d{1,5})/g

/**
 * `session closed TCP FIN: a/p->b/q 0x0 service a'/p'->b'/q' 0x0 source rule r N/A N/A 6 policy zone zone id 3(180) 0(0) 20 …`; a denial has
 * `service proto(type) policy zone zone`.
 */
function plain(rest: string, kind: string): Flow {
  const [before, after] = [...rest.matchAll(ENDPOINTS)]
  const tail = rest.slice((after ?? before)?.index ?? 0)
  const m =
    kind === 'DENY'
      ? /->\S{3,60}(?: 0x\w{1,8})? \S{1,64} (\d{1,3})\(\d{1,3}\) (\S{1,64}) \S{1,64} \S{1,64}/.exec(tail)
      : /(?:N\/A|\S{1,64}) (\d{1,3}) (\S{1,64}) \S{1,64} \S{1,64} \d{1,12}(?: (\d{1,12})\((\d{1,15})\) (\d{1,12})\((\d{1,15})\) (\d{1,9}))?/.exec(
          tail,
        )
  const name = /\b((?:[gx]e|et|ae|fe|hu|reth|irb|st0|vlan)-?\d[\d/.]{0,14})\b/.exec(tail)?.[1]
  return {
    transport: m?.[1],
    from: address(before?.[1]),
    fromPort: before?.[2],
    to: address(before?.[3]),
    toPort: before?.[4],
    natFrom: after?.[1],
    natFromPort: after?.[2],
    natTo: after?.[3],
    natToPort: after?.[4],
    rule: m?.[2],
    ingress: name,
    reason:
      /session closed ([^:]{2,60}):/.exec(rest)?.[1] ??
      (kind === 'DENY' ? /\b(policy deny|Denied by policy)\b/i.exec(rest)?.[1] : undefined),
    packetsOut: m?.[3],
    bytesOut: m?.[4],
    packetsBack: m?.[5],
    bytesBack: m?.[6],
    durationMs: secondsOf(m?.[7]),
  }
}
