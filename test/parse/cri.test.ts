import { expect, test } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { createFramer } from '../../pipeline/parse/frame.js'
import { parseRecord } from '../../pipeline/parse/record.js'

const eventOf = (text: string) => {
  const outcome = parseRecord(text, {
    formats: FORMATS,
    host: 'node1',
    logName: '0.log',
    entryFor: () => ({}),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.parse('2026-12-01T00:00:00Z'),
  })
  return outcome.kind === 'events' ? outcome.events[0]?.event : outcome
}

test.each(['stdout F', 'stderr P', 'stdout F:x'])('%s around syslog around HAProxy is HAProxy', (tag) => {
  const line =
    'Nov 20 14:00:00 gw haproxy[1]: 192.0.2.7:5301 [20/Nov/2026:14:00:00.185] fe be/s1 1/1/4 0 -- 6/3/2/2/1 0/0'
  expect(eventOf(`2026-11-20T14:00:00.190000000Z ${tag} ${line}`)).toMatchObject({
    'event.dataset': 'haproxy',
    'host.name': 'gw',
    'source.ip': '192.0.2.7',
  })
})

test("a line without a time has the engine's", () =>
  expect(eventOf('2026-11-20T22:00:00.190000000+08:00 stderr F dial tcp 192.0.2.9:443: i/o timeout')).toMatchObject({
    '@timestamp': '2026-11-20T14:00:00.190Z',
    'event.action': 'connect-timeout',
    'destination.ip': '192.0.2.9',
    message: 'dial tcp 192.0.2.9:443: i/o timeout',
  }))

test('a line that the engine broke in parts is one again, whatever the other stream says meanwhile', () => {
  const framer = createFramer([])
  const at = (ms: number) => `2026-11-24T10:00:00.${ms}000000Z`
  const lines = [
    `${at(100)} stdout P 2026-11-24 10:00:00 ERROR sale fai`,
    `${at(101)} stderr F 2026-11-24 10:00:00 WARN other`,
    `${at(102)} stdout P led: read tim`,
    `${at(103)} stdout F ed out`,
    `${at(104)} stdout P 2026-11-24 10:00:01 INFO never en`,
  ]
  const records = [...lines.flatMap((line, i) => framer.push(line, i + 1)), ...framer.flush()]
  expect(records.map((r) => [r.line, r.text])).toEqual([
    [2, lines[1]],
    [1, `${at(100)} stdout F 2026-11-24 10:00:00 ERROR sale failed: read timed out`],
    [5, `${at(104)} stdout F 2026-11-24 10:00:01 INFO never en`],
  ])
})
