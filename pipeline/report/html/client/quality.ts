import type { Model } from '../model.js'
import { el } from './dom.js'
import { number } from './format.js'
import { state } from './state.js'
import { colon, comma, pick, say, type Word } from './words.js'

/** Books, formats, what was assumed, and by what rule the page lists less than everything. */
export function qualityBox({ quality: q, sample, totals }: Model): HTMLElement {
  const b = q.books
  const part = (title: Word, ...content: readonly (Node | string | false)[]): HTMLElement =>
    el('section', { class: 'block' }, el('h3', {}, say(title)), ...content)
  const counts = (rows: readonly (readonly [string, number])[]): HTMLElement =>
    el(
      'table',
      { class: 'pairs' },
      el(
        'tbody',
        {},
        ...rows.map(([k, n]) => el('tr', {}, el('th', { scope: 'row' }, k), el('td', { class: 'num' }, number(n)))),
      ),
    )
  return el(
    'div',
    { class: 'detail', id: 'quality-box' },
    part(
      'books',
      counts([
        [say('read'), b.read],
        [say('events'), b.events],
        [say('filtered'), b.filtered],
        [say('duplicates'), b.duplicates],
        [say('deadLettered'), b.dead_lettered],
        ...q.unread.map(([why, n]): [string, number] => [`– ${pick(why)}`, n]),
      ]),
      el('p', { class: 'soft' }, `${say('unparsed')}${colon()}${(q.unparsedShare * 100).toFixed(2)} %`),
    ),
    part(
      'formats',
      counts(q.formats),
      el('p', { class: 'soft' }, `${say('generic')}${colon()}${(q.genericShare * 100).toFixed(1)} %`),
    ),
    totals.timeouts > 0
      ? part('sample', ...sampleText(sample, totals).map((t) => el('p', {}, t)))
      : el('span', { hidden: true }),
    q.notTimeouts.length > 0 ? part('notTimeouts', counts(q.notTimeouts)) : el('span', { hidden: true }),
    el(
      'section',
      { class: 'block wide' },
      el('h3', {}, say('assumed')),
      q.assumed.length === 0
        ? el('p', { class: 'soft' }, say('nothingAssumed'))
        : el(
            'div',
            { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': say('assumed') },
            el(
              'table',
              {},
              el(
                'thead',
                {},
                el(
                  'tr',
                  {},
                  ...(['origin', 'what', 'value', 'because'] as const).map((w) => el('th', { scope: 'col' }, say(w))),
                ),
              ),
              el(
                'tbody',
                {},
                ...q.assumed.map((a) =>
                  el(
                    'tr',
                    {},
                    el('th', { scope: 'row' }, a.origin),
                    el('td', {}, pick(a.what)),
                    el('td', {}, a.value),
                    el('td', { class: 'soft' }, pick(a.why)),
                  ),
                ),
              ),
            ),
          ),
      q.moreAssumed > 0 && el('p', { class: 'soft' }, `${say('andMore')} ${q.moreAssumed}`),
    ),
    el(
      'section',
      { class: 'block wide' },
      el('h3', {}, say('files')),
      el(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': say('files') },
        el(
          'table',
          {},
          el(
            'thead',
            {},
            el(
              'tr',
              {},
              el('th', { scope: 'col' }, say('place')),
              el('th', { scope: 'col', class: 'num' }, say('read')),
              el('th', { scope: 'col', class: 'num' }, say('deadLettered')),
              el('th', { scope: 'col', class: 'num' }, say('generic')),
            ),
          ),
          el(
            'tbody',
            {},
            ...q.files.map((f) =>
              el(
                'tr',
                {},
                el('th', { scope: 'row' }, f.path),
                el('td', { class: 'num' }, number(f.read)),
                el('td', { class: 'num' }, number(f.unparsed)),
                el('td', { class: 'num' }, `${(f.generic * 100).toFixed(0)} %`),
              ),
            ),
          ),
        ),
      ),
      q.moreFiles > 0 && el('p', { class: 'soft' }, `${say('andMore')} ${q.moreFiles}`),
    ),
    el(
      'p',
      { class: 'soft wide' },
      `${say('rules')}${colon()}${say('generation')} ${q.rules.generation}${comma()}${q.rules.digest}`,
    ),
  )
}

/** How many pass the filter; with a text, of how many it was looked for: only the listed timeouts have any. */
export function shownText(passing: number, { sample, totals }: Model, isText: boolean): string {
  const all = number(totals.timeouts)
  const few = `${number(passing)} ${say('of')} ${all} ${say('shown')}`
  if (!isText || sample.listed === totals.timeouts) return few
  const listed = number(sample.listed)
  return state.lang === 'zh'
    ? `${number(passing)} / ${listed} ${say('shown')}：文本仅在列出的超时中查找，不含全部 ${all} 次`
    : `${number(passing)} of ${listed} ${say('shown')}: text is looked for in those that are listed, not in all ${all}`
}

/** In words, what is whole and what is chosen, and by what rule. */
export function sampleText(sample: Model['sample'], totals: Model['totals']): string[] {
  const zh = state.lang === 'zh'
  const all = number(totals.timeouts)
  return [
    sample.listed === totals.timeouts
      ? zh
        ? `全部 ${all} 次超时均已列出。`
        : `All ${all} timeouts are listed.`
      : zh
        ? `列出 ${number(sample.listed)} / ${all} 次超时：每种原因和范围各取相同数量（至多 ${sample.perReach} 次），按编号的散列值从小到大选取，每次运行结果相同。其余见verdicts.ndjson。`
        : `${number(sample.listed)} of ${all} timeouts are listed: of each cause and reach equally many (${sample.perReach} at most), those whose id has the lowest hash, the same in every run. The others are in verdicts.ndjson.`,
    sample.counted === totals.timeouts
      ? zh
        ? '图表和筛选计入全部超时。'
        : 'Charts and filters count every timeout.'
      : zh
        ? `未筛选时图表计入全部超时；筛选时计入其中 ${number(sample.counted)} 次（按编号散列值选取）。`
        : `Charts count every timeout; with a filter, ${number(sample.counted)} of them, those whose id has the lowest hash.`,
    sample.incidents === totals.incidents
      ? zh
        ? `全部 ${number(totals.incidents)} 起事件均已列出。`
        : `All ${number(totals.incidents)} incidents are listed.`
      : zh
        ? `列出 ${number(sample.incidents)} / ${number(totals.incidents)} 起事件，超时最多的在前。`
        : `${number(sample.incidents)} of ${number(totals.incidents)} incidents are listed, those with most timeouts.`,
  ]
}
