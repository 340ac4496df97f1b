import { isIP } from 'node:net'
import { RE2JS } from 're2js'
import type { Where } from '../../schemas/rule.js'
import { gated } from '../parse/gate.js'

export type Get = (field: string) => unknown
export type Test = (get: Get) => boolean

/** A condition that cannot be compiled; `path` is the key it stands under. */
export class SigmaError extends Error {
  constructor(
    message: string,
    readonly path: string,
  ) {
    super(message)
  }
}

type Scalar = string | number | boolean | null
type Match = (value: unknown) => boolean

const PLAIN_MODIFIERS = new Set([
  'contains',
  'startswith',
  'endswith',
  'all',
  're',
  'cased',
  'exists',
  'cidr',
  'gt',
  'gte',
  'lt',
  'lte',
  'neq',
  'fieldref',
  'i',
  'm',
  's',
])

/**
 * Compiles Sigma field conditions (Sigma specification 2.1, rules appendix, modifiers): a map is "and", a list of values or of maps is "or". Values match
 * without regard to case unless `cased`; `*` and `?` are wildcards; `null` means absent; a list field matches if any element does.
 * @throws SigmaError with the key
 */
export function compileWhere(where: Where): Test {
  if (Array.isArray(where)) {
    const tests = where.map((w) => compileWhere(w))
    return (get) => tests.some((t) => t(get))
  }
  const tests = Object.entries(where).map(([key, value]) => compileField(key, value as Scalar | Scalar[]))
  return tests.length === 1 ? (tests[0] as Test) : (get) => tests.every((t) => t(get))
}

/** Fields a condition reads, for checks of names. */
export const fieldsOf = (where: Where): string[] =>
  Array.isArray(where) ? where.flatMap(fieldsOf) : Object.keys(where).map((k) => k.split('|')[0] as string)

function compileField(key: string, value: Scalar | Scalar[]): Test {
  const [field = '', ...modifiers] = key.split('|')
  for (const m of modifiers)
    if (!PLAIN_MODIFIERS.has(m))
      throw new SigmaError(`no modifier "${m}"; known: ${[...PLAIN_MODIFIERS].join(', ')}`, key)
  const has = (m: string) => modifiers.includes(m)
  const values = Array.isArray(value) ? value : [value]
  if (has('exists')) {
    if (values.length !== 1 || typeof values[0] !== 'boolean') throw new SigmaError('exists takes true or false', key)
    const wanted = values[0]
    return (get) => isPresent(get(field)) === wanted
  }
  if (has('all') && values.length < 2) throw new SigmaError('all needs two or more values', key)
  if (has('fieldref')) {
    const others = values.map(String)
    return (get) =>
      others.some((o) => isPresent(get(field)) && String(get(field)).toLowerCase() === String(get(o)).toLowerCase())
  }
  const matches = values.map((v) => compileValue(v, modifiers, key))
  const negated = has('neq')
  const combine = has('all')
    ? (v: unknown) => matches.every((m) => anyElement(v, m))
    : (v: unknown) => matches.some((m) => anyElement(v, m))
  const holds = has('contains') && !has('re') && !has('all') ? behindGate(values, combine) : combine
  return negated ? (get) => !holds(get(field)) : (get) => holds(get(field))
}

/** Many words to look for in a text: one pass over it, shared with all other patterns, tells whether any can be there. */
function behindGate(values: readonly Scalar[], combine: (v: unknown) => boolean): (v: unknown) => boolean {
  const words = values.map(String)
  if (words.some((w) => w.length < 3 || /[*?\\]/.test(w))) return combine
  const gate = gated(new RegExp(words.map((w) => w.replace(/[.+^${}()|[\]/-]/g, '\\$&')).join('|'), 'i'))
  return (v) => (typeof v === 'string' ? gate.may(v) && combine(v) : combine(v))
}

const isPresent = (v: unknown): boolean => v !== undefined && v !== null
const anyElement = (v: unknown, match: Match): boolean => (Array.isArray(v) ? v.some(match) : match(v))

function compileValue(value: Scalar, modifiers: readonly string[], key: string): Match {
  const has = (m: string) => modifiers.includes(m)
  if (value === null) return (v) => !isPresent(v)
  for (const op of ['gt', 'gte', 'lt', 'lte'] as const) {
    if (!has(op)) continue
    const bound = Number(value)
    if (typeof value === 'boolean' || value === '' || Number.isNaN(bound))
      throw new SigmaError(`${op} needs a number, not "${value}"`, key)
    return (v) => {
      if (!isPresent(v) || typeof v === 'boolean' || v === '') return false
      const n = Number(v)
      return op === 'gt' ? n > bound : op === 'gte' ? n >= bound : op === 'lt' ? n < bound : n <= bound
    }
  }
  if (has('cidr')) return compileCidr(String(value), key)
  if (has('re')) return compileRegex(String(value), modifiers, key)
  if (typeof value === 'boolean') return (v) => v === value || String(v).toLowerCase() === String(value)
  const cased = has('cased')
  const fold = (s: string) => (cased ? s : s.toLowerCase())
  const text = fold(String(value))
  const { pattern, isPlain, literal } = wildcards(text)
  const open = { start: has('contains') || has('endswith'), end: has('contains') || has('startswith') }
  if (isPlain) {
    if (open.start && open.end) return (v) => isPresent(v) && fold(String(v)).includes(literal)
    if (open.end) return (v) => isPresent(v) && fold(String(v)).startsWith(literal)
    if (open.start) return (v) => isPresent(v) && fold(String(v)).endsWith(literal)
    return cased ? (v) => isPresent(v) && String(v) === literal : equals(literal)
  }
  const parts = [...(open.start ? ['*' as const] : []), ...pattern, ...(open.end ? ['*' as const] : [])]
  return (v) => isPresent(v) && glob(fold(String(v)), parts)
}

/**
 * Equality without regard to case, which nearly all conditions ask for, of nearly all events in vain. What becomes ASCII in small letters was
 * as long before, so a text of another length need not be folded.
 */
function equals(literal: string): Match {
  const isAscii = /^\p{ASCII}*$/u.test(literal)
  return (v) => {
    if (v === literal) return true
    if (!isPresent(v)) return false
    const text = String(v)
    return (!isAscii || text.length === literal.length) && text.toLowerCase() === literal
  }
}

type Piece = '*' | '?' | { readonly text: string }

/** `*` any run, `?` one character, `\` escapes either and itself. */
function wildcards(text: string): { pattern: Piece[]; isPlain: boolean; literal: string } {
  const pattern: Piece[] = []
  let run = ''
  const flush = () => {
    if (run !== '') pattern.push({ text: run })
    run = ''
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (c === '\\' && /[*?\\]/.test(text[i + 1] ?? '')) run += text[++i]
    else if (c === '*' || c === '?') {
      flush()
      pattern.push(c)
    } else run += c
  }
  flush()
  const isPlain = pattern.every((p) => typeof p === 'object')
  return { pattern, isPlain, literal: pattern.map((p) => (typeof p === 'object' ? p.text : '')).join('') }
}

/** Greedy matching with one point of return per `*`: at most pattern times text steps. */
function glob(text: string, pieces: readonly Piece[]): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length || p < pieces.length) {
    const piece = pieces[p]
    if (piece === '*') {
      star = p++
      resume = t
      continue
    }
    if (piece === '?' && t < text.length) {
      p++
      t++
      continue
    }
    if (piece !== undefined && typeof piece === 'object' && text.startsWith(piece.text, t)) {
      p++
      t += piece.text.length
      continue
    }
    if (star < 0 || resume >= text.length) return false
    p = star + 1
    t = ++resume
  }
  return true
}

/** Regexes run on RE2's algorithm: linear in the text, no look-around, no back-references, as Sigma asks. */
function compileRegex(source: string, modifiers: readonly string[], key: string): Match {
  let flags = 0
  if (modifiers.includes('i')) flags |= RE2JS.CASE_INSENSITIVE
  if (modifiers.includes('m')) flags |= RE2JS.MULTILINE
  if (modifiers.includes('s')) flags |= RE2JS.DOTALL
  try {
    const compiled = RE2JS.compile(source, flags)
    return (v) => isPresent(v) && compiled.matcher(String(v)).find()
  } catch (error) {
    throw new SigmaError(`regex does not compile: ${error instanceof Error ? error.message : String(error)}`, key)
  }
}

function compileCidr(text: string, key: string): Match {
  const [base = '', bits] = text.split('/')
  const family = isIP(base)
  const size = family === 4 ? 32 : 128
  const length = bits === undefined ? size : Number(bits)
  if (family === 0 || !Number.isInteger(length) || length < 0 || length > size)
    throw new SigmaError(`"${text}" is no network`, key)
  const mask = (n: bigint) => n >> BigInt(size - length)
  const wanted = mask(toBigInt(base))
  return (v) => typeof v === 'string' && isIP(v) === family && mask(toBigInt(v)) === wanted
}

function toBigInt(ip: string): bigint {
  if (!ip.includes(':')) return ip.split('.').reduce((n, b) => (n << 8n) + BigInt(b), 0n)
  const plain = ip.replace(
    /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/,
    (_, a, b, c, d) => `${((Number(a) << 8) + Number(b)).toString(16)}:${((Number(c) << 8) + Number(d)).toString(16)}`,
  )
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...middle, ...right].reduce((n, g) => (n << 16n) + BigInt(`0x${g || '0'}`), 0n)
}
