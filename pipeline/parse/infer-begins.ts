import type { Role } from '../../schemas/vocabulary.js'
import type { Trace } from './infer.js'
import { pushTo } from './push-to.js'

/** Requests as short as this tell how far two clocks lie apart, whichever end their lines state. */
const SHORT_MS = 400
const LONG_MS = 800
const MIN_SHORT = 3
const MIN_LONG = 2
const LEAD = 4
/** A number that comes more often is none of one request: a test's, or one that is never set. */
const MOST_ASKED = 64

/**
 * Logs whose lines state when a request began and not when it ended, as Apache's `%t` does and layouts with a name of their own may: on the clock of
 * the terminals, their long requests would else have begun before anybody asked.
 */
export function statingBegins(requests: readonly Trace[], roleOf: (host: string) => Role): ReadonlySet<string> {
  const asked = new Map<string, Trace[]>()
  for (const t of requests) if (t.stan !== undefined && roleOf(t.host) === 'terminal') pushTo(asked, t.stan, t)
  /** By log, then by the terminal's host: how long after the terminal's begin the line is, and how long its request took. */
  const pairs = new Map<string, Map<string, { gap: number; took: number }[]>>()
  for (const t of requests) {
    if (t.stan === undefined || roleOf(t.host) === 'terminal') continue
    const known = asked.get(t.stan) ?? []
    if (known.length > MOST_ASKED) continue
    const own = known.filter((a) => t.terminal === undefined || a.terminal === t.terminal)
    const hosts = new Set(own.map((a) => a.host))
    const [host] = hosts
    if (hosts.size !== 1 || host === undefined) continue
    const began = Math.min(...own.map((a) => a.start))
    const byHost = pairs.get(t.origin) ?? new Map<string, { gap: number; took: number }[]>()
    pairs.set(t.origin, byHost)
    pushTo(byHost, host, { gap: t.at - began, took: t.at - t.start })
  }
  return new Set([...pairs].flatMap(([origin, byHost]) => (isBegin([...byHost.values()]) ? [origin] : [])))
}

function isBegin(hosts: readonly (readonly { readonly gap: number; readonly took: number }[])[]): boolean {
  let [begins, ends] = [0, 0]
  for (const list of hosts) {
    const short = list.filter((p) => p.took < SHORT_MS).map((p) => p.gap)
    if (short.length < MIN_SHORT) continue
    const usual = short.sort((a, b) => a - b)[short.length >> 1] ?? 0
    for (const { gap, took } of list) {
      if (took < LONG_MS) continue
      if (Math.abs(gap - usual) < took / 3) begins++
      else if (Math.abs(gap - usual - took) < took / 3) ends++
    }
  }
  return begins >= MIN_LONG && begins >= ends * LEAD
}
