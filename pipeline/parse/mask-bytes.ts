import type { OriginEntry } from '../../schemas/origin.js'
import {
  type ByteView,
  EBCDIC_DIGITS,
  ebcdicView,
  packedViews,
  textView,
  wideView,
  withoutZeros,
} from './byte-views.js'
import { isBinary } from './decode.js'
import { maskInPlace, type Shown } from './mask.js'

export type MaskedBytes = {
  /** latin1: a character a byte, as many as came. */
  readonly bytes: string
  /** How many of them are not what came. */
  readonly hidden: number
}
export type ByteContext = {
  readonly charset?: OriginEntry['charset']
  readonly values?: Shown['values']
  /** Where digits stand that are a time. */
  readonly timesIn?: (text: string) => Shown['spans']
}

/**
 * Card data in bytes that nobody could read, hidden in place: nothing moves, so what is left can be read again. The bytes are looked at as
 * every text that they can be: in their character set, as UTF-16, packed two digits a byte, as EBCDIC. What looks like a card number in any
 * of them is one. In binary that holds a card number whatever is not printable goes too: PIN blocks and keys beside it cannot be told from noise.
 * @param raw  latin1 text: a character a byte
 */
export function maskBytes(raw: string, context: ByteContext = {}): MaskedBytes {
  const out = Buffer.from(raw, 'latin1')
  const hasZeros = raw.includes('\u0000')
  hide(textView(raw, context.charset), context, out)
  if (EBCDIC_DIGITS.test(raw)) hide(ebcdicView(raw), context, out)
  const wide = widthOf(raw)
  const isText = wide === 'text'
  if (hasZeros) hide(withoutZeros(raw), context, out)
  if (wide !== 'no')
    for (const begin of [0, 1] as const)
      for (const isLittle of [true, false]) hide(wideView(raw, begin, isLittle), context, out)
  if (!isText && (hasZeros || isBinary(raw) || isBinary(raw.slice(-512)))) {
    for (const view of packedViews(raw)) hide(view, context, out)
    if (out.toString('latin1') !== raw) hideUnprintable(out)
  }
  const bytes = out.toString('latin1')
  let hidden = 0
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== raw[i]) hidden++
  return { bytes, hidden }
}

function hide(view: ByteView, context: ByteContext, out: Buffer): void {
  const { text, at } = withoutEscapes(view.text)
  const spans = context.timesIn?.(text)
  const covered = maskInPlace(text, {
    ...(spans && { spans }),
    ...(context.values && { values: context.values }),
  })
  if (covered === text) return
  for (let i = 0; i < text.length; i++) {
    if (covered[i] === text[i]) continue
    for (let c = at(i); c < at(i + 1); c++)
      for (let b = view.from(c); b < view.to(c); b++) out[b] = view.star(b - view.from(c))
  }
}

/** A digit written as a JSON escape is the same digit. `at`: where a character of the plain text begins in the written one. */
function withoutEscapes(written: string): { readonly text: string; readonly at: (i: number) => number } {
  if (!written.includes('\\u003')) return { text: written, at: (i) => i }
  const starts: number[] = []
  const text = written.replace(/\\u003([0-9])|[\s\S]/g, (piece: string, digit: string | undefined, offset: number) => {
    starts.push(offset)
    return digit ?? piece
  })
  return { text, at: (i) => starts[i] ?? written.length }
}

/**
 * Whether it is UTF-16: `text` where it says so at its begin, or where of every two bytes one is often zero, always the same, and nearly all pairs
 * are characters that one can read. `maybe` where some of it can be: zeros keep to one place, or full-width digits stand in a row.
 */
function widthOf(raw: string): 'text' | 'maybe' | 'no' {
  if (/^(?:\xff\xfe|\xfe\xff)/.test(raw)) return 'text'
  const zeros: [number, number] = [0, 0]
  const inRow: [number, number] = [0, 0]
  let longest = 0
  for (let i = 0; i < raw.length; i++) {
    const place = (i % 2) as 0 | 1
    const [before, byte] = [raw.charCodeAt(i - 1), raw.charCodeAt(i)]
    if (byte === 0) zeros[place]++
    inRow[place] = isWideDigit(before, byte) || isWideDigit(byte, before) ? inRow[place] + 1 : 0
    if (inRow[place] > longest) longest = inRow[place]
  }
  const pairs = Math.floor(raw.length / 2)
  const [few, many] = [Math.min(...zeros), Math.max(...zeros)]
  const isPossible = longest >= 4 || (many > 0 && many >= pairs / 10 && 2 * few <= many)
  if (many < pairs / 5 || few > pairs / 20 || pairs < 8) return isPossible ? 'maybe' : 'no'
  const high = zeros[0] > zeros[1] ? 0 : 1
  const isText = [-1, 1].some((side) => {
    let readable = 0
    for (let i = high; i < raw.length; i += 2)
      if (isReadable(raw.charCodeAt(i), raw.charCodeAt(i + side) || 0)) readable++
    return readable >= 0.95 * pairs
  })
  return isText ? 'text' : isPossible ? 'maybe' : 'no'
}

const isWideDigit = (low: number, high: number): boolean => high === 0xff && low >= 0x10 && low <= 0x19

/** Latin, punctuation, Chinese, full-width forms. */
const isReadable = (high: number, low: number): boolean =>
  high === 0
    ? low === 9 || low === 10 || low === 13 || (low >= 0x20 && low !== 0x7f)
    : high === 0x20 || high === 0x30 || (high >= 0x4e && high <= 0x9f) || high === 0xff

function hideUnprintable(out: Buffer): void {
  for (const [i, byte] of out.entries()) if (byte >= 0x7f || !isReadable(0, byte)) out[i] = 0x2a
}
