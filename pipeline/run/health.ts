import type { Status } from '../../schemas/status.js'
import type { Figures } from './figures.js'
import { AWAY_MS } from './journal.js'
import type { StreamStatus } from './stream.js'

/** Something without which the process does not do its work, and why it is so: as a word, and in words. */
export type NotReady = Status['not_ready'][number]

export type Condition = {
  readonly stream: StreamStatus | undefined
  readonly figures: Figures
  /** How long a group counts on a silent member. */
  readonly sessionMs: number
  readonly isStopping: boolean
  /** Code of the error that ended the stream. */
  readonly failed: string | undefined
  /** Epoch ms. */
  readonly now: number
}

/** What keeps the process from its work; empty: input and output are up. A stage without partitions stands by, and is ready. */
export function notReady({ stream, figures, sessionMs, isStopping, failed, now }: Condition): readonly NotReady[] {
  if (failed !== undefined) return [{ what: 'stream', why: 'failed', reason: failed }]
  if (isStopping) return [{ what: 'stream', why: 'stopping', reason: 'stopping' }]
  if (!stream) return [{ what: 'stream', why: 'starting', reason: 'starting' }]
  const silentMs = now - stream.answeredMs
  const silence = `no answer for ${Math.round(silentMs / 1_000)} s`
  const brokers: NotReady[] = silentMs > AWAY_MS ? [{ what: 'brokers', why: 'silent', reason: silence }] : []
  const stages = [...stream.members].flatMap(([stage, isMember]): NotReady[] => {
    const joined = figures.assigned().get(stage)
    if (!joined) return [{ what: stage, why: 'not-joined', reason: 'has not joined its group yet' }]
    if (isMember || now - joined.sinceMs < sessionMs) return []
    return [{ what: stage, why: 'lost', reason: 'its group no longer counts on it' }]
  })
  const sinks = [...figures.sinks()].flatMap(([sink, s]): NotReady[] =>
    s.up ? [] : [{ what: sink, why: 'down', reason: s.reason ?? 'takes nothing' }],
  )
  return [...brokers, ...stages, ...sinks]
}

/** How far the newest event time read of a raw partition is behind now; undefined where no time was read yet. */
export function behindMs(
  raw: { readonly unread: number; readonly clock: number | undefined },
  latenessMs: number,
  now: number,
): number | undefined {
  if (raw.unread === 0) return 0
  return raw.clock === undefined ? undefined : Math.max(0, now - raw.clock - latenessMs)
}

const BEAT_MS = 1_000
const STUCK_MS = 15_000
const REMEMBERED_MS = 15_000

/** Watches the event loop: how long it has lately been kept from its turn. @param now a clock that nobody sets, ms */
export function createPulse(now: () => number = () => performance.now()) {
  let lastMs = now()
  let longest = { ms: 0, at: now() }
  const timer = setInterval(() => {
    const ms = now() - lastMs - BEAT_MS
    lastMs = now()
    if (ms > longest.ms || now() - longest.at > REMEMBERED_MS) longest = { ms: Math.max(0, ms), at: now() }
  }, BEAT_MS)
  timer.unref()
  return {
    /** The longest wait of the last quarter minute, ms. */
    longestMs: () => longest.ms,
    isStuck: () => longest.ms > STUCK_MS,
    stop: () => clearInterval(timer),
  }
}
