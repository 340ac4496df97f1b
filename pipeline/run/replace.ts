import type { Incident } from '../../schemas/incident.js'
import type { Verdict } from '../../schemas/verdict.js'
import { type Client, once } from '../sinks/elasticsearch-client.js'
import { outdated, partsOfVersion, type StoredDocument } from '../stream/documents.js'

/** What a replay has read and decided anew. */
export type Span = {
  /** Epoch ms, both ends in it. */
  readonly from: number
  readonly to: number
  readonly generation: number
  readonly origins: ReadonlySet<string>
}

const PAGE = 1_000
type Hit<T> = { readonly index: string; readonly id: string; readonly version: number; readonly source: T }

/**
 * What older generations stored of the same logs and time and the replay did not find again: it has overwritten the rest. A verdict that rests on a
 * line of another log stays, and with it the lines it cites and its incident. Whatever the replay has stored has a higher version than these ends.
 * @throws WhytimeoutError ELASTICSEARCH_UNREACHABLE, ELASTICSEARCH_REFUSED (it needs the privilege `read`)
 */
export async function* leftovers(client: Client, span: Span): AsyncGenerator<StoredDocument> {
  const { generation, origins } = span
  const time = { gte: new Date(span.from).toISOString(), lte: new Date(span.to).toISOString() }
  const older = { range: { 'whytimeout.rules.generation': { lt: generation } } }
  const inTime = { range: { '@timestamp': time } }
  const cited = new Set<string>()
  const going = new Set<string>()
  for await (const { index, id, source } of hitsOf<Verdict>(client, 'verdicts', [inTime, older])) {
    const { realm, evidence, detail } = source.whytimeout
    if (detail.evidence.every((e) => e.origin === '' || origins.has(e.origin)))
      yield outdated({ index, id, realm }, generation)
    else {
      for (const event of evidence.event_id) cited.add(event)
      going.add(sameTrouble(realm, source.whytimeout.verdict))
    }
  }
  for await (const { index, id, source } of hitsOf<Incident>(client, 'incidents', [inTime, older])) {
    const { realm, incident } = source.whytimeout
    if (incident.last <= time.lte && !going.has(sameTrouble(realm, incident)))
      yield outdated({ index, id, realm }, generation)
  }
  type Line = { readonly whytimeout: { readonly realm: string; readonly origin: string } }
  for await (const { index, id, version, source } of hitsOf<Line>(client, 'events', [inTime])) {
    const { realm, origin } = source.whytimeout
    if (partsOfVersion(version).generation < generation && origins.has(origin) && !cited.has(id))
      yield outdated({ index, id, realm }, generation)
  }
}

const sameTrouble = (realm: string, x: { cause: string; scope: string; scope_id: string }): string =>
  [realm, x.cause, x.scope, x.scope_id].join('\u0000')

async function* hitsOf<T>(client: Client, kind: string, filter: readonly object[]): AsyncGenerator<Hit<T>> {
  let after: string[] | undefined
  do {
    const { hits } = await once(() =>
      client.search<T>({
        index: `whytimeout-${kind}-*`,
        size: PAGE,
        version: true,
        track_total_hits: false,
        sort: ['@timestamp', 'event.id'],
        query: { bool: { filter: [...filter] } },
        _source: ['whytimeout'],
        ...(after && { search_after: after }),
        allow_no_indices: true,
      }),
    )
    for (const h of hits.hits)
      yield { index: h._index, id: h._id as string, version: h._version as number, source: h._source as T }
    after = hits.hits.length < PAGE ? undefined : (hits.hits.at(-1)?.sort as string[])
  } while (after !== undefined)
}
