import { isSymptom } from '../../diagnose/observation.js'
import { verdictId } from '../../parse/event-id.js'
import { partsOfVersion, type StoredDocument, takesEffect } from '../documents.js'
import type { StreamEvent } from '../messages.js'

/** A write of the verdicts topic. */
export type VerdictWrite = Pick<StoredDocument, 'index' | 'id' | 'version' | 'versionType'> & {
  /** Kafka's time of it, epoch ms. */
  readonly writtenMs: number
  /** Absent for the end of an id. */
  readonly verdict?: { readonly isFinal: boolean; readonly endMs: number; readonly cited: readonly string[] }
}
/** A message of the events topic. */
export type EventRead = {
  readonly partition: number
  readonly offset: bigint
  /** Kafka's time of it, epoch ms. */
  readonly writtenMs: number
  readonly event: StreamEvent
}
/** How far a partition of the events topic is decided. */
export type Decided = { readonly read: bigint; readonly decidedMs: number }

export type VerdictFacts = {
  readonly afterMs: number
  readonly beforeMs: number
  /** Of the rule pack: verdicts of higher ones come from reruns, whose events are not in the topic. */
  readonly generation: number
  readonly decided: ReadonlyMap<number, Decided>
  /** Time of the oldest message kept, where older ones have been deleted. */
  readonly eventsSince: number | undefined
  readonly verdictsSince: number | undefined
}
export type Example = { readonly partition: number; readonly offset: bigint; readonly id: string }
export type Fault = { readonly count: number; readonly first: Example }

/**
 * Whether every timeout that is decided has its verdict. Readings as in a recount: all verdicts, then all events; each reading minds its share
 * of the ids.
 */
export type VerdictCheck = {
  readonly begin: (reading: number, of: number) => void
  readonly late: (eventId: string) => void
  readonly verdict: (write: VerdictWrite) => void
  readonly event: (read: EventRead) => void
  readonly end: () => void
  readonly result: () => VerdictResult
}
export type VerdictResult = {
  readonly symptoms: number
  readonly final: number
  readonly superseded: number
  readonly late: number
  readonly cited: number
  readonly byIndex: Readonly<Record<string, number>>
  /** Decided symptoms without a verdict, by partition of the events topic. */
  readonly missing: ReadonlyMap<number, Fault>
  /** Decided symptoms that have only a provisional one. */
  readonly undecided: ReadonlyMap<number, Fault>
  /** Provisional verdicts, of no symptom that is kept, that nobody has ended. */
  readonly orphans: readonly string[]
  readonly orphanCount: number
  /** Events that a final verdict cites and nobody finds. */
  readonly uncited: readonly string[]
  readonly uncitedCount: number
}

type Standing = {
  readonly version: number
  readonly kind: 'provisional' | 'final' | 'ended' | 'withdrawn'
  readonly index: string
  readonly endMs: number
}

const EDGE_MS = 24 * 3_600_000
/** Ends of provisional verdicts come with a sweep every minute, over a horizon that moves by the minute. */
const SWEEP_MS = 5 * 60_000
const EXAMPLES = 5

/** Spreads ids over readings. */
function shareOf(id: string, of: number): number {
  if (of === 1) return 0
  let hash = 7
  for (let i = 0; i < id.length; i++) hash = (Math.imul(hash, 31) + id.charCodeAt(i)) >>> 0
  return hash % of
}

export function createVerdictCheck(facts: VerdictFacts): VerdictCheck {
  let standing = new Map<string, Standing>()
  let late = new Set<string>()
  let cited = new Set<string>()
  /** Ids asked for: an event may be in the topic more than once. */
  let seen = new Set<string>()
  const forget = () => {
    standing = new Map()
    late = new Set()
    cited = new Set()
    seen = new Set()
  }
  let share = { reading: 0, of: 1 }
  const mine = (id: string): boolean => shareOf(id, share.of) === share.reading
  const indices = new Map<string, string>()
  const counts = { symptoms: 0, final: 0, superseded: 0, late: 0, cited: 0, orphanCount: 0, uncitedCount: 0 }
  const byIndex: Record<string, number> = {}
  const missing = new Map<number, Fault>()
  const undecided = new Map<number, Fault>()
  const orphans: string[] = []
  const uncited: string[] = []
  /** Everything before this is decided, whichever partition it is of. */
  const allDecidedMs =
    facts.decided.size === 0
      ? Number.NEGATIVE_INFINITY
      : Math.min(...[...facts.decided.values()].map((d) => d.decidedMs))

  const checkSymptom = ({ partition, offset, writtenMs, event }: EventRead): void => {
    const at = facts.decided.get(partition)
    if (!at || offset >= at.read || event.at + facts.afterMs >= at.decidedMs) return
    // A verdict is written after its symptom, so it is kept where the symptom is not older than what is.
    if (facts.verdictsSince !== undefined && writtenMs < facts.verdictsSince) return
    const id = verdictId(event.id)
    if (!mine(id) || seen.has(id)) return
    seen.add(id)
    counts.symptoms++
    const stands = standing.get(id)
    const example = { partition, offset, id: event.id }
    if (stands?.kind === 'final') {
      counts.final++
      byIndex[stands.index] = (byIndex[stands.index] ?? 0) + 1
    } else if (stands?.kind === 'ended') counts.superseded++
    else if (late.has(event.id)) counts.late++
    else if (stands?.kind === 'provisional') addFault(undecided, example)
    else addFault(missing, example)
  }

  return {
    begin: (reading, of) => {
      share = { reading, of }
      forget()
    },
    late: (eventId) => {
      if (mine(verdictId(eventId))) late.add(eventId)
    },
    verdict: (w) => {
      const v = w.verdict
      if (v?.isFinal && isCitable(w, facts)) for (const id of v.cited) if (mine(id)) cited.add(id)
      if (!mine(w.id) || !takesEffect(w, standing.get(w.id))) return
      const index = indices.get(w.index) ?? w.index
      indices.set(index, index)
      const kind = v ? (v.isFinal ? 'final' : 'provisional') : isEndOfFinal(w.version) ? 'ended' : 'withdrawn'
      standing.set(w.id, { version: w.version, kind, index, endMs: v?.endMs ?? 0 })
    },
    event: (read) => {
      if (read.event.open) return
      if (cited.delete(read.event.id)) counts.cited++
      if (isSymptom(read.event.event)) checkSymptom(read)
    },
    end: () => {
      const isOrphan = (id: string, s: Standing) =>
        s.kind === 'provisional' &&
        !seen.has(id) &&
        s.endMs + facts.beforeMs + 2 * facts.afterMs + SWEEP_MS < allDecidedMs
      for (const [id, s] of standing) if (isOrphan(id, s) && ++counts.orphanCount <= EXAMPLES) orphans.push(id)
      counts.cited += cited.size
      counts.uncitedCount += cited.size
      for (const id of cited) if (uncited.length < EXAMPLES) uncited.push(id)
      forget()
    },
    result: () => ({ ...counts, byIndex, missing, undecided, orphans, uncited }),
  }
}

/** The end that a final verdict brings to its other symptoms, a repair to what no longer stands; not that of a symptom that never was one. */
const isEndOfFinal = (version: number): boolean => partsOfVersion(version).isFinal

/** Whether what it cites must still be in the events topic. */
const isCitable = (w: VerdictWrite, { generation, eventsSince }: VerdictFacts): boolean =>
  partsOfVersion(w.version).generation <= generation &&
  (eventsSince === undefined || w.writtenMs >= eventsSince + EDGE_MS)

function addFault(faults: Map<number, Fault>, first: Example): void {
  const known = faults.get(first.partition)
  faults.set(first.partition, { count: (known?.count ?? 0) + 1, first: known?.first ?? first })
}
