import { z } from 'zod'
import { kw, m } from './document-fields.js'
import { BINDS, CAUSES, PHASES, REMEDIES, SCOPES, SUFFERERS, VERDICT_CAUSES } from './vocabulary.js'

const kws = (description: string) => z.array(z.string()).meta(m('keyword', description))
const float = (description: string) => z.number().meta(m('float', description))

export const EvidenceItem = z.strictObject({
  event_id: z.string(),
  origin: z.string(),
  signal: z.string(),
  bits: z.number(),
  text: z.string(),
})
export type EvidenceItem = z.infer<typeof EvidenceItem>

export const Considered = z.strictObject({
  mechanism: z.string(),
  cause: z.enum(VERDICT_CAUSES),
  bits: z.number(),
  probability: z.number(),
  signals: z.array(z.strictObject({ signal: z.string(), bits: z.number(), event_id: z.array(z.string()) })),
})
export type Considered = z.infer<typeof Considered>

/** Why a cause is ruled out: the strongest signal against it, and an event that carries it. */
export const RuledOut = z.strictObject({
  cause: z.enum(CAUSES),
  mechanism: z.string(),
  signal: z.string(),
  bits: z.number(),
  event_id: z.string(),
})
export type RuledOut = z.infer<typeof RuledOut>
const ids = z.array(z.string())
/** A signal that was nearly seen: which condition failed, and by how much. */
export const Missed = z.strictObject({
  mechanism: z.string(),
  signal: z.string(),
  bits: z.number(),
  short: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('fact'),
      fact: z.string().describe('The comparison as the rule has it, such as fleet.site_ok|gte.'),
      value: z.union([z.string(), z.number(), z.boolean()]).describe('What the fact was.'),
      wanted: z.unknown().describe('What the rule asks for.'),
    }),
    z.strictObject({
      kind: z.literal('time'),
      off_ms: z.int().describe('How far outside the time that the signal allows.'),
      side: z.enum(['before', 'after']),
      wanted_ms: z.int().describe('How far from the attempt the signal allows.'),
      event_id: ids,
    }),
    z.strictObject({
      kind: z.literal('bind'),
      bind: z.enum(BINDS).describe('The tie to the attempt that the line lacks; it is of the same site.'),
      event_id: ids,
    }),
    z.strictObject({ kind: z.literal('count'), seen: z.int(), wanted: z.int(), event_id: ids }),
  ]),
})
export type Missed = z.infer<typeof Missed>

/** One timeout, explained. Nested as it is stored; every leaf outside `whytimeout.detail` aggregates. */
export const Verdict = z.strictObject({
  '@timestamp': z.iso.datetime().meta(m('date', "The anchor's time (UTC).")),
  ecs: z.strictObject({ version: kw('ECS version.') }),
  event: z.strictObject({
    id: kw('Hash of the anchor: the id of the document.'),
    kind: z.literal('alert').meta(m('keyword', 'Always alert.')),
    category: z.array(z.literal('network')).meta(m('keyword', 'Always network.')),
    type: z.array(z.enum(['connection', 'end'])).meta(m('keyword', 'connection and end.')),
    action: z.literal('timeout-diagnosed').meta(m('keyword', 'Always timeout-diagnosed.')),
    outcome: z.literal('failure').meta(m('keyword', 'Always failure.')),
    module: z.literal('whytimeout').meta(m('keyword', 'Always whytimeout.')),
    dataset: z.literal('whytimeout.verdict').meta(m('keyword', 'Always whytimeout.verdict.')),
    start: z.iso.datetime().meta(m('date', 'Best estimate of when the attempt began.')),
    end: z.iso.datetime().meta(m('date', 'When it was given up.')),
    duration: z
      .int()
      .min(0)
      .meta(m('long', 'end - start.', 'ns')),
  }),
  source: z
    .strictObject({
      ip: z.string().meta(m('ip', 'Who tried.')).optional(),
      port: z.int().meta(m('long', 'From which port.')).optional(),
    })
    .optional(),
  destination: z
    .strictObject({
      ip: z.string().meta(m('ip', 'Whom it tried.')).optional(),
      port: z.int().meta(m('long', 'On which port.')).optional(),
      domain: kw('By what name.').optional(),
    })
    .optional(),
  device: z
    .strictObject({ id: kw('Hardware id.').optional(), model: z.strictObject({ name: kw('Model.') }).optional() })
    .optional(),
  host: z.strictObject({ name: kw('Machine whose log is the anchor.') }).optional(),
  service: z
    .strictObject({ target: z.strictObject({ name: kw('Upstream by the gateway log’s own name.') }) })
    .optional(),
  rule: z.strictObject({
    id: kw('Winning mechanism.'),
    name: kw('Its English name.'),
    version: kw('Generation of the rule pack.'),
  }),
  whytimeout: z.strictObject({
    terminal_id: kw('Terminal.').optional(),
    merchant_id: kw('Merchant.').optional(),
    site_id: kw('Site.').optional(),
    isp: kw('Access provider.').optional(),
    gateway: kw('Gateway.').optional(),
    endpoint: kw('What was called: name, else address, and port.').optional(),
    realm: kw('What was diagnosed as one.'),
    episode: z.strictObject({
      id: kw('Event id of the anchor.'),
      key: kw('Connection, STAN or request id.').optional(),
      phase: z.enum(PHASES).meta(m('keyword', 'Where it stopped.')),
      symptom: kw('event.action of the anchor.'),
      suffered_by: z.enum(SUFFERERS).meta(m('keyword', 'Whose attempt it was.')),
      observed_by: kws('Roles of the logs that show it.'),
      lines: z.int().meta(m('long', 'Events cited.')),
    }),
    verdict: z.strictObject({
      cause: z.enum(VERDICT_CAUSES).meta(m('keyword', 'The highest of the eleven scores.')),
      mechanism: kw('How that cause made the timeout.'),
      confidence: float('Its score.'),
      margin: float('Its lead over the next.'),
      state: z.enum(['provisional', 'final']).meta(m('keyword', 'Whether all evidence could be in.')),
      scope: z.enum(SCOPES).meta(m('keyword', 'How far the trouble reaches.')),
      scope_id: kw('Which terminal, site, ISP or endpoint.'),
    }),
    score: z.strictObject(
      Object.fromEntries(VERDICT_CAUSES.map((c) => [c, float(`Probability of ${c}.`)])) as Record<
        (typeof VERDICT_CAUSES)[number],
        z.ZodNumber
      >,
    ),
    evidence: z.strictObject({
      event_id: kws('Events cited.'),
      signal: kws('Signals they carry.'),
      count: z.int().meta(m('long', 'Distinct events cited.')),
      missing: kws('Kinds of log that would have decided.'),
    }),
    ruled_out: z.array(z.enum(CAUSES)).meta(m('keyword', 'Causes with evidence against them and next to no score.')),
    remedy: z.strictObject({ id: z.array(z.enum(REMEDIES)).meta(m('keyword', "The document's remedies.")) }),
    rules: z.strictObject({
      generation: z.int().meta(m('long', 'Of the rule pack.')),
      digest: kw('Of the rule pack.'),
    }),
    detail: z
      .strictObject({
        evidence: z.array(EvidenceItem),
        considered: z.array(Considered),
        ruled_out: z.array(RuledOut),
        missed: z
          .array(Missed)
          .optional()
          .describe(
            'Signals of the leading mechanisms that one condition kept from counting; absent where there are none.',
          ),
        around: z
          .strictObject({ failed: z.int().min(1), ok: z.int().min(0) })
          .describe('Attempts in its scope that ended within two minutes of it: timed out, and succeeded.'),
        explain: z.strictObject({ en: z.string(), zh: z.string() }),
      })
      .meta(m('object', 'The whole reasoning; stored, not indexed.')),
  }),
})
export type Verdict = z.infer<typeof Verdict>
