/** The layouts of a time that programs write, and which of them can begin as a text does. */

const MONTH = '(?<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}'
const ANY_MONTH =
  '(?<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)'
/** Of a second; some programs write a colon before its thousandths. */
const FRACTION = '(?:(?:[.,]|:(?=\\d{3}(?![\\d:])))(?<f>\\d{1,9}))?'
const CLOCK = `(?<h>\\d{1,2}):(?<mi>\\d{2})(?::(?<s>\\d{2})${FRACTION})?`
const HALF = '(?: ?(?<half>[AaPp])\\.?[Mm]\\.?)?'
const ZONE = '(?: ?(?:(?:GMT|UTC)(?=[+-]\\d))?(?<z>Z|UTC|GMT|[+-]\\d{2}:?\\d{2})(?![\\w:]))?'

const ANY_HALF = '(?:[ \\u00a0\\u202f]?(?<half>[AaPp]\\.?[ \\u00a0\\u202f]?[Mm]\\.?|上午|下午|午前|午後|오전|오후))?'
/** What may be a month's name in some language. */
export const LOCAL_WORD = '[A-Za-z\\u00c0-\\u024f\\u0400-\\u045f]{3,12}|十[一二]?月|[一二三四五六七八九]月'
const WORD = `(?<word>${LOCAL_WORD})`

/** Anchored (sticky), so that it is tried at one place only. */
const at = (source: string): RegExp => new RegExp(source, 'y')

/** All free of nested repetition, so each is linear. Order matters: the longest reading first. */
const LAYOUTS = {
  yearFirst: at(`(?<y>\\d{4})[-/.](?<mo>\\d{1,2})[-/.](?<d>\\d{1,2})\\.?(?:[T_ ]| {2})${CLOCK}${HALF}${ZONE}`),
  chinese: at(
    `(?<y>\\d{4})年(?<mo>\\d{1,2})月(?<d>\\d{1,2})日 ?(?<half>上午|下午|中午|凌晨|早上|晚上)? ?(?<h>\\d{1,2})[时点:](?<mi>\\d{1,2})[分:](?<s>\\d{1,2})秒?${FRACTION}`,
  ),
  runWithClock: at(
    `(?<y>20\\d{2})(?<mo>\\d{2})(?<d>\\d{2})[ T;,|\t-]?(?<h>\\d{2}):(?<mi>\\d{2}):(?<s>\\d{2})${FRACTION}${ZONE}`,
  ),
  run: at(
    `(?<y>20\\d{2})(?<mo>\\d{2})(?<d>\\d{2})[ T-]?(?<h>\\d{2})(?<mi>\\d{2})(?<s>\\d{2})(?:[.,]?(?<f>\\d{3,9}))?(?!\\d)${ZONE}`,
  ),
  apache: at(`(?<d>\\d{1,2})/${MONTH}/(?<y>\\d{4})[: ]${CLOCK}${ZONE}`),
  dayMonthWordHyphens: at(`(?<d>\\d{1,2})-${MONTH}-(?<y>\\d{4}),? ${CLOCK}${HALF}${ZONE}`),
  dayMonthWord: at(
    `(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?(?<d>\\d{1,2}) ${MONTH},? (?<y>\\d{4}),? ${CLOCK}${HALF}${ZONE}`,
  ),
  monthWordYear: at(
    `(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?${MONTH} {1,2}(?<d>\\d{1,2}),? (?<y>\\d{4}),? ${CLOCK}${HALF}${ZONE}`,
  ),
  syslog: at(
    `(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?${MONTH} {1,2}(?<d>\\d{1,2}),? ${CLOCK}${HALF}(?:${ZONE})(?: (?:[A-Z]{3,5} )?(?<y>\\d{4})(?![\\d.:]))?`,
  ),
  // Hyphens: Boost's to_simple_string.
  yearMonthWord: at(`(?<y>\\d{4})[ -]${MONTH}(?: {1,2}|-)(?<d>\\d{1,2}) ${CLOCK}${ZONE}`),
  monthFirst: at(`(?<mo>\\d{1,2})/(?<d>\\d{1,2})/(?<y>\\d{4}|\\d{2})[,: -]{1,2}${CLOCK}${HALF}${ZONE}`),
  // `12-02-26 23:18:47.429`
  monthFirstHyphens: at(`(?<mo>\\d{2})-(?<d>\\d{2})-(?<y>\\d{2})[,: ]{1,2}${CLOCK}${HALF}${ZONE}`),
  noYear: at(`(?<mo>\\d{2})-(?<d>\\d{2}) (?<h>\\d{2}):(?<mi>\\d{2}):(?<s>\\d{2})[.,](?<f>\\d{1,9})`),
  // Firmware: 0319-115153.000
  monthDayRun: at(
    `(?<mo>0[1-9]|1[0-2])(?<d>0[1-9]|[12]\\d|3[01])-(?<h>[01]\\d|2[0-3])(?<mi>[0-5]\\d)(?<s>[0-5]\\d)\\.(?<f>\\d{3,6})(?!\\d)`,
  ),
  // Slashes and dots without a year: the month first where it can be one, as in dates with a year; with dots the day.
  monthDay: at(`(?<mo>\\d{2})/(?<d>\\d{2})[ T](?<h>\\d{2}):(?<mi>\\d{2}):(?<s>\\d{2})${FRACTION}(?![:\\d])`),
  dayMonth: at(`(?<d>\\d{2})[/.](?<mo>\\d{2})\\.?[ T](?<h>\\d{2}):(?<mi>\\d{2}):(?<s>\\d{2})${FRACTION}(?![:\\d])`),
  chineseClock: at(`(?<half>上午|下午) ?(?<h>\\d{1,2}):(?<mi>\\d{2}):(?<s>\\d{2})(?:[.,](?<f>\\d{1,9}))?`),
  clock: at(`(?<h>\\d{2}):(?<mi>\\d{2}):(?<s>\\d{2})(?:[.,](?<f>\\d{1,9}))?${HALF}(?!\\d|:(?! ))`),
  // Mainframes and databases: 20NOV2026 10:07:00, 20-Nov-26 10:07:00, 2026-11-20-10.07.00.123456
  mainframe: at(`(?<d>\\d{1,2})-?${ANY_MONTH}-?(?<y>\\d{4}|\\d{2})[ T:]${CLOCK}${HALF}${ZONE}`),
  database: at(
    `(?<y>\\d{4})[-/.](?<mo>\\d{2})[-/.](?<d>\\d{2})(?:[-:]|[,;] ?)(?<h>\\d{2})[:.](?<mi>\\d{2})[:.](?<s>\\d{2})${FRACTION}${ZONE}`,
  ),
  // The day first: with dots everywhere, with slashes where it cannot be a month (that reading is tried before).
  dayFirstDots: at(`(?<d>\\d{1,2})\\.(?<mo>\\d{1,2})\\.(?<y>\\d{4}|\\d{2})\\.?[,;T ]{1,2}${CLOCK}${ZONE}`),
  // Norwegian, Finnish and Danish locales: 01.12.26 10.43.11.533
  dottedClock: at(
    `(?<d>\\d{1,2})\\.(?<mo>\\d{1,2})\\.(?<y>\\d{4}|\\d{2}),? (?:kl\\.? )?(?<h>[01]\\d|2[0-3])\\.(?<mi>[0-5]\\d)\\.(?<s>[0-5]\\d)${FRACTION}(?![\\d.])`,
  ),
  dayFirst: at(`(?<d>\\d{1,2})[/-](?<mo>\\d{1,2})[/-](?<y>\\d{4})[,: ]{1,2}${CLOCK}${HALF}${ZONE}`),
  // Zabbix: 20261124:100031.123
  zabbix: at(
    `(?<y>20\\d{2})(?<mo>\\d{2})(?<d>\\d{2}):(?<h>\\d{2})(?<mi>\\d{2})(?<s>\\d{2})(?:\\.(?<f>\\d{1,9}))?(?!\\d)`,
  ),
  // Two digits each, the first of which is no month: the day first, or the year (which `resolve` settles).
  twoDigits: at(
    `(?<d>\\d{2})[/-](?<mo>\\d{2})[/-](?<yy>\\d{2})[,: -]{1,2}(?<h>\\d{2}):(?<mi>\\d{2}):(?<s>\\d{2})${FRACTION}${ZONE}`,
  ),
  // Firmware: 201126 150002.150, the day first or the year.
  twoDigitsRun: at(
    `(?<d>\\d{2})(?<mo>0[1-9]|1[0-2])(?<yy>\\d{2})[ T-](?<h>[01]\\d|2[0-3]):?(?<mi>[0-5]\\d):?(?<s>[0-5]\\d)(?:[.,](?<f>\\d{1,6}))?(?![\\d:])`,
  ),
  // Apache Traffic Server: 20261110.20h15m51s
  trafficServer: at(`(?<y>20\\d{2})(?<mo>\\d{2})(?<d>\\d{2})\\.(?<h>\\d{2})h(?<mi>\\d{2})m(?<s>\\d{2})s`),
  // Indonesian: 27/05/2026 10.42.02.716
  // java.util.logging writes the month of its locale: `Okt. 13, 2026 5:56:40 PM`, `10月 13, 2026 5:56:40 下午`.
  localMonth: at(`${WORD}\\.? {1,2}(?<d>\\d{1,2}),? (?<y>\\d{4}),? ${CLOCK}${ANY_HALF}${ZONE}`),
  numberedMonth: at(`(?<mo>\\d{1,2})[月월] {1,2}(?<d>\\d{1,2}), (?<y>\\d{4}) ${CLOCK}${ANY_HALF}${ZONE}`),
  localDay: at(
    `(?<d>\\d{1,2})\\.? (?:de )?${WORD}\\.?(?: de)?,? (?<y>\\d{4})(?: г\\.)?,? {1,2}${CLOCK}${ANY_HALF}${ZONE}`,
  ),
  indonesian: at(
    `(?<d>\\d{1,2})/(?<mo>\\d{1,2})/(?<y>\\d{4}) (?<h>\\d{2})\\.(?<mi>\\d{2})\\.(?<s>\\d{2})${FRACTION}(?!\\d)`,
  ),
}

export const ALL_LAYOUTS: readonly RegExp[] = Object.values(LAYOUTS)
/** Dates in numbers that have the month first, and those with slashes that have the day first. */
export const MONTH_FIRST: readonly RegExp[] = [LAYOUTS.monthFirst, LAYOUTS.monthFirstHyphens]
export const DAY_FIRST: RegExp = LAYOUTS.dayFirst

/** That can begin with a word: a day of the week, a month, half of the day in Chinese. */
export const AT_DAY: readonly RegExp[] = [LAYOUTS.dayMonthWord, LAYOUTS.monthWordYear, LAYOUTS.syslog]
export const AT_MONTH: readonly RegExp[] = [LAYOUTS.monthWordYear, LAYOUTS.syslog]
export const AT_WORD: readonly RegExp[] = [LAYOUTS.localMonth]
export const AT_HALF: readonly RegExp[] = [LAYOUTS.chineseClock]
/** And that can begin with four digits, with one or two, with eight or more, and then a certain character. */
const YEAR_MARK = [LAYOUTS.yearFirst, LAYOUTS.database]
const FOUR_HYPHEN = [...YEAR_MARK, LAYOUTS.monthDayRun, LAYOUTS.yearMonthWord]
const YEAR_SPACE = [LAYOUTS.yearMonthWord]
const YEAR_HAN = [LAYOUTS.chinese]
const DAY_SLASH = [
  LAYOUTS.apache,
  LAYOUTS.monthFirst,
  LAYOUTS.dayFirst,
  LAYOUTS.twoDigits,
  LAYOUTS.indonesian,
  LAYOUTS.monthDay,
  LAYOUTS.dayMonth,
]
const DAY_HYPHEN = [
  LAYOUTS.dayMonthWordHyphens,
  LAYOUTS.noYear,
  LAYOUTS.mainframe,
  LAYOUTS.dayFirst,
  LAYOUTS.monthFirstHyphens,
  LAYOUTS.twoDigits,
]
const DAY_DOT = [LAYOUTS.dayFirstDots, LAYOUTS.dottedClock, LAYOUTS.localDay, LAYOUTS.dayMonth]
const DAY_LETTER = [LAYOUTS.mainframe]
const DAY_SPACE = [LAYOUTS.dayMonthWord, LAYOUTS.localDay]
const DAY_HAN = [LAYOUTS.numberedMonth]
const HOUR_COLON = [LAYOUTS.clock]
const RUN = [LAYOUTS.runWithClock, LAYOUTS.run]
const SIX = [LAYOUTS.twoDigitsRun]
const RUN_COLON = [LAYOUTS.zabbix]
const RUN_DOT = [LAYOUTS.trafficServer, ...RUN]
const NONE: readonly RegExp[] = []

/** By how many digits it begins with and the character after them. */
export function layoutsFor(digits: number, next: number): readonly RegExp[] {
  if (digits === 8 && next === 58) return RUN_COLON
  if (digits === 8 && next === 46) return RUN_DOT
  if (digits >= 8) return RUN
  if (digits === 6) return next === 32 || next === 45 || next === 84 ? SIX : NONE
  const isDay = digits <= 2
  switch (next) {
    case 47: // slash
      return digits === 4 ? YEAR_MARK : isDay ? DAY_SLASH : NONE
    case 45: // hyphen
      return digits === 4 ? FOUR_HYPHEN : isDay ? DAY_HYPHEN : NONE
    case 46: // dot
      return digits === 4 ? YEAR_MARK : isDay ? DAY_DOT : NONE
    case 32: // space
      return digits === 4 ? YEAR_SPACE : isDay ? DAY_SPACE : NONE
    case 58: // colon
      return digits === 2 ? HOUR_COLON : NONE
    case 0x5e74: // the Chinese word for year
      return digits === 4 ? YEAR_HAN : NONE
    case 0x6708: // the Chinese and the Korean word for month
    case 0xc6d4:
      return isDay ? DAY_HAN : NONE
    default:
      return isDay && next >= 65 && next <= 90 ? DAY_LETTER : NONE
  }
}

/** Months of locales by their first three letters, in the order of the year. */
const LOCAL_MONTHS: ReadonlyMap<string, number> = new Map(
  [
    'jan gen ene sty oca янв led ian 一月',
    'feb fév fev lut şub фев úno 二月',
    'mar mär mrt мар bře 三月',
    'apr abr avr kwi nis апр dub 四月',
    'mai maj mei may mag мая май kvě 五月',
    'jun giu cze haz июн čvn 六月',
    'jul lug lip tem июл čvc 七月',
    'aug ago aoû sie ağu авг srp 八月',
    'sep set wrz eyl сен zář 九月',
    'okt oct ott out paź eki окт říj 十月',
    'nov lis kas ноя 十一月',
    'dec dez dic déc gru ara дек pro des 十二月',
  ].flatMap((words, i) => words.split(' ').map((word): [string, number] => [word, i + 1])),
)

/** @returns undefined for a word that is no month in any language here */
export function monthOf(word: string): number | undefined {
  const lower = word.toLowerCase()
  // French: juin, juillet.
  if (lower.startsWith('jui')) return lower.startsWith('juin') ? 6 : 7
  return LOCAL_MONTHS.get(lower.endsWith('月') ? lower : lower.slice(0, 3))
}
