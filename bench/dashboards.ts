import { replay } from '../pipeline/run/replay.js'
import { setupElasticsearch } from '../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../pipeline/sinks/elasticsearch-client.js'
import { verdictDocument } from '../pipeline/stream/documents.js'
import { INDICES } from '../schemas/elasticsearch.js'
import { DASHBOARDS } from '../schemas/kibana/dashboards.js'
import { kibanaNdjson } from '../schemas/kibana/objects.js'
import { SEARCHES } from '../schemas/searches.js'
import type { Verdict } from '../schemas/verdict.js'
import { VERDICT_CAUSES } from '../schemas/vocabulary.js'
import { importedOf, type LensState, panelsOf, requestOf, searchQuery } from '../test/kibana/imported.js'
import { queryOfKql } from '../test/kibana/kql-query.js'
import { anyElasticsearch } from '../test/services/elasticsearch.js'
import { percentile, spreadOf } from './measure/measure.js'
import { provenance, table } from './measure/table.js'

// What the dashboards and searches ask of verdicts, on a month of them, beside a count of everything. `npm run bench -- dashboards [COUNT] [ROUNDS]`
const COUNT = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = Number(process.argv[3] ?? 15)
const INDEX = 'whytimeout-verdicts-2026.03'
const BEGIN = Date.UTC(2026, 2, 1)
const MONTH_MS = 31 * 86_400_000
const DAY = { gte: '2026-03-30T12:00:00Z', lt: '2026-03-31T12:00:00Z' }
/** A big acquirer: four tills a site. */
const TERMINALS = 20_000
const BATCH = 2_000
/** Of a table's rows Discover loads so many. */
const ROWS = 500

/**
 * A verdict of the sample at another time and place. The causes are as many as there are; the reasoning in `detail`, which no query reads, is left out.
 */
function spread(sample: Verdict, i: number): Verdict {
  const at = BEGIN + Math.floor((i / COUNT) * MONTH_MS)
  // Neighbours in time are of distant terminals.
  const terminal = (i * 7_919) % TERMINALS
  const site = terminal >> 2
  const cause = VERDICT_CAUSES[(i * 31 + site) % VERDICT_CAUSES.length] as (typeof VERDICT_CAUSES)[number]
  const { detail: _, ...mine } = sample.whytimeout
  return {
    ...sample,
    '@timestamp': new Date(at).toISOString(),
    event: { ...sample.event, id: `${i}` },
    destination: { ip: `203.0.113.${site % 50}`, port: 9000 + (site % 5), domain: `pay${site % 40}.example.net` },
    whytimeout: {
      ...mine,
      ...{ terminal_id: `T${terminal}`, site_id: `S${site}`, isp: `isp-${site % 12}`, gateway: `edge${site % 8}` },
      endpoint: `pay${site % 40}.example.net:${9000 + (site % 5)}`,
      verdict: { ...mine.verdict, cause, mechanism: `${cause}-${i % 6}`, scope_id: `S${site}` },
    },
  } as Verdict
}

async function fill(client: Client): Promise<void> {
  const now = Date.parse('2026-03-07T00:00:00Z')
  const { verdicts } = await replay({ paths: ['fixtures/incidents/friday-afternoon'], now })
  const index = { _index: INDEX }
  const batches = Math.ceil(COUNT / BATCH)
  let next = 0
  const work = async (): Promise<void> => {
    for (let batch = next++; batch < batches; batch = next++) {
      const operations = Array.from({ length: Math.min(BATCH, COUNT - batch * BATCH) }, (_, n) => {
        const i = batch * BATCH + n
        const { source } = verdictDocument(spread(verdicts[i % verdicts.length] as Verdict, i))
        return [{ index }, source ?? {}]
      }).flat()
      const { errors } = await client.bulk({ operations, filter_path: ['errors'] })
      if (errors) throw new Error('not stored')
    }
  }
  await Promise.all([work(), work()])
  await client.indices.refresh({ index: INDEX })
  const { count } = await client.count({ index: INDEX })
  if (count !== COUNT) throw new Error(`${count} of ${COUNT} stored`)
}

type Asked = { readonly name: string; readonly request: object }
const OBJECTS = importedOf(kibanaNdjson('en'))

/** Everything that verdicts are asked, by panel and by search, as the import file has it. */
function questions(): readonly Asked[] {
  const panels = DASHBOARDS.flatMap(({ id }) => {
    const dashboard = OBJECTS.find((o) => o.type === 'dashboard' && o.id === `whytimeout-${id}`)
    return (dashboard ? panelsOf(dashboard) : []).flatMap(({ panelIndex, embeddableConfig: { attributes } }) =>
      attributes?.references[0]?.id === 'whytimeout-verdicts'
        ? [{ name: `${id} ${panelIndex}`, request: { ...requestOf(attributes as LensState), size: 0 } }]
        : [],
    )
  })
  const searches = SEARCHES.filter((s) => s.kind === 'verdicts').flatMap(({ id, sort }) => {
    const object = OBJECTS.find((o) => o.type === 'search' && o.id === `whytimeout-${id}`)
    const rows = { size: ROWS, sort: sort.map((s) => ({ [s.field]: s.order })), track_total_hits: true }
    return object ? [{ name: `search ${id}`, request: { query: queryOfKql(searchQuery(object)), ...rows } }] : []
  })
  return [...panels, ...searches]
}

const server = await anyElasticsearch()
const client = await connectElasticsearch({ node: server.url }, '.')
try {
  const io = { out: () => {}, err: () => {}, lang: 'en' } as const
  await setupElasticsearch({ elasticsearch: { node: server.url }, dir: '.' }, { dryRun: false, diff: false, io })
  await client.indices.delete({ index: INDEX, ignore_unavailable: true })
  const began = performance.now()
  await fill(client)
  console.log(`${COUNT} verdicts stored in ${Math.round((performance.now() - began) / 1000)} s`)

  const everything: Asked = {
    name: 'match_all count',
    request: { size: 0, track_total_hits: true, query: { match_all: {} } },
  }
  const asked = [everything, ...questions()]
  const took = new Map<string, Record<'month' | 'day', number[]>>(
    asked.map(({ name }) => [name, { month: [], day: [] }]),
  )
  const ask = async (request: object, range?: object): Promise<number> => {
    const { query, ...rest } = request as { query: object }
    const filter = range ? [query, { range: { '@timestamp': range } }] : [query]
    const at = performance.now()
    // An answer that is kept would be no measure.
    await client.search({ index: INDICES.verdicts.pattern, request_cache: false, ...rest, query: { bool: { filter } } })
    return performance.now() - at
  }
  // One round to warm up, which does not count.
  for (let round = 0; round <= ROUNDS; round++)
    for (const { name, request } of asked) {
      const times = [await ask(request), await ask(request, DAY)] as const
      if (round > 0)
        for (const [i, span] of (['month', 'day'] as const).entries()) took.get(name)?.[span].push(times[i] as number)
    }

  const ms = (values: readonly number[]) =>
    `${spreadOf(values).median.toFixed(0)} (p95 ${percentile(values, 95).toFixed(0)})`
  console.log(provenance())
  console.log(`${COUNT} verdicts of one month, ${ROUNDS} rounds; milliseconds at the client, median (p95)\n`)
  const slowestFirst = [...took].sort(([, a], [, b]) => spreadOf(b.month).median - spreadOf(a.month).median)
  console.log(
    table(
      ['asked', 'whole month', 'one day'],
      slowestFirst.map(([name, t]) => [name, ms(t.month), ms(t.day)]),
    ),
  )
  await client.indices.delete({ index: INDEX })
} finally {
  await client.close()
  await server.stop()
}
