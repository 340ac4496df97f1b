import { describe, expect, test } from 'vitest'
import type { Trace } from '../../pipeline/parse/infer.js'
import { numberedBySequence } from '../../pipeline/parse/infer-sequences.js'
import type { Role } from '../../schemas/vocabulary.js'

const NOON = Date.parse('2026-05-04T12:00:00Z')
const roleOf = (origin: string): Role =>
  origin.startsWith('g') ? 'gateway' : origin.startsWith('ns') ? 'dns' : 'terminal'
/** Sales do not come at regular intervals. */
const AT = [0, 31, 58, 102, 141, 163, 207, 260].map((s) => s * 1_000)
const trace = (origin: string, at: number, stan?: string): Trace => ({
  ...{ at: NOON + at, start: NOON + at, origin, host: origin.slice(0, origin.indexOf('/')), terminal: 'T1' },
  ...(stan !== undefined && { stan }),
})
const till = (shift = 0, times = AT) => times.map((at, i) => trace('t1/pos.log', at + shift, `00${i}`))
const gateway = (times = AT) => times.map((at) => trace('g1/access.log', Math.floor(at / 1_000) * 1_000))
const numbersOf = (traces: readonly Trace[], host: string) =>
  numberedBySequence(traces, roleOf)
    .filter((t) => t.host === host)
    .map((t) => t.stan)

describe('requests that a gateway tells with the terminal alone', () => {
  test.each([
    ['at the same time', 0],
    ['by a clock seven seconds ahead', 7_000],
    ['in a zone nine hours away', 9 * 3_600_000],
  ])('%s: they get the numbers of the terminal', (_, shift) => {
    expect(numbersOf([...till(shift), ...gateway()], 'g1')).toEqual(AT.map((_, i) => `00${i}`))
  })
  test('those that never came are left out', () => {
    expect(numbersOf([...till(7_000), ...gateway(AT.slice(2))], 'g1')).toEqual(AT.slice(2).map((_, i) => `00${i + 2}`))
  })
  test('sales without numbers get one made up for both', () => {
    const bare = AT.map((at) => trace('t1/pos.log', at + 7_000))
    const [own, other] = ['t1', 'g1'].map((host) => numbersOf([...bare, ...gateway()], host))
    expect(own).toEqual(other)
    expect(new Set(own).size).toBe(AT.length)
  })
  test('whatever the order of the lines', () => {
    const all = [...till(7_000), ...gateway()]
    const sorted = (list: readonly Trace[]) => list.map((t) => `${t.host} ${t.at} ${t.stan}`).sort()
    expect(sorted(numberedBySequence([...all].reverse(), roleOf))).toEqual(sorted(numberedBySequence(all, roleOf)))
  })
})

describe('near miss: nothing is numbered', () => {
  const regular = AT.map((_, i) => i * 30_000)
  test.each<[string, readonly Trace[]]>([
    ['at regular intervals any offset fits', [...till(7_000, regular), ...gateway(regular)]],
    ['too few', [...till(7_000, AT.slice(0, 4)), ...gateway(AT.slice(0, 4))]],
    ['other sales', [...till(0), ...gateway(AT.map((at, i) => at + i * i * 3_000))]],
    ['a name server asks for itself', [...AT.map((at) => trace('ns1/queries.log', at)), ...gateway()]],
    ['another terminal', [...till().map((t) => ({ ...t, terminal: 'T2' })), ...gateway()]],
  ])('%s', (_, traces) => {
    expect(numberedBySequence(traces, roleOf)).toBe(traces)
  })
})
