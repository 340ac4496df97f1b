import { describe, expect, test } from 'vitest'
import { grownIn } from '../../pipeline/diagnose/growth.js'
import type { Observation } from '../../pipeline/diagnose/observation.js'
import type { Condition } from '../../pipeline/match/pack.js'

const at = (secs: number, counters: Record<string, number>): Observation =>
  ({
    at: secs * 1_000,
    id: `e${secs}`,
    origin: 'h/sar.log',
    signals: [],
    event: { 'whytimeout.counters': counters },
  }) as unknown as Observation
const asks = (more: Partial<Condition>): Condition => ({
  id: 'x',
  kind: 'delta',
  test: () => false,
  source: {},
  counter: (name) => name.endsWith('errors') || name.endsWith('/s') || name === '%steal',
  gt: 0,
  ...more,
})
const ids = (found: readonly Observation[]) => found.map((o) => o.id)
const none = () => []

describe('growth of counters', () => {
  test('a counter grows between two snapshots that have it, whatever lies between', () => {
    const line = [at(0, { errors: 5 }), at(5, { other: 1 }), at(10, { errors: 5 }), at(15, { errors: 6 })]
    expect(ids(grownIn(asks({}), line, none))).toEqual(['e15'])
  })

  test('a rate is growth by itself, over the time since the snapshot before', () => {
    const line = [at(0, { 'retrans/s': 0 }), at(10, { 'retrans/s': 0.4 }), at(20, { 'retrans/s': 0.1 })]
    expect(ids(grownIn(asks({ gt: 2 }), line, none))).toEqual(['e10'])
  })

  test('what always grows so fast is nothing unusual; without other snapshots nobody knows', () => {
    const inside = [at(100, { errors: 100 }), at(110, { errors: 130 })]
    const steady = [at(0, { errors: 0 }), at(10, { errors: 25 }), at(20, { errors: 55 }), at(30, { errors: 80 })]
    const calm = [at(0, { errors: 0 }), at(10, { errors: 1 }), at(20, { errors: 1 }), at(30, { errors: 2 })]
    expect(ids(grownIn(asks({ times: 3 }), inside, () => steady))).toEqual([])
    expect(ids(grownIn(asks({ times: 3 }), inside, () => calm))).toEqual(['e110'])
    expect(ids(grownIn(asks({ times: 3 }), inside, none))).toEqual([])
  })

  test('a reading is compared as it stands', () => {
    expect(
      ids(grownIn(asks({ level: true, gt: 30 }), [at(0, { '%steal': 12 }), at(5, { '%steal': 31 })], none)),
    ).toEqual(['e5'])
  })

  test("a listener's counter is for who dials that port, where the snapshot has the dialled port's too", () => {
    const full = [at(0, { '%steal:7101': 0, '%steal:7102': 1 })]
    expect(ids(grownIn(asks({ level: true }), full, none, 7101))).toEqual([])
    expect(ids(grownIn(asks({ level: true }), full, none, 7102))).toEqual(['e0'])
    // Beyond a translation of ports nobody knows which.
    expect(ids(grownIn(asks({ level: true }), full, none, 443))).toEqual(['e0'])
    expect(ids(grownIn(asks({ level: true }), full, none))).toEqual(['e0'])
  })
})
