import { reasonOf } from '../errors.js'
import type { SinkState } from '../sinks/sink.js'
import type { Assigned } from '../sources/source.js'
import type { Output } from '../stream/diagnoser.js'
import { clockKey } from '../stream/messages.js'
import type { Parsed } from '../stream/parser.js'
import type { StreamLog } from './log.js'
import type { Observer } from './observer.js'

/** Writes what an operator needs to know to the log: each event once, and what comes in numbers summed up, at most once a minute. */
export type Journal = {
  readonly observer: Partial<Observer>
  /** Called a few times a second. @param answeredMs when the brokers last answered */
  readonly tick: (answeredMs: number) => void
  /** Writes what is still to be said. */
  readonly close: () => void
}

const MINUTE_MS = 60_000
/** Brokers that have not answered for so long are away. */
export const AWAY_MS = 5_000
const MOST_NAMES = 50

/** @param unreachable told once whenever the brokers stop answering */
export function createJournal(log: StreamLog, now: () => number, unreachable = () => {}): Journal {
  const sums = [
    deadLetterSum(log),
    lateSum(log),
    commitSum(log),
    pauseSum(log),
    sinkWatch(log, now),
  ] as const satisfies readonly Sum[]
  const saidMs = new Map<Sum, number>()
  let awaySinceMs: number | undefined

  const say = (isLast: boolean) => {
    for (const sum of sums) {
      if (!isLast && now() - (saidMs.get(sum) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) continue
      if (sum.say()) saidMs.set(sum, now())
    }
  }
  const watchBrokers = (answeredMs: number) => {
    const isAway = now() - answeredMs > AWAY_MS
    if (isAway && awaySinceMs === undefined) {
      awaySinceMs = answeredMs
      unreachable()
      log('warn', 'kafka.unreachable', { for_secs: secs(now() - answeredMs) })
    } else if (!isAway && awaySinceMs !== undefined) {
      log('info', 'kafka.reachable', { after_secs: secs(now() - awaySinceMs) })
      awaySinceMs = undefined
    }
  }

  const [dead, late, commits, pauses, sinks] = sums
  return {
    observer: {
      assigned: (stage, partitions) => {
        pauses.clear()
        const names = partitions.map((p) => clockKey(p.topic, p.partition)).sort()
        log('info', 'stage.assigned', {
          stage,
          count: names.length,
          partitions: names.slice(0, MOST_NAMES),
          ...(names.length === 0 && { standing_by: true }),
        })
      },
      restarted: (stage, error) => log('warn', 'stage.restarting', { stage, reason: reasonOf(error) }),
      deadLettered: dead.add,
      stored: (outputs) => {
        late.add(outputs)
        if (log.isDebug) showVerdicts(log, outputs)
      },
      committed: commits.add,
      heldBack: pauses.add,
      sinkState: sinks.add,
      parsed: (done) => {
        if (log.isDebug) showDead(log, done, done.records)
      },
    },
    tick: (answeredMs) => {
      watchBrokers(answeredMs)
      say(false)
    },
    close: () => say(true),
  }
}

const secs = (ms: number): number => Math.round(ms / 100) / 10

/** Something that comes in numbers. */
type Sum = {
  /** Tells what has come since; false where that is nothing. */
  readonly say: () => boolean
}

function deadLetterSum(log: StreamLog) {
  let reasons = new Map<string, number>()
  return {
    add: (stage: string, codes: readonly string[]) => {
      for (const code of codes) reasons.set(`${stage} ${code}`, (reasons.get(`${stage} ${code}`) ?? 0) + 1)
    },
    say: () => {
      if (reasons.size === 0) return false
      const count = [...reasons.values()].reduce((a, b) => a + b, 0)
      log('warn', 'dead-letters', { count, reasons: Object.fromEntries([...reasons].sort()) })
      reasons = new Map()
      return true
    },
  }
}

function lateSum(log: StreamLog) {
  let [count, from, to] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return {
    add: (outputs: readonly Output[]) => {
      for (const o of outputs) {
        if (o.kind !== 'late') continue
        count++
        from = Math.min(from, o.event.at)
        to = Math.max(to, o.event.at)
      }
    },
    say: () => {
      if (count === 0) return false
      log('warn', 'late-events', { count, from: new Date(from).toISOString(), to: new Date(to).toISOString() })
      ;[count, from, to] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      return true
    },
  }
}

function commitSum(log: StreamLog) {
  let failed = new Map<string, number>()
  return {
    add: (stage: string, isDone: boolean) => {
      if (!isDone) failed.set(stage, (failed.get(stage) ?? 0) + 1)
    },
    say: () => {
      if (failed.size === 0) return false
      log('warn', 'commits-failed', { by_stage: Object.fromEntries(failed) })
      failed = new Map()
      return true
    },
  }
}

/** Partitions near the limit are left and taken up again many times: one line tells of all of a minute. */
function pauseSum(log: StreamLog) {
  const held = new Set<string>()
  let seen = new Map<string, number>()
  let isTold = false
  return {
    add: ({ topic, partition }: Assigned, aheadMs: number | undefined) => {
      const key = clockKey(topic, partition)
      if (aheadMs === undefined) held.delete(key)
      else {
        held.add(key)
        seen.set(key, Math.max(aheadMs, seen.get(key) ?? 0))
      }
    },
    clear: () => held.clear(),
    say: () => {
      if (seen.size > 0) {
        const partitions = [...seen.keys()].sort().slice(0, MOST_NAMES)
        // Of one that was not read at all yet nobody can say how far it is behind.
        const most = Math.max(...[...seen.values()].filter(Number.isFinite))
        log('info', 'partitions.paused', { partitions, ...(Number.isFinite(most) && { ahead_secs: secs(most) }) })
        seen = new Map([...seen].filter(([key]) => held.has(key)))
        isTold = true
        return true
      }
      if (!isTold || held.size > 0) return false
      log('info', 'partitions.resumed')
      isTold = false
      return true
    },
  }
}

function sinkWatch(log: StreamLog, now: () => number) {
  const down = new Map<string, { sinceMs: number; tries: number; reason: string | undefined; isTold: boolean }>()
  return {
    add: (sink: string, state: SinkState) => {
      const known = down.get(sink)
      if (state.up) {
        if (known) log('info', 'sink.up', { sink, after_secs: secs(now() - known.sinceMs), tries: known.tries })
        down.delete(sink)
      } else if (!known) {
        down.set(sink, { sinceMs: now(), tries: 1, reason: state.reason, isTold: true })
        log('warn', 'sink.down', { sink, reason: state.reason, waiting: state.retrying })
      } else if (state.retrying > 0) {
        down.set(sink, { ...known, tries: known.tries + 1, reason: state.reason, isTold: false })
      }
    },
    say: () => {
      const toTell = [...down].filter(([, d]) => !d.isTold && now() - d.sinceMs >= MINUTE_MS)
      for (const [sink, d] of toTell) {
        log('warn', 'sink.still-down', { sink, for_secs: secs(now() - d.sinceMs), tries: d.tries, reason: d.reason })
        down.set(sink, { ...d, isTold: true })
      }
      return toTell.length > 0
    },
  }
}

/** Masked content: for `debug` alone. */
function showDead(log: StreamLog, place: Assigned, records: readonly Parsed[]): void {
  for (const r of records) {
    if (r.kind !== 'dead') continue
    const { code, detail, origin, line } = r
    const { topic, partition } = place
    log('debug', 'record.dead', {
      code,
      detail,
      topic,
      partition,
      offset: Number(r.offset),
      line,
      origin,
      text: r.original,
    })
  }
}

function showVerdicts(log: StreamLog, outputs: readonly Output[]): void {
  for (const o of outputs) {
    if (o.kind !== 'final' && o.kind !== 'provisional') continue
    const { event, whytimeout: w } = o.decision.verdict
    const { cause, mechanism, confidence, state } = w.verdict
    const { terminal_id, site_id, realm } = w
    log('debug', 'verdict.stored', { id: event.id, state, cause, mechanism, confidence, terminal_id, site_id, realm })
  }
}
