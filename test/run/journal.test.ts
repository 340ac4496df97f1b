import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reasonOf, WhytimeoutError } from '../../pipeline/errors.js'
import { createJournal } from '../../pipeline/run/journal.js'
import type { Output } from '../../pipeline/stream/diagnoser.js'

const MINUTE = 60_000

function start() {
  let now = 10 * MINUTE
  const said: [string, string, Record<string, unknown>][] = []
  const journal = createJournal(
    (level, event, fields = {}) => said.push([level, event, fields as Record<string, unknown>]),
    () => now,
  )
  return {
    observer: journal.observer,
    close: journal.close,
    /** Lets time pass, the journal looking on; the brokers answer unless told otherwise. */
    pass: (ms: number, answeredMs?: number) => {
      now += ms
      journal.tick(answeredMs ?? now)
    },
    now: () => now,
    take: () => said.splice(0),
  }
}
const late = (at: number): Output => ({ kind: 'late', offset: 0n, event: { at } as never })

describe('what comes in numbers', () => {
  test('dead letters: at once, then at most once a minute, by reason', () => {
    const { observer, pass, take } = start()
    observer.deadLettered?.('parse', ['PARSE_NO_TIME', 'PARSE_BINARY', 'PARSE_NO_TIME'])
    pass(200)
    expect(take()).toEqual([
      ['warn', 'dead-letters', { count: 3, reasons: { 'parse PARSE_BINARY': 1, 'parse PARSE_NO_TIME': 2 } }],
    ])
    for (let i = 0; i < 290; i++) {
      observer.deadLettered?.('parse', ['PARSE_NO_TIME'])
      pass(200)
    }
    expect(take()).toEqual([])
    pass(2_000)
    expect(take()).toEqual([['warn', 'dead-letters', { count: 290, reasons: { 'parse PARSE_NO_TIME': 290 } }]])
    pass(2 * MINUTE)
    expect(take()).toEqual([])
  })
  test('late events: how many, and the time that a rerun must cover', () => {
    const { observer, pass, take } = start()
    observer.stored?.([late(Date.parse('2026-03-06T10:00:00Z')), late(Date.parse('2026-03-06T09:00:00Z'))])
    pass(200)
    const [from, to] = ['2026-03-06T09:00:00.000Z', '2026-03-06T10:00:00.000Z']
    expect(take()).toEqual([['warn', 'late-events', { count: 2, from, to }]])
  })
  test('commits that failed; those that did not are not told', () => {
    const { observer, pass, take } = start()
    for (const isDone of [true, false, false, true]) observer.committed?.('parse', isDone)
    pass(200)
    expect(take()).toEqual([['warn', 'commits-failed', { by_stage: { parse: 2 } }]])
  })
  test('partitions near the limit are told once a minute, and once when all go on', () => {
    const { observer, pass, take } = start()
    const p = { topic: 'logs', partition: 3 }
    for (let i = 0; i < 100; i++) {
      observer.heldBack?.(p, 900_000 + i)
      pass(250)
      observer.heldBack?.(p, undefined)
      pass(250)
    }
    expect(take().map(([, event, f]) => [event, f.partitions])).toEqual([['partitions.paused', ['logs/3']]])
    pass(MINUTE)
    expect(take().map(([, event]) => event)).toEqual(['partitions.paused'])
    pass(MINUTE)
    expect(take()).toEqual([['info', 'partitions.resumed', {}]])
    pass(MINUTE)
    expect(take()).toEqual([])
  })
  test('what is not yet said is said at the end', () => {
    const { observer, pass, take, close } = start()
    observer.deadLettered?.('parse', ['PARSE_BINARY'])
    pass(200)
    observer.deadLettered?.('parse', ['PARSE_BINARY'])
    take()
    close()
    expect(take().map(([, event]) => event)).toEqual(['dead-letters'])
  })
})

describe('what happens', () => {
  test('a sink goes down, stays down, comes up', () => {
    const { observer, pass, take } = start()
    const down = (retrying: number) =>
      observer.sinkState?.('elasticsearch', { up: false, retrying, reason: 'ECONNREFUSED' })
    down(40)
    expect(take()).toEqual([['warn', 'sink.down', { sink: 'elasticsearch', reason: 'ECONNREFUSED', waiting: 40 }]])
    for (let i = 0; i < 130; i++) {
      down(0)
      down(40)
      pass(1_000)
    }
    const told = take()
    expect(told.map(([, event]) => event)).toEqual(['sink.still-down', 'sink.still-down'])
    expect(told[0]?.[2]).toMatchObject({ sink: 'elasticsearch', for_secs: 60, tries: 61 })
    observer.sinkState?.('elasticsearch', { up: true, retrying: 0 })
    observer.sinkState?.('elasticsearch', { up: true, retrying: 0 })
    expect(take()).toEqual([['info', 'sink.up', { sink: 'elasticsearch', after_secs: 130, tries: 131 }]])
  })
  test('brokers that do not answer, once, and that they do again', () => {
    const { pass, now, take } = start()
    const answered = now()
    for (let i = 0; i < 20; i++) pass(1_000, answered)
    expect(take()).toEqual([['warn', 'kafka.unreachable', { for_secs: 6 }]])
    pass(1_000)
    pass(1_000)
    expect(take()).toEqual([['info', 'kafka.reachable', { after_secs: 21 }]])
  })
  test('partitions handed out, by name up to a limit; none is standing by', () => {
    const { observer, take } = start()
    observer.assigned?.(
      'parse',
      Array.from({ length: 60 }, (_, partition) => ({ topic: 'logs', partition })),
    )
    observer.assigned?.('parse', [])
    const [many, none] = take()
    expect(many?.[2]).toMatchObject({ stage: 'parse', count: 60 })
    expect(many?.[2].partitions).toHaveLength(50)
    expect(none?.[2]).toEqual({ stage: 'parse', count: 0, partitions: [], standing_by: true })
  })
  test('a client that starts again', () => {
    const { observer, take } = start()
    observer.restarted?.('parse', Object.assign(new Error('broker gone'), { name: 'KafkaJSConnectionError' }))
    expect(take()).toEqual([['warn', 'stage.restarting', { stage: 'parse', reason: 'broker gone' }]])
  })
})

test('an error that may quote what was being read gives its name only', () => {
  const quoting = (() => {
    try {
      return JSON.parse('{"pan": 4929420573595709')
    } catch (error) {
      return error as Error
    }
  })()
  expect(reasonOf(quoting)).toBe('SyntaxError')
  expect(reasonOf(new TypeError('4929420573595709 is no function'))).toBe('TypeError')
  expect(reasonOf(new WhytimeoutError('SINK_FAILED', 'full'))).toBe('full')
  expect(reasonOf(Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect' }))).toBe(
    'connect ECONNREFUSED',
  )
})

test('every event of the log is explained in docs/operations.md, and nothing else is', () => {
  const root = join(import.meta.dirname, '../..')
  const sources = readdirSync(join(root, 'pipeline'), { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.ts'),
  )
  const written = sources.flatMap((f) =>
    [
      ...readFileSync(join(root, 'pipeline', f), 'utf8').matchAll(
        /\b(?:log|complain)\(\s*'(?:debug|info|warn|error)',\s*'([\w.-]+)'/g,
      ),
    ].map((m) => m[1] as string),
  )
  expect(written.length).toBeGreaterThan(15)
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  const table = page.slice(page.indexOf('<!-- log events -->'), page.indexOf('<!-- /log events -->'))
  const explained = [...table.matchAll(/^\| `([\w.-]+)`/gm)].map((m) => m[1])
  expect(explained.sort()).toEqual([...new Set(written)].sort())
})
