import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const started = (at: number, version: string) => line(at, 't1', 'program-started', { 'whytimeout.version': version })

describe('what changed before the failures', () => {
  test('another version than at the last start, and nothing has worked since', () => {
    const fact = factsAmong([started(-600, '2.1'), sale(-100, 't1', 200), started(-60, '2.2'), timeout(0)])
    expect(fact('change.version')).toBe(true)
    expect(fact('change.brackets')).toBe(true)
    expect(fact('change.age_secs')).toBe(55)
  })
  test('the same version again is no change', () => {
    const fact = factsAmong([started(-600, '2.1'), sale(-100, 't1', 200), started(-60, '2.1'), timeout(0)])
    expect(fact('change.version')).toBe(false)
    expect(fact('change.brackets')).toBeUndefined()
  })
  test('what failed before the change too, or works after it, is not bracketed by it', () => {
    const before = [started(-600, '2.1'), sale(-200, 't1', 200), timeout(-100), started(-60, '2.2'), timeout(0)]
    expect(factsAmong(before)('change.brackets')).toBe(false)
    const after = [started(-600, '2.1'), sale(-100, 't1', 200), started(-60, '2.2'), sale(-30, 't1', 200), timeout(0)]
    expect(factsAmong(after)('change.brackets')).toBe(false)
  })
  test('address and name server of the last lease against the one before', () => {
    const lease = (at: number, ip: string, dns: string) =>
      line(at, 't1', 'address-assigned', { 'whytimeout.address': ip, 'whytimeout.nameserver_ip': dns })
    const fact = factsAmong([lease(-600, '10.0.0.5', '10.0.0.1'), lease(-60, '172.16.0.5', '10.0.0.1'), timeout(0)])
    expect(fact('change.address')).toBe(true)
    expect(fact('change.resolver')).toBe(false)
  })
  describe('what was said before the window', () => {
    const DAYS = 86_400
    test('another version than at the start two days ago', () => {
      const fact = factsAmong([started(-2 * DAYS, '2.1'), sale(-100, 't1', 200), started(-60, '2.2'), timeout(0)])
      expect(fact('change.version')).toBe(true)
      expect(fact('change.brackets')).toBe(true)
      expect(fact('change.age_secs')).toBe(55)
    })
    test('the same version as two days ago is no change', () =>
      expect(factsAmong([started(-2 * DAYS, '2.1'), started(-60, '2.1'), timeout(0)])('change.version')).toBe(false))
    test('a change that itself lies before the window is none', () => {
      const fact = factsAmong([started(-2 * DAYS, '2.1'), started(-DAYS, '2.2'), started(-60, '2.2'), timeout(0)])
      expect(fact('change.version')).toBe(false)
      expect(fact('change.age_secs')).toBeUndefined()
    })
    test('what was said more than two weeks ago stands no more', () =>
      expect(
        factsAmong([started(-15 * DAYS, '2.1'), started(-60, '2.2'), timeout(0)])('change.version'),
      ).toBeUndefined())
    test('another program of the same terminal has a version of its own', () => {
      const other = line(-2 * DAYS, 't1', 'program-started', { 'whytimeout.version': '9.9', 'process.name': 'dhcpcd' })
      expect(factsAmong([other, started(-60, '2.2'), timeout(0)])('change.version')).toBeUndefined()
    })
    test('the limit in force is that of the last start, however long ago', () => {
      const limit = line(-2 * DAYS, 't1', 'program-started', { 'whytimeout.response_limit_ms': 5_000 })
      expect(factsAmong([limit, timeout(0)])('episode.limit_ms')).toBe(5_000)
      expect(factsAmong([limit, timeout(0)])('dial.limit_changed')).toBeUndefined()
    })
    test('another limit or endpoint than at the start two days ago', () => {
      const at = (secs: number, limit: number, port: number) =>
        line(secs, 't1', 'program-started', { 'whytimeout.response_limit_ms': limit, 'destination.port': port })
      const limit = factsAmong([at(-2 * DAYS, 30_000, 7001), at(-60, 5_000, 7001), timeout(0)])
      expect(limit('dial.limit_changed')).toBe(true)
      expect(limit('dial.config_changed')).toBe(false)
      expect(factsAmong([at(-2 * DAYS, 5_000, 7001), at(-60, 5_000, 7002), timeout(0)])('dial.config_changed')).toBe(
        true,
      )
    })
    test('another default gateway than the lease of two days ago', () => {
      const lease = (at: number, router: string) =>
        line(at, 't1', 'address-assigned', { 'whytimeout.address': '10.0.0.5', 'whytimeout.router_ip': router })
      const fact = factsAmong([lease(-2 * DAYS, '10.0.0.1'), lease(-60, '10.0.0.66'), timeout(0)])
      expect(fact('lease.router_changed')).toBe(true)
      expect(fact('change.address')).toBe(false)
    })
  })
  test('one line says nothing of a change', () =>
    expect(factsAmong([started(-60, '2.1'), timeout(0)])('change.version')).toBeUndefined())
})
