/**
 * What a text must contain for a regex to match it: every clause, and of a clause at least one of its literals. Letters are in lower case,
 * to be looked for without regard to case. A clause too weak to be worth a look is left out; no clause at all says nothing.
 */
export type Clauses = readonly (readonly string[])[]

/** What is known of a part of a pattern: all the texts that it can match, if they are few, else clauses. */
type Part = { readonly exact: readonly string[] | undefined; readonly clauses: Clauses }

const MAX_EXACT = 256
const MAX_REPEAT = 3
const MAX_LENGTH = 40
const NOTHING: Part = { exact: undefined, clauses: [] }
const EMPTY: Part = { exact: [''], clauses: [] }

/**
 * Derives them from the pattern itself, so a pattern that is changed cannot get out of step with them. Look-arounds count as nothing.
 * @throws Error on syntax that the project's patterns do not use: sets and properties of the u and v flags, back-references
 */
export function requiredLiterals(pattern: RegExp): Clauses {
  if (/[uv]/.test(pattern.flags)) throw new Error(`flags of ${pattern} are not supported`)
  const reader = { source: pattern.source, at: 0, ignoreCase: pattern.ignoreCase }
  const whole = readAlternatives(reader)
  if (reader.at !== reader.source.length) throw new Error(`${pattern} is not understood at ${reader.at}`)
  return clausesOf(whole)
    .filter((c) => c.every(isTelling))
    .map(shortest)
}

/** One letter or digit is in nearly every line. */
const isTelling = (literal: string): boolean => literal.length > 1 || !/[a-z0-9\s]/.test(literal)
/** What contains another literal of the clause adds nothing. */
const shortest = (clause: readonly string[]): string[] => {
  const all = [...new Set(clause)]
  return all.filter((l) => !all.some((other) => other !== l && l.includes(other)))
}

type Reader = { readonly source: string; at: number; readonly ignoreCase: boolean }

function readAlternatives(r: Reader): Part {
  const parts = [readSequence(r)]
  while (r.source[r.at] === '|') {
    r.at++
    parts.push(readSequence(r))
  }
  if (parts.length === 1) return parts[0] as Part
  if (parts.every((p) => p.exact)) {
    const exact = [...new Set(parts.flatMap((p) => p.exact ?? []))]
    return exact.length <= MAX_EXACT
      ? { exact, clauses: [] }
      : { exact: undefined, clauses: clausesOf({ exact, clauses: [] }) }
  }
  const best = parts.map((p) => strongest(clausesOf(p)))
  return { exact: undefined, clauses: best.every((b) => b !== undefined) ? [best.flat() as string[]] : [] }
}

const clausesOf = ({ exact, clauses }: Part): Clauses =>
  exact === undefined ? clauses : exact.every((l) => l !== '') ? [exact] : []
const least = (clause: readonly string[]): number => Math.min(...clause.map((l) => l.length))
const strongest = (clauses: Clauses): readonly string[] | undefined =>
  [...clauses].sort((a, b) => least(b) - least(a) || a.length - b.length)[0]

function readSequence(r: Reader): Part {
  const clauses: (readonly string[])[] = []
  let run: readonly string[] = ['']
  let isExact = true
  const flush = (next: readonly string[]) => {
    clauses.push(...clausesOf({ exact: run, clauses: [] }))
    run = next
    isExact = false
  }
  while (r.at < r.source.length && r.source[r.at] !== '|' && r.source[r.at] !== ')') {
    const part = repeated(r, readAtom(r))
    if (!part.exact) {
      flush([''])
      clauses.push(...part.clauses)
    } else if (run.length * part.exact.length > MAX_EXACT || longest(run) + longest(part.exact) > MAX_LENGTH)
      flush(part.exact)
    else run = crossed(run, part.exact)
  }
  if (isExact) return { exact: run, clauses: [] }
  flush([''])
  return { exact: undefined, clauses }
}

const longest = (literals: readonly string[]): number => Math.max(...literals.map((l) => l.length))
const crossed = (a: readonly string[], b: readonly string[]): string[] => [
  ...new Set(a.flatMap((x) => b.map((y) => x + y))),
]

/** The part with the quantifier that follows it, if one does. */
function repeated(r: Reader, part: Part): Part {
  const m = /^(?:[?*+]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(r.source.slice(r.at, r.at + 16))
  if (!m) return part
  r.at += m[0].length
  const sign = m[0][0]
  const min = sign === '{' ? Number(m[1]) : sign === '+' ? 1 : 0
  const max = sign === '?' ? 1 : sign !== '{' || m[3] === '' ? Number.POSITIVE_INFINITY : Number(m[3] ?? m[1])
  const exact = part.exact && max <= MAX_REPEAT ? times(part.exact, min, max) : undefined
  if (exact) return { exact, clauses: [] }
  return min === 0 ? NOTHING : { exact: undefined, clauses: clausesOf(part) }
}

/** All texts of so many repeats; undefined if they are too many. */
function times(exact: readonly string[], min: number, max: number): readonly string[] | undefined {
  let run: readonly string[] = ['']
  const all = new Set<string>(min === 0 ? run : [])
  for (let n = 1; n <= max; n++) {
    if (run.length * exact.length > MAX_EXACT || longest(run) + longest(exact) > MAX_LENGTH) return undefined
    run = crossed(run, exact)
    if (n >= min) for (const literal of run) all.add(literal)
  }
  return all.size <= MAX_EXACT ? [...all] : undefined
}

function readAtom(r: Reader): Part {
  const c = r.source[r.at++] as string
  if (c === '(') return readGroup(r)
  if (c === '[') return readSet(r)
  if (c === '^' || c === '$') return EMPTY
  if (c === '.') return NOTHING
  if (c === '\\') return readEscape(r)
  return literal(r, c)
}

const literal = (r: Reader, c: string): Part => {
  const isCased = c.toLowerCase() !== c.toUpperCase()
  // Beyond ASCII the engine's own rules of case would have to be followed.
  if (isCased && c > '\u007f' && r.ignoreCase) return NOTHING
  return { exact: [foldAscii(c)], clauses: [] }
}
const foldAscii = (c: string): string => (c >= 'A' && c <= 'Z' ? c.toLowerCase() : c)

function readGroup(r: Reader): Part {
  const kind = /^\?(?:[:=!]|<[=!]|<[A-Za-z]\w*>)/.exec(r.source.slice(r.at, r.at + 64))?.[0] ?? ''
  r.at += kind.length
  const inner = readAlternatives(r)
  r.at++
  return /^\?<?[=!]$/.test(kind) ? EMPTY : inner
}

const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', '0': '\0' }

function readEscape(r: Reader): Part {
  const c = r.source[r.at++] as string
  if (c === 'b' || c === 'B') return EMPTY
  if (/[dDwWsS]/.test(c)) return NOTHING
  return literal(r, escaped(r, c))
}

/** The character that an escape stands for. */
function escaped(r: Reader, c: string): string {
  const digits = c === 'u' ? 4 : c === 'x' ? 2 : 0
  if (digits > 0) {
    const code = r.source.slice(r.at, r.at + digits)
    r.at += digits
    return String.fromCharCode(Number.parseInt(code, 16))
  }
  if (/[1-9kpPc]/.test(c)) throw new Error(`\\${c} in ${r.source} is not supported`)
  return CONTROLS[c] ?? c
}

const MAX_SET = 8

/** A set of a few characters counts as those; a range, a class or a negation as anything. */
function readSet(r: Reader): Part {
  const found: Part[] = []
  let isOpen = r.source[r.at] === '^'
  for (let c = r.source[r.at++] as string; c !== ']'; c = r.source[r.at++] as string) {
    if (c === '\\') {
      const e = r.source[r.at++] as string
      if (/[dDwWsSbB]/.test(e)) isOpen = true
      else found.push(literal(r, escaped(r, e)))
    } else if (c === '-' && found.length > 0 && r.source[r.at] !== ']') isOpen = true
    else found.push(literal(r, c))
  }
  const exact = [...new Set(found.flatMap((p) => p.exact ?? []))]
  const isFew = !isOpen && found.every((p) => p.exact) && exact.length <= MAX_SET && exact.length > 0
  return isFew ? { exact, clauses: [] } : NOTHING
}
