import { isBinary } from './decode.js'
import type { Block } from './format.js'
import { GLIB_HEAD } from './glib-head.js'
import { readHeader } from './header.js'
import { EXPORT_BEGINS } from './journald.js'
import { readTime } from './time.js'
import { beginsUntimed, indentOf } from './untimed.js'
import { leadOf, withoutLeads } from './wrapping.js'

/** Lines that can be read without their neighbours. Text is latin1: bytes, not characters. */
export type RawRecord = {
  readonly text: string
  readonly line: number
  readonly lines: number
  readonly truncated: boolean
}
export type Framer = {
  /** Takes one line; gives the records that it completes. */
  readonly push: (line: string, lineNumber: number) => readonly RawRecord[]
  readonly flush: () => readonly RawRecord[]
  readonly isOpen: () => boolean
  /** The record still open, as far as it goes. */
  readonly peek: () => RawRecord | undefined
}
export type FrameLimits = {
  readonly maxLines: number
  readonly maxBytes: number
}

/** Lines of a trace without times that are looked back through. */
const MOST_FRAMES = 200

export const FRAME_LIMITS: FrameLimits = { maxLines: 2_000, maxBytes: 256 * 1024 }

type Open = {
  parts: string[]
  line: number
  lines: number
  bytes: number
  truncated: boolean
  block: Block | undefined
  closed: boolean
  depth: number
}

/**
 * Lines of one log to records. A line with a time at its head, or the start of a format's block, opens a record; lines without
 * belong to the one before (stack traces, continuation lines). Past its limits a record is cut and the rest swallowed. Where no line of the log has
 * a time (`isUntimed`), every line that is not indented deeper than the last record's first opens one.
 */
export function createFramer(
  blocks: readonly Block[],
  limits: FrameLimits = FRAME_LIMITS,
  { isUntimed = false }: { readonly isUntimed?: boolean | undefined } = {},
): Framer {
  const startsAny = startOf(blocks)
  let open: Open | undefined
  /** The line as it came: what is read of it may begin further on. */
  let raw = ''

  const peek = (): RawRecord | undefined =>
    open && { text: open.parts.join('\n'), line: open.line, lines: open.lines, truncated: open.truncated }
  const close = (): RawRecord[] => {
    const record = peek()
    open = undefined
    return record ? [record] : []
  }
  const begin = (number: number, block: Block | undefined, depth = 0) => {
    const cut = raw.length > limits.maxBytes
    open = {
      parts: [cut ? raw.slice(0, limits.maxBytes) : raw],
      line: number,
      lines: 1,
      bytes: raw.length,
      truncated: cut,
      block,
      closed: false,
      depth,
    }
  }
  const append = (o: Open) => {
    o.lines++
    if (o.lines > limits.maxLines || o.bytes + raw.length > limits.maxBytes) o.truncated = true
    else {
      o.parts.push(raw)
      o.bytes += raw.length + 1
    }
  }

  const push = (whole: string, number: number): readonly RawRecord[] => {
    const lead = leadOf(whole)
    const line = lead === 0 ? whole : whole.slice(lead)
    raw = whole
    if (!/\S/.test(line)) {
      if (open && open.depth > 0) append(open)
      return []
    }
    if (open && open.depth > 0) {
      append(open)
      open.depth += braces(line)
      return open.depth <= 0 || open.lines > limits.maxLines ? close() : []
    }
    // The journal's export has a field a line, some of them times.
    if (open?.parts[0]?.startsWith(EXPORT_BEGINS) && !line.startsWith(EXPORT_BEGINS)) {
      append(open)
      return []
    }
    const unwrapped = /^[<A-Z0-9]/.test(line) ? readHeader(line) : undefined
    const body = unwrapped?.body ?? line
    // A syslog header is a head; one with a priority may be none to `isHead`.
    const isOpening = () =>
      isUntimed
        ? beginsUntimed(line, indentOf(withoutLeads(open?.parts[0] ?? line)), () =>
            (open?.parts ?? []).slice(-MOST_FRAMES).map(withoutLeads),
          )
        : (unwrapped !== undefined && line.charCodeAt(0) !== LESS_THAN) || isHead(line)
    if (open?.block) {
      const { starts, continues, ends, closes } = open.block
      const stays = closes !== undefined && !open.closed && continues?.test(body) === true
      if (stays || !starts.test(body)) {
        if (closes?.test(body)) open.closed = true
        if (ends?.test(body)) {
          append(open)
          return close()
        }
        const startsOther = ends === undefined && blocks.some((b) => b !== open?.block && b.starts.test(body))
        if (
          ends !== undefined ||
          continues?.test(body) ||
          !(startsOther || (continues === undefined && line.startsWith('{')) || isOpening())
        ) {
          append(open)
          return []
        }
      }
    }
    const block = startsAny.test(body) ? blocks.find((b) => b.starts.test(body)) : undefined
    if (block) {
      const done = close()
      begin(number, block)
      return block.ends?.test(body) ? [...done, ...close()] : done
    }
    const depth = line.startsWith('{') ? braces(line) : 0
    if (line.startsWith('{') || isOpening()) {
      const done = close()
      begin(number, undefined, Math.max(0, depth))
      return line.startsWith('{') && depth <= 0 ? [...done, ...close()] : done
    }
    // Noise after a good line must not take that line with it.
    if (open && !(isBinary(line) && !isBinary(open.parts[0] ?? ''))) {
      append(open)
      return []
    }
    const done = close()
    begin(number, undefined)
    return done
  }
  return joiningParts({ push, flush: close, isOpen: () => open !== undefined, peek }, limits)
}

/** A container engine's line that goes on in the next of its stream (`P`), or ends (`F`). Kubernetes, CRI logging format. */
const PART = /^(\d{4}-\d\d-\d\dT\S{8,30} std(?:out|err) )([PF])((?::[\w:]{1,40})? )/
const TEE = 84

/** Puts the parts of a long line together before anybody looks at it. Lines of both streams may lie between each other. */
function joiningParts(framer: Framer, limits: FrameLimits): Framer {
  const held = new Map<string, { text: string; readonly line: number; truncated: boolean }>()
  const release = (): RawRecord[] =>
    [...held].flatMap(([stream, { text, line }]) => {
      held.delete(stream)
      return framer.push(text, line)
    })
  const push = (line: string, number: number): readonly RawRecord[] => {
    const m = line.charCodeAt(10) === TEE ? PART.exec(line) : null
    if (!m) return held.size === 0 ? framer.push(line, number) : [...release(), ...framer.push(line, number)]
    const stream = (m[1] as string).slice(-7)
    const before = held.get(stream)
    if (m[2] === 'P') {
      if (!before)
        held.set(stream, { text: `${m[1]}F${line.slice((m[1] as string).length + 1)}`, line: number, truncated: false })
      else if (before.text.length + line.length <= limits.maxBytes) before.text += line.slice(m[0].length)
      else before.truncated = true
      return []
    }
    if (!before) return framer.push(line, number)
    held.delete(stream)
    const fits = before.text.length + line.length <= limits.maxBytes
    return framer.push(fits ? before.text + line.slice(m[0].length) : before.text, before.line)
  }
  return {
    push,
    flush: () => [...release(), ...framer.flush()],
    isOpen: () => held.size > 0 || framer.isOpen(),
    peek: () => {
      const [first] = held.values()
      return framer.peek() ?? (first && { text: first.text, line: first.line, lines: 1, truncated: first.truncated })
    },
  }
}

const LESS_THAN = 60
const HASH = 35
const PARENTHESIS = 40
const known = new WeakMap<readonly Block[], RegExp>()
/** Matches where one of the blocks may start. Framers come and go with the logs, the blocks stay. */
function startOf(blocks: readonly Block[]): RegExp {
  const isPlain = blocks.length > 0 && blocks.every((b) => b.starts.flags === '')
  const found = known.get(blocks) ?? new RegExp(isPlain ? blocks.map((b) => `(?:${b.starts.source})`).join('|') : '')
  known.set(blocks, found)
  return found
}

/**
 * What may stand before the time of a line: priority, brackets, a level word, comment marks of some programs, the letter of Ruby's Logger, the
 * rule that scripts draw before the date of what they print next (`### Tue Mar 17 …`, `===== 2026-03-17 …`).
 */
const LEAD =
  /^(?:<\d{1,3}>(?:\d )?)?(?:\[|\(|--|\* |[DIWEFA], \[|[DIWEF](?=\d{4}-\d\d-\d\d[ T]\d)|(?:#{2,12}|={2,12}|-{3,12}|\*{2,12}|>{2,8}|\+{2,8}) ?\[?)?(?:(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|SEVERE)[\s:|]{1,4}\[?)?/

/** A month in the language of a locale, in bytes of whatever charset: `10月 13, 2026 5:56`, `Okt. 13, 2026 5:56`. */
const LOCAL_MONTH = /^[\dA-Za-z\x80-\xff]{2,14}\.? {1,2}\d{1,2},? \d{4},? \d{1,2}:\d{2}(?!\d)/

function isHead(line: string): boolean {
  const lead = LEAD.exec(line)
  const at = lead?.[0].length ?? 0
  const c = line.charCodeAt(at)
  if ((c >= 48 && c <= 57) || (c >= 64 && c <= 90) || c > 127) {
    if (readTime(line, at)) return true
    if (at > 0 && readTime(line, 0)) return true
    // CLF and the like: the time stands behind an address.
    const clf = /^\S{2,60} \S{1,60} \S{1,60} \[/.exec(line)
    if (clf !== null && readTime(line, clf[0].length)) return true
  }
  const glib = line.charCodeAt(0) === PARENTHESIS || line.startsWith('** ') ? GLIB_HEAD.exec(line) : null
  if (glib && readTime(line, glib[0].length)) return true
  if (LOCAL_MONTH.test(line) || line.startsWith(EXPORT_BEGINS)) return true
  return hasDateBehindNames(line)
}

/** A word before the time: the name of a host, container, process or level, a sequence number; none of a sentence, no field of a dump. */
const NAME =
  /(?![A-Za-z][\w-]{0,40}:[\s|]|(?:at|in|on|of|to|for|from|since|until|after|before|by|than|and|is|was)\b)[\w.:/@#%*~+()[\]<>|-]{1,48}[ \t|]{1,20}/y
/** What may stand right before it: marks, or the name of its field. */
const MARKS = /[[(<"'*]{0,3}(?:[A-Za-z@_][\w.@]{0,24}[=:(]["']?)?/y
const MOST_NAMES = 2

/** A line of a program that nobody knows: one or two names, then a time with its date. Lines of a trace are indented, comments begin with `#`. */
function hasDateBehindNames(line: string): boolean {
  const first = line.charCodeAt(0)
  if (first <= 32 || first === HASH) return false
  for (let at = 0, names = 0; ; names++) {
    MARKS.lastIndex = at
    const marks = MARKS.exec(line)
    const time = marks && readTime(line, at + marks[0].length)
    if (time && (time.time.day !== undefined || (time.time.epochMs !== undefined && marks[0].endsWith('='))))
      return true
    NAME.lastIndex = at
    const name = names < MOST_NAMES ? NAME.exec(line) : null
    if (name === null) return false
    at += name[0].length
  }
}

/** Net depth of braces outside strings: a pretty-printed object is one record. */
function braces(line: string): number {
  let depth = 0
  let inString = false
  for (let i = 0; i < line.length; i++) {
    const c = line[i]
    if (inString) {
      if (c === '\\') i++
      else if (c === '"') inString = false
    } else if (c === '"') inString = true
    else if (c === '{') depth++
    else if (c === '}') depth--
  }
  return depth
}
