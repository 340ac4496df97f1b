import type { Health } from '../../schemas/health.js'
import type { Incident } from '../../schemas/incident.js'
import { nest } from '../../schemas/nest.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { Decision } from '../diagnose/diagnose.js'
import { matchesOf } from '../diagnose/sighting.js'
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

/*
 * Versions within a generation, low to high: provisional by evidence, final by evidence, repaired by revision. More evidence is newer only
 * while the stream is the one that decides: a repair may find less, or the same number of other lines, so its versions count repairs.
 */
const GENERATION = 10_000_000
const FINAL = 5_000_000
const REPAIRED = 6_000_000
const MAX_EVIDENCE = REPAIRED - FINAL - 1
export const MAX_REVISION = GENERATION - REPAIRED - 1

/** Index by the document's own date, so that index and id follow from the records. */
const monthOf = (at: string): string => at.slice(0, 7).replace('-', '.')
const dayOf = (at: string): string => at.slice(0, 10).replaceAll('-', '.')
/** An id begins with its time in base 36. */
const timeOf = (id: string): string => new Date(Number.parseInt(id.slice(0, id.indexOf('-')), 36)).toISOString()

const verdictVersion = (v: Verdict): number => {
  const { rules, verdict, evidence } = v.whytimeout
  const count = Math.min(evidence.count, MAX_EVIDENCE)
  return rules.generation * GENERATION + (verdict.state === 'final' ? FINAL : 0) + count
}
/** The generation that a verdict's version belongs to, whether it is final (or the end that a final one brings), and the repair that wrote it; 0 for none. */
export const partsOfVersion = (
  version: number,
): { readonly generation: number; readonly isFinal: boolean; readonly revision: number } => ({
  generation: Math.floor(version / GENERATION),
  isFinal: version % GENERATION >= FINAL,
  revision: Math.max(0, (version % GENERATION) - REPAIRED),
})

/** A verdict: final beats provisional, more evidence beats less, a new generation beats all. */
export const verdictDocument = (v: Verdict): StoredDocument => ({
  index: `whytimeout-verdicts-${monthOf(v['@timestamp'])}`,
  id: v.event.id,
  realm: v.whytimeout.realm,
  version: verdictVersion(v),
  versionType: v.whytimeout.verdict.state === 'final' ? 'external' : 'external_gte',
  source: v as unknown as Record<string, unknown>,
})

/** An annotated event; its signals come from the rules, so a new generation replaces it. @param revision  of the repair that stores it */
export const eventDocument = (
  e: Pick<StreamEvent, 'id' | 'realm' | 'event' | 'signals'>,
  generation: number,
  revision = 0,
): StoredDocument => ({
  index: `whytimeout-events-${dayOf(e.event['@timestamp'])}`,
  id: e.id,
  realm: e.realm,
  version: generation * GENERATION + revision,
  versionType: revision === 0 ? 'external' : 'external_gte',
  source: nest({ ...e.event, 'whytimeout.signal.id': matchesOf(e.event, e.signals) }),
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
    ...superseded.map((id) => supersededEnd(id, verdict.whytimeout.realm, verdictVersion(verdict), verdict.event.id)),
  ]
}

/** The end of what was said under a symptom that is no anchor. @param version  of the final verdict @param by  its id */
export const supersededEnd = (id: string, realm: string, version: number, by: string): StoredDocument => ({
  index: `whytimeout-verdicts-${monthOf(timeOf(id))}`,
  id,
  realm,
  version,
  versionType: 'external',
  by,
})

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

/** An hour's counts: more attempts beat fewer, a new generation beats all. */
export const healthDocument = (h: Health, generation: number): StoredDocument => ({
  index: `whytimeout-health-${monthOf(h['@timestamp'])}`,
  id: h.event.id,
  realm: h.whytimeout.realm,
  version: generation * GENERATION + Math.min(h.whytimeout.health.attempts, GENERATION - 1),
  versionType: 'external',
  source: h as unknown as Record<string, unknown>,
})

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

/** A stored verdict that a new generation does not find any more. Beats all older generations, and gives way to a final verdict of its own. */
export const replaced = (
  stored: Pick<StoredDocument, 'index' | 'id' | 'realm'>,
  generation: number,
): StoredDocument => ({
  index: stored.index,
  id: stored.id,
  realm: stored.realm,
  version: generation * GENERATION + FINAL,
  versionType: 'external',
})

/** The end of what an older generation stored. Beats all of those, and gives way to whatever this generation has under the id. */
export const outdated = (
  stored: Pick<StoredDocument, 'index' | 'id' | 'realm'>,
  generation: number,
): StoredDocument => ({
  index: stored.index,
  id: stored.id,
  realm: stored.realm,
  version: generation * GENERATION,
  versionType: 'external',
})

/** A verdict as a repair decided it, or without a source the end of one that no longer stands. A repair cut short writes the same again. */
export const repaired = (
  document: Pick<StoredDocument, 'index' | 'id' | 'realm' | 'source'>,
  generation: number,
  revision: number,
): StoredDocument => ({
  index: document.index,
  id: document.id,
  realm: document.realm,
  version: generation * GENERATION + REPAIRED + revision,
  versionType: 'external_gte',
  ...(document.source && { source: document.source }),
})

/** The end of an event that no verdict cites any more. Its index follows from its id, which begins with its own time. */
export const uncited = (id: string, realm: string, generation: number, revision: number): StoredDocument => ({
  index: `whytimeout-events-${dayOf(timeOf(id))}`,
  id,
  realm,
  version: generation * GENERATION + revision,
  versionType: revision === 0 ? 'external' : 'external_gte',
})

type Versioned = Pick<StoredDocument, 'version' | 'versionType'>
/** Whether a write takes effect over what is there, by the rules of external versions. */
export const takesEffect = (d: Versioned, there: Pick<Versioned, 'version'> | undefined): boolean =>
  there === undefined || d.version > there.version || (d.version === there.version && d.versionType === 'external_gte')

/** What stands after a write. @returns whether it took effect */
export function applyTo(store: Map<string, StoredDocument>, d: StoredDocument): boolean {
  const key = `${d.index}/${d.id}`
  const isNewer = takesEffect(d, store.get(key))
  if (isNewer) store.set(key, d)
  return isNewer
}
