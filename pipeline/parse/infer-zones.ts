import type { OriginEntry } from '../../schemas/origin.js'
import type { Role } from '../../schemas/vocabulary.js'
import type { PortTrace, Trace } from './infer.js'
import { apartByClock, ONLY_ZONE, offsetName, onlyOffset } from './infer-clocks.js'
import { newestDated } from './infer-dates.js'
import type { OriginNotes } from './infer-notes.js'
import { pushTo } from './push-to.js'

export type ZoneGuess = {
  readonly origin: string
  readonly zone?: string
  readonly skewMs?: number
  readonly until?: number
  /** Zone and skew together, as this pass read the times: what to take off to get true time. */
  readonly shiftMs: number
  readonly why: string
}

const NO_ZONE = 'no zone in any line: UTC'
const BY_OWN_LINES = 'other lines of the same log state their zone'
const AS_ASSUMED = 'the same requests in logs whose zone is assumed'
/** Whether a zone was found out, and not only taken for want of any. */
export const isZoneFound = (why: string | undefined): boolean =>
  why !== undefined && why !== NO_ZONE && why !== AS_ASSUMED && why !== IN_CHINESE
/** All of China keeps one time, and so do Taiwan, Hong Kong, Macau and Singapore. */
const IN_CHINESE = 'no zone in any line, and Chinese: +08:00'
const CHINA_MS = 8 * 3_600_000

const DAY_MS = 86_400_000
const MIN_JOINS = 3
/** Two programs log one exchange this far apart at most; more is a wrong clock. */
const SKEW_MS = 2_500
const SHORT_MS = 4 * 3_600_000

/** One connection is logged by two boxes within this time, if they log the same moment of it. */
const SAME_MOMENT_MS = 1_500
/** Lines of one host about one pair of ports that are compared; a busy pair says no more. */
const MAX_OF_PORTS = 6
/** Both ends of a log lie this near to those of the others once its zone is right. */
const ENDS_MS = 10 * 60_000

/**
 * Zones of origins whose times have none. In order: moments that its records state besides; another log of the same host that has a zone and the same begin and end; the same
 * request (terminal and STAN), then the same connections (by their ports) in a log with a known zone; one log of another host with the
 * same begin and end; another log of the same host, whatever its ends; the begin and end of all other logs; else UTC, or China's time of Chinese logs. Ends count only
 * for logs of a few hours.
 */
export function inferZones(
  logs: readonly OriginNotes[],
  traces: { readonly requests: readonly Trace[]; readonly ports: readonly PortTrace[] },
  given: (origin: string) => OriginEntry,
  roleOf: (origin: string) => Role,
): ZoneGuess[] {
  const joined = new Set(traces.requests.map((t) => t.origin))
  const list = apartByClock(logs, (origin) => joined.has(origin))
  const settled = new Map<string, { shift: number; why: string; zone: string | undefined; skew: number }>()
  const isAnchored = (n: OriginNotes) =>
    (n.zoned !== undefined && n.local === undefined && n.yearless === undefined) || given(n.origin).zone !== undefined
  for (const n of list)
    if (isAnchored(n))
      // The first pass has read these times with what their lines or `origins.yml` say: nothing is left to take off.
      settled.set(n.origin, { shift: 0, why: 'its lines say so', zone: ownZone(n), skew: 0 })
  const hosts = [...new Set(list.map((n) => n.host))]
  const open = () => hosts.filter((h) => list.some((n) => n.host === h && !settled.has(n.origin)))
  const settle = (host: string, shift: number, why: string, skew = 0) => {
    for (const n of list)
      if (n.host === host && !settled.has(n.origin))
        settled.set(n.origin, { shift: shift + skew, why, zone: offsetName(shift), skew })
  }
  /** What is taken off the times of a log so far. */
  const shiftOf = (origin: string) => settled.get(origin)?.shift ?? 0
  const traceShift = (t: Trace | PortTrace) => (t.isZoned ? 0 : shiftOf(t.origin))
  const joins = indexJoins(traces.requests)
  const connections = indexPorts(traces.ports)

  /** Some of its lines have a zone that places the others beside them: Ruby's Logger heads its file so. */
  for (const n of list) {
    const [best, next] = n.zoned && n.local && !settled.has(n.origin) ? byVotes(n.stated) : []
    if (!best || next || !n.zoned || !n.local) continue
    const [from, to] = [n.zoned[0] + best[0], n.zoned[1] + best[0]]
    if (from < n.local[1] + ENDS_MS && to > n.local[0] - ENDS_MS)
      settled.set(n.origin, { shift: best[0], why: BY_OWN_LINES, zone: offsetName(best[0]), skew: 0 })
  }
  /** Its records say the moment besides, in an envelope or as an epoch. */
  for (const host of open()) {
    const votes = new Map<number, number>()
    for (const n of list)
      if (n.host === host) for (const [offset, count] of n.offsets) votes.set(offset, (votes.get(offset) ?? 0) + count)
    const [best, next] = byVotes(votes)
    if (best && best[1] >= MIN_JOINS && best[1] >= 4 * (next?.[1] ?? 0))
      settle(host, best[0], 'its lines state the moment besides')
  }
  /** Logs of one host begin and end together, unless one of them is of few lines. */
  const bySameHost = (most: number) => {
    for (const host of open()) {
      const anchors = list.filter((n) => n.host === host && settled.has(n.origin))
      const own = rangeOf(list.filter((n) => n.host === host && !settled.has(n.origin)))
      const reference = rangeOf(anchors, (n) => shiftOf(n.origin))
      if (!own || !reference) continue
      const shift = offsetBetween(own[1] - reference[1], own[0] - reference[0])
      // One that lies within the other as it stands says nothing of another zone.
      const isWithin =
        restOf(own, reference, shift) > ENDS_MS && overlapOf(own, reference, 0) >= shorterOf(own, reference)
      if (restOf(own, reference, shift) <= most)
        settle(host, isWithin ? 0 : shift, 'another log of the same host has a zone')
    }
  }
  bySameHost(ENDS_MS)
  const byJoins = (isReference: (origin: string) => boolean, why: string) => {
    for (const host of open()) {
      const gaps = joinGaps(host, joins, (o) => isReference(o) && settled.has(o), traceShift)
      if (gaps.length < MIN_JOINS) continue
      const gap = middle(gaps)
      settle(host, nearestOffset(gap), why)
    }
  }
  const byPorts = (why: string) => {
    for (const host of open()) {
      const shift = sharedShift(host, connections, (t) => (t.isZoned ? 0 : settled.get(t.origin)?.shift))
      if (shift !== undefined) settle(host, shift, why)
    }
  }
  byJoins(() => true, 'the same requests in logs whose zone is known')
  byPorts('the same connections in logs whose zone is known')
  const overall = () =>
    rangeOf(
      list.filter((n) => settled.has(n.origin)),
      (n) => shiftOf(n.origin),
    )
  /** @param most  how far the ends may lie apart; beyond, a log that overlaps as it stands is left so */
  const byRange = (most: number) => {
    const reference = overall()
    if (!reference) return
    for (const host of open()) {
      const own = rangeOf(list.filter((n) => n.host === host && !settled.has(n.origin)))
      if (!own || own[1] - own[0] > SHORT_MS || reference[1] - reference[0] > SHORT_MS) continue
      if (own[0] - reference[1] > DAY_MS || reference[0] - own[1] > DAY_MS) continue
      const shift = offsetBetween(own[1] - reference[1], own[0] - reference[0])
      if (restOf(own, reference, shift) > most) continue
      settle(
        host,
        restOf(own, reference, shift) > ENDS_MS && overlapOf(own, reference, 0) > 0 ? 0 : shift,
        'its begin and end against the other logs',
      )
    }
  }
  /** A log that begins and ends with one of another host, at one offset more often than at any other: either host may have logged more besides. */
  const byOneLog = () => {
    for (const host of open()) {
      const votes = new Map<number, number>()
      for (const n of list) {
        const own = n.host === host && !settled.has(n.origin) ? rangeOf([n]) : undefined
        if (!own || own[1] - own[0] > SHORT_MS) continue
        const most = Math.min(ENDS_MS, (own[1] - own[0]) / 4)
        for (const m of list) {
          const other = m.host !== host && settled.has(m.origin) ? rangeOf([m], (o) => shiftOf(o.origin)) : undefined
          if (!other) continue
          const shift = offsetBetween(own[1] - other[1], own[0] - other[0])
          if (restOf(own, other, shift) <= most) votes.set(shift, (votes.get(shift) ?? 0) + 1)
        }
      }
      const [best, next] = byVotes(votes)
      if (best !== undefined && best[1] > (next?.[1] ?? 0))
        settle(host, best[0], 'its begin and end against the other logs')
    }
  }
  byOneLog()
  bySameHost(Number.POSITIVE_INFINITY)
  byRange(ENDS_MS)
  // Nothing in the input states a zone: machines behind the terminals are taken as UTC, in China as its own time, and the terminals set against them.
  const isNowhereSaid = settled.size === 0
  const isChinese = (host: string) => list.some((n) => n.isChinese && (isNowhereSaid || n.host === host))
  const only = onlyOffset(list)
  const assume = (host: string) => {
    if (only !== undefined) settle(host, only, ONLY_ZONE)
    else if (isChinese(host)) settle(host, CHINA_MS, IN_CHINESE)
    else settle(host, 0, NO_ZONE)
  }
  for (const host of open()) {
    const role = roleOf(list.find((n) => n.host === host)?.origin ?? '')
    if (role === 'gateway' || role === 'server') assume(host)
  }
  byJoins(() => true, AS_ASSUMED)
  byPorts(AS_ASSUMED)
  byRange(Number.POSITIVE_INFINITY)
  for (const host of open()) assume(host)

  const skews = inferSkews(hosts, joins, roleOf, traceShift)
  const newest = newestDated(list)
  return list.map((n) => {
    const s = settled.get(n.origin)
    const skew = skews.get(n.host) ?? 0
    const yearless =
      (n.yearless !== undefined || n.dateless) && newest !== undefined && given(n.origin).until === undefined
    return {
      origin: n.origin,
      ...((n.local !== undefined || n.yearless !== undefined || n.dateless) &&
        s?.zone !== undefined && { zone: s.zone }),
      ...(skew !== 0 && { skewMs: skew }),
      ...(yearless && { until: n.dateless ? endOf(n, list, settled, newest) + 600_000 : newest + DAY_MS }),
      shiftMs: (s?.shift ?? 0) + skew,
      why: skew !== 0 ? 'the same requests in the logs of other hosts' : (s?.why ?? ''),
    }
  })
}

/** A bare time of day between lines with a date is told in the zone that those state. */
function ownZone(n: OriginNotes): string | undefined {
  const [best] = n.dateless ? byVotes(n.stated) : []
  return best === undefined ? undefined : offsetName(best[0])
}

/** The newest dated time of the same host, in true time, else of the input. */
function endOf(
  n: OriginNotes,
  list: readonly OriginNotes[],
  settled: ReadonlyMap<string, { shift: number }>,
  newest: number,
): number {
  const own = rangeOf(
    list.filter((m) => m.host === n.host),
    (m) => settled.get(m.origin)?.shift ?? 0,
  )
  const all = rangeOf(list, (m) => settled.get(m.origin)?.shift ?? 0)
  return own?.[1] ?? all?.[1] ?? newest
}

function rangeOf(
  list: readonly OriginNotes[],
  shift: (n: OriginNotes) => number = () => 0,
): [number, number] | undefined {
  let range: [number, number] | undefined
  for (const n of list) {
    for (const r of [n.zoned, n.local, n.yearless]) {
      if (!r) continue
      // What states its zone was read by it.
      const by = r === n.zoned && n.local ? 0 : shift(n)
      const moved: [number, number] = [r[0] - by, r[1] - by]
      range = range ? [Math.min(range[0], moved[0]), Math.max(range[1], moved[1])] : moved
    }
  }
  return range
}

const shorterOf = (a: [number, number], b: [number, number]): number => Math.min(a[1] - a[0], b[1] - b[0])

const overlapOf = (a: [number, number], b: [number, number], shift: number): number =>
  Math.min(a[1] - shift, b[1]) - Math.max(a[0] - shift, b[0])

/** How far the ends of two logs lie apart at most, once one of them is moved. */
const restOf = (a: [number, number], b: [number, number], shift: number): number =>
  Math.max(Math.abs(a[1] - b[1] - shift), Math.abs(a[0] - b[0] - shift))

/** Offsets of zones that many live in and that are no whole hours, in minutes. */
const BROKEN_HOURS = [-210, 210, 270, 330, 345, 390, 570]
const OFFSETS_MS: readonly number[] = [...Array.from({ length: 27 }, (_, i) => (i - 12) * 60), ...BROKEN_HOURS].map(
  (minutes) => minutes * 60_000,
)
export const nearestOffset = (ms: number): number =>
  OFFSETS_MS.reduce((best, o) => (Math.abs(o - ms) < Math.abs(best - ms) ? o : best), 0)

/** Offsets with their votes, most first; of as many the nearer to UTC. */
const byVotes = (votes: ReadonlyMap<number, number>): [number, number][] =>
  [...votes].sort((a, b) => b[1] - a[1] || Math.abs(a[0]) - Math.abs(b[0]))

/** The zone offset that both ends agree on best. */
function offsetBetween(atEnd: number, atBegin: number): number {
  const rest = (shift: number) => Math.abs(atEnd - shift) + Math.abs(atBegin - shift)
  const best =
    [atEnd, atBegin].map(nearestOffset).sort((a, b) => rest(a) - rest(b) || Math.abs(a) - Math.abs(b))[0] ?? 0
  return rest(best) > 2 * DAY_MS ? 0 : best
}

type Joins = ReadonlyMap<string, readonly Trace[]>
function indexJoins(traces: readonly Trace[]): Joins {
  const found = new Map<string, Trace[]>()
  for (const t of traces) {
    if (t.stan === undefined) continue
    const key = `${t.terminal ?? ''}|${t.stan}`
    const list = found.get(key)
    if (list) list.push(t)
    else found.set(key, [t])
  }
  return found
}

function joinGaps(
  host: string,
  joins: Joins,
  isReference: (origin: string) => boolean,
  shift: (t: Trace) => number,
): number[] {
  const gaps: number[] = []
  for (const list of joins.values()) {
    // What states its zone says nothing of the others'.
    const own = list.filter((t) => t.host === host && !t.isZoned)
    const others = list.filter((t) => t.host !== host && isReference(t.origin))
    if (own.length === 0 || others.length === 0) continue
    gaps.push(Math.min(...own.map((t) => t.start)) - Math.min(...others.map((t) => t.start - shift(t))))
  }
  return gaps
}

type Connections = ReadonlyMap<string, ReadonlyMap<string, readonly PortTrace[]>>
/** Lines about each pair of ports, by host. */
function indexPorts(traces: readonly PortTrace[]): Connections {
  const found = new Map<string, Map<string, PortTrace[]>>()
  for (const t of [...traces].sort((a, b) => a.at - b.at || (a.origin < b.origin ? -1 : 1))) {
    const hosts = found.get(t.ports) ?? new Map<string, PortTrace[]>()
    found.set(t.ports, hosts)
    const lines = hosts.get(t.host) ?? []
    hosts.set(t.host, lines)
    if (lines.length < MAX_OF_PORTS) lines.push(t)
  }
  return found
}

/**
 * The offset at which the lines of a host fall together with those of other hosts about the same
 * pairs of ports. Ports come again by chance, so the offset must stand out from all others.
 */
function sharedShift(
  host: string,
  connections: Connections,
  shiftOf: (t: PortTrace) => number | undefined,
): number | undefined {
  const votes = new Map<number, number>()
  for (const hosts of connections.values()) {
    const agreed = new Set<number>()
    for (const own of (hosts.get(host) ?? []).filter((t) => !t.isZoned))
      for (const [other, lines] of hosts) {
        if (other === host) continue
        for (const line of lines) {
          const known = shiftOf(line)
          if (known === undefined) continue
          const gap = own.at - (line.at - known)
          const shift = nearestOffset(gap)
          if (Math.abs(gap - shift) <= SAME_MOMENT_MS) agreed.add(shift)
        }
      }
    for (const shift of agreed) votes.set(shift, (votes.get(shift) ?? 0) + 1)
  }
  const [best, next] = byVotes(votes)
  return best !== undefined && best[1] >= MIN_JOINS && best[1] >= 2 * (next?.[1] ?? 0) ? best[0] : undefined
}

/** A host whose requests all lie a fixed time off those of the gateway or server has a wrong clock. */
function inferSkews(
  hosts: readonly string[],
  joins: Joins,
  roleOf: (origin: string) => Role,
  shift: (t: Trace) => number,
): Map<string, number> {
  const isServing = (t: Trace) => roleOf(t.origin) === 'server' || roleOf(t.origin) === 'gateway'
  // Where a card is read or a PIN entered in between, begins lie apart by chance, and the answers do not.
  const begins = gapsBetween(joins, isServing, (t) => t.start - shift(t), Math.min)
  const ends = gapsBetween(joins, isServing, (t) => t.at - shift(t), Math.max)
  const found = new Map<string, number>()
  const medians = hosts.flatMap((h) => {
    const [first, last] = [begins.get(h) ?? [], ends.get(h) ?? []]
    const gaps = steadyShare(last) > steadyShare(first) ? last : first
    // On a line that is slow at times, those that were fast tell the clock: what arrives is never early.
    const isRough = steadyShare(gaps) < STEADY
    const clock = isRough ? quantile(gaps, gaps === first ? 0.8 : 0.2) : middle(gaps)
    // A few of many are requests that were sent again: another server got them, or the same one later.
    const requests = [...joins.values()].filter((list) => list.some((t) => t.host === h)).length
    return gaps.length >= Math.max(MIN_JOINS, requests * FEW_SHARE) ? [[h, clock, gaps] as const] : []
  })
  const wrong = medians.filter(([, m, gaps]) => Math.abs(m) > SKEW_MS && isSteady(gaps))
  // If most hosts are off against the server by the same time, it is the server's clock.
  const isSame = Math.max(...wrong.map(([, m]) => m)) - Math.min(...wrong.map(([, m]) => m)) <= SKEW_MS * 2
  if (wrong.length > 0 && isSame && wrong.length * 2 > medians.length && medians.length >= 3) {
    const reference = hosts.find((h) => roleOf(`${h}/`) === 'server' && !medians.some(([m]) => m === h))
    if (reference !== undefined) found.set(reference, -Math.round(middle(wrong.map(([, m]) => m))))
    return found
  }
  for (const [h, m] of wrong) found.set(h, Math.round(m))
  return found
}

/** How far the lines of each host about a request lie from those of whoever serves it. */
function gapsBetween(
  joins: Joins,
  isServing: (t: Trace) => boolean,
  timeOf: (t: Trace) => number,
  choose: (a: number, b: number) => number,
): ReadonlyMap<string, readonly number[]> {
  const off = new Map<string, number[]>()
  for (const list of joins.values()) {
    const times = new Map<string, number>()
    for (const t of list) times.set(t.host, choose(times.get(t.host) ?? timeOf(t), timeOf(t)))
    for (const t of list) {
      if (!isServing(t)) continue
      for (const [host, at] of times) {
        if (host === t.host) continue
        pushTo(off, host, at - (times.get(t.host) ?? at))
      }
    }
  }
  return off
}

const FEW_SHARE = 0.2
const STEADY = 0.7
/** The share of gaps that lie about the middle one. */
const steadyShare = (gaps: readonly number[], most = SKEW_MS / 2): number => {
  const m = middle(gaps)
  return gaps.filter((g) => Math.abs(g - m) < most).length / Math.max(1, gaps.length)
}
/** A clock that is a minute off is, though the line brings requests some seconds later at times: as a share of what it is off. */
const isSteady = (gaps: readonly number[]): boolean =>
  steadyShare(gaps) >= STEADY ||
  (gaps.length >= 2 * MIN_JOINS && steadyShare(gaps, Math.abs(middle(gaps)) / 20) >= STEADY)

const middle = (values: readonly number[]): number => quantile(values, 0.5)
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0
}
