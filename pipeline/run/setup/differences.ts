import type { Bilingual } from '../../../schemas/rule.js'
import type { TopicSettings } from '../cluster/settings.js'
import { type InternalTopic, leastInSync } from '../topics.js'

/** A setting of an internal topic that is not as it must be. */
export type Difference = {
  readonly setting: string
  readonly is: string
  readonly should: string
  /** Records vanish, or cannot be written, because of it. */
  readonly losesData: boolean
  readonly why: Bilingual
}

/** What differs between an internal topic as it is and as it must be. Pure. */
export function differences(wanted: InternalTopic, replicas: number, found: TopicSettings): readonly Difference[] {
  const is = (setting: string): string => found.get(setting)?.value ?? ''
  const isCompacted = wanted.settings['cleanup.policy'] === 'compact'
  const list: Difference[] = []
  const note = (setting: string, losesData: boolean, why: Bilingual, should = wanted.settings[setting] ?? '') =>
    list.push({ setting, is: is(setting), should, losesData, why })

  const policies = is('cleanup.policy').split(',')
  if (isCompacted && !policies.includes('compact'))
    note('cleanup.policy', true, {
      en: 'old entries are deleted with time, though each is the only one of its key',
      zh: '旧条目会按时间删除，而每个键仅有一条',
    })
  else if (isCompacted && policies.includes('delete'))
    note('cleanup.policy', true, {
      en: 'it is compacted, but old entries are deleted too',
      zh: '压缩的同时仍会删除旧条目',
    })
  else if (!isCompacted && policies.includes('compact'))
    note('cleanup.policy', true, {
      en: 'only the newest record of each key is kept, and the rest of a realm is lost',
      zh: '每个键只保留最新一条，其余记录会丢失',
    })

  const retentionMs = Number(is('retention.ms'))
  const deletes = !isCompacted && retentionMs >= 0
  if (deletes && retentionMs < Number(wanted.settings['retention.ms']))
    note('retention.ms', true, {
      en: 'records are deleted before a restart or a repair may need them',
      zh: '记录会在重启或修复需要之前被删除',
    })
  if (!isCompacted && is('message.timestamp.type') !== wanted.settings['message.timestamp.type'])
    note('message.timestamp.type', deletes, {
      en: 'a record counts as old as its log says: what is replayed is deleted at once',
      zh: '记录按日志时间计算保留期：回放的旧日志会立即被删除',
    })
  if (!isCompacted && Number(is('retention.bytes')) >= 0)
    note('retention.bytes', false, {
      en: 'a busy hour can push out records before their time',
      zh: '高峰时记录可能因大小限制提前被删除',
    })
  if (is('unclean.leader.election.enable') === 'true')
    note('unclean.leader.election.enable', true, {
      en: 'a broker that lags may lead, and what it has not copied is lost',
      zh: '落后的副本可能成为leader，未复制的记录会丢失',
    })

  const least = Number(is('min.insync.replicas'))
  if (least > replicas)
    note(
      'min.insync.replicas',
      true,
      { en: 'more copies are asked for than there are: nothing can be written', zh: '要求的副本数多于实际：无法写入' },
      String(leastInSync(replicas)),
    )
  else if (least < leastInSync(replicas))
    note(
      'min.insync.replicas',
      true,
      {
        en: 'a write counts as safe with one copy, which one broken broker takes along',
        zh: '单副本即视为写入成功，一台服务器故障即丢失',
      },
      String(leastInSync(replicas)),
    )
  return list
}
