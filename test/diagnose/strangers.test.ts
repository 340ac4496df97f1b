import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { tellStory } from '../../pipeline/run/story.js'
import type { RuleTest } from '../../schemas/rule.js'
import { factsAmong, line, timeout } from './facts/moments.js'

type Given = NonNullable<RuleTest['given']>[number]
const HOSTS = {
  g1: { 'whytimeout.role': 'gateway', 'whytimeout.gateway': 'g1' },
  'app-a': { 'whytimeout.role': 'server' },
  'app-b': { 'whytimeout.role': 'server' },
} as const

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})

const served = (at: string, upstream: string): Given => ({
  at,
  'host.name': 'g1',
  'event.action': 'request-succeeded',
  'event.outcome': 'success',
  'event.duration': 100_000_000,
  'service.target.name': upstream,
})
/** The gateway's wait for an upstream, while the pool of app-a's database is empty. */
const mechanism = (upstream: string) => {
  const { verdicts } = tellStory(pack, {
    hosts: HOSTS,
    given: [
      ...[-60, -50, -40, -30].flatMap((at) => [served(`${at}s`, 'be_a/app-a'), served(`${at + 1}s`, 'be_b/app-b')]),
      {
        at: '26s',
        'host.name': 'app-a',
        'event.action': 'overload',
        'event.outcome': 'failure',
        message: 'HikariPool-1 - Connection is not available',
      },
      {
        at: '28s',
        'host.name': 'app-a',
        'event.action': 'overload',
        'event.outcome': 'failure',
        message: 'HikariPool-1 - Connection is not available',
      },
      {
        at: '30s',
        'host.name': 'g1',
        'event.action': 'response-timeout',
        'event.outcome': 'failure',
        'event.duration': 5_000_000_000,
        'whytimeout.phase': 'response',
        'whytimeout.suffered_by': 'gateway',
        'service.target.name': upstream,
      },
    ],
  })
  return verdicts[0]?.whytimeout.detail.considered.map((c) => c.mechanism)
}

describe('what goes wrong on a server behind the gateway', () => {
  test('is a reason for who waits for that one', () => expect(mechanism('be_a/app-a')?.[0]).toBe('pool-exhausted'))
  test('and for another of the same backend', () => expect(mechanism('be_a/app-a2')?.[0]).toBe('pool-exhausted'))
  test('near miss: not for who waits for another backend', () =>
    expect(mechanism('be_b/app-b')?.[0]).toBe('upstream-hangs'))
})

describe("a wait in the gateway's own queue", () => {
  const wait = (queueMs: number) =>
    timeout(0, {
      'host.name': 'g1',
      'whytimeout.role': 'gateway',
      'whytimeout.suffered_by': 'gateway',
      'whytimeout.terminal_id': undefined,
      'service.target.name': 'be_b',
      'event.duration': 3e9,
      'whytimeout.queue_ms': queueMs,
    } as never)
  const session = (at: number, upstream: string, ms: number) =>
    line(at, 'g1', 'request-succeeded', {
      'event.outcome': 'success',
      'event.duration': ms * 1e6,
      'whytimeout.queue_ms': 0,
      'service.target.name': upstream,
    })
  const others = [-60, -50, -40, -30].flatMap((at) => [session(at, 'be_a/s', 100), session(at + 1, 'be_b/s', 100)])
  const lately = (ms: number) => [-2, -1.5, -1].flatMap((at) => [session(at, 'be_a/s', ms), session(at, 'be_b/s', 100)])
  test('is told by the line of the wait itself', () => {
    expect(factsAmong([...others, wait(3_000)])('gateway.queued')).toBe(true)
    expect(factsAmong([...others, wait(0)])('gateway.queued')).toBe(false)
  })
  test("another backend's slowness is not its own", () =>
    expect(factsAmong([...others, ...lately(5_000), wait(3_000)])('usual.slowdown_upstream')).toBe(1))
})
