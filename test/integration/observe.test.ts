import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TopSum } from '../../pipeline/report/top-sum.js'
import { decodeBooks } from '../../pipeline/stream/messages.js'
import { runCli } from '../cli/run-cli.js'
import { type Family, readPage } from '../run/prometheus.js'
import { type Kafka, startKafka } from '../services/kafka.js'
import { describeWithKafka } from '../services/shared.js'
import { openTopics, type Topics } from '../services/topics.js'
import { type Traffic, trafficOf } from '../stream/traffic.js'
import { startProgram } from './program.js'
import { type Place, placeOn, sendTraffic, until } from './stage.js'

const ROOT = join(import.meta.dirname, '../..')
const STORY = join(ROOT, 'fixtures/incidents/friday-afternoon')
const CARD = '4929420573595709'
/** A line for every fate, each in a log of its own, at a time that is not late. */
const plantedAt = (ms: number): readonly string[] => {
  const at = new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
  return [
    `${at} INFO xylophone pan=${CARD}`,
    `${at} ERROR quagmire tid=T041201 card ${CARD} connect timed out to 203.0.113.80:8443 after 5000 ms`,
    `zeppelin ${CARD} without a time`,
  ]
}

/** The program as users run it. */
function startProcess(place: Place, stage: 'parse' | 'diagnose') {
  const program = startProgram(place.config, stage)
  return {
    ...program,
    lines: () =>
      program
        .written()
        .split('\n')
        .filter((l) => l.startsWith('{'))
        .map((l) => JSON.parse(l) as { event: string; reasons?: Record<string, number> }),
    end: async () => {
      program.signal('SIGTERM')
      return program.gone
    },
    status: async (path: string): Promise<number> =>
      fetch(new URL(path, program.url())).then(
        (r) => r.status,
        () => 0,
      ),
    text: async (path: string): Promise<string> => (await fetch(new URL(path, program.url()))).text(),
  }
}
type Running = ReturnType<typeof startProcess>

const sumOf = (
  page: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number =>
  (page.get(name) ?? page.get(name.replace(/_(count|sum)$/, '')))?.samples
    .filter((s) => s.name === name && Object.entries(labels).every(([k, v]) => s.labels[k] === v))
    .reduce((sum, s) => sum + s.value, 0) ?? Number.NaN

describeWithKafka('a stream seen from outside', () => {
  let kafka: Kafka
  let topics: Topics
  let traffic: Traffic
  let place: Place
  const running: Running[] = []
  const start = (stage: 'parse' | 'diagnose'): Running => {
    const made = startProcess(place, stage)
    running.push(made)
    return made
  }
  const becomes = (p: Running, path: string, status: number) =>
    until(async () => ((await p.status(path)) === status ? undefined : p.written().slice(-2_000)), 60_000)
  const pageOf = async (p: Running) => readPage(await p.text('/metrics'))

  beforeAll(async () => {
    ;[kafka, traffic] = await Promise.all([startKafka(), trafficOf(STORY, 0.25)])
    topics = await openTopics(kafka.address)
    place = await placeOn([kafka.address], traffic, { more: 'http: { port: 0 }\nlateness: 30s' })
  }, 180_000)
  afterAll(async () => {
    for (const p of running) p.signal('SIGKILL')
    await topics?.close()
    await place?.close()
    await kafka?.stop()
  })

  let parse: Running
  let diagnose: Running
  let standby: Running
  test('a process without partitions stands by and is ready', async () => {
    // What is not parsed yet holds the watermark: without it a quiet stream would call these old lines late.
    await sendTraffic(place, traffic.records.slice(0, 50), { perMessage: 20, stepMs: 60_000 })
    diagnose = start('diagnose')
    standby = start('diagnose')
    for (const p of [diagnose, standby]) await becomes(p, '/readyz', 200)
    const assigned = async (p: Running) =>
      sumOf(await pageOf(p), 'whytimeout_assigned_partitions', { stage: 'diagnose' })
    await until(async () => {
      const given = [await assigned(diagnose), await assigned(standby)]
      // Whoever is given the one partition is the one that diagnoses.
      if (given[0] === 0 && given[1] === 1) [diagnose, standby] = [standby, diagnose]
      return (given[0] ?? 0) + (given[1] ?? 0) === 1 ? undefined : JSON.stringify(given)
    }, 60_000)
    expect(await standby.status('/readyz')).toBe(200)
    expect(sumOf(await pageOf(diagnose), 'whytimeout_lag_messages')).toBeGreaterThan(0)
  }, 200_000)

  test('metrics agree with the books; lag returns to zero; tap and top show the traffic', async () => {
    parse = start('parse')
    await becomes(parse, '/healthz', 200)
    const taps = Promise.all([
      runCli(['tap', 'lines', '--url', parse.url(), '--json', '--where', 'origin=till-9*', '--limit', '3']),
      runCli(['tap', 'events', '--url', parse.url(), '--json', '--where', 'event.action=*-timeout', '--limit', '3']),
      runCli(['tap', 'verdicts', '--url', diagnose.url(), '--where', 'whytimeout.verdict.state=final', '--limit', '3']),
    ])
    await until(async () => {
      const open = sumOf(await pageOf(parse), 'whytimeout_taps') + sumOf(await pageOf(diagnose), 'whytimeout_taps')
      return open === 3 ? undefined : `${open} taps`
    }, 20_000)
    await becomes(parse, '/readyz', 200)
    await sendTraffic(place, traffic.records.slice(50), { perMessage: 20, stepMs: 60_000 })
    const planted = plantedAt((traffic.records.at(-1)?.at ?? 0) + 1_000).map((value, i) => ({
      key: `till-9${i}`,
      value,
      headers: { host: `till-9${i}`, log: 'pos.log' },
    }))
    await place.producer.send({ topic: place.raw, acks: -1, messages: planted })

    const got = taps.then(() => 'all')
    await until(async () => {
      if ((await Promise.race([got, wait(10)])) === 'all') return undefined
      const page = await pageOf(diagnose)
      return `watching ${sumOf(await pageOf(parse), 'whytimeout_taps')} and ${sumOf(page, 'whytimeout_taps')}, lag ${sumOf(await pageOf(parse), 'whytimeout_lag_messages')}, ${sumOf(page, 'whytimeout_verdicts_total')} verdicts, open ${sumOf(page, 'whytimeout_open_episodes')}, ${await diagnose.text('/status')}`
    }, 120_000)
    const [lines, events, verdicts] = await taps
    expect(
      lines.out
        .trimEnd()
        .split('\n')
        .map((l) => JSON.parse(l).fate)
        .sort(),
    ).toEqual(['dead_lettered', 'event', 'filtered'])
    for (const word of ['xylophone', 'quagmire', 'zeppelin']) expect(lines.out).toContain(word)
    expect(events.out.trimEnd().split('\n')).toHaveLength(3)
    expect(verdicts.out.match(/ final /g)).toHaveLength(3)
    for (const { out, err } of [lines, events, verdicts]) expect(`${out}${err}`).not.toContain(CARD)

    const finals = [...traffic.expected.keys()].filter((k) => k.startsWith('whytimeout-verdicts-')).length
    await until(async () => {
      const lag = sumOf(await pageOf(parse), 'whytimeout_lag_messages')
      const page = await pageOf(diagnose)
      const told = sumOf(page, 'whytimeout_verdicts_total', { state: 'final' })
      const open = sumOf(page, 'whytimeout_open_episodes')
      return lag === 0 && open === 0 && told >= finals
        ? undefined
        : `lag ${lag}, ${told} of ${finals} final, ${open} open`
      // Twice the lateness, at least.
    }, 180_000)
    await checkBooks()
  }, 360_000)

  async function checkBooks() {
    const raw = await topics.read(place.raw)
    const written = traffic.records.length + 3
    const books = async () => {
      const all = (await topics.read(`${place.prefix}.books`)).map((m) => decodeBooks(m.value?.toString() ?? ''))
      const newest = [...new Map(all.map((b) => [`${b.topic}/${b.partition}/${b.from}`, b])).values()]
      const of = (topic: string) => newest.filter((b) => b.topic === topic)
      return { raw: of(place.raw), events: of(`${place.prefix}.events`) }
    }
    const events = (await topics.read(`${place.prefix}.events`)).length
    const count = (of: readonly { read: number }[]) => of.reduce((n, b) => n + b.read, 0)
    await until(async () => {
      const now = await books()
      return count(now.raw) === written && count(now.events) === events
        ? undefined
        : `books: ${count(now.raw)} of ${written}, ${count(now.events)} of ${events}`
    }, 30_000)
    const now = await books()
    const pages = { parse: await pageOf(parse), diagnose: await pageOf(diagnose) }
    const fates = {
      event: 'events',
      filtered: 'filtered',
      duplicate: 'duplicates',
      dead_lettered: 'dead_lettered',
    } as const
    for (const [fate, column] of Object.entries(fates) as [string, 'events'][])
      for (const stage of ['parse', 'diagnose'] as const) {
        const told = sumOf(pages[stage], 'whytimeout_records_total', { stage, fate })
        const booked = (stage === 'parse' ? now.raw : now.events).reduce((n, b) => n + b[column], 0)
        expect(told, `${stage} ${fate}`).toBe(booked)
      }
    expect(sumOf(pages.parse, 'whytimeout_messages_read_total')).toBe(raw.length)
    expect(sumOf(pages.parse, 'whytimeout_read_bytes_total')).toBe(raw.reduce((n, m) => n + (m.value?.length ?? 0), 0))
    expect(sumOf(pages.parse, 'whytimeout_parsed_records_total')).toBe(written)
    const dead = await topics.read(`${place.prefix}.dead-letters`)
    const reasons = dead.map((m) => m.headers['__connect.errors.exception.class.name']?.toString() ?? '')
    expect(reasons.sort()).toEqual(['PARSE_NO_TIME'])
    expect(sumOf(pages.parse, 'whytimeout_dead_letters_total', { reason: 'PARSE_NO_TIME' })).toBe(1)
    expect(sumOf(pages.diagnose, 'whytimeout_late_events_total')).toBe(0)
    const provisional = sumOf(pages.diagnose, 'whytimeout_verdicts_total', { state: 'provisional' })
    expect(sumOf(pages.diagnose, 'whytimeout_verdict_latency_seconds_count')).toBe(provisional)
    expect(provisional).toBeGreaterThan(0)

    const argv = ['top', '--once', '--url', parse.url(), '--url', diagnose.url(), '--url', standby.url()]
    const sum = JSON.parse((await runCli([...argv, '--json'])).out) as TopSum
    expect(sum).toMatchObject({ processes: 3, unreachable: [], not_ready: [], open_episodes: 0 })
    expect(sum.lag.map((l) => l.messages)).toEqual([0, 0, 0])
    expect(Object.values(sum.causes.counts).reduce((a, b) => a + b, 0)).toBeGreaterThan(0)
    expect(sum.watermark?.at).not.toBeNull()
    expect((await runCli(argv)).out).toContain('3 processes   ready')
  }

  test('a broker that is away makes it not ready, never not alive, until it is back', async () => {
    await kafka.kill()
    const notReady = async (p: Running): Promise<readonly { what: string }[]> =>
      (JSON.parse(await p.text('/readyz')) as { not_ready: { what: string }[] }).not_ready
    for (const p of [parse, diagnose, standby])
      await until(
        async () => ((await notReady(p)).some((n) => n.what === 'brokers') ? undefined : 'still ready'),
        30_000,
      )
    expect(await parse.status('/readyz')).toBe(503)
    expect(await parse.status('/healthz')).toBe(200)
    await kafka.start()
    for (const p of [parse, diagnose, standby])
      await until(async () => ((await p.status('/readyz')) === 200 ? undefined : await p.text('/readyz')), 90_000)
    expect(sumOf(await pageOf(parse), 'whytimeout_errors_total', { code: 'KAFKA_UNREACHABLE' })).toBeGreaterThan(0)

    const before = sumOf(await pageOf(parse), 'whytimeout_messages_read_total')
    await place.producer.send({ topic: place.raw, acks: -1, messages: [{ key: 'till-8', value: 'one more' }] })
    await until(async () => {
      const page = await pageOf(parse)
      const more = sumOf(page, 'whytimeout_messages_read_total') - before
      const lag = sumOf(page, 'whytimeout_lag_messages')
      return more === 1 && lag === 0 ? undefined : `${more} more read, lag ${lag}`
    }, 90_000)
  }, 240_000)

  test('it ends in order, and its log told what happened without a word of what it read', async () => {
    const messages = (await topics.read(place.raw)).map((m) => m.value?.toString('latin1').slice(0, 40) ?? '')
    for (const p of [standby, diagnose, parse]) expect(await p.end(), p.written().slice(-3_000)).toBe('0')
    for (const p of [parse, diagnose, standby]) {
      const events = p.lines().map((l) => l.event)
      for (const event of [
        'stream.started',
        'stage.assigned',
        'kafka.unreachable',
        'kafka.reachable',
        'stream.draining',
        'stream.stopped',
      ])
        expect(events, event).toContain(event)
      expect(events.length).toBeLessThan(60)
      for (const word of ['xylophone', 'quagmire', 'zeppelin', CARD, ...messages])
        expect(p.written()).not.toContain(word)
    }
    expect(parse.lines().find((l) => l.event === 'dead-letters')?.reasons).toEqual({ 'parse PARSE_NO_TIME': 1 })
  }, 150_000)
})
