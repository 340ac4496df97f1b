import { describe, expect, test } from 'vitest'
import { createCoincidences } from '../../pipeline/init/coincide.js'

/** Every 40 to 70 seconds, as a till that sells. */
const times = (seed: number, n: number): number[] => {
  const at: number[] = []
  let x = seed
  for (let t = 1_000_000; at.length < n; t += 40 + (x % 31)) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648
    at.push(t * 1000)
  }
  return at
}
const match = (attempts: Record<string, number[]>, sightings: Record<string, number[]>) => {
  const coincidences = createCoincidences()
  for (const [id, at] of Object.entries(attempts)) for (const t of at) coincidences.attempt(id, t, `${id}-host`)
  for (const [ip, at] of Object.entries(sightings)) for (const t of at) coincidences.sighting(ip, t, 'rt')
  return Object.fromEntries([...coincidences.finish()].map(([id, m]) => [id, m.ip]))
}
const [a, b, c] = [times(1, 40), times(2, 40), times(3, 40)] as [number[], number[], number[]]
const soon = (at: readonly number[]): number[] => at.map((t, i) => t + (i % 3) * 400)

describe('an address is whose attempts it is written beside', () => {
  test('two terminals, two addresses, and a stranger', () =>
    expect(match({ T1: a, T2: b }, { '10.0.0.1': soon(a), '10.0.0.2': soon(b), '10.0.0.9': soon(c) })).toEqual({
      T1: '10.0.0.1',
      T2: '10.0.0.2',
    }))
  test('lookups that a cache spared are missing', () =>
    expect(match({ T1: a }, { '10.0.0.1': soon(a).filter((_, i) => i % 4 !== 0) })).toEqual({ T1: '10.0.0.1' }))
})

describe('what could be chance is no match', () => {
  test('too few attempts', () => expect(match({ T1: a.slice(0, 7) }, { '10.0.0.1': soon(a) })).toEqual({}))
  test('an address that is written all the time', () => {
    const always = Array.from({ length: 3_000 }, (_, i) => (1_000_000 + i) * 1000)
    expect(match({ T1: a }, { '10.0.0.1': always })).toEqual({})
  })
  test('two addresses that fit alike', () =>
    expect(match({ T1: a }, { '10.0.0.1': soon(a), '10.0.0.2': soon(a) })).toEqual({}))
  test('one address for two terminals', () => expect(match({ T1: a, T2: a }, { '10.0.0.1': soon(a) })).toEqual({}))
})
