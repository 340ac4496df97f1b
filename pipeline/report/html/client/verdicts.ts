import { PHASES } from '../../../../schemas/vocabulary.js'
import type { LineItem, Model, RuledOutItem, VerdictItem } from '../model.js'
import { bitsChart, causeOf, consideredTable, scoreTable, signalName } from './bits.js'
import { causeName, swatch } from './charts.js'
import { el } from './dom.js'
import { caseOfVerdict, escalationText } from './escalation.js'
import { clock, day, percent, seconds, signed, span, zoneName } from './format.js'
import { laneChart, lineList, marksOf } from './lanes.js'
import { state } from './state.js'
import { colon, comma, inBrackets, pick, say, titled, type Word } from './words.js'

export type Given = {
  readonly model: Model
  readonly lines: () => Readonly<Record<string, LineItem>>
}
const PAGE = 50

/** The list of timeouts: rows that open, a screen's worth at a time. */
export function verdictList(given: Given, verdicts: readonly VerdictItem[]): HTMLElement {
  const list = el('ol', { class: 'verdicts' })
  let shown = 0
  const more = el('button', { type: 'button', class: 'more', click: () => grow(PAGE) })
  const grow = (by: number): void => {
    const next = verdicts.slice(shown, shown + by)
    shown += next.length
    list.append(...next.map((v) => verdictRow(given, v)))
    more.hidden = shown >= verdicts.length
    more.textContent = say('more') + inBrackets(String(verdicts.length - shown))
  }
  grow(PAGE)
  return el('div', {}, list, more)
}

function verdictRow(given: Given, v: VerdictItem): HTMLElement {
  const { model } = given
  const panel = el('div', { class: 'panel', id: `v-${v.id}`, hidden: true })
  const name = titled(pick(model.mechanisms[v.mechanism]?.name) || causeName(model, v.cause))
  const button = el(
    'button',
    {
      type: 'button',
      class: 'row',
      'aria-expanded': 'false',
      'aria-controls': panel.id,
      click: () => toggle(),
    },
    el('span', { class: 'cell when' }, el('span', { class: 'soft' }, `${day(v.end)} `), clock(v.end)),
    el('span', { class: 'cell name' }, swatch(v.cause), ` ${name}`),
    el('span', { class: 'cell sure' }, percent(v.confidence)),
    el('span', { class: 'cell who' }, [v.terminal ?? v.host ?? v.source, v.site].filter(Boolean).join(' · ')),
    el('span', { class: 'cell phase soft' }, pick(model.words.phases[PHASES[v.phase] ?? 'connect'])),
  )
  const toggle = (): void => {
    const isOpening = panel.hidden
    if (isOpening && panel.childElementCount === 0) panel.append(...verdictDetail(given, v))
    panel.hidden = !isOpening
    button.setAttribute('aria-expanded', String(isOpening))
  }
  return el('li', { 'data-verdict': v.id, 'data-cause': causeOf(v.cause) }, el('h3', {}, button), panel)
}

export const block = (
  title: Word,
  className: string,
  ...content: readonly (Node | string | undefined | false)[]
): HTMLElement => el('section', { class: `block ${className}` }, el('h4', {}, say(title)), ...content)

function verdictDetail({ model, lines }: Given, v: VerdictItem): HTMLElement[] {
  const marks = marksOf(v, lines())
  const decisive = marks.filter((m) => m.isDecisive)
  return [
    el('p', { class: 'explain' }, pick(v.explain)),
    el(
      'div',
      { class: 'detail' },
      block(
        'timeline',
        'wide',
        el(
          'p',
          { class: 'soft' },
          `${say('attempt')}${colon()}${span(v.start, v.end)} ${zoneName(v.start)}${comma()}${seconds(v.end - v.start)}`,
        ),
        laneChart(v, marks),
        lineList(marks),
      ),
      remedyBlock(model, v),
      bitsBlock(model, v),
      block('scores', '', scoreTable(model, v)),
      ruledOutBlock(model, v),
      missingBlock(model, v.missing),
      missedBlock(model, v),
      block('details', '', attemptTable(model, v)),
      block('alternatives', 'wide alternatives', consideredTable(model, v)),
      block(
        'escalation',
        'wide',
        copyBox(escalationText(model, caseOfVerdict(v, decisive), state.lang)),
        exportNote('verdict', v.id),
      ),
    ),
  ]
}

export function bitsBlock(model: Model, v: VerdictItem): HTMLElement | undefined {
  const chart = bitsChart(model, v)
  return chart && block('bits', '', chart)
}

export function ruledOutBlock(model: Model, v: VerdictItem): HTMLElement {
  const reason = ({ signal, mechanism, bits }: RuledOutItem): string =>
    signal === undefined || mechanism === undefined
      ? say('littleLeft')
      : signalName(model, mechanism, signal) + inBrackets(signed(bits ?? 0))
  return block(
    'ruledOut',
    'ruled-out',
    v.ruledOut.length === 0
      ? el('p', { class: 'soft' }, '–')
      : el(
          'ul',
          { class: 'plain' },
          ...v.ruledOut.map((r) =>
            el(
              'li',
              {},
              swatch(r.cause),
              ` ${causeName(model, r.cause)}`,
              el('span', { class: 'soft' }, `${colon()}${reason(r)}`),
            ),
          ),
        ),
  )
}

/** What nearly spoke for or against: where one more look at the logs, or at the rule, may pay. */
function missedBlock(model: Model, v: VerdictItem): HTMLElement | undefined {
  if (!v.missed || v.missed.length === 0) return undefined
  return block(
    'missed',
    'missed',
    el('p', { class: 'soft' }, say('missedNote')),
    el(
      'ul',
      { class: 'plain' },
      ...v.missed.map((m) =>
        el(
          'li',
          {},
          el('strong', {}, pick(model.mechanisms[m.mechanism]?.name) || m.mechanism),
          el('br'),
          `${signalName(model, m.mechanism, m.signal)}${inBrackets(signed(m.bits))}`,
          el('br'),
          el('span', { class: 'soft' }, pick(m.why)),
        ),
      ),
    ),
  )
}

export const missingBlock = (model: Model, missing: readonly string[]): HTMLElement =>
  block(
    'missing',
    '',
    missing.length === 0
      ? el('p', { class: 'soft' }, say('nothingMissing'))
      : el('ul', { class: 'plain' }, ...missing.map((m) => el('li', {}, pick(model.words.logs[m]) || m))),
  )

function attemptTable(model: Model, v: VerdictItem): HTMLElement {
  const rows: [Word, string | undefined][] = [
    ['terminal', v.terminal],
    ['site', v.site],
    ['isp', v.isp],
    ['gateway', v.gateway],
    ['from', v.source],
    ['endpoint', v.endpoint],
    ['key', v.key],
    ['phase', pick(model.words.phases[PHASES[v.phase] ?? 'connect'])],
    ['suffered', say(v.suffered === 'terminal' ? 'sufferedterminal' : 'sufferedgateway')],
    ['scope', `${pick(model.words.scopes[v.scope])} ${v.scopeId}`],
    ['around', `${v.failed} ${say('failed')}${comma()}${v.ok} ${say('served')}`],
  ]
  return el(
    'table',
    { class: 'pairs' },
    el(
      'tbody',
      {},
      ...rows
        .filter(([, value]) => value)
        .map(([word, value]) => el('tr', {}, el('th', { scope: 'row' }, say(word)), el('td', {}, value))),
      el('tr', {}, el('th', { scope: 'row' }, 'id'), el('td', {}, el('code', {}, v.id))),
    ),
  )
}

/** What to do: the mechanism's own step first, then the remedies with their cautions, and how to be sure. */
export function remedyBlock(model: Model, v: Pick<VerdictItem, 'mechanism' | 'remedy' | 'cause'>): HTMLElement {
  const mechanism = model.mechanisms[v.mechanism]
  const cautions = [...new Set(v.remedy.map((id) => pick(model.remedies[id]?.caution)).filter(Boolean))]
  const pair = (word: Word, text: string, className = ''): HTMLElement[] =>
    text === '' ? [] : [el('dt', { class: className }, say(word)), el('dd', { class: className }, text)]
  const remedies = v.remedy.map((id) => pick(model.remedies[id]?.text)).filter(Boolean)
  const each = (word: Word): HTMLElement[] =>
    remedies.length < 2
      ? pair(word, remedies.join(''))
      : [el('dt', {}, say(word)), el('dd', {}, el('ul', { class: 'dashed' }, ...remedies.map((r) => el('li', {}, r))))]
  return block(
    'todo',
    'todo',
    el(
      'dl',
      {},
      ...(mechanism ? pair('todo', pick(mechanism.next)) : each('todo')),
      ...cautions.flatMap((c) => pair('caution', c, 'caution')),
      ...(mechanism ? pair('confirm', pick(mechanism.confirm)) : []),
      ...(mechanism ? each('remedies') : []),
      ...pair('prevent', pick(model.prevention[causeOf(v.cause)])),
    ),
  )
}

/** How its lines are handed on too, with other names in them. */
export const exportNote = (what: 'incident' | 'verdict', id: string): HTMLElement =>
  el(
    'p',
    { class: 'soft export' },
    `${say('exportAs')}${colon()}`,
    el('code', {}, `whytimeout export LOGS --anonymise --${what} ${id} --out ${what}.tar.gz`),
  )

/** Text to hand on, and a button that copies it. */
export function copyBox(text: string): HTMLElement {
  const pre = el('pre', { class: 'copy-text', tabindex: 0, role: 'region', 'aria-label': say('escalation') }, text)
  const said = el('span', { role: 'status', class: 'soft' })
  const button = el(
    'button',
    {
      type: 'button',
      class: 'copy',
      click: async () => {
        await copy(text, pre)
        said.textContent = say('copied')
      },
    },
    say('copy'),
  )
  return el('div', { class: 'copy-box' }, button, said, pre)
}

/** A page from disk may lack the clipboard: then the text is selected and copied as a user would. */
async function copy(text: string, shown: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    getSelection()?.selectAllChildren(shown)
    document.execCommand('copy')
  }
}
