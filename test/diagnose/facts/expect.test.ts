import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const elsewhere = { 'destination.ip': '198.51.100.99', 'destination.port': 443 }

describe('what differs from what works', () => {
  test('an address nobody is served at, where others are served at another one of the port', () => {
    const dead = timeout(0, { 'destination.ip': '192.0.2.77' })
    expect(factsAmong([sale(-30, 't2', 100), dead])('expect.address_unknown')).toBe(true)
    const served = sale(-300, 't9', 100, { 'destination.ip': '192.0.2.77' })
    expect(factsAmong([sale(-30, 't2', 100), served, dead])('expect.address_unknown')).toBe(false)
    expect(factsAmong([dead])('expect.address_unknown')).toBeUndefined()
  })
  test('an address that a resolver gave is expected', () => {
    const name = { 'destination.domain': 'gw.example' }
    const answer = line(-60, 'r1', 'dns-answer', {
      'dns.question.name': 'gw.example',
      'dns.resolved_ip': ['192.0.2.77'],
    })
    const dead = timeout(0, { ...name, 'destination.ip': '192.0.2.77' })
    expect(factsAmong([sale(-30, 't2', 100, name), answer, dead])('expect.address_unknown')).toBe(false)
  })
  test('the host reaches nothing at all, or something', () => {
    const other = timeout(-10, elsewhere)
    expect(factsAmong([other, timeout(0)])('expect.host_all_fail')).toBe(true)
    expect(
      factsAmong([other, sale(-20, 't1', 100, { 'destination.port': 80 }), timeout(0)])('expect.host_all_fail'),
    ).toBe(false)
    expect(factsAmong([timeout(0)])('expect.host_all_fail')).toBeUndefined()
  })
  test('only what is larger than a packet fails', () => {
    const small = [-90, -60, -30].map((at) => sale(at, 't2', 100, { 'source.bytes': 300 }))
    const large = timeout(0, { 'source.bytes': 2_400 })
    expect(factsAmong([...small, large])('expect.only_large_fail')).toBe(true)
    expect(
      factsAmong([...small, sale(-20, 't2', 100, { 'source.bytes': 3_000 }), large])('expect.only_large_fail'),
    ).toBe(false)
    expect(factsAmong([...small, timeout(0, { 'source.bytes': 400 })])('expect.only_large_fail')).toBeUndefined()
  })
  test("an answer that only this site's resolver gives", () => {
    const name = { 'destination.domain': 'gw.example' }
    const answer = (host: string, ip: string) =>
      line(-40, host, 'dns-answer', { 'dns.question.name': 'gw.example', 'dns.resolved_ip': [ip] })
    const dead = timeout(0, { ...name, 'destination.ip': undefined })
    expect(factsAmong([answer('r1', '203.0.113.1'), answer('r2', '192.0.2.10'), dead])('expect.answer_only_here')).toBe(
      true,
    )
    expect(factsAmong([answer('r1', '192.0.2.10'), answer('r2', '192.0.2.10'), dead])('expect.answer_only_here')).toBe(
      false,
    )
  })
})

test('which logs are at hand: the system of the host', () => {
  const kernel = line(-30, 't1', 'link-up', { 'event.category': ['host'] })
  expect(factsAmong([kernel, timeout(0)])('coverage.host')).toBe(true)
  expect(factsAmong([timeout(0)])('coverage.host')).toBe(false)
})
