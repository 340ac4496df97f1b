import { describe, expect, test } from 'vitest'
import { factsAmong, line, sale, timeout } from './moments.js'

const answers = (gaps: readonly number[], ms: number) => {
  let at = -15.003
  return gaps.map((gap) => {
    at += gap
    return sale(Math.round(at * 1000) / 1000, 'g1', ms)
  })
}

describe('rhythm of answers', () => {
  test('one every 1.5 s, each after four: a queue before one worker', () =>
    expect(factsAmong([...answers(Array(8).fill(1.5), 4_000), timeout(0)])('pace.one_at_a_time')).toBe(true))
  test('as regular, but each at once: a steady sender', () =>
    expect(factsAmong([...answers(Array(8).fill(1.5), 100), timeout(0)])('pace.one_at_a_time')).toBe(false))
  test('slow, but at no interval', () =>
    expect(
      factsAmong([...answers([0.2, 3, 0.4, 1, 2.4, 0.1, 1.7, 0.9], 4_000), timeout(0)])('pace.one_at_a_time'),
    ).toBe(false))
  test('whole seconds tell nothing', () => {
    const whole = [-9, -8, -7, -6, -5, -4, -3, -2].map((at) => sale(at, 'g1', 4_000))
    expect(factsAmong([...whole, timeout(0)])('pace.one_at_a_time')).toBeUndefined()
  })
})

describe('durations around the attempt', () => {
  const at = (times: readonly number[], ms: number) => times.map((t) => sale(t, 't2', ms))
  test('rise before and fall after', () => {
    const fact = factsAmong([
      ...at([-120, -100, -80, -60], 200),
      ...at([-20, -10, -6], 1_000),
      timeout(0),
      ...at([40, 60, 80], 250),
    ])
    expect(fact('pace.rise')).toBe(5)
    expect(fact('pace.fall')).toBe(4)
  })
  test('too few to tell', () => expect(factsAmong([...at([-100, -20], 200), timeout(0)])('pace.rise')).toBeUndefined())
})

describe('connections cut at one age', () => {
  const cut = (at: number, ms: number) => line(at, 't2', 'connection-reset', { 'event.duration': ms * 1e6 })
  test('three at sixty seconds', () =>
    expect(factsAmong([cut(-300, 60_010), cut(-200, 60_100), cut(-100, 59_900), timeout(0)])('pace.cut_age_ms')).toBe(
      60_010,
    ))
  test('as old as the waits that ran out: ended by those who waited', () =>
    expect(
      factsAmong([cut(-300, 5_010), cut(-200, 5_100), cut(-100, 5_050), timeout(0)])('pace.cut_age_ms'),
    ).toBeUndefined())
  test('three at any age', () =>
    expect(
      factsAmong([cut(-300, 60_010), cut(-200, 31_000), cut(-100, 9_000), timeout(0)])('pace.cut_age_ms'),
    ).toBeUndefined())
})
