import type { Incident } from '../../schemas/incident.js'
import { byTimeThenId } from '../diagnose/observation.js'
import { type Closed, createIncidents, type Incidents, UNKNOWN } from '../incident/incidents.js'
import { incidentKey, type VerdictNote } from '../incident/note.js'
import type { Pack } from '../match/pack.js'
import type { AlertState } from './alert-state.js'
import { partsOfVersion, takesEffect } from './documents.js'
import { type IncidentNote, MAX_STARTS, type Ranges, type Repaired, startsOf, withPlace } from './incident-note.js'
import type { VerdictMessage } from './verdict-message.js'

/** What became of a message. `late`: behind what is counted already; only reading the topic again tells what it changes. */
export type Taken = 'counted' | 'repeat' | 'late' | 'ignored'

/**
 * The incidents of one verdicts partition, as a reducer: messages by offset and the watermark in, incidents out. Messages come in about
 * the order of their time, some twice, some taken back; what is stored is what the final verdicts say in order of (time, id).
 */
export type IncidentReader = {
  readonly read: (m: VerdictMessage) => Taken
  /** Everything before this offset has come, also where no message bears it. */
  readonly passed: (offset: number) => void
  /** @returns incidents that ended before the watermark */
  readonly advance: (watermark: number) => readonly Incident[]
  /** Open incidents that have changed since the last call. */
  readonly changed: () => readonly Incident[]
  /** What is new for whoever watches; verdicts that wait for the watermark count already. */
  readonly alerts: () => readonly AlertState[]
  /** Where it stands; `read` is the offset to go on at. @param isStored whether all that was given so far is */
  readonly settle: (isStored: boolean) => { readonly read: number; readonly note: IncidentNote }
  readonly late: () => Ranges
  readonly watermark: () => number
  /** By realm, how far it is counted, epoch ms. */
  readonly positions: () => ReadonlyMap<string, number>
  readonly open: () => number
  /** Alerts that fire, by key: handed on when the state is made anew. */
  readonly firing: () => ReadonlyMap<string, Incident>
}

/** What is known of a realm when its reader begins. */
export type RealmStart = {
  readonly incidents: Incidents
  readonly pending: readonly VerdictMessage[]
  readonly recent: ReadonlyMap<string, Recent>
  readonly held: readonly Closed[]
  readonly position: number
}
export type Recent = { readonly version: number; readonly at: number; readonly place: number }
export type ReaderStart = {
  readonly read: number
  /** As the realms are made; what was given up to it is stored. */
  readonly watermark: number
  readonly realms: ReadonlyMap<string, RealmStart>
  readonly late: Ranges
  readonly repaired: Repaired
  readonly firing?: ReadonlyMap<string, Incident>
}

type Realm = {
  readonly incidents: Incidents
  /** Not counted yet, newest write by id; one without a note was taken back. */
  readonly pending: Map<string, VerdictMessage & { readonly at: number }>
  /** Counted not long ago: what comes again is known by it. */
  readonly recent: Map<string, Recent>
  /** Everything before it is counted, epoch ms. */
  position: number
  /** Latest of the final verdicts. */
  newest: number
  /** Over, but not yet behind the watermark. */
  held: Closed[]
}

/**
 * A diagnosis that restarts gives what it gave since its last commit again. What is not known any more by then would be late, and make the
 * topic be read again for nothing: so at least the last hour, and the last thousand.
 */
const RECENT_MS = 3_600_000
const RECENT_LEAST = 1_000

/** Forgets the oldest that need not be known any more. @param items in about the order of their times */
export function forgetOld(items: Map<string, Recent>, watermark: number): void {
  let over = items.size - RECENT_LEAST
  for (const [id, r] of items) {
    if (over-- <= 0 || r.at >= watermark - RECENT_MS) return
    items.delete(id)
  }
}

export function createIncidentReader(pack: Pack, start: ReaderStart, counts: { provisional: boolean }): IncidentReader {
  const realms = new Map<string, Realm>()
  const firing = new Map(start.firing)
  const ended = new Map<string, Incident>()
  const touched = new Set<string>(firing.keys())
  let late = start.late
  let next = start.read
  let watermark = start.watermark
  let decided = start.watermark
  /** Given since what was given is known to be stored. */
  let unstored: Closed[] = []

  const isShown = (m: VerdictMessage | undefined): m is VerdictMessage & { note: VerdictNote } =>
    m?.note !== undefined && (m.isFinal || counts.provisional)
  const touch = (m: VerdictMessage | undefined) => {
    if (isShown(m)) touched.add(incidentKey(m.note))
  }
  const realmOf = (id: string): Realm => {
    const found = realms.get(id)
    if (found) return found
    const known = start.realms.get(id)
    const made: Realm = {
      incidents: known?.incidents ?? createIncidents(pack),
      pending: new Map(known?.pending.map((m) => [m.id, { ...m, at: m.note?.at ?? start.watermark }])),
      recent: new Map(known?.recent),
      position: known?.position ?? watermark,
      newest: (known?.pending ?? []).reduce(
        (most, m) => Math.max(most, m.isFinal && m.note ? m.note.at : most),
        Number.NEGATIVE_INFINITY,
      ),
      held: [...(known?.held ?? [])],
    }
    realms.set(id, made)
    return made
  }
  for (const [id, { incidents, pending }] of start.realms) {
    realmOf(id)
    for (const key of incidents.keys()) touched.add(key)
    pending.forEach(touch)
  }

  /** What a write means for the realm, before it is taken in. */
  const judge = (realm: Realm, m: VerdictMessage): Taken => {
    const there = realm.pending.get(m.id) ?? realm.recent.get(m.id)
    if (!takesEffect(m, there)) return 'repeat'
    if (realm.recent.has(m.id)) return 'late'
    const behind = Math.max(realm.position, realm.newest - pack.afterMs)
    if (m.note) return m.note.at >= behind ? 'counted' : m.isFinal ? 'late' : 'ignored'
    if (there) return 'counted'
    // Most never had a final verdict: they had one together with what has taken their place, and that came in time.
    if (m.by !== undefined && (realm.pending.has(m.by) || realm.recent.has(m.by))) return 'ignored'
    // Ends a provisional verdict, and there was none that waits.
    return partsOfVersion(m.version).isFinal ? 'late' : 'ignored'
  }

  const take = (m: VerdictMessage): Taken => {
    next = m.place + 1
    const realm = realmOf(m.realm)
    const taken = judge(realm, m)
    if (taken === 'late') late = withPlace(late, m.place)
    if (taken !== 'counted') return taken
    const there = realm.pending.get(m.id)
    touch(there)
    touch(m)
    realm.pending.set(m.id, { ...m, at: m.note?.at ?? there?.at ?? realm.position })
    if (m.isFinal && m.note) realm.newest = Math.max(realm.newest, m.note.at)
    return taken
  }

  /** Counts what can have nothing before it any more: a realm's verdicts come in the order of their first symptoms. */
  const count = (realm: Realm): void => {
    realm.position = Math.max(realm.position, watermark, realm.newest - pack.afterMs)
    const due = [...realm.pending.values()].filter((m) => m.at < realm.position).sort(byTimeThenId)
    for (const { id, version, at, place, note, isFinal } of due) {
      realm.pending.delete(id)
      if (note && isFinal) realm.held.push(...realm.incidents.step(note, place))
      if (isFinal || !note) realm.recent.set(id, { version, at, place })
      else touched.add(incidentKey(note))
    }
  }

  const advance = (to: number): Incident[] => {
    watermark = Math.max(watermark, to)
    const closed: Closed[] = []
    for (const realm of realms.values()) {
      count(realm)
      realm.held.push(...realm.incidents.advance(watermark))
      closed.push(...realm.held.filter((c) => c.at <= watermark))
      realm.held = realm.held.filter((c) => c.at > watermark)
      forgetOld(realm.recent, watermark)
    }
    unstored.push(...closed)
    closed.sort((a, b) => a.at - b.at || (a.incident.event.id < b.incident.event.id ? -1 : 1))
    for (const { incident } of closed) {
      const key = keyOf(incident)
      ended.set(key, incident)
      touched.add(key)
    }
    return closed.map((c) => c.incident)
  }

  const alerts = (): AlertState[] => {
    const waiting = new Map<string, VerdictNote[]>()
    for (const realm of realms.values())
      for (const m of realm.pending.values()) {
        if (!isShown(m)) continue
        const key = incidentKey(m.note)
        if (touched.has(key)) waiting.set(key, [...(waiting.get(key) ?? []), m.note])
      }
    const states = [...touched].sort().flatMap((key): AlertState[] => {
      const realm = realms.get(key.slice(0, key.indexOf('\u0000')))
      const now = realm?.incidents.glimpse(key, (waiting.get(key) ?? []).sort(byTimeThenId))
      // What began and ended unseen, in a backlog, is history and no alert; what began before this reader may have been told of.
      const over = ended.get(key)
      const isHistory = over && Date.parse(over['@timestamp']) >= start.watermark && !firing.has(key)
      const before = isHistory ? undefined : (over ?? firing.get(key))
      if (now) firing.set(key, now)
      else firing.delete(key)
      return now
        ? [{ key, status: 'firing', incident: now }]
        : before
          ? [{ key, status: 'resolved', incident: before }]
          : []
    })
    touched.clear()
    ended.clear()
    return states
  }

  const settle = (isStored: boolean) => {
    if (isStored) {
      decided = watermark
      unstored = []
    }
    const all = [...realms.values()]
    const standing = [...unstored, ...all.flatMap((r) => [...r.held, ...r.incidents.standing()])]
    const cut = standing.filter((s) => s.cut !== undefined).sort((a, b) => a.rootPlace - b.rootPlace)
    const places = [
      ...standing.flatMap((s) => s.place ?? []),
      // What does not fit into the note is found out again from where its days began.
      ...cut.slice(MAX_STARTS).map((s) => s.rootPlace),
      ...all.flatMap((r) => [...r.pending.values(), ...r.recent.values()].map((x) => x.place)),
    ]
    const from = places.reduce((least, p) => (p === UNKNOWN ? least : Math.min(least, p)), next)
    const starts = startsOf(cut.slice(0, MAX_STARTS).map((s) => [s.hash, s.cut as number]))
    return {
      read: next,
      note: { from, decided, promised: watermark, starts, late, isRepairing: false, repaired: start.repaired },
    }
  }

  return {
    read: take,
    passed: (offset) => {
      next = Math.max(next, offset)
    },
    advance,
    changed: () => [...realms.values()].flatMap((r) => r.incidents.changed().map((c) => c.incident)),
    alerts,
    settle,
    late: () => late,
    watermark: () => watermark,
    positions: () => new Map([...realms].map(([id, r]) => [id, r.position])),
    open: () => [...realms.values()].reduce((sum, r) => sum + r.incidents.size(), 0),
    firing: () => firing,
  }
}

const keyOf = ({ whytimeout: { realm, incident: i } }: Incident): string =>
  incidentKey({ realm, cause: i.cause, scope: i.scope, scopeId: i.scope_id })
