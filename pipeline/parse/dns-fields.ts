import type { ParsedFields } from '../../schemas/event.js'

/** What every DNS server's message of that kind is, to the facts about the fleet: asked, passed on, answered, failed. */
const base = { 'event.category': ['network'], 'event.type': ['protocol'], 'network.protocol': 'dns' }
export const QUERY: ParsedFields = { ...base, 'event.action': 'dns-query', 'dns.type': 'query' }
/** Asked another server. Without an answer that follows, that server was silent. */
export const FORWARDED: ParsedFields = { ...base, 'event.action': 'dns-forwarded', 'dns.type': 'query' }
export const ANSWER: ParsedFields = { ...base, 'event.action': 'dns-answer', 'dns.type': 'answer' }
export const FAILED: ParsedFields = { ...ANSWER, 'event.outcome': 'failure' }
/** The server asked gave no answer in its time. Not a symptom: who waits for the name may have been answered by another server. */
export const UNANSWERED: ParsedFields = { ...FORWARDED, 'event.outcome': 'failure', 'event.reason': 'timed out' }
export const DENIED: ParsedFields = { ...FAILED, 'dns.response_code': 'REFUSED', 'event.reason': 'denied' }

/** Why a name server's settings changed, in closed words for the rules. */
export const ZONE_LOADED = 'the zone was loaded anew'
export const RECORD_CHANGED = 'a name has another address'
