import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Counts } from '../stream/messages.js'
import { type Figures, LATENCY_SECS, latencySecs } from './figures.js'
import { behindMs } from './health.js'
import { METRICS, type MetricMeta, type MetricName } from './metric-list.js'
import type { Observer } from './observer.js'
import type { IncidentStatus, StreamStatus } from './stream.js'

/** What is looked at when somebody scrapes. */
export type Seen = {
  readonly figures: Figures
  /** Absent until the stream has started. */
  readonly stream: StreamStatus | undefined
  readonly isReady: boolean
  readonly taps: number
  readonly version: string
  /** Epoch ms. */
  readonly now: number
}
export type Metrics = {
  readonly observer: Partial<Observer>
  /** Prometheus' text format. */
  readonly text: (seen: Seen) => Promise<string>
  readonly contentType: string
  readonly registry: Registry
}

/**
 * The program's metrics. All but the histogram are set when somebody scrapes, from figures kept anyway, so that they cost nothing in between.
 * @param o.withDefaults  Node's own (`process_…`, `nodejs_…`) too
 */
export function createMetrics(o: { readonly now: () => number; readonly withDefaults: boolean }): Metrics {
  const registry = new Registry()
  const made = new Map<MetricName, Counter | Gauge | Histogram>()
  for (const [name, meta] of Object.entries(METRICS) as [MetricName, MetricMeta][]) {
    const base = { name, help: meta.about.en, labelNames: [...meta.labels], registers: [registry] }
    if (meta.type === 'histogram') made.set(name, new Histogram({ ...base, buckets: [...LATENCY_SECS] }))
    else made.set(name, meta.type === 'counter' ? new Counter(base) : new Gauge(base))
  }
  if (o.withDefaults) collectDefaultMetrics({ register: registry })
  const latency = made.get('whytimeout_verdict_latency_seconds') as Histogram

  /** Sets all series of a metric at once; those that are gone are gone. */
  const set = (name: MetricName, series: readonly (readonly [Readonly<Record<string, string>>, number])[]): void => {
    const metric = made.get(name) as Counter | Gauge
    metric.reset()
    // A metric without labels starts at 0 again by itself; one with labels is empty.
    for (const [labels, value] of series) metric.inc(labels, value)
  }

  return {
    registry,
    contentType: registry.contentType,
    observer: {
      stored: (outputs) => {
        for (const output of outputs)
          if (output.kind === 'provisional') latency.observe(latencySecs(output.received, o.now()))
      },
    },
    text: async (seen) => {
      setFigures(set, seen)
      if (seen.stream) setStream(set, seen, seen.stream)
      return registry.metrics()
    },
  }
}

type Set = (name: MetricName, series: readonly (readonly [Readonly<Record<string, string>>, number])[]) => void

function setFigures(set: Set, { figures, isReady, taps }: Seen): void {
  const byKey = (label: string, map: ReadonlyMap<string, number>) =>
    [...map].map(([k, n]) => [{ [label]: k }, n] as const)
  const sinks = [...figures.sinks()]
  set('whytimeout_ready', [[{}, isReady ? 1 : 0]])
  set('whytimeout_taps', [[{}, taps]])
  set(
    'whytimeout_messages_read_total',
    figures.read().map((r) => [{ topic: r.topic }, r.messages]),
  )
  set(
    'whytimeout_read_bytes_total',
    figures.read().map((r) => [{ topic: r.topic }, r.bytes]),
  )
  set('whytimeout_parsed_records_total', byKey('format', figures.formats()))
  const dead = figures.deadLetters()
  set(
    'whytimeout_dead_letters_total',
    dead.map((d) => [{ stage: d.stage, reason: d.reason }, d.count]),
  )
  set('whytimeout_late_events_total', [[{}, dead.find((d) => d.reason === 'LATE')?.count ?? 0]])
  set(
    'whytimeout_verdicts_total',
    figures.verdicts().map((v) => [{ state: v.state, cause: v.cause }, v.count]),
  )
  set('whytimeout_withdrawn_verdicts_total', [[{}, figures.withdrawn()]])
  set('whytimeout_paused_partitions', [[{}, figures.paused().size]])
  set(
    'whytimeout_assigned_partitions',
    [...figures.assigned()].map(([stage, a]) => [{ stage }, a.partitions.length]),
  )
  set('whytimeout_rebalances_total', byKey('stage', figures.rebalances()))
  set('whytimeout_consumer_restarts_total', byKey('stage', figures.restarts()))
  set(
    'whytimeout_commits_total',
    figures.commits().map((c) => [{ stage: c.stage, outcome: c.outcome }, c.count]),
  )
  set(
    'whytimeout_sink_up',
    sinks.map(([sink, s]) => [{ sink }, s.up ? 1 : 0]),
  )
  set(
    'whytimeout_sink_retrying_items',
    sinks.map(([sink, s]) => [{ sink }, s.retrying]),
  )
  set(
    'whytimeout_sink_retried_items_total',
    sinks.map(([sink, s]) => [{ sink }, s.retried]),
  )
  set('whytimeout_errors_total', byKey('code', figures.errors()))
}

function setStream(set: Set, { version, now }: Seen, stream: StreamStatus): void {
  const { rules, inputsDigest, raw, standing } = stream
  set('whytimeout_build_info', [
    [
      {
        version,
        rules_generation: String(rules.generation),
        rules_digest: rules.digest,
        inputs_digest: inputsDigest,
      },
      1,
    ],
  ])
  const place = (r: { topic: string; partition: number }) => ({ topic: r.topic, partition: String(r.partition) })
  set(
    'whytimeout_lag_messages',
    raw.map((r) => [place(r), r.unread]),
  )
  set(
    'whytimeout_lag_seconds',
    raw.flatMap((r) => {
      const ms = behindMs(r, stream.latenessMs, now)
      return ms === undefined ? [] : [[place(r), ms / 1_000] as const]
    }),
  )
  set('whytimeout_records_total', [...fates('parse', stream.parse), ...fates('diagnose', stream.diagnose)])
  const partition = (s: { partition: number }) => ({ partition: String(s.partition) })
  set(
    'whytimeout_open_episodes',
    standing.map((s) => [partition(s), s.open]),
  )
  set(
    'whytimeout_held_events',
    standing.map((s) => [partition(s), s.held]),
  )
  set(
    'whytimeout_known_parameters',
    standing.map((s) => [partition(s), s.known]),
  )
  if (stream.incidents) setIncidents(set, stream.incidents)
  const marked = standing.filter((s) => Number.isFinite(s.watermark))
  set(
    'whytimeout_watermark_timestamp_seconds',
    marked.map((s) => [partition(s), s.watermark / 1_000]),
  )
  set(
    'whytimeout_watermark_delay_seconds',
    marked.map((s) => [partition(s), Math.max(0, now - s.watermark) / 1_000]),
  )
}

function setIncidents(set: Set, { counts, standing, alerts }: IncidentStatus): void {
  const { read: _, stored: __, repairs, ...fatesOfVerdicts } = counts
  set(
    'whytimeout_incident_verdicts_total',
    Object.entries(fatesOfVerdicts).map(([fate, n]) => [{ fate }, n]),
  )
  set('whytimeout_incident_repairs_total', [[{}, repairs]])
  set(
    'whytimeout_open_incidents',
    standing.map((s) => [{ partition: String(s.partition) }, s.open]),
  )
  if (!alerts) return
  set('whytimeout_alerts_firing', [[{}, alerts.firing]])
  set('whytimeout_alerts_waiting', [[{}, alerts.waiting]])
  set('whytimeout_alerts_forgotten_total', [[{}, alerts.forgotten]])
  set(
    'whytimeout_alert_requests_total',
    (['accepted', 'failed', 'refused'] as const).map((outcome) => [{ outcome }, alerts[outcome]]),
  )
}

const fates = (stage: string, counts: Counts | undefined) =>
  counts === undefined
    ? []
    : ([
        [{ stage, fate: 'event' }, counts.events],
        [{ stage, fate: 'filtered' }, counts.filtered],
        [{ stage, fate: 'duplicate' }, counts.duplicates],
        [{ stage, fate: 'dead_lettered' }, counts.dead_lettered],
      ] as const)
