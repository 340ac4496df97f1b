import { describe, expect, test } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import { partsOf } from '../../pipeline/stream/raw-message.js'

const read = (text: string) =>
  parseRecord(text, {
    formats: FORMATS,
    host: 'till-1',
    logName: 'pos.log',
    entryFor: () => ({}),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.parse('2026-03-07T00:00:00Z'),
  })
const KiB = 1024

describe('what no message could hold', () => {
  test.each([
    ['plain', 'x'],
    ['quotes', '"'],
    ['backslashes', '\\'],
    ['control characters', '\u0001'],
    ['Chinese', Buffer.from('超').toString('latin1')],
  ])('a record of 256 KiB of %s gives events that fit, or is a dead letter', (_, filling) => {
    for (const [head, tail] of [
      ['2026-03-06 10:00:00.000 ERROR sale failed tid=T1 connect timed out to 192.0.2.10:443 ', ''],
      ['192.0.2.7 - - [06/Mar/2026:10:00:00 +0000] "GET /', ' HTTP/1.1" 504 0 "-" "x" rt=5.000'],
      ['{"@timestamp":"2026-03-06T10:00:00.000Z","message":"connect timed out","url":"', '"}'],
    ] as const) {
      const text = `${head}${filling.repeat((256 * KiB) / filling.length - 200)}${tail}`
      const outcome = read(text)
      if (outcome.kind === 'dead') {
        expect(outcome.bytes.length).toBe(text.length)
        expect(outcome.original.length).toBeLessThanOrEqual(16 * KiB)
      } else
        for (const { event } of outcome.events)
          expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(400 * KiB)
    }
  })
  test('a name that is no name is cut', () => {
    const message = {
      offset: 0n,
      timestamp: 0,
      key: undefined,
      value: Buffer.from('x'),
      headers: { host: 'h'.repeat(500_000), log: 'l'.repeat(500_000) },
    }
    expect(partsOf(message, 'raw').map((p) => [p.host?.length, p.log.length])).toEqual([[255, 255]])
  })
})
