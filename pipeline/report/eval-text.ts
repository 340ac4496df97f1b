import type { Lang } from '../../schemas/vocabulary.js'
import { isRight, type Matching, type Score } from './score.js'
import { pad } from './width.js'

type Scenario = { readonly name: string; readonly matching: Matching; readonly score: Score }
const FIGURES = [
  'timeouts',
  'found',
  'recall',
  'precision',
  'top1',
  'top1_exact',
  'top1_macro',
  'top3',
  'sharpness',
  'phase',
  'unknown',
  'sure_wrong',
  'brier',
  'ece',
] as const

const show = (n: number | null): string => (n === null ? '-' : Number.isInteger(n) && n > 1 ? String(n) : n.toFixed(3))

/** The figures, a row a scenario, the confusion matrix and the reliability table. */
export function evalText(
  { scenarios, total }: { readonly scenarios: readonly Scenario[]; readonly total: Score },
  lang: Lang,
): string {
  const name = Math.max(...scenarios.map((s) => s.name.length), 8) + 2
  const columns = [...new Set(Object.values(total.confusion).flatMap((r) => Object.keys(r)))].sort()
  const causes = Math.max(...Object.keys(total.confusion).map((c) => c.length), 8) + 2
  return [
    ...FIGURES.map((f) => `${f.padEnd(12)}${show(total[f])}`),
    '',
    `${pad(lang === 'en' ? 'scenario' : '场景', name)}timeouts found surplus top1   phase  sharp`,
    ...scenarios.map(
      (s) =>
        `${s.name.padEnd(name)}${String(s.score.timeouts).padEnd(9)}${String(s.score.found).padEnd(6)}${String(s.matching.surplus.length).padEnd(8)}${show(s.score.top1).padEnd(7)}${show(s.score.phase).padEnd(7)}${show(s.score.sharpness)}`,
    ),
    '',
    `${pad(lang === 'en' ? 'cause' : '原因', causes)}timeouts recall precision`,
    ...Object.entries(total.causes).map(
      ([c, r]) => `${c.padEnd(causes)}${String(r.timeouts).padEnd(9)}${show(r.recall).padEnd(7)}${show(r.precision)}`,
    ),
    '',
    lang === 'en' ? 'label (rows) against verdict (columns)' : '标注（行）与结论（列）',
    ''.padEnd(causes) + columns.map((c) => c.slice(0, 10).padEnd(11)).join(''),
    ...Object.entries(total.confusion).map(
      ([row, cells]) => row.padEnd(causes) + columns.map((c) => String(cells[c] ?? '.').padEnd(11)).join(''),
    ),
    '',
    lang === 'en' ? 'confidence   verdicts  mean   right' : '置信度       数量      均值   正确率',
    ...total.reliability.map(
      (b) =>
        `${b.from.toFixed(1)}-${b.to.toFixed(1)}      ${String(b.count).padEnd(10)}${b.confidence.toFixed(2).padEnd(7)}${b.right.toFixed(2)}`,
    ),
  ].join('\n')
}

/** A line for everything that is not as labelled. */
export function verboseText({ scenarios }: { readonly scenarios: readonly Scenario[] }): string {
  const lines: string[] = []
  for (const { name, matching } of scenarios) {
    for (const { truth, verdict } of matching.pairs) {
      const w = verdict.whytimeout
      const wrong = [
        ...(isRight({ truth, verdict }) ? [] : ['cause']),
        ...(truth.phase === w.episode.phase ? [] : ['phase']),
      ]
      if (wrong.length === 0) continue
      const why = w.detail.considered
        .slice(0, 3)
        .map((c) => `${c.mechanism} ${c.bits.toFixed(1)} (${c.signals.map((s) => `${s.signal} ${s.bits}`).join(', ')})`)
      lines.push(
        `${name} ${wrong.join('+')} ${truth.start} ${truth.suffered_by} ${truth.terminal_id}: ${truth.phase}/${truth.cause}, got ${w.episode.phase}/${w.verdict.cause}/${w.verdict.mechanism} ${w.verdict.confidence} | ${why.join(' | ')}`,
      )
    }
    for (const t of matching.missed)
      lines.push(
        `${name} missed ${t.start} ${t.end} ${t.suffered_by} ${t.terminal_id} ${t.server.host}:${t.server.port} ${t.phase}/${t.cause}`,
      )
    for (const v of matching.surplus)
      lines.push(
        `${name} surplus ${v.event.start} ${v.event.end} ${v.whytimeout.episode.suffered_by} ${v.whytimeout.terminal_id} ${v.whytimeout.episode.phase}/${v.whytimeout.verdict.cause} ${v.event.id}`,
      )
  }
  return lines.join('\n')
}
