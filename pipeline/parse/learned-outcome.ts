import type { ParsedFields } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { FAILED, outcomeOf } from './formats/application.js'
import { SUM, WENT_WRONG } from './sale-words.js'

/** Of a request that is under way. */
const UNDER_WAY =
  /\b(?:sen(?:t|d|ding)|start\w{0,3}|begin\w{0,4}|beg[au]n|connect\w{0,3}|open\w{0,3}|retry\w{0,3}|retries|attempt\w{0,3}|queued?|enqueued|wait\w{0,3}|diall?\w{0,3}|cancel\w{0,4}|abort\w{0,3}|revers\w{0,4}|not|resolv\w{0,3}|reused?|slow|pending)\b/i

/**
 * What a line of a request says of it whose number is known only since its log's word for numbers is: as of one under a usual name. How long it took
 * stands with its end.
 */
export function addOutcome(fields: ParsedFields, text: string): void {
  if (fields['event.action'] !== 'other' || fields['whytimeout.stan'] === undefined) return
  const newline = text.indexOf('\n')
  const gist = newline < 0 ? text : text.slice(0, newline)
  const isBad =
    /^(?:err|warn|crit|fatal|sev|alert|emerg|panic)/.test(fields['log.level'] ?? '') ||
    (fields['http.response.status_code'] ?? 0) >= 500 ||
    FAILED.test(gist) ||
    WENT_WRONG.test(gist)
  const took = fields['event.duration']
  const action: Action | undefined =
    took === undefined
      ? SUM.test(gist) && !isBad
        ? 'request-started'
        : undefined
      : isBad
        ? 'request-failed'
        : UNDER_WAY.test(gist)
          ? undefined
          : 'request-succeeded'
  if (action !== undefined) Object.assign(fields, { 'event.action': action, ...outcomeOf(action) })
}
