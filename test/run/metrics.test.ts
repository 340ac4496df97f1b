import { describe, expect, test } from 'vitest'
import { createFigures } from '../../pipeline/run/figures.js'
import { METRICS, type MetricName } from '../../pipeline/run/metric-list.js'
import { createMetrics } from '../../pipeline/run/metrics.js'
import type { StreamStatus } from '../../pipeline/run/stream.js'
import type { Output } from '../../pipeline/stream/diagnoser.js'
import { NO_COUNTS } from '../../pipeline/stream/messages.js'
import type { Parsed } from '../../pipeline/stream/parser.js'
import { verdict } from '../report/verdicts.js'
import { type Family, faultsOf, readPage } from './prometheus.js'

const NOW = Date.parse('2026-03-06T10:00:00Z')
const STREAM: StreamStatus = {
  parse: { read: 7, events: 2, filtered: 3, duplicates: 1, dead_lettered: 1 },
  diagnose: NO_COUNTS,
  standing: [
    { partition: 0, open: 4, held: 9, known: 21, watermark: NOW - 150_000 },
    { partition: 1, open: 0, held: 0, known: 0, watermark: Number.NEGATIVE_INFINITY },
  ],
  incidents: {
    counts: { read: 9, counted: 5, repeat: 1, late: 1, ignored: 2, unreadable: 0, stored: 3, repairs: 1 },
    standing: [{ partition: 0, open: 3, watermark: NOW - 150_000 }],
    alerts: { firing: 2, waiting: 1, accepted: 4, failed: 1, refused: 0, forgotten: 0 },
  },
  lag: new Map([['logs/0', 5]]),
  raw: [
    { topic: 'logs', partition: 0, unread: 5, clock: NOW - 200_000 },
    { topic: 'logs', partition: 1, unread: 0, clock: NOW - 9_000_000 },
    { topic: 'logs', partition: 2, unread: 3, clock: undefined },
  ],
  answeredMs: NOW,
  members: new Map([['parse', true]]),
  latenessMs: 120_000,
  rules: { generation: 3, digest: 'abc' },
  inputsDigest: 'def',
}
const filtered = (format: string): Parsed => ({ kind: 'filtered', offset: 1n, line: 0, format })
const provisional = (received: number): Output => ({
  kind: 'provisional',
  received,
  decision: { verdict: verdictOf('provisional', 'p1'), cited: [], superseded: [], first: 0 },
})
const verdictOf = (state: string, id: string) => {
  const v = verdict({ start: '', end: '', cause: 'network_latency', id })
  return { ...v, whytimeout: { ...v.whytimeout, verdict: { ...v.whytimeout.verdict, state } } } as typeof v
}
const final = (id: string): Output => ({
  kind: 'final',
  events: [],
  decision: { verdict: verdictOf('final', id), cited: [], superseded: [], first: 0 },
})

/** A process that has seen a bit of everything. */
async function page(
  { stream }: { readonly stream: StreamStatus | undefined } = { stream: STREAM },
): Promise<ReadonlyMap<string, Family>> {
  const figures = createFigures(() => NOW)
  const metrics = createMetrics({ now: () => NOW, withDefaults: false })
  for (const o of [figures.observer, metrics.observer]) {
    const records = [filtered('haproxy'), filtered('haproxy'), filtered('curl-verbose')]
    o.parsed?.({ topic: 'logs', partition: 0, messages: 2, bytes: 300, records, events: [] })
    o.stored?.([provisional(NOW - 700), provisional(NOW - 1_900), provisional(NOW + 50), final('f1')])
    o.stored?.([{ kind: 'withdrawn', id: 'p1', realm: 'default' }])
    o.deadLettered?.('parse', ['PARSE_NO_TIME', 'PARSE_NO_TIME', 'PARSE_BINARY'])
    o.deadLettered?.('diagnose', ['LATE'])
    o.assigned?.('parse', [{ topic: 'logs', partition: 0 }])
    o.committed?.('parse', true)
    o.committed?.('parse', false)
    o.heldBack?.({ topic: 'logs', partition: 0 }, 1_000_000)
    o.restarted?.('parse', new Error('x'))
    o.sinkState?.('elasticsearch', { up: false, retrying: 40, reason: 'away' })
    o.sinkState?.('elasticsearch', { up: false, retrying: 0, reason: 'away' })
    o.sinkState?.('elasticsearch', { up: false, retrying: 25, reason: 'away' })
    o.erred?.('KAFKA_UNREACHABLE')
  }
  return readPage(await metrics.text({ figures, stream, isReady: false, taps: 2, version: '9.9.9', now: NOW }))
}
const sampleOf = (families: ReadonlyMap<string, Family>, name: MetricName, labels: Record<string, string> = {}) =>
  families
    .get(name)
    ?.samples.find((s) => s.name === name && Object.entries(labels).every(([k, v]) => s.labels[k] === v))?.value

describe('the page', () => {
  test('every metric is on it, of its type and with its labels, and follows the conventions', async () => {
    const families = await page()
    expect([...families.keys()].sort()).toEqual(Object.keys(METRICS).sort())
    for (const [name, family] of families) {
      const { type, labels } = METRICS[name as MetricName]
      expect(faultsOf(family), name).toEqual([])
      expect(family.type, name).toBe(type)
      expect(family.samples.length, name).toBeGreaterThan(0)
      for (const s of family.samples) {
        const own = Object.keys(s.labels).filter((l) => l !== 'le')
        expect(own.sort(), name).toEqual([...labels].sort())
      }
    }
  })
  test('the checker finds what it is for', () => {
    const bad = (name: string, type = 'gauge', help = 'A thing.') =>
      faultsOf({ name, type, help, samples: [] }).length > 0
    expect(bad('whytimeout_lag_messages')).toBe(false)
    for (const name of [
      'whytimeout_lag_ms',
      'whytimeout_lag_milliseconds',
      'lag_messages',
      'whytimeout_seconds_lag',
      'whytimeout_lag_total',
      'whytimeout_lag_count',
      'whytimeout_Lag',
      'whytimeout_read_by_topic',
    ])
      expect(bad(name), name).toBe(true)
    expect(bad('whytimeout_reads', 'counter')).toBe(true)
    expect(bad('whytimeout_lag_messages', 'gauge', 'no sentence')).toBe(true)
    expect(() => readPage('whytimeout_x 1')).toThrow('no HELP')
  })
  test('figures', async () => {
    const families = await page()
    const value = (name: MetricName, labels?: Record<string, string>) => sampleOf(families, name, labels)
    expect(value('whytimeout_build_info', { version: '9.9.9', rules_generation: '3', rules_digest: 'abc' })).toBe(1)
    expect(value('whytimeout_ready')).toBe(0)
    expect(value('whytimeout_lag_messages', { partition: '0' })).toBe(5)
    expect(value('whytimeout_lag_seconds', { partition: '0' })).toBe(80)
    expect(value('whytimeout_lag_seconds', { partition: '1' })).toBe(0)
    expect(value('whytimeout_lag_seconds', { partition: '2' })).toBeUndefined()
    expect(value('whytimeout_messages_read_total', { topic: 'logs' })).toBe(2)
    expect(value('whytimeout_read_bytes_total', { topic: 'logs' })).toBe(300)
    expect(value('whytimeout_records_total', { stage: 'parse', fate: 'filtered' })).toBe(3)
    expect(value('whytimeout_parsed_records_total', { format: 'haproxy' })).toBe(2)
    expect(value('whytimeout_dead_letters_total', { stage: 'parse', reason: 'PARSE_NO_TIME' })).toBe(2)
    expect(value('whytimeout_late_events_total')).toBe(1)
    expect(value('whytimeout_verdicts_total', { state: 'final', cause: 'network_latency' })).toBe(1)
    expect(value('whytimeout_verdicts_total', { state: 'provisional', cause: 'network_latency' })).toBe(3)
    expect(value('whytimeout_withdrawn_verdicts_total')).toBe(1)
    expect(value('whytimeout_open_episodes', { partition: '0' })).toBe(4)
    expect(value('whytimeout_held_events', { partition: '0' })).toBe(9)
    expect(value('whytimeout_known_parameters', { partition: '0' })).toBe(21)
    expect(value('whytimeout_watermark_delay_seconds', { partition: '0' })).toBe(150)
    expect(value('whytimeout_watermark_delay_seconds', { partition: '1' })).toBeUndefined()
    expect(value('whytimeout_incident_verdicts_total', { fate: 'counted' })).toBe(5)
    expect(value('whytimeout_incident_verdicts_total', { fate: 'stored' })).toBeUndefined()
    expect(value('whytimeout_open_incidents', { partition: '0' })).toBe(3)
    expect(value('whytimeout_incident_repairs_total')).toBe(1)
    expect(value('whytimeout_alerts_firing')).toBe(2)
    expect(value('whytimeout_alert_requests_total', { outcome: 'failed' })).toBe(1)
    expect(value('whytimeout_commits_total', { outcome: 'failed' })).toBe(1)
    expect(value('whytimeout_paused_partitions')).toBe(1)
    expect(value('whytimeout_sink_up', { sink: 'elasticsearch' })).toBe(0)
    expect(value('whytimeout_sink_retrying_items')).toBe(25)
    expect(value('whytimeout_sink_retried_items_total')).toBe(65)
    expect(value('whytimeout_taps')).toBe(2)
  })
  test('the histogram: buckets around the two seconds that a provisional verdict may take', async () => {
    const samples = (await page()).get('whytimeout_verdict_latency_seconds')?.samples ?? []
    const bucket = (le: string) => samples.find((s) => s.labels.le === le)?.value
    expect([bucket('0.05'), bucket('0.75'), bucket('1.5'), bucket('2'), bucket('+Inf')]).toEqual([1, 2, 2, 3, 3])
    expect(samples.find((s) => s.name.endsWith('_sum'))?.value).toBeCloseTo(2.6)
  })
  test('scraped again it says the same; before the stream starts it is a page too', async () => {
    const figures = createFigures(() => NOW)
    const metrics = createMetrics({ now: () => NOW, withDefaults: false })
    figures.observer.deadLettered?.('parse', ['PARSE_BINARY'])
    const seen = { figures, stream: STREAM, isReady: true, taps: 0, version: '1', now: NOW }
    expect(await metrics.text(seen)).toBe(await metrics.text(seen))
    const early = await page({ stream: undefined })
    expect(early.get('whytimeout_lag_messages')?.samples).toEqual([])
    expect(sampleOf(early, 'whytimeout_messages_read_total')).toBe(2)
  })
  test("Node's own stand beside them", async () => {
    const figures = createFigures(() => NOW)
    const metrics = createMetrics({ now: () => NOW, withDefaults: true })
    const text = await metrics.text({ figures, stream: undefined, isReady: true, taps: 0, version: '1', now: NOW })
    expect([...readPage(text).keys()]).toEqual(
      expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']),
    )
  })
})
