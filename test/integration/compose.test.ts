import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createAndAwait } from '../../pipeline/run/topics.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import { read } from '../deploy/tables.js'
import { anyElasticsearch } from '../services/elasticsearch.js'
import { startKafka } from '../services/kafka.js'
import { freePorts } from '../services/ports.js'
import { describeWithKafka } from '../services/shared.js'
import { canRun, clean } from './elasticsearch-server.js'
import { until } from './stage.js'

const ROOT = join(import.meta.dirname, '../..')
const STORY = join(ROOT, 'fixtures/incidents/friday-afternoon')
const MOUNTED = '/etc/whytimeout'
const { services } = parse(read('deploy/compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, { readonly command: readonly string[] }>>
}

const describeHere = canRun() ? describeWithKafka : describe.skip

/** What compose.yml does, service for service, without containers; Kibana cannot be had. */
describeHere('the sequence of compose.yml', () => {
  const running: ChildProcess[] = []
  /** What they said; a failure shows the end of it. */
  const written: string[] = []
  const ending: (() => Promise<unknown>)[] = []
  let env: NodeJS.ProcessEnv
  let client: Client
  let brokers: string
  beforeAll(async () => {
    const [kafka, elasticsearch] = await Promise.all([startKafka(), anyElasticsearch()])
    ending.push(kafka.stop, elasticsearch.stop)
    brokers = kafka.address
    client = await connectElasticsearch({ node: elasticsearch.url }, '.')
    await clean(client)
    env = {
      ...process.env,
      KAFKA_BROKERS: brokers,
      ELASTICSEARCH_URL: elasticsearch.url,
      INVENTORY: join(STORY, 'inventory.csv'),
      WHYTIMEOUT_HOME: ROOT,
    }
  }, 300_000)
  afterAll(async () => {
    // They have nothing left to end in order: their servers go, too.
    for (const child of running) child.kill('SIGKILL')
    await client?.close()
    for (const end of ending) await end()
  })

  /** The folder that is mounted, for a process that shares its ports with others: only the port is another. */
  async function mounted(): Promise<{ readonly dir: string; readonly port: number }> {
    const dir = await mkdtemp(join(tmpdir(), 'compose-'))
    await cp(join(ROOT, 'deploy/compose'), dir, { recursive: true })
    const [port = 0] = await freePorts(1)
    const path = join(dir, 'whytimeout.yml')
    await writeFile(path, (await readFile(path, 'utf8')).replace('port: 9600', `port: ${port}`))
    return { dir, port }
  }
  const begin = (service: string, dir: string): ChildProcess => {
    const argv = services[service]?.command.map((word) => word.replace(MOUNTED, dir)) ?? []
    const child = spawn(process.execPath, ['dist/pipeline/cli/main.js', ...argv], { cwd: ROOT, env })
    running.push(child)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => written.push(`${service}: ${part}`))
    return child
  }
  /** Runs to its end. @returns exit code, and what it said */
  async function ended(child: ChildProcess): Promise<readonly [number | null, string]> {
    const said: string[] = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => said.push(part.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return [code, said.join('')]
  }
  const health = async (port: number): Promise<number | null> => {
    const check = spawn(process.execPath, ['deploy/healthcheck.mjs'], {
      cwd: ROOT,
      env: { ...env, WHYTIMEOUT_HEALTH_PORT: String(port) },
    })
    return (await ended(check))[0]
  }
  const stored = async (state: string): Promise<number> => {
    await client.indices.refresh({ index: 'whytimeout-*', allow_no_indices: true })
    const query = { term: { 'whytimeout.verdict.state': state } }
    // An index that is just being made has no shard yet that could be searched.
    const found = await client
      .count({ index: 'whytimeout-verdicts-*', allow_no_indices: true, query })
      .catch(() => ({ count: 0 }))
    return found.count
  }

  test('topics, setup, both stages, the feeder: the story is in Elasticsearch, and healthy all the while', async () => {
    const made = /for topic in ([\w -]+);/.exec(services.topics?.command.join(' ') ?? '')?.[1]?.split(' ') ?? []
    const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin()
    await admin.connect()
    ending.unshift(() => admin.disconnect())
    const topics = made.map((topic) => ({ topic, numPartitions: 2, replicationFactor: 1 }))
    await createAndAwait(admin, topics)

    const setup = await mounted()
    for (const service of ['setup-kafka', 'setup-elasticsearch'])
      expect(await ended(begin(service, setup.dir)), service).toEqual([0, expect.any(String)])
    expect(await admin.listTopics()).toContain('whytimeout.events')

    const stages = [await mounted(), await mounted()]
    for (const [i, service] of ['parse', 'diagnose'].entries()) begin(service, stages[i]?.dir ?? '')
    for (const { port } of stages)
      await until(async () => ((await health(port)) === 0 ? undefined : 'not healthy'), 60_000)

    const feeder = spawn(process.execPath, [join(setup.dir, 'feed.mjs'), join(STORY, 'logs')], { cwd: ROOT, env })
    const [code, said] = await ended(feeder)
    expect(code, said).toBe(0)
    expect(said).toContain('feeder.done')
    await until(async () => ((await stored('provisional')) > 0 ? undefined : 'no provisional verdict'), 60_000)
    // The newest are final once their logs have been quiet for the lateness.
    await until(async () => {
      const [final, open] = [await stored('final'), await stored('provisional')]
      return final === 91 && open === 0
        ? undefined
        : `${final} final, ${open} provisional\n${written.slice(-40).join('')}`
    }, 400_000)
    const { aggregations } = await client.search({
      index: 'whytimeout-verdicts-*',
      size: 0,
      aggs: { causes: { terms: { field: 'whytimeout.verdict.cause' } } },
    })
    const causes = aggregations?.causes as { buckets: { key: string; doc_count: number }[] } | undefined
    expect(Object.fromEntries((causes?.buckets ?? []).map((b) => [b.key, b.doc_count]))).toEqual({
      firewall_restriction: 34,
      network_latency: 30,
      application_conflict: 27,
    })
    for (const { port } of stages) expect(await health(port)).toBe(0)
  }, 600_000)
})
