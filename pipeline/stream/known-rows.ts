import { Known, type KnownLimits, PARAMETERS, type Parameter, type Said, type Subject } from '../diagnose/known.js'
import type { Observation } from '../diagnose/observation.js'
import { sightingOf } from '../diagnose/sighting.js'
import { decodeEvent, encodeEvent } from './event-codec.js'
import type { StreamEvent } from './messages.js'
import type { RawMessage } from './raw-message.js'

/** What is known of one source, as the compacted topic has it: the line itself. Whoever writes it, however often, writes the same. */
export type KnownRow = {
  readonly realm: string
  readonly subject: Subject
  readonly event: StreamEvent
  /** When (event time) it made place for others; it stood until then. */
  readonly gone: number | undefined
}
export type KnownMessage = {
  readonly key: string
  readonly value: string | null
  readonly headers?: Readonly<Record<string, string>>
}

const keyOf = (realm: string, { who, parameter, program }: Subject, id: string): string =>
  JSON.stringify([realm, who, parameter, program, id])

export const encodeRow = ({ realm, subject, event, gone }: KnownRow): KnownMessage => ({
  key: keyOf(realm, subject, event.id),
  value: encodeEvent(event),
  ...(gone !== undefined && { headers: { gone: String(gone) } }),
})

/** @returns undefined for what no whytimeout wrote */
export function decodeRow(m: Pick<RawMessage, 'value' | 'headers'>, key: string): KnownRow | undefined {
  const event = decodeEvent(m.value?.toString('utf8') ?? '')
  const parts = textsOf(key)
  const [realm, who, parameter, program] = parts
  if (!event || parts.length !== 5 || !isParameter(parameter)) return undefined
  const gone = m.headers['gone'] === undefined ? undefined : Number(m.headers['gone'])
  return { realm: realm as string, subject: { who: who as string, parameter, program: program as string }, event, gone }
}

function textsOf(key: string): readonly string[] {
  try {
    const parts: unknown = JSON.parse(key)
    return Array.isArray(parts) && parts.every((p) => typeof p === 'string') ? parts : []
  } catch {
    return []
  }
}
const isParameter = (name: string | undefined): name is Parameter =>
  name !== undefined && Object.hasOwn(PARAMETERS, name)

/** The newest message of each key, in any order of partitions. */
export function createRowTable() {
  const rows = new Map<string, KnownRow>()
  return {
    take: (m: Pick<RawMessage, 'key' | 'value' | 'headers'>): void => {
      const key = m.key ?? ''
      const row = m.value && decodeRow(m, key)
      if (row) rows.set(key, row)
      else rows.delete(key)
    },
    rows: (): readonly KnownRow[] => [...rows.values()],
  }
}

/** What was known of a realm at a time, from the rows of all. */
export function knownAt<T extends Observation>(
  rows: readonly KnownRow[],
  realm: string,
  at: number,
  as: (event: StreamEvent) => T,
): Known<T> {
  const known = new Known<T>()
  for (const r of rows)
    if (r.realm === realm && stoodAt(r, at)) known.restore(r.subject, as(r.event), sightingOf(r.event))
  known.restored()
  return known
}
const stoodAt = (r: KnownRow, at: number): boolean => r.event.at < at && !(r.gone !== undefined && r.gone < at)

/** What a restart may rely on: what was known before the events that it reads again, kept in step with what it commits. */
export type KnownKeeper = {
  /** What is known as of the last event taken. */
  readonly live: Known<StreamEvent>
  /** A line that `live` has taken, in order. */
  readonly passed: (event: StreamEvent) => void
  /** One that came behind: it changes no verdict that is given, and is there for those to come. */
  readonly late: (event: StreamEvent) => void
  /**
   * Moves on to a new begin of a restart.
   * @returns what must be written before that is committed, and what may go once it is
   */
  readonly settle: (from: number) => { readonly write: readonly KnownMessage[]; readonly drop: readonly KnownMessage[] }
}

/** @param rows  of the realm @param from  where reading begins, by event time; without it all rows stand */
export function createKnownKeeper(
  realm: string,
  rows: readonly KnownRow[],
  from: number | undefined,
  limits: KnownLimits = {},
): KnownKeeper {
  const write = new Map<string, KnownMessage>()
  const drop = new Set<string>()
  /** In the topic, and none of what is known where reading begins. */
  const stray = new Map<string, number>()
  const row = (subject: Subject, said: Said<StreamEvent>, gone?: number) =>
    encodeRow({ realm, subject, event: said.observation, gone })
  const base = new Known<StreamEvent>(limits, {
    kept: (subject, said) => {
      const m = row(subject, said)
      write.set(m.key, m)
      drop.delete(m.key)
      stray.delete(m.key)
    },
    dropped: (subject, said, gone) => {
      const m = row(subject, said, gone)
      // A restart from an earlier commit still needs it, so it is marked first and goes later.
      if (gone === undefined) write.delete(m.key)
      else write.set(m.key, m)
      drop.add(m.key)
    },
  })
  const live = new Known<StreamEvent>(limits)
  for (const r of rows) {
    const key = keyOf(realm, r.subject, r.event.id)
    const stands = from === undefined ? r.gone === undefined : stoodAt(r, from)
    const sighting = stands ? sightingOf(r.event) : undefined
    if (!base.restore(r.subject, r.event, sighting)) stray.set(key, Math.max(r.event.at, r.gone ?? r.event.at))
    else live.restore(r.subject, r.event, sighting)
  }
  base.restored()
  live.restored()
  let waiting: StreamEvent[] = []
  const addTo = (known: Known<StreamEvent>, event: StreamEvent) => {
    const sighting = sightingOf(event)
    if (sighting) known.add(event, sighting)
  }
  return {
    live,
    passed: (event) => {
      waiting.push(event)
    },
    late: (event) => {
      addTo(live, event)
      addTo(base, event)
    },
    settle: (until) => {
      const left = waiting.findIndex((e) => e.at >= until)
      for (const e of left < 0 ? waiting : waiting.slice(0, left)) addTo(base, e)
      waiting = left < 0 ? [] : waiting.slice(left)
      for (const [key, at] of stray) {
        if (at >= until) continue
        stray.delete(key)
        drop.add(key)
      }
      const result = {
        write: [...write.values()],
        drop: [...drop].map((key): KnownMessage => ({ key, value: null })),
      }
      write.clear()
      drop.clear()
      return result
    },
  }
}
