import { z } from 'zod'
import { Bilingual } from './rule.js'

/** `fail`: records or verdicts are not accounted for. `warn`: a figure differs, nothing is missing. `note`: what could not be looked at. */
export const AUDIT_STATES = ['fail', 'warn', 'note'] as const
export type AuditState = (typeof AUDIT_STATES)[number]

export const AuditFinding = z.strictObject({
  code: z.string().describe('What was found, for programs; kebab-case, never renamed.'),
  state: z.enum(AUDIT_STATES),
  topic: z.string(),
  partition: z.int(),
  from: z.int().optional().describe('First offset that it is about.'),
  to: z.int().optional().describe('Offset after the last.'),
  what: Bilingual,
  todo: Bilingual.optional(),
})
export type AuditFinding = z.infer<typeof AuditFinding>

const Counts = z.strictObject({
  read: z.int(),
  events: z.int(),
  filtered: z.int(),
  duplicates: z.int(),
  dead_lettered: z.int(),
})

export const AuditChain = Counts.extend({
  topic: z.string(),
  partition: z.int(),
  from: z.int().nullable().describe('Where the books begin; null where there are none.'),
  to: z.int().nullable().describe('Offset up to which every record is accounted for.'),
  unread: z.int().describe('Messages after that: work to come, no gap.'),
  entries: z.int().describe('Entries of the books.'),
})
export type AuditChain = z.infer<typeof AuditChain>

/** Late events that a repair has still to take in. */
export const LateWork = z.strictObject({
  realm: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  letters: z.int(),
})
export type LateWork = z.infer<typeof LateWork>

/** What `whytimeout audit --json` prints. */
export const AuditReport = z.strictObject({
  ok: z.boolean().describe('False where a finding is a fail.'),
  chains: z.array(AuditChain),
  totals: z.strictObject({ raw: Counts, events: Counts }),
  recounted: z.strictObject({
    ranges: z.int().describe('Entries of raw partitions whose events and dead letters were counted again.'),
    of: z.int(),
    events: z.int(),
    dead_letters: z.int(),
  }),
  verdicts: z.strictObject({
    symptoms: z.int().describe('Events that say an attempt ran out, decided and still kept.'),
    final: z.int().describe('Of those: have a final verdict under their own id.'),
    superseded: z.int().describe('Of those: belong to the verdict of another symptom.'),
    late: z.int().describe('Of those: came behind the watermark.'),
    cited: z.int().describe('Citations of events looked up.'),
    by_index: z
      .record(z.string(), z.int())
      .describe('Final verdicts among them by index, for a store to be compared with.'),
  }),
  late: z.array(LateWork),
  late_command: z.string().nullable().describe('Takes the late events in.'),
  findings: z.array(AuditFinding),
})
export type AuditReport = z.infer<typeof AuditReport>
