import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import type { LogEvent } from '../../schemas/event.js'

/** The one event of a line, of whose origin nothing is known. */
export function eventOf(line: string): LogEvent {
  const outcome = parseRecord(line, {
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
