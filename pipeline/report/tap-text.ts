import type { LogEvent } from '../../schemas/event.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { Lang } from '../../schemas/vocabulary.js'
import { dim } from './ansi.js'
import { CAUSE_NAMES, SCOPE_NAMES } from './words.js'

/** As `whytimeout tap` is given them. */
export type ShownLine = {
  readonly origin: string
  readonly fate: 'event' | 'filtered' | 'dead_lettered'
  readonly format?: string
  readonly text: string
}
export type ShownEvent = {
  readonly origin: string
  readonly event: LogEvent
  readonly signals: readonly string[]
  readonly open?: boolean
}
export type TapPage = { readonly lang: Lang; readonly color: boolean }

const FATES = {
  event: { en: 'event', zh: '事件' },
  filtered: { en: 'filtered', zh: '已过滤' },
  dead_lettered: { en: 'dead letter', zh: '死信' },
} as const
const STATES = { provisional: { en: 'provisional', zh: '初步' }, final: { en: 'final', zh: '最终' } } as const

/** A record: where it comes from, what became of it, its text. */
export function lineText(l: ShownLine, page: TapPage): string {
  const kind = [l.format, FATES[l.fate][page.lang]].filter((k) => k !== undefined).join(', ')
  return `${dim(`${shown(l.origin)} [${kind}]`, page)} ${shown(l.text)}`
}

export function eventText({ origin, event, signals, open }: ShownEvent, page: TapPage): string {
  const who = event['whytimeout.terminal_id'] ?? event['whytimeout.site_id']
  const parts = [
    event['@timestamp'],
    shown(origin),
    event['event.action'] ?? '-',
    ...(who === undefined ? [] : [shown(who)]),
    ...(signals.length > 0 ? [`{${signals.join(', ')}}`] : []),
    ...(open ? [page.lang === 'zh' ? '（未完）' : '(open)'] : []),
  ]
  return `${dim(parts.join(' '), page)} ${shown(event['event.original'] ?? event.message ?? '')}`
}

export function verdictText(v: Verdict, { lang }: TapPage): string {
  const { verdict, terminal_id, site_id } = v.whytimeout
  return [
    v['@timestamp'],
    STATES[verdict.state][lang],
    `${CAUSE_NAMES[verdict.cause][lang]} ${Math.round(verdict.confidence * 100)} %`,
    `(${verdict.mechanism})`,
    `${SCOPE_NAMES[verdict.scope][lang]} ${shown(verdict.scope_id)}`,
    ...[terminal_id, site_id].flatMap((id) => (id === undefined ? [] : [shown(id)])),
    v.event.id,
  ].join('  ')
}

/** On one line, and nothing in it that a terminal obeys: a log may hold anything. */
export const shown = (text: string): string =>
  text.replace(/\r?\n/g, ' ⏎ ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '·')
