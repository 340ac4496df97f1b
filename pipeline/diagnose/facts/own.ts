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

/** What the program says of itself where its own wait ran out: it lacked a connection or thread of its own. */
export function ownFacts({ episode: e, put }: Scene): void {
  for (const s of e.symptoms) {
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
    const workers = WORKERS.exec(text)
    if (workers) put('own.workers_short', Number(workers[1]) > Number(workers[2]), [s])
  }
}
