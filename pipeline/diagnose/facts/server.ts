import type { Sighting } from '../sighting.js'
import { groupBy, median, overlaps, type Scene } from './fact.js'
import { silenceOf } from './silence.js'

const USUAL_MS = 300_000
const MIN_CASES = 4

/** What its server took for one answer, against what it took for others before anybody waited in vain. */
function againstUsual({ episode: e, window, put, from }: Scene, own: Sighting): void {
  // What it took up late had to wait for its turn before: its own measure does not tell of that.
  if (own.start > e.start + (e.end - e.start) / 2) return
  const since = Math.max(from, own.at - USUAL_MS)
  const isVain = (s: Sighting) => s.outcome === 'timeout'
  const vain = (['session', 'exchange'] as const).flatMap((kind) => window.all(kind).collect(since, e.end, isVain))
  const until = vain.reduce((least, s) => Math.min(least, s.start), e.start)
  const others = window
    .all('message')
    .collect(
      since,
      until,
      (s) => s.origin === own.origin && s.action === own.action && s.durationMs !== undefined && s.at < until,
    )
  const middle = median(others.map((s) => s.durationMs ?? 0))
  if (others.length >= MIN_CASES && middle !== undefined && middle > 0 && own.durationMs !== undefined)
    put('server.answer_over_usual', own.durationMs / middle, [own, ...others.slice(-2)])
}

/** A request is taken up at once by who has a hand free. */
const TAKEN_UP_MS = 1_000

const STARTS_MS = [600_000, 120_000] as const
/** One start writes several lines: a framework's, its web server's, its own. */
const ONE_START_MS = 15_000

/** How often the same server started in the minutes about the attempt. */
function starts({ episode: e, window, put, from, to }: Scene): void {
  const near = window
    .all('start')
    .collect(Math.max(from, e.start - STARTS_MS[0]), Math.min(to, e.end + STARTS_MS[1]), (s) => s.role === 'server')
  const anew = [...groupBy(near, (s) => `${s.host} ${s.program ?? ''}`).values()].map((list) =>
    list.reduce<Sighting[]>((firsts, s) => {
      const last = firsts.at(-1)
      return last && s.at - last.at <= ONE_START_MS ? firsts : [...firsts, s]
    }, []),
  )
  const most = anew.sort((a, b) => b.length - a.length)[0]
  if (most) put('server.starts', most.length, most)
}

/** What the log of the server behind the gateway shows. */
export function serverFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  starts(scene)
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
    // One line for both, at the end, with how long it took.
    const whole = near.filter((s) => s.action === 'request-succeeded' && s.durationMs !== undefined)
    const received = [...near.filter((s) => s.action === 'message-received'), ...whole]
    const answered = [...near.filter((s) => s.action === 'message-sent'), ...whole]
    const speaks = lines.find(from, to, (s) => s.stan !== undefined) !== undefined
    if (speaks) {
      put('server.saw_request', received.length > 0, received.length > 0 ? received : [first])
      if (received.length > 0)
        put('server.answered_request', answered.length > 0, answered.length > 0 ? answered : received)
    }
    const [asked, told] = [received[0], answered[0]]
    if (asked && answered.length > 0) put('server.took_up_late', asked.start >= e.start + TAKEN_UP_MS, [asked])
    if (whole[0] && asked === whole[0]) {
      put('server.answer_ms', whole[0].durationMs, whole.slice(0, 1))
      againstUsual(scene, whole[0])
    } else if (asked && told && told.at >= asked.at) put('server.answer_ms', told.at - asked.at, [asked, told])
  }
  const quiet = silenceOf(scene, lines)
  if (quiet) put('server.silent', true, quiet.silent)
  if (quiet && quiet.backlog.length > 0) put('server.burst_after', true, quiet.backlog)
  const restarted = window
    .all('start')
    .collect(Math.max(from, e.start - 120_000), to, (s) => s.role === 'server' && s.at > first.at)
  if (restarted.length > 0 && restarted.some((s) => overlaps(s, e.start - 120_000, to)))
    put('server.restarted', true, restarted)
}
