import type { FactName } from '../../../schemas/facts.js'
import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'

/** A program that starts, or a lease that comes, this soon after the begin of an attempt was in force for it. */
const IN_FORCE_MS = 200
const NEAR_MS = 300_000

type Change = { readonly at: number; readonly seen: readonly Sighting[] }

/** What the attempt's own host or program said of itself last, against what it had said before; and whether the failures began with it. */
export function changeFacts(scene: Scene): void {
  const { episode: e, put } = scene
  const starts = own(scene, 'start')
  const leases = own(scene, 'lease')
  const changes = [
    compare(scene, 'change.version', starts, (s) => s.version),
    compare(scene, 'change.address', leases, (s) => s.address),
    compare(scene, 'change.resolver', leases, (s) => s.nameServerIp),
    compare(scene, undefined, leases, (s) => s.routerIp),
    compare(scene, undefined, starts, settings),
  ].filter((c) => c !== undefined)
  const latest = changes.reduce<Change | undefined>((a, b) => (a && a.at >= b.at ? a : b), undefined)
  if (!latest) return
  put('change.age_secs', Math.max(0, (e.start - latest.at) / 1000), latest.seen)
  const mine = exchanges(scene)
  const before = mine.filter((s) => s.at < latest.at && s.at >= latest.at - NEAR_MS)
  const since = mine.filter((s) => s.start >= latest.at)
  const ok = before.filter((s) => s.outcome === 'ok')
  const fits = ok.length > 0 && !before.some((s) => s.outcome === 'timeout') && !since.some((s) => s.outcome === 'ok')
  put('change.brackets', fits, fits ? [...latest.seen, ...ok.slice(-1)] : latest.seen)
}

const settings = (s: Sighting): string | undefined =>
  s.port === undefined && s.connectLimitMs === undefined && s.responseLimitMs === undefined
    ? undefined
    : [s.domain, s.ip, s.port, s.connectLimitMs, s.responseLimitMs].join(' ')

function own({ episode: e, window, from }: Scene, kind: 'start' | 'lease'): readonly Sighting[] {
  const until = e.start + IN_FORCE_MS
  if (e.sufferer === 'terminal' && e.terminal !== undefined)
    return window.ofTerminal(kind, e.terminal).range(from, until)
  return e.host === undefined ? [] : window.ofHost(kind, e.host).range(from, until)
}

function exchanges({ episode: e, window, from, to }: Scene): readonly Sighting[] {
  if (e.sufferer === 'gateway') return e.host === undefined ? [] : window.ofHost('session', e.host).range(from, to)
  const who = e.terminal ?? e.host
  return who === undefined ? [] : window.exchangesOf(who).range(from, to)
}

/** The last change of a value among lines in order; puts false where it was said more than once and never changed. */
function compare(
  { put }: Scene,
  name: FactName | undefined,
  lines: readonly Sighting[],
  value: (s: Sighting) => string | undefined,
): Change | undefined {
  const said = lines.filter((s) => value(s) !== undefined)
  const current = said.at(-1)
  if (said.length < 2 || !current) return undefined
  const place = said.findLastIndex((s) => value(s) !== value(current))
  const [old, first] = [said[place], said[place + 1]]
  if (name !== undefined) put(name, old !== undefined, old && first ? [old, first] : said)
  return old && first ? { at: first.at, seen: [old, first] } : undefined
}
