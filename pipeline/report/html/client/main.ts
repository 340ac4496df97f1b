import { VERDICT_CAUSES } from '../../../../schemas/vocabulary.js'
import type { Facts, HeatRow, IncidentItem, LineItem, Model, VerdictItem } from '../model.js'
import { causeName, drawNow, heatChart, heatTable, swatch, timeChart, timeTable } from './charts.js'
import { byId, el, readBlock } from './dom.js'
import { filterBar } from './filters.js'
import { number, percent } from './format.js'
import { belongsTo, incidentBriefs, incidentList, openNow } from './incidents.js'
import { change, filterBy, onChange, readLocation } from './navigate.js'
import { nothingFound } from './nothing.js'
import { qualityBox, sampleText, shownText } from './quality.js'
import { type Counted, countRows, decodeFacts, heatOf, hitBy, passing, type Rows, rowsOf } from './rows.js'
import { matching } from './search.js'
import { state, type View } from './state.js'
import { verdictList } from './verdicts.js'
import { inBrackets, say, type Word } from './words.js'

/** As many as fit beside the charts. */
const BRIEFS = 5
const HEAT_ROWS = 24
const TERMINAL_ROWS = 12
const FEW_SITES = 3

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
const model = readBlock<Model>('model')
/** What comes after the first screen is read when it is asked for. */
const facts = once((): Rows => decodeFacts(readBlock<Facts>('facts')))
const verdicts = once(() => readBlock<VerdictItem[]>('verdicts'))
const lines = once(() => readBlock<Record<string, LineItem>>('lines'))
const listedRows = once((): Rows => rowsOf(verdicts(), model.time.from))
const isEmpty = model.totals.timeouts === 0

const isFiltered = (): boolean => Object.keys(state.filter).length > 0
const listed = (): readonly VerdictItem[] => {
  if (!isFiltered()) return verdicts()
  const chosen = passing(listedRows(), state.filter, model.time.from)
  return matching(
    Array.from(chosen, (i) => verdicts()[i] as VerdictItem),
    state.filter.text,
    { model, lines: lines() },
  )
}

/** The rows that pass the filter: of all counted, or with a text of the listed, as only those have any. */
function selection(shown: readonly VerdictItem[] | undefined): { rows: Rows; chosen: Uint32Array } {
  if (state.filter.text === undefined || shown === undefined)
    return { rows: facts(), chosen: passing(facts(), state.filter, model.time.from) }
  const rows = rowsOf(shown, model.time.from)
  return { rows, chosen: Uint32Array.from({ length: rows.count }, (_, i) => i) }
}

/** What the charts show: without a filter what was counted when the page was made. */
function counted(shown: readonly VerdictItem[] | undefined): Counted {
  const { timeouts, causes } = model.totals
  if (!isFiltered()) return { ...model, timeouts, causes }
  const { rows, chosen } = selection(shown)
  return countRows(rows, chosen, model.time, HEAT_ROWS)
}

const section = (id: string, word: Word, ...content: readonly Node[]): HTMLElement =>
  el('section', { id, 'aria-labelledby': `${id}-title` }, el('h2', { id: `${id}-title` }, say(word)), ...content)

function toolbar(): HTMLElement[] {
  const toggle = (word: Word, id: string, label: string, act: () => void): HTMLElement =>
    el('button', { type: 'button', id, 'aria-label': `${say(word)}: ${label}`, title: say(word), click: act }, label)
  const themes = { auto: 'themeAuto', light: 'themeLight', dark: 'themeDark' } as const
  const next = { auto: 'light', light: 'dark', dark: 'auto' } as const
  return [
    el('span', { class: 'brand' }, 'whytimeout'),
    el(
      'nav',
      { 'aria-label': 'whytimeout' },
      ...(isEmpty
        ? (['overview', 'quality'] as const)
        : (['overview', 'incidents', 'verdicts', 'quality'] as const)
      ).map((id) => el('button', { type: 'button', class: 'link', click: () => byId(id).scrollIntoView() }, say(id))),
    ),
    el(
      'div',
      { class: 'tools' },
      toggle('zone', 'zone', state.zone === 'utc' ? 'UTC' : say('zoneLocal'), () =>
        change({ zone: state.zone === 'utc' ? 'local' : 'utc' }),
      ),
      toggle('theme', 'theme', say(themes[state.theme]), () => change({ theme: next[state.theme] })),
      el('button', { type: 'button', id: 'print', click: () => print() }, say('print')),
      el(
        'button',
        {
          type: 'button',
          id: 'lang',
          lang: state.lang === 'zh' ? 'en' : 'zh-CN',
          click: () => change({ lang: state.lang === 'zh' ? 'en' : 'zh' }),
        },
        say('language'),
      ),
    ),
  ]
}

/** One bar of all causes, and each as a button that narrows the page to it. */
function causeBar({ causes, timeouts }: Counted): HTMLElement {
  const ranked = causes
    .map((n, c) => ({ n, c }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => Number(VERDICT_CAUSES[a.c] === 'unknown') - Number(VERDICT_CAUSES[b.c] === 'unknown') || b.n - a.n)
  return el(
    'div',
    { class: 'causes' },
    el(
      'div',
      { class: 'stack', 'aria-hidden': 'true' },
      ...ranked.map(({ n, c }) => {
        const part = el('span', { class: `b${c}` })
        part.style.setProperty('flex-grow', String(n))
        return part
      }),
    ),
    el(
      'ul',
      { class: 'legend', 'aria-label': say('causes') },
      ...ranked.map(({ n, c }) => {
        const cause = VERDICT_CAUSES[c] ?? 'unknown'
        const isOn = state.filter.cause === cause
        return el(
          'li',
          {},
          el(
            'button',
            {
              type: 'button',
              'data-legend': cause,
              'aria-pressed': String(isOn),
              click: () => filterBy({ cause: isOn ? undefined : cause }),
            },
            swatch(c),
            ` ${causeName(model, c)} `,
            el('strong', {}, number(n)),
            el('span', { class: 'soft' }, ` ${percent(n / Math.max(1, timeouts))}`),
          ),
        )
      }),
    ),
  )
}

const slots = {
  charts: el('div', { class: 'charts' }),
  briefs: el('div', { class: 'aside' }),
  incidents: el('div', {}),
  verdicts: el('div', {}),
}
let filters: ReturnType<typeof filterBar>

/** Colours are variables: nothing is drawn anew for another theme. */
function applyTheme(): void {
  const { dataset } = document.documentElement
  if (state.theme === 'auto') delete dataset.theme
  else dataset.theme = state.theme
}

/** Everything whose words or numbers hang on language or zone. */
function drawAll(): void {
  const html = document.documentElement
  html.lang = state.lang === 'zh' ? 'zh-CN' : 'en'
  applyTheme()
  for (const part of document.querySelectorAll<HTMLElement>('#sentence > span')) part.hidden = part.lang !== html.lang
  document.title = `whytimeout: ${document.querySelector('#sentence > span:not([hidden])')?.textContent ?? ''}`
  byId('bar').replaceChildren(...toolbar())
  for (const e of document.querySelectorAll<HTMLElement>('[data-word]')) e.textContent = say(e.dataset.word as Word)
  for (const old of document.querySelectorAll('main > section, main > form')) old.remove()
  filters = filterBar(model, facts)
  byId('main').append(
    section('overview', 'overview', el('div', { class: 'split' }, slots.charts, slots.briefs)),
    ...(isEmpty
      ? []
      : [
          filters.element,
          section('incidents', 'incidents', slots.incidents),
          section('verdicts', 'verdicts', slots.verdicts),
        ]),
    section('quality', 'quality', qualityBox(model)),
  )
  byId('overview-title').classList.add('visually-hidden')
  drawResults()
}

/** Incidents of which some timeout passes the filter: listed, or counted. */
function incidentsOf(shown: readonly VerdictItem[]): readonly IncidentItem[] {
  const { rows, chosen } = selection(shown)
  const hit = hitBy(model.incidents, rows, chosen, model.time.from)
  return model.incidents.filter((i) => hit.has(i.id) || shown.some((v) => belongsTo(i, v)))
}

/** Whom it hits, over time. */
const heatFigure = (field: 'site' | 'terminal', rows: readonly HeatRow[]): HTMLElement =>
  el(
    'figure',
    {},
    el('figcaption', {}, say(field === 'site' ? 'bySite' : 'byTerminal')),
    heatChart({ id: `${field}-chart`, model, rows, field, onName: (name) => filterBy({ [field]: name }) }),
    heatTable({ model, rows, field }),
  )

/** What the filter changes. */
function drawResults(): void {
  if (isEmpty) {
    slots.charts.replaceChildren(nothingFound(model))
    return
  }
  const shown = isFiltered() ? listed() : undefined
  const now = counted(shown)
  const incidents = shown === undefined ? model.incidents : incidentsOf(shown)
  const terminals = el('div', {})
  slots.charts.replaceChildren(
    causeBar(now),
    el(
      'figure',
      {},
      el('figcaption', {}, say('overTime')),
      timeChart({ model, counts: now.overTime, onSpan: (from, to) => filterBy({ span: [from, to] }) }),
      timeTable(model, now.overTime),
    ),
    heatFigure('site', now.heat),
    terminals,
    el('p', { class: 'soft note' }, say('heatNote')),
  )
  // Of a site or two the terminals tell more than the sites do.
  if (now.heat.length <= FEW_SITES)
    whenIdle(() => {
      const { rows, chosen } = selection(shown)
      terminals.replaceChildren(heatFigure('terminal', heatOf(rows, chosen, 'terminal', model.time, TERMINAL_ROWS)))
    })
  slots.briefs.replaceChildren(
    el('h2', {}, say('incidents')),
    incidentBriefs(model, incidents, BRIEFS),
    ...(incidents.length > BRIEFS
      ? [
          el(
            'button',
            { type: 'button', class: 'link', click: () => byId('incidents').scrollIntoView() },
            say('moreIncidents') + inBrackets(number(incidents.length)),
          ),
        ]
      : []),
  )
  filters.update(shownText(now.timeouts, model, state.filter.text !== undefined))
  whenIdle(() => {
    const all = shown ?? verdicts()
    slots.incidents.replaceChildren(
      incidents.length === 0
        ? el('p', { class: 'soft' }, say('none'))
        : incidentList({ model, lines, verdicts }, incidents),
    )
    slots.verdicts.replaceChildren(
      ...(model.sample.listed < model.totals.timeouts
        ? [el('p', { class: 'soft', id: 'sample' }, sampleText(model.sample, model.totals)[0])]
        : []),
      all.length === 0 ? el('p', { class: 'soft' }, say('none')) : verdictList({ model, lines }, all),
    )
  })
}

/** After the rest of the page is parsed: the first screen does not wait for what is below it. */
function whenIdle(act: () => void): void {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', act, { once: true })
  else act()
}

/** Whoever stood on a control stands on it again when it is drawn anew; on one that is gone: on the first of the filters. */
function keepingFocus(draw: () => void): void {
  const held = document.activeElement
  draw()
  if (!(held instanceof HTMLElement) || held === document.body || (held.isConnected && !held.hidden)) return
  const { id, dataset } = held
  const again = [...document.querySelectorAll<HTMLElement>('button')].find((b) =>
    (['legend', 'site', 'chip'] as const).some((k) => dataset[k] !== undefined && b.dataset[k] === dataset[k]),
  )
  const next =
    (id === '' || held.hidden ? undefined : document.getElementById(id)) ??
    again ??
    document.getElementById('filter-cause')
  next?.focus({ preventScroll: true })
}

/** Draws everything again, with open what was open and in sight what was in sight. */
function redraw(): void {
  const held = document.activeElement?.id
  const top = scrollY
  const open = [
    ...document.querySelectorAll('[data-incident] > details[open], [data-verdict] .row[aria-expanded="true"]'),
  ]
  const ids = open.map((e) => e.closest('li')?.dataset)
  drawAll()
  for (const id of ids) {
    const details = document.querySelector<HTMLDetailsElement>(`[data-incident="${id?.incident}"] > details`)
    if (details) openNow(details)
    document.querySelector<HTMLElement>(`[data-verdict="${id?.verdict}"] .row`)?.click()
  }
  drawNow()
  scrollTo({ top })
  if (held) document.getElementById(held)?.focus({ preventScroll: true })
}

onChange((changed: ReadonlySet<keyof View>) => {
  if (changed.has('lang') || changed.has('zone')) redraw()
  else if (changed.has('theme')) {
    applyTheme()
    byId('bar').replaceChildren(...toolbar())
    byId('theme').focus()
  } else keepingFocus(drawResults)
})
// The fragment holds what is seen, so a link to a place of the page goes there by itself.
byId('skip').addEventListener('click', (e) => {
  e.preventDefault()
  byId('main').focus()
})
// On paper nothing opens: incidents stand with what is behind them.
let opened: HTMLDetailsElement[] = []
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll<HTMLDetailsElement>('[data-incident] > details:not([open])')]
  for (const details of opened) openNow(details)
  document.body.classList.add('on-paper')
  drawNow()
})
addEventListener('afterprint', () => {
  for (const details of opened) details.open = false
  document.body.classList.remove('on-paper')
  drawNow()
})
addEventListener('hashchange', () => {
  readLocation()
  drawAll()
})
readLocation()
if (isFiltered()) whenIdle(drawAll)
else drawAll()
