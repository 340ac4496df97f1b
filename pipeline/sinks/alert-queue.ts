import type { AlertState } from '../stream/alert-state.js'
import { severityOf } from './alert-format.js'

/**
 * What is still to be said to a receiver: of every alert the newest state only, so that ten thousand changes of one incident are one request,
 * however long the receiver is away. As large as what fires; of what is over and unsaid, the oldest goes first when there is too much.
 */
export type AlertQueue = {
  readonly tell: (states: readonly AlertState[], nowMs: number) => void
  /** What is due, the most severe first, then the longest waiting. */
  readonly due: (nowMs: number, most: number) => readonly AlertState[]
  /** When something is due next, epoch ms; now or earlier where something is. */
  readonly nextMs: () => number
  /** The receiver has them, or will never take them as they are. */
  readonly said: (states: readonly AlertState[], nowMs: number) => void
  readonly counts: () => { readonly firing: number; readonly waiting: number; readonly forgotten: number }
}

export type AlertQueueOptions = {
  /** Incidents with fewer timeouts are not told of. */
  readonly minVerdicts: number
  /** How often what fires is said again, ms; undefined: never. */
  readonly againMs: number | undefined
}

type Entry = {
  state: AlertState
  /** What the receiver was told last. */
  said: { readonly status: AlertState['status']; readonly verdicts: number; readonly mechanism: string } | undefined
  /** Since when there is something new to say, epoch ms. */
  newSinceMs: number | undefined
  againMs: number
  /** When its end was first said. */
  endedMs: number | undefined
}

/** Alertmanager keeps alerts in memory: an end that it was told just before a restart would be lost. */
const END_AGAIN_MS = 300_000
const MOST_ENDED = 10_000
const NEVER = Number.POSITIVE_INFINITY
const RANK = { critical: 0, warning: 1, info: 2 } as const

export function createAlertQueue({ minVerdicts, againMs }: AlertQueueOptions): AlertQueue {
  const entries = new Map<string, Entry>()
  let forgotten = 0
  const verdictsOf = (s: AlertState): number => s.incident.whytimeout.incident.verdicts

  /** Twice as many timeouts, another mechanism, its end, or that it goes on after all. */
  const isNews = ({ state, said }: Entry): boolean =>
    said === undefined ||
    said.status !== state.status ||
    (state.status === 'firing' &&
      (verdictsOf(state) >= 2 * said.verdicts || state.incident.whytimeout.incident.mechanism !== said.mechanism))

  const take = (state: AlertState, nowMs: number): void => {
    const known = entries.get(state.key)
    if (!known && verdictsOf(state) < minVerdicts) return
    const entry: Entry = known ?? { state, said: undefined, newSinceMs: undefined, againMs: NEVER, endedMs: undefined }
    entries.delete(state.key)
    entries.set(state.key, entry)
    entry.state = state
    if (state.status === 'firing') entry.endedMs = undefined
    entry.newSinceMs = isNews(entry) ? (entry.newSinceMs ?? nowMs) : undefined
  }

  const forgetOldEnds = (): void => {
    if (entries.size <= MOST_ENDED) return
    const ended = [...entries].filter(([, e]) => e.state.status === 'resolved')
    for (const [key] of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) {
      entries.delete(key)
      forgotten++
    }
  }

  return {
    tell: (states, nowMs) => {
      for (const state of states) take(state, nowMs)
      forgetOldEnds()
    },
    due: (nowMs, most) =>
      [...entries.values()]
        .filter((e) => e.newSinceMs !== undefined || e.againMs <= nowMs)
        .sort(
          (a, b) =>
            Number(a.newSinceMs === undefined) - Number(b.newSinceMs === undefined) ||
            RANK[severityOf(a.state)] - RANK[severityOf(b.state)] ||
            (a.newSinceMs ?? a.againMs) - (b.newSinceMs ?? b.againMs),
        )
        .slice(0, most)
        .map((e) => e.state),
    nextMs: () => {
      let next = NEVER
      for (const e of entries.values()) next = Math.min(next, e.newSinceMs ?? e.againMs)
      return next
    },
    said: (states, nowMs) => {
      for (const state of states) {
        const entry = entries.get(state.key)
        if (!entry) continue
        const { mechanism } = state.incident.whytimeout.incident
        // What it was told because something was new counts; what it was told again in between does not hide slow growth.
        if (entry.newSinceMs !== undefined || entry.said === undefined)
          entry.said = { status: state.status, verdicts: verdictsOf(state), mechanism }
        entry.newSinceMs = isNews(entry) ? nowMs : undefined
        entry.againMs = againMs === undefined ? NEVER : nowMs + againMs
        if (state.status !== 'resolved' || entry.state.status !== 'resolved') continue
        entry.endedMs ??= nowMs
        if (againMs === undefined || nowMs - entry.endedMs >= END_AGAIN_MS) entries.delete(state.key)
      }
    },
    counts: () => ({
      firing: [...entries.values()].filter((e) => e.state.status === 'firing').length,
      waiting: [...entries.values()].filter((e) => e.newSinceMs !== undefined).length,
      forgotten,
    }),
  }
}
