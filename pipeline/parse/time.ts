import {
  ALL_LAYOUTS,
  AT_DAY,
  AT_HALF,
  AT_MONTH,
  AT_WORD,
  DAY_FIRST,
  layoutsFor,
  MONTH_FIRST,
  monthOf,
} from './time-layouts.js'
import { dateWordAt, readBareTime, readClfTime, readIsoTime, readSyslogTime } from './usual-time.js'

/**
 * A time as a line states it: parts of it may be missing. `resolve` turns it into an instant with what is known of its origin.
 * Parsers read times with `readTime` and never guess zones, years or dates.
 */
export type WallTime = {
  /** Set when the text is absolute by itself (epoch); then nothing else matters but `plusMs`. */
  readonly epochMs?: number
  readonly year?: number
  /** 1..12 */
  readonly month?: number
  readonly day?: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly ms: number
  /** The date in the other order that fits too: `26/11/20` is a day in 2020 or one in 2026. */
  readonly otherDate?: { readonly year: number; readonly month: number; readonly day: number }
  /** Of a date with slashes, as the month first: whether the day may stand first as well (`02/11/2026`), or which of the two it must be. */
  readonly order?: 'either' | 'month' | 'day'
  /** Minutes east of UTC, where the text has a zone. */
  readonly offsetMin?: number
  /** Added after resolving: a line that states the begin and the length of what ended. */
  readonly plusMs?: number
}
export type ReadTime = { readonly time: WallTime; readonly start: number; readonly end: number }

const MONTHS: Readonly<Record<string, number>> = {
  jan: 1,
  feb: 2,
  mar: 3,
  apr: 4,
  may: 5,
  jun: 6,
  jul: 7,
  aug: 8,
  sep: 9,
  oct: 10,
  nov: 11,
  dec: 12,
}
const EPOCH = /(?<secs>\d{10})(?:\.(?<frac>\d{1,9}))?(?![\d.])|(?<long>\d{13}|\d{16}|\d{19})(?!\d)/y
const EPOCH_MIN = 946_684_800
const EPOCH_MAX = 4_102_444_800

/** Whether it is one moment, whatever zone its log keeps. */
export const isZoned = (time: WallTime): boolean => time.epochMs !== undefined || time.offsetMin !== undefined

/** What `readTime` gives, without its shortcuts: the layouts in order, then an epoch. */
export function readTimePlainly(text: string, from = 0): ReadTime | undefined {
  if (text[from] === '@') return readTai64n(text, from)
  if (!/[0-9\p{L}]/u.test(text[from] ?? '')) return undefined
  return readByLayout(text, from, ALL_LAYOUTS) ?? (/\d/.test(text[from] ?? '') ? readEpoch(text, from) : undefined)
}

/**
 * Reads the time that begins at `from`.
 * @returns undefined where none of the known layouts begins there, or the date does not exist (30 February, hour 25)
 */
export function readTime(text: string, from = 0): ReadTime | undefined {
  const first = text.charCodeAt(from)
  if (first >= 48 && first <= 57) return readFromDigit(text, from)
  if (first >= 65 && first <= 90) {
    const word = dateWordAt(text, from)
    if (word === undefined) return readByLayout(text, from, AT_WORD)
    if (word === 0) return readByLayout(text, from, AT_DAY)
    return readSyslogTime(text, from, word) ?? readByLayout(text, from, AT_MONTH) ?? readByLayout(text, from, AT_WORD)
  }
  if (first === 64) return readTai64n(text, from)
  if (first === 0x4e0a || first === 0x4e0b) return readByLayout(text, from, AT_HALF)
  return (first >= 97 && first <= 122) || first >= 0xc0 ? readByLayout(text, from, AT_WORD) : undefined
}

function readFromDigit(text: string, from: number): ReadTime | undefined {
  let digits = 1
  let next = text.charCodeAt(from + 1)
  while (next >= 48 && next <= 57 && digits < 20) next = text.charCodeAt(from + ++digits)
  let usual: ReadTime | undefined
  if (digits === 4) usual = readIsoTime(text, from)
  else if (digits === 2 && next === 58) usual = readBareTime(text, from)
  else if (digits === 2 && next === 47) usual = readClfTime(text, from)
  if (usual) return usual
  return readByLayout(text, from, layoutsFor(digits, next)) ?? (digits >= 10 ? readEpoch(text, from) : undefined)
}

function readByLayout(text: string, from: number, layouts: readonly RegExp[]): ReadTime | undefined {
  for (const layout of layouts) {
    layout.lastIndex = from
    const m = layout.exec(text)
    if (!m?.groups) continue
    const read = m.groups.yy === undefined ? partsOf(m.groups) : inEitherOrder(m.groups)
    const time = read && withOrder(read, layout, m[0])
    if (time) return { time, start: from, end: from + m[0].length }
  }
  return undefined
}

function withOrder(time: WallTime, layout: RegExp, said: string): WallTime {
  if (layout === DAY_FIRST && said.includes('/')) return { ...time, order: 'day' }
  if (!MONTH_FIRST.includes(layout) || time.day === undefined) return time
  return { ...time, order: time.day > 12 ? 'month' : 'either' }
}

/** `@`, seconds as 16 hexadecimal digits from 2^62 on and ten ahead of UTC, nanoseconds as 8. Source: libtai, tai64n; daemontools, multilog `t`. */
const TAI64N = /@4(?<secs>[0-9a-f]{15})(?<nanos>[0-9a-f]{8})(?![0-9a-f])/y
const TAI_AHEAD_S = 10
function readTai64n(text: string, from: number): ReadTime | undefined {
  TAI64N.lastIndex = from
  const m = TAI64N.exec(text)
  if (!m?.groups) return undefined
  const secs = Number.parseInt(m.groups.secs as string, 16) - TAI_AHEAD_S
  if (secs < EPOCH_MIN || secs > EPOCH_MAX) return undefined
  const ms = Math.floor(Number.parseInt(m.groups.nanos as string, 16) / 1e6)
  return { time: ofEpoch(secs * 1000 + ms), start: from, end: from + m[0].length }
}

function readEpoch(text: string, from: number): ReadTime | undefined {
  EPOCH.lastIndex = from
  const m = EPOCH.exec(text)
  if (!m?.groups) return undefined
  const { secs, frac, long } = m.groups
  let epochMs: number
  if (secs !== undefined) epochMs = Number(secs) * 1000 + Math.floor(Number(`0.${frac ?? '0'}`) * 1000)
  else epochMs = Math.floor(Number((long ?? '').slice(0, 13)))
  if (epochMs < EPOCH_MIN * 1000 || epochMs > EPOCH_MAX * 1000) return undefined
  return { time: ofEpoch(epochMs), start: from, end: from + m[0].length }
}

function monthIn({ mo, mon, word }: Record<string, string | undefined>): number | undefined {
  if (mo !== undefined) return Number(mo)
  return mon !== undefined ? MONTHS[mon.toLowerCase()] : word === undefined ? undefined : monthOf(word)
}

function partsOf(g: Record<string, string | undefined>): WallTime | undefined {
  const year = g.y === undefined ? undefined : g.y.length === 2 ? 2000 + Number(g.y) : Number(g.y)
  if (g.word !== undefined && monthOf(g.word) === undefined) return undefined
  const month = monthIn(g)
  const day = g.d === undefined ? undefined : Number(g.d)
  let hour = Number(g.h)
  const minute = Number(g.mi)
  let second = Number(g.s ?? 0)
  let ms = g.f === undefined ? 0 : Number(g.f.padEnd(3, '0').slice(0, 3))
  const half = g.half
  if (half !== undefined) {
    const isPm = /^(?:[Pp下中晚]|午後|오후)/.test(half)
    if (/^[APap]/.test(half) && (hour < 1 || hour > 12)) return undefined
    if (isPm && hour < 12) hour += 12
    else if (!isPm && hour === 12) hour = 0
  }
  if (hour > 23 || minute > 59 || second > 60) return undefined
  if (second === 60) {
    second = 59
    ms = 999
  }
  if (month !== undefined && (month < 1 || month > 12)) return undefined
  if (day !== undefined && (day < 1 || day > daysIn(year, month ?? 1))) return undefined
  return { year, month, day, hour, minute, second, ms, offsetMin: g.z === undefined ? undefined : zoneMinutes(g.z) }
}

/** Day, month and year, or year, month and day: both dates where both exist. */
function inEitherOrder(g: Record<string, string | undefined>): WallTime | undefined {
  const dayFirst = partsOf({ ...g, y: g.yy })
  const yearFirst = partsOf({ ...g, y: g.d, d: g.yy })
  const { year, month, day } = yearFirst ?? {}
  if (!dayFirst || year === undefined || month === undefined || day === undefined) return dayFirst ?? yearFirst
  return { ...dayFirst, otherDate: { year, month, day } }
}

const daysIn = (year: number | undefined, month: number): number =>
  month === 2 ? (year === undefined || isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
const isLeap = (y: number): boolean => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0

/** Minutes east of UTC: of `Z`, `+08:00`, `-0300`. */
export function zoneMinutes(z: string): number {
  if (z === 'Z' || z === 'UTC' || z === 'GMT') return 0
  const digits = z.slice(1).replace(':', '')
  return (z[0] === '-' ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)))
}

/** Where a time may begin: not in the middle of a number, a word or an address. */
const BOUNDARY = /[\s["'(<>=,;|@{}\-*]/
const ASCII_BOUNDARY = Array.from({ length: 128 }, (_, c) => BOUNDARY.test(String.fromCharCode(c)))
const isBoundary = (c: number): boolean =>
  c < 128 ? ASCII_BOUNDARY[c] === true : BOUNDARY.test(String.fromCharCode(c))

/** The first time that begins within the first `limit` characters. A bare time of day or epoch is only taken near the start. */
export function findTime(text: string, limit = 80): ReadTime | undefined {
  const end = Math.min(limit, text.length)
  let weak: ReadTime | undefined
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i)
    const starts = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 0x4e0a || c === 0x4e0b
    if (
      !starts ||
      (i > 0 && !isBoundary(text.charCodeAt(i - 1)) && !(text[i - 1] === ':' && (c >= 65 || text[i - 2] === '"')))
    )
      continue
    const read = readTime(text, i)
    if (!read || (/[\w.]/.test(text[read.end] ?? '') && read.time.month === undefined)) continue
    // The end of a date of another order: `12-02-26 23:18:47`.
    if (read.time.year === undefined && text[i - 1] === '-' && /\d/.test(text[i - 2] ?? '')) continue
    if (read.time.month !== undefined) return read
    if (!weak && (read.time.epochMs === undefined ? i < 24 : i === 0 || isPlainEpoch(text, read))) weak = read
  }
  return weak
}

/** A number of ten digits or more in the midst of a line may be anything: a name before it, a fraction, or a second one within a day says that it is a time. */
function isPlainEpoch(text: string, { time, start, end }: ReadTime): boolean {
  if (/[[":=]/.test(text[start - 1] as string) || /^\d{10}\.\d{3,9}$/.test(text.slice(start, end))) return true
  const next = /^[ \t,;|]{1,2}(?=\d{10})/.exec(text.slice(end, end + 12))
  const other = next && readEpoch(text, end + next[0].length)?.time.epochMs
  return other != null && other >= (time.epochMs ?? 0) && other - (time.epochMs ?? 0) <= DAY_MS
}

/** A moment that a line states as such: no clock on a wall shows it. */
export const ofEpoch = (epochMs: number): WallTime => ({ epochMs, hour: 0, minute: 0, second: 0, ms: 0 })

export const plus = (time: WallTime, ms: number): WallTime => ({ ...time, plusMs: (time.plusMs ?? 0) + ms })

/** Offset of a zone at an instant, minutes east of UTC. */
export type Zone = { readonly name: string; readonly offsetMin: (utcMs: number) => number }

/** IANA name, `UTC`, `Z` or a fixed `+08:00`; undefined if there is no such zone. */
export function parseZone(name: string): Zone | undefined {
  const fixed = /^(?:UTC|GMT)?(?<z>[+-]\d{2}:?\d{2})$/.exec(name)
  if (name === 'UTC' || name === 'Z' || name === 'GMT') return { name, offsetMin: () => 0 }
  if (fixed?.groups?.z !== undefined) {
    const minutes = zoneMinutes(fixed.groups.z)
    return Math.abs(minutes) <= 14 * 60 ? { name, offsetMin: () => minutes } : undefined
  }
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined
  }
  // Zones change on quarter hours: one look-up a quarter serves all lines in it.
  const known = new Map<number, number>()
  return {
    name,
    offsetMin: (utcMs) => {
      const quarter = Math.floor(utcMs / 900_000)
      let offset = known.get(quarter)
      if (offset === undefined) {
        const p = Object.fromEntries(format.formatToParts(quarter * 900_000).map((x) => [x.type, Number(x.value)]))
        offset =
          (Date.UTC(p.year ?? 0, (p.month ?? 1) - 1, p.day, p.hour, p.minute, p.second) - quarter * 900_000) / 60_000
        if (known.size > 10_000) known.clear()
        known.set(quarter, offset)
      }
      return offset
    },
  }
}

const named = new Map<string, Zone | undefined>()
const MOST_NAMED = 64
const UTC: Zone = { name: 'UTC', offsetMin: () => 0 }
/** A full time whose text names its zone: `Europe/Prague`. As it was where there is no such zone. */
export function inZone(time: WallTime, name: string): WallTime {
  if (isZoned(time) || time.year === undefined) return time
  if (!named.has(name)) {
    if (named.size >= MOST_NAMED) named.clear()
    named.set(name, parseZone(name))
  }
  const zone = named.get(name)
  const at = zone && resolve(time, zone, Number.POSITIVE_INFINITY)
  const asUtc = resolve({ ...time, offsetMin: 0 }, UTC, Number.POSITIVE_INFINITY)
  return at === undefined || asUtc === undefined ? time : { ...time, offsetMin: (asUtc - at) / 60_000 }
}

const DAY_MS = 86_400_000

/**
 * The instant of a time. A missing year or date is the latest that is not after `latestMs`. A time that a clock change skips is read
 * with the offset before the change, one that occurs twice as its first occurrence. Of two dates that fit it is the one nearest before
 * `latestMs`; of a date with slashes the month comes first, unless that is after `latestMs` or the day is said to.
 * @returns epoch ms; undefined where no fitting year exists
 */
export function resolve(time: WallTime, zone: Zone, latestMs: number, isDayFirst = false): number | undefined {
  const plusMs = time.plusMs ?? 0
  if (time.epochMs !== undefined) return time.epochMs + plusMs
  const clock = ((time.hour * 60 + time.minute) * 60 + time.second) * 1000 + time.ms
  const at = (year: number, month: number, day: number): number => {
    const local = Date.UTC(year, month - 1, day) + clock
    return (time.offsetMin !== undefined ? local - time.offsetMin * 60_000 : toUtc(local, zone)) + plusMs
  }
  const { year, month, day } = time
  if (year !== undefined && month !== undefined && day !== undefined) {
    const found = at(year, month, day)
    if (time.order === 'either' && (isDayFirst || found > latestMs + DAY_MS)) {
      const swapped = at(year, day, month)
      return isDayFirst || swapped <= latestMs + DAY_MS ? swapped : found
    }
    if (!time.otherDate) return found
    const other = at(time.otherDate.year, time.otherDate.month, time.otherDate.day)
    const [early, late] = found < other ? [found, other] : [other, found]
    // A clock may be ahead by hours of zone, not by months.
    return late <= latestMs + DAY_MS ? late : early
  }
  if (month !== undefined && day !== undefined) {
    const newest = new Date(latestMs + DAY_MS).getUTCFullYear()
    for (let y = newest; y > newest - 9; y--) {
      if (month === 2 && day === 29 && !isLeap(y)) continue
      const found = at(y, month, day)
      if (found <= latestMs) return found
    }
    return undefined
  }
  const from = new Date(latestMs + DAY_MS)
  for (let back = 0; back < 4; back++) {
    const d = new Date(from.getTime() - back * DAY_MS)
    const found = at(d.getUTCFullYear(), d.getUTCMonth() + 1, d.getUTCDate())
    if (found <= latestMs) return found
  }
  return undefined
}

function toUtc(localMs: number, zone: Zone): number {
  const guess = localMs - zone.offsetMin(localMs) * 60_000
  const earlier = localMs - zone.offsetMin(guess - 3_600_000) * 60_000
  const exact = localMs - zone.offsetMin(guess) * 60_000
  // In an overlap both fit: the first occurrence is the one with the larger offset.
  if (earlier < exact && zone.offsetMin(earlier) * 60_000 === localMs - earlier) return earlier
  return exact
}

/** From 2000 to a day after now: everything else is a broken clock. */
export const isPlausible = (ms: number, nowMs: number): boolean => ms >= EPOCH_MIN * 1000 && ms <= nowMs + DAY_MS

const MILLISECONDS = Array.from({ length: 1000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`)
let second = Number.NaN
let secondText = ''
/** An instant as `Date.toISOString` writes it; lines come many to the second, so the last one's text is kept. */
export function isoOf(ms: number): string {
  const whole = Math.floor(ms / 1000)
  if (whole !== second) {
    secondText = new Date(whole * 1000).toISOString().slice(0, -4)
    second = whole
  }
  return secondText + (MILLISECONDS[ms - whole * 1000] ?? new Date(ms).toISOString().slice(-4))
}
