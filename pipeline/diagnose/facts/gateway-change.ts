import type { Sighting } from '../sighting.js'
import { isOfItsGateway, type Scene } from './fact.js'

const NEAR_MS = 300_000

/** Whether the gateway's program came up in another version, and whether what the terminal tried failed ever since. */
export function gatewayChangeFacts({ episode: e, window, put, from, to }: Scene): void {
  if (e.sufferer !== 'terminal') return
  const isIts = (s: Sighting) =>
    s.role === 'gateway' &&
    !!s.version &&
    (e.gateway === undefined || s.gateway === undefined || s.gateway === e.gateway)
  const starts = window.all('start').collect(from, e.start, isIts)
  const latest = starts.at(-1)
  if (!latest) return
  const before = [...new Set(starts.map((s) => s.host))].flatMap((host) =>
    window.known.before({ terminal: undefined, host }, 'version', from).map((said) => said.sighting),
  )
  const same = [...before, ...starts].filter((s) => nameOf(s) === nameOf(latest))
  const old = same.findLast((s) => s.version !== latest.version)
  if (!old) {
    if (same.length > 1) put('change.gateway_version', false, same)
    return
  }
  const first = same.find((s) => s.at > old.at && s.version === latest.version) ?? latest
  put('change.gateway_version', first.at >= from, [old, first])
  if (first.at < from) return
  const who = e.terminal ?? e.host
  const ok = who === undefined ? undefined : lastServedBefore(first.at, e.end, window.exchangesOf(who).range(from, to))
  put('change.gateway_brackets', ok !== undefined, ok ? [old, first, ok] : [old, first])
}

/** The last that was served shortly before a moment, where nothing had run out until then and nothing was served since. */
function lastServedBefore(at: number, end: number, mine: readonly Sighting[]): Sighting | undefined {
  const isSplit =
    !mine.some((s) => s.outcome === 'timeout' && s.at < at) &&
    !mine.some((s) => s.outcome === 'ok' && s.start >= at && s.at <= end)
  return isSplit ? mine.findLast((s) => s.outcome === 'ok' && s.at < at && s.at >= at - NEAR_MS) : undefined
}

/** Whether all that the terminal tried has failed since the gateway's program started anew, in whatever version, while others are served. */
export function gatewayRestartFacts({ episode: e, window, put, from, to }: Scene): void {
  const who = e.terminal ?? e.host
  if (e.sufferer !== 'terminal' || who === undefined) return
  const isOwn = isOfItsGateway(e)
  const isIts = (s: Sighting) => s.role === 'gateway' && isOwn(s)
  const last = window.all('start').collect(from, e.start, isIts).at(-1)
  if (!last) return
  const ok = lastServedBefore(last.at, e.end, window.exchangesOf(who).range(from, to))
  const others =
    ok && window.served('exchange').find(last.at, to, (s) => s.start >= last.at && (s.terminal ?? s.host) !== who)
  if (ok && others) put('change.gateway_restart_brackets', true, [last, ok, others])
}

/** Clocks of a program's own log and of its requests. */
const STOPPED_EARLY_MS = 500

/** Whether the gateway's program was away when the attempt began, or had been and was back: a reload stops the old one once the new one serves. */
export function gatewayStopFacts({ episode: e, window, put, from }: Scene): void {
  const isOwn = isOfItsGateway(e)
  const isIts = (s: Sighting) => s.role === 'gateway' && isOwn(s)
  const stop = window
    .all('stop')
    .collect(from, e.start + STOPPED_EARLY_MS, isIts)
    .at(-1)
  if (!stop) return
  const start = window
    .all('start')
    .find(stop.at - RELOAD_MS, e.start, (s) => isIts(s) && s.host === stop.host && isSameProgram(s, stop))
  const served = window
    .all('session')
    .find(stop.at, e.start, (s) => isIts(s) && s.outcome === 'ok' && s.start > stop.at + STOPPED_EARLY_MS)
  const back = start ?? served
  put('gateway.stopped', back === undefined, back ? [stop, back] : [stop])
}
const RELOAD_MS = 10_000
/** Who starts and stops programs speaks of them too. */
const MANAGER = /^(?:systemd|init|supervisord?|runit|monit|dockerd|containerd|kubelet)$/
const isSameProgram = (a: Sighting, b: Sighting): boolean =>
  [a, b].some((s) => MANAGER.test(s.program ?? '')) || nameOf(a) === nameOf(b)

/** What started, whichever machine or container it started in: by its name, else by its log's, without what names one container. */
const nameOf = (s: Sighting): string => s.program ?? s.origin.slice(s.origin.indexOf('/')).replace(CONTAINER, '')
/** Kubernetes: the hashes of a replica set and a pod; the id of a container; numbers of either. */
const CONTAINER = /-[0-9a-f]{7,10}-[a-z0-9]{5}(?=[_./-])|[0-9a-f]{12,64}|\d+/g
