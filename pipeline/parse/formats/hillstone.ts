import type { ParsedFields } from '../../../schemas/event.js'
import { type Closing, type End, endOf, type Flow, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { findTime } from '../time.js'

/**
 * Hillstone firewalls (StoneOS): the device's serial number with its virtual system, a message's number, a category and a module, what happened.
 * Source: Hillstone StoneOS log messages reference guide (Traffic@FLOW, Traffic@NAT, Configuration@MGMT, Event@…, Security@…).
 */
const LINE =
  /(?:^|[ )])(?:[\w-]{4,32}\([\w-]{1,32}\) )?[0-9a-fA-F]{8} (?<category>Traffic|Event|Configuration|Config|Security|Threat|Network|Alarm|NBC)@(?<module>[A-Z][A-Za-z0-9_-]{1,15}): (?<said>[\s\S]{1,4000})$/
const read = keepingLast((text) => LINE.exec(text.slice(0, 6_000))?.groups)

/** 1 to 4 the ends, 5 the protocol */
const SESSION =
  /^(?:SESSION|NAT): (?<from>[\d.a-fA-F:]{2,45}?):(?<fromPort>\d{1,5})->(?<to>[\d.a-fA-F:]{2,45}?):(?<toPort>\d{1,5})\((?<transport>\w{2,8})\)/
const CLOSINGS: readonly (readonly [RegExp, Closing])[] = [
  [/TCP FIN/i, 'finished'],
  [/TCP RST/i, 'reset-server'],
  [/age ?out|time ?out|aged/i, 'aged-out'],
]

const READINGS: readonly Reading[] = [
  [
    /^(?:Interface|interface) (?<iface>[\w./-]{2,32}) (?:link state |state )?(?:is |changed to |turned )?down/i,
    { 'event.action': 'link-down', 'event.outcome': 'failure' },
  ],
  [
    /^(?:Interface|interface) (?<iface>[\w./-]{2,32}) (?:link state |state )?(?:is |changed to |turned )?up/i,
    { 'event.action': 'link-up', 'event.outcome': 'success' },
  ],
  [
    /session (?:count|number|table)[^\n]{0,60}(?:exceed|full|reach)/i,
    { 'event.action': 'table-full', 'event.outcome': 'failure' },
  ],
  [/\bHA\b[^\n]{0,60}(?:master|backup|switch)/i, { 'event.action': 'failover' }],
]
const eventOf = readingsOf(READINGS)

/** Of what is typed: that which only looks, moves about or keeps changes nothing. */
const LOOKS = / via \w{2,12}: (?:show|exit|end|configure|save|ping|traceroute|debug|clear counters|terminal)\b/

export const hillstone = defineFormat({
  id: 'hillstone',
  title: 'Hillstone firewalls (StoneOS)',
  source: 'Hillstone StoneOS log messages reference guide',
  detect: (text, header) => (read(text, header) ? 0.98 : 0),
  parse: (text, header) => {
    const line = read(text, header)
    if (!line) return undefined
    const { category = '', module = '', said = '' } = line
    const time = header.time ? undefined : findTime(text, 64)?.time
    if (!time && !header.time) return undefined
    const box: ParsedFields = { 'observer.type': 'firewall', 'event.code': `${category}@${module}`, message: said }
    const session = SESSION.exec(said)?.groups
    if (session) return accept({ ...sessionOf(session, said), ...box }, time)
    const isTyped = category.startsWith('Config') && !LOOKS.test(said)
    const typed: ParsedFields = isTyped ? { 'event.action': 'config-changed' } : {}
    return accept({ 'event.action': 'other', ...typed, ...eventOf(said), ...box }, time)
  },
})

function sessionOf(g: Readonly<Record<string, string | undefined>>, said: string): ParsedFields {
  const of = (pattern: RegExp) => pattern.exec(said)?.[1]
  const flow: Flow = {
    ...{ transport: g.transport?.toLowerCase(), from: g.from, fromPort: g.fromPort, to: g.to, toPort: g.toPort },
    ...{
      ingress: of(/\binterface ([\w./-]{2,32})/),
      ruleId: of(/\bpolicy (\d{1,8})/),
      app: of(/\bapplication ([\w.-]{1,48})/),
    },
    ...{ packetsOut: of(/send packets (\d{1,12})/), bytesOut: of(/send bytes (\d{1,15})/) },
    ...{ packetsBack: of(/receive packets (\d{1,12})/), bytesBack: of(/receive bytes (\d{1,15})/) },
  }
  const end: End = /policy deny|session deny|\bdenied\b/i.test(said)
    ? 'denied'
    : /session start/i.test(said)
      ? 'started'
      : /session end/i.test(said)
        ? endOf(flow, CLOSINGS.find(([p]) => p.test(said.slice(said.indexOf('session end'))))?.[1] ?? 'other')
        : 'other'
  return flowFields(flow, end)
}
