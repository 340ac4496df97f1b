import type { Health, HealthDurations } from '../../schemas/health.js'
import type { Cause, Remedy } from '../../schemas/vocabulary.js'
import { HOUR_MS } from './hours.js'

type Numbers = Health['whytimeout']['health']
export type Part = 'connect' | 'response'
/** `warning`: on the way to its limit. `failing`: times out already. `tight`: steady, but half way to its limit or nearer. */
export type Level = 'warning' | 'failing' | 'tight' | 'fine'

/** How one site, provider, endpoint or realm stands in its last hour beside the hours before. */
export type Outlook = {
  readonly realm: string
  readonly by: Numbers['by']
  readonly id: string
  readonly seenBy: Numbers['seen_by']
  readonly level: Level
  /** Begin of the hour judged, epoch ms. */
  readonly hour: number
  readonly attempts: number
  readonly timeoutShare: number
  readonly terminals: number
  /** Of a site: its access provider. */
  readonly isp: string | undefined
  /** Sites whose own warning accounts for this one's: at most half of those it is made of. */
  readonly explainedBy: readonly string[]
  /** The part nearer to its limit, or growing more; undefined where nothing went well in the hour. */
  readonly part: Part | undefined
  readonly p95Ms: number | undefined
  /** The usual p95: median of the hours before, or what the same hour of earlier days had if that is more. */
  readonly usualMs: number | undefined
  /** p95Ms / usualMs */
  readonly growth: number | undefined
  readonly limitMs: number | undefined
  /** limitMs / p95Ms: below 1 one of twenty is over it. */
  readonly headroom: number | undefined
  readonly nearShare: number | undefined
  /** Hours until p95 is at the limit, if it goes on growing as in the last hours. */
  readonly hoursLeft: number | undefined
  /** What this shape of growth usually is, and what is done about it. */
  readonly cause: Cause | undefined
  readonly remedies: readonly Remedy[]
  /** p95 of the last hours that had enough attempts, oldest first: for a drawing. */
  readonly recent: readonly number[]
}

/** Quantiles of fewer attempts say nothing. */
const MIN_ATTEMPTS = 20
const MIN_HOURS = 3
const TREND_HOURS = 6
/** The last hour may be under way: the one before counts as well. */
const NOW_HOURS = 2
const GROWN = 1.5
const TIGHT = 2
const SOON_HOURS = 4
const STEEP = 0.15
const FAILING_SHARE = 0.02
const FAILING_MIN = 3
const DAY_HOURS = 24

type Row = { readonly hour: number; readonly n: Numbers }

/**
 * Ranks who is about to time out. A peak that comes every day at its hour is usual, so it warns of nothing; neither does a steady value,
 * however high, unless it is near the limit.
 * @param documents any order; of one hour and key the last counts
 */
export function outlooks(documents: Iterable<Health>): readonly Outlook[] {
  const keys = new Map<string, Map<number, Row>>()
  let latest = Number.NEGATIVE_INFINITY
  for (const d of documents) {
    const n = d.whytimeout.health
    const key = [d.whytimeout.realm, n.by, n.id, n.seen_by].join('\u241f')
    const hour = Date.parse(d['@timestamp'])
    const rows = keys.get(key) ?? new Map<number, Row>()
    keys.set(key, rows.set(hour, { hour, n }))
    latest = Math.max(latest, hour)
  }
  const fleetLimit = lowestLimits(keys)
  const all = [...keys].flatMap(([key, rows]) => {
    const sorted = [...rows.values()].sort((a, b) => a.hour - b.hour)
    const now = sorted.findLast((r) => r.hour > latest - NOW_HOURS * HOUR_MS && r.n.attempts >= MIN_ATTEMPTS)
    if (!now) return []
    const realm = key.slice(0, key.indexOf('\u241f'))
    const earlier = sorted.filter((r) => r.hour < now.hour && r.n.attempts >= MIN_ATTEMPTS)
    return [judge(realm, now, earlier, (part) => fleetLimit.get(`${realm}\u241f${now.n.seen_by}\u241f${part}`))]
  })
  return all.map((o) => narrowed(o, all)).sort(byUrgency)
}

/** Where at most half of the sites behind a wider warning have one, they are the news, and the rest is fine. */
function narrowed(o: Outlook, all: readonly Outlook[]): Outlook {
  if (o.level !== 'warning' || o.by === 'site') return o
  const sites = all.filter(
    (s) => s.by === 'site' && s.realm === o.realm && s.seenBy === o.seenBy && (o.by !== 'isp' || s.isp === o.id),
  )
  const warned = sites.filter((s) => s.level === 'warning' || s.level === 'failing')
  if (warned.length === 0 || warned.length * 2 > sites.length || sites.length < 2) return o
  return { ...o, level: 'fine', cause: undefined, remedies: [], explainedBy: warned.map((s) => s.id).sort() }
}

const RANK: Readonly<Record<Level, number>> = { warning: 0, failing: 1, tight: 2, fine: 3 }
const byUrgency = (a: Outlook, b: Outlook): number =>
  RANK[a.level] - RANK[b.level] ||
  (a.hoursLeft ?? 1e9) - (b.hoursLeft ?? 1e9) ||
  (a.headroom ?? 1e9) - (b.headroom ?? 1e9) ||
  (`${a.by} ${a.id}` < `${b.by} ${b.id}` ? -1 : 1)

/** Where a site's own logs of these hours do not tell its limit, the lowest that anyone's did. */
function lowestLimits(keys: ReadonlyMap<string, ReadonlyMap<number, Row>>): ReadonlyMap<string, number> {
  const lowest = new Map<string, number>()
  for (const [key, rows] of keys)
    for (const { n } of rows.values())
      for (const part of ['connect', 'response'] as const) {
        const limit = n[part]?.limit_ms
        const at = `${key.slice(0, key.indexOf('\u241f'))}\u241f${n.seen_by}\u241f${part}`
        if (limit !== undefined) lowest.set(at, Math.min(limit, lowest.get(at) ?? Number.POSITIVE_INFINITY))
      }
  return lowest
}

type Standing = {
  readonly part: Part
  readonly p95: number
  readonly usual: number | undefined
  readonly growth: number | undefined
  readonly limit: number | undefined
  readonly headroom: number | undefined
  readonly near: number | undefined
  readonly hoursLeft: number | undefined
  readonly isRising: boolean
  readonly recent: readonly number[]
}

function judge(realm: string, now: Row, earlier: readonly Row[], limitOf: (part: Part) => number | undefined): Outlook {
  const parts = (['connect', 'response'] as const).flatMap((part) => standing(part, now, earlier, limitOf(part)) ?? [])
  const warned = parts.filter(isWarned)
  const lead = [...(warned.length > 0 ? warned : parts)].sort(
    (a, b) => (a.headroom ?? 1e9) - (b.headroom ?? 1e9) || (b.growth ?? 0) - (a.growth ?? 0),
  )[0]
  const { n } = now
  const level: Level =
    n.timeouts >= FAILING_MIN && n.timeout_share >= FAILING_SHARE
      ? 'failing'
      : warned.length > 0
        ? 'warning'
        : lead?.headroom !== undefined && lead.headroom <= TIGHT
          ? 'tight'
          : 'fine'
  const cause = level === 'fine' ? undefined : causeOf(level, n, parts)
  return {
    realm,
    by: n.by,
    id: n.id,
    seenBy: n.seen_by,
    level,
    hour: now.hour,
    attempts: n.attempts,
    timeoutShare: n.timeout_share,
    terminals: n.terminals,
    isp: n.isp,
    explainedBy: [],
    part: lead?.part,
    p95Ms: lead?.p95,
    usualMs: lead?.usual,
    growth: lead?.growth,
    limitMs: lead?.limit,
    headroom: lead?.headroom,
    nearShare: lead?.near,
    hoursLeft: lead?.hoursLeft,
    cause,
    remedies: cause === undefined ? [] : remediesOf(cause, n.by),
    recent: lead?.recent ?? [],
  }
}

const isWarned = (s: Standing): boolean =>
  s.growth !== undefined &&
  s.growth >= GROWN &&
  s.headroom !== undefined &&
  (s.headroom <= TIGHT || (s.isRising && s.hoursLeft !== undefined && s.hoursLeft <= SOON_HOURS))

function standing(part: Part, now: Row, earlier: readonly Row[], anyLimit: number | undefined): Standing | undefined {
  const own = now.n[part]
  if (!own || own.count < MIN_ATTEMPTS / 2) return undefined
  const before = earlier.flatMap((r): { hour: number; d: HealthDurations }[] => {
    const d = r.n[part]
    return d && d.count >= MIN_ATTEMPTS / 2 ? [{ hour: r.hour, d }] : []
  })
  const limit = own.limit_ms ?? before.findLast((r) => r.d.limit_ms !== undefined)?.d.limit_ms ?? anyLimit
  const recent = [...before.slice(-TREND_HOURS + 1), { hour: now.hour, d: own }]
  const slope = recent.length > MIN_HOURS ? slopeOf(recent.map((r) => [r.hour / HOUR_MS, Math.log2(r.d.p95_ms)])) : 0
  const usual = before.length < MIN_HOURS ? undefined : usualOf(now.hour, before)
  const headroom = limit === undefined ? undefined : limit / own.p95_ms
  return {
    part,
    p95: own.p95_ms,
    usual,
    growth: usual === undefined ? undefined : own.p95_ms / usual,
    limit,
    headroom,
    near: own.near_share,
    hoursLeft: headroom === undefined || slope < STEEP ? undefined : Math.max(0, Math.log2(headroom) / slope),
    isRising: recent.slice(-MIN_HOURS).every((r, i, all) => i === 0 || r.d.p95_ms > (all[i - 1]?.d.p95_ms ?? 0)),
    recent: recent.map((r) => r.d.p95_ms),
  }
}

/** Median of the p95 of the hours before, but for those that grow already; the same hour of an earlier day excuses as much as it had. */
function usualOf(hour: number, before: readonly { hour: number; d: HealthDurations }[]): number {
  const p95s = before.map((r) => r.d.p95_ms).sort((a, b) => a - b)
  const median = p95s[Math.floor((p95s.length - 1) / 2)] ?? 1
  const sameHour = before
    .filter((r) => ((hour - r.hour) / HOUR_MS) % DAY_HOURS === 0)
    .reduce((most, r) => Math.max(most, r.d.p95_ms), 0)
  return Math.max(1, median, sameHour)
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (i: 0 | 1): number => points.reduce((s, p) => s + p[i], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const spread = points.reduce((s, p) => s + (p[0] - x) ** 2, 0)
  return spread === 0 ? 0 : points.reduce((s, p) => s + (p[0] - x) * (p[1] - y), 0) / spread
}

/**
 * What it usually is: connecting is the network's work alone; an answer that takes longer while connecting does not is the server's,
 * unless one place alone has it; a limit near what is usual is a setting.
 */
function causeOf(level: Level, n: Numbers, parts: readonly Standing[]): Cause {
  if (level === 'tight') return 'software_misconfiguration'
  const grown = (part: Part): boolean => (parts.find((s) => s.part === part)?.growth ?? 0) >= GROWN
  if (grown('connect')) return 'network_latency'
  return n.by === 'site' || n.by === 'isp' ? 'network_latency' : 'server_failure'
}

const remediesOf = (cause: Cause, by: Numbers['by']): readonly Remedy[] =>
  cause === 'network_latency'
    ? by === 'isp'
      ? ['contact_isp', 'optimize_network']
      : ['optimize_network', 'check_connection']
    : []
