import { type Envelope, openEnvelope } from '../parse/envelope.js'
import { createDocumentReader, isDocument } from '../parse/json-document.js'
import { logNameOf } from '../parse/log-name.js'

/** One message of a raw topic, whatever client brought it. */
export type RawMessage = {
  readonly offset: bigint
  /** Kafka's time of it, epoch ms. */
  readonly timestamp: number
  readonly key: string | undefined
  readonly value: Buffer | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Key and headers in the bytes that they came in; a header may come again. */
  readonly wire?: {
    readonly key?: Buffer | null | undefined
    readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>> | undefined
  }
}

/** A message that was sent again out of a dead letter has it: which try it is. It holds one whole record. */
export const RETRY_HEADER = 'whytimeout.retry'

/** What a message has around its value, copied out of it so that nothing of the batch is kept: latin1, a character a byte. */
export type Cover = {
  readonly key: string | undefined
  /** In their order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export function coverOf(message: RawMessage): Cover {
  const latin1 = (bytes: Buffer | string): string =>
    (typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes).toString('latin1')
  const key = message.wire ? message.wire.key : message.key
  const headers: (readonly [string, string])[] = []
  for (const [name, value] of Object.entries(message.wire?.headers ?? message.headers))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.push([name, latin1(one)])
  return { key: key === undefined || key === null ? undefined : latin1(key), headers }
}

/** Lines of one log that a message brought; text is latin1, one character a byte. */
export type Part = { readonly host: string | undefined; readonly log: string; readonly text: string }

/**
 * The logs' own lines in a message. Who wrote them says, in this order: the shipper's envelope; the headers `host` (or `host.name`) and `log`
 * (or `log.file.path`); the key, where it can be a host; and for the log's name the topic.
 * @returns empty for a message without text (a tombstone)
 */
export function partsOf(message: RawMessage, topic: string): readonly Part[] {
  if (message.value === undefined || message.value.length === 0) return []
  const { headers, key } = message
  const raw = message.value.toString('latin1')
  const host = headers.host ?? headers['host.name'] ?? (isHostName(key) ? key : undefined)
  const log = headers.log ?? headers['log.file.path'] ?? topic
  const own = (e: Envelope | undefined, text: string): Part => ({
    host: (e?.host ?? host)?.slice(0, MAX_NAME),
    log: logNameOf(e?.log ?? log).slice(0, MAX_NAME),
    text: e?.text ?? text,
  })
  const records = isDocument(raw) ? recordsIn(raw) : undefined
  if (records) return records.map((record) => own(openEnvelope(record), record))
  if (!raw.startsWith('{')) return [own(undefined, raw)]
  const whole = openEnvelope(raw)
  if (whole || !raw.trimEnd().includes('\n')) return [own(whole, raw)]
  // Several envelopes, a line each; what is none stays together.
  const parts: Part[] = []
  let plain: string[] = []
  const flush = () => {
    if (plain.length > 0) parts.push(own(undefined, plain.join('\n')))
    plain = []
  }
  for (const line of raw.trimEnd().split('\n')) {
    const envelope = openEnvelope(line)
    if (!envelope) {
      plain.push(line)
      continue
    }
    flush()
    parts.push(own(envelope, line))
  }
  flush()
  return parts
}

/** @returns undefined where it is no JSON to its end */
function recordsIn(raw: string): readonly string[] | undefined {
  const reader = createDocumentReader()
  try {
    return [...reader.push(raw), ...reader.end()]
  } catch {
    return undefined
  }
}

/** No host and no file has a longer name; one that a message gives goes into every event. */
const MAX_NAME = 255

/** A message key that can be a host: shippers key by it, so that a host's lines keep to one partition. */
const isHostName = (key: string | undefined): key is string =>
  key !== undefined && /^(?=.*[A-Za-z])[A-Za-z0-9][\w.-]{0,252}$/.test(key)
