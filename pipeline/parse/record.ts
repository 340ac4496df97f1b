import type { LogEvent } from '../../schemas/event.js'
import type { OriginEntry } from '../../schemas/origin.js'
import { isHeader } from './columns.js'
import { decode, isBinary } from './decode.js'
import { addDenied } from './denied.js'
import { type Enrichment, enrich } from './enrich.js'
import { eventId } from './event-id.js'
import type { Format, Header, ParsedEvent, ParseResult, RejectCode } from './format.js'
import { LOOKUP_RAN_OUT_MS, NS_PER_MS } from './format.js'
import { readHeader } from './header.js'
import { addHostLoad } from './host-load.js'
import { addTraceNumber } from './infer-names.js'
import { addOutcome } from './learned-outcome.js'
import { timeAtEnd } from './line-protocol.js'
import { addLineQuality } from './line-quality.js'
import { maskForHash, maskKnowing, maskValue } from './mask.js'
import { maskBytes } from './mask-bytes.js'
import { addPortCounters } from './port-counters.js'
import { addRecordChanged } from './record-changed.js'
import { addRouteSet } from './route-set.js'
import { addSessionTold } from './session-told.js'
import { readState } from './states.js'
import { findTime, isoOf, isPlausible, isZoned, parseZone, plus, resolve, type WallTime, type Zone } from './time.js'
import { addTransfer } from './transfer.js'
import { readProgram } from './untimed.js'
import { withoutLeads } from './wrapping.js'

/** What is known about a record besides its text. */
export type RecordContext = {
  readonly formats: readonly Format[]
  /** Forces one format for everything. */
  readonly format?: Format | undefined
  /** Host of the origin where the line does not name one: the envelope's, else the folder's. */
  readonly host: string | undefined
  /** Name of the log without path, rotation or compression. */
  readonly logName: string
  readonly entryFor: (origin: string) => OriginEntry
  readonly enrichment: Enrichment
  /** Whole values that are shown though they look like cards: ids of the inventory. */
  readonly shownValues: ReadonlySet<string>
  /** When the record was received: times may not lie more than a day after it. */
  readonly receivedAtMs: number
  /** Events get no id, which saves the hash: they are only looked at, or `identify` gives one to those that are kept. */
  readonly anonymous?: boolean
  /** When the record was written, in a log where no line says so. */
  readonly assumed?: WallTime | undefined
  /** Dead letters are only counted, not kept: their bytes are left out. */
  readonly isGlance?: boolean
}

export type ReadEvent = {
  /** Epoch ms by the log, clock error taken out. */
  readonly at: number
  /** The same with the clock's error in it: what ids are made of. */
  readonly loggedAt: number
  readonly id: string
  readonly event: LogEvent
  readonly wall: WallTime
  /** When its envelope says, with a zone, that it was taken in; epoch ms. */
  readonly shippedAt?: number
}
export type Outcome =
  | {
      readonly kind: 'events'
      readonly origin: string
      readonly format: string
      readonly events: readonly ReadEvent[]
      /** The record as ids are made of it. */
      readonly hashText: () => string
    }
  | {
      readonly kind: 'dead'
      readonly origin: string
      readonly code: RejectCode
      readonly detail: string
      /** For people: decoded, masked, cut. */
      readonly original: string
      /** latin1: the record's bytes, card data hidden in place, as many as came. Empty for `isGlance`. */
      readonly bytes: string
      /** How many of them are hidden. */
      readonly hidden: number
    }

const DAY_MS = 86_400_000
const MAX_ORIGINAL = 16_384
/** The longest event, as JSON in bytes. A topic takes messages of a MiB; its fields say some things twice. */
const MAX_EVENT_BYTES = 400 * 1024
/** Records up to this length cannot give longer ones: the most that JSON makes of a byte is six. */
const SURELY_SHORT = 16 * 1024
const MAX_MESSAGE = 4_096
const UTC: Zone = parseZone('UTC') as Zone
const MAX_NESTING = 4
const HASH = 35
/** The format that headers of tables are counted with, whatever reads the rows. */
const TABLE = 'table'
const isTimeless = (result: ParseResult): boolean => result.kind === 'reject' && result.code === 'PARSE_NO_TIME'

/** One record to its events. Pure and total: every text gives events or a dead letter. Nothing unmasked leaves. */
export function parseRecord(raw: string, ctx: RecordContext): Outcome {
  if (isBinary(raw)) return dead(ctx, raw, undefined, 'PARSE_BINARY', 'not text')
  const hintedOrigin = originName(ctx.host, ctx.logName)
  const hinted = ctx.entryFor(hintedOrigin)
  const text = decode(raw, hinted.charset)
  const { masked, isShown, isClean } = maskKnowing(text, {
    // Only looked at where there are digits that could be a card.
    get spans() {
      return timeSpans(text, hinted, ctx.receivedAtMs)
    },
    values: ctx.shownValues,
  })
  // Tables have bars behind their first word too.
  const led = hinted.columns ? masked : withoutLeads(masked)
  const { header, body } = ctx.assumed ? assuming(unwrap(led), ctx.assumed) : unwrap(led)
  const host = header.host ?? ctx.host
  const isHinted = host === ctx.host
  const origin = isHinted ? hintedOrigin : originName(host, ctx.logName)
  const entry = isHinted ? hinted : ctx.entryFor(origin)
  const forced = ctx.format ?? (entry.format ? ctx.formats.find((f) => f.id === entry.format) : undefined)
  const known = entry.columns ? { ...header, columns: entry.columns } : header
  const columnsOnly = (): Outcome => ({ kind: 'events', origin, format: TABLE, events: [], hashText: () => masked })
  if (body.charCodeAt(0) === HASH && isHeader(body)) return columnsOnly()
  const read = forced ? attempt([forced], body, known) : attemptRanked(ctx.formats, body, known)
  if ((!read || isTimeless(read.result)) && isHeader(body)) return columnsOnly()
  if (!read) return dead(ctx, raw, origin, 'PARSE_NO_TIME', 'no format knows it and it has no time', masked)
  const { format, result } = read
  if (result.kind === 'reject') return dead(ctx, raw, origin, result.code, result.detail, masked)
  const hashText = () => (isShown ? maskForHash(text) : masked)
  const events: ReadEvent[] = []
  // What any program may write, where the format that took the line saw nothing in it.
  if (result.events.length === 1) {
    const { fields } = result.events[0] as ParsedEvent
    addTransfer(addLineQuality(fields, body), body)
    addPortCounters(fields, body)
    addDenied(fields, body)
    addRecordChanged(fields, body)
    if (isBox(entry.role)) addSessionTold(fields, `${header.program ?? ''} ${body}`)
    if (entry.role !== 'terminal') addRouteSet(fields, body)
    addHostLoad(fields, body)
    addTraceNumber(fields, body, entry.trace)
    if (entry.trace !== undefined) addOutcome(fields, body)
  }
  for (const [n, parsed] of result.events.entries()) {
    const said = parsed.time ?? header.time
    const took = entry.states_begin ? parsed.fields['event.duration'] : undefined
    const wall = said && took !== undefined ? plus(said, took / NS_PER_MS) : said
    if (!wall) return dead(ctx, raw, origin, 'PARSE_NO_TIME', 'no time in the record', masked)
    const at = instant(wall, entry, ctx.receivedAtMs)
    if (at === undefined || !isPlausible(at, ctx.receivedAtMs))
      return dead(ctx, raw, origin, 'PARSE_BAD_TIME', 'time out of bounds', masked)
    const id = ctx.anonymous ? '' : eventId(at, origin, hashText(), n)
    const event = build({ parsed, header, host, origin, entry, at, id, format, masked, isClean, ctx })
    if (raw.length > SURELY_SHORT && Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES)
      return dead(ctx, raw, origin, 'PARSE_TOO_LONG', 'its event is longer than a message can be', masked)
    const shippedAt =
      parsed.time && header.time && isZoned(header.time) ? instant(header.time, entry, ctx.receivedAtMs) : undefined
    events.push({
      at: at - (entry.skew_ms ?? 0),
      loggedAt: at,
      id,
      wall,
      event,
      ...(shippedAt !== undefined && { shippedAt }),
    })
  }
  return { kind: 'events', origin, format: format.id, events, hashText }
}

/** Who may tell of others' packets: nobody who takes part in sales. */
const isBox = (role: OriginEntry['role']): boolean =>
  role === undefined || role === 'router' || role === 'provider' || role === 'unknown'

/** Completes an event that was read without an id. @returns the id */
export function identify(outcome: Outcome & { readonly kind: 'events' }, n: number): string {
  const { event, loggedAt } = outcome.events[n] as ReadEvent
  const id = eventId(loggedAt, outcome.origin, outcome.hashText(), n)
  event['event.id'] = id
  return id
}

/** Where the digits of a time stand that can be one: a card number that reads as the year 2083 is a card number. */
export function timeSpans(
  text: string,
  entry: OriginEntry,
  receivedAtMs: number,
): readonly (readonly [number, number])[] {
  return [findTime(text, 64), timeAtEnd(text)].flatMap((found) => {
    const at = found && instant(found.time, entry, receivedAtMs)
    return found && at !== undefined && isPlausible(at, receivedAtMs) ? [[found.start, found.end] as const] : []
  })
}

export const originName = (host: string | undefined, logName: string): string => `${host ?? 'unknown'}/${logName}`

/** Takes nested headers off: syslog around an application's own line, and the like. The innermost word on each point wins. */
function unwrap(text: string): { header: Header; body: string } {
  let header: Header = {}
  let body = text
  for (let depth = 0; depth < MAX_NESTING; depth++) {
    const outer = readHeader(body)
    if (!outer || outer.body === body) break
    header = depth === 0 ? outer.header : { ...header, ...outer.header }
    body = outer.body
  }
  return { header, body }
}

/** Header and body of a line without time: what time it is is told, and the program may still stand at its head. */
function assuming(
  { header, body }: { header: Header; body: string },
  assumed: WallTime,
): { header: Header; body: string } {
  const named = header.program === undefined ? readProgram(body) : undefined
  const time = header.time ?? assumed
  if (!named) return { header: { ...header, time }, body }
  const { program, pid, body: rest } = named
  return { header: { ...header, time, program, ...(pid !== undefined && { pid }) }, body: rest }
}

/** The first format that reads it, the likeliest first; one that is certain is tried at once. */
function attemptRanked(
  formats: readonly Format[],
  body: string,
  header: Header,
): { format: Format; result: ParseResult } | undefined {
  const scored: { format: Format; score: number; index: number }[] = []
  const inOrder = () => scored.sort(byScore).map((s) => s.format)
  for (let index = 0; index < formats.length; index++) {
    const format = formats[index] as Format
    const score = format.detect(body, header)
    if (score >= 1) {
      const result = format.parse(body, header)
      if (result) return { format, result }
    } else if (score > 0) scored.push({ format, score, index })
  }
  return attempt(inOrder(), body, header)
}

const byScore = (a: { score: number; index: number }, b: { score: number; index: number }): number =>
  b.score - a.score || a.index - b.index

function attempt(
  formats: readonly Format[],
  body: string,
  header: Header,
): { format: Format; result: ParseResult } | undefined {
  for (const format of formats) {
    const result = format.parse(body, header)
    if (result) return { format, result }
  }
  return undefined
}

const zones = new Map<string, Zone>()
function zoneOf(name: string | undefined): Zone {
  if (name === undefined) return UTC
  const zone = zones.get(name) ?? parseZone(name) ?? UTC
  zones.set(name, zone)
  return zone
}

function instant(wall: WallTime, entry: OriginEntry, receivedAtMs: number): number | undefined {
  const latest = entry.until === undefined ? receivedAtMs + DAY_MS : Date.parse(entry.until)
  return resolve(wall, zoneOf(entry.zone), latest, entry.day_first)
}

type Parts = {
  parsed: ParsedEvent
  header: Header
  host: string | undefined
  origin: string
  entry: OriginEntry
  at: number
  id: string
  format: Format
  masked: string
  isClean: boolean
  ctx: RecordContext
}

function build({ parsed, header, host, origin, entry, at, id, format, masked, isClean, ctx }: Parts): LogEvent {
  const fields = maskFields(parsed.fields, ctx.shownValues, isClean ? masked : undefined)
  readState(masked, fields)
  const duration = fields['event.duration']
  // A name that is not found is told at once: what took so long waited for an answer.
  if (fields['event.action'] === 'dns-failed' && duration !== undefined && duration >= LOOKUP_RAN_OUT_MS * NS_PER_MS)
    fields['event.action'] = 'dns-timeout'
  // The parser's own object is completed in place: this runs for every record, and a copy costs as much as the parsing.
  const event = fields as LogEvent
  event['@timestamp'] = isoOf(at)
  event['event.kind'] ??= 'event'
  if (host !== undefined) event['host.name'] ??= host
  if (header.program !== undefined) event['process.name'] ??= header.program
  if (header.pid !== undefined) event['process.pid'] ??= header.pid
  if (header.level !== undefined) event['log.level'] ??= header.level.toLowerCase()
  if (header.logger !== undefined) event['log.logger'] ??= header.logger
  event.message = (event.message ?? masked).slice(0, MAX_MESSAGE)
  event['event.id'] = id
  event['event.dataset'] = format.id
  event['event.module'] = format.id
  event['event.original'] = masked.slice(0, MAX_ORIGINAL)
  event['whytimeout.origin'] = origin
  if (duration !== undefined && event['event.start'] === undefined) {
    event['event.start'] = isoOf(at - Math.round(duration / NS_PER_MS))
    event['event.end'] = event['@timestamp']
  }
  return enrich(event, at, entry, ctx.enrichment)
}

/**
 * Parsers read masked text, so this only meets digits that an escape in the text had hidden.
 * @param clean  a text of which no part holds anything to hide; undefined where that is not known
 */
function maskFields<T extends object>(fields: T, shown: ReadonlySet<string>, clean: string | undefined): T {
  let changed: Record<string, string> | undefined
  for (const key in fields) {
    const value = fields[key]
    if (typeof value !== 'string' || value.length < 13 || clean?.includes(value)) continue
    const hidden = maskValue(value, shown)
    if (hidden !== value) changed = { ...changed, [key]: hidden }
  }
  return changed ? { ...fields, ...changed } : fields
}

/** @param masked  the decoded text; absent for what is none */
function dead(
  ctx: RecordContext,
  raw: string,
  origin: string | undefined,
  code: RejectCode,
  detail: string,
  masked?: string,
): Outcome {
  const name = origin ?? originName(ctx.host, ctx.logName)
  const entry = ctx.entryFor(name)
  const { bytes, hidden } = ctx.isGlance
    ? { bytes: '', hidden: 0 }
    : maskBytes(raw, {
        charset: entry.charset,
        values: ctx.shownValues,
        timesIn: (text) => timeSpans(text, entry, ctx.receivedAtMs),
      })
  return {
    kind: 'dead',
    origin: name,
    code,
    detail,
    original: (masked ?? escaped(bytes)).slice(0, MAX_ORIGINAL),
    bytes,
    hidden,
  }
}

/** Bytes that are no text, so that they can be shown: `\x00` for what cannot be printed. */
const escaped = (bytes: string): string =>
  bytes
    .slice(0, MAX_ORIGINAL)
    .replace(/[^\x20-\x7e\n\t]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
