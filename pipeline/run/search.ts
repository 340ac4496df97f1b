import type { Condition } from '../../schemas/conditions.js'
import { queryOf } from '../../schemas/conditions.js'
import { INDICES, type IndexKind } from '../../schemas/elasticsearch.js'
import { type Client, once } from '../sinks/elasticsearch-client.js'

/** A document as it is stored. */
export type Found = Readonly<Record<string, unknown>>
export type Asked = {
  readonly kind: IndexKind
  readonly conditions: readonly Condition[]
  /** How the ids begin. */
  readonly idPrefix?: string
  /** Epoch ms; from, and before. */
  readonly since: number | undefined
  readonly until: number | undefined
  readonly sort: readonly { readonly field: string; readonly order: 'asc' | 'desc' }[]
  /** At most `MAX_FOUND`. */
  readonly limit: number
  /** Values of the sort fields and the id, to go on behind them. */
  readonly after?: readonly (string | number)[]
}
export type Answer = { readonly found: readonly Found[]; readonly total: number }

/** What the server gives at a time by its default. */
export const MAX_FOUND = 10_000
/** Values in one condition; the server takes 65,536. */
const IDS_A_REQUEST = 1_000

/**
 * Asks what is stored. Indices that are not there hold nothing.
 * @throws WhytimeoutError ELASTICSEARCH_UNREACHABLE, ELASTICSEARCH_REFUSED
 */
export async function search(client: Client, asked: Asked): Promise<Answer> {
  const { since, until } = asked
  const within = { ...(since !== undefined && { gte: since }), ...(until !== undefined && { lt: until }) }
  const isTimed = Object.keys(within).length > 0
  const answer = await once(() =>
    client.search<Found>({
      index: INDICES[asked.kind].pattern,
      ignore_unavailable: true,
      allow_no_indices: true,
      query: {
        bool: {
          filter: [
            queryOf(asked.conditions),
            ...(asked.idPrefix === undefined ? [] : [{ prefix: { 'event.id': asked.idPrefix } }]),
            ...(isTimed ? [{ range: { '@timestamp': { ...within, format: 'epoch_millis' } } }] : []),
          ],
        },
      },
      // The id decides between equals, so that the answer is always the same.
      sort: [...asked.sort.map(({ field, order }) => ({ [field]: { order } })), { 'event.id': { order: 'asc' } }],
      size: asked.limit,
      ...(asked.after && { search_after: [...asked.after] }),
      track_total_hits: true,
    }),
  )
  const { hits, total } = answer.hits
  const count = typeof total === 'object' ? total.value : (total ?? hits.length)
  return { found: hits.map((h) => h._source as Found), total: count }
}

/** Documents of a kind and time, however many, by time. */
export async function* searchAll(
  client: Client,
  asked: Pick<Asked, 'kind' | 'conditions' | 'since' | 'until'>,
): AsyncGenerator<Found> {
  let after: readonly (string | number)[] | undefined
  for (;;) {
    const { found } = await search(client, {
      ...asked,
      sort: [{ field: '@timestamp', order: 'asc' }],
      limit: MAX_FOUND,
      ...(after && { after }),
    })
    yield* found
    const last = found.at(-1) as { '@timestamp': string; event: { id: string } } | undefined
    if (last === undefined || found.length < MAX_FOUND) return
    after = [Date.parse(last['@timestamp']), last.event.id]
  }
}

/** Documents of these ids, by time. @param field  that holds them */
export async function searchIds(
  client: Client,
  kind: IndexKind,
  field: string,
  ids: readonly string[],
): Promise<readonly Found[]> {
  const all: Found[] = []
  for (let at = 0; at < ids.length; at += IDS_A_REQUEST) {
    const { found } = await search(client, {
      kind,
      conditions: [{ field, op: 'is', value: ids.slice(at, at + IDS_A_REQUEST) }],
      since: undefined,
      until: undefined,
      sort: [{ field: '@timestamp', order: 'asc' }],
      limit: MAX_FOUND,
    })
    all.push(...found)
  }
  return all
}
