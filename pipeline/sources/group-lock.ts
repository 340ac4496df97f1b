import type { Admin, Kafka } from 'kafkajs'

/** Gives the place up. */
export type Release = () => Promise<void>

/**
 * A place that one process at a time can hold, as the only member of a consumer group: the broker frees it when the process dies.
 * @param topic  a topic that the group may read; nothing is read from it
 * @returns undefined while another holds it
 */
export async function holdPlace(
  client: Kafka,
  admin: Admin,
  group: string,
  topic: string,
): Promise<Release | undefined> {
  const members = async () => (await admin.describeGroups([group])).groups[0]?.members.map((m) => m.memberId) ?? []
  if ((await members()).length > 0) return undefined
  const consumer = client.consumer({
    groupId: group,
    sessionTimeout: 10_000,
    maxWaitTimeInMs: 200,
    allowAutoTopicCreation: false,
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  consumer.on(consumer.events.GROUP_JOIN, () => consumer.pause([{ topic }]))
  const release: Release = async () => {
    await consumer.disconnect().catch(() => {})
    await admin.deleteGroups([group]).catch(() => {})
  }
  // Resolves when it has joined.
  await consumer.run({ autoCommit: false, eachBatch: async () => {} })
  // Two that came at the same moment see each other now, and both go.
  if ((await members()).length <= 1) return release
  await consumer.disconnect().catch(() => {})
  return undefined
}
