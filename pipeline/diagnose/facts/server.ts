import { overlaps, type Scene } from './fact.js'

/** What the log of the server behind the gateway shows. */
export function serverFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const lines = window.all('message').range(from, to)
  const starts = window
    .ofRole('server')
    .range(from, to)
    .filter((s) => s.kind === 'start')
  if (lines.length === 0) return
  put('server.logged', true, lines.slice(0, 1))
  if (e.stan !== undefined) {
    const mine = lines.filter(
      (s) => s.stan === e.stan && (e.terminal === undefined || s.terminal === undefined || s.terminal === e.terminal),
    )
    const near = mine.filter((s) => s.at >= e.start - 60_000)
    const received = near.filter((s) => s.action === 'message-received')
    const answered = near.filter((s) => s.action === 'message-sent')
    const spoken = lines.some((s) => s.stan !== undefined)
    if (spoken) {
      put('server.saw_request', received.length > 0, received.length > 0 ? received : lines.slice(0, 1))
      if (received.length > 0)
        put('server.answered_request', answered.length > 0, answered.length > 0 ? answered : received)
    }
    const [first, last] = [received[0], answered[0]]
    if (first && last && last.at >= first.at) put('server.answer_ms', last.at - first.at, [first, last])
  }
  const during = lines.filter((s) => s.at >= e.start && s.at <= e.end)
  const lively = lines.filter((s) => s.at >= e.start - 30_000 && s.at < e.start)
  const expected =
    (lively.length / Math.min(30_000, Math.max(1, e.start - (lively[0]?.at ?? e.start)))) * (e.end - e.start)
  const longest = longestGap(
    lines.map((s) => s.at),
    e.start,
    e.end,
  )
  if (lively.length >= 3 && expected >= 3 && longest > (e.end - e.start) * 0.8) {
    put('server.silent', true, [...lively.slice(-1), ...during.slice(0, 1)])
    const resumed = lines.find((s) => s.at > e.start + longest * 0.5 && s.at > e.start)
    const burst = resumed ? lines.filter((s) => s.at >= resumed.at && s.at <= resumed.at + 300) : []
    if (burst.length >= Math.max(4, (lively.length / 30_000) * 300 * 4)) put('server.burst_after', true, burst)
  }
  const restarted = starts.filter((s) => s.at >= e.start - 120_000 && s.at > (lines[0]?.at ?? 0))
  if (restarted.length > 0 && restarted.some((s) => overlaps(s, e.start - 120_000, to)))
    put('server.restarted', true, restarted)
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
