import { WhytimeoutError } from '../errors.js'
import { letterListText, retryText } from '../report/dead-letters.js'
import { loadConfig } from '../run/config.js'
import { withKafka } from '../run/kafka-session.js'
import { listLetters, retryLetters } from '../run/retry.js'
import { rawTopics, topicNames } from '../run/topics.js'
import type { LetterFilter } from '../stream/letter-table.js'
import { defineCommand } from './command.js'
import { messageProgress } from './progress.js'
import { timeOption } from './time-option.js'

const ACTIONS = ['list', 'retry'] as const

export const deadLettersCommand = defineCommand({
  name: 'dead-letters',
  summary: {
    en: 'Show what could not be used and why, or send it again once the cause is mended.',
    zh: '查看无法使用的记录及原因，或在修复后重新发送。',
  },
  usage: 'list|retry --config F.yml [--reason CODE] [--topic T] [--since D]',
  options: {
    config: { type: 'string', value: 'F.yml', about: { en: 'configuration file', zh: '配置文件' } },
    reason: {
      type: 'string',
      value: 'CODE',
      about: { en: 'only this reason, such as PARSE_NO_TIME', zh: '仅此原因，例如 PARSE_NO_TIME' },
    },
    topic: { type: 'string', value: 'T', about: { en: 'only records of this topic', zh: '仅此主题的记录' } },
    since: {
      type: 'string',
      value: 'D',
      about: {
        en: 'only letters written in the last 2h, 7d …, or since a time',
        zh: '仅最近 2h、7d 等，或某时刻之后写入的',
      },
    },
    from: { type: 'string', value: 'N', about: { en: 'from this offset of --topic', zh: '从 --topic 的此位点起' } },
    to: { type: 'string', value: 'N', about: { en: 'before this offset of --topic', zh: '到 --topic 的此位点之前' } },
    limit: {
      type: 'string',
      value: 'N',
      default: '20',
      about: { en: 'list: so many of the newest', zh: 'list：显示最新的N封' },
    },
    'dry-run': { type: 'boolean', about: { en: 'retry: say what would be sent', zh: 'retry：仅显示将要重发的内容' } },
    json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } },
  },
  notes: {
    en: [
      "A dead letter holds the record as it came, with card data hidden in place, and Kafka Connect's headers: reason and place. retry sends it to the",
      'partition that it came from, with its own key and headers and one more, whytimeout.retry; a record goes out at most three times, and what was sent',
      'again is noted, so that the next retry leaves it alone. Mend origins.yml or the format first and restart the stream. Late events (LATE) are not',
      'sent again: `whytimeout replay kafka:<prefix>.events --late --store` takes them in.',
    ].join('\n'),
    zh: [
      '死信保存原样的记录（卡号就地遮蔽）以及Kafka Connect约定的头部：原因和位置。retry 将其发回原分区，保留键和头部，并增加 whytimeout.retry；每条记录最多',
      '发送三次，已重发的会做标记，下次不再重发。请先修正 origins.yml 或格式并重启流处理。迟到事件（LATE）不重发，由 whytimeout replay kafka:<prefix>.events --late --store 补判。',
    ].join('\n'),
  },
  examples: [
    {
      run: 'whytimeout dead-letters list --config whytimeout.yml --since 24h',
      about: { en: 'what went wrong since yesterday', zh: '昨天以来的问题' },
    },
    {
      run: 'whytimeout dead-letters retry --config whytimeout.yml --reason PARSE_NO_TIME --dry-run',
      about: { en: 'what would be sent again', zh: '将要重发的内容' },
    },
  ],
  async run(args, options, io) {
    const action = ACTIONS.find((a) => a === args[0])
    if (action === undefined || args.length > 1)
      throw new WhytimeoutError('USAGE', `give one of ${ACTIONS.join(', ')}`, 'whytimeout dead-letters')
    if (options.config === undefined) throw new WhytimeoutError('USAGE', 'no configuration given', '--config')
    const filter = filterOf(options, io.now())
    const limit = wholeNumber(options.limit, '--limit')
    const config = await loadConfig(options.config, io.env)
    const topics = topicNames(config.kafka.prefix)
    const raw = rawTopics(config.kafka)
    const progress = messageProgress(io)
    const text = await withKafka(config, [topics.deadLetters], async ({ reader, writer }) => {
      const shared = {
        reader,
        topics,
        isRaw: (topic: string) => (raw instanceof RegExp ? raw.test(topic) : raw.includes(topic)),
        filter,
        config: options.config as string,
        onProgress: progress.update,
      }
      if (action === 'list') {
        const list = await listLetters({ ...shared, limit: Number(limit) })
        return options.json ? JSON.stringify(list, null, 2) : letterListText(list, io, io.now())
      }
      const to = options['dry-run'] ? undefined : await writer()
      const result = await retryLetters({ ...shared, writer: to, now: io.now })
      return options.json ? JSON.stringify(result, null, 2) : retryText(result, io)
    }).finally(progress.done)
    io.out(text)
    return 0
  },
})

type Given = {
  readonly reason: string | undefined
  readonly topic: string | undefined
  readonly since: string | undefined
  readonly from: string | undefined
  readonly to: string | undefined
}

function filterOf({ reason, topic, since, from, to }: Given, nowMs: number): LetterFilter {
  if ((from !== undefined || to !== undefined) && topic === undefined)
    throw new WhytimeoutError('USAGE', 'offsets are those of a topic: give --topic as well', '--from')
  return {
    reason: reason?.toUpperCase(),
    topic,
    sinceMs: timeOption(since, '--since', nowMs),
    from: from === undefined ? undefined : wholeNumber(from, '--from'),
    to: to === undefined ? undefined : wholeNumber(to, '--to'),
  }
}

function wholeNumber(text: string, option: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new WhytimeoutError('USAGE', `"${text}" is no whole number`, option)
  return BigInt(text)
}
