import { z } from 'zod'
import { LogEvent } from '../../schemas/event.js'
import { Verdict } from '../../schemas/verdict.js'
import { closest } from '../match/closest.js'
import { globTest } from '../parse/origins.js'
import type { StreamEvent } from '../stream/messages.js'

export const TAP_KINDS = ['lines', 'events', 'verdicts'] as const
export type TapKind = (typeof TAP_KINDS)[number]

/** A record as it passes: its text is masked. */
export type TappedLine = {
  readonly origin: string
  readonly fate: 'event' | 'filtered' | 'dead_lettered'
  readonly format?: string
  readonly text: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly line: number
}
/** What passes, by kind. */
export type Tapped = { readonly lines: TappedLine; readonly events: StreamEvent; readonly verdicts: Verdict }

export type TapFilter = {
  readonly kind: TapKind
  readonly matches: (item: Tapped[TapKind]) => boolean
}

const MOST_CONDITIONS = 20
const MOST_LENGTH = 256
type Reader = (item: Tapped[TapKind]) => unknown

/**
 * Conditions on one kind of item; all must hold. Case does not matter; of a list, one element is enough.
 * @param wheres    `FIELD=GLOB`, with `*` and `?`
 * @param contains  texts that its text must contain
 * @returns what is wrong with them, in words, where they cannot be used
 */
export function tapFilter(
  kind: TapKind,
  wheres: readonly string[],
  contains: readonly string[],
): TapFilter | { readonly refused: string } {
  if (wheres.length + contains.length > MOST_CONDITIONS) return { refused: `more than ${MOST_CONDITIONS} conditions` }
  const tests: ((item: Tapped[TapKind]) => boolean)[] = []
  for (const where of wheres) {
    const at = where.indexOf('=')
    if (at < 1) return { refused: `"${where.slice(0, 40)}" is no FIELD=GLOB` }
    if (where.length > MOST_LENGTH) return { refused: `a condition longer than ${MOST_LENGTH}` }
    const field = where.slice(0, at)
    const read = readerOf(kind, field)
    if (!read) {
      const near = closest(field, FIELDS[kind])
      return { refused: `${kind} have no field "${field}"${near === undefined ? '' : `; did you mean "${near}"?`}` }
    }
    const test = globTest(where.slice(at + 1).toLowerCase())
    const holds = (value: unknown) => value !== undefined && test(String(value).toLowerCase())
    tests.push((item) => {
      const value = read(item)
      return Array.isArray(value) ? value.some(holds) : holds(value)
    })
  }
  for (const text of contains) {
    if (text === '' || text.length > MOST_LENGTH) return { refused: `a text of 1 to ${MOST_LENGTH} characters, please` }
    const wanted = text.toLowerCase()
    tests.push((item) => TEXTS[kind](item as never).some((t) => t.toLowerCase().includes(wanted)))
  }
  return { kind, matches: (item) => tests.every((test) => test(item)) }
}

const LINE_FIELDS = ['origin', 'fate', 'format', 'text', 'topic', 'partition'] as const
/** Of an event, besides its own. */
const EVENT_READERS: Readonly<Record<string, (e: StreamEvent) => unknown>> = {
  origin: (e) => e.origin,
  realm: (e) => e.realm,
  signal: (e) => e.signals,
  topic: (e) => e.raw.topic,
  partition: (e) => e.raw.partition,
}
const FIELDS: Readonly<Record<TapKind, readonly string[]>> = {
  lines: LINE_FIELDS,
  events: [...Object.keys(EVENT_READERS), ...Object.keys(LogEvent.shape)],
  verdicts: leavesOf(Verdict, ''),
}

const TEXTS: { readonly [K in TapKind]: (item: Tapped[K]) => readonly string[] } = {
  lines: (l) => [l.text],
  events: (e) => [e.event['event.original'] ?? e.event.message ?? ''],
  verdicts: (v) => {
    const { explain, evidence } = v.whytimeout.detail
    return [explain.en, explain.zh, ...evidence.map((e) => e.text)]
  },
}

function readerOf(kind: TapKind, field: string): Reader | undefined {
  if (!FIELDS[kind].includes(field)) return undefined
  if (kind === 'lines') return (item) => (item as unknown as Record<string, unknown>)[field]
  if (kind === 'events') {
    const own = Object.hasOwn(EVENT_READERS, field) ? EVENT_READERS[field] : undefined
    return own ? (item) => own(item as StreamEvent) : (item) => (item as StreamEvent).event[field as keyof LogEvent]
  }
  const steps = field.split('.')
  return (item) => steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], item)
}

/** Dotted paths of everything in a shape that is not itself a shape; what lies in lists of shapes is left out. */
function leavesOf(type: z.ZodObject, above: string): string[] {
  return Object.entries(type.shape as Record<string, z.ZodType>).flatMap(([name, field]) => {
    const inner = field instanceof z.ZodOptional ? (field.unwrap() as z.ZodType) : field
    return inner instanceof z.ZodObject ? leavesOf(inner, `${above}${name}.`) : [above + name]
  })
}
