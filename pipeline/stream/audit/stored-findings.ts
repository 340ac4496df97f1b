import type { AuditFinding } from '../../../schemas/audit.js'
import type { Bilingual } from '../../../schemas/rule.js'
import type { Chain, Entry } from './chain.js'
import { finding, say } from './findings.js'
import type { Fault, VerdictResult } from './verdicts.js'

/** Sums that differ, one finding for a partition. */
export type Difference = {
  readonly ranges: number
  readonly records: number
  readonly first: Pick<Entry, 'from' | 'to'>
}

export function recountFinding(
  chain: Pick<Chain, 'topic' | 'partition'>,
  what: 'events' | 'dead-letters' | 'read',
  isFewer: boolean,
  { ranges, records, first }: Difference,
): AuditFinding {
  const name = {
    events: say('events', '事件'),
    'dead-letters': say('dead letters', '死信'),
    read: say('messages', '消息'),
  }[what]
  const place = { topic: chain.topic, partition: chain.partition, from: first.from, to: first.to }
  if (isFewer)
    return finding(
      `${what}-fewer`,
      'fail',
      place,
      say(
        `${records} ${name.en} fewer are stored than ${ranges} ${ranges === 1 ? 'entry' : 'entries'} of the books say; the first is named`,
        `实际存储的${name.zh}比 ${ranges} 条账本记录少 ${records}；此处为第一条`,
      ),
      say(
        'Somebody deleted from the topic, or its brokers lost what they had confirmed: check min.insync.replicas, unclean.leader.election.enable, and who may delete. Replay the time of these messages.',
        '有人删除了数据，或服务器丢失了已确认的数据：请检查 min.insync.replicas、unclean.leader.election.enable 以及删除权限，并重放这些消息的时间段。',
      ),
    )
  return finding(
    `${what}-more`,
    'warn',
    place,
    say(
      `${records} ${name.en} more are stored than ${ranges} ${ranges === 1 ? 'entry' : 'entries'} of the books say; nothing is missing`,
      `实际存储的${name.zh}比 ${ranges} 条账本记录多 ${records}；没有缺失`,
    ),
    say(
      'Usual where a process ended before its commit and its records were read again with other rules, inventory or origins; otherwise two installations share a prefix.',
      '进程在提交前结束，之后以不同的规则、清单或来源说明重读时属正常；否则可能有两套系统共用了 prefix。',
    ),
  )
}

export const partialFinding = (topic: string, skipped: number, of: number): AuditFinding =>
  finding(
    'recount-partial',
    'note',
    { topic, partition: -1 },
    say(
      `${skipped} of ${of} entries of the books are older than what is kept here: they were not counted again`,
      `${of} 条账本记录中有 ${skipped} 条早于此处保留的数据，未重新计数`,
    ),
  )

export const unreadableFinding = (topic: string, partition: number, offset: bigint): AuditFinding =>
  finding(
    'entry-unreadable',
    'fail',
    { topic, partition, from: offset, to: offset + 1n },
    say('a message that is no entry of the books', '该消息不是账本记录'),
    say(
      'Only whytimeout may write here: look who else has the right to.',
      '此处只应由whytimeout写入：请检查还有谁有写权限。',
    ),
  )

/** @param topics  names of the events and the verdicts topic */
export function verdictFindings(
  r: VerdictResult,
  topics: { events: string; verdicts: string },
  config: string,
): AuditFinding[] {
  const repair = say(
    `Decide that time again: \`whytimeout replay kafka:${topics.events} --from T --to T --store --config ${config}\`.`,
    `请重新判定该时段：whytimeout replay kafka:${topics.events} --from T --to T --store --config ${config}。`,
  )
  const faults = (code: string, all: ReadonlyMap<number, Fault>, what: (f: Fault) => Bilingual): AuditFinding[] =>
    [...all].map(([partition, f]) =>
      finding(
        code,
        'fail',
        { topic: topics.events, partition, from: f.first.offset, to: f.first.offset + 1n },
        what(f),
        repair,
      ),
    )
  const found = [
    ...faults('verdict-missing', r.missing, (f) =>
      say(
        `${f.count} decided timeouts have no verdict; the first is event ${f.first.id}`,
        `${f.count} 个已判定的超时没有结论；第一个是事件 ${f.first.id}`,
      ),
    ),
    ...faults('verdict-provisional', r.undecided, (f) =>
      say(
        `${f.count} decided timeouts have only a provisional verdict; the first is event ${f.first.id}`,
        `${f.count} 个已判定的超时只有临时结论；第一个是事件 ${f.first.id}`,
      ),
    ),
  ]
  const at = { topic: topics.verdicts, partition: -1 }
  if (r.orphanCount > 0)
    found.push(
      finding(
        'provisional-left',
        'fail',
        at,
        say(
          `${r.orphanCount} provisional verdicts were never ended: ${r.orphans.join(', ')}`,
          `${r.orphanCount} 个临时结论未被终结：${r.orphans.join(', ')}`,
        ),
        repair,
      ),
    )
  if (r.uncitedCount > 0)
    found.push(
      finding(
        'evidence-missing',
        'fail',
        at,
        say(
          `${r.uncitedCount} events that final verdicts cite are not in ${topics.events}: ${r.uncited.join(', ')}`,
          `最终结论引用的 ${r.uncitedCount} 个事件不在 ${topics.events} 中：${r.uncited.join(', ')}`,
        ),
        say(
          'Somebody deleted events before their time: replay the raw logs of that time.',
          '事件被提前删除：请重放该时段的原始日志。',
        ),
      ),
    )
  return found
}
