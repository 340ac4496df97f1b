import { gated } from '../../parse/gate.js'
import { standInOf } from '../observation.js'
import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'

/** Facts of the attempt itself. */
export function attemptFacts(scene: Scene): void {
  const { episode: e, put } = scene
  put('episode.phase', e.phase, e.symptoms)
  // Rules take it for the one who called; a gateway that waited for its caller's handshake was called.
  const standIn = e.symptoms[0] && standInOf(e.symptoms[0].event)
  if (!isCalled(e) && standIn === undefined) put('episode.suffered_by', e.sufferer, e.symptoms)
  put('episode.stand_in', standIn, e.symptoms)
  put('episode.duration_ms', e.end - e.start, e.symptoms)
  put('episode.words', wordsOf(e), e.symptoms)
  const { settings } = scene
  const isOld = e.limitMs === undefined && settings !== undefined && settings.at < scene.from
  put('episode.limit_ms', limitOf(scene), isOld ? [...e.symptoms, settings] : e.symptoms)
  put('episode.port', scene.endpoint.port, e.symptoms)
  const dialled = e.symptoms.filter((s) => s.event['destination.ip'] !== undefined)
  if (e.phase === 'connect' || e.phase === 'tls') put('episode.address_known', dialled.length > 0, dialled)
  // With an error of its own a proxy sends a page of its own.
  const answers = e.symptoms.filter((s) => (s.event['http.response.status_code'] ?? 0) < 500)
  const bytes = answers.map((s) => s.event['destination.bytes']).find((b) => b !== undefined)
  put('episode.received_bytes', bytes, e.symptoms)

  const idle = idleBefore(scene)
  if (idle) {
    put('episode.keep_alive', true, [idle.opened])
    put('episode.idle_secs', idle.secs, [idle.last])
  }
  const stated = e.symptoms.map(idleSaid).find((s) => s !== undefined)
  if (stated !== undefined) put('episode.idle_secs', stated, e.symptoms)

  idleSeparates(scene)

  const mine = e.host === undefined ? [] : scene.window.ofHost('exchange', e.host).range(scene.from, scene.to)
  const endpointOf = (s: (typeof mine)[number]) => `${s.domain ?? s.ip ?? ''}:${s.port ?? ''}`
  const failing = mine.filter((s) => s.outcome === 'timeout')
  put('episode.host_failures', new Set(failing.map(endpointOf)).size, failing)
  const fine = mine.filter(
    (s) =>
      s.outcome === 'ok' &&
      s.at >= e.start &&
      s.start <= e.end &&
      endpointOf(s) !== `${e.domain ?? e.ip ?? ''}:${e.port ?? ''}`,
  )
  put('episode.host_endpoints_ok', new Set(fine.map(endpointOf)).size, fine)
}

const MAX_WORDS = 2_000

const wordsOf = (e: Scene['episode']): string =>
  e.symptoms
    .slice(0, 4)
    .map(({ event }) => (event['event.original'] ?? event.message ?? '').slice(0, MAX_WORDS))
    .join('\n')

/** Whether a gateway waited for its client and not for an upstream. */
export const isCalled = (e: Scene['episode']): boolean =>
  e.called || (e.sufferer === 'gateway' && e.phase === 'tls' && e.upstream === undefined)

/** What is given up sooner has not run out of a limit that anybody set. */
const LEAST_LIMIT_MS = 50

export function limitOf({ episode: e, settings }: Scene): number | undefined {
  if (e.limitMs !== undefined) return e.limitMs
  const set = e.phase === 'connect' || e.phase === 'dns' ? settings?.connectLimitMs : settings?.responseLimitMs
  if (e.phase !== 'response') return set
  // Nobody waits less than its limit: what waited less has been set anew since it said so. Whole seconds tell too little.
  const waited = e.isTimed && (e.start % 1000 !== 0 || e.end % 1000 !== 0) ? e.end - e.start : undefined
  return waited === undefined || waited < LEAST_LIMIT_MS ? set : Math.min(waited, set ?? waited)
}

/** How long its connection had been quiet, as a line of the attempt says. */
const idleSaid = ({ event }: Scene['episode']['symptoms'][number]): number | undefined => event['whytimeout.idle_secs']

/** Two lines of one moment. */
const SAME_MS = 50

/** A program that says of the request which ran out that its connection had served before, as Go's httptrace.GotConnInfo does. */
const REUSED = gated(
  /\breused(?:[_ -]?conn(?:ection)?)?["']?\s?[=:]\s?["']?(?:true|yes)\b|\bon (?:a )?reused connection\b|复用(?:的|长|的长){0,1}连接/i,
)

/**
 * The kept-open connection that the attempt used: opened after the last start-up of the program, and nothing newer opened since.
 * Its quiet time runs from the end of the last exchange on it to the begin of this one, or is what the program itself says of it.
 */
export function idleBefore(scene: Scene) {
  const { episode: e, window } = scene
  const who = e.terminal
  if (!who) return undefined
  const connects = window.ofTerminal('connect', who)
  const origin = e.symptoms[0]?.origin
  const isItsOwn = (s: Sighting) =>
    s.idleSecs !== undefined &&
    s.stan === e.stan &&
    (e.sufferer === 'terminal' ? s.role !== 'gateway' && s.role !== 'server' : s.origin === origin)
  const stated =
    connects.find(e.start - SAME_MS, e.end, isItsOwn) ??
    window.ofTerminal('request', who).find(e.start - SAME_MS, e.end, isItsOwn)
  if (stated?.idleSecs !== undefined) return { opened: stated, last: stated, secs: stated.idleSecs }
  for (const own of e.symptoms) {
    const secs = idleSaid(own)
    if (secs !== undefined) return { opened: own, last: own, secs }
  }
  if (e.sufferer !== 'terminal') return undefined
  const reused = e.symptoms.find((s) => REUSED.test(s.event['event.original'] ?? s.event.message ?? ''))
  if (reused) {
    const before = window.ofTerminal('exchange', who).range(scene.from, e.start).at(-1)
    return before?.outcome === 'ok'
      ? { opened: reused, last: before, secs: Math.max(0, (e.start - before.at) / 1000) }
      : undefined
  }
  const opened = connects.lastUntil(e.start + 200)
  if (!opened?.keepAlive || opened.at < scene.from || opened.at > e.start) return undefined
  const last = window
    .ofTerminal('exchange', who)
    .range(opened.at, e.start)
    .filter((s) => s.at <= e.start)
    .at(-1)
  if (last && last.outcome !== 'ok') return undefined
  const since = last ?? opened
  return { opened, last: since, secs: Math.max(0, (e.start - since.at) / 1000) }
}

const ENOUGH = 3
/** An answer or the end of patience comes within this. */
const OUTCOME_MS = 120_000

/**
 * Whether the quiet time of the connection alone tells what works: whoever at the site came after a short pause was served, whoever came after a
 * longer one was not.
 */
function idleSeparates({ episode: e, window, put, from, to }: Scene): void {
  if (e.sufferer !== 'terminal' || e.site === undefined) return
  const asked = window
    .ofSite('request', e.site)
    .collect(from, to, (s) => s.idleSecs !== undefined && s.stan !== undefined)
  if (asked.length < 2 * ENOUGH) return
  const exchanges = window.ofSite('exchange', e.site)
  const tries = asked.flatMap((s) => {
    const end = exchanges.find(s.at, s.at + OUTCOME_MS, (x) => x.stan === s.stan && x.terminal === s.terminal)
    return end ? [{ request: s, idle: s.idleSecs as number, isLost: end.outcome === 'timeout' }] : []
  })
  const lost = tries.filter((t) => t.isLost)
  const served = tries.filter((t) => !t.isLost)
  if (lost.length < 2 || served.length < ENOUGH) return
  const [least, most] = [Math.min(...lost.map((t) => t.idle)), Math.max(...served.map((t) => t.idle))]
  const first = lost[0]?.request
  // Before it began, long pauses did no harm.
  const since = first ? served.filter((t) => t.request.at >= first.at) : served
  const fits = since.length >= ENOUGH && Math.max(...since.map((t) => t.idle)) < least
  put(
    'expect.idle_separates',
    fits || most < least,
    lost.map((t) => t.request),
  )
}
