import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lateMessage } from '../../pipeline/run/dead-letters.js'
import { lateLetterOf, noteMessage, noteOf } from '../../pipeline/run/rerun/letters.js'
import {
  createLateLedger,
  dueUntil,
  isDue,
  isSettled,
  type LateLetter,
  MINUTE_MS,
  type RepairNote,
  settledSpan,
  spansOf,
} from '../../pipeline/stream/late.js'
import type { StreamEvent } from '../../pipeline/stream/messages.js'

const pack = { beforeMs: 20 * MINUTE_MS, afterMs: 2 * MINUTE_MS }
const T0 = Date.parse('2026-11-20T08:00:00Z')
const letter = (offset: number, minute: number, more: Partial<LateLetter> = {}): LateLetter => ({
  partition: 0,
  offset: BigInt(offset),
  realm: 'default',
  events: 0,
  at: T0 + minute * MINUTE_MS,
  ...more,
})
const note = (revision: number, read: bigint, untilMinute: number): RepairNote => ({
  revision,
  read: { 0: read },
  until: { 0: T0 + untilMinute * MINUTE_MS },
  letters: 1,
  new: 0,
  changed: 0,
  withdrawn: 0,
  gone: 0,
})
const ledgerOf = (items: readonly (LateLetter | RepairNote)[]) => {
  const ledger = createLateLedger()
  for (const item of items) 'revision' in item ? ledger.note(item) : ledger.letter(item)
  return ledger
}

describe('the ledger of late events', () => {
  test('letters of a minute are one; a repair settles what it has read and what was due', () => {
    const letters = [letter(0, 1), letter(1, 1.5), letter(2, 40), letter(3, 1, { realm: 'b' })]
    expect(ledgerOf(letters).pending()).toEqual([
      { realm: 'b', events: 0, at: T0 + MINUTE_MS, letters: 1 },
      { realm: 'default', events: 0, at: T0 + MINUTE_MS, letters: 2 },
      { realm: 'default', events: 0, at: T0 + 40 * MINUTE_MS, letters: 1 },
    ])
    const after = ledgerOf([...letters, note(1, 4n, 30)])
    expect(after.pending().map((m) => m.at)).toEqual([T0 + 40 * MINUTE_MS])
    expect(after.revision()).toBe(1)
    const more = ledgerOf([...letters, note(1, 4n, 30), letter(5, 1)])
    expect(more.pending().map((m) => m.at)).toEqual([T0 + MINUTE_MS, T0 + 40 * MINUTE_MS])
  })

  test('never forgets a letter that no note settles, whatever the order', () => {
    const items = fc.array(
      fc.oneof(
        fc.tuple(fc.nat(50), fc.nat(1), fc.nat(1)).map(([m, p, e]) => ({ m, p, e })),
        fc.tuple(fc.nat(30), fc.nat(50)).map(([read, until]) => ({ read, until })),
      ),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(items, fc.boolean(), (all, isReversed) => {
        const made = all.map((x, i) =>
          'm' in x ? letter(i, x.m, { partition: x.p, events: x.e }) : note(i + 1, BigInt(x.read), x.until),
        )
        const notes = made.filter((x) => 'revision' in x)
        const open = made.filter((x): x is LateLetter => !('revision' in x) && !isSettled(x, notes))
        const minutes = new Set(
          ledgerOf(isReversed ? made.reverse() : made)
            .pending()
            .map((m) => `${m.events} ${m.at}`),
        )
        for (const l of open) expect(minutes.has(`${l.events} ${l.at}`)).toBe(true)
      }),
    )
  })

  test('letters and notes survive their topic; others are neither', () => {
    const event = { at: T0, id: 'x', origin: 'h/a.log', realm: 'north' } as StreamEvent
    const written = lateMessage(event, { topic: 'why.events', partition: 3 }, 7n, T0)
    const message = {
      key: written.key?.toString(),
      offset: 9n,
      headers: Object.fromEntries(Object.entries(written.headers ?? {}).map(([k, v]) => [k, String(v)])),
      value: Buffer.from(written.value ?? ''),
    }
    expect(lateLetterOf(message, 1)).toEqual({ partition: 1, offset: 9n, realm: 'north', events: 3, at: T0 })
    expect(noteOf(message)).toBeUndefined()
    const made = noteMessage(note(4, 12n, 5))
    const read = {
      headers: { ...made.headers } as Record<string, string>,
      value: Buffer.from(made.value ?? ''),
      key: undefined,
      offset: 1n,
    }
    expect(noteOf(read)).toEqual(note(4, 12n, 5))
    expect(lateLetterOf(read, 0)).toBeUndefined()
    expect(noteOf({ ...read, value: Buffer.from('{') })).toBeUndefined()
    expect(lateLetterOf({ ...message, value: Buffer.from('{}') }, 0)).toBeUndefined()
  })
})

describe('what late events can touch', () => {
  test('an event at t: verdicts that begin from `after` before it to `before` after it, and end by `after` later', () => {
    const [span] = spansOf([{ realm: 'r', events: 0, at: T0, letters: 1 }], pack, 0)
    expect(span).toEqual({
      realm: 'r',
      events: 0,
      from: T0 - pack.afterMs,
      to: T0 + MINUTE_MS + pack.beforeMs + pack.afterMs,
      letters: 1,
      firstAt: T0,
    })
  })
  test('spans that would be read together are one, realms and partitions stay apart', () => {
    const minute = (m: number, realm = 'r', events = 0) => ({ realm, events, at: T0 + m * MINUTE_MS, letters: 1 })
    expect(spansOf([minute(0), minute(30), minute(200)], pack, 0).map((s) => s.letters)).toEqual([2, 1])
    expect(spansOf([minute(0), minute(70)], pack, 0).length).toBe(2)
    expect(spansOf([minute(0), minute(70)], pack, 12 * MINUTE_MS).length).toBe(1)
    expect(spansOf([minute(0, 'a'), minute(0, 'b'), minute(0, 'b', 1)], pack, 0).length).toBe(3)
  })
  test('the latest due minute is due, the next is not', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e7), (ahead, margin) => {
        const at = dueUntil(T0 + ahead, pack, margin)
        expect(isDue({ at }, T0 + ahead, pack, margin)).toBe(true)
        expect(isDue({ at: at + MINUTE_MS }, T0 + ahead, pack, margin)).toBe(false)
      }),
    )
  })
})

describe('how far what differs belongs to a span', () => {
  const { afterMs } = pack
  const span = { from: T0, to: T0 + 30 * MINUTE_MS }
  const settle = (minutes: readonly number[], openFrom = Number.POSITIVE_INFINITY) =>
    settledSpan({
      span,
      differing: minutes.map((m) => T0 + m * MINUTE_MS),
      openFrom,
      afterMs,
      marginMs: 12 * MINUTE_MS,
    })
  test('nothing differs around it', () => expect(settle([5, 10])).toEqual(span))
  test('what was cut otherwise before it, long enough ago', () => expect(settle([-11, -5])).toEqual(span))
  test('but not right before it', () => expect(settle([-3])).toBeUndefined())
  test('it goes on over what differs', () =>
    expect(settle([31, 34.5])).toEqual({ from: T0, to: T0 + 34.5 * MINUTE_MS }))
  test('a difference after a quiet stretch is another matter', () =>
    expect(settle([31, 36])).toEqual({ from: T0, to: T0 + 31 * MINUTE_MS }))
  test('without a quiet stretch within the margin it is not settled', () =>
    expect(settle([32, 35, 38, 41])).toBeUndefined())
  test('what a later repair looks at again need not be quiet', () =>
    expect(settle([32, 35, 38, 41], T0 + 36 * MINUTE_MS)).toEqual({ from: T0, to: T0 + 35 * MINUTE_MS }))
})
