import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Logs of databases: PostgreSQL, pgbouncer, MySQL and MariaDB (error log, slow query log), Redis, MongoDB's plain words in them.
 * What they say of waits and of clients is read; a client that a database gave up is no timeout of ours: nobody dialled.
 * Source: PostgreSQL manual 20.8 (log_line_prefix, log_lock_waits, log_min_duration_statement), src/backend/storage/lmgr/proc.c; pgbouncer
 * config.html; MySQL manual 7.4.2 (error log), 7.4.5 (slow query log), errmsg-utf8.txt; Redis src/server.c serverLogRaw, latency.c.
 */
const LEVEL = 'DEBUG[1-5]?|INFO|NOTICE|WARNING|LOG|ERROR|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT'
/** Two spaces behind the level are PostgreSQL's own. */
const POSTGRES = new RegExp(`^[^\\n]{0,160}?(?<![\\w])(?<level>${LEVEL}):  (?<said>.{1,4000})$`, 's')
const PGBOUNCER =
  /^\[?\d{1,9}\]? (?<level>LOG|WARNING|ERROR|FATAL|NOISE|DEBUG) (?<said>(?:[CS]-0x|stats:|pooler error|kernel|process up|cannot|sbuf|server|client).{1,2000})$/s
const MYSQL = /^\d{1,12} \[(?<level>System|Note|Warning|ERROR)\] (?:\[MY-\d{6}\] \[\w{1,24}\] )?(?<said>.{1,4000})$/s
const SLOW = /^# Time: (?<at>\S.{5,40})$/m
const REDIS =
  /^\d{1,10}:[XCSM] (?<at>\d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2}\.\d{3}) (?<level>[.\-*#]) (?<said>.{1,2000})$/s

const PROGRAMS = /postgres|pgbouncer|pgpool|mysql|maria|redis|mongo/i

const failed = { 'event.outcome': 'failure' } as const
const LOCK: ParsedFields = { 'event.action': 'lock-wait', ...failed }
const FULL: ParsedFields = { 'event.action': 'overload', ...failed, 'event.reason': 'no connection is free' }
const SLOWLY: ParsedFields = { 'event.action': 'statement-slow' }

const READINGS: readonly Reading[] = [
  [/still waiting for \w{1,40} on .{1,120} after (?<ms>\d{1,12}(?:\.\d{1,3})?) ms/, LOCK],
  [/acquired \w{1,40} on .{1,120} after (?<ms>\d{1,12}(?:\.\d{1,3})?) ms/, LOCK],
  [
    /deadlock detected|canceling statement due to lock timeout|could not obtain lock|Lock wait timeout exceeded|Deadlock found|transaction deadlock/i,
    LOCK,
  ],
  [
    /canceling statement due to (?<reason>statement timeout|user request|conflict with recovery|idle-in-transaction timeout)/,
    SLOWLY,
  ],
  [/^Access denied for user '[^'\n]{0,80}'@'(?<src>[0-9a-fA-F.:]{2,45})'/, { 'event.action': 'other', ...failed }],
  [
    /too many clients already|remaining connection slots are reserved|too many connections|max_user_connections|no more connections allowed|max number of clients reached|query_wait_timeout|client_login_timeout|max_client_conn/i,
    FULL,
  ],
  [/^duration: (?<ms>\d{1,12}(?:\.\d{1,3})?) ms/, SLOWLY],
  [
    /aborting any active transactions|terminating connection due to (?<reason>[^\n]{1,80})/,
    { 'event.action': 'connection-closed', ...failed },
  ],
  [
    /the database system is (?<reason>starting up|shutting down|in recovery mode)|not (?:yet )?accepting connections/,
    { 'event.action': 'no-server-available', ...failed },
  ],
  [
    /database system is ready to accept|ready for connections|Ready to accept connections/,
    { 'event.action': 'program-started' },
  ],
  [
    /received (?:fast|smart|immediate) shutdown request|database system is shut down|Shutdown complete|User requested shutdown|Received SHUTDOWN|bye bye/,
    { 'event.action': 'program-stopped' },
  ],
  [
    /terminated by signal (?<code>\d{1,3})|server process .{1,60}was terminated|mysqld got signal (?<x_signal>\d{1,3})|Assertion failure|=== REDIS BUG REPORT START/,
    { 'event.action': 'program-stopped', ...failed, 'event.reason': 'crashed' },
  ],
  [
    /No space left on device|OutOfMemory|out of memory|OOM command not allowed|Can't save in background: fork/i,
    { 'event.action': 'other', ...failed },
  ],
  [
    /received promote request|selected new timeline|promoted|\+(?<reason>switch-master|failover-end|promoted-slave)|MASTER MODE enabled/,
    { 'event.action': 'failover' },
  ],
  [
    /AOF fsync is taking too long|Synchronous AOF|latency|semaphore wait|page_cleaner: \d{1,9}ms intended loop took (?<ms>\d{1,9})ms|checkpoints are occurring too frequently|long semaphore/i,
    SLOWLY,
  ],
]
const read = readingsOf(READINGS)

type Said = { readonly time?: WallTime; readonly level?: string; readonly said: string; readonly fields?: ParsedFields }

const saidIn = keepingLast((text: string): Said | undefined => {
  const redis = REDIS.exec(text)?.groups
  if (redis) {
    const when = readTime(redis.at ?? '')
    return { ...(when && { time: when.time }), said: redis.said ?? '' }
  }
  const slow = SLOW.exec(text)?.groups
  if (slow && /^# Query_time: /m.test(text)) {
    const when = readTime(slow.at ?? '')
    return when && { time: when.time, said: text, fields: slowQuery(text) }
  }
  const when = readTime(text)
  const rest = when ? text.slice(when.end).replace(/^(?: [A-Z]{3,5})?:?\s/, '') : text
  const found = POSTGRES.exec(rest)?.groups ?? PGBOUNCER.exec(rest)?.groups ?? MYSQL.exec(rest)?.groups
  return found && { ...(when && { time: when.time }), level: found.level ?? '', said: found.said ?? '' }
})

function slowQuery(text: string): ParsedFields {
  const m = /^# Query_time: (\d{1,9}\.\d{1,9})\s{1,4}Lock_time: (\d{1,9}\.\d{1,9})/m.exec(text)
  const [query, lock] = [Number(m?.[1] ?? 0), Number(m?.[2] ?? 0)]
  return {
    // Most of its time it waited for a lock.
    'event.action': lock > query / 2 ? 'lock-wait' : 'statement-slow',
    'event.duration': Math.round(query * 1e9),
  }
}

export const database = defineFormat({
  id: 'database',
  title: 'Databases: PostgreSQL, pgbouncer, MySQL, Redis',
  source: 'PostgreSQL manual 20.8, pgbouncer manual, MySQL manual 7.4, Redis server.c',
  block: { starts: /^# Time: \S/, continues: /^# |^SET timestamp=|^use /, closes: /^SET timestamp=/ },
  detect: (text, header) => {
    const found = saidIn(text, header)
    return found && (found.time || header.time) ? 0.96 : 0
  },
  parse: (text, header) => {
    const found = saidIn(text, header)
    if (!found || !(found.time || header.time)) return undefined
    const known = found.fields ?? read(found.said)
    // Others put two spaces behind the level too.
    if (!known && header.program !== undefined && !PROGRAMS.test(header.program)) return undefined
    const fields = known ?? { 'event.action': 'other' as const }
    if (found.level !== undefined && found.level !== '') fields['log.level'] = found.level.toLowerCase()
    fields['event.category'] = ['database']
    fields['event.type'] = ['info']
    fields.message = found.said.slice(0, 1_000)
    return accept(fields, found.time)
  },
})
