import kafkajs from 'kafkajs'
import type { Finding } from '../../../schemas/doctor.js'
import { durationMs } from '../config.js'
import { fail, ok, say, skip, warn } from '../findings.js'
import type { Check } from './check.js'
import { span } from './words.js'

export type BrokerSettings = ReadonlyMap<string, string>

export const brokerSettingsCheck: Check = {
  id: 'broker-settings',
  title: say('Limits', '服务端限制'),
  needsKafka: true,
  run: async ({ config, look }) => {
    const { brokers } = await look.cluster()
    const node = brokers[0]?.node
    if (node === undefined) return []
    const admin = await look.session.admin()
    try {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: String(node) }],
      })
      const settings = new Map((resources[0]?.configEntries ?? []).map((e) => [e.configName, e.configValue]))
      return judgeBrokerSettings(settings, durationMs(config.kafka.session_timeout))
    } catch (error) {
      if (!/AUTHORIZATION/.test(String((error as { type?: string }).type))) throw error
      return [
        skip(
          'broker-settings-hidden',
          'kafka.brokers',
          say(
            'limits of the brokers were not compared: this user lacks DESCRIBE_CONFIGS on the cluster',
            '未比对服务端限制：该用户缺少集群的DESCRIBE_CONFIGS权限',
          ),
        ),
      ]
    }
  },
}

const DAY_MS = 86_400_000

export function judgeBrokerSettings(settings: BrokerSettings, sessionMs: number): readonly Finding[] {
  const found: Finding[] = []
  const number = (name: string, otherwise: number): number => Number(settings.get(name) ?? otherwise)
  const [least, most] = [
    number('group.min.session.timeout.ms', 6_000),
    number('group.max.session.timeout.ms', 1_800_000),
  ]
  if (sessionMs < least || sessionMs > most)
    found.push(
      fail(
        'session-timeout-refused',
        'kafka.session_timeout',
        say(
          `is ${span(sessionMs).en}, and the brokers take ${span(least).en} to ${span(most).en}`,
          `为${span(sessionMs).zh}，服务端允许${span(least).zh}至${span(most).zh}`,
        ),
        say('Choose one within these limits.', '请设置在允许范围内。'),
      ),
    )
  const keptMs = number('offsets.retention.minutes', 10_080) * 60_000
  if (keptMs < 2 * DAY_MS)
    found.push(
      warn(
        'offsets-kept-short',
        'offsets.retention.minutes',
        say(
          `the brokers forget offsets ${span(keptMs).en} after a group has stopped: it then begins anew`,
          `消费组停止${span(keptMs).zh}后位移会被清除，之后从头开始`,
        ),
        say('Raise it to a week (10080).', '请提高到一周（10080）。'),
      ),
    )
  return found.length > 0
    ? found
    : [
        ok(
          'broker-settings-fit',
          'kafka.brokers',
          say('session timeout and kept offsets fit', '会话超时与位移保留期符合要求'),
        ),
      ]
}
