import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { booksKey, decodeBooks, decodeEvent, encodeBooks } from '../../pipeline/stream/messages.js'
import { AuditReport } from '../../schemas/audit.js'
import { LetterList, RetryResult } from '../../schemas/dead-letters.js'
import { runCli } from '../cli/run-cli.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { openTopics, type StoredMessage, type Topics } from '../services/topics.js'
import { type Traffic, trafficOf } from '../stream/traffic.js'
import { beginStream, type Place, placeOn, sendTraffic, stopStreams, until } from './stage.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const PAN = '4111111111111111'
const JUNK = Buffer.from([0, 1, 2, 255, 254, 0, 0, 7])
const OVERSIZE = `2026-03-06 ${'x'.repeat(700_000)}`
const POISON: readonly (string | Buffer | null)[] = [
  null,
  '',
  'no time in this line at all',
  JUNK,
  '{"message":"broken',
  OVERSIZE,
  `9999-99-99 99:99:99 ERROR card ${PAN} connect timed out`,
  Buffer.from(`\ufeffcard ${PAN}`, 'utf16le'),
]

let brokers: string
let traffic: Traffic
let topics: Topics

/** Runs the stream until everything that is there is read and decided. */
async function runThrough(place: Place): Promise<void> {
  const stream = await beginStream(place)
  await until(async () => {
    const report = await audited(place)
    const unread = report.chains.reduce((sum, c) => sum + c.unread, 0)
    const { standing } = stream.status()
    // What waits for the watermark may open an episode yet.
    const open = standing.reduce((sum, s) => sum + s.open + s.held, 0)
    return unread === 0 && standing.length > 0 && open === 0 ? undefined : `${unread} unread, ${open} open`
  }, 90_000)
  await stream.stop()
}
const cli = async (...argv: string[]) => runCli(argv, { now: new Date().toISOString() })
async function audited(place: Place): Promise<AuditReport> {
  const { exit, out, err } = await cli('audit', '--config', place.config, '--json')
  if (out === '') throw new Error(err)
  const report = AuditReport.parse(JSON.parse(out))
  expect(exit).toBe(report.ok ? 0 : 3)
  return report
}
const failsOf = (report: AuditReport) => report.findings.filter((f) => f.state === 'fail')
async function poison(place: Place, values: readonly (string | Buffer | null)[]): Promise<void> {
  for (const [i, value] of values.entries())
    await place.producer.send({
      topic: place.raw,
      messages: [
        { key: `poison-${i}`, value, headers: { host: 'poison', log: `junk-${i}.log`, trace: Buffer.from([i, 200]) } },
      ],
    })
}
const header = (m: StoredMessage, name: string): string | undefined => {
  const value = m.headers[name]
  return (Array.isArray(value) ? value[0] : value)?.toString()
}
const code = (m: StoredMessage) => header(m, '__connect.errors.exception.class.name')

describeWithKafka('audit and dead letters on a real broker', () => {
  beforeAll(async () => {
    brokers = await sharedKafka()
    topics = await openTopics(brokers)
    traffic = await trafficOf(STORY, 0.12)
    return () => topics.close()
  })
  afterEach(stopStreams)
  const placed = (more = '') => placeOn(brokers.split(','), traffic, { more: `lateness: 3s\n${more}` })

  test('traffic with poison in it: the books balance; letters keep the bytes that came, in topic and file', async () => {
    const place = await placed('dead_letters_file: letters.ndjson')
    await sendTraffic(place, traffic.records.slice(0, 200), { perMessage: 20, stepMs: 60_000 })
    await poison(place, POISON)
    const endless = 'h'.repeat(523_600)
    await place.producer.send({
      topic: place.raw,
      messages: [{ key: 'endless', value: 'no time here', headers: { host: endless, log: endless } }],
    })
    await sendTraffic(place, traffic.records.slice(200), { perMessage: 20, stepMs: 60_000 })
    await runThrough(place)

    const report = await audited(place)
    expect(report.findings).toEqual([])
    expect(report.totals.raw.read).toBe(traffic.records.length + POISON.length + 1)
    // All but the tombstone and the empty one, and the one of an endless name.
    expect(report.totals.raw.dead_lettered).toBe(POISON.length - 1)
    expect(report.verdicts.final).toBe(
      [...traffic.expected.keys()].filter((k) => k.startsWith('whytimeout-verdicts')).length,
    )
    const text = await cli('audit', '--config', place.config)
    expect([text.exit, text.out]).toEqual([0, expect.stringContaining('The books balance')])
    const chinese = await cli('audit', '--config', place.config, '--lang', 'zh')
    expect(chinese.out).toContain('账目平衡')

    const letters = await topics.read(`${place.prefix}.dead-letters`)
    const byKey = new Map(letters.map((m) => [m.key?.toString(), m]))
    expect(letters.length).toBe(POISON.length - 1)
    expect(header(byKey.get('endless') as StoredMessage, 'whytimeout.cut')).toBe('value,headers')
    expect(byKey.get('poison-3')?.value).toEqual(JUNK)
    expect(byKey.get('poison-3')?.headers.trace).toEqual(Buffer.from([3, 200]))
    expect(code(byKey.get('poison-3') as StoredMessage)).toBe('PARSE_BINARY')
    expect(byKey.get('poison-2')?.value?.toString()).toBe(POISON[2])
    expect(byKey.get('poison-6')?.value?.toString()).toBe(String(POISON[6]).replace('411111111111', '************'))
    const wide = byKey.get('poison-7')?.value as Buffer
    expect(wide.toString('utf16le')).toBe('\ufeffcard ************1111')
    const long = byKey.get('poison-5') as StoredMessage
    expect([long.value?.length, header(long, 'whytimeout.cut')]).toEqual([256 * 1024, 'record'])
    for (const m of letters) {
      expect(header(m, '__connect.errors.topic')).toBe(place.raw)
      expect(header(m, '__connect.errors.stage')).toBe('parse')
      expect(header(m, 'whytimeout.retry')).toBe('0')
      expect(m.value?.toString('latin1')).not.toContain(PAN)
    }
    const file = (await readFile(join(place.dir, 'letters.ndjson'), 'utf8')).trimEnd().split('\n')
    const lines = file.map(
      (l) => JSON.parse(l) as { key: string; value: string | { base64: string }; headers: Record<string, string> },
    )
    expect(lines.map((l) => l.key).sort()).toEqual([...byKey.keys()].sort())
    for (const l of lines) {
      const value = typeof l.value === 'string' ? Buffer.from(l.value) : Buffer.from(l.value.base64, 'base64')
      expect(value.equals(byKey.get(l.key)?.value as Buffer), l.key).toBe(true)
      expect(l.headers['__connect.errors.offset']).toBe(
        header(byKey.get(l.key) as StoredMessage, '__connect.errors.offset'),
      )
    }
    await place.close()
  }, 180_000)

  test('an entry that is gone, one that overlaps, raw records deleted before they were read: each is named', async () => {
    const place = await placed()
    const books = `${place.prefix}.books`
    const { admin } = topics
    const stream = await beginStream(place)
    const half = Math.floor(traffic.records.length / 2)
    let sent = 0
    await sendTraffic(place, traffic.records.slice(0, half), {
      perMessage: 5,
      stepMs: 120_000,
      between: async () => {
        // So that the books have several entries.
        sent++
        if (sent % 3 === 0)
          await until(
            async () => ((await audited(place)).chains.some((c) => c.entries > sent / 3) ? undefined : 'an entry'),
            60_000,
          )
      },
    })
    await stream.stop()
    await runThrough(place)
    expect(failsOf(await audited(place))).toEqual([])

    // Deleted while nobody reads.
    const before = new Map((await admin.fetchTopicOffsets(place.raw)).map((p) => [p.partition, Number(p.high)]))
    await sendTraffic(place, traffic.records.slice(half), { perMessage: 5, stepMs: 120_000 })
    const ends = await admin.fetchTopicOffsets(place.raw)
    const [victim] = ends.filter((p) => Number(p.high) - (before.get(p.partition) ?? 0) > 6)
    if (!victim) throw new Error('no partition got enough')
    const from = before.get(victim.partition) ?? 0
    await admin.deleteTopicRecords({
      topic: place.raw,
      partitions: [{ partition: victim.partition, offset: String(from + 4) }],
    })
    await runThrough(place)
    const deleted = failsOf(await audited(place))
    expect(deleted.map((f) => [f.code, f.topic, f.partition, f.from, f.to])).toEqual([
      ['gap-deleted', place.raw, victim.partition, from, from + 4],
    ])

    const entries = [...new Map((await topics.read(books)).map((m) => [m.key?.toString(), m])).values()]
      .map((m) => decodeBooks(m.value?.toString() ?? ''))
      .filter((b) => b.topic === place.raw && b.to > b.from)
      .sort((a, b) => (a.from < b.from ? -1 : 1))
    const chainOf = (partition: number) => entries.filter((b) => b.partition === partition)
    const other = [0, 1, 2].filter((p) => p !== victim.partition).find((p) => chainOf(p).length >= 3) ?? -1
    const [, lost] = chainOf(other)
    const [one] = chainOf(victim.partition)
    if (!lost || !one) throw new Error(`too few entries: ${entries.map((b) => booksKey(b)).join(' ')}`)
    const fake = { ...one, from: one.from + 1n }
    await topics.produce(books, [
      { key: booksKey(lost), value: null },
      { key: booksKey(fake), value: encodeBooks(fake) },
    ])
    const report = await audited(place)
    expect(
      failsOf(report)
        .map((f) => [f.code, f.partition, f.from, f.to])
        .sort(),
    ).toEqual(
      [
        ['gap-deleted', victim.partition, from, from + 4],
        ['gap-entry-missing', other, Number(lost.from), Number(lost.to)],
        ['overlap', victim.partition, Number(one.from) + 1, Number(one.to)],
      ].sort(),
    )
    const { exit, out } = await cli('audit', '--config', place.config)
    expect([exit, out]).toEqual([3, expect.stringContaining('3 things are wrong')])
    await place.close()
  }, 240_000)

  test('dead letters go round: listed, mended, sent again, read', async () => {
    const place = await placed()
    const good = await readFile(join(place.dir, 'origins.yml'), 'utf8')
    await writeFile(join(place.dir, 'origins.yml'), `${good}\n"till-77/odd.log":\n  format: haproxy\n`)
    const text = (secs: number) =>
      `2026-03-06 10:00:${String(secs).padStart(2, '0')}.000 ERROR sale failed tid=T77 connect timed out to 192.0.2.10:443 after 5000 ms`
    await topics.produce(
      place.raw,
      [1, 2, 3].map((secs) => ({
        key: 'till-77',
        value: text(secs),
        headers: { host: 'till-77', log: 'odd.log' },
        partition: 1,
      })),
    )
    await runThrough(place)
    const list = async () => {
      const { out } = await cli('dead-letters', 'list', '--config', place.config, '--json')
      return LetterList.parse(JSON.parse(out))
    }
    const retry = async (...more: string[]) => {
      const { out, err } = await cli('dead-letters', 'retry', '--config', place.config, '--json', ...more)
      if (out === '') throw new Error(err)
      return RetryResult.parse(JSON.parse(out))
    }
    expect((await list()).groups).toMatchObject([{ reason: 'PARSE_NO_TIME', origin: 'till-77/odd.log', letters: 3 }])
    const shown = await cli('dead-letters', 'list', '--config', place.config, '--since', '1h', '--limit', '1')
    expect(shown.out).toContain('till-77/odd.log')

    await writeFile(join(place.dir, 'origins.yml'), good)
    expect(await retry('--dry-run')).toMatchObject({ sent: 3, dry_run: true })
    expect(await retry('--topic', place.raw, '--from', '1', '--to', '2')).toMatchObject({
      sent: 1,
      by_topic: { [place.raw]: 1 },
    })
    expect(await retry()).toMatchObject({ sent: 2, left: { sent: 1 } })
    expect(await retry()).toMatchObject({ sent: 0, left: { sent: 3 } })
    const raw = await topics.read(place.raw)
    expect(raw.map((m) => [m.partition, m.key?.toString(), header(m, 'whytimeout.retry')])).toEqual([
      [1, 'till-77', undefined],
      [1, 'till-77', undefined],
      [1, 'till-77', undefined],
      [1, 'till-77', '1'],
      [1, 'till-77', '1'],
      [1, 'till-77', '1'],
    ])
    expect(
      raw
        .slice(3)
        .map((m) => m.timestamp)
        .sort(),
    ).toEqual(
      raw
        .slice(0, 3)
        .map((m) => m.timestamp)
        .sort(),
    )
    await runThrough(place)
    const events = (await topics.read(`${place.prefix}.events`)).flatMap(
      (m) => decodeEvent(m.value?.toString() ?? '') ?? [],
    )
    expect(new Set(events.filter((e) => !e.open).map((e) => e.event['event.original']))).toEqual(
      new Set([1, 2, 3].map(text)),
    )
    expect((await audited(place)).ok).toBe(true)
    expect((await list()).letters).toBe(3)
    await place.close()
  }, 180_000)
})
