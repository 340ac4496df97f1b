import { accept, defineFormat, keepingLast, NS_PER_MS } from '../format.js'
import { isZoned, readTime, type WallTime, zoneMinutes } from '../time.js'
import { describe } from './application.js'

/**
 * logfmt: a line of `key=value` pairs that has its time as one of them, as Go's logrus, log15, go-kit and slog and their like write.
 * Source: slog's TextHandler and logrus' TextFormatter documentation; brandur.org/logfmt.
 */
const TIME_KEYS = 'time|ts|timestamp|t|@timestamp|datetime|date|asctime|eventTime'
/** A line that begins with pairs, the time among the first of them. */
const START = new RegExp(
  String.raw`^(?:[A-Za-z_][\w.@-]{0,40}=(?:"[^"\n]{0,256}"|[^\s"]{0,256}) {1,4}){0,5}(?:${TIME_KEYS})="?\d`,
)
const PAIR =
  /(?:^| )([A-Za-z_@][\w.@-]{0,40})=(?:"((?:[^"\\]|\\.){0,4096})"|'([^'\n]{0,4096})'(?= |$)|([^\s"]{0,1024}))/g
const MOST_PAIRS = 64

export const logfmt = defineFormat({
  id: 'logfmt',
  title: 'logfmt (logrus, log15, go-kit, slog)',
  source: "slog's TextHandler; logrus TextFormatter",
  block: { starts: START },
  detect: (text, header) => (pairsIn(text, header) ? 0.9 : 0),
  parse: (text, header) => {
    const found = pairsIn(text, header)
    if (!found) return undefined
    const { pairs, time } = found
    const level = pick(pairs, 'level', 'lvl', 'severity', 'loglevel')
    const logger = pick(pairs, 'logger', 'component', 'module', 'caller', 'source')
    const said = pick(pairs, 'msg', 'message', 'event', 'text')
    const error = pick(pairs, 'err', 'error', 'cause', 'exception', 'reason')
    // What it says first, then the pairs, which name ids, addresses and times.
    const rest = [...pairs].filter(([key]) => !SKIPPED.has(key)).map(([key, value]) => `${key}=${value}`)
    // A single word needs its name beside it: `deadline` may be anything, `err=deadline` is one that ran out.
    const failed = error !== undefined && ONE_WORD.test(error) ? `err=${error}` : error
    const fields = describe([said, failed, ...rest].filter((part) => part !== undefined && part !== '').join(' '))
    const millis = /^\d{1,8}(?:\.\d{1,6})?$/.exec(pick(pairs, ...MILLIS_KEYS) ?? '')?.[0]
    if (millis !== undefined) fields['event.duration'] ??= Math.round(Number(millis) * NS_PER_MS)
    if (level !== undefined) fields['log.level'] = level.toLowerCase()
    if (logger !== undefined) fields['log.logger'] = logger
    fields.message = [said, error].filter((part) => part !== undefined && part !== '').join(': ') || text
    return accept(fields, time)
  },
})

const MILLIS_KEYS = [
  'ms',
  ...['duration', 'elapsed', 'took', 'dur', 'latency', 'time', 'spent', 'rt'].map((key) => `${key}_ms`),
]
const ONE_WORD = /^[a-z][a-z_-]{1,31}$/i
const SKIPPED = new Set([
  ...TIME_KEYS.split('|'),
  'level',
  'lvl',
  'severity',
  'loglevel',
  'logger',
  'caller',
  'source',
  'msg',
  'message',
  'text',
  'err',
  'error',
  'cause',
  'exception',
])

type Found = { readonly pairs: ReadonlyMap<string, string>; readonly time: WallTime }

const ZONE = /^[+-]\d{2}:?\d{2}$/

const pairsIn = keepingLast((text): Found | undefined => {
  if (!START.test(text)) return undefined
  const pairs = new Map<string, string>()
  for (const m of text.matchAll(PAIR)) {
    const key = m[1] as string
    if (!pairs.has(key)) pairs.set(key, m[2]?.replace(/\\(["\\])/g, '$1') ?? m[3] ?? m[4] ?? '')
    if (pairs.size >= MOST_PAIRS) break
  }
  const at = pick(pairs, ...TIME_KEYS.split('|'))
  const when = at === undefined ? undefined : readTime(at)
  // Stormshield tells the zone beside.
  const zone = pairs.get('tz')
  const isBeside = when?.time.year !== undefined && !isZoned(when.time) && zone !== undefined && ZONE.test(zone)
  return when && { pairs, time: isBeside ? { ...when.time, offsetMin: zoneMinutes(zone) } : when.time }
})

function pick(pairs: ReadonlyMap<string, string>, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = pairs.get(key)
    if (value !== undefined && value !== '') return value
  }
  return undefined
}
