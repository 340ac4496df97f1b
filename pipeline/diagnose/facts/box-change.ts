import type { FactName } from '../../../schemas/facts.js'
import { holds } from '../../parse/prefix.js'
import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'

/** How long a change counts as shortly before. */
const BEFORE_MS = 1_200_000
const WORKED_MS = 300_000
/** What was typed takes effect with a commit, this long after it at most. */
const COMMIT_MS = 300_000
/** A profile that is changed works until the connection is brought up again. */
const EFFECT_MS = 20_000
/** Clocks of two boxes. */
const SLACK_MS = 1_000

/** What somebody changed on a box between the terminal and what it dials, and whether the terminal has failed since. */
export function boxChangeFacts(scene: Scene): void {
  const { episode: e, window } = scene
  if (e.sufferer !== 'terminal') return
  const all = window.all('change').range(...changeSpan(scene))
  const placed = all.filter((s) => isOnTheWay(s, scene))
  const changes = placed.length > 0 ? placed : all.filter(isSomewhere)
  // What is taken back while the attempt still waits is no reason for it.
  const before = whatWasChanged(changes.filter((s) => s.at <= e.start))
  const said = before && splitBy(before.at, scene, SLACK_MS)?.fits ? before : whatWasChanged(changes)
  if (!said) return
  const isCommit = (s: Sighting) => s.changed === 'other' && s.at >= said.at && s.at <= said.at + COMMIT_MS
  const commit = changes.findLast((s) => s.host === said.host && isCommit(s))
  const last = { ...said, at: commit?.at ?? said.at }
  // Of a box that may stand anywhere, only that the terminal has failed since tells.
  if (placed.length === 0 && !splitBy(last.at, scene, SLACK_MS)?.fits) return
  scene.put('change.box_role', last.role, [last])
  putChange(scene, last, BOX_FACTS, SLACK_MS)
}

/** Whether somebody set a route to what the gateway calls. */
export function upstreamRouteFacts(scene: Scene): void {
  if (scene.episode.sufferer !== 'gateway') return
  const last = scene.window
    .all('change')
    .range(...changeSpan(scene))
    .findLast((s) => s.role !== 'terminal' && leadsTo(s, scene))
  if (last) scene.put('change.upstream_route', true, [last])
}

/** What an administrator's command changed on the terminal's own host, and whether it has failed since. */
export function ownCommandFacts(scene: Scene): void {
  const { episode: e, window } = scene
  if (e.sufferer !== 'terminal' || e.host === undefined) return
  // What the program says of its own settings is no command to the host.
  const isIts = (s: Sighting) => s.changed === 'other' && s.origin === e.symptoms[0]?.origin
  const last = whatWasChanged(
    window
      .ofHost('change', e.host)
      .range(...changeSpan(scene))
      .filter((s) => !isIts(s)),
  )
  if (last) putChange(scene, last, OWN_FACTS, EFFECT_MS)
}

type ChangeFacts = { readonly what: FactName; readonly age: FactName; readonly brackets: FactName }
const BOX_FACTS: ChangeFacts = { what: 'change.box', age: 'change.box_age_secs', brackets: 'change.box_brackets' }
const OWN_FACTS: ChangeFacts = {
  what: 'change.own_command',
  age: 'change.own_command_age_secs',
  brackets: 'change.own_brackets',
}

/** @param graceMs  how long after the change the old settings may still have worked */
function putChange(scene: Scene, last: Sighting, facts: ChangeFacts, graceMs: number): void {
  scene.put(facts.what, last.changed, [last])
  scene.put(facts.age, Math.max(0, (scene.episode.start - last.at) / 1000), [last])
  const split = splitBy(last.at, scene, graceMs)
  if (split) scene.put(facts.brackets, split.fits, split.fits ? [last, split.ok] : [last])
}

const changeSpan = ({ episode: e, from }: Scene): [number, number] => [
  Math.max(from, e.start - BEFORE_MS),
  e.start + SLACK_MS,
]

/** The last change that says what it governs: a commit says only that something was changed. */
const whatWasChanged = (changes: readonly Sighting[]): Sighting | undefined =>
  changes.findLast((s) => s.changed !== 'other') ?? changes.at(-1)

/** Whether a moment separates the terminal's success from its failure; undefined where nothing is known of it from shortly before. */
function splitBy(
  at: number,
  { episode: e, window, from, to }: Scene,
  graceMs: number,
): { fits: boolean; ok: Sighting } | undefined {
  const who = e.terminal ?? e.host
  if (who === undefined) return undefined
  // What is not let through at one port may pass at another.
  const isAlike = (s: Sighting) => s.port === undefined || e.port === undefined || s.port === e.port
  const mine = window.exchangesOf(who).collect(from, to, isAlike)
  const before = mine.filter((s) => s.at < at && s.at >= at - WORKED_MS)
  const ok = before.findLast((s) => s.outcome === 'ok')
  if (!ok) return undefined
  // What comes after the attempt may come after another change.
  const since = mine.filter((s) => s.start >= at + graceMs && s.at <= e.end)
  return { fits: !before.some((s) => s.outcome === 'timeout') && !since.some((s) => s.outcome === 'ok'), ok }
}

/** Whether its route leads to what is dialled; one of one address alone is of no network. */
const leadsTo = ({ network = '' }: Sighting, { endpoint }: Scene): boolean =>
  [...endpoint.ips].some((ip) => network === `${ip}/32` || holds(network, ip))

const isSomewhere = (s: Sighting): boolean => s.role === 'unknown' && s.site === undefined && s.terminal === undefined

/** The site's router or a box that nobody says whose it is, the provider's box, the gateway. */
function isOnTheWay(s: Sighting, scene: Scene): boolean {
  const { episode: e } = scene
  if (s.terminal !== undefined && s.host === e.host) return false
  // A route leads to one network alone: that of the terminal's site, or that of what it dials.
  if (s.network !== undefined && s.site !== e.site && !leadsTo(s, scene)) return false
  switch (s.role) {
    case 'router':
      return s.site === e.site
    case 'unknown':
      return s.site === e.site && s.host !== e.host
    case 'provider':
      return e.isp === undefined || s.isp === undefined || s.isp === e.isp
    case 'gateway':
      return s.gateway === e.gateway
    default:
      return false
  }
}
