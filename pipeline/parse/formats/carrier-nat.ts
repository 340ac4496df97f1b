import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat, type Header, keepingLast } from '../format.js'
import { readTime, type WallTime } from '../time.js'
import { readTranslation } from '../translation.js'

/**
 * Logs of carrier-grade translation that are words with both ends, whoever wrote the program: sessions added and deleted, ports used up, packets without
 * a mapping. What makers' boxes write in a layout of their own is read by their formats.
 * Of makers' own heads, Nokia's of SR OS (log id, router instance, number of the event) is one that this may follow.
 * Source: RFC 6888 (quotas, REQ-4; logs, REQ-12), RFC 7422 (blocks of ports), RFC 8158 (events of NAT, IPFIX): create, delete, quota exceeded, no mapping.
 */
const KIND =
  /^(?:(?:MINOR|MAJOR|WARNING|CRITICAL|INDETERMINATE): NAT #\d{1,8} \S{1,32} {1,2}"\{\d{1,9}\} |\[?(?:NAT(?:44|64|444|66)|CGN(?:AT)?(?:44)?|LSN|DS-?Lite)\]?[:\s-]{1,3})/i
const read = keepingLast((text: string, _: Header): ParsedFields | undefined => {
  const kind = KIND.exec(text)
  return kind ? readTranslation(text.slice(kind[0].length)) : undefined
})

export const carrierNat = defineFormat({
  id: 'carrier-nat',
  title: "Carrier-grade NAT in a provider's own words",
  source: 'RFC 6888, RFC 7422, RFC 8158',
  detect: (text, header) => {
    const { time, rest } = lineOf(text, header)
    return time !== undefined && read(rest, header) ? 0.8 : 0
  },
  parse: (text, header) => {
    const { time, rest } = lineOf(text, header)
    const fields = read(rest, header)
    return fields && time
      ? accept({ ...fields, 'observer.type': 'router', message: rest.slice(0, 500) }, time)
      : undefined
  },
})

/** SR OS puts the time before the line without a host: `2026/12/03 04:23:15.66 UTC MINOR: NAT #2012 …`. */
const lineOf = keepingLast((text, header): { readonly time: WallTime | undefined; readonly rest: string } => {
  const own = header.time === undefined && /^\d{4}\//.test(text) ? readTime(text) : undefined
  return own ? { time: own.time, rest: text.slice(own.end).trimStart() } : { time: header.time, rest: text }
})
