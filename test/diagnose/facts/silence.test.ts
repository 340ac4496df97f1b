import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const steady = (host: string, to: number) => Array.from({ length: 15 }, (_, i) => sale(to - 15 + i + 0.1, host, 50))
const burst = (host: string, at: number) => Array.from({ length: 8 }, (_, i) => sale(at + i / 100, host, 4_000))

describe('a source that logged steadily', () => {
  test('falls silent and releases a backlog', () => {
    const fact = factsAmong([...steady('g1', -5), timeout(0), ...burst('g1', 0.5)])
    expect(fact('gateway.burst_after')).toBe(true)
  })
  test('falls silent and goes on without a backlog', () =>
    expect(
      factsAmong([...steady('g1', -5), timeout(0), sale(1, 'g1', 50), sale(2, 'g1', 50)])('gateway.burst_after'),
    ).toBeUndefined())
  test('the router of the site, and one that logs on', () => {
    const query = (at: number) => line(at, 'r1', 'dns-query', { 'dns.question.name': 'gw.example' })
    const before = Array.from({ length: 20 }, (_, i) => query(-25 + i))
    expect(factsAmong([...before, timeout(0), query(3)])('site.router_silent')).toBe(true)
    const during = [-4, -3, -2, -1].map(query)
    expect(factsAmong([...before, ...during, timeout(0)])('site.router_silent')).toBeUndefined()
  })
})
