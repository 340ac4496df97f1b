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

/** @returns also whether anything was left only because it is shown: then what ids are made of is another text */
export function maskKnowing(text: string, shown: Shown): Masked {
  // A digit written as a JSON escape is the same digit.
  const plain = text.includes('\\u003') ? text.replace(/\\u003([0-9])/g, '$1') : text
  return cover(plain, shown, /^\s*[{[]/.test(text) ? asJson : asIs)
}

/** The same, but every character stays where it is: for what must keep its length. Digits written as JSON escapes are not seen. */
export const maskInPlace = (text: string, shown: Shown = {}): string => cover(text, shown, asIs).masked

type Masked = { readonly masked: string; readonly isShown: boolean }
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
  if (ANY_FIELD.may(out)) out = maskFields(out)
  if (!hasRun(out)) return { masked: out, isShown: false }
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
  return { masked, isShown }
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
    const isDigit = /[0-9０-９]/.test(c)
    out = (isDigit && keep-- <= 0 ? '*' : c) + out
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
  const windows = cardWindows(digits)
  if (windows.length === 0) return run
  let n = -1
  return [...run]
    .map((c) => {
      if (!/[0-9０-９]/.test(c)) return c
      n++
      return windows.some(([from, to]) => n >= from && n < to - 4) ? '*' : c
    })
    .join('')
}

/** A run joined by dots that is no card grouping is several numbers; each is looked at alone. */
const maskParts = (run: string): string =>
  run
    .split(/([._])/)
    .map((part) => (digitsOf(part).length >= 13 ? maskRun(part) : part))
    .join('')

/** Windows of a longer run that have a real brand's prefix and length and pass Luhn: dumps put lengths and fields around the number. */
function cardWindows(digits: string): [number, number][] {
  const found: [number, number][] = []
  for (let i = 0; i + 13 <= digits.length; i++) {
    for (const length of brandLengths(digits, i)) {
      if (i + length <= digits.length && luhn(digits.slice(i, i + length))) {
        found.push([i, i + length])
        break
      }
    }
  }
  return found
}

const LONG = [19, 18, 17, 16]
function brandLengths(d: string, i: number): readonly number[] {
  const two = Number(d.slice(i, i + 2))
  const four = Number(d.slice(i, i + 4))
  if (two >= 40 && two <= 49) return [19, 16, 13]
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return [16]
  if (two === 34 || two === 37) return [15]
  if (four >= 3528 && four <= 3589) return LONG
  if (two === 36 || two === 38 || (four >= 3000 && four <= 3059)) return [19, 18, 17, 16, 15, 14]
  if (two === 62 || two === 65 || four === 6011 || (four >= 6440 && four <= 6499)) return LONG
  if (two === 50 || (two >= 56 && two <= 69)) return [19, 18, 17, 16, 15, 14, 13]
  return []
}

/** ISO/IEC 7812-1 annex B. */
function luhn(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const d = digits.charCodeAt(digits.length - 1 - i) - 48
    sum += i % 2 === 0 ? d : d > 4 ? d * 2 - 9 : d * 2
  }
  return sum % 10 === 0 && !/^0+$/.test(digits)
}
