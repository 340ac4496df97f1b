import type { Incident } from '../../schemas/incident.js'
import { nest } from '../../schemas/nest.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { Decision } from '../diagnose/diagnose.js'
import { NEVER, type Repaired } from './incident-note.js'
import type { StreamEvent } from './messages.js'

/** A document as it is stored, wherever: what decides between two writes of one id is the version. */
export type StoredDocument = {
  readonly index: string
  readonly id: string
  readonly realm: string
  readonly version: number
  /** `external`: an equal version is a repeat; `external_gte`: it replaces. */
  readonly versionType: 'external' | 'external_gte'
  /** Absent: the id must not exist. */
  readonly source?: Readonly<Record<string, unknown>>
  /** Id of the document that has taken its place. */
  readonly by?: string
}

export const GENERATION = 10_000_000
export const FINAL = 5_000_000

/** Index by the document's own date, so that index and id follow from the records. */
const monthOf = (at: string): string => at.slice(0, 7).replace('-', '.')
const dayOf = (at: string): string => at.slice(0, 10).replaceAll('-', '.')
/** An id begins with its time in base 36. */
const timeOf = (id: string): string => new Date(Number.parseInt(id.slice(0, id.indexOf('-')), 36)).toISOString()

const verdictVersion = (v: Verdict): number => {
  const { rules, verdict, evidence } = v.whytimeout
  return rules.generation * GENERATION + (verdict.state === 'final' ? FINAL : 0) + evidence.count
}

/** A verdict: final beats provisional, more evidence beats less, a new generation beats all. */
export const verdictDocument = (v: Verdict): StoredDocument => ({
  index: `whytimeout-verdicts-${monthOf(v['@timestamp'])}`,
  id: v.event.id,
  realm: v.whytimeout.realm,
  version: verdictVersion(v),
  versionType: v.whytimeout.verdict.state === 'final' ? 'external' : 'external_gte',
  source: v as unknown as Record<string, unknown>,
})

/** An annotated event; its signals come from the rules, so a new generation replaces it. */
export const eventDocument = (
  e: Pick<StreamEvent, 'id' | 'realm' | 'event' | 'signals'>,
  generation: number,
): StoredDocument => ({
  index: `whytimeout-events-${dayOf(e.event['@timestamp'])}`,
  id: e.id,
  realm: e.realm,
  version: generation + 1,
  versionType: 'external',
  source: nest({ ...e.event, 'whytimeout.signal.id': [...e.signals] }),
})

/** Everything a final verdict stores: itself, the events it cites, and the end of what was said under its other symptoms. */
export const finalDocuments = (
  decision: Decision,
  events: readonly Pick<StreamEvent, 'id' | 'realm' | 'event' | 'signals'>[],
): readonly StoredDocument[] => {
  const { verdict, superseded } = decision
  return [
    ...events.map((e) => eventDocument(e, verdict.whytimeout.rules.generation)),
    verdictDocument(verdict),
    ...superseded.map((id) => ({
      index: `whytimeout-verdicts-${monthOf(timeOf(id))}`,
      id,
      realm: verdict.whytimeout.realm,
      version: verdictVersion(verdict),
      versionType: 'external' as const,
      by: verdict.event.id,
    })),
  ]
}

/** Ends a provisional verdict that no final one will take the place of. */
export const withdrawal = (id: string, realm: string, generation: number): StoredDocument => ({
  index: `whytimeout-verdicts-${monthOf(timeOf(id))}`,
  id,
  realm,
  version: generation * GENERATION + FINAL - 1,
  versionType: 'external',
})

/**
 * An incident: closed beats open, more timeouts beat fewer, a new generation beats all. One that began before something late was worked in
 * may have fewer timeouts than it had, so there the count does not say which is newer; the number of messages read until then is never
 * less than a count, and among equals the last wins.
 */
export const incidentDocument = (i: Incident, repaired = NEVER): StoredDocument => ({
  index: `whytimeout-incidents-${monthOf(i['@timestamp'])}`,
  id: i.event.id,
  realm: i.whytimeout.realm,
  version: incidentVersion(i, repaired, i.whytimeout.incident.state === 'closed'),
  versionType: 'external_gte',
  source: i as unknown as Record<string, unknown>,
})

const incidentVersion = (i: Incident, repaired: Repaired, isClosed: boolean): number => {
  const { incident, rules } = i.whytimeout
  const read = Date.parse(i['@timestamp']) < repaired.until ? repaired.read : 0
  return rules.generation * GENERATION + (isClosed ? FINAL : 0) + Math.min(Math.max(incident.verdicts, read), FINAL - 1)
}

/** An incident made anew: it wins over what it was, though that may have been closed and it is open again. */
export const repairedDocument = (now: Incident, was: Incident | undefined, repaired: Repaired): StoredDocument => {
  const document = incidentDocument(now, repaired)
  const before = was === undefined ? 0 : incidentVersion(was, repaired, was.whytimeout.incident.state === 'closed')
  return { ...document, version: Math.max(document.version, before) }
}

/** The end of an incident that is none any more: its verdicts went, or belong to another that began earlier. */
export const incidentWithdrawal = (was: Incident, repaired: Repaired): StoredDocument => {
  const { source: _, ...document } = incidentDocument(was)
  return { ...document, version: incidentVersion(was, repaired, true) }
}

/** What stands after a write, by the rules of external versions. @returns whether it took effect */
export function applyTo(store: Map<string, StoredDocument>, d: StoredDocument): boolean {
  const key = `${d.index}/${d.id}`
  const there = store.get(key)
  if (there && (d.version < there.version || (d.version === there.version && d.versionType === 'external')))
    return false
  store.set(key, d)
  return true
}
