import { describe, expect, test } from 'vitest'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { influx } from '../../pipeline/parse/formats/influx.js'
import { timeAtEnd } from '../../pipeline/parse/line-protocol.js'
import { timeSpans } from '../../pipeline/parse/record.js'

const NOW = Date.parse('2026-12-01T00:00:00Z')

describe('line protocol', () => {
  test.each(['1795445580', '1795445580000', '1795445580000000', '1795445580000000000'])(
    'reads a time of %s',
    (digits) => {
      expect(timeAtEnd(`weather,room=till\\ 7 temp=21.5 ${digits}`)?.time.epochMs).toBe(1_795_445_580_000)
    },
  )

  test.each([
    'till-7 started pid=12 at 1795445580',
    'weather temp=21.5',
    'weather temp=warm 1795445580',
    'weather temp="warm 1795445580',
    'weather 1795445580',
    'connect to gateway=10.0.0.7 failed after 1795445580',
  ])('is not %s', (line) => {
    expect(influx.detect(line, {})).toBe(0)
  })

  test('shows the digits of its time, and hides those of a card in its place', () => {
    // Both pass Luhn.
    expect(timeSpans('ping,url=a result_code=0i 1795445600000000000', {}, NOW)).toHaveLength(1)
    expect(timeSpans('ping,url=a result_code=0i 4111111111111111', {}, NOW)).toEqual([])
  })

  test('bids for its lines above all others', () => {
    const line =
      'net_response,port=9443,result=timeout,server=gw result_code=1i,result_type="timeout" 1795445590000000000'
    const bids = FORMATS.map((f) => [f.id, f.detect(line, {})] as const).sort((a, b) => b[1] - a[1])
    expect(bids[0]?.[0]).toBe('influx')
  })
})
