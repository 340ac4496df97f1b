import { isSymptom } from '../diagnose/observation.js'
import { isUsable } from '../diagnose/sighting.js'
import type { Pack } from '../match/pack.js'
import { openEnvelope } from '../parse/envelope.js'
import type { RejectCode } from '../parse/format.js'
import { FORMATS } from '../parse/formats/index.js'
import { createFramer, FRAME_LIMITS, type Framer } from '../parse/frame.js'
import { logNameOf } from '../parse/log-name.js'
import { parseRecord, type RecordContext } from '../parse/record.js'
import type { StreamEvent } from './messages.js'

/** One message of a raw topic, whatever client brought it. */
export type RawMessage = {
  readonly offset: bigint
  /** Kafka's time of it, epoch ms. */
  readonly timestamp: number
  readonly key: string | undefined
  readonly value: Buffer | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** What became of one record. */
export type Parsed =
  | {
      readonly kind: 'event'
      readonly events: readonly StreamEvent[]
      readonly offset: bigint
      readonly format: string
    }
  | { readonly kind: 'filtered'; readonly offset: bigint; readonly format?: string }
  | { readonly kind: 'duplicate'; readonly offset: bigint }
  | {
      readonly kind: 'dead'
      readonly offset: bigint
      readonly code: RejectCode
      readonly detail: string
      readonly original: string
      readonly origin: string
    }

/** The first stage for one raw partition, as a reducer: messages in, annotated events out. No I/O, no clock of its own. */
export type RawParser = {
  readonly take: (message: RawMessage) => readonly Parsed[]
  /** Everything before this offset has come, also where no message bears it. */
  readonly passed: (offset: bigint) => void
  /** Symptoms in blocks that are still open and have grown since the last call. */
  readonly peek: () => readonly StreamEvent[]
  /** Closes every open block: the partition has been quiet. */
  readonly flush: () => readonly Parsed[]
  /** Where to read on after a restart: the message of the oldest open block, else the next. */
  readonly position: () => bigint
  /** No earlier event is expected (epoch ms); undefined until an event with a time was read. */
  readonly clock: () => number | undefined
}

export type ParserOptions = {
  readonly topic: string
  readonly partition: number
  readonly pack: Pack
  readonly latenessMs: number
  readonly record: Pick<RecordContext, 'entryFor' | 'enrichment' | 'shownValues'>
  /** Where reading begins, and whether something was read before it. */
  readonly start: bigint
  readonly resumed: boolean
}

type Log = {
  readonly framer: Framer
  readonly host: string | undefined
  readonly name: string
  open: Open | undefined
  timestamp: number
  isPeeked: boolean
}
/** The block still open: the message it began in, and how far the partition's clock was then. */
type Open = { readonly offset: bigint; readonly since: number }

const BLOCKS = FORMATS.flatMap((f) => (f.block ? [f.block] : []))

export function createRawParser({
  topic,
  partition,
  pack,
  latenessMs,
  record,
  start,
  resumed,
}: ParserOptions): RawParser {
  const logs = new Map<string, Log>()
  let next = start
  let newest: number | undefined

  const logOf = (host: string | undefined, name: string): Log => {
    const key = `${host ?? ''}\u0000${name}`
    const found = logs.get(key)
    if (found) return found
    const made: Log = {
      framer: createFramer(BLOCKS, { ...FRAME_LIMITS, resumed }),
      host,
      name,
      open: undefined,
      timestamp: 0,
      isPeeked: true,
    }
    logs.set(key, made)
    return made
  }

  const parse = (log: Log, text: string, offset: bigint): Parsed => {
    const outcome = parseRecord(text, {
      formats: FORMATS,
      host: log.host,
      logName: log.name,
      receivedAtMs: log.timestamp,
      ...record,
    })
    if (outcome.kind === 'dead') return { ...outcome, offset }
    const events: StreamEvent[] = []
    for (const [n, e] of outcome.events.entries()) {
      const at = Math.min(e.at, log.timestamp)
      if (newest === undefined || at > newest) newest = at
      const signals = pack.signalsOf(e.event)
      if (isUsable(e.event, signals))
        events.push({
          at: e.at,
          id: e.id,
          n,
          origin: outcome.origin,
          realm: e.event['whytimeout.realm'] ?? 'default',
          event: e.event,
          signals,
          raw: { topic, partition, offset: Number(offset) },
          received: log.timestamp,
        })
    }
    return events.length > 0
      ? { kind: 'event', events, offset, format: outcome.format }
      : { kind: 'filtered', offset, format: outcome.format }
  }

  const peek = (): readonly StreamEvent[] => {
    const found: StreamEvent[] = []
    for (const log of logs.values()) {
      const record = log.isPeeked ? undefined : log.framer.peek()
      log.isPeeked = true
      if (!record || !log.open) continue
      const parsed = parse(log, record.text, log.open.offset)
      if (parsed.kind === 'event')
        for (const e of parsed.events) if (isSymptom(e.event)) found.push({ ...e, open: true })
    }
    return found
  }

  const close = (log: Log): Parsed[] => {
    const { open } = log
    if (!open) return []
    log.open = undefined
    return log.framer.flush().map((r) => parse(log, r.text, open.offset))
  }

  const take = (message: RawMessage): readonly Parsed[] => {
    next = message.offset + 1n
    if (message.value === undefined || message.value.length === 0) return [{ kind: 'filtered', offset: message.offset }]
    const raw = message.value.toString('latin1')
    const envelope = openEnvelope(raw)
    const host = envelope?.host ?? message.headers.host ?? (isHostName(message.key) ? message.key : undefined)
    const log = logOf(host, logNameOf(envelope?.log ?? message.headers.log ?? topic))
    const done: Parsed[] = []
    const before = log.open
    let wasOpen = before?.offset ?? message.offset
    if (!before) log.timestamp = message.timestamp
    log.isPeeked = false
    const lines = (envelope?.text ?? raw).split('\n')
    if (lines.at(-1) === '') lines.pop()
    for (const line of lines) {
      // A record that a line completes began at the oldest open message; what the line opens begins here.
      const records = log.framer.push(line.endsWith('\r') ? line.slice(0, -1) : line, Number(message.offset))
      for (const r of records) done.push(parse(log, r.text, wasOpen))
      if (records.length > 0) {
        wasOpen = message.offset
        log.timestamp = message.timestamp
      }
    }
    log.open = log.framer.peek() ? { offset: wasOpen, since: newest ?? message.timestamp } : undefined
    for (const other of logs.values())
      if (other.open && newest !== undefined && newest - latenessMs > other.open.since) done.push(...close(other))
    return done
  }

  return {
    take,
    passed: (offset) => {
      if (offset > next) next = offset
    },
    peek,
    flush: () => [...logs.values()].flatMap(close),
    position: () => {
      let oldest = next
      for (const { open } of logs.values()) if (open && open.offset < oldest) oldest = open.offset
      return oldest
    },
    clock: () => (newest === undefined ? undefined : newest - latenessMs),
  }
}

/** A message key that can be a host: shippers key by it, so that a host's lines keep to one partition. */
const isHostName = (key: string | undefined): key is string =>
  key !== undefined && /^(?=.*[A-Za-z])[A-Za-z0-9][\w.-]{0,252}$/.test(key)
