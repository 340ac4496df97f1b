import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { NO_COUNTS } from '../../pipeline/stream/messages.js'
import { createRawParser, type Parsed, type ParserOptions } from '../../pipeline/stream/parser.js'
import { partsOf, type RawMessage } from '../../pipeline/stream/raw-message.js'

const LATENESS = 120_000
const T0 = Date.parse('2026-03-06T10:00:00Z')
let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})

const parserOf = (more: Partial<ParserOptions> = {}) =>
  createRawParser({
    topic: 'raw',
    partition: 0,
    pack,
    latenessMs: LATENESS,
    record: {
      entryFor: () => ({}),
      enrichment: { inventory: undefined, siteOfAddress: new Map() },
      shownValues: new Set(),
    },
    messages: 'lines',
    start: 0n,
    emitFrom: 0n,
    clock: undefined,
    ...more,
  })
const at = (secs: number): string => new Date(T0 + secs * 1_000).toISOString().replace('T', ' ').replace('Z', '')
const timedOut = (secs: number) =>
  `${at(secs)} ERROR sale failed tid=T1 connect timed out to 192.0.2.10:443 after 5000 ms`
const message = (offset: number, value: string | Buffer | undefined, more: Partial<RawMessage> = {}): RawMessage => ({
  offset: BigInt(offset),
  timestamp: T0 + 86_400_000,
  key: undefined,
  value: typeof value === 'string' ? Buffer.from(value, 'utf8') : value,
  headers: { host: 'till-1', log: 'pos.log' },
  ...more,
})
const kinds = (parsed: readonly Parsed[]) => parsed.map((p) => `${p.kind} ${p.offset}:${p.line}`)

describe('who wrote a message', () => {
  const whoOf = (m: RawMessage) => partsOf(m, 'raw').map((p) => [p.host, p.log, p.text])
  test('headers, under either name', () => {
    expect(whoOf(message(0, 'x'))).toEqual([['till-1', 'pos.log', 'x']])
    expect(whoOf(message(0, 'x', { headers: { 'host.name': 'h', 'log.file.path': '/var/log/a.log.1.gz' } }))).toEqual([
      ['h', 'a.log', 'x'],
    ])
  })
  test('the key where it can be a host, and the topic as the name', () => {
    expect(whoOf(message(0, 'x', { headers: {}, key: 'till-7.shop' }))).toEqual([['till-7.shop', 'raw', 'x']])
    expect(whoOf(message(0, 'x', { headers: {}, key: '12345' }))).toEqual([[undefined, 'raw', 'x']])
  })
  test('an envelope over both; several envelopes a message, a line each', () => {
    const beat = (host: string, text: string) =>
      JSON.stringify({ message: text, log: { file: { path: '/var/log/app.log' } }, host: { name: host } })
    expect(whoOf(message(0, beat('a', 'one')))).toEqual([['a', 'app.log', 'one']])
    expect(whoOf(message(0, `${beat('a', 'one')}\n${beat('b', 'two')}\n`))).toEqual([
      ['a', 'app.log', 'one'],
      ['b', 'app.log', 'two'],
    ])
  })
  test('a tombstone brings nothing', () => expect(partsOf(message(0, undefined), 'raw')).toEqual([]))
})

describe('records of a raw partition', () => {
  test('a record ends with the next head of its log; its place is where it began', () => {
    const parser = parserOf()
    expect(parser.take(message(0, `${timedOut(0)}\n  at a.b.C(D.java:1)`))).toEqual([])
    expect(parser.take(message(1, '  at a.b.E(F.java:2)'))).toEqual([])
    expect(kinds(parser.take(message(2, `${timedOut(60)}\n${timedOut(61)}`)))).toEqual(['event 0:0', 'event 2:0'])
    expect(kinds(parser.flush())).toEqual(['event 2:1'])
  })
  test('logs of one partition do not mix', () => {
    const parser = parserOf()
    parser.take(message(0, timedOut(0)))
    parser.take(message(1, timedOut(1), { headers: { host: 'till-2', log: 'pos.log' } }))
    const done = parser.take(message(2, '  at a.b.C(D.java:1)'))
    expect(done).toEqual([])
    const texts = parser
      .flush()
      .flatMap((p) => (p.kind === 'event' ? p.events.map((e) => e.event['event.original']) : []))
    expect(texts).toEqual([`${timedOut(0)}\n  at a.b.C(D.java:1)`, timedOut(1)])
  })
  test('whole records a message: nothing stays open', () => {
    const parser = parserOf({ messages: 'records' })
    expect(kinds(parser.take(message(0, `${timedOut(0)}\n  at a.b.C(D.java:1)`)))).toEqual(['event 0:0'])
    expect(parser.settle().position).toBe(1n)
  })
  test('symptoms of an open record are told at once, again only when it has grown', () => {
    const parser = parserOf()
    parser.take(message(0, timedOut(0)))
    expect(parser.peek().map((e) => [e.open, e.event['event.action']])).toEqual([[true, 'connect-timeout']])
    expect(parser.peek()).toEqual([])
    parser.take(message(1, '  at a.b.C(D.java:1)'))
    expect(parser.peek().length).toBe(1)
  })
  test('what cannot be used is a dead letter with its place, and never throws', () => {
    const parser = parserOf()
    const junk = [
      Buffer.from([0, 1, 2, 0, 255]),
      '{"message":"bro',
      'no time here',
      '',
      '\u0000',
      '9999-99-99 99:99:99 x',
    ]
    const done = junk.flatMap((value, i) => parser.take(message(i, value, { headers: { host: 'h', log: `${i}` } })))
    done.push(...parser.flush())
    const { counts } = parser.settle()
    expect(counts.read).toBe(done.length)
    expect(done.filter((p) => p.kind === 'dead').length).toBeGreaterThanOrEqual(4)
  })
})

describe('the clock of a raw partition', () => {
  test('newest event time less the lateness', () => {
    const parser = parserOf({ messages: 'records' })
    expect(parser.settle().clock).toBeUndefined()
    parser.take(message(0, timedOut(0)))
    expect(parser.settle().clock).toBe(T0 - LATENESS)
  })
  test("never ahead of Kafka's time of the record", () => {
    const parser = parserOf({ messages: 'records' })
    parser.take(message(0, timedOut(8 * 3_600), { timestamp: T0 + 5_000 }))
    expect(parser.settle().clock).toBe(T0 + 5_000 - LATENESS)
  })
  test('never past a record that is held open', () => {
    const parser = parserOf()
    parser.take(message(0, timedOut(0), { headers: { host: 'quiet', log: 'a' } }))
    for (let i = 1; i < 12; i++) parser.take(message(i, timedOut(i * 10)))
    parser.peek()
    expect(parser.settle().clock).toBe(T0 + 100_000 - LATENESS)
    parser.take(message(12, timedOut(119)))
    parser.take(message(13, timedOut(120)))
    expect(parser.settle().clock).toBeLessThanOrEqual(T0)
    // Past it by more than the lateness: it is closed, and given out before the clock moves on.
    const done = parser.take(message(14, timedOut(200)))
    expect(kinds(parser.take(message(15, timedOut(201))).concat(done))).toContain('event 0:0')
    expect(parser.settle().clock).toBeGreaterThan(T0)
  })
})

describe('how far a partition is parsed', () => {
  test('to the head of the oldest open record, with the counts of those before', () => {
    const parser = parserOf()
    parser.take(message(0, timedOut(0)))
    parser.take(message(1, timedOut(1)))
    parser.take(message(2, timedOut(2), { headers: { host: 'till-2', log: 'x' } }))
    expect(parser.settle()).toMatchObject({ position: 1n, resumeAt: 1n, counts: { ...NO_COUNTS, read: 1, events: 1 } })
    parser.take(message(3, timedOut(3)))
    expect(parser.settle()).toMatchObject({ position: 2n, counts: { read: 1 } })
    parser.flush()
    expect(parser.settle()).toMatchObject({ position: 4n, counts: { read: 2 } })
  })
  test('a restart reads from before the head of every block that reaches across, and gives nothing out twice', () => {
    const lines = [
      ['a', timedOut(0)],
      ['b', timedOut(1)],
      ['a', '  at a.b.C(D.java:1)'],
      ['c', timedOut(2)],
      ['a', '  at a.b.E(F.java:2)'],
      ['b', timedOut(3)],
      ['a', timedOut(4)],
      ['b', timedOut(5)],
    ] as const
    const messages = lines.map(([host, text], i) => message(i, text, { headers: { host, log: 'x' } }))
    const whole = parserOf()
    const expected = [...messages.flatMap((m) => whole.take(m)), ...whole.flush()]
    for (let cut = 1; cut < messages.length; cut++) {
      const first = parserOf()
      const before = messages.slice(0, cut).flatMap((m) => first.take(m))
      const { position, resumeAt } = first.settle()
      expect(resumeAt).toBeLessThanOrEqual(position)
      const second = parserOf({ start: resumeAt, emitFrom: position })
      const after = [...messages.slice(Number(resumeAt)).flatMap((m) => second.take(m)), ...second.flush()]
      const settled = before.filter((p) => p.offset < position)
      const all = [...settled, ...after].sort((a, b) => Number(a.offset - b.offset))
      expect(all, `cut at ${cut}`).toEqual([...expected].sort((a, b) => Number(a.offset - b.offset)))
    }
  })
  test('keys that never come back fill no memory', () => {
    const parser = parserOf()
    let done = 0
    for (let i = 0; i < 50_500; i++)
      done += parser.take(message(i, 'junk', { headers: { host: `h${i}`, log: 'x' }, timestamp: T0 })).length
    expect(done).toBeGreaterThan(400)
    expect(parser.settle().position).toBeGreaterThan(400n)
  })
  test('gaps of compaction and control records count as read', () => {
    const parser = parserOf()
    parser.passed(40n)
    expect(parser.settle().position).toBe(40n)
  })
})
