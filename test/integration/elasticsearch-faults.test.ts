import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setupElasticsearch } from '../../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import { type Elasticsearch, startElasticsearch } from '../services/elasticsearch.js'
import { type Fault, startProxy } from '../services/proxy.js'
import { canRun, clean, countOf, documents, everything, trySink, until } from './elasticsearch-server.js'

const quiet = { out: () => {}, err: () => {}, lang: 'en' } as const
const INDEX = 'whytimeout-events-2026.03.06'

describe.skipIf(!canRun())('faults of a real Elasticsearch: nothing lost, nothing twice', () => {
  let server: Elasticsearch
  let client: Client

  beforeAll(async () => {
    // Takes at most a megabyte under way; a request larger than that never fits.
    server = await startElasticsearch({ settings: ['indexing_pressure.memory.limit: 1mb'] })
    client = await connectElasticsearch({ node: server.url }, '.')
    const config = { elasticsearch: { node: server.url }, dir: '.' }
    await setupElasticsearch(config, { dryRun: false, diff: false, io: quiet })
  }, 200_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
  })
  beforeEach(() => clean(client))

  /** What is stored is what was given, document by document. */
  const expectStored = async (given: readonly StoredDocument[]) => {
    const stored = await everything(client, INDEX)
    const wanted = given.map(({ index, id, source }) => ({ index, id, source }))
    expect(stored).toEqual(wanted.sort((a, b) => (a.id < b.id ? -1 : 1)))
  }

  test('overload (429): requests get smaller until they fit', async () => {
    const { sink, states, refused } = await trySink({ node: server.url })
    const given = documents('pressure', 2_000, 1_500)
    await sink.store(given)
    expect(states.some((s) => !s.up && /429 es_rejected_execution_exception/.test(s.reason ?? ''))).toBe(true)
    expect(states.at(-1)).toEqual({ up: true, retrying: 0 })
    expect(refused).toEqual([])
    await expectStored(given)
    await sink.close()
  }, 60_000)

  test('killed and started again in the middle', async () => {
    const { sink, states } = await trySink({ node: server.url }, { limits: { requestDocuments: 200 } })
    const given = documents('kill', 12_000)
    const stored = sink.store(given)
    await until(() => sink.counts().stored >= 1_000)
    await server.kill()
    await until(() => sink.counts().retries >= 2 && states.some((s) => /ECONNREFUSED/.test(s.reason ?? '')))
    expect(states.at(-1)?.up).toBe(false)
    await server.start()
    await stored
    expect(states.at(-1)).toEqual({ up: true, retrying: 0 })
    const { stored: first, duplicates } = sink.counts()
    expect(first + duplicates).toBe(given.length)
    await expectStored(given)
    await sink.close()
  }, 240_000)

  test('a line that cuts connections half-way, lets others answer, and hangs', async () => {
    const html = '<html>502 Bad Gateway</html>'
    const answers = {
      badGateway: `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: ${html.length}\r\n\r\n${html}`,
      portal: `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${html.length}\r\n\r\n${html}`,
    }
    const faults: Fault[] = [
      ...(['pass', 'cut-request', 'cut-answer', 'cut-request', 'pass', 'cut-answer', 'hang'] as const),
      { answer: answers.badGateway },
      { answer: answers.portal },
      ...(['cut-answer', 'hang', 'pass', 'cut-request'] as const),
    ]
    let met = 0
    const proxy = await startProxy(server.url, () => faults[met++] ?? 'pass')
    const { sink, states, refused } = await trySink(
      { node: proxy.url },
      { limits: { requestDocuments: 100 }, requestTimeoutMs: 500 },
    )
    const given = documents('line', 3_000)
    await sink.store(given)
    expect(met).toBeGreaterThan(faults.length)
    const reasons = new Set(states.map((s) => s.reason))
    for (const words of ['no answer within 0.5 s', '502', 'something else than Elasticsearch answers'])
      expect([...reasons]).toContain(words)
    expect(refused).toEqual([])
    // Some were stored although their answer was lost: the second time they are duplicates.
    expect(sink.counts().duplicates).toBeGreaterThan(0)
    expect(sink.counts().stored + sink.counts().duplicates).toBe(given.length)
    await expectStored(given)
    await sink.close()
    await proxy.close()
  }, 60_000)

  test('a server that hangs: memory stays that of the requests under way; closing ends the wait with an error', async () => {
    const proxy = await startProxy(server.url, () => 'hang')
    const { sink, states } = await trySink({ node: proxy.url }, { requestTimeoutMs: 100 })
    let read = 0
    const given = documents('hang', 20_000).map((d) => ({
      ...d,
      get source() {
        read++
        return { message: d.id }
      },
    }))
    const failed = expect(sink.store(given)).rejects.toMatchObject({ code: 'SINK_FAILED' })
    await until(() => sink.counts().retries >= 6)
    // Two requests of a thousand, the first of the next, each document looked at twice.
    expect(read).toBeLessThanOrEqual(2 * (2 * 1_000 + 1))
    expect(states.at(-1)).toMatchObject({ up: false, reason: 'no answer within 0.1 s' })
    await sink.close()
    await failed
    await proxy.close()
    expect(await countOf(client, 'hang')).toBe(0)
  })

  test('a server that asks for time gets it', async () => {
    const busy = 'HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n'
    let met = 0
    const proxy = await startProxy(server.url, () => (met++ === 0 ? { answer: busy } : 'pass'))
    const { sink } = await trySink({ node: proxy.url }, { chance: () => 0 })
    const began = performance.now()
    await sink.store(documents('busy', 3))
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
    expect(await countOf(client, 'busy')).toBe(3)
    await sink.close()
    await proxy.close()
  })

  test('one of several nodes is away: the others take it', async () => {
    const { sink } = await trySink({ node: ['http://127.0.0.1:1', server.url] })
    await sink.store(documents('nodes', 50))
    expect(await countOf(client, 'nodes')).toBe(50)
    await sink.close()
  })

  test('something else than Elasticsearch at the address: stopped at once', async () => {
    const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
    const proxy = await startProxy(server.url, () => ({ answer }))
    const { sink, states } = await trySink({ node: proxy.url })
    await expect(sink.store(documents('other', 3))).rejects.toMatchObject({ code: 'ELASTICSEARCH_REFUSED' })
    expect(states.at(-1)).toMatchObject({ up: false, retrying: 0 })
    await sink.close()
    await proxy.close()
  })

  test('an index that may not be made: stopped, with the server’s word', async () => {
    await client.cluster.putSettings({ persistent: { 'action.auto_create_index': 'false' } })
    const { sink } = await trySink({ node: server.url })
    const strange = documents('strange', 2).map((d) => ({ ...d, index: 'not-ours' }))
    await expect(sink.store(strange)).rejects.toThrow(/404 index_not_found_exception/)
    // Ours may: the templates say so.
    await sink.store(documents('ours', 2))
    expect(await countOf(client, 'ours')).toBe(2)
    await client.cluster.putSettings({ persistent: { 'action.auto_create_index': null } })
    await sink.close()
  })
})
