import type { ParsedFields } from '../../../schemas/event.js'
import { type Endpoint, endpointsIn, SEVERITIES } from '../endpoints.js'
import { type Closing, count, type End, endOf, type Flow, flowFields, macOf } from '../flow.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { findTime } from '../time.js'

/**
 * Cisco ASA, FTD (Secure Firewall), PIX and FWSM messages, by their number.
 * Units: duration is h:mm:ss; the bytes of a teardown are the payload of both directions.
 * Source: Cisco Secure Firewall ASA Series Syslog Messages (106xxx, 201xxx, 202xxx, 302013-302304, 305xxx, 313xxx, 405001, 411001-4,
 * 419xxx, 602101, 710xxx, 733100; TCP termination reasons in 302014); Firepower Threat Defense Syslog Messages (430001-430005).
 */
const MARK = gated(/%(?:ASA|FTD|PIX|FWSM)-(?:[a-z]{2,16}-)?([0-7])-(\d{6})\s?: ?/)

/** What a teardown's reason means; other reasons are kept as words. */
const CLOSINGS: readonly (readonly [RegExp, Closing])[] = [
  [/^SYN Timeout/i, 'syn-timeout'],
  [/^(?:TCP FINs|FIN Timeout|Half-?closed)/i, 'finished'],
  [/^(?:Conn-timeout|Connection timeout|Idle Timeout|Idle-?timeout)/i, 'aged-out'],
]

type Reading = (body: string, ends: readonly Endpoint[]) => ParsedFields
const said = (fields: ParsedFields): Reading => {
  return (body, ends) => ({ ...flowFields(pair(body, ends), 'other'), 'event.type': ['info'], ...fields })
}
const denied = (reason?: string): Reading => {
  return (body, ends) => ({
    ...flowFields({ ...pair(body, ends), ...(reason && { reason }) }, 'denied'),
    ...icmp(body),
  })
}
const shun =
  (action: 'address-banned' | 'ban-lifted'): Reading =>
  (_, [first]) => ({
    'event.action': action,
    'event.outcome': action === 'ban-lifted' ? 'success' : 'failure',
    ...(first && { 'source.ip': first.ip }),
  })
const FULL: ParsedFields = { 'event.action': 'table-full', 'event.outcome': 'failure' }

const READINGS: readonly (readonly [RegExp, Reading])[] = [
  // A packet of a connection the firewall has no entry of: gone quiet for too long, or answered on another path.
  [/^106015$/, denied('no matching connection')],
  [/^(?:313004|313005)$/, denied('no matching connection')],
  [
    /^(?:106100|106102|106103)$/,
    (body, ends) => flowFields(pair(body, ends), /\b(?:permitted|est-allowed)\b/.test(body) ? 'allowed' : 'denied'),
  ],
  [/^(?:106\d{3}|313\d{3}|322001|419001|710003|710005|710006|500004|407002)$/, denied()],
  [/^(?:302013|302015|302017|302020|302303)$/, built],
  [/^(?:302014|302016|302018|302021|302304)$/, teardown],
  [/^305005$|^305013$/, denied('no translation')],
  [/^305006$/, said({ ...FULL, 'event.reason': 'translation creation failed' })],
  [/^(?:202001|202005|202010|202016)$/, said({ ...FULL, 'event.reason': 'translation pool exhausted' })],
  [
    /^(?:201002|201003|201004|201008|201009|201010|201011|201012|201013|321001|321002)$/,
    said({ ...FULL, 'event.reason': 'limit of connections' }),
  ],
  // Threat detection and operators put an address on the list of those who are shunned: all its packets are dropped.
  [/^401004$/, denied('shunned')],
  [/^(?:401002|733102)$/, shun('address-banned')],
  [/^(?:401003|733103)$/, shun('ban-lifted')],
  [/^305011$|^305009$/, translation],
  [/^305012$|^305010$/, translation],
  [/^(?:405001|405002)$/, conflict],
  [/^(?:411001|411003)$/, said({ 'event.action': 'link-up', 'event.outcome': 'success' })],
  [/^(?:411002|411004)$/, said({ 'event.action': 'link-down', 'event.outcome': 'failure' })],
  [/^105(?:007|008|009|034|041|043)$/, said({ 'event.action': 'link-down', 'event.outcome': 'failure' })],
  [/^622001$/, said({ 'event.action': 'route-changed' })],
  [/^602101$/, said({ 'event.action': 'mtu-exceeded', 'event.outcome': 'failure' })],
  [/^(?:733100|733101|733104|733105|209003)$/, said({ 'event.action': 'rate-limited', 'event.outcome': 'failure' })],
  [/^(?:211001|211003|771001)$/, said({ 'event.action': 'memory-pressure', 'event.outcome': 'failure' })],
  [/^771002$/, said({ 'event.action': 'clock-stepped' })],
  [/^(?:111008|111010|111009|111004|111005)$/, said({ 'event.action': 'config-changed' })],
  [/^430002$|^430003$|^430001$/, ftd],
]

export const ciscoAsa = defineFormat({
  id: 'cisco-asa',
  title: 'Cisco ASA, Secure Firewall (FTD), PIX, FWSM',
  source: 'Cisco Secure Firewall ASA Series Syslog Messages; Threat Defense Syslog Messages',
  block: { starts: /^(?:<\d{1,3}>)?(?::? )?%(?:ASA|FTD|PIX|FWSM)-/ },
  detect: (text) => (MARK.test(text) ? 1 : 0),
  parse: (text) => {
    const m = MARK.exec(text)
    if (!m) return undefined
    const [, level = '6', code = ''] = m
    const body = text.slice(m.index + m[0].length, m.index + m[0].length + 2_000)
    const when = m.index > 6 ? findTime(text.slice(0, m.index), 120) : undefined
    // `logging device-id hostname` puts it between the time and the message.
    const host = / ([A-Za-z][\w.-]{0,63}) : $/.exec(text.slice(Math.max(0, m.index - 70), m.index))?.[1]
    const reading = READINGS.find(([codes]) => codes.test(code))?.[1] ?? said({ 'event.action': 'other' })
    const name = /\b[Ii]nterface '?([\w./-]{1,48})/.exec(body)?.[1]?.replace(/[.,]$/, '')
    return accept(
      {
        'observer.type': 'firewall',
        ...(host && { 'observer.name': host }),
        ...(name && { 'interface.name': name }),
        ...reading(body, endpointsIn(body)),
        'event.code': code,
        'log.level': SEVERITIES[Number(level)] as string,
        message: text.slice(m.index, m.index + 1_000),
      },
      when?.time,
    )
  },
})

/** The first two addresses are whence and whither; a mapped address is not one of them. */
function pair(body: string, ends: readonly Endpoint[]): Flow {
  const [from, to] = ends.filter((e) => !e.mapped)
  const on = /\bon interface ([\w.-]{1,48})/.exec(body)?.[1]
  const rule = /access-group "?([^"\s]{1,64})|access-list (\S{1,64})|by outbound list (\S{1,64})/.exec(body)
  return {
    transport: /\b(tcp|udp|icmpv?6?|esp|gre|sctp|protocol (\d{1,3}))\b/i.exec(body)?.slice(1).reverse().find(Boolean),
    from: from?.ip,
    fromPort: from?.port,
    to: to?.ip,
    toPort: to?.port,
    ingress: from?.at ?? on,
    egress: to?.at,
    rule: rule?.[1] ?? rule?.[2] ?? rule?.[3],
    reason: /\breason: ([^,]{1,80})|\bdue to ([^.]{1,80})|\((no connection|No xlate)\)/
      .exec(body)
      ?.slice(1)
      .find(Boolean),
    flags: /\bflags ([A-Z ]{3,40}?)(?: {1,3}on\b|$)/.exec(body)?.[1],
  }
}

function icmp(body: string): ParsedFields {
  const m = /\btype[ =](\d{1,3}),? {0,2}code[ =](\d{1,3})/.exec(body)
  return m ? { 'whytimeout.icmp_type': Number(m[1]), 'whytimeout.icmp_code': Number(m[2]) } : {}
}

/** `for A (mapped) to B (mapped)`: A is the side of lower security, so it began only an inbound connection. */
function built(body: string, ends: readonly Endpoint[]): ParsedFields {
  if (/\bfaddr\b/.test(body)) return flowFields(icmpSession(body), 'started')
  const sides = ends.filter((e) => !e.mapped)
  const isOutbound = /\boutbound\b/.test(body)
  const flow = session(sides[0], sides[1], isOutbound)
  const mappedOf = (e: Endpoint | undefined) => {
    const next = e && ends[ends.indexOf(e) + 1]
    return next?.mapped ? next : undefined
  }
  const [from, to] = isOutbound ? [sides[1], sides[0]] : [sides[0], sides[1]]
  const [natFrom, natTo] = [mappedOf(from), mappedOf(to)]
  return flowFields(
    {
      ...flow,
      transport: transportIn(body),
      natFrom: natFrom?.ip,
      natFromPort: natFrom?.port,
      natTo: natTo?.ip,
      natToPort: natTo?.port,
    },
    'started',
  )
}

/** A teardown does not say who began: a client's port is above its server's. */
function teardown(body: string, ends: readonly Endpoint[]): ParsedFields {
  const duration = /\bduration (\d{1,6}):(\d\d):(\d\d)/.exec(body)
  const durationMs = duration
    ? ((Number(duration[1]) * 60 + Number(duration[2])) * 60 + Number(duration[3])) * 1000
    : undefined
  if (/\bfaddr\b/.test(body)) return flowFields({ ...icmpSession(body), durationMs }, 'ended')
  const [near, far] = ends.filter((e) => !e.mapped)
  const isOutbound = (count(far?.port) ?? 0) > (count(near?.port) ?? 0)
  const m = /\bbytes (\d{1,15})(?: ([A-Za-z][^()\n]{0,80}))?/.exec(body)
  const reason = m?.[2]?.trim()
  const total = count(m?.[1])
  const flow: Flow = { ...session(near, far, isOutbound), transport: transportIn(body), reason, durationMs }
  return {
    ...flowFields(flow, teardownEnd(flow, total, reason ?? '', isOutbound)),
    ...(total !== undefined && { 'network.bytes': total }),
  }
}

function teardownEnd(flow: Flow, total: number | undefined, reason: string, isOutbound: boolean): End {
  if (/^(?:Deny|Flow (?:closed by|denied)|Killed by|Xlate Clear)/i.test(reason)) return 'denied'
  const reset = /Reset[- ]?(-?I|-?O|APPLIANCE)?/i.exec(reason)
  if (reset) {
    const isFromServer = (/I$/i.test(reset[1] ?? '') && !isOutbound) || (/O$/i.test(reset[1] ?? '') && isOutbound)
    return isFromServer && total === 0 ? 'refused' : 'reset'
  }
  const closing = CLOSINGS.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other'
  return endOf(flow, closing)
}

const transportIn = (body: string): string | undefined => /\b(TCP|UDP|GRE|ICMP|SCTP)\b/i.exec(body)?.[1]

function session(near: Endpoint | undefined, far: Endpoint | undefined, isOutbound: boolean): Flow {
  const [from, to] = isOutbound ? [far, near] : [near, far]
  return { from: from?.ip, fromPort: from?.port, ingress: from?.at, to: to?.ip, toPort: to?.port, egress: to?.at }
}

/** `faddr` is the foreign, `gaddr` the local translated, `laddr` the local address. */
function icmpSession(body: string): Flow {
  const of = (name: string) => new RegExp(String.raw`\b${name} ([0-9A-Fa-f.:]{2,45})`).exec(body)?.[1]
  const [foreign, local, translated] = [of('faddr'), of('laddr'), of('gaddr')]
  return /\binbound\b/.test(body)
    ? { transport: 'icmp', from: foreign, to: local, natTo: translated }
    : { transport: 'icmp', from: local, to: foreign, natFrom: translated }
}

/** `translation from if:real/port to if:mapped/port`: the address that others see. */
function translation(body: string, ends: readonly Endpoint[]): ParsedFields {
  const [real, mapped] = ends
  const end: End = /^Teardown/.test(body) ? 'ended' : 'started'
  const fields = flowFields(
    {
      transport: transportIn(body),
      from: real?.ip,
      fromPort: real?.port,
      ingress: real?.at,
      natFrom: mapped?.ip,
      natFromPort: mapped?.port,
      egress: mapped?.at,
    },
    end,
  )
  return { ...fields, 'event.action': 'other', 'event.type': ['info'] }
}

/** `Received ARP request collision from 10.0.0.5/0011.2233.4455 on interface inside` */
function conflict(body: string, ends: readonly Endpoint[]): ParsedFields {
  const mac = macOf(/\/([0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4})/.exec(body)?.[1])
  return {
    'event.category': ['network'],
    'event.type': ['info'],
    'event.action': 'address-conflict',
    'event.outcome': 'failure',
    ...(ends[0] && { 'whytimeout.address': ends[0].ip }),
    ...(mac && { 'source.mac': mac }),
  }
}

/** Connection events: `Name: value, Name: value`. 430002 is the begin, 430003 the end. */
function ftd(body: string): ParsedFields {
  const k = new Map<string, string>()
  for (const m of body.matchAll(/(?:^|, )([A-Z][A-Za-z]{1,40}): ([^,]{0,300})/g))
    if (!k.has(m[1] as string)) k.set(m[1] as string, m[2] as string)
  const seconds = count(k.get('ConnectionDuration'))
  const flow: Flow = {
    transport: k.get('Protocol'),
    from: k.get('SrcIP'),
    fromPort: k.get('SrcPort'),
    to: k.get('DstIP'),
    toPort: k.get('DstPort'),
    ingress: k.get('IngressInterface'),
    egress: k.get('EgressInterface'),
    rule: k.get('AccessControlRuleName'),
    app: k.get('ApplicationProtocol'),
    bytesOut: k.get('InitiatorBytes'),
    bytesBack: k.get('ResponderBytes'),
    packetsOut: k.get('InitiatorPackets'),
    packetsBack: k.get('ResponderPackets'),
    reason: k.get('AccessControlRuleReason') ?? k.get('InlineResult'),
    durationMs: seconds === undefined ? undefined : seconds * 1000,
  }
  const action = k.get('AccessControlRuleAction') ?? k.get('InlineResult') ?? ''
  if (/^(?:Block|Blocked|Dropped|Would have dropped)/.test(action)) return flowFields(flow, 'denied')
  // The line that opens a session counts the first packet only.
  return flowFields(flow, k.has('ConnectionDuration') ? endOf(flow, 'other') : 'allowed')
}
