import { describe, expect, test } from 'vitest'
import { verdictId } from '../../../pipeline/parse/event-id.js'
import { createVerdictCheck, type VerdictFacts, type VerdictWrite } from '../../../pipeline/stream/audit/verdicts.js'
import type { StreamEvent } from '../../../pipeline/stream/messages.js'

const HOUR = 3_600_000
const FACTS: VerdictFacts = {
  beforeMs: 20 * 60_000,
  afterMs: 2 * 60_000,
  generation: 3,
  decided: new Map([[0, { read: 100n, decidedMs: 10 * HOUR }]]),
  eventsSince: undefined,
  verdictsSince: undefined,
}
const GENERATION = 10_000_000
const FINAL = 3 * GENERATION + 5_000_000
const symptom = (at: number, n: number): StreamEvent => ({
  at,
  id: `${at.toString(36)}-event-${n}`,
  n: 0,
  origin: 'till-1/pos.log',
  realm: 'default',
  event: { '@timestamp': new Date(at).toISOString(), 'event.action': 'connect-timeout' } as StreamEvent['event'],
  signals: [],
  raw: { topic: 'raw', partition: 0, offset: n, line: 0 },
  received: at,
})
const final = (event: StreamEvent, more: Partial<VerdictWrite> = {}): VerdictWrite => ({
  index: 'whytimeout-verdicts-1970.01',
  id: verdictId(event.id),
  version: FINAL + 4,
  versionType: 'external',
  writtenMs: 20 * HOUR,
  verdict: { isFinal: true, endMs: event.at, cited: [event.id] },
  ...more,
})
const ended = (event: StreamEvent, version: number): VerdictWrite => {
  const { verdict: _, ...end } = final(event)
  return { ...end, version }
}
const provisional = (event: StreamEvent): VerdictWrite =>
  final(event, {
    version: 3 * GENERATION + 9,
    versionType: 'external_gte',
    verdict: { isFinal: false, endMs: event.at, cited: [] },
  })

function checked(
  verdicts: readonly VerdictWrite[],
  events: readonly StreamEvent[],
  more: Partial<VerdictFacts> & { late?: readonly string[]; readings?: number } = {},
) {
  const check = createVerdictCheck({ ...FACTS, ...more })
  const readings = more.readings ?? 1
  for (let reading = 0; reading < readings; reading++) {
    check.begin(reading, readings)
    for (const id of more.late ?? []) check.late(id)
    for (const v of verdicts) check.verdict(v)
    for (const [i, event] of events.entries())
      check.event({ partition: 0, offset: BigInt(i), writtenMs: 20 * HOUR, event })
    check.end()
  }
  return check.result()
}
const events = Array.from({ length: 40 }, (_, i) => symptom(HOUR + i * 1_000, i))
const [a, b] = events as [StreamEvent, StreamEvent]

describe('every decided timeout has its verdict', () => {
  test('its own, or that of another symptom; any number of readings counts each once', () => {
    const verdicts = events.map((e, i) => (i % 3 === 0 ? ended(e, FINAL + 4) : final(e)))
    for (const readings of [1, 2, 7]) {
      const result = checked(verdicts, [...events, ...events.slice(0, 9)], { readings })
      expect(result).toMatchObject({
        symptoms: 40,
        final: 26,
        superseded: 14,
        cited: 26,
        orphanCount: 0,
        uncitedCount: 0,
      })
      expect(result.byIndex).toEqual({ 'whytimeout-verdicts-1970.01': 26 })
      expect([result.missing.size, result.undecided.size]).toEqual([0, 0])
    }
  })
  test('what a repair has taken back, and what a new generation has, is decided', () => {
    expect(checked([final(a), ended(a, FINAL + 1_000_001)], [a]).superseded).toBe(1)
    expect(checked([final(a), ended(a, FINAL + GENERATION)], [a]).superseded).toBe(1)
  })
  test('an older write changes nothing, in whatever order it comes', () => {
    expect(checked([final(a), provisional(a)], [a])).toMatchObject({ final: 1 })
    expect(checked([provisional(a), final(a)], [a])).toMatchObject({ final: 1 })
  })
  test('none at all, a provisional one, one that was taken back as no timeout', () => {
    const result = checked([provisional(b), ended(events[2] as StreamEvent, FINAL - 1)], events.slice(0, 3))
    expect(result.missing.get(0)).toEqual({ count: 2, first: { partition: 0, offset: 0n, id: a.id } })
    expect(result.undecided.get(0)).toEqual({ count: 1, first: { partition: 0, offset: 1n, id: b.id } })
    expect(result.orphanCount).toBe(0)
  })
  test('what is not decided yet, not read yet, still open or too old to be judged has no need of one', () => {
    const young = symptom(10 * HOUR - 2 * 60_000, 7)
    expect(checked([], [young]).symptoms).toBe(0)
    expect(checked([], [{ ...a, open: true }]).symptoms).toBe(0)
    expect(checked([], [a], { decided: new Map([[0, { read: 0n, decidedMs: 10 * HOUR }]]) }).symptoms).toBe(0)
    expect(checked([], [a], { decided: new Map() }).symptoms).toBe(0)
    expect(checked([], [a], { verdictsSince: 21 * HOUR }).symptoms).toBe(0)
    expect(checked([], [a], { verdictsSince: 20 * HOUR }).missing.size).toBe(1)
  })
  test('a late one is excused until a repair has decided it', () => {
    expect(checked([], [a], { late: [a.id] })).toMatchObject({ symptoms: 1, late: 1 })
    expect(checked([final(a)], [a], { late: [a.id] })).toMatchObject({ symptoms: 1, late: 0, final: 1 })
  })
})

describe('nothing provisional is left behind', () => {
  test('once everything around it is decided', () => {
    const stray = symptom(2 * HOUR, 99)
    expect(checked([provisional(stray)], []).orphans).toEqual([verdictId(stray.id)])
    expect(checked([provisional(stray), ended(stray, FINAL - 1)], []).orphanCount).toBe(0)
    expect(checked([provisional(symptom(10 * HOUR - 25 * 60_000, 98))], []).orphanCount).toBe(0)
    expect(checked([provisional(stray)], [], { decided: new Map() }).orphanCount).toBe(0)
  })
})

describe('what a final verdict cites is there', () => {
  test('or it is named', () => {
    const cites = final(a, { verdict: { isFinal: true, endMs: a.at, cited: [a.id, 'gone'] } })
    for (const readings of [1, 5])
      expect(checked([cites], [a], { readings })).toMatchObject({ cited: 2, uncited: ['gone'], uncitedCount: 1 })
  })
  test('unless it may have been deleted by its age, or comes from a rerun of a higher generation', () => {
    const cites = { verdict: { isFinal: true, endMs: a.at, cited: ['gone'] } }
    expect(checked([final(a, cites)], [a], { eventsSince: 0 }).uncitedCount).toBe(0)
    expect(checked([final(a, cites)], [a], { eventsSince: -10 * HOUR }).uncitedCount).toBe(1)
    expect(checked([final(a, { ...cites, version: FINAL + GENERATION })], [a]).uncitedCount).toBe(0)
  })
})
