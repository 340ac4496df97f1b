import type { Sighting } from '../sighting.js'
import { groupBy, median, type Scene } from './fact.js'

/** Probes come every second or every minute: the nearest ones count, from as narrow a time as gives enough of them. */
const AROUND_MS = [5_000, 15_000, 35_000, 65_000]
const ENOUGH = 3

/** What probes (ping) say about the line of the site. */
export function probeFacts(scene: Scene): void {
  const { episode: e, endpoint, window, put, from, to } = scene
  if (!window.all('probe').any(from, to)) return
  const all = withoutLate(window.ofSite('probe', e.site).range(from, to))
  const within = (around: number) => (s: Sighting) => s.at >= e.start - around && s.at <= e.end + around
  const split = byTarget(all.filter(within(TARGETS_MS)), all)
  // The target's silence says nothing of a line over which another answers.
  const lostOnes = new Set(split?.lost.map((s) => s.id))
  const tooLarge = bySize(all.filter(within(TARGETS_MS)), all)
  if (tooLarge)
    put('probe.only_large_lost', tooLarge.lost.length > 0, [...tooLarge.lost, ...tooLarge.small.slice(0, 2)])
  for (const s of tooLarge?.lost ?? []) lostOnes.add(s.id)
  // What is lost beyond the nearer of two targets is lost all the same, unless the dialled one is always reached.
  if (split?.isPartly && !split.fine.some((s) => s.ip !== undefined && endpoint.ips.has(s.ip)))
    for (const s of all) if (isOfTarget(s, split.fine)) lostOnes.add(s.id)
  const here = lostOnes.size === 0 ? all : all.filter((s) => !lostOnes.has(s.id))
  const around = AROUND_MS.find((ms) => countOf(here.filter(within(ms))) >= ENOUGH) ?? AROUND_MS.at(-1) ?? 0
  const near = within(around)
  const now = here.filter(near)
  const rest = here.filter((s) => !near(s))
  const lost = (list: readonly Sighting[]) => list.filter((s) => lossOf(s) > 0)
  if (now.length > 0) {
    put('probe.never_answered', countOf(all) >= MIN_OF_TARGET && all.every((s) => lossOf(s) === 1), all.slice(0, 3))
    put('probe.count', countOf(now), now)
    put('probe.loss_share', shareOf(now), lost(now).length > 0 ? lost(now) : now)
    if (rest.length > 0) put('probe.loss_usual', shareOf(rest), rest)
    const rtt = (list: readonly Sighting[]) => median(list.flatMap((s) => (s.rttMs === undefined ? [] : [s.rttMs])))
    const [then, usual] = [rtt(now), rtt(rest)]
    put('probe.rtt_ms', then, now)
    if (then !== undefined && usual !== undefined && usual > 0) put('probe.rtt_ratio', then / usual, now)
  }
  if (split) put('probe.one_target_lost', split.lost.length > 0, [...split.lost, ...split.fine.slice(0, 2)])
  const elsewhere = window
    .all('probe')
    .collect(Math.max(from, e.start - around), Math.min(to, e.end + around), (s) => s.site !== e.site)
  if (elsewhere.length > 0) put('probe.loss_share_elsewhere', shareOf(elsewhere), elsewhere)
}

/** A probe's limit is a second, or whatever the next one is sent after: its answer may come all the same. */
const LATE_MS = 900
/** Without the losses that answers which came late take back: `no answer yet for icmp_seq=5`, then `64 bytes … icmp_seq=5 … time=3010 ms`. */
function withoutLate(probes: readonly Sighting[]): readonly Sighting[] {
  const late = probes.filter((s) => s.lossShare === undefined && (s.rttMs ?? 0) >= LATE_MS)
  if (late.length === 0) return probes
  const lost = groupBy(
    probes.filter((s) => s.outcome !== 'ok' && s.lossShare === undefined),
    (s) => s.origin,
  )
  const next = new Map<string, number>()
  const taken = new Set<string>()
  // Answers come in the order of their probes, or nearly: each log is gone through once.
  for (const answer of late) {
    const own = lost.get(answer.origin) ?? []
    let i = next.get(answer.origin) ?? 0
    while (i < own.length && (own[i] as Sighting).at < answer.at - (answer.rttMs ?? 0)) i++
    const first = own[i]
    if (first && first.at <= answer.at) {
      taken.add(first.id)
      i++
    }
    next.set(answer.origin, i)
  }
  return probes.filter((s) => !taken.has(s.id))
}

/** A line that sums up several probes states their share. */
const lossOf = (s: Sighting): number => s.lossShare ?? (s.outcome === 'ok' ? 0 : 1)
/** One that does is at least two. */
const countOf = (list: readonly Sighting[]): number =>
  list.reduce((sum, s) => sum + (s.lossShare === undefined ? 1 : 2), 0)
const shareOf = (list: readonly Sighting[]): number => list.reduce((sum, s) => sum + lossOf(s), 0) / list.length

/** Several targets are probed at paces of their own. */
const TARGETS_MS = 15_000
const MOST_LOST = 0.5
/** Of a target that falls silent nothing comes back from then on; of a line that loses, now one does and now another. */
const TURNS = 3
const MIN_OF_TARGET = 2

type Split = { readonly lost: readonly Sighting[]; readonly fine: readonly Sighting[]; readonly isPartly: boolean }

/** Where several targets are probed: those of the target that is mostly lost, and those of one that is always reached; or whether one loses some. */
function byTarget(probes: readonly Sighting[], all: readonly Sighting[]): Split | undefined {
  // A lost one often is told by its number alone: its log names the target in its other lines.
  const ofLog = new Map<string, string>()
  for (const s of all) {
    const target = s.ip ?? s.domain
    if (target !== undefined && !ofLog.has(s.origin)) ofLog.set(s.origin, target)
  }
  const targets = groupBy(probes, (s) => s.ip ?? s.domain ?? ofLog.get(s.origin))
  const known = [...targets.values()].filter((list) => countOf(list) >= MIN_OF_TARGET)
  if (known.length < 2) return undefined
  const fine = known.find((list) => shareOf(list) === 0)
  const lost = known.find((list) => shareOf(list) >= MOST_LOST)
  const isPartly = known.some(losesSome)
  return { lost: fine && lost && !isPartly ? lost : [], fine: fine ?? [], isPartly: isPartly && fine !== undefined }
}

/** Whether answers and losses come by turns. A line that sums probes up does not tell. */
function losesSome(probes: readonly Sighting[]): boolean {
  const each = probes.filter((s) => s.lossShare === undefined)
  return each.filter((s, i) => i > 0 && lossOf(s) !== lossOf(each[i - 1] as Sighting)).length >= TURNS
}

const isOfTarget = (s: Sighting, probes: readonly Sighting[]): boolean =>
  probes.some((p) => p.origin === s.origin && (p.ip ?? p.domain) === (s.ip ?? s.domain))

/** Bytes of a probe that fits every link (RFC 791: 576 with its headers), and of one that is sent to find out which does not. */
const SMALL_BYTES = 576
const LARGE_BYTES = 1_000

/** Where a line is probed with small and with large packets, a log each: the large ones that are lost while small ones come back. */
function bySize(
  probes: readonly Sighting[],
  all: readonly Sighting[],
): { lost: readonly Sighting[]; small: readonly Sighting[] } | undefined {
  // Of a lost one nobody tells the size: its log's others do.
  const sizes = new Map<string, number>()
  for (const s of all)
    if (s.receivedBytes !== undefined) sizes.set(s.origin, Math.max(sizes.get(s.origin) ?? 0, s.receivedBytes))
  const ofSize = (isMeant: (bytes: number) => boolean) =>
    probes.filter((s) => {
      const bytes = sizes.get(s.origin)
      return bytes !== undefined && isMeant(bytes)
    })
  const small = ofSize((bytes) => bytes < SMALL_BYTES)
  const large = ofSize((bytes) => bytes >= LARGE_BYTES)
  if (countOf(small) < MIN_OF_TARGET || countOf(large) < MIN_OF_TARGET || shareOf(small) > 0) return undefined
  return { lost: shareOf(large) >= MOST_LOST ? large.filter((s) => lossOf(s) > 0) : [], small }
}
