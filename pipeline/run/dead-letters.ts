import type { Admin } from 'kafkajs'
import { maskBytes } from '../parse/mask-bytes.js'
import { createDeadLetterFile } from '../sinks/dead-letter-file.js'
import { createDeadLetters, type DeadLetters } from '../sinks/dead-letters.js'
import type { TopicMessage, TopicWriter } from '../sinks/topic-writer.js'
import type { StreamEvent } from '../stream/messages.js'
import type { Parsed } from '../stream/parser.js'
import { type Cover, coverOf, type RawMessage, RETRY_HEADER } from '../stream/raw-message.js'
import { type LoadedConfig, pathIn } from './config.js'
import { messageLimit, topicNames } from './topics.js'

/** Kafka Connect's names; the code is ours. */
export const STAGE_HEADER = '__connect.errors.stage'
export const CODE_HEADER = '__connect.errors.exception.class.name'

type Place = { readonly topic: string; readonly partition: number }

/** Headers of ours are short, whatever the log calls itself: a letter must always find room. */
const short = (text: string): string => text.slice(0, 512)

const headers = (
  place: Place,
  offset: bigint,
  stage: string,
  code: string,
  detail: string,
  nowMs: number,
): Record<string, string> => ({
  '__connect.errors.topic': place.topic,
  '__connect.errors.partition': String(place.partition),
  '__connect.errors.offset': offset.toString(),
  '__connect.errors.connector.name': 'whytimeout',
  '__connect.errors.task.id': '0',
  [STAGE_HEADER]: stage,
  '__connect.errors.class.name': `whytimeout.${stage}`,
  [CODE_HEADER]: code,
  '__connect.errors.exception.message': short(detail),
  '__connect.errors.exception.stacktrace': '',
  [RETRY_HEADER]: '0',
  'whytimeout.at': new Date(nowMs).toISOString(),
})

/** A record that could not be used: its bytes, and in Kafka Connect's headers where it stood and why. Its own key and headers stay. */
export const deadLetterMessage = (
  dead: Extract<Parsed, { kind: 'dead' }>,
  place: Place,
  nowMs: number,
): TopicMessage => {
  const { letter } = dead
  return {
    key: letter.cover.key === undefined ? null : bytesOf(letter.cover.key),
    value: bytesOf(letter.bytes),
    headers: {
      ...ownHeaders(letter.cover),
      ...headers(place, dead.offset, 'parse', dead.code, dead.detail, nowMs),
      [RETRY_HEADER]: triesOf(letter.cover),
      'whytimeout.line': String(dead.line),
      'whytimeout.origin': short(dead.origin),
      ...(letter.host !== undefined && { 'whytimeout.host': short(letter.host) }),
      'whytimeout.log': short(letter.log),
      'whytimeout.received': String(letter.timestamp),
      ...(letter.hidden > 0 && { 'whytimeout.hidden': String(letter.hidden) }),
      ...(letter.isCut && { 'whytimeout.cut': 'record' }),
    },
  }
}

const bytesOf = (latin1: string): Buffer => Buffer.from(latin1, 'latin1')

function ownHeaders(cover: Cover): Record<string, Buffer[]> {
  const headers: Record<string, Buffer[]> = {}
  for (const [name, value] of cover.headers) headers[name] = [...(headers[name] ?? []), bytesOf(value)]
  return headers
}

/** How often it has been sent again already. */
const triesOf = (cover: Cover): string => {
  const tries = Number(cover.headers.find(([name]) => name === RETRY_HEADER)?.[1] ?? 0)
  return Number.isInteger(tries) && tries > 0 ? String(tries) : '0'
}

/** An event that came behind the watermark, with the time that a replay must cover to repair it. */
export const lateMessage = (event: StreamEvent, place: Place, offset: bigint, nowMs: number): TopicMessage => ({
  key: event.realm,
  value: JSON.stringify({ origin: event.origin, event_id: event.id, at: new Date(event.at).toISOString() }),
  headers: headers(place, offset, 'diagnose', 'LATE', 'came behind the watermark', nowMs),
})

/** A message of the events topic that no whytimeout wrote. */
export const foreignMessage = (m: RawMessage, place: Place, nowMs: number): TopicMessage => {
  const cover = coverOf(m)
  const clean = (latin1: string) => bytesOf(maskBytes(latin1).bytes)
  return {
    key: cover.key === undefined ? null : clean(cover.key),
    value: m.value === undefined ? null : clean(m.value.toString('latin1')),
    headers: {
      ...ownHeaders({ ...cover, headers: cover.headers.map(([name, value]) => [name, maskBytes(value).bytes]) }),
      ...headers(place, m.offset, 'diagnose', 'EVENT_UNREADABLE', 'no event of this program', nowMs),
    },
  }
}

/** Where the configuration wants dead letters. */
export async function openDeadLetters(
  config: LoadedConfig,
  writer: Pick<TopicWriter, 'send'>,
  admin: Admin,
): Promise<DeadLetters> {
  const topic = topicNames(config.kafka.prefix).deadLetters
  const path = pathIn(config, config.dead_letters_file)
  return createDeadLetters({
    writer,
    topic,
    maxBytes: await messageLimit(admin, topic),
    file: path === undefined ? undefined : createDeadLetterFile(path),
  })
}
