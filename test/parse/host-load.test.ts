import { expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const AT = '2026-11-18 12:14:12 INFO'
test.each([
  ['Diag: CPU 99 % (ekrn.exe 91 %, TPVPago.exe 1 %), RAM libre 101 MB', 99],
  ['Rechner: CPU-Auslastung 97,5 %, Speicher 41 %', 97.5],
  ['host load cpu_percent=98.5 mem_percent=40', 98.5],
  ["'gw1' cpu usage of 97.7% matches resource limit [cpu usage > 90.0%]", 97.7],
  ['终端状态 CPU使用率 96% 内存 41%', 96],
])('%s', (text, percent) => {
  const event = eventOf(`${AT} ${text}`)
  expect(event['event.action']).toBe('cpu-usage')
  expect(event['whytimeout.cpu_percent']).toBe(percent)
})
test.each(['CPU 4711 ready', 'discount 99 % of CPUs', 'sale failed, CPU 97 %: Read timed out'])(
  'near miss: %s',
  (text) => expect(eventOf(`${AT} ${text}`)['whytimeout.cpu_percent']).toBeUndefined(),
)
