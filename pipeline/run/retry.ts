import type { LetterList, RetryResult } from '../../schemas/dead-letters.js'
import type { TopicMessage, TopicWriter } from '../sinks/topic-writer.js'
import type { OffsetRange, TopicReader } from '../sources/kafka-range.js'
import { lateCommand } from '../stream/audit/findings.js'
import { createLetterTable, isWanted, type LetterFilter, stateOf } from '../stream/letter-table.js'
import {
  type DeadLetter,
  fateOf,
  letterOf,
  placeText,
  type RetryFate,
  restored,
  sentNote,
  sentPlaceOf,
} from '../stream/letters.js'
import type { TopicNames } from './topics.js'

export type LetterOptions = {
  readonly reader: TopicReader
  readonly topics: TopicNames
  /** Whether the configuration reads this topic. */
  readonly isRaw: (topic: string) => boolean
  readonly filter: LetterFilter
  /** Path of the configuration file, for the command that repairs late events. */
  readonly config: string
  readonly onProgress?: (done: { readonly topic: string; readonly messages: number; readonly of: number }) => void
}

/** Letters by reason and origin, and the newest of them. */
export async function listLetters(o: LetterOptions & { readonly limit: number }): Promise<LetterList> {
  const ranges = await o.reader.ranges([o.topics.deadLetters], undefined)
  const progress = progressOf(o, ranges)
  const sent = await sentPlaces(o.reader, ranges, progress)
  const table = createLetterTable(o.limit)
  await eachLetter(o, ranges, progress, table.take)
  const fate = (letter: DeadLetter) => stateOf(fateOf(letter, { isRaw: o.isRaw, wasSent: (p) => sent.has(p) }))
  return table.result({ stateOf: fate, lateCommand: lateCommand(o.topics.events, o.config) })
}

/** Messages sent at a time; after each time it is noted which. */
const AT_A_TIME = 100
const PLACES_SHOWN = 20
/** Places told apart, about 150 bytes each; past that, the doubles of a letter are sent too. */
const MAX_PLACES = 1_000_000

/**
 * Sends what letters hold to where it came from, so that a mended parser or origins.yml reads it. What was sent is noted in the dead-letter
 * topic: the next run leaves it alone. One that ends between sending and noting sends a few again, which changes nothing: ids come from content.
 * @param o.writer  undefined: nothing is sent
 */
export async function retryLetters(
  o: LetterOptions & { readonly writer: Pick<TopicWriter, 'send'> | undefined; readonly now: () => number },
): Promise<RetryResult> {
  const ranges = await o.reader.ranges([o.topics.deadLetters], undefined)
  const progress = progressOf(o, ranges)
  const done = await sentPlaces(o.reader, ranges, progress)
  const left: Record<Exclude<RetryFate, 'send'>, number> = { sent: 0, exhausted: 0, cut: 0, late: 0, foreign: 0 }
  const byTopic: Record<string, number> = {}
  const places: string[] = []
  const counted = new Set<string>()
  let batch: DeadLetter[] = []
  let sent = 0
  let hidden = 0
  const flush = async (): Promise<void> => {
    const letters = batch
    batch = []
    if (letters.length === 0 || !o.writer) return
    for (const topic of new Set(letters.map((l) => l.place.topic)))
      await o.writer.send(topic, letters.filter((l) => l.place.topic === topic).map(restored))
    await o.writer.send(
      o.topics.deadLetters,
      letters.map((l) => noteOf(l, o.now())),
    )
  }
  await eachLetter(o, ranges, progress, async (letter) => {
    const place = placeText(letter.place)
    if (counted.has(place)) return
    if (counted.size < MAX_PLACES) counted.add(place)
    const fate = fateOf(letter, { isRaw: o.isRaw, wasSent: (p) => done.has(p) })
    if (fate !== 'send') {
      left[fate]++
      return
    }
    sent++
    byTopic[letter.place.topic] = (byTopic[letter.place.topic] ?? 0) + 1
    if (letter.hidden > 0) hidden++
    if (places.length < PLACES_SHOWN) places.push(place)
    batch.push(letter)
    if (batch.length >= AT_A_TIME) await flush()
  })
  await flush()
  return {
    dry_run: o.writer === undefined,
    sent,
    by_topic: byTopic,
    hidden,
    left,
    places,
    late_command: left.late > 0 ? lateCommand(o.topics.events, o.config) : null,
  }
}

const noteOf = (letter: DeadLetter, nowMs: number): TopicMessage => ({
  key: placeText(letter.place),
  value: null,
  headers: sentNote(letter, nowMs),
})

type Progress = (messages: number) => void
/** Once for the notes, once for the letters. */
function progressOf(o: LetterOptions, ranges: readonly OffsetRange[]): Progress {
  const of = 2 * ranges.reduce((sum, r) => sum + Number(r.to - r.from), 0)
  let done = 0
  return (messages) => {
    done += messages
    o.onProgress?.({ topic: o.topics.deadLetters, messages: done, of })
  }
}

/** Places of letters that were sent again. */
async function sentPlaces(
  reader: TopicReader,
  ranges: readonly OffsetRange[],
  progress: Progress,
): Promise<ReadonlySet<string>> {
  const places = new Set<string>()
  await reader.read(ranges, async (_, messages) => {
    for (const m of messages) {
      const place = sentPlaceOf(m)
      if (place !== undefined) places.add(place)
    }
    progress(messages.length)
  })
  return places
}

async function eachLetter(
  { reader, filter }: LetterOptions,
  ranges: readonly OffsetRange[],
  progress: Progress,
  take: (letter: DeadLetter) => Promise<void> | void,
): Promise<void> {
  await reader.read(ranges, async (_, messages) => {
    for (const m of messages) {
      const letter = letterOf(m)
      if (letter && isWanted(letter, filter)) await take(letter)
    }
    progress(messages.length)
  })
}
