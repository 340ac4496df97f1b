import type { Verdict } from '../../../schemas/verdict.js'
import type { TopicReader } from '../../sources/kafka-range.js'
import { partsOfVersion, type StoredDocument, takesEffect } from '../../stream/documents.js'
import type { RawMessage } from '../../stream/raw-message.js'
import { createSorter, type Sorter } from '../sort.js'
import { MEMORY_BYTES } from './references.js'

/** What is known of a verdict without reading it again. */
export type VerdictFacts = {
  readonly realm: string
  /** Its anchor's time by the log, epoch ms. */
  readonly at: number
  /** End of its attempt, clock errors taken out, epoch ms. */
  readonly end: number
  readonly cited: readonly string[]
  readonly origins: readonly string[]
}
/** What stands under an id; `text` (its JSON) is absent for the end of one. */
export type StoredVerdict = {
  readonly id: string
  readonly index: string
  readonly realm: string
  readonly version: number
  readonly generation: number
  readonly text?: string
  readonly facts?: VerdictFacts
}

export const factsOfVerdict = (v: Verdict): VerdictFacts => ({
  realm: v.whytimeout.realm,
  at: Date.parse(v['@timestamp']),
  end: Date.parse(v.event.end),
  cited: v.whytimeout.evidence.event_id,
  origins: [...new Set(v.whytimeout.detail.evidence.map((e) => e.origin).filter((o) => o !== ''))],
})

/** One write, as the verdicts topic carries it. */
type Write = Omit<StoredVerdict, 'generation'> & {
  readonly versionType: StoredDocument['versionType']
  readonly partition: number
  readonly offset: string
}

export type StoredVerdicts = {
  /** What stands, by id. May be read more than once. */
  readonly sorted: () => AsyncGenerator<StoredVerdict>
  readonly close: () => Promise<void>
}

/**
 * What the verdicts topic says is stored: the newest write of every id, by the rules of versions. Sorted on disk.
 * @param o.since  Kafka time to read from, epoch ms; not finite: from the beginning
 * @param o.wants  which verdicts matter; the ends of verdicts are kept whatever they ended
 */
export async function readStored(o: {
  readonly reader: TopicReader
  readonly topic: string
  readonly since: number
  readonly wants: (facts: VerdictFacts) => boolean
  readonly dir: string
}): Promise<StoredVerdicts> {
  const writes = createSorter<Write>({
    dir: o.dir,
    compare: (a, b) =>
      a.id < b.id ? -1 : a.id > b.id ? 1 : a.partition - b.partition || a.offset.localeCompare(b.offset),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Write,
    sizeOf: (w) => 500 + 2 * (w.text?.length ?? 0),
    maxItems: 20_000,
    maxBytes: MEMORY_BYTES,
  })
  const since = Number.isFinite(o.since) ? o.since : undefined
  await o.reader.read(await o.reader.ranges([o.topic], since), async ({ partition }, messages) => {
    for (const m of messages) {
      const write = writeOf(m, partition)
      if (write && (write.facts === undefined || o.wants(write.facts))) await writes.add(write)
    }
  })
  return { sorted: () => newest(writes), close: writes.close }
}

function writeOf(m: RawMessage, partition: number): Write | undefined {
  const { index, id, version, version_type: type } = m.headers
  if (index === undefined || id === undefined || version === undefined) return undefined
  const base = {
    id,
    index,
    realm: m.key ?? '',
    version: Number(version),
    versionType: type === 'external_gte' ? ('external_gte' as const) : ('external' as const),
    partition,
    // Padded, so that text sorts as numbers do.
    offset: m.offset.toString().padStart(19, '0'),
  }
  if (m.value === undefined) return base
  const text = m.value.toString('utf8')
  try {
    return { ...base, text, facts: factsOfVerdict(JSON.parse(text) as Verdict) }
  } catch {
    return undefined
  }
}

/** Of each id the write that stands, its writes taken in their order, as any store would take them. */
async function* newest(writes: Sorter<Write>): AsyncGenerator<StoredVerdict> {
  let stands: Write | undefined
  const told = ({ versionType: _, partition: __, offset: ___, ...w }: Write): StoredVerdict => ({
    ...w,
    generation: partsOfVersion(w.version).generation,
  })
  for await (const write of writes.sorted()) {
    if (stands && stands.id !== write.id) {
      yield told(stands)
      stands = undefined
    }
    if (takesEffect(write, stands)) stands = write
  }
  if (stands) yield told(stands)
}
