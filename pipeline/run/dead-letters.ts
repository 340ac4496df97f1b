import { mask } from '../parse/mask.js'
import type { TopicMessage } from '../sinks/topic-writer.js'
import type { StreamEvent } from '../stream/messages.js'
import type { Parsed } from '../stream/parser.js'
import type { RawMessage } from '../stream/raw-message.js'

/** Kafka Connect's names; the code is ours. */
export const STAGE_HEADER = '__connect.errors.stage'
export const CODE_HEADER = '__connect.errors.exception.class.name'

type Place = { readonly topic: string; readonly partition: number }

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
  '__connect.errors.exception.message': detail,
  '__connect.errors.exception.stacktrace': '',
  'whytimeout.retry': '0',
  'whytimeout.at': new Date(nowMs).toISOString(),
})

/** A record that could not be used: its masked text, and in Kafka Connect's headers where it stood and why. */
export const deadLetterMessage = (
  dead: Extract<Parsed, { kind: 'dead' }>,
  place: Place,
  nowMs: number,
): TopicMessage => ({
  key: dead.origin,
  value: dead.original,
  headers: {
    ...headers(place, dead.offset, 'parse', dead.code, dead.detail, nowMs),
    'whytimeout.line': String(dead.line),
  },
})

/** An event that came behind the watermark, with the time that a replay must cover to repair it. */
export const lateMessage = (event: StreamEvent, place: Place, offset: bigint, nowMs: number): TopicMessage => ({
  key: event.realm,
  value: JSON.stringify({ origin: event.origin, event_id: event.id, at: new Date(event.at).toISOString() }),
  headers: headers(place, offset, 'diagnose', 'LATE', 'came behind the watermark', nowMs),
})

/** A message of the events topic that no whytimeout wrote. */
export const foreignMessage = (m: RawMessage, place: Place, nowMs: number): TopicMessage => ({
  key: m.key ?? '',
  value: mask(m.value?.toString('utf8') ?? ''),
  headers: headers(place, m.offset, 'diagnose', 'EVENT_UNREADABLE', 'no event of this program', nowMs),
})
