import type { ParsedFields } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { type End, flowFields } from './flow.js'
import { gated } from './gate.js'

/**
 * The end of a session that a box on the way tells in a sentence of its maker's own: both ends with an arrow between, a word for what ended, and
 * why or with how much in each direction. Sentences: LANCOM (masquerading session … removed), Peplink (Sessions: Closed …), flow trackers.
 */
const ENDS =
  /(?<![\d.])(?<from>\d{1,3}(?:\.\d{1,3}){3}):(?<fromPort>\d{1,5}) ?(?:->|=>|>|→) ?(?<to>\d{1,3}(?:\.\d{1,3}){3}):(?<toPort>\d{1,5})\b/
const SESSION = gated(/\b(?:sessions?|flow|flow-tracker|translation|conntrack|masquerading)\b/i)
const ENDED = gated(/\b(?:removed|closed|expired|deleted|destroyed|released|aged[ -]?out|torn down)\b/i)
const TRANSPORT = /\b(tcp|udp|icmp)\b/i
const NO_REPLY =
  /\bno (?:reply|answer|response)\b|(?<![\w.])(?:rx|recv|received|in|back)[ =:]{1,2}0(?:\/0)?(?:B| bytes| packets)?(?![\d.])|\bUNREPLIED\b|\bSYN_SENT\b/i
const QUIET = /\bidle\b|\baging\b|\baged\b|inactiv|time-?out|\bexpired\b/i

/** What a format that took it for a program's own wait put there. */
const READ_AS_A_WAIT = [
  'event.outcome',
  'event.duration',
  'event.reason',
  'error.type',
  'error.code',
  'error.message',
  'whytimeout.phase',
  'whytimeout.limit_ms',
] as const
const VAGUE: ReadonlySet<Action | undefined> = new Set<Action | undefined>([undefined, 'other', 'request-failed'])

/** Adds to what a format read of a line that a box tells of a session's end. */
export function addSessionTold(said: ParsedFields, text: string): void {
  const action = said['event.action']
  if (!(VAGUE.has(action) || action?.endsWith('-timeout')) || said['http.request.method'] !== undefined) return
  if (!SESSION.test(text) || !ENDED.test(text)) return
  const ends = ENDS.exec(text)?.groups
  if (!ends) return
  const transport = TRANSPORT.exec(text)?.[1]?.toLowerCase()
  const end: End = NO_REPLY.test(text) ? 'unanswered' : QUIET.test(text) && transport !== 'udp' ? 'expired' : 'ended'
  for (const field of READ_AS_A_WAIT) delete said[field]
  const { from, fromPort, to, toPort } = ends
  Object.assign(said, flowFields({ transport, from, fromPort, to, toPort }, end))
}
