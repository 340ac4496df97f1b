import type { Verdict } from '../../schemas/verdict.js'
import { VERDICT_CAUSES, type VerdictCause } from '../../schemas/vocabulary.js'
import { dim } from './ansi.js'
import type { Page } from './text.js'
import { cutTo, pad, widthOf } from './width.js'
import { CAUSE_NAMES } from './words.js'

/** Small pictures for a terminal. Into a pipe none is drawn: `canRedraw` says which it is. */

const LEVELS = ' ▁▂▃▄▅▆▇█'
const STEPS_SECS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400]
const BAR = 20
const SHORT_BAR = 10
const MAX_PLOT = 72
/** Begin and end of an axis with their dates fit below it. */
const MIN_PLOT = 28
const MAX_SITES = 8
/** Told apart on dark and on light ground; the same cause has the same colour everywhere. */
const COLORS = [31, 35, 33, 36, 32, 34, 91, 95, 96, 94, 90]

const paint = (text: string, cause: VerdictCause, page: Page): string =>
  page.color && text !== '' ? `\u001b[${COLORS[VERDICT_CAUSES.indexOf(cause)] ?? 39}m${text}\u001b[0m` : text

/** As many eighths as a share of a bar has: `█` and what is left over. Something is never nothing. */
export function bar(share: number, width: number): string {
  const eighths = Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]
}

const sparkline = (counts: readonly number[], most: number): string =>
  counts.map((n) => LEVELS[n === 0 ? 0 : Math.max(1, Math.round((n / most) * 8))]).join('')

type Axis = { readonly from: number; readonly stepMs: number; readonly count: number }

/** Steps of a round length, as many as fit. @param from  epoch ms, as is `to` */
export function axisOf(from: number, to: number, width: number): Axis {
  const fits = (stepMs: number) => Math.floor(to / stepMs) - Math.floor(from / stepMs) + 1 <= width
  let stepMs = (STEPS_SECS.find((secs) => fits(secs * 1000)) ?? 86_400) * 1000
  while (!fits(stepMs)) stepMs *= 2
  return {
    from: Math.floor(from / stepMs) * stepMs,
    stepMs,
    count: Math.floor(to / stepMs) - Math.floor(from / stepMs) + 1,
  }
}

function countsOn(axis: Axis, times: readonly number[]): number[] {
  const counts = new Array<number>(axis.count).fill(0)
  for (const at of times) {
    const step = Math.floor((at - axis.from) / axis.stepMs)
    counts[step] = (counts[step] ?? 0) + 1
  }
  return counts
}

const stepText = (ms: number): string =>
  ms % 86_400_000 === 0
    ? `${ms / 86_400_000} d`
    : ms % 3_600_000 === 0
      ? `${ms / 3_600_000} h`
      : ms % 60_000 === 0
        ? `${ms / 60_000} min`
        : `${ms / 1000} s`

/** Begin and end under a plot, with their date where the plot spans days. */
function axisLine({ from, stepMs, count }: Axis, page: Page): string {
  const isDays = count * stepMs > 86_400_000
  const clock = (at: number) =>
    new Date(at)
      .toISOString()
      .slice(isDays ? 5 : 11, stepMs < 60_000 ? 19 : 16)
      .replace('T', ' ')
  const [first, last] = [clock(from), `${clock(from + count * stepMs)} UTC`]
  const each = page.lang === 'zh' ? `每格${stepText(stepMs)}` : `${stepText(stepMs)} each`
  const between = Math.max(1, count - first.length - last.length)
  const middle =
    between >= widthOf(each) + 2
      ? pad(' '.repeat(Math.floor((between - widthOf(each)) / 2)) + each, between)
      : ' '.repeat(between)
  return first + middle + last
}

/** Causes with their counts: bars, and where there is room each one over time. In a pipe the counts alone. */
export function causeRows(
  byCause: readonly (readonly [VerdictCause, number])[],
  verdicts: readonly Verdict[],
  page: Page,
): string[] {
  const most = Math.max(...byCause.map(([, n]) => n))
  const name = (cause: VerdictCause) => CAUSE_NAMES[cause][page.lang]
  if (!page.canRedraw) return byCause.map(([cause, n]) => `  ${pad(name(cause), 32)}${String(n).padStart(5)}`)
  const left = Math.min(
    32,
    Math.max(...byCause.map(([cause]) => widthOf(name(cause)))) + 1,
    Math.max(8, page.columns - 20),
  )
  const digits = String(most).length + 1
  const before = 2 + left + digits + 2
  const short = page.columns < 100 ? SHORT_BAR : BAR
  const plot = Math.min(MAX_PLOT, page.columns - before - short - 2)
  const width = plot >= MIN_PLOT ? short : Math.max(1, Math.min(BAR, page.columns - before))
  const times = byCause.map(([cause]) => timesOf(verdicts, (v) => v.whytimeout.verdict.cause === cause))
  const axis = plot >= MIN_PLOT ? axisFor(verdicts, plot) : undefined
  const counts = axis ? times.map((at) => countsOn(axis, at)) : []
  const peak = Math.max(1, ...counts.flat())
  return [
    ...byCause.map(([cause, n], i) => {
      const drawn = paint(bar(n / most, width), cause, page) + ' '.repeat(width - widthOf(bar(n / most, width)))
      const spark = axis ? `  ${paint(sparkline(counts[i] ?? [], peak), cause, page)}` : ''
      return `  ${pad(cutTo(name(cause), left), left)}${String(n).padStart(digits)}  ${drawn}${spark}`.trimEnd()
    }),
    ...(axis ? [`${' '.repeat(before + short + 2)}${dim(axisLine(axis, page), page)}`] : []),
  ]
}

/** Sites over time, the hardest hit first; nothing where there is one only, or no room. */
export function siteRows(verdicts: readonly Verdict[], page: Page): string[] {
  if (!page.canRedraw) return []
  const bySite = new Map<string, number[]>()
  for (const v of verdicts) {
    const site = v.whytimeout.site_id
    if (site !== undefined) bySite.set(site, [...(bySite.get(site) ?? []), Date.parse(v.event.end)])
  }
  const ranked = [...bySite].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
  const shown = ranked.slice(0, MAX_SITES)
  const left = Math.min(24, Math.max(0, ...shown.map(([site]) => widthOf(site))) + 1)
  const digits = String(shown[0]?.[1].length ?? 0).length + 1
  const plot = Math.min(MAX_PLOT, page.columns - 2 - left - digits - 2)
  if (ranked.length < 2 || plot < MIN_PLOT) return []
  const axis = axisFor(verdicts, plot)
  const counts = shown.map(([, at]) => countsOn(axis, at))
  const peak = Math.max(1, ...counts.flat())
  const more = ranked.length - shown.length
  return [
    ...shown.map(([site, at], i) =>
      `  ${pad(cutTo(site, left - 1), left)}${String(at.length).padStart(digits)}  ${sparkline(counts[i] ?? [], peak)}`.trimEnd(),
    ),
    `${' '.repeat(2 + left + digits + 2)}${dim(axisLine(axis, page), page)}`,
    ...(more > 0 ? [dim(`  ${page.lang === 'zh' ? `另有 ${more} 个门店` : `${more} more sites`}`, page)] : []),
  ]
}

const timesOf = (verdicts: readonly Verdict[], isWanted: (v: Verdict) => boolean): number[] =>
  verdicts.filter(isWanted).map((v) => Date.parse(v.event.end))

function axisFor(verdicts: readonly Verdict[], width: number): Axis {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const v of verdicts) {
    from = Math.min(from, Date.parse(v.event.end))
    to = Math.max(to, Date.parse(v.event.end))
  }
  return axisOf(from, to, width)
}

type Cited = {
  readonly '@timestamp': string
  readonly event: { readonly id: string }
  readonly host?: { readonly name?: string }
}

/** What each host logged around an attempt, on one axis: `●` a line that speaks for the cause, `·` another that was looked at. */
export function lanes(verdict: Verdict, events: readonly Cited[], page: Page): string[] {
  if (!page.canRedraw || events.length === 0) return []
  const decisive = new Set(verdict.whytimeout.detail.evidence.filter((e) => e.bits > 0).map((e) => e.event_id))
  const attempt = page.lang === 'zh' ? '该次尝试' : 'attempt'
  const hosts = [...new Set(events.map((e) => e.host?.name ?? '?'))]
  const left = Math.min(20, Math.max(...[attempt, ...hosts].map(widthOf)) + 2)
  const width = Math.min(MAX_PLOT, page.columns - 2 - left)
  if (width < MIN_PLOT) return []
  const times = [verdict.event.start, verdict.event.end, ...events.map((e) => e['@timestamp'])].map((t) =>
    Date.parse(t),
  )
  const [from, to] = [Math.min(...times), Math.max(...times)]
  const column = (iso: string) => Math.round(((Date.parse(iso) - from) / Math.max(1, to - from)) * (width - 1))
  const [begin, end] = [column(verdict.event.start), column(verdict.event.end)]
  const span = begin === end ? '┃' : `├${'─'.repeat(end - begin - 1)}┤`
  const lane = (host: string): string => {
    const cells = new Array<string>(width).fill(' ')
    for (const e of events)
      if ((e.host?.name ?? '?') === host) {
        const at = column(e['@timestamp'])
        if (decisive.has(e.event.id)) cells[at] = '●'
        else if (cells[at] === ' ') cells[at] = '·'
      }
    return cells.join('').trimEnd()
  }
  const clock = (at: number) => new Date(at).toISOString().slice(11, 23)
  const ends = [clock(from), clock(to)]
  const key = page.lang === 'zh' ? '● 支持该原因的日志  · 其他日志' : '● speaks for the cause  · looked at as well'
  return [
    `  ${pad(attempt, left)}${' '.repeat(begin)}${span}`,
    ...hosts.map(
      (host) => `  ${pad(cutTo(host, left - 1), left)}${paint(lane(host), verdict.whytimeout.verdict.cause, page)}`,
    ),
    `  ${' '.repeat(left)}${dim(`${ends[0]}${' '.repeat(Math.max(1, width - 24))}${ends[1]}`, page)}`,
    `  ${' '.repeat(left)}${dim(cutTo(key, width), page)}`,
  ]
}

/** What speaks for the mechanism and what against it, a bar for the bits of each signal. */
export function bitRows(
  signals: readonly { readonly signal: string; readonly bits: number }[],
  cause: VerdictCause,
  page: Page,
): string[] {
  if (!page.canRedraw || signals.length === 0) return []
  const most = Math.max(...signals.map((s) => Math.abs(s.bits)))
  const name = Math.min(28, Math.max(...signals.map((s) => widthOf(s.signal))) + 2)
  const half = Math.min(BAR, Math.floor((page.columns - 2 - name - 9) / 2))
  if (half < 4) return []
  return signals.map(({ signal, bits }) => {
    const drawn = '█'.repeat(Math.max(1, Math.round((Math.abs(bits) / most) * half)))
    const value = (bits > 0 ? `+${bits}` : String(bits)).padStart(6)
    const row = bits > 0 ? `${' '.repeat(half)}│${paint(drawn, cause, page)}` : `${dim(drawn.padStart(half), page)}│`
    return `  ${pad(cutTo(signal, name - 1), name)}${value}  ${row}`
  })
}
