import type { Lang, VerdictCause } from '../../schemas/vocabulary.js'
import type { TopSum } from './top-sum.js'
import { TOP_WORDS, type TopWords } from './top-words.js'
import { cutTo, pad, widthOf } from './width.js'
import { CAUSE_NAMES } from './words.js'

export type TopPage = { readonly lang: Lang; readonly columns: number; readonly color: boolean }

const MAX_PARTITIONS = 6
const MAX_REASONS = 6
const LABEL = 12
const BAR = 24
const BOLD = 1
const RED = 31
/** A line, and how it is painted. */
type Line = string | { readonly text: string; readonly paint: number }

/** One frame of `whytimeout top`. No line is wider than the page. */
export function topFrame(sum: TopSum, page: TopPage): string {
  const w = TOP_WORDS[page.lang]
  const figures =
    sum.processes === 0
      ? []
      : ['', ...figureLines(sum, w), '', ...lagTable(sum, w), '', ...causeBars(sum, w, page.lang), ...deadTable(sum, w)]
  const lines: readonly Line[] = [...headLines(sum, w), ...figures]
  return lines
    .map((line) => {
      const { text, paint } = typeof line === 'string' ? { text: line, paint: 0 } : line
      const cut = cutTo(text, page.columns)
      return page.color && paint > 0 ? `\u001b[${paint}m${cut}\u001b[0m` : cut
    })
    .join('\n')
}

function headLines(sum: TopSum, w: TopWords): Line[] {
  const isReady = sum.processes > 0 && sum.not_ready.length + sum.unreachable.length === 0
  const rules = sum.rules.map((r) => `${w.rules} ${r.generation} (${r.digest.slice(0, 8)})`)
  const text = [
    `whytimeout ${sum.versions.join(', ')}`.trim(),
    w.processes(sum.processes),
    isReady ? w.ready : w.notReady,
    ...(sum.at === null ? [] : [`${sum.at.slice(11, 19)} UTC`]),
    ...rules,
  ].join('   ')
  return [
    { text, paint: isReady ? BOLD : RED },
    ...sum.unreachable.map((u) => ({ text: `  ${u.url}: ${w.noAnswer}${w.colon}${u.reason}`, paint: RED })),
    ...sum.not_ready.map(({ url, what, why, reason }) => {
      const more = why === 'down' || why === 'failed' ? w.inBrackets(reason) : ''
      return { text: `  ${url}: ${what}${w.colon}${w.whyNot[why]}${more}`, paint: RED }
    }),
  ]
}

function figureLines({ per_sec: rate, latency, watermark, sinks, ...sum }: TopSum, w: TopWords): Line[] {
  const secs = (s: number | null) => (s === null ? '–' : `${s.toFixed(2)} s`)
  const row = (label: string, ...parts: readonly string[]) => pad(label, LABEL) + parts.join('   ')
  const marked = watermark?.at
    ? [`${watermark.at.slice(0, 19).replace('T', ' ')} UTC`, w.isBehind(durationText(watermark.behind_secs ?? 0, w))]
    : ['–']
  const sinkTexts = sinks.map(
    ({ name, up, retrying }) =>
      `${name} ${up ? w.up : w.down}${retrying > 0 ? `${w.comma}${w.waiting(grouped(retrying))}` : ''}`,
  )
  return [
    row(
      w.read,
      `${grouped(rate.messages)} ${w.messages}`,
      `${bytes(rate.bytes)}/s`,
      `${grouped(rate.records)} ${w.records}`,
    ),
    row(
      w.verdicts,
      `${grouped(sum.final_verdicts_per_min)} ${w.perMinute}`,
      `${w.open} ${grouped(sum.open_episodes)}`,
      `${w.held} ${grouped(sum.events_held)}`,
    ),
    row(
      w.incidents,
      `${w.openIncidents} ${grouped(sum.open_incidents)}`,
      ...(sum.alerts
        ? [`${w.firing} ${grouped(sum.alerts.firing)}`, `${w.unsaid} ${grouped(sum.alerts.waiting)}`]
        : []),
    ),
    row(w.latency, `p50 ${secs(latency.p50_secs)}`, `p99 ${secs(latency.p99_secs)}`, w.latencyNote),
    row(w.watermark, ...marked),
    ...(sinkTexts.length === 0 ? [] : [row(w.sinks, ...sinkTexts)]),
  ]
}

function lagTable({ lag }: TopSum, w: TopWords): Line[] {
  const row = (messages: string, behind: string, name: string) =>
    `${padLeft(messages, 14)}  ${padLeft(behind, 12)}  ${name}`
  const rest = lag.slice(MAX_PARTITIONS)
  const restMessages = rest.reduce((n, r) => n + r.messages, 0)
  return [
    { text: row(w.lag, w.behind, w.partition), paint: BOLD },
    ...lag.slice(0, MAX_PARTITIONS).map((r) => {
      const behind = r.messages === 0 || r.behind_secs === null ? '–' : durationText(r.behind_secs, w)
      return row(grouped(r.messages), behind, `${r.topic}/${r.partition}${r.paused ? w.inBrackets(w.paused) : ''}`)
    }),
    ...(rest.length > 0 ? [row('', '', w.more(rest.length, grouped(restMessages)))] : []),
  ]
}

function causeBars({ causes }: TopSum, w: TopWords, lang: Lang): Line[] {
  const counts = (Object.entries(causes.counts) as [VerdictCause, number][]).sort(
    (a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1),
  )
  const most = counts[0]?.[1] ?? 1
  const width = Math.max(0, ...counts.map(([c]) => widthOf(CAUSE_NAMES[c][lang])))
  const title = w.causes(Math.round(causes.secs / 60)) + (causes.at_least ? w.inBrackets(w.atLeast) : '')
  return [
    { text: title, paint: BOLD },
    ...(counts.length === 0 ? [`  ${w.noTimeouts}`] : []),
    ...counts.map(([c, n]) => {
      const bar = '█'.repeat(Math.max(1, Math.round((n / most) * BAR)))
      return `  ${pad(CAUSE_NAMES[c][lang], width)}  ${padLeft(grouped(n), 8)}  ${bar}`
    }),
  ]
}

function deadTable({ dead_letters: dead }: TopSum, w: TopWords): Line[] {
  if (dead.length === 0) return []
  const row = (name: string, recent: string, total: string) =>
    `${pad(name, 34)}  ${padLeft(recent, 14)}  ${padLeft(total, 14)}`
  return [
    '',
    { text: row(w.dead, w.lastMinute, w.sinceStart), paint: BOLD },
    ...dead.slice(0, MAX_REASONS).map((d) => row(`  ${d.stage} ${d.reason}`, grouped(d.recent), grouped(d.total))),
  ]
}

const padLeft = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text))) + text

/** 12345.6 as 12,346; small ones keep a digit. */
function grouped(n: number): string {
  if (n > 0 && n < 10 && !Number.isInteger(n)) return n.toFixed(1)
  return Math.round(n)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let i = 0
  let rest = n
  for (; rest >= 1_000 && i < units.length - 1; i++) rest /= 1_000
  return `${rest < 10 && i > 0 ? rest.toFixed(1) : Math.round(rest)} ${units[i]}`
}

const SIZES = [86_400, 3_600, 60, 1]
/** Seconds as people say them: the greatest unit and the one below it. */
export function durationText(secs: number, w: TopWords): string {
  const all = Math.round(secs)
  const at = Math.max(
    0,
    SIZES.findIndex((size) => size <= Math.max(1, all)),
  )
  const size = SIZES[at] ?? 1
  const next = SIZES[at + 1]
  const rest = next === undefined ? 0 : Math.floor((all % size) / next)
  const first = `${Math.floor(all / size)}${w.units[at]}`
  return rest === 0 ? first : `${first}${w.gap}${rest}${w.units[at + 1]}`
}
