import { describe, expect, test } from 'vitest'
import { readNetworkError } from '../../pipeline/parse/network-error.js'
import { eventOf } from './event-of.js'

const read = (text: string) => {
  const error = readNetworkError(text)
  return [error?.phase, error?.isWhole]
}
const python = (...frames: string[]) =>
  [
    'Traceback (most recent call last):',
    ...frames.flatMap((f) => [`  File "till.py", line 7, in ${f}`, `    ${f}()`]),
  ].join('\n')

describe('words that do not tell in which step the limit ran out', () => {
  test.each([
    'TimeoutError: timed out',
    'socket.timeout: timed out',
    "TimeoutError('timed out')",
    'TimeoutError("timed out")',
    "socket.timeout('timed out')",
    'sale 000731 failed: TimeoutError: timed out',
    'sale 000731: TimeoutError: timed out after 6002 ms',
  ])('of CPython: %s', (text) => expect(read(text)).toEqual(['response', true]))
  test.each([
    'sale 000731: gave up after 6000 ms',
    'sale 000731: gave up waiting after 6000 ms',
    'sale 000731 err=deadline',
    'sale 000731: nothing came within 8 s',
    'host link unanswered',
    'Zeitüberschreitung',
    'tiempo agotado',
    'délai dépassé (6000 ms)',
  ])('of the language alone: %s', (text) => expect(read(text)).toEqual(['response', true]))
  test('the event says so', () => {
    const event = eventOf('2026-11-14 08:15:02.113 ERROR sale 000731 failed: TimeoutError: timed out')
    expect([event['event.action'], event['whytimeout.whole_limit']]).toEqual(['response-timeout', true])
  })
})

describe('near miss: words that do tell', () => {
  test.each([
    ['connect failed: TimeoutError: timed out', 'connect'],
    ['op=connect TimeoutError: timed out', 'connect'],
    ['TimeoutError: timed out while connecting to 198.51.100.4:9443', 'connect'],
    ['TimeoutError: [Errno 110] Connection timed out', 'connect'],
    ['stage=tls TimeoutError: timed out', 'tls'],
    ['TimeoutError: _ssl.c:989: The handshake operation timed out', 'tls'],
    ['lookup failed: TimeoutError: timed out', 'dns'],
    ['connecting: gave up after 6000 ms', 'connect'],
    ['handshake: gave up after 6000 ms', 'tls'],
    ['lookup gave up after 6000 ms', 'dns'],
    ['Zeitüberschreitung beim Verbindungsaufbau', 'connect'],
  ])('of another step: %s', (text, phase) => expect(read(text)).toEqual([phase, undefined]))
  test.each([
    'TimeoutError: The read operation timed out',
    'httpx.ReadTimeout: timed out',
    'ReadTimeoutError: timed out',
    'Read timed out',
    'sale 000731: no answer within 6000 ms',
    'awaiting reply: gave up after 6000 ms',
    'sale 000731: did not answer in time',
    'sale 000731: keine Antwort vom Host',
    'java.net.SocketTimeoutException: Read timed out',
  ])('of the answer: %s', (text) => expect(read(text)).toEqual(['response', undefined]))
  test.each([
    ['connect', ['sale', 'create_connection']],
    ['tls', ['sale', 'do_handshake']],
    ['response', ['sale', 'recv_into']],
  ])('a trace tells: %s', (phase, frames) =>
    expect(read(`${python(...frames)}\nTimeoutError: timed out`)).toEqual([phase, undefined]),
  )
  test('a trace behind the words tells too', () =>
    expect(read('TimeoutError: timed out\n    at read (link.js:3:1)')).toEqual(['response', undefined]))
  test('the event of one that tells does not say so', () => {
    const event = eventOf('2026-11-14 08:15:02.113 ERROR sale 000731 failed: no answer within 6000 ms')
    expect([event['event.action'], event['whytimeout.whole_limit']]).toEqual(['response-timeout', undefined])
  })
})
