import type { Sink } from '../../sinks/sink.js'
import type { StoredDocument } from '../../stream/documents.js'
import { createSorter, type Sorter } from '../sort.js'
import { MEMORY_BYTES } from './references.js'

const AT_A_TIME = 500

/** Stores documents in batches, in every sink. */
export async function storeIn(sinks: readonly Sink[], documents: AsyncGenerator<StoredDocument>): Promise<number> {
  let count = 0
  let batch: StoredDocument[] = []
  const flush = async () => {
    const full = batch
    batch = []
    count += full.length
    await Promise.all(sinks.map((s) => s.store(full)))
  }
  for await (const d of documents) if (batch.push(d) >= AT_A_TIME) await flush()
  if (batch.length > 0) await flush()
  return count
}

export const documentsIn = (dir: string): Sorter<StoredDocument> =>
  createSorter<StoredDocument>({
    dir,
    compare: (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.version - b.version),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as StoredDocument,
    sizeOf: () => 6_000,
    maxItems: 20_000,
    maxBytes: MEMORY_BYTES,
  })
