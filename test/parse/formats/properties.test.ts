import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnsLineIn } from '../../../pipeline/parse/columns.js'
import { NO_ENRICHMENT } from '../../../pipeline/parse/enrich.js'
import { FORMATS } from '../../../pipeline/parse/formats/index.js'
import { type Outcome, parseRecord } from '../../../pipeline/parse/record.js'
import { LogEvent } from '../../../schemas/event.js'

const ROOT = join(import.meta.dirname, '../../../fixtures/formats')
const linesOf = (id: string): string[] =>
  readdirSync(join(ROOT, id))
    .filter((f) => f.endsWith('.log'))
    .flatMap((f) => readFileSync(join(ROOT, id, f), 'latin1').split('\n'))
/** Rows are read under the header of their origin. */
const columnsOf = (lines: readonly string[]): string[] =>
  lines.map((l) => l.trimEnd()).filter((l) => columnsLineIn(l) !== undefined)
const read = (text: string, columns: readonly string[]): Outcome =>
  parseRecord(text, {
    formats: FORMATS,
    host: 'h',
    logName: 'l',
    entryFor: () => ({ columns: [...columns] }),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.parse('2026-12-01T00:00:00Z'),
  })

const check = (outcome: Outcome) => {
  if (outcome.kind === 'events') for (const { event } of outcome.events) LogEvent.parse(event)
  else expect(outcome.code).toMatch(/^PARSE_/)
}

describe.each(FORMATS)('$id', ({ id, parse, detect }) => {
  const lines = linesOf(id)
  const line = fc.constantFrom(...lines)
  const columns = columnsOf(lines)

  test('any bytes, any truncation, any two lines joined: an event, a reject or not mine', () => {
    fc.assert(
      fc.property(line, line, fc.nat(400), fc.string({ maxLength: 80 }), (a, b, cut, noise) => {
        for (const text of [a.slice(0, cut), `${a}${b}`, `${a}\n${b}`, a.slice(0, cut) + noise + a.slice(cut), noise]) {
          parse(text, { columns })
          expect(detect(text, { columns })).toBeGreaterThanOrEqual(0)
          check(read(text, columns))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('time grows in proportion to length', () => {
    const unit = lines.slice(0, 4).join(' ')
    const cost = (n: number): number => {
      const text = `${lines[0] ?? ''}${unit.repeat(n)}`
      let best = Number.POSITIVE_INFINITY
      // The best of several: other work on the machine only ever adds.
      for (let i = 0; i < 7; i++) {
        // Processor time: a busy machine makes the clock run on.
        const began = process.cpuUsage()
        read(text, columns)
        parse(text, { columns })
        best = Math.min(best, process.cpuUsage(began).user / 1000)
      }
      return best
    }
    cost(20)
    // Eight times the text: a quadratic pattern would take 64 times as long, each time it is tried.
    const isDear = () => cost(400) >= cost(50) * 24 + 60
    expect(isDear() && isDear() && isDear() && isDear()).toBe(false)
  })
})
