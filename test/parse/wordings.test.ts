import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import type { LogEvent } from '../../schemas/event.js'

/** One wording a line, of libraries, systems and firmware in English and Chinese, from their sources and manuals: message, action, phase, limit in ms. */
const WORDINGS = readFileSync(join(import.meta.dirname, 'wordings.tsv'), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t') as [string, string, string?, string?])

/** The one event of a line as an application writes it. */
function eventOf(message: string): LogEvent {
  const outcome = parseRecord(`2026-11-24 10:00:00.123 ERROR [main] c.e.pay.Link - ${message}`, {
    formats: FORMATS,
    host: 'h',
    logName: 'app.log',
    entryFor: () => ({}),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.parse('2026-12-01T00:00:00Z'),
  })
  if (outcome.kind !== 'events') throw new Error(outcome.code)
  return outcome.events[0]?.event as LogEvent
}

describe('wordings of many makers, in our words', () => {
  test.each(WORDINGS)('%s', (message, action, phase = '', limitMs = '') => {
    const event = eventOf(message)
    expect([event['event.action'], event['whytimeout.phase'] ?? '']).toEqual([action, phase])
    if (limitMs !== '') expect(event['whytimeout.limit_ms']).toBe(Number(limitMs))
  })
})
