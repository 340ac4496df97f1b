import type { Finding } from '../../../schemas/doctor.js'
import type { ApiRange } from '../cluster/wire.js'
import { fail, ok, say, warn } from '../findings.js'
import type { Check } from './check.js'

/** Interfaces that the client uses, with the versions that it speaks. Source: kafkajs 2.2.4, src/protocol/requests. */
const NEEDED: readonly (readonly [name: string, api: number, min: number, max: number])[] = [
  ['Produce', 0, 3, 7],
  ['Fetch', 1, 4, 11],
  ['ListOffsets', 2, 0, 3],
  ['Metadata', 3, 0, 6],
  ['OffsetCommit', 8, 0, 5],
  ['OffsetFetch', 9, 1, 4],
  ['FindCoordinator', 10, 0, 2],
  ['JoinGroup', 11, 0, 5],
  ['Heartbeat', 12, 0, 3],
  ['LeaveGroup', 13, 0, 3],
  ['SyncGroup', 14, 0, 3],
  ['SaslHandshake', 17, 0, 1],
  ['ApiVersions', 18, 0, 2],
  ['CreateTopics', 19, 0, 3],
  ['DescribeConfigs', 32, 0, 2],
  ['AlterConfigs', 33, 0, 1],
]

export const versionsCheck: Check = {
  id: 'versions',
  title: say('Versions', '协议版本'),
  needsKafka: true,
  run: async ({ config, look }) => {
    const { brokers } = await look.cluster()
    const addresses = new Set([...config.kafka.brokers, ...brokers.map((b) => `${b.host}:${b.port}`)])
    const lines = await Promise.allSettled([...addresses].map(look.session.lineTo))
    return judgeVersions(lines.flatMap((l) => (l.status === 'fulfilled' ? [l.value] : [])))
  },
}

export function judgeVersions(
  brokers: readonly { readonly address: string; readonly ranges: readonly ApiRange[] }[],
): readonly Finding[] {
  const found: Finding[] = []
  for (const { address, ranges } of brokers) {
    const apart = NEEDED.filter(
      ([, api, min, max]) => !ranges.some((r) => r.api === api && r.min <= max && r.max >= min),
    )
    if (apart.length > 0) {
      const names = apart.map(([name]) => name).join(', ')
      found.push(
        fail(
          'version-not-spoken',
          address,
          say(`shares no version of ${names} with the client`, `与客户端没有共同的 ${names} 版本`),
          say('Use brokers from Kafka 2.3 to 4.x.', '请使用Kafka 2.3至4.x。'),
        ),
      )
    }
  }
  const [first] = brokers
  if (found.length === 0 && first) {
    const upTo = (api: number) => first.ranges.find((r) => r.api === api)?.max ?? 0
    const spoken = `Produce ≤ ${upTo(0)}, Fetch ≤ ${upTo(1)}`
    found.push(
      ok(
        'versions-fit',
        'kafka.brokers',
        say(`all that the client needs is spoken (${spoken})`, `满足客户端需要（${spoken}）`),
      ),
    )
  }
  const kinds = new Set(brokers.map((b) => JSON.stringify([...b.ranges].sort((x, y) => x.api - y.api))))
  if (kinds.size > 1)
    found.push(
      warn(
        'versions-differ',
        'kafka.brokers',
        say('the brokers are not all of one version', '各服务器版本不一致'),
        say('Finish the upgrade that is under way.', '请完成正在进行的升级。'),
      ),
    )
  return found
}
