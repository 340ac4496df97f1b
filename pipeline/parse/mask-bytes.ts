import type { OriginEntry } from '../../schemas/origin.js'
import { type ByteView, EBCDIC_DIGITS, ebcdicView, packedView, textView, wideView, withoutZeros } from './byte-views.js'
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
  const isText = !raw.includes('\u0000')
  const isNoise = isBinary(raw) || isBinary(raw.slice(-512))
  hide(textView(raw, context.charset), context, out)
  if (EBCDIC_DIGITS.test(raw)) hide(ebcdicView(raw), context, out)
  if (!isText || /^(?:\xff\xfe|\xfe\xff)/.test(raw)) {
    hide(withoutZeros(raw), context, out)
    for (const begin of [0, 1] as const)
      for (const isLittle of [true, false]) hide(wideView(raw, begin, isLittle), context, out)
  }
  if (!isText || isNoise) {
    if (!isWide(raw)) hide(packedView(raw), context, out)
    if (!isWide(raw) && out.toString('latin1') !== raw) hideUnprintable(out)
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

/** Text in UTF-16: of every two bytes one is often zero, always the same, and nearly all pairs are characters that one can read. */
function isWide(raw: string): boolean {
  if (/^(?:\xff\xfe|\xfe\xff)/.test(raw)) return true
  const zeros: [number, number] = [0, 0]
  for (let i = 0; i < raw.length; i++) if (raw.charCodeAt(i) === 0) zeros[(i % 2) as 0 | 1]++
  const pairs = Math.floor(raw.length / 2)
  if (Math.max(...zeros) < pairs / 5 || Math.min(...zeros) > pairs / 20) return false
  const high = zeros[0] > zeros[1] ? 0 : 1
  return [-1, 1].some((side) => {
    let readable = 0
    for (let i = high; i < raw.length; i += 2)
      if (isReadable(raw.charCodeAt(i), raw.charCodeAt(i + side) || 0)) readable++
    return pairs >= 8 && readable >= 0.95 * pairs
  })
}

/** Latin, punctuation, Chinese, full-width forms. */
const isReadable = (high: number, low: number): boolean =>
  high === 0
    ? low === 9 || low === 10 || low === 13 || (low >= 0x20 && low !== 0x7f)
    : high === 0x20 || high === 0x30 || (high >= 0x4e && high <= 0x9f) || high === 0xff

function hideUnprintable(out: Buffer): void {
  for (const [i, byte] of out.entries()) if (byte >= 0x7f || !isReadable(0, byte)) out[i] = 0x2a
}
