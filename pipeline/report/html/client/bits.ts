import { VERDICT_CAUSES } from '../../../../schemas/vocabulary.js'
import type { Model, VerdictItem } from '../model.js'
import { causeName, swatch } from './charts.js'
import { el } from './dom.js'
import { percent, signed } from './format.js'
import { pick, say } from './words.js'

/** A signal in words where it has some; else its name, which is made of words. */
export const signalName = (model: Model, mechanism: string, signal: string): string =>
  pick(model.mechanisms[mechanism]?.signals[signal]) || signal.replaceAll('-', ' ')

/** What a signal found in numbers: what its text says beyond its words. */
function foundBy(model: Model, v: VerdictItem, signal: string): string {
  const words = model.mechanisms[v.mechanism]?.signals[signal]?.en
  const text = v.evidence.find((e) => e.signal === signal)?.text ?? ''
  return words !== undefined && text.startsWith(words) ? text.slice(words.length).trim() : ''
}

/** A horizontal bar from the middle: to the right for, to the left against. */
function bar(value: number, most: number, kind: string): HTMLElement {
  const inner = el('span', { class: `fill ${kind}` })
  const share = (Math.abs(value) / most) * 50
  inner.style.setProperty('width', `${share}%`)
  inner.style.setProperty(value < 0 ? 'right' : 'left', '50%')
  return el('span', { class: 'bar-track', 'aria-hidden': 'true' }, inner)
}

/** What the winning mechanism gained and lost by each signal, from how common it is to its sum. */
export function bitsChart(model: Model, v: VerdictItem): HTMLElement | undefined {
  const winner = v.considered.find((c) => c.mechanism === v.mechanism)
  if (!winner) return undefined
  const said = winner.signals.reduce((sum, [, n]) => sum + n, 0)
  const prior = winner.bits - said
  const rows: [label: string, bits: number, kind: string, found?: string][] = [
    [say('prior'), prior, 'is-prior'],
    ...winner.signals.map(([name, n]): [string, number, string, string] => [
      signalName(model, v.mechanism, name),
      n,
      n < 0 ? 'is-against' : 'is-for',
      foundBy(model, v, name),
    ]),
    [say('sum'), winner.bits, 'is-sum'],
  ]
  const most = Math.max(1, ...rows.map(([, n]) => Math.abs(n)))
  return el(
    'table',
    { class: 'bits' },
    el('caption', {}, say('bitsNote')),
    el(
      'thead',
      { class: 'visually-hidden' },
      el('tr', {}, el('th', { scope: 'col' }, say('signal')), el('th', { scope: 'col' }, 'bits'), el('td', {})),
    ),
    el(
      'tbody',
      {},
      ...rows.map(([label, n, kind, found]) =>
        el(
          'tr',
          { class: kind },
          el('th', { scope: 'row' }, label, found ? el('span', { class: 'soft found' }, ` ${found}`) : undefined),
          el('td', { class: 'num' }, signed(n)),
          el('td', { class: 'bar' }, bar(n, most, kind)),
        ),
      ),
    ),
  )
}

/** The eleven scores, those that matter. */
export function scoreTable(model: Model, v: VerdictItem): HTMLElement {
  const ranked = v.scores.map((p, c) => ({ p, c })).sort((a, b) => b.p - a.p || a.c - b.c)
  return el(
    'table',
    { class: 'scores' },
    el(
      'tbody',
      {},
      ...ranked
        .filter(({ p }, i) => p >= 0.01 || i < 2)
        .map(({ p, c }) => {
          const inner = el('span', { class: `fill b${c}` })
          inner.style.setProperty('width', `${p * 100}%`)
          return el(
            'tr',
            {},
            el('th', { scope: 'row' }, swatch(c), ` ${causeName(model, c)}`),
            el('td', { class: 'num' }, percent(p)),
            el('td', { class: 'bar' }, el('span', { class: 'bar-track', 'aria-hidden': 'true' }, inner)),
          )
        }),
    ),
  )
}

/** Mechanisms that were weighed, with what each made of the same lines. */
export function consideredTable(model: Model, v: VerdictItem): HTMLElement {
  return el(
    'table',
    { class: 'considered' },
    el(
      'tbody',
      {},
      ...v.considered.map((c) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, swatch(c.cause), ` ${pick(model.mechanisms[c.mechanism]?.name) || c.mechanism}`),
          el('td', { class: 'num' }, percent(c.probability)),
          el(
            'td',
            {},
            c.signals.map(([name, n]) => `${signalName(model, c.mechanism, name)} ${signed(n)}`).join(' · '),
          ),
        ),
      ),
    ),
  )
}

export const causeOf = (index: number): (typeof VERDICT_CAUSES)[number] => VERDICT_CAUSES[index] ?? 'unknown'
