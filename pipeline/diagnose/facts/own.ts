import { gated } from '../../parse/gate.js'
import type { Scene } from './fact.js'

/**
 * Counts of its own pool that a program writes beside a wait that ran out.
 * Source: HikariCP HikariPool.logPoolState; Tomcat JDBC ConnectionPool `[size:…; busy:…; idle:…]`; Apache HttpClient PoolStats
 * `[leased: …; pending: …; available: …; max: …]`; Vert.x and generic-pool counts of the same words.
 */
const POOLS = [
  /\(total=(?<total>\d{1,6}), active=(?<busy>\d{1,6}), idle=(?<idle>\d{1,6}), waiting=(?<waiting>\d{1,6})\)/,
  /\[size: ?(?<total>\d{1,6}); busy: ?(?<busy>\d{1,6}); idle: ?(?<idle>\d{1,6}); lastwait: ?(?<waiting>\d{1,9})\]/,
  /\[leased: (?<busy>\d{1,6}); pending: (?<waiting>\d{1,6}); available: (?<idle>\d{1,6}); max: (?<total>\d{1,6})\]/,
].map(gated)
/** StackExchange.Redis, "Timeouts": past Min the pool adds a thread only every half second. */
const WORKERS = gated(/\bWORKER: \(Busy=(\d{1,6}),Free=\d{1,6},Min=(\d{1,6}),Max=\d{1,6}/)

/**
 * How much of an answer came before the limit ran out, or that it came too slowly to wait on.
 * Source: curl lib/multi.c (`with … bytes received`) and lib/speedcheck.c; wget src/retr.c (`(36.5 KB/s) - Read error at byte`).
 */
const RECEIVED = gated(
  /\bafter (?<ms>\d{1,9}) milliseconds with (?<bytes>[1-9]\d{0,15}) (?:out of \d{1,16} )?bytes received/,
)
const TOO_SLOW = gated(/Operation too slow\. Less than (?<least>\d{1,9}) bytes\/sec transferred the last \d/)
const WGET = gated(
  /\((?<rate>\d{1,6}(?:\.\d{1,3})?) (?<unit>[KMG]?)B\/s\) - (?:Read error|Connection closed) at byte [1-9]/,
)
const SLOW = 128 * 1_024
const FACTOR: Readonly<Record<string, number>> = { '': 1, K: 1_024, M: 1_024 ** 2, G: 1_024 ** 3 }

/** Bytes a second; undefined where the text tells of none that came. */
function rateIn(text: string): number | undefined {
  const got = RECEIVED.exec(text)?.groups
  if (got) return Number(got.bytes) / (Math.max(1, Number(got.ms)) / 1_000)
  const least = TOO_SLOW.exec(text)?.groups
  if (least) return Number(least.least)
  const wget = WGET.exec(text)?.groups
  return wget && Number(wget.rate) * (FACTOR[wget.unit ?? ''] ?? 1)
}

/** Such a share of the wait was for a connection of its own: what was left was too little. */
const MOST_OF_IT = 0.4

/** What the program says of itself where its own wait ran out: it lacked a connection or thread of its own. */
export function ownFacts({ episode: e, put }: Scene): void {
  for (const s of e.symptoms) {
    const waited = s.event['whytimeout.counters']?.pool_wait_ms
    if (waited !== undefined && e.end > e.start) put('own.pool_empty', waited >= (e.end - e.start) * MOST_OF_IT, [s])
    const text = `${s.event.message ?? ''} ${s.event['error.message'] ?? ''}`
    for (const pool of POOLS) {
      const g = pool.exec(text)?.groups
      if (!g) continue
      const [total, busy, idle, waiting] = [g.total, g.busy, g.idle, g.waiting].map(Number) as [
        number,
        number,
        number,
        number,
      ]
      put('own.pool_empty', idle === 0 && busy >= total && waiting > 0, [s])
    }
    const rate = rateIn(text)
    if (rate !== undefined) put('own.answer_slow', rate <= SLOW, [s])
    const workers = WORKERS.exec(text)
    if (workers) put('own.workers_short', Number(workers[1]) > Number(workers[2]), [s])
  }
}
