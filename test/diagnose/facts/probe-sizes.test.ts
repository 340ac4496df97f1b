import { describe, expect, test } from 'vitest'
import { factsAmong, type Line, line, timeout } from './moments.js'

/** Probes of one log, with the size of those that come back. */
const probes = (host: string, bytes: number, isLost: (at: number) => boolean): Line[] =>
  [-90, -60, -9, -7, -5, -3].map((at) =>
    line(at, host, isLost(at) ? 'probe-lost' : 'probe-answered', {
      'whytimeout.site_id': 'S1',
      'event.outcome': isLost(at) ? 'failure' : 'success',
      'destination.ip': '192.0.2.10',
      ...(!isLost(at) && { 'destination.bytes': bytes }),
    }),
  )
const never = () => false
const lately = (at: number) => at > -10

describe('a line that is probed with small and with large packets', () => {
  test('only the large ones are lost: the line itself loses nothing', () => {
    const fact = factsAmong([...probes('r1', 64, never), ...probes('big', 1408, lately), timeout(0)])
    expect(fact('probe.only_large_lost')).toBe(true)
    expect(fact('probe.loss_share')).toBe(0)
  })
  test('near miss: both are lost', () => {
    const fact = factsAmong([...probes('r1', 64, lately), ...probes('big', 1408, lately), timeout(0)])
    expect(fact('probe.only_large_lost')).toBeUndefined()
    expect(fact('probe.loss_share')).toBe(1)
  })
  test('near miss: both come back', () =>
    expect(
      factsAmong([...probes('r1', 64, never), ...probes('big', 1408, never), timeout(0)])('probe.only_large_lost'),
    ).toBe(false))
  test('near miss: nobody sends large ones', () =>
    expect(
      factsAmong([...probes('r1', 64, never), ...probes('big', 84, lately), timeout(0)])('probe.only_large_lost'),
    ).toBeUndefined())
})
