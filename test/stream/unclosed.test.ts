import { expect, test } from 'vitest'
import { verdictId } from '../../pipeline/parse/event-id.js'
import { packFor } from '../../pipeline/run/inputs.js'
import { createDiagnoser, type Output } from '../../pipeline/stream/diagnoser.js'
import type { StreamEvent } from '../../pipeline/stream/messages.js'
import type { LogEvent } from '../../schemas/event.js'

// A record that is still open shows its symptom, so a provisional verdict is stored. Where the record never ends, nothing final takes its place.
const MINUTE = Date.parse('2026-03-06T08:50:00.000Z')
const openAt = (at: number): StreamEvent => ({
  open: true,
  ...{ at, id: idAt(at), n: 0, origin: 'till-1/pos.log', realm: 'default', signals: [], received: at },
  event: {
    '@timestamp': new Date(at).toISOString(),
    'event.id': idAt(at),
    'event.action': 'response-timeout',
    'host.name': 'till-1',
    'whytimeout.role': 'terminal',
    'whytimeout.terminal_id': 'T1',
    message: 'Read timed out',
  } as LogEvent,
  raw: { topic: 'raw', partition: 0, offset: 0, line: 0 },
})
const HOUR_MS = 3_600_000
const idAt = (at: number): string => `${at.toString(36)}-open`
const isWithdrawn = (outputs: readonly Output[], id: string) =>
  outputs.some((o) => o.kind === 'withdrawn' && o.id === verdictId(id))

// Late in an hour, since the hour under way holds the commit too. Whether it can run past the record hangs on how the steps of the watermark fall between the minutes.
test.each([1_000, 13_000, 59_000])(
  'its provisional verdict is taken back, whenever a process ends and another goes on from its commit (steps of %i ms)',
  async (stepMs) => {
    const pack = await packFor({})
    let passed = 0
    for (let second = 0; second < 60; second += 7) {
      const at = MINUTE + second * 1_000
      const open = openAt(at)
      const first = createDiagnoser(pack, { offset: 0n, resume: undefined })
      first.advance(at - 3_600_000)
      const before: Output[] = [...first.read(0n, open, false)]
      expect(before.map((o) => o.kind)).toEqual(['provisional'])
      const end = at + pack.beforeMs + 4 * pack.afterMs
      for (let now = at - 60_000, step = 0; now < at + 3 * HOUR_MS; now += stepMs, step++) {
        before.push(...first.advance(now))
        const { resumeAt, resume } = first.settle()
        if (resumeAt > 0n) passed++
        const isDone = isWithdrawn(before, open.id)
        if (isDone && resumeAt > 0n) break
        if (isDone || (resumeAt === 0n && step % 100 !== 0)) continue
        const next = createDiagnoser(pack, { offset: resumeAt, resume })
        const after = resumeAt === 0n ? [...next.read(0n, open, false)] : []
        for (let later = now; later < end + 600_000; later += 60_000) after.push(...next.advance(later))
        expect(isWithdrawn(after, open.id), `ended ${(now - at) / 1_000} s after it`).toBe(true)
      }
      expect(isWithdrawn(before, open.id)).toBe(true)
      expect(before.filter((o) => o.kind === 'final')).toEqual([])
    }
    // Nor does it hold the commit for ever.
    expect(passed).toBeGreaterThan(8)
  },
)
