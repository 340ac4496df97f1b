import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BrokenDocument, createDocumentReader, isDocument } from '../../pipeline/parse/json-document.js'

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8')
function read(text: string, size = 7): string[] {
  const reader = createDocumentReader()
  const raw = latin1(text)
  const found: string[] = []
  for (let at = 0; at < raw.length; at += size) found.push(...reader.push(raw.slice(at, at + size)))
  return [...found, ...reader.end()].map(utf8)
}

const A =
  '{"time":"2026-11-24T10:00:00Z","msg":"连接超时","n":12345678901234567890,"d":1.50,"deep":{"a":[1,"x\\n",null,true]}}'
const B = '{"time":"2026-11-24T10:00:01Z","msg":"b"}'

describe('records', () => {
  test.each<[string, string, string[]]>([
    ['an array', `[${A}, ${B}]`, [A, B]],
    ['a pretty array', JSON.stringify([JSON.parse(B), JSON.parse(B)], null, 2), [B, B]],
    [
      'a search answer',
      `{"took":3,"timed_out":false,"_shards":{"total":1},"hits":{"total":{"value":2},"hits":[{"_index":"i","_id":"1","_source":${A}},{"_index":"i","_id":"2","_source":${B},"sort":[1]}]}}`,
      [A, B],
    ],
    ['AWS Records', `{"Records":[${A},${B}]}`, [A, B]],
    ['Azure records', `{"records": [${B}]}\n{"records": [${A}]}`, [B, A]],
    [
      'CloudWatch events',
      `{"events":[{"timestamp":1,"message":"m"}],"nextForwardToken":"f/1"}`,
      ['{"timestamp":1,"message":"m"}'],
    ],
    [
      'a CloudWatch subscription',
      '{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":2,"message":"m"}]}',
      ['{"owner":"1","logGroup":"/g","logStream":"s","id":"1","timestamp":2,"message":"m"}'],
    ],
    [
      'OTLP',
      '{"resourceLogs":[{"resource":{"attributes":[1]},"scopeLogs":[{"scope":{"name":"n"},"logRecords":[{"timeUnixNano":"1"},{"timeUnixNano":"2"}]}]},{"scopeLogs":[{"logRecords":[{"timeUnixNano":"3"}]}]}]}',
      [
        '{"resource":{"attributes":[1]},"scope":{"name":"n"},"timeUnixNano":"1"}',
        '{"resource":{"attributes":[1]},"scope":{"name":"n"},"timeUnixNano":"2"}',
        '{"timeUnixNano":"3"}',
      ],
    ],
    [
      'one record that holds an array of its own',
      '{"time":"2026-11-24T10:00:00Z","events":[{"a":1}]}',
      ['{"time":"2026-11-24T10:00:00Z","events":[{"a":1}]}'],
    ],
    ['records without line ends', `${A}${B}${B}`, [A, B, B]],
    ['nothing', '[]', ['[]']],
  ])('of %s', (_, text, records) => {
    expect(read(text)).toEqual(records)
    expect(read(text, 1)).toEqual(records)
    expect(read(text, 100_000)).toEqual(records)
  })
  test('what is a document is told by its beginning', () => {
    for (const text of [`[${A}`, '{"took":1,"hits":{"hits":[{"_id":', '{"Records":[{', ' [\n {'])
      expect(isDocument(latin1(text)), text).toBe(true)
    for (const text of [
      A,
      `${A}\n${B}`,
      '[2026-11-24 10:00:00] INFO x',
      '[main] INFO',
      '{main} x',
      '{"value":[1,2]}',
      '{"time":"2026-11-24T10:00:00Z","items":[{"a":1}]}',
      '',
    ])
      expect(isDocument(latin1(text)), text).toBe(false)
  })
  test('before a fault are given, and what was begun at the end too', () => {
    const reader = createDocumentReader()
    expect(() => reader.push(`[${B},${B}, oops`)).toThrow(BrokenDocument)
    expect(read(`[${B},{"a":"be`)).toEqual([B, '{"a":"be'])
  })
  test('are cut when they are too long, and the next is whole', () => {
    const [long, next] = read(`[{"a":"${'x'.repeat(1_000_000)}"},${B}]`, 50_000)
    expect(long?.length).toBeLessThan(300_000)
    expect(next).toBe(B)
  })
  test('any JSON value comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }),
        fc.nat(40),
        (values, size) => {
          const texts = values.map((v) => JSON.stringify(v))
          // Surrogates that stand alone have no UTF-8.
          if (texts.some((t) => t.includes('\\ud'))) return
          expect(read(`[${texts.join(',')}]`, size + 1)).toEqual(
            texts.map((t) => (JSON.parse(t)._source !== undefined ? expect.any(String) : t)),
          )
        },
      ),
    )
  })
  test('depth without end is refused, in little memory', () =>
    expect(() => createDocumentReader().push('['.repeat(100_000))).toThrow(BrokenDocument))
})
