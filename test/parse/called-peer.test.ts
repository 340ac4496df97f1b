import { describe, expect, test } from 'vitest'
import { readEnds } from '../../pipeline/parse/ends.js'
import { phaseByWords } from '../../pipeline/parse/given-up.js'
import { readText } from '../../pipeline/parse/text.js'

describe('a peer, where a program names its own port beside', () => {
  test.each([
    'ev=connect peer=203.0.113.9:9301 src_port=48134 err=deadline',
    'peer: 203.0.113.9:9301 failed, local_port=40022',
  ])('%s: is whom it called', (line) => expect(readEnds(line).destination).toEqual({ ip: '203.0.113.9', port: 9301 }))
  test.each([
    ['peer=203.0.113.9:50211 src_port=48134', 'an ephemeral port is a caller’s'],
    ['accepted peer=203.0.113.9:9301', 'no port of its own'],
    ['peer=203.0.113.9:9301 src_port=7001', 'its own port is a service’s'],
  ])('near miss: %s (%s)', (line) => expect(readEnds(line).source?.ip).toBe('203.0.113.9'))
})

test.each([
  ['ref=71-03949 ev=await_reply err=deadline', 'response'],
  ['state=tcp_connect', 'connect'],
  ['state=all_done', undefined],
])('a step that a field names: %s', (line, phase) => expect(phaseByWords(line)).toBe(phase))

test.each([
  ['мс: 1920', 1920],
  ['"мс":412', 412],
  ['nombre no resuelto [922 ms]', 922],
  ['200 A7731 en 86 ms', 86],
  ['host down [3 s]', 3_000],
])('how long it took: %s', (line, ms) => expect(readText(line).durationMs).toBe(ms))
test.each([
  ['processor returned 502 after 1009ms', 502],
  ['host answered with HTTP 503, trying the next', 503],
  ['query returned 500 rows in 12 ms', undefined],
  ['answered 450 of 500', undefined],
  ['returned 502 KB', undefined],
])('a status or a count: %s', (line, status) => expect(readText(line).status).toBe(status))
