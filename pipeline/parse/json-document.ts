import { getManyValues, isMany, none } from 'stream-chain/defs.js'
import { jsonParser, type Token } from 'stream-json/core/parser.js'

/**
 * Exports and dumps in JSON whose records lie in an array, at the top or in a wrapper: read token by token by stream-json, so that a document of any size takes
 * the memory of one record. What it gives is a record a text, in one line, as NDJSON has it; digits stay as they are.
 * Source: Elasticsearch search API (`hits.hits[]._source`); AWS CloudTrail and Firehose (`Records`), CloudWatch Logs (`events`, `logEvents` with `logGroup` and
 * `logStream`); Azure Monitor (`records`, `value`); OTLP/JSON (`resourceLogs[].scopeLogs[].logRecords[]` with `resource`).
 */
export type DocumentReader = {
  /** @returns the records that this text completes; they are latin1 as it is (UTF-8, one character a byte) */
  readonly push: (text: string) => readonly string[]
  /** @returns what was begun and never ended, as far as it goes */
  readonly end: () => readonly string[]
  /** Whether an array of records was seen so far. */
  readonly hasRecords: () => boolean
}

/** The text is no JSON from some place on. `records` were complete before it. */
export class BrokenDocument extends Error {
  constructor(readonly records: readonly string[]) {
    super('it is no JSON')
  }
}

/** Names of arrays that wrap records. */
const WRAPPERS = new Set(
  'Records records events logEvents value entries items data results logs messages resourceLogs scopeLogs logRecords'.split(
    ' ',
  ),
)
/** Elements of these are no records, but wrap some. */
const NESTED = new Set(['resourceLogs', 'scopeLogs'])
/** What a wrapper says of all its records. */
const SAID_OF_ALL = new Set(['logGroup', 'logStream', 'owner', 'resource', 'scope'])
/** What has a time of its own is a record, whatever arrays it holds. */
const OWN_TIME = /^(?:@?time(?:stamp)?|ts|date|@t|eventTime|timeUnixNano)$/
const MOST_DEEP = 256
/** Past it a record is cut: it is no JSON then, and read as text. */
const MAX_RECORD = 256 * 1024

/** `open`: may hold an array of records; `maybe`: an array that holds some if its first element is an object; `wrapper`: it does. */
type Kind = 'open' | 'maybe' | 'wrapper' | 'plain'
type Frame = { readonly isArray: boolean; readonly name: string; kind: Kind; count: number; readonly said: string[] }
type Text = { text: string; isCut: boolean }
type Capture = Text & { readonly depth: number; source: { from: number; to: number } | undefined }

export function createDocumentReader(): DocumentReader {
  const decoder = new TextDecoder()
  const parse = jsonParser({ packValues: false, jsonStreaming: true })
  const stack: Frame[] = []
  /** What is no record, or not known to be one. */
  let shell: Text = { text: '', isCut: false }
  let capture: Capture | undefined
  let [isWrapper, hasRecords] = [false, false]
  let key = ''
  let inKey = false
  /** A member that its wrapper says of all: its name, and where its value begins. */
  let saying: { readonly name: string; readonly from: number } | undefined
  let done: string[] = []

  const append = (text: string): void => {
    const to = capture ?? shell
    if (to.isCut) return
    if (to.text.length + text.length > MAX_RECORD) to.isCut = true
    else to.text += text
  }
  const give = (text: string): void => {
    if (/\S/.test(text)) done.push(Buffer.from(text, 'utf8').toString('latin1'))
  }
  const comma = (): void => {
    const top = stack.at(-1)
    if (top?.isArray !== true) return
    if (top.kind === 'maybe') top.kind = 'plain'
    if (top.count++ > 0 && top.kind !== 'wrapper') append(',')
  }

  const beginContainer = (isArray: boolean): void => {
    if (stack.length >= MOST_DEEP) throw new Error('too deep')
    const top = stack.at(-1)
    const name = top === undefined ? '' : top.isArray ? top.name : key
    if (!isArray && top?.kind === 'maybe') {
      top.kind = 'wrapper'
      isWrapper = true
      hasRecords = true
    }
    const isElement = top?.kind === 'wrapper' && capture === undefined
    if (isElement && !(NESTED.has(top.name) && !isArray))
      capture = { text: '', isCut: false, depth: stack.length, source: undefined }
    else if (isElement) shell = { text: '', isCut: false }
    comma()
    if (capture && stack.length === capture.depth + 1 && key === '_source' && !isArray)
      capture.source = { from: capture.text.length, to: -1 }
    stack.push({ isArray, name, kind: capture ? 'plain' : kindOf(top, name, isArray), count: 0, said: [] })
    append(isArray ? '[' : '{')
  }
  const endContainer = (): void => {
    const frame = stack.pop()
    append(frame?.isArray ? ']' : '}')
    if (capture?.source?.to === -1 && stack.length === capture.depth + 1) capture.source.to = capture.text.length
    if (capture && stack.length === capture.depth) {
      give(
        recordOf(
          capture,
          stack.flatMap((f) => f.said),
        ),
      )
      capture = undefined
    }
    endValue()
  }
  const endValue = (): void => {
    const top = stack.at(-1)
    if (top?.kind === 'open' && saying && capture === undefined) {
      if (!shell.isCut) top.said.push(`${JSON.stringify(saying.name)}:${shell.text.slice(saying.from)}`)
      saying = undefined
    }
    if (top !== undefined) return
    if (!isWrapper) give(shell.text)
    shell = { text: '', isCut: false }
    isWrapper = false
  }
  const endKey = (): void => {
    const top = stack.at(-1) as Frame
    inKey = false
    append(`${top.count++ > 0 ? ',' : ''}${JSON.stringify(key)}:`)
    if (top.kind !== 'open') return
    if (stack.length === 1 && OWN_TIME.test(key)) top.kind = 'plain'
    else if (SAID_OF_ALL.has(key)) saying = { name: key, from: shell.text.length }
  }

  const scalar = (text: string): void => {
    comma()
    append(text)
    endValue()
  }
  const take = (token: Token): void => {
    const { name } = token
    if (name === 'startObject' || name === 'startArray') beginContainer(name === 'startArray')
    else if (name === 'endObject' || name === 'endArray') endContainer()
    else if (name === 'startKey') {
      inKey = true
      key = ''
    } else if (name === 'endKey') endKey()
    else if (name === 'stringChunk') {
      if (!inKey) append(JSON.stringify(token.value).slice(1, -1))
      else if (key.length < MAX_RECORD) key += token.value
    } else if (name === 'startString') {
      comma()
      append('"')
    } else if (name === 'endString') {
      append('"')
      endValue()
    } else if (name === 'startNumber') comma()
    else if (name === 'numberChunk') append(token.value)
    else if (name === 'endNumber') endValue()
    else if (name === 'nullValue' || name === 'trueValue' || name === 'falseValue') scalar(String(token.value))
  }
  const taken = (): string[] => {
    const records = done
    done = []
    return records
  }
  const feed = (text: string | typeof none): void => {
    // Its types know only of text; the end is said by a sign.
    const tokens: unknown = parse(text as string)
    if (isMany(tokens)) for (const token of getManyValues(tokens) as Token[]) take(token)
  }

  return {
    push: (text) => {
      try {
        feed(decoder.decode(Buffer.from(text, 'latin1'), { stream: true }))
      } catch {
        throw new BrokenDocument(taken())
      }
      return taken()
    },
    end: () => {
      try {
        feed(none)
      } catch {
        give(capture?.text ?? (isWrapper ? '' : shell.text))
      }
      return taken()
    },
    hasRecords: () => hasRecords,
  }
}

function kindOf(top: Frame | undefined, name: string, isArray: boolean): Kind {
  if (top === undefined) return isArray ? 'maybe' : 'open'
  if (!isArray) {
    if (top.kind === 'wrapper') return NESTED.has(top.name) ? 'open' : 'plain'
    return top.kind === 'open' && name === 'hits' ? 'open' : 'plain'
  }
  if (top.kind !== 'open') return 'plain'
  return WRAPPERS.has(name) || (name === 'hits' && top.name === 'hits') ? 'maybe' : 'plain'
}

/** A search hit is its source; other records get what their wrapper says of them all. */
function recordOf({ text, source, isCut }: Capture, said: readonly string[]): string {
  if (source && !isCut) return text.slice(source.from, source.to)
  if (said.length === 0 || !text.startsWith('{')) return text
  return `{${said.join(',')}${text === '{}' ? '' : ','}${text.slice(1)}`
}

const PROBE = 32 * 1024
const WRAPS = new RegExp(`"(?:hits|${[...WRAPPERS].join('|')})"\\s{0,64}:\\s{0,64}\\[\\s{0,64}\\{`)

/**
 * Whether a text begins as a document of records: an array of objects, an object that wraps one, or objects one after the other in a line. Objects line by
 * line, pretty or not, are none: framing reads those.
 * @param head  latin1; the first 32 KiB decide
 */
export function isDocument(head: string): boolean {
  if (/^\s{0,64}\[\s{0,64}\{/.test(head)) return true
  if (!/^\s{0,64}\{/.test(head)) return false
  const probe = head.slice(0, PROBE)
  if (!WRAPS.test(probe)) return /\}[ \t]{0,8}\{/.test(probe) && isRow(probe)
  const reader = createDocumentReader()
  try {
    reader.push(probe)
  } catch {
    // what comes before the fault counts
  }
  return reader.hasRecords()
}

/** Two objects in one line, the first of them whole. */
function isRow(head: string): boolean {
  const end = head.indexOf('\n')
  const line = end < 0 ? head : head.slice(0, end)
  const reader = createDocumentReader()
  for (const m of line.matchAll(/\}[ \t]{0,8}(?=\{)/g)) {
    try {
      if (reader.push(line.slice(0, m.index + 1)).length > 0) return true
    } catch {
      return false
    }
    break
  }
  return false
}
