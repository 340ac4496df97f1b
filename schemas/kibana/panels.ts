import type { Condition } from '../conditions.js'
import type { IndexKind } from '../elasticsearch.js'
import type { Lang } from '../vocabulary.js'

export type Words = Readonly<Record<Lang, string>>

/** How documents are divided. */
export type Bucket =
  | { readonly by: 'time'; readonly interval: 'auto' | '1h' }
  | { readonly by: 'field'; readonly field: string; readonly label: Words; readonly size: number }
  | {
      readonly by: 'conditions'
      readonly label: Words
      readonly parts: readonly { readonly label: Words; readonly conditions: readonly Condition[] }[]
    }
/** What is said of each part. */
export type Metric =
  | { readonly of: 'count'; readonly label: Words; readonly where?: readonly Condition[] }
  | { readonly of: 'unique' | 'average' | 'p95' | 'max'; readonly field: string; readonly label: Words }

export type LensPanel = {
  readonly id: string
  readonly title: Words
  readonly kind: IndexKind
  /**
   * tile: one number. bars: stacked over time, or lying where there is no time. shares: the same as parts of a hundred.
   * donut: parts of the whole. heatmap: a field by time. table: a row each.
   */
  readonly shape: 'tile' | 'bars' | 'shares' | 'donut' | 'heatmap' | 'table'
  readonly conditions?: readonly Condition[]
  /** The outer first; the largest of an inner field are those of its outer part. */
  readonly buckets: readonly Bucket[]
  readonly metrics: readonly [Metric, ...Metric[]]
}
export type SearchPanel = { readonly id: string; readonly title: Words; readonly search: string }
export type Panel = LensPanel | SearchPanel

/** Panels side by side; a dashboard is 48 columns wide. */
export type Row = { readonly height: number; readonly panels: readonly Panel[] }
export type Control = { readonly id: string; readonly title: Words; readonly kind: IndexKind; readonly field: string }
export type Dashboard = {
  readonly id: string
  readonly title: Words
  readonly description: Words
  /** Each panel has the field of each control: a filter on a field that is not there would empty it. */
  readonly controls: readonly Control[]
  readonly rows: readonly Row[]
  /** How far back it opens, as Kibana writes it. */
  readonly from: string
}
