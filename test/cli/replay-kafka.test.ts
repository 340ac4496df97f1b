import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { topicsOf } from '../../pipeline/cli/replay-kafka.js'
import { noteText, planText, removalText, repairText } from '../../pipeline/cli/rerun-text.js'
import { rangeOption, timeOption } from '../../pipeline/cli/time-option.js'
import type { RepairTold } from '../../pipeline/run/rerun/run-repair.js'
import { runCli } from './run-cli.js'

const NOW = Date.parse('2026-11-24T12:00:00Z')

describe('topics by name, list or pattern', () => {
  test.each([
    [['kafka:logs'], ['logs']],
    [
      ['kafka:a, b', 'kafka:c', 'kafka:a'],
      ['a', 'b', 'c'],
    ],
    [['kafka:/^logs\\./'], '/^logs\\./'],
  ])('%j', (paths, topics) => expect(topicsOf(paths)).toEqual(topics))
  test.each([
    [['kafka:a', 'logs/'], 'topics and files do not go together: "logs/"'],
    [['kafka:'], '"" is no name of a topic'],
    [['kafka:a b'], '"a b" is no name of a topic'],
    [['kafka:/a/', 'kafka:b'], 'a pattern stands alone'],
    [['kafka:/a'], 'a pattern stands alone'],
    [['kafka:/(/'], 'is no regular expression'],
  ])('%j is refused', (paths, said) => expect(() => topicsOf(paths)).toThrow(said))
})

describe('times as people write them', () => {
  test.each([
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T14:00', '2026-11-20T14:00:00.000Z'],
    ['2026-11-20 14:00:30.5', '2026-11-20T14:00:30.500Z'],
    ['2026-11-20T14:00:00Z', '2026-11-20T14:00:00.000Z'],
    ['2026-11-20T14:00+08:00', '2026-11-20T06:00:00.000Z'],
    ['2026-11-20T14:00 +0800', '2026-11-20T06:00:00.000Z'],
    ['2026-11-20 14:00 Asia/Shanghai', '2026-11-20T06:00:00.000Z'],
    ['2026-11-20T14:00[Asia/Shanghai]', '2026-11-20T06:00:00.000Z'],
    ['2026-11-20 14:00 UTC', '2026-11-20T14:00:00.000Z'],
    ['2026-07-01 12:00 America/Argentina/Buenos_Aires', '2026-07-01T15:00:00.000Z'],
    ['2h', '2026-11-24T10:00:00.000Z'],
    ['7d', '2026-11-17T12:00:00.000Z'],
    ['now', '2026-11-24T12:00:00.000Z'],
  ])('%s', (text, at) => expect(new Date(timeOption(text, '--from', NOW) ?? 0).toISOString()).toBe(at))
  test.each([
    'noon',
    '',
    '2026-13-01',
    '2026-02-30',
    '2026-11-20T25:00',
    '2026-11-20T14:60',
    '2026-11-20 14:00 Mars/Base',
    '20.11.2026',
    '-2h',
  ])('%j is none', (text) => expect(() => timeOption(text, '--from', NOW)).toThrow('is no time such as'))
  test('a range has a begin and then an end', () => {
    expect(rangeOption({ from: '2h', to: '1h' }, NOW)).toEqual({ from: NOW - 7.2e6, to: NOW - 3.6e6 })
    expect(rangeOption({ from: undefined, to: undefined }, NOW)).toEqual({ from: undefined, to: undefined })
    expect(() => rangeOption({ from: '1h', to: '2h' }, NOW)).toThrow('--from must lie before --to')
  })
})

describe('wrong use of topics: one line, what, where, the fix, exit 2', () => {
  let dir: string
  let config: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'replay-kafka-'))
    config = join(dir, 'whytimeout.yml')
    await writeFile(config, 'kafka: { brokers: ["127.0.0.1:1"], topics: [logs] }\n')
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  test.each([
    [['kafka:logs'], false, 'topics are replayed with a configuration (--config)'],
    [['kafka:logs', 'x.log'], true, 'topics and files do not go together'],
    [['kafka:logs', '--format', 'haproxy-tcp'], true, '(--format)'],
    [['kafka:logs', '--timezone', 'UTC'], true, '(--timezone)'],
    [['kafka:logs', '--elasticsearch', 'http://x'], true, '--store stores there (--elasticsearch)'],
    [['kafka:logs', '--replace'], true, 'takes away nothing without --store (--replace)'],
    [['kafka:logs', '--rate', 'fast'], true, '"fast" is no rate such as 5MB/s (--rate)'],
    [['kafka:logs', '--slack', '1'], true, '"1" is no duration such as 1h (--slack)'],
    [['kafka:logs', '--from', '2030-01-01'], true, 'that time is still to come (--from)'],
    [['kafka:logs', '--late'], true, 'late events are repaired from kafka:whytimeout.events (--late)'],
    [['kafka:whytimeout.events', '--late', '--from', '1h'], true, "the stream's own configuration (--from)"],
    [['kafka:whytimeout.events', '--late', '--generation', '2'], true, '(--generation)'],
    [['kafka:whytimeout.events,logs'], true, 'whytimeout.events is replayed by itself'],
    [['kafka:whytimeout.verdicts'], true, 'whytimeout.verdicts holds neither logs nor events'],
    [['x.log', '--store'], false, 'is for topics: kafka:TOPIC (--store)'],
    [['x.log', '--late'], false, 'is for topics: kafka:TOPIC (--late)'],
    [['x.log', '--replace'], false, 'takes nothing away without a cluster: --elasticsearch or --config (--replace)'],
    [['x.log', '--replace', '--from', '1h'], false, 'needs all of the logs: leave out --from and --to (--replace)'],
  ])('%j', async (argv, isConfigured, said) => {
    const { exit, out, err } = await runCli(['replay', ...argv, ...(isConfigured ? ['--config', config] : [])])
    expect(err).toContain(said)
    expect(err).toMatch(/^USAGE: .* - .*\n$/)
    expect([exit, out]).toEqual([2, ''])
  })
})

describe('what is said of a rerun', () => {
  const repair: RepairTold = {
    letters: { repaired: 12, waiting: 3, gone: 2 },
    spans: [{ realm: 'default', events: 0, from: 0, to: 1, letters: 12, firstAt: 0 }],
    new: 1,
    changed: 1,
    withdrawn: 1,
    same: 4,
    doubtful: [{ realm: 'default', events: 0, from: NOW, to: NOW + 60_000, letters: 1, firstAt: NOW }],
    revision: 1,
    examples: [
      {
        kind: 'changed',
        id: 'x',
        index: 'i',
        realm: 'default',
        before: {
          at: '2026-11-20T08:00:00.000Z',
          terminal: 'T1',
          cause: 'unknown',
          mechanism: 'unknown',
          confidence: 0.7,
        },
        after: {
          at: '2026-11-20T08:00:00.000Z',
          terminal: 'T1',
          cause: 'dns_resolution',
          mechanism: 'm',
          confidence: 0.93,
        },
      },
    ],
  }
  test('a repair, in both languages', () => {
    expect(repairText(repair, 'en', true).split('\n')).toEqual([
      '12 late events in 1 span: 1 new verdict, 1 changed, 1 withdrawn, 4 as they were.',
      '  ~ 2026-11-20T08:00:00Z  T1  not decided by the logs at hand 70 % -> DNS resolution 93 %',
      '  and 2 more',
      '3 late events must wait until the stream has decided the time around: run again later.',
      '2 late events came too late: what is needed to decide with them is deleted from the topics.',
      'Around 1 span the stored verdicts differ from those decided anew for another reason than late events; replay that time with a raised generation to be sure: 2026-11-24T12:00:00Z/2026-11-24T12:01:00Z',
    ])
    expect(repairText(repair, 'zh', false)).toContain('未加 --store，未存储任何内容')
    expect(
      repairText(
        {
          ...repair,
          letters: { repaired: 0, waiting: 0, gone: 0 },
          examples: [],
          new: 0,
          changed: 0,
          withdrawn: 0,
          doubtful: [],
        },
        'zh',
        true,
      ),
    ).toBe('没有需要修复的迟到事件。')
  })
  test('notes and plans', () => {
    const origins = Array.from({ length: 25 }, (_, i) => `h${i}/a.log`)
    expect(noteText({ kind: 'origins-missing', origins }, 'en', true)).toMatch(
      /Missing: h0\/a\.log, .*h19\/a\.log and 5 more$/,
    )
    expect(noteText({ kind: 'left-to-stream', from: NOW }, 'en', true)).toContain(
      'Verdicts from 2026-11-24T12:00:00Z on are left to the stream',
    )
    expect(noteText({ kind: 'logs-deleted', before: NOW, to: NOW }, 'en', false)).toContain('may lack evidence')
    const plan = { new: 1, changed: 2, same: 3, kept: 4, merged: 5, removed: 1, examples: [] }
    expect(planText(plan, 'en')).toBe(
      'Verdicts: 1 new, 2 changed, 6 taken away, 3 as stored, 4 kept as stored because they are newer (a higher --generation overwrites them)',
    )
    expect(removalText(plan, 'zh')).toBe('不再成立、将被移除的结论：1 个\n  另有 1 个')
  })
})
