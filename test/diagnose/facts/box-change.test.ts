import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const changed = (at: number, message: string, host = 'r1') => line(at, host, 'config-changed', { message })

describe('what was changed on a box on the way', () => {
  test('an address of the router of the site, and the terminal was never served since', () => {
    const fact = factsAmong([sale(-100, 't1', 200), changed(-60, 'address changed by admin'), timeout(0)])
    expect(fact('change.box')).toBe('address')
    expect(fact('change.box_role')).toBe('router')
    expect(fact('change.box_brackets')).toBe(true)
    expect(fact('change.box_age_secs')).toBe(55)
  })
  test('a commit after it says only that something was changed', () => {
    const lines = [sale(-100, 't1', 200), changed(-60, 'route changed by admin'), changed(-58, 'commit'), timeout(0)]
    expect(factsAmong(lines)('change.box')).toBe('route')
    // What was typed takes effect with the commit: until then it still works.
    const typed = [changed(-60, 'route changed by admin'), sale(-58, 't1', 200), changed(-50, 'commit'), timeout(0)]
    expect(factsAmong(typed)('change.box_brackets')).toBe(true)
  })
  test('served since, or failing before: the change does not separate the two', () => {
    const since = [sale(-100, 't1', 200), changed(-60, 'vlan added'), sale(-30, 't1', 200), timeout(0)]
    expect(factsAmong(since)('change.box_brackets')).toBe(false)
    const before = [sale(-200, 't1', 200), timeout(-100), changed(-60, 'vlan added'), timeout(0)]
    expect(factsAmong(before)('change.box_brackets')).toBe(false)
  })
  test('not heard of before: nothing is said', () =>
    expect(factsAmong([changed(-60, 'vlan added'), timeout(0)])('change.box_brackets')).toBeUndefined())
  test('the router of another site, the own program, and what lies long before count for nothing', () => {
    expect(factsAmong([changed(-60, 'vlan added', 'r2'), timeout(0)])('change.box')).toBeUndefined()
    expect(factsAmong([changed(-60, 'settings changed', 't1'), timeout(0)])('change.box')).toBeUndefined()
    expect(factsAmong([changed(-1_300, 'vlan added'), timeout(0)])('change.box')).toBeUndefined()
  })
})

describe('what the addresses of an attempt say by themselves', () => {
  const dialled = (to: string, from?: string) =>
    factsAmong([timeout(0, { 'destination.ip': to, ...(from !== undefined && { 'source.ip': from }) })])
  test('the kind of the dialled address', () => {
    expect(dialled('127.0.0.1')('dial.address_kind')).toBe('own-host')
    expect(dialled('192.0.2.10')('dial.address_kind')).toBe('outside')
  })
  test('a private address from another range, from the same /24, from another /24 of the range', () => {
    expect(dialled('192.168.0.1', '10.1.1.7')('dial.from_other_network')).toBe(true)
    expect(dialled('192.168.0.1', '192.168.0.7')('dial.from_other_network')).toBe(false)
    expect(dialled('10.9.0.1', '10.1.1.7')('dial.from_other_network')).toBeUndefined()
    expect(dialled('192.0.2.10', '10.1.1.7')('dial.from_other_network')).toBeUndefined()
  })
})
