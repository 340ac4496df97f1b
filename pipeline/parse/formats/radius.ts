import type { ParsedFields } from '../../../schemas/event.js'
import { address } from '../flow.js'
import { accept, defineFormat, type Header, keepingLast } from '../format.js'
import { readTime, type WallTime } from '../time.js'

/**
 * FreeRADIUS, the server's own log: who may attach, and what an access server is told about a subscriber's session since.
 * Source: FreeRADIUS, raddb/radiusd.conf (log, auth), src/main/log.c; RFC 5176 (CoA-Request, Disconnect-Request), RFC 2865 5.11 (Filter-Id).
 */
/** The time as asctime(3) has it, the kind of line, the request's number. */
const LINE =
  /^(?:(?<at>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}) ?)?(?:: )?(?:(?:Auth|Info|Error|Warning|Proxy|Debug): )?(?:\(\d{1,12}\) {1,2})?(?<rest>(?:(?:Sent|Received) (?:Access|Accounting|CoA|Disconnect|Status)-|Login (?:OK|incorrect)\b|Invalid user\b|Rejected in post-auth).{1,2000})$/s
const REFUSED = /^(?:Login incorrect|Invalid user|Rejected in post-auth|Access-Reject)\b|\bSent Access-Reject\b/
const TOLD = /\b(?:CoA|Disconnect)-Request\b/
/** A filter or profile that leaves nothing, or nothing but the page on which to pay. */
const BLOCKS =
  /(?:Filter-Id|profile|policy|Service-Name|Cisco-AVPair|ERX-\S{1,32})[^\n]{0,40}?(?:walled|garden|suspend|quarantin|overdue|unpaid|delinquent|block|drop|deny|barred|no-?access|captive)/i
const FRAMED = /\bFramed-IP-Address ?= ?"?((?:\d{1,3}\.){3}\d{1,3})/

type Line = { readonly fields: ParsedFields; readonly time: WallTime }
const read = keepingLast((text: string, header: Header): Line | undefined => {
  const line = LINE.exec(text)?.groups
  const time = header.time ?? readTime(line?.at ?? '')?.time
  if (!line || !time) return undefined
  const rest = line.rest ?? ''
  const fields: ParsedFields = { 'event.action': 'other', message: rest.slice(0, 500) }
  const ip = address(FRAMED.exec(rest)?.[1])
  // The subscriber's, whom the access server serves.
  if (ip !== undefined) fields['source.ip'] = ip
  const mac = /\bcli ((?:[0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2})/.exec(rest)?.[1]
  if (mac !== undefined) fields['source.mac'] = mac.toLowerCase().replaceAll('-', ':')
  if (TOLD.test(rest) && BLOCKS.test(rest)) {
    fields['event.action'] = 'attach-refused'
    fields['event.reason'] = 'the provider blocked the account or the address'
    fields['event.outcome'] = 'failure'
  } else if (REFUSED.test(rest)) {
    fields['event.action'] = 'attach-refused'
    fields['event.reason'] = 'the provider refuses the account'
    fields['event.outcome'] = 'failure'
  } else if (/\bDisconnect-Request\b/.test(rest)) fields['event.action'] = 'session-ended'
  return { fields, time }
})

export const radius = defineFormat({
  id: 'radius',
  title: 'FreeRADIUS',
  source: 'FreeRADIUS, src/main/log.c and raddb/radiusd.conf; RFC 5176, RFC 2865',
  detect: (text, header) => (read(text, header) ? 0.8 : 0),
  parse: (text, header) => {
    const line = read(text, header)
    return line && accept(line.fields, line.time)
  },
})
