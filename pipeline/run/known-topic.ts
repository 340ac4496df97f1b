import type { TopicReader } from '../sources/kafka-range.js'
import { createRowTable, type KnownRow } from '../stream/known-rows.js'

/**
 * What sources said of themselves, as the compacted topic has it now.
 * @param partition  of the events topic: what belongs to its realms, and maybe to others; all by default
 */
export async function readKnown(reader: TopicReader, topic: string, partition?: number): Promise<readonly KnownRow[]> {
  const table = createRowTable()
  const ranges = await reader.ranges([topic], undefined)
  const wanted =
    partition === undefined ? ranges : ranges.filter((r) => r.partition === knownPartition(partition, ranges.length))
  await reader.read(wanted, async (_, messages) => {
    for (const m of messages) table.take(m)
  })
  return table.rows()
}

/** Where an events partition has its rows: both topics are made with as many partitions. */
export const knownPartition = (events: number, partitions: number): number => events % Math.max(1, partitions)
