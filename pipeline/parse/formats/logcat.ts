import { accept, defineFormat, keepingLast, type ParseResult, reject } from '../format.js'
import { readTime, type WallTime } from '../time.js'
import { describe } from './application.js'

/**
 * Android's logcat: threadtime (the default), time, long and brief; with or without year, zone, microseconds and uid.
 * An exception is logged as a line a frame, each with the same head: they are one record. Brief has no time, so only where an envelope
 * around it has one is it an event. Source: logcat(1) of Android, -v formats; logd's liblog/logprint.cpp.
 */
const STAMP = String.raw`(?:\d{4}-)?\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3,9}(?: [+-]\d{4})?`
/** 1 time, 2 pid, 3 level, 4 tag */
const THREADTIME = new RegExp(
  String.raw`^(${STAMP})\s{1,8}(?:\w[\w.]{0,30}\s{1,8})?(\d{1,10})\s{1,10}\d{1,10}\s([VDIWEFA])\s([^\n]{0,255}?)\s{0,64}: ?`,
)
const TIME = new RegExp(
  String.raw`^(${STAMP})\s{1,8}([VDIWEFA])\/([^\n(]{0,255}?)\s{0,64}\(\s{0,10}(\d{1,10})(?::\s{0,10}\w{1,32})?\): ?`,
)
const LONG = new RegExp(
  String.raw`^\[ (${STAMP})\s{1,8}(?:[a-z_][\w.]{0,30}:?\s{1,8})?(\d{1,10}):\s{0,10}(?:\d{1,10}|0x[0-9a-f]{1,16}) ([VDIWEFA])\/([^\n]{0,255}?)\s{0,64}\]\n?`,
)
const BRIEF = /^([VDIWEFA])\/([^\n(]{1,255}?)\s{0,64}\(\s{0,10}(\d{1,10})\): ?/
const LEVELS: Readonly<Record<string, string>> = {
  V: 'verbose',
  D: 'debug',
  I: 'info',
  W: 'warn',
  E: 'error',
  F: 'fatal',
  A: 'assert',
}

const HEAD = String.raw`(?:${STAMP}\s{1,8}(?:(?:\w[\w.]{0,30}\s{1,8})?\d{1,10}\s{1,10}\d{1,10}\s[VDIWEFA]\s[^\n:]{0,128}: ?|[VDIWEFA]\/[^\n(]{0,128}\(\s{0,10}\d{1,10}(?::\s{0,10}\w{1,32})?\): ?))`

/** How Dart's `logger` marks an error and what is fatal, as bytes of UTF-8; what was thrown and its frames follow, a line each. */
const FLUTTER_ERROR = '(?:\u00e2\u009b\u0094|\u00f0\u009f\u0091\u00be)'

export const logcat = defineFormat({
  id: 'logcat',
  title: 'Android logcat (threadtime, time, long, brief)',
  source: 'logcat(1), -v formats',
  block: {
    starts: new RegExp(
      String.raw`^(?:${HEAD}(?:[a-z][\w$]{0,40}\.){1,8}[A-Z][\w$]{0,80}(?:Exception|Error|Timeout)\b|${HEAD}${FLUTTER_ERROR}|\[ ${STAMP}\s{1,8}[^\n]{1,300} \]$)`,
    ),
    continues: new RegExp(
      String.raw`^${HEAD}(?:\s{1,16}at |Caused by: |Suppressed: |\s{0,16}\.\.\. \d{1,4} more|#\d{1,3} {1,8}\S|(?:Error: )?[A-Z]\w{2,40}(?:Exception|Error)\b)`,
    ),
  },
  detect: (text, header) => (headIn(text, header) ? 1 : 0),
  parse: (text, header) => {
    const head = headIn(text, header)
    if (!head) return undefined
    if (!head.time && !header.time) return reject('PARSE_NO_TIME', 'logcat brief has no time')
    return event(head, text)
  },
})

type Head = {
  readonly time: WallTime | undefined
  readonly pid: number
  readonly level: string
  readonly tag: string
  readonly length: number
}

const headIn = keepingLast((text): Head | undefined => {
  const threadtime = THREADTIME.exec(text)
  if (threadtime) return headOf(threadtime, threadtime[1], threadtime[2], threadtime[3], threadtime[4])
  const time = TIME.exec(text)
  if (time) return headOf(time, time[1], time[4], time[2], time[3])
  const long = text.startsWith('[ ') ? LONG.exec(text) : null
  if (long) return headOf(long, long[1], long[2], long[3], long[4])
  const brief = text[1] === '/' ? BRIEF.exec(text) : null
  return brief ? headOf(brief, undefined, brief[3], brief[1], brief[2]) : undefined
})

function headOf(
  m: RegExpExecArray,
  at: string | undefined,
  pid: string | undefined,
  level: string | undefined,
  tag: string | undefined,
): Head | undefined {
  const time = at === undefined ? undefined : readTime(at)?.time
  if (at !== undefined && !time) return undefined
  return { time, pid: Number(pid), level: LEVELS[level ?? ''] ?? '', tag: (tag ?? '').trim(), length: m[0].length }
}

const FOLLOWING = new RegExp(`^${HEAD}`, 'gm')

function event(head: Head, text: string): ParseResult {
  const message = text.slice(head.length).replace(FOLLOWING, '').trim()
  const fields = describe(message)
  fields['log.level'] = head.level
  if (head.tag !== '') fields['log.logger'] = head.tag
  if (head.pid > 0) fields['process.pid'] = head.pid
  return accept(fields, head.time)
}
