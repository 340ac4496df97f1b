import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Sighting } from '../../pipeline/diagnose/sighting.js'
import { addDuration, createDurations, durationsOf } from '../../pipeline/health/durations.js'
import { createHours, HOUR_MS } from '../../pipeline/health/hours.js'
import type { Health } from '../../schemas/health.js'

const NOON = Date.parse('2026-03-09T12:00:00Z')
let ids = 0
const seen = (secs: number, more: Partial<Sighting> = {}): Sighting => {
  const at = NOON + secs * 1000
  const durationMs = more.durationMs ?? 400
  return {
    kind: 'exchange',
    id: `e${ids++}`,
    at,
    start: at - durationMs,
    outcome: 'ok',
    action: 'request-succeeded',
    origin: 'till|till.log',
    role: 'terminal',
    keepAlive: false,
    answers: [],
    terminal: 'T1',
    site: '0501',
    isp: 'northnet',
    domain: 'pay.example.net',
    port: 9443,
    durationMs,
    ...more,
  } as Sighting
}
const count = (sightings: readonly Sighting[]): readonly Health[] => {
  const hours = createHours('default')
  return [...sightings.flatMap((s) => hours.step(s)), ...hours.end()]
}
const of = (documents: readonly Health[], by: string) =>
  documents.filter((d) => d.whytimeout.health.by === by).map((d) => d.whytimeout.health)

describe('an hour', () => {
  test('is told by fleet, site, provider and endpoint', () => {
    const documents = count([seen(1), seen(2, { site: '0502', terminal: 'T2' }), seen(3, { outcome: 'failed' })])
    expect(of(documents, 'fleet')).toMatchObject([{ id: 'default', attempts: 3, failed: 1, timeouts: 0, terminals: 2 }])
    expect(of(documents, 'site').map((s) => [s.id, s.attempts, s.isp])).toEqual(
      expect.arrayContaining([
        ['0501', 2, 'northnet'],
        ['0502', 1, 'northnet'],
      ]),
    )
    expect(of(documents, 'endpoint')).toMatchObject([{ id: 'pay.example.net:9443', attempts: 3 }])
  })
  test('ends with the first attempt of the next', () => {
    const hours = createHours('default')
    expect(hours.step(seen(3599))).toEqual([])
    expect(hours.step(seen(3600)).map((d) => d['@timestamp'])).toEqual(Array(4).fill('2026-03-09T12:00:00.000Z'))
    expect(hours.end().every((d) => d['@timestamp'] === '2026-03-09T13:00:00.000Z')).toBe(true)
  })
  test('what the gateway sees is told apart, by its upstream', () => {
    const session = seen(1, { kind: 'session', upstream: 'core/core1', role: 'gateway' })
    expect(
      of(count([session, seen(2)]), 'endpoint')
        .map((e) => [e.seen_by, e.id])
        .sort(),
    ).toEqual([
      ['gateway', 'core/core1'],
      ['terminal', 'pay.example.net:9443'],
    ])
  })
  test('two lines about one timeout are one', () => {
    const timeout = { outcome: 'timeout', phase: 'response', durationMs: 8000 } as const
    const documents = count([
      seen(10, timeout),
      seen(10.2, timeout),
      seen(30, timeout),
      seen(30, { ...timeout, terminal: 'T2' }),
    ])
    expect(of(documents, 'fleet')).toMatchObject([{ attempts: 3, timeouts: 3, timeout_share: 1 }])
  })
  test('the limit is what a line states, else how long timeouts waited', () => {
    const timeout = { outcome: 'timeout', phase: 'response', durationMs: 8000 } as const
    const waited = of(count([seen(1), seen(10, timeout)]), 'site')[0]?.response?.limit_ms ?? 0
    expect(Math.abs(waited - 8000)).toBeLessThan(400)
    const start = seen(0, { kind: 'start', responseLimitMs: 6000, outcome: 'unknown' })
    const stated = of(count([start, seen(1, { durationMs: 3500 }), seen(2), seen(10, timeout)]), 'site')[0]
    expect(stated?.response).toMatchObject({ count: 2, limit_ms: 6000, near_share: 0.5 })
  })
  test('an endpoint that only failures name is not told where successes name none', () => {
    const timeout = { outcome: 'timeout', durationMs: 8000 } as const
    const nowhere = { domain: undefined, port: undefined }
    expect(of(count([seen(1, nowhere), seen(20, timeout)]), 'endpoint')).toEqual([])
    expect(of(count([seen(20, timeout)]), 'endpoint')).toHaveLength(1)
  })
  test('reading one hour alone gives what reading all gives of it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            secs: fc.integer({ min: -7000, max: 7000 }),
            outcome: fc.constantFrom('ok', 'timeout', 'failed'),
          }),
          {
            maxLength: 60,
          },
        ),
        (given) => {
          const all = [...given]
            .sort((a, b) => a.secs - b.secs)
            .map((g) => seen(g.secs, { outcome: g.outcome as 'ok' }))
          const whole = count(all).filter((d) => Date.parse(d['@timestamp']) === NOON)
          expect(count(all.filter((s) => s.at >= NOON && s.at < NOON + HOUR_MS))).toEqual(whole)
        },
      ),
    )
  })
})

describe('durations', () => {
  test('quantiles are right within 5 %', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 20, max: 120_000 }), { minLength: 1, maxLength: 300 }), (all) => {
        const d = createDurations()
        for (const ms of all) addDuration(d, ms)
        const sorted = [...all].sort((a, b) => a - b)
        const found = durationsOf(d, undefined)
        for (const [q, value] of [
          [0.5, found?.p50_ms],
          [0.95, found?.p95_ms],
          [0.99, found?.p99_ms],
        ] as const) {
          const exact = sorted[Math.ceil(q * all.length) - 1] as number
          expect(Math.abs((value as number) - exact)).toBeLessThanOrEqual(exact * 0.05 + 1)
        }
      }),
    )
  })
  test('nothing counted, nothing told', () => expect(durationsOf(createDurations(), 8000)).toBeUndefined())
})
