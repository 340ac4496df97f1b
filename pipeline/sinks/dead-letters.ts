import type { DeadLetterFile } from './dead-letter-file.js'
import { sizeOf, type TopicMessage, type TopicWriter } from './topic-writer.js'

/** Where goes what could not be used. */
export type DeadLetters = {
  /** Resolves once all of them are kept for good. @throws WhytimeoutError KAFKA_WRITE_FAILED, DEAD_LETTERS_UNWRITABLE */
  readonly send: (letters: readonly TopicMessage[]) => Promise<void>
  readonly close: () => Promise<void>
}

export type DeadLettersOptions = {
  readonly writer: Pick<TopicWriter, 'send'>
  readonly topic: string
  /** `max.message.bytes` of the topic. */
  readonly maxBytes: number
  readonly file?: DeadLetterFile | undefined
}

/** What a batch of messages has around them, in bytes. */
const ROOM_FOR_BATCH = 1_024

/** Letters to a topic and, where one is configured, to a file: the file first, so that it is never behind what is committed. */
export function createDeadLetters({ writer, topic, maxBytes, file }: DeadLettersOptions): DeadLetters {
  const limit = maxBytes - ROOM_FOR_BATCH
  return {
    send: async (letters) => {
      const fitting = letters.map((letter) => fitted(letter, limit))
      await file?.append(fitting)
      let part: TopicMessage[] = []
      let bytes = 0
      for (const letter of fitting) {
        const size = sizeOf(letter)
        if (part.length > 0 && bytes + size > limit) {
          await writer.send(topic, part)
          part = []
          bytes = 0
        }
        part.push(letter)
        bytes += size
      }
      if (part.length > 0) await writer.send(topic, part)
    },
    close: async () => file?.close(),
  }
}

/** Says which parts of a letter were cut or left out. */
export const CUT_HEADER = 'whytimeout.cut'
const isOwn = (name: string): boolean => name.startsWith('__connect.errors.') || name.startsWith('whytimeout.')

/**
 * A letter that its topic takes: what is too long of the value goes first, then the headers that the message came with, then its key. A
 * header names what is missing.
 */
export function fitted(letter: TopicMessage, limit: number): TopicMessage {
  if (sizeOf(letter) <= limit) return letter
  const cuts = [letter.headers?.[CUT_HEADER], 'value'].filter((c) => c !== undefined)
  const value = letter.value === null ? Buffer.alloc(0) : Buffer.from(letter.value)
  const marked = (parts: Partial<TopicMessage>, cut: readonly unknown[]): TopicMessage => ({
    ...letter,
    ...parts,
    headers: { ...(parts.headers ?? letter.headers), [CUT_HEADER]: cut.join(',') },
  })
  const short = marked({ value: null }, cuts)
  const room = limit - sizeOf(short)
  if (room >= 0) return { ...short, value: value.subarray(0, room) }
  const own = Object.fromEntries(Object.entries(letter.headers ?? {}).filter(([name]) => isOwn(name)))
  const bare = marked({ value: null, headers: own }, [...cuts, 'headers'])
  const left = limit - sizeOf(bare)
  if (left >= 0) return { ...bare, value: value.subarray(0, left) }
  const least = marked({ value: null, key: null, headers: own }, [...cuts, 'headers', 'key'])
  return { ...least, value: value.subarray(0, Math.max(0, limit - sizeOf(least))) }
}
