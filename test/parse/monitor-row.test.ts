import { describe, expect, test } from 'vitest'
import { isHeader } from '../../pipeline/parse/columns.js'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { parseRecord } from '../../pipeline/parse/record.js'

const rowOf = (header: string, row: string) => {
  const outcome = parseRecord(row, {
    formats: FORMATS,
    host: 'rt1',
    logName: 'monitor.csv',
    entryFor: () => ({ columns: [header] }),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.parse('2026-12-02T00:00:00Z'),
  })
  return outcome.kind === 'events' ? outcome.events[0]?.event : undefined
}

describe('tables of probes', () => {
  const HEADER = 'time,target,sent,rcvd,loss_pct,rtt_min_ms,rtt_avg_ms,rtt_max_ms'
  test('the header names columns', () => expect(isHeader(HEADER)).toBe(true))
  test('some are lost', () => {
    const e = rowOf(HEADER, '2026-12-01T22:13:08Z,switch,5,2,60,10.1,12.4,15.0')
    expect(e?.['event.action']).toBe('probe-answered')
    expect(e?.['whytimeout.loss_percent']).toBe(60)
    expect(e?.['whytimeout.rtt_ms']).toBe(12.4)
    expect(e?.['destination.domain']).toBe('switch')
  })
  test('all are lost: no round trip', () => {
    const e = rowOf(HEADER, '2026-12-01T22:13:08Z,192.0.2.1,5,0,100,,,')
    expect(e?.['event.action']).toBe('probe-lost')
    expect(e?.['destination.ip']).toBe('192.0.2.1')
    expect(e?.['whytimeout.rtt_ms']).toBeUndefined()
  })
  test('under other names', () => {
    const e = rowOf('timestamp;peer;packet_loss;avg_rtt_ms', '2026-12-01 22:13:08;gw2;40%;31')
    expect(e?.['whytimeout.loss_percent']).toBe(40)
    expect(e?.['whytimeout.rtt_ms']).toBe(31)
  })
  test('near miss: a share of something else alone', () =>
    expect(rowOf('timestamp,host,loss,status', '2026-12-01 22:13:08,shop7,12,ok')?.['event.action']).not.toMatch(
      /^probe/,
    ))
})

describe('tables of counters', () => {
  test('a port and its errors', () => {
    const e = rowOf(
      'time_utc,port,descr,oper,speed,in_pkts,out_pkts,in_fcs_err,in_align_err',
      '2026-12-01 21:48:26,Gi0/6,lane3,up,1000-full,119,117,2,0',
    )
    expect(e?.['event.action']).toBe('counter-snapshot')
    expect(e?.['whytimeout.counters']).toEqual({
      'Gi0/6.in_pkts': 119,
      'Gi0/6.out_pkts': 117,
      'Gi0/6.in_fcs_err': 2,
      'Gi0/6.in_align_err': 0,
    })
  })
  test('near miss: a sale with one count of bytes', () =>
    expect(
      rowOf('time,terminal,stan,status,rx_bytes', '2026-12-01 21:48:26,T1,000123,ok,512')?.['event.action'],
    ).not.toBe('counter-snapshot'))
})
