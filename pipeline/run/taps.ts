import type { Output } from '../stream/diagnoser.js'
import type { Parsed } from '../stream/parser.js'
import type { Observer, ParsedBatch } from './observer.js'
import type { TapFilter, TapKind, Tapped, TappedLine } from './tap-filter.js'

/** Whoever watches, behind a connection. */
export type TapClient = {
  /** One line of NDJSON. */
  readonly send: (line: string) => void
  /** Bytes given to `send` that have not left yet. */
  readonly pending: () => number
  readonly end: () => void
  /** Ends it although it has not taken everything. */
  readonly drop: () => void
}
export type TapEnd = 'limit' | 'left' | 'slow' | 'stopping'
export type TapOptions = {
  readonly filter: TapFilter
  readonly client: TapClient
  /** Items after which it ends. */
  readonly limit: number
  readonly ended: (why: TapEnd, sent: number, leftOut: number) => void
}
export type Taps = {
  readonly observer: Partial<Observer>
  readonly size: () => number
  /** @returns ends it; undefined when there are too many already */
  readonly open: (options: TapOptions) => (() => void) | undefined
  /** Called about once a second: says what was left out, keeps quiet connections alive, drops clients that take nothing. */
  readonly tick: () => void
  readonly close: () => void
}
export type TapLimits = {
  readonly clients: number
  /** Items a second that one client is given at most: watching must not slow the work. */
  readonly perSecond: number
  /** Bytes that wait for one client at most. */
  readonly pendingBytes: number
  /** A client that has taken nothing for so long is dropped. */
  readonly stuckMs: number
}
export const TAP_LIMITS: TapLimits = { clients: 8, perSecond: 1_000, pendingBytes: 256 * 1024, stuckMs: 30_000 }
const QUIET_MS = 10_000

type Tap = TapOptions & {
  /** Items that may go out now. */
  allowance: number
  allowedMs: number
  sent: number
  leftOut: number
  leftOutInAll: number
  sentBytes: number
  taken: number
  takenMs: number
  saidMs: number
}

/** Shows what passes to those who watch. With nobody watching it costs a comparison a batch. */
export function createTaps(now: () => number, limits: TapLimits = TAP_LIMITS): Taps {
  const taps = new Set<Tap>()
  const of = (kind: TapKind): Tap[] => [...taps].filter((t) => t.filter.kind === kind)
  const finish = (tap: Tap, why: TapEnd) => {
    if (taps.delete(tap)) tap.ended(why, tap.sent, tap.leftOutInAll)
  }
  const write = (tap: Tap, line: string) => {
    tap.saidMs = now()
    tap.sentBytes += Buffer.byteLength(line) + 1
    tap.client.send(line)
  }
  const tellLeftOut = (tap: Tap) => {
    if (tap.leftOut === 0) return
    write(tap, JSON.stringify({ left_out: tap.leftOut }))
    tap.leftOut = 0
  }
  const isFree = (tap: Tap): boolean => {
    tap.allowance = Math.min(limits.perSecond, tap.allowance + ((now() - tap.allowedMs) / 1_000) * limits.perSecond)
    tap.allowedMs = now()
    return tap.allowance >= 1 && tap.client.pending() <= limits.pendingBytes
  }
  const offer = (tap: Tap, item: Tapped[TapKind]) => {
    if (!taps.has(tap) || !tap.filter.matches(item)) return
    if (!isFree(tap)) {
      tap.leftOut++
      tap.leftOutInAll++
      return
    }
    tellLeftOut(tap)
    tap.allowance--
    tap.sent++
    write(tap, JSON.stringify(item))
    if (tap.sent < tap.limit) return
    tap.client.end()
    finish(tap, 'limit')
  }

  const lines = (done: ParsedBatch) => {
    const watching = of('lines')
    if (watching.length === 0) return
    for (const record of done.records) {
      const line = lineOf(record, done)
      if (line) for (const tap of watching) offer(tap, line)
    }
  }
  return {
    observer: {
      wantsTexts: () => taps.size > 0 && of('lines').length > 0,
      parsed: (done) => {
        if (taps.size === 0) return
        lines(done)
        for (const tap of of('events')) for (const event of done.events) offer(tap, event)
      },
      stored: (outputs: readonly Output[]) => {
        if (taps.size === 0) return
        for (const tap of of('verdicts'))
          for (const o of outputs) if (o.kind === 'final' || o.kind === 'provisional') offer(tap, o.decision.verdict)
      },
    },
    size: () => taps.size,
    open: (options) => {
      if (taps.size >= limits.clients) return undefined
      const at = now()
      const tap: Tap = {
        ...options,
        ...{ allowance: limits.perSecond, allowedMs: at, sent: 0, leftOut: 0, leftOutInAll: 0 },
        ...{ sentBytes: 0, taken: 0, takenMs: at, saidMs: at },
      }
      taps.add(tap)
      return () => finish(tap, 'left')
    },
    tick: () => {
      for (const tap of taps) {
        const pending = tap.client.pending()
        const taken = tap.sentBytes - pending
        if (pending === 0 || taken > tap.taken) tap.takenMs = now()
        tap.taken = taken
        if (now() - tap.takenMs > limits.stuckMs) {
          tap.client.drop()
          finish(tap, 'slow')
        } else if (pending <= limits.pendingBytes) {
          tellLeftOut(tap)
          if (now() - tap.saidMs > QUIET_MS) write(tap, '')
        }
      }
    },
    close: () => {
      for (const tap of [...taps]) {
        tellLeftOut(tap)
        tap.client.end()
        finish(tap, 'stopping')
      }
    },
  }
}

/** Undefined for what has no text to show: a tombstone, or a record that was read before anybody watched. */
function lineOf(r: Parsed, { topic, partition }: ParsedBatch): TappedLine | undefined {
  const place = { topic, partition, offset: Number(r.offset), line: r.line }
  if (r.kind === 'dead') return { origin: r.origin, fate: 'dead_lettered', text: r.original, ...place }
  if (r.kind === 'event') {
    const [first] = r.events
    const text = first?.event['event.original'] ?? first?.event.message ?? ''
    return { origin: first?.origin ?? '', fate: 'event', format: r.format, text, ...place }
  }
  if (r.text === undefined) return undefined
  return {
    origin: r.origin ?? '',
    fate: 'filtered',
    ...(r.format !== undefined && { format: r.format }),
    text: r.text,
    ...place,
  }
}
