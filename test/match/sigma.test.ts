import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileWhere, SigmaError } from '../../pipeline/match/sigma.js'
import type { Where } from '../../schemas/rule.js'

const holds = (where: Where, event: Record<string, unknown>): boolean => compileWhere(where)((f) => event[f])

describe('the meaning of Sigma’s field conditions', () => {
  test.each<[Where, Record<string, unknown>, boolean]>([
    [{ a: 'x', b: 1 }, { a: 'X', b: '1' }, true],
    [{ a: 'x', b: 1 }, { a: 'x', b: 2 }, false],
    [{ a: 'k' }, { a: '\u212a' }, true],
    [{ a: 'i\u0307' }, { a: '\u0130' }, true],
    [{ a: ['x', 'y'] }, { a: 'Y' }, true],
    [[{ a: 'x' }, { b: 'y' }], { b: 'y' }, true],
    [{ 'a|cased': 'x' }, { a: 'X' }, false],
    [{ a: 'te*t' }, { a: 'TExxT' }, true],
    [{ a: 'te?t' }, { a: 'text' }, true],
    [{ a: 'te\\*t' }, { a: 'text' }, false],
    [{ a: 'te\\*t' }, { a: 'te*t' }, true],
    [{ 'a|contains': 'ime' }, { a: 'TIMEOUT' }, true],
    [{ 'a|contains|all': ['time', 'out'] }, { a: 'time x out' }, true],
    [{ 'a|contains|all': ['time', 'nope'] }, { a: 'time x out' }, false],
    [{ 'a|startswith': 'conn' }, { a: 'Connect' }, true],
    [{ 'a|endswith': ['out', 'in'] }, { a: 'timeout' }, true],
    [{ 'a|re': '^t[io]m' }, { a: 'timeout' }, true],
    [{ 'a|re': '^T' }, { a: 'timeout' }, false],
    [{ 'a|re|i': '^T' }, { a: 'timeout' }, true],
    [{ 'a|exists': true }, { a: 0 }, true],
    [{ 'a|exists': false }, {}, true],
    [{ a: null }, {}, true],
    [{ a: null }, { a: '' }, false],
    [{ 'a|cidr': '10.0.0.0/8' }, { a: '10.20.0.1' }, true],
    [{ 'a|cidr': '10.0.0.0/8' }, { a: '11.20.0.1' }, false],
    [{ 'a|cidr': '2001:db8::/32' }, { a: '2001:db8:1::2' }, true],
    [{ 'a|gte': 3 }, { a: 3 }, true],
    [{ 'a|gt': 3 }, { a: 3 }, false],
    [{ 'a|lt': 3 }, {}, false],
    [{ 'a|neq': 'x' }, { a: 'y' }, true],
    [{ 'a|neq': 'x' }, { a: 'x' }, false],
    [{ 'a|fieldref': 'b' }, { a: 'v', b: 'V' }, true],
    [{ a: 'x' }, { a: ['y', 'x'] }, true],
    [{ a: true }, { a: true }, true],
    [{ a: true }, { a: false }, false],
  ])('%j on %j is %s', (where, event, expected) => expect(holds(where, event)).toBe(expected))
})

test.each<[Where, string]>([
  [{ 'a|base64': 'x' }, 'no modifier "base64"'],
  [{ 'a|contains|all': ['x'] }, 'two or more'],
  [{ 'a|re': '(' }, 'regex'],
  [{ 'a|gt': 'many' }, 'needs a number'],
  [{ 'a|cidr': '10.0.0.0/99' }, 'no network'],
  [{ 'a|exists': 'yes' }, 'true or false'],
])('%j is refused: %s', (where, message) => {
  expect(() => compileWhere(where)).toThrow(SigmaError)
  expect(() => compileWhere(where)).toThrow(message)
})

test('wildcards agree with a plain regex on any text', () => {
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 8 }).map((p) => p.join(''))
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[ab]{0,12}$/), (p, text) => {
      const regex = new RegExp(`^${p.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      return holds({ f: p }, { f: text }) === regex.test(text)
    }),
    { numRuns: 2_000 },
  )
})

test('a hostile pattern and text stay linear', () => {
  const began = performance.now()
  expect(holds({ 'f|re': '(a+)+$' }, { f: `${'a'.repeat(5_000)}b` })).toBe(false)
  expect(holds({ f: `${'*a'.repeat(30)}*b` }, { f: 'a'.repeat(20_000) })).toBe(false)
  expect(performance.now() - began).toBeLessThan(3_000)
})
