import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shiftTimes } from '../../pipeline/export/shift.js'
import { findTime, parseZone, resolve } from '../../pipeline/parse/time.js'

const DAY_MS = 86_400_000
const AT = Date.parse('2026-03-06T08:00:00Z')
const shift = (days: number) => ({ days, from: AT - DAY_MS, to: AT + DAY_MS })

describe('dates move by whole days, as they are written', () => {
  test.each([
    ['2026-03-06 14:00:05.000 INFO', '2026-02-27 14:00:05.000 INFO'],
    ['2026-03-06T06:00:00Z', '2026-02-27T06:00:00Z'],
    ['[06/Mar/2026:06:00:10.000] fe', '[27/Feb/2026:06:00:10.000] fe'],
    ['Mar  6 06:00:10 edge1 haproxy[871]: x', 'Feb 27 06:00:10 edge1 haproxy[871]: x'],
    ['Fri Mar  6 16:47:24 2026 link down', 'Fri Feb 27 16:47:24 2026 link down'],
    ['Mar 6, 2026 10:53:39 PM lab.PosPlain main', 'Feb 27, 2026 10:53:39 PM lab.PosPlain main'],
    ['[1772776800.00000] 203.0.113.80 : [0]', '[1772172000.00000] 203.0.113.80 : [0]'],
    ['{"ts":1772776800123}', '{"ts":1772172000123}'],
    ['2026年3月6日 14:00:05 超时', '2026年2月27日 14:00:05 超时'],
    ['I0306 14:00:05.000000 1 x.go:1] hi', 'I0227 14:00:05.000000 1 x.go:1] hi'],
    ['03-06 14:00:05.123  1  1 I pos: x', '02-27 14:00:05.123  1  1 I pos: x'],
    ['3/6/2026 2:00:05 PM', '2/27/2026 2:00:05 PM'],
    ['20260306140005 rotated 2026-03-06', '20260227140005 rotated 2026-02-27'],
    ['--2026-03-06 15:32:52--  http://updates.example.org/', '--2026-02-27 15:32:52--  http://updates.example.org/'],
  ])('%s', (line, other) => expect(shiftTimes(line, shift(-7))).toBe(other))

  test('clock times, ports, sizes and numbers far from the logs stay', () => {
    const line = '14:53:39.580069 10.0.0.1:9443 bytes=4823040011 SEQ=1393802356 took 251ms'
    expect(shiftTimes(line, shift(-7))).toBe(line)
  })
  test('there and back again is where it was', () =>
    fc.assert(
      fc.property(fc.integer({ min: -300, max: 300 }), (days) => {
        const line = '2026-03-06 14:00:05 [06/Mar/2026:06:00:10.000] 1772776800.00000'
        const there = shiftTimes(line, shift(days))
        const back = { days: -days, from: AT + (days - 1) * DAY_MS, to: AT + (days + 1) * DAY_MS }
        expect(shiftTimes(there, back)).toBe(line)
      }),
    ))
})

test('every time that fixtures begin with moves by what it was asked to', () => {
  const utc = parseZone('UTC')
  const at = (line: string, latest: number) => {
    const read = findTime(line, 64)
    return read?.time.month === undefined || !utc ? undefined : resolve(read.time, utc, latest)
  }
  const formats = join(import.meta.dirname, '../../fixtures/formats')
  let seen = 0
  for (const name of readdirSync(formats, { recursive: true }) as string[]) {
    if (!name.endsWith('.log')) continue
    for (const line of readFileSync(join(formats, name), 'utf8').split('\n')) {
      const before = at(line, Date.parse('2027-01-01T00:00:00Z'))
      if (before === undefined) continue
      const near = { days: -3, from: before - DAY_MS, to: before + DAY_MS }
      expect(at(shiftTimes(line, near), before), line).toBe(before - 3 * DAY_MS)
      seen++
    }
  }
  expect(seen).toBeGreaterThan(200)
})
