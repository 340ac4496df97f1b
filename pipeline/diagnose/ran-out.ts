import type { Action } from '../../schemas/vocabulary.js'
import { LOOKUP_RAN_OUT_MS } from '../parse/format.js'
import { phaseByWords } from '../parse/given-up.js'
import { knownSettings, startOf } from './facts/neighbours.js'
import { type Observation, sufferer } from './observation.js'
import type { Window } from './window.js'

/** How far before a symptom its own "request started" line may lie. */
const REQUEST_MS = 300_000

/**
 * When the request of a symptom was logged to begin, by terminal and STAN or, failing that, the last one of the terminal. What its log has given up
 * before under the same STAN was another attempt: this one began after it.
 */
export function requestStart(o: Observation, window: Window): number | undefined {
  const terminal = o.event['whytimeout.terminal_id']
  const host = o.event['host.name']
  const line = terminal ? window.ofTerminal('request', terminal) : host ? window.ofHost('request', host) : undefined
  const requests = line?.range(o.at - REQUEST_MS, o.at) ?? []
  const stan = o.event['whytimeout.stan']
  const own =
    stan === undefined ? requests.filter((r) => r.origin === o.origin) : requests.filter((r) => r.stan === stan)
  const began = own.at(-1)?.at
  if (began === undefined || stan === undefined || !terminal) return began
  const tried = window
    .ofTerminal('exchange', terminal)
    .collect(began, o.at - NEXT_TRY_MS, (s) => s.stan === stan && s.origin === o.origin && s.outcome === 'timeout')
  const last = tried.at(-1)
  if (!last) return began
  return requests.findLast((r) => r.origin === o.origin && r.stan === undefined && r.at >= last.at)?.at ?? last.at
}

/** Nearer to it a line says the same failure once more. */
const NEXT_TRY_MS = 1_500

/** An attempt that took longer is not looked for: what is remembered before a window is as long. */
export const LONGEST_ATTEMPT_MS = 120_000
const NS_PER_MS = 1e6
/** A limit that ran out was over by so much when the line was written. */
const OVER_MS = 100
const OVER_SHARE = 1.1
const EARLY_MS = 15
/** Where no limit is known: programs have whole seconds, and are this little late. */
const ROUND_SHARE = 1.03
/** Half seconds are as many again: what is later is there by chance. */
const HALF_LATE_MS = 40

/**
 * What failed without a reason that anybody here understands is a timeout if it took as long as a limit of the program: one that its settings name,
 * else whole seconds. And so is a failed lookup that took its time.
 * @returns the same observation where it is none
 */
export function ranOutOfTime(o: Observation, window: Window): Observation {
  const { event } = o
  if (event['event.action'] !== 'request-failed') return lookupThatRanOut(o, window)
  if (sufferer(event) !== 'terminal' || hasReason(o)) return o
  const stated = event['event.duration']
  const began = stated === undefined ? requestStart(o, window) : o.at - stated / NS_PER_MS
  if (began === undefined || (stated === undefined && event['whytimeout.stan'] === undefined)) return o
  const took = o.at - began
  if (took > LONGEST_ATTEMPT_MS) return o
  const who = { terminal: event['whytimeout.terminal_id'], host: event['host.name'], at: o.at }
  const settings = startOf(window, who, o.at - LONGEST_ATTEMPT_MS) ?? knownSettings(window, who, o.at)
  const isAt = (limit: number | undefined) =>
    limit !== undefined && took >= limit - EARLY_MS && took <= limit * OVER_SHARE + OVER_MS
  const [connect, response] = [isAt(settings?.connectLimitMs), isAt(settings?.responseLimitMs)]
  if (connect !== response) return as(o, connect ? 'connect-timeout' : 'response-timeout', false)
  const hasLimits = settings?.connectLimitMs !== undefined || settings?.responseLimitMs !== undefined
  if (!(connect && response) && (hasLimits || !isRound(took))) return o
  const phase = phaseByWords(event.message ?? '')
  return phase === undefined || phase === 'idle' ? as(o, 'response-timeout', true) : as(o, `${phase}-timeout`, false)
}

/** Another state than that it failed is told. */
const hasReason = ({ event }: Observation): boolean =>
  event['event.reason'] !== undefined ||
  event['error.type'] !== undefined ||
  event['error.code'] !== undefined ||
  event['http.response.status_code'] !== undefined ||
  event['whytimeout.response_code'] !== undefined

function isRound(ms: number): boolean {
  const isAt = (step: number, late: number) => {
    const limit = Math.floor((ms + EARLY_MS) / step) * step
    return limit >= 1_000 && ms >= limit - EARLY_MS && ms <= limit + Math.min(limit * (ROUND_SHARE - 1), late)
  }
  return isAt(1_000, Number.POSITIVE_INFINITY) || isAt(500, HALF_LATE_MS)
}

const as = (o: Observation, action: Action, isPresumed: boolean): Observation => ({
  ...o,
  event: { ...o.event, 'event.action': action, ...(isPresumed && { 'whytimeout.whole_limit': true }) },
})

/** A terminal's failed lookup whose own request was logged to begin so long before that it must have waited for the answer. */
function lookupThatRanOut(o: Observation, window: Window): Observation {
  const { event } = o
  if (event['event.action'] !== 'dns-failed' || event['event.duration'] !== undefined) return o
  if (sufferer(event) !== 'terminal') return o
  const began = requestStart(o, window)
  if (began === undefined || o.at - began < LOOKUP_RAN_OUT_MS || o.at - began > LONGEST_ATTEMPT_MS) return o
  if (event['whytimeout.stan'] === undefined && hasEndedSince(began, o, window)) return o
  return as(o, 'dns-timeout', false)
}

/** Whether the last request of a log without numbers has ended already: then what fails now is no part of it. */
function hasEndedSince(began: number, o: Observation, window: Window): boolean {
  const who = o.event['whytimeout.terminal_id'] ?? o.event['host.name']
  return who !== undefined && window.exchangesOf(who).find(began, o.at - 1, (s) => s.origin === o.origin) !== undefined
}
