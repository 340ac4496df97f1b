import type { Query } from '../../schemas/conditions.js'
import { queryOfKql } from './kql-query.js'

export type Column = {
  readonly label: string
  readonly dataType: string
  readonly operationType: string
  readonly sourceField?: string
  readonly isBucketed: boolean
  readonly filter?: { readonly query: string }
  readonly params: {
    readonly interval?: string
    readonly size?: number
    readonly percentile?: number
    readonly orderBy?: { readonly columnId: string }
    readonly filters?: readonly { readonly label: string; readonly input: { readonly query: string } }[]
  }
}
type Reference = { readonly type: string; readonly id: string; readonly name: string }
export type LensState = {
  readonly title: string
  readonly visualizationType: string
  readonly references: readonly Reference[]
  readonly state: {
    readonly query: { readonly query: string }
    readonly visualization: object
    readonly datasourceStates: {
      readonly formBased: {
        readonly layers: Readonly<
          Record<
            string,
            { readonly columnOrder: readonly string[]; readonly columns: Readonly<Record<string, Column>> }
          >
        >
      }
    }
  }
}
export type PanelJson = {
  readonly type: 'lens' | 'search'
  readonly panelIndex: string
  readonly gridData: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
    readonly i: string
  }
  readonly embeddableConfig: { readonly attributes?: LensState }
  readonly panelRefName?: string
}
export type Imported = {
  readonly type: string
  readonly id: string
  readonly references: readonly Reference[]
  readonly attributes: Readonly<Record<string, unknown>>
}

/** The objects of an import file, read as Kibana would. */
export const importedOf = (ndjson: string): readonly Imported[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Imported)

export const panelsOf = (dashboard: Imported): readonly PanelJson[] =>
  JSON.parse(dashboard.attributes['panelsJSON'] as string)

export function layerOf({ state }: LensState) {
  const [layer, ...others] = Object.values(state.datasourceStates.formBased.layers)
  if (!layer || others.length > 0) throw new Error('not one layer')
  return layer
}

export const searchQuery = (search: Imported): string =>
  JSON.parse((search.attributes['kibanaSavedObjectMeta'] as { searchSourceJSON: string }).searchSourceJSON).query.query

type Aggregations = { readonly [name: string]: object }

/** What a Lens panel asks of Elasticsearch: a query, and its columns nested in their order. */
export function requestOf(lens: LensState): { readonly query: Query; readonly aggs: Aggregations } {
  const { columnOrder, columns } = layerOf(lens)
  const entries = columnOrder.map((id): [string, Column] => [id, columns[id] as Column])
  const metrics = Object.fromEntries(entries.filter(([, c]) => !c.isBucketed).map(([id, c]) => [id, metricOf(c)]))
  const nested = entries
    .filter(([, c]) => c.isBucketed)
    .reduceRight<Aggregations>((aggs, [id, c]) => ({ ...metrics, [id]: { ...bucketOf(c), aggs } }), metrics)
  return { query: queryOfKql(lens.state.query.query), aggs: nested }
}

function bucketOf({ operationType, sourceField: field, params }: Column): object {
  switch (operationType) {
    case 'date_histogram':
      // Kibana chooses the interval by the width of the panel.
      return { date_histogram: { field, fixed_interval: '1h', min_doc_count: 1 } }
    case 'terms':
      return { terms: { field, size: params.size, order: { [params.orderBy?.columnId as string]: 'desc' } } }
    case 'filters':
      return {
        filters: {
          filters: Object.fromEntries((params.filters ?? []).map((f) => [f.label, queryOfKql(f.input.query)])),
        },
      }
    default:
      throw new Error(`no bucket ${operationType}`)
  }
}

function metricOf({ operationType, sourceField: field, filter, params }: Column): object {
  switch (operationType) {
    case 'count':
      return filter ? { filter: queryOfKql(filter.query) } : { value_count: { field: '_index' } }
    case 'unique_count':
      return { cardinality: { field } }
    case 'average':
      return { avg: { field } }
    case 'max':
      return { max: { field } }
    case 'percentile':
      return { percentiles: { field, percents: [params.percentile] } }
    default:
      throw new Error(`no metric ${operationType}`)
  }
}
