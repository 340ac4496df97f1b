import { accept, defineFormat } from '../format.js'

/**
 * arpwatch and its kin: who claims which address on the wire. Two hardware addresses for one IP in turn is a conflict; a new
 * station or a long unused pair is not. Source: arpwatch(8), report messages; db.c.
 */
const LINE =
  /^(?<what>new station|new activity|changed ethernet address|flip flop|reused old ethernet address|bogon|ethernet mismatch|ethernet broadcast|suppressed DECnet flip flop)\s{1,4}(?<ip>[0-9a-fA-F.:]{3,45}) (?<mac>[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5})(?: \((?<old>[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5})\))?/

export const arpwatch = defineFormat({
  id: 'arpwatch',
  title: 'arpwatch',
  source: 'arpwatch(8)',
  detect: (text, header) =>
    header.program === 'arpwatch' || header.program === 'arpalert' ? 1 : LINE.test(text) ? 0.9 : 0,
  parse: (text, header) => {
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
