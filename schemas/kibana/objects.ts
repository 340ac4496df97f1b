import { INDICES, type IndexKind } from '../elasticsearch.js'
import { type SavedSearch, SEARCHES } from '../searches.js'
import { type Lang, VERDICT_CAUSES } from '../vocabulary.js'
import { DASHBOARDS } from './dashboards.js'
import { kqlOf } from './kql.js'
import { dataViewId, kuery, lensAttributes, type Reference } from './lens.js'
import type { Dashboard, Panel } from './panels.js'

type Json = { readonly [key: string]: unknown }
/** One line of an import file. */
export type KibanaObject = {
  readonly type: 'index-pattern' | 'search' | 'dashboard'
  readonly id: string
  readonly attributes: { readonly title: string } & Json
  readonly references: readonly Reference[]
  readonly coreMigrationVersion: string
  readonly typeMigrationVersion: string
}

/** The oldest shapes that 8.14 knows: a newer Kibana brings them up to date itself, an older one never takes a newer shape. */
const CORE = '8.8.0'
const SHAPES = { 'index-pattern': '8.0.0', search: '8.0.0', dashboard: '8.9.0' } as const

const object = (
  type: KibanaObject['type'],
  id: string,
  attributes: KibanaObject['attributes'],
  references: readonly Reference[],
): KibanaObject => ({
  type,
  id,
  attributes,
  references,
  coreMigrationVersion: CORE,
  typeMigrationVersion: SHAPES[type],
})

/** English objects have the plain id, so that both languages can be there at once. */
const idIn = (lang: Lang, name: string): string => `whytimeout-${name}${lang === 'en' ? '' : `-${lang}`}`
const titleIn = (lang: Lang, title: Readonly<Record<Lang, string>>): string => `[whytimeout] ${title[lang]}`

const PERCENT = { id: 'percent', params: { pattern: '0 %' } }
const NANOSECONDS = {
  id: 'duration',
  params: {
    inputFormat: 'nanoseconds',
    outputFormat: 'humanizePrecise',
    outputPrecision: 1,
    includeSpaceWithSuffix: true,
    useShortSuffix: true,
  },
}
/** From an id to the line it names; the way up and down again is what a link inside of Kibana, in any space, looks like. */
const LINE = {
  id: 'url',
  params: {
    type: 'a',
    urlTemplate: `../app/discover#/?_g=(time:(from:now-5y,to:now))&_a=(columns:!(whytimeout.origin,message,whytimeout.signal.id),index:${dataViewId('events')},query:(language:kuery,query:'event.id:%22{{value}}%22'))`,
    labelTemplate: '{{value}}',
    openLinkInCurrentTab: false,
  },
}
const FORMATS: Readonly<Record<IndexKind, Readonly<Record<string, Json>>>> = {
  verdicts: {
    'event.duration': NANOSECONDS,
    'whytimeout.verdict.confidence': PERCENT,
    'whytimeout.verdict.margin': PERCENT,
    ...Object.fromEntries(VERDICT_CAUSES.map((cause) => [`whytimeout.score.${cause}`, PERCENT])),
    'whytimeout.evidence.event_id': LINE,
  },
  events: { 'event.duration': NANOSECONDS },
  incidents: { 'whytimeout.incident.share': PERCENT, 'whytimeout.incident.evidence.event_id': LINE },
  health: {
    'whytimeout.health.timeout_share': PERCENT,
    'whytimeout.health.response.near_share': PERCENT,
    'whytimeout.health.connect.near_share': PERCENT,
  },
  'dead-letters': {},
}

/** The same in every language: an import of one leaves the other's as they are. */
function dataViews(): readonly KibanaObject[] {
  return (Object.keys(INDICES) as IndexKind[]).map((kind) =>
    object(
      'index-pattern',
      dataViewId(kind),
      {
        title: INDICES[kind].pattern,
        name: `whytimeout ${kind}`,
        // What could not be used often has no time.
        ...(kind !== 'dead-letters' && { timeFieldName: '@timestamp' }),
        fieldAttrs: '{}',
        fieldFormatMap: JSON.stringify(FORMATS[kind]),
        fields: '[]',
        runtimeFieldMap: '{}',
        sourceFilters: '[]',
        allowHidden: false,
      },
      [],
    ),
  )
}

const INDEX_REFERENCE = 'kibanaSavedObjectMeta.searchSourceJSON.index'
function savedSearch(search: SavedSearch, lang: Lang): KibanaObject {
  const source = { query: kuery(kqlOf(search.conditions)), filter: [], indexRefName: INDEX_REFERENCE }
  return object(
    'search',
    idIn(lang, search.id),
    {
      title: titleIn(lang, search.title),
      description: search.question[lang],
      columns: search.columns,
      sort: search.sort.map(({ field, order }) => [field, order]),
      grid: {},
      hideChart: false,
      isTextBasedQuery: false,
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(source) },
    },
    [{ type: 'index-pattern', id: dataViewId(search.kind), name: INDEX_REFERENCE }],
  )
}

/** Of a dashboard; Kibana's own measure. */
export const COLUMNS = 48

type Placed = { readonly panel: Panel; readonly grid: { x: number; y: number; w: number; h: number; i: string } }
/** Rows from the top, the panels of a row of equal width. */
function place(dashboard: Dashboard): readonly Placed[] {
  let y = 0
  return dashboard.rows.flatMap(({ height: h, panels }) => {
    const w = Math.floor(COLUMNS / panels.length)
    const row = panels.map((panel, n) => ({ panel, grid: { x: n * w, y, w, h, i: panel.id } }))
    y += h
    return row
  })
}

function panelOf(
  { panel, grid }: Placed,
  lang: Lang,
): { readonly json: Json; readonly references: readonly Reference[] } {
  const common = { panelIndex: panel.id, gridData: grid, title: panel.title[lang] }
  if ('search' in panel) {
    const panelRefName = `panel_${panel.id}`
    return {
      json: { ...common, type: 'search', embeddableConfig: { enhancements: {} }, panelRefName },
      references: [{ type: 'search', id: idIn(lang, panel.search), name: `${panel.id}:${panelRefName}` }],
    }
  }
  const attributes = lensAttributes(panel, lang)
  return {
    json: { ...common, type: 'lens', embeddableConfig: { enhancements: {}, attributes } },
    references: attributes.references.map((r) => ({ ...r, name: `${panel.id}:${r.name}` })),
  }
}

function dashboardObject(dashboard: Dashboard, lang: Lang): KibanaObject {
  const panels = place(dashboard).map((p) => panelOf(p, lang))
  const controls = dashboard.controls.map(({ id, title, kind, field }, order) => [
    id,
    {
      type: 'optionsListControl',
      order,
      width: 'medium',
      grow: true,
      explicitInput: {
        ...{ id, fieldName: field, title: title[lang], dataViewId: dataViewId(kind) },
        selectedOptions: [],
        enhancements: {},
      },
    },
  ])
  const ignored = { ignoreFilters: false, ignoreQuery: false, ignoreTimerange: false, ignoreValidations: false }
  return object(
    'dashboard',
    idIn(lang, dashboard.id),
    {
      title: titleIn(lang, dashboard.title),
      description: dashboard.description[lang],
      panelsJSON: JSON.stringify(panels.map((p) => p.json)),
      optionsJSON: JSON.stringify({ useMargins: true, syncColors: true, syncCursor: true, hidePanelTitles: false }),
      controlGroupInput: {
        controlStyle: 'oneLine',
        chainingSystem: 'HIERARCHICAL',
        ignoreParentSettingsJSON: JSON.stringify(ignored),
        panelsJSON: JSON.stringify(Object.fromEntries(controls)),
      },
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify({ query: kuery(''), filter: [] }) },
      timeRestore: true,
      timeFrom: dashboard.from,
      timeTo: 'now',
      version: 1,
    },
    [
      ...panels.flatMap((p) => p.references),
      ...dashboard.controls.map(({ id, kind }) => ({
        type: 'index-pattern',
        id: dataViewId(kind),
        name: `controlGroup_${id}:optionsListDataView`,
      })),
    ],
  )
}

/** Everything that is imported, in the order in which one needs the other. */
export const kibanaObjects = (lang: Lang): readonly KibanaObject[] => [
  ...dataViews(),
  ...SEARCHES.map((s) => savedSearch(s, lang)),
  ...DASHBOARDS.map((d) => dashboardObject(d, lang)),
]

/** As Kibana imports it: one object a line. */
export const kibanaNdjson = (lang: Lang): string =>
  kibanaObjects(lang)
    .map((o) => `${JSON.stringify(o)}\n`)
    .join('')
