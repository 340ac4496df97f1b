import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { evaluate, type ScenarioResult } from '../../pipeline/run/eval.js'
import { CAUSES } from '../../schemas/vocabulary.js'

/** After all stories were recorded. */
const NOW = Date.parse('2026-12-01T00:00:00Z')
const STORIES = join(import.meta.dirname, '../../fixtures/incidents')

type Figures = { readonly labels: number; readonly found: number; readonly surplus: number; readonly right: number }
/** Floors (for `surplus` a ceiling), a little under what was reached; whoever betters a story raises them. */
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'stories.golden.json'), 'utf8')) as Record<
  string,
  Figures
>

/** What the lab adds to a label. */
type Labelled = { readonly mechanism?: string }

const figures = ({ matching, score }: ScenarioResult): Figures => ({
  labels: score.timeouts,
  found: score.found,
  surplus: matching.surplus.length,
  right: Math.round((score.top1 ?? 1) * score.found),
})

describe('labelled stories of other real software', async () => {
  const { total, scenarios } = await evaluate([STORIES], { now: NOW })

  test('each folder is scored, and each has its figures here', () => {
    expect(scenarios.map((s) => s.name)).toEqual(Object.keys(golden).sort())
    expect(readdirSync(STORIES, { withFileTypes: true }).filter((e) => e.isDirectory())).toHaveLength(scenarios.length)
  })

  test.each(scenarios.map((s) => [s.name, s] as const))('%s is not worse than it was', (name, s) => {
    const now = figures(s)
    const then = golden[name] as Figures
    expect(now.labels).toBe(then.labels)
    expect(now.found).toBeGreaterThanOrEqual(then.found)
    expect(now.surplus).toBeLessThanOrEqual(then.surplus)
    expect(now.right).toBeGreaterThanOrEqual(then.right)
  })

  test.each(CAUSES.map((c) => [c]))('%s has stories of several phases or mechanisms', (cause) => {
    const own = scenarios
      .flatMap(({ matching }) => [...matching.pairs.map((p) => p.truth), ...matching.missed])
      .filter((t) => t.cause === cause)
    const kinds = new Set(own.map((t) => `${t.phase} ${(t as Labelled).mechanism}`))
    expect(kinds.size).toBeGreaterThanOrEqual(2)
  })

  test('seldom wrong and sure', () => {
    expect(total.sure_wrong).toBeLessThanOrEqual(0.02)
  })
})
