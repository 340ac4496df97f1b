import type { Health } from '../../schemas/health.js'
import type { Verdict } from '../../schemas/verdict.js'
import { createDiagnosis, type Decision, type Diagnosis } from '../diagnose/diagnose.js'
import { Known } from '../diagnose/known.js'
import { noteOf, type VerdictNote } from '../incident/note.js'
import type { Pack } from '../match/pack.js'
import { count, createTally, type ReplayBooks, type Tally } from './books.js'
import { countHours } from './hours.js'
import { spoolNotes } from './incidents.js'
import { createSorter, type Sorter } from './sort.js'
import { BUFFER_BYTES, type Spooled, spool } from './spool.js'

/** Verdicts kept in memory for the summary; the rest is in verdicts.ndjson only. */
const MAX_VERDICTS_KEPT = 20_000

export type Deciding = {
  /** Only verdicts whose anchor lies in [from, to) (epoch ms). */
  from: number | undefined
  to: number | undefined
  bufferItems: number | undefined
  pack: Pack
  sorter: Sorter<Spooled>
  books: ReplayBooks
  tick: (pass: 'diagnose', verdicts: number) => void
  /** Verdicts outside [from, to) have all their evidence too: incidents count them. */
  isWholeOutside?: boolean | undefined
  /** Told of every decision whose verdict is given. */
  onDecision?: ((decision: Decision) => Promise<void> | void) | undefined
  /** Told of those outside [from, to), with the events they cite. */
  onOutside?: ((decision: Decision, cited: readonly Spooled[]) => Promise<void> | void) | undefined
  /** What the sources of a realm said before the events; nothing by default. */
  knownOf?: ((realm: string) => Known<Spooled>) | undefined
}
export type Decided = {
  readonly kept: Verdict[]
  readonly all: Sorter<Verdict>
  readonly tally: Tally
  /** What incidents are made of. */
  readonly notes: Sorter<VerdictNote>
  /** Events that verdicts cite, some more than once. */
  readonly cited: Sorter<Spooled>
  readonly health: Sorter<Health>
}
/** A realm's diagnosis, and the events that a verdict to come may cite: memory is bounded by the window. */
type Realm = { readonly diagnosis: Diagnosis; readonly known: Known<Spooled>; readonly recent: Map<string, Spooled> }

/** Runs the sorted events through one diagnosis per realm. */
export async function decideAll(
  {
    from,
    to,
    bufferItems,
    pack,
    sorter,
    books,
    tick,
    onDecision,
    onOutside,
    isWholeOutside = false,
    knownOf,
  }: Deciding,
  dir: string,
): Promise<Decided> {
  const all = createSorter<Verdict>({
    dir,
    compare: byTime,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Verdict,
    sizeOf: () => 12_000,
    maxItems: 20_000,
    maxBytes: BUFFER_BYTES,
  })
  const cited = spool(dir, bufferItems)
  const notes = spoolNotes(dir, bufferItems)
  const realms = new Map<string, Realm>()
  const hours = countHours(dir, { from, to, isWholeOutside })
  const tally = createTally()
  const kept: Verdict[] = []
  const take = async (decisions: readonly Decision[], { recent, known }: Realm) => {
    const eventOf = (id: string): Spooled | undefined => recent.get(id) ?? known.get(id)
    for (const decision of decisions) {
      const { verdict, cited: ids } = decision
      const at = Date.parse(verdict['@timestamp'])
      const isOutside = (from !== undefined && at < from) || (to !== undefined && at >= to)
      if (!isOutside || isWholeOutside) await notes.add(noteOf(verdict))
      if (isOutside) {
        await onOutside?.(
          decision,
          ids.flatMap((id) => eventOf(id) ?? []),
        )
        continue
      }
      count(tally, verdict)
      for (const id of ids) {
        const event = eventOf(id)
        if (event) await cited.add(event)
      }
      if (kept.length < MAX_VERDICTS_KEPT) kept.push(verdict)
      await all.add(verdict)
      await onDecision?.(decision)
      if (tally.count % 100 === 0) tick('diagnose', tally.count)
    }
  }
  let previous: Spooled | undefined
  for await (const e of sorter.sorted()) {
    if (previous && previous.id === e.id && previous.at === e.at) {
      if (e.n === 0) books.duplicate(e.file)
      continue
    }
    previous = e
    const realm = realms.get(e.realm) ?? realmFrom(pack, e.realm, knownOf?.(e.realm) ?? new Known())
    realms.set(e.realm, realm)
    const { diagnosis, recent } = realm
    recent.set(e.id, e)
    await hours.take(e.realm, e)
    await take(diagnosis.step(e), realm)
    const horizon = diagnosis.horizon()
    for (const [id, old] of recent) {
      if (old.at >= horizon) break
      recent.delete(id)
    }
  }
  for (const [, realm] of [...realms].sort(([a], [b]) => (a < b ? -1 : 1))) await take(realm.diagnosis.end(), realm)
  kept.sort(byTime)
  return { kept, all, notes, tally, cited, health: await hours.finish() }
}

const realmFrom = (pack: Pack, realm: string, known: Known<Spooled>): Realm => ({
  diagnosis: createDiagnosis(pack, realm, known),
  known,
  recent: new Map(),
})

const byTime = (a: Verdict, b: Verdict): number =>
  a['@timestamp'] < b['@timestamp']
    ? -1
    : a['@timestamp'] > b['@timestamp']
      ? 1
      : a.event.id < b.event.id
        ? -1
        : a.event.id > b.event.id
          ? 1
          : 0
