import type { ParsedFields } from '../../../schemas/event.js'
import { address, count, flowFields, macOf, verdictOf } from '../flow.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { findTime } from '../time.js'
import { AGAIN } from './tunnels.js'

/**
 * MikroTik RouterOS: `topics message`, on disk with its own time, by syslog without.
 * A firewall rule only logs; whether the packet was dropped is what the administrator's prefix says.
 * Source: MikroTik documentation, "Log" (topics) and "Firewall" (log, log-prefix); messages of interface, dhcp, pppoe, wireless, netwatch.
 */
const TOPICS = gated(
  /(?:^|[\s>])((?:firewall|interface|dhcp|pppoe|ppp|l2tp|sstp|ovpn|ipsec|wireguard|wireless|caps|wifi|system|netwatch|ospf|bgp|route|lte|dns|script|hotspot|bridge|stp|poe-out|watchdog|health)(?:,[a-z!-]{2,16}){1,4}):? /,
)
/** 1 prefix, 2 chain, 3 in, 4 out, 5 rest */
const PACKET = /^(.{0,64}?)\s?\b([\w.-]{1,48}): in:(\S{1,48}) out:(\S{1,48}?),? (.{0,600})/
/** 1 protocol, 2 flags, 3 to 6 the pair */
const PROTO =
  /proto (\w{2,10})(?: \(([^)]{1,40})\))?, ([0-9A-Fa-f.:[\]]{2,47}?)(?::(\d{1,5}))?->([0-9A-Fa-f.:[\]]{2,47}?)(?::(\d{1,5}))?,/

const DOWN: ParsedFields = { 'event.action': 'link-down', 'event.outcome': 'failure' }
const UP: ParsedFields = { 'event.action': 'link-up', 'event.outcome': 'success' }
/** Topics and words; the first that fits. */
const READINGS: readonly (readonly [RegExp, RegExp, ParsedFields])[] = [
  [
    /^poe-out|health/,
    /overload|short|over-?temp|voltage|power/i,
    { 'event.action': 'power-event', 'event.outcome': 'failure' },
  ],
  [/^(?:interface|bridge|lte|stp)/, /\blink down|disconnected|no carrier/i, DOWN],
  [/^(?:interface|bridge|lte)/, /\blink up|\bconnected/i, UP],
  [
    /^(?:interface|bridge)/,
    /rx.{0,20}error|excessive|loop|own address/i,
    { 'event.action': 'nic-error', 'event.outcome': 'failure' },
  ],
  [
    /^(?:pppoe|ppp|l2tp|sstp|ovpn|ipsec)/,
    /terminat|disconnected|peer is not responding|no response|failed|timeout|lost/i,
    DOWN,
  ],
  [/^(?:pppoe|ppp|l2tp|sstp|ovpn|ipsec)/, /\bconnected|established|\bup\b/i, UP],
  [/^(?:wireguard|ipsec)/, /[Hh]andshake for peer did not complete|retransmit\b/, AGAIN],
  [/^(?:wireless|caps|wifi)/, /: disconnected|extensive data loss|disconnect/i, DOWN],
  [/^(?:wireless|caps|wifi)/, /: connected|\bconnected/i, UP],
  [/^dhcp/, /\bassigned\b|got IP address/, { 'event.action': 'address-assigned', 'event.outcome': 'success' }],
  [/^dhcp/, /deassigned|lost IP address|lease stopped/, { 'event.action': 'address-lost', 'event.outcome': 'failure' }],
  [
    /^dhcp/,
    /without success|failed to give out|pool .{0,40}empty/,
    { 'event.action': 'dhcp-no-answer', 'event.outcome': 'failure' },
  ],
  // Its own ping of one host: what follows from it, scripts do, and tell.
  [/^netwatch/, /\bdown\b/i, { 'event.action': 'probe-lost', 'network.transport': 'icmp' }],
  [/^netwatch/, /\bup\b/i, { 'event.action': 'probe-answered', 'network.transport': 'icmp' }],
  [
    /^(?:ospf|bgp|route)/,
    /\bdown\b|unreachable|closed|lost|state change.{0,40}(?:Down|Init)/i,
    { 'event.action': 'route-changed', 'event.outcome': 'failure' },
  ],
  [/^(?:ospf|bgp|route)/, /\bup\b|established|Full/i, { 'event.action': 'route-changed', 'event.outcome': 'success' }],
  [
    /^system|^watchdog/,
    /rebooted without proper shutdown|power/i,
    { 'event.action': 'power-event', 'event.outcome': 'failure' },
  ],
  [/^system/, /router rebooted|router was rebooted/i, { 'event.action': 'program-started' }],
  [/^system/, /(?:changed|added|removed|moved) by/, { 'event.action': 'config-changed' }],
  [/^system/, /time (?:changed|adjust|sync)|clock/i, { 'event.action': 'clock-stepped' }],
]

export const mikrotik = defineFormat({
  id: 'mikrotik',
  title: 'MikroTik RouterOS (firewall, interface, dhcp, ppp, wireless)',
  source: 'MikroTik documentation, Log and Firewall',
  detect: (text) => (TOPICS.test(text) ? 0.95 : 0),
  parse: (text) => {
    const m = TOPICS.exec(text)
    if (!m) return undefined
    const topics = m[1] as string
    const said = (text.slice(m.index + m[0].length).split('\n')[0] as string).slice(0, 1_000)
    const level = topics.split(',').find((t) => /^(?:info|warning|error|critical|debug)$/.test(t))
    const time = m.index > 5 ? findTime(text.slice(0, m.index + 1), 80)?.time : undefined
    const packet = PACKET.exec(said)
    return accept(
      {
        ...(packet ? packetOf(packet) : spoken(topics, said)),
        'observer.type': 'router',
        ...(level && { 'log.level': level }),
        'log.logger': topics,
        message: said,
      },
      time,
    )
  },
})

function packetOf(m: RegExpExecArray): ParsedFields {
  const [, prefix = '', chain = '', input, output, rest = ''] = m
  const p = PROTO.exec(rest)
  const nat = /NAT \(?([0-9.]{7,15}):(\d{1,5})->([0-9.]{7,15}):(\d{1,5})\)?->([0-9.]{7,15}):(\d{1,5})/.exec(rest)
  const known = (name: string | undefined) => (name?.startsWith('(') ? undefined : name)
  const bytes = count(/\blen (\d{1,6})/.exec(rest)?.[1])
  const types = /type (\d{1,3}), code (\d{1,3})/.exec(p?.[2] ?? '')
  return {
    ...flowFields(
      {
        transport: p?.[1],
        from: p?.[3],
        fromPort: p?.[4],
        to: p?.[5],
        toPort: p?.[6],
        natFrom: nat?.[3],
        natFromPort: nat?.[4],
        fromMac: /src-mac ([0-9A-Fa-f:]{17})/.exec(rest)?.[1],
        ingress: known(input),
        egress: known(output),
        rule: prefix.replace(/(?<![\s:])[\s:]+$/, '') || chain,
        reason: /connection-state:([\w,]{2,40}?)(?:,snat|,dnat| |, |$)/.exec(rest)?.[1],
        flags: p?.[2],
      },
      verdictOf(prefix),
    ),
    ...(bytes !== undefined && { 'whytimeout.packet_bytes': bytes }),
    ...(types && { 'whytimeout.icmp_type': Number(types[1]), 'whytimeout.icmp_code': Number(types[2]) }),
  }
}

function spoken(topics: string, said: string): ParsedFields {
  const found = READINGS.find(([where, words]) => where.test(topics) && words.test(said))?.[2] ?? {
    'event.action': 'other' as const,
  }
  const mac = macOf(/\b((?:[0-9A-F]{2}:){5}[0-9A-F]{2})\b/i.exec(said)?.[1])
  const ip = address(/\b((?:\d{1,3}\.){3}\d{1,3})\b/.exec(said)?.[1])
  const isLease = topics.startsWith('dhcp')
  const name = /^<?([a-z][\w-]{1,30}\d[\w.-]{0,10})>?:? |@([\w.-]{2,32}):/.exec(said)?.slice(1).find(Boolean)
  const reason = /: (?:dis)?connected, (.{2,80})$|terminating\.{0,3} - (.{2,80})$/.exec(said)?.slice(1).find(Boolean)
  return {
    'event.category': ['network'],
    'event.type': ['info'],
    ...found,
    ...(name && { 'interface.name': name }),
    ...(mac && { 'source.mac': mac }),
    ...(ip && { [isLease ? 'whytimeout.address' : 'destination.ip']: ip }),
    ...(reason && { 'event.reason': reason }),
  }
}
