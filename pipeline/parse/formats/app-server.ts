import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { inZone, readTime, type WallTime } from '../time.js'
import { describe } from './application.js'

/**
 * What runs programs and counts their workers: PHP-FPM, gunicorn, uWSGI, the JVM's unified log and safepoints.
 * Source: php-src sapi/fpm/fpm/fpm_process_ctl.c; gunicorn arbiter.py; uwsgi core/master_checks.c; JEP 158 and java(1) -Xlog:gc,safepoint.
 */
const FPM =
  /^\[\d{2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?: (?<zone>[\w/+:-]{1,40}))?\] (?<level>NOTICE|WARNING|ERROR|ALERT|DEBUG|INFO): (?<said>.{1,2000})$/s
const GUNICORN =
  /^\[\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} [+-]\d{4}\] \[\d{1,9}\] \[(?<level>[A-Z]{4,8})\] (?<said>.{1,2000})$/s
const JVM =
  /^\[\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{4}\](?:\[[\d.,]{1,24}m?s\])?(?:\[\d{1,9}\])?(?:\[\d{1,9}\])?\[(?<level>info|warning|debug|error) {0,3}\]\[(?<tag>gc|safepoint)[\w,]{0,40} {0,12}\] (?<said>.{1,600})$/s
/** What a worker wrote, wrapped by its master: fpm_stdio.c, `said into stderr`; php_log_err, `PHP message`. */
const WRAPPED =
  /^(?:\[pool [^\]\n]{1,64}\] )?(?:child \d{1,9} said into std(?:err|out): "(?:(?:NOTICE|WARNING|ERROR): )?(?:PHP message: )?|PHP message: )/
/** Behind the quotes; a line cut at the length of a record ends in dots. */
const WRAPPED_END = /(?:"(?:, pipe is closed)?|\.\.\.)$/
const UWSGI = /^\*\*\* uWSGI listen queue of socket|^(?:DAMN|HARAKIRI|\*\*\* HARAKIRI)/
/** A pause that a client with a usual limit feels. */
const LONG_PAUSE_MS = 500

const failed = { 'event.outcome': 'failure' } as const
const BUSY: ParsedFields = { 'event.action': 'overload', ...failed, 'event.reason': 'no worker is free' }
const STUCK: ParsedFields = { 'event.action': 'overload', ...failed, 'event.reason': 'worker gave no sign of life' }

const READINGS: readonly Reading[] = [
  [
    /server reached (?:pm\.)?max_children setting \((?<n_max>\d{1,7})\)|seems busy \(you may need to increase|all workers are busy|no more idle workers/,
    BUSY,
  ],
  [
    /executing too slow \((?<secs>\d{1,6}\.\d{1,6}) sec\)|execution timed out \((?<x_secs>\d{1,6}\.\d{1,6}) sec\)/,
    STUCK,
  ],
  [/WORKER TIMEOUT|HARAKIRI|worker \d{1,6} \(pid: \d{1,9}\) is taking too much time/, STUCK],
  [
    /listen queue of socket .{1,60}\(fd: \d{1,6}\) full !!! \((?<queue>\d{1,7})\/\d{1,7}\)/,
    { 'event.action': 'queue-full', ...failed },
  ],
  [/was sent SIGKILL! Perhaps out of memory/, { 'event.action': 'memory-pressure', ...failed }],
  [
    /exited on signal (?<code>\d{1,3})|DAMN ! worker|Worker failed to boot|exited with code [1-9]/,
    { 'event.action': 'program-stopped', ...failed, 'event.reason': 'worker died' },
  ],
  [
    /Starting gunicorn (?<version>\d[\w.-]{1,20})|fpm is running|ready to handle connections/,
    { 'event.action': 'program-started' },
  ],
  [
    /Handling signal: (?:term|quit|int)|Shutting down: Master|Terminating \.\.\.|exiting, bye-bye/,
    { 'event.action': 'program-stopped' },
  ],
  [/reading configuration|Reloading in progress|Handling signal: hup/, { 'event.action': 'config-changed' }],
]
const read = readingsOf(READINGS)

type Said = {
  readonly time?: WallTime
  readonly level?: string
  readonly said: string
  readonly isJvm: boolean
  /** A time with a zone is php_log_err's; the master's own has none. */
  readonly isPhp: boolean
}

const saidIn = keepingLast((text: string): Said | undefined => {
  if (UWSGI.test(text)) return { said: text, isJvm: false, isPhp: false }
  const jvm = text.startsWith('[') ? JVM.exec(text)?.groups : undefined
  const php = jvm ? undefined : FPM.exec(text)?.groups
  const found = jvm ?? php ?? GUNICORN.exec(text)?.groups
  const when = found && readTime(text, 1)
  const time = when && (found.zone === undefined ? when.time : inZone(when.time, found.zone))
  const [isJvm, isPhp] = [jvm !== undefined, php?.zone !== undefined]
  return time && { time, level: found.level ?? '', said: found.said ?? '', isJvm, isPhp }
})

/** `GC(7) Pause Full (…) 900M->899M(1024M) 6800.334ms`; `… Total: 7100000000 ns` of a safepoint; `Allocation Stall (main) 812.1ms`. */
function pause(said: string): ParsedFields {
  const ms =
    Number(/(?:Pause|Allocation Stall)[^\n]{0,160} (\d{1,9}\.\d{3})ms\s*$/.exec(said)?.[1] ?? 0) ||
    Number(/Total: {1,12}(\d{1,18}) ns/.exec(said)?.[1] ?? 0) / 1e6
  if (ms < LONG_PAUSE_MS) return { 'event.action': 'other' }
  return {
    'event.action': 'process-paused',
    'event.reason': 'garbage collection',
    'event.duration': Math.round(ms * 1e6),
  }
}

export const appServer = defineFormat({
  id: 'app-server',
  title: 'PHP-FPM, gunicorn, uWSGI, JVM unified log',
  source: 'PHP-FPM, gunicorn and uWSGI sources; JEP 158',
  detect: (text, header) => {
    const found = saidIn(text, header)
    return found && (found.time || header.time) ? 0.97 : 0
  },
  parse: (text, header) => {
    const found = saidIn(text, header)
    if (!found || !(found.time || header.time)) return undefined
    const lead = found.isJvm ? undefined : WRAPPED.exec(found.said)?.[0]
    const inner = lead && found.said.slice(lead.length).trimEnd().replace(WRAPPED_END, '')
    if (inner !== undefined) {
      const own = describe(inner)
      // What a worker waited for is its own wait, whoever runs it.
      if (own['event.action']?.endsWith('-timeout')) own['whytimeout.suffered_by'] = 'terminal'
      if (found.level !== undefined) own['log.level'] = found.level.toLowerCase()
      return accept(own, found.time)
    }
    const known = found.isJvm ? pause(found.said) : read(found.said)
    // PHP's programs write to a log of the same form (error_log), in their own words.
    const isOwn = known === undefined && found.isPhp
    const fields = isOwn ? describe(found.said) : (known ?? { 'event.action': 'other' as const })
    if (found.level !== undefined && found.level !== '') fields['log.level'] = found.level.toLowerCase()
    if (isOwn) return accept(fields, found.time)
    fields['event.category'] = ['process']
    fields['event.type'] = ['info']
    fields.message = found.said.slice(0, 600)
    return accept(fields, found.time)
  },
})
