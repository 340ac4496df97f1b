import type { Finding } from '../../../schemas/doctor.js'
import type { TopicSettings } from '../cluster/settings.js'
import { ERROR, type TopicState } from '../cluster/wire.js'
import { fail, ok, say, warn } from '../findings.js'
import type { Check } from './check.js'
import { type Ends, thereOf } from './look.js'
import { judgeReplicas } from './replicas.js'
import { count, few, span } from './words.js'

export type RawTopicFact = {
  readonly state: TopicState
  /** Undefined where they may not be seen. */
  readonly settings: TopicSettings | undefined
  readonly ends: readonly Ends[]
}

export const rawTopicsCheck: Check = {
  id: 'raw-topics',
  title: say('Raw topics', '原始日志主题'),
  needsKafka: true,
  run: async ({ config, look }) => {
    const { raw } = await look.cluster()
    const facts = raw.map(async (state): Promise<RawTopicFact> => {
      if (state.error !== ERROR.none) return { state, settings: undefined, ends: [] }
      const [settings, ends] = await Promise.all([look.settings(state.topic), look.ends(state.topic).catch(() => [])])
      return { state, settings, ends }
    })
    return judgeRawTopics(await Promise.all(facts), config.kafka.topics)
  },
}

/** What the client can unpack; `producer` leaves it to the producers, who have no others. */
const CODECS = ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']
const DAY_MS = 86_400_000

export function judgeRawTopics(facts: readonly RawTopicFact[], asked: string | readonly string[]): readonly Finding[] {
  const found = facts.flatMap(judgeTopic)
  const there = thereOf(facts.map((f) => f.state))
  if (typeof asked === 'string' && there.length === 0)
    found.push(
      fail(
        'no-raw-topic',
        'kafka.topics',
        say(`no topic fits ${asked}`, `没有主题匹配 ${asked}`),
        say(
          'Correct the pattern, or create the topics; one that this user may not describe is not seen.',
          '请修正正则或创建主题；无DESCRIBE权限的主题不可见。',
        ),
      ),
    )
  if (there.length === 0) return found
  const ends = facts.flatMap((f) => f.ends)
  const kept = ends.reduce((sum, e) => sum + (e.high - e.low), 0n)
  const partitions = there.reduce((sum, t) => sum + t.partitions.length, 0)
  const names = few(there.map((t) => t.topic))
  if (kept === 0n)
    found.push(
      warn(
        'raw-topics-empty',
        names,
        say('there is no message in them', '主题中没有消息'),
        say('Check that the shippers run and write to these topics.', '请检查采集器是否运行并写入这些主题。'),
      ),
    )
  else
    found.push(
      ok(
        'raw-topics-there',
        names,
        say(
          `${count(there.length, 'topic')}, ${count(partitions, 'partition')}, ${count(Number(kept), 'message')}`,
          `${there.length} 个主题，${partitions} 个分区，${kept} 条消息`,
        ),
      ),
    )
  return found
}

function judgeTopic({ state, settings }: RawTopicFact): Finding[] {
  const { topic, error } = state
  if (error === ERROR.topicDenied)
    return [
      fail(
        'raw-topic-hidden',
        topic,
        say('this user may not see it', '该用户无权查看该主题'),
        say('Give it DESCRIBE and READ on the topic.', '请授予该主题的DESCRIBE和READ权限。'),
      ),
    ]
  if (error !== ERROR.none)
    return [
      fail(
        'raw-topic-missing',
        topic,
        say('there is no such topic', '主题不存在'),
        say('Correct kafka.topics, or create it.', '请修正 kafka.topics 或创建该主题。'),
      ),
    ]
  const replicas = judgeReplicas(state)
  if (!settings)
    return [
      ...replicas,
      warn(
        'settings-hidden',
        topic,
        say('its settings may not be seen by this user', '该用户无权查看主题设置'),
        say('Give it DESCRIBE_CONFIGS on the topic.', '请授予该主题的DESCRIBE_CONFIGS权限。'),
      ),
    ]
  return [...replicas, ...judgeSettings(topic, settings)]
}

function judgeSettings(topic: string, settings: TopicSettings): Finding[] {
  const found: Finding[] = []
  const is = (name: string): string => settings.get(name)?.value ?? ''
  if (is('cleanup.policy').split(',').includes('compact'))
    found.push(
      fail(
        'raw-topic-compacted',
        topic,
        say(
          'it is compacted: of the lines of one key only the newest is sure to be kept',
          '主题启用了压缩：同一键只保证保留最新一条',
        ),
        say('Set cleanup.policy=delete.', '请设置 cleanup.policy=delete。'),
      ),
    )
  const retentionMs = Number(is('retention.ms'))
  const deletes = is('cleanup.policy').split(',').includes('delete') && is('retention.ms') !== '' && retentionMs >= 0
  const kept = span(retentionMs)
  if (deletes && is('message.timestamp.type') === 'CreateTime')
    found.push(
      warn(
        'raw-topic-deletes-by-producer-time',
        topic,
        say(
          `it deletes after ${kept.en} by the producers' time: old logs sent late are deleted at once, read or not`,
          `按生产者时间保留${kept.zh}：补传的旧日志会立即被删除，无论是否已读`,
        ),
        say(
          'Set message.timestamp.type=LogAppendTime, unless the producers stamp with the time of sending.',
          '请设置 message.timestamp.type=LogAppendTime，除非生产者使用发送时间。',
        ),
      ),
    )
  if (deletes && retentionMs < DAY_MS)
    found.push(
      warn(
        'raw-topic-short-retention',
        topic,
        say(
          `it keeps messages for ${kept.en} only: a longer outage loses them`,
          `仅保留${kept.zh}：停机更久会丢失数据`,
        ),
        say(
          'Raise retention.ms above the longest outage to survive, such as 3 days.',
          '请将 retention.ms 提高到可容忍的最长停机时间以上，如3天。',
        ),
      ),
    )
  const codec = is('compression.type')
  if (codec !== '' && !CODECS.includes(codec))
    found.push(
      fail(
        'raw-topic-codec',
        topic,
        say(`it is compressed with ${codec}, which cannot be read`, `压缩方式 ${codec} 无法读取`),
        say('Use gzip, snappy, lz4 or zstd.', '请使用gzip、snappy、lz4或zstd。'),
      ),
    )
  return found
}
