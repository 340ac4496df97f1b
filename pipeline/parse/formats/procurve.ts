import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Event log of HP ProCurve and ArubaOS-Switch: `show logging` (severity, date with the month first, number, module) and the same over syslog.
 * FFI is its fault finder: what it finds at a port says who damages frames.
 * Source: HPE ArubaOS-Switch Event Log Message Reference Guide, FFI, ports, fault, loop_protect, dhcp-snoop.
 */
const LINE =
  /^[IWMDE] (?<month>[01]\d)\/(?<day>[0-3]\d)\/(?<year>\d\d) (?<hour>[0-2]\d):(?<minute>[0-5]\d):(?<second>[0-5]\d) (?<number>\d{5}) (?<module>[A-Za-z][\w-]{1,20}): {1,2}(?<rest>\S.{0,600})$/
/** Over syslog: the event's number stands where others have the program. */
const RELAYED =
  /^(?:<\d{1,3}>)?(?<stamp>[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d) (?:\S{1,255} )?(?<number>\d{5}) (?<module>[A-Za-z][\w-]{1,20}): {1,2}(?<rest>\S.{0,600})$/
const MODULES = /^(?:FFI|ports|loop_protect|lacp|chassis|dhcp-snoop)$/
const PORT = String.raw`(?:ST\d{1,2}-\w{3,6}: {1,2})?port (?<iface>[A-Z]?\d{1,3}(?:\/[A-Z]?\d{1,3})?)`
const at = (rest: string): RegExp => new RegExp(`${PORT}${rest}`)

const NIC: ParsedFields = { 'event.action': 'nic-error', 'event.outcome': 'failure' }
const READINGS: readonly Reading[] = [
  [at('[- ]{1,3}Duplex Mismatch'), { 'event.action': 'duplex-mismatch', 'event.outcome': 'failure' }],
  [
    at(
      '[- ]{1,3}(?<reason>Excessive (?:CRC|undersized|late collisions|jabbering)[^.]{0,60}|High collision or drop rate)',
    ),
    NIC,
  ],
  [at(' is now on-line'), { 'event.action': 'link-up' }],
  [at(' is now off-line'), { 'event.action': 'link-down', 'event.outcome': 'failure' }],
  [at('[- ]{1,3}(?<reason>Excessive broadcasts)|(?<x_loop>loop detected)'), { 'event.action': 'topology-changed' }],
  [/System (?:Booted|went down)|reboot/i, { 'event.action': 'power-event' }],
]
const read = readingsOf(READINGS)
const LEVELS: Readonly<Record<string, string>> = { I: 'info', W: 'warning', M: 'critical', D: 'debug', E: 'error' }

export const procurve = defineFormat({
  id: 'procurve',
  title: 'HP ProCurve and ArubaOS-Switch event log',
  source: 'HPE ArubaOS-Switch Event Log Message Reference Guide',
  detect: (text, header) =>
    LINE.test(text) || RELAYED.test(text)
      ? 0.98
      : MODULES.test(header.program ?? '') && read(text) !== undefined
        ? 0.96
        : 0,
  parse: (text, header) => {
    const dated = LINE.exec(text)?.groups
    const g = dated ?? RELAYED.exec(text)?.groups
    const message = g?.rest ?? text
    const fields = read(message) ?? { 'event.action': 'other' as const }
    fields['event.category'] = ['host']
    fields['process.name'] = g?.module ?? (header.program as string)
    if (g) fields['event.code'] = g.number as string
    if (dated) fields['log.level'] = LEVELS[text[0] as string] as string
    fields.message = message.slice(0, 600)
    const time = dated ? timeOf(dated) : g && readTime(g.stamp ?? '')?.time
    return accept(fields, time)
  },
})

function timeOf(g: Readonly<Record<string, string | undefined>>): WallTime {
  const n = (name: string) => Number(g[name])
  return {
    ...{ year: 2000 + n('year'), month: n('month'), day: n('day') },
    ...{ hour: n('hour'), minute: n('minute'), second: n('second'), ms: 0 },
  }
}
