import type { ParsedFields } from '../../../schemas/event.js'
import { type End, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'

/**
 * Routers of small sites that list in their log what passes and what their filters stop: DrayTek Vigor (`Local User … -> …`, `[FILTER][Block]…`) and Yamaha RTX
 * (`[INSPECT] …` when a session is over, `… Rejected at IN(n) filter: …`). What else they write is read by its words.
 * Source: DrayTek, Syslog Explorer and "Firewall syslog"; Yamaha RTX command reference, `ip filter` (pass-log, reject-log) and `ip filter dynamic` (syslog on).
 */
const IP = String.raw`\d{1,3}(?:\.\d{1,3}){3}`
const ENDS = (arrow: string): string =>
  String.raw`(?<from>${IP})(?::(?<fromPort>\d{1,5}))? ?${arrow} ?(?<to>${IP})(?::(?<toPort>\d{1,5}))?`
const LINES: readonly (readonly [RegExp, End])[] = [
  [
    new RegExp(
      String.raw`^Local User(?: \(MAC=(?<fromMac>[0-9A-Fa-f:-]{17})\))?: ${ENDS('->')} \((?<transport>TCP|UDP|ICMP)\)`,
    ),
    'started',
  ],
  [
    new RegExp(
      String.raw`^\[FILTER\]\[Block\]\[[^\]]{1,60}\]\[@?S?:?R?=?(?<ruleId>[\w:.-]{1,24}),? ?${ENDS('->')}\]\[(?<transport>\w{2,6})\]`,
    ),
    'denied',
  ],
  [
    new RegExp(
      String.raw`^\[FILTER\]\[Pass\]\[[^\]]{1,60}\]\[@?S?:?R?=?(?<ruleId>[\w:.-]{1,24}),? ?${ENDS('->')}\]\[(?<transport>\w{2,6})\]`,
    ),
    'allowed',
  ],
  [
    new RegExp(
      String.raw`^\[INSPECT\] (?<egress>[\w/]{2,12}(?:\[\w{1,10}\])?)\[(?:in|out)\]\[\d{1,10}\] (?<transport>TCP|UDP|ICMP) ${ENDS('>')}`,
    ),
    'ended',
  ],
  [
    new RegExp(
      String.raw`^(?<ingress>[\w/]{2,12}(?:\[\w{1,10}\])?) Rejected at (?:IN|OUT)\((?<ruleId>\w{1,12})\) filter: (?<transport>TCP|UDP|ICMP) ${ENDS('>')}`,
    ),
    'denied',
  ],
  [
    new RegExp(
      String.raw`^(?<ingress>[\w/]{2,12}(?:\[\w{1,10}\])?) Passed at (?:IN|OUT)\((?<ruleId>\w{1,12})\) filter: (?<transport>TCP|UDP|ICMP) ${ENDS('>')}`,
    ),
    'allowed',
  ],
]
const WAN =
  /^(?:\[?WAN ?(?<wan>\d{1,2})\]?|(?<iface>(?:LAN|WAN|PP)\d{0,2}(?:\[\d{1,3}\])?):?) (?:is |link )?(?<state>up|down)\b/i

const read = keepingLast((text: string): ParsedFields | undefined => {
  for (const [pattern, end] of LINES) {
    const found = pattern.exec(text)?.groups
    if (found) return flowFields({ ...found, fromMac: found.fromMac?.replaceAll('-', ':') }, end)
  }
  const link = WAN.exec(text)?.groups
  if (!link) return undefined
  const isUp = link.state?.toLowerCase() === 'up'
  return {
    'event.action': isUp ? 'link-up' : 'link-down',
    'event.outcome': isUp ? 'success' : 'failure',
    'interface.name': link.iface ?? `WAN${link.wan}`,
  }
})

export const smallRouter = defineFormat({
  id: 'small-router',
  title: 'Routers of small sites that list what passes (DrayTek Vigor, Yamaha RTX)',
  source: 'DrayTek, Firewall syslog; Yamaha RTX command reference, ip filter and ip filter dynamic',
  detect: (text, header) => (header.time !== undefined && read(text, header) ? 0.9 : 0),
  parse: (text, header) => {
    const fields = read(text, header)
    return fields && header.time
      ? accept({ ...fields, 'observer.type': 'router', message: text.slice(0, 500) }, header.time)
      : undefined
  },
})
