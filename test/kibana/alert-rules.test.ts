import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fieldsOf } from '../../schemas/conditions.js'
import { durationMs } from '../../schemas/config.js'
import { fieldTypes } from '../../schemas/elasticsearch.js'
import { ALERT_RULES, alertRuleBody, alertRuleRequests, alertRuleUuid } from '../../schemas/kibana/alert-rules.js'
import { LANGS } from '../../schemas/vocabulary.js'

const TYPES = fieldTypes()
/** What Kibana 8.14 takes for a rule of this type; anything more is refused. */
const Body = z.strictObject({
  name: z.string().startsWith('[whytimeout] '),
  ...{ consumer: z.literal('stackAlerts'), rule_type_id: z.literal('.es-query') },
  schedule: z.strictObject({ interval: z.string().regex(/^\d+m$/) }),
  tags: z.array(z.string()),
  actions: z.array(z.never()),
  params: z
    .strictObject({
      ...{ searchType: z.literal('esQuery'), index: z.array(z.string()).length(1), timeField: z.string() },
      esQuery: z.string().refine((text) => 'query' in JSON.parse(text)),
      ...{ size: z.int().min(0).max(10_000), aggType: z.literal('count') },
      ...{ groupBy: z.enum(['all', 'top']), termField: z.string().optional(), termSize: z.int().max(100).optional() },
      ...{ thresholdComparator: z.literal('>'), threshold: z.array(z.int().min(0)).length(1) },
      ...{ timeWindowSize: z.int().min(1), timeWindowUnit: z.literal('m'), excludeHitsFromPreviousRun: z.boolean() },
    })
    .refine((p) => (p.groupBy === 'top') === (p.termField !== undefined && p.termSize !== undefined)),
})

describe.each(ALERT_RULES)('alert rule $id', (rule) => {
  test.each(LANGS)('is a body that Kibana takes, %s', (lang) => {
    const body = alertRuleBody(rule, lang)
    expect(Body.safeParse(body).error).toBeUndefined()
    expect(body.params.timeWindowSize * 60_000, 'no time is left out').toBeGreaterThanOrEqual(
      2 * durationMs(body.schedule.interval),
    )
  })
  test('asks for fields that are there and can be counted', () => {
    expect(TYPES.get(rule.timeField)).toBe('date')
    if (rule.per) expect(TYPES.get(rule.per.field)).toBe('keyword')
    for (const field of fieldsOf(rule.conditions)) expect(field === '_ignored' || TYPES.has(field), field).toBe(true)
  })
})

test('ids are UUIDs of version 4, always the same, and one each', () => {
  const ids = ALERT_RULES.map(alertRuleUuid)
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids[0]).toBe('40aa1aff-a80c-4eeb-bf49-1c3ea0233a25')
})

test('requests: one for each rule, its body what follows', () => {
  const requests = alertRuleRequests('zh')
    .trimEnd()
    .split(/\n\n(?=POST )/)
  expect(requests.map((r) => r.split('\n')[0])).toEqual(
    ALERT_RULES.map((rule) => `POST kbn:/api/alerting/rule/${alertRuleUuid(rule)}`),
  )
  expect(requests.map((r) => JSON.parse(r.replace(/^.*\n/, '')))).toEqual(
    ALERT_RULES.map((rule) => alertRuleBody(rule, 'zh')),
  )
})
