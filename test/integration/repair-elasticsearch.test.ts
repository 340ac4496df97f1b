import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { setupElasticsearch } from '../../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import { runCli } from '../cli/run-cli.js'
import { type Elasticsearch, startElasticsearch } from '../services/elasticsearch.js'
import { sharedKafka } from '../services/shared.js'
import { canonical, type Traffic, trafficOf } from '../stream/traffic.js'
import { canRun } from './elasticsearch-server.js'
import { allDecided, beginStream, difference, placeOn, sendTraffic, stopStreams, until } from './stage.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')

describe.skipIf(!canRun())('late events repaired in Elasticsearch', () => {
  let server: Elasticsearch
  let client: Client
  let traffic: Traffic
  beforeAll(async () => {
    ;[server, traffic] = await Promise.all([startElasticsearch(), trafficOf(STORY, 0.25)])
    client = await connectElasticsearch({ node: server.url }, '.')
    const io = { out: () => {}, err: () => {}, lang: 'en' } as const
    await setupElasticsearch({ elasticsearch: { node: server.url }, dir: '.' }, { dryRun: false, diff: false, io })
  }, 200_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
  })

  afterEach(stopStreams)

  const found = async (): Promise<Map<string, string>> => {
    await client.indices.refresh({ index: 'whytimeout-*' })
    const index = 'whytimeout-verdicts-*,whytimeout-events-*,whytimeout-health-*'
    const { hits } = await client.search({ index, size: 10_000 })
    return new Map(hits.hits.map((h) => [`${h._index}/${h._id}`, canonical(h._source)]))
  }

  test('the documents are those of a replay of everything, verdicts and events', async () => {
    const place = await placeOn((await sharedKafka()).split(','), traffic, {
      more: `lateness: 4s\nelasticsearch: { node: "${server.url}" }`,
    })
    const stream = await beginStream(place)
    let sent = 0
    const send = async (isWanted: (host: string) => boolean) => {
      const records = traffic.records.filter((r) => isWanted(r.host))
      await sendTraffic(place, records, { perMessage: 20 })
      sent += records.length
    }
    const isDone = async () => {
      const watermark = stream.status().standing[0]?.watermark ?? 0
      return (await allDecided(place, sent)) ?? (watermark > Date.now() - 60_000 ? undefined : 'not all final')
    }
    const isLate = (host: string) => host === 'till-1' || host === 'till-2'
    await send((host) => !isLate(host))
    await until(isDone, 90_000)
    const seen = new Set((await found()).keys())
    for (const host of ['till-2', 'till-1']) {
      await send((h) => h === host)
      await until(async () => {
        const { out } = await repair()
        return JSON.parse(out).letters.repaired > 0 ? undefined : out
      }, 90_000)
      await until(isDone, 90_000)
      await until(async () => {
        const { out } = await repair()
        return JSON.parse(out).letters.waiting === 0 ? undefined : out
      }, 90_000)
      for (const key of (await found()).keys()) seen.add(key)
    }
    const after = await found()
    expect(difference(after, traffic.expected)).toBeUndefined()
    // Some had been stored for verdicts that no longer cite them.
    expect([...seen].some((key) => !after.has(key))).toBe(true)
    await stream.stop()
    await place.close()

    function repair() {
      const argv = ['replay', `kafka:${place.prefix}.events`, '--late', '--store', '--json', '--config', place.config]
      return runCli(argv, { now: new Date().toISOString() })
    }
  }, 400_000)
})
