import { createHash } from 'node:crypto'
import type { Incident } from '../../schemas/incident.js'
import type { Pack } from '../match/pack.js'
import { createHeap } from '../stream/heap.js'
import { incidentOf } from './document.js'
import { incidentKey, type VerdictNote } from './note.js'
import { addTo, copyOf, endOf, openTally, QUIET_MS, type Tally } from './tally.js'

/** What a restart must know or read again to have an incident as it is. */
export type Standing = {
  /** Names its key; short, for the note of a commit. */
  readonly hash: string
  /** Where a day was cut off: what is open begins here, whatever came before. */
  readonly cut: number | undefined
  /** Least offset of its verdicts; undefined where none is open. */
  readonly place: number | undefined
  /** Least offset of the verdicts of the days before it too; `UNKNOWN` where that was before a restart. */
  readonly rootPlace: number
}
export const UNKNOWN = -1

/** An incident that no verdict can join any more. */
export type Closed = Standing & {
  readonly incident: Incident
  /** Epoch ms: it ended because nothing came until then, or because its day was over. */
  readonly at: number
  /** When the chain of incidents began that followed each other day by day; its own begin for most. */
  readonly rootAt: number
}

/**
 * The incidents of one realm, as a reducer over its final verdicts in order of (time, id), each once: verdicts of one cause, scope and
 * scope_id until thirty quiet minutes or a day. No clock, no I/O; memory is that of the open incidents.
 */
export type Incidents = {
  /** @returns those that ended before it */
  readonly step: (n: VerdictNote, place?: number) => readonly Closed[]
  /** Nothing before `at` will come any more. */
  readonly advance: (at: number) => readonly Closed[]
  /** Nothing will come any more at all. */
  readonly end: () => readonly Closed[]
  /** Open incidents that have changed since the last call. */
  readonly changed: () => readonly Pick<Closed, 'incident' | 'rootAt'>[]
  /** The open incident of a key as it would be with these too, which come after; in order of (time, id). */
  readonly glimpse: (key: string, more: readonly VerdictNote[]) => Incident | undefined
  /** Of the open ones. */
  readonly keys: () => IterableIterator<string>
  readonly size: () => number
  readonly standing: () => readonly Standing[]
}

/** A day's end, and how long a verdict still goes on with it. */
type Cut = { readonly cut: number; readonly warmUntil: number; readonly rootAt: number; readonly rootPlace: number }

/** Times by hash of the key, ascending. */
export type Starts = ReadonlyMap<string, readonly number[]>
const NOWHERE = { starts: new Map(), rootsBefore: Number.POSITIVE_INFINITY }
const standingOf = (key: string, t: Tally): Standing => ({
  hash: keyHash(key),
  cut: t.cut,
  place: t.place,
  rootPlace: t.rootPlace,
})

export const keyHash = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 8)

/**
 * @param resume where days were cut off (`Standing.cut`), by hash of the key, epoch ms: what is open begins there. It holds for keys whose
 *   chain of days began before `rootsBefore` by what is read, as their true begin may lie before that; the others find it out themselves.
 */
export function createIncidents(
  pack: Pack,
  resume: { readonly starts: Starts; readonly rootsBefore: number } = NOWHERE,
): Incidents {
  const open = new Map<string, Tally>()
  const cuts = new Map<string, Cut>()
  const begins = new Map([...resume.starts].map(([hash, all]) => [hash, [...all]]))
  const due = createHeap<{ at: number; key: string }>((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1))
  let touched = new Set<string>()

  const close = (key: string, t: Tally): Closed => {
    const at = endOf(t)
    open.delete(key)
    const warmUntil = t.last + QUIET_MS
    if (at < warmUntil) {
      cuts.set(key, { cut: at, warmUntil, rootAt: t.rootAt, rootPlace: t.rootPlace })
      due.push({ at: warmUntil, key })
    }
    return { incident: incidentOf(t, pack, 'closed'), at, rootAt: t.rootAt, ...standingOf(key, t) }
  }

  const advance = (to: number): Closed[] => {
    const closed: Closed[] = []
    for (let next = due.peek(); next && next.at <= to; next = due.peek()) {
      due.pop()
      const { key } = next
      const t = open.get(key)
      if (t && endOf(t) <= to && endOf(t) <= next.at) closed.push(close(key, t))
      else if (begins.size > 0 && resumeAt(key, next.at)) continue
      else if (t) due.push({ at: endOf(t), key })
      else if ((cuts.get(key)?.warmUntil ?? Number.POSITIVE_INFINITY) <= next.at) cuts.delete(key)
    }
    for (const [hash, all] of begins) if ((all.at(-1) as number) + QUIET_MS <= to) begins.delete(hash)
    return closed
  }

  const begin = (key: string, n: VerdictNote, place: number): void => {
    const before = cuts.get(key)
    cuts.delete(key)
    open.set(key, openTally(n, place, before))
    due.push({ at: n.at + QUIET_MS, key })
    if (begins.size > 0) dueAtStart(key)
  }

  /** A known start ends what is open even if no verdict comes then. */
  const dueAtStart = (key: string): void => {
    const at = begins.get(keyHash(key))?.[0]
    if (at !== undefined) due.push({ at, key })
  }

  /** What was read before a known start is a part of something that is over. @returns whether it was dropped */
  const resumeAt = (key: string, at: number): boolean => {
    const hash = keyHash(key)
    const all = begins.get(hash)
    if (all === undefined || at < (all[0] as number)) return false
    let start = all.shift() as number
    while (at >= (all[0] ?? Number.POSITIVE_INFINITY)) start = all.shift() as number
    if (all.length === 0) begins.delete(hash)
    else dueAtStart(key)
    const t = open.get(key)
    const before = t ?? cuts.get(key)
    if (before !== undefined && before.rootAt >= resume.rootsBefore) return false
    open.delete(key)
    const warmUntil = t ? t.last + QUIET_MS : Math.max(at, cuts.get(key)?.warmUntil ?? at)
    cuts.set(key, { cut: start, warmUntil, rootAt: start, rootPlace: UNKNOWN })
    due.push({ at: warmUntil, key })
    return true
  }

  return {
    step: (n, place = 0) => {
      const key = incidentKey(n)
      const closed = advance(n.at)
      if (begins.size > 0) resumeAt(key, n.at)
      const t = open.get(key)
      if (t) addTo(t, n, place)
      else begin(key, n, place)
      touched.add(key)
      return closed
    },
    advance,
    end: () => advance(Number.POSITIVE_INFINITY),
    changed: () => {
      const keys = [...touched].sort()
      touched = new Set()
      return keys.flatMap((key) => {
        const t = open.get(key)
        return t ? [{ incident: incidentOf(t, pack, 'open'), rootAt: t.rootAt }] : []
      })
    },
    glimpse: (key, more) => {
      const known = open.get(key)
      let t = known && more.length > 0 ? copyOf(known) : known
      for (const n of more)
        if (t && n.at < endOf(t)) addTo(t, n, 0)
        else t = openTally(n, 0)
      return t && incidentOf(t, pack, 'open')
    },
    keys: () => open.keys(),
    size: () => open.size,
    standing: () => [
      ...[...open].map(([key, t]) => standingOf(key, t)),
      ...[...cuts].map(([key, c]) => ({ hash: keyHash(key), cut: c.cut, place: undefined, rootPlace: c.rootPlace })),
      ...[...begins].flatMap(([hash, all]) => all.map((cut) => ({ hash, cut, place: undefined, rootPlace: UNKNOWN }))),
    ],
  }
}
