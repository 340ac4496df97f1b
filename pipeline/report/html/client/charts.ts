import { VERDICT_CAUSES } from '../../../../schemas/vocabulary.js'
import type { HeatRow, Model } from '../model.js'
import { el, svg } from './dom.js'
import { clock, day, number, roundUp, span, ticks, zoneName } from './format.js'
import { colon, inBrackets, pick, say } from './words.js'

const HEIGHT = 150
const TOP = 10
const AXIS = 18
/** Cells of the heatmap by strength. */
const STRENGTHS = [0.45, 0.72, 1] as const

export type TimeChart = {
  readonly model: Model
  readonly counts: readonly (readonly number[])[]
  readonly onSpan: (from: number, to: number) => void
}

/** Timeouts over time, stacked by cause. The cursor goes by pointer and by arrow keys, and says what it stands on. */
export function timeChart({ model, counts, onSpan }: TimeChart): HTMLElement {
  const { from, stepMs, count } = model.time
  const totals = Array.from({ length: count }, (_, i) => counts.reduce((sum, row) => sum + (row[i] ?? 0), 0))
  const top = roundUp(Math.max(1, ...totals))
  const order = VERDICT_CAUSES.map((_, i) => i).filter((i) => counts[i]?.some((n) => n > 0))
  const tip = el('output', { class: 'tip', hidden: true })
  const plot = el('div', {
    class: 'plot',
    id: 'time-chart',
    tabindex: 0,
    role: 'application',
    'aria-label': `${say('overTime')}. ${say('chartKeys')}`,
  })
  let cursor = -1
  let anchor: number | undefined
  let mark: SVGElement | undefined
  const timeAt = (i: number): number => from + i * stepMs
  const draw = (): void => {
    const width = Math.max(120, plot.clientWidth)
    const x = (i: number): number => (i / count) * width
    const y = (n: number): number => TOP + (1 - n / top) * (HEIGHT - TOP)
    const gap = width / count > 5 ? 1 : 0
    const base = new Array<number>(count).fill(0)
    const areas = order.map((c) => {
      let d = ''
      for (let i = 0; i < count; i++) {
        const n = counts[c]?.[i] ?? 0
        if (n === 0) continue
        const low = base[i] as number
        d += `M${round(x(i))} ${round(y(low))}V${round(y(low + n))}H${round(x(i + 1) - gap)}V${round(y(low))}Z`
        base[i] = low + n
      }
      return svg('path', { d, class: `c${c}` })
    })
    const end = timeAt(count)
    const marks = ticks(from, end, Math.max(2, Math.floor(width / 74)))
    mark = svg('rect', { class: 'cursor', y: 0, height: HEIGHT, width: 0 })
    plot.querySelector('svg')?.remove()
    plot.prepend(
      svg(
        'svg',
        { width, height: HEIGHT + AXIS, 'aria-hidden': 'true' },
        ...[0, top / 2, top].map((n) => svg('line', { class: 'grid', x1: 0, x2: width, y1: y(n), y2: y(n) })),
        ...marks.map((m) =>
          svg('line', { class: 'tick', x1: place(m.at), x2: place(m.at), y1: HEIGHT, y2: HEIGHT + 4 }),
        ),
        ...areas,
        mark,
        ...marks.map((m) =>
          svg(
            'text',
            { class: 'label', x: place(m.at), y: HEIGHT + 15, 'text-anchor': anchorOf(place(m.at), width) },
            m.label,
          ),
        ),
      ),
    )
    function place(at: number): number {
      return round(((at - from) / (count * stepMs)) * width)
    }
    show()
  }
  const show = (): void => {
    if (!mark) return
    const width = Math.max(120, plot.clientWidth)
    if (cursor < 0) {
      tip.hidden = true
      mark.setAttribute('width', '0')
      return
    }
    const low = Math.min(cursor, anchor ?? cursor)
    const high = Math.max(cursor, anchor ?? cursor)
    mark.setAttribute('x', String((low / count) * width))
    mark.setAttribute('width', String(Math.max(2, ((high - low + 1) / count) * width)))
    const rows = order
      .map((c) => ({ c, n: sum(counts[c] ?? [], low, high) }))
      .filter(({ n }) => n > 0)
      .sort((a, b) => b.n - a.n)
    const total = rows.reduce((s, { n }) => s + n, 0)
    tip.replaceChildren(
      el('strong', {}, `${span(timeAt(low), timeAt(high + 1))}${colon()}${number(total)}`),
      ...rows.map(({ c, n }) => el('span', { class: 'tip-row' }, swatch(c), ` ${causeName(model, c)} ${number(n)}`)),
    )
    tip.hidden = false
    const middle = ((low + high + 1) / 2 / count) * width
    tip.style.setProperty(
      'left',
      `${Math.min(Math.max(0, middle - tip.offsetWidth / 2), Math.max(0, width - tip.offsetWidth))}px`,
    )
  }
  const stepAt = (e: PointerEvent): number => {
    const box = plot.getBoundingClientRect()
    return Math.min(count - 1, Math.max(0, Math.floor(((e.clientX - box.left) / box.width) * count)))
  }
  const choose = (): void => {
    if (cursor < 0) return
    const [low, high] = [Math.min(cursor, anchor ?? cursor), Math.max(cursor, anchor ?? cursor)]
    anchor = undefined
    onSpan(timeAt(low), timeAt(high + 1))
  }
  const on = <E extends keyof HTMLElementEventMap>(type: E, f: (e: HTMLElementEventMap[E]) => void): void =>
    plot.addEventListener(type, f)
  on('pointermove', (e) => {
    cursor = stepAt(e)
    show()
  })
  on('pointerdown', (e) => {
    if (e.button !== 0 || count === 0) return
    anchor = cursor = stepAt(e)
    plot.setPointerCapture(e.pointerId)
    show()
  })
  on('pointerup', choose)
  on('pointerleave', () => {
    if (anchor !== undefined) return
    cursor = -1
    show()
  })
  on('blur', () => {
    cursor = -1
    show()
  })
  on('keydown', (e) => {
    const moves: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1, Home: -count, End: count }
    const move = moves[e.key]
    if (move !== undefined) {
      if (e.shiftKey) anchor ??= Math.max(0, cursor)
      else anchor = undefined
      cursor = Math.min(count - 1, Math.max(0, (cursor < 0 && move > 0 ? -1 : cursor) + move))
      show()
    } else if (e.key === 'Enter' || e.key === ' ') choose()
    else if (e.key === 'Escape') {
      cursor = -1
      anchor = undefined
      show()
    } else return
    e.preventDefault()
  })
  plot.append(tip)
  whenSized(plot, draw)
  const scale = el(
    'div',
    { class: 'scale', 'aria-hidden': 'true' },
    el('span', {}, number(top)),
    el('span', {}, top % 2 === 0 ? number(top / 2) : ''),
    el('span', {}, '0'),
  )
  return el('div', { class: 'chart' }, scale, plot)
}

export type HeatChart = {
  readonly id: string
  readonly model: Model
  readonly rows: readonly HeatRow[]
  readonly field: 'site' | 'terminal'
  readonly onName: (name: string) => void
}

/** Sites (or terminals) over time on the same axis: each cell has the colour of the cause that has most of its timeouts. */
export function heatChart({ id, model, rows, field, onName }: HeatChart): HTMLElement {
  const { count } = model.time
  const most = Math.max(1, ...rows.filter((r) => r.name !== undefined).flatMap((r) => cellsOf(r).map((c) => c.n)))
  const lines = rows.map((row) => {
    const cells = cellsOf(row)
    const plot = el('div', { class: 'plot', 'aria-hidden': 'true' })
    whenSized(plot, () => {
      const width = Math.max(120, plot.clientWidth)
      const paths = new Map<string, string>()
      for (const { step, cause, n } of cells) {
        const level = n >= most * 0.5 ? 2 : n >= most * 0.2 ? 1 : 0
        const x = round((step / count) * width)
        const w = Math.max(2, round(((step + 1) / count) * width) - x)
        const key = `${cause} ${level}`
        paths.set(key, `${paths.get(key) ?? ''}M${x} 0h${w}v16h${-w}Z`)
      }
      plot.replaceChildren(
        svg(
          'svg',
          { width, height: 16 },
          ...[...paths].map(([key, d]) => {
            const [cause, level] = key.split(' ').map(Number) as [number, number]
            return svg('path', { d, class: `c${cause}`, opacity: STRENGTHS[level] })
          }),
        ),
      )
    })
    const name = heatName(row, field)
    return el(
      'div',
      { class: 'heat-row', role: 'listitem' },
      row.name
        ? el(
            'button',
            { type: 'button', class: 'heat-name', [`data-${field}`]: name, title: name, click: () => onName(name) },
            name,
          )
        : el('span', { class: 'heat-name' }, name),
      plot,
      el('span', { class: 'heat-total' }, number(row.timeouts)),
    )
  })
  return el('div', { class: 'heat', id, role: 'list' }, ...lines)
}

const heatName = (row: HeatRow, field: 'site' | 'terminal'): string =>
  row.name === undefined
    ? say(field === 'site' ? 'otherSites' : 'otherTerminals')
    : row.name || say(field === 'site' ? 'noSite' : 'noTerminal')

/** The same by cause, as numbers. */
export function heatTable({ model, rows, field }: Pick<HeatChart, 'model' | 'rows' | 'field'>): HTMLElement {
  const sums = rows.map((row) => {
    const byCause = VERDICT_CAUSES.map(() => 0)
    for (let i = 0; i + 2 < row.cells.length; i += 3) {
      const cause = row.cells[i + 1] as number
      byCause[cause] = (byCause[cause] ?? 0) + (row.cells[i + 2] as number)
    }
    return byCause
  })
  const used = VERDICT_CAUSES.map((_, i) => i).filter((c) => sums.some((s) => (s[c] ?? 0) > 0))
  return asTable(
    say(field === 'site' ? 'bySite' : 'byTerminal'),
    [say(field), say('count'), ...used.map((c) => causeName(model, c))],
    rows.map((row, i) => [heatName(row, field), number(row.timeouts), ...used.map((c) => number(sums[i]?.[c] ?? 0))]),
  )
}

/** Of each step the sum, and the cause of most of it. */
function cellsOf(row: HeatRow): { step: number; cause: number; n: number }[] {
  const found = new Map<number, { step: number; cause: number; n: number; most: number }>()
  for (let i = 0; i + 2 < row.cells.length; i += 3) {
    const [step, cause, n] = row.cells.slice(i, i + 3) as [number, number, number]
    const cell = found.get(step) ?? { step, cause, n: 0, most: 0 }
    cell.n += n
    if (n > cell.most) Object.assign(cell, { cause, most: n })
    found.set(step, cell)
  }
  return [...found.values()]
}

/** The chart's numbers for those who do not see it. */
export function timeTable(model: Model, counts: readonly (readonly number[])[]): HTMLElement {
  const { from, stepMs, count } = model.time
  const used = VERDICT_CAUSES.map((_, i) => i).filter((i) => counts[i]?.some((n) => n > 0))
  const rows: string[][] = []
  for (let i = 0; i < count; i++) {
    const values = used.map((c) => counts[c]?.[i] ?? 0)
    if (values.every((n) => n === 0)) continue
    const at = from + i * stepMs
    rows.push([`${day(at)} ${clock(at)}`, ...values.map(number)])
  }
  return asTable(
    say('overTime'),
    [say('time') + inBrackets(zoneName(from)), ...used.map((c) => causeName(model, c))],
    rows,
  )
}

/** Rows under a button, each with a head. */
function asTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const row = ([first, ...rest]: readonly string[]): HTMLElement =>
    el('tr', {}, el('th', { scope: 'row' }, first), ...rest.map((n) => el('td', {}, n)))
  return el(
    'details',
    { class: 'as-table' },
    el('summary', {}, say('asTable')),
    el(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...head.map((h) => el('th', { scope: 'col' }, h)))),
        el('tbody', {}, ...rows.map(row)),
      ),
    ),
  )
}

export const causeName = (model: Model, cause: number): string =>
  pick(model.words.causes[VERDICT_CAUSES[cause] ?? 'unknown'])
export const swatch = (cause: number): HTMLElement => el('span', { class: `swatch b${cause}`, 'aria-hidden': 'true' })

const drawers = new WeakMap<Element, () => void>()

/** Draws when there is a width, and whenever it changes. */
export function whenSized(element: HTMLElement, draw: () => void): void {
  let width = -1
  drawers.set(element, draw)
  new ResizeObserver(() => {
    if (element.clientWidth === width || element.clientWidth === 0) return
    width = element.clientWidth
    requestAnimationFrame(draw)
  }).observe(element)
}

/** Draws every picture at the width that it has at this moment: paper does not wait for the next frame. */
export function drawNow(): void {
  for (const plot of document.querySelectorAll('.plot')) if (plot.clientWidth > 0) drawers.get(plot)?.()
}

export const round = (n: number): number => Math.round(n * 10) / 10
const sum = (row: readonly number[], low: number, high: number): number =>
  row.slice(low, high + 1).reduce((a, b) => a + b, 0)
export const anchorOf = (x: number, width: number): string => (x < 24 ? 'start' : x > width - 24 ? 'end' : 'middle')
