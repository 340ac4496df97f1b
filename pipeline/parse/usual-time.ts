import type { ReadTime } from './time.js'

/**
 * The layouts that nearly all lines have, read digit by digit: `2026-11-23 14:50:36.123`, `Nov 23 14:50:36`, `23/Nov/2026:14:50:36 +0800` and
 * `14:50:36.123`. What they read is what the regexes in time.ts read, which stay the reference; whatever is not plainly one of these (one digit
 * where two are usual, AM or PM, a zone by name, a date that does not exist) is left to them.
 */

/** `Nov` and `Mon` by their first three letters in one number: 1 to 12 a month, 0 a day of the week. */
const NAMES = new Map<number, number>()
const packed = (text: string, at: number): number =>
  (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2)
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
for (const [i, name] of MONTHS.entries()) NAMES.set(packed(name, 0), i + 1)
for (const name of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']) NAMES.set(packed(name, 0), 0)

/** 1 to 12 for a month, 0 for a day of the week, undefined for any other word. */
export const dateWordAt = (text: string, at: number): number | undefined => NAMES.get(packed(text, at))

const isDigitAt = (text: string, at: number): boolean => {
  const c = text.charCodeAt(at)
  return c >= 48 && c <= 57
}
/** Two digits as a number; NaN where there are not two. */
const pair = (text: string, at: number): number => {
  const [a, b] = [text.charCodeAt(at) - 48, text.charCodeAt(at + 1) - 48]
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : Number.NaN
}
const SLASH = 47
const COLON = 58
const SPACE = 32
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** `2026-11-23 14:50:36.123`; the caller has seen four digits. */
export function readIsoTime(text: string, from: number): ReadTime | undefined {
  const between = text.charCodeAt(from + 10)
  // T, underscore, space
  if (between !== 84 && between !== 95 && between !== SPACE) return undefined
  if (!isDateMark(text.charCodeAt(from + 4)) || !isDateMark(text.charCodeAt(from + 7))) return undefined
  const year = pair(text, from) * 100 + pair(text, from + 2)
  return readClock(text, from, from + 11, { year, month: pair(text, from + 5), day: pair(text, from + 8) })
}
/** `-`, `/` or `.` */
const isDateMark = (c: number): boolean => c === 45 || c === SLASH || c === 46

/** `23/Nov/2026:14:50:36.123`; the caller has seen two digits and a slash. */
export function readClfTime(text: string, from: number): ReadTime | undefined {
  const month = dateWordAt(text, from + 3)
  if (!month || text.charCodeAt(from + 6) !== SLASH) return undefined
  const between = text.charCodeAt(from + 11)
  if (between !== COLON && between !== SPACE) return undefined
  const year = pair(text, from + 7) * 100 + pair(text, from + 9)
  return readClock(text, from, from + 12, { year, month, day: pair(text, from) })
}

/** `Nov  3 14:50:36` */
export function readSyslogTime(text: string, from: number, month: number): ReadTime | undefined {
  if (text.charCodeAt(from + 3) !== SPACE) return undefined
  const isPadded = text.charCodeAt(from + 4) === SPACE
  const day = isPadded ? text.charCodeAt(from + 5) - 48 : pair(text, from + 4)
  if (!(day >= 1 && day <= 31) || text.charCodeAt(from + 6) !== SPACE) return undefined
  const read = readClock(text, from, from + 7, { year: undefined, month, day })
  // A year may follow, alone or behind a zone's name.
  if (!read || text.charCodeAt(read.end) !== SPACE) return read
  const next = text.charCodeAt(read.end + 1)
  const isWord = next >= 65 && next <= 90 && text.charCodeAt(read.end + 2) <= 90 && text.charCodeAt(read.end + 3) <= 90
  return (next >= 48 && next <= 57) || isWord ? undefined : read
}

/** `14:50:36.123`; the caller has seen two digits and a colon. */
export function readBareTime(text: string, from: number): ReadTime | undefined {
  const read = readClock(text, from, from, { year: undefined, month: undefined, day: undefined }, false)
  if (!read) return undefined
  const next = text.charCodeAt(read.end)
  if (next === COLON && text.charCodeAt(read.end + 1) !== SPACE) return undefined
  return next >= 48 && next <= 57 ? undefined : read
}

type DateParts = {
  readonly year: number | undefined
  readonly month: number | undefined
  readonly day: number | undefined
}

/** The clock at `at` with its fraction and zone, behind a date that was read. */
function readClock(text: string, start: number, at: number, date: DateParts, withZone = true): ReadTime | undefined {
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return undefined
  const [hour, minute, second] = [pair(text, at), pair(text, at + 3), pair(text, at + 6)]
  const { year, month, day } = date
  // Also refuses what is not a number.
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined
  if (month !== undefined) {
    if (!(month >= 1 && month <= 12) || !((day as number) >= 1 && (day as number) <= (DAYS[month - 1] as number)))
      return undefined
    if (year !== undefined && !(year >= 0)) return undefined
  }
  let end = at + 8
  let ms = 0
  const mark = text.charCodeAt(end)
  const isFraction =
    mark === 46 || mark === 44 || (mark === COLON && date.day !== undefined && isThousandths(text, end))
  if (isFraction && isDigitAt(text, end + 1)) {
    let digits = 0
    for (end++; digits < 9 && isDigitAt(text, end); end++, digits++)
      if (digits < 3) ms = ms * 10 + text.charCodeAt(end) - 48
    for (; digits < 3; digits++) ms *= 10
  }
  const gap = text.charCodeAt(end) === SPACE ? 1 : 0
  let offsetMin: number | undefined
  switch (text.charCodeAt(end + gap)) {
    // A, a, P, p: half of the day? G, U: a zone by its name?
    case 65:
    case 97:
    case 80:
    case 112:
    case 71:
    case 85:
      return undefined
    case 90: // Z
      if (withZone && !isWordOrColon(text, end + gap + 1)) {
        offsetMin = 0
        end += gap + 1
      }
      break
    case 43: // +
    case 45: {
      if (!withZone) break
      const sign = text.charCodeAt(end + gap) === 45 ? -1 : 1
      const hours = pair(text, end + gap + 1)
      const colon = text.charCodeAt(end + gap + 3) === COLON ? 1 : 0
      const minutes = pair(text, end + gap + 3 + colon)
      const after = end + gap + 5 + colon
      if (hours >= 0 && minutes >= 0 && !isWordOrColon(text, after)) {
        offsetMin = sign * (hours * 60 + minutes)
        end = after
      }
    }
  }
  return { time: { year, month, day, hour, minute, second, ms, offsetMin } as ReadTime['time'], start, end }
}

const isWordOrColon = (text: string, at: number): boolean => {
  const c = text.charCodeAt(at)
  return (c >= 48 && c <= 58) || (c >= 65 && c <= 90) || c === 95 || (c >= 97 && c <= 122)
}

/** `16:25:34:045`: three digits behind a fourth colon, and no more. */
const isThousandths = (text: string, at: number): boolean => /^:\d{3}(?![\d:])/.test(text.slice(at, at + 5))
