/**
 * A length of time as programs write it: `30 s`, `1m30s` (Go), `PT30S` (ISO 8601, Java), `00:00:30` and `0:00:10.000000` (.NET, Dart, Python),
 * `30000 millis`, `1 minute(s)`, `15 Sek.`, `30秒`. To be put into patterns; it has one group, the whole.
 */
const NUMBER = String.raw`\d{1,9}(?:\.\d{1,9})?`
const UNIT = String.raw`(?:milisaniye|saniye|msn|sn|миллисекунд[ыа]?|мсек|мс|с(?![а-я])|sekund[yęea]?|ezredm[áa]sodperc|m[áa]sodperc|gi[âa]y|detik|밀리초|초|msecs?|millis(?:econds?)?|milliseconds?|ms|µs|μs|us|usecs?|microseconds?|ns|nanoseconds?|seconds?|second\(s\)|secs?|sek(?:unden?)?|segundos?|secondes?|secondi|сек(?:унд[ыа]?)?|s|minutes?|minute\(s\)|minuten|minutos?|mins?|m|hours?|hrs?|h|毫秒|ミリ秒|微秒|秒钟|秒|分钟|分|小时)(?![A-Za-z\d]|=)`
export const SPAN = String.raw`(PT(?=\d)(?:\d{1,4}H)?(?:\d{1,5}M)?(?:\d{1,9}(?:\.\d{1,9})?S)?(?![A-Za-z\d])|\d{1,3}:\d{2}:\d{2}(?:\.\d{1,9})?(?![\d:])|(?:\d{1,4}h ?)?\d{1,5}m ?\d{1,2}(?:\.\d{1,9})?s(?![A-Za-z\d])|${NUMBER}[ _-]{0,2}${UNIT})`

const HOUR = 3_600_000
const MINUTE = 60_000
const FACTORS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|msec|mil+i|мс|милли|ezred|밀리|毫秒|ミリ)/, 1],
  [/^(?:[µμu]s|usec|micro|微秒)/, 1e-3],
  [/^n/, 1e-6],
  [/^(?:h|小时)/, HOUR],
  [/^(?:m(?![áa]s)|分)/, MINUTE],
  [/^/, 1000],
]

/** @returns whole milliseconds of what SPAN caught */
export function spanMs(text: string): number | undefined {
  const word = text.trim().toLowerCase()
  const clock = /^(\d{1,3}):(\d{2}):(\d{2}(?:\.\d{1,9})?)$/.exec(word)
  const parts = clock ?? /^(?:pt)?(?:(\d{1,4})h ?)?(?:(\d{1,5})m ?)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?$/.exec(word)
  // `5m` is minutes in both readings.
  if (parts?.slice(1).some((p) => p !== undefined))
    return whole(Number(parts[1] ?? 0) * HOUR + Number(parts[2] ?? 0) * MINUTE + Number(parts[3] ?? 0) * 1000)
  const plain = /^(\d{1,9}(?:\.\d{1,9})?)[ _-]{0,2}(\D{1,16})$/.exec(word)
  if (!plain) return undefined
  const factor = FACTORS.find(([unit]) => unit.test(plain[2] ?? ''))?.[1] ?? 1000
  return whole(Number(plain[1]) * factor)
}

/** What is longer than a hundred days is no wait. */
const whole = (ms: number): number | undefined => (ms < 100 * 24 * HOUR ? Math.round(ms) : undefined)

const ANY = new RegExp(String.raw`(?<![\w.:])${SPAN}`, 'gi')
/** The only length of time that a text states; undefined where there is none, or more than one. */
export function onlySpanMs(text: string): number | undefined {
  const found = [...text.slice(0, 1_000).matchAll(ANY)].slice(0, 3).map((m) => spanMs(m[1] ?? ''))
  return found.length === 1 ? found[0] : undefined
}
