import { expect, test } from 'vitest'
import { refusedMessage } from '../../pipeline/run/stream-store.js'

test('a refused document keeps all that it takes to store it again, and why it was refused', () => {
  const document = {
    index: 'i',
    id: 'a',
    realm: 'shop',
    version: 3,
    versionType: 'external',
    source: { m: 1 },
  } as const
  const refusal = { document, code: 'INDEX_REJECTED', type: 'document_parsing_exception', reason: 'no ip' } as const
  const message = refusedMessage(refusal, Date.parse('2026-03-06T10:00:00Z'))
  expect(message).toMatchObject({ key: 'shop', value: '{"m":1}' })
  expect(message.headers).toMatchObject({
    '__connect.errors.stage': 'index',
    '__connect.errors.exception.class.name': 'INDEX_REJECTED',
    '__connect.errors.exception.message': 'document_parsing_exception: no ip',
    'whytimeout.at': '2026-03-06T10:00:00.000Z',
    ...{ index: 'i', id: 'a', version: '3', version_type: 'external' },
  })
  const { source: _, ...end } = document
  expect(refusedMessage({ ...refusal, document: end }, 0).value).toBeNull()
})
