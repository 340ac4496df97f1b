import { requiredLiterals } from './required-literals.js'

/**
 * A regex behind a gate: it runs only on texts that contain what it needs. One pass over a text answers for all gates, so many patterns
 * cost little more than those that can match. The answers are the pattern's own.
 */
export type Gated = {
  readonly pattern: RegExp
  /** False only where the pattern cannot match. */
  readonly may: (text: string) => boolean
  readonly exec: (text: string) => RegExpExecArray | null
  readonly test: (text: string) => boolean
}

/** All there are. */
export const GATES: Gated[] = []

/** Literals of all gates, by the clauses that they fulfil. */
const clausesByLiteral = new Map<string, number[]>()
let clauseCount = 0
let automata: { readonly ascii: Automaton; readonly other: Automaton } | undefined
/** Clauses seen in the text looked at last carry its number. */
let seen = new Int32Array(0)
let number = 0
let last: string | undefined

export function gated(pattern: RegExp): Gated {
  const clauses = requiredLiterals(pattern).map(register)
  const may = (text: string): boolean => {
    if (text !== last || automata === undefined) look(text)
    for (const clause of clauses) if (seen[clause] !== number) return false
    return true
  }
  // One that needs nothing would only pay for the look.
  const isOpen = clauses.length === 0
  const gate: Gated = {
    pattern,
    may: isOpen ? () => true : may,
    exec: isOpen ? (text) => pattern.exec(text) : (text) => (may(text) ? pattern.exec(text) : null),
    test: isOpen ? (text) => pattern.test(text) : (text) => may(text) && pattern.test(text),
  }
  GATES.push(gate)
  return gate
}

function register(literals: readonly string[]): number {
  const clause = clauseCount++
  for (const literal of literals) {
    const clauses = clausesByLiteral.get(literal)
    if (clauses) clauses.push(clause)
    else clausesByLiteral.set(literal, [clause])
  }
  automata = undefined
  return clause
}

/** Finds what the text contains. What it found of the text before is forgotten. */
function look(text: string): void {
  automata ??= build()
  last = text
  if (++number === 0x7fffffff) {
    number = 1
    seen.fill(0)
  }
  if (automata.ascii.scan(text, seen, number)) automata.other.scan(text, seen, number)
}

function build(): NonNullable<typeof automata> {
  seen = new Int32Array(clauseCount)
  number = 0
  const all: Entry[] = [...clausesByLiteral]
  const isAscii = ([literal]: Entry) => [...literal].every((c) => c <= '\u007f')
  return { ascii: automatonOf(all.filter(isAscii)), other: automatonOf(all.filter((l) => !isAscii(l))) }
}

type Entry = readonly [literal: string, clauses: readonly number[]]
type Automaton = {
  /** Marks the clauses that the text fulfils. @returns whether it holds a character beyond ASCII */
  readonly scan: (text: string, marks: Int32Array, mark: number) => boolean
}

/** Aho and Corasick, "Efficient string matching" (1975), as a full table: one look-up a character. Letters of ASCII match in either case. */
function automatonOf(literals: readonly Entry[]): Automaton {
  const classes = new Uint16Array(65_536)
  let classCount = 1
  for (const [literal] of literals)
    for (let i = 0; i < literal.length; i++) {
      const c = literal.charCodeAt(i)
      if (classes[c] !== 0) continue
      classes[c] = classCount
      if (c >= 97 && c <= 122) classes[c - 32] = classCount
      classCount++
    }
  const { next, found } = tableOf(literals, classes, classCount)
  return {
    scan: (text, marks, mark) => {
      let state = 0
      let bits = 0
      for (let i = 0; i < text.length; i++) {
        const c = text.charCodeAt(i)
        bits |= c
        state = next[state + (classes[c] as number)] as number
        const at = next[state + classCount] as number
        if (at > 0) for (const clause of found[at] as readonly number[]) marks[clause] = mark
      }
      return bits > 127
    },
  }
}

/**
 * A state is the place of its row, so that a step is one addition. The row's last cell says which entry of `found` lists the clauses that
 * the literals ending here fulfil; 0 is none.
 */
function tableOf(literals: readonly Entry[], classes: Uint16Array, classCount: number) {
  const width = classCount + 1
  const most = 1 + literals.reduce((sum, [literal]) => sum + literal.length, 0)
  const next = new Int32Array(most * width).fill(-1)
  const own = new Map<number, readonly number[]>()
  let end = width
  for (const [literal, clauses] of literals) {
    let state = 0
    for (let i = 0; i < literal.length; i++) {
      const at = state + (classes[literal.charCodeAt(i)] as number)
      if (next[at] === -1) {
        next[at] = end
        end += width
      }
      state = next[at] as number
    }
    own.set(state, clauses)
  }
  const found: (readonly number[])[] = [[]]
  const failure = new Map<number, number>()
  const queue = [0]
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] as number
    const back = failure.get(state) ?? 0
    const inherited = state === 0 ? [] : (found[next[back + classCount] as number] ?? [])
    const all = [...new Set([...(own.get(state) ?? []), ...inherited])]
    next[state + classCount] = all.length === 0 ? 0 : found.push(all) - 1
    for (let c = 0; c < classCount; c++) {
      const child = next[state + c] as number
      const fallback = state === 0 ? 0 : (next[back + c] as number)
      if (child === -1) next[state + c] = fallback
      else {
        failure.set(child, fallback)
        queue.push(child)
      }
    }
  }
  return { next: next.slice(0, end), found }
}
