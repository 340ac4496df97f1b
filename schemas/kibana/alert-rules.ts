import { createHash } from 'node:crypto'
import { type Condition, queryOf } from '../conditions.js'
import { INDICES, type IndexKind } from '../elasticsearch.js'
import { SEARCHES } from '../searches.js'
import type { Lang } from '../vocabulary.js'
import type { Words } from './panels.js'

/** When somebody is to be told: more than so many documents in the last minutes. */
export type AlertRule = {
  /** Kebab-case; never changes, for the id in Kibana comes from it. */
  readonly id: string
  readonly name: Words
  readonly kind: IndexKind
  readonly conditions: readonly Condition[]
  /** By which time a document is new. */
  readonly timeField: string
  /** One alert for each value, so many at most; without it one for all. */
  readonly per?: { readonly field: string; readonly size: number }
  readonly moreThan: number
  readonly minutes: number
}

const conditionsOf = (search: string): readonly Condition[] => {
  const found = SEARCHES.find((s) => s.id === search)
  if (!found) throw new Error(`no search ${search}`)
  return found.conditions
}

/** Limits are where to start from: they hang on how many terminals there are. */
export const ALERT_RULES: readonly AlertRule[] = [
  {
    id: 'incident-goes-on',
    name: { en: 'An incident goes on', zh: '事故持续中' },
    kind: 'incidents',
    conditions: conditionsOf('open-incidents'),
    // Of its last timeout; its @timestamp is that of the first.
    timeField: 'whytimeout.incident.last',
    per: { field: 'whytimeout.incident.id', size: 100 },
    moreThan: 0,
    minutes: 30,
  },
  {
    id: 'many-at-a-site',
    name: { en: 'Many timeouts at one site', zh: '单个门店超时过多' },
    kind: 'verdicts',
    conditions: conditionsOf('breaking-now'),
    timeField: '@timestamp',
    per: { field: 'whytimeout.site_id', size: 100 },
    moreThan: 10,
    minutes: 15,
  },
  {
    id: 'wider-than-a-site',
    name: { en: 'A provider, an endpoint or the whole fleet is hit', zh: '运营商、目标或全部终端受影响' },
    kind: 'verdicts',
    conditions: [
      ...conditionsOf('breaking-now'),
      { field: 'whytimeout.verdict.scope', op: 'is', value: ['isp', 'endpoint', 'fleet'] },
    ],
    timeField: '@timestamp',
    per: { field: 'whytimeout.verdict.scope_id', size: 100 },
    moreThan: 5,
    minutes: 15,
  },
  {
    id: 'unexplained',
    name: { en: 'Much seen, and still unexplained', zh: '证据多但原因不明的超时过多' },
    kind: 'verdicts',
    conditions: conditionsOf('unexplained'),
    timeField: '@timestamp',
    moreThan: 20,
    minutes: 60,
  },
  {
    id: 'values-not-searchable',
    name: { en: 'Lines with values that no search finds', zh: '日志行含无法检索的值' },
    kind: 'events',
    conditions: conditionsOf('ignored-values'),
    timeField: '@timestamp',
    moreThan: 0,
    minutes: 60,
  },
]

/** Verdicts come some minutes after their time, so a rule looks more often than its window is long. */
const EVERY = '5m'
/** Lines that an alert shows. */
const SHOWN = 10

/** What Kibana takes as the id of a rule: a UUID of version 4, here always the same. @see RFC 9562, 5.4 */
export function alertRuleUuid({ id }: AlertRule): string {
  const hex = createHash('sha256').update(`whytimeout alert rule ${id}`).digest('hex')
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/**
 * The body of `POST /api/alerting/rule/<uuid>`: an "Elasticsearch query" rule without actions.
 * @see Kibana 8.14, Create rule API; params of `.es-query` with `searchType: esQuery`
 */
export const alertRuleBody = (rule: AlertRule, lang: Lang) => ({
  name: `[whytimeout] ${rule.name[lang]}`,
  consumer: 'stackAlerts',
  rule_type_id: '.es-query',
  schedule: { interval: EVERY },
  tags: ['whytimeout'],
  actions: [],
  params: {
    searchType: 'esQuery',
    index: [INDICES[rule.kind].pattern],
    timeField: rule.timeField,
    esQuery: JSON.stringify({ query: queryOf(rule.conditions) }),
    size: SHOWN,
    aggType: 'count',
    ...(rule.per ? { groupBy: 'top', termField: rule.per.field, termSize: rule.per.size } : { groupBy: 'all' }),
    thresholdComparator: '>',
    threshold: [rule.moreThan],
    timeWindowSize: rule.minutes,
    timeWindowUnit: 'm',
    // What goes on is counted again: an alert ends when it does.
    excludeHitsFromPreviousRun: false,
  },
})

/** Requests as the console of Kibana's Dev Tools takes them. */
export const alertRuleRequests = (lang: Lang): string =>
  ALERT_RULES.map(
    (rule) =>
      `POST kbn:/api/alerting/rule/${alertRuleUuid(rule)}\n${JSON.stringify(alertRuleBody(rule, lang), null, 2)}\n`,
  ).join('\n')
