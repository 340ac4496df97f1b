import { describe, expect, test } from 'vitest'
import { grownIn } from '../../pipeline/diagnose/growth.js'
import type { Observation } from '../../pipeline/diagnose/observation.js'
import type { Condition } from '../../pipeline/match/pack.js'
import { tellStory } from '../../pipeline/run/story.js'
import type { RuleTest } from '../../schemas/rule.js'
import { smallPack } from '../match/small-pack.js'

const at = (secs: number, counters: Record<string, number>): Observation =>
  ({
    at: secs * 1_000,
    id: `e${secs}`,
    origin: 'h/ss.log',
    signals: [],
    event: { 'whytimeout.counters': counters },
  }) as unknown as Observation
const asks = (more: Partial<Condition> = {}): Condition => ({
  id: 'x',
  kind: 'delta',
  test: () => false,
  source: {},
  counter: (name) => name === 'full',
  gt: 0,
  ...more,
})
const ids = (line: readonly Observation[], port?: number, more: Partial<Condition> = {}) =>
  grownIn(asks(more), line, () => [], port).map((o) => o.id)

describe('counters of one listener of several', () => {
  const line = [at(0, { 'full:7101': 5, 'full:7102': 5 }), at(10, { 'full:7101': 5, 'full:7102': 9 })]
  test('grow for who dials that port', () => {
    expect(ids(line, 7102)).toEqual(['e10'])
    expect(ids(line, 7101)).toEqual([])
  })
  test('where nobody knows the port, or no listener has it, for anybody', () => {
    expect(ids(line)).toEqual(['e10'])
    expect(ids(line, 443)).toEqual(['e10'])
  })
  test('each is held against its own: what stands is no growth', () => {
    const still = [at(0, { 'full:7101': 1, 'full:7102': 100 }), at(10, { 'full:7101': 1, 'full:7102': 100 })]
    for (const port of [7101, 7102, undefined]) expect(ids(still, port)).toEqual([])
  })
  test('what is of no listener is for anybody', () => {
    const whole = [at(0, { full: 1, 'full:7101': 1 }), at(10, { full: 2, 'full:7101': 1 })]
    for (const port of [7101, 7102, undefined]) expect(ids(whole, port)).toEqual(['e10'])
  })
  test('a reading as it stands', () => {
    const level = { level: true }
    expect(ids([at(0, { 'full:7101': 0, 'full:7102': 1 })], 7101, level)).toEqual([])
    expect(ids([at(0, { 'full:7101': 0, 'full:7102': 1 })], 7102, level)).toEqual(['e0'])
    expect(ids([at(0, { 'full:7102': 1 })], 7101, level)).toEqual(['e0'])
    expect(ids([at(0, { 'full:7101': 1 })], 71, level)).toEqual(['e0'])
  })
  test('near miss: another counter, and what is no port', () => {
    const level = { level: true }
    expect(ids([at(0, { 'empty:7101': 1 })], 7101, level)).toEqual([])
    expect(ids([at(0, { 'full:http': 1 })], 7101, level)).toEqual([])
    expect(ids([at(0, { 'full:710100': 1 })], 7101, level)).toEqual([])
    expect(ids([at(0, { ':7101': 1 })], 7101, level)).toEqual([])
  })
})

describe('as a rule asks, of what ss prints', () => {
  const pack = smallPack(
    '  full: { bits: 9, bind: gateway, within: { before: 15s, after: 15s }, delta: { counter: listen_queue_full, gt: 0, level: true, role: gateway } }',
  )
  const story = (rows: readonly string[], port: number): boolean => {
    const story: Pick<RuleTest, 'given' | 'lines' | 'hosts'> = {
      hosts: {
        t1: { 'whytimeout.role': 'terminal', 'whytimeout.terminal_id': 'T1' },
        g1: { 'whytimeout.role': 'gateway' },
      },
      given: [
        {
          at: '20s',
          'host.name': 't1',
          'event.action': 'connect-timeout',
          'event.outcome': 'failure',
          'event.duration': 4e9,
          'whytimeout.phase': 'connect',
          'destination.ip': '192.0.2.10',
          'destination.port': port,
        },
      ] as RuleTest['given'],
      lines: {
        'g1/ss.log': [
          ['2026-03-02 12:00:18', 'State    Recv-Q Send-Q Local Address:Port Peer Address:PortProcess', ...rows].join(
            '\n',
          ),
        ],
      },
    }
    return tellStory(pack, story).signals.has('link-flap/full')
  }
  const row = (queue: number, local: string) => `LISTEN   ${queue}    128          ${local}      0.0.0.0:*`
  test('the listener that was dialled is full', () => {
    expect(story([row(129, '*:7101'), row(0, '*:7102')], 7101)).toBe(true)
    expect(story([row(129, '[::]:7101'), row(0, '[::]:7102')], 7101)).toBe(true)
    expect(story([row(129, '10.0.0.1:7101'), row(0, '0.0.0.0:7102')], 7101)).toBe(true)
  })
  test('near miss: another is, and the dialled one is not', () =>
    expect(story([row(129, '*:7101'), row(0, '*:7102')], 7102)).toBe(false))
  test('near miss: as many as its limit are not too many', () => expect(story([row(128, '*:7101')], 7101)).toBe(false))
  test('beyond a translation of ports nobody knows which', () =>
    expect(story([row(129, '*:7101'), row(0, '*:7102')], 443)).toBe(true))
  test('near miss: none is full', () => expect(story([row(0, '*:7101'), row(0, '*:7102')], 443)).toBe(false))
})
