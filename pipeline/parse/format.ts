import type { ParsedFields } from '../../schemas/event.js'
import type { WallTime } from './time.js'

/**
 * What the envelopes around a line said, already taken off it: a syslog header, a docker or journald wrapper.
 * A body format may use it, and need not repeat it: the core adds time, host, program, level to the event.
 */
export type Header = {
  readonly time?: WallTime
  readonly host?: string
  readonly program?: string
  readonly pid?: number
  readonly level?: string
  readonly logger?: string
  /** RFC 5424: the id of the message and the parameters of the program's own structured data, `BEGIN trace="000917" term="T1"`. */
  readonly structured?: string
  /** Lines that name the columns of this origin's rows, where `origins.yml` has them. */
  readonly columns?: readonly string[]
}

/** One event of a record. `time` may be absent where the header has it. */
export type ParsedEvent = { readonly time?: WallTime; readonly fields: ParsedFields }

export type ParseResult =
  | { readonly kind: 'events'; readonly events: readonly ParsedEvent[] }
  /** Mine, but broken: goes to the dead letters with this code. */
  | { readonly kind: 'reject'; readonly code: RejectCode; readonly detail: string }

export const REJECT_CODES = [
  'PARSE_BAD_TIME',
  'PARSE_NO_TIME',
  'PARSE_BAD_FIELD',
  'PARSE_TOO_LONG',
  'PARSE_BINARY',
] as const
export type RejectCode = (typeof REJECT_CODES)[number]

/**
 * How lines of this format make one record, where that is more than "a line with a time, and those without after it".
 * All three are tried on single lines, after a syslog header if there is one. They must be linear and anchored or literal-led.
 */
export type Block = {
  readonly starts: RegExp
  /** A line that belongs to an open block although it looks like the head of a record. */
  readonly continues?: RegExp
  /** The block is complete with this line. */
  readonly ends?: RegExp
  /** After this line a start opens a new block; before it, a line that both starts and continues belongs to the open one. */
  readonly closes?: RegExp
}

export type Format = {
  readonly id: string
  readonly title: string
  /** Where the layout and units are documented: manual and section, RFC, or source file. */
  readonly source: string
  readonly block?: Block
  /** 0..1, how much the text looks like this format; the best wins, ties by the index's order. 1 = certain. */
  readonly detect: (text: string, header: Header) => number
  /** Pure and total: any text gives events, a reject, or `undefined` ("not mine"). Text is masked and decoded. */
  readonly parse: (text: string, header: Header) => ParseResult | undefined
}

export const defineFormat = (format: Format): Format => format

/** Gives one event. `fields` is handed over: the pipeline completes the object in place. */
export const accept = (fields: ParsedFields, time?: WallTime): ParseResult => ({
  kind: 'events',
  events: [time ? { time, fields } : { fields }],
})
export const acceptAll = (events: readonly ParsedEvent[]): ParseResult => ({ kind: 'events', events })
export const reject = (code: RejectCode, detail: string): ParseResult => ({
  kind: 'reject',
  code,
  detail: detail.slice(0, 200),
})

/** Keeps the last answer: `detect` and `parse` look at the same record one after the other. */
export function keepingLast<T>(read: (text: string, header: Header) => T): (text: string, header: Header) => T {
  let last: { readonly text: string; readonly header: Header; readonly answer: T } | undefined
  return (text, header) => {
    if (last?.text !== text || last.header !== header) last = { text, header, answer: read(text, header) }
    return last.answer
  }
}

export const NS_PER_MS = 1_000_000
/** A failed lookup counts as run out of time from here on: under a second it failed at once. */
export const LOOKUP_RAN_OUT_MS = 900
