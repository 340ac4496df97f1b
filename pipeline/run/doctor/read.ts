import { randomUUID } from 'node:crypto'
import type { KafkaMessage } from 'kafkajs'
import type { Look } from './look.js'

/** Messages [from, to) of one partition. */
export type Range = {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}
export type Limits = { readonly ms: number; readonly bytes: number }

/**
 * Reads ranges of partitions under a group that is made for it, commits nothing and is deleted again; its name begins as those of the
 * processes' own groups do, so it needs no further right.
 * @returns false if a limit ended it before everything was read
 */
export async function readRanges(
  { session, names }: Look,
  ranges: readonly Range[],
  limits: Limits,
  take: (range: Range, message: KafkaMessage) => void,
): Promise<boolean> {
  const left = new Map(ranges.filter((r) => r.from < r.to).map((r) => [`${r.topic}/${r.partition}`, r]))
  if (left.size === 0) return true
  const deadline = performance.now() + limits.ms
  const groupId = `${names.clocks}-${randomUUID()}`
  const consumer = (await session.client()).consumer({
    groupId,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 1_048_576,
    allowAutoTopicCreation: false,
    // A coordinator that is still loading ends the first try; nothing begins again once the time is up.
    retry: { retries: 2, restartOnFailure: async () => performance.now() < deadline },
  })
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  await consumer.connect()
  try {
    return await new Promise<boolean>((resolve, reject) => {
      timer = setTimeout(() => resolve(false), limits.ms)
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error)
      })
      consumer.on(consumer.events.GROUP_JOIN, () => {
        for (const { topic, partition, from } of left.values())
          consumer.seek({ topic, partition, offset: from.toString() })
      })
      const run = async () => {
        await consumer.subscribe({ topics: [...new Set(ranges.map((r) => r.topic))], fromBeginning: false })
        await consumer.run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            const key = `${batch.topic}/${batch.partition}`
            const range = left.get(key)
            if (!range) return
            for (const m of batch.messages) {
              const offset = BigInt(m.offset)
              if (offset < range.from || offset >= range.to) continue
              bytes += (m.value?.length ?? 0) + (m.key?.length ?? 0)
              take(range, m)
            }
            if (BigInt(batch.lastOffset()) + 1n >= range.to) left.delete(key)
            if (left.size === 0) resolve(true)
            else if (bytes > limits.bytes) resolve(false)
          },
        })
      }
      run().catch(reject)
    })
  } finally {
    clearTimeout(timer)
    await consumer.disconnect().catch(() => {})
    const admin = await session.admin()
    // Left alone it would vanish too, only later: no right to delete is no trouble.
    await admin.deleteGroups([groupId]).catch(() => {})
  }
}
