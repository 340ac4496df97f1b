import type { FactName } from '../../../schemas/facts.js'
import { PARAMETERS, type Parameter, programOf } from '../known.js'
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
    compare(scene, 'change.version', starts, 'version'),
    compare(scene, 'change.address', leases, 'address'),
    compare(scene, 'change.resolver', leases, 'resolver'),
    compare(scene, undefined, leases, 'router'),
    compare(scene, undefined, starts, 'settings'),
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

/**
 * The last change of a value among lines in order and what the same program or host had said before them; puts false where it was said more
 * than once and never changed. A change that lies before the lines is none: whether things worked since cannot be seen.
 */
function compare(
  { episode: e, window, from, put }: Scene,
  name: FactName | undefined,
  lines: readonly Sighting[],
  parameter: Parameter,
): Change | undefined {
  const { value } = PARAMETERS[parameter]
  const said = lines.filter((s) => value(s) !== undefined)
  if (said.length === 0) return undefined
  const who = e.sufferer === 'terminal' ? e : { terminal: undefined, host: e.host }
  const before = window.known.before(who, parameter, from)
  let latest: Change | undefined
  let unchanged: readonly Sighting[] = []
  for (const program of new Set(said.map(programOf))) {
    const known = before.filter((s) => s.program === program).map((s) => s.sighting)
    const own = [...known.slice(-1), ...said.filter((s) => programOf(s) === program)]
    const current = own.at(-1)
    const place = own.findLastIndex((s) => current && value(s) !== value(current))
    const [old, first] = [own[place], own[place + 1]]
    if (old && first && (!latest || first.at > latest.at)) latest = { at: first.at, seen: [old, first] }
    else if (own.length > 1 && !old) unchanged = own
  }
  if (name !== undefined && (latest || unchanged.length > 0)) put(name, latest !== undefined, latest?.seen ?? unchanged)
  return latest
}
