import type { Role } from '../../schemas/vocabulary.js'
import type { Trace } from './infer.js'

/** So many sales of one terminal must fall together, and such a share of those that the log with fewer of them has. */
const MIN_MATCHES = 5
const MATCHED_SHARE = 0.6
/** At no other offset may so great a share of them fall together: sales at regular intervals say nothing. */
const OTHER_SHARE = 0.5
/** How far two logs may tell of one answer apart once their clocks agree: access logs have whole seconds. */
const APART_MS = 1_500
const BIN_MS = 1_000
/** No zone is further from another; a clock that is off by more is set by nobody. */
const MOST_OFF_MS = 27 * 3_600_000
/** Of each terminal in each log; more tell no more. */
const MOST = 150

/** What a terminal's own log tells of one sale; without a number of its own, its end is all there is. */
type Sale = { readonly stan: string; at: number; readonly unnumbered?: Trace }

/**
 * Gives requests that a gateway's log tells with the terminal alone the number that the terminal's own log has for them, or one made up for both: where
 * the sales of a terminal lie apart in both logs as the same sequence of times, whatever the zone and clock of either.
 * @returns the same traces, those with a number now; the list itself where none got one
 */
export function numberedBySequence(traces: readonly Trace[], roleOf: (origin: string) => Role): readonly Trace[] {
  const sales = new Map<string, Map<string, Map<string, Sale>>>()
  const served = new Map<string, Map<string, Trace[]>>()
  for (const t of traces) {
    if (t.terminal === undefined) continue
    const role = roleOf(t.origin)
    if (role === 'terminal' || role === 'unknown') {
      const own = within(within(sales, t.terminal), t.host)
      const stan = t.stan ?? `at ${t.at} of ${t.origin}`
      const sale = own.get(stan)
      if (!sale) own.set(stan, { stan, at: t.at, ...(t.stan === undefined && { unnumbered: t }) })
      else sale.at = Math.max(sale.at, t.at)
    } else if (t.stan === undefined && (role === 'gateway' || role === 'server')) {
      const hosts = within(served, t.terminal)
      const list = hosts.get(t.host)
      if (list) list.push(t)
      else hosts.set(t.host, [t])
    }
  }
  const numbers = new Map<Trace, string>()
  for (const [terminal, hosts] of served) {
    for (const byStan of sales.get(terminal)?.values() ?? []) {
      const own = [...byStan.values()].sort(byTime).slice(0, MOST)
      for (const list of hosts.values()) {
        const open = list.filter((t) => !numbers.has(t))
        match(own, open.sort(byTime).slice(0, MOST), numbers)
      }
    }
  }
  return numbers.size === 0
    ? traces
    : traces.map((t) => {
        const stan = numbers.get(t)
        return stan === undefined ? t : { ...t, stan }
      })
}

/** What the map has under a name: another map, made where there is none yet. */
function within<V>(maps: Map<string, Map<string, V>>, name: string): Map<string, V> {
  const known = maps.get(name)
  if (known) return known
  const fresh = new Map<string, V>()
  maps.set(name, fresh)
  return fresh
}

const byTime = (a: { readonly at: number }, b: { readonly at: number }): number => a.at - b.at

function match(own: readonly Sale[], others: readonly Trace[], numbers: Map<Trace, string>): void {
  const fewer = Math.min(own.length, others.length)
  if (fewer < MIN_MATCHES) return
  const bins = new Map<number, number>()
  for (const sale of own)
    for (const other of others) {
      const off = sale.at - other.at
      if (Math.abs(off) > MOST_OFF_MS) continue
      const bin = Math.round(off / BIN_MS)
      bins.set(bin, (bins.get(bin) ?? 0) + 1)
    }
  const around = (bin: number) => (bins.get(bin - 1) ?? 0) + (bins.get(bin) ?? 0) + (bins.get(bin + 1) ?? 0)
  let best: number | undefined
  for (const bin of bins.keys())
    if (best === undefined || around(bin) > around(best) || (around(bin) === around(best) && bin < best)) best = bin
  if (best === undefined) return
  const [offset, most] = [best * BIN_MS, around(best)]
  for (const bin of bins.keys()) if (Math.abs(bin - best) > 3 && around(bin) > most * OTHER_SHARE) return
  const pairs = pairsAt(offset, own, others)
  if (pairs.length < MIN_MATCHES || pairs.length < fewer * MATCHED_SHARE) return
  for (const [sale, other] of pairs) {
    numbers.set(other, sale.stan)
    if (sale.unnumbered) numbers.set(sale.unnumbered, sale.stan)
  }
}

/** Each sale with the nearest line at this offset. */
function pairsAt(offset: number, own: readonly Sale[], others: readonly Trace[]): (readonly [Sale, Trace])[] {
  const free = new Set(others)
  return own.flatMap((sale) => {
    let nearest: Trace | undefined
    const off = (t: Trace) => Math.abs(sale.at - t.at - offset)
    for (const t of free) if (off(t) <= APART_MS && (!nearest || off(t) < off(nearest))) nearest = t
    if (!nearest) return []
    free.delete(nearest)
    return [[sale, nearest] as const]
  })
}
