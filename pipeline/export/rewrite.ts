import { isIPv4, isIPv6 } from 'node:net'
import type { Addresses } from './addresses.js'
import { contextsIn, type Kind, type Span } from './contexts.js'
import type { Names } from './names.js'
import { lower, type Pseudonyms } from './pseudonyms.js'
import { isReserved, isWellKnown, TOP_LEVEL } from './well-known.js'

/** What was replaced, for counting. */
export type Replaced = Kind | 'ip4' | 'ip6' | 'mac' | 'name' | 'email' | 'code'
export type Rewriting = {
  readonly names: Names
  readonly addresses: Addresses
  readonly pseudonyms: Pseudonyms
  /** Words that mean something, in lower case. */
  readonly isWord: (word: string) => boolean
  readonly onReplaced: (kind: Replaced, original: string, other: string) => void
  /** A value that a key before it gives away as a name. */
  readonly onNamed?: (value: string) => void
  /** A run of letters and digits that stays. */
  readonly onLeft?: (word: string) => void
}

/** Where something to replace may begin. */
const START = /[A-Za-z0-9]+|::(?=[0-9A-Fa-f])|[^\0-\x7f]/g
/** Clock times and ISO dates, with their fraction: digits that stay whatever id they look like. */
const TIME = /\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?![:\w])|\d{4}[-/]\d{2}[-/]\d{2}(?!\d)/y
const HEX_PAIRS =
  /(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5,31}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5,31}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})(?![0-9A-Za-z]|[:-][0-9A-Fa-f]{2}(?![0-9A-Za-z]))/y
const IP6 = /[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?/y
const IP4 = /\d{1,3}(?:\.\d{1,3}){3}(?!\d)/y
const REVERSED = /(\d{1,3}(?:\.\d{1,3}){3})\.in-addr\.arpa/iy
const EMAIL = /[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/y
const DOTTED = /[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,9}/y
const UUID = /[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])/y
const LONG_HEX = /(?=[0-9A-Fa-f]{0,400}?[A-Fa-f])(?=[0-9A-Fa-f]{0,400}?\d)[0-9A-Fa-f]{16,512}(?![0-9A-Za-z])/y
/** Keys, tokens and signatures in base 64. */
const LONG_CODE = /(?=[A-Za-z]{0,40}\d)(?=[A-Z\d]{0,40}[a-z])(?=[a-z\d]{0,40}[A-Z])[A-Za-z0-9]{24,512}(?![A-Za-z0-9])/y

/** Rewrites the text of a line. Card data must have been hidden before. `file`: number of the log among the input's. */
export function createRewriter(r: Rewriting): (text: string, file?: number) => string {
  const everywhere = byFirstWord(r.names.everywhere)
  const within = new Map([...r.names.within].map(([file, names]) => [file, byFirstWord(names)]))
  const replaced = (kind: Replaced, original: string, other: string): string => {
    if (other !== original) r.onReplaced(kind, original, other)
    return other
  }
  const name = (value: string, kind: Replaced = 'name'): string => replaced(kind, value, r.pseudonyms.of(value))

  const nameAt = (low: string, word: string, at: number, file: number | undefined): number => {
    for (const table of file === undefined ? [everywhere] : [everywhere, within.get(file)])
      for (const known of table?.get(word) ?? [])
        if (low.startsWith(known, at) && !(isAlnum(known.at(-1)) && isAlnum(low[at + known.length])))
          return known.length
    return 0
  }

  /** A name with dots, label by label. */
  const dotted = (text: string): string | undefined => {
    const labels = text.split('.')
    const low = labels.map(lower)
    const last = low.at(-1) as string
    const isPackage = TOP_LEVEL.has(low[0] as string) && labels.length > 2
    if (!isPackage && !isHostName(low.join('.'), last)) return undefined
    const owner = isPackage ? -1 : ownerOf(low)
    return labels
      .map((label, i) => {
        const word = low[i] as string
        const isOurs = isPackage
          ? i === 1 || r.names.everywhere.has(word)
          : i < labels.length - 1 || !TOP_LEVEL.has(last)
        const isKept =
          i === owner ? isReserved(word) : isWellKnown(word) || word.startsWith('_') || /^\d{1,2}$/.test(word)
        return isOurs && !isKept ? name(label) : label
      })
      .join('.')
  }
  const isHostName = (low: string, last: string): boolean => {
    for (let at = 0; at >= 0; at = low.indexOf('.', at + 1))
      if (r.names.domains.has(at === 0 ? low : low.slice(at + 1))) return true
    return TOP_LEVEL.has(last) && !/^\d/.test(last)
  }

  /** The value behind a key: whole, unless it is an address or a name with dots, which are replaced as such. */
  const value = (text: string, { kind }: Span): string | undefined => {
    if (kind === 'secret') return replaced(kind, text, '*'.repeat(text.length))
    if (
      /^\d{1,3}(?:\.\d{1,3}){3}|^[0-9a-f]*:[0-9a-f:]+$/i.test(text) ||
      (kind !== 'person' && /@|\.[A-Za-z]/.test(text))
    )
      return undefined
    if (r.isWord(lower(text))) return text
    r.onNamed?.(text)
    if (kind === 'person' || kind === 'part')
      return text.replace(/[A-Za-z0-9]+|[^\0-\x7f]+/g, (w) => (isWellKnown(lower(w)) ? w : name(w, kind)))
    return name(text, kind)
  }

  const structure = (text: string, at: number): { readonly end: number; readonly text: string } | undefined => {
    const sticky = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = at
      return pattern.exec(text)
    }
    const first = text[at] as string
    const is = (m: RegExpExecArray, out: string) => ({ end: at + m[0].length, text: out })
    if (/[0-9A-Fa-f:]/.test(first)) {
      const pairs = sticky(HEX_PAIRS)
      if (pairs) return is(pairs, hexPairs(pairs[0]))
      const time = sticky(TIME)
      if (time) return is(time, time[0])
      const ip6 = sticky(IP6)
      if (ip6 && isIPv6(ip6[0])) return is(ip6, replaced('ip6', ip6[0], r.addresses.ip6(lower(ip6[0]))))
      const reversed = sticky(REVERSED)
      if (reversed && isIPv4(reversed[1] as string)) {
        const other = r.addresses.ip4((reversed[1] as string).split('.').reverse().join('.'))
        return is(reversed, replaced('ip4', reversed[0], `${other.split('.').reverse().join('.')}.in-addr.arpa`))
      }
      const ip4 = sticky(IP4)
      // A number with more dots is an object's id or a version, unless the fifth part can be a port (BSD).
      if (
        ip4 &&
        isIPv4(ip4[0]) &&
        !/^(?:\.\d{1,5}){2,}/.test(text.slice(at + ip4[0].length, at + ip4[0].length + 16)) &&
        text[at - 1] !== '.'
      )
        return is(ip4, replaced('ip4', ip4[0], r.addresses.ip4(ip4[0])))
      const uuid = sticky(UUID)
      if (uuid) return is(uuid, replaced('code', uuid[0], r.pseudonyms.ofHex(uuid[0])))
      const hex = sticky(LONG_HEX)
      if (hex) return is(hex, replaced('code', hex[0], r.pseudonyms.ofHex(hex[0])))
    }
    if (!/\w/.test(first)) return undefined
    const code = sticky(LONG_CODE)
    if (code) return is(code, name(code[0], 'code'))
    const email = sticky(EMAIL)
    if (email) {
      const [user = '', host = ''] = email[0].split('@')
      return is(email, replaced('email', email[0], `${r.pseudonyms.of(user)}@${dotted(host) ?? host}`))
    }
    const names = sticky(DOTTED)
    const out = names && dotted(names[0])
    return names && out !== undefined && out !== null ? is(names, out) : undefined
  }
  const hexPairs = (text: string): string => {
    const sign = /[:.-]/.exec(text)?.[0] ?? ':'
    if (sign === '.') return replaced('mac', text, r.addresses.mac(text))
    const pairs = text.split(sign)
    // Netfilter writes both hardware addresses and the type of the frame.
    if (pairs.length === 14)
      return [...[pairs.slice(0, 6), pairs.slice(6, 12)].map((six) => mac(six.join(sign))), ...pairs.slice(12)].join(
        sign,
      )
    return pairs.length === 6 ? mac(text) : replaced('code', text, r.pseudonyms.ofHex(text))
  }
  const mac = (text: string): string => replaced('mac', text, r.addresses.mac(text))

  return (line, file) => {
    const text = withoutEscapes(line)
    const low = lower(text)
    const spans = contextsIn(text)
    let nextSpan = 0
    let out = ''
    let copied = 0
    START.lastIndex = 0
    const put = (from: number, to: number, other: string): void => {
      out += text.slice(copied, from) + other
      copied = to
      START.lastIndex = to
    }
    for (let m = START.exec(text); m !== null; m = START.exec(text)) {
      const at = m.index
      while (nextSpan < spans.length && (spans[nextSpan] as Span).to <= at) nextSpan++
      const span = spans[nextSpan]
      if (span && span.from <= at && at >= copied) {
        nextSpan++
        const other = value(text.slice(span.from, span.to), span)
        if (other !== undefined && span.from >= copied) {
          put(span.from, span.to, other)
          continue
        }
      }
      const known = nameAt(low, low.slice(at, at + m[0].length), at, file)
      // The longer of a whole name and of what it begins.
      const found = structure(text, at)
      if (known > 0 && (found === undefined || at + known >= found.end)) {
        put(at, at + known, name(text.slice(at, at + known)))
        continue
      }
      if (found) put(at, found.end, found.text)
      else if (r.onLeft && m[0].length > 3) r.onLeft(m[0])
    }
    return out + text.slice(copied)
  }
}

/** Which label says whose name it is: the one before `com`, or before `co.uk`. */
const ownerOf = (labels: readonly string[]): number => {
  const last = labels.length - 1
  const isTwofold =
    last > 1 &&
    (labels[last] as string).length === 2 &&
    /^(?:com?|net|org|gov|edu|ac)$/.test(labels[last - 1] as string)
  return TOP_LEVEL.has(labels[last] as string) ? last - (isTwofold ? 2 : 1) : -1
}

const isAlnum = (c: string | undefined): boolean => c !== undefined && /[A-Za-z0-9]/.test(c)

/** Names by the word they begin with, the longest first. */
function byFirstWord(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>()
  for (const name of names) {
    const word = /^(?:[a-z0-9]+|[^\0-\x7f])/.exec(name)?.[0]
    if (word === undefined) continue
    const list = table.get(word)
    if (list) list.push(name)
    else table.set(word, [name])
  }
  for (const list of table.values()) list.sort((a, b) => b.length - a.length)
  return table
}

/** A letter or digit written as a JSON escape is the same letter. */
const withoutEscapes = (text: string): string =>
  text.includes('\\u')
    ? text.replace(/(?<!\\)((?:\\\\)*)\\u([0-9A-Fa-f]{4})/g, (whole, before: string, code: string) => {
        const c = String.fromCharCode(Number.parseInt(code, 16))
        return /[A-Za-z0-9]|[^\0-\x7f\ud800-\udfff\u2028\u2029]/.test(c) ? before + c : whole
      })
    : text
