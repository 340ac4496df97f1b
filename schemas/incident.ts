import { z } from 'zod'
import { date, kw, m } from './document-fields.js'
import { REMEDIES, SCOPES, VERDICT_CAUSES } from './vocabulary.js'

/** Final verdicts of one realm, cause and scope until thirty quiet minutes or a day: one alert, not ten thousand. */
export const Incident = z.strictObject({
  '@timestamp': date('When its first timeout was given up, by the best estimate (UTC).'),
  ecs: z.strictObject({ version: kw('ECS version.') }),
  event: z.strictObject({
    id: kw('The id of the document.'),
    kind: z.literal('alert').meta(m('keyword', 'Always alert.')),
    category: z.array(z.literal('network')).meta(m('keyword', 'Always network.')),
    type: z.array(z.literal('info')).meta(m('keyword', 'Always info.')),
    action: z.literal('timeout-incident').meta(m('keyword', 'Always timeout-incident.')),
    module: z.literal('whytimeout').meta(m('keyword', 'Always whytimeout.')),
    dataset: z.literal('whytimeout.incident').meta(m('keyword', 'Always whytimeout.incident.')),
    start: date('When the first attempt began.'),
    end: date('When the last was given up.'),
  }),
  whytimeout: z.strictObject({
    realm: kw('What was diagnosed as one.'),
    incident: z.strictObject({
      id: kw('Hash of realm, cause, scope, scope_id and first verdict.'),
      cause: z.enum(VERDICT_CAUSES).meta(m('keyword', 'Cause of its verdicts.')),
      mechanism: kw('The mechanism that most of them name.'),
      scope: z.enum(SCOPES).meta(m('keyword', 'How far it reaches.')),
      scope_id: kw('Which terminal, site, ISP or endpoint.'),
      state: z.enum(['open', 'closed']).meta(m('keyword', 'Closed after thirty quiet minutes or a day.')),
      first: date('First timeout.'),
      last: date('Last timeout.'),
      verdicts: z.int().min(1).meta(m('long', 'Timeouts.')),
      terminals: z.int().min(0).meta(m('long', 'Distinct terminals hit.')),
      share: z
        .number()
        .meta(
          m(
            'float',
            'Of the attempts in its scope within two minutes of its timeouts, the share that timed out, 0..1.',
          ),
        ),
      evidence: z.strictObject({
        event_id: z.array(z.string()).meta(m('keyword', 'Decisive events; where nothing decides, the first symptoms.')),
        signal: z.array(z.string()).meta(m('keyword', 'Signals they carry.')),
      }),
      remedy: z.strictObject({ id: z.array(z.enum(REMEDIES)).meta(m('keyword', 'What to do first.')) }),
      explain: z.strictObject({ en: z.string(), zh: z.string() }).meta(m('object', 'In words; stored, not indexed.')),
    }),
    rules: z.strictObject({ generation: z.int().meta(m('long', 'The highest among its verdicts.')) }),
  }),
})
export type Incident = z.infer<typeof Incident>
