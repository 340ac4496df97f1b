import { createDiagnosis, createForecast, type Decision, type Diagnosis, type Forecast } from '../diagnose/diagnose.js'
import { byTimeThenId } from '../diagnose/observation.js'
import type { Pack } from '../match/pack.js'
import { verdictId } from '../parse/event-id.js'
import { createHeap } from './heap.js'
import type { Resume, StreamEvent } from './messages.js'

export type Output =
  | { readonly kind: 'final'; readonly decision: Decision; readonly events: readonly StreamEvent[] }
  | { readonly kind: 'provisional'; readonly decision: Decision }
  /** A provisional verdict on a record that has grown since: its id is void. */
  | { readonly kind: 'withdrawn'; readonly id: string; readonly realm: string }
  /** Came behind the watermark: changes no verdict; a replay of its time repairs it. */
  | { readonly kind: 'late'; readonly event: StreamEvent; readonly offset: bigint }

/**
 * The second stage for one partition of the events topic, as a reducer: events by offset and the watermark in, verdicts out. It holds no
 * more than the window. After a restart from its own commit it gives the same outputs again, or none of those it had given.
 */
export type Diagnoser = {
  readonly read: (offset: bigint, event: StreamEvent) => readonly Output[]
  readonly advance: (watermark: number) => readonly Output[]
  /** Where to read on after a restart, once everything given so far is stored. */
  readonly commit: () => { readonly offset: bigint; readonly resume: Resume }
  readonly openEpisodes: () => number
  readonly held: () => number
}

type Realm = {
  readonly diagnosis: Diagnosis
  readonly forecast: Forecast
  readonly recent: Map<string, StreamEvent>
  /** Symptoms of records that were still open, by what does not change as they grow. */
  readonly unclosed: Map<string, StreamEvent>
}

const MINUTE_MS = 60_000
const placeOf = (e: StreamEvent): string => `${e.origin}\u0000${e.at}\u0000${e.n}`

export function createDiagnoser(pack: Pack, start: { offset: bigint; resume: Resume | undefined }): Diagnoser {
  const realms = new Map<string, Realm>()
  const held = createHeap<StreamEvent>(byTimeThenId)
  /** Offsets read and not yet past, oldest first, with the time of their events. */
  let trail: { offset: bigint; at: number }[] = []
  let readTo = start.resume?.read ?? start.offset
  let watermark = start.resume?.from ?? Number.NEGATIVE_INFINITY
  const decidedBefore = start.resume === undefined ? Number.NEGATIVE_INFINITY : start.resume.from + pack.beforeMs
  let lastSeen = start.offset

  const realmOf = (id: string): Realm => {
    const found = realms.get(id)
    if (found) return found
    const made = {
      diagnosis: createDiagnosis(pack, id),
      forecast: createForecast(pack, id),
      recent: new Map(),
      unclosed: new Map(),
    }
    realms.set(id, made)
    return made
  }
  const finals = (realm: Realm, decisions: readonly Decision[]): Output[] =>
    decisions
      .filter((d) => d.first >= decidedBefore)
      .map((decision) => ({
        kind: 'final' as const,
        decision,
        events: decision.cited.flatMap((id) => realm.recent.get(id) ?? []),
      }))

  const provisional = (decisions: readonly Decision[]): Output[] =>
    decisions.filter((d) => d.first >= decidedBefore).map((decision) => ({ kind: 'provisional' as const, decision }))
  /** The event of a record that was open before: what was said of its shorter form under another id is void. */
  const closed = (realm: Realm, event: StreamEvent): Output[] => {
    const before = realm.unclosed.get(placeOf(event))
    if (!before) return []
    if (!event.open) realm.unclosed.delete(placeOf(event))
    if (before.id === event.id) return []
    realm.forecast.drop(before.id)
    return [{ kind: 'withdrawn', id: verdictId(before.id), realm: event.realm }]
  }

  return {
    read: (offset, event) => {
      lastSeen = offset + 1n
      const isAgain = offset < readTo
      if (!isAgain) readTo = offset + 1n
      const realm = realmOf(event.realm)
      if (realm.recent.has(event.id)) {
        trail.push({ offset, at: event.at })
        return []
      }
      // Read again after a restart, and decided before it.
      if (isAgain && start.resume !== undefined && event.at < start.resume.from) return []
      if (event.at < watermark) return event.open ? [] : [{ kind: 'late', event, offset }]
      trail.push({ offset, at: event.at })
      const withdrawn = closed(realm, event)
      if (event.open) realm.unclosed.set(placeOf(event), event)
      else {
        realm.recent.set(event.id, event)
        held.push(event)
      }
      return [...withdrawn, ...provisional(realm.forecast.step(event))]
    },

    advance: (to) => {
      if (!(to > watermark)) return []
      watermark = to
      const outputs: Output[] = []
      for (let next = held.peek(); next !== undefined && next.at < to; next = held.peek()) {
        held.pop()
        const realm = realmOf(next.realm)
        outputs.push(...finals(realm, realm.diagnosis.step(next)))
      }
      const cold = to - pack.beforeMs - pack.afterMs
      for (const realm of realms.values()) {
        outputs.push(...finals(realm, realm.diagnosis.advance(to)))
        realm.forecast.advance(to)
        const horizon = Math.min(realm.diagnosis.horizon(), cold)
        for (const [id, old] of realm.recent) if (old.at < horizon) realm.recent.delete(id)
        for (const [place, old] of realm.unclosed) if (old.at < horizon) realm.unclosed.delete(place)
      }
      return outputs
    },

    commit: () => {
      const due = Math.floor((watermark - pack.beforeMs - pack.afterMs) / MINUTE_MS) * MINUTE_MS
      // Never before what this run itself began with: it has not seen what lies there.
      const from = Math.max(due, start.resume?.from ?? 0)
      let passed = 0
      while (passed < trail.length && (trail[passed] as { at: number }).at < from) passed++
      if (passed > 0) trail = trail.slice(passed)
      return { offset: trail[0]?.offset ?? lastSeen, resume: { from, decided: watermark, read: readTo } }
    },

    openEpisodes: () => [...realms.values()].reduce((sum, r) => sum + r.diagnosis.openEpisodes(), 0),
    held: () => held.size(),
  }
}
