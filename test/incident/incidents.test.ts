import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { byTimeThenId } from '../../pipeline/diagnose/observation.js'
import { createIncidents, type Incidents } from '../../pipeline/incident/incidents.js'
import { incidentKey, type VerdictNote } from '../../pipeline/incident/note.js'
import { DAY_MS, QUIET_MS } from '../../pipeline/incident/tally.js'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { Incident } from '../../schemas/incident.js'
import { ANY_GAP, anyNotes, note, plainly, STEADY_GAP, T0 } from './notes.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})

const all = (notes: readonly VerdictNote[], incidents: Incidents = createIncidents(pack)): Incident[] =>
  [...[...notes].sort(byTimeThenId).flatMap((n) => incidents.step(n)), ...incidents.end()].map((c) => c.incident)
const inShort = (found: readonly Incident[]) =>
  found
    .map(({ whytimeout: { incident: i, realm } }) => ({
      id: i.id,
      verdicts: i.verdicts,
      first: Date.parse(i.first),
      last: Date.parse(i.last),
      terminals: i.terminals,
      key: incidentKey({ realm, cause: i.cause, scope: i.scope, scopeId: i.scope_id }),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
const at = (ms: number, more: Partial<VerdictNote> = {}) => note({ at: T0 + ms, id: `v${ms}`, ...more })
const counts = (notes: readonly VerdictNote[]) => all(notes).map((i) => i.whytimeout.incident.verdicts)

describe('what is one incident', () => {
  test('verdicts until thirty quiet minutes: one at just thirty minutes begins another', () => {
    expect(counts([at(0), at(QUIET_MS - 1)])).toEqual([2])
    expect(counts([at(0), at(QUIET_MS)])).toEqual([1, 1])
  })
  test('or until a day: one at just twenty-four hours begins another', () => {
    const steady = Array.from({ length: 96 }, (_, i) => at(i * 900_000))
    expect(counts([...steady, at(DAY_MS - 1)])).toEqual([97])
    expect(counts([...steady, at(DAY_MS)])).toEqual([96, 1])
  })
  test('of one realm, cause, scope and scope_id', () => {
    const others = [{ cause: 'unknown' as const }, { scope: 'terminal' as const }, { scopeId: 'S2' }]
    expect(counts([at(0), ...others.map((o, i) => at(i + 1, o))])).toEqual([1, 1, 1, 1])
  })
  test('any verdicts: the same as said plainly, and every document is of the schema', () =>
    fc.assert(
      fc.property(anyNotes(60), (notes) => {
        const found = all(notes)
        expect(inShort(found)).toEqual(plainly(notes))
        for (const i of found) expect(Incident.parse(i)).toEqual(i)
      }),
      { numRuns: 300 },
    ))
  test('time going on in any steps between the verdicts changes nothing', () =>
    fc.assert(
      fc.property(anyNotes(40), fc.array(fc.nat(40), { maxLength: 20 }), (notes, pauses) => {
        const incidents = createIncidents(pack)
        const found: Incident[] = []
        for (const [i, n] of [...notes].sort(byTimeThenId).entries()) {
          if (pauses.includes(i)) found.push(...incidents.advance(n.at).map((c) => c.incident))
          found.push(...incidents.step(n).map((c) => c.incident))
        }
        found.push(...incidents.end().map((c) => c.incident))
        expect(new Map(found.map((i) => [i.event.id, i]))).toEqual(new Map(all(notes).map((i) => [i.event.id, i])))
      }),
    ))
  test('it closes as soon as no verdict can join it, and not before', () => {
    const incidents = createIncidents(pack)
    incidents.step(at(0))
    expect(incidents.advance(T0 + QUIET_MS - 1)).toEqual([])
    expect(incidents.advance(T0 + QUIET_MS).map((c) => [c.at, c.incident.whytimeout.incident.state])).toEqual([
      [T0 + QUIET_MS, 'closed'],
    ])
  })
})

describe('what it says', () => {
  const one = (notes: readonly VerdictNote[]) => all(notes)[0] as Incident
  test('the mechanism that most verdicts name; ties by name', () => {
    const named = (...ids: string[]) =>
      one(ids.map((mechanism, i) => at(i, { mechanism }))).whytimeout.incident.mechanism
    expect(named('b', 'a', 'b')).toBe('b')
    expect(named('b', 'a')).toBe('a')
  })
  test('distinct terminals, and the share of the attempts around that timed out', () => {
    const notes = [
      at(0, { who: 'T1', failed: 2, ok: 1 }),
      at(1, { who: 'T1', failed: 1, ok: 2 }),
      at(2, { who: undefined }),
    ]
    expect(one(notes).whytimeout.incident).toMatchObject({ verdicts: 3, terminals: 1, share: 0.5714 })
  })
  test('the strongest signals of that mechanism and the first of their events, sorted and few', () => {
    const evidence = (i: number) =>
      ['weak', 'strong', 'middle', 'fourth', 'fifth', 'least'].map((signal, s) => ({
        event_id: `e${9 - i}-${signal}`,
        signal,
        bits: [1, 9, 5, 3, 2, 0.5][s] as number,
        text: signal,
      }))
    const { evidence: cited, explain } = one(Array.from({ length: 9 }, (_, i) => at(i, { evidence: evidence(i) })))
      .whytimeout.incident
    expect(cited.signal).toEqual(['fifth', 'fourth', 'middle', 'strong', 'weak'])
    expect(cited.event_id).toHaveLength(10)
    expect(cited.event_id).toEqual([...cited.event_id].sort())
    expect(cited.event_id.slice(0, 5).every((id) => id.startsWith('e1-'))).toBe(true)
    expect(explain.en).toContain('Proof: strong.')
  })
  test('where nothing decides: the first symptoms, the likeliest causes, what is missing', () => {
    const unknown = { cause: 'unknown' as const, mechanism: 'unknown', evidence: [], scope: 'endpoint' as const }
    const { incident } = one([
      at(0, { ...unknown, guess: 'dns_resolution', missing: ['dns'] }),
      at(1, { ...unknown, guess: 'network_latency', missing: ['dns', 'router'] }),
      at(2, { ...unknown, guess: 'dns_resolution' }),
      at(3, { ...unknown, guess: 'dns_resolution' }),
    ]).whytimeout
    expect(incident).toMatchObject({ cause: 'unknown', mechanism: 'unknown', remedy: { id: ['check_connection'] } })
    expect(incident.evidence).toEqual({ event_id: ['a-v0', 'a-v1', 'a-v2'], signal: [] })
    expect(incident.explain.en).toContain('likeliest: DNS resolution, network latency')
    expect(incident.explain.en).toContain("What would tell more: the name server's log, the site router's log")
    expect(incident.explain.zh).toContain('较可能：DNS解析问题、网络延迟')
  })
  test('one paragraph in both languages: who, where, since when, how many, why, on what proof, what to do', () => {
    const { explain } = one([at(0), at(60_000, { who: 'T2' })]).whytimeout.incident
    expect(explain.en).toMatch(
      /^Over: 2 timeouts at 2 terminals of 1 site \(site S1\) from 2026-03-06 08:00:00 to 2026-03-06 08:01:00 UTC\. Why: A firewall/,
    )
    expect(explain.en).toContain('For instance: T1 to 192.0.2.10:443, connect, given up at 2026-03-06 08:00:00 UTC.')
    expect(explain.en).toContain('Proof: DROP IN=br0.')
    expect(explain.en).toMatch(/First: Change the firewall rule .* To confirm: .* Caution: Only somebody/)
    expect(explain.zh).toMatch(
      /^已结束：2026-03-06 08:00:00 至 2026-03-06 08:01:00 UTC，1 个门店、2 台终端共 2 次超时（门店 S1）。原因：/,
    )
    expect(explain.zh).toMatch(/首先：调整防火墙规则.*确认方法：.*注意：/)
    expect(`${explain.en}${explain.zh}`).not.toMatch(/\n|undefined|NaN/)
  })
})

describe('open incidents', () => {
  test('those that changed, as they stand', () => {
    const incidents = createIncidents(pack)
    incidents.step(at(0))
    incidents.step(at(1))
    expect(
      incidents.changed().map(({ incident: i }) => [i.whytimeout.incident.state, i.whytimeout.incident.verdicts]),
    ).toEqual([['open', 2]])
    expect(incidents.changed()).toEqual([])
  })
  test('a glimpse with verdicts that wait changes nothing', () => {
    const incidents = createIncidents(pack)
    incidents.step(at(0))
    const key = incidentKey(at(0))
    expect(incidents.glimpse(key, [at(1), at(2, { who: 'T2' })])?.whytimeout.incident).toMatchObject({
      verdicts: 3,
      terminals: 2,
      state: 'open',
    })
    expect(incidents.glimpse(key, [at(QUIET_MS + 5)])?.whytimeout.incident).toMatchObject({ verdicts: 1 })
    expect(incidents.glimpse(key, [])?.whytimeout.incident).toMatchObject({ verdicts: 1, terminals: 1 })
  })
  test('memory is that of what is open: ten thousand that closed leave nothing', () => {
    const incidents = createIncidents(pack)
    for (let i = 0; i < 10_000; i++) incidents.step(at(i * 1_000, { scopeId: `S${i}` }))
    expect(incidents.standing().length).toBeLessThanOrEqual(1_800)
    incidents.end()
    expect(incidents.standing()).toEqual([])
  })
})

/** What is closed from `stop` on: by a second one that begins where the open incidents began, and by the one that saw everything. */
const begunAgain = (sorted: readonly VerdictNote[], stop: number): [Incident[], Incident[]] => {
  const whole = createIncidents(pack)
  sorted.slice(0, stop).forEach((n, i) => void whole.step(n, i))
  const now = sorted[stop]?.at ?? T0
  whole.advance(now)
  const standing = whole.standing()
  const from = Math.min(stop, ...standing.flatMap((s) => s.place ?? []))
  const starts = new Map(standing.flatMap((s) => (s.cut === undefined ? [] : [[s.hash, [s.cut]] as const])))
  const again = createIncidents(pack, { starts, rootsBefore: Number.POSITIVE_INFINITY })
  sorted.slice(from, stop).forEach((n, i) => void again.step(n, from + i))
  again.advance(now)
  const rest = (incidents: Incidents) =>
    [...sorted.slice(stop).flatMap((n) => incidents.step(n)), ...incidents.end()].map((c) => c.incident)
  return [rest(again), rest(whole)]
}
test('a day that was cut off and that nothing followed is not told again, later and shorter, after a restart', () => {
  const minutes = (m: number, scopeId: string) => at(m * 60_000, { scopeId })
  const S0 = Array.from({ length: 96 }, (_, i) => minutes(i * 15, 'S0'))
  const S1 = Array.from({ length: 97 }, (_, i) => minutes(i * 15 + 20, 'S1'))
  const sorted = [...S0, ...S1].sort(byTimeThenId)
  const stop = sorted.findIndex((n) => n.at > T0 + DAY_MS)
  const [again, whole] = begunAgain(sorted, stop)
  expect(again).toEqual(whole)
  expect(again.map((i) => i.whytimeout.incident.scope_id)).not.toContain('S0')
})

/** Two sites in turn, so that what one has open makes a restart read the end of the other's day again. */
const inTurn = (notes: readonly VerdictNote[]): VerdictNote[] =>
  notes.map((n, i) => ({
    ...n,
    realm: 'default',
    cause: 'unknown',
    mechanism: 'unknown',
    guess: 'network_latency',
    scopeId: `S${i % 2}`,
    evidence: [],
  }))
describe.each([
  ['pauses of any length', anyNotes(60, ANY_GAP)],
  ['failing for days', anyNotes(500, STEADY_GAP, 400).map(inTurn)],
])('%s', (_, notes) => {
  test('the same as said plainly', () =>
    fc.assert(
      fc.property(notes, (given) => {
        expect(inShort(all(given))).toEqual(plainly(given))
      }),
      { numRuns: 25, endOnFailure: true },
    ))
  test('begun again where its open incidents began, with the days cut off: what is left to close is the same', () =>
    fc.assert(
      fc.property(notes, fc.nat(1_000), (given, pick) => {
        const sorted = [...given].sort(byTimeThenId)
        const [again, whole] = begunAgain(sorted, sorted.length === 0 ? 0 : pick % sorted.length)
        expect(again).toEqual(whole)
      }),
      { numRuns: 80, endOnFailure: true },
    ))
})
