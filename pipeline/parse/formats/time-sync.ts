import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { readingsOf } from '../readings.js'

/**
 * Programs that keep the clock: chronyd, ntpd, ntpdate, systemd-timesyncd, busybox ntpd. What they wait for is a clock's answer, so their own time-outs are no
 * connection's; a clock that was stepped moves every time written after it.
 * Source: chrony reference.c, sources.c; ntpd ntp_loopfilter.c, ntpdate; systemd timesyncd-manager.c; busybox networking/ntpd.c.
 */
const PROGRAMS = /^(?:chronyd|ntpd|ntpdate|systemd-timesyncd|sntp|openntpd|ntpsec)$/
const STEPPED: ParsedFields = { 'event.action': 'clock-stepped' }
const OTHER: ParsedFields = { 'event.action': 'other' }
const readingOf = readingsOf([
  [/System clock was stepped by (?<x_step_secs>-?\d{1,12}\.\d{1,9}) seconds/, STEPPED],
  [/System clock wrong by (?<x_offset_secs>-?\d{1,12}\.\d{1,9}) seconds/, OTHER],
  [/time (?:reset|set|stepped|slew) (?<x_step_secs>[+-]\d{1,12}\.\d{1,9}) ?s/, STEPPED],
  [/step(?:ping)? time server (?<src>[0-9a-fA-F.:]{3,45}) offset (?<x_step_secs>[+-]?\d{1,12}\.\d{1,9})/, STEPPED],
  [/setting time to .{10,60}\(offset (?<x_step_secs>[+-]?\d{1,12}\.\d{1,9})s\)/, STEPPED],
  [/Initial (?:clock )?synchronization to/, STEPPED],
  [/(?<reason>Can't synchroni[sz]e: no (?:selectable sources|majority))/, OTHER],
  [
    /(?<reason>Timed out waiting for reply) from (?<src>(?:\d{1,3}\.){3}\d{1,3}|\[?[0-9a-fA-F:]{3,45}\]??)(?::(?<spt>123))?(?= |\.? ?$)/,
    OTHER,
  ],
  [/Source (?<src>[0-9a-fA-F.:]{3,45}) (?<reason>offline|online|replaced)/, OTHER],
  [/Selected source (?<src>[0-9a-fA-F.:]{3,45})/, OTHER],
  [/(?<reason>no server suitable for synchronization found)/, OTHER],
])

export const timeSync = defineFormat({
  id: 'time-sync',
  title: 'Clock keepers: chronyd, ntpd, ntpdate, systemd-timesyncd',
  source: 'chrony reference.c; ntpd ntp_loopfilter.c; systemd timesyncd-manager.c',
  detect: (_, header) => (PROGRAMS.test(header.program ?? '') ? 1 : 0),
  parse: (text, header) => {
    if (!PROGRAMS.test(header.program ?? '') || !header.time) return undefined
    return accept({ ...(readingOf(text) ?? OTHER), message: text.slice(0, 1_000) })
  },
})
