import { expect, test } from 'vitest'
import { eventOf } from './event-of.js'

/** In the layout of ingress-nginx: length, time and status of the upstream's answer. */
const entry = (length: number, secs: string) =>
  `192.0.2.133 - - [31/Mar/2026:13:46:35 +0000] "POST /v1/authorize HTTP/1.1" 504 229 "-" "posd/3.8" 749 ${secs} [payments-authgw-8080] [] 10.40.9.142:8080 ${length} ${secs} 504 52ee79ab952cbfae`

test('a 504 that an upstream sent is its answer; one that it sent nothing for is the wait that ran out', () => {
  expect(eventOf(entry(229, '10.013'))['event.action']).toBe('request-failed')
  expect(eventOf(entry(0, '10.013'))['event.action']).toBe('response-timeout')
})
test("Log4j2's instant has its nanoseconds", () =>
  expect(
    eventOf(
      '{"instant":{"epochSecond":1773298165,"nanoOfSecond":254633407},"level":"WARN","loggerName":"a.B","message":"closing"}',
    )['@timestamp'],
  ).toBe('2026-03-12T06:49:25.254Z'))

test("log4j's instant with its milliseconds", () => {
  const line = '{"instant":{"epochSecond":1763978405,"epochMillisOfSecond":87},"level":"ERROR","message":"Sale failed"}'
  expect(eventOf(line)['@timestamp']).toBe('2025-11-24T10:00:05.087Z')
})
