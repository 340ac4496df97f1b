import { describe, expect, test } from 'vitest'
import {
  type BulkItem,
  backoffMs,
  failureOf,
  fateOf,
  judge,
  parseRetryAfter,
} from '../../pipeline/sinks/bulk-answer.js'
import { toWrite } from '../../pipeline/sinks/bulk-request.js'

const target = { index: 'i', id: 'a', realm: 'default', version: 11, versionType: 'external' } as const
const write = toWrite({ ...target, source: { message: 'm' } })
const remove = toWrite(target)
const error = (type: string, reason = 'r') => ({ type, reason })
const conflict = (there: number): BulkItem => ({
  status: 409,
  error: error(
    'version_conflict_engine_exception',
    `[a]: version conflict, current version [${there}] is higher or equal to the one provided [11]`,
  ),
})

describe('what becomes of a document', () => {
  test.each([
    ['200', { status: 200 }, { kind: 'stored' }],
    ['201', { status: 201 }, { kind: 'stored' }],
    ['409, the same version', conflict(11), { kind: 'duplicate' }],
    ['409, a newer version', conflict(20), { kind: 'stale' }],
    ['409 without words', { status: 409, error: { type: 'x' } }, { kind: 'duplicate' }],
    ['429', { status: 429, error: error('es_rejected_execution_exception') }, { kind: 'again' }],
    ['429 of a full disk', { status: 429, error: error('cluster_block_exception', 'flood-stage') }, { kind: 'again' }],
    ['500', { status: 500, error: error('i_o_exception') }, { kind: 'again' }],
    ['502', { status: 502 }, { kind: 'again' }],
    ['503', { status: 503, error: error('unavailable_shards_exception') }, { kind: 'again' }],
    ['504', { status: 504 }, { kind: 'again' }],
    ['400', { status: 400, error: error('document_parsing_exception') }, { kind: 'refused', code: 'INDEX_REJECTED' }],
    [
      '400, other',
      { status: 400, error: error('illegal_argument_exception') },
      { kind: 'refused', code: 'INDEX_REJECTED' },
    ],
    [
      '403, index blocked',
      { status: 403, error: error('cluster_block_exception') },
      { kind: 'refused', code: 'INDEX_READ_ONLY' },
    ],
    ['403, no right', { status: 403, error: error('security_exception') }, { kind: 'stop' }],
    ['401', { status: 401, error: error('security_exception') }, { kind: 'stop' }],
    ['404, no index and none is made', { status: 404, error: error('index_not_found_exception') }, { kind: 'stop' }],
  ] as const)('%s', (_, item, fate) => expect(fateOf(write, item)).toMatchObject(fate))

  test('a delete: done, done if nothing was there, stopped if the index may not be made', () => {
    expect(fateOf(remove, { status: 200 })).toEqual({ kind: 'deleted' })
    expect(fateOf(remove, { status: 404 })).toEqual({ kind: 'deleted' })
    expect(fateOf(remove, { status: 404, error: error('index_not_found_exception') })).toMatchObject({ kind: 'stop' })
    expect(fateOf(remove, conflict(20))).toEqual({ kind: 'stale' })
  })
  test('the reason is kept, without the value that the server repeats from the document', () =>
    expect(
      fateOf(write, {
        status: 400,
        error: error(
          'document_parsing_exception',
          "failed to parse field [source.ip]. Preview of field's value: 'secret'",
        ),
      }),
    ).toEqual({
      kind: 'refused',
      code: 'INDEX_REJECTED',
      type: 'document_parsing_exception',
      reason: 'failed to parse field [source.ip]',
    }))
})

describe('an answer', () => {
  const items = [{ index: { _id: 'a', status: 201 } }, { delete: { _id: 'a', status: 404 } }]
  test('gives each document its fate, in order', () =>
    expect(judge([write, remove], items)).toEqual([{ kind: 'stored' }, { kind: 'deleted' }]))
  test.each([
    ['none', undefined],
    ['too short', items.slice(1)],
    ['too long', [...items, ...items]],
    ['of other documents', [{ index: { _id: 'b', status: 201 } }, items[1]]],
    ['without a status', [{ index: { _id: 'a' } }, items[1]]],
    ['with a hole', [null, items[1]]],
    ['text', '<html>'],
  ])('that is %s tells nothing', (_, broken) => expect(judge([write, remove], broken)).toBeUndefined())
})

describe('a request that failed as a whole', () => {
  test.each([
    [429, 'es_rejected_execution_exception', { kind: 'again', isSlow: true }],
    [408, undefined, { kind: 'again', isSlow: true }],
    [500, undefined, { kind: 'again', isSlow: false }],
    [502, undefined, { kind: 'again' }],
    [503, undefined, { kind: 'again' }],
    [504, undefined, { kind: 'again', isSlow: true }],
    [403, 'cluster_block_exception', { kind: 'again' }],
    [413, undefined, { kind: 'halve', code: 'INDEX_TOO_LARGE' }],
    [400, 'illegal_argument_exception', { kind: 'halve', code: 'INDEX_REJECTED' }],
    [401, 'security_exception', { kind: 'stop' }],
    [403, 'security_exception', { kind: 'stop' }],
    [404, undefined, { kind: 'stop' }],
    [406, undefined, { kind: 'stop' }],
    [301, undefined, { kind: 'stop' }],
  ] as const)('%i %s', (status, type, failure) =>
    expect(failureOf(status, type && error(type), undefined)).toMatchObject(failure),
  )
  test('keeps what the server asks to wait', () =>
    expect(failureOf(429, undefined, 7_000)).toMatchObject({ retryAfterMs: 7_000 }))
})

describe('waiting', () => {
  test('half a second doubled, at most a minute, all of it by chance', () => {
    expect([1, 2, 3, 8, 9, 100].map((n) => backoffMs(n, 1))).toEqual([500, 1_000, 2_000, 60_000, 60_000, 60_000])
    expect(backoffMs(5, 0)).toBe(0)
    expect(backoffMs(3, 0.25)).toBe(500)
  })
  test('not less than the server asks for, and not for days', () => {
    expect(backoffMs(1, 1, 30_000)).toBe(30_000)
    expect(backoffMs(9, 1, 30_000)).toBe(60_000)
    expect(backoffMs(1, 1, 1e9)).toBe(600_000)
  })
  test('Retry-After is seconds or a date', () => {
    const now = Date.parse('2026-03-06T10:00:00Z')
    expect(parseRetryAfter('120', now)).toBe(120_000)
    expect(parseRetryAfter('Fri, 06 Mar 2026 10:00:30 GMT', now)).toBe(30_000)
    expect(parseRetryAfter('Fri, 06 Mar 2026 09:00:00 GMT', now)).toBe(0)
    expect(parseRetryAfter('soon', now)).toBeUndefined()
    expect(parseRetryAfter(undefined, now)).toBeUndefined()
  })
})
