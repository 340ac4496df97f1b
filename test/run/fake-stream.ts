import type { Stream, StreamStatus } from '../../pipeline/run/stream.js'
import { NO_COUNTS } from '../../pipeline/stream/messages.js'

/** A stream as those outside see it, without brokers: its status is set by hand. */
export function fakeStream(now: () => number) {
  let fail: (error: Error) => void = () => {}
  const ended = new Promise<void>((_, reject) => {
    fail = reject
  })
  ended.catch(() => {})
  let status: StreamStatus = {
    parse: { ...NO_COUNTS, read: 3, filtered: 3 },
    diagnose: NO_COUNTS,
    standing: [{ partition: 0, open: 2, held: 5, known: 7, watermark: now() - 125_000 }],
    incidents: {
      counts: { read: 9, counted: 6, repeat: 1, late: 0, ignored: 2, unreadable: 0, stored: 3, repairs: 0 },
      standing: [{ partition: 0, open: 2, watermark: now() - 125_000 }],
      alerts: { firing: 2, waiting: 1, accepted: 4, failed: 1, refused: 0, forgotten: 0 },
    },
    lag: new Map(),
    raw: [{ topic: 'logs', partition: 0, unread: 7, clock: now() - 130_000 }],
    answeredMs: now(),
    members: new Map([
      ['parse', true],
      ['diagnose', true],
    ]),
    latenessMs: 120_000,
    rules: { generation: 3, digest: 'rules-digest' },
    inputsDigest: 'inputs-digest',
  }
  const stream: Stream = { ended, stop: async () => {}, status: () => ({ ...status, answeredMs: status.answeredMs }) }
  return {
    stream,
    fail,
    set: (more: Partial<StreamStatus>) => {
      status = { ...status, ...more }
    },
  }
}
