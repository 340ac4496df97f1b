import type { Status } from '../../schemas/status.js'
import { clockKey } from '../stream/messages.js'
import { type Figures, LATENCY_SECS } from './figures.js'
import { behindMs, type NotReady } from './health.js'
import { CAUSES_KEPT_MS } from './recent.js'
import type { StreamStatus } from './stream.js'

export type StatusParts = {
  readonly figures: Figures
  /** Absent until the stream has started. */
  readonly stream: StreamStatus | undefined
  readonly stages: readonly string[]
  readonly notReady: readonly NotReady[]
  readonly taps: number
  readonly version: string
  readonly pid: number
  /** Epoch ms. */
  readonly now: number
}

const iso = (ms: number): string => new Date(ms).toISOString()
const secs = (ms: number): number => Math.round(ms) / 1_000

/** What a process tells of itself, for `whytimeout top` and other programs. */
export function statusOf({ figures, stream, stages, notReady, taps, version, pid, now }: StatusParts): Status {
  const recent = figures.recent()
  const read = figures.read()
  const causes = figures.causes()
  const paused = figures.paused()
  return {
    service: 'whytimeout',
    version,
    pid,
    stages: [...stages],
    started: iso(figures.startedMs),
    at: iso(now),
    ready: notReady.length === 0,
    not_ready: notReady.map((n) => ({ ...n })),
    rules: stream ? { ...stream.rules } : null,
    inputs_digest: stream?.inputsDigest ?? null,
    recent: {
      secs: recent.secs,
      messages: recent.messages,
      bytes: recent.bytes,
      records: recent.records,
      final_verdicts: recent.finalVerdicts,
      latency: { le_secs: [...LATENCY_SECS], counts: [...recent.latency] },
    },
    total: {
      messages: read.reduce((sum, r) => sum + r.messages, 0),
      bytes: read.reduce((sum, r) => sum + r.bytes, 0),
      parse: stream?.parse ? { ...stream.parse } : null,
      diagnose: stream?.diagnose ? { ...stream.diagnose } : null,
      formats: Object.fromEntries(figures.formats()),
    },
    dead_letters: figures
      .deadLetters()
      .map(({ stage, reason, recent: lately, count }) => ({ stage, reason, recent: lately, total: count })),
    lag: (stream?.raw ?? []).map((r) => {
      const ms = behindMs(r, stream?.latenessMs ?? 0, now)
      return {
        topic: r.topic,
        partition: r.partition,
        messages: r.unread,
        behind_secs: ms === undefined ? null : secs(ms),
        paused: paused.has(clockKey(r.topic, r.partition)),
      }
    }),
    watermarks: (stream?.standing ?? []).map((s) => {
      const isSet = Number.isFinite(s.watermark)
      return {
        partition: s.partition,
        at: isSet ? iso(s.watermark) : null,
        behind_secs: isSet ? secs(Math.max(0, now - s.watermark)) : null,
        open_episodes: s.open,
        events_held: s.held,
      }
    }),
    incidents: stream?.incidents
      ? {
          open: stream.incidents.standing.reduce((sum, s) => sum + s.open, 0),
          alerts: stream.incidents.alerts ? { ...stream.incidents.alerts } : null,
        }
      : null,
    causes: { secs: CAUSES_KEPT_MS / 1_000, counts: causes.counts, at_least: causes.isAtLeast },
    sinks: [...figures.sinks()].map(([name, s]) => ({
      name,
      up: s.up,
      retrying: s.retrying,
      ...(s.reason !== undefined && { reason: s.reason }),
    })),
    taps,
  }
}
