import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { setupElasticsearch } from '../../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import { type Elasticsearch, startElasticsearch } from '../services/elasticsearch.js'
import { sharedKafka } from '../services/shared.js'
import { canonical, type Traffic, trafficOf } from '../stream/traffic.js'
import { canRun } from './elasticsearch-server.js'
import { beginStream, difference, placeOn, sendTraffic, stopStreams, until } from './stage.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')

describe.skipIf(!canRun())('a stream into Elasticsearch', () => {
  let server: Elasticsearch
  let client: Client
  let traffic: Traffic
  let brokers: string[]
  beforeAll(async () => {
    ;[server, traffic] = await Promise.all([startElasticsearch(), trafficOf(STORY, 0.25)])
    client = await connectElasticsearch({ node: server.url }, '.')
    const io = { out: () => {}, err: () => {}, lang: 'en' } as const
    await setupElasticsearch({ elasticsearch: { node: server.url }, dir: '.' }, { dryRun: false, diff: false, io })
    brokers = (await sharedKafka()).split(',')
  }, 200_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
  })

  afterEach(stopStreams)

  /** All verdicts, events and hours that can be found: `index/id` to the document. */
  const found = async (): Promise<Map<string, string>> => {
    await client.indices.refresh({ index: 'whytimeout-*' })
    const documents = new Map<string, string>()
    let after: unknown[] | undefined
    for (;;) {
      const { hits } = await client.search({
        index: 'whytimeout-verdicts-*,whytimeout-events-*,whytimeout-health-*',
        size: 1_000,
        sort: ['@timestamp', 'event.id'],
        ...(after && { search_after: after as string[] }),
      })
      for (const h of hits.hits) documents.set(`${h._index}/${h._id}`, canonical(h._source))
      after = hits.hits.at(-1)?.sort
      if (after === undefined) return documents
    }
  }
  /** An index that is just being made has no shard yet that could be searched. */
  const foundYet = () =>
    found().catch((error: { statusCode?: number }) => {
      if (error.statusCode !== 503) throw error
      return new Map<string, string>()
    })

  test('leaves the documents of a replay; while the server is down nothing is lost and nobody leaves the group', async () => {
    const place = await placeOn(brokers, traffic, {
      more: `lateness: 20s\nelasticsearch: { node: "${server.url}" }`,
    })
    const stream = await beginStream(place)
    const half = Math.floor(traffic.records.length / 2)
    await sendTraffic(place, traffic.records.slice(0, half), { stepMs: 10_000 })
    await until(async () => ((await foundYet()).size > 0 ? undefined : 'nothing stored'), 60_000)
    await server.kill()
    await sendTraffic(place, traffic.records.slice(half), { stepMs: 10_000 })
    // Longer than the session timeout.
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    await server.start()
    await until(async () => difference(await found().catch(() => new Map()), traffic.expected), 150_000)
    await stream.stop()

    // The same lines once more, by another group over other topics: all of it is there.
    const again = await placeOn(brokers, traffic, {
      more: `lateness: 20s\nelasticsearch: { node: "${server.url}" }`,
    })
    const second = await beginStream(again)
    await sendTraffic(again, traffic.records, { stepMs: 10_000, perMessage: 20 })
    await until(() => {
      const { parse, standing } = second.status()
      const isDone = parse?.read === traffic.records.length && (standing[0]?.watermark ?? 0) > Date.now() - 60_000
      return isDone ? undefined : JSON.stringify([parse, standing])
    }, 150_000)
    await second.stop()
    expect(difference(await found(), traffic.expected)).toBeUndefined()
    await Promise.all([place.close(), again.close()])
  }, 500_000)
})
