import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { durationText, topFrame } from '../../pipeline/report/top.js'
import { type Asked, quantile, sumOf } from '../../pipeline/report/top-sum.js'
import { TOP_WORDS } from '../../pipeline/report/top-words.js'
import { widthOf } from '../../pipeline/report/width.js'
import { LANGS } from '../../schemas/vocabulary.js'
import { statusOf } from './statuses.js'

const FINE: readonly Asked[] = [{ url: 'http://127.0.0.1:9600', status: statusOf() }]
const TROUBLED: readonly Asked[] = [
  ...FINE,
  {
    url: 'http://10.0.0.6:9600',
    status: statusOf({
      ready: false,
      at: '2026-03-06T08:55:17.000Z',
      not_ready: [
        { what: 'brokers', why: 'silent', reason: 'no answer for 7 s' },
        { what: 'elasticsearch', why: 'down', reason: 'connect ECONNREFUSED 127.0.0.1:9200' },
      ],
      rules: { generation: 4, digest: 'Zyxwvuts9876543210' },
      sinks: [
        { name: 'elasticsearch', up: false, retrying: 3_000, reason: 'connect ECONNREFUSED 127.0.0.1:9200' },
        { name: 'kafka', up: true, retrying: 0 },
      ],
      causes: { secs: 300, counts: { dns_resolution: 1_500 }, at_least: true },
    }),
  },
  { url: 'http://10.0.0.7:9600', unreachable: 'ECONNREFUSED' },
]
const NONE: readonly Asked[] = [{ url: 'http://127.0.0.1:9600', unreachable: 'ECONNREFUSED' }]

describe.each(LANGS)('a frame, %s', (lang) => {
  test.each([
    ['fine', FINE],
    ['troubled', TROUBLED],
    ['none', NONE],
  ] as const)('%s', async (name, asked) => {
    const frame = topFrame(sumOf(asked), { lang, columns: 80, color: false })
    for (const line of frame.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(80)
    expect(frame.split('\n').length).toBeLessThanOrEqual(36)
    await expect(`${frame}\n`).toMatchFileSnapshot(`golden/top-${name}.${lang}.txt`)
  })
  test('on a narrow page, in colour', () => {
    const frame = topFrame(sumOf(TROUBLED), { lang, columns: 40, color: true })
    expect(frame).toContain('\u001b[31m')
    for (const line of frame.split('\n')) expect(widthOf(stripVTControlCharacters(line)), line).toBeLessThanOrEqual(40)
  })
})

describe('several processes as one', () => {
  const sum = sumOf(TROUBLED)
  test('rates and counts add up, each over its own time', () => {
    const half = statusOf({ recent: { ...statusOf().recent, secs: 29, messages: 2_900 } })
    const other = statusOf({ recent: { ...statusOf().recent, secs: 58, messages: 5_800 } })
    const both = sumOf([half, other].map((status) => ({ url: '', status })))
    expect(both.per_sec.messages).toBeCloseTo(200)
    expect(sum.open_episodes).toBe(30)
    expect([sum.open_incidents, sum.alerts]).toEqual([6, { firing: 4, waiting: 0 }])
    expect(sum.causes).toMatchObject({ at_least: true, counts: { dns_resolution: 1_500, network_latency: 29 } })
    expect(sum.dead_letters[0]).toEqual({ stage: 'parse', reason: 'PARSE_NO_TIME', recent: 24, total: 2_600 })
  })
  test('lag does not: all see the same partitions', () => {
    expect(sum.lag).toHaveLength(9)
    expect(sum.lag[0]).toMatchObject({ partition: 11, messages: 98_765, paused: true })
  })
  test('the watermark is that of the one furthest behind, or of one that has none', () => {
    expect(sum.watermark).toMatchObject({ behind_secs: 124.5 })
    const none = { partition: 2, at: null, behind_secs: null, open_episodes: 0, events_held: 0 }
    const status = statusOf({ watermarks: [...statusOf().watermarks, none] })
    expect(sumOf([{ url: '', status }]).watermark).toMatchObject({ at: null })
  })
  test('a store is down if it is so for one', () =>
    expect(sum.sinks).toEqual([
      expect.objectContaining({ name: 'elasticsearch', up: false, retrying: 3_000 }),
      expect.objectContaining({ name: 'kafka', up: true }),
    ]))
})

test('quantiles of buckets, as Prometheus reads them', () => {
  expect(quantile([1, 2, 4], [10, 10, 0, 0], 0.5)).toBe(1)
  expect(quantile([1, 2, 4], [10, 10, 0, 0], 0.75)).toBe(1.5)
  expect(quantile([1, 2, 4], [0, 0, 10, 0], 0.5)).toBe(3)
  expect(quantile([1, 2, 4], [1, 0, 0, 99], 0.99)).toBe(4)
  expect(quantile([1, 2, 4], [0, 0, 0, 0], 0.99)).toBeNull()
})
test('durations', () => {
  const texts = [0, 0.4, 59, 60, 61, 3_600, 3_661, 86_400, 90_000, 8_000_000]
  expect(texts.map((s) => durationText(s, TOP_WORDS.en))).toEqual([
    ...['0 s', '0 s', '59 s', '1 m', '1 m 1 s', '1 h', '1 h 1 m', '1 d', '1 d 1 h', '92 d 14 h'],
  ])
  expect(durationText(3_661, TOP_WORDS.zh)).toBe('1时1分')
})
