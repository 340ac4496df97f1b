import type { Incident } from '../../schemas/incident.js'
import { byTimeThenId } from '../diagnose/observation.js'
import { type Closed, createIncidents, type Incidents, type Starts } from '../incident/incidents.js'
import type { VerdictNote } from '../incident/note.js'
import { QUIET_MS } from '../incident/tally.js'
import type { Pack } from '../match/pack.js'
import type { OffsetRange, TopicReader } from '../sources/kafka-range.js'
import { takesEffect } from '../stream/documents.js'
import { inRanges, type Ranges } from '../stream/incident-note.js'
import { forgetOld, type RealmStart, type Recent } from '../stream/incident-reader.js'
import type { RawMessage } from '../stream/raw-message.js'
import { decodeVerdictMessage, type VerdictMessage } from '../stream/verdict-message.js'
import { createSorter, type Sorter } from './sort.js'
import { BUFFER_BYTES } from './spool.js'

export type Rebuilding = {
  readonly reader: Pick<TopicReader, 'read'>
  /** Of the verdicts topic, up to where the group stands. */
  readonly range: OffsetRange
  readonly pack: Pack
  /** Folder for what does not fit into memory. */
  readonly dir: string
  /** The watermark, epoch ms: what is before it is counted, what is not waits. */
  readonly decided: number
  /** By realm, how far it is counted where that is beyond the watermark. */
  readonly positions: ReadonlyMap<string, number>
  /** `IncidentNote.starts` */
  readonly starts: Starts
  /** Messages that came late. */
  readonly late: Ranges
}

/** What must be stored otherwise, now that what came late counts too. */
export type Repair = {
  readonly realms: ReadonlyMap<string, RealmStart>
  readonly changed: readonly { readonly now: Incident; readonly was: Incident | undefined }[]
  readonly gone: readonly Incident[]
}

/** The state of a reader as its last commit left it: all it had read, without what came late. */
export async function rebuild(r: Rebuilding): Promise<ReadonlyMap<string, RealmStart>> {
  // Incidents that ended are stored; what is seen of them here are parts.
  const view = createView(
    r,
    () => Number.POSITIVE_INFINITY,
    () => {},
  )
  await eachVerdict(r, (was) => {
    if (was) view.add(was)
  })
  return view.finish()
}

/**
 * Counts what came late by counting everything again, twice: without it, which gives what is stored, and with it. So that what is stored stays
 * a function of the set of verdicts, in memory that does not grow with the topic. Incidents that may have begun before what the topic still has
 * stay as they are.
 */
export async function repair(r: Rebuilding): Promise<Repair> {
  const differences = createDifferences()
  let rootsBefore = Number.NEGATIVE_INFINITY
  const roots = () => rootsBefore
  const before = createView(r, roots, differences.before)
  const after = createView(r, roots, differences.after)
  await eachVerdict(
    r,
    (was, is) => {
      if (was) before.add(was)
      if (is) after.add(is)
    },
    (first) => {
      // A verdict is written after its time: those since the first message are all there.
      if (r.range.low > 0n) rootsBefore = first.timestamp + QUIET_MS
    },
  )
  before.finish()
  const realms = after.finish()
  return { realms, ...differences.result() }
}

/** One way to count the verdicts: incidents that end, and at the end what a reader begins with. */
function createView(
  { pack, decided, positions, starts }: Rebuilding,
  rootsBefore: () => number,
  over: (closed: Pick<Closed, 'incident' | 'rootAt'>, rootsBefore: number) => void,
) {
  type Building = {
    incidents: Incidents
    pending: VerdictMessage[]
    recent: Map<string, Recent>
    held: Closed[]
    position: number
  }
  const realms = new Map<string, Building>()
  const realmOf = (id: string): Building => {
    const found = realms.get(id) ?? {
      incidents: createIncidents(pack, { starts, rootsBefore: rootsBefore() }),
      pending: [],
      recent: new Map(),
      held: [],
      position: Math.max(decided, positions.get(id) ?? Number.NEGATIVE_INFINITY),
    }
    realms.set(id, found)
    return found
  }
  return {
    /** In order of (time, id). */
    add: (m: VerdictMessage & { readonly note: VerdictNote }) => {
      const realm = realmOf(m.realm)
      const { id, version, place, note } = m
      if (note.at >= realm.position) realm.pending.push(m)
      else if (m.isFinal) {
        for (const closed of realm.incidents.step(note, place)) {
          over(closed, rootsBefore())
          if (closed.at > decided) realm.held.push(closed)
        }
        realm.recent.set(id, { version, at: note.at, place })
        forgetOld(realm.recent, decided)
      }
    },
    finish: (): ReadonlyMap<string, RealmStart> => {
      for (const { incidents } of realms.values()) {
        for (const closed of incidents.advance(decided)) over(closed, rootsBefore())
        for (const open of incidents.changed()) over(open, rootsBefore())
      }
      return realms
    },
  }
}

/** Incidents that one way of counting gives and the other does not; they come in about the same order, so few wait for their like. */
function createDifferences() {
  const before = new Map<string, Incident>()
  const after = new Map<string, Incident>()
  const meet =
    (own: Map<string, Incident>, other: Map<string, Incident>) =>
    ({ incident, rootAt }: Pick<Closed, 'incident' | 'rootAt'>, rootsBefore: number) => {
      if (rootAt < rootsBefore) return
      const { id } = incident.event
      if (JSON.stringify(other.get(id)) === JSON.stringify(incident)) other.delete(id)
      else own.set(id, incident)
    }
  return {
    before: meet(before, after),
    after: meet(after, before),
    result: () => ({
      changed: [...after].map(([id, now]) => ({ now, was: before.get(id) })),
      gone: [...before].flatMap(([id, was]) => (after.has(id) ? [] : [was])),
    }),
  }
}

type Settled = VerdictMessage & { readonly note: VerdictNote; readonly in: 'both' | 'before' | 'after' }
type Counted = (VerdictMessage & { readonly note: VerdictNote }) | undefined

/** Every verdict as it stands after all writes, in order of (time, id): without what came late, and with it. */
async function eachVerdict(
  r: Rebuilding,
  take: (was: Counted, is: Counted) => void,
  begun: (first: RawMessage) => void = () => {},
): Promise<void> {
  let hasBegun = false
  const writes = spool<VerdictMessage>(r.dir, byIdThenPlace)
  const settled = spool<Settled>(r.dir, (a, b) => byTimeThenId(a.note, b.note) || a.place - b.place)
  try {
    await r.reader.read([r.range], async (_, messages) => {
      for (const raw of messages) {
        if (!hasBegun) begun(raw)
        hasBegun = true
        const m = decodeVerdictMessage(raw)
        if (m) await writes.add(m)
      }
    })
    let was: VerdictMessage | undefined
    let is: VerdictMessage | undefined
    const settle = async () => {
      if (was === is) {
        if (is?.note) await settled.add({ ...is, note: is.note, in: 'both' })
        return
      }
      if (was?.note) await settled.add({ ...was, note: was.note, in: 'before' })
      if (is?.note) await settled.add({ ...is, note: is.note, in: 'after' })
    }
    for await (const m of writes.sorted()) {
      if (is && (m.id !== is.id || m.realm !== is.realm)) {
        await settle()
        was = undefined
        is = undefined
      }
      if (takesEffect(m, is)) is = m
      if (!inRanges(r.late, m.place) && takesEffect(m, was)) was = m
    }
    await settle()
    for await (const m of settled.sorted()) take(m.in === 'after' ? undefined : m, m.in === 'before' ? undefined : m)
  } finally {
    await writes.close()
    await settled.close()
  }
}

const byIdThenPlace = (a: VerdictMessage, b: VerdictMessage): number =>
  a.realm < b.realm ? -1 : a.realm > b.realm ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : a.place - b.place

const spool = <T extends VerdictMessage>(dir: string, compare: (a: T, b: T) => number): Sorter<T> =>
  createSorter<T>({
    dir,
    compare,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as T,
    sizeOf: (m) => 2_000 + 400 * (m.note?.evidence.length ?? 0),
    maxItems: 50_000,
    maxBytes: BUFFER_BYTES / 4,
  })
