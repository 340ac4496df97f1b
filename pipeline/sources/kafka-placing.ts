import { setTimeout as wait } from 'node:timers/promises'
import type { Admin, Consumer } from 'kafkajs'
import { isTransient } from './kafka-errors.js'
import type { Assigned, Committed } from './source.js'

const AGAIN_MS = 250

export type Placing = {
  readonly consumer: Consumer
  readonly admin: Admin
  readonly group: string
  readonly partitions: readonly Assigned[]
  /** Whether a group without a commit in this topic begins at its beginning. */
  readonly fromBeginning: (topic: string) => boolean
  /** False once the partitions have been handed out anew. */
  readonly isCurrent: () => boolean
  /** Where reading begins in a partition. */
  readonly found: (assigned: Assigned, start: bigint) => void
}

/**
 * Seeks every partition where the group stands; they are paused until then. The client would begin there by itself, but it may also go on with what it had
 * fetched before, when another of its fetchers joined anew; and where a topic has been deleted past the commit, it would write over the commit.
 * @returns whether it is done; else the assignment is over. @throws the client's error, if trying again does not help
 */
export async function placePartitions(placing: Placing): Promise<boolean> {
  const { consumer, partitions, isCurrent } = placing
  consumer.pause(byTopic(partitions))
  for (;;) {
    try {
      for (const { topic, partitions: own } of byTopic(partitions)) await placeTopic(placing, topic, own)
      if (isCurrent()) consumer.resume(byTopic(partitions))
      return isCurrent()
    } catch (error) {
      if (!isCurrent()) return false
      if (!isTransient(error)) throw error
      await wait(AGAIN_MS)
    }
  }
}

async function placeTopic(placing: Placing, topic: string, partitions: readonly number[]): Promise<void> {
  const { consumer, admin, group, isCurrent } = placing
  const commits = await commitsOf(admin, group, topic, partitions)
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map((o) => [o.partition, o]))
  const isAtEnd = commits.size === 0 && !placing.fromBeginning(topic)
  for (const partition of partitions) {
    const end = ends.get(partition)
    if (end === undefined || !isCurrent()) continue
    const low = BigInt(end.low)
    const committed = commits.get(partition)?.offset
    const start = committed === undefined ? (isAtEnd ? BigInt(end.high) : low) : committed < low ? low : committed
    placing.found({ topic, partition }, start)
    consumer.seek({ topic, partition, offset: start.toString() })
    // A group that begins at the end stays there, even if nothing comes before it is started again.
    if (isAtEnd) await consumer.commitOffsets([{ topic, partition, offset: start.toString() }])
  }
}

/** Where a group stands in those of these partitions that it has committed. */
export async function commitsOf(
  admin: Admin,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, Committed>> {
  const fetch = async () => (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0]?.partitions ?? []
  let found = await fetch()
  if (!partitions.every((p) => found.some((f) => f.partition === p))) {
    // It asks for the partitions that it knew when it was connected, and some have been added.
    await admin.disconnect()
    await admin.connect()
    found = await fetch()
  }
  return new Map(
    found
      .map((p) => [p.partition, { offset: BigInt(p.offset), metadata: p.metadata ?? undefined }] as const)
      // Negative ones stand for "none", "from the beginning" and "from the end".
      .filter(([, committed]) => committed.offset >= 0n),
  )
}

const byTopic = (partitions: readonly Assigned[]): { topic: string; partitions: number[] }[] =>
  [...new Set(partitions.map((p) => p.topic))].map((topic) => ({
    topic,
    partitions: partitions.filter((p) => p.topic === topic).map((p) => p.partition),
  }))
