import type { Header } from '../format.js'
import { GLIB_HEAD } from '../glib-head.js'
import { readTime, type WallTime } from '../time.js'

/** The head of an application's line: a time, then level, thread, pid and logger in any order. */
export type Head = {
  readonly time?: WallTime
  readonly level?: string
  readonly logger?: string
  readonly message: string
}

const LEVELS =
  'TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|SEVERE|CRITICAL|CRIT|FINE|FINER|FINEST|CONFIG|ALERT|EMERG|INF|WRN|DBG|ERRO|DEBU|FATA'
/** Also Zabbix' process id, which a colon parts from the date. */
const LEAD = /^(?:\[|\(|--|\* |[DIWEFA], \[|[DIWEF](?=\d{4}-\d\d-\d\d[ T]\d)| {0,6}\d{1,8}:(?=20\d{6}:))?/
/** Go's log package writes the prefix that a program gave it before the date: `[proxy-5021] DEBUG 2026/08/10`. Source: log.Logger, formatHeader. */
const PREFIX = /^\[(?<logger>[\w.:/@-]{1,48})\] {1,3}(?:(?<level>[A-Z]{4,8}):? {1,3})?(?=20\d\d[-/])/
/** Ruby's Logger behind its time: process id, level, program. Source: Ruby, lib/logger/formatter.rb */
const RUBY = /^ ?#\d{1,9}\] {1,3}(?<level>DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- (?:(?<logger>[^:\n]{1,60})|): /
const BRACKET = /^\[(?<inner>[^\]\n]{1,80})\]\s{0,3}/
const LEVEL_WORD = new RegExp(
  String.raw`^\[?(?<level>${LEVELS})(?:\s{0,2}\])?(?=[\s:|\]\-[]|$)\s{0,4}[\s:|\-]{0,4}`,
  'i',
)
const LEVEL_ONLY = new RegExp(`^(?:${LEVELS})$`, 'i')
/** What was thrown stands in the same place, and is no logger. */
const LOGGER = /^(?<logger>(?![\w$.]{0,120}(?:Exception|Error):)[A-Za-z_$][\w$.-]{2,120})\s{0,2}(?:-|:|\|)\s{1,3}/
/** Loguru's `{name}:{function}:{line}` or `{name}.{function}:{line}`, which looks like a host and port. */
const CODE_LINE = /^(?<logger>[A-Za-z_][\w.]{0,80}(?::[A-Za-z_<][\w<>]{0,60})?):\d{1,5} {1,3}[-|] {1,3}/
/** Python's `%(process)d %(threadName)s %(name)s:%(lineno)d %(levelname)s - `: where the program speaks, before its level. Alone it looks like an endpoint. */
const CODE_LEVEL = new RegExp(
  String.raw`^(?:\d{1,8} {1,2}(?:[A-Za-z][\w()-]{0,40} {1,2})?|(?:MainThread|Thread-\d{1,6}|ThreadPoolExecutor-\S{1,24}|asyncio_\d{1,6}) {1,2})(?<logger>[A-Za-z_][\w.]{0,80}):\d{1,5} {1,3}\[?(?<level>${LEVELS})\]?(?: {0,2}[-:|])? {1,3}`,
)
const PID = /^\d{2,7}(?:\s{1,4}\d{1,7})?\s{1,3}/
/** Java's own translations of its levels. Source: OpenJDK, sun/util/logging/resources/logging_*.properties */
const LOCAL_LEVELS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    severe: 'SCHWERWIEGEND|GRAVE|ALLVARLIG|严重|嚴重|重大|심각',
    warning: 'WARNUNG|AVERTISSEMENT|ADVERTENCIA|AVVERTENZA|ADVERTÊNCIA|VARNING|警告|경고',
    info: 'INFOS|INFORMACIÓN|INFORMAZIONI|INFORMAÇÕES|信息|資訊|情報|정보',
    config: 'KONFIGURATION|CONFIGURACIÓN|CONFIGURAÇÃO|配置|構成|구성',
  }).flatMap(([level, words]) => words.split('|').map((word) => [word, level])),
)
/** tinylog's, before the method. */
const THREAD = /^\[[\w .:#-]{1,48}\] (?=[A-Za-z_$])/
const JUL_SECOND = new RegExp(`^(?<level>${LEVELS}|${Object.keys(LOCAL_LEVELS).join('|')}): `)

/** Takes time, level, thread, pid and logger off the front. With a syslog header before it, the time may be missing. */
export function readHead(text: string, header: Header): Head | undefined {
  const prefix = PREFIX.exec(text) ?? GLIB_HEAD.exec(text)
  const lead = (prefix ?? LEAD.exec(text))?.[0].length ?? 0
  const when = readTime(text, lead) ?? (lead > 0 ? readTime(text, 0) : undefined)
  if (!when && !header.time) return undefined
  let rest = when ? text.slice(when.end).replace(/^[\])]?[\s|,;:-]{0,4}/, '') : text
  const ruby = when ? RUBY.exec(text.slice(when.end)) : null
  if (when && ruby?.groups)
    return {
      time: when.time,
      level: ruby.groups.level ?? '',
      ...(ruby.groups.logger !== undefined && { logger: ruby.groups.logger }),
      message: text.slice(when.end + ruby[0].length),
    }
  const julian = readJulSecond(rest.replace(THREAD, ''), when?.time)
  if (julian) return julian
  let level = LEVEL_ONLY.test(prefix?.groups?.level ?? '') ? prefix?.groups?.level : undefined
  let logger = prefix?.groups?.logger
  const code = level === undefined && logger === undefined ? CODE_LEVEL.exec(rest) : null
  if (code?.groups) {
    level = code.groups.level
    logger = code.groups.logger
    rest = rest.slice(code[0].length)
  }
  for (let i = 0; i < 6; i++) {
    const word = level === undefined ? LEVEL_WORD.exec(rest) : null
    if (word?.groups) {
      level = word.groups.level
      rest = rest.slice(word[0].length)
      continue
    }
    const bracket = BRACKET.exec(rest)
    if (bracket?.groups) {
      const inner = bracket.groups.inner ?? ''
      if (/[=:：]/.test(inner) || /[\u4e00-\u9fff]/.test(inner)) break
      if (level === undefined && LEVEL_ONLY.test(inner.trim())) level = inner.trim()
      else if (/[.]/.test(inner) && logger === undefined) logger = inner
      rest = rest.slice(bracket[0].length)
      continue
    }
    const pid = i > 0 || level !== undefined ? PID.exec(rest) : null
    if (pid) {
      rest = rest.slice(pid[0].length)
      continue
    }
    const name = logger === undefined && level !== undefined ? (CODE_LINE.exec(rest) ?? LOGGER.exec(rest)) : null
    if (name?.groups && /[.:]|^[A-Z]\w+$|^[a-z_]\w+$/.test(name.groups.logger ?? '')) {
      logger = name.groups.logger
      rest = rest.slice(name[0].length)
      continue
    }
    break
  }
  return {
    ...(when && { time: when.time }),
    ...(level !== undefined && { level }),
    ...(logger !== undefined && { logger }),
    message: rest,
  }
}

/** java.util.logging's two lines: source behind the time, then level and message. */
function readJulSecond(rest: string, time: WallTime | undefined): Head | undefined {
  const newline = rest.indexOf('\n')
  if (newline < 0 || newline >= 160) return undefined
  const second = rest.slice(newline + 1)
  const jul = JUL_SECOND.exec(second)
  if (!jul?.groups || /[[{=]/.test(rest.slice(0, newline))) return undefined
  const source = rest.slice(0, newline).trim()
  return {
    ...(time && { time }),
    level: LOCAL_LEVELS[jul.groups.level ?? ''] ?? jul.groups.level ?? '',
    ...(source !== '' && { logger: source }),
    message: second.slice(jul[0].length),
  }
}
