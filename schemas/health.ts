import { z } from 'zod'
import { date, kw, m } from './document-fields.js'

const ms = (description: string) =>
  z
    .int()
    .min(0)
    .meta(m('long', description, 'ms'))
const count = (description: string) => z.int().min(0).meta(m('long', description))
const share = (description: string) =>
  z
    .number()
    .min(0)
    .max(1)
    .meta(m('float', description, 'share 0..1'))

/** What an hour is told by: a site's, an access provider's, an endpoint's terminals, or all of a realm. */
export const HEALTH_BY = ['site', 'isp', 'endpoint', 'fleet'] as const
export type HealthBy = (typeof HEALTH_BY)[number]

/** How long what went well took, and how near that came to the limit. Quantiles are right within 5 %. */
const Durations = (what: string) =>
  z.strictObject({
    count: count(`Successes that tell ${what}.`),
    p50_ms: ms(`Half of them took no longer: ${what}.`),
    p95_ms: ms(`19 of 20 took no longer: ${what}.`),
    p99_ms: ms(`99 of 100 took no longer: ${what}.`),
    limit_ms: ms(
      'The lowest limit that the logs of this hour state, else how long its timeouts waited. Absent: not known.',
    ).optional(),
    near_share: share('Of them, those within a factor of two of the limit.').optional(),
  })
export type HealthDurations = z.infer<ReturnType<typeof Durations>>

/** One hour of one site, access provider, endpoint or realm: how many attempts, how many failed, how long the others took. */
export const Health = z.strictObject({
  '@timestamp': date('Begin of the hour (UTC).'),
  ecs: z.strictObject({ version: kw('ECS version.') }),
  event: z.strictObject({
    id: kw('The id of the document.'),
    kind: z.literal('metric').meta(m('keyword', 'Always metric.')),
    category: z.array(z.literal('network')).meta(m('keyword', 'Always network.')),
    type: z.array(z.literal('info')).meta(m('keyword', 'Always info.')),
    action: z.literal('attempts-counted').meta(m('keyword', 'Always attempts-counted.')),
    module: z.literal('whytimeout').meta(m('keyword', 'Always whytimeout.')),
    dataset: z.literal('whytimeout.health').meta(m('keyword', 'Always whytimeout.health.')),
    start: date('Begin of the hour.'),
    end: date('End of the hour.'),
  }),
  whytimeout: z.strictObject({
    realm: kw('What was diagnosed as one.'),
    health: z.strictObject({
      by: z.enum(HEALTH_BY).meta(m('keyword', 'What is told of: site, isp, endpoint or fleet.')),
      id: kw('Which site, access provider, endpoint or realm.'),
      isp: kw('Of a site: its access provider.').optional(),
      seen_by: z.enum(['terminal', 'gateway']).meta(m('keyword', 'Whose attempts, by whose own log.')),
      terminals: count('Distinct terminals.'),
      attempts: count('Attempts that ended in this hour.'),
      timeouts: count('Of them, those that ran into a time limit.'),
      failed: count('Of them, those that failed otherwise.'),
      timeout_share: share('timeouts / attempts.'),
      connect: Durations('connecting').optional(),
      response: Durations('the answer').optional(),
    }),
  }),
})
export type Health = z.infer<typeof Health>
