import type { Pack } from '../match/pack.js'
import type { DeadLetters } from '../sinks/dead-letters.js'
import type { TopicWriter } from '../sinks/topic-writer.js'
import type { Assigned, Batch, Control, Source } from '../sources/source.js'
import {
  addCounts,
  type ClockRecord,
  type Counts,
  clockKey,
  decodeNote,
  encodeClock,
  encodeEvent,
  NO_COUNTS,
} from '../stream/messages.js'
import { createRawParser, type Parsed, type ParserOptions, type RawParser } from '../stream/parser.js'
import type { RawMessage } from '../stream/raw-message.js'
import { deadLetterMessage } from './dead-letters.js'
import { booksMessage, createLedger, type Ledger } from './ledger.js'
import type { Observer } from './observer.js'
import type { TopicNames } from './topics.js'
import { createLifeline, createTurns, whileAlive } from './turns.js'

/** A stage of the stream; whoever starts it calls `tick` a few times a second. */
export type Stage = {
  readonly tick: () => Promise<void>
  /** Ends what is under way, commits, leaves the group. */
  readonly stop: () => Promise<void>
  readonly counts: () => Counts
}

export type ParseStageOptions = {
  readonly source: Source
  readonly writer: Pick<TopicWriter, 'send'>
  readonly deadLetters: Pick<DeadLetters, 'send'>
  readonly topics: TopicNames
  readonly pack: Pack
  readonly latenessMs: number
  readonly runawayMs: number
  readonly commitMs: number
  readonly aliveMs: number
  readonly record: ParserOptions['record']
  readonly messages: ParserOptions['messages']
  readonly fromBeginning: boolean
  /** Of all that decides what comes out. */
  readonly digest: string
  /** Where the partitions of a topic begin and end now. */
  readonly endsOf: (topic: string) => Promise<ReadonlyMap<number, { readonly low: bigint; readonly high: bigint }>>
  /** Whether a raw partition was known a moment ago to end at this offset. */
  readonly isEnd: (topic: string, partition: number, offset: bigint) => boolean
  /** Event time (epoch ms) of the slowest raw partition that has unread records. */
  readonly slowest: () => number | undefined
  readonly observer: Observer
  readonly now: () => number
  readonly failed: (error: Error) => void
}

type Partition = {
  readonly topic: string
  readonly partition: number
  readonly parser: RawParser
  readonly ledger: Ledger
  /** Offsets of events partitions up to which its events are written. */
  readonly written: Map<number, bigint>
  next: bigint
  /** When its last message came, by the wall clock. */
  touchedMs: number
  isDirty: boolean
  /** Too far ahead of the others to be read on. */
  isHeldBack: boolean
  clock: number | undefined
  clockText: string
}

/** Messages handled between two looks at whether the partition is still ours. */
const SLICE = 500

/** Raw topics in; annotated events, clocks and dead letters out. An offset is committed once everything before it is written. */
export async function startParseStage(options: ParseStageOptions): Promise<Stage> {
  const { source, writer, topics, pack, now } = options
  const partitions = new Map<string, Partition>()
  const inTurn = createTurns()
  const life = createLifeline(options.failed)
  let total = NO_COUNTS

  /**
   * @param first  where its first batch begins: where a group begins that has no commit and does not begin at the beginning
   * @returns undefined as long as that is not known
   */
  const open = async ({ topic, partition }: Assigned, first?: bigint): Promise<Partition | undefined> => {
    const key = clockKey(topic, partition)
    const known = partitions.get(key)
    if (known) return known
    const committed = await source.committed(topic, partition)
    const note = decodeNote(committed?.metadata)
    const ends = (await options.endsOf(topic)).get(partition) ?? { low: 0n, high: 0n }
    const start = committed?.offset ?? first ?? (options.fromBeginning ? ends.low : undefined)
    if (start === undefined) return undefined
    const from = note.books?.to ?? start
    // Whoever committed may have ended before writing down what: it is the same entry again.
    if (note.books) await writer.send(topics.books, [booksMessage(note.books)])
    const made: Partition = {
      topic,
      partition,
      parser: createRawParser({
        topic,
        partition,
        pack,
        latenessMs: options.latenessMs,
        record: options.record,
        messages: options.messages,
        start,
        emitFrom: from,
        clock: note.clock,
        wantsTexts: options.observer.wantsTexts,
      }),
      // What whoever had the partition before wrote lies before these.
      written: new Map([...(await options.endsOf(topics.events))].map(([p, e]) => [p, e.high])),
      next: start,
      touchedMs: now(),
      isDirty: true,
      isHeldBack: false,
      clock: note.clock,
      clockText: '',
      ledger: createLedger({ ...options, booksTopic: topics.books, topic, partition, from }),
    }
    partitions.set(key, made)
    return made
  }

  /** Not handed to another, and not opened anew, since. */
  const isOurs = (p: Partition): boolean => partitions.get(clockKey(p.topic, p.partition)) === p

  const write = async (p: Partition, parsed: readonly Parsed[], read: readonly RawMessage[]): Promise<void> => {
    const events = [...parsed.flatMap((x) => (x.kind === 'event' ? x.events : [])), ...p.parser.peek()]
    const dead = parsed.flatMap((x) => (x.kind === 'dead' ? [deadLetterMessage(x, p, now())] : []))
    if (dead.length > 0) await options.deadLetters.send(dead)
    if (events.length > 0) {
      const messages = events.map((e) => ({ key: e.realm, value: encodeEvent(e) }))
      for (const [partition, next] of await writer.send(topics.events, messages)) p.written.set(partition, next)
    }
    p.isDirty = true
    const bytes = read.reduce((sum, m) => sum + (m.value?.length ?? 0), 0)
    options.observer.parsed({ ...p, messages: read.length, bytes, records: parsed, events })
  }

  /** Tells how far the partition is parsed, and commits it now and then. */
  const settle = async (p: Partition, mustCommit: boolean): Promise<void> => {
    const { position, resumeAt, counts, clock } = p.parser.settle()
    p.isDirty = false
    p.clock = clock
    p.ledger.add(counts)
    total = addCounts(total, counts)
    const record: ClockRecord = {
      topic: p.topic,
      partition: p.partition,
      position,
      clock,
      written: Object.fromEntries(p.written),
      generation: pack.generation,
      digest: options.digest,
    }
    const clockText = encodeClock(record)
    if (clockText !== p.clockText)
      await writer.send(topics.clocks, [{ key: clockKey(p.topic, p.partition), value: clockText }])
    p.clockText = clockText
    if (isOurs(p) && (mustCommit || p.ledger.isDue()))
      await p.ledger.commit({ resumeAt, to: position, note: { clock } })
  }

  const passTo = (p: Partition, next: bigint) => {
    p.next = next
    p.parser.passed(next)
    p.touchedMs = now()
    p.isDirty = true
  }

  /** Records deleted before they were read leave a hole in the books, for the audit to name. */
  const skipDeleted = async (p: Partition): Promise<void> => {
    const low = (await options.endsOf(p.topic)).get(p.partition)?.low ?? 0n
    if (low <= p.next) return
    await write(p, p.parser.flush(), [])
    await settle(p, true)
    passTo(p, low)
    p.ledger.skipTo(low)
  }

  const isTooFarAhead = (p: Partition): boolean => {
    const slowest = options.slowest()
    const aheadMs = slowest === undefined || p.clock === undefined ? 0 : p.clock - slowest
    const isAhead = aheadMs > options.runawayMs
    if (isAhead !== p.isHeldBack) options.observer.heldBack(p, isAhead ? aheadMs : undefined)
    p.isHeldBack = isAhead
    return isAhead
  }

  const readBatch = async (batch: Batch, control: Control): Promise<void> => {
    if (life.isStopped() || !control.isCurrent()) return
    const first = batch.messages[0]?.offset ?? batch.next
    const p = await open(batch, first)
    if (!p) return
    if (isTooFarAhead(p)) {
      control.defer(500)
      return
    }
    if (first > p.next) await skipDeleted(p)
    if (batch.messages.length === 0) passTo(p, batch.next)
    for (let from = 0; from < batch.messages.length; from += SLICE) {
      if (life.isStopped() || !control.isCurrent() || !isOurs(p)) return
      const slice = batch.messages.slice(from, from + SLICE)
      const parsed = slice.flatMap((m) => p.parser.take(m))
      const isLast = from + SLICE >= batch.messages.length
      const last = (slice.at(-1) as RawMessage).offset
      passTo(p, isLast ? batch.next : last + 1n)
      await write(p, parsed, slice)
      control.passed(last)
    }
  }
  await source.run({
    assigned: (ours) => {
      partitions.clear()
      void life
        .guard(
          inTurn(async () => {
            for (const one of ours) if (!life.isStopped()) await open(one)
          }),
        )
        .catch(() => {})
    },
    failed: options.failed,
    batch: (batch, control) =>
      whileAlive(life.guard(inTurn(() => readBatch(batch, control))), control.alive, options.aliveMs),
  })

  const each = (work: (p: Partition) => Promise<void>): Promise<void> =>
    life.guard(
      inTurn(async () => {
        for (const p of [...partitions.values()]) await work(p)
      }),
    )

  return {
    counts: () => total,
    tick: () =>
      each(async (p) => {
        if (life.isStopped()) return
        const isQuiet = now() - p.touchedMs >= options.latenessMs
        if (isQuiet && p.parser.isOpen() && source.isMember() && options.isEnd(p.topic, p.partition, p.next))
          await write(p, p.parser.flush(), [])
        if (p.isDirty || p.ledger.isDue()) await settle(p, false)
      }),
    stop: async () => {
      life.stop()
      if (!life.isBroken()) await each((p) => settle(p, true)).catch(() => {})
      await source.stop()
    },
  }
}
