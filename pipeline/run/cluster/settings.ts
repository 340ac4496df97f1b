import type { Admin } from 'kafkajs'
import kafkajs from 'kafkajs'

/** Settings of a topic as the broker sees them, defaults too. */
export type TopicSettings = ReadonlyMap<string, { readonly value: string; readonly isOwn: boolean }>

/** `isOwn`: set for this topic, rather than a default of the broker. @throws the client's error, TOPIC_AUTHORIZATION_FAILED among them */
export async function settingsOf(admin: Admin, topic: string): Promise<TopicSettings> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  })
  return new Map(
    (resources[0]?.configEntries ?? []).map((e) => [
      e.configName,
      { value: e.configValue ?? '', isOwn: e.configSource === kafkajs.ConfigSource.TOPIC_CONFIG },
    ]),
  )
}

/**
 * Changes settings of a topic and leaves its others as they are: the only request that the client knows replaces them all, so they are
 * read first and sent along.
 */
export async function changeSettings(
  admin: Admin,
  topic: string,
  changes: Readonly<Record<string, string>>,
): Promise<void> {
  const own = [...(await settingsOf(admin, topic))].filter(([, s]) => s.isOwn).map(([name, s]) => [name, s.value])
  const entries = Object.entries({ ...Object.fromEntries(own), ...changes })
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: entries.map(([name, value]) => ({ name, value: String(value) })),
      },
    ],
  })
}
