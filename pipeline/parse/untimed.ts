import { plus, type WallTime } from './time.js'

/** Past this size a log without times is no paste. */
export const UNTIMED_BYTES = 256 * 1024
/** A day that nobody takes for a real one. */
const START_MS = Date.UTC(2000, 0, 1, 12)
/** Near enough that a paste's lines all count as of one time. */
const STEP_MS = 10

const START: WallTime = { epochMs: START_MS, hour: 12, minute: 0, second: 0, ms: 0 }

/** The time of a line in a log where no line has one: its place, behind the last time of the logs beside it where they are of one moment. */
export const assumedTime = (line: number, beside: WallTime = START): WallTime => plus(beside, line * STEP_MS)

/**
 * What goes on with the line before though nothing says when: frames and causes of a trace, closing brackets, a caret under the fault, words of
 * Python between two traces.
 */
const GOES_ON =
  /^(?:at [\w$.<]|\.{3} ?\d{1,6} (?:more|common)|Caused by: |Suppressed: |[}\])]|\^\s*$|During handling of the above|The above exception|Traceback \(most recent call last\):)/

/** What was raised, below the frames of Python. */
const RAISED = /^[A-Za-z_][\w.]{1,120}(?::|$)/

/** Whether the lines of a record end within the frames of a Python trace, which another line must close. */
function isInTrace(parts: readonly string[]): boolean {
  const indent = indentOf(parts.at(-1) ?? '')
  if (indent === 0) return false
  const at = parts.findLastIndex(
    (part) => indentOf(part) < indent && part.includes('Traceback (most recent call last):'),
  )
  return at >= 0 && parts.slice(at + 1).every((part) => indentOf(part) > indentOf(parts[at] ?? ''))
}

/**
 * Whether a line of a log without times begins a record: it is indented no deeper than the line that began the last one.
 * @param indent  of that line
 * @param lastLines  those before this one, as far as a trace may go
 */
export function beginsUntimed(line: string, indent: number, lastLines: () => readonly string[]): boolean {
  const own = indentOf(line)
  if (own > indent) return false
  const text = own === 0 ? line : line.slice(own)
  return !GOES_ON.test(text) && !(RAISED.test(text) && isInTrace(lastLines()))
}

export function indentOf(line: string): number {
  let n = 0
  while (line.charCodeAt(n) === 32 || line.charCodeAt(n) === 9) n++
  return n
}

/** The program that a line names at its head where a syslog header has lost its time: `kernel: …`, `postfix/smtp[143]: …`. */
const PROGRAM = /^(?:(kernel)|([A-Za-z][\w./@+-]{1,63})\[(\d{1,10})\]): (?=\S)/

/** @returns undefined where the line names none */
export function readProgram(text: string): { program: string; pid?: number; body: string } | undefined {
  const m = PROGRAM.exec(text)
  if (!m) return undefined
  const name = m[1] ?? m[2] ?? ''
  return {
    program: name.slice(name.lastIndexOf('/') + 1),
    ...(m[3] !== undefined && { pid: Number(m[3]) }),
    body: text.slice(m[0].length),
  }
}
