import { setTimeout as wait } from 'node:timers/promises'
import type { Refusal } from '../../pipeline/sinks/bulk-answer.js'
import {
  createElasticsearchSink,
  type ElasticsearchSink,
  type ElasticsearchSinkOptions,
  type SinkState,
} from '../../pipeline/sinks/elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import type { ElasticsearchConfig } from '../../schemas/config.js'
import { missingForElasticsearch } from '../services/elasticsearch.js'

/** Whether the tests with a real server can run; if not, loudly, and in CI never. */
export function canRun(): boolean {
  const missing = missingForElasticsearch()
  if (missing === undefined) return true
  if (process.env.CI) throw new Error(`the tests with a real Elasticsearch need ${missing}`)
  console.warn(`!! no ${missing}: the tests with a real Elasticsearch do not run`)
  return false
}

export type Tried = {
  readonly sink: ElasticsearchSink
  readonly refused: Refusal[]
  readonly states: SinkState[]
}
/** A sink that keeps what it says. Waits are short, so that tests are. */
export async function trySink(
  config: ElasticsearchConfig,
  options: Partial<ElasticsearchSinkOptions> = {},
): Promise<Tried> {
  const refused: Refusal[] = []
  const states: SinkState[] = []
  const sink = createElasticsearchSink({
    client: await connectElasticsearch(config, '.'),
    refused: (r) => {
      refused.push(r)
    },
    onState: (s) => states.push(s),
    chance: () => 0.2,
    ...options,
  })
  return { sink, refused, states }
}

const DAY = '2026.03.06'
/** So many events of one day, each of about so many bytes. */
export const documents = (run: string, count: number, bytes = 200): StoredDocument[] =>
  Array.from({ length: count }, (_, i) => ({
    index: `whytimeout-events-${DAY}`,
    id: `${run}-${i}`,
    realm: 'default',
    version: 2,
    versionType: 'external',
    source: {
      '@timestamp': new Date(Date.parse('2026-03-06T00:00:00Z') + i).toISOString(),
      event: { id: `${run}-${i}`, sequence: i },
      message: `connect timed out ${'x'.repeat(bytes)}`,
      whytimeout: { realm: run },
    },
  }))

export type Stored = { readonly index: string; readonly id: string; readonly source: unknown }

/** Everything stored under a pattern, in the order of index and id. */
export async function everything(client: Client, index: string): Promise<readonly Stored[]> {
  await client.indices.refresh({ index, allow_no_indices: true })
  const found: Stored[] = []
  // Where there is no index at all, the client cannot end its search.
  if (Object.keys(await client.indices.get({ index, allow_no_indices: true })).length === 0) return found
  const pages = client.helpers.scrollSearch({ index, size: 2_000, sort: ['_doc'], allow_no_indices: true })
  for await (const { body } of pages)
    for (const hit of body.hits.hits) found.push({ index: hit._index, id: hit._id as string, source: hit._source })
  const key = (s: Stored) => `${s.index}/${s.id}`
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** How many documents of one run are stored; each has its own id, so a double would be one too many. */
export async function countOf(client: Client, run: string): Promise<number> {
  await client.indices.refresh({ index: 'whytimeout-*', allow_no_indices: true })
  const { count } = await client.count({ index: 'whytimeout-*', query: { term: { 'whytimeout.realm': run } } })
  return count
}

export async function until(what: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await wait(20)
  }
}

/** Takes away all that is ours; the server is for tests. */
export async function clean(client: Client): Promise<void> {
  const there = Object.keys(await client.indices.get({ index: 'whytimeout-*', allow_no_indices: true }))
  if (there.length > 0) await client.indices.delete({ index: there })
}
