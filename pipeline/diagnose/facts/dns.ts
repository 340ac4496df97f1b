import { RECORD_CHANGED } from '../../parse/dns-fields.js'
import type { Sighting } from '../sighting.js'
import type { Timeline } from '../timeline.js'
import { groupBy, isIpv4, MAX_IDS, type Scene } from './fact.js'
import type { Neighbour } from './neighbours.js'

/** A forwarder's query counts as unanswered after this long; resolvers retry after about as much. */
const ANSWER_MS = 2_000
/** An address that was given this near to an attempt was there to be dialled. */
const NAMED_MS = 15_000

/** What resolvers and name servers logged of the moments, and whether the dialled address fits the answers. */
export function dnsFacts(scene: Scene, neighbours: readonly Neighbour[]): void {
  const { episode: e, window, put, from, to } = scene
  const lookups = new Set(
    neighbours.filter((n) => n.state === 'timeout' && n.site === e.site).map((n): string | undefined => n.terminal),
  )
  const failing = window
    .all('exchange')
    .collect(
      e.start - 2_000,
      e.end + 2_000,
      (s) => s.phase === 'dns' && s.outcome === 'timeout' && lookups.has(s.terminal),
    )
  put('dns.site_lookup_failures', new Set(failing.map((s) => s.terminal)).size, failing)
  fromMemory(scene)
  recordChanged(scene)
  if (!window.all('dns').any(from, to)) return

  const here = tally(scene, window.ofSite('dns', e.site), () => true)
  if (here.asked > 0) {
    put('dns.queries_unanswered', here.unanswered.length, here.unanswered)
    put('dns.queries_answered', here.answered.length, here.answered)
  }
  const elsewhere = tally(scene, window.all('dns'), (s) => s.site !== e.site)
  if (elsewhere.asked > 0) {
    put('dns.elsewhere_unanswered', elsewhere.unanswered.length, elsewhere.unanswered)
    put('dns.elsewhere_answered', elsewhere.answered.length, elsewhere.answered)
  }
  serverLog(scene)
  oneServerSilent(scene)
  answers(scene)
}

/** How long programs remember that a lookup ran out: Java's networkaddress.cache.negative.ttl is ten seconds. */
const REMEMBERED_MS = 12_000
/** Failed lookups this near to an attempt are looked at. */
const FAILED_NEAR_MS = 30_000
/** Whether the terminal's failed lookups ask nobody, and repeat one that ran out. */
function fromMemory({ episode: e, window, put, from, to }: Scene): void {
  if (e.terminal === undefined) return
  const lookups = window
    .ofTerminal('exchange', e.terminal)
    .collect(Math.max(from, e.start - FAILED_NEAR_MS), Math.min(to, e.end + FAILED_NEAR_MS), (s) => s.phase === 'dns')
  const failed = lookups.filter((s) => s.outcome === 'failed')
  if (failed.length === 0) return
  const isRemembered = (s: Sighting) =>
    lookups.some((t) => t.outcome === 'timeout' && t.at < s.at && s.at - t.at <= REMEMBERED_MS)
  put('dns.failed_from_memory', failed.every(isRemembered), failed)
}

/** How long a change of a record is looked back for. */
const CHANGED_BEFORE_MS = 1_200_000
/** Whether somebody gave the dialled name, shortly before, the address that was dialled. */
function recordChanged({ episode: e, endpoint, window, put, from }: Scene): void {
  if (e.sufferer !== 'terminal') return
  const isOfName = (s: Sighting) =>
    s.name !== undefined && [...endpoint.domains].some((d) => d === s.name || d.startsWith(`${s.name}.`))
  const isOurs = (s: Sighting) =>
    s.reason === RECORD_CHANGED && (isOfName(s) || (e.ip !== undefined && s.answers.includes(e.ip)))
  const last = window
    .all('lease')
    .range(Math.max(from, e.start - CHANGED_BEFORE_MS), e.start + 1_000)
    .findLast(isOurs)
  if (last) put('dns.record_changed', e.ip === undefined || last.answers.includes(e.ip), [last])
}

/** Pairs each query forwarded during the attempt with an answer of the same name on the same host. Logs state whole seconds. */
function tally({ episode: e, from, to }: Scene, lines: Timeline<Sighting>, isMeant: (s: Sighting) => boolean) {
  const near = lines.collect(
    Math.max(from, e.start - 1_000),
    Math.min(to, e.end + 1_000 + ANSWER_MS),
    (s) => s.role !== 'dns' && isMeant(s),
  )
  const asked = near.filter((s) => s.action === 'dns-forwarded' && s.at <= e.end + 1_000)
  const replies = new Map<string | undefined, Sighting[]>()
  for (const s of near) {
    if (s.action !== 'dns-answer' || s.reason === 'cached') continue
    const known = replies.get(s.host)
    if (known) known.push(s)
    else replies.set(s.host, [s])
  }
  const isAnswered = (q: Sighting) =>
    replies.get(q.host)?.some((r) => r.name === q.name && r.at >= q.at && r.at <= q.at + ANSWER_MS) === true
  const answered = asked.filter(isAnswered)
  return { asked: asked.length, answered, unanswered: asked.filter((q) => !isAnswered(q)) }
}

function serverLog({ episode: e, window, put, from, to }: Scene): void {
  const lines = window.nameServers()
  const first = lines.first(from, to)
  if (!first) return
  put('dns.server_logged', true, [first])
  const during = lines.range(Math.max(from, e.start), Math.min(to, e.end))
  const lively = lines.collect(Math.max(from, e.start - 30_000), Math.min(to, e.start), (s) => s.at < e.start - 1_000)
  if (during.length === 0 && lively.length >= 3) put('dns.server_silent', true, lively.slice(-2))
  const ours = during.filter((s) => s.site !== undefined && s.site === e.site)
  const knowsSite = window.ofSite('dns', e.site).collect(from, to, (s) => s.role === 'dns').length > 0
  if (knowsSite) put('dns.server_saw_site', ours.length > 0, ours.length > 0 ? ours : [first])
}

/** A log's silence that is no pause between two queries: so many times its usual, and so long at least. */
const PAUSES = 8
const SILENT_MS = 10_000
const ENOUGH_LINES = 8

/** Whether one of several name servers was silent in the attempt, which had been busy, while another went on. */
function oneServerSilent({ episode: e, window, put, from, to }: Scene): void {
  const byHost = groupBy(window.nameServers().range(from, to), (s) => s.host)
  if (byHost.size < 2) return
  let silent: readonly Sighting[] | undefined
  let hasOther = false
  for (const lines of byHost.values()) {
    const place = lines.findIndex((s) => s.at >= e.start)
    const before = place < 0 ? lines : lines.slice(0, place)
    const [first, last, next] = [before[0], before.at(-1), place < 0 ? undefined : lines[place]]
    if (next && next.at <= e.end + SLACK_MS) hasOther = true
    if (before.length < ENOUGH_LINES || !first || !last) continue
    const usual = (last.at - first.at) / (before.length - 1)
    if ((next?.at ?? to) - last.at >= Math.max(SILENT_MS, PAUSES * usual) && (next === undefined || next.at > e.end))
      silent = next ? [last, next] : [last]
  }
  if (silent && hasOther) put('dns.one_server_silent', true, silent)
}
const SLACK_MS = 2_000

/** Whether the name changed its address, and whether the dialled address was ever an answer. */
function answers({ episode: e, endpoint, window, put, from, to }: Scene): void {
  const [domain] = endpoint.domains
  if (domain === undefined) return
  const named = window.answersFor(domain)
  const [since, until] = [Math.max(from, e.start - NAMED_MS), Math.min(to, e.end + NAMED_MS)]
  const given = named.collect(since, until, (s) => s.answers.length > 0)
  if (given.length > 0) put('dns.name_answered', true, window.lowest(given, MAX_IDS))
  const current = named.lastUntil(Math.min(to, e.end))
  if (!named.any(from, to)) return
  const addresses = window.addressesAnswered(domain, from, to)
  const now = new Set(e.ip !== undefined ? [e.ip] : current && current.at >= from ? current.answers : [])
  const isOther = (s: Sighting) => !s.answers.some((ip) => now.has(ip)) && s.answers.some(isIpv4)
  const range = [from, to] as const
  const all = window.earliest(named, range, MAX_IDS)
  if (now.size > 0) {
    const others = addresses.every((ip) => now.has(ip)) ? [] : window.earliest(named, range, MAX_IDS, isOther)
    put('dns.ip_changed', others.length > 0, others.length > 0 ? others : all)
  }
  if (e.ip !== undefined && isIpv4(e.ip)) put('dns.dialled_ip_not_answered', !addresses.includes(e.ip), all)
}
