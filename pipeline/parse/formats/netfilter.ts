import type { ParsedFields } from '../../../schemas/event.js'
import { address, count, type End, macOf, outcomeFields, port as portOf, verdictOf } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { gated } from '../gate.js'
import { type JsonLine, readJsonLine } from '../json-line.js'
import { readTime } from '../time.js'

/**
 * Netfilter LOG lines: iptables/nftables LOG, ulogd LOGEMU, ufw. A LOG target only logs; whether the packet was dropped is what the
 * administrator's prefix says.
 * ulogd's JSON output has the same packet under the names of its input keys (`oob.prefix`, `src_ip`, `tcp.syn`).
 * Source: Linux net/netfilter/nf_log_syslog.c (field order and spelling); iptables-extensions(8), LOG; ulogd2 output/ulogd_output_JSON.c, util/printpkt.c.
 */
const BODY =
  /^(?:\[ *\d+\.\d+\] ?)?(?<prefix>.{0,128}?)\s{0,8}\b(?:IN=(?<in>\S{0,32}) )?(?:OUT=(?<out>\S{0,32}) )?(?<rest>(?:PHYSIN=|PHYSOUT=|MAC=|SRC=).{0,2000})/s
/** Proxmox' own log: guest, level, chain and time stand before. 1 chain, 2 time, 3 what the rule says */
const PROXMOX = /^\d{1,9} [0-8] (\S{2,48}) (\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})(.{0,80})$/
const PACKET = gated(/\b(?:IN|OUT)=\S{0,32} .{0,400}\bSRC=\S{2,45} DST=\S{2,45}/s)
const KEY = /\b([A-Z]{2,10})=(\S{1,64})/g
const FLAGS = /\b(SYN|ACK|FIN|RST|PSH|URG)\b(?!=)/g

const ULOGD = gated(/"(?:oob\.prefix|oob\.hook|raw\.pktlen)": ?/)
/** A packet, not one of ulogd's flows: those have two directions. */
const ulogdOf = keepingLast((text): JsonLine | undefined => (ULOGD.test(text) ? readJsonLine(text) : readPrinted(text)))

/** The same keys as ulogd's GPRINT puts them: `timestamp=2026/11/24-10:00:00,raw.pktlen=60,oob.prefix=[x] ,ip.protocol=6`. Source: ulogd2 output/ulogd_output_GPRINT.c. */
const PRINTED = gated(/(?:^|,)(?:oob\.prefix|raw\.pktlen)=/)
function readPrinted(text: string): JsonLine | undefined {
  if (!PRINTED.test(text)) return undefined
  const pairs = text.slice(0, 4_000).split(/,(?=[a-z][a-z0-9._]{1,32}=)/)
  const found: Record<string, string | number> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const value = pair.slice(at + 1).trim()
    found[pair.slice(0, at)] ??= /^\d{1,15}$/.test(value) ? Number(value) : value
  }
  const named = (key: string, name: string) => found[name] !== undefined && { [key]: found[name] }
  return {
    ...found,
    ...named('src_ip', 'ip.saddr.str'),
    ...named('dest_ip', 'ip.daddr.str'),
    ...named('src_port', 'tcp.sport'),
    ...named('dest_port', 'tcp.dport'),
    ...named('src_port', 'udp.sport'),
    ...named('dest_port', 'udp.dport'),
  }
}

export const netfilter = defineFormat({
  id: 'netfilter',
  title: 'Linux netfilter LOG (iptables, nftables, ufw, firewalld, ulogd, Proxmox, UniFi, OpenWrt)',
  source: 'Linux net/netfilter/nf_log_syslog.c; iptables-extensions(8)',
  block: { starts: /^\d{1,9} [0-8] \S{2,48} \d\d\/[A-Z][a-z]{2}\/\d{4}:/ },
  detect: (text, header) => (PACKET.test(text) || ulogdOf(text, header) ? 1 : 0),
  parse: (text, header) => {
    const ulogd = ulogdOf(text, header)
    if (ulogd) return accept(fieldsOf(ulogd, text), readTime(String(ulogd.timestamp ?? ulogd.ts ?? ''))?.time)
    const m = BODY.exec(text)
    if (!m?.groups) return undefined
    const { prefix = '', in: input = '', out = '', rest = '' } = m.groups
    // An ICMP error carries the packet it is about in brackets; the outer packet's fields come first.
    const [outer = '', inner] = splitInner(rest)
    const k = new Map<string, string>()
    for (const [, key, value] of outer.matchAll(KEY)) if (!k.has(key as string)) k.set(key as string, value as string)
    const proxmox = PROXMOX.exec(prefix)
    const name = (proxmox ? `${proxmox[1]}${proxmox[3]}` : prefix)
      .replace(/(?<![\s:[\]])[\s:[\]]+$/, '')
      .replace(/^\[/, '')
      .trim()
    const mac = k.get('MAC')?.split(':')
    const port = (key: string) => (k.has(key) ? Number(k.get(key)) : undefined)
    const proto = k.get('PROTO')?.toLowerCase()
    const ended = endOfSession(name, outer)
    const fields: ParsedFields = {
      'event.category': ['network'],
      ...outcomeFields(ended ?? verdictOf(name)),
      'observer.type': 'firewall',
      ...(name !== '' && ended === undefined && { 'rule.name': NAMED_RULE.exec(outer)?.[1] ?? name }),
      ...(input !== '' && { 'observer.ingress.interface.name': input }),
      ...(out !== '' && { 'observer.egress.interface.name': out }),
      ...(k.has('SRC') && { 'source.ip': k.get('SRC') as string }),
      ...(k.has('DST') && { 'destination.ip': k.get('DST') as string }),
      ...(isPort(port('SPT')) && { 'source.port': port('SPT') as number }),
      ...(isPort(port('DPT')) && { 'destination.port': port('DPT') as number }),
      ...(proto !== undefined && { 'network.transport': proto === 'icmpv6' ? 'ipv6-icmp' : proto }),
      ...(mac && mac.length >= 12 && { 'source.mac': mac.slice(6, 12).join(':') }),
      ...(k.has('LEN') && { 'whytimeout.packet_bytes': Number(k.get('LEN')) || 0 }),
      ...(proto === 'tcp' && {
        'whytimeout.tcp_flags': [...new Set([...outer.matchAll(FLAGS)].map((f) => f[1] as string))],
      }),
      ...(k.has('TYPE') && { 'whytimeout.icmp_type': Number(k.get('TYPE')) || 0 }),
      ...(k.has('CODE') && { 'whytimeout.icmp_code': Number(k.get('CODE')) || 0 }),
      message: text.slice(0, 500),
    }
    const time = proxmox ? readTime(proxmox[2] as string)?.time : undefined
    return accept({ ...fields, ...(inner !== undefined && { 'event.reason': `about ${inner.slice(0, 120)}` }) }, time)
  },
})

/** D-Link's DSR names the rule behind the packet, and tells of sessions in the same words. */
const NAMED_RULE = /\bRULE=(\S{1,64})/
const COUNTED = /\bPKTS=(\d{1,12})\/(\d{1,12})\b/
function endOfSession(name: string, outer: string): End | undefined {
  if (!/^LOG_SESSION\[(?:EXPIRE|CLOSE|END)/.test(name)) return undefined
  const back = COUNTED.exec(outer)?.[2]
  if (back === '0') return 'unanswered'
  return name.includes('EXPIRE') && /\bPROTO=TCP\b/.test(outer) ? 'expired' : 'ended'
}

const PROTOCOLS: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp' }
const FLAG_KEYS = ['SYN', 'ACK', 'FIN', 'RST', 'PSH', 'URG'] as const

function fieldsOf(packet: JsonLine, text: string): ParsedFields {
  const word = (key: string): string | undefined => {
    const value = packet[key]
    return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined
  }
  const name = (word('oob.prefix') ?? '').replace(/(?<![\s:])[\s:]+$/, '')
  const [from, to] = [address(word('src_ip')), address(word('dest_ip'))]
  const [fromPort, toPort] = [portOf(word('src_port')), portOf(word('dest_port'))]
  const [input, out] = [word('oob.in'), word('oob.out')]
  const transport = PROTOCOLS[word('ip.protocol') ?? '']
  const mac = macOf(word('mac.saddr.str'))
  const length = count(word('ip.totlen') ?? word('raw.pktlen'))
  return {
    'event.category': ['network'],
    ...outcomeFields(verdictOf(name)),
    'observer.type': 'firewall',
    ...(name !== '' && { 'rule.name': name }),
    ...(input !== undefined && { 'observer.ingress.interface.name': input }),
    ...(out !== undefined && { 'observer.egress.interface.name': out }),
    ...(from !== undefined && { 'source.ip': from }),
    ...(to !== undefined && { 'destination.ip': to }),
    ...(fromPort !== undefined && { 'source.port': fromPort }),
    ...(toPort !== undefined && { 'destination.port': toPort }),
    ...(transport !== undefined && { 'network.transport': transport }),
    ...(mac !== undefined && { 'source.mac': mac }),
    ...(length !== undefined && { 'whytimeout.packet_bytes': length }),
    ...(transport === 'tcp' && {
      'whytimeout.tcp_flags': FLAG_KEYS.filter((f) => packet[`tcp.${f.toLowerCase()}`] === 1),
    }),
    message:
      `${name} ${from ?? '?'}:${fromPort ?? '?'} -> ${to ?? '?'}:${toPort ?? '?'}`.trim().slice(0, 500) ||
      text.slice(0, 500),
  }
}

const isPort = (n: number | undefined): boolean => n !== undefined && Number.isInteger(n) && n >= 0 && n <= 65535

function splitInner(rest: string): [string, string | undefined] {
  const at = rest.indexOf('[SRC=')
  return at < 0 ? [rest, undefined] : [rest.slice(0, at), rest.slice(at + 1).replace(/\]\s*$/, '')]
}
