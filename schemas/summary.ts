import { z } from 'zod'
import { ACTIONS, PHASES, VERDICT_CAUSES } from './vocabulary.js'

const count = z.int().min(0)
const Books = z.strictObject({ read: count, events: count, filtered: count, duplicates: count, dead_lettered: count })
export type Books = z.infer<typeof Books>

const Formats = z.record(z.string(), count).describe('Records by the format that read them.')
const GenericShare = z
  .number()
  .min(0)
  .max(1)
  .describe('Of those read, the share that only readers of anything did (`application`, `fallback`).')

/** `summary.json` of a replay. `read = events + filtered + duplicates + dead_lettered`, in all and per file. */
export const Summary = z.strictObject({
  books: Books,
  files: z.array(
    z.strictObject({
      path: z.string(),
      bytes: count,
      origins: z.array(z.string()),
      books: Books,
      formats: Formats,
      generic_share: GenericShare,
    }),
  ),
  formats: Formats,
  generic_share: GenericShare,
  timeouts: count,
  by_cause: z.partialRecord(z.enum(VERDICT_CAUSES), count),
  by_phase: z.partialRecord(z.enum(PHASES), count),
  by_site: z.record(z.string(), count),
  not_timeouts: z.partialRecord(z.enum(ACTIONS), count).describe('Failed attempts that are no timeouts, by action.'),
  unread: z.record(z.string(), count).describe('Dead letters by the code that says why.'),
  evidence: z
    .record(z.string(), count)
    .describe('Where no timeout was found: lines by the mechanism that they speak for most.'),
  assumed: z
    .array(z.strictObject({ origin: z.string(), what: z.string(), value: z.string(), why: z.string() }))
    .describe('Zones, years, skews, roles that were inferred.'),
  unparsed_share: z.number(),
  first: z.iso.datetime().nullable(),
  last: z.iso.datetime().nullable(),
  duration_secs: z.number(),
  rules_digest: z.string(),
})
export type Summary = z.infer<typeof Summary>
