import { VERDICT_CAUSES } from '../../../../schemas/vocabulary.js'
import type { Model } from '../model.js'
import { causeName, swatch } from './charts.js'
import { el } from './dom.js'
import { number } from './format.js'
import { colon, comma, inBrackets, pick, say } from './words.js'

/** In place of charts that would be empty: what was looked at, what could make a timeout, and what to look into where some were expected. */
export function nothingFound(model: Model): HTMLElement {
  const { books, notTimeouts } = model.quality
  const counts = (
    [
      ['read', books.read],
      ['events', books.events],
      ['deadLettered', books.dead_lettered],
    ] as const
  )
    .map(([word, n]) => `${say(word)} ${number(n)}`)
    .join(comma())
  return el(
    'div',
    { class: 'nothing' },
    el('p', {}, say('noneAtAll')),
    el('p', { class: 'soft' }, `${say('books')}${colon()}${counts}`),
    notTimeouts.length > 0 &&
      el(
        'p',
        {},
        `${say('notTimeouts')}${colon()}${notTimeouts.map(([action, n]) => `${action} ${number(n)}`).join(comma())}`,
      ),
    ...(model.evidence.length === 0
      ? []
      : [
          el('h2', {}, say('mayMake')),
          el('ul', { class: 'plain' }, ...model.evidence.map((found) => evidenceRow(model, found))),
        ]),
    el('h2', {}, say('noneExpected')),
    el(
      'ul',
      { class: 'dashed' },
      ...(['noneOfWaiter', 'noneOfUnread', 'noneOfLine'] as const).map((word) => el('li', {}, say(word))),
    ),
  )
}

function evidenceRow(model: Model, { mechanism, cause, lines }: Model['evidence'][number]): HTMLElement {
  const words = model.mechanisms[mechanism]
  return el(
    'li',
    {},
    el('strong', {}, swatch(VERDICT_CAUSES.indexOf(cause)), ` ${pick(words?.name)}`),
    inBrackets(`${causeName(model, VERDICT_CAUSES.indexOf(cause))}${comma()}${number(lines)} ${say('linesOf')}`),
    el('br'),
    pick(words?.next),
  )
}
