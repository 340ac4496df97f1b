import type { Pack } from '../../match/pack.js'
import { eventDocument, type StoredDocument, uncited } from '../../stream/documents.js'
import { createSorter, type Sorter } from '../sort.js'
import type { Spooled } from '../spool.js'

/** Of each of the handful of sorts of a rerun. */
export const MEMORY_BYTES = 32 * 1024 * 1024
const MAX_ITEMS = 100_000

/** An event that a standing verdict cites, that a changed one needs stored, or that one cited before it changed. */
export type Reference = { readonly event: string; readonly kind: 'cite' | 'need' | 'drop'; readonly realm: string }

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const referencesIn = (dir: string): Sorter<Reference> =>
  createSorter<Reference>({
    dir,
    maxItems: MAX_ITEMS,
    maxBytes: MEMORY_BYTES,
    compare: (a, b) => byText(a.event, b.event) || byText(a.kind, b.kind),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Reference,
    sizeOf: () => 200,
  })

/** Events by id. */
export const eventsById = (dir: string, maxItems = MAX_ITEMS): Sorter<Spooled> =>
  createSorter<Spooled>({
    dir,
    maxItems,
    maxBytes: MEMORY_BYTES,
    compare: (a, b) => byText(a.id, b.id),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Spooled,
    sizeOf: (e) => 1_500 + 4 * (e.event['event.original']?.length ?? 0),
  })

/**
 * The events to store, and the ends of those that only verdicts cited that no longer do.
 * @param known  the needed events, and maybe others
 * @param o.stays  what verdicts of a much later time may cite
 */
export async function* eventsAfter(
  refs: Sorter<Reference>,
  known: Sorter<Spooled>,
  { pack, revision, stays }: { readonly pack: Pack; readonly revision: number; readonly stays: ReadonlySet<string> },
): AsyncGenerator<StoredDocument> {
  const events = known.sorted()
  let at = await events.next()
  const settle = async (group: readonly Reference[]): Promise<StoredDocument | undefined> => {
    const [first] = group
    if (!first) return undefined
    const has = (kind: Reference['kind']) => group.some((r) => r.kind === kind)
    if (has('need')) {
      while (!at.done && at.value.id < first.event) at = await events.next()
      return !at.done && at.value.id === first.event ? eventDocument(at.value, pack.generation, revision) : undefined
    }
    return has('drop') && !has('cite') && !stays.has(first.event)
      ? uncited(first.event, first.realm, pack.generation, revision)
      : undefined
  }
  let group: Reference[] = []
  for await (const r of refs.sorted()) {
    if (group[0] && group[0].event !== r.event) {
      const document = await settle(group)
      if (document) yield document
      group = []
    }
    group.push(r)
  }
  const last = await settle(group)
  if (last) yield last
  await events.return(undefined)
}
