import type { StreamEvent } from '../../stream/messages.js'
import type { ReplayBooks } from '../books.js'
import type { Sorter } from '../sort.js'
import type { Spooled } from '../spool.js'
import { deadLetter } from '../write.js'
import { readEvents, readRaw, toSpooled } from './read.js'
import type { TimeRange } from './time-range.js'
import type { TopicReplayOptions } from './topic-replay.js'

/** A partition as a file of the summary. */
export type Partition = { path: string; host: undefined; name: string; bytes: number }
/** What a reading leaves: events in the sort, dead letters, what became of every record. */
export type Work = {
  readonly dir: string
  readonly files: Partition[]
  readonly books: ReplayBooks
  readonly sorter: Sorter<Spooled>
  readonly dead: Sorter<{ key: string; text: string }>
  readonly origins: Set<string>
}

/** The partition's place among the files. */
export function fileOf({ files }: Work, { topic, partition }: { topic: string; partition: number }): number {
  const path = `kafka:${topic}/${partition}`
  const index = files.findIndex((f) => f.path === path)
  return index >= 0 ? index : files.push({ path, host: undefined, name: topic, bytes: 0 }) - 1
}

/** Reads the range into the sort. @param isOther  signals are looked for again: other rules made the events */
export async function readInto(o: TopicReplayOptions, work: Work, range: TimeRange, isOther: boolean): Promise<void> {
  const { books, files, sorter, dead, origins } = work
  const { pack, latenessMs, record } = o.inputs
  const indexes = new Map<string, number>()
  const placeOf = (topic: string, partition: number): number => {
    const key = `${topic}/${partition}`
    const index = indexes.get(key) ?? fileOf(work, { topic, partition })
    indexes.set(key, index)
    return index
  }
  const topics = o.input.kind === 'events' ? [o.topics.events] : o.input.topics
  const ranges = await o.reader.ranges(topics, range.since)
  const { progress } = o
  const keep = async (e: StreamEvent, file: number) => {
    if (e.at >= range.fromAt && e.at < range.toAt) origins.add(e.origin)
    if (e.at < range.readFrom || e.at > range.readTo) return
    await sorter.add(toSpooled(isOther ? { ...e, signals: pack.signalsOf(e.event) } : e, file))
  }
  if (o.input.kind === 'events') {
    await readEvents(o.reader, ranges, {
      progress,
      event: async (e) => {
        const file = placeOf(e.raw.topic, e.raw.partition)
        books.read(file, e.origin)
        books.event(file)
        books.notTimeout(e.event)
        await keep(e, file)
      },
      foreign: async ({ topic, partition }, m) => {
        const file = placeOf(topic, partition)
        books.read(file)
        books.dead(file, 'EVENT_UNREADABLE')
        const path = `kafka:${topic}/${partition}@${m.offset}`
        const error = { code: 'EVENT_UNREADABLE', message: 'no event of this program' }
        const text = JSON.stringify({ event: { kind: 'pipeline_error' }, error, log: { file: { path } } })
        await dead.add({ key: path, text })
      },
    })
    return
  }
  await readRaw(
    o.reader,
    ranges,
    { latenessMs, record, messages: o.messages, pack },
    {
      progress,
      event: async (e) => {
        books.notTimeout(e.event)
        await keep(e, placeOf(e.raw.topic, e.raw.partition))
      },
      record: async ({ topic, partition }, r) => {
        const file = placeOf(topic, partition)
        if (r.kind === 'dead') {
          books.read(file, r.origin)
          books.dead(file, r.code)
          const place = { ...(files[file] as Partition), path: `kafka:${topic}/${partition}@${r.offset}` }
          await dead.add(deadLetter(r, place, r.line + 1))
          return
        }
        books.read(file, r.kind === 'event' ? r.events[0]?.origin : undefined)
        if (r.format !== undefined) books.format(file, r.format)
        if (r.kind === 'event') books.event(file)
        else books.filtered(file)
      },
    },
  )
}

/** Origins that the stream has events of from that time, and that the replayed logs lack. */
export async function missingOrigins(o: TopicReplayOptions, work: Work, range: TimeRange): Promise<readonly string[]> {
  const there = new Set<string>()
  const ranges = await o.reader.ranges([o.topics.events], range.since)
  await readEvents(o.reader, ranges, {
    event: (e) => {
      if (e.at >= range.fromAt && e.at < range.toAt && !work.origins.has(e.origin)) there.add(e.origin)
    },
  })
  return [...there].sort()
}
