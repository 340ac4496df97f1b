import { describe, expect, it } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { BLOCKS, FORMATS } from '../../pipeline/parse/formats/index.js'
import { createFramer, FRAME_LIMITS } from '../../pipeline/parse/frame.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import { assumedTime, readProgram } from '../../pipeline/parse/untimed.js'

const framed = (text: string): string[] => {
  const framer = createFramer(BLOCKS, FRAME_LIMITS, { isUntimed: true })
  const lines = text.split('\n')
  return [...lines.flatMap((line, i) => framer.push(line, i + 1)), ...framer.flush()].map((r) => r.text)
}
const read = (text: string, line = 1) =>
  parseRecord(text, {
    formats: FORMATS,
    host: 'till',
    logName: 'pasted.txt',
    entryFor: () => ({}),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.UTC(2026, 10, 29),
    assumed: assumedTime(line),
  })

describe('lines of a log without times', () => {
  it('begin a record each', () => {
    expect(framed('pay: calling host\npay: no answer\npay: giving up')).toHaveLength(3)
  })

  it('keep their trace, its causes and the rest of an object', () => {
    const trace =
      'com.shop.PayException: host\n\tat com.shop.Pay.send(Pay.java:12)\nCaused by: java.net.SocketTimeoutException: Read timed out\n\t... 4 more'
    const object = "{\n  code: 'ETIMEDOUT',\n  syscall: 'connect',\n\n  port: 9443\n}"
    expect(framed(`${trace}\n${object}\nnext`)).toEqual([trace, object, 'next'])
  })

  it('keep what was raised below the frames of Python', () => {
    const trace =
      'no answer (\'192.0.2.7\', 2111)\nTraceback (most recent call last):\n  File "a.py", line 8, in send\n    self.socket.connect(self.pair)\nsocket.timeout: timed out'
    expect(framed(`${trace}\nnext: a line`)).toEqual([trace, 'next: a line'])
    const outcome = read(trace)
    expect(outcome.kind === 'events' && outcome.events[0]?.event['event.action']).toBe('connect-timeout')
  })

  it('are one record each where all are indented alike', () => {
    expect(framed('    (connect to a: timed out)\n    (connect to b: timed out)\n      deeper')).toEqual([
      '    (connect to a: timed out)',
      '    (connect to b: timed out)\n      deeper',
    ])
  })
})

describe('a record without time', () => {
  it('gets the time of its place', () => {
    const times = [1, 2, 300].map((n) => {
      const outcome = read('connect to 192.0.2.7:9443 timed out', n)
      return outcome.kind === 'events' ? outcome.events[0]?.event['@timestamp'] : outcome.code
    })
    expect(times).toEqual(['2000-01-01T12:00:00.010Z', '2000-01-01T12:00:00.020Z', '2000-01-01T12:00:03.000Z'])
  })

  it('keeps its own time where it has one', () => {
    const outcome = read('2026-11-20 18:04:05,250 ERROR pay - Read timed out')
    expect(outcome.kind === 'events' && outcome.events[0]?.event['@timestamp']).toBe('2026-11-20T18:04:05.250Z')
  })

  it('names its program', () => {
    expect(readProgram('kernel: igb0: link down')).toEqual({ program: 'kernel', body: 'igb0: link down' })
    expect(readProgram('postfix/smtp[77]: connect to mx')).toEqual({ program: 'smtp', pid: 77, body: 'connect to mx' })
    expect(readProgram('error: no answer')).toBeUndefined()
  })
})
