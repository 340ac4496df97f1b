import { describe, expect, it } from 'vitest'
import { addPortCounters } from '../../pipeline/parse/port-counters.js'
import type { ParsedFields } from '../../schemas/event.js'

const read = (text: string, fields: ParsedFields = { 'event.action': 'other' }) => addPortCounters(fields, text)

describe('counters of interfaces and ports as pairs', () => {
  it.each([
    ['port 2 rx_crc_errors=397 late_collisions=56 speed=10', { '2.rx_crc_errors': 397, '2.late_collisions': 56 }],
    [
      '{"if":"eth0","rx_packets":99,"rx_errors":12,"rx_dropped":0}',
      { 'eth0.rx_packets': 99, 'eth0.rx_errors': 12, 'eth0.rx_dropped': 0 },
    ],
    ['iface=lan3 in_errors: 4 in_discards: 0', { 'lan3.in_errors': 4, 'lan3.in_discards': 0 }],
    ['fcs_errors=3', { fcs_errors: 3 }],
  ])('%s', (text, counters) => {
    expect(read(text)).toMatchObject({ 'event.action': 'counter-snapshot', 'whytimeout.counters': counters })
  })

  it.each(['carrier=1 speed=100', 'errors=3 in the last batch', 'rx_errors=none', 'frame=12', 'x.rx_errors=1.5'])(
    'no counters: %s',
    (text) => {
      expect(read(text)).toEqual({ 'event.action': 'other' })
    },
  )

  it('leaves alone what a format read', () => {
    expect(read('eth0 rx_errors=4', { 'event.action': 'link-down' })).toEqual({ 'event.action': 'link-down' })
  })
})
