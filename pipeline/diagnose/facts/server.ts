import type { Sighting } from '../sighting.js'
import type { Timeline } from '../timeline.js'
import { overlaps, type Scene } from './fact.js'

/** What the log of the server behind the gateway shows. */
export function serverFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const lines = window.all('message')
  const first = lines.first(from, to)
  if (!first) return
  put('server.logged', true, [first])
  if (e.stan !== undefined) {
    const near = window
      .messagesOf(e.stan)
      .collect(
        Math.max(from, e.start - 60_000),
        to,
        (s) => e.terminal === undefined || s.terminal === undefined || s.terminal === e.terminal,
      )
    const received = near.filter((s) => s.action === 'message-received')
    const answered = near.filter((s) => s.action === 'message-sent')
    const speaks = lines.find(from, to, (s) => s.stan !== undefined) !== undefined
    if (speaks) {
      put('server.saw_request', received.length > 0, received.length > 0 ? received : [first])
      if (received.length > 0)
        put('server.answered_request', answered.length > 0, answered.length > 0 ? answered : received)
    }
    const [asked, told] = [received[0], answered[0]]
    if (asked && told && told.at >= asked.at) put('server.answer_ms', told.at - asked.at, [asked, told])
  }
  silence(scene, lines)
  const restarted = window
    .all('start')
    .collect(Math.max(from, e.start - 120_000), to, (s) => s.role === 'server' && s.at > first.at)
  if (restarted.length > 0 && restarted.some((s) => overlaps(s, e.start - 120_000, to)))
    put('server.restarted', true, restarted)
}

/** A server that was lively fell silent for most of the attempt, and caught up afterwards. */
function silence({ episode: e, put, from, to }: Scene, lines: Timeline<Sighting>): void {
  const lively = lines.collect(Math.max(from, e.start - 30_000), Math.min(to, e.start), (s) => s.at < e.start)
  const expected =
    (lively.length / Math.min(30_000, Math.max(1, e.start - (lively[0]?.at ?? e.start)))) * (e.end - e.start)
  if (lively.length < 3 || expected < 3) return
  const during = lines.range(Math.max(from, e.start), Math.min(to, e.end))
  const before = lines.lastUntil(e.start)
  const after = lines.first(Math.max(from, e.end + 1), to)
  const times = [...(before ? [before] : []), ...during, ...(after ? [after] : [])].map((s) => s.at)
  const longest = longestGap(times, e.start, e.end)
  if (longest <= (e.end - e.start) * 0.8) return
  put('server.silent', true, [...lively.slice(-1), ...during.slice(0, 1)])
  const resumed = lines.find(Math.max(from, e.start), to, (s) => s.at > e.start + longest * 0.5 && s.at > e.start)
  const burst = resumed ? lines.range(resumed.at, Math.min(to, resumed.at + 300)) : []
  if (burst.length >= Math.max(4, (lively.length / 30_000) * 300 * 4)) put('server.burst_after', true, burst)
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
