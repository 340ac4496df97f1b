import type { ParsedFields } from '../../../schemas/event.js'
import { endpointsIn, SEVERITIES } from '../endpoints.js'
import { address, count, type Flow, flowFields, macOf } from '../flow.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { findTime } from '../time.js'
import { readTranslation } from '../translation.js'

/**
 * Cisco IOS, IOS XE, IOS XR and NX-OS messages, and those of switches that write like them (Ruijie, Dell, Arista EOS in part).
 * Source: Cisco IOS System Message Guide; NX-OS System Messages Reference; IOS XR System Error Message Reference Guide.
 */
const MARK = gated(/%([A-Z][A-Z0-9_]{1,30}(?:-[A-Z][A-Z0-9_]{0,30}){0,3})-([0-7])-([A-Z][A-Z0-9_]{1,48})\s{0,2}: ?/)
/** Before it: sequence number, host, a mark that the clock was never (`*`) or is no longer (`.`) set. */
const STARTS =
  /^(?:<\d{1,3}>)?(?:\d{1,10}: (?:[\w.-]{1,64}: )?[*.]?(?:[A-Z][a-z]{2} |\d)|\d{1,10}: (?:[\w.-]{1,64} )?(?:RP|LC)\/\d|[*.][A-Z][a-z]{2} {1,2}\d)/

const DOWN: ParsedFields = { 'event.action': 'link-down', 'event.outcome': 'failure' }
const UP: ParsedFields = { 'event.action': 'link-up', 'event.outcome': 'success' }
const LOST: ParsedFields = { 'event.action': 'route-changed', 'event.outcome': 'failure' }
const FOUND: ParsedFields = { 'event.action': 'route-changed', 'event.outcome': 'success' }
const FAULT: ParsedFields = { 'event.action': 'nic-error', 'event.outcome': 'failure' }

/** Of routes, neighbours, and what watches them. */
const ROUTING =
  /^(?:BGP|OSPF|OSPFV3|EIGRP|DUAL|ISIS|CLNS|LDP|RIP|ROUTING|BFD|HSRP|VRRP|GLBP|STANDBY|FHRP|TRACK|TRACKING|SPANTREE|STP|L2|ROUTE)/

/** By facility and mnemonic, then by words. The first that fits. */
const READINGS: readonly (readonly [RegExp, RegExp | undefined, ParsedFields])[] = [
  [/ERR_DISABLE|ERRDISABLE|IF_ERROR_DISABLE|IF_DOWN_ERROR_DISABLED/, undefined, DOWN],
  [
    /(?:^|-)(?:LINK|LINEPROTO|ETHPORT|ETH_PORT_CHANNEL|IF|PKT_INFRA-LINK|PKT_INFRA-LINEPROTO|EC|LACP|BUNDLE|DIALER|VPC|IFMGR)-/,
    /\b(?:to|is) (?:administratively )?down\b|\bdown\b|unbundle|removed from|not (?:compatible|connected)|suspend|individual/i,
    DOWN,
  ],
  [
    /(?:^|-)(?:LINK|LINEPROTO|ETHPORT|ETH_PORT_CHANNEL|IF|PKT_INFRA-LINK|PKT_INFRA-LINEPROTO|EC|LACP|BUNDLE|DIALER|VPC|IFMGR)-/,
    /\b(?:to|is) up\b|\bup\b|bundled?\b/i,
    UP,
  ],
  [
    /DUPADDR|DUPLICATE_?ADDR|ARP-\w{1,8}-DUP|DUP_SRC|DUP_VADDR|IPV6_ND-4-DUPLICATE/,
    undefined,
    { 'event.action': 'address-conflict', 'event.outcome': 'failure' },
  ],
  [/DUPLEX_MISMATCH/, undefined, { 'event.action': 'duplex-mismatch', 'event.outcome': 'failure' }],
  [
    /SFF\d{0,4}-|(?:SFP|TRANSCEIVER|OPTIC|GBIC|DOM)\S{0,32}(?:THRESHOLD|ALARM|WARN|VIOLATION)|(?:RX|TX)_?POWER/,
    undefined,
    { 'event.action': 'optics-weak', 'event.outcome': 'failure' },
  ],
  [
    /^(?:SPANTREE|STP|PVST|MSTP)|MACFLAP|MAC_MOVE|HOST_FLAPPING|LOOP_?DETECT|LOOPBACK_ERR|STORM_CONTROL/,
    undefined,
    { 'event.action': 'topology-changed', 'event.outcome': 'failure' },
  ],
  [/DHCP_SNOOPING/, undefined, { 'event.action': 'rogue-dhcp', 'event.outcome': 'failure' }],
  [/^(?:HSRP|VRRP|GLBP|STANDBY|FHRP)-\d-\S{0,24}STATECHANGE/, undefined, { 'event.action': 'failover' }],
  [
    /TEMP(?!L|O)|FAN_?(?:FAIL|ERR|OFF)|FANFAIL/,
    undefined,
    { 'event.action': 'overheated', 'event.outcome': 'failure' },
  ],
  [
    /LATECOLL|LOSTCARR|NOCARRIER|COLLISION|TRANSCEIVER|SFP|GBIC|CRC|UDLD|LINK_FLAP|EXCESSIVE|UNDERFLO|OVERFLO|TIMEOUT_RESET/,
    undefined,
    FAULT,
  ],
  [
    /^(?:CPU|SYS-1-CPURISING|PLATFORM-4-ELEMENT|SYSTEM_MSG)|CPURISINGTHRESHOLD|CPUHOG/,
    undefined,
    { 'event.action': 'overload', 'event.outcome': 'failure' },
  ],
  [/MALLOCFAIL|MEMORY|LOWMEM|NOMEM/, undefined, { 'event.action': 'memory-pressure', 'event.outcome': 'failure' }],
  [
    /CONFIG_I$|CONFIG_C$|CONFIG_P$|DB_COMMIT|VSHD_SYSLOG_CONFIG_I|CONFIG_RESOLVE|CFGLOG/,
    undefined,
    { 'event.action': 'config-changed' },
  ],
  // Ruijie's record of every command; those that only look change nothing.
  [
    /^CLI-\d-EXEC_CMD$/,
    /\bcommand: (?!(?:show|display|ping|traceroute|exit|end|write|copy|more|dir|terminal|enable|disable|configure)\b)/,
    { 'event.action': 'config-changed' },
  ],
  [/SYS-5-RESTART|SYS-6-BOOTTIME|COLDSTART/, undefined, { 'event.action': 'program-started' }],
  [/SYS-5-RELOAD|RELOAD_REQUEST|SYS-5-SWITCHOVER/, undefined, { 'event.action': 'program-stopped' }],
  [ROUTING, /-> ?(?:Up|Full)\b|\bto (?:UP|FULL|Established)\b/i, FOUND],
  [
    ROUTING,
    /\b(?:to|from \w{1,20} to) (?:DOWN|IDLE|INIT|Init)\b|\bdown\b|\bto Idle\b|closed|dead|expired|timed out|timeout|block(?:ing|ed)|NOTIFICATION|lost|Loopguard|inconsisten|limit exceed|-> (?:Down|Init|Speak|Backup|Standby|Listen)/i,
    LOST,
  ],
  [ROUTING, undefined, FOUND],
  // A device was unplugged or plugged in: no fault of the power.
  [/^ILPOWER-[567]-(?:IEEE_DISCONNECT|PD_DISCONNECT|POWER_GRANTED|DETECT)/, undefined, { 'event.action': 'other' }],
  [
    /^(?:PLATFORM_ENV|ENVMON|ENVIRONMENTAL|ENV_MON|C\d{4}_ENV|ILPOWER|POWER|PWR|TEMP|FAN|PLATFORM-.*PS)|PS_FAIL|PSFAIL|PWRFAIL|OVERTEMP/,
    undefined,
    { 'event.action': 'power-event', 'event.outcome': 'failure' },
  ],
  [
    /^(?:DHCPD|DHCP)-.*(?:CONFLICT)|PING_CONFLICT|DECLINE_CONFLICT/,
    undefined,
    { 'event.action': 'address-conflict', 'event.outcome': 'failure' },
  ],
  [
    /^(?:DHCP|DHCPD).*-(?:ADDRESS_ASSIGN)/,
    undefined,
    { 'event.action': 'address-assigned', 'event.outcome': 'success' },
  ],
  [
    /ADDR_ALLOC_FAIL|MAX_ENTRIES|IPNAT|NAT-.{0,60}(?:FULL|EXHAUST|ALLOC)|HOST_LIMIT|TABLE_FULL|SESS(?:ION)?_(?:LIMIT|MAX)|OUT_OF_|EXCEED(?:ED)?$/,
    undefined,
    { 'event.action': 'table-full', 'event.outcome': 'failure' },
  ],
  [
    /IPACCESSLOGRL|RATE_?LIMIT|STORM|POLICE|SYNFLOOD|HALF_OPEN|GETTINGAGGRESSIVE|ALERT_ON/,
    undefined,
    { 'event.action': 'rate-limited', 'event.outcome': 'failure' },
  ],
  [/^(?:NTP|SYS-6-CLOCKUPDATE|SYSMGR-.*CLOCK)|CLOCKUPDATE/, undefined, { 'event.action': 'clock-stepped' }],
]

const ACL = /IPACCESSLOG(?:P|DP|NP|S|RP|SP)$|ACCESSLOG(?:P|DP|NP|SP)$|ACLLOG|_ACL-6-/
const SESSION = /SESS_AUDIT_TRAIL/
const DROPPED = /^(?:FW|IOSXE_FW|ZBFW|FMANFP|IPS).*(?:DROP|DENY|BLOCK)/

export const ciscoIos = defineFormat({
  id: 'cisco-ios',
  title: 'Cisco IOS, IOS XE, IOS XR, NX-OS (and switches that write like them)',
  source: 'Cisco IOS System Message Guide; NX-OS and IOS XR System Messages Reference',
  block: { starts: STARTS },
  detect: (text) => (MARK.test(text) ? 0.99 : 0),
  parse: (text) => {
    const m = MARK.exec(text)
    if (!m) return undefined
    const code = `${m[1]}-${m[2]}-${m[3]}`
    const body = text.slice(m.index + m[0].length, m.index + m[0].length + 2_000).split('\n')[0] as string
    const before = text.slice(0, m.index)
    const when = before.length > 6 ? findTime(before.replace(/^.{0,90}CPU\d:/, ''), 120) : undefined
    const host = /^(?:<\d{1,3}>)?\d{1,10}: ([A-Za-z][\w.-]{0,63})(?:: | [A-Z]{2}\/\d)/.exec(before)?.[1]
    // NX-OS: `2018 Apr 20 13:15:07 name %`
    const nexus =
      /^(?:<\d{1,3}>)?(?:: ?)?20\d\d [A-Z][a-z]{2} [ \d]\d [\d:.]{8,15} (?:[A-Z]{3,4}: )?([A-Za-z][\w.-]{0,63}):? $/
    const name = host ?? nexus.exec(before)?.[1]
    const [, process, pid] = /: ([a-z][\w-]{1,48})\[(\d{1,10})\]: $/.exec(before) ?? []
    return accept(
      {
        ...read(code, body),
        'event.code': code,
        'log.level': SEVERITIES[Number(m[2])] as string,
        'observer.type': 'router',
        ...(name && { 'observer.name': name }),
        ...(process && { 'process.name': process, 'process.pid': Number(pid) }),
        message: text.slice(m.index, m.index + 1_000),
      },
      when?.time,
    )
  },
})

/** IOS XR's carrier-grade NAT: `%SERVICES-CGN-6-NAT44 : [Translation Delete] inside … outside …`. */
const CARRIER_NAT = /^SERVICES-CGN-\d-/

function read(code: string, body: string): ParsedFields {
  if (ACL.test(code)) return acl(body)
  if (SESSION.test(code)) return audit(code, body)
  if (DROPPED.test(code)) return dropped(body)
  const translated = CARRIER_NAT.test(code) ? readTranslation(body) : undefined
  if (translated) return translated
  const found = READINGS.find(([codes, words]) => codes.test(code) && (words?.test(body) ?? true))?.[2]
  const ends = endpointsIn(body)
  const name =
    /\b((?:Ten|Twenty|Forty|Hundred|Two|Five)?[A-Za-z-]{0,20}(?:Ethernet|GigE|Serial|Dialer|Tunnel|Vlan|Loopback|Cellular|Wlan\w{0,12}|ATM|Port-?channel|Bundle-Ether|BVI|mgmt)\s?\d[\w/.:]{0,16}|(?:Gi|Te|Fa|Eth|Po|Hu|Fo|Tw|Se|Vl)\d[\d/.]{0,14})/.exec(
      body,
    )?.[1]
  const mac = macOf(/\b([0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|(?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b/i.exec(body)?.[1])
  const ip = ends[0]?.ip
  const isOwn = found?.['event.action'] === 'address-conflict' || found?.['event.action'] === 'address-assigned'
  const isConfig = found?.['event.action'] === 'config-changed'
  const reason =
    /\b(?:reason|due to|because of)[: ]{1,3}([^,()\n]{2,80})|: (\w{3,20}) error detected|^(\w[\w -]{2,24}) error detected|\(([A-Za-z][^()]{2,60})\)\s*$/
      .exec(body)
      ?.slice(1)
      .find(Boolean)
  // The number of what is watched: the same line tells when it is back.
  const watched = code.startsWith('TRACK')
    ? /^\d{1,4} \S{1,32}(?: \S{1,32}){0,3}?(?= \S{1,8} ?-> ?)/.exec(body)?.[0]
    : undefined
  return {
    'event.category': ['network'],
    'event.type': ['info'],
    ...(found ?? { 'event.action': 'other' }),
    ...(name && { 'interface.name': name.replace(/\.$/, '') }),
    ...(mac && { 'source.mac': mac }),
    ...(ip && { [isOwn ? 'whytimeout.address' : isConfig ? 'source.ip' : 'destination.ip']: ip }),
    ...((watched ?? reason) && { 'event.reason': watched ?? reason?.trim() }),
  }
}

/** `list 101 denied tcp 10.0.0.1(1234) (Gi0/0 0011.2233.4455) -> 10.0.0.2(80), 1 packet`; NX-OS: `Src IP: …, Dst IP: …`. */
function acl(body: string): ParsedFields {
  const nx =
    /Src(?:\/\w+)? IP: ([^,\s]{2,45}).{0,40}Dst IP: ([^,\s]{2,45})(?:.{0,20}Src Port: (\d{1,5}))?(?:.{0,20}Dst Port: (\d{1,5}))?(?:.{0,20}Src Intf: ([\w/.-]{1,32}))?(?:.{0,20}Protocol: "?(\w{2,8}))?/.exec(
      body,
    )
  if (nx) {
    const [, from, to, fromPort, toPort, ingress, transport] = nx
    const rule = /ACL Name: ([^,\s]{1,64})/.exec(body)?.[1]
    const isDenied = !/(?:ACE )?Action: Permit/i.test(body)
    return flowFields({ from, to, fromPort, toPort, ingress, transport, rule }, isDenied ? 'denied' : 'allowed')
  }
  const m = /(?:list |^)(\S{1,64}?)(?:\/\d{1,6})? (denied|permitted) (?:([a-z0-9]{2,10}) )?/i.exec(body)
  const [from, to] = endpointsIn(body)
  const via = /\(([A-Z][\w/.-]{2,32}) {1,2}((?:[0-9a-f]{4}\.){2}[0-9a-f]{4})?/.exec(body)
  const types = /\((\d{1,3})\/(\d{1,3})\)/.exec(body)
  const packets = /, (\d{1,9}) packets?/.exec(body)?.[1]
  const flow: Flow = {
    transport: m?.[3],
    from: from?.ip,
    fromPort: from?.port,
    to: to?.ip,
    toPort: to?.port,
    fromMac: via?.[2],
    ingress: via?.[1],
    rule: m?.[1],
    packetsOut: packets,
  }
  return {
    ...flowFields(flow, m?.[2]?.toLowerCase() === 'permitted' ? 'allowed' : 'denied'),
    ...(types &&
      /^icmp/.test(m?.[3] ?? '') && {
        'whytimeout.icmp_type': Number(types[1]),
        'whytimeout.icmp_code': Number(types[2]),
      }),
  }
}

/** `Stop tcp session: initiator (10.0.0.1:1234) sent 22 bytes -- responder (10.0.0.2:80) sent 0 bytes` */
function audit(code: string, body: string): ParsedFields {
  const [from, to] = body.matchAll(/(?:initiator|responder) \(([0-9A-Fa-f.:]{2,45}):(\d{1,5})\)/g)
  const [out, back] = [...body.matchAll(/ sent (\d{1,15}) bytes/g)].map((x) => x[1])
  const transport = /(?:Start|Stop) (\w{2,16}) session/i.exec(body)?.[1]
  const flow: Flow = {
    transport: transport === 'udp' || transport === 'icmp' ? transport : 'tcp',
    from: from?.[1],
    fromPort: from?.[2],
    to: to?.[1],
    toPort: to?.[2],
    bytesOut: out,
    bytesBack: back,
  }
  if (code.endsWith('_START')) return flowFields(flow, 'started')
  return flowFields(flow, count(back) === 0 ? 'unanswered' : 'ended')
}

/** `Dropping tcp session 10.0.0.1:1234 10.0.0.2:80 on zone-pair A class B due to …` */
function dropped(body: string): ParsedFields {
  const [from, to] = endpointsIn(body)
  return flowFields(
    {
      transport: /\b(tcp|udp|icmp)\b/i.exec(body)?.[1],
      from: address(from?.ip),
      fromPort: from?.port,
      to: to?.ip,
      toPort: to?.port,
      rule: /\bzone-pair (\S{1,64}(?: class \S{1,64})?)/.exec(body)?.[1],
      reason: /\bdue to {1,2}(.{2,80}?)(?: with ip ident|$)/.exec(body)?.[1],
    },
    'denied',
  )
}
