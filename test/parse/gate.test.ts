import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { GATES } from '../../pipeline/parse/gate.js'
import { requiredLiterals } from '../../pipeline/parse/required-literals.js'

describe('what a text must contain for a pattern to match', () => {
  test.each<[RegExp, readonly (readonly string[])[]]>([
    [/Connection refused|ECONNREFUSED/, [['connection refused', 'econnrefused']]],
    [/connect(?:ion)? timed out/i, [['connection timed out', 'connect timed out']]],
    [/upstream timed out.{0,80}while connecting/, [['upstream timed out'], ['while connecting']]],
    [/\btid["']?\s{0,3}[=:]/, [['tid"', "tid'", 'tid']].map(() => ['tid']).concat([['=', ':']])],
    [/(?:ab|cd){2}x+/, [['abab', 'abcd', 'cdab', 'cdcd']]],
    [/(?:ab|cd){2,9}x+/, [['ab', 'cd']]],
    [
      /\bbit[ _]?0{0,2}2:/,
      [['bit2:', 'bit02:', 'bit002:', 'bit 2:', 'bit 02:', 'bit 002:', 'bit_2:', 'bit_02:', 'bit_002:']],
    ],
    [/a?b?c?/, []],
    [/(?<name>\d+) bytes/, [[' bytes']]],
    [/(?=look)ahead/, [['ahead']]],
    [/x(?:foo|\d+)/, []],
    [/[a-z]{3}超时/, [['超时']]],
    [/µs/i, []],
    [/\u8d85\x41[.]\n/, [['超a.\n']]],
    [/(?:start|started|starting) up/, [['start up', 'started up', 'starting up']]],
  ])('%s', (pattern, clauses) => {
    const found = requiredLiterals(pattern).map((c) => [...c].sort())
    expect(found).toEqual(clauses.map((c) => [...c].sort()))
  })

  test('what it does not understand it refuses', () => {
    expect(() => requiredLiterals(/\p{L}/u)).toThrow()
    expect(() => requiredLiterals(/(a)\1/)).toThrow()
  })
})

describe('a gated pattern answers as the pattern does', () => {
  // Those that the formats made when they were loaded.
  const gates = [...GATES]
  const fixtures = join(import.meta.dirname, '../../fixtures')
  const lines = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.log'))
    .flatMap((f) => readFileSync(join(fixtures, f), 'utf8').split('\n').slice(0, 150))
  const differs = (text: string) =>
    gates.filter(({ pattern, exec, test: holds }) => {
      const plain = pattern.exec(text)
      return JSON.stringify(exec(text)) !== JSON.stringify(plain) || holds(text) !== (plain !== null)
    })

  test('there are many, and most need something', () => {
    expect(FORMATS.length).toBeGreaterThan(10)
    expect(gates.length).toBeGreaterThan(80)
    expect(gates.filter((g) => requiredLiterals(g.pattern).length > 0).length).toBeGreaterThan(gates.length * 0.9)
  })

  test('on the lines of the fixtures', () => {
    expect(lines.length).toBeGreaterThan(500)
    for (const line of lines) expect(differs(line), line).toEqual([])
  }, 300_000)

  test('on texts made to match them', () => {
    const makers = gates.flatMap(({ pattern }) => {
      try {
        return [fc.stringMatching(new RegExp(simplified(pattern.source)))]
      } catch {
        return []
      }
    })
    expect(makers.length).toBeGreaterThan(gates.length * 0.9)
    let matches = 0
    fc.assert(
      fc.property(fc.oneof(...makers), fc.constantFrom(...lines), (made, line) => {
        for (const text of [made, made.toUpperCase(), `${line} ${made}`, `${made}\n${line}`]) {
          expect(differs(text), text).toEqual([])
          if (gates.some((g) => g.test(text))) matches++
        }
      }),
      { numRuns: 1_000 },
    )
    expect(matches).toBeGreaterThan(1_000)
  })
})

/** Without what the maker of texts does not know: look-arounds, ends of words and lines. */
const simplified = (source: string): string =>
  source
    .replace(/\(\?<?[=!](?:[^()\\[]|\\.|\[(?:[^\]\\]|\\.)*\]|\((?:[^()\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*\))*\)/g, '')
    .replace(/\[(?:[^\]\\]|\\.)*\]|\\[bB]|\\.|[$^]/g, (m) => (/^(?:\\[bB]|[$^])$/.test(m) ? '' : m))
