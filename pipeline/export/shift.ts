import { readTime, type WallTime } from '../parse/time.js'
import { LOCAL_WORD, monthOf } from '../parse/time-layouts.js'

const DAY_MS = 86_400_000
const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const MONTH = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)'

/** How a text's dates move: by whole days, so that every time of day stays. */
export type Shift = {
  readonly days: number
  /** Epoch ms between which the logs' times lie: a date without a year is the one nearest to them, a number among them is a time. */
  readonly from: number
  readonly to: number
}

/** A day as the text writes it, in the order that it does. */
type Written = { readonly pattern: RegExp; readonly write: (m: readonly string[], to: Day) => string }
type Day = { readonly y: number; readonly m: number; readonly d: number; readonly week: number }

const two = (n: number, like: string): string => (like.length === 2 ? String(n).padStart(2, '0') : String(n))
const year = (n: number, like: string): string => String(n).slice(-like.length)
const word = (name: string, like: string): string => {
  const cut = like.length > 3 ? name : name.slice(0, 3)
  return like === like.toUpperCase() ? cut.toUpperCase() : cut
}
/** A day of the month behind its name keeps its column, where it had one. */
const column = (gap: string, d: number, like: string): string => {
  if (like.startsWith('0')) return gap + String(d).padStart(2, '0')
  return gap.length + like.length === 3 ? String(d).padStart(3, ' ') : gap + String(d)
}
/** Of another month the English name, which every reader knows. */
const localMonth = (said: string, to: Day): string =>
  monthOf(said) === to.m ? said : (MONTHS[to.m - 1] as string).slice(0, 3)
const WEEK = '(?:(Sun|Mon|Tue|Wed|Thu|Fri|Sat)([a-z]{0,6},? ))?'
const week = (name: string | undefined, rest: string | undefined, to: Day): string =>
  name === undefined
    ? ''
    : `${(DAYS[to.week] as string).slice(0, 3)}${/^[a-z]/.test(rest ?? '') ? (DAYS[to.week] as string).slice(3) : ''}${(rest ?? '').replace(/^[a-z]+/, '')}`

const WRITTEN: readonly Written[] = [
  {
    pattern: /^(\d{4})([-/.年])(\d{1,2})([-/.月])(\d{1,2})/,
    write: ([, y = '', a = '', m = '', b = '', d = ''], to) => year(to.y, y) + a + two(to.m, m) + b + two(to.d, d),
  },
  { pattern: /^(20\d{2})(\d{2})(\d{2})/, write: (_, to) => `${to.y}${two(to.m, '00')}${two(to.d, '00')}` },
  {
    pattern: new RegExp(`^${WEEK}(\\d{1,2})([/ -]?)${MONTH}([a-z]{0,6})([/, -]{0,2})(\\d{4}|\\d{2})`),
    write: ([, w, rest, d = '', a = '', mon = '', more = '', b = '', y = ''], to) =>
      week(w, rest, to) + two(to.d, d) + a + word(MONTHS[to.m - 1] as string, mon + more) + b + year(to.y, y),
  },
  {
    pattern: new RegExp(`^${WEEK}${MONTH}([a-z]{0,6})( {1,2})(\\d{1,2})(,? )(\\d{4})(?!\\d|:)`),
    write: ([, w, rest, mon = '', more = '', gap = '', d = '', b = '', y = ''], to) =>
      week(w, rest, to) + word(MONTHS[to.m - 1] as string, mon + more) + column(gap, to.d, d) + b + year(to.y, y),
  },
  {
    pattern: new RegExp(`^${WEEK}${MONTH}([a-z]{0,6})( {1,2})(\\d{1,2})(.*?)( \\d{4})?$`, 's'),
    write: ([, w, rest, mon = '', more = '', gap = '', d = '', clock = '', y], to) =>
      week(w, rest, to) +
      word(MONTHS[to.m - 1] as string, mon + more) +
      column(gap, to.d, d) +
      clock +
      (y === undefined ? '' : ` ${to.y}`),
  },
  {
    pattern: new RegExp(`^(\\d{4}) ${MONTH}([a-z]{0,6})( {1,2})(\\d{1,2})`),
    write: ([, y = '', mon = '', more = '', gap = '', d = ''], to) =>
      `${year(to.y, y)} ${word(MONTHS[to.m - 1] as string, mon + more)}${column(gap, to.d, d)}`,
  },
  {
    // The day first: with dots always, with slashes where the first number can be no month.
    pattern: /^(\d{1,2})(\.)(\d{1,2})\.(\d{4}|\d{2})|^(1[3-9]|2\d|3[01])(\/)(\d{1,2})\/(\d{4})/,
    write: ([, d1, s1, m1, y1, d2, s2, m2, y2], to) => {
      const sep = s1 ?? s2 ?? '.'
      return [two(to.d, d1 ?? d2 ?? '00'), two(to.m, m1 ?? m2 ?? '00'), year(to.y, y1 ?? y2 ?? '0000')].join(sep)
    },
  },
  {
    pattern: /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})/,
    write: ([, m = '', d = '', y = ''], to) => `${two(to.m, m)}/${two(to.d, d)}/${year(to.y, y)}`,
  },
  { pattern: /^(\d{2})-(\d{2})/, write: (_, to) => `${two(to.m, '00')}-${two(to.d, '00')}` },
  // As java.util.logging writes them in its locales.
  {
    pattern: /^(\d{1,2})([月월] {1,2})(\d{1,2})(, )(\d{4})/,
    write: ([, m = '', a = '', d = '', b = '', y = ''], to) => two(to.m, m) + a + two(to.d, d) + b + year(to.y, y),
  },
  {
    pattern: new RegExp(`^(${LOCAL_WORD})(\\.? {1,2})(\\d{1,2})(,? )(\\d{4})`),
    write: ([, mon = '', a = '', d = '', b = '', y = ''], to) =>
      localMonth(mon, to) + a + two(to.d, d) + b + year(to.y, y),
  },
  {
    pattern: new RegExp(`^(\\d{1,2})(\\.? (?:de )?)(${LOCAL_WORD})(\\.?(?: de)?,? )(\\d{4})`),
    write: ([, d = '', a = '', mon = '', b = '', y = ''], to) =>
      two(to.d, d) + a + localMonth(mon, to) + b + year(to.y, y),
  },
]

/** Dates that stand alone, and glog's, which run into the level. */
const BARE = /(?<![\w.-])(20\d{2})([-/])(\d{2})\2(\d{2})(?![\w]|[-/.]\d)/y
const GLOG = /^([IWEFDV])(\d{2})(\d{2})(?= \d{2}:\d{2}:\d{2})/

/** The text with all its dates and epoch numbers moved. Clock times alone stay. */
export function shiftTimes(text: string, shift: Shift): string {
  if (shift.days === 0) return text
  const glog = GLOG.exec(text)
  if (glog) {
    const to = moved({ month: Number(glog[2]), day: Number(glog[3]) }, shift)
    if (to) return `${glog[1]}${two(to.m, '00')}${two(to.d, '00')}${rest(text.slice(5), shift)}`
  }
  return rest(text, shift)
}

function rest(text: string, shift: Shift): string {
  let out = ''
  let copied = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const isDigit = c >= 48 && c <= 57
    const isLetter = (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c >= 0xc0
    if (!(isDigit || isLetter) || (i > 0 && /[A-Za-z0-9.]/.test(text[i - 1] as string))) continue
    const read = readTime(text, i)
    BARE.lastIndex = i
    const bare = read?.time.month === undefined && isDigit ? BARE.exec(text) : null
    const span = bare ? bare[0] : read && text.slice(read.start, read.end)
    const time = bare ? { year: Number(bare[1]), month: Number(bare[3]), day: Number(bare[4]) } : read?.time
    const other = span === undefined || time === undefined ? undefined : rewritten(span, time, shift)
    if (span === undefined || other === undefined) continue
    out += text.slice(copied, i) + other
    i += span.length - 1
    copied = i + 1
  }
  return out + text.slice(copied)
}

function rewritten(span: string, time: Partial<WallTime>, shift: Shift): string | undefined {
  if (time.epochMs !== undefined) {
    if (time.epochMs < shift.from - DAY_MS || time.epochMs > shift.to + DAY_MS) return undefined
    const [whole = '', fraction] = span.split('.')
    const unit = 10n ** BigInt(whole.length - 10)
    const moved = (BigInt(whole) + BigInt(shift.days) * 86_400n * unit).toString()
    return fraction === undefined ? moved : `${moved}.${fraction}`
  }
  const to = moved(time, shift)
  if (!to) return undefined
  for (const { pattern, write } of WRITTEN) {
    const m = pattern.exec(span)
    if (m) return write(m as unknown as readonly string[], to) + span.slice(m[0].length)
  }
  return undefined
}

function moved({ year: y, month, day }: Partial<WallTime>, { days, from, to }: Shift): Day | undefined {
  if (month === undefined || day === undefined) return undefined
  const middle = (from + to) / 2
  const near = new Date(middle).getUTCFullYear()
  const at = (some: number): number => Date.UTC(some, month - 1, day)
  const best =
    y ??
    [near - 1, near, near + 1].reduce((a, b) => (Math.abs(at(b) - middle) < Math.abs(at(a) - middle) ? b : a), near)
  const then = new Date(at(best) + days * DAY_MS)
  return { y: then.getUTCFullYear(), m: then.getUTCMonth() + 1, d: then.getUTCDate(), week: then.getUTCDay() }
}
