import type { TopicSettings } from '../../../pipeline/run/cluster/settings.js'
import type { TopicState } from '../../../pipeline/run/cluster/wire.js'
import type { Finding } from '../../../schemas/doctor.js'

export const codesOf = (findings: readonly Finding[]): string[] => findings.map((f) => `${f.state} ${f.code}`)

export const settings = (given: Readonly<Record<string, string>>): TopicSettings =>
  new Map(Object.entries(given).map(([name, value]) => [name, { value, isOwn: true }]))

/** All that this user may do. */
export const ALL_RIGHTS = 0x7ff

export const topicState = (topic: string, more: Partial<TopicState> & { replicas?: number } = {}): TopicState => ({
  error: 0,
  topic,
  rights: ALL_RIGHTS,
  partitions: [
    {
      error: 0,
      partition: 0,
      leader: 1,
      replicas: Array.from({ length: more.replicas ?? 1 }, (_, i) => i + 1),
      inSync: Array.from({ length: more.replicas ?? 1 }, (_, i) => i + 1),
    },
  ],
  ...more,
})
