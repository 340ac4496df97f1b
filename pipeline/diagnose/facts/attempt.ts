import { standInOf } from '../observation.js'
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
  const stated = e.symptoms.map((s) => s.event['whytimeout.idle_secs']).find((s) => s !== undefined)
  if (stated !== undefined) put('episode.idle_secs', stated, e.symptoms)

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

export function limitOf({ episode: e, settings }: Scene): number | undefined {
  if (e.limitMs !== undefined) return e.limitMs
  return e.phase === 'connect' || e.phase === 'dns' ? settings?.connectLimitMs : settings?.responseLimitMs
}

/** Two lines of one moment. */
const SAME_MS = 50

/**
 * The kept-open connection that the attempt used: opened after the last start-up of the program, and nothing newer opened since.
 * Its quiet time runs from the end of the last exchange on it to the begin of this one, or is what the program itself says of it.
 */
export function idleBefore(scene: Scene) {
  const { episode: e, window } = scene
  const who = e.terminal
  if (e.sufferer !== 'terminal' || !who) return undefined
  const connects = window.ofTerminal('connect', who)
  const stated = connects.find(e.start - SAME_MS, e.end, (s) => s.idleSecs !== undefined && s.stan === e.stan)
  if (stated?.idleSecs !== undefined) return { opened: stated, last: stated, secs: stated.idleSecs }
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
