import { isSymptom } from '../diagnose/observation.js'
import { isUsable } from '../diagnose/sighting.js'
import type { Pack } from '../match/pack.js'
import type { RejectCode } from '../parse/format.js'
import { BLOCKS, FORMATS } from '../parse/formats/index.js'
import { createFramer, FRAME_LIMITS, type Framer, type RawRecord } from '../parse/frame.js'
import { maskBytes } from '../parse/mask-bytes.js'
import { identify, parseRecord, type RecordContext } from '../parse/record.js'
import { addCounts, type Counts, NO_COUNTS, type StreamEvent } from './messages.js'
import { type Cover, coverOf, partsOf, type RawMessage, RETRY_HEADER } from './raw-message.js'

/** What became of one record; it began in the message at `offset`, on its line `line` (from 0). */
export type Parsed = { readonly offset: bigint; readonly line: number } & (
  | { readonly kind: 'event'; readonly events: readonly StreamEvent[]; readonly format: string }
  /** Its masked text and its origin only where somebody watches. */
  | { readonly kind: 'filtered'; readonly format?: string; readonly text?: string; readonly origin?: string }
  | {
      readonly kind: 'dead'
      readonly code: RejectCode
      readonly detail: string
      readonly original: string
      readonly origin: string
      readonly letter: Letter
    }
)
/** What it takes to read a record again. Card data is hidden. */
export type Letter = {
  /** latin1, as many as came, up to the limit of a record. */
  readonly bytes: string
  /** How many bytes are hidden, in key and headers too. */
  readonly hidden: number
  /** The record was longer than a record can be: the rest is gone. */
  readonly isCut: boolean
  readonly host: string | undefined
  readonly log: string
  /** Of the message that it began in. */
  readonly cover: Cover
  /** Kafka's time of that message, epoch ms. */
  readonly timestamp: number
}
type Place = { readonly offset: bigint; readonly line: number; readonly timestamp: number; readonly cover: Cover }

/** Counts while they grow. */
type Tally = { -readonly [K in keyof Counts]: Counts[K] }

/** How far a partition is parsed. */
export type Settled = {
  /** Every record that began before this offset has been given out. */
  readonly position: bigint
  /** Where a restart must read from to find the records from `position` on: blocks may reach across it. */
  readonly resumeAt: bigint
  /** Of the records that began between the last `position` and this one. */
  readonly counts: Counts
  /** No earlier event is expected (epoch ms); undefined until an event with a time was read. */
  readonly clock: number | undefined
}

/**
 * The first stage for one raw partition, as a reducer: messages in, annotated events out. No I/O, no clock of its own. Memory is bounded
 * by the logs that have a record open, and a record stays open no longer than the lateness.
 */
export type RawParser = {
  readonly take: (message: RawMessage) => readonly Parsed[]
  /** Everything before this offset has come, also where no message bears it. */
  readonly passed: (offset: bigint) => void
  /** Symptoms in records that are still open and have grown since the last call. */
  readonly peek: () => readonly StreamEvent[]
  /** Closes every open record: the partition has been quiet. */
  readonly flush: () => readonly Parsed[]
  readonly settle: () => Settled
  readonly isOpen: () => boolean
}

export type ParserOptions = {
  readonly topic: string
  readonly partition: number
  readonly pack: Pack
  readonly latenessMs: number
  readonly record: Pick<RecordContext, 'entryFor' | 'enrichment' | 'shownValues'>
  /** Whether a message holds whole records, or its lines go on where the log's last message ended. */
  readonly messages: 'lines' | 'records'
  /** Where reading begins; records that begin before `emitFrom` were given out before. */
  readonly start: bigint
  readonly emitFrom: bigint
  readonly clock: number | undefined
  /** Whether the texts of filtered records are wanted. */
  readonly wantsTexts?: () => boolean
}

/** One log of the partition while it has a record open. */
type Log = {
  readonly framer: Framer
  readonly host: string | undefined
  readonly name: string
  /** Message that the open record began in, and how far event time and Kafka's time had come by then. */
  began: Place & { newest: number; readonly received: number }
  /** Message of its last line. */
  last: bigint
  /** The open record as last looked at; its text may have grown since. */
  seen: { text: string; parsed: Parsed; at: number | undefined } | undefined
}

/** Past so many logs with an open record the oldest is closed: keys that never come back must not fill memory. */
const MAX_OPEN = 50_000

export function createRawParser(options: ParserOptions): RawParser {
  const { topic, partition, pack, latenessMs, record, messages, start, emitFrom, wantsTexts = () => false } = options
  /** In the order in which their open records began: offsets and event time never go down from one to the next. */
  const open = new Map<string, Log>()
  const dirty = new Set<Log>()
  /** Finished records whose lines reach across messages. */
  let spans: { begin: bigint; last: bigint }[] = []
  /** Counts by the offset that the records began at, from `position` on; neighbours that no cut can part are merged. */
  let counted = new Map<bigint, Tally>()
  let tallied: { readonly offset: bigint; readonly tally: Tally } | undefined
  /** Of all that was read; tells records of one message apart. */
  let lineNumber = 0
  let first = 0
  let next = start
  let position = emitFrom
  let newest = Number.NEGATIVE_INFINITY
  let received = Number.NEGATIVE_INFINITY
  let clock = options.clock

  const parse = (log: Log, { text, truncated }: RawRecord, place: Place): { parsed: Parsed; at?: number } => {
    const { offset, line, timestamp } = place
    const outcome = parseRecord(text, {
      formats: FORMATS,
      host: log.host,
      logName: log.name,
      receivedAtMs: timestamp,
      // Most records pass nothing on; an id says nothing that a rule could look for.
      anonymous: true,
      entryFor: record.entryFor,
      enrichment: record.enrichment,
      shownValues: record.shownValues,
    })
    if (outcome.kind === 'dead') {
      const { bytes, hidden, ...dead } = outcome
      const letter = letterOf({ bytes, hidden, isCut: truncated, host: log.host, log: log.name }, place)
      return { parsed: { ...dead, offset, line, letter } }
    }
    const events: StreamEvent[] = []
    let at: number | undefined
    for (const [n, e] of outcome.events.entries()) {
      at = at === undefined ? e.at : Math.min(at, e.at)
      const signals = pack.signalsOf(e.event)
      if (isUsable(e.event, signals))
        events.push({
          at: e.at,
          id: identify(outcome, n),
          n,
          origin: outcome.origin,
          realm: e.event['whytimeout.realm'] ?? 'default',
          event: e.event,
          signals,
          raw: { topic, partition, offset: Number(offset), line },
          received: timestamp,
        })
    }
    const { format, origin } = outcome
    const shown = events.length === 0 &&
      wantsTexts() && { text: outcome.events[0]?.event['event.original'] ?? '', origin }
    const parsed: Parsed =
      events.length > 0
        ? { kind: 'event', events, offset, line, format }
        : { kind: 'filtered', offset, line, format, ...shown }
    return { parsed, ...(at !== undefined && { at }) }
  }

  const letterOf = (record: Omit<Letter, 'cover' | 'timestamp'>, { cover, timestamp }: Place): Letter => {
    let { hidden } = record
    const clean = (bytes: string): string => {
      const masked = maskBytes(bytes, { values: options.record.shownValues })
      hidden += masked.hidden
      return masked.bytes
    }
    const key = cover.key === undefined ? undefined : clean(cover.key)
    const headers = cover.headers.map(([name, value]) => [name, clean(value)] as const)
    return { ...record, hidden, cover: { key, headers }, timestamp }
  }

  /** Counts of the records that began in one message. */
  const tallyOf = (offset: bigint): Tally => {
    if (tallied?.offset === offset) return tallied.tally
    const tally = counted.get(offset) ?? { ...NO_COUNTS }
    counted.set(offset, tally)
    tallied = { offset, tally }
    return tally
  }

  /** A finished record; nothing for one that was given out before. */
  const finish = (log: Log, r: RawRecord, place: Place, last: bigint): readonly Parsed[] => {
    const { offset, timestamp } = place
    if (offset < last) spans.push({ begin: offset, last })
    if (offset < emitFrom) return []
    const known = place === log.began && log.seen?.text === r.text ? log.seen : undefined
    const { parsed, at } = known ?? parse(log, r, place)
    // A clock that is ahead must not take the partition's with it.
    if (at !== undefined) newest = Math.max(newest, Math.min(at, timestamp))
    const tally = tallyOf(offset)
    tally.read++
    if (parsed.kind === 'event') tally.events++
    else if (parsed.kind === 'dead') tally.dead_lettered++
    else tally.filtered++
    return [parsed]
  }

  let youngest: Log | undefined
  const opened = (key: string, log: Log, place: Place) => {
    const { offset, line, timestamp, cover } = place
    log.began = { offset, line, timestamp, cover, newest, received }
    log.seen = undefined
    // The one opened last is last already.
    if (youngest === log && open.has(key)) return
    open.delete(key)
    open.set(key, log)
    youngest = log
  }
  const close = (key: string, log: Log): readonly Parsed[] => {
    open.delete(key)
    dirty.delete(log)
    return log.framer.flush().flatMap((r) => finish(log, r, log.began, log.last))
  }

  const read = (host: string | undefined, name: string, text: string, message: RawMessage): Parsed[] => {
    // A record out of a dead letter is whole; it must neither end nor go on with what its log has open.
    const isRetry = message.headers[RETRY_HEADER] !== undefined
    const key = `${host ?? ''}\u0000${name}${isRetry ? '\u0000retry' : ''}`
    const known = open.get(key)
    const { offset, timestamp } = message
    const cover = coverOf(message)
    const log: Log = known ?? {
      framer: createFramer(BLOCKS, FRAME_LIMITS),
      host,
      name,
      began: { offset, line: 0, timestamp, cover, newest, received },
      last: offset,
      seen: undefined,
    }
    let isOpen = known !== undefined
    const done: Parsed[] = []
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    for (const line of lines) {
      const completed = log.framer.push(line.endsWith('\r') ? line.slice(0, -1) : line, lineNumber++)
      const goesOn = log.framer.isOpen()
      for (const r of completed) {
        const isOwn = r.line >= first
        const place = isOwn ? { offset, line: r.line - first, timestamp, cover } : log.began
        done.push(...finish(log, r, place, goesOn || isOwn ? log.last : offset))
      }
      if (goesOn && (completed.length > 0 || !isOpen))
        opened(key, log, { offset, line: lineNumber - 1 - first, timestamp, cover })
      isOpen = goesOn
      log.last = offset
    }
    if (!isOpen) {
      open.delete(key)
      dirty.delete(log)
    } else if (messages === 'records' || isRetry) done.push(...close(key, log))
    else dirty.add(log)
    return done
  }

  /** Reads an open record as far as it has come. */
  const lookAt = (log: Log): void => {
    const r = log.framer.peek()
    if (!r || log.seen?.text === r.text) return
    const { parsed, at } = parse(log, r, log.began)
    log.seen = { text: r.text, parsed, at }
  }

  /** Records that event time, or Kafka's where there is none, has passed by the lateness: their log has gone quiet. */
  const closeOld = (): readonly Parsed[] => {
    const done: Parsed[] = []
    for (const [key, log] of open) {
      const { began } = log
      // It began before any time was read: the first one counts from then.
      if (!Number.isFinite(began.newest)) began.newest = newest
      const isQuiet = received - latenessMs > began.received || open.size > MAX_OPEN
      if (!isQuiet && newest - latenessMs > began.newest) {
        // Records that were open when it began were not counted in; after a gap its own time is far past theirs.
        lookAt(log)
        began.newest = Math.max(began.newest, Math.min(log.seen?.at ?? began.newest, began.timestamp))
      }
      if (!isQuiet && newest - latenessMs <= began.newest) break
      done.push(...close(key, log))
    }
    return done
  }

  /** Reads what is open now, so that its time holds the clock and its symptoms can be told. */
  const look = (): readonly Log[] => {
    const looked = [...dirty]
    dirty.clear()
    for (const log of looked) lookAt(log)
    return looked
  }

  return {
    take: (message) => {
      next = message.offset + 1n
      first = lineNumber
      received = Math.max(received, message.timestamp)
      const parts = partsOf(message, topic)
      if (parts.length === 0) {
        if (message.offset < emitFrom) return []
        const tally = tallyOf(message.offset)
        tally.read++
        tally.filtered++
        return [{ kind: 'filtered', offset: message.offset, line: 0 }]
      }
      const done = parts.flatMap((p) => read(p.host, p.log, p.text, message))
      return [...done, ...closeOld()]
    },
    passed: (offset) => {
      if (offset > next) next = offset
    },
    peek: () =>
      look().flatMap(({ seen, began }) =>
        seen?.parsed.kind === 'event' && began.offset >= emitFrom
          ? seen.parsed.events.filter((e) => isSymptom(e.event)).map((e) => ({ ...e, open: true as const }))
          : [],
      ),
    flush: () => [...open].flatMap(([key, log]) => close(key, log)),
    isOpen: () => open.size > 0,

    settle: () => {
      look()
      const [oldest] = open.values()
      const reached = oldest?.began.offset ?? next
      if (reached > position) position = reached
      let counts = NO_COUNTS
      // What lies between two possible cuts can be merged: cuts are where open records begin.
      const rest = new Map<bigint, Tally>()
      const cuts = [...open.values()].map((l) => l.began.offset).filter((o) => o >= position)
      let cut = 0
      for (const [offset, c] of [...counted].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (offset < position) {
          counts = addCounts(counts, c)
          continue
        }
        while (cut + 1 < cuts.length && (cuts[cut + 1] as bigint) <= offset) cut++
        const at = cuts[cut] ?? offset
        rest.set(at, addCounts(rest.get(at) ?? NO_COUNTS, c))
      }
      counted = rest
      tallied = undefined
      spans = spans.filter((s) => s.last >= position)
      const resumeAt = spans.reduce((low, s) => (s.begin < position && s.begin < low ? s.begin : low), position)
      let reach = newest - latenessMs
      for (const { seen } of open.values()) reach = Math.min(reach, seen?.at ?? reach)
      if (Number.isFinite(reach) && (clock === undefined || reach > clock)) clock = reach
      return { position, resumeAt, counts, clock }
    },
  }
}
