import type { VerdictCause } from '../../schemas/vocabulary.js'
import type { SinkState } from '../sinks/sink.js'
import type { Assigned } from '../sources/source.js'
import type { Output } from '../stream/diagnoser.js'
import { clockKey } from '../stream/messages.js'
import type { Observer, ParsedBatch } from './observer.js'
import { createRecent, createRecentCauses } from './recent.js'

/** Upper bounds (seconds) of the time from a line to its stored verdict; a provisional one is due within 2 s. */
export const LATENCY_SECS = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 5, 10, 30, 60, 300, 3_600] as const

/** One count for each of several things, told apart by a few words. */
export type Tallied<K extends string> = { readonly [N in K]: string } & { readonly count: number }

/** What a process has seen of itself since it began, and in the last minute. Everything is counted a batch at a time. */
export type Figures = {
  readonly observer: Partial<Observer>
  readonly startedMs: number
  readonly read: () => readonly { readonly topic: string; readonly messages: number; readonly bytes: number }[]
  readonly formats: () => ReadonlyMap<string, number>
  readonly deadLetters: () => readonly (Tallied<'stage' | 'reason'> & { readonly recent: number })[]
  readonly verdicts: () => readonly Tallied<'state' | 'cause'>[]
  readonly withdrawn: () => number
  readonly commits: () => readonly Tallied<'stage' | 'outcome'>[]
  readonly rebalances: () => ReadonlyMap<string, number>
  readonly restarts: () => ReadonlyMap<string, number>
  readonly errors: () => ReadonlyMap<string, number>
  /** By stage, once it has joined its group; since when (epoch ms). */
  readonly assigned: () => ReadonlyMap<string, { readonly partitions: readonly Assigned[]; readonly sinceMs: number }>
  /** Raw partitions left for now, by `topic/partition`. */
  readonly paused: () => ReadonlySet<string>
  /** By name, with all that ever had to be tried again. */
  readonly sinks: () => ReadonlyMap<string, SinkState & { readonly retried: number }>
  readonly recent: () => {
    readonly secs: number
    readonly messages: number
    readonly bytes: number
    readonly records: number
    readonly finalVerdicts: number
    /** By LATENCY_SECS, and above. */
    readonly latency: readonly number[]
  }
  readonly causes: () => { readonly counts: Partial<Record<VerdictCause, number>>; readonly isAtLeast: boolean }
}

const bump = (map: Map<string, number>, key: string, n = 1): void => {
  map.set(key, (map.get(key) ?? 0) + n)
}
const SEPARATOR = ' '

export function createFigures(now: () => number): Figures {
  const read = new Map<string, { messages: number; bytes: number }>()
  const formats = new Map<string, number>()
  const [dead, verdicts, commits] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  const [rebalances, restarts, errors] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ]
  const assigned = new Map<string, { partitions: readonly Assigned[]; sinceMs: number }>()
  const paused = new Set<string>()
  const sinks = new Map<string, SinkState & { retried: number }>()
  const recent = createRecent(now)
  const causes = createRecentCauses(now)
  let withdrawn = 0

  const parsed = ({ topic, messages, bytes, records }: ParsedBatch): void => {
    const sum = read.get(topic) ?? { messages: 0, bytes: 0 }
    read.set(topic, { messages: sum.messages + messages, bytes: sum.bytes + bytes })
    recent.add('messages', messages)
    recent.add('bytes', bytes)
    recent.add('records', records.length)
    // Neighbours are mostly of one format: counted in runs.
    let format: string | undefined
    let run = 0
    for (const r of records) {
      const own = (r.kind === 'dead' ? undefined : r.format) ?? 'none'
      if (own !== format) {
        if (format !== undefined) bump(formats, format, run)
        format = own
        run = 0
      }
      run++
    }
    if (format !== undefined) bump(formats, format, run)
  }

  const stored = (outputs: readonly Output[]): void => {
    for (const o of outputs) {
      if (o.kind === 'withdrawn') {
        withdrawn++
        causes.withdraw(o.id)
      }
      if (o.kind !== 'final' && o.kind !== 'provisional') continue
      const { verdict, superseded } = o.decision
      bump(verdicts, `${o.kind}${SEPARATOR}${verdict.whytimeout.verdict.cause}`)
      for (const id of superseded) causes.withdraw(id)
      causes.tell(verdict.event.id, verdict.whytimeout.verdict.cause)
      if (o.kind === 'final') recent.add('final', 1)
      else recent.add(`latency ${bucketOf(latencySecs(o.received, now()))}`, 1)
    }
  }

  const split = <A extends string, B extends string>(map: ReadonlyMap<string, number>, a: A, b: B) =>
    [...map].map(([key, count]) => {
      const at = key.indexOf(SEPARATOR)
      return { [a]: key.slice(0, at), [b]: key.slice(at + 1), count } as Tallied<A | B>
    })

  return {
    observer: {
      parsed,
      stored,
      deadLettered: (stage, codes) => {
        for (const code of codes) {
          bump(dead, `${stage}${SEPARATOR}${code}`)
          recent.add(`dead ${stage}${SEPARATOR}${code}`, 1)
        }
      },
      assigned: (stage, partitions) => {
        bump(rebalances, stage)
        assigned.set(stage, { partitions, sinceMs: now() })
        if (stage === 'parse') paused.clear()
      },
      committed: (stage, isDone) => bump(commits, `${stage}${SEPARATOR}${isDone ? 'done' : 'failed'}`),
      heldBack: ({ topic, partition }, aheadMs) => {
        if (aheadMs === undefined) paused.delete(clockKey(topic, partition))
        else paused.add(clockKey(topic, partition))
      },
      restarted: (stage) => bump(restarts, stage),
      sinkState: (name, state) => {
        const before = sinks.get(name)
        const more = Math.max(0, state.retrying - (before?.retrying ?? 0))
        sinks.set(name, { ...state, retried: (before?.retried ?? 0) + more })
      },
      erred: (code) => bump(errors, code),
    },
    startedMs: now(),
    read: () => [...read].map(([topic, sum]) => ({ topic, ...sum })),
    formats: () => formats,
    deadLetters: () => {
      const { of } = recent.sums()
      return split(dead, 'stage', 'reason').map((d) => ({ ...d, recent: of(`dead ${d.stage}${SEPARATOR}${d.reason}`) }))
    },
    verdicts: () => split(verdicts, 'state', 'cause'),
    withdrawn: () => withdrawn,
    commits: () => split(commits, 'stage', 'outcome'),
    rebalances: () => rebalances,
    restarts: () => restarts,
    errors: () => errors,
    assigned: () => assigned,
    paused: () => paused,
    sinks: () => sinks,
    recent: () => {
      const { secs, of } = recent.sums()
      return {
        secs,
        messages: of('messages'),
        bytes: of('bytes'),
        records: of('records'),
        finalVerdicts: of('final'),
        latency: Array.from({ length: LATENCY_SECS.length + 1 }, (_, i) => of(`latency ${i}`)),
      }
    },
    causes: causes.counts,
  }
}

/** Kafka's clock and ours may differ: nothing is stored before its line came. */
export const latencySecs = (receivedMs: number, nowMs: number): number => Math.max(0, nowMs - receivedMs) / 1_000
const bucketOf = (secs: number): number => {
  const found = LATENCY_SECS.findIndex((le) => secs <= le)
  return found < 0 ? LATENCY_SECS.length : found
}
