import type { Finding } from '../../../schemas/doctor.js'
import type { TopicSettings } from '../cluster/settings.js'
import { ERROR, type TopicState } from '../cluster/wire.js'
import { fail, ok, say, warn } from '../findings.js'
import { differences } from '../setup/differences.js'
import { different, fewCopies, settingsHidden } from '../setup/kafka.js'
import { type InternalTopic, internalTopics } from '../topics.js'
import type { Check } from './check.js'
import { judgeReplicas } from './replicas.js'
import { count } from './words.js'

export type InternalTopicFact = {
  readonly wanted: InternalTopic
  readonly state: TopicState | undefined
  readonly settings: TopicSettings | undefined
}

export const internalTopicsCheck: Check = {
  id: 'internal-topics',
  title: say('Internal topics', '内部主题'),
  needsKafka: true,
  run: async ({ config, look }) => {
    const { internal, brokers } = await look.cluster()
    const facts = internalTopics(config.kafka.prefix).map(async (wanted): Promise<InternalTopicFact> => {
      const state = internal.find((t) => t.topic === wanted.topic)
      const settings = state?.error === ERROR.none ? await look.settings(wanted.topic) : undefined
      return { wanted, state, settings }
    })
    return judgeInternalTopics(await Promise.all(facts), brokers.length)
  },
}

export function judgeInternalTopics(facts: readonly InternalTopicFact[], brokers: number): readonly Finding[] {
  const found = facts.flatMap(({ wanted, state, settings }): Finding[] => {
    if (state?.error !== ERROR.none) return [state?.error === ERROR.topicDenied ? hidden(wanted) : missing(wanted)]
    if (!settings) return [...judgeReplicas(state), settingsHidden(wanted.topic)]
    const replicas = state.partitions[0]?.replicas.length ?? 1
    return [
      ...judgeReplicas(state),
      ...differences(wanted, replicas, settings).map((d) => different(wanted.topic, d)),
      ...(replicas < Math.min(3, brokers) ? [fewCopies(wanted.topic, replicas, brokers)] : []),
    ]
  })
  const [events, known] = (['events', 'known'] as const).map((name) =>
    facts.find((f) => f.wanted.topic.endsWith(`.${name}`)),
  )
  if (
    events?.state &&
    known?.state?.error === ERROR.none &&
    known.state.partitions.length !== events.state.partitions.length
  )
    found.push(unlike(known.wanted, known.state.partitions.length, events.state.partitions.length))
  if (found.length > 0) return found
  const partitions = events?.state?.partitions.length ?? 0
  return [
    ok(
      'internal-topics-fit',
      `${facts[0]?.wanted.topic ?? ''} …`,
      say(
        `${count(facts.length, 'topic')} with the right settings, ${count(partitions, 'partition')} of events`,
        `${facts.length} 个主题设置正确，events有 ${partitions} 个分区`,
      ),
    ),
  ]
}

const missing = ({ topic }: InternalTopic): Finding =>
  fail(
    'internal-topic-missing',
    topic,
    say('it is not there', '主题不存在'),
    say('`whytimeout setup kafka` creates it.', '可用 whytimeout setup kafka 创建。'),
  )

/** A partition of events has its rows in the one of the same number, by the remainder: a count that changes later loses them. */
const unlike = ({ topic }: InternalTopic, is: number, events: number): Finding =>
  warn(
    'known-partitions-differ',
    topic,
    say(`${count(is, 'partition')} beside ${events} of events`, `有 ${is} 个分区，而events有 ${events} 个`),
    say(
      'What sources said before may be looked for where it is not: give both topics as many partitions, with no process running.',
      '先前记住的内容可能在错误的分区中查找：请停止所有进程后让两个主题的分区数一致。',
    ),
  )

const hidden = ({ topic }: InternalTopic): Finding =>
  fail(
    'internal-topic-hidden',
    topic,
    say('this user may not see it', '该用户无权查看该主题'),
    say('Give it DESCRIBE, READ and WRITE on the topic.', '请授予该主题的DESCRIBE、READ和WRITE权限。'),
  )
