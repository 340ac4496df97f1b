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
  test('one line says nothing of a change', () =>
    expect(factsAmong([started(-60, '2.1'), timeout(0)])('change.version')).toBeUndefined())
})
