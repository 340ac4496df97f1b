import { expect, test } from 'vitest'
import { columnsLineIn, isHeader } from '../../pipeline/parse/columns.js'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { BLOCKS, FORMATS } from '../../pipeline/parse/formats/index.js'
import { createFramer } from '../../pipeline/parse/frame.js'
import { parseRecord } from '../../pipeline/parse/record.js'

const W3C = [
  '#Software: Microsoft Internet Information Services 10.0',
  '#Version: 1.0',
  '#Date: 2026-11-24 10:00:00',
  '#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken',
]
const ROW = '2026-11-24 10:00:01 100.64.1.7 POST /iso/sale 502 30015'

/** What each record gives: its number of events, or why it is dead. */
function readAll(lines: readonly string[]): (number | string)[] {
  const columns = lines.flatMap((line) => columnsLineIn(line) ?? [])
  const framer = createFramer(BLOCKS)
  return [...lines.flatMap((line, i) => framer.push(line, i + 1)), ...framer.flush()].map((r) => {
    const outcome = parseRecord(r.text, {
      ...{ formats: FORMATS, host: 'h', logName: 'l', entryFor: () => ({ columns }), enrichment: NO_ENRICHMENT },
      ...{ shownValues: new Set<string>(), receivedAtMs: Date.parse('2026-12-01T00:00:00Z') },
    })
    return outcome.kind === 'dead' ? outcome.code : outcome.events.length
  })
}

test('a header gives no event and is no dead letter', () => {
  expect(readAll([...W3C, ROW, ROW])).toEqual([0, 1, 1])
  expect(
    readAll(['Date,Time,Source IP,Destination IP,Action', '2026-11-24,10:00:31,10.0.0.9,203.0.113.10,Deny']),
  ).toEqual([0, 1])
  expect(
    readAll(['#separator \\x09', '#set_separator\t,', '#path\tconn', '#fields\tts\tid.orig_h\tid.resp_h']),
  ).toEqual([0])
  expect(
    readAll([
      '"TimeCreated","Id","LevelDisplayName","ProviderName","Message"',
      '"23/06/2026 14:10:00","1000","Information","Microsoft-Windows-Windows Defender","L’analyse a démarré."',
    ]),
  ).toEqual([0, 1])
  expect(readAll(['#close\t2026-11-24-11-00-00'])).toEqual([0])
})

test.each([
  ['Polish', 'czas;terminal;stan;zdarzenie;ms', '2026-11-24 10:00:31;KS-0417;000311;approved;612'],
  ['German', 'Zeitpunkt;Terminal;STAN;Ereignis;ms', '24.11.2026 10:00:31;KB-2201;000518;approved;433'],
  ['Spanish', 'Fecha y hora;Terminal;STAN;Evento;ms', '2026-11-24 10:00:31;CJ-0093;000622;approved;433'],
  ['Chinese', '时间,terminal,stan,message', '2026-11-24 10:00:31,TA004442,004117,approved'],
])('a header may be %s', (_, header, row) => {
  expect(isHeader(header)).toBe(true)
  expect(readAll([header, row])).toEqual([0, 1])
})

test('a log that is opened again names its columns again, and its last row stays whole', () => {
  expect(readAll([...W3C, ROW, ...W3C, ROW])).toEqual([0, 1, 0, 1])
})

test('a comment, a sentence with commas and a row are none', () => {
  expect(isHeader('# a comment')).toBe(false)
  expect(isHeader('The server, the client, the message and the date')).toBe(false)
  expect(isHeader(ROW)).toBe(false)
  expect(readAll(['no time, no event, nothing'])).toEqual(['PARSE_NO_TIME'])
})
