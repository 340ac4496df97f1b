import { accept, defineFormat } from '../format.js'
import { readTime } from '../time.js'

/**
 * arpwatch and its kin: who claims which address on the wire. Two hardware addresses for one IP in turn is a conflict; a new
 * station or a long unused pair is not. Source: arpwatch(8), report messages; db.c. Also what `ip -timestamp monitor neigh` prints: iproute2
 * ip/ipneigh.c, print_neigh.
 */
const LINE =
  /^(?<what>new station|new activity|changed ethernet address|flip flop|reused old ethernet address|bogon|ethernet mismatch|ethernet broadcast|suppressed DECnet flip flop)\s{1,4}(?<ip>[0-9a-fA-F.:]{3,45}) (?<mac>[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5})(?: \((?<old>[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5})\))?/

const NEIGHBOUR =
  /^\]?\s{0,2}(?:\[[^\]]{10,40}\] )?(?<ip>[0-9a-fA-F.:]{3,45}) (?:dev \S{1,16} )?lladdr (?<mac>[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}) (?:router )?(?:REACHABLE|STALE|DELAY|PROBE)\b/

function neighbour(text: string) {
  const when = text.includes(' lladdr ') ? readTime(text, text.startsWith('[') ? 1 : 0) : undefined
  const groups = when && NEIGHBOUR.exec(text.slice(when.end))?.groups
  return when && groups ? { time: when.time, ip: groups.ip ?? '', mac: groups.mac ?? '' } : undefined
}

export const arpwatch = defineFormat({
  id: 'arpwatch',
  title: 'arpwatch, ip monitor',
  source: 'arpwatch(8), ip-monitor(8)',
  detect: (text, header) =>
    header.program === 'arpwatch' || header.program === 'arpalert'
      ? 1
      : LINE.test(text)
        ? 0.9
        : neighbour(text)
          ? 0.97
          : 0,
  parse: (text, header) => {
    const seen = neighbour(text)
    if (seen)
      return accept(
        {
          'event.category': ['network'],
          'event.action': 'neighbour-seen',
          'whytimeout.address': seen.ip,
          'host.mac': pad(seen.mac),
          message: text,
        },
        seen.time,
      )
    const m = LINE.exec(text)
    if (!m?.groups)
      return header.program === 'arpwatch' ? accept({ 'event.action': 'other', message: text }) : undefined
    const { what = '', ip = '', mac = '', old } = m.groups
    const conflict = /flip flop|changed ethernet|reused old|mismatch/.test(what)
    return accept({
      'event.category': ['network'],
      'event.action': conflict ? 'address-conflict' : 'other',
      ...(conflict && { 'event.outcome': 'failure' as const }),
      'event.reason': what,
      'whytimeout.address': ip,
      'host.mac': pad(mac),
      ...(old !== undefined && { 'whytimeout.extra': { old_mac: pad(old) } }),
      message: text,
    })
  },
})

const pad = (mac: string): string =>
  mac
    .toLowerCase()
    .split(':')
    .map((b) => b.padStart(2, '0'))
    .join(':')
