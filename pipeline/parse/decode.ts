import type { OriginEntry } from '../../schemas/origin.js'

/**
 * Records travel as latin1 strings (one character a byte) until here, so framing never breaks a multi-byte character.
 * TextDecoder is part of the platform (full ICU), pure and without state.
 */
const utf8 = new TextDecoder('utf-8', { fatal: true })
const utf8Lenient = new TextDecoder('utf-8')
const gb18030 = new TextDecoder('gb18030', { fatal: true })
const gb18030Lenient = new TextDecoder('gb18030')
const latin1 = new TextDecoder('latin1')
const turkish = new TextDecoder('windows-1254')
const JAPANESE = { shift_jis: new TextDecoder('shift_jis'), 'euc-jp': new TextDecoder('euc-jp') } as const
type Japanese = keyof typeof JAPANESE

const isAscii = (text: string): boolean => !/[\x80-\xff]/.test(text)
const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/**
 * Text of a record: by the character set its origin has, else UTF-8 where valid, else Windows-1252 where its letters stand alone, else
 * GB18030 where valid, else UTF-8 with U+FFFD. Of Windows-1252's six letters that are Turkish ones in Windows-1254 (ISO 8859-9), a text without
 * those that Icelandic and Czech need is Turkish.
 */
export function decode(text: string, charset?: OriginEntry['charset']): string {
  if (isAscii(text)) return text
  const bytes = bytesOf(text)
  if (charset === undefined || charset === 'utf-8')
    try {
      return stripBom(utf8.decode(bytes))
    } catch {
      // not UTF-8
    }
  const set = charset ?? charsetBesideUtf8(text)
  if (set === 'latin1') return western(text, bytes)
  if (set === 'gb18030') return gb18030Lenient.decode(bytes)
  if (set === 'shift_jis' || set === 'euc-jp') return JAPANESE[set].decode(bytes)
  return stripBom(utf8Lenient.decode(bytes))
}

export type CharsetGuess = 'ascii' | 'utf-8' | 'gb18030' | 'latin1' | Japanese | 'other'
type Beside = Exclude<CharsetGuess, 'ascii' | 'utf-8'>

/** The last record's: whoever reads it asks one after the other. */
let last: { readonly text: string; readonly charset: Beside } | undefined

/** What bytes can be that are no UTF-8. @param text  one character a byte */
export function charsetBesideUtf8(text: string): Beside {
  if (last?.text !== text) last = { text, charset: besideUtf8(text) }
  return last.charset
}

function besideUtf8(text: string): Beside {
  if (isWestern(text)) return 'latin1'
  const bytes = bytesOf(text)
  return japaneseOf(bytes) ?? (isGb18030(bytes) ? 'gb18030' : 'other')
}

function isGb18030(bytes: Uint8Array): boolean {
  try {
    gb18030.decode(bytes)
    return true
  } catch {
    return false
  }
}

const stripBom = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)

const HIGH_RUN = /[\x80-\xff]+/g
const LETTER_OR_SIGN = /^[\x80\x91-\x97\xa1-\xfe]$/
/**
 * Accented letters stand alone among plain ones (`Zeitüberschreitung`), though with the next letter many of them are a character of GB18030 too;
 * Chinese words are runs of bytes.
 */
const isWestern = (text: string): boolean => {
  const isInTurkish = isTurkish(text)
  return (text.match(HIGH_RUN) ?? []).every(
    (run) => LETTER_OR_SIGN.test(run) || WESTERN_PAIR.test(run) || (isInTurkish && TURKISH_RUN.test(run)),
  )
}

/** `ção`, `ções` of Portuguese and `créée` of French, whose bytes are rare characters of GB18030. */
const WESTERN_PAIR = /^(?:\xe7[\xe3\xf5]|\xc7[\xc3\xd5]|\xe9\xe9)$/

/** `ş` and `ı` follow each other in Turkish words. */
const TURKISH_RUN = /^[\xc7\xd0\xd6\xdc-\xde\xe7\xf0\xf6\xfc-\xfe]{2,3}$/
const isTurkish = (text: string): boolean =>
  /[\xd0\xdd\xde\xf0\xfd\xfe]/.test(text) &&
  !/[\x80-\xc6\xc8-\xcf\xd1-\xd5\xd7-\xdb\xdf-\xe6\xe8-\xef\xf1-\xf5\xf7-\xfb\xff]/.test(text)
const western = (text: string, bytes: Uint8Array): string => (isTurkish(text) ? turkish : latin1).decode(bytes)

/** So many kana, and so great a share of what is written in two bytes, no Chinese text has. */
const FEW_KANA = 2
const KANA_SHARE = 0.15

/**
 * Shift_JIS and EUC-JP where the text has kana in their places; GB18030 has rare characters at the one's and the same kana at the other's.
 * Source: JIS X 0208, rows 4 and 5; Encoding Standard, Shift_JIS and EUC-JP decoders.
 */
function japaneseOf(bytes: Uint8Array): Japanese | undefined {
  const [inShiftJis, inEuc] = [kanaShare(bytes, 'shift_jis'), kanaShare(bytes, 'euc-jp')]
  const best = Math.max(inShiftJis, inEuc)
  return best < KANA_SHARE ? undefined : inShiftJis >= inEuc ? 'shift_jis' : 'euc-jp'
}

/** Half-width kana are few in Japanese; what other sets begin a character with would be many of them. */
const HALF_WIDTH_SHARE = 0.25
/** So great a share of characters has a byte that GB 2312 has none of. */
const LOW_SHARE = 0.4

/**
 * The share of kana among what takes two bytes, or in Shift_JIS of characters that GB 2312 could not hold; 0 where the bytes are none of the set, or
 * those are too few.
 */
function kanaShare(bytes: Uint8Array, set: Japanese): number {
  let [pairs, kana, low, half] = [0, 0, 0, 0]
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i] as number
    if (lead < 0x80) continue
    if (set === 'shift_jis' && lead >= 0xa1 && lead <= 0xdf) {
      half++
      continue
    }
    const trail = bytes[++i] ?? 0
    if (set === 'shift_jis') {
      if (lead === 0xa0 || lead > 0xfc || trail < 0x40 || trail === 0x7f || trail > 0xfc) return 0
      if ((lead === 0x82 && trail >= 0x9f && trail <= 0xf1) || (lead === 0x83 && trail <= 0x96)) kana++
      if (lead < 0xa1 || trail < 0xa1) low++
    } else {
      if (trail < 0xa1 || (lead < 0xa1 && lead !== 0x8e)) return 0
      if ((lead === 0xa4 || lead === 0xa5) && trail <= 0xf6) kana++
    }
    pairs++
  }
  const isFull = half <= pairs * HALF_WIDTH_SHARE
  if (kana >= FEW_KANA) return kana / pairs
  return isFull && low >= FEW_LOW && low >= pairs * LOW_SHARE ? low / pairs : 0
}
const FEW_LOW = 4

/** What a record's bytes can be; one valid GB18030 record that is no UTF-8 says much about its origin. */
export function guessCharset(text: string): CharsetGuess {
  if (isAscii(text)) return 'ascii'
  return isUtf8(bytesOf(text)) ? 'utf-8' : charsetBesideUtf8(text)
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Control bytes that no text log holds (tab, line ends and escape sequences are fine). */
export function isBinary(text: string): boolean {
  const sample = text.slice(0, 512)
  let control = 0
  for (let i = 0; i < sample.length; i++) {
    const c = sample.charCodeAt(i)
    if (c === 0) return true
    if (c < 32 && c !== 9 && c !== 10 && c !== 13 && c !== 27) control++
  }
  return control * 10 > sample.length
}
