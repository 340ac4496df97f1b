import { fieldTypes, type IndexKind } from '../elasticsearch.js'
import type { Lang } from '../vocabulary.js'
import { kqlOf } from './kql.js'
import type { Bucket, LensPanel, Metric } from './panels.js'

type Json = { readonly [key: string]: unknown }
export type Reference = { readonly type: string; readonly id: string; readonly name: string }

/** One layer is enough for each of our panels. */
const LAYER = 'l1'
const DATA_VIEW = `indexpattern-datasource-layer-${LAYER}`
const TYPES = fieldTypes()

/** Kibana's words for a type; what is no number, date or address is a string. */
function dataType(field: string): string {
  const type = TYPES.get(field)
  return type === 'long' || type === 'float' ? 'number' : type === 'date' || type === 'ip' ? type : 'string'
}

export const kuery = (query: string): Json => ({ query, language: 'kuery' })
export const dataViewId = (kind: IndexKind): string => `whytimeout-${kind}`

function bucketColumn(bucket: Bucket, lang: Lang, firstMetric: string): Json {
  if (bucket.by === 'time')
    return {
      label: '@timestamp',
      dataType: 'date',
      operationType: 'date_histogram',
      sourceField: '@timestamp',
      isBucketed: true,
      scale: 'interval',
      params: { interval: bucket.interval, includeEmptyRows: true },
    }
  const common = { label: bucket.label[lang], customLabel: true, isBucketed: true, scale: 'ordinal' }
  if (bucket.by === 'conditions') {
    const filters = bucket.parts.map((p) => ({ label: p.label[lang], input: kuery(kqlOf(p.conditions)) }))
    return { ...common, dataType: 'string', operationType: 'filters', params: { filters } }
  }
  return {
    ...common,
    dataType: dataType(bucket.field),
    operationType: 'terms',
    sourceField: bucket.field,
    params: {
      size: bucket.size,
      orderBy: { type: 'column', columnId: firstMetric },
      orderDirection: 'desc',
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: 'terms' },
    },
  }
}

function metricColumn(metric: Metric, lang: Lang): Json {
  const common = { label: metric.label[lang], customLabel: true, isBucketed: false, scale: 'ratio' }
  const number = { ...common, dataType: 'number' }
  switch (metric.of) {
    case 'count':
      return {
        ...number,
        operationType: 'count',
        sourceField: '___records___',
        params: { emptyAsNull: false },
        ...(metric.where && { filter: kuery(kqlOf(metric.where)) }),
      }
    case 'unique':
      return {
        ...number,
        operationType: 'unique_count',
        sourceField: metric.field,
        params: { emptyAsNull: false },
      }
    case 'p95':
      return { ...number, operationType: 'percentile', sourceField: metric.field, params: { percentile: 95 } }
    default:
      return {
        ...common,
        dataType: dataType(metric.field),
        operationType: metric.of,
        sourceField: metric.field,
        params: { emptyAsNull: true },
      }
  }
}

/** How a panel looks; columns are named in the order of its buckets, then its metrics. */
function visualization(panel: LensPanel, buckets: readonly string[], metrics: readonly string[]): [string, Json] {
  const layer = { layerId: LAYER, layerType: 'data' }
  const timed = panel.buckets.findIndex((b) => b.by === 'time')
  const x = buckets[Math.max(timed, 0)]
  const other = buckets.find((b) => b !== x)
  switch (panel.shape) {
    case 'tile':
      return ['lnsMetric', { ...layer, metricAccessor: metrics[0] }]
    case 'table':
      return ['lnsDatatable', { ...layer, columns: [...buckets, ...metrics].map((columnId) => ({ columnId })) }]
    case 'donut':
      return [
        'lnsPie',
        {
          shape: 'donut',
          layers: [
            {
              ...layer,
              primaryGroups: buckets,
              metrics,
              numberDisplay: 'percent',
              categoryDisplay: 'default',
              legendDisplay: 'show',
              nestedLegend: false,
            },
          ],
        },
      ]
    case 'heatmap':
      return [
        'lnsHeatmap',
        {
          ...layer,
          shape: 'heatmap',
          xAccessor: x,
          yAccessor: other,
          valueAccessor: metrics[0],
          gridConfig: {
            type: 'heatmap_grid',
            isCellLabelVisible: false,
            isYAxisLabelVisible: true,
            isXAxisLabelVisible: true,
            isYAxisTitleVisible: false,
            isXAxisTitleVisible: false,
          },
          legend: { type: 'heatmap_legend', isVisible: true, position: 'right' },
        },
      ]
    default: {
      const seriesType =
        panel.shape === 'shares' ? 'bar_percentage_stacked' : timed < 0 ? 'bar_horizontal' : 'bar_stacked'
      return [
        'lnsXY',
        {
          preferredSeriesType: seriesType,
          valueLabels: 'hide',
          legend: { isVisible: other !== undefined, position: 'right' },
          layers: [
            {
              ...layer,
              seriesType,
              xAccessor: x,
              ...(other !== undefined && { splitAccessor: other }),
              accessors: metrics,
            },
          ],
        },
      ]
    }
  }
}

/** The attributes of a Lens object, as a dashboard holds it by value. */
export function lensAttributes(panel: LensPanel, lang: Lang): { readonly references: readonly Reference[] } & Json {
  const buckets = panel.buckets.map((_, i) => `b${i + 1}`)
  const metrics = panel.metrics.map((_, i) => `m${i + 1}`)
  const columns = Object.fromEntries([
    ...panel.buckets.map((b, i) => [buckets[i], bucketColumn(b, lang, 'm1')]),
    ...panel.metrics.map((m, i) => [metrics[i], metricColumn(m, lang)]),
  ])
  const [visualizationType, shape] = visualization(panel, buckets, metrics)
  return {
    title: panel.title[lang],
    type: 'lens',
    visualizationType,
    references: [{ type: 'index-pattern', id: dataViewId(panel.kind), name: DATA_VIEW }],
    state: {
      query: kuery(kqlOf(panel.conditions ?? [])),
      filters: [],
      internalReferences: [],
      adHocDataViews: {},
      datasourceStates: {
        formBased: {
          layers: { [LAYER]: { columnOrder: [...buckets, ...metrics], incompleteColumns: {}, columns } },
        },
      },
      visualization: shape,
    },
  }
}
