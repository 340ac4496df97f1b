import type { AuditFinding } from '../../../schemas/audit.js'
import { type Chain, type Entry, furthestOf, type Gap } from './chain.js'
import { finding, type Place, say } from './findings.js'

/** What names a gap's place: where it is and whose work it was. */
type ChainPlace = { readonly chain: Chain; readonly group: string; readonly isRaw: boolean; readonly config: string }

export function gapFinding({ chain, group, isRaw, config }: ChainPlace, gap: Gap, wasRead: boolean): AuditFinding {
  const place = { topic: chain.topic, partition: chain.partition, from: gap.from, to: gap.to }
  const low = chain.ends?.low ?? 0n
  const again = isRaw
    ? say(
        `Put what is missing through a replay: \`whytimeout replay kafka:${chain.topic} --from T --to T --store --config ${config}\` with the time of these messages; ids make sure that nothing is there twice.`,
        `请用重放补上缺失部分：以这些消息的时间执行 whytimeout replay kafka:${chain.topic} --from T --to T --store --config ${config}；编号保证不会重复。`,
      )
    : say(
        `Decide the time of these events again: \`whytimeout replay kafka:${chain.topic} --from T --to T --store --config ${config}\`.`,
        `请对这些事件的时间段重新判定：whytimeout replay kafka:${chain.topic} --from T --to T --store --config ${config}。`,
      )
  if (gap.isSkipped)
    return finding(
      'gap-skipped',
      'fail',
      place,
      say(
        `the group ${group} was moved past these offsets; no entry says what became of them`,
        `消费组 ${group} 被移过了这些位点；账本中没有对应记录`,
      ),
      again,
    )
  if (gap.to <= low && !wasRead)
    return finding(
      'gap-deleted',
      'fail',
      place,
      say('deleted by retention before they were read', '尚未读取就已被保留策略删除'),
      say(
        `They cannot be had from Kafka any more: replay the log files of that time. Raise retention.ms of ${chain.topic}, or add processes that ${isRaw ? 'parse' : 'diagnose'}.`,
        `Kafka中已无法取回：请重放该时段的日志文件。请调大 ${chain.topic} 的 retention.ms，或增加${isRaw ? '解析' : '诊断'}进程。`,
      ),
    )
  const read = !isRaw
    ? say('no entry of the books speaks of these offsets', '账本中没有这些位点的记录')
    : wasRead
      ? say(
          'no entry of the books speaks of these offsets, though what came of them is stored: the entry was lost',
          '账本中没有这些位点的记录，但其结果已存储：记录本身丢失',
        )
      : say(
          'no entry of the books speaks of these offsets, and nothing that came of them is stored',
          '账本中没有这些位点的记录，也没有其任何结果',
        )
  return finding('gap-entry-missing', 'fail', place, read, again)
}

const rangeText = (e: Pick<Entry, 'from' | 'to' | 'writtenMs'>): string =>
  `${e.from}..${e.to} (${new Date(e.writtenMs).toISOString()})`

export function chainFindings(place: ChainPlace, wasRead: (gap: Gap) => boolean): AuditFinding[] {
  const { chain, group } = place
  const at = { topic: chain.topic, partition: chain.partition }
  if (!chain.ends)
    return [finding('topic-gone', 'note', at, say('the books speak of a topic that is gone', '账本提到的主题已不存在'))]
  const found: AuditFinding[] = []
  const { low } = chain.ends
  if (chain.from !== undefined && chain.from > low)
    found.push(
      finding(
        'history',
        'note',
        { ...at, from: low, to: chain.from },
        say('lie before the begin of the books: nothing is said of them', '早于账本起点，不作判断'),
      ),
    )
  for (const gap of chain.gaps) found.push(gapFinding(place, gap, wasRead(gap)))
  for (const { from, to, one, other } of chain.overlaps)
    found.push(
      finding(
        'overlap',
        'fail',
        { ...at, from, to },
        say(
          `two entries count these offsets: ${rangeText(one)} and ${rangeText(other)}`,
          `两条记录重复计入这些位点：${rangeText(one)} 与 ${rangeText(other)}`,
        ),
        say(
          `The group ${group} was set back, or two installations share it. Documents are not there twice, their ids see to it; the sums of these entries are. Give each installation a group and a prefix of its own.`,
          `消费组 ${group} 曾被回退，或被两套系统共用。文档编号保证文档不会重复，但这些记录的合计重复。请为每套系统设置独立的 group 和 prefix。`,
        ),
      ),
    )
  if (chain.beyond.length > 0) found.push(beyondFinding(at, chain))
  else
    for (const e of chain.ahead)
      found.push(
        finding(
          'ahead-of-commit',
          'fail',
          { ...at, from: e.from, to: e.to },
          say(`an entry goes further than the group ${group} has committed`, `记录超出了消费组 ${group} 已提交的位置`),
          say(
            'The group was set back and reads again, or the entry is not ours: run the audit again once the group has caught up.',
            '消费组被回退后正在重读，或该记录并非本系统所写：请待消费组追上后再次审计。',
          ),
        ),
      )
  for (const e of chain.wrong)
    found.push(
      finding(
        'sum-wrong',
        'fail',
        { ...at, from: e.from, to: e.to },
        say(
          `read ${e.read} is not events ${e.events} + filtered ${e.filtered} + duplicates ${e.duplicates} + dead-lettered ${e.dead_lettered}`,
          `读取 ${e.read} 不等于 事件 ${e.events} + 过滤 ${e.filtered} + 重复 ${e.duplicates} + 死信 ${e.dead_lettered}`,
        ),
        say(
          'This entry was not written by whytimeout, or it has a defect: report it.',
          '该记录并非whytimeout所写，或存在缺陷：请反馈。',
        ),
      ),
    )
  if (chain.isForgotten)
    found.push(
      finding(
        'no-commit',
        'note',
        at,
        say(
          `the group ${group} has no commit any more: it will begin anew`,
          `消费组 ${group} 已没有提交记录：将从头开始`,
        ),
      ),
    )
  return found
}

const beyondFinding = (at: Place, chain: Chain): AuditFinding =>
  finding(
    'beyond-end',
    'fail',
    { ...at, from: chain.ends?.high ?? 0n, to: furthestOf(chain.beyond) },
    say(
      `the books go past the end of the topic, offset ${chain.ends?.high}: it was made anew, or records were lost with a broker`,
      `账本超出了主题末尾（位点 ${chain.ends?.high}）：主题被重建，或服务器故障丢失了数据`,
    ),
    say(
      'After making a topic anew give the installation a new group and prefix; otherwise look for unclean leader elections.',
      '重建主题后请更换 group 和 prefix；否则请检查是否发生过不洁的领导者选举。',
    ),
  )
