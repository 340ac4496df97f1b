import { describe, expect, test } from 'vitest'
import { createSession } from '../../pipeline/sources/session.js'

describe('a session', () => {
  const open = (timeoutMs = 1_000) => {
    const now = { wall: 1_000_000, steady: 500 }
    const session = createSession(timeoutMs, { wall: () => now.wall, steady: () => now.steady })
    const pass = (ms: number, which: 'both' | 'wall' | 'steady' = 'both') => {
      if (which !== 'steady') now.wall += ms
      if (which !== 'wall') now.steady += ms
    }
    /** A request that takes some time, and its answer. */
    const ask = (request: string, ms: number, isYes = true) => {
      const sentAt = now.wall
      pass(ms)
      session.answered(request, sentAt)
      if (isYes) session.confirmed(request)
    }
    return { session, pass, ask }
  }

  test('is open for its time after a yes, counted from the question', () => {
    const { session, pass, ask } = open()
    expect(session.isOpen()).toBe(false)
    ask('Heartbeat', 400)
    expect(session.isOpen()).toBe(true)
    pass(599)
    expect(session.isOpen()).toBe(true)
    pass(1)
    expect(session.isOpen()).toBe(false)
    ask('Heartbeat', 1_000)
    expect(session.isOpen()).toBe(false)
  })
  test('a no, or an answer to another question, does not prolong it', () => {
    const { session, pass, ask } = open()
    ask('SyncGroup', 0)
    pass(900)
    ask('Heartbeat', 50, false)
    ask('Fetch', 10, false)
    session.confirmed('OffsetCommit')
    expect(session.isOpen()).toBe(true)
    pass(50)
    expect(session.isOpen()).toBe(false)
  })
  test.each(['wall', 'steady'] as const)('one clock alone that goes on is enough to end it: %s', (which) => {
    const { session, pass, ask } = open()
    ask('Heartbeat', 0)
    pass(1_000, which)
    expect(session.isOpen()).toBe(false)
  })
  test('a wall clock set back does not prolong it', () => {
    const { session, pass, ask } = open()
    ask('Heartbeat', 0)
    pass(-3_600_000, 'wall')
    expect(session.isOpen()).toBe(true)
    pass(1_000, 'steady')
    expect(session.isOpen()).toBe(false)
  })
  test('ends at once when the group is left', () => {
    const { session, ask } = open()
    ask('Heartbeat', 0)
    session.ended()
    session.confirmed('Heartbeat')
    expect(session.isOpen()).toBe(false)
  })
})
