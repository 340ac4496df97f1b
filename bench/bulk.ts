import { readFileSync } from 'node:fs'
import { replay } from '../pipeline/run/replay.js'
import { storeInBatches } from '../pipeline/run/send.js'
import { setupElasticsearch } from '../pipeline/run/setup-elasticsearch.js'
import { BULK_LIMITS, requestsOf } from '../pipeline/sinks/bulk-request.js'
import { createElasticsearchSink } from '../pipeline/sinks/elasticsearch.js'
import { type Client, connectElasticsearch } from '../pipeline/sinks/elasticsearch-client.js'
import { type StoredDocument, verdictDocument } from '../pipeline/stream/documents.js'
import { anyElasticsearch } from '../test/services/elasticsearch.js'

// Our bulk loop beside a bare one: the same documents, in the same requests, two in flight, by the same client. `npm run bench -- bulk [COUNT] [ROUNDS]`
const COUNT = Number(process.argv[2] ?? 20_000)
const ROUNDS = Number(process.argv[3] ?? 7)
const INDEX = 'whytimeout-verdicts-2026.03'

/** So many verdicts as a replay stores them, each under an id of its own. */
async function verdicts(): Promise<StoredDocument[]> {
  const now = Date.parse('2026-03-07T00:00:00Z')
  const { verdicts: found } = await replay({ paths: ['fixtures/incidents/friday-afternoon'], now })
  const samples = found.map(verdictDocument)
  return Array.from({ length: COUNT }, (_, i) => {
    const sample = samples[i % samples.length] as StoredDocument
    return { ...sample, id: `${sample.id}-${i}` }
  })
}

/** What one would write who trusts the server: no fates, no second try. */
async function bare(client: Client, documents: readonly StoredDocument[]): Promise<void> {
  // Cut into requests as ours are, before the clock starts.
  const requests = [...requestsOf(documents, BULK_LIMITS)].map((r) => r.map((w) => w.document))
  const started = begin()
  const next = requests[Symbol.iterator]()
  const work = async (): Promise<void> => {
    for (const request of next) {
      const operations = request.flatMap((d) => [
        { index: { _index: d.index, _id: d.id, version: d.version, version_type: d.versionType } },
        d.source ?? {},
      ])
      await client.bulk({ operations, filter_path: ['took', 'errors'] })
    }
  }
  await Promise.all([work(), work()])
  report('bare', started)
}

async function ours(url: string, documents: readonly StoredDocument[]): Promise<void> {
  const sink = createElasticsearchSink({
    client: await connectElasticsearch({ node: url }, '.'),
    refused: ({ type, reason }) => {
      throw new Error(`${type}: ${reason}`)
    },
  })
  const started = begin()
  await storeInBatches(sink, documents, () => {})
  report('ours', started)
  await sink.close()
}

type Who = 'bare' | 'ours'
const wall: Record<Who, number[]> = { bare: [], ours: [] }
const cpu: Record<Who, number[]> = { bare: [], ours: [] }
const begin = () => ({ at: performance.now(), cpu: process.cpuUsage() })
function report(who: Who, started: ReturnType<typeof begin>): void {
  const seconds = (performance.now() - started.at) / 1_000
  const { user, system } = process.cpuUsage(started.cpu)
  wall[who].push(seconds)
  cpu[who].push((user + system) / 1e6)
  console.log(
    `${who}  ${Math.round(COUNT / seconds)} documents/s  ${((user + system) / COUNT).toFixed(1)} µs of our own CPU each`,
  )
}
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number
/** Of the pairs that ran one after the other, since other work on the machine comes and goes. */
const ratio = (of: Record<Who, number[]>): string =>
  median(of.ours.map((seconds, i) => (of.bare[i] as number) / seconds)).toFixed(2)

const server = await anyElasticsearch()
const client = await connectElasticsearch({ node: server.url }, '.')
try {
  const io = { out: () => {}, err: () => {}, lang: 'en' } as const
  await setupElasticsearch({ elasticsearch: { node: server.url }, dir: '.' }, { dryRun: false, diff: false, io })
  const documents = await verdicts()
  const bytes = documents.slice(0, 91).reduce((sum, d) => sum + JSON.stringify(d.source).length, 0) / 91
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  console.log(`whytimeout ${version}, ${COUNT} verdicts of ${Math.round(bytes)} characters, ${ROUNDS} rounds in turn`)
  const empty = () => client.indices.delete({ index: INDEX, ignore_unavailable: true })
  for (let round = 0; round < ROUNDS; round++) {
    const runs = [() => bare(client, documents), () => ours(server.url, documents)]
    for (const run of round % 2 === 0 ? runs : runs.reverse()) {
      await empty()
      await run()
    }
  }
  await empty()
  console.log(`ours to bare, medians of the pairs: rate ${ratio(wall)}, by CPU ${ratio(cpu)}`)
} finally {
  await client.close()
  await server.stop()
}
