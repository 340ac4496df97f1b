import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BULK_LIMITS, cutShort, newestOf, requestsOf, toWrite } from '../../pipeline/sinks/bulk-request.js'
import type { StoredDocument } from '../../pipeline/stream/documents.js'

const doc = (id: string, more: Partial<StoredDocument> = {}): StoredDocument => ({
  ...{ index: 'whytimeout-events-2026.03.06', id, realm: 'default', version: 3, versionType: 'external' },
  source: { message: id },
  ...more,
})
const { source: _, ...gone } = doc('gone')

type Write = ReturnType<typeof toWrite>
const linesOf = ({ lines }: Write) =>
  lines
    .toString()
    .trimEnd()
    .split('\n')
    .map((l) => JSON.parse(l))

describe('a document on the wire', () => {
  test('names its index, id, version and the kind of version, then its source', () =>
    expect(linesOf(toWrite(doc('a')))).toEqual([
      { index: { _index: 'whytimeout-events-2026.03.06', _id: 'a', version: 3, version_type: 'external' } },
      { message: 'a' },
    ]))
  test('without a source it is a delete', () =>
    expect(linesOf(toWrite(gone))).toEqual([
      { delete: { _index: 'whytimeout-events-2026.03.06', _id: 'gone', version: 3, version_type: 'external' } },
    ]))
  test('each line ends, the last too, and Chinese is in UTF-8', () => {
    const text = toWrite(doc('a', { source: { message: '网关连接超时' } })).lines.toString('utf8')
    expect(text.match(/\n/g)).toHaveLength(2)
    expect(text.endsWith('"网关连接超时"}\n')).toBe(true)
  })
})

describe('of several writes of one document only the newest goes out', () => {
  test('a higher version, whatever the order; of equal ones the first, or the last where equal replaces', () => {
    const gte = { versionType: 'external_gte' } as const
    expect(newestOf([doc('a', { version: 5 }), doc('a', { version: 4 }), doc('b')]).map((d) => d.version)).toEqual([
      5, 3,
    ])
    const [first, second] = [doc('a'), doc('a', { source: { message: 'again' } })]
    expect(newestOf([first, second])).toEqual([first])
    expect(
      newestOf([
        { ...first, ...gte },
        { ...second, ...gte },
      ]),
    ).toEqual([{ ...second, ...gte }])
  })
  test('a delete of a higher version beats the write, and the same id of another index is another document', () => {
    expect(newestOf([doc('gone'), { ...gone, version: 9 }])).toEqual([{ ...gone, version: 9 }])
    expect(newestOf([doc('a'), doc('a', { index: 'whytimeout-verdicts-2026.03' })])).toHaveLength(2)
  })
})

describe('requests', () => {
  test('keep every document, its order and the limits; one too large alone goes alone', () =>
    fc.assert(
      fc.property(
        fc.array(fc.nat(400), { maxLength: 60 }),
        fc.integer({ min: 100, max: 900 }),
        fc.integer({ min: 1, max: 20 }),
        (sizes, requestBytes, requestDocuments) => {
          const docs = sizes.map((n, i) => doc(String(i), { source: { message: 'x'.repeat(n) } }))
          const requests = [...requestsOf(docs, { ...BULK_LIMITS, requestBytes, requestDocuments })]
          expect(requests.flat().map((w) => w.document.id)).toEqual(docs.map((d) => d.id))
          for (const r of requests) {
            expect(r.length).toBeLessThanOrEqual(requestDocuments)
            if (r.length > 1) expect(r.reduce((sum, w) => sum + w.lines.length, 0)).toBeLessThanOrEqual(requestBytes)
          }
        },
      ),
    ))
  test('are made one at a time: a million documents are not text at once', () => {
    let read = 0
    const docs = Array.from({ length: 5_000 }, (_, i) => ({
      ...gone,
      id: String(i),
      get source() {
        read++
        return { message: 'm' }
      },
    }))
    const requests = requestsOf(docs, BULK_LIMITS)
    requests.next()
    // Each is looked at twice: whether it has a source, and its text.
    expect(read).toBeLessThanOrEqual(2 * (BULK_LIMITS.requestDocuments + 1))
  })
  test('a document over its limit is cut at its texts and says so', () => {
    const big = doc('big', {
      source: {
        message: '超'.repeat(400_000),
        event: { original: 'o'.repeat(9_000), id: 'big' },
        whytimeout: { realm: 'r' },
      },
    })
    const [[write]] = [...requestsOf([big], BULK_LIMITS)] as [[Write]]
    const source = linesOf(write)[1]
    expect(source.message).toBe('超'.repeat(8_192))
    expect(source.event).toEqual({ original: 'o'.repeat(8_192), id: 'big' })
    expect(source.whytimeout).toEqual({ realm: 'r', cut: ['event.original', 'message'] })
    expect(write.isCut).toBe(true)
    expect(cutShort(write)).toBeUndefined()
    expect((big.source as { message: string }).message).toHaveLength(400_000)
  })
  test('a cut leaves no half of a character, and short texts alone', () => {
    const cut = cutShort(toWrite(doc('a', { source: { message: `${'x'.repeat(8_191)}😀😀` } })))
    expect(linesOf(cut as Write)[1].message).toBe('x'.repeat(8_191))
    expect(cutShort(toWrite(doc('a', { source: { message: 'short' } })))).toBeUndefined()
    expect(cutShort(toWrite(gone))).toBeUndefined()
  })
})
