import { expect, test } from 'vitest'
import { eventOf } from './event-of.js'

/** Where a wait stopped, by the words of curl and Go alone. Source: curl lib/multi.c, multi_handle_timeout; Go net/dial.go, OpError without an address. */
test.each([
  [
    '2026-11-18 12:14:12 ERROR curl: (28) Operation timed out after 30001 milliseconds with 1000 out of 9700 bytes received',
    'response-timeout',
  ],
  [
    '2026-11-18 12:14:12 curl https://a.example/\ncurl: (28) Operation timed out after 30001 milliseconds with 1000 out of 9700 bytes received',
    'response-timeout',
  ],
  [
    '2026-11-18 12:14:12 curl https://a.example/\ncurl: (28) Operation timed out after 30001 milliseconds with 0 bytes received',
    'response-timeout',
  ],
  [
    '2026-11-18 12:14:12 curl https://a.example/\ncurl: (28) Connection timed out after 5001 milliseconds',
    'connect-timeout',
  ],
  [
    '2026-11-18 12:14:12 curl https://a.example/\ncurl: (28) Resolving timed out after 5001 milliseconds',
    'dns-timeout',
  ],
  [
    '2026-11-18 12:14:12 error: RPC failed; curl 28 Operation too slow. Less than 1000 bytes/sec transferred the last 30 seconds',
    'response-timeout',
  ],
  ['2026-11-18 12:14:12 FATAL Post https://api.example/v1: dial tcp: i/o timeout', 'dns-timeout'],
  ['2026-11-18 12:14:12 FATAL Post https://api.example/v1: dial tcp 203.0.113.9:443: i/o timeout', 'connect-timeout'],
  ['2026-11-18 12:14:12 ERROR write: i/o timeout', 'response-timeout'],
  ['[proxy-5021] DEBUG 2026/11/18 12:14:12 write: i/o timeout', 'response-timeout'],
  [
    '2026-11-18 12:14:12 ERROR elasticsearch.exceptions.ConnectionTimeout: ConnectionTimeout caused by - ReadTimeoutError(x)',
    'response-timeout',
  ],
  [
    '2026-11-18 12:14:12 ERROR connect to mx.example[2001:db8::1]:25: Cannot assign requested address',
    'network-unreachable',
  ],
  [
    '2026-11-18 12:14:12 ERROR connect to mx.example[203.0.113.9]:25: Cannot assign requested address',
    'ports-exhausted',
  ],
])('%s', (line, action) => {
  expect(eventOf(line)['event.action']).toBe(action)
})
