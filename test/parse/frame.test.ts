import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BLOCKS } from '../../pipeline/parse/formats/index.js'
import { createFramer, type RawRecord } from '../../pipeline/parse/frame.js'

const frame = (text: string, limits?: { maxLines: number; maxBytes: number }): RawRecord[] => {
  const framer = createFramer(BLOCKS, limits)
  return [...text.split('\n').flatMap((line, i) => framer.push(line, i + 1)), ...framer.flush()]
}
const texts = (text: string): string[] => frame(text).map((r) => r.text)

const JUL =
  'Nov 23, 2026 10:55:15 PM lab.Pos main\nSEVERE: sale failed tid=T1\njava.net.SocketTimeoutException: Connect timed out\n\tat a.B.c(B.java:1)'
const PYTHON =
  '2026-03-02 10:00:00,123 ERROR [till] failed\nTraceback (most recent call last):\n  File "/x.py", line 1, in f\nTimeoutError: timed out\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\nValueError: x'
const JPOS =
  '<log realm="q2" at="2026-03-02T10:00:00.1">\n  <receive>\n    2026-03-02 10:00:00 inside\n  </receive>\n</log>'
const CURL =
  '=== 2026-03-02 10:00:00 +0000 sale tid=T1\n10:00:00.100000 *   Trying 192.0.2.10:443...\n10:00:02.100000 * ipv4 connect timeout after 1999ms, move on!\ncurl: (28) Timeout was reached'
/** The answer's body runs into what is written next. */
const CURL_BODY =
  '=== 2026-03-02 10:00:00 +0000 sale tid=T1\n{"rc":"00"}10:00:00.100000 *   Trying 192.0.2.10:443...\n10:00:00.200000 *  expire date: Nov 20 14:14:52 2036 GMT\n10:00:00.300000 < HTTP/1.1 200 OK'
const LINE =
  'Mar  2 10:00:00 gw haproxy[1]: 192.0.2.7:5301 [02/Mar/2026:10:00:00.185] fe be/s1 1/1/4 0 -- 6/3/2/2/1 0/0'

test('a ruled date begins what a script prints next', () => {
  const ping = (date: string) =>
    `${date} wan eth1\n--- 198.51.100.17 ping statistics ---\n20 packets transmitted, 20 packets received`
  for (const rule of ['###', '=====', '-----', '***'])
    expect(
      texts([ping(`${rule} Tue Mar 17 18:00:00 EET 2026`), ping(`${rule} Tue Mar 17 18:02:00 EET 2026`)].join('\n')),
    ).toHaveLength(2)
})
test("an entry of the journal's export begins with its cursor", () => {
  const entry = (n: number) =>
    `__CURSOR=s=1;i=${n}\n__REALTIME_TIMESTAMP=177329641718949${n}\n_HOSTNAME=till\nMESSAGE=up`
  expect(texts(`${entry(1)}\n\n${entry(2)}`)).toHaveLength(2)
})

describe('records', () => {
  test.each([
    ['a two-line java.util.logging head with its trace', JUL],
    ['a chained Python traceback, blank lines and all', PYTHON],
    ['a jPOS block, though a line in it begins with a time', JPOS],
    ['a curl transfer, though its lines begin with times', CURL],
    ['a curl transfer with the body of the one before', CURL_BODY],
    ['pretty-printed JSON', '{\n  "@timestamp": "2026-03-02T10:00:00Z",\n  "message": "a } brace"\n}'],
  ])('%s is one record', (_, text) =>
    expect(frame(`${LINE}\n${text}\n${LINE}`).map((r) => r.lines)).toEqual([
      1,
      text.split('\n').filter((l, i, all) => l !== '' || (text.startsWith('{') && all[i] !== undefined)).length,
      1,
    ]),
  )

  test.each([
    'till-7 2026-03-02 10:00:00.123 connect timed out',
    'web_1  | 2026-03-02T10:00:00Z connect timed out',
    '000123: *Mar  2 10:00:00.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down',
    '[main] [2026-03-02 10:00:00] connect timed out',
    'time="2026-03-02T10:00:00Z" level=error msg="connect timed out"',
    'ts=1772445600.123 level=error msg="connect timed out"',
    'pos 02/Mar/2026:10:00:00 connect timed out',
  ])('a time behind a name begins a record: %s', (line) =>
    expect(texts(`${line}\n\tat a.B.c(B.java:1)\n${line}`)).toHaveLength(2),
  )
  test.each([
    'Caused by: java.io.IOException: at 2026-03-02 10:00:00 the line was cut',
    'Date: Mon, 02 Mar 2026 10:00:00 GMT',
    'retry after 2026-03-02 10:00:00',
    '#Date: 2026-03-02 10:00:00',
    '  till-7 2026-03-02 10:00:00 indented',
    'session 1772445600 ended',
    'until 2026-03-02 10:00:00 nothing came',
  ])('a time in a line of text does not: %s', (line) =>
    expect(texts(`2026-03-02 10:00:00,123 ERROR [till] failed\n${line}`)).toHaveLength(1),
  )
  test('a second transfer without a dated head begins after the first one ended', () => {
    const first =
      '10:00:00.100000 *   Trying 192.0.2.10:443...\n10:00:00.200000 * Connected to x (192.0.2.10) port 443\n10:00:00.900000 * Connection #0 to host x left intact'
    expect(texts(`${first}\n${first}`)).toEqual([first, first])
  })
  test('an address tried after another stays in its transfer', () => {
    const one =
      '10:00:00.100000 *   Trying [2001:db8::1]:443...\n10:00:00.200000 *   Trying 192.0.2.10:443...\ncurl: (28) x'
    expect(texts(one)).toEqual([one])
  })
  test('lines without anything before them are records of their own kind; blank lines are none', () => {
    expect(texts('\n\nno time here\n\n')).toEqual(['no time here'])
  })
  test('past its limits a record is cut and the rest swallowed, not made into more records', () => {
    const long = `${LINE}\n${'\tat x\n'.repeat(50)}${LINE}`
    const records = frame(long, { maxLines: 10, maxBytes: 10_000 })
    expect(records.map((r) => [r.truncated, r.text.split('\n').length])).toEqual([
      [true, 10],
      [false, 1],
    ])
  })
})

test('the parts of a log, cut at record boundaries, give the same records', () => {
  const pieces = fc.array(fc.constantFrom(JUL, PYTHON, JPOS, CURL, LINE), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(pieces, fc.nat(12), (list, at) => {
      const whole = texts(list.join('\n'))
      const parts = [...texts(list.slice(0, at).join('\n')), ...texts(list.slice(at).join('\n'))]
      expect(parts).toEqual(whole)
      expect(whole.length).toBe(list.length)
    }),
  )
})

test('any lines are answered; nothing but blank lines is lost', () => {
  const line = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.constantFrom(...`${JUL}\n${JPOS}\n${CURL}\n${LINE}\n{\n}`.split('\n')),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const flat = lines.map((l) => l.replace(/[\r\n]/g, ''))
      const kept = frame(flat.join('\n'))
        .flatMap((r) => r.text.split('\n'))
        .filter((l) => l.trim() !== '')
      expect(kept).toEqual(flat.filter((l) => l.trim() !== ''))
    }),
  )
})
