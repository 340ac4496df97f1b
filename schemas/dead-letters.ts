import { z } from 'zod'

/** One letter, without its content but for the first characters. */
export const LetterLine = z.strictObject({
  place: z.string().describe('topic/partition/offset:line'),
  reason: z.string(),
  detail: z.string(),
  origin: z.string(),
  at: z.iso.datetime().nullable().describe('When it was written.'),
  tries: z.int().describe('How often it has been sent again.'),
  state: z
    .enum(['new', 'sent', 'exhausted', 'cut', 'late', 'foreign'])
    .describe(
      'new: retry would send it. sent: it was sent again. exhausted: as often as it may be. cut: not whole. late: a replay repairs it. foreign: of no topic that is read.',
    ),
  hidden: z.int().describe('Bytes that are hidden: a retry sends them hidden.'),
  first: z.string().describe('Its first characters.'),
})
export type LetterLine = z.infer<typeof LetterLine>

/** What `whytimeout dead-letters list --json` prints. */
export const LetterList = z.strictObject({
  letters: z.int().describe('Distinct by place and reason.'),
  doubles: z.int().describe('The same again: a record read twice.'),
  groups: z.array(
    z.strictObject({
      reason: z.string(),
      origin: z.string(),
      letters: z.int(),
      first: z.iso.datetime().nullable(),
      last: z.iso.datetime().nullable(),
    }),
  ),
  more_groups: z.int().describe('Groups that are not listed.'),
  newest: z.array(LetterLine),
  late_command: z.string().nullable().describe('Repairs late events.'),
})
export type LetterList = z.infer<typeof LetterList>

/** What `whytimeout dead-letters retry --json` prints. */
export const RetryResult = z.strictObject({
  dry_run: z.boolean(),
  sent: z.int(),
  by_topic: z.record(z.string(), z.int()),
  hidden: z.int().describe('Of those sent: have hidden bytes, so they cannot become whole again.'),
  left: z
    .strictObject({ sent: z.int(), exhausted: z.int(), cut: z.int(), late: z.int(), foreign: z.int() })
    .describe('Not sent, by reason.'),
  places: z.array(z.string()).describe('The first that were sent, or would be.'),
  late_command: z.string().nullable(),
})
export type RetryResult = z.infer<typeof RetryResult>
