import { gated } from './gate.js'

/**
 * Card data must not leave (PCI DSS 3.3 and 3.4): account numbers keep their last four digits, track data, verification values and PIN
 * blocks nothing. Works on the record's text before anything reads it, so no field of an event can hold what the text no longer has.
 */
export type Shown = {
  /** Digits that were read as the record's time. */
  readonly spans?: readonly (readonly [number, number])[]
  /** Whole values the inventory lists as an id. */
  readonly values?: ReadonlySet<string>
}

const DIGIT = '[0-9\\uff10-\\uff19]'
/** Thirteen digits or more with single separators between them; `hasRun` is its cheap beginning. */
const RUN = new RegExp(`${DIGIT}(?:[ \\-\\u00a0\\u2010-\\u2015._]?${DIGIT}){12,}`, 'g')
const TRACK = /%?[A-Z]?\d{12,19}\^[^^\n]{2,26}\^[\d=]{4,}[^\s"<]*|;?\d{12,19}[=D]\d{4,}[\d=]*\??/g
const FIELDS: readonly RegExp[] = [
  /((?:\b(?:cvv2?|cvc2?|cid|csc|cav2?|card[_ -]?(?:verification|security)[_ -]?(?:value|code)|security[_ -]?code)|安全码|校验码)["'\]]{0,2}\s{0,3}[:=[：]\s{0,3}["'[]?)(\d{3,4})(?!\d)/gi,
  /((?:\b(?:pin(?:[_ -]?(?:block|data))?|enc(?:rypted)?[_ -]?pin)|密码|密文|PIN密文|口令)["'\]]{0,2}\s{0,3}[:=[：]\s{0,3}["'[]?)([0-9A-Fa-f]{4,64})(?![0-9A-Za-z])/gi,
  /((?:\b(?:track[_ -]?[123](?:[_ -]?data)?|magstripe|emv[_ -]?data|icc[_ -]?data)|磁道\d?(?:数据)?|[二三]磁)["'\]]{0,2}\s{0,3}[:=[：]\s{0,3}["'[]?)([^\s"'\],<]{4,})/gi,
  /(<field id="(?:35|36|45|52|55)" (?:type="binary" )?value=")([^"]{1,2048})/g,
  /((?:\b(?:DE|F|field|bit)[ _]?0{0,2}(?:35|36|45|52|55))["'\]]{0,2}\s{0,3}[:=[]\s{0,3}["'[]?)([^\s"'\],<]{4,})/gi,
]
/** Account numbers by their field, whether or not they pass Luhn. */
const PAN_FIELDS: readonly RegExp[] = [
  /(<field id="2" value=")([0-9 -]{8,32})(?=")/g,
  /((?:\b(?:pan|card[_ -]?(?:no|num|number)|account[_ -]?number|primary[_ -]?account)|卡号|账号)["'\]]{0,2}\s{0,3}[:=[：]\s{0,3}["'[]?)(\d[\d -]{10,24}\d)(?!\d)/gi,
  /((?:\b(?:DE|F|field|bit)[ _]?0{0,2}2)["'\]]{0,2}\s{0,3}[:=[]\s{0,3}["'[]?)(\d[\d -]{10,24}\d)(?!\d)/gi,
]
/** Most lines name none of these fields: they are told by the words that the patterns need. */
const gate = (pattern: RegExp) => ({
  pattern,
  may: gated(new RegExp(pattern.source, pattern.flags.replace('g', ''))).may,
})
const ANY_FIELD = gated(new RegExp([...FIELDS, ...PAN_FIELDS].map((p) => p.source).join('|'), 'i'))
const FIELD_GATES = FIELDS.map(gate)
const PAN_GATES = PAN_FIELDS.map(gate)

/** The text with card data replaced by stars of the same length (a bare JSON number gets quotes, so that it stays JSON). */
export const mask = (text: string, shown: Shown = {}): string => maskKnowing(text, shown).masked

/**
 * @returns also whether anything was left only because it is shown: then what ids are made of is another text; and whether it is clean, which
 * is true only of a text that nothing here has a word to say to, in whole or in any part of it
 */
export function maskKnowing(text: string, shown: Shown): Masked {
  // A digit written as a JSON escape is the same digit.
  if (!text.includes('\\u003')) return cover(text, shown, /^\s*[{[]/.test(text) ? asJson : asIs)
  const plain = text.replace(/\\u003([0-9])/g, '$1')
  return { ...cover(plain, shown, /^\s*[{[]/.test(text) ? asJson : asIs), isClean: false }
}

/** The same, but every character stays where it is: for what must keep its length. Digits written as JSON escapes are not seen. */
export const maskInPlace = (text: string, shown: Shown = {}): string => cover(text, shown, asIs).masked

type Masked = { readonly masked: string; readonly isShown: boolean; readonly isClean: boolean }
/** How a hidden account number is put down in place of the one at `offset`. */
type Written = (hidden: string, offset: number, text: string) => string
const asIs: Written = (hidden) => hidden
/** Where a bare number stood, a string with stars in it. */
const asJson: Written = (hidden, offset, text) => {
  const before = lastMark(text, offset)
  const after = text[offset + hidden.length] ?? ''
  return /[:[,]/.test(before) && /[\s,\]}]|^$/.test(after) ? `"${hidden}"` : hidden
}

function cover(text: string, shown: Shown, written: Written): Masked {
  let out = text
  const mayName = ANY_FIELD.may(out)
  if (mayName) out = maskFields(out)
  if (!hasRun(out)) return { masked: out, isShown: false, isClean: !mayName }
  out = out.replace(TRACK, (track) => (hasPan(track) ? '*'.repeat(track.length) : track))
  const { spans, values } = shown
  let isShown = false
  const masked = out.replace(RUN, (run: string, offset: number) => {
    if (values?.has(run) || spans?.some(([from, to]) => from <= offset && offset + run.length <= to)) {
      isShown = true
      return run
    }
    if (isTime(run)) return run
    const hidden = maskRun(run)
    return hidden === run ? run : written(hidden, offset, out)
  })
  return { masked, isShown, isClean: false }
}

const isDigit = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 0xff10 && c <= 0xff19)
/** space, hyphen, dot, underscore; no-break space, the hyphens and dashes of Unicode */
const isSeparator = (c: number): boolean =>
  c === 32 || c === 45 || c === 46 || c === 95 || c === 0xa0 || (c >= 0x2010 && c <= 0x2015)
const SHORTEST = 13

function maskFields(text: string): string {
  let out = text
  for (const { pattern, may } of FIELD_GATES)
    if (may(out)) out = out.replace(pattern, (_, name: string, value: string) => name + '*'.repeat(value.length))
  for (const { pattern, may } of PAN_GATES)
    if (may(out)) out = out.replace(pattern, (_, name: string, value: string) => name + stars(value))
  return out
}

/** Whether RUN is in the text. Every thirteenth character decides whether a look at its neighbours is worth it. */
function hasRun(text: string): boolean {
  for (let i = SHORTEST - 1; i < text.length; i += SHORTEST) {
    const c = text.charCodeAt(i)
    if (!isDigit(c) && !isSeparator(c)) continue
    let from = i
    while (from > 0 && isPart(text.charCodeAt(from - 1))) from--
    let digits = 0
    let gap = 0
    for (; from < text.length; from++) {
      const d = text.charCodeAt(from)
      if (isDigit(d)) {
        if (++digits === SHORTEST) return true
        gap = 0
      } else if (!isSeparator(d)) break
      else if (++gap > 1) digits = 0
    }
    // What was looked at up to here holds none.
    i = from
  }
  return false
}
const isPart = (c: number): boolean => isDigit(c) || isSeparator(c)

/** What ids are made of: nothing is shown, so an id does not hang on the inventory and gives no account number away. */
export const maskForHash = (text: string): string => mask(text)

/** A value of an event, after escapes were decoded. */
export const maskValue = (value: string, shown: ReadonlySet<string>): string => mask(value, { values: shown })

const lastMark = (text: string, offset: number): string => {
  let i = offset - 1
  while (i >= 0 && text[i] === ' ') i--
  return text[i] ?? ''
}

const digitsOf = (text: string): string =>
  text.replace(/[０-９]/g, (c) => String(c.charCodeAt(0) - 0xff10)).replace(/\D/g, '')
const hasPan = (text: string): boolean => {
  const first = /\d{12,19}/.exec(text)?.[0] ?? ''
  return luhn(first) || first.length >= 15
}

/** All digits but the last four. */
function stars(value: string): string {
  let keep = 4
  let out = ''
  for (let i = value.length - 1; i >= 0; i--) {
    const c = value[i] as string
    out = (isDigit(c.charCodeAt(0)) && keep-- <= 0 ? '*' : c) + out
  }
  return out
}

/** ISO dates with clock digits, as `2026-11-23 145036` or a bare `20261123145036`: a time by its own ranges. */
const isTime = (run: string): boolean =>
  /^(?:19|20)\d{2}[-.]?(?:0[1-9]|1[0-2])[-.]?(?:0[1-9]|[12]\d|3[01])[ -]?(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:[.]?\d{3})?$/.test(
    run,
  ) && !/^\d{15,16}$/.test(run)

/** The grouping a dotted or underscored number needs to be a card and not an address or a version. */
const CARD_GROUPS = /^(?:\d{4}[._]\d{4}[._]\d{4}[._]\d{1,7}|\d{4}[._]\d{6}[._]\d{4,5})$/

function maskRun(run: string): string {
  if (/[._]/.test(run) && !CARD_GROUPS.test(run)) return maskParts(run)
  const digits = digitsOf(run)
  if (digits.length <= 19 && luhn(digits)) return stars(run)
  const hidden = cardDigits(digits, groupsOf(run))
  if (!hidden) return run
  let n = 0
  let out = ''
  let kept = 0
  for (let i = 0; i < run.length; i++) {
    if (!isDigit(run.charCodeAt(i)) || hidden[n++] === 0) continue
    out += `${run.slice(kept, i)}*`
    kept = i + 1
  }
  return out + run.slice(kept)
}

/** A run joined by dots that is no card grouping is several numbers; each is looked at alone. */
const maskParts = (run: string): string =>
  run
    .split(/([._])/)
    .map((part) => (digitsOf(part).length >= 13 ? maskRun(part) : part))
    .join('')

/**
 * Which digits of a longer run to hide: dumps put lengths and fields around a number, so every window counts that has a real brand's prefix and
 * length and passes Luhn. A window is looked at once, so the time is in proportion to the length.
 */
function cardDigits(digits: string, begins: Uint8Array | undefined): Uint8Array | undefined {
  const d = digitValues(digits)
  let hidden: Uint8Array | undefined
  for (let i = 0; i + 13 <= d.length; i++) {
    for (const length of brandLengths(d, i)) {
      if (i + length > d.length || !passesLuhn(d, i, length) || !isCardGrouping(begins, i, length)) continue
      hidden ??= new Uint8Array(d.length)
      hidden.fill(1, i, i + length - 4)
      break
    }
  }
  return hidden
}

/** Which digits begin a group, undefined where all are one. */
function groupsOf(run: string): Uint8Array | undefined {
  const begins = new Uint8Array(run.length)
  let n = 0
  let isGrouped = false
  for (let i = 0; i < run.length; i++) {
    if (!isDigit(run.charCodeAt(i))) continue
    if (i > 0 && !isDigit(run.charCodeAt(i - 1))) {
      begins[n] = 1
      isGrouped = true
    }
    n++
  }
  return isGrouped ? begins.subarray(0, n) : undefined
}

/**
 * Columns of numbers are no card: within a longer run a number in groups has groups of one size (4111 1111 …, 41 11 …), those of American
 * Express and Diners (4, 6 and the rest), or two that it fills from the first digit to the last.
 */
function isCardGrouping(begins: Uint8Array | undefined, from: number, length: number): boolean {
  if (begins === undefined) return true
  const sizes: number[] = []
  let size = 1
  for (let i = from + 1; i < from + length; i++) {
    if (begins[i] === 1) {
      sizes.push(size)
      size = 0
    }
    size++
  }
  if (sizes.length === 0) return true
  const [first = 0, second] = sizes
  const fillsFirst = from === 0 || begins[from] === 1
  const fillsLast = from + length >= begins.length || begins[from + length] === 1
  if (sizes.length === 1) return fillsFirst && fillsLast && (first === 4 || first === 6 || first === 8)
  if (sizes.length === 2 && fillsFirst && first === 4 && second === 6) return true
  const usual = second ?? first
  return usual <= 8 && first <= usual && size <= usual + 3 && sizes.slice(1).every((s) => s === usual)
}

function digitValues(digits: string): Uint8Array {
  const values = new Uint8Array(digits.length)
  for (let i = 0; i < digits.length; i++) values[i] = digits.charCodeAt(i) - 48
  return values
}

const NONE: readonly number[] = []
const LONG = [19, 18, 17, 16]
const FROM_14 = [19, 18, 17, 16, 15, 14]
const FROM_13 = [19, 18, 17, 16, 15, 14, 13]
const VISA = [19, 16, 13]
function brandLengths(d: Uint8Array, i: number): readonly number[] {
  const at = (k: number) => d[i + k] ?? 0
  const two = at(0) * 10 + at(1)
  const four = two * 100 + at(2) * 10 + at(3)
  if (two >= 40 && two <= 49) return VISA
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return [16]
  if (two === 34 || two === 37) return [15]
  if (four >= 3528 && four <= 3589) return LONG
  if (two === 36 || two === 38 || (four >= 3000 && four <= 3059)) return FROM_14
  if (two === 62 || two === 65 || four === 6011 || (four >= 6440 && four <= 6499)) return LONG
  if (two === 50 || (two >= 56 && two <= 69)) return FROM_13
  return NONE
}

function passesLuhn(d: Uint8Array, from: number, length: number): boolean {
  let sum = 0
  for (let i = 0; i < length; i++) {
    const digit = d[from + length - 1 - i] as number
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** ISO/IEC 7812-1 annex B. */
const luhn = (digits: string): boolean =>
  digits.length >= 13 &&
  digits.length <= 19 &&
  !/^0+$/.test(digits) &&
  passesLuhn(digitValues(digits), 0, digits.length)
