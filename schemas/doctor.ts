import { z } from 'zod'
import { Bilingual } from './rule.js'

/** How a point of a check stands. `skip`: it could not be looked at, and another finding says why, or it is not configured. */
export const FINDING_STATES = ['ok', 'warn', 'fail', 'skip'] as const
export type FindingState = (typeof FINDING_STATES)[number]

/** One thing that a check found, and what to do about it. */
export const Finding = z.strictObject({
  code: z.string().describe('What was found, for programs; kebab-case, never renamed.'),
  state: z.enum(FINDING_STATES),
  place: z.string().describe('What it is about: a broker, a topic, a file with its line.'),
  what: Bilingual,
  todo: Bilingual.optional().describe('What to do; absent where there is nothing to do.'),
})
export type Finding = z.infer<typeof Finding>

/** What `whytimeout doctor --json` and `whytimeout setup … --json` print. */
export const Findings = z.strictObject({
  ok: z.boolean().describe('True where nothing failed; warnings are allowed.'),
  counts: z.strictObject({ ok: z.int(), warn: z.int(), fail: z.int(), skip: z.int() }),
  findings: z.array(Finding.extend({ check: z.string(), title: Bilingual })),
})
export type Findings = z.infer<typeof Findings>
export type CheckedFinding = Findings['findings'][number]

/** Findings with their counts. */
export function findingsOf(findings: readonly CheckedFinding[]): Findings {
  const count = (state: FindingState) => findings.filter((f) => f.state === state).length
  const counts = { ok: count('ok'), warn: count('warn'), fail: count('fail'), skip: count('skip') }
  return { ok: counts.fail === 0, counts, findings: [...findings] }
}
