import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { listLetters, retryLetters } from '../../pipeline/run/retry.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { letterOf } from '../../pipeline/stream/letters.js'
import { decodeEvent } from '../../pipeline/stream/messages.js'
import type { ParserOptions } from '../../pipeline/stream/parser.js'
import { LetterList, RetryResult } from '../../schemas/dead-letters.js'
import type { OriginEntry } from '../../schemas/origin.js'
import type { MemoryKafka } from '../stream/memory-kafka.js'
import { createMemoryReader } from '../stream/memory-reader.js'
import { HOUR_MS, kafkaOf } from '../stream/memory-runs.js'
import { drain, startMemoryStream, TOPICS } from '../stream/memory-stream.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})
const T0 = Date.parse('2026-03-06T10:00:00Z')
const at = (secs: number) => new Date(T0 + secs * 1_000).toISOString().replace('T', ' ').replace('Z', '')
const line = (secs: number, more = '') =>
  `${at(secs)} ERROR sale failed tid=T1 connect timed out to 192.0.2.10:443 after 5000 ms${more}`
const PAN = '4111111111111111'

const produce = (kafka: MemoryKafka, value: string, more: { key?: string; headers?: Record<string, string> } = {}) =>
  kafka.append('raw', 1, {
    timestamp: T0,
    key: more.key,
    value: Buffer.from(value),
    headers: more.headers ?? { host: 'till-9', log: 'odd.log' },
  })
/** The stream over what is there, to its end; `entry` is what origins.yml says of odd.log. */
async function run(kafka: MemoryKafka, entry: OriginEntry) {
  kafka.setNow(Math.max(kafka.now(), T0 + 60_000))
  const record: ParserOptions['record'] = {
    entryFor: (origin) => (origin.endsWith('/odd.log') ? entry : {}),
    enrichment: { inventory: undefined, siteOfAddress: new Map() },
    shownValues: new Set(),
  }
  const stream = await startMemoryStream({ kafka, raw: ['raw'], pack, record, latenessMs: 120_000, store: new Map() })
  expect(await drain(stream, kafka, 10 * HOUR_MS)).toBe(true)
}
const WRONG: OriginEntry = { format: 'haproxy' }
const options = (kafka: MemoryKafka, filter = {}) => ({
  reader: createMemoryReader(kafka),
  topics: TOPICS,
  isRaw: (topic: string) => topic === 'raw',
  filter,
  config: 'w.yml',
})
const retry = async (kafka: MemoryKafka, filter = {}, isDry = false) =>
  RetryResult.parse(
    await retryLetters({ ...options(kafka, filter), writer: isDry ? undefined : kafka.writer, now: kafka.now }),
  )
const list = async (kafka: MemoryKafka, filter = {}, limit = 20) =>
  LetterList.parse(await listLetters({ ...options(kafka, filter), limit }))
const raw = (kafka: MemoryKafka) => kafka.partition('raw', 1)
const eventsOf = (kafka: MemoryKafka) =>
  kafka.messages(TOPICS.events).flatMap((m) => decodeEvent(m.value?.toString() ?? '') ?? [])

describe('dead letters, listed and sent again', () => {
  test('a mended origins.yml reads what the old one could not', async () => {
    const kafka = kafkaOf(2)
    produce(kafka, line(0), { key: 'till-9', headers: { host: 'till-9', log: 'odd.log', trace: 'abc' } })
    produce(kafka, `${line(1)}\n${line(2, ` card ${PAN}`)}`)
    produce(
      kafka,
      JSON.stringify({ message: line(3), log: { file: { path: '/var/log/odd.log' } }, host: { name: 'till-8' } }),
      { headers: {} },
    )
    await run(kafka, WRONG)
    expect(eventsOf(kafka)).toEqual([])

    const listed = await list(kafka)
    expect(listed).toMatchObject({ letters: 4, doubles: 0, more_groups: 0, late_command: null })
    expect(listed.groups.map((g) => [g.reason, g.origin, g.letters])).toEqual([
      ['PARSE_NO_TIME', 'till-9/odd.log', 3],
      ['PARSE_NO_TIME', 'till-8/odd.log', 1],
    ])
    const byPlace = new Map(listed.newest.map((l) => [l.place, l]))
    expect([...byPlace.keys()].sort()).toEqual(['raw/1/0:0', 'raw/1/1:0', 'raw/1/1:1', 'raw/1/2:0'])
    expect(byPlace.get('raw/1/0:0')?.first).toBe(line(0).slice(0, 80))
    expect(byPlace.get('raw/1/1:1')?.hidden).toBe(12)

    const before = raw(kafka).length
    expect(await retry(kafka, {}, true)).toMatchObject({ dry_run: true, sent: 4, hidden: 1 })
    expect(raw(kafka).length).toBe(before)
    expect(await retry(kafka)).toMatchObject({ dry_run: false, sent: 4, by_topic: { raw: 4 }, hidden: 1 })
    const again = raw(kafka).slice(before)
    expect(again.map((m) => [m.key, m.value?.toString(), m.timestamp])).toEqual([
      ['till-9', line(0), T0],
      [undefined, line(1), T0],
      [undefined, line(2, ' card ************1111'), T0],
      [undefined, line(3), T0],
    ])
    expect(again.map((m) => m.headers)).toEqual([
      { host: 'till-9', log: 'odd.log', trace: 'abc', 'whytimeout.retry': '1' },
      { host: 'till-9', log: 'odd.log', 'whytimeout.retry': '1' },
      { host: 'till-9', log: 'odd.log', 'whytimeout.retry': '1' },
      { host: 'till-8', log: 'odd.log', 'whytimeout.retry': '1' },
    ])
    expect(await retry(kafka)).toMatchObject({ sent: 0, left: { sent: 4 } })
    expect((await list(kafka)).newest.map((l) => l.state)).toEqual(['sent', 'sent', 'sent', 'sent'])

    await run(kafka, {})
    const read = new Map(
      eventsOf(kafka).flatMap((e) => (e.open ? [] : [[e.event['event.original'], e.origin] as const])),
    )
    expect(read.size).toBe(4)
    expect([...read.values()].filter((o) => o === 'till-8/odd.log').length).toBe(1)
    expect(JSON.stringify([...read.keys()])).not.toContain(PAN)
  })

  test('at most three times; each time it is a new letter that knows how often', async () => {
    const kafka = kafkaOf(2)
    produce(kafka, line(0))
    for (let tries = 0; tries <= 3; tries++) {
      await run(kafka, WRONG)
      const letters = kafka.messages(TOPICS.deadLetters).flatMap((m) => letterOf(m) ?? [])
      expect(letters.map((l) => l.tries)).toEqual([...Array(tries + 1).keys()])
      const result = await retry(kafka)
      expect([result.sent, result.left.exhausted]).toEqual(tries < 3 ? [1, 0] : [0, 1])
    }
    expect(raw(kafka).length).toBe(4)
  })

  test('only those that are meant; a topic that nobody reads is left alone', async () => {
    const kafka = kafkaOf(2)
    for (let i = 0; i < 6; i++) produce(kafka, i % 2 === 0 ? line(i) : 'no time at all')
    await run(kafka, WRONG)
    const letters = kafka.messages(TOPICS.deadLetters).length
    expect((await list(kafka, { topic: 'other' })).letters).toBe(0)
    expect((await list(kafka, { reason: 'PARSE_BINARY' })).letters).toBe(0)
    expect((await list(kafka, { sinceMs: kafka.now() + 1 })).letters).toBe(0)
    expect((await list(kafka, {}, 2)).newest.length).toBe(2)
    expect(await retry(kafka, { topic: 'raw', from: 2n, to: 3n }, true)).toMatchObject({ places: ['raw/1/2:0'] })
    const foreign = { ...options(kafka), isRaw: () => false, writer: kafka.writer, now: kafka.now }
    expect(await retryLetters(foreign)).toMatchObject({ sent: 0, left: { foreign: letters } })
  })

  test('a double counts once and is sent once; one that is not whole, and a late event, are not sent', async () => {
    const kafka = kafkaOf(2)
    produce(kafka, line(0))
    await run(kafka, WRONG)
    const [letter] = kafka.messages(TOPICS.deadLetters)
    if (!letter) throw new Error('no letter')
    const write = (headers: Record<string, string>, value = letter.value ?? null) =>
      kafka.writer.send(TOPICS.deadLetters, [{ key: null, value, headers: { ...letter.headers, ...headers } }])
    await write({})
    await write({ '__connect.errors.offset': '77', 'whytimeout.cut': 'value' })
    await write({ '__connect.errors.offset': '78', 'whytimeout.cut': 'record' })
    await write(
      {
        '__connect.errors.exception.class.name': 'LATE',
        '__connect.errors.stage': 'diagnose',
        '__connect.errors.offset': '5',
      },
      Buffer.from('{"origin":"till-9/odd.log","event_id":"x","at":"2026-03-06T10:00:00.000Z"}'),
    )
    const listed = await list(kafka)
    expect([listed.letters, listed.doubles]).toEqual([4, 1])
    expect(listed.late_command).toContain('--late --store')
    const result = await retry(kafka)
    expect(result).toMatchObject({ sent: 2, left: { cut: 1, late: 1 } })
    expect(result.late_command).toBe('whytimeout replay kafka:whytimeout.events --late --store --config w.yml')
  })
})

test('a record sent again neither ends nor goes on with what its log has open', async () => {
  const kafka = kafkaOf(2)
  const headers = { host: 'till-9', log: 'pos.log' }
  produce(kafka, line(0), { headers })
  produce(kafka, line(-60, ' again'), { headers: { ...headers, 'whytimeout.retry': '1' } })
  produce(kafka, '  at com.pos.Sale.pay(Sale.java:12)', { headers })
  await run(kafka, {})
  const originals = new Set(eventsOf(kafka).flatMap((e) => (e.open ? [] : [e.event['event.original']])))
  expect(originals).toEqual(new Set([`${line(0)}\n  at com.pos.Sale.pay(Sale.java:12)`, line(-60, ' again')]))
})
