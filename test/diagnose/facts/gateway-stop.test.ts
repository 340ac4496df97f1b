import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../schemas/event.js'
import { factsAmong, type Line, line, sale, timeout } from './moments.js'

const stop = (at: number, more: Partial<LogEvent> = {}) => line(at, 'g1', 'program-stopped', more)
const start = (at: number, more: Partial<LogEvent> = {}) => line(at, 'g1', 'program-started', more)
/** Of an attempt that began five seconds before noon. */
const stopped = (...lines: Line[]) => factsAmong([...lines, timeout(0)])('gateway.stopped')

describe('the gateway stopped', () => {
  test.each<[string, Line[]]>([
    ['before the attempt began', [stop(-30)]],
    ['as it began, by a clock that is a little late', [stop(-4.6)]],
    ['and was back only after it had begun', [stop(-30), start(-3)]],
    ['what it had served was from before', [sale(-40, 'g1', 50), stop(-30), sale(-29.8, 'g1', 400)]],
    ['another machine came up', [stop(-30), start(-20, { 'host.name': 'g1-b' })]],
    ['once more, after it was back', [stop(-300), start(-290), stop(-30)]],
    ['what failed since is no answer', [stop(-30), { ...sale(-20, 'g1', 50), 'event.outcome': 'failure' }]],
  ])('%s', (_, lines) => expect(stopped(...lines)).toBe(true))
  test.each<[string, Line[]]>([
    ['it was back', [stop(-30), start(-20)]],
    ['it was reloaded: the new one came up before the old one ended', [start(-33), stop(-30)]],
    ['it has served since', [stop(-30), sale(-20, 'g1', 50)]],
    ['another machine of it has served since', [stop(-30), sale(-20, 'g1', 50, { 'host.name': 'g1-b' })]],
  ])('near miss: %s', (_, lines) => expect(stopped(...lines)).toBe(false))
  test.each<[string, Line[]]>([
    ['never', [start(-30), sale(-20, 'g1', 50)]],
    ['while the attempt waited', [stop(-2)]],
    ['another gateway', [stop(-30, { 'whytimeout.gateway': 'g2' })]],
    ["the terminal's own program", [line(-30, 't1', 'program-stopped')]],
  ])('nobody knows: %s', (_, lines) => expect(stopped(...lines)).toBeUndefined())
  test('near miss: it came up long before it ended', () => expect(stopped(start(-90), stop(-30))).toBe(true))
})
