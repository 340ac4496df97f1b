import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { REJECT_CODES } from '../../pipeline/parse/format.js'
import { METRICS, type MetricMeta } from '../../pipeline/run/metric-list.js'
import { VERDICT_CAUSES } from '../../schemas/vocabulary.js'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

type Rule = {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly summary_zh: string }
}
const file = parse(read('deploy/prometheus/whytimeout.rules.yml')) as { groups: { rules: Rule[] }[] }
const rules = file.groups.flatMap((g) => g.rules)
const METRIC = /\bwhytimeout_\w+/g

/** Names that a scrape has, with the labels that select among them. */
const metricOf = (name: string): MetricMeta | undefined => {
  const all = METRICS as Readonly<Record<string, MetricMeta>>
  const histogram = all[name.replace(/_(bucket|sum|count)$/, '')]
  return all[name] ?? (histogram?.type === 'histogram' ? histogram : undefined)
}

describe('alert rules', () => {
  test('there are some, each named once', () => {
    expect(rules.length).toBeGreaterThan(8)
    expect(new Set(rules.map((r) => r.alert)).size).toBe(rules.length)
  })
  test.each(rules.map((r) => [r.alert, r] as const))('%s', (_, rule) => {
    const names = rule.expr.match(METRIC) ?? []
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) expect(metricOf(name), name).toBeDefined()
    for (const [, name = '', selector = ''] of rule.expr.matchAll(/(whytimeout_\w+)\{([^}]*)\}/g))
      for (const [, label = ''] of selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
        expect(metricOf(name)?.labels, `${name}{${label}}`).toContain(label)
    // A sum "by" a label that its metrics do not have is empty for ever.
    const known = names.flatMap((n) => [...(metricOf(n)?.labels ?? []), 'le'])
    for (const [, by = ''] of rule.expr.matchAll(/\bby \(([^)]*)\)/g))
      for (const label of by.split(',')) expect(known, label).toContain(label.trim())
    for (const [, label = ''] of rule.annotations.summary.matchAll(/\$labels\.(\w+)/g))
      expect([...known, 'instance', 'job'], label).toContain(label)
    // Counters are looked at by their growth.
    for (const name of names.filter((n) => n.endsWith('_total')))
      expect(rule.expr, name).toMatch(new RegExp(`(rate|increase)\\(${name}\\b`))
    expect(['info', 'warning', 'critical']).toContain(rule.labels.severity)
    expect(rule.annotations.summary).toMatch(/\.$|\?$/)
    expect(rule.annotations.summary_zh).toMatch(/[\u4e00-\u9fff]/)
  })
  test('values they select by exist', () => {
    const values = new Set(rules.flatMap((r) => [...r.expr.matchAll(/="([^"]*)"/g)].map((m) => m[1])))
    const known = ['parse', 'diagnose', 'event', 'filtered', 'duplicate', 'dead_lettered', 'final', 'provisional']
    for (const value of values) expect([...known, ...VERDICT_CAUSES, ...REJECT_CODES]).toContain(value)
  })
})

test('pages name no metric that there is not', () => {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.md'))
  for (const page of pages)
    for (const name of read(join('docs', page)).match(METRIC) ?? [])
      expect(metricOf(name), `${page}: ${name}`).toBeDefined()
})
