import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../schemas/event.js'
import { factsAmong, type Line, line, sale, timeout } from './moments.js'

const REQUEST = { 'whytimeout.terminal_id': 'T1', 'whytimeout.stan': '000731' } as const
/** The gateway's wait of five seconds for its upstream, in the name of T1's request. */
const atGate = (more: Partial<LogEvent> = {}) =>
  line(0, 'g1', 'response-timeout', {
    'event.outcome': 'failure',
    'event.duration': 5e9,
    'destination.ip': '198.51.100.4',
    'destination.port': 9443,
    ...REQUEST,
    ...more,
  })
/** A line about a connection that is used again after it had been quiet. */
const reused = (at: number, host: string, secs: number | undefined, more: Partial<LogEvent> = {}) =>
  line(at, host, 'connect-succeeded', {
    'event.outcome': 'success',
    'whytimeout.keep_alive': true,
    ...(secs !== undefined && { 'whytimeout.idle_secs': secs }),
    ...REQUEST,
    ...more,
  })
const idle = (...lines: Line[]) => {
  const fact = factsAmong(lines)
  return [fact('episode.keep_alive'), fact('episode.idle_secs')]
}
const NOTHING = [undefined, undefined]

describe("a gateway's line about the connection that it used again", () => {
  test.each([-5.05, -5, -4.9, -0.1])('beside its wait tells how long that had been quiet: %s s', (at) =>
    expect(idle(reused(at, 'g1', 95), atGate())).toEqual([true, 95]),
  )
  test('as the begin of its request', () =>
    expect(idle(reused(-4.9, 'g1', 95, { 'event.action': 'request-started' }), atGate())).toEqual([true, 95]))
  test('the first of several', () =>
    expect(idle(reused(-4.9, 'g1', 95), reused(-2, 'g1', 3), atGate())).toEqual([true, 95]))
  test.each<[string, Line]>([
    ['of another request', reused(-4.9, 'g1', 95, { 'whytimeout.stan': '000732' })],
    ['of another terminal', reused(-4.9, 'g1', 95, { 'whytimeout.terminal_id': 'T2' })],
    ['without a number', reused(-4.9, 'g1', 95, { 'whytimeout.stan': undefined })],
    ['in the log of the terminal', reused(-4.9, 't1', 95)],
    ['in the log of another gateway', reused(-4.9, 'g2', 95, { 'whytimeout.role': 'gateway' })],
    ['from before it began', reused(-5.2, 'g1', 95)],
    ['from after it ended', reused(0.2, 'g1', 95)],
    ['without a time', reused(-4.9, 'g1', undefined)],
  ])('near miss: %s', (_, seen) => expect(idle(seen, atGate())).toEqual(NOTHING))
  test('near miss: what the terminal kept open is not what the gateway did', () =>
    expect(
      idle(reused(-300, 't1', undefined, { 'whytimeout.stan': undefined }), sale(-200, 't1', 200), atGate()),
    ).toEqual(NOTHING))
  test('near miss: nor is what the gateway kept open told by its own silence', () =>
    expect(idle(reused(-300, 'g1', undefined, { 'whytimeout.stan': undefined }), atGate())).toEqual(NOTHING))
  test('near miss: a wait of which nobody knows whose it is', () =>
    expect(idle(reused(-4.9, 'g1', 95), atGate({ 'whytimeout.terminal_id': undefined }))).toEqual(NOTHING))
})

describe("a terminal's wait", () => {
  const own = (more: Partial<LogEvent> = {}) => timeout(0, { ...REQUEST, ...more })
  test('is told by its own line', () => expect(idle(reused(-4.9, 't1', 95), own())).toEqual([true, 95]))
  test('or by its silence on what it kept open', () =>
    expect(idle(reused(-300, 't1', undefined, { 'whytimeout.stan': undefined }), sale(-105, 't1', 200), own())).toEqual(
      [true, 100],
    ))
})
