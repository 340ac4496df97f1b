import type { Pack } from '../match/pack.js'
import type { TopicWriter } from '../sinks/topic-writer.js'
import type { Source } from '../sources/source.js'
import { type ClockRecord, clockKey, encodeClock, encodeEvent, type StreamEvent } from '../stream/messages.js'
import { createRawParser, type Parsed, type ParserOptions, type RawParser } from '../stream/parser.js'
import { deadLetterMessage } from './dead-letters.js'
import type { TopicNames } from './topics.js'

export type ParseStage = {
  readonly stop: () => Promise<void>
  readonly counts: () => Readonly<Counts>
}
export type Counts = { read: number; events: number; filtered: number; duplicates: number; dead_lettered: number }

export type ParseStageOptions = {
  readonly source: Source
  readonly writer: Pick<TopicWriter, 'send'>
  readonly topics: TopicNames
  readonly pack: Pack
  readonly latenessMs: number
  readonly runawayMs: number
  readonly record: ParserOptions['record']
  /** Of all that decides what comes out. */
  readonly digest: string
  /** Where the partitions of the events topic end now. */
  readonly eventsEnds: () => Promise<ReadonlyMap<number, bigint>>
  /** Event time (epoch ms) of the slowest raw partition that has unread records. */
  readonly slowest: () => number | undefined
  readonly now: () => number
  readonly failed: (error: Error) => void
}

type Partition = {
  readonly topic: string
  readonly partition: number
  readonly parser: RawParser
  /** Offsets of events partitions up to which its events are written. */
  readonly written: Map<number, bigint>
  /** When its last message came, by the wall clock. */
  touchedMs: number
  committed: bigint
}

/** Messages handled between two commits: small enough for a slice to end well inside the session timeout. */
const SLICE = 500
const IDLE_CHECK_MS = 250

/** Raw topics in; annotated events, clocks and dead letters out. An offset is committed once everything before it is written. */
export async function startParseStage(options: ParseStageOptions): Promise<ParseStage> {
  const { source, writer, topics, pack, latenessMs } = options
  const partitions = new Map<string, Partition>()
  const counts: Counts = { read: 0, events: 0, filtered: 0, duplicates: 0, dead_lettered: 0 }
  let queue: Promise<unknown> = Promise.resolve()
  let isStopped = false
  /** One thing at a time: batches and the idle check share the partitions. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = queue.then(work)
    queue = mine.catch(() => {})
    return mine
  }

  const open = async (topic: string, partition: number, first: bigint): Promise<Partition> => {
    const key = clockKey(topic, partition)
    const known = partitions.get(key)
    if (known) return known
    const committed = await source.committed(topic, partition)
    const parser = createRawParser({
      topic,
      partition,
      pack,
      latenessMs,
      record: options.record,
      start: first,
      resumed: committed !== undefined,
    })
    const made = {
      topic,
      partition,
      parser,
      // What whoever had the partition before wrote lies before these.
      written: new Map(await options.eventsEnds()),
      touchedMs: options.now(),
      committed: committed?.offset ?? -1n,
    }
    partitions.set(key, made)
    return made
  }

  const write = async (p: Partition, parsed: readonly Parsed[], unclosed: readonly StreamEvent[]): Promise<void> => {
    const events = [...parsed.flatMap((x) => (x.kind === 'event' ? x.events : [])), ...unclosed]
    const dead = parsed.flatMap((x) => (x.kind === 'dead' ? [deadLetterMessage(x, p)] : []))
    if (dead.length > 0) await writer.send(topics.deadLetters, dead)
    if (events.length > 0) {
      const messages = events.map((e) => ({ key: e.realm, value: encodeEvent(e) }))
      for (const [partition, next] of await writer.send(topics.events, messages)) p.written.set(partition, next)
    }
    for (const x of parsed) {
      counts.read++
      if (x.kind === 'event') counts.events++
      else if (x.kind === 'dead') counts.dead_lettered++
      else if (x.kind === 'duplicate') counts.duplicates++
      else counts.filtered++
    }
    const position = p.parser.position()
    const clock: ClockRecord = {
      topic: p.topic,
      partition: p.partition,
      position,
      clock: p.parser.clock(),
      written: Object.fromEntries(p.written),
      generation: pack.generation,
      digest: options.digest,
    }
    await writer.send(topics.clocks, [{ key: clockKey(p.topic, p.partition), value: encodeClock(clock) }])
    if (
      position > p.committed &&
      (await source.commit(p.topic, p.partition, { offset: position, metadata: undefined }))
    )
      p.committed = position
  }

  /** What was taken but not written would be taken again: only a restart from the committed offset is safe. */
  const fatal = (error: Error): never => {
    isStopped = true
    options.failed(error)
    throw error
  }

  await source.run({
    assigned: () => partitions.clear(),
    failed: options.failed,
    batch: (batch, control) =>
      inTurn(async () => {
        const first = batch.messages[0]
        if (!first) return
        const p = await open(batch.topic, batch.partition, first.offset)
        const slowest = options.slowest()
        const own = p.parser.clock()
        if (slowest !== undefined && own !== undefined && own > slowest + options.runawayMs) {
          control.defer(500)
          return
        }
        for (let from = 0; from < batch.messages.length; from += SLICE) {
          if (isStopped || !control.isCurrent()) return
          const slice = batch.messages.slice(from, from + SLICE)
          const parsed = slice.flatMap((m) => p.parser.take(m))
          p.touchedMs = options.now()
          const isLast = from + SLICE >= batch.messages.length
          if (isLast) p.parser.passed(batch.next)
          await write(p, parsed, isLast ? p.parser.peek() : []).catch(fatal)
          control.passed((slice.at(-1) as (typeof slice)[number]).offset)
          await control.alive()
        }
      }),
  })

  const timer = setInterval(() => {
    void inTurn(async () => {
      for (const p of partitions.values()) {
        if (isStopped || options.now() - p.touchedMs < latenessMs) continue
        p.touchedMs = Number.POSITIVE_INFINITY
        await write(p, p.parser.flush(), [])
      }
    }).catch(options.failed)
  }, IDLE_CHECK_MS)

  return {
    counts: () => counts,
    stop: async () => {
      isStopped = true
      clearInterval(timer)
      await queue
      await source.stop()
    },
  }
}
