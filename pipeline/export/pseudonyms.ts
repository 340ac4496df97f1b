import { mask } from '../parse/mask.js'
import type { Keyed } from './keyed.js'

/** Other names for names, one for each, of the same length and with letters, digits and signs in the same places. */
export type Pseudonyms = {
  /** The same for every spelling in capitals or not; capitals stay where they were. */
  readonly of: (value: string) => string
  /** The same, but letters stay hexadecimal ones. */
  readonly ofHex: (value: string) => string
}

/** Neither vowels, so that no word comes out, nor letters of hexadecimal numbers, of units (`h m s k`) and of times (`T Z`). */
const PLAIN = 'gjlnpqrvwy'
const ALL = 'abcdefghijklmnopqrstuvwxyz'
const HEX = 'abcdef'
const HAN = '甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥'
/** So many tries for a name that is none of the input's, and so many for one that is only free. */
const TRIES = 64
const MORE_TRIES = 4_096
/** Well-known words in a name stay if so many characters beside them can differ. */
const ENOUGH = 4

/**
 * @param taken  the input's own names in lower case: none of them is given to another while there are others
 * @param isWord  words that mean something, in lower case: no name becomes one, and they stay in a name where the rest tells enough apart
 */
export function createPseudonyms(
  ask: Keyed,
  taken: ReadonlySet<string>,
  isWord: (word: string) => boolean,
): Pseudonyms {
  const given = new Map<string, string>()
  const owners = new Map<string, string>()

  const find = (key: string, isHex: boolean): string => {
    if (!/[\p{L}\p{N}]/u.test(key)) return key
    const keep = isHex ? new Set<number>() : keptPlaces(key, isWord)
    for (let n = 0; n < MORE_TRIES; n++) {
      const letters = isHex ? HEX : n < TRIES / 2 ? PLAIN : ALL
      const candidate = write(key, letters, keep, (block) => ask(`name:${n}:${block}:${key}`))
      const owner = owners.get(candidate)
      if (owner !== undefined && owner !== key) continue
      if (n < TRIES && (taken.has(candidate) || isWord(candidate))) continue
      // Every tenth long number looks like a card's: then it would be masked where it is read.
      if (candidate.length >= 13 && mask(candidate) !== candidate && mask(key) === key) continue
      owners.set(candidate, key)
      return candidate
    }
    // All names of this shape are given away.
    return `${key.replace(/[\p{L}\p{N}]/gu, 'x')}${owners.size}`
  }
  const give = (value: string, isHex: boolean): string => {
    const key = lower(value)
    const known = given.get(key) ?? find(key, isHex)
    given.set(key, known)
    return [...known].map((c, i) => (isUpper(value[i] ?? '') ? c.toUpperCase() : c)).join('')
  }
  return { of: (value) => give(value, false), ofHex: (value) => give(value, true) }
}

/** ASCII only, so that every character stays in its place. */
export const lower = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase())
const isUpper = (c: string): boolean => c >= 'A' && c <= 'Z'

/** Where well-known words of a name stand, if the rest has enough characters. */
function keptPlaces(key: string, isWord: (word: string) => boolean): ReadonlySet<number> {
  const keep = new Set<number>()
  for (const m of key.matchAll(/[a-z]+/g)) if (isWord(m[0])) for (let i = 0; i < m[0].length; i++) keep.add(m.index + i)
  const rest = [...key.matchAll(/[\p{L}\p{N}]/gu)].filter((m) => !keep.has(m.index))
  return rest.length >= ENOUGH ? keep : new Set()
}

function write(key: string, letters: string, keep: ReadonlySet<number>, bytes: (block: number) => Buffer): string {
  let out = ''
  let block = bytes(0)
  for (let i = 0; i < key.length; i++) {
    if (i > 0 && i % block.length === 0) block = bytes(i / block.length)
    const c = key[i] as string
    const chance = block[i % block.length] as number
    if (keep.has(i)) out += c
    // A number keeps whether it begins with a zero: in JSON one without quotes must not.
    else if (c >= '0' && c <= '9') out += isDigit(key[i - 1]) ? chance % 10 : c === '0' ? '0' : 1 + (chance % 9)
    else if (/\p{Script=Han}/u.test(c)) out += HAN[chance % HAN.length]
    else out += /\p{L}/u.test(c) ? letters[chance % letters.length] : c
  }
  return out
}
const isDigit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9'
