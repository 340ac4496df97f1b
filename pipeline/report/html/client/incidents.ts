import type { IncidentItem, Model, VerdictItem } from '../model.js'
import { causeOf } from './bits.js'
import { causeName, swatch } from './charts.js'
import { el } from './dom.js'
import { caseOfIncident, escalationText } from './escalation.js'
import { number, percent, span, zoneName } from './format.js'
import type { Filter } from './fragment.js'
import { laneChart, lineList, marksOf } from './lanes.js'
import { filterBy } from './navigate.js'
import { state } from './state.js'
import {
  bitsBlock,
  block,
  copyBox,
  exportNote,
  type Given,
  missingBlock,
  remedyBlock,
  ruledOutBlock,
} from './verdicts.js'
import { inBrackets, pick, say, titled } from './words.js'

/** Whether a listed verdict is one of an incident's: the same cause and reach, in its time. */
export const belongsTo = (i: IncidentItem, v: VerdictItem): boolean =>
  v.cause === i.cause &&
  v.scope === i.scope &&
  v.scopeId === i.scopeId &&
  v.realm === i.realm &&
  v.end >= i.first &&
  v.end <= i.last

export const incidentTitle = (model: Model, i: IncidentItem): string =>
  titled(pick(model.mechanisms[i.mechanism]?.name) || causeName(model, i.cause))

const hits = (model: Model, i: IncidentItem): string =>
  `${pick(model.words.scopes[i.scope])} ${i.scope === 'fleet' ? '' : i.scopeId} · ${number(i.timeouts)}× · ${number(i.terminals)} ${say(i.terminals === 1 ? 'oneTerminal' : 'terminals')}`

/** The first thing to do about it, one. */
const remedyOf = (model: Model, i: IncidentItem): string =>
  pick(model.mechanisms[i.mechanism]?.next) || i.remedy.map((id) => pick(model.remedies[id]?.text)).join(' ')

/** The cause before more is told; nothing where the title has said it. */
const causeText = (model: Model, i: IncidentItem): string => {
  const name = causeName(model, i.cause)
  return titled(name) === incidentTitle(model, i) ? '' : `${name} · `
}

/** Incidents beside the charts: what, whom, when, and the one remedy. */
export function incidentBriefs(model: Model, incidents: readonly IncidentItem[], most: number): HTMLElement {
  return el(
    'ol',
    { class: 'briefs' },
    ...incidents
      .slice(0, most)
      .map((i) =>
        el(
          'li',
          { class: `brief e${i.cause}` },
          el(
            'h3',
            {},
            el('a', { href: `#incident-${i.id}`, click: (e: Event) => reveal(e, i.id) }, incidentTitle(model, i)),
          ),
          el('p', { class: 'soft' }, swatch(i.cause), ` ${causeText(model, i)}${hits(model, i)}`),
          el('p', { class: 'soft' }, span(i.first, i.last)),
          el('p', { class: 'do' }, el('strong', {}, `${say('todo')} `), remedyOf(model, i)),
        ),
      ),
  )
}

/** The fragment holds the filters, so a link within the page goes there by itself. */
function reveal(event: Event, id: string): void {
  event.preventDefault()
  const card = document.getElementById(`incident-${id}`)
  const details = card?.querySelector('details')
  if (details) details.open = true
  card?.scrollIntoView({ block: 'start' })
  card?.querySelector<HTMLElement>('summary')?.focus({ preventScroll: true })
}

/** Every incident with what stands behind it. */
export function incidentList(
  given: Given & { readonly verdicts: () => readonly VerdictItem[] },
  incidents: readonly IncidentItem[],
): HTMLElement {
  const list = el('ol', { class: 'incidents' })
  let shown = 0
  const more = el('button', { type: 'button', class: 'more', click: () => grow(50) })
  const grow = (by: number): void => {
    const next = incidents.slice(shown, shown + by)
    shown += next.length
    list.append(...next.map((i) => incidentCard(given, i)))
    more.hidden = shown >= incidents.length
    more.textContent = say('more') + inBrackets(String(incidents.length - shown))
  }
  grow(20)
  return el('div', {}, list, more)
}

/** What is behind a card is made when it is first opened. */
const fillers = new WeakMap<HTMLDetailsElement, () => void>()

/** Opens a card and fills it at once: a print does not wait for the event of opening. */
export function openNow(details: HTMLDetailsElement): void {
  details.open = true
  fillers.get(details)?.()
}

function incidentCard(
  given: Given & { readonly verdicts: () => readonly VerdictItem[] },
  i: IncidentItem,
): HTMLElement {
  const { model } = given
  const body = el('div', { class: 'panel' })
  const details = el(
    'details',
    {},
    el(
      'summary',
      {},
      el('h3', {}, swatch(i.cause), ` ${incidentTitle(model, i)}`),
      el(
        'span',
        { class: 'soft' },
        `${causeText(model, i)}${hits(model, i)} · ${span(i.first, i.last)} ${zoneName(i.first)} · ${say(i.isOpen ? 'open' : 'closed')}`,
      ),
      el('span', { class: 'do' }, el('strong', {}, `${say('todo')} `), remedyOf(model, i)),
    ),
    body,
  )
  const fill = (): void => {
    if (details.open && body.childElementCount === 0) body.append(...incidentDetail(given, i))
  }
  details.addEventListener('toggle', fill)
  fillers.set(details, fill)
  return el(
    'li',
    { id: `incident-${i.id}`, 'data-incident': i.id, 'data-cause': causeOf(i.cause), class: `card e${i.cause}` },
    details,
  )
}

function incidentDetail(
  { model, lines, verdicts }: Given & { readonly verdicts: () => readonly VerdictItem[] },
  i: IncidentItem,
): HTMLElement[] {
  const its = verdicts().filter((v) => belongsTo(i, v))
  const marks = marksOf({ events: i.evidence, evidence: its.flatMap((v) => v.evidence) }, lines(), i.evidence)
  const decisive = marks.some((m) => m.isDecisive) ? marks.filter((m) => m.isDecisive) : marks
  const surest = its.reduce<VerdictItem | undefined>(
    (best, v) => (v.mechanism === i.mechanism && (!best || v.confidence > best.confidence) ? v : best),
    undefined,
  )
  const remedies = [...new Set([...i.remedy, ...its.flatMap((v) => v.remedy)])]
  const missing = [...new Set(its.flatMap((v) => v.missing))].sort()
  return [
    el(
      'div',
      { class: 'detail' },
      block(
        'timeline',
        'wide',
        el('p', { class: 'soft' }, `${percent(i.share)} ${say('timedOut')}`),
        laneChart({ start: i.first, end: i.last }, marks),
        lineList(marks),
      ),
      remedyBlock(model, { mechanism: i.mechanism, remedy: remedies, cause: i.cause }),
      surest && bitsBlock(model, surest),
      surest && ruledOutBlock(model, surest),
      missingBlock(model, missing),
      block(
        'escalation',
        'wide',
        copyBox(escalationText(model, caseOfIncident(i, its, decisive), state.lang)),
        exportNote('incident', i.id),
      ),
      block('inWords', 'wide', el('p', { class: 'explain' }, pick(i.explain))),
    ),
    el(
      'button',
      {
        type: 'button',
        class: 'show-verdicts',
        click: () => {
          filterBy(filterOf(i))
          document.getElementById('verdicts')?.scrollIntoView()
        },
      },
      say('showVerdicts') + inBrackets(number(i.timeouts)),
    ),
  ]
}

/** What narrows the page to an incident's timeouts. */
function filterOf(i: IncidentItem): Partial<Filter> {
  const field = i.scope === 'fleet' ? undefined : i.scope
  return { cause: causeOf(i.cause), span: [i.first, i.last + 1_000], ...(field && { [field]: i.scopeId }) }
}
