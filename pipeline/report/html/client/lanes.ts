import type { LineItem, VerdictItem } from '../model.js'
import { anchorOf, round, whenSized } from './charts.js'
import { el, svg } from './dom.js'
import { precise, signed, ticks, zoneName } from './format.js'
import { say } from './words.js'

export type Mark = LineItem & {
  readonly number: number
  readonly bits: number
  readonly signals: readonly string[]
  /** Speaks for it with at least half of what the strongest does. */
  readonly isDecisive: boolean
}

/** The cited lines of a verdict (or `only` these) in the order of time; what they add for or against it, by the signals they show. */
export function marksOf(
  v: Pick<VerdictItem, 'events' | 'evidence'>,
  lines: Readonly<Record<string, LineItem>>,
  only?: readonly string[],
): Mark[] {
  const evidence = new Map<string, { bits: number; signals: string[] }>()
  for (const e of v.evidence) {
    const seen = evidence.get(e.event) ?? { bits: 0, signals: [] }
    if (!seen.signals.includes(e.signal)) seen.signals.push(e.signal)
    if (Math.abs(e.bits) > Math.abs(seen.bits)) seen.bits = e.bits
    evidence.set(e.event, seen)
  }
  const ids = only ?? [...new Set([...v.events, ...evidence.keys()])]
  const found = ids
    .flatMap((id) => {
      const line = lines[id]
      return line ? [{ ...line, ...(evidence.get(id) ?? { bits: 0, signals: [] }) }] : []
    })
    .sort((a, b) => a.at - b.at || (a.place < b.place ? -1 : 1))
  const most = Math.max(0, ...found.map((m) => m.bits))
  return found.map((m, i) => ({ ...m, number: i + 1, isDecisive: m.bits > 0 && m.bits >= most / 2 }))
}

const LANE = 26
const RADIUS = 8
const SCALE_HEIGHT = 22

/** One lane a host, all on one axis; the attempt as a band; what decided is full, what counted less or against it hollow, the rest a tick. */
export function laneChart(v: Pick<VerdictItem, 'start' | 'end'>, marks: readonly Mark[]): HTMLElement {
  const hosts = [...new Set(marks.map((m) => m.host))]
  const times = [v.start, v.end, ...marks.map((m) => m.at)]
  const low = Math.min(...times)
  const high = Math.max(...times)
  const pad = Math.max(500, (high - low) * 0.04)
  const [from, to] = [low - pad, high + pad]
  const height = hosts.length * LANE + SCALE_HEIGHT
  const plot = el('div', { class: 'plot', 'aria-hidden': 'true' })
  whenSized(plot, () => {
    const width = Math.max(120, plot.clientWidth)
    const x = (at: number): number => round(((at - from) / (to - from)) * width)
    const scale = ticks(from, to, Math.max(2, Math.floor(width / 90)))
    plot.replaceChildren(
      svg(
        'svg',
        { width, height },
        svg('rect', {
          class: 'attempt',
          x: x(v.start),
          y: 0,
          width: Math.max(2, x(v.end) - x(v.start)),
          height: height - SCALE_HEIGHT,
        }),
        ...hosts.map((_, i) =>
          svg('line', { class: 'lane', x1: 0, x2: width, y1: (i + 0.5) * LANE, y2: (i + 0.5) * LANE }),
        ),
        ...scale.flatMap((t) => [
          svg('line', {
            class: 'tick',
            x1: x(t.at),
            x2: x(t.at),
            y1: height - SCALE_HEIGHT,
            y2: height - SCALE_HEIGHT + 4,
          }),
          svg('text', { class: 'label', x: x(t.at), y: height - 5, 'text-anchor': anchorOf(x(t.at), width) }, t.label),
        ]),
        ...hosts.flatMap((host, i) => {
          const y = (i + 0.5) * LANE
          const own = marks.filter((m) => m.host === host)
          return [
            ...own
              .filter((m) => m.bits === 0)
              .map((m) => svg('line', { class: 'mark', x1: x(m.at), x2: x(m.at), y1: y - 6, y2: y + 6 })),
            ...apart(
              own.filter((m) => m.bits !== 0),
              (m) => x(m.at),
            ).map((group) => badge(group, x, y)),
          ]
        }),
      ),
    )
  })
  return el(
    'div',
    { class: 'lanes' },
    el('div', { class: 'lane-names', 'aria-hidden': 'true' }, ...hosts.map((h) => el('span', { title: h }, h || '?'))),
    plot,
  )
}

/** Marks that would lie on each other are one. */
function apart(marks: readonly Mark[], x: (m: Mark) => number): Mark[][] {
  const groups: Mark[][] = []
  for (const m of marks) {
    const last = groups.at(-1)
    if (last?.[0] && x(m) - x(last[0]) < 2 * RADIUS) last.push(m)
    else groups.push([m])
  }
  return groups
}

/** A mark with its number, or the numbers from the first to the last; the strongest of them says how it looks. */
function badge(group: readonly Mark[], x: (at: number) => number, y: number): SVGElement {
  const [first, last] = [group[0] as Mark, group.at(-1) as Mark]
  const isDecisive = group.some((m) => m.isDecisive)
  const kind = isDecisive ? 'for' : group.some((m) => m.bits > 0) ? 'for is-weak' : 'against'
  const text = first === last ? String(first.number) : `${first.number}–${last.number}`
  const width = Math.max(2 * RADIUS, 6 * text.length + 8)
  const middle = round((x(first.at) + x(last.at)) / 2)
  return svg(
    'g',
    {},
    svg('rect', { class: kind, x: middle - width / 2, y: y - RADIUS, width, height: 2 * RADIUS, rx: RADIUS }),
    svg('text', { class: isDecisive ? 'on-mark' : 'label', x: middle, y: y + 3.5, 'text-anchor': 'middle' }, text),
  )
}

/** The same lines to read, with where each stands. */
export function lineList(marks: readonly Mark[]): HTMLElement {
  return el(
    'ol',
    { class: 'lines' },
    ...marks.map((m) =>
      el(
        'li',
        { class: m.isDecisive ? 'is-for' : m.bits < 0 ? 'is-against' : '' },
        el('span', { class: 'when' }, `${precise(m.at)}`),
        el('span', { class: 'host' }, m.host),
        m.bits !== 0 &&
          el(
            'span',
            { class: 'badge', title: m.signals.join(', ') },
            `${m.isDecisive ? `${say('decisiveMark')} ` : ''}${signed(m.bits)} bits`,
          ),
        el('code', { class: 'text' }, m.text),
        el('span', { class: 'place' }, m.place),
      ),
    ),
    el('li', { class: 'zone' }, zoneName(marks[0]?.at)),
  )
}
