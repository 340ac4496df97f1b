import { partsOf, type RawMessage, RETRY_HEADER } from './raw-message.js'

/** A message of the dead-letter topic: what could not be used, where it stood, and why. */
export type DeadLetter = {
  readonly code: string
  readonly detail: string
  readonly stage: string
  readonly place: LetterPlace
  /** Host and log; empty where it has none. */
  readonly origin: string
  /** When the letter was written, epoch ms; NaN if it does not say. */
  readonly at: number
  /** How often it has been sent again. */
  readonly tries: number
  /** How many of its bytes are hidden: card data, in key and headers too. */
  readonly hidden: number
  /** Parts that are not whole. */
  readonly cut: readonly string[]
  /** Of a late event. */
  readonly eventId: string | undefined
  readonly message: RawMessage
}
export type LetterPlace = {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Line in the message, from 0; undefined for a whole message. */
  readonly line: number | undefined
}

/** `topic/partition/offset:line`. */
export const placeText = ({ topic, partition, offset, line }: LetterPlace): string =>
  `${topic}/${partition}/${offset}${line === undefined ? '' : `:${line}`}`

const ERRORS = '__connect.errors.'
const OURS = 'whytimeout.'
export const isOwnHeader = (name: string): boolean => name.startsWith(ERRORS) || name.startsWith(OURS)

/** Messages of the topic that are no letters say what was done about some. */
export const NOTE_HEADER = 'whytimeout.note'

/** @returns undefined for a note, or for what no whytimeout wrote */
export function letterOf(message: RawMessage): DeadLetter | undefined {
  const { headers } = message
  if (headers[NOTE_HEADER] !== undefined) return undefined
  const own = (name: string): string | undefined => headers[`${ERRORS}${name}`]
  const [topic, partition, offset] = [own('topic'), own('partition'), own('offset')]
  const code = own('exception.class.name')
  if (topic === undefined || code === undefined || !isNumber(partition) || !isNumber(offset)) return undefined
  const line = headers['whytimeout.line']
  const late = code === 'LATE' ? lateOf(message) : undefined
  return {
    code,
    detail: own('exception.message') ?? '',
    stage: own('stage') ?? '',
    place: {
      topic,
      partition: Number(partition),
      offset: BigInt(offset),
      line: isNumber(line) ? Number(line) : undefined,
    },
    origin: headers['whytimeout.origin'] ?? late?.origin ?? '',
    at: Date.parse(headers['whytimeout.at'] ?? ''),
    tries: Number(headers[RETRY_HEADER]) || 0,
    hidden: Number(headers['whytimeout.hidden']) || 0,
    cut: headers['whytimeout.cut']?.split(',') ?? [],
    eventId: late?.event_id,
    message,
  }
}

const isNumber = (text: string | undefined): text is string => text !== undefined && /^\d+$/.test(text)

function lateOf(m: RawMessage): { origin?: string; event_id?: string } | undefined {
  try {
    return JSON.parse(m.value?.toString('utf8') ?? '') as { origin?: string; event_id?: string }
  } catch {
    return undefined
  }
}

/** What a second try can do with a letter. */
export type RetryFate =
  | 'send'
  /** Sent again before. */
  | 'sent'
  /** As often as it may be. */
  | 'exhausted'
  /** Not whole: what would be read is not what came. */
  | 'cut'
  /** An event that came too late: a replay of its time repairs it. */
  | 'late'
  /** Not of a topic that the configuration reads. */
  | 'foreign'

export const MAX_TRIES = 3

export function fateOf(
  letter: DeadLetter,
  o: { readonly isRaw: (topic: string) => boolean; readonly wasSent: (place: string) => boolean },
): RetryFate {
  if (letter.code === 'LATE') return 'late'
  if (letter.stage !== 'parse' || !o.isRaw(letter.place.topic)) return 'foreign'
  if (o.wasSent(placeText(letter.place))) return 'sent'
  // Cut to the longest that a record may be is how it was read the first time.
  if (letter.cut.some((part) => part !== 'record')) return 'cut'
  return letter.tries >= MAX_TRIES ? 'exhausted' : 'send'
}

/** A message as it is to be sent again. */
export type Restored = {
  readonly key: Buffer | null
  readonly value: Buffer
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[]>>
  readonly partition: number
  /** Kafka's time of the message that it came in: dates that its lines do not have follow from it. */
  readonly timestamp?: number
}

/**
 * The message that a letter's record came in, holding it alone. Our own headers are off; who wrote it is said by headers where the message
 * itself no longer says it, its envelope being gone.
 */
export function restored({ message, place, tries }: DeadLetter): Restored {
  const { headers, wire, key } = message
  const wireKey = wire ? wire.key : key
  const own = Object.entries(wire?.headers ?? headers).flatMap(([name, value]) =>
    isOwnHeader(name) || value === undefined ? [] : [[name, value] as const],
  )
  const plain = Object.fromEntries(Object.entries(headers).filter(([name]) => !isOwnHeader(name)))
  const [host, log] = [headers['whytimeout.host'], headers['whytimeout.log']]
  const parts = partsOf({ ...message, headers: plain }, place.topic)
  const isSame = parts.length === 1 && parts[0]?.host === host && parts[0]?.log === log
  const received = Number(headers['whytimeout.received'])
  return {
    key: wireKey === undefined || wireKey === null ? null : Buffer.from(wireKey),
    value: message.value ?? Buffer.alloc(0),
    headers: {
      ...Object.fromEntries(own),
      ...(!isSame && host !== undefined && { host }),
      ...(!isSame && log !== undefined && { log }),
      [RETRY_HEADER]: String(tries + 1),
    },
    partition: place.partition,
    ...(received > 0 && { timestamp: received }),
  }
}

const SENT = { note: 'retried', place: 'whytimeout.place' } as const

/** Headers of the note that a letter was sent again. It is younger than its letter, so it is kept as long. */
export const sentNote = (letter: DeadLetter, nowMs: number): Readonly<Record<string, string>> => ({
  [NOTE_HEADER]: SENT.note,
  [SENT.place]: placeText(letter.place),
  [RETRY_HEADER]: String(letter.tries + 1),
  'whytimeout.at': new Date(nowMs).toISOString(),
})

/** The place of a letter that was sent again; undefined for any other message. */
export const sentPlaceOf = ({ headers }: Pick<RawMessage, 'headers'>): string | undefined =>
  headers[NOTE_HEADER] === SENT.note ? headers[SENT.place] : undefined
