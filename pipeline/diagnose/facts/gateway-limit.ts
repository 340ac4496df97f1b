import { programOf } from '../known.js'
import type { Sighting } from '../sighting.js'
import { limitOf } from './attempt.js'
import { isOfItsGateway, median, overlaps, type Scene } from './fact.js'

const MIN_CASES = 4

/** The gateway's limit towards its upstream, against what its requests usually take and against what it was set to before. */
export function gatewayLimitFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  if (e.sufferer !== 'gateway' || e.phase !== 'response') return
  // What it was set to may have been changed since it said so: how long it waited tells more.
  const limit = e.limitMs ?? (e.isTimed ? e.end - e.start : (limitOf(scene) ?? e.end - e.start))
  const isUsual = (s: Sighting) => s.durationMs !== undefined && s.outcome === 'ok' && !overlaps(s, e.start, e.end)
  const isMine = isOfItsGateway(e)
  const own = window.all('session').collect(from, to, (s) => isMine(s) && isUsual(s))
  // What a terminal waits for is a little longer than what the gateway does.
  const usual = own.length >= MIN_CASES ? own : window.served('exchange').collect(from, to, isUsual)
  const middle = median(usual.map((s) => s.durationMs ?? 0))
  if (usual.length >= MIN_CASES && middle !== undefined && middle > 0 && limit > 0)
    put('gateway.limit_over_usual', limit / middle, usual)
  lowered(scene)
}

function lowered({ episode: e, window, put, from }: Scene): void {
  const isOwn = isOfItsGateway(e)
  const isIts = (s: Sighting) => s.responseLimitMs !== undefined && s.role === 'gateway' && isOwn(s)
  const said = [
    ...window.all('start').collect(from, e.start, isIts),
    ...window.all('change').collect(from, e.start, isIts),
  ]
  const last = said.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).at(-1)
  const known = last && window.known.last({ terminal: undefined, host: last.host }, 'settings', from)?.sighting
  const before =
    said.findLast((s) => last !== undefined && s !== last && s.host === last.host && isOneProgram(s, last)) ??
    (known === last ? undefined : known)
  // A line that tells of a change says what it was before.
  const told = last?.formerResponseLimitMs
  const [now, then] = [last?.responseLimitMs, told ?? before?.responseLimitMs]
  if (last && now !== undefined && then !== undefined)
    put('gateway.limit_lowered', now * 2 < then, before && told === undefined ? [before, last] : [last])
}

/** A change may be told by whoever makes it. */
const isOneProgram = (a: Sighting, b: Sighting): boolean =>
  a.kind === 'change' || b.kind === 'change' || programOf(a) === programOf(b)
