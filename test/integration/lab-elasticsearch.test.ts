import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setupElasticsearch } from '../../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import { runCli } from '../cli/run-cli.js'
import { anyElasticsearch } from '../services/elasticsearch.js'
import { sharedKafka } from '../services/shared.js'
import { sharedDir } from '../shared.js'
import { canonical, trafficOf } from '../stream/traffic.js'
import { canRun, clean, everything } from './elasticsearch-server.js'
import { beginStream, difference, placeOn, sendTraffic, stopStreams, until } from './stage.js'

const LAB = sharedDir('lab-open')
/** A site's firewall, a name server that is down, and what only the gateway and its server see. */
const SCENARIOS = (
  process.env.LAB_SCENARIOS ?? 'o07-firewall-site-egress,o16-dns-server-down,o06-server-overload-db'
).split(',')

describe.runIf(LAB !== undefined && canRun())('recorded incidents in Elasticsearch', () => {
  let server: Awaited<ReturnType<typeof anyElasticsearch>>
  let client: Client
  let work: string
  beforeAll(async () => {
    server = await anyElasticsearch()
    client = await connectElasticsearch({ node: server.url }, '.')
    work = await mkdtemp(join(tmpdir(), 'lab-'))
    const io = { out: () => {}, err: () => {}, lang: 'en' } as const
    await setupElasticsearch({ elasticsearch: { node: server.url }, dir: '.' }, { dryRun: false, diff: false, io })
  }, 200_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
    await rm(work, { recursive: true, force: true })
  })
  beforeEach(() => clean(client))
  afterEach(stopStreams)

  const found = async (): Promise<Map<string, string>> =>
    new Map(
      (await everything(client, 'whytimeout-*'))
        .filter((s) => s.index !== 'whytimeout-dead-letters')
        .map((s) => [`${s.index}/${s.id}`, canonical(s.source)]),
    )

  test.each(SCENARIOS)(
    '%s: replayed twice, then streamed: the same documents, and the second time all are there already',
    async (name) => {
      const traffic = await trafficOf(join(LAB ?? '', name))
      const origins = join(work, 'origins.yml')
      await writeFile(origins, traffic.originsText)
      const replay = () =>
        runCli(
          [
            ...['replay', join(LAB ?? '', name), '--origins', origins, '--elasticsearch', server.url],
            ...['--out', join(work, 'out'), '--max-unparsed', '100%'],
          ],
          { now: '2027-01-01T00:00:00Z' },
        )
      const first = await replay()
      expect(first.exit).toBe(0)
      const stored = await everything(client, 'whytimeout-*')
      expect(first.err).toContain(`${stored.length} stored, 0 there already`)
      const ended = Number(/(\d+) taken away/.exec(first.err)?.[1])

      const second = await replay()
      expect(second.err).toContain(`: 0 stored, ${stored.length + ended} there already, 0 older`)
      expect(await everything(client, 'whytimeout-*')).toEqual(stored)

      await clean(client)
      const more = `lateness: 20s\nelasticsearch: { node: "${server.url}" }`
      const place = await placeOn((await sharedKafka()).split(','), traffic, { more })
      const stream = await beginStream(place)
      await sendTraffic(place, traffic.records, { stepMs: 10_000, perMessage: 20 })
      const replayed = new Map(
        stored
          .filter((s) => s.index !== 'whytimeout-dead-letters')
          .map((s) => [`${s.index}/${s.id}`, canonical(s.source)]),
      )
      await until(async () => difference(await found().catch(() => new Map()), replayed), 150_000)
      await stream.stop()
      expect(difference(await found(), replayed)).toBeUndefined()
      // Under the same versions: only dead letters, which a stream has in a topic, are new.
      const letters = stored.length - replayed.size
      const there = stored.length - letters + ended
      expect((await replay()).err).toContain(`: ${letters} stored, ${there} there already, 0 older`)
      expect(difference(await found(), replayed)).toBeUndefined()
      await place.close()
    },
    300_000,
  )
})
