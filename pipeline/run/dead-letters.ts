import type { TopicMessage } from '../sinks/topic-writer.js'
import type { StreamEvent } from '../stream/messages.js'
import type { Parsed } from '../stream/parser.js'

type Place = { readonly topic: string; readonly partition: number }

const headers = (
  place: Place,
  offset: bigint,
  stage: string,
  code: string,
  detail: string,
): Record<string, string> => ({
  '__connect.errors.topic': place.topic,
  '__connect.errors.partition': String(place.partition),
  '__connect.errors.offset': offset.toString(),
  '__connect.errors.connector.name': 'whytimeout',
  '__connect.errors.task.id': '0',
  '__connect.errors.stage': stage,
  '__connect.errors.exception.class.name': code,
  '__connect.errors.exception.message': detail,
})

/** A record that could not be used: its masked text, and in Kafka Connect's headers where it stood and why. */
export const deadLetterMessage = (dead: Extract<Parsed, { kind: 'dead' }>, place: Place): TopicMessage => ({
  key: dead.origin,
  value: dead.original,
  headers: headers(place, dead.offset, 'parse', dead.code, dead.detail),
})

/** An event that came behind the watermark, with the time that a replay must cover to repair it. */
export const lateMessage = (event: StreamEvent, place: Place, offset: bigint): TopicMessage => ({
  key: event.realm,
  value: JSON.stringify({ origin: event.origin, event_id: event.id, at: new Date(event.at).toISOString() }),
  headers: headers(place, offset, 'diagnose', 'LATE', 'came behind the watermark'),
})
