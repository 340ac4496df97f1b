import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const stan = { 'whytimeout.stan': '000101', 'whytimeout.terminal_id': 'T1' }
const gateway = [sale(-20, 'g1', 50), sale(20, 'g1', 50)]
const own = (outcome: 'ok' | 'timeout') =>
  outcome === 'ok'
    ? sale(-0.9, 'g1', 4_000, stan)
    : line(-0.9, 'g1', 'response-timeout', { ...stan, 'event.outcome': 'failure', 'event.duration': 4e9 })
const attempt = timeout(0, stan)
const asked = line(-4.5, 'acq', 'message-received', stan)
const answered = line(-3, 'acq', 'message-sent', stan)
const other = line(-8, 'acq', 'message-received', { 'whytimeout.stan': '000099', 'whytimeout.terminal_id': 'T2' })

describe('where on the way the request stopped', () => {
  test.each([
    ['before-gateway', []],
    ['behind-gateway', [own('timeout'), other]],
    ['server', [own('timeout'), asked]],
    ['answer-behind-gateway', [own('timeout'), asked, answered]],
    ['answer-before-gateway', [own('ok'), asked, answered]],
  ] as const)('%s', (place, lines) =>
    expect(factsAmong([...gateway, ...lines, attempt, sale(-4, 't2', 100)])('join.stopped')).toBe(place),
  )
  test('without the logs of gateway and server nobody knows', () =>
    expect(factsAmong([attempt])('join.stopped')).toBeUndefined())
})
