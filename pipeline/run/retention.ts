import { INDICES } from '../../schemas/elasticsearch.js'
import { type Client, once } from '../sinks/elasticsearch-client.js'

const DAY_MS = 86_400_000
const KINDS = ['events', 'verdicts', 'incidents', 'health'] as const
/** `dead-letters` have no dates: their index goes as a whole, once it was made so long ago. */
export type RetainedKind = (typeof KINDS)[number] | 'dead-letters'
const LETTERS = INDICES['dead-letters'].pattern
/** How long documents of each kind are kept, ms; a kind that is absent is kept for ever. */
export type Kept = Readonly<Partial<Record<RetainedKind, number>>>

/** Names in one request: a request line holds 4 kB. */
const NAMES_A_REQUEST = 50

/**
 * Whether an index of ours is over by its name: its whole day or month ended so long ago. Other names are nobody's business here,
 * however near they come. @param now epoch ms
 */
export function isOver(index: string, kept: Kept, now: number): boolean {
  for (const kind of KINDS) {
    const keptMs = kept[kind]
    const end = endOf(index, kind)
    if (keptMs !== undefined && end !== undefined) return end + keptMs <= now
  }
  return false
}

/** When the part of time that the name tells ends (epoch ms); undefined for a name that is not exactly one of ours. */
function endOf(index: string, kind: (typeof KINDS)[number]): number | undefined {
  const { partition } = INDICES[kind]
  const name = partition === 'day' ? /^(\d{4})\.(\d{2})\.(\d{2})$/ : /^(\d{4})\.(\d{2})$/
  const prefix = `whytimeout-${kind}-`
  const m = index.startsWith(prefix) ? name.exec(index.slice(prefix.length)) : null
  if (!m) return undefined
  const [year, month, day = 1] = m.slice(1).map(Number) as [number, number, number?]
  const begin = Date.UTC(year, month - 1, day)
  // 2026.02.30 is no day.
  if (new Date(begin).getUTCMonth() !== month - 1) return undefined
  return partition === 'day' ? begin + DAY_MS : Date.UTC(year, month, 1)
}

const indicesOf = (client: Client, patterns: readonly string[]) =>
  once(() =>
    client.indices.get({
      index: [...patterns],
      expand_wildcards: ['open', 'closed'],
      allow_no_indices: true,
      features: 'aliases',
    }),
  )

/** When an index was made, epoch ms; never for one that is not there. */
async function madeAt(client: Client, index: string): Promise<number> {
  const there = await once(() =>
    client.indices.getSettings({
      index,
      name: 'index.creation_date',
      ignore_unavailable: true,
      allow_no_indices: true,
    }),
  )
  const made = there[index]?.settings?.index?.creation_date
  return made === undefined ? Number.POSITIVE_INFINITY : Number(made)
}

/**
 * Drops whole old indices.
 * @param now epoch ms
 * @throws WhytimeoutError ELASTICSEARCH_UNREACHABLE, ELASTICSEARCH_REFUSED
 */
export async function dropOld(
  client: Client,
  kept: Kept,
  { now, dryRun }: { readonly now: number; readonly dryRun: boolean },
): Promise<readonly string[]> {
  const patterns = KINDS.filter((k) => kept[k] !== undefined).map((k) => INDICES[k].pattern)
  // Without a name all indices are meant.
  const there = patterns.length === 0 ? [] : Object.keys(await indicesOf(client, patterns))
  const letters = kept['dead-letters']
  const old = [
    ...there.filter((index) => isOver(index, kept, now)),
    ...(letters !== undefined && (await madeAt(client, LETTERS)) <= now - letters ? [LETTERS] : []),
  ].sort()
  for (let at = 0; at < old.length && !dryRun; at += NAMES_A_REQUEST) {
    const index = old.slice(at, at + NAMES_A_REQUEST)
    await once(() => client.indices.delete({ index, ignore_unavailable: true }))
  }
  return old
}
