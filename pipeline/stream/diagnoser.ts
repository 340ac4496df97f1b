import type { Health } from '../../schemas/health.js'
import {
  CONTEXT_MS,
  createDiagnosis,
  createForecast,
  type Decision,
  type Diagnosis,
  type Forecast,
} from '../diagnose/diagnose.js'
import { isStatement } from '../diagnose/known.js'
import { byTimeThenId } from '../diagnose/observation.js'
import { sightingOf } from '../diagnose/sighting.js'
import { createHours, HOUR_MS, type Hours } from '../health/hours.js'
import type { Pack } from '../match/pack.js'
import { verdictId } from '../parse/event-id.js'
import { createHeap } from './heap.js'
import { createKnownKeeper, type KnownKeeper, type KnownMessage, type KnownRow } from './known-rows.js'
import { addCounts, type Counts, NO_COUNTS, type Resume, type StreamEvent } from './messages.js'

export type Output =
  | { readonly kind: 'final'; readonly decision: Decision; readonly events: readonly StreamEvent[] }
  | {
      readonly kind: 'provisional'
      readonly decision: Decision
      /** Kafka's time of the line that it came from, epoch ms. */
      readonly received: number
    }
  /** A provisional verdict on a record that has grown since: its id is void. */
  | { readonly kind: 'withdrawn'; readonly id: string; readonly realm: string }
  /** An hour that is over: how its attempts went. */
  | { readonly kind: 'hour'; readonly hour: Health }
  /** Came behind the watermark: changes no verdict; a replay of its time repairs it. */
  | { readonly kind: 'late'; readonly event: StreamEvent; readonly offset: bigint }

/** How far an events partition is diagnosed. */
export type Standing = {
  /** Where a restart must read from, once everything given so far is stored. */
  readonly resumeAt: bigint
  readonly resume: Resume
  /** Of the messages read since the last call. */
  readonly counts: Counts
  /** What sources said of themselves: to be written before that is committed, and to be ended after. */
  readonly known: { readonly write: readonly KnownMessage[]; readonly drop: readonly KnownMessage[] }
}

/**
 * The second stage for one partition of the events topic, as a reducer: events by offset and the watermark in, verdicts out. It holds no
 * more than the window. After a restart from its own commit it gives the same outputs again, or none of those it had given.
 */
export type Diagnoser = {
  /** @param isWritten whether the event's record had been written to the partition before */
  readonly read: (offset: bigint, event: StreamEvent, isWritten: boolean) => readonly Output[]
  readonly advance: (watermark: number) => readonly Output[]
  readonly settle: () => Standing
  readonly watermark: () => number
  readonly openEpisodes: () => number
  /** Events that wait for the watermark. */
  readonly held: () => number
  /** Parameters of sources that something is known of. */
  readonly known: () => number
}

type Realm = {
  readonly diagnosis: Diagnosis
  readonly forecast: Forecast
  readonly known: KnownKeeper
  readonly hours: Hours
  readonly recent: Map<string, StreamEvent>
  /** Symptoms of records that were still open, by what does not change as they grow. */
  readonly unclosed: Map<string, StreamEvent>
}

const MINUTE_MS = 60_000
const placeOf = (e: StreamEvent): string => `${e.origin}\u0000${e.at}\u0000${e.n}`
const ONE: Readonly<Record<'event' | 'duplicate' | 'late' | 'open', Counts>> = {
  event: { ...NO_COUNTS, read: 1, events: 1 },
  duplicate: { ...NO_COUNTS, read: 1, duplicates: 1 },
  late: { ...NO_COUNTS, read: 1, dead_lettered: 1 },
  open: { ...NO_COUNTS, read: 1, filtered: 1 },
}

/** @param start.known  rows of the topic of what is known, of whatever realms */
export function createDiagnoser(
  pack: Pack,
  start: { offset: bigint; resume: Resume | undefined; known?: readonly KnownRow[] },
): Diagnoser {
  const rows = new Map<string, KnownRow[]>()
  for (const r of start.known ?? []) rows.set(r.realm, [...(rows.get(r.realm) ?? []), r])
  const realms = new Map<string, Realm>()
  const held = createHeap<StreamEvent>(byTimeThenId)
  const decided = start.resume?.decided ?? Number.NEGATIVE_INFINITY
  const warmFrom = start.resume?.from ?? Number.NEGATIVE_INFINITY
  /** Offsets read and not yet past, oldest first, with the time of their events. */
  let trail: { offset: bigint; at: number }[] = []
  let next = start.offset
  let readTo = start.resume?.read ?? start.offset
  let watermark = warmFrom
  let purged = Number.NEGATIVE_INFINITY
  let counts = NO_COUNTS

  const realmOf = (id: string): Realm => {
    const found = realms.get(id)
    if (found) return found
    const known = createKnownKeeper(id, rows.get(id) ?? [], start.resume?.from)
    rows.delete(id)
    const made = {
      diagnosis: createDiagnosis(pack, id, known.live),
      forecast: createForecast(pack, id, known.live),
      known,
      hours: createHours(id),
      recent: new Map(),
      unclosed: new Map(),
    }
    realms.set(id, made)
    return made
  }
  /** What was decided before a restart is stored; its evidence may be half gone now. */
  const isNew = (d: Decision): boolean => d.first + pack.afterMs >= decided
  const finals = (realm: Realm, decisions: readonly Decision[]): Output[] =>
    decisions.filter(isNew).map((decision) => ({
      kind: 'final' as const,
      decision,
      events: decision.cited.flatMap((id) => realm.recent.get(id) ?? realm.known.live.get(id) ?? []),
    }))

  /** An hour that this run has seen from its beginning; after a restart some are given again. */
  const whole = (hours: readonly Health[]): Output[] =>
    hours.filter((h) => Date.parse(h['@timestamp']) >= warmFrom).map((hour) => ({ kind: 'hour' as const, hour }))

  /** The event of a record that was open before: what was said of its shorter form under another id is void. */
  const closed = (realm: Realm, event: StreamEvent): Output[] => {
    const before = realm.unclosed.get(placeOf(event))
    if (!before) return []
    if (!event.open) realm.unclosed.delete(placeOf(event))
    if (before.id === event.id) return []
    realm.forecast.drop(before.id)
    return [{ kind: 'withdrawn', id: verdictId(before.id), realm: event.realm }]
  }

  const judge = (
    event: StreamEvent,
    isAgain: boolean,
    isWritten: boolean,
  ): 'event' | 'duplicate' | 'late' | 'open' | 'old' => {
    if (realmOf(event.realm).recent.has(event.id)) return 'duplicate'
    if (isAgain) return event.at < warmFrom ? 'old' : event.open ? 'open' : 'event'
    if (event.at >= watermark && event.at >= decided) return event.open ? 'open' : 'event'
    return event.open ? 'open' : isWritten ? 'duplicate' : 'late'
  }

  const read = (offset: bigint, event: StreamEvent, isWritten: boolean): readonly Output[] => {
    next = offset + 1n
    const isAgain = offset < readTo
    if (!isAgain) readTo = next
    const realm = realmOf(event.realm)
    const what = judge(event, isAgain, isWritten)
    if (!isAgain && what !== 'old') counts = addCounts(counts, ONE[what])
    if (what === 'late') {
      // Too late for a verdict, not for the hour under way; closed hours are counted again by a repair.
      const sighting = sightingOf(event)
      if (sighting) realm.hours.step(sighting)
      if (sighting && isStatement(sighting)) realm.known.late(event)
      return [{ kind: 'late', event, offset }]
    }
    if (what === 'old' || event.at < watermark) return []
    trail.push({ offset, at: event.at })
    if (what === 'duplicate') return []
    const withdrawn = closed(realm, event)
    if (what === 'open') realm.unclosed.set(placeOf(event), event)
    else {
      realm.recent.set(event.id, event)
      held.push(event)
    }
    const decisions = realm.forecast.step(event)
    if (isAgain) return withdrawn
    const { received } = event
    return [
      ...withdrawn,
      ...decisions.filter(isNew).map((decision) => ({ kind: 'provisional' as const, decision, received })),
    ]
  }

  const oldestUnclosed = (): number => {
    let oldest = Number.POSITIVE_INFINITY
    for (const { unclosed } of realms.values()) for (const { at } of unclosed.values()) oldest = Math.min(oldest, at)
    return oldest
  }

  /** Forgets what no verdict to come can look at. */
  const purge = (): Output[] => {
    const outputs: Output[] = []
    const cold = watermark - pack.beforeMs - pack.afterMs
    for (const [id, realm] of realms) {
      realm.forecast.advance(watermark)
      const horizon = Math.min(realm.diagnosis.horizon(), cold)
      for (const [event, old] of realm.recent) if (old.at < horizon) realm.recent.delete(event)
      for (const [place, old] of realm.unclosed) {
        if (old.at >= horizon) continue
        realm.unclosed.delete(place)
        // Its record never came to an end under this place, so no final verdict takes the place of what was said.
        if (!realm.recent.has(old.id)) outputs.push({ kind: 'withdrawn', id: verdictId(old.id), realm: id })
      }
    }
    return outputs
  }

  return {
    read,

    advance: (to) => {
      if (!(to > watermark)) return []
      watermark = to
      const outputs: Output[] = []
      for (let first = held.peek(); first !== undefined && first.at < to; first = held.peek()) {
        held.pop()
        const realm = realmOf(first.realm)
        const sighting = sightingOf(first)
        if (sighting) outputs.push(...whole(realm.hours.step(sighting)))
        outputs.push(...finals(realm, realm.diagnosis.step(first)))
        if (sighting && isStatement(sighting)) realm.known.passed(first)
      }
      for (const realm of realms.values())
        outputs.push(...whole(realm.hours.advance(to)), ...finals(realm, realm.diagnosis.advance(to)))
      if (watermark - purged < MINUTE_MS) return outputs
      purged = watermark
      return [...outputs, ...purge()]
    },

    settle: () => {
      // What verdicts to come may look at, and the hour under way from its beginning. Past a record that is still open nobody would know
      // that what was said of it has to be taken back.
      const needed = Math.min(
        watermark - pack.beforeMs - pack.afterMs - CONTEXT_MS,
        oldestUnclosed(),
        Math.floor(watermark / HOUR_MS) * HOUR_MS,
      )
      const due = Math.floor(needed / MINUTE_MS) * MINUTE_MS
      // Never before what this run itself began with: it has not seen what lies there.
      const from = Math.max(due, start.resume?.from ?? 0)
      let passed = 0
      while (passed < trail.length && (trail[passed] as { at: number }).at < from) passed++
      if (passed > 0) trail = trail.slice(passed)
      const since = counts
      counts = NO_COUNTS
      const known = [...realms.values()].map((r) => r.known.settle(from))
      return {
        resumeAt: trail[0]?.offset ?? next,
        resume: { from, decided: Math.max(watermark, decided), read: readTo },
        counts: since,
        known: { write: known.flatMap((k) => k.write), drop: known.flatMap((k) => k.drop) },
      }
    },

    watermark: () => watermark,
    openEpisodes: () => [...realms.values()].reduce((sum, r) => sum + r.diagnosis.openEpisodes(), 0),
    held: () => held.size(),
    known: () => [...realms.values()].reduce((sum, r) => sum + r.known.live.size, 0),
  }
}
