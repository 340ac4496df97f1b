import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'
import type { RawMessage } from '../stream/raw-message.js'
import type { Batch } from './source.js'

export const toBatch = ({ batch }: EachBatchPayload): Batch => ({
  topic: batch.topic,
  partition: batch.partition,
  messages: batch.messages.map(toMessage),
  next: BigInt(batch.lastOffset()) + 1n,
})

export const toMessage = (m: KafkaMessage): RawMessage => ({
  offset: BigInt(m.offset),
  timestamp: Number(m.timestamp),
  key: m.key?.toString('utf8'),
  value: m.value ?? undefined,
  headers: toHeaders(m.headers),
  wire: { key: m.key, headers: m.headers },
})

/** The first of each name, as text. The client takes what every object has (`constructor`) for an earlier header of that name, so only bytes count. */
const toHeaders = (headers: IHeaders | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).flatMap(([name, value]) => {
      const first = [value].flat().find((v) => Buffer.isBuffer(v))
      return first === undefined ? [] : [[name, first.toString()]]
    }),
  )
