import type { Header } from './format.js'
import { EXPORT_BEGINS, readJournal, readRelayed, severityWord } from './journald.js'
import { readTime, zoneMinutes } from './time.js'

export type Unwrapped = { readonly header: Header; readonly body: string }

const LESS_THAN = 60
const PARENTHESIS = 40
const SPACE = 32
const BRACE = 123
const PRI = /^<(\d{1,3})>(?:1 )?/
/** Program, perhaps its process id in brackets. Groups by number: every line passes here, and names cost an object. */
const PROGRAM =
  /^(?![\d.]{7,15}:\d|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}:)([\w./@+-]{1,64}?)(?:\[(\d{1,10})(?::\d{1,4})?\])?: ?/
const PROGRAM_PID = /^([\w./@+-]{1,64})\[(\d{1,10})(?::\d{1,4})?\]:? ?/
/** `logread` and busybox syslogd write facility and level of the message; rsyslog's traditional forms may have them before the program. */
const FACILITY =
  /^(?:kern|user|mail|daemon|auth|authpriv|syslog|lpr|news|uucp|cron|ftp|local[0-7])\.(emerg|panic|alert|crit|err|error|warn|warning|notice|info|debug) /
/** ChromeOS, some appliances and Erlang's logger write the level where others have the host, then program and process id. */
const LEVEL_PROGRAM =
  /^(EMERG|ALERT|CRIT|ERR|WARNING|NOTICE|INFO|DEBUG|emergency|emerg|alert|critical|crit|error|err|warning|warn|notice|info|debug) (?=[\w./@+-]{1,64}(?:\[\d{1,10}\])?: )/
/** BIG-IP and some syslog servers write the level of the message between host and program. */
const LEVEL_AFTER_HOST =
  /^(emerg|alert|crit|err|error|warn|warning|notice|info|debug) (?=[\w./@+-]{1,64}(?:\[\d{1,10}\])?: )/
/** Apple's devices name the library in the program, and the level behind both. Source: ASL, `log show --style syslog`. */
const APPLE =
  /^([\w.+-]{1,64})(?:\([\w.+-]{1,64}\))?\[(\d{1,10})(?::[\da-f]{1,8})?\](?: \([\w.+-]{1,64}\))? <(\w{4,9})>: /
/** UniFi's access points and switches put hardware address, model and version before the program. */
const UNIFI = /^[0-9a-f]{12},[A-Za-z][\w.+-]{2,48}: /
/** A host-less header of BSD: the program stands where the host would. */
const BARE_PROGRAM = /^([A-Za-z][\w./@+-]{1,63}): (?=\S)/
const WEEKDAY = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?=\d{4}-)/
const ZONE_WORD = /^[A-Z]{3,5} /
/** rsyslogd and syslogd fold repeats: the inner text is the message. */
const REPEATED = /^message repeated \d{1,9} times: \[ ?([\s\S]{1,8000}?)\]\s*$/
const HOST = /^(?![\d.]{7,15}:\d)([A-Za-z0-9][\w.:-]{0,254})(?<!:) /
/** Words that begin a message, not a host: an application line without host begins with its level or thread. */
const LEVEL =
  /^(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|SEVERE|CRITICAL|FINE|FINER|FINEST|CONFIG|I|W|E|D|V|F)\b/
/** Behind the time of a container engine's line: stream, and whether the line is full or goes on (Kubernetes, CRI logging format). */
const CRI = /^std(?:out|err) [FP](?::[\w:]{1,40})? /
const CHECK_POINT = /^\[(?:Fields@1\.3\.6\.1\.4\.1\.2620 |[a-z_]\w{1,63}:")/
/** What begins a sentence or counts, where a program writes its own stamp: `Dec 01 21:52:12 Listening for …`, `… 1 [16/3] question …`. */
const NO_HOST = /^(?:\d{1,6}|[A-Z][a-z]{1,24}|[A-Z]{2,24})$/
const RFC5424 = /^(?<host>\S{1,255}) (?<program>\S{1,48}) (?<pid>\S{1,128}) (?<msgid>\S{1,32}) (?<rest>(?:-|\[).*)$/s

/**
 * Takes a syslog header (RFC 3164 in its common shapes, RFC 5424, journald's short forms), or a container engine's (CRI), off a line.
 * @returns undefined where the text has none; an application's own time and level are not a syslog header
 */
export function readHeader(text: string): Unwrapped | undefined {
  const first = text.charCodeAt(0)
  const mayBegin =
    (first >= 48 && first <= 57) || (first >= 65 && first <= 90) || first === LESS_THAN || first === BRACE
  const isExport = text.startsWith(EXPORT_BEGINS)
  if (!mayBegin && !isExport) return undefined
  for (const known of recent) if (known.text === text) return known.unwrapped
  const unwrapped = first === BRACE || isExport ? (readJournal(text) ?? readRelayed(text)) : unwrap(text)
  recent[oldest] = { text, unwrapped }
  oldest = (oldest + 1) % recent.length
  return unwrapped
}

/** D-Link's DSR: zone, host, where in it and what of it speaks. Source: DSR user manual, "Logging". */
const DSR = /^ \(([+-]\d{4})\): \[([\w.-]{1,64})\]\[\w{1,24}\]\[(\w{1,24})\] /

/**
 * Nokia's SR OS: number, time, zone, severity, application, number and router or card, and what happened below, in quotes.
 * Source: SR OS System Management Guide, "Event and accounting logs", log event format.
 */
const SR_OS =
  /^\d{1,10} (?<when>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{2,6}) (?<zone>[A-Z]{2,5}) (?<level>CLEARED|INDETERMINATE|CRITICAL|MAJOR|MINOR|WARNING): (?<program>[A-Z][A-Z\d_]{1,24}) #\d{1,6} (?<subject>[^\n]{1,120})\n"(?<said>[^"]{1,2000})/
function readSrOs(text: string): Unwrapped | undefined {
  const g = SR_OS.exec(text)?.groups
  const time = g && readTime(g.when as string, 0)?.time
  if (!g || !time) return undefined
  const isUtc = g.zone === 'UTC' || g.zone === 'GMT'
  return {
    header: {
      time: isUtc ? { ...time, offsetMin: 0 } : time,
      program: (g.program as string).toLowerCase(),
      level: (g.level as string).toLowerCase(),
    },
    body: `${g.subject}: ${(g.said as string).replaceAll('\n', ' ')}`,
  }
}

/** A line's header is asked for when it is framed and again when its record is read, with a line or two between. */
const recent: { text: string; unwrapped: Unwrapped | undefined }[] = Array.from({ length: 4 }, () => ({
  text: '',
  unwrapped: undefined,
}))
let oldest = 0

function unwrap(text: string): Unwrapped | undefined {
  const pri = text.charCodeAt(0) === LESS_THAN ? PRI.exec(text) : null
  let at = pri?.[0].length ?? 0
  const first = text.charCodeAt(at)
  if (!((first >= 48 && first <= 57) || (first >= 65 && first <= 90))) return undefined
  const srOs = first <= 57 && text.includes('\n"') ? readSrOs(text) : undefined
  if (srOs) return srOs
  // journalctl -o short-full: a day of the week before an ISO date, a zone's name behind it.
  const weekday = first >= 65 ? WEEKDAY.exec(text.slice(at, at + 10)) : null
  if (weekday) at += weekday[0].length
  const when = readTime(text, at)
  if (!when || when.time.month === undefined || text[when.end] !== ' ') return undefined
  const dsr = text.charCodeAt(when.end + 1) === PARENTHESIS ? DSR.exec(text.slice(when.end)) : null
  if (dsr?.[2] !== undefined)
    return {
      header: { time: { ...when.time, offsetMin: zoneMinutes(dsr[1] ?? '') }, host: dsr[2], program: dsr[3] ?? '' },
      body: text.slice(when.end + dsr[0].length),
    }
  // Junos sets the host off with two spaces.
  let rest = text.slice(when.end + (pri && text.charCodeAt(when.end + 1) === SPACE ? 2 : 1))
  if (weekday) rest = rest.replace(ZONE_WORD, '')
  const facility = FACILITY.exec(rest)
  const named = facility ?? LEVEL_PROGRAM.exec(rest)
  const severity = named?.[1]?.toLowerCase() ?? (pri ? severityWord(Number(pri[1]) % 8) : undefined)
  if (named) {
    const after = rest.slice(named[0].length)
    const program = PROGRAM.exec(after) ?? PROGRAM_PID.exec(after)
    return program ? found(when.time, undefined, program, after, severity) : undefined
  }
  const isIso = when.time.year !== undefined
  const cri = isIso && pri === null ? CRI.exec(rest) : null
  if (cri) return { header: { time: when.time }, body: rest.slice(cri[0].length) }
  if (pri?.[0].endsWith('>1 ')) {
    const five = readRfc5424(rest)
    if (five)
      return {
        header: { time: when.time, ...(severity !== undefined && { level: severity }), ...five.header },
        body: five.body,
      }
  }
  if (LEVEL.test(rest) || /^[[(|-]/.test(rest)) return undefined
  const direct = PROGRAM_PID.exec(rest)
  if (direct && !isIso) return found(when.time, undefined, direct, rest, severity)
  const bare = isIso ? null : BARE_PROGRAM.exec(rest)
  if (bare) return found(when.time, undefined, bare, rest, severity)
  const host = HOST.exec(rest)
  if (!host) return undefined
  let after = rest.slice(host[0].length).replace(UNIFI, '')
  const apple = APPLE.exec(after)
  if (apple) return found(when.time, host[1], apple, after, apple[3]?.toLowerCase())
  const inner = FACILITY.exec(after) ?? LEVEL_AFTER_HOST.exec(after)
  if (inner) after = after.slice(inner[0].length)
  const level = inner?.[1] ?? severity
  // ulogd writes the rule's prefix where a program's name would be: `INVALID-DROP: IN=eth0 OUT=…`.
  const tag = PROGRAM.exec(after) ?? PROGRAM_PID.exec(after)
  const isPrefix = tag !== null && tag[1] !== 'kernel' && /^ *IN=\S* OUT=/.test(after.slice(tag[0].length))
  const program = isPrefix ? null : tag
  if (program && !(isIso && isPhrase(text, program))) return found(when.time, host[1], program, after, level)
  // `Mon dd hh:mm:ss host PREFIX IN=…`, as ulogd writes: a host, and no program.
  if ((!isIso && !rest.includes(': ', 0) && !NO_HOST.test(host[1] ?? '')) || / IN=\S* OUT=/.test(rest)) {
    return {
      header: { time: when.time, ...(host[1] !== undefined && { host: host[1] }) },
      body: after,
    }
  }
  return undefined
}

/** `2026-11-24 10:00:00 TLS Error: …` names no program: syslog's own ISO times have a T, and programs their process id or a name in small letters. */
function isPhrase(text: string, [, program = '', pid]: RegExpExecArray): boolean {
  if (pid !== undefined) return false
  return (
    /^(?:error|warning|exception|failed|failure|info)$/i.test(program) || (text[10] === ' ' && /^[A-Z]/.test(program))
  )
}

function found(
  time: Header['time'],
  host: string | undefined,
  m: RegExpExecArray,
  text: string,
  level: string | undefined,
): Unwrapped {
  const [, program, pid] = m
  const header: { -readonly [K in keyof Header]: Header[K] } = {}
  if (time) header.time = time
  if (host !== undefined) header.host = host
  if (program !== undefined) header.program = program.slice(program.lastIndexOf('/') + 1)
  if (pid !== undefined) header.pid = Number(pid)
  if (level !== undefined) header.level = level
  const body = text.slice(m[0].length)
  const repeated = body.startsWith('message repeated') ? REPEATED.exec(body)?.[1] : undefined
  return { header, body: repeated ?? body }
}

function readRfc5424(rest: string): Unwrapped | undefined {
  const m = RFC5424.exec(rest)
  if (!m?.groups) return undefined
  const { host = '-', program = '-', pid = '-', msgid = '-', rest: tail = '' } = m.groups
  // Junos says everything in its structured data, and what kind of message it is in the message id.
  // Check Point's structured data is its message too.
  const body = tail.startsWith('[junos@')
    ? `${msgid} ${tail}`
    : CHECK_POINT.test(tail)
      ? tail
      : tail.startsWith('-')
        ? tail.slice(1).trimStart()
        : afterStructuredData(tail)
  const structured = tail.startsWith('[') && body !== tail ? ownData(tail.slice(0, tail.length - body.length)) : ''
  return {
    header: {
      ...(host !== '-' && { host }),
      ...(program !== '-' && { program }),
      ...(/^\d{1,10}$/.test(pid) && { pid: Number(pid) }),
      ...(structured !== '' && { structured: /^[A-Za-z]{2,16}$/.test(msgid) ? `${msgid} ${structured}` : structured }),
    },
    body: body.startsWith('\ufeff') ? body.slice(1) : body,
  }
}

/** Elements that IANA lists tell of the message's way, and none of its sender's business (RFC 5424 7). A program's own bears a number: `sale@51204`. */
const OWN_ELEMENT = /\[[^\s=\]["@]{1,32}@\d[\d.]{0,24} ([^"\][]{0,64}(?:"(?:[^"\\]|\\.){0,256}"[^"\][]{0,64}){0,16})\]/g
const MAX_DATA = 1_000
const ownData = (elements: string): string =>
  elements.length > MAX_DATA ? '' : [...elements.matchAll(OWN_ELEMENT)].map((m) => m[1]).join(' ')

function afterStructuredData(text: string): string {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c === '\\') i++
      else if (c === '"') quoted = false
    } else if (c === '"') quoted = true
    else if (c === ']' && text[i + 1] !== '[') return text.slice(i + 1).trimStart()
  }
  return text
}
