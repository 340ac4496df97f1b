import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setupElasticsearch } from '../../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import { SEARCHES } from '../../schemas/searches.js'
import type { Verdict } from '../../schemas/verdict.js'
import { runCli } from '../cli/run-cli.js'
import { anyElasticsearch } from '../services/elasticsearch.js'
import { canRun, clean, documents, trySink } from './elasticsearch-server.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const quiet = { out: () => {}, err: () => {}, lang: 'en' } as const
type Line = { event: { id: string }; message: string; whytimeout: { terminal_id?: string; signal: { id: string[] } } }

describe.skipIf(!canRun())('search, on a real Elasticsearch', () => {
  let server: Awaited<ReturnType<typeof anyElasticsearch>>
  let client: Client
  let dir: string
  let config: string
  beforeAll(async () => {
    server = await anyElasticsearch()
    client = await connectElasticsearch({ node: server.url }, '.')
    dir = await mkdtemp(join(tmpdir(), 'search-test-'))
    config = join(dir, 'whytimeout.yml')
    await writeFile(config, `elasticsearch: { node: "${server.url}" }\n`)
    await clean(client)
    const target = { elasticsearch: { node: server.url }, dir: '.' }
    await setupElasticsearch(target, { dryRun: false, diff: false, io: quiet })
    expect((await search('--cause', 'unknown')).err).toBe('none found\n')
    await runCli(['replay', STORY, '--config', config, '--out', dir], { now: '2026-03-07T00:00:00Z' })
    const { sink } = await trySink({ node: server.url })
    const chinese = ['网关连接超时，重试3次', '终端等待响应超时 limit=30000ms', '断网了']
    await sink.store(
      documents('zh', chinese.length).map((d, i) => ({ ...d, source: { ...d.source, message: chinese[i] } })),
    )
    await sink.close()
    await client.indices.refresh({ index: 'whytimeout-*' })
  }, 200_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const search = (...argv: string[]) => runCli(['search', '--config', config, ...argv], { now: '2026-03-06T09:00:00Z' })
  /** What the replay wrote of itself: the same by another way. */
  const written = async <T = Verdict>(name: string): Promise<T[]> =>
    (await readFile(join(dir, name), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T)
  const ofCause = async (...causes: string[]) =>
    (await written('verdicts.ndjson')).filter((v) => causes.includes(v.whytimeout.verdict.cause))
  const found = async <T = Verdict>(...argv: string[]): Promise<T[]> => {
    const { out } = await search('--json', '--limit', '10000', ...argv)
    return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]))
  }

  test('filters narrow, alternatives widen, and the counts are those of the replay', async () => {
    const all = await found()
    expect(all).toEqual((await written('verdicts.ndjson')).reverse())
    const firewall = await found('--cause', 'firewall_restriction')
    expect(firewall).toEqual((await ofCause('firewall_restriction')).reverse())
    expect(firewall.length).toBeGreaterThan(0)
    const either = ['firewall_restriction', 'network_latency']
    expect(await found(...either.flatMap((c) => ['--cause', c]))).toEqual((await ofCause(...either)).reverse())
    expect(await found('--cause', 'firewall_restriction', '--site', 'elsewhere')).toEqual([])
    const tills = ['T041201', 'T041202', 'T041203']
    const each = await Promise.all(tills.map((t) => found('--terminal', t)))
    expect(each.flat()).toHaveLength(all.filter((v) => v.whytimeout.terminal_id !== undefined).length)
    const called = await found('--endpoint', 'pay.example.net:9443', '--phase', 'connect', '--state', 'final')
    expect(called).toEqual(all.filter((v) => v.whytimeout.episode.phase === 'connect'))
    expect(called.length).toBeGreaterThan(0)
    expect(await found('--endpoint', 'pay.example.net:443')).toEqual([])
    const toNetwork = await found<Verdict>('--lines', '--endpoint', '203.0.113.0/24')
    const lines = await written<Verdict>('events.ndjson')
    expect(toNetwork.length).toBeGreaterThan(0)
    expect(toNetwork).toHaveLength(lines.filter((l) => l.destination?.ip?.startsWith('203.0.113.')).length)
    expect(await found('--since', '2026-03-06T08:47', '--until', '2026-03-06T08:54')).toHaveLength(
      all.filter((v) => v['@timestamp'] >= '2026-03-06T08:47' && v['@timestamp'] < '2026-03-06T08:54').length,
    )
  })

  test('sorted, limited, and it says how many there are', async () => {
    const sure = await found('--sort', 'confidence')
    const order = sure.map((v) => v.whytimeout.verdict.confidence)
    expect(order).toEqual([...order].sort((a, b) => b - a))
    const { length } = await ofCause('firewall_restriction')
    const { out, err } = await search('--cause', 'firewall_restriction', '--limit', '2')
    expect(err).toBe(`2 of ${length}; --limit shows more\n`)
    expect(out.split('\n')).toHaveLength(4)
    expect(out).toMatch(/^id +time \(UTC\) +terminal +site +phase +cause +mechanism +confidence\n/)
    expect(out).toMatch(/SHOP-0412 +connect +firewall restriction +\S+ +9\d %/)
    const chinese = await search('--cause', 'firewall_restriction', '--limit', '2', '--lang', 'zh')
    expect(chinese.out).toContain('防火墙限制')
    expect(chinese.err).toBe(`共 ${length} 条，显示 2 条；--limit 可显示更多\n`)
  })

  test('from a verdict to all its lines, and from each of them back to it', async () => {
    const [verdict] = await found('--cause', 'firewall_restriction', '--limit', '1')
    const id = verdict?.event.id as string
    const [same, ...lines] = await found<Verdict & Line>('--verdict', id.slice(0, -1))
    expect(same).toEqual(verdict)
    expect(lines.map((l) => l.event.id).sort()).toEqual(verdict?.whytimeout.evidence.event_id)
    expect(lines.some((l) => l.whytimeout.signal.id.length > 0)).toBe(true)
    for (const line of lines) {
      const [event, ...verdicts] = await found<Verdict>('--event', line.event.id)
      expect(event?.event.id).toBe(line.event.id)
      expect(verdicts.map((v) => v.event.id)).toContain(id)
    }
    const told = await search('--verdict', id)
    expect(told.out).toContain('FORWARD-DROP')
    expect((await search('--event', lines[0]?.event.id as string)).out).toContain(id)
    expect(await search('--verdict', 'nobody')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('VERDICT_NOT_FOUND'),
    })
    expect(await search('--event', 'nobody')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('VERDICT_NOT_FOUND'),
    })
    expect((await search('--verdict', id.slice(0, 1))).err).toMatch(/fits \d+ verdicts, for instance/)
  })

  test('words of a line find it, and the verdicts that cite it; Chinese by pairs', async () => {
    const dropped = await found<Line>('--lines', '--text', 'FORWARD-DROP')
    expect(dropped.length).toBeGreaterThan(0)
    expect(dropped.every((l) => l.message.includes('FORWARD-DROP'))).toBe(true)
    const ids = new Set(dropped.map((l) => l.event.id))
    const citing = (await found()).filter((v) => v.whytimeout.evidence.event_id.some((id) => ids.has(id)))
    expect(await found('--text', 'FORWARD-DROP')).toEqual(citing)
    const texts = async (words: string) => (await found<Line>('--lines', '--text', words)).map((l) => l.message)
    expect(await texts('连接超时')).toEqual(['网关连接超时，重试3次'])
    expect(await texts('响应超时')).toEqual(['终端等待响应超时 limit=30000ms'])
    expect(await texts('时超')).toEqual([])
  })

  test.each(SEARCHES)('$id: the server takes it, and options narrow it', async ({ id, kind }) => {
    const ran = await search(id, '--since', 'all', '--json')
    expect(ran).toMatchObject({ exit: 0, err: expect.stringMatching(/found|of \d+/) })
    if (kind !== 'verdicts') return
    const narrowed = await found(id, '--since', 'all', '--cause', 'firewall_restriction')
    expect(narrowed.every((v) => v.whytimeout.verdict.cause === 'firewall_restriction')).toBe(true)
  })

  test('a named search brings its time, and says so when that is why it finds nothing', async () => {
    expect(await found('hit-by-firewall')).toEqual((await ofCause('firewall_restriction')).reverse())
    const late = await runCli(['search', 'hit-by-firewall', '--config', config], { now: '2026-05-01T00:00:00Z' })
    expect(late).toEqual({ exit: 0, out: '', err: 'none in the last 24h; --since all looks at all times\n' })
    const story = await found<Line>('terminal-story', 'T041201')
    expect(story.length).toBeGreaterThan(0)
    expect(new Set(story.map((l) => l.whytimeout.terminal_id))).toEqual(new Set(['T041201']))
    expect(await found('incidents')).toHaveLength((await written('incidents.ndjson')).length)
  })

  test('who is about to time out is told of what is stored as of the folder', async () => {
    const now = '2026-03-06T10:00:00Z'
    const stored = await runCli(['health', '--config', config, '--all', '--json'], { now })
    const folder = await runCli(['health', dir, '--all', '--json'], { now })
    expect(stored.out.split('\n').length).toBeGreaterThan(3)
    expect(stored).toEqual(folder)
  })
})
