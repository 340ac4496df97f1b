import { expect, test } from 'vitest'
import { deadLetterDocument } from '../../pipeline/stream/dead-letter-document.js'

const dead = {
  origin: 'gw/app.log',
  code: 'PARSE_NO_TIME',
  detail: 'no time',
  original: 'line without a time',
} as const

test('the same line of the same log is the same document, however often and from wherever it is read', () => {
  expect(deadLetterDocument(dead)).toEqual(deadLetterDocument({ ...dead }))
  expect(deadLetterDocument({ ...dead, origin: 'till/app.log' }).id).not.toBe(deadLetterDocument(dead).id)
  expect(deadLetterDocument(dead)).toMatchObject({
    index: 'whytimeout-dead-letters',
    version: 1,
    source: {
      event: { kind: 'pipeline_error', original: 'line without a time' },
      error: { code: 'PARSE_NO_TIME' },
      whytimeout: { origin: 'gw/app.log' },
    },
  })
})
