import { incidentOf } from '../../pipeline/incident/document.js'
import { incidentKey, type VerdictNote } from '../../pipeline/incident/note.js'
import { addTo, openTally } from '../../pipeline/incident/tally.js'
import type { Pack } from '../../pipeline/match/pack.js'
import type { AlertState } from '../../pipeline/stream/alert-state.js'
import { note, T0 } from '../incident/notes.js'

/** The state of an alert whose incident has so many verdicts. */
export function stateOf(
  pack: Pack,
  scopeId: string,
  verdicts: number,
  given: Partial<VerdictNote> & { status?: AlertState['status'] } = {},
): AlertState {
  const { status = 'firing', ...more } = given
  const notes = Array.from({ length: verdicts }, (_, i) =>
    note({ at: T0 + i * 1_000, id: `v${i}`, scopeId, who: `T${i}`, ...more }),
  )
  const [first, ...rest] = notes as [VerdictNote, ...VerdictNote[]]
  const tally = openTally(first, 0)
  for (const n of rest) addTo(tally, n, 0)
  return {
    key: incidentKey(first),
    status,
    incident: incidentOf(tally, pack, status === 'firing' ? 'open' : 'closed'),
  }
}
