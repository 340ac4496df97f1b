import { describe, expect, test } from 'vitest'
import { createFigures } from '../../pipeline/run/figures.js'
import { createPulse, notReady } from '../../pipeline/run/health.js'
import { createRecent, createRecentCauses } from '../../pipeline/run/recent.js'
import type { StreamStatus } from '../../pipeline/run/stream.js'

describe('the last minute', () => {
  test('is forgotten five seconds at a time', () => {
    let now = 1_000_000
    const recent = createRecent(() => now)
    recent.add('a', 3)
    now += 4_000
    recent.add('a', 2)
    expect(recent.sums().of('a')).toBe(5)
    expect(recent.sums().secs).toBe(4)
    now += 54_000
    expect(recent.sums().of('a')).toBe(5)
    now += 8_000
    expect(recent.sums().of('a')).toBe(0)
    expect(recent.sums().secs).toBeGreaterThan(55)
    expect(recent.sums().secs).toBeLessThanOrEqual(60)
  })
})

describe('causes now', () => {
  test('each timeout by its newest verdict, for five minutes', () => {
    let now = 0
    const causes = createRecentCauses(() => now)
    causes.tell('a', 'network_latency')
    causes.tell('b', 'network_latency')
    causes.tell('a', 'dns_resolution')
    expect(causes.counts()).toEqual({ counts: { network_latency: 1, dns_resolution: 1 }, isAtLeast: false })
    causes.withdraw('b')
    now += 299_000
    expect(causes.counts().counts).toEqual({ dns_resolution: 1 })
    now += 1_000
    expect(causes.counts().counts).toEqual({})
  })
  test('memory is bounded, and it says that there were more', () => {
    let now = 0
    const causes = createRecentCauses(() => now)
    for (let i = 0; i < 25_000; i++) causes.tell(`v${i}`, 'unknown')
    expect(causes.counts()).toEqual({ counts: { unknown: 20_000 }, isAtLeast: true })
    now += 300_000
    expect(causes.counts()).toEqual({ counts: {}, isAtLeast: false })
  })
})

describe('ready', () => {
  const status = (more: Partial<StreamStatus> = {}): StreamStatus => ({
    parse: undefined,
    diagnose: undefined,
    standing: [],
    incidents: undefined,
    lag: new Map(),
    raw: [],
    answeredMs: 99_000,
    members: new Map([['parse', true]]),
    latenessMs: 0,
    rules: { generation: 1, digest: '' },
    inputsDigest: '',
    ...more,
  })
  const ask = (stream: StreamStatus | undefined, more: object = {}, join = true) => {
    const figures = createFigures(() => 50_000)
    if (join) figures.observer.assigned?.('parse', [])
    const given = { stream, figures, sessionMs: 30_000, isStopping: false, failed: undefined, now: 100_000 }
    return notReady({ ...given, ...more })
  }
  test('input and output up; without partitions it stands by', () => expect(ask(status())).toEqual([]))
  test('starting, stopping, failed', () => {
    expect(ask(undefined)).toEqual([{ what: 'stream', why: 'starting', reason: 'starting' }])
    expect(ask(status(), { isStopping: true })).toEqual([{ what: 'stream', why: 'stopping', reason: 'stopping' }])
    expect(ask(status(), { failed: 'SINK_FAILED' })).toEqual([{ what: 'stream', why: 'failed', reason: 'SINK_FAILED' }])
  })
  test('brokers that do not answer', () =>
    expect(ask(status({ answeredMs: 90_000 }))).toEqual([
      { what: 'brokers', why: 'silent', reason: 'no answer for 10 s' },
    ]))
  test('a group that was not joined, or that no longer counts on it', () => {
    expect(ask(status(), {}, false)).toEqual([
      { what: 'parse', why: 'not-joined', reason: 'has not joined its group yet' },
    ])
    expect(ask(status({ members: new Map([['parse', false]]) }))[0]?.reason).toBe('its group no longer counts on it')
    // It joined a moment ago: the first heartbeat is still to come.
    expect(ask(status({ answeredMs: 51_000, members: new Map([['parse', false]]) }), { now: 52_000 })).toEqual([])
  })
  test('a sink that takes nothing', () => {
    const figures = createFigures(() => 0)
    figures.observer.sinkState?.('elasticsearch', { up: false, retrying: 3, reason: 'ECONNREFUSED' })
    const stream = status({ members: new Map() })
    const given = { stream, figures, sessionMs: 1, isStopping: false, failed: undefined, now: 100_000 }
    expect(notReady(given)).toEqual([{ what: 'elasticsearch', why: 'down', reason: 'ECONNREFUSED' }])
    figures.observer.sinkState?.('elasticsearch', { up: true, retrying: 0 })
    expect(notReady(given)).toEqual([])
  })
})

test('a loop that was kept from its turn is stuck, and forgiven after a while', async () => {
  const { vi } = await import('vitest')
  vi.useFakeTimers()
  try {
    let now = 0
    const pulse = createPulse(() => now)
    const beat = (ms: number) => {
      now += ms
      vi.advanceTimersByTime(1_000)
    }
    beat(1_000)
    expect([pulse.isStuck(), pulse.longestMs()]).toEqual([false, 0])
    beat(21_000)
    expect([pulse.isStuck(), pulse.longestMs()]).toEqual([true, 20_000])
    for (let i = 0; i < 16; i++) beat(1_000)
    expect(pulse.isStuck()).toBe(false)
    pulse.stop()
  } finally {
    vi.useRealTimers()
  }
})
