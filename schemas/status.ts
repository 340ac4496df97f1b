import { z } from 'zod'
import { VERDICT_CAUSES } from './vocabulary.js'

const count = z.int().min(0)
const secs = z.number()
const Counts = z.object({ read: count, events: count, filtered: count, duplicates: count, dead_lettered: count })

/** `silent`: brokers that do not answer; `lost`: a stage its group no longer counts on; `down`: a store that takes nothing. */
export const WHY_NOT_READY = ['starting', 'stopping', 'failed', 'silent', 'not-joined', 'lost', 'down'] as const
export type WhyNotReady = (typeof WHY_NOT_READY)[number]

/**
 * What a running process tells of itself at `/status`: figures, and names of topics; never a host, a terminal or a line. `recent` is the
 * last minute. Unknown keys are let through: a newer process may say more.
 */
export const Status = z.object({
  service: z.literal('whytimeout'),
  version: z.string(),
  pid: z.int(),
  stages: z.array(z.string()),
  started: z.iso.datetime(),
  at: z.iso.datetime(),
  ready: z.boolean(),
  not_ready: z.array(z.object({ what: z.string(), why: z.enum(WHY_NOT_READY), reason: z.string() })),
  rules: z.object({ generation: z.int(), digest: z.string() }).nullable(),
  /** Of the rules, the inventory, the origins and the lateness. */
  inputs_digest: z.string().nullable(),
  recent: z.object({
    /** How much of the last minute the process has been up. */
    secs,
    messages: count,
    bytes: count,
    records: count,
    final_verdicts: count,
    /** Provisional verdicts by the seconds from their line to the store: counts up to each of `le_secs`, then of all above. */
    latency: z.object({ le_secs: z.array(secs), counts: z.array(count) }),
  }),
  total: z.object({
    messages: count,
    bytes: count,
    parse: Counts.nullable(),
    diagnose: Counts.nullable(),
    formats: z.record(z.string(), count),
  }),
  dead_letters: z.array(z.object({ stage: z.string(), reason: z.string(), recent: count, total: count })),
  /** Every raw partition there is, whoever parses it. */
  lag: z.array(
    z.object({
      topic: z.string(),
      partition: z.int(),
      messages: count,
      /** From the newest event time read to now; 0 where nothing is unread, null where no time was read. */
      behind_secs: secs.nullable(),
      /** Too far ahead of the others: not read on for now. */
      paused: z.boolean(),
    }),
  ),
  /** Of the partitions of the events topic that are this process's. */
  watermarks: z.array(
    z.object({
      partition: z.int(),
      at: z.iso.datetime().nullable(),
      behind_secs: secs.nullable(),
      open_episodes: count,
      events_held: count,
    }),
  ),
  /** Null where another process runs the stage of incidents; `alerts` null without a webhook. */
  incidents: z
    .object({
      open: count,
      alerts: z
        .object({ firing: count, waiting: count, accepted: count, failed: count, refused: count, forgotten: count })
        .nullable(),
    })
    .nullable()
    // Processes of before do not say it.
    .default(null),
  /** Timeouts told of in the last minutes, each by its newest verdict. */
  causes: z.object({ secs, counts: z.partialRecord(z.enum(VERDICT_CAUSES), count), at_least: z.boolean() }),
  sinks: z.array(z.object({ name: z.string(), up: z.boolean(), retrying: count, reason: z.string().optional() })),
  taps: count,
})
export type Status = z.infer<typeof Status>
