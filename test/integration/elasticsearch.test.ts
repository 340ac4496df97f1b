import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { replay } from '../../pipeline/run/replay.js'
import { dropOld } from '../../pipeline/run/retention.js'
import { setupElasticsearch } from '../../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import { checkTemplates, compareTemplates } from '../../pipeline/sinks/elasticsearch-templates.js'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import { elasticsearchTemplates, fieldTypes, INDICES } from '../../schemas/elasticsearch.js'
import type { Verdict } from '../../schemas/verdict.js'
import { runCli } from '../cli/run-cli.js'
import { anyElasticsearch } from '../services/elasticsearch.js'
import { canRun, clean, countOf, documents, everything, trySink, until } from './elasticsearch-server.js'

const FIXTURES = join(import.meta.dirname, '../../fixtures')
const STORY = join(FIXTURES, 'incidents/friday-afternoon')
/** Leaves that no mapping knows; below `flattened` and unindexed objects everything is known. */
const TYPES = fieldTypes()
function unmapped(value: object, path: string): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = path === '' ? key : `${path}.${key}`
    const type = TYPES.get(name)
    if (type === 'flattened' || type === 'object') return []
    const isBranch = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    return isBranch ? unmapped(inner, name) : type === undefined ? [name] : []
  })
}
const quiet = { out: () => {}, err: () => {}, lang: 'en' } as const

describe.skipIf(!canRun())('a real Elasticsearch', () => {
  let server: Awaited<ReturnType<typeof anyElasticsearch>>
  let client: Client
  let out: string
  const config = () => ({ elasticsearch: { node: server.url }, dir: '.' })
  const setup = () => setupElasticsearch(config(), { dryRun: false, diff: false, io: quiet })

  beforeAll(async () => {
    server = await anyElasticsearch()
    client = await connectElasticsearch({ node: server.url }, '.')
    out = await mkdtemp(join(tmpdir(), 'elasticsearch-test-'))
    await setup()
  }, 200_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
    await rm(out, { recursive: true, force: true })
  })
  beforeEach(() => clean(client))

  const replayStory = (...more: string[]) =>
    runCli(['replay', STORY, '--elasticsearch', server.url, '--out', out, ...more], { now: '2026-03-07T00:00:00Z' })

  describe('setup', () => {
    test('run again changes nothing, and the program starts on it', async () => {
      await setup()
      const states = (await compareTemplates(client)).map((t) => t.state)
      expect(states.length).toBeGreaterThan(Object.keys(INDICES).length)
      expect(new Set(states)).toEqual(new Set(['same']))
      await checkTemplates(client)
    })
    test('says what differs and, on a dry run, leaves it', async () => {
      await client.cluster.putComponentTemplate({
        name: 'whytimeout-settings',
        template: { settings: { index: { refresh_interval: '1s' } } },
      })
      const said: string[] = []
      const io = { ...quiet, out: (text: string) => said.push(text) }
      await setupElasticsearch(config(), { dryRun: true, diff: true, io })
      expect(said).toContain('component template whytimeout-settings: would be changed')
      expect(said).toContain('  - template.settings.index.refresh_interval: 1s')
      expect(said).toContain('  + template.settings.index.refresh_interval: 5s')
      expect((await compareTemplates(client)).filter((t) => t.state !== 'same')).toHaveLength(1)
      await setup()
      expect((await compareTemplates(client)).filter((t) => t.state !== 'same')).toEqual([])
    })
    test('an index that is there already learns of new fields', async () => {
      const index = 'whytimeout-events-2020.01.01'
      await client.indices.create({ index })
      await client.indices.putMapping({ index, _meta: { managed_by: 'whytimeout', version: 0, digest: 'old' } })
      await setup()
      const mapping = (await client.indices.getMapping({ index }))[index]?.mappings
      expect(mapping?._meta).toEqual(elasticsearchTemplates().indices['whytimeout-events']?._meta)
    })
    test('another size of the indices, or templates of a newer program, stop both setup and start', async () => {
      const name = 'whytimeout-verdicts'
      const body = elasticsearchTemplates().indices[name]
      const put = (meta: object) =>
        client.indices.putIndexTemplate({ ...(body as object), name, _meta: { ...body?._meta, ...meta } })
      await put({ partition: 'day' })
      await expect(setup()).rejects.toMatchObject({ code: 'ELASTICSEARCH_TEMPLATES', place: name })
      await expect(checkTemplates(client)).rejects.toThrow(/split by day.*month.*twice/)
      await put({ version: 99, digest: 'x' })
      await expect(setup()).rejects.toThrow(/newer program/)
      await checkTemplates(client)
      await put({ digest: 'x' })
      await expect(checkTemplates(client)).rejects.toMatchObject({ code: 'ELASTICSEARCH_TEMPLATES' })
      await setup()
      await checkTemplates(client)
    })
    test('without templates nothing starts, and the fix is named', async () => {
      await client.indices.deleteIndexTemplate({ name: 'whytimeout-incidents' })
      const { exit, err } = await replayStory()
      expect(exit).toBe(2)
      expect(err).toMatch(/ELASTICSEARCH_TEMPLATES.*whytimeout-incidents.*setup elasticsearch/)
      await setup()
    })
  })

  describe('replay', () => {
    test('twice, then by a newer generation and by the old one again: the same documents, none twice', async () => {
      const first = await replayStory()
      expect(first.exit).toBe(0)
      const stored = await everything(client, 'whytimeout-*')
      const all = stored.length
      expect(first.err).toContain(`${all} stored, 0 there already, 0 older`)
      expect(stored.filter((s) => s.index === 'whytimeout-verdicts-2026.03')).toHaveLength(91)
      expect(stored.filter((s) => s.index === 'whytimeout-events-2026.03.06').length).toBeGreaterThan(200)
      expect((await replayStory()).err).toContain(`0 stored, ${all} there already, 0 older`)
      expect(await everything(client, 'whytimeout-*')).toEqual(stored)

      expect((await replayStory('--generation', '900')).err).toContain(`${all} stored, 0 there already`)
      const newer = await everything(client, 'whytimeout-*')
      expect(newer.map((s) => s.id)).toEqual(stored.map((s) => s.id))
      expect((await replayStory()).err).toContain(`0 stored, 0 there already, ${all} older`)
      expect(await everything(client, 'whytimeout-*')).toEqual(newer)
    }, 120_000)

    test('by rules that find other verdicts: what is left is what they alone would have left', async () => {
      const rules = join(out, 'rules')
      await cp(join(import.meta.dirname, '../../rules'), rules, { recursive: true })
      // The winner of most verdicts is gone, and attempts are told apart otherwise: other causes, incidents, anchors and evidence.
      await rm(join(rules, 'firewall_restriction/denied-on-site.yml'))
      const pack = join(rules, 'pack.yml')
      await writeFile(pack, (await readFile(pack, 'utf8')).replace(/^after: .*$/m, 'after: 30s'))
      const changed = ['--rules', rules, '--generation', '900']
      const foreign: StoredDocument = { ...(documents('other', 1)[0] as StoredDocument), version: 10_000_001 }
      const sameTime = {
        '@timestamp': '2026-03-06T08:50:00.000Z',
        event: { id: 'other-0' },
        whytimeout: { realm: 'default', origin: 'other/x.log' },
      }
      const { sink } = await trySink({ node: server.url })

      expect((await replayStory(...changed)).exit).toBe(0)
      const alone = await everything(client, 'whytimeout-*')
      await clean(client)
      await replayStory()
      await sink.store([{ ...foreign, source: sameTime }])
      const before = await everything(client, 'whytimeout-*')
      const ran = await replayStory(...changed, '--replace')
      expect(ran.err).toMatch(/[1-9]\d* taken away/)
      const after = await everything(client, 'whytimeout-*')
      expect(after.filter((s) => s.id !== 'other-0')).toEqual(alone)
      // Of a log that was not replayed.
      expect(after.some((s) => s.id === 'other-0')).toBe(true)
      const causes = (all: typeof after) =>
        all.flatMap((s) =>
          s.index.startsWith('whytimeout-verdicts') ? [(s.source as Verdict).whytimeout.verdict.cause] : [],
        )
      expect(causes(after)).not.toEqual(causes(before))
      const gone = before.filter((b) => !after.some((a) => a.index === b.index && a.id === b.id))
      expect(new Set(gone.map((s) => s.index.replace(/-[\d.]+$/, '')))).toEqual(
        new Set(['whytimeout-events', 'whytimeout-incidents']),
      )
      expect((await replayStory(...changed, '--replace')).err).toContain(
        `0 stored, ${alone.length} there already, 0 older than what is there, 0 taken away`,
      )
      await sink.close()
    }, 120_000)

    test('every event says what matched in it, and whose it is as far as its log and the inventory know', async () => {
      await replayStory()
      type Event = {
        event: { dataset: string }
        whytimeout: { signal: { id: string[] }; terminal_id?: string; site_id?: string; gateway?: string }
      }
      const all = await everything(client, 'whytimeout-*')
      const events = all.filter((s) => s.index.startsWith('whytimeout-events')).map((s) => s.source as Event)
      expect(events.length).toBeGreaterThan(200)
      for (const { event, whytimeout } of events) {
        expect(whytimeout.signal.id.length, JSON.stringify(event)).toBeGreaterThan(0)
        expect(whytimeout.gateway).toBe('edge1')
        // A line of the router's own is nobody's in particular.
        if (event.dataset !== 'fping') expect(whytimeout.terminal_id).toMatch(/^T/)
      }
      // Each way is one query.
      const found = await client.search({
        index: 'whytimeout-verdicts-*',
        size: 100,
        query: { term: { 'whytimeout.endpoint': 'pay.example.net:9443' } },
      })
      expect(found.hits.hits).toHaveLength(91)
      const ips = new Set(found.hits.hits.map((h) => (h._source as { destination: { ip?: string } }).destination.ip))
      expect([...ips]).toEqual(['203.0.113.80'])
    }, 60_000)

    test('the verdicts and events are those of the folder', async () => {
      await replayStory()
      const lines = async (name: string) =>
        (await readFile(join(out, name), 'utf8'))
          .trim()
          .split('\n')
          .map((l) => JSON.parse(l))
      type Identified = { event: { id: string } }
      const byId = (a: Identified, b: Identified) => (a.event.id < b.event.id ? -1 : 1)
      const sources = async (index: string) => (await everything(client, index)).map((s) => s.source)
      expect(await sources('whytimeout-verdicts-*')).toEqual((await lines('verdicts.ndjson')).sort(byId))
      expect(await sources('whytimeout-events-*')).toEqual((await lines('events.ndjson')).sort(byId))
    }, 60_000)

    test('what was said of a symptom that turns out not to be the first of its episode is taken back for good', async () => {
      const { sink } = await trySink({ node: server.url })
      const now = Date.parse('2027-01-01T00:00:00Z')
      const run = (store: (documents: readonly StoredDocument[]) => Promise<void>) =>
        replay({ paths: [join(FIXTURES, 'formats')], now, store: { store, close: async () => {} } })
      const all: StoredDocument[] = []
      await run(async (documents) => {
        all.push(...documents)
      })
      const ends = all.filter((d) => d.source === undefined)
      const [end] = ends as [StoredDocument]
      const early: StoredDocument = {
        ...{ ...end, version: end.version - 5_000_000, versionType: 'external_gte' },
        source: { message: 'provisional' },
      }
      await sink.store([early])
      await run(sink.store)
      expect(sink.counts().deleted).toBe(ends.length)
      await sink.store([early])
      expect(sink.counts().stale).toBe(1)
      expect((await everything(client, end.index)).map((s) => s.id)).not.toContain(end.id)
      await sink.close()
    })

    test('with a configuration: its cluster, its inventory', async () => {
      const config = join(out, 'whytimeout.yml')
      const node = '$' + '{ES}'
      await writeFile(config, `elasticsearch: { node: "${node}" }\ninventory: inventory.csv\n`)
      await copyFile(join(STORY, 'inventory.csv'), join(out, 'inventory.csv'))
      const argv = ['replay', join(STORY, 'logs'), '--config', config, '--out', out]
      const ran = await runCli(argv, { now: '2026-03-07T00:00:00Z', env: { ES: server.url } })
      expect(ran).toMatchObject({ exit: 0, err: expect.stringMatching(/[1-9]\d* stored, 0 there already/) })
      const [first] = await everything(client, 'whytimeout-verdicts-*')
      expect(first?.source).toMatchObject({ whytimeout: { site_id: 'SHOP-0412' } })
    })

    test('to a cluster that is not there: said before the work, not after', async () => {
      const ran = await runCli(['replay', STORY, '--elasticsearch', 'http://127.0.0.1:1', '--out', out])
      expect(ran.exit).toBe(1)
      expect(ran.err).toMatch(/ELASTICSEARCH_UNREACHABLE: connect ECONNREFUSED/)
      expect((await runCli(['replay', STORY, '--elasticsearch', 'localhost:9200', '--out', out])).exit).toBe(2)
    })
  })

  test('versions: newest wins whatever the order, deletes hold, within one store only the newest is sent', async () => {
    const { sink } = await trySink({ node: server.url })
    const [d] = documents('v', 1) as [StoredDocument]
    const { source: _, ...end } = d
    await sink.store([
      { ...d, version: 7 },
      { ...d, version: 9 },
      { ...d, version: 8 },
    ])
    await sink.store([{ ...d, version: 8 }])
    await sink.store([{ ...d, version: 9 }])
    await sink.store([{ ...end, version: 20 }])
    await sink.store([{ ...d, version: 11 }])
    await sink.store([{ ...end, id: 'never-there', version: 20 }])
    await sink.store([{ ...d, id: 'never-there', version: 11 }])
    expect(sink.counts()).toMatchObject({ stored: 1, superseded: 2, stale: 3, duplicates: 1, deleted: 2 })
    expect(await everything(client, 'whytimeout-*')).toEqual([])
    await sink.close()
  })

  test('Chinese messages are found by words, by phrases and by one character; English as ever', async () => {
    const { sink } = await trySink({ node: server.url })
    const lines = [
      '网关连接超时，重试3次',
      'TCP连接被重置：对端关闭',
      '终端T0001等待响应超时 limit=30000ms',
      '断网了',
      'connect timed out: no route to host',
      '出时超限',
    ]
    await sink.store(
      documents('zh', lines.length).map((d, i) => ({ ...d, source: { ...d.source, message: lines[i] as string } })),
    )
    await client.indices.refresh({ index: 'whytimeout-*' })
    const found = async (query: object) =>
      (await client.search({ index: 'whytimeout-events-*', query })).hits.hits
        .map((h) => Number(h._id?.slice(3)))
        .sort()
    expect(await found({ match: { message: '超时' } })).toEqual([0, 2])
    expect(await found({ match_phrase: { message: '连接超时' } })).toEqual([0])
    expect(await found({ match: { message: { query: '连接超时', operator: 'and' } } })).toEqual([0])
    expect(await found({ match: { message: '连接' } })).toEqual([0, 1])
    expect(await found({ match: { message: '断' } })).toEqual([3])
    expect(await found({ match_phrase: { message: 'TCP连接' } })).toEqual([1])
    expect(await found({ match_phrase: { message: 'timed out' } })).toEqual([4])
    expect(await found({ match_phrase: { message: 'no route' } })).toEqual([4])
    expect(await found({ match: { message: 'no' } })).toEqual([4])
    await sink.close()
  })

  test('every document of the fixtures: no field that cannot be searched, none that the server ignores', async () => {
    const { sink, refused } = await trySink({ node: server.url })
    const all: StoredDocument[] = []
    const store = async (documents: readonly StoredDocument[]) => {
      all.push(...documents)
      await sink.store(documents)
    }
    const now = Date.parse('2027-01-01T00:00:00Z')
    for (const path of ['formats', 'incidents'].map((d) => join(FIXTURES, d)))
      await replay({ paths: [path], allEvents: true, now, store: { store, close: async () => {} } })
    const sources = all.filter((d) => d.source !== undefined)
    const kinds = new Set(sources.map((d) => d.index.replace(/[-.\d]+$/, '')))
    expect([...kinds].sort()).toEqual([
      'whytimeout-dead-letters',
      'whytimeout-events',
      'whytimeout-health',
      'whytimeout-incidents',
      'whytimeout-verdicts',
    ])
    expect([...new Set(sources.flatMap((d) => unmapped(d.source ?? {}, '')))]).toEqual([])
    expect(refused).toEqual([])
    expect((await everything(client, 'whytimeout-*')).length).toBe(new Set(sources.map((d) => d.id)).size)
    const ignored = { query: { exists: { field: '_ignored' } } }
    expect((await client.count({ index: 'whytimeout-*', ...ignored })).count).toBe(0)
    await sink.close()
  }, 120_000)

  describe('what the server never takes is handed on, the rest is stored', () => {
    test('an index that is blocked', async () => {
      const { sink, refused } = await trySink({ node: server.url })
      const blocked = documents('blocked', 3).map((d) => ({ ...d, index: 'whytimeout-events-2026.03.05' }))
      await client.indices.create({ index: 'whytimeout-events-2026.03.05' })
      await client.indices.addBlock({ index: 'whytimeout-events-2026.03.05', block: 'write' })
      await sink.store([...blocked, ...documents('open', 3)])
      expect(refused.map((r) => [r.document.id, r.code, r.type])).toEqual(
        blocked.map((d) => [d.id, 'INDEX_READ_ONLY', 'cluster_block_exception']),
      )
      expect(sink.counts()).toMatchObject({ stored: 3, deadLettered: 3 })
      await sink.close()
    })
    test('a value of another kind than the mapping', async () => {
      const { sink, refused } = await trySink({ node: server.url })
      const [bad, good] = documents('conflict', 2) as [StoredDocument, StoredDocument]
      await sink.store([{ ...bad, source: { ...bad.source, event: 'text 4111111111111111' } }, good])
      expect(refused).toMatchObject([{ code: 'INDEX_REJECTED', type: 'document_parsing_exception' }])
      expect(refused[0]?.reason).not.toContain('4111')
      expect(sink.counts()).toMatchObject({ stored: 1, deadLettered: 1 })
      await sink.close()
    })
    test('a bad address alone loses nothing: it is stored and can be found', async () => {
      const { sink } = await trySink({ node: server.url })
      await sink.store(documents('ip', 1).map((d) => ({ ...d, source: { ...d.source, source: { ip: 'not-an-ip' } } })))
      await client.indices.refresh({ index: 'whytimeout-*' })
      const { count } = await client.count({ index: 'whytimeout-*', query: { exists: { field: '_ignored' } } })
      expect(count).toBe(1)
      await sink.close()
    })
    test('the dead letter is written before the store is over, and if it cannot be, the store fails', async () => {
      const { sink } = await trySink(
        { node: server.url },
        {
          refused: async () => {
            throw new Error('the dead letters cannot be written')
          },
        },
      )
      const bad = documents('bad', 1).map((d) => ({ ...d, source: { event: 'text' } }))
      await expect(sink.store(bad)).rejects.toThrow('dead letters')
      await sink.close()
    })
  })

  test('a full disk (429) is waited out', async () => {
    const { sink, refused, states } = await trySink({ node: server.url })
    const index = 'whytimeout-events-2026.03.06'
    await client.indices.create({ index })
    await client.indices.putSettings({ index, settings: { blocks: { read_only_allow_delete: true } } })
    const stored = sink.store(documents('flood', 30))
    await until(() => sink.counts().retries >= 2)
    expect(states.at(-1)).toMatchObject({ up: true })
    expect(states.some((s) => s.retrying === 30 && /429 cluster_block_exception/.test(s.reason ?? ''))).toBe(true)
    await client.indices.putSettings({ index, settings: { blocks: { read_only_allow_delete: false } } })
    await stored
    expect(refused).toEqual([])
    expect(states.at(-1)).toEqual({ up: true, retrying: 0 })
    expect(await countOf(client, 'flood')).toBe(30)
    await sink.close()
  })

  test('retention drops whole old days and months of ours and nothing else', async () => {
    const old = ['whytimeout-events-2020.01.01', 'whytimeout-verdicts-2020.01']
    const young = ['whytimeout-events-2026.03.06', 'whytimeout-events-2020.01.01-copy', 'whytimeout-dead-letters']
    for (const index of [...old, ...young]) await client.indices.create({ index })
    const kept = { events: 30 * 86_400_000, verdicts: 400 * 86_400_000 }
    const now = Date.parse('2026-03-07T00:00:00Z')
    expect(await dropOld(client, kept, { now, dryRun: true })).toEqual(old)
    const names = async () => Object.keys(await client.indices.get({ index: 'whytimeout-*' })).sort()
    expect(await names()).toEqual([...old, ...young].sort())
    expect(await dropOld(client, kept, { now, dryRun: false })).toEqual(old)
    expect(await names()).toEqual([...young].sort())

    // Dead letters have no dates: their index goes by its own age.
    const made = Date.now()
    const letters = { 'dead-letters': 30 * 86_400_000 }
    expect(await dropOld(client, letters, { now: made + 29 * 86_400_000, dryRun: false })).toEqual([])
    expect(await dropOld(client, letters, { now: made + 31 * 86_400_000, dryRun: true })).toEqual([
      'whytimeout-dead-letters',
    ])
    await dropOld(client, letters, { now: made + 31 * 86_400_000, dryRun: false })
    expect(await names()).not.toContain('whytimeout-dead-letters')
    expect(await dropOld(client, letters, { now: made + 31 * 86_400_000, dryRun: false })).toEqual([])
  })
})
