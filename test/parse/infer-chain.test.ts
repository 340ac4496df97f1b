import { describe, expect, test } from 'vitest'
import type { Trace } from '../../pipeline/parse/infer.js'
import { hostsBehind } from '../../pipeline/parse/infer-chain.js'

const START = Date.parse('2026-07-06T08:00:00Z')
/** Requests of two terminals, in the log of a host whose clock is off by `late`. */
const log = (host: string, took: (n: number) => number, { late = 0, terminals = ['T1', 'T2'] } = {}): Trace[] =>
  Array.from({ length: 12 }, (_, n) => {
    const end = START + n * 5_000 + late
    const terminal = terminals[n % terminals.length] as string
    return { at: end, start: end - took(n), origin: `${host}/a.log`, host, terminal, stan: `0000${n}` }
  })
const behind = (...logs: Trace[][]) => [...hostsBehind(new Set(logs.map(([t]) => t?.host ?? '')), logs.flat())].sort()
const front = log('front', (n) => 90 + n)

describe('who answers what another passes on', () => {
  test('took less for the same requests, whatever the clocks say', () => {
    expect(
      behind(
        front,
        log('core', (n) => 80 + n),
      ),
    ).toEqual(['core'])
    expect(
      behind(
        front,
        log('core', (n) => 80 + n, { late: 3_600_000 }),
      ),
    ).toEqual(['core'])
  })
  test('the last of three', () =>
    expect(
      behind(
        log('core', () => 20),
        log('hub', () => 50),
        front,
      ),
    ).toEqual(['core']))
  test('a request that took longer for once is no matter', () =>
    expect(
      behind(
        front,
        log('core', (n) => (n === 4 ? 900 : 80)),
      ),
    ).toEqual(['core']))
  test('near miss: as often more as less', () =>
    expect(
      behind(
        front,
        log('core', (n) => (n % 2 ? 80 : 200)),
      ),
    ).toEqual([]))
  test('near miss: nothing is said of how long it took', () =>
    expect(
      behind(
        front,
        log('core', () => 0),
      ),
    ).toEqual([]))
  test("near miss: a shop's concentrator before the gateway of many shops", () =>
    expect(
      behind(
        log('shop', () => 90, { terminals: ['T1'] }),
        log('gate', () => 80),
      ),
    ).toEqual([]))
  test('near miss: four requests in common', () => expect(behind(front, log('core', () => 5).slice(0, 4))).toEqual([]))
})
