import { expect, test } from 'vitest'
import { addRequest } from '../../pipeline/parse/access-line.js'
import type { ParsedFields } from '../../schemas/event.js'

const read = (path: string): ParsedFields => {
  const fields: ParsedFields = {}
  addRequest(fields, { client: '198.51.100.7', method: 'POST', path, bytes: 96 })
  return fields
}

test.each([
  ['/auth?tid=30117701&stan=002767', '30117701', '002767'],
  ['/pay?amount=12.00&terminal_id=SH-4711&trace_no=000123', 'SH-4711', '000123'],
  ['/pay?TermId=A1B2C3&STAN=0412#x', 'A1B2C3', '0412'],
])('terminal and trace number in the address of a request: %s', (path, terminal, stan) =>
  expect(read(path)).toMatchObject({ 'whytimeout.terminal_id': terminal, 'whytimeout.stan': stan, 'url.path': path }),
)
test.each(['/auth', '/auth?orbit=tid', '/auth?stan=12&tid=%20', '/auth?mytid=30117701'])('none: %s', (path) => {
  expect(read(path)['whytimeout.terminal_id']).toBeUndefined()
  expect(read(path)['whytimeout.stan']).toBeUndefined()
})
