import { findTime, readTime } from './time.js'

/** What a shipper or a message's headers say of the lines it brought. */
export type Envelope = {
  readonly host: string | undefined
  /** Path or name of the log. */
  readonly log: string | undefined
  /** latin1 text, one character a byte: the log's own, or the whole envelope where only that says when it was. */
  readonly text: string
  /** Epoch ms: when it was taken in, where that is said with a zone. */
  readonly at: number | undefined
}
type Found = Omit<Envelope, 'at'>

type Json = { readonly [key: string]: unknown }
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, step) => (isObject(inner) ? inner[step] : undefined), value)

const TIMES = ['@timestamp', 'time', 'timestamp', 'date', 'timeUnixNano', 'observedTimeUnixNano']

/** Of its fields an envelope has one of these. */
const NAMES =
  /"(?:log|agent|source_type|_source|logStreamName|logStream|ingestionTime|[tT]imeUnixNano|observedTimeUnixNano|short_message)"/

/** A line of a stack trace: it belongs to the line before, and needs no time. */
const CONTINUES = /^(?:\s+\S|Caused by: |Suppressed: )/

/**
 * Takes the lines out of a shipper's envelope.
 * Source: Elastic Beats and Elastic Agent (`message`, `log.file.path`, `agent`, `host.name`); Fluent Bit `tail` and docker json-file
 * (`log`, `stream`, `filename`); Vector `file` source (`message`, `file`, `source_type`); search hits of Elasticsearch (`_source`), as elasticdump writes them a line
 * each; CloudWatch Logs (`message`, `logStreamName`, `ingestionTime`, or `logStream` of a subscription); OTLP/JSON log records (`body.stringValue`,
 * `attributes`, `resource`); GELF 1.1 (`short_message`, `full_message`, `host`).
 * @param raw latin1 text of one message
 * @returns undefined where it is no envelope but a log's own line, JSON or not
 */
export function openEnvelope(raw: string): Envelope | undefined {
  // Every JSON line of a replay comes here, and most are an application's own: they need not be parsed for this.
  if (!raw.startsWith('{') || !NAMES.test(raw)) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(raw, 'latin1').toString('utf8'))
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  if (isObject(value._source) && typeof value._index === 'string') {
    const source = Buffer.from(JSON.stringify(value._source), 'utf8').toString('latin1')
    return openEnvelope(source) ?? { host: undefined, log: undefined, text: source, at: timeOf(value._source) }
  }
  const found = openObject(value, raw)
  return found && { ...found, at: timeOf(value) }
}

/** A time with a zone, or an epoch. */
function timeOf(value: Json): number | undefined {
  for (const name of TIMES) {
    const said = value[name]
    const time = typeof said === 'string' || typeof said === 'number' ? readTime(String(said))?.time : undefined
    if (time?.epochMs !== undefined) return time.epochMs
    const at = typeof said === 'string' && time?.offsetMin !== undefined ? Date.parse(said) : Number.NaN
    if (!Number.isNaN(at)) return at
  }
  return undefined
}

function openObject(value: Json, raw: string): Found | undefined {
  const isTimed = TIMES.some((name) => name in value)
  const ownText = (line: string): string =>
    !isTimed || CONTINUES.test(line) || findTime(line) !== undefined
      ? Buffer.from(line, 'utf8').toString('latin1')
      : raw
  const message = text(value.message)
  const beats = text(at(value, 'log', 'file', 'path'))
  if (message !== undefined && (beats !== undefined || isObject(value.agent) || value.source_type === 'file')) {
    return {
      host:
        text(at(value, 'host', 'name')) ??
        text(at(value, 'host', 'hostname')) ??
        text(value.host) ??
        text(at(value, 'agent', 'hostname')),
      log: beats ?? text(value.file),
      text: ownText(message),
    }
  }
  const log = text(value.log)
  if (log !== undefined && ['stream', 'date', 'filename', 'container_name', 'kubernetes'].some((k) => k in value)) {
    return {
      host: text(value.host) ?? text(value.hostname) ?? text(at(value, 'kubernetes', 'host')),
      log: text(value.filename) ?? text(value.container_name) ?? text(at(value, 'kubernetes', 'container_name')),
      text: ownText(log.replace(/\n$/, '')),
    }
  }
  return cloud(value, ownText) ?? telemetry(value, ownText) ?? gelf(value, ownText)
}

type OwnText = (line: string) => string

function cloud(value: Json, ownText: OwnText): Found | undefined {
  const message = text(value.message)
  const log = text(value.logStreamName) ?? text(value.logStream) ?? text(value.logGroup)
  if (message === undefined || (log === undefined && !('ingestionTime' in value))) return undefined
  return { host: undefined, log, text: ownText(message.replace(/\n$/, '')) }
}

/** Attributes of OTLP are a list of names with typed values. */
function attribute(list: unknown, name: string): string | undefined {
  if (!Array.isArray(list)) return undefined
  const found: unknown = list.find((a: unknown) => isObject(a) && a.key === name)
  return text(at(found, 'value', 'stringValue'))
}

function telemetry(value: Json, ownText: OwnText): Found | undefined {
  const body = text(at(value, 'body', 'stringValue'))
  if (body === undefined || !('timeUnixNano' in value || 'observedTimeUnixNano' in value)) return undefined
  const resource = at(value, 'resource', 'attributes')
  const named = (name: string) => attribute(value.attributes, name) ?? attribute(resource, name)
  return {
    host: named('host.name') ?? named('k8s.pod.name'),
    log: named('log.file.path') ?? named('log.file.name') ?? named('service.name'),
    text: ownText(body),
  }
}

function gelf(value: Json, ownText: OwnText): Found | undefined {
  const short = text(value.short_message)
  if (short === undefined || typeof value.host !== 'string') return undefined
  const full = text(value.full_message)
  const message = full?.startsWith(short) ? full : short
  return {
    host: value.host,
    log: text(value._file) ?? text(value._facility) ?? text(value.facility),
    text: ownText(message),
  }
}
