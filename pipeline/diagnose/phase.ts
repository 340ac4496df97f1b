import type { Phase } from '../../schemas/vocabulary.js'
import type { Episode } from './episode.js'
import type { Sighting } from './sighting.js'
import type { Timeline } from './timeline.js'
import type { Window } from './window.js'

/** What is only known to have taken as long as some limit does not tell in which phase it stopped. */
export const isPhasePresumed = (e: Episode): boolean =>
  e.symptoms.every((s) => s.event['whytimeout.whole_limit'] === true)

/** So many successes show whether a program says that it has connected. */
const ENOUGH = 3
const SAYS_SO = 0.8
/** Logs of whole seconds. */
const SLACK_MS = 1_000

/** The first query of an attempt comes this near to its beginning. */
const LOOKUP_MS = 1_500
/** A stub resolver asks again after its time-out: 5 s by resolv.conf(5), 1 to 4 s in Windows and others. */
const RETRY_MS = { least: 900, most: 6_000 }

/** Whether the site's lookups of the dialled name at the attempt's beginning were all asked once more: the first got no answer in time. */
export function isLookupUnanswered(e: Episode, window: Window): boolean {
  if (e.sufferer !== 'terminal' || e.domain === undefined || e.symptoms.some((s) => s.event['destination.ip']))
    return false
  const dns = window.ofSite('dns', e.site)
  const isOurs = (s: Sighting) => s.action === 'dns-query' && s.name === e.domain && s.sourcePort !== undefined
  const first = dns.range(e.start - LOOKUP_MS, e.start + LOOKUP_MS).filter(isOurs)
  const isAskedAgain = (q: Sighting) =>
    dns.find(
      q.at + RETRY_MS.least,
      q.at + RETRY_MS.most,
      (s) => isOurs(s) && s.sourcePort === q.sourcePort && s.sourceIp === q.sourceIp,
    ) !== undefined
  return first.length > 0 && first.every((q) => isAskedAgain(q) || isRepeat(q, dns))
}

/** It is the second one itself. */
const isRepeat = (q: Sighting, dns: Timeline<Sighting>): boolean =>
  dns.find(
    q.at - RETRY_MS.most,
    q.at - RETRY_MS.least,
    (s) => s.name === q.name && s.sourcePort === q.sourcePort && s.sourceIp === q.sourceIp,
  ) !== undefined

/** The phase of an attempt whose own failure does not tell: by what the program says else of its steps, and by how others of the site failed. */
export function presumedPhase(e: Episode, window: Window, from: number): Phase | undefined {
  const hasConnected = saysItConnected(e, window, from)
  if (hasConnected === false) return 'connect'
  const mates = phaseOfMates(e, window)
  return hasConnected && (mates === 'connect' || mates === 'dns') ? undefined : mates
}

/** Whether the program said so of this attempt; undefined where it does not say so of those that went well either. */
function saysItConnected(e: Episode, window: Window, from: number): boolean | undefined {
  const origin = e.symptoms[0]?.origin
  const who = e.terminal ?? e.host
  if (e.sufferer !== 'terminal' || origin === undefined || who === undefined) return undefined
  const ok = window
    .exchangesOf(who)
    .range(from, e.end)
    .filter((s) => s.outcome === 'ok' && s.origin === origin)
  // A library's own line of a success stands beside the program's.
  const sales = ok.some((s) => s.stan !== undefined) ? ok.filter((s) => s.stan !== undefined) : ok
  const connects = window
    .all('connect')
    .collect(from, e.end, (s) => s.origin === origin && s.action === 'connect-succeeded')
  if (sales.length < ENOUGH || connects.length < SAYS_SO * sales.length) return undefined
  return connects.some((s) => s.at >= e.start - SLACK_MS)
}

/** undici's words: its limit for the connect holds for the lookup too, which those of aiohttp and java.net.http do not. */
const WITH_LOOKUP = /Connect Timeout Error|UND_ERR_CONNECT_TIMEOUT/
/** Whether a connect whose limit holds for the lookup too ran out in it, as those of the others at the site did. */
export const areMatesLookingUp = (e: Episode, window: Window): boolean =>
  e.symptoms.some(({ event }) => WITH_LOOKUP.test(`${event.message} ${event['error.message']}`)) &&
  phaseOfMates(e, window) === 'dns'

/** Attempts begun this near to one another fail in the same way, as a rule. */
const MATES_MS = 60_000

/**
 * The phase in which most attempts of the same site failed meanwhile or just before, by logs that tell; undefined where they are at odds. What
 * begins to fail later does not count: those who were under way when the trouble began had come further.
 */
function phaseOfMates(e: Episode, window: Window): Phase | undefined {
  if (e.sufferer !== 'terminal') return undefined
  const told = window
    .all('exchange')
    .range(e.start - MATES_MS, e.end + MATES_MS)
    .filter((s) => s.site === e.site && s.outcome === 'timeout' && !s.isPhasePresumed && s.start <= e.end)
  const phases = new Map<Phase, number>()
  for (const { phase } of told) if (phase && phase !== 'idle') phases.set(phase, (phases.get(phase) ?? 0) + 1)
  const [best] = [...phases].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return best && best[1] * 3 >= told.length * 2 ? best[0] : undefined
}
