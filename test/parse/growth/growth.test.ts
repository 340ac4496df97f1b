import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { confirmed } from './cost.js'
import { distinct, literalsBelow, recordingBuilt } from './patterns.js'
import { suspectsOf } from './suspects.js'

/**
 * No pattern of the readers is super-linear. Each is turned into the automaton that it is; where no text can be read in a number of ways that grows,
 * it is linear by construction, and nothing is measured. Of the few that remain, the automaton gives the text that would do it, and that text is
 * tried: it holds only if a character costs a thousand times what it costs a plain loop beside it.
 *
 * The patterns of the rules run on RE2's algorithm (re2js), which is linear by construction: it never goes back.
 */
const ROOT = join(import.meta.dirname, '../../..')

const built = recordingBuilt()
let patterns: RegExp[] = []

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
        .slice(0, 40))
        parseRecord(text, {
          ...{ formats: FORMATS, host: 'h', logName: 'l', entryFor: () => ({}), enrichment: NO_ENRICHMENT },
          ...{ shownValues: new Set<string>(), receivedAtMs: Date.parse('2026-12-01T00:00:00Z'), anonymous: true },
        })
  patterns = distinct([
    ...['parse', 'match', 'diagnose'].flatMap((folder) => literalsBelow(join(ROOT, 'pipeline', folder))),
    ...built.stop(),
  ])
})
afterAll(() => built.stop())

/** Time is measured, and a machine may be busy: what costs too much does so each time. */
const TIMES = 6
/** @returns the text on which the pattern costs too much */
const growsOn = (pattern: RegExp): string | undefined => {
  const suspects = suspectsOf(pattern)
  let text: string | undefined
  for (let i = 0; i < TIMES; i++) {
    text = confirmed(pattern, suspects)
    if (text === undefined) return undefined
  }
  return text
}

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
