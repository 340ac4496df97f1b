import type { OriginEntry } from '../../schemas/origin.js'
import { charsetBesideUtf8, isUtf8 } from './decode.js'

/** Bytes read as text, and where each of its characters (UTF-16 units) stands in them. */
export type ByteView = {
  readonly text: string
  /** First byte of a character. */
  readonly from: (i: number) => number
  /** Byte after it. */
  readonly to: (i: number) => number
  /** The byte at `offset` within a character, once the character is hidden. */
  readonly star: (offset: number) => number
}

const STAR = 0x2a
const asterisks = () => STAR

/** Text and places, written character by character. */
function collector(most: number) {
  const codes = new Uint16Array(most)
  const starts = new Uint32Array(most)
  let size = 0
  return {
    add: (code: number, start: number): void => {
      codes[size] = code
      starts[size++] = start
    },
    /** @param end  byte after the last character */
    view: (end: number, toOf?: (i: number) => number): ByteView => {
      const from = (i: number): number => starts[i] ?? end
      return {
        text: textOf(codes.subarray(0, size)),
        from,
        // Both halves of a surrogate pair are the same bytes.
        to: toOf ?? ((i) => (i + 1 >= size ? end : from(from(i + 1) === from(i) ? i + 2 : i + 1))),
        star: asterisks,
      }
    },
  }
}

function textOf(codes: Uint16Array): string {
  const parts: string[] = []
  for (let at = 0; at < codes.length; at += 8_192) parts.push(String.fromCharCode(...codes.subarray(at, at + 8_192)))
  return parts.join('')
}

/** What the bytes say in the character set of their origin, else in the one that they are valid in. What is valid in none is read byte by byte. */
export function textView(raw: string, charset: OriginEntry['charset']): ByteView {
  if (charset === 'latin1' || !/[\x80-\xff]/.test(raw)) return byteView(raw)
  const bytes = Buffer.from(raw, 'latin1')
  if (charset === 'gb18030') return byUnits(bytes, gb18030Unit)
  if (charset === 'shift_jis' || charset === 'euc-jp') return byUnits(bytes, JAPANESE[charset])
  if (charset !== undefined || isUtf8(bytes)) return byUnits(bytes, utf8Unit)
  const guess = charsetBesideUtf8(raw)
  if (guess === 'latin1') return byteView(raw)
  if (guess === 'shift_jis' || guess === 'euc-jp') return byUnits(bytes, JAPANESE[guess])
  return byUnits(bytes, guess === 'gb18030' ? gb18030Unit : utf8Unit)
}

const byteView = (raw: string): ByteView => ({ text: raw, from: (i) => i, to: (i) => i + 1, star: asterisks })

/** The character that begins at `at`: eight times its code point, and the number of its bytes. What begins none is one byte. */
type Unit = (bytes: Uint8Array, at: number) => number
const unitOf = (code: number, length: number): number => code * 8 + length

function byUnits(bytes: Uint8Array, unit: Unit): ByteView {
  const out = collector(bytes.length)
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] as number
    const read = byte < 0x80 ? unitOf(byte, 1) : unit(bytes, at)
    const code = Math.floor(read / 8)
    if (code > 0xffff) {
      out.add(0xd800 + ((code - 0x10000) >> 10), at)
      out.add(0xdc00 + ((code - 0x10000) & 0x3ff), at)
    } else out.add(code, at)
    at += read % 8
  }
  return out.view(bytes.length)
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

/** RFC 3629: no overlong forms, no surrogates. */
const utf8Unit: Unit = (bytes, at) => {
  const [a, b, c, d] = [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0]
  if (a >= 0xc2 && a <= 0xdf && isContinuation(b)) return unitOf(((a & 0x1f) << 6) | (b & 0x3f), 2)
  if (a >= 0xe0 && a <= 0xef && isContinuation(b) && isContinuation(c)) {
    const code = ((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f)
    if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) return unitOf(code, 3)
  }
  if (a >= 0xf0 && a <= 0xf4 && isContinuation(b) && isContinuation(c) && isContinuation(d)) {
    const code = ((a & 0x07) << 18) | ((b & 0x3f) << 12) | ((c & 0x3f) << 6) | (d & 0x3f)
    if (code >= 0x10000 && code <= 0x10ffff) return unitOf(code, 4)
  }
  return unitOf(a, 1)
}

const gb18030 = new TextDecoder('gb18030')
/** Code points of two-byte codes that have been met; 0 for none yet. The platform knows them, but telling one at a time is slow. */
const pairs = new Uint16Array(0x10000)

/** GB 18030-2005, section 5: two bytes, or four with digits in the second and fourth place. */
const gb18030Unit: Unit = (bytes, at) => {
  const [a, b, c, d] = [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0]
  const isLead = (byte: number) => byte >= 0x81 && byte <= 0xfe
  const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39
  if (isLead(a) && isDigit(b) && isLead(c) && isDigit(d))
    return unitOf(gb18030.decode(bytes.subarray(at, at + 4)).codePointAt(0) ?? a, 4)
  if (!isLead(a) || !((b >= 0x40 && b <= 0x7e) || (b >= 0x80 && b <= 0xfe))) return unitOf(a, 1)
  const pair = (a << 8) | b
  if (pairs[pair] === 0) pairs[pair] = gb18030.decode(bytes.subarray(at, at + 2)).charCodeAt(0)
  return unitOf(pairs[pair] as number, 2)
}

/** JIS X 0208, row 3: digits are 82 4F to 82 58 in Shift_JIS, A3 B0 to A3 B9 in EUC-JP. What else takes two bytes is nothing that is looked for. */
const japaneseUnit =
  (digits: number, isLead: (byte: number) => boolean): Unit =>
  (bytes, at) => {
    const [a, b] = [bytes[at] ?? 0, bytes[at + 1] ?? 0]
    if (!isLead(a) || b < 0x40) return unitOf(a, 1)
    const digit = ((a << 8) | b) - digits
    return unitOf(digit >= 0 && digit <= 9 ? FULL_WIDTH_ZERO + digit : OTHER, 2)
  }
const FULL_WIDTH_ZERO = 0xff10
const OTHER = 0x3013
const JAPANESE = {
  shift_jis: japaneseUnit(0x824f, (byte) => (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc)),
  'euc-jp': japaneseUnit(0xa3b0, (byte) => byte >= 0xa1 && byte <= 0xfe),
} as const

/** Two bytes a character, the low one first or last, from an even or an odd byte on: records are cut at line ends, and so between the two. */
export function wideView(raw: string, begin: 0 | 1, isLittle: boolean): ByteView {
  const out = collector(raw.length)
  for (let at = begin; at + 1 < raw.length; at += 2) {
    const [a, b] = [raw.charCodeAt(at), raw.charCodeAt(at + 1)]
    out.add(isLittle ? a | (b << 8) : (a << 8) | b, at)
  }
  const from = (i: number): number => begin + 2 * i
  const view = out.view(raw.length, (i) => from(i) + 2)
  return { ...view, star: (offset) => (offset === (isLittle ? 0 : 1) ? STAR : 0) }
}

/** The bytes without their zeros: ASCII in UTF-16 or UTF-32, in whatever order. */
export function withoutZeros(raw: string): ByteView {
  const out = collector(raw.length)
  for (let at = 0; at < raw.length; at++) {
    const byte = raw.charCodeAt(at)
    if (byte !== 0) out.add(byte, at)
  }
  const view = out.view(raw.length)
  return { ...view, to: (i) => view.from(i) + 1 }
}

/** The shortest account number has six bytes of two digits, wherever it begins. */
const MIN_PACKED = 6
const PACKED = '0123456789|||D||'
const isPacked = (byte: number): boolean => PACKED[byte >> 4] !== '|' && PACKED[byte & 15] !== '|'

/** Two digits a byte (ISO 8583 in binary; EMV tags 57 and 5A), each run of them by itself. `D` is the separator of track 2; nothing else is a digit. */
export function packedViews(raw: string): readonly ByteView[] {
  const views: ByteView[] = []
  for (let at = 0; at < raw.length; at++) {
    const begin = at
    while (at < raw.length && isPacked(raw.charCodeAt(at))) at++
    // Half a byte at either end may belong to it.
    if (at - begin >= MIN_PACKED) views.push(packedView(raw, Math.max(0, begin - 1), Math.min(raw.length, at + 1)))
  }
  return views
}

function packedView(raw: string, begin: number, end: number): ByteView {
  const nibbles: string[] = []
  for (let at = begin; at < end; at++) {
    const byte = raw.charCodeAt(at)
    nibbles.push(PACKED[byte >> 4] as string, PACKED[byte & 15] as string)
  }
  const from = (i: number): number => begin + (i >> 1)
  return { text: nibbles.join(''), from, to: (i) => from(i) + 1, star: asterisks }
}

/** Digits as EBCDIC writes them, code page 037: 0xF0 to 0xF9. */
export const EBCDIC_DIGITS = /[\xf0-\xf9](?:[\x40\x60]?[\xf0-\xf9]){12}/

export function ebcdicView(raw: string): ByteView {
  const text = raw.replace(/[\s\S]/g, (byte) => EBCDIC[byte.charCodeAt(0)] as string)
  return { text, from: (i) => i, to: (i) => i + 1, star: () => 0x5c }
}
const EBCDIC: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const high = byte >> 4
  const low = byte & 15
  if (high === 0xf && low <= 9) return String(low)
  // Rows 8 to A are the small letters, C to E the capitals.
  const letter = high < 8 ? undefined : { 8: 'abcdefghi', 9: 'jklmnopqr', 10: ' stuvwxyz' }[high & 0xb]?.[low - 1]
  if (letter !== undefined) return high >= 12 ? letter.toUpperCase() : letter
  return { 64: ' ', 75: '.', 96: '-', 97: '/', 107: ',', 109: '_', 122: ':', 126: '=' }[byte] ?? '|'
})
