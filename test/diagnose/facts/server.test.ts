import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../schemas/event.js'
import { factsAmong, type Line, line, sale, timeout } from './moments.js'

const STAN = '000731'
const served = (at: number, ms: number, more: Partial<LogEvent> = {}) =>
  sale(at, 'acq', ms, { 'whytimeout.stan': STAN, ...more })
const message = (at: number, action: 'message-received' | 'message-sent', stan = STAN) =>
  line(at, 'acq', action, { 'whytimeout.stan': stan })
/** What the server's log shows of an attempt that began five seconds before noon. */
const server = (...lines: Line[]) => {
  const fact = factsAmong([...lines, timeout(0, { 'whytimeout.stan': STAN })])
  return [fact('server.saw_request'), fact('server.answered_request'), fact('server.answer_ms')]
}

describe('the request of the attempt in the log of the server', () => {
  test('one line with how long it took is receipt and answer', () =>
    expect(server(served(-1, 3_800))).toEqual([true, true, 3_800]))
  test('one line without: it says neither', () =>
    expect(server({ ...served(-1, 0), 'event.duration': undefined })).toEqual([false, undefined, undefined]))
  test('a line for each', () =>
    expect(server(message(-4.8, 'message-received'), message(-4.3, 'message-sent'))).toEqual([true, true, 500]))
  test('a receipt of its own, and the answer with how long it took', () =>
    expect(server(message(-4.8, 'message-received'), served(-1, 3_790))).toEqual([true, true, 3_800]))
  test('received, and not answered', () =>
    expect(server(message(-4.8, 'message-received'))).toEqual([true, false, undefined]))
  test('another request', () =>
    expect(server(served(-1, 3_800, { 'whytimeout.stan': '000732' }))).toEqual([false, undefined, undefined]))
  test("the same number of another terminal's", () =>
    expect(server(served(-1, 3_800, { 'whytimeout.terminal_id': 'T9' }))).toEqual([false, undefined, undefined]))
  test('a log without numbers says nothing of it', () =>
    expect(server(served(-1, 3_800, { 'whytimeout.stan': undefined }))).toEqual([undefined, undefined, undefined]))
})
