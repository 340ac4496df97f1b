import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../pipeline/run/config.js'
import { replay } from '../../pipeline/run/replay.js'
import { runCli } from './run-cli.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const NOW = Date.parse('2026-11-24T00:00:00Z')
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'whytimeout-init-'))
const textOf = (dir: string, name: string): Promise<string> => readFile(join(dir, name), 'utf8')

describe('logs without a word about them', () => {
  let logs = ''
  let dir = ''
  let said = ''
  beforeAll(async () => {
    logs = await folder()
    dir = await folder()
    await cp(join(STORY, 'logs'), logs, { recursive: true })
    const ran = await runCli(['init', logs, '--out', dir, '--yes'])
    expect(ran.exit, ran.err).toBe(0)
    said = ran.out
  }, 60_000)

  test('the configuration loads', async () => {
    const config = await loadConfig(join(dir, 'whytimeout.yml'), {})
    expect(config.kafka.brokers).toEqual(['localhost:9092'])
    expect(config).toMatchObject({ inventory: 'inventory.csv', origins: 'origins.yml' })
  })
  test('the inventory has the addresses that the true one has', async () => {
    const rows = (text: string) => text.split('\n').filter((l) => l.startsWith('T0412'))
    const firstThree = (line: string) => line.split(',').slice(0, 3)
    expect(rows(await textOf(dir, 'inventory.csv')).map(firstThree)).toEqual(
      rows(await textOf(STORY, 'inventory.csv')).map(firstThree),
    )
  })
  test('what a person must decide is in the files and in the answer', async () => {
    expect(said).toMatch(/formats\s+dnsmasq 42 %, haproxy 22 %/)
    expect(said).toContain('pay.example.net:9443')
    expect(said).toMatch(/For you to decide:\n.*kafka\.brokers/)
    expect(await textOf(dir, 'inventory.csv')).toMatch(/^# DECIDE: isp and model/m)
    expect(await textOf(dir, 'whytimeout.yml')).toContain('# DECIDE: kafka.topics')
  })
  test('a replay with the drafts says what one with the true files says', async () => {
    const drafted = await replay({
      ...{ paths: [logs], now: NOW },
      ...{ inventory: join(dir, 'inventory.csv'), origins: join(dir, 'origins.yml') },
    })
    const told = await replay({ paths: [STORY], now: NOW })
    expect(drafted.summary.by_cause).toEqual(told.summary.by_cause)
    expect(Object.keys(drafted.summary.by_site)).toEqual(['router'])
  })
  test('again gives the same, and nothing is overwritten unasked', async () => {
    const before = await textOf(dir, 'inventory.csv')
    await writeFile(join(dir, 'origins.yml'), '# mine\n')
    const again = await runCli(['init', logs, '--out', dir, '--yes'])
    expect(again).toMatchObject({ exit: 2, err: expect.stringMatching(/^OUTPUT_EXISTS: .*whytimeout\.yml/) })
    expect(await textOf(dir, 'origins.yml')).toBe('# mine\n')
    expect((await runCli(['init', logs, '--out', dir, '--yes', '--force'])).exit).toBe(0)
    expect(await textOf(dir, 'inventory.csv')).toBe(before)
  })
  test('a site gets its name everywhere', async () => {
    const { out } = await runCli(['init', logs, '--dry-run', '--site', 'router=SHOP-0412', '--out', dir])
    expect(out).toContain('T041201,192.168.12.21,02:aa:12:00:00:21,SHOP-0412,')
    expect(out.match(/site: SHOP-0412/g)).toHaveLength(7)
    expect(out).not.toMatch(/site: router/)
  })
  test('a dry run prints and writes nothing', async () => {
    const empty = await folder()
    const { out, exit } = await runCli(['init', logs, '--out', empty, '--dry-run', '--lang', 'zh'])
    expect(exit).toBe(0)
    expect(out).toContain('# 待确认：')
    expect(out).toContain('T041201,192.168.12.21')
    expect(await readdir(empty)).toEqual([])
  })
})

test('an inventory beside the logs is used and not drafted', async () => {
  const dir = await folder()
  const { out } = await runCli(['init', STORY, '--out', dir])
  expect((await readdir(dir)).sort()).toEqual(['origins.yml', 'whytimeout.yml'])
  expect(out).toContain('used as it is: ')
  expect((await loadConfig(join(dir, 'whytimeout.yml'), {})).inventory).toMatch(/friday-afternoon.inventory\.csv$/)
  expect(await textOf(dir, 'origins.yml')).toContain('site: SHOP-0412')
})

test('on a terminal it asks, and an empty answer leaves things open', async () => {
  const asked: string[] = []
  const ask = async (question: string) => {
    asked.push(question)
    return question.startsWith('Zone of the times of ') ? '+08:00' : question.startsWith('Kafka') ? 'k1:9092' : ''
  }
  const { out, exit } = await runCli(['init', join(STORY, 'logs', 'till-2'), '--dry-run'], { ask })
  expect(exit).toBe(0)
  expect(asked.map((q) => q.split(' ')[0])).toEqual(['Zone', 'Kafka', 'Topics', 'Elasticsearch'])
  expect(out).toContain('zone: +08:00')
  expect(out).toMatch(/brokers:\n\s+- k1:9092/)
})

describe('options', () => {
  test('name the servers', async () => {
    const dir = await folder()
    await runCli([
      ...['init', join(STORY, 'logs'), '--out', dir, '--sample', '1MB'],
      ...['--brokers', 'k1:9092,k2:9092', '--topics', '/^logs\\./', '--elasticsearch', 'http://es:9200'],
    ])
    const config = await loadConfig(join(dir, 'whytimeout.yml'), {})
    expect(config.kafka).toMatchObject({ brokers: ['k1:9092', 'k2:9092'], topics: '/^logs\\./' })
    expect(config.elasticsearch).toMatchObject({ node: 'http://es:9200' })
    expect(await textOf(dir, 'whytimeout.yml')).not.toContain('DECIDE')
  })
  test.each([
    [['--sample', '5'], /no size such as 32MB/],
    [['--brokers', 'nowhere'], /no list of host:port/],
    [['--topics', '/(/'], /neither names of topics/],
    [['--elasticsearch', 'es:9200'], /no address such as/],
    [['--timezone', 'Mars'], /TIMEZONE_UNKNOWN/],
    [['kafka:terminal-logs'], /--brokers, or by --config/],
  ])('%j is refused', async (argv, words) => {
    const { exit, err } = await runCli(['init', join(STORY, 'logs', 'till-2'), '--dry-run', ...argv])
    expect(exit).toBe(2)
    expect(err).toMatch(words)
  })
})
