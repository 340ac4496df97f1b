import fc from 'fast-check'
import { byTimeThenId } from '../../pipeline/diagnose/observation.js'
import { incidentId } from '../../pipeline/incident/document.js'
import { incidentKey, type VerdictNote } from '../../pipeline/incident/note.js'
import { DAY_MS, QUIET_MS } from '../../pipeline/incident/tally.js'

export const T0 = Date.parse('2026-03-06T08:00:00Z')

/** A note of a verdict; what is not given is the same for all. */
export const note = (given: Partial<VerdictNote> & { at: number; id: string }): VerdictNote => ({
  start: given.at - 5_000,
  realm: 'default',
  cause: 'firewall_restriction',
  scope: 'site',
  scopeId: 'S1',
  mechanism: 'denied-on-site',
  who: 'T1',
  site: 'S1',
  isp: undefined,
  phase: 'connect',
  target: '192.0.2.10:443',
  anchor: `a-${given.id}`,
  generation: 1,
  failed: 1,
  ok: 0,
  guess: given.cause === 'unknown' ? 'network_latency' : undefined,
  missing: [],
  evidence: [{ event_id: `e-${given.id}`, signal: 'denied-this-site', bits: 8, text: 'DROP IN=br0' }],
  ...given,
})

/** Gaps on and beside the borders of half an hour and a day. */
export const ANY_GAP = fc.oneof(
  fc.integer({ min: 0, max: 90_000 }),
  fc.constantFrom(QUIET_MS - 1, QUIET_MS, QUIET_MS + 1, 0, 1, DAY_MS - 1, DAY_MS),
  fc.integer({ min: 0, max: 2 * QUIET_MS }),
)
/** Gaps that hold two that fail in turn together for days, with a rare pause. */
export const STEADY_GAP = fc.oneof(
  { weight: 200, arbitrary: fc.integer({ min: 6 * 60_000, max: QUIET_MS / 2 - 1 }) },
  { weight: 1, arbitrary: fc.constantFrom(QUIET_MS - 1, QUIET_MS) },
)

/** Verdicts of few keys. */
export const anyNotes = (most: number, gaps = ANY_GAP, least = 0) =>
  fc
    .array(
      fc.record({
        gapMs: gaps,
        realm: fc.constantFrom('default', 'default', 'north'),
        scopeId: fc.constantFrom('S1', 'S1', 'S2'),
        cause: fc.constantFrom('firewall_restriction' as const, 'unknown' as const),
        mechanism: fc.constantFrom('denied-on-site', 'denied-at-gateway', 'idle-session-dropped'),
        who: fc.constantFrom('T1', 'T2', 'T3', undefined),
        ok: fc.nat(3),
        event: fc.constantFrom('e1', 'e2', 'e3', 'e4'),
        bits: fc.integer({ min: 1, max: 12 }),
      }),
      { minLength: least, maxLength: most },
    )
    .map((items) => {
      let at = T0
      return items.map(({ gapMs, event, bits, ...rest }, i) => {
        at += gapMs
        return note({
          ...rest,
          at,
          id: `v${String((i * 7919) % 1000).padStart(3, '0')}-${i}`,
          mechanism: rest.cause === 'unknown' ? 'unknown' : rest.mechanism,
          evidence:
            rest.cause === 'unknown'
              ? []
              : [{ event_id: event, signal: `s${bits % 3}`, bits, text: `text of ${event}` }],
        })
      })
    })

/** What incidents there are, said once more and plainly: sort, split by key, cut at half an hour of quiet and at a day. */
export function plainly(notes: readonly VerdictNote[]) {
  const found: { id: string; verdicts: number; first: number; last: number; terminals: number; key: string }[] = []
  for (const key of new Set(notes.map(incidentKey))) {
    const own = notes.filter((n) => incidentKey(n) === key).sort(byTimeThenId)
    let from = 0
    for (let i = 1; i <= own.length; i++) {
      const [first, before, next] = [own[from], own[i - 1], own[i]] as [VerdictNote, VerdictNote, VerdictNote?]
      if (next && next.at - before.at < QUIET_MS && next.at - first.at < DAY_MS) continue
      const members = own.slice(from, i)
      found.push({
        id: incidentId(first),
        verdicts: members.length,
        first: first.at,
        last: before.at,
        terminals: new Set(members.flatMap((n) => n.who ?? [])).size,
        key,
      })
      from = i
    }
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1))
}
