import type { ParsedFields } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { type End, flowFields } from './flow.js'
import { gated } from './gate.js'
import { readTranslation } from './translation.js'

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

/** Clavister's cOS, by keys: `EFW: CONN: … event=conn_close connsrcip=… conndestport=… origsent=… termsent=…`. Source: cOS Core Log Reference Guide, CONN. */
const CLAVISTER = gated(
  /\bevent=conn_(?<what>open|close)\w{0,12} [^\n]{0,200}?\bconnipproto=(?<transport>\w{2,8}) [^\n]{0,80}?\bconnsrcip=(?<from>[\d.]{7,15}) connsrcport=(?<fromPort>\d{1,5}) [^\n]{0,80}?\bconndestip=(?<to>[\d.]{7,15}) conndestport=(?<toPort>\d{1,5})(?: connnewsrcip=(?<natFrom>[\d.]{7,15}))?(?:[^\n]{0,200}?\btermsent=(?<back>\d{1,15}))?/,
)

/** What a translator of nobody's kind tells of one of its sessions: both sides of it, and what became of it. */
const TRANSLATION = gated(
  /\b(?:session|translation|mapping|binding)[- ](?:add|create|delete|release|expire|close)\w{0,3}\b[^\n]{0,80}\b(?:in|inside|internal|private)[=:]\s?\d{1,3}\.[^\n]{0,60}\b(?:out|outside|external|public)[=:]\s?\d{1,3}\./i,
)

/** Adds to what a format read of a line that a box tells of a session's end. */
export function addSessionTold(said: ParsedFields, text: string): void {
  const action = said['event.action']
  if (!(VAGUE.has(action) || action?.endsWith('-timeout')) || said['http.request.method'] !== undefined) return
  const told = readClavister(text) ?? (TRANSLATION.test(text) ? readTranslation(text) : undefined) ?? readSentence(text)
  if (!told) return
  for (const field of READ_AS_A_WAIT) delete said[field]
  Object.assign(said, told)
}

function readClavister(text: string): ParsedFields | undefined {
  const g = CLAVISTER.exec(text)?.groups
  if (!g) return undefined
  const { what, back, transport, from, fromPort, to, toPort, natFrom } = g
  const end: End = what === 'open' ? 'started' : back === '0' ? 'unanswered' : 'ended'
  return flowFields({ transport, from, fromPort, to, toPort, natFrom }, end)
}

function readSentence(text: string): ParsedFields | undefined {
  const ends = SESSION.test(text) && ENDED.test(text) ? ENDS.exec(text)?.groups : undefined
  if (!ends) return undefined
  const transport = TRANSPORT.exec(text)?.[1]?.toLowerCase()
  const end: End = NO_REPLY.test(text) ? 'unanswered' : QUIET.test(text) && transport !== 'udp' ? 'expired' : 'ended'
  const { from, fromPort, to, toPort } = ends
  return flowFields({ transport, from, fromPort, to, toPort }, end)
}
