import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import { decodeEvent, encodeEvent, type StreamEvent } from '../../pipeline/stream/messages.js'

const ROOT = join(import.meta.dirname, '../../fixtures')
const lines = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.log'))
  .flatMap((f) => readFileSync(join(ROOT, f), 'latin1').split('\n').slice(0, 60))

const eventsOf = (text: string, skewMs = 0, host?: string): StreamEvent[] => {
  const outcome = parseRecord(text, {
    formats: FORMATS,
    host,
    logName: 'app.log',
    entryFor: () => ({ skew_ms: skewMs }),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.parse('2026-12-01T00:00:00Z'),
  })
  if (outcome.kind !== 'events') return []
  return outcome.events.map((e, n) => ({
    at: e.at,
    id: e.id,
    n,
    origin: outcome.origin,
    realm: 'default',
    event: e.event,
    signals: n % 2 === 0 ? [] : ['some-signal'],
    raw: { topic: 'raw', partition: 3, offset: 2 ** 40, line: 7 },
    received: e.at + 5,
  }))
}
const all = lines.flatMap((line) => [...eventsOf(line), ...eventsOf(line, 28_800_000, 'till-1')])

describe('an event travels as it is', () => {
  test('all events of the fixtures, by clocks that are right and wrong', () => {
    expect(all.length).toBeGreaterThan(1_000)
    for (const e of all) expect(decodeEvent(encodeEvent(e))).toEqual(e)
    const [first] = all as [StreamEvent]
    expect(decodeEvent(encodeEvent({ ...first, open: true }))).toEqual({ ...first, open: true })
  })

  test('with any field changed or taken away', () => {
    const name = fc.constantFrom(...new Set(all.flatMap((e) => Object.keys(e.event))))
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom(undefined, 1e300, Number.MAX_SAFE_INTEGER),
    )
    fc.assert(
      fc.property(fc.constantFrom(...all), name, value, (e, field, changed) => {
        if (field === '@timestamp') return
        const { [field as 'message']: _, ...rest } = e.event
        const event = changed === undefined ? rest : { ...rest, [field]: changed }
        const sent = { ...e, event: event as StreamEvent['event'] }
        expect(decodeEvent(encodeEvent(sent))).toEqual(sent)
      }),
      { numRuns: 2_000 },
    )
  })

  test('in far fewer bytes than written out', () => {
    const size = (encode: (e: StreamEvent) => string) => all.reduce((sum, e) => sum + encode(e).length, 0)
    expect(size(encodeEvent)).toBeLessThan(size(JSON.stringify) * 0.6)
  })
})

const HEAD = Array.from({ length: 15 }, (_, i) => i)
test('what is no event is told, whatever it is', () => {
  const text = encodeEvent(all[0] as StreamEvent)
  const row = JSON.parse(text) as unknown[]
  const foreign = [
    ...['', 'x', '{}', '[]', '[1]', 'null', '"[]"', JSON.stringify(all[0]), '["1:a"]', text.slice(0, -1), `${text}x`],
    // Whether the record may still grow is the one item of the head that may be anything.
    ...HEAD.filter((i) => i !== 11).map((i) => JSON.stringify([...row.slice(0, i), null, ...row.slice(i + 1)])),
    JSON.stringify([...row, 1]),
    JSON.stringify(['999:__proto__', ...row.slice(1, 15), { isEvil: true }]),
    JSON.stringify([row[0], 8.7e15, ...row.slice(2)]),
  ]
  for (const bad of foreign) expect(decodeEvent(bad), bad).toBeUndefined()
  fc.assert(fc.property(fc.json(), (json) => void decodeEvent(json)))
})
