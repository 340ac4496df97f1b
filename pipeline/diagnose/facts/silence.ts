import type { Sighting } from '../sighting.js'
import type { Timeline } from '../timeline.js'
import type { Scene } from './fact.js'

const LIVELY_MS = 30_000
/** So many lines were to be expected in the moments, had the source gone on as before. */
const EXPECTED = 3
const SILENT_SHARE = 0.8
const BACKLOG_MS = 300
const BACKLOG_TIMES = 4

/** A source that fell silent: lines at the edge of its silence, and those that it wrote at once when it came back. */
export type Silence = { readonly silent: readonly Sighting[]; readonly backlog: readonly Sighting[] }

/**
 * Whether a source that logged steadily in the half minute before is silent for most of the attempt. With a backlog behind the silence it was
 * frozen or cut off while work went on arriving; without one it never got the work.
 * @returns undefined where it goes on, or logs too seldom to tell
 */
export function silenceOf({ episode: e, from, to }: Scene, lines: Timeline<Sighting>): Silence | undefined {
  const lively = lines.collect(Math.max(from, e.start - LIVELY_MS), Math.min(to, e.start), (s) => s.at < e.start)
  const perMs = lively.length / Math.min(LIVELY_MS, Math.max(1, e.start - (lively[0]?.at ?? e.start)))
  if (lively.length < EXPECTED || perMs * (e.end - e.start) < EXPECTED) return undefined
  const during = lines.range(Math.max(from, e.start), Math.min(to, e.end))
  const before = lines.lastUntil(e.start)
  const after = lines.first(Math.max(from, e.end + 1), to)
  const times = [...(before ? [before] : []), ...during, ...(after ? [after] : [])].map((s) => s.at)
  const longest = longestGap(times, e.start, e.end)
  if (longest <= (e.end - e.start) * SILENT_SHARE) return undefined
  const resumed = lines.find(Math.max(from, e.start), to, (s) => s.at > e.start + longest * 0.5 && s.at > e.start)
  const burst = resumed ? lines.range(resumed.at, Math.min(to, resumed.at + BACKLOG_MS)) : []
  const isBacklog = burst.length >= Math.max(4, (lively.length / LIVELY_MS) * BACKLOG_MS * BACKLOG_TIMES)
  return { silent: [...lively.slice(-1), ...during.slice(0, 1)], backlog: isBacklog ? burst : [] }
}

/** The longest time without a line that touches [start, end]. */
function longestGap(times: readonly number[], start: number, end: number): number {
  let longest = 0
  let before = Number.NEGATIVE_INFINITY
  for (const t of times) {
    if (t > start && before < end) longest = Math.max(longest, Math.min(t, end) - Math.max(before, start))
    before = t
  }
  return before < end ? Math.max(longest, end - Math.max(before, start)) : longest
}
