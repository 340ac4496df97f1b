import { WhytimeoutError } from '../errors.js'
import { auditText } from '../report/audit.js'
import { auditCluster } from '../run/audit/cluster.js'
import { loadConfig } from '../run/config.js'
import { defineCommand } from './command.js'
import { messageProgress } from './progress.js'

export const auditCommand = defineCommand({
  name: 'audit',
  summary: {
    en: 'Prove that the stream lost nothing: walk its books against Kafka and count again what is stored.',
    zh: '核对流处理没有丢失数据：将账本与Kafka对照，并重新清点已存储的内容。',
  },
  usage: '--config F.yml [--json]',
  options: {
    config: { type: 'string', value: 'F.yml', about: { en: 'configuration file', zh: '配置文件' } },
    json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } },
  },
  notes: {
    en: [
      'Every range of offsets that was committed has an entry in <prefix>.books: read = events + filtered + duplicates + dead_lettered. The audit names',
      'every gap and overlap of these entries, counts events and dead letters again as far as the topics keep them, and looks for the final verdict of',
      'every timeout that is decided. It only reads, and the stream may run meanwhile. Messages that are not read yet are no gap. Exit 3 if anything',
      'is missing or counted twice. Memory: about 300 bytes for each of 500,000 messages at a time, and for each of 300,000 entries of the books.',
    ].join('\n'),
    zh: [
      '每个已提交的位点区间在 <prefix>.books 中都有一条账目：读取 = 事件 + 过滤 + 重复 + 死信。审计会指出账目的每个缺口和重叠，在主题保留的范围内重新清点',
      '事件和死信，并查找每个已判定超时的最终结论。审计只读，流处理可同时运行。尚未读取的消息不算缺口。有缺失或重复计数时以3退出。',
      '内存：每次处理的50万条消息和30万条账目，每条约300字节。',
    ].join('\n'),
  },
  examples: [
    {
      run: 'whytimeout audit --config whytimeout.yml',
      about: { en: 'by hand, or every night', zh: '手工执行，或每晚执行' },
    },
    {
      run: 'whytimeout audit --config whytimeout.yml --json | jq \'.findings[] | select(.state == "fail")\'',
      about: { en: 'what is wrong, for a program', zh: '供程序读取的问题列表' },
    },
  ],
  async run(args, options, io) {
    if (args.length > 0) throw new WhytimeoutError('USAGE', `unexpected "${args[0]}"`, 'whytimeout audit')
    if (options.config === undefined) throw new WhytimeoutError('USAGE', 'no configuration given', '--config')
    const config = await loadConfig(options.config, io.env)
    const progress = messageProgress(io)
    const { update: onProgress, done } = progress
    const report = await auditCluster(config, { path: options.config, now: io.now, onProgress }).finally(done)
    io.out(options.json ? JSON.stringify(report, null, 2) : auditText(report, io))
    return report.ok ? 0 : 3
  },
})
