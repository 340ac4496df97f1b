import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { columnsLineIn } from '../../../pipeline/parse/columns.js'
import { NO_ENRICHMENT } from '../../../pipeline/parse/enrich.js'
import { BLOCKS, FORMATS } from '../../../pipeline/parse/formats/index.js'
import { createFramer } from '../../../pipeline/parse/frame.js'
import { type Outcome, parseRecord } from '../../../pipeline/parse/record.js'
import { LogEvent } from '../../../schemas/event.js'

const ROOT = join(import.meta.dirname, '../../../fixtures/formats')

function outcomesOf(path: string): Outcome[] {
  const framer = createFramer(BLOCKS)
  const lines = readFileSync(path, 'latin1').split('\n')
  const columns = lines.flatMap((line) => (columnsLineIn(line.trimEnd()) === undefined ? [] : [line.trimEnd()]))
  const records = [...lines.flatMap((line, i) => framer.push(line, i + 1)), ...framer.flush()]
  return records.map((r) =>
    parseRecord(r.text, {
      formats: FORMATS,
      host: 'box',
      logName: 'sample.log',
      entryFor: () => ({ columns }),
      enrichment: NO_ENRICHMENT,
      shownValues: new Set(),
      receivedAtMs: Date.parse('2026-12-01T00:00:00Z'),
    }),
  )
}

/** What a golden keeps: the fields, not what repeats the input or is the same everywhere. */
function gist(outcome: Outcome): unknown {
  if (outcome.kind === 'dead') return { dead: outcome.code, detail: outcome.detail }
  return outcome.events.map(({ event }) => {
    const { 'event.original': _, 'event.id': __, 'event.module': ___, ...rest } = event
    return Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

describe.each(FORMATS)('$id', ({ id }) => {
  const folder = join(ROOT, id)
  const logs = readdirSync(folder).filter((f) => f.endsWith('.log'))

  test('has fixtures and says where they come from', () => {
    expect(logs).not.toEqual([])
    expect(readdirSync(folder)).toContain('README.md')
  })

  test.each(logs)('%s', async (log) => {
    const outcomes = outcomesOf(join(folder, log))
    for (const o of outcomes) if (o.kind === 'events') for (const { event } of o.events) LogEvent.parse(event)
    const formats = outcomes.flatMap((o) => (o.kind === 'events' && o.events.length > 0 ? [o.format] : []))
    expect(formats.filter((f) => f === id).length, `lines read as ${id}`).toBeGreaterThan(formats.length * 0.6)
    await expect(`${JSON.stringify(outcomes.map(gist), null, 1)}\n`).toMatchFileSnapshot(
      join(folder, `${log}.expected.json`),
    )
  })
})
