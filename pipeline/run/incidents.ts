import type { Incident } from '../../schemas/incident.js'
import { byTimeThenId } from '../diagnose/observation.js'
import { createIncidents, type Incidents } from '../incident/incidents.js'
import type { VerdictNote } from '../incident/note.js'
import type { Pack } from '../match/pack.js'
import { createSorter, type Sorter } from './sort.js'
import { BUFFER_BYTES } from './spool.js'

const BUFFER_ITEMS = 50_000

/** Notes of verdicts, sorted as incidents are made of them. */
export const spoolNotes = (dir: string, maxItems = BUFFER_ITEMS): Sorter<VerdictNote> =>
  createSorter<VerdictNote>({
    dir,
    compare: byTimeThenId,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as VerdictNote,
    // Ten short lines of evidence at most, and about thirty strings around them.
    sizeOf: (n) => 1_500 + 400 * n.evidence.length,
    maxItems,
    maxBytes: BUFFER_BYTES,
  })

/**
 * All incidents of the notes, sorted by time and id.
 * @param isWanted which of them to keep; they are whole whatever it says
 */
export async function incidentsOf(
  pack: Pack,
  notes: Sorter<VerdictNote>,
  dir: string,
  isWanted: (i: Incident) => boolean,
): Promise<Sorter<Incident>> {
  const found = createSorter<Incident>({
    dir,
    compare: byTimeThenIdOf,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Incident,
    sizeOf: () => 8_000,
    maxItems: BUFFER_ITEMS,
    maxBytes: BUFFER_BYTES,
  })
  const realms = new Map<string, Incidents>()
  for await (const n of notes.sorted()) {
    const realm = realms.get(n.realm) ?? createIncidents(pack)
    realms.set(n.realm, realm)
    for (const { incident } of realm.step(n)) if (isWanted(incident)) await found.add(incident)
  }
  for (const realm of realms.values())
    for (const { incident } of realm.end()) if (isWanted(incident)) await found.add(incident)
  return found
}

const byTimeThenIdOf = (a: Incident, b: Incident): number =>
  a['@timestamp'] < b['@timestamp'] ? -1 : a['@timestamp'] > b['@timestamp'] ? 1 : a.event.id < b.event.id ? -1 : 1
