import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fieldTypes, INDICES, type IndexKind } from '../../schemas/elasticsearch.js'
import { LogEvent } from '../../schemas/event.js'
import { Health } from '../../schemas/health.js'
import { Incident } from '../../schemas/incident.js'
import { DASHBOARDS } from '../../schemas/kibana/dashboards.js'
import { kqlOf } from '../../schemas/kibana/kql.js'
import { COLUMNS, kibanaNdjson } from '../../schemas/kibana/objects.js'
import { SEARCHES } from '../../schemas/searches.js'
import { Verdict } from '../../schemas/verdict.js'
import { LANGS } from '../../schemas/vocabulary.js'
import { type Imported, importedOf, layerOf, panelsOf, searchQuery } from './imported.js'
import { fieldsOfQuery, queryOfKql } from './kql-query.js'

const TYPES = fieldTypes()
/** What an aggregation or a sort cannot use. */
const NOT_COUNTED = ['text', 'unindexed', 'object', 'flattened']
/** Elasticsearch's own; no mapping names them. */
const META = ['_ignored']

/** Whether documents of a kind can have a field; dead letters have few, and all of them events have too. */
function hasField(kind: IndexKind, field: string): boolean {
  if (kind === 'events' || kind === 'dead-letters') return META.includes(field) || field in LogEvent.shape
  let type: unknown = { verdicts: Verdict, incidents: Incident, health: Health }[kind]
  for (const step of field.split('.')) {
    while (type instanceof z.ZodOptional) type = type.unwrap()
    type = type instanceof z.ZodObject ? type.shape[step] : undefined
  }
  return type !== undefined
}
const expectField = (kind: IndexKind, field: string, isCounted: boolean) => {
  expect(hasField(kind, field), `${kind} have no ${field}`).toBe(true)
  if (isCounted) expect(NOT_COUNTED, `${field} cannot be counted`).not.toContain(TYPES.get(field))
}
const kindOf = (id: string): IndexKind => id.replace('whytimeout-', '') as IndexKind

const Reference = z.strictObject({ type: z.enum(['index-pattern', 'search']), id: z.string(), name: z.string() })
const Json = z.string().refine((text) => JSON.parse(text) !== undefined)
const Source = z.strictObject({ searchSourceJSON: Json })
/** The shapes that Kibana 8.14 takes; a dashboard with an attribute too many is refused. */
const ATTRIBUTES = {
  'index-pattern': z.strictObject({
    title: z.string(),
    name: z.string(),
    timeFieldName: z.literal('@timestamp').optional(),
    ...{ fieldAttrs: Json, fieldFormatMap: Json, fields: z.literal('[]'), runtimeFieldMap: Json, sourceFilters: Json },
    allowHidden: z.boolean(),
  }),
  search: z.strictObject({
    ...{ title: z.string(), description: z.string(), columns: z.array(z.string()).min(1) },
    sort: z.array(z.tuple([z.string(), z.enum(['asc', 'desc'])])).min(1),
    ...{ grid: z.strictObject({}), hideChart: z.boolean(), isTextBasedQuery: z.literal(false) },
    kibanaSavedObjectMeta: Source,
  }),
  dashboard: z.strictObject({
    ...{ title: z.string(), description: z.string(), panelsJSON: Json, optionsJSON: Json },
    controlGroupInput: z.strictObject({
      controlStyle: z.literal('oneLine'),
      chainingSystem: z.literal('HIERARCHICAL'),
      ...{ ignoreParentSettingsJSON: Json, panelsJSON: Json },
    }),
    kibanaSavedObjectMeta: Source,
    ...{ timeRestore: z.literal(true), timeFrom: z.string(), timeTo: z.literal('now'), version: z.literal(1) },
  }),
}
const VERSIONS: Readonly<Record<string, string>> = { 'index-pattern': '8.0.0', search: '8.0.0', dashboard: '8.9.0' }

describe.each(LANGS)('kibana objects, %s', (lang) => {
  const text = kibanaNdjson(lang)
  const objects = importedOf(text)
  const dashboards = objects.filter((o) => o.type === 'dashboard')
  const lenses = dashboards.flatMap((d) =>
    panelsOf(d).flatMap(({ embeddableConfig: { attributes }, panelIndex }) =>
      attributes ? [{ name: `${d.id} ${panelIndex}`, lens: attributes }] : [],
    ),
  )

  test('the bytes are always the same, and those of the file', () => {
    expect(kibanaNdjson(lang)).toBe(text)
    expect(readFileSync(join(import.meta.dirname, `../../kibana/whytimeout-${lang}.ndjson`), 'utf8')).toBe(text)
  })
  test.each(objects.map((o) => [`${o.type} ${o.id}`, o] as const))('%s has the shape that 8.14 takes', (_, object) => {
    const whole = z.strictObject({
      ...{ type: z.enum(['index-pattern', 'search', 'dashboard']), id: z.string().regex(/^whytimeout-[a-z-]+$/) },
      attributes: ATTRIBUTES[object.type as keyof typeof ATTRIBUTES],
      references: z.array(Reference),
      coreMigrationVersion: z.literal('8.8.0'),
      typeMigrationVersion: z.literal(VERSIONS[object.type] as string),
    })
    expect(whole.safeParse(object).error).toBeUndefined()
  })
  test('ids are unique, references lead to an object before, and each is used', () => {
    const seen = new Set<string>()
    for (const { type, id, references } of objects) {
      expect(seen).not.toContain(`${type} ${id}`)
      for (const r of references) expect(seen, `${id} needs ${r.type} ${r.id}`).toContain(`${r.type} ${r.id}`)
      expect(new Set(references.map((r) => r.name)).size).toBe(references.length)
      seen.add(`${type} ${id}`)
    }
    for (const d of dashboards) {
      const controls = JSON.parse((d.attributes['controlGroupInput'] as { panelsJSON: string }).panelsJSON)
      const used = [
        ...panelsOf(d).flatMap((p) => [
          ...(p.embeddableConfig.attributes?.references ?? []).map((r) => ({
            ...r,
            name: `${p.panelIndex}:${r.name}`,
          })),
          ...(p.panelRefName === undefined ? [] : [{ name: `${p.panelIndex}:${p.panelRefName}` }]),
        ]),
        ...Object.entries<{ explicitInput: { dataViewId: string } }>(controls).map(([id, c]) => ({
          name: `controlGroup_${id}:optionsListDataView`,
          id: c.explicitInput.dataViewId,
        })),
      ]
      expect(d.references.map((r) => r.name)).toEqual(used.map((u) => u.name))
      for (const [i, u] of used.entries()) if ('id' in u) expect(d.references[i]?.id).toBe(u.id)
    }
  })
  test('every named search is there, with a query and columns that its documents have', () => {
    const searches = objects.filter((o) => o.type === 'search')
    expect(searches.map((s) => s.attributes['title'])).toEqual(SEARCHES.map((s) => `[whytimeout] ${s.title[lang]}`))
    for (const s of searches) {
      const kind = kindOf(s.references[0]?.id as string)
      for (const field of s.attributes['columns'] as string[]) expectField(kind, field, false)
      for (const [field] of s.attributes['sort'] as [string][]) expectField(kind, field, true)
      for (const field of fieldsOfQuery(queryOfKql(searchQuery(s)))) expectField(kind, field, false)
    }
  })
  test('data views are those of the indices, and format fields that are there', () => {
    const views = objects.filter((o) => o.type === 'index-pattern')
    expect(views.map((v) => v.attributes['title'])).toEqual(Object.values(INDICES).map((i) => i.pattern))
    for (const v of views)
      for (const field of Object.keys(JSON.parse(v.attributes['fieldFormatMap'] as string)))
        expectField(kindOf(v.id), field, true)
  })
  test.each(lenses)('$name: columns are there and can be counted, and what is drawn is a column', ({ lens }) => {
    const { columnOrder, columns } = layerOf(lens)
    expect(Object.keys(columns)).toEqual(columnOrder)
    const kind = kindOf(lens.references[0]?.id as string)
    const buckets = columnOrder.filter((id) => columns[id]?.isBucketed)
    expect(columnOrder.slice(0, buckets.length)).toEqual(buckets)
    for (const { sourceField, filter, params, dataType, operationType } of Object.values(columns)) {
      if (sourceField !== undefined && sourceField !== '___records___') {
        expectField(kind, sourceField, true)
        const isNumber = ['average', 'percentile'].includes(operationType)
        if (isNumber) expect(['long', 'float']).toContain(TYPES.get(sourceField))
        if (operationType === 'terms') expect(dataType === 'ip').toBe(TYPES.get(sourceField) === 'ip')
      }
      const queries = [filter?.query, ...(params.filters ?? []).map((f) => f.input.query), lens.state.query.query]
      for (const q of queries) for (const f of fieldsOfQuery(queryOfKql(q ?? ''))) expectField(kind, f, false)
      if (params.orderBy) expect(columnOrder).toContain(params.orderBy.columnId)
    }
    const drawn = JSON.stringify(lens.state.visualization).match(/"[bm]\d"/g) ?? []
    expect([...new Set(drawn.map((d) => d.slice(1, -1)))].sort()).toEqual([...columnOrder].sort())
  })
  test.each(dashboards.map((d) => [d.id, d] as const))('%s: panels lie side by side and within', (_, dashboard) => {
    const cells = new Set<string>()
    for (const { gridData: g, panelIndex } of panelsOf(dashboard)) {
      expect(g.i).toBe(panelIndex)
      expect(g.x + g.w).toBeLessThanOrEqual(COLUMNS)
      for (let x = g.x; x < g.x + g.w; x++)
        for (let y = g.y; y < g.y + g.h; y++) {
          expect(cells, `${panelIndex} lies over another`).not.toContain(`${x},${y}`)
          cells.add(`${x},${y}`)
        }
    }
  })
})

test('the languages differ in words alone, and neither import touches the other', () => {
  const [en, zh] = LANGS.map((lang) => importedOf(kibanaNdjson(lang))) as [readonly Imported[], readonly Imported[]]
  expect(zh.map((o) => o.id.replace(/-zh$/, ''))).toEqual(en.map((o) => o.id))
  for (const [i, o] of en.entries())
    if (o.type === 'index-pattern') expect(zh[i]).toEqual(o)
    else {
      expect(zh[i]?.id).toBe(`${o.id}-zh`)
      expect(zh[i]?.attributes['title']).toMatch(/\p{Script=Han}/u)
    }
})

test.each(DASHBOARDS)('$id: what a control chooses, the documents of every panel have', ({ controls, rows }) => {
  for (const { panels } of rows)
    for (const panel of panels) {
      const kind = 'search' in panel ? SEARCHES.find((s) => s.id === panel.search)?.kind : panel.kind
      for (const { field, kind: own } of controls) for (const k of [kind as IndexKind, own]) expectField(k, field, true)
    }
})

test('conditions as Kibana writes them', () => {
  expect(
    kqlOf([
      { field: 'a', op: 'is', value: ['x "y" \\', 'or'] },
      { field: 'b', op: 'not', value: 'z' },
      { field: 'n', op: 'lt', value: 0.5 },
      { field: 'm', op: 'missing' },
      {
        op: 'any',
        of: [
          [{ field: 'c', op: 'exists' }],
          [
            { field: 'd', op: 'phrase', value: '连接 超时' },
            { field: 'e', op: 'is', value: 443 },
          ],
        ],
      },
    ]),
  ).toBe(
    'a : ("x \\"y\\" \\\\" or "or") and not b : "z" and n < 0.5 and not m : * and (c : * or (d : "连接 超时" and e : 443))',
  )
  expect(queryOfKql('not a : "b or c" and (n >= 2 or c : *)')).toEqual({
    bool: {
      filter: [
        { bool: { must_not: [{ match_phrase: { a: 'b or c' } }] } },
        { bool: { should: [{ range: { n: { gte: 2 } } }, { exists: { field: 'c' } }], minimum_should_match: 1 } },
      ],
    },
  })
})
