import { PHASES, VERDICT_CAUSES } from '../../../../schemas/vocabulary.js'
import { type Model, NAMED_FIELDS, type NamedField } from '../model.js'
import { el } from './dom.js'
import { number, span } from './format.js'
import { FILTER_FIELDS, type FilterField } from './fragment.js'
import { filterBy } from './navigate.js'
import type { Rows } from './rows.js'
import { state } from './state.js'
import { colon, inBrackets, pick, say } from './words.js'

/** Suggestions under a field, at most: the most frequent names. */
const MAX_SUGGESTIONS = 200
const LEVELS = [50, 80, 95]

export type FilterBar = {
  readonly element: HTMLElement
  /** Shows what the filter is, and how many pass it. */
  readonly update: (shown: string) => void
}

export function filterBar(model: Model, rows: () => Rows): FilterBar {
  const { listed } = model.sample
  // Only listed timeouts have a text to be found in.
  const ofListed = listed < model.totals.timeouts ? inBrackets(`${number(listed)} ${say('listed')}`) : ''
  const controls = new Map<FilterField, HTMLInputElement | HTMLSelectElement>()
  const field = (name: FilterField, control: HTMLInputElement | HTMLSelectElement): HTMLElement => {
    controls.set(name, control)
    control.setAttribute('name', name)
    control.id = `filter-${name}`
    return el(
      'div',
      { class: 'field' },
      el('label', { for: control.id }, say(name) + (name === 'text' ? ofListed : '')),
      control,
    )
  }
  const select = (
    name: 'cause' | 'phase' | 'confidence',
    options: readonly (readonly [string, string])[],
  ): HTMLElement =>
    field(
      name,
      el(
        'select',
        {
          change: (e: Event) => {
            const { value } = e.target as HTMLSelectElement
            filterBy({ [name]: value === '' ? undefined : name === 'confidence' ? Number(value) : value })
          },
        },
        el('option', { value: '' }, say('any')),
        ...options.map(([value, label]) => el('option', { value }, label)),
      ),
    )
  const named = (name: NamedField): HTMLElement => {
    const list = el('datalist', { id: `list-${name}` })
    const input = el('input', {
      type: 'search',
      list: list.id,
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: say('any'),
      focus: () => {
        if (list.childElementCount === 0) list.append(...frequent(rows(), name).map((value) => el('option', { value })))
      },
      input: debounced((value) => filterBy({ [name]: value })),
    })
    const made = field(name, input)
    made.append(list)
    return made
  }
  const chips = el('ul', { class: 'chips', 'aria-label': say('filters') })
  const count = el('p', { class: 'shown', role: 'status', id: 'shown' })
  const clear = el('button', { type: 'button', id: 'clear', click: () => filterBy(nothing()) }, say('clear'))
  const element = el(
    'form',
    {
      class: 'filters',
      id: 'filters',
      role: 'search',
      'aria-label': say('filters'),
      submit: (e: Event) => e.preventDefault(),
    },
    select(
      'cause',
      VERDICT_CAUSES.flatMap((c, i) =>
        (model.totals.causes[i] ?? 0) > 0 ? [[c, pick(model.words.causes[c])] as const] : [],
      ),
    ),
    ...NAMED_FIELDS.map(named),
    select(
      'phase',
      PHASES.flatMap((p, i) => ((model.totals.phases[i] ?? 0) > 0 ? [[p, pick(model.words.phases[p])] as const] : [])),
    ),
    select(
      'confidence',
      LEVELS.map((n) => [String(n), `≥ ${n} %`] as const),
    ),
    field(
      'text',
      el('input', {
        type: 'search',
        spellcheck: 'false',
        placeholder: say('textHint'),
        title: say('textScope'),
        input: debounced((value) => filterBy({ text: value })),
      }),
    ),
    el('div', { class: 'filter-state' }, count, chips, clear),
  )
  const update = (shown: string): void => {
    for (const [name, control] of controls) {
      const value = String(state.filter[name] ?? '')
      if (control !== document.activeElement || control instanceof HTMLSelectElement) control.value = value
    }
    const set = FILTER_FIELDS.filter((f) => state.filter[f] !== undefined)
    count.textContent = shown
    clear.hidden = set.length === 0
    chips.replaceChildren(
      ...set.map((name) => {
        const label = `${say(name)}${colon()}${labelOf(model, name)}`
        return el(
          'li',
          {},
          el(
            'button',
            {
              type: 'button',
              'data-chip': name,
              'aria-label': `${say('remove')}${colon()}${label}`,
              click: () => filterBy({ [name]: undefined }),
            },
            label,
            el('span', { 'aria-hidden': 'true' }, ' ×'),
          ),
        )
      }),
    )
  }
  return { element, update }
}

const nothing = (): Record<FilterField, undefined> =>
  Object.fromEntries(FILTER_FIELDS.map((f) => [f, undefined])) as Record<FilterField, undefined>

function labelOf(model: Model, name: FilterField): string {
  const { filter } = state
  if (name === 'cause' && filter.cause) return pick(model.words.causes[filter.cause])
  if (name === 'phase' && filter.phase) return pick(model.words.phases[filter.phase])
  if (name === 'span' && filter.span) return span(...filter.span)
  return name === 'confidence' ? `≥ ${filter.confidence} %` : String(filter[name])
}

/** The names that most rows have. */
function frequent(rows: Rows, field: NamedField): string[] {
  const counts = new Map<number, number>()
  for (const i of rows.named[field]) counts.set(i, (counts.get(i) ?? 0) + 1)
  counts.delete(0)
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, MAX_SUGGESTIONS)
    .map(([i]) => rows.names[field][i] ?? '')
}

function debounced(act: (value: string) => void): (e: Event) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (e) => {
    clearTimeout(timer)
    timer = setTimeout(() => act((e.target as HTMLInputElement).value.trim()), 150)
  }
}
