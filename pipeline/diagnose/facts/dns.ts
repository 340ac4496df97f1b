import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'
import type { Neighbour } from './neighbours.js'

/** A forwarder's query counts as unanswered after this long; resolvers retry after about as much. */
const ANSWER_MS = 2_000

/** What resolvers and name servers logged of the moments, and whether the dialled address fits the answers. */
export function dnsFacts(scene: Scene, neighbours: readonly Neighbour[]): void {
  const { episode: e, window, put, from, to } = scene
  const all = window.all('dns').range(from, to)
  const lookups = neighbours.filter((n) => n.state === 'timeout' && n.site === e.site)
  const failing = window
    .all('exchange')
    .range(e.start - 2_000, e.end + 2_000)
    .filter((s) => s.phase === 'dns' && s.outcome === 'timeout' && lookups.some((n) => n.terminal === s.terminal))
  put('dns.site_lookup_failures', new Set(failing.map((s) => s.terminal)).size, failing)
  if (all.length === 0) return

  const forwarders = all.filter((s) => s.role !== 'dns')
  const here = tally(
    forwarders.filter((s) => s.site === e.site),
    e.start - 1_000,
    e.end + 1_000,
  )
  if (here.asked > 0) {
    put('dns.queries_unanswered', here.unanswered.length, here.unanswered)
    put('dns.queries_answered', here.answered.length, here.answered)
  }
  const elsewhere = tally(
    forwarders.filter((s) => s.site !== e.site),
    e.start - 1_000,
    e.end + 1_000,
  )
  if (elsewhere.asked > 0) {
    put('dns.elsewhere_unanswered', elsewhere.unanswered.length, elsewhere.unanswered)
    put('dns.elsewhere_answered', elsewhere.answered.length, elsewhere.answered)
  }
  serverLog(
    scene,
    all.filter((s) => s.role === 'dns'),
  )
  answers(scene, all)
}

/** Pairs each forwarded query with an answer of the same name on the same host. Logs state whole seconds. */
function tally(lines: readonly Sighting[], from: number, to: number) {
  const asked = lines.filter((s) => s.action === 'dns-forwarded' && s.at >= from && s.at <= to)
  const replies = lines.filter((s) => s.action === 'dns-answer' && s.reason !== 'cached')
  const isAnswered = (q: Sighting) =>
    replies.some((r) => r.name === q.name && r.host === q.host && r.at >= q.at && r.at <= q.at + ANSWER_MS)
  const answered = asked.filter(isAnswered)
  return { asked: asked.length, answered, unanswered: asked.filter((q) => !isAnswered(q)) }
}

function serverLog(scene: Scene, lines: readonly Sighting[]): void {
  const { episode: e, put } = scene
  if (lines.length === 0) return
  put('dns.server_logged', true, lines.slice(0, 1))
  const during = lines.filter((s) => s.at >= e.start && s.at <= e.end)
  const lively = lines.filter((s) => s.at >= e.start - 30_000 && s.at < e.start - 1_000)
  if (during.length === 0 && lively.length >= 3) put('dns.server_silent', true, lively.slice(-2))
  const ours = during.filter((s) => s.site !== undefined && s.site === e.site)
  if (lines.some((s) => s.site === e.site))
    put('dns.server_saw_site', ours.length > 0, ours.length > 0 ? ours : lines.slice(0, 1))
}

/** Whether the name changed its address, and whether the dialled address was ever an answer. */
function answers(scene: Scene, all: readonly Sighting[]): void {
  const { episode: e, endpoint, put } = scene
  const named = all.filter((s) => s.answers.length > 0 && s.name !== undefined && endpoint.domains.has(s.name))
  if (named.length === 0) return
  const current = named.filter((s) => s.at <= e.end).at(-1)
  const now = new Set(e.ip !== undefined ? [e.ip] : (current?.answers ?? []))
  const others = named.filter((s) => !s.answers.some((ip) => now.has(ip)) && s.answers.some((ip) => isIpv4(ip)))
  if (now.size > 0) put('dns.ip_changed', others.length > 0, others.length > 0 ? others : named)
  if (e.ip !== undefined && isIpv4(e.ip)) {
    put('dns.dialled_ip_not_answered', !named.some((s) => s.answers.includes(e.ip as string)), named)
  }
}

const isIpv4 = (ip: string): boolean => ip.includes('.')
