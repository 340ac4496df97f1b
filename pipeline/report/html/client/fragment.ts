import { PHASES, type Phase, VERDICT_CAUSES, type VerdictCause } from '../../../../schemas/vocabulary.js'
import type { View } from './state.js'

/** What the page is narrowed to. Absent fields let everything pass. */
export type Filter = {
  readonly cause?: VerdictCause
  readonly phase?: Phase
  readonly site?: string
  readonly terminal?: string
  readonly isp?: string
  readonly endpoint?: string
  /** Least confidence, percent. */
  readonly confidence?: number
  /** Words that all must stand somewhere in the verdict or its lines. */
  readonly text?: string
  /** Given up in [from, to), epoch ms. */
  readonly span?: readonly [from: number, to: number]
}
export const FILTER_FIELDS = [
  'cause',
  'site',
  'terminal',
  'isp',
  'endpoint',
  'phase',
  'confidence',
  'text',
  'span',
] as const satisfies readonly (keyof Filter)[]
export type FilterField = (typeof FILTER_FIELDS)[number]

/** The fragment of a URL that brings back what is seen; times in it are ISO, so that a person can read and change it. */
export function writeFragment(view: View): string {
  const q = new URLSearchParams()
  for (const field of FILTER_FIELDS) {
    const value = view.filter[field]
    if (value === undefined) continue
    q.set(field, Array.isArray(value) ? value.map((ms) => new Date(ms).toISOString()).join('/') : String(value))
  }
  q.set('lang', view.lang)
  if (view.theme !== 'auto') q.set('theme', view.theme)
  if (view.zone !== 'utc') q.set('zone', view.zone)
  return q.toString()
}

/** What a fragment says; whatever it says wrong is left out. */
export function parseFragment(fragment: string): Partial<View> & Pick<View, 'filter'> {
  const q = new URLSearchParams(fragment)
  const text = (field: FilterField): string | undefined => q.get(field) || undefined
  const one = <T extends string>(list: readonly T[], value: string | undefined | null): T | undefined =>
    list.find((x) => x === value)
  const least = Number(q.get('confidence'))
  const span = (q.get('span') ?? '').split('/').map((t) => Date.parse(t))
  const filter = {
    cause: one(VERDICT_CAUSES, q.get('cause')),
    site: text('site'),
    terminal: text('terminal'),
    isp: text('isp'),
    endpoint: text('endpoint'),
    phase: one(PHASES, q.get('phase')),
    confidence: least > 0 && least <= 100 ? least : undefined,
    text: text('text'),
    span: span.length === 2 && span.every(Number.isFinite) ? (span as unknown as [number, number]) : undefined,
  }
  const lang = one(['en', 'zh'], q.get('lang'))
  const theme = one(['light', 'dark'], q.get('theme'))
  const zone = one(['local'], q.get('zone'))
  return {
    filter: Object.fromEntries(Object.entries(filter).filter(([, v]) => v !== undefined)),
    ...(lang && { lang }),
    ...(theme && { theme }),
    ...(zone && { zone }),
  }
}
