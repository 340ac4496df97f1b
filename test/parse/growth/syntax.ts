/** A regular expression as a tree, as far as the project's own use the language. Classes are sorted ranges of UTF-16 units. */
export type Ranges = readonly (readonly [from: number, to: number])[]
export type Tree =
  | { readonly kind: 'unit'; readonly ranges: Ranges }
  | { readonly kind: 'all'; readonly parts: readonly Tree[] }
  | { readonly kind: 'any'; readonly parts: readonly Tree[] }
  | {
      readonly kind: 'repeat'
      readonly part: Tree
      readonly min: number
      readonly max: number
      readonly isLazy: boolean
    }
  /** Holds at a place and takes nothing. */
  | { readonly kind: 'assert'; readonly of: Assertion }
  /** Holds only where the text begins. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'look'; readonly part: Tree; readonly isBehind: boolean; readonly isNegated: boolean }
export type Assertion = 'word edge' | 'no word edge' | 'end' | 'line begin' | 'line end'

const LAST = 0xffff
const DIGIT: Ranges = [[48, 57]]
const WORD: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const SPACE: Ranges = [
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
const NOT_END: Ranges = [
  [0, 9],
  [11, 12],
  [14, 0x2027],
  [0x202a, LAST],
]
export const EVERY: Ranges = [[0, LAST]]
const CONTROLS: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, '0': 0 }

/** @throws Error on syntax that the project's patterns do not use: flag v, back-references */
export function treeOf(pattern: RegExp): Tree {
  if (pattern.flags.includes('v')) throw new Error(`flags of ${pattern} are not supported`)
  const { source } = pattern
  let at = 0
  const unit = (ranges: Ranges): Tree => ({ kind: 'unit', ranges: pattern.ignoreCase ? bothCases(ranges) : ranges })

  function alternatives(): Tree {
    const parts = [sequence()]
    while (source[at] === '|') {
      at++
      parts.push(sequence())
    }
    return parts.length === 1 ? (parts[0] as Tree) : { kind: 'any', parts }
  }
  function sequence(): Tree {
    const parts: Tree[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(repeated(atom()))
    return { kind: 'all', parts }
  }
  function repeated(part: Tree): Tree {
    const m = /^(?:[?*+]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(source.slice(at, at + 24))
    if (!m) return part
    at += m[0].length
    const sign = m[0][0]
    const min = sign === '{' ? Number(m[1]) : sign === '+' ? 1 : 0
    const max = sign === '?' ? 1 : sign !== '{' || m[3] === '' ? Number.POSITIVE_INFINITY : Number(m[3] ?? m[1])
    return { kind: 'repeat', part, min, max, isLazy: m[0].length > 1 && m[0].endsWith('?') }
  }
  function atom(): Tree {
    const c = source[at++] as string
    if (c === '^') return pattern.multiline ? { kind: 'assert', of: 'line begin' } : { kind: 'begin' }
    if (c === '$') return { kind: 'assert', of: pattern.multiline ? 'line end' : 'end' }
    if (c === '.') return unit(pattern.dotAll ? EVERY : NOT_END)
    if (c === '(') return group()
    if (c === '[') return unit(set())
    if (c !== '\\') return unit(one(c.charCodeAt(0)))
    if (/[bB]/.test(source[at] as string))
      return { kind: 'assert', of: source[at++] === 'b' ? 'word edge' : 'no word edge' }
    // What was found before may come again: as long as one likes.
    if (/[1-9k]/.test(source[at] as string)) throw new Error(`back-reference in ${pattern} is not supported`)
    return unit(escaped())
  }
  function group(): Tree {
    const kind = /^\?(?:[:=!]|<[=!]|<[A-Za-z]\w*>)/.exec(source.slice(at, at + 64))?.[0] ?? ''
    at += kind.length
    const part = alternatives()
    at++
    if (!/^\?<?[=!]$/.test(kind)) return part
    return { kind: 'look', part, isBehind: kind.includes('<'), isNegated: kind.endsWith('!') }
  }
  function escaped(): Ranges {
    const c = source[at++] as string
    const named = { d: DIGIT, w: WORD, s: SPACE }[c.toLowerCase()]
    if (named && /[dws]/i.test(c)) return c === c.toLowerCase() ? named : without(named)
    const digits = c === 'u' ? 4 : c === 'x' ? 2 : 0
    if (digits > 0) {
      at += digits
      return one(Number.parseInt(source.slice(at - digits, at), 16))
    }
    if (/p/i.test(c)) {
      // A property of Unicode: it takes anything, which is more than it does.
      at = source.indexOf('}', at) + 1
      return EVERY
    }
    return one(CONTROLS[c] ?? c.charCodeAt(0))
  }
  function set(): Ranges {
    const isNegated = source[at] === '^'
    if (isNegated) at++
    const found: (readonly [number, number])[] = []
    while (source[at] !== ']') {
      const from = member()
      const isRange = source[at] === '-' && source[at + 1] !== ']' && from.length === 1 && from[0]?.[0] === from[0]?.[1]
      if (!isRange) {
        found.push(...from)
        continue
      }
      at++
      found.push([(from[0] as readonly [number, number])[0], (member()[0] as readonly [number, number])[1]])
    }
    at++
    const ranges = sorted(pattern.ignoreCase ? bothCases(found) : found)
    if (ranges[0]?.[0] === 0 && ranges[0][1] === LAST) return EVERY
    return isNegated ? without(ranges) : ranges
  }
  function member(): Ranges {
    const c = source[at++] as string
    if (c !== '\\') return one(c.charCodeAt(0))
    if (source[at] !== 'b') return escaped()
    at++
    return one(8)
  }

  const tree = alternatives()
  if (at !== source.length) throw new Error(`${pattern} is not understood at ${at}`)
  return tree
}

const one = (c: number): Ranges => [[c, c]]

function sorted(ranges: Ranges): Ranges {
  const found: [number, number][] = []
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = found.at(-1)
    if (before && from <= before[1] + 1) before[1] = Math.max(before[1], to)
    else found.push([from, to])
  }
  return found
}

function without(ranges: Ranges): Ranges {
  const found: [number, number][] = []
  let next = 0
  for (const [from, to] of sorted(ranges)) {
    if (from > next) found.push([next, from - 1])
    next = to + 1
  }
  if (next <= LAST) found.push([next, LAST])
  return found
}

/** Letters of ASCII in either case; beyond it the engine's own rules hold, which no loop of ours hangs on. */
function bothCases(ranges: Ranges): Ranges {
  const shifted = (low: number, high: number, by: number) =>
    ranges.flatMap(([from, to]): (readonly [number, number])[] => {
      const [a, b] = [Math.max(from, low), Math.min(to, high)]
      return a <= b ? [[a + by, b + by]] : []
    })
  return sorted([...ranges, ...shifted(65, 90, 32), ...shifted(97, 122, -32)])
}
