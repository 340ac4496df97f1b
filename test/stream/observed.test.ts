import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createFigures } from '../../pipeline/run/figures.js'
import { createJournal } from '../../pipeline/run/journal.js'
import { createLog, type LogLevel } from '../../pipeline/run/log.js'
import { observeAll } from '../../pipeline/run/observer.js'
import { tapFilter } from '../../pipeline/run/tap-filter.js'
import { createTaps } from '../../pipeline/run/taps.js'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import { decodeBooks } from '../../pipeline/stream/messages.js'
import { endOf, finish, kafkaOf, partitionOf, produce } from './memory-runs.js'
import { TOPICS } from './memory-stream.js'
import { type Traffic, trafficOf } from './traffic.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
/** A valid card number, in lines of every fate; and words that stand in no other line. */
const CARD = '4929420573595709'
const WORDS = ['xylophone', 'quagmire', 'zeppelin', '木琴']
const PLANTED = [
  `2026-03-06 06:30:00.123 INFO xylophone pan=${CARD} 木琴`,
  `2026-03-06 06:30:01.123 ERROR quagmire tid=T041201 card ${CARD} connect timed out to 203.0.113.80:8443 after 5000 ms`,
  `zeppelin ${CARD.replace(/(....)/g, '$1 ').trim()} without a time`,
]

let traffic: Traffic
beforeAll(async () => {
  traffic = await trafficOf(STORY, 0.25)
}, 60_000)

/** The story through both stages in memory, with everything that looks on. */
async function run(level: LogLevel) {
  const kafka = kafkaOf(3)
  for (const r of traffic.records) produce(kafka, partitionOf(r, 3, 1), r, r.lines.join('\n'))
  for (const [i, text] of PLANTED.entries()) {
    const place = { host: `till-9${i}`, log: 'pos.log', at: endOf(traffic) - 10_000 }
    produce(kafka, 0, place, Buffer.from(text, 'utf8').toString('latin1'))
  }
  kafka.append(TOPICS.events, 0, { timestamp: 0, key: 'x', value: Buffer.from(`zeppelin ${CARD}`), headers: {} })
  let written = ''
  const to = {
    write: (line: string) => {
      written += line
    },
  }
  const log = createLog(level, {}, to)
  const figures = createFigures(kafka.now)
  const journal = createJournal(log, kafka.now)
  const taps = createTaps(kafka.now, { clients: 3, perSecond: 1e6, pendingBytes: 1e9, stuckMs: 1e9 })
  const tapped: string[] = []
  const filter = tapFilter('lines', [], [])
  if ('refused' in filter) throw new Error(filter.refused)
  const client = { send: (l: string) => tapped.push(l), pending: () => 0, end: () => {}, drop: () => {} }
  taps.open({ filter, client, limit: 1e9, ended: () => {} })
  const observer = observeAll([journal.observer, figures.observer, taps.observer])
  const store = new Map<string, StoredDocument>()
  const stream = await finish({ kafka, traffic, observer, store })
  journal.tick(kafka.now())
  journal.close()
  const lines = written
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l) as Record<string, unknown>)
  return { kafka, figures, stream, store, tapped, written, lines }
}

describe('figures of a run', () => {
  test('agree with the books, the topics and what is stored', async () => {
    const { kafka, figures, stream, store } = await run('error')
    const books = kafka.messages(TOPICS.books).map((m) => decodeBooks(m.value?.toString() ?? ''))
    const newest = [...new Map(books.map((b) => [`${b.topic}/${b.partition}/${b.from}`, b])).values()]
    const sum = (topic: string, of: 'read' | 'events' | 'filtered' | 'duplicates' | 'dead_lettered') =>
      newest.filter((b) => b.topic === topic).reduce((n, b) => n + b[of], 0)
    const { parse, diagnose } = stream.counts()
    for (const of of ['read', 'events', 'filtered', 'duplicates', 'dead_lettered'] as const) {
      expect(parse[of], of).toBe(sum('raw', of))
      expect(diagnose[of], of).toBe(sum(TOPICS.events, of))
    }
    const raw = kafka.messages('raw')
    expect(figures.read()).toEqual([
      { topic: 'raw', messages: raw.length, bytes: raw.reduce((n, m) => n + (m.value?.length ?? 0), 0) },
    ])
    expect([...figures.formats().values()].reduce((a, b) => a + b, 0)).toBe(parse.read)
    expect(figures.formats().get('none')).toBe(parse.dead_lettered)
    const dead = kafka.messages(TOPICS.deadLetters).length
    expect(figures.deadLetters().reduce((n, d) => n + d.count, 0)).toBe(dead)
    expect(figures.deadLetters()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ stage: 'parse', reason: 'PARSE_NO_TIME', count: 1 }),
        expect.objectContaining({ stage: 'diagnose', reason: 'EVENT_UNREADABLE', count: 1 }),
      ]),
    )
    const finals = [...store.values()].filter((d) => d.source && d.index.startsWith('whytimeout-verdicts-'))
    const told = figures.verdicts().filter((v) => v.state === 'final')
    expect(told.reduce((n, v) => n + v.count, 0)).toBe(finals.length)
    expect(finals.length).toBeGreaterThan(10)
    expect(figures.commits().every((c) => c.outcome === 'done' && c.count > 0)).toBe(true)
    expect([...figures.assigned().keys()].sort()).toEqual(['diagnose', 'parse'])
    expect(figures.rebalances().get('parse')).toBe(1)
  }, 60_000)
})

describe('the log', () => {
  test('tells each event once, and no content above debug', async () => {
    const { written, lines, kafka } = await run('info')
    for (const word of [...WORDS, CARD, CARD.slice(0, 12)]) expect(written).not.toContain(word)
    // No word of the traffic's own lines either, long enough to be nobody's else.
    const texts = kafka.messages('raw').map((m) => m.value?.toString('latin1') ?? '')
    for (const text of texts) expect(written.includes(text.slice(0, 40)), text.slice(0, 40)).toBe(false)
    const events = lines.map((l) => l.event)
    expect(events.filter((e) => e === 'stage.assigned')).toHaveLength(2)
    expect(lines.filter((l) => l.event === 'dead-letters')).toEqual([
      expect.objectContaining({
        level: 40,
        count: 2,
        reasons: { 'diagnose EVENT_UNREADABLE': 1, 'parse PARSE_NO_TIME': 1 },
      }),
    ])
    expect(lines.length).toBeLessThan(10)
  }, 60_000)
  test('at debug: content, masked', async () => {
    const { written, lines } = await run('debug')
    expect(written).not.toContain(CARD)
    expect(written.replaceAll(' ', '')).not.toContain(CARD)
    const dead = lines.find((l) => l.event === 'record.dead')
    expect(dead?.text).toBe('zeppelin **** **** **** 5709 without a time')
    expect(lines.some((l) => l.event === 'verdict.stored' && l.state === 'final')).toBe(true)
  }, 60_000)
})

describe('taps', () => {
  test('see every record with a text, whatever became of it, masked', async () => {
    const { tapped, stream } = await run('error')
    expect(tapped).toHaveLength(stream.counts().parse.read)
    expect(tapped.join('\n')).not.toContain(CARD)
    for (const word of WORDS)
      expect(
        tapped.filter((t) => t.includes(word)),
        word,
      ).toHaveLength(1)
    const fates = new Map(tapped.map((t) => JSON.parse(t)).map((t) => [t.fate, t.origin]))
    expect([...fates.keys()].sort()).toEqual(['dead_lettered', 'event', 'filtered'])
  }, 60_000)
})
