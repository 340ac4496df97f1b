import { createHash } from 'node:crypto'
import type { Incident } from '../../schemas/incident.js'
import type { Pack } from '../match/pack.js'
import { createHeap } from '../stream/heap.js'
import { incidentOf } from './document.js'
import { incidentKey, type VerdictNote } from './note.js'
import { addTo, copyOf, endOf, openTally, QUIET_MS, type Tally } from './tally.js'

/** An incident that no verdict can join any more. */
export type Closed = {
  readonly incident: Incident
  /** Epoch ms: it ended because nothing came until then, or because its day was over. */
  readonly at: number
  /** Least offset of its verdicts. */
  readonly place: number
  /** When the chain of incidents began that followed each other day by day; its own begin for most. */
  readonly rootAt: number
}

/** What a restart must know or read again to have an open incident as it is. */
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
  readonly changed: () => readonly Incident[]
  /** The open incident of a key as it would be with these too, which come after; in order of (time, id). */
  readonly glimpse: (key: string, more: readonly VerdictNote[]) => Incident | undefined
  readonly keys: () => IterableIterator<string>
  readonly standing: () => readonly Standing[]
}

/** A day's end, and how long a verdict still goes on with it. */
type Cut = { readonly cut: number; readonly warmUntil: number; readonly rootAt: number; readonly rootPlace: number }

export const keyHash = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 8)

/** @param starts by hash of the key, epoch ms: verdicts before it belong to incidents that are over (`Standing.cut`) */
export function createIncidents(pack: Pack, starts: ReadonlyMap<string, number> = new Map()): Incidents {
  const open = new Map<string, Tally>()
  const cuts = new Map<string, Cut>()
  const begins = new Map(starts)
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
    return { incident: incidentOf(t, pack, 'closed'), at, place: t.place, rootAt: t.rootAt }
  }

  const advance = (to: number): Closed[] => {
    const closed: Closed[] = []
    for (let next = due.peek(); next && next.at <= to; next = due.peek()) {
      due.pop()
      const { key } = next
      const t = open.get(key)
      if (t && endOf(t) <= to && endOf(t) <= next.at) closed.push(close(key, t))
      else if (t) due.push({ at: endOf(t), key })
      else if ((cuts.get(key)?.warmUntil ?? Number.POSITIVE_INFINITY) <= next.at) cuts.delete(key)
    }
    for (const [hash, at] of begins) if (at + QUIET_MS <= to) begins.delete(hash)
    return closed
  }

  const begin = (key: string, n: VerdictNote, place: number): void => {
    const hash = begins.size > 0 ? keyHash(key) : ''
    const start = begins.get(hash)
    begins.delete(hash)
    const before =
      cuts.get(key) ?? (start === undefined ? undefined : { cut: start, rootAt: start, rootPlace: UNKNOWN })
    cuts.delete(key)
    open.set(key, openTally(n, place, before))
    due.push({ at: n.at + QUIET_MS, key })
  }

  return {
    step: (n, place = 0) => {
      const key = incidentKey(n)
      if (begins.size > 0 && n.at < (begins.get(keyHash(key)) ?? Number.NEGATIVE_INFINITY)) return []
      const closed = advance(n.at)
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
        return t ? [incidentOf(t, pack, 'open')] : []
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
    standing: () => [
      ...[...open].map(([key, t]) => ({ hash: keyHash(key), cut: t.cut, place: t.place, rootPlace: t.rootPlace })),
      ...[...cuts].map(([key, c]) => ({ hash: keyHash(key), cut: c.cut, place: undefined, rootPlace: c.rootPlace })),
      ...[...begins].map(([hash, cut]) => ({ hash, cut, place: undefined, rootPlace: UNKNOWN })),
    ],
  }
}
