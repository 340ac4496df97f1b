import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { confirmed } from './cost.js'
import { distinct, literalsBelow, recordingBuilt } from './patterns.js'
import { programOf, runOf } from './steps.js'
import { suspectsOf } from './suspects.js'
import { treeOf } from './syntax.js'

/**
 * No pattern of the readers is super-linear. Each is turned into the automaton that it is; where no text can be read in a number of ways that grows,
 * it is linear by construction, and nothing is counted. Of the few that remain, the automaton gives the text that would do it, and that text is
 * tried: it holds only if each character is looked at hundreds of times. That is counted and not timed: a busy machine changes nothing.
 *
 * The patterns of the rules run on RE2's algorithm (re2js), which is linear by construction: it never goes back.
 */
const ROOT = join(import.meta.dirname, '../../..')

const built = recordingBuilt()
let patterns: RegExp[] = []
const lines: string[] = []

beforeAll(async () => {
  const { FORMATS } = await import('../../../pipeline/parse/formats/index.js')
  const { parseRecord } = await import('../../../pipeline/parse/record.js')
  const { NO_ENRICHMENT } = await import('../../../pipeline/parse/enrich.js')
  await import('../../../pipeline/match/pack.js')
  // Some are built when a line first asks for them.
  for (const { id } of FORMATS)
    for (const file of readdirSync(join(ROOT, 'fixtures/formats', id)).filter((f) => f.endsWith('.log')))
      for (const text of readFileSync(join(ROOT, 'fixtures/formats', id, file), 'latin1')
        .split('\n')
        .slice(0, 40)) {
        lines.push(text.slice(0, 400))
        parseRecord(text, {
          ...{ formats: FORMATS, host: 'h', logName: 'l', entryFor: () => ({}), enrichment: NO_ENRICHMENT },
          ...{ shownValues: new Set<string>(), receivedAtMs: Date.parse('2026-12-01T00:00:00Z'), anonymous: true },
        })
      }
  patterns = distinct([
    ...['parse', 'match', 'diagnose'].flatMap((folder) => literalsBelow(join(ROOT, 'pipeline', folder))),
    ...built.stop(),
  ])
})
afterAll(() => built.stop())

/** @returns the text on which the pattern costs too much */
const growsOn = (pattern: RegExp): string | undefined => confirmed(pattern, suspectsOf(pattern))

describe('a pattern that is super-linear gets found', () => {
  test.each([
    [/\s+$/, 'any place may begin it'],
    [/key=.*value/, 'each key looks to the end'],
    [/^a.*b.*c$/, 'two gaps over the same text'],
    [/^\s*\s*x/, 'two loops side by side'],
    [/^(?:\w+\s?)*$/, 'a loop in a loop'],
    [/^(?:a?b?)*c/, 'two ways around'],
    [/^(?:\d{1,20} ?){3,24}$/, 'bounded, and yet it explodes'],
    [/^x.{0,300}y.{0,300}y.{0,300}z/, 'bounds that multiply'],
    [/x(?=.*y)/, 'a look ahead from every place'],
  ])('%s: %s', (pattern) => {
    expect(growsOn(pattern)).toBeDefined()
  })
})

describe('one that is linear does not', () => {
  test.each([
    /^[^,]*,[^,]*,x/,
    /(?:a|b)\d{1,9} c/,
    /key=.*/,
    /(?<!\s)\s+$/,
    /upstream timed out.{0,80}while/,
    /^"(?:[^"\\]|\\.)*"$/,
  ])('%s', (pattern) => {
    expect(growsOn(pattern)).toBeUndefined()
  })
})

test('the patterns of all readers are looked at, those built from parts among them', () => {
  expect(patterns.length).toBeGreaterThan(1_300)
  expect(patterns.some((p) => p.source.includes('CTRL-EVENT-CONNECTED'))).toBe(true)
})

test('what is counted is what the engine does: both find the same', () => {
  const some = lines.filter((_, i) => i % 61 === 0)
  const differ = patterns
    // A property of Unicode counts as any character.
    .filter((p) => !/\\p/i.test(p.source))
    .flatMap((p) => {
      const program = programOf(treeOf(p))
      return some.flatMap((line) => {
        p.lastIndex = 0
        return runOf(program, line, p.sticky, 1e7).isMatch === p.test(line) ? [] : [`${p} on ${line}`]
      })
    })
  expect(some.length).toBeGreaterThan(20)
  expect(differ).toEqual([])
})

test('none of them is super-linear', () => {
  const grow = patterns.flatMap((p) => {
    const text = growsOn(p)
    return text === undefined ? [] : [`${String(p).slice(0, 200)} on ${text}`]
  })
  expect(grow).toEqual([])
})

test('a regex of a rule never goes back', async () => {
  const { compileWhere } = await import('../../../pipeline/match/sigma.js')
  // What only an engine that goes back can do is refused.
  expect(() => compileWhere({ 'message|re': '(?=a)b' })).toThrow()
})
