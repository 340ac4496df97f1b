import type { Lang } from '../../schemas/vocabulary.js'
import type { Calibrated, Measure, Setting } from './calibration.js'
import { pad } from './width.js'

const FIGURES = ['loss', 'ece', 'brier', 'top1', 'sharpness', 'sure_wrong'] as const
const show = (n: number | null): string => (n === null ? '-' : n.toFixed(3))
const setting = (s: Setting): string => `temperature ${s.temperature}, unknown ${s.unknownPrior}`

/** The fit and what it is worth, as tables for a terminal. */
export function calibrationText(c: Calibrated, lang: Lang): string {
  const columns: readonly (readonly [string, Measure])[] = [
    [lang === 'en' ? 'as is' : '当前', c.asIs],
    [lang === 'en' ? 'left out' : '留一', c.leftOut],
    [lang === 'en' ? 'left out, bar too' : '留一（含门槛）', c.leftOutWithBar],
  ]
  return [
    lang === 'en'
      ? `${c.timeouts} timeouts of ${c.scenarios} scenarios`
      : `${c.scenarios} 个场景，${c.timeouts} 次超时`,
    `${pad(lang === 'en' ? 'now' : '当前', 20)}${setting(c.now)}`,
    `${pad(lang === 'en' ? 'fitted' : '拟合', 20)}${setting(c.fitted)}`,
    `${pad(lang === 'en' ? 'fitted, bar too' : '拟合（含门槛）', 20)}${setting(c.leftOutWithBar.fitted)}`,
    '',
    ''.padEnd(12) + columns.map(([name]) => pad(name, 20)).join(''),
    ...FIGURES.map((f) => f.padEnd(12) + columns.map(([, m]) => show(m[f]).padEnd(20)).join('')),
    '',
    lang === 'en' ? 'confidence   verdicts  mean   right  (as is)' : '置信度       数量      均值   正确率（当前）',
    ...c.asIs.reliability.map(
      (b) =>
        `${b.from.toFixed(1)}-${b.to.toFixed(1)}      ${String(b.count).padEnd(10)}${b.confidence.toFixed(2).padEnd(7)}${b.right.toFixed(2)}`,
    ),
  ].join('\n')
}

/** The same as a page of docs/. */
export function calibrationMarkdown(c: Calibrated): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    '# Calibration: what a confidence is worth',
    '',
    '<!-- Written by `whytimeout calibrate … --markdown docs/calibration.md`. -->',
    '',
    'A verdict that says 0.8 should be right eight times of ten. Probabilities are 2^(bits / temperature); one temperature is fitted on labelled',
    'scenarios by the least loss (mean of -log2 P(label or an acceptable cause), every scenario counting once) and stands in `rules/pack.yml`.',
    `"Left out" measures every scenario with the temperature that the others gave. Rules: digest ${c.digest}; ${c.timeouts} timeouts of ${c.scenarios} scenarios.`,
    '',
    row(['', 'as is', 'left out', 'left out, bar of `unknown` fitted too']),
    row(['---', '---:', '---:', '---:']),
    row(['setting', setting(c.now), setting(c.fitted), setting(c.leftOutWithBar.fitted)]),
    ...FIGURES.map((f) => row([f, show(c.asIs[f]), show(c.leftOut[f]), show(c.leftOutWithBar[f])])),
    '',
    '## Reliability, as is',
    '',
    row(['confidence', 'verdicts', 'mean', 'right']),
    row(['---', '---:', '---:', '---:']),
    ...c.asIs.reliability.map((b) =>
      row([`${b.from.toFixed(1)}–${b.to.toFixed(1)}`, String(b.count), b.confidence.toFixed(2), b.right.toFixed(2)]),
    ),
    '',
    `Scenarios: ${c.names.join(', ')}.`,
    '',
  ].join('\n')
}
