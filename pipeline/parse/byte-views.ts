import type { OriginEntry } from '../../schemas/origin.js'

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
const gb18030 = new TextDecoder('gb18030')
const utf8 = new TextDecoder('utf-8', { fatal: true })
const strictGb18030 = new TextDecoder('gb18030', { fatal: true })

/** What the bytes say in the character set of their origin, else in the one that they are valid in. What is valid in none is read byte by byte. */
export function textView(raw: string, charset: OriginEntry['charset']): ByteView {
  if (charset === 'latin1' || !/[\x80-\xff]/.test(raw)) return byteView(raw)
  if (charset === 'gb18030') return byUnits(raw, gb18030Unit)
  const bytes = Buffer.from(raw, 'latin1')
  const isValid = (decoder: { decode(bytes: Uint8Array): string }): boolean => {
    try {
      decoder.decode(bytes)
      return true
    } catch {
      return false
    }
  }
  return byUnits(raw, isValid(utf8) || charset !== undefined || !isValid(strictGb18030) ? utf8Unit : gb18030Unit)
}

const byteView = (raw: string): ByteView => ({ text: raw, from: (i) => i, to: (i) => i + 1, star: asterisks })

/** One character at `at`: its text and its length in bytes. */
type Unit = (raw: string, at: number) => readonly [text: string, bytes: number]

function byUnits(raw: string, unit: Unit): ByteView {
  const starts: number[] = []
  let text = ''
  for (let at = 0; at < raw.length; ) {
    const [char, bytes] = raw.charCodeAt(at) < 0x80 ? ([raw[at] as string, 1] as const) : unit(raw, at)
    for (let i = 0; i < char.length; i++) starts.push(at)
    text += char
    at += bytes
  }
  const endOf = (i: number): number => {
    const start = starts[i] as number
    // Both halves of a surrogate pair are the same bytes.
    return (starts[i + 1] === start ? starts[i + 2] : starts[i + 1]) ?? raw.length
  }
  return { text, from: (i) => starts[i] as number, to: endOf, star: asterisks }
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

/** RFC 3629: no overlong forms, no surrogates. */
const utf8Unit: Unit = (raw, at) => {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => raw.charCodeAt(at + i)) as [number, number, number, number]
  if (a >= 0xc2 && a <= 0xdf && isContinuation(b)) return [String.fromCharCode(((a & 0x1f) << 6) | (b & 0x3f)), 2]
  if (a >= 0xe0 && a <= 0xef && isContinuation(b) && isContinuation(c)) {
    const code = ((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f)
    if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) return [String.fromCharCode(code), 3]
  }
  if (a >= 0xf0 && a <= 0xf4 && isContinuation(b) && isContinuation(c) && isContinuation(d)) {
    const code = ((a & 0x07) << 18) | ((b & 0x3f) << 12) | ((c & 0x3f) << 6) | (d & 0x3f)
    if (code >= 0x10000 && code <= 0x10ffff) return [String.fromCodePoint(code), 4]
  }
  return [raw[at] as string, 1]
}

/** GB 18030-2005, section 5: two bytes, or four with digits in the second and fourth place. */
const gb18030Unit: Unit = (raw, at) => {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => raw.charCodeAt(at + i)) as [number, number, number, number]
  const isLead = (byte: number) => byte >= 0x81 && byte <= 0xfe
  const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39
  const bytes =
    isLead(a) && isDigit(b) && isLead(c) && isDigit(d)
      ? 4
      : isLead(a) && ((b >= 0x40 && b <= 0x7e) || (b >= 0x80 && b <= 0xfe))
        ? 2
        : 1
  if (bytes === 1) return [raw[at] as string, 1]
  return [gb18030.decode(Buffer.from(raw.slice(at, at + bytes), 'latin1')), bytes]
}

/** Two bytes a character, the low one first or last, from an even or an odd byte on: records are cut at line ends, and so between the two. */
export function wideView(raw: string, begin: 0 | 1, isLittle: boolean): ByteView {
  let text = ''
  for (let at = begin; at + 1 < raw.length; at += 2) {
    const [a, b] = [raw.charCodeAt(at), raw.charCodeAt(at + 1)]
    text += String.fromCharCode(isLittle ? a | (b << 8) : (a << 8) | b)
  }
  const from = (i: number): number => begin + 2 * i
  return { text, from, to: (i) => from(i) + 2, star: (offset) => (offset === (isLittle ? 0 : 1) ? STAR : 0) }
}

/** The bytes without their zeros: ASCII in UTF-16 or UTF-32, in whatever order. */
export function withoutZeros(raw: string): ByteView {
  const places: number[] = []
  let text = ''
  for (let at = 0; at < raw.length; at++) {
    if (raw.charCodeAt(at) === 0) continue
    places.push(at)
    text += raw[at]
  }
  const from = (i: number): number => places[i] as number
  return { text, from, to: (i) => from(i) + 1, star: asterisks }
}

/** Two digits a byte (ISO 8583 in binary; EMV tags 57 and 5A). `D` is the separator of track 2; nothing else is a digit. */
export function packedView(raw: string): ByteView {
  let text = ''
  for (let at = 0; at < raw.length; at++) {
    const byte = raw.charCodeAt(at)
    text += PACKED[byte >> 4]
    text += PACKED[byte & 15]
  }
  const from = (i: number): number => i >> 1
  return { text, from, to: (i) => from(i) + 1, star: asterisks }
}
const PACKED = '0123456789|||D||'

/** Digits as EBCDIC writes them, code page 037: 0xF0 to 0xF9. */
export const EBCDIC_DIGITS = /[\xf0-\xf9](?:[\x40\x60]?[\xf0-\xf9]){12}/

export function ebcdicView(raw: string): ByteView {
  let text = ''
  for (let at = 0; at < raw.length; at++) text += EBCDIC[raw.charCodeAt(at)]
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
