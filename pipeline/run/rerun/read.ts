import type { Pack } from '../../match/pack.js'
import type { OffsetRange, TopicReader } from '../../sources/kafka-range.js'
import { clockKey, decodeEvent, type StreamEvent } from '../../stream/messages.js'
import { createRawParser, type Parsed, type ParserOptions } from '../../stream/parser.js'
import type { RawMessage } from '../../stream/raw-message.js'
import type { Spooled } from '../spool.js'

/** How many messages of a topic are done. */
export type ReadProgress = { readonly topic: string; readonly messages: number; readonly of: number }

/** Told of what a reading brings; the next part comes when it is done. */
export type Readers = {
  readonly event: (e: StreamEvent) => Promise<void> | void
  /** A record of a raw topic, or a message of the events topic that is no event. */
  readonly record?: (range: OffsetRange, record: Parsed) => Promise<void> | void
  readonly foreign?: (range: OffsetRange, message: RawMessage) => Promise<void> | void
  readonly progress?: (p: ReadProgress) => void
}

/** Counts the messages of some ranges. */
function counter(
  ranges: readonly OffsetRange[],
  progress: Readers['progress'],
): (range: OffsetRange, messages: number) => void {
  const of = ranges.reduce((sum, r) => sum + Number(r.to - r.from), 0)
  let done = 0
  return ({ topic }, messages) => {
    done += messages
    progress?.({ topic, messages: done, of })
  }
}

/** Reads ranges of the events topic. Events of records that were still open are left out: their last form comes by itself. */
export async function readEvents(
  reader: TopicReader,
  ranges: readonly OffsetRange[],
  { event, foreign, progress }: Readers,
): Promise<void> {
  const count = counter(ranges, progress)
  await reader.read(ranges, async (range, messages) => {
    for (const m of messages) {
      const e = decodeEvent(m.value?.toString('utf8') ?? '')
      if (!e) await foreign?.(range, m)
      else if (!e.open) await event(e)
    }
    count(range, messages.length)
  })
}

/**
 * Reads ranges of raw topics through the stream's own parser, each partition to the end of its range, where open records are closed. A
 * record whose first lines lie before the range is read without them: the range begins early enough for that not to matter.
 */
export async function readRaw(
  reader: TopicReader,
  ranges: readonly OffsetRange[],
  options: Pick<ParserOptions, 'latenessMs' | 'record' | 'messages'> & { readonly pack: Pack },
  { event, record, progress }: Readers,
): Promise<void> {
  const parsers = new Map(
    ranges.map((r) => [
      clockKey(r.topic, r.partition),
      createRawParser({
        ...options,
        topic: r.topic,
        partition: r.partition,
        start: r.from,
        emitFrom: r.from,
        clock: undefined,
      }),
    ]),
  )
  const take = async (range: OffsetRange, records: readonly Parsed[]) => {
    for (const r of records) {
      await record?.(range, r)
      if (r.kind === 'event') for (const e of r.events) await event(e)
    }
  }
  const count = counter(ranges, progress)
  await reader.read(ranges, async (range, messages) => {
    const parser = parsers.get(clockKey(range.topic, range.partition))
    if (!parser) return
    for (const m of messages) await take(range, parser.take(m))
    // Lets go of what it keeps for a commit.
    parser.settle()
    count(range, messages.length)
  })
  for (const range of ranges) await take(range, parsers.get(clockKey(range.topic, range.partition))?.flush() ?? [])
}

/** @param file  index of the partition that its record stands in */
export const toSpooled = (e: StreamEvent, file: number): Spooled => ({
  at: e.at,
  id: e.id,
  n: e.n,
  file,
  message: e.raw.offset,
  line: e.raw.line + 1,
  origin: e.origin,
  realm: e.realm,
  signals: e.signals,
  event: e.event,
})
