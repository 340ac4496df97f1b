import type { Status } from '../../schemas/status.js'
import type { VerdictCause } from '../../schemas/vocabulary.js'

/** One process that was asked: what it told, or why it did not. */
export type Asked = { readonly url: string } & ({ readonly status: Status } | { readonly unreachable: string })

/** Several processes as one. */
export type TopSum = {
  readonly at: string | null
  readonly processes: number
  readonly unreachable: readonly { readonly url: string; readonly reason: string }[]
  readonly not_ready: readonly (Status['not_ready'][number] & { readonly url: string })[]
  readonly versions: readonly string[]
  readonly rules: readonly { readonly generation: number; readonly digest: string }[]
  readonly per_sec: { readonly messages: number; readonly bytes: number; readonly records: number }
  readonly final_verdicts_per_min: number
  /** Seconds from a line to its stored provisional verdict, in the last minute; null where there was none. */
  readonly latency: { readonly p50_secs: number | null; readonly p99_secs: number | null; readonly count: number }
  /** Most messages first. */
  readonly lag: Status['lag']
  /** The furthest behind. */
  readonly watermark: { readonly at: string | null; readonly behind_secs: number | null } | null
  readonly open_episodes: number
  readonly events_held: number
  readonly open_incidents: number
  /** Of all processes with a webhook; null where none has one. */
  readonly alerts: { readonly firing: number; readonly waiting: number } | null
  readonly causes: Status['causes']
  readonly dead_letters: Status['dead_letters']
  /** By name; down if it is so for any process. */
  readonly sinks: Status['sinks']
}

export function sumOf(asked: readonly Asked[]): TopSum {
  const told = asked.flatMap((a) => ('status' in a ? [{ url: a.url, ...a.status }] : []))
  const add = (of: (s: Status) => number): number => told.reduce((sum, s) => sum + of(s), 0)
  const rate = (of: (s: Status) => number): number => add((s) => (s.recent.secs > 0 ? of(s) / s.recent.secs : 0))
  const marks = told.flatMap((s) => s.watermarks)
  return {
    at:
      told
        .map((s) => s.at)
        .sort()
        .at(-1) ?? null,
    processes: told.length,
    unreachable: asked.flatMap((a) => ('unreachable' in a ? [{ url: a.url, reason: a.unreachable }] : [])),
    not_ready: told.flatMap((s) => s.not_ready.map((n) => ({ url: s.url, ...n }))),
    versions: distinct(told.map((s) => s.version)),
    rules: [...new Map(told.flatMap((s) => (s.rules ? [[s.rules.digest, s.rules] as const] : []))).values()],
    per_sec: {
      messages: rate((s) => s.recent.messages),
      bytes: rate((s) => s.recent.bytes),
      records: rate((s) => s.recent.records),
    },
    final_verdicts_per_min: rate((s) => s.recent.final_verdicts) * 60,
    latency: latencyOf(told),
    lag: lagOf(told),
    watermark:
      marks.sort(
        (a, b) => (b.behind_secs ?? Number.POSITIVE_INFINITY) - (a.behind_secs ?? Number.POSITIVE_INFINITY),
      )[0] ?? null,
    open_episodes: marks.reduce((sum, m) => sum + m.open_episodes, 0),
    events_held: marks.reduce((sum, m) => sum + m.events_held, 0),
    open_incidents: add((s) => s.incidents?.open ?? 0),
    alerts: told.some((s) => s.incidents?.alerts)
      ? {
          firing: add((s) => s.incidents?.alerts?.firing ?? 0),
          waiting: add((s) => s.incidents?.alerts?.waiting ?? 0),
        }
      : null,
    causes: causesOf(told),
    dead_letters: deadOf(told),
    sinks: sinksOf(told),
  }
}

const distinct = (items: readonly string[]): string[] => [...new Set(items)].sort()

/** Every process sees every partition, a moment apart: the highest counts. */
function lagOf(told: readonly Status[]): Status['lag'] {
  const worst = new Map<string, Status['lag'][number]>()
  for (const row of told.flatMap((s) => s.lag)) {
    const key = `${row.topic}/${row.partition}`
    const known = worst.get(key)
    const paused = row.paused || known?.paused === true
    worst.set(key, { ...(known && known.messages >= row.messages ? known : row), paused })
  }
  return [...worst.values()].sort(
    (a, b) => b.messages - a.messages || (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition),
  )
}

function causesOf(told: readonly Status[]): Status['causes'] {
  const counts: Partial<Record<VerdictCause, number>> = {}
  for (const s of told)
    for (const [cause, n] of Object.entries(s.causes.counts) as [VerdictCause, number][])
      counts[cause] = (counts[cause] ?? 0) + n
  return { secs: told[0]?.causes.secs ?? 0, counts, at_least: told.some((s) => s.causes.at_least) }
}

function deadOf(told: readonly Status[]): Status['dead_letters'] {
  const sums = new Map<string, Status['dead_letters'][number]>()
  for (const d of told.flatMap((s) => s.dead_letters)) {
    const key = `${d.stage} ${d.reason}`
    const known = sums.get(key)
    sums.set(key, { ...d, recent: d.recent + (known?.recent ?? 0), total: d.total + (known?.total ?? 0) })
  }
  return [...sums.values()].sort((a, b) => b.recent - a.recent || b.total - a.total || (a.reason < b.reason ? -1 : 1))
}

function sinksOf(told: readonly Status[]): Status['sinks'] {
  const sums = new Map<string, Status['sinks'][number]>()
  for (const sink of told.flatMap((s) => s.sinks)) {
    const known = sums.get(sink.name)
    const worse = known && !known.up ? known : sink
    sums.set(sink.name, { ...worse, retrying: sink.retrying + (known?.retrying ?? 0) })
  }
  return [...sums.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function latencyOf(told: readonly Status[]): TopSum['latency'] {
  const le = told[0]?.recent.latency.le_secs ?? []
  const counts = le.map(() => 0).concat(0)
  for (const { recent } of told) for (const [i, n] of recent.latency.counts.entries()) counts[i] = (counts[i] ?? 0) + n
  const count = counts.reduce((a, b) => a + b, 0)
  return { p50_secs: quantile(le, counts, 0.5), p99_secs: quantile(le, counts, 0.99), count }
}

/**
 * A quantile of counts by upper bounds, even within each; what is above the last bound is said to be at it, as Prometheus does.
 * @returns null where nothing was counted
 */
export function quantile(le: readonly number[], counts: readonly number[], q: number): number | null {
  const total = counts.reduce((a, b) => a + b, 0)
  if (total === 0) return null
  let below = 0
  for (const [i, bound] of le.entries()) {
    const here = counts[i] ?? 0
    if (here > 0 && below + here >= q * total) {
      const from = le[i - 1] ?? 0
      return from + (bound - from) * ((q * total - below) / here)
    }
    below += here
  }
  return le.at(-1) ?? null
}
