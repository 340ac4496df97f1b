import type { Finding } from '../../../schemas/doctor.js'
import { fail, ok, say, skip } from '../findings.js'
import type { Check, Context } from './check.js'
import { type Ends, thereOf } from './look.js'
import { count, grouped } from './words.js'

/** Where a group stands in a partition. */
export type OffsetFact = Ends & {
  readonly group: string
  readonly topic: string
  /** Undefined: it has committed nothing there. */
  readonly committed: bigint | undefined
}

export const offsetsCheck: Check = {
  id: 'offsets',
  title: say('Offsets', '消费位移'),
  needsKafka: true,
  run: async (context) => {
    const { config, look } = context
    const { raw, internal } = await look.cluster()
    const { group, from_beginning } = config.kafka
    const own = (topic: string) => thereOf(internal).filter((t) => t.topic === topic)
    const { events, verdicts } = look.names
    const groups = [
      { name: `${group}-parse`, topics: thereOf(raw), fromBeginning: from_beginning },
      { name: `${group}-diagnose`, topics: own(events), fromBeginning: true },
      { name: `${group}-incidents`, topics: own(verdicts), fromBeginning: true },
    ]
    const found = groups.map(async ({ name, topics, fromBeginning }) =>
      judgeOffsets(
        name,
        await standing(
          context,
          name,
          topics.map((t) => t.topic),
        ),
        fromBeginning,
      ),
    )
    return (await Promise.all(found)).flat()
  },
}

async function standing({ look }: Context, group: string, topics: readonly string[]): Promise<readonly OffsetFact[]> {
  if (topics.length === 0) return []
  const admin = await look.session.admin()
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
  const facts = committed.map(async ({ topic, partitions }) =>
    (await look.ends(topic)).map((ends): OffsetFact => {
      const own = partitions.find((p) => p.partition === ends.partition)?.offset ?? '-1'
      return { ...ends, group, topic, committed: own === '-1' ? undefined : BigInt(own) }
    }),
  )
  return (await Promise.all(facts)).flat()
}

/** A committed offset outside of what is kept means that the group goes on somewhere else, without a word. */
export function judgeOffsets(group: string, facts: readonly OffsetFact[], fromBeginning: boolean): readonly Finding[] {
  if (facts.length === 0)
    return [skip('no-partitions', group, say('there is nothing yet that it could read', '尚无可读取的分区'))]
  const found = facts.flatMap((f): Finding[] => {
    const place = `${group} ${f.topic}/${f.partition}`
    const [en, zh] = fromBeginning ? ['oldest', '最早'] : ['newest', '最新']
    if (f.committed !== undefined && f.committed < f.low)
      return [
        fail(
          'offset-out-of-retention',
          place,
          say(
            `${count(Number(f.low - f.committed), 'message')} were deleted before they were read (offsets ${f.committed} to ${f.low})`,
            `${grouped(f.low - f.committed)} 条消息未读即被删除（位移 ${f.committed} 至 ${f.low}）`,
          ),
          say(
            `The group goes on at the ${en} message. Raise the retention; what is kept elsewhere can be replayed (whytimeout replay).`,
            `消费组将从${zh}消息继续。请延长保留期；其他地方的存档可用 whytimeout replay 回放。`,
          ),
        ),
      ]
    if (f.committed !== undefined && f.committed > f.high)
      return [
        fail(
          'offset-beyond-end',
          place,
          say(
            `it has committed ${f.committed}, and the partition ends at ${f.high}: the topic was made anew, or has lost records`,
            `已提交位移 ${f.committed} 超出分区末尾 ${f.high}：主题被重建或丢失了数据`,
          ),
          say(
            'Stop the group and reset it: kafka-consumer-groups --reset-offsets --to-earliest.',
            '请停止消费组并重置位移：kafka-consumer-groups --reset-offsets --to-earliest。',
          ),
        ),
      ]
    return []
  })
  if (found.length > 0) return found
  const unread = facts.reduce((sum, f) => sum + (f.high - (f.committed ?? (fromBeginning ? f.low : f.high))), 0n)
  return facts.every((f) => f.committed === undefined)
    ? [
        ok(
          'group-is-new',
          group,
          say(
            `has read nothing yet; it begins at the ${fromBeginning ? 'oldest' : 'newest'} message`,
            `尚未消费，将从${fromBeginning ? '最早' : '最新'}消息开始`,
          ),
        ),
      ]
    : [
        ok(
          'offsets-fit',
          group,
          say(
            `stands within what is kept in ${count(facts.length, 'partition')}; ${count(Number(unread), 'message')} to read`,
            `在 ${facts.length} 个分区中位移有效，待读 ${grouped(unread)} 条`,
          ),
        ),
      ]
}
