import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../pipeline/health/hours.js'
import { outlooks } from '../../pipeline/health/outlook.js'
import type { Health } from '../../schemas/health.js'
import { runCli } from '../cli/run-cli.js'

const FIXTURES = join(import.meta.dirname, '../../fixtures/health')
const BEGIN = Date.parse('2026-03-09T00:00:00Z')
type Given = {
  readonly by?: 'site' | 'isp' | 'endpoint' | 'fleet'
  readonly id?: string
  readonly part?: 'connect' | 'response'
  readonly attempts?: number
  readonly timeouts?: number
  readonly limit?: number | undefined
}
/** Hour after hour with these 95th percentiles. */
const hours = (p95s: readonly number[], g: Given = {}): Health[] =>
  p95s.map((p95, i) => {
    const attempts = g.attempts ?? 100
    const timeouts = i === p95s.length - 1 ? (g.timeouts ?? 0) : 0
    const limit = 'limit' in g ? g.limit : 8000
    const durations = {
      count: attempts,
      p50_ms: Math.round(p95 / 2),
      p95_ms: p95,
      p99_ms: p95,
      ...(limit !== undefined && { limit_ms: limit, near_share: 0 }),
    }
    return {
      '@timestamp': new Date(BEGIN + i * HOUR_MS).toISOString(),
      event: { id: `${i}` },
      whytimeout: {
        realm: 'default',
        health: {
          by: g.by ?? 'site',
          id: g.id ?? '0501',
          seen_by: 'terminal',
          terminals: 5,
          attempts,
          timeouts,
          failed: 0,
          timeout_share: timeouts / attempts,
          [g.part ?? 'response']: durations,
        },
      },
    } as unknown as Health
  })
const one = (p95s: readonly number[], g?: Given) => outlooks(hours(p95s, g))[0]

describe('who is about to time out', () => {
  test.each([
    ['growing towards the limit', [400, 420, 400, 900, 1800, 3600], {}, 'warning'],
    ['grown to more than half of it at once', [400, 420, 400, 410, 4500], {}, 'warning'],
    ['grown, far from the limit, steady there', [400, 400, 400, 800, 800, 800], {}, 'fine'],
    ['falling again', [400, 400, 400, 6000, 3000, 1500], {}, 'fine'],
    ['steady and high', [5000, 5100, 4900, 5000, 5050], {}, 'tight'],
    ['steady and low', [400, 420, 380, 400, 410], {}, 'fine'],
    ['timing out already', [400, 420, 400, 900, 6000], { timeouts: 8 }, 'failing'],
    [
      'two timeouts of a hundred thousand are not that',
      [400, 420, 400, 410, 400],
      { attempts: 100_000, timeouts: 2 },
      'fine',
    ],
    ['no limit known', [400, 420, 400, 900, 1800, 3600], { limit: undefined }, 'fine'],
    ['too few hours to know what is usual', [400, 900, 3000], {}, 'fine'],
  ] as const)('%s', (_, p95s, given, level) => expect(one(p95s, given)?.level).toBe(level))

  test('too few attempts are not judged at all', () =>
    expect(outlooks(hours([400, 900, 4000], { attempts: 9 }))).toEqual([]))
  test('the same hour of the day before excuses it', () => {
    const day = [...Array(23).fill(400), 4500]
    expect(one([...day, ...day])?.level).not.toBe('warning')
    expect(one([...Array(24).fill(400), ...day])?.level).toBe('warning')
  })
  test('a limit that another site states stands in', () => {
    const all = [
      ...hours([400, 400, 400, 400, 5000], { limit: undefined }),
      ...hours([400, 400, 400, 400, 400], { id: '0502' }),
    ]
    expect(outlooks(all)[0]).toMatchObject({ id: '0501', level: 'warning', limitMs: 8000 })
  })
  test.each([
    ['connecting takes longer', { part: 'connect', by: 'endpoint' }, 'network_latency'],
    ['answers of one service take longer', { by: 'endpoint' }, 'server_failure'],
    ['answers at one site take longer', { by: 'site' }, 'network_latency'],
  ] as const)('%s', (_, given, cause) => expect(one([400, 420, 400, 410, 4500], given)?.cause).toBe(cause))
  test('one site of four accounts for the fleet; three of four do not', () => {
    const fleet = hours([400, 420, 400, 410, 4500], { by: 'fleet', id: 'default' })
    const site = (id: string, last: number) => hours([400, 420, 400, 410, last], { id })
    const few = outlooks([...fleet, ...site('a', 4500), ...site('b', 400), ...site('c', 400), ...site('d', 400)])
    expect(few.filter((o) => o.level === 'warning').map((o) => o.id)).toEqual(['a'])
    expect(few.find((o) => o.by === 'fleet')?.explainedBy).toEqual(['a'])
    const many = outlooks([...fleet, ...site('a', 4500), ...site('b', 4500), ...site('c', 4500), ...site('d', 400)])
    expect(many.find((o) => o.by === 'fleet')?.level).toBe('warning')
  })
  test('the order of the documents does not matter', () => {
    const all = [...hours([400, 420, 400, 900, 1800, 3600]), ...hours([400, 400, 400, 400, 400, 400], { id: '0502' })]
    expect(outlooks([...all].reverse())).toEqual(outlooks(all))
  })
})

describe('the stories', async () => {
  const work = await mkdtemp(join(tmpdir(), 'whytimeout-health-'))
  afterAll(() => rm(work, { recursive: true, force: true }))
  const replayed = async (story: string): Promise<string> => {
    const out = join(work, story)
    expect((await runCli(['replay', join(FIXTURES, story), '--out', out])).exit).toBe(0)
    expect(await readFile(join(out, 'verdicts.ndjson'), 'utf8')).toBe('')
    return out
  }
  test('a line that gets slower is told of before the first timeout, and only the shop that has it', async () => {
    const { exit, out } = await runCli(['health', await replayed('slowing-line'), '--check', '--json'])
    expect(exit).toBe(3)
    expect(
      out
        .trim()
        .split('\n')
        .map((l) => JSON.parse(l)),
    ).toMatchObject([{ by: 'site', id: '0501', level: 'warning', part: 'response' }])
  })
  test('a peak that comes every day warns nobody', async () => {
    const out = await replayed('daily-peak')
    expect(await runCli(['health', out, '--check'])).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^Nobody is about/),
    })
    expect((await runCli(['health', out, '--lang', 'zh'])).out).toMatch(/没有即将超时的/)
  })
  test('a wrong file is named with its line', async () => {
    const { exit, err } = await runCli([
      'health',
      join(FIXTURES, 'daily-peak/inventory.csv').replace('inventory.csv', 'no.ndjson'),
    ])
    expect([exit, err]).toEqual([expect.any(Number), expect.stringContaining('no.ndjson')])
    expect(exit).not.toBe(0)
  })
})
