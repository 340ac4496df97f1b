import type { ParsedFields } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { RECORD_CHANGED } from './dns-fields.js'
import { address } from './flow.js'
import { gated } from './gate.js'

/**
 * A name that somebody gave another address, in whoever's words: scripts that push zones, resolvers' own settings (`address=/name/ip` of dnsmasq and
 * SmartDNS), change logs, BIND's log of dynamic updates (lib/ns/update.c), the audit channel of Windows' DNS server (event 515).
 */
const IP = String.raw`\d{1,3}(?:\.\d{1,3}){3}`
const NAME = String.raw`[A-Za-z\d_](?:[\w-]{0,62}\.){0,8}[\w-]{0,62}\.?`
const HOST = String.raw`[A-Za-z\d_][\w-]{0,62}(?:\.[\w-]{1,63}){1,8}\.?`
const BECOMES = String.raw`(?:["'）)]{0,2}\s?(?:->|=>|→|to|で|から|auf|改为|变更为|修改为|改成|切换(?:到|为)|指向)\s?["'（(]{0,2})`
const CHANGES = [
  // Of a zone: owner, type, what it was and is.
  String.raw`(?<![\w.-])(?<name>${NAME}) (?:\d{1,7} )?(?:IN )?A(?: record)?[:=]? ?(?:from )?${IP} ?${BECOMES}(?<now>${IP})(?![\d.])`,
  String.raw`\baddress[= ]{1,2}\/(?<host>${HOST})\/${IP} ?${BECOMES}(?<at>${IP})(?![\d.])`,
  String.raw`(?:\bDNS\b|\brecords?\b|\bzone\b|解析|记录|レコード)[^\n]{0,48}?(?<![\w.-])(?<domain>${HOST})[^\n]{0,24}?(?:\bfrom |由|从|[ :：=])${IP} ?${BECOMES}(?<since>${IP})(?![\d.])`,
  // Simple DNS Plus and its kin tell what a zone that they loaded anew has.
  String.raw`\bzone ${HOST} (?:reloaded|updated|changed|imported)[^\n]{0,40}\bA[- ]?record:? (?<loaded>${HOST}) ?[=:] ?(?<has>${IP})`,
  String.raw`\bA record was updated in [^\n{]{1,300}\{ ?oldRecord: [^\n{}]{0,20}\{[^\n{}]{1,300}\}; ?newRecord: \{ ?domain: '(?<console>${HOST})', ipAddress: '(?<set>${IP})'`,
  String.raw`updating zone '[^'/\n]{1,255}\/IN(?:\/[^'\n]{1,64})?': adding an RR at '(?<updated>${HOST})' A (?<added>${IP})`,
  String.raw`resource record of type 1, name (?<owner>[\w.@-]{1,255}), TTL \d{1,9} and RDATA 0x[\dA-F]{8} \((?<data>${IP})\) was created in scope \S{1,64} of zone (?<zone>[\w.-]{1,255}?)\. `,
].map((pattern) => gated(new RegExp(pattern, 'i')))

/** Where a format says one of these, or nothing, it saw no more than that something was written. */
const VAGUE: ReadonlySet<Action | undefined> = new Set<Action | undefined>([
  undefined,
  'other',
  'config-changed',
  'request-succeeded',
])

/** Adds to what a format read of a line that a name has another address from now on. */
export function addRecordChanged(said: ParsedFields, text: string): void {
  if (!VAGUE.has(said['event.action']) || said['http.request.method'] !== undefined) return
  for (const change of CHANGES) {
    const g = change.exec(text)?.groups
    if (!g) continue
    const name =
      g.name ??
      g.host ??
      g.domain ??
      g.loaded ??
      g.updated ??
      g.console ??
      (g.zone === undefined ? undefined : within(g.owner, g.zone))
    const now = address(g.now ?? g.at ?? g.since ?? g.has ?? g.added ?? g.set ?? g.data)
    if (name === undefined || now === undefined || !/[a-z]/i.test(name)) continue
    for (const field of ['destination.ip', 'destination.port', 'source.ip', 'event.outcome'] as const)
      delete said[field]
    said['event.action'] = 'dns-config'
    said['event.reason'] = RECORD_CHANGED
    said['dns.question.name'] = name.toLowerCase().replace(/\.$/, '')
    said['dns.resolved_ip'] = [now]
    return
  }
}

/** The zone's own name stands as `@`. */
const within = (owner: string | undefined, zone: string): string =>
  owner === undefined || owner === '@' ? zone : owner.endsWith('.') ? owner : `${owner}.${zone}`
