import { describe, expect, test } from 'vitest'
import { axisOf, bar, bitRows, causeRows, lanes, siteRows } from '../../pipeline/report/pictures.js'
import { widthOf } from '../../pipeline/report/width.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { VerdictCause } from '../../schemas/vocabulary.js'

const T0 = Date.parse('2026-03-06T06:10:00Z')
const iso = (at: number): string => new Date(at).toISOString()
const verdictAt = (minutes: number, cause: VerdictCause, site: string): Verdict =>
  ({
    event: { id: `v${minutes}`, start: iso(T0 + minutes * 60_000 - 5_000), end: iso(T0 + minutes * 60_000) },
    whytimeout: { site_id: site, verdict: { cause }, detail: { evidence: [{ event_id: 'e2', bits: 4 }] } },
  }) as unknown as Verdict
const verdicts = [
  ...[0, 1, 2, 3].map((m) => verdictAt(m, 'network_latency', '上海南京路店')),
  ...[120, 121].map((m) => verdictAt(m, 'dns_resolution', 'SHOP-2')),
]
const byCause = [
  ['network_latency', 4],
  ['dns_resolution', 2],
] as const
const page = { lang: 'en', columns: 100, color: false, canRedraw: true } as const
const events = [
  { '@timestamp': iso(T0 - 10_000), event: { id: 'e1' }, host: { name: 'till-1' } },
  { '@timestamp': iso(T0 - 2_000), event: { id: 'e2' }, host: { name: '上海路由器' } },
]
const signals = [
  { signal: 'heavy-loss', bits: 9 },
  { signal: 'site-fine', bits: -2 },
]

describe('on a terminal', () => {
  test('causes by count and over time, on one scale', () =>
    expect(causeRows(byCause, verdicts, page)).toEqual([
      '  network latency  4  ████████████████████  █',
      `  DNS resolution   2  ██████████            ${' '.repeat(24)}▄`,
      `${' '.repeat(44)}06:10           08:15 UTC`,
    ]))
  test('sites over time, the hardest hit first', () => {
    const [first, second] = siteRows(verdicts, page)
    expect(first).toMatch(/^ {2}上海南京路店 +4 {2}█/)
    expect(second).toMatch(/^ {2}SHOP-2 +2 .*█$/)
  })
  test('hosts on one axis, decisive lines marked', () => {
    const [attempt, till, router, ends] = lanes(verdictAt(0, 'network_latency', 'x'), events, page)
    expect(attempt).toMatch(/^ {2}attempt +├─+┤$/)
    expect(till).toMatch(/^ {2}till-1 +·$/)
    expect(router).toMatch(/^ {2}上海路由器 +●$/)
    expect(ends).toMatch(/06:09:50\.000 +06:10:00\.000/)
    expect(widthOf(attempt?.replace(/├.*/, '') ?? '')).toBeLessThan(widthOf(router?.replace('●', '') ?? ''))
  })
  test('bits for to the right, against to the left', () =>
    expect(bitRows(signals, 'network_latency', page)).toEqual([
      `  heavy-loss      +9  ${' '.repeat(20)}│████████████████████`,
      `  site-fine       -2  ${'████'.padStart(20)}│`,
    ]))
  test('colours only where they are wanted', () => {
    const plain = causeRows(byCause, verdicts, page).join('\n')
    const painted = causeRows(byCause, verdicts, { ...page, color: true }).join('\n')
    expect(plain).not.toContain('\u001b')
    expect(painted).toContain('\u001b[31m████')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
    expect(painted.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '')).toBe(plain)
  })
})

test.each([30, 40, 60, 80, 100, 200])('%i columns are never passed, in either language', (columns) => {
  for (const lang of ['en', 'zh'] as const) {
    const narrow = { ...page, lang, columns }
    const all = [
      ...causeRows(byCause, verdicts, narrow),
      ...siteRows(verdicts, narrow),
      ...lanes(verdictAt(0, 'network_latency', 'x'), events, narrow),
      ...bitRows(signals, 'network_latency', narrow),
    ]
    for (const line of all) expect(widthOf(line), line).toBeLessThanOrEqual(columns)
  }
})

test('into a pipe goes no picture', () => {
  const piped = { ...page, canRedraw: false }
  expect(causeRows(byCause, verdicts, piped).join('\n')).not.toMatch(/[▁-█]/)
  expect(siteRows(verdicts, piped)).toEqual([])
  expect(lanes(verdictAt(0, 'network_latency', 'x'), events, piped)).toEqual([])
  expect(bitRows(signals, 'network_latency', piped)).toEqual([])
})

test('a bar shows that something is not nothing', () => {
  expect([bar(0, 10), bar(0.0001, 10), bar(0.5, 10), bar(1, 10)]).toEqual(['', '▏', '█████', '██████████'])
})

test.each([
  [0, 0, 1_000],
  [0, 59_000, 1_000],
  [0, 3_600_000, 60_000],
  [0, 86_400_000 * 400, 86_400_000 * 8],
])('an axis of round steps that fits: %i to %i', (from, to, stepMs) => {
  const axis = axisOf(from, to, 72)
  expect(axis.stepMs).toBe(stepMs)
  expect(axis.count).toBeLessThanOrEqual(72)
})
