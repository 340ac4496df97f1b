import { z } from 'zod'
import { OriginsFile } from './origin.js'
import { BINDS, CAUSES, PHASES, REMEDIES, ROLES, SCOPES } from './vocabulary.js'

/** A text that an operator reads: always in both languages. */
export const Bilingual = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) })
export type Bilingual = z.infer<typeof Bilingual>

/** `250ms`, `90s`, `20m`, `24h`. */
export const Duration = z.string().regex(/^\d+(ms|s|m|h)$/, 'a duration like 250ms, 90s, 20m or 24h')

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
/** Sigma field conditions: `field|modifier: value`; a list of values is "or". */
export const Fields = z.record(z.string(), z.union([scalar, z.array(scalar)]))
/** A map is "and"; a list of maps is "or". */
export const Where = z.union([Fields, z.array(Fields).min(1)])
export type Where = z.infer<typeof Where>

/** What a signal looks at. Exactly one of `where` (one event), `facts` (the whole episode) and `delta` (growth of a counter). */
const condition = {
  where: Where.optional().describe('Sigma conditions on the fields of one event.'),
  unless: Where.optional().describe('The signal is not seen where this holds too.'),
  facts: Where.optional().describe('Sigma conditions on the facts of the episode (docs/reference/facts.md).'),
  delta: z
    .strictObject({
      counter: z
        .union([z.string(), z.array(z.string()).min(1)])
        .describe('Its name, which may hold * wildcards; of several any. One that ends in `/s` is a rate.'),
      gt: z.number().optional(),
      lt: z.number().optional().describe('Instead of `gt`, with `level`: the reading is below it.'),
      times: z
        .number()
        .positive()
        .optional()
        .describe('It must grow so many times as fast as in the rest of the window, of which snapshots must be there.'),
      level: z.literal(true).optional().describe('The reading itself is compared, not its growth.'),
      role: z
        .union([z.enum(ROLES), z.array(z.enum(ROLES)).min(1)])
        .optional()
        .describe('Only snapshots of machines of these roles.'),
    })
    .refine((d) => (d.gt === undefined) !== (d.lt === undefined) && (d.lt === undefined || d.level), {
      message: 'takes gt, or lt with level',
    })
    .optional()
    .describe('A counter of repeated snapshots of one origin grew by more than this between two of them.'),
}

export const SharedSignal = z.strictObject({
  description: Bilingual,
  ...condition,
})
export type SharedSignal = z.infer<typeof SharedSignal>

const bind = z.enum(BINDS)
export const SignalUse = z.strictObject({
  use: z.string().optional().describe('Id of a shared signal (rules/signals/) instead of an own condition.'),
  description: Bilingual.optional().describe(
    'What it sees, in plain words; without it they are made of the condition (docs/causes/).',
  ),
  bits: z
    .number()
    .min(-20)
    .max(20)
    .describe('log2 of odds that the signal adds to the mechanism; negative counts against.'),
  group: z.string().optional().describe('Of the signals of one group only the strongest counts.'),
  bind: z
    .union([bind, z.array(bind).min(1)])
    .optional()
    .describe('By what the event must belong to the episode; a list means all of them. Not for facts.'),
  within: z
    .union([Duration, z.literal('window'), z.strictObject({ before: Duration, after: Duration })])
    .optional()
    .describe(
      'How far from the attempt [start - before, end + after] the event may lie. Default 10s each side; `window` is all that the episode sees.',
    ),
  at_least: z.int().min(1).optional().describe('How many distinct events it takes. Default 1.'),
  ...condition,
})
export type SignalUse = z.infer<typeof SignalUse>

/** An offset in a test story: `0s`, `90s`, `-5m`. */
export const At = z.string().regex(/^-?\d+(ms|s|m|h)$/)

export const RuleTest = z.strictObject({
  name: z.string(),
  given: z
    .array(z.looseObject({ at: At }))
    .optional()
    .describe('Events as fields with a time offset, in place of log lines. `host` etc. are ordinary event fields.'),
  lines: z
    .record(z.string(), z.array(z.string()).min(1))
    .optional()
    .describe('Whole raw lines by "host/name.log" or format id, read by the real parsers.'),
  inventory: z.array(z.record(z.string(), z.string())).optional(),
  hosts: z
    .record(z.string(), z.looseObject({}))
    .optional()
    .describe(
      'Fields that all events of a host named in `given` have, unless they say otherwise; its site counts for `lines` too.',
    ),
  roles: z.record(z.string(), z.enum(ROLES)).optional().describe('Role of hosts named in `given` and `lines`.'),
  origins: OriginsFile.optional().describe('What `lines` do not say, by "host/name.log", as in origins.yml.'),
  expect: z.strictObject({
    mechanism: z.string().optional(),
    cause: z.enum([...CAUSES, 'unknown']).optional(),
    phase: z.enum(PHASES).optional(),
    signals: z.array(z.string()).optional().describe('Signals that must be seen (by id within the mechanism).'),
    not_signals: z.array(z.string()).optional(),
    not_mechanism: z.string().optional(),
    timeouts: z.int().min(0).optional().describe('How many verdicts in all.'),
  }),
})
export type RuleTest = z.infer<typeof RuleTest>

const LOG_KINDS = ['terminal', 'router', 'provider', 'gateway', 'server', 'dns', 'host', 'monitor'] as const
/** What people call them. */
export const LOG_NAMES: Readonly<Record<string, Bilingual>> = {
  terminal: { en: "the terminal's log", zh: '终端日志' },
  router: { en: "the site router's log", zh: '门店路由器日志' },
  provider: { en: "the access provider's log", zh: '运营商日志' },
  gateway: { en: "the gateway's log", zh: '网关日志' },
  server: { en: "the server's log behind the gateway", zh: '网关后端服务器日志' },
  dns: { en: "the name server's log", zh: '域名服务器日志' },
  host: { en: "the terminal's system log", zh: '终端系统日志' },
  monitor: { en: 'probes of the line (ping)', zh: '线路探测（ping）日志' },
}

/** English alone, or both languages; the Chinese pages show what has both. */
const Note = z.union([z.string(), Bilingual])

export const Mechanism = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'kebab-case'),
  cause: z.enum(CAUSES),
  status: z.enum(['experimental', 'test', 'stable', 'deprecated']),
  name: Bilingual,
  summary: Bilingual,
  references: z.array(z.string()).min(1).describe('Manual, RFC, source file or vendor note that the rule rests on.'),
  phases: z.array(z.enum(PHASES)).min(1),
  prior: z.number().default(0).describe("Bits; its share of its cause's prior."),
  signals: z.record(z.string(), SignalUse),
  after_accept: z.literal(true).optional().meta({
    description:
      'The other side’s system still takes connections: an attempt whose limit holds for connect and handshake stopped in the handshake.',
  }),
  shows_phase: z
    .enum(PHASES)
    .optional()
    .describe(
      'The phase of every attempt that fails so, where its own log knows only of a wait for an answer; `connect` where it does not say for what.',
    ),
  reach: z
    .enum(SCOPES)
    .optional()
    .describe('How far it reaches by its nature (a line serves a site); without it the neighbours decide.'),
  needs: z
    .array(z.enum(LOG_KINDS))
    .default([])
    .describe('Kinds of log that would show it; named as missing when they are not at hand.'),
  blind_spots: z.array(Note).default([]).describe('What its logs may hide.'),
  false_positives: z.array(Note).default([]).describe('What may look like it.'),
  remedies: z.array(z.enum(REMEDIES)).min(1),
  next_step: Bilingual,
  confirm: Bilingual,
  tests: z.array(RuleTest).default([]),
})
export type Mechanism = z.infer<typeof Mechanism>

export const CauseFile = z.strictObject({
  id: z.enum(CAUSES),
  name: Bilingual,
  summary: Bilingual,
  prior: z.number().describe('Bits, shared out among its mechanisms.'),
  prevention: Bilingual,
})
export type CauseFile = z.infer<typeof CauseFile>

export const RemedyFile = z.record(z.enum(REMEDIES), z.strictObject({ text: Bilingual, caution: Bilingual.optional() }))
export type RemedyFile = z.infer<typeof RemedyFile>

export const PackFile = z.strictObject({
  generation: z.int().min(1).describe('Raised whenever the digest of the pack changes.'),
  digest: z.string().describe('SHA-256 over all rule files; `rules lint` says the value.'),
  before: Duration,
  after: Duration,
  lateness: Duration,
  unknown_prior: z.number().describe('Bits of `unknown`: the bar that a cause has to pass.'),
  calibration: z.strictObject({
    temperature: z.number().positive(),
    fitted_on: z.string(),
    measure: z.string(),
  }),
})
export type PackFile = z.infer<typeof PackFile>
