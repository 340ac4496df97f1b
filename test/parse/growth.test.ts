import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { GATES } from '../../pipeline/parse/gate.js'
import { requiredLiterals } from '../../pipeline/parse/required-literals.js'

/**
 * No pattern of the readers is super-linear: each is tried on long texts made to mislead it, its own words among them, and four times the text may
 * cost no more than ten times as much (a quadratic pattern: sixteen). Patterns are those behind gates, and every literal in the sources.
 */
const ROOT = join(import.meta.dirname, '../../pipeline/parse')
const SMALL = 12_000
const FACTOR = 4
/** Processor time below which nothing is measurable. */
const QUICK_MS = 25

/** Literals of a source, found where a value may stand; what is no pattern does not compile and is none. */
function literalsIn(source: string): RegExp[] {
  const found: RegExp[] = []
  for (const m of source.matchAll(
    /(?<=[(,=:?[|&!]\s{0,40}|return )\/(?![/*])((?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([gimsy]{0,4})/g,
  )) {
    try {
      found.push(new RegExp(m[1] as string, (m[2] as string).replace(/[gy]/g, '')))
    } catch {
      // A division, or a piece of text.
    }
  }
  return found
}

const PATTERNS: readonly RegExp[] = [
  ...new Map(
    [
      ...GATES.map((g) => g.pattern),
      ...readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
        .filter((f) => f.endsWith('.ts'))
        .flatMap((f) => literalsIn(readFileSync(join(ROOT, f), 'utf8'))),
    ].map((p) => [String(p), p]),
  ).values(),
]

/** What runs and repeats in lines, and what the pattern itself looks for. */
function unitsFor(pattern: RegExp): string[] {
  const own = (() => {
    try {
      return requiredLiterals(pattern).map((clause) => clause[0] as string)
    } catch {
      return []
    }
  })()
  const words = own.join(' ')
  return [
    ...['a', '0', ' ', '.', '1.', '1:', '[', '"', 'a=', 'a b ', '\\"', '10.0.0.1 ', '超'],
    ...(words === '' ? [] : [words, `${words} `, `${words} 1`, `${own[0]}a`]),
  ]
}

function costMs(pattern: RegExp, text: string): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) {
    // Processor time, the best of several: other work on the machine only ever adds.
    const began = process.cpuUsage()
    pattern.exec(text)
    best = Math.min(best, process.cpuUsage(began).user / 1000)
    if (best < QUICK_MS) break
  }
  return best
}

/** @returns the unit on which the pattern grows faster than its text */
function growsOn(pattern: RegExp): string | undefined {
  return unitsFor(pattern).find((unit) => {
    const text = (length: number) => `${unit.repeat(Math.ceil(length / unit.length))}\u0000`
    const long = costMs(pattern, text(SMALL * FACTOR))
    return long > QUICK_MS && long > 10 * costMs(pattern, text(SMALL)) + QUICK_MS
  })
}

describe('no pattern is super-linear', () => {
  test('the patterns of all readers are looked at', () => {
    expect(FORMATS.length).toBeGreaterThan(50)
    expect(PATTERNS.length).toBeGreaterThan(800)
  })

  test('one that is gets found', () => {
    expect(growsOn(/\s+$/)).toBe(' ')
    expect(growsOn(/a.*b.*c/)).toBeDefined()
    expect(growsOn(/(?:a|b)\d{1,9} c/)).toBeUndefined()
  })

  test('four times the text costs about four times as much', () => {
    const grow = PATTERNS.flatMap((p) => {
      const unit = growsOn(p)
      return unit === undefined ? [] : [`${String(p).slice(0, 160)} on ${JSON.stringify(unit)}`]
    })
    expect(grow).toEqual([])
  }, 240_000)
})
