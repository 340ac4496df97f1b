import { describe, expect, test } from 'vitest'
import type { Trace } from '../../pipeline/parse/infer.js'
import { statingBegins } from '../../pipeline/parse/infer-begins.js'

const START = Date.parse('2026-07-06T08:00:00Z')
/** How long the gateway's requests took, ms. */
const TOOK = [90, 140, 110, 2_100, 120, 3_400, 95]
const stan = (i: number) => String(801 + i).padStart(6, '0')
const began = (i: number) => START + i * 30_000
const trace = (host: string, i: number, start: number, at: number, terminal?: string): Trace => ({
  ...{ at, start, origin: `${host}/app.log`, host, stan: stan(i) },
  ...(terminal !== undefined && { terminal }),
})
const asked = TOOK.map((ms, i) => trace('till', i, began(i), began(i) + ms + 60, 'P1'))
/** Lines of the gateway at the begin of its requests, read as if at their end. `off`: of its clock. */
const atBegin = (took = TOOK, off = 0) =>
  took.map((ms, i) => trace('gw', i, began(i) + 30 + off - ms, began(i) + 30 + off))
const atEnd = (took = TOOK) => took.map((ms, i) => trace('gw', i, began(i) + 30, began(i) + 30 + ms))
const begins = (...traces: (readonly Trace[])[]) => [
  ...statingBegins(traces.flat(), (host) => (host === 'gw' ? 'gateway' : 'terminal')),
]

describe('a log of a gateway', () => {
  test('that states when its requests began', () => expect(begins(asked, atBegin())).toEqual(['gw/app.log']))
  test('by a clock that is an hour off', () => expect(begins(asked, atBegin(TOOK, 3_600_000))).toEqual(['gw/app.log']))
  test('near miss: that states when they ended', () => expect(begins(asked, atEnd())).toEqual([]))
  test('near miss: one that took long is too few', () =>
    expect(begins(asked, atBegin(TOOK.map((ms, i) => (i === 3 ? 130 : ms))))).toEqual([]))
  test('near miss: too few short ones tell how the clocks lie', () =>
    expect(begins(asked, atBegin(TOOK.map((ms, i) => (i < 3 ? 2_000 + i : ms))))).toEqual([]))
  test('near miss: as many were given up at their end', () =>
    expect(begins(asked, [...atBegin().slice(0, 5), ...atEnd().slice(5)])).toEqual([]))
  test('near miss: the numbers are another terminal’s', () =>
    expect(
      begins(
        asked,
        atBegin().map((t) => ({ ...t, terminal: 'P2' })),
      ),
    ).toEqual([]))
  test('near miss: two terminals have the same numbers', () =>
    expect(
      begins(
        asked,
        asked.map((t) => ({ ...t, host: 'till-2', origin: 'till-2/app.log', terminal: 'P2' })),
        atBegin(),
      ),
    ).toEqual([]))
})
