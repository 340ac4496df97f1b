import { WhytimeoutError } from '../errors.js'
import { durationMs, readConfig } from '../run/config.js'
import { dropOld, type Kept } from '../run/retention.js'
import { connectElasticsearch } from '../sinks/elasticsearch-client.js'
import { defineCommand } from './command.js'

export const retentionCommand = defineCommand({
  name: 'retention',
  summary: {
    en: 'Drop what is stored in Elasticsearch when it is old: whole indices, by the date in their name.',
    zh: '删除Elasticsearch中过期的数据：按索引名中的日期整个删除。',
  },
  usage: '--config F.yml --events 30d --verdicts 400d [--dry-run]',
  options: {
    config: { type: 'string', value: 'F.yml', about: { en: 'the configuration', zh: '配置文件' } },
    events: {
      type: 'string',
      value: 'T',
      about: { en: 'keep events so long, such as 30d', zh: '事件保留时长，如30d' },
    },
    verdicts: { type: 'string', value: 'T', about: { en: 'keep verdicts so long', zh: '结论保留时长' } },
    incidents: { type: 'string', value: 'T', about: { en: 'keep incidents so long', zh: '事故保留时长' } },
    health: { type: 'string', value: 'T', about: { en: 'keep the hours’ counts so long', zh: '每小时统计保留时长' } },
    'dead-letters': {
      type: 'string',
      value: 'T',
      about: { en: 'keep lines that could not be used at most so long', zh: '无法使用的日志行最长保留时长' },
    },
    'dry-run': { type: 'boolean', about: { en: 'say which, and drop nothing', zh: '只列出，不删除' } },
    json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } },
  },
  notes: {
    en: 'What is not named is kept. An index goes when its whole day or month is older; indices of other names are never touched. Dead letters have no dates, so all of them go once their index was made that long ago; a replay stores its own anew. Run it every day, by cron or a timer, where the server has no lifecycle management.',
    zh: '未指定的种类一律保留。索引所含的整天或整月都超过时长才会删除；不会触碰其他名称的索引。死信没有日期，其索引创建满该时长后整体删除，再次重放会重新存入。若服务器没有生命周期管理，请用cron等每天运行。',
  },
  examples: [
    {
      run: 'whytimeout retention --config whytimeout.yml --events 30d --verdicts 400d --dry-run',
      about: { en: 'which indices would go', zh: '查看哪些索引将被删除' },
    },
    {
      run: 'whytimeout retention --config whytimeout.yml --events 30d',
      about: { en: 'drop days of events that ended 30 days ago or more', zh: '删除30天以前的事件索引' },
    },
  ],
  async run(_, options, io) {
    if (options.config === undefined) throw new WhytimeoutError('USAGE', 'no --config given', 'whytimeout retention')
    const kept: Kept = {
      ...keeping('events', options.events),
      ...keeping('verdicts', options.verdicts),
      ...keeping('incidents', options.incidents),
      ...keeping('health', options.health),
      ...keeping('dead-letters', options['dead-letters']),
    }
    if (Object.keys(kept).length === 0)
      throw new WhytimeoutError(
        'USAGE',
        'say how long to keep --events, --verdicts, --incidents, --health or --dead-letters',
        'whytimeout retention',
      )
    const config = await readConfig(options.config, io.env)
    if (config.elasticsearch === undefined)
      throw new WhytimeoutError('CONFIG_INVALID', 'the key "elasticsearch" is missing', options.config)
    const client = await connectElasticsearch(config.elasticsearch, config.dir)
    const dryRun = options['dry-run']
    const old = await dropOld(client, kept, { now: io.now(), dryRun }).finally(() => client.close())
    if (options.json) io.out(JSON.stringify({ dropped: dryRun ? [] : old, old }))
    else for (const index of old) io.out(index)
    const said = dryRun ? { en: 'would be dropped', zh: '个索引将被删除' } : { en: 'dropped', zh: '个索引已删除' }
    io.err(
      io.lang === 'en'
        ? `${old.length} ${old.length === 1 ? 'index' : 'indices'} ${said.en}\n`
        : `${old.length} ${said.zh}\n`,
    )
    return 0
  },
})

function keeping(kind: keyof Kept, text: string | undefined): Kept {
  if (text === undefined) return {}
  if (!/^[1-9]\d{0,4}d$/.test(text))
    throw new WhytimeoutError('USAGE', `"${text}" is no number of days such as 30d`, `--${kind}`)
  return { [kind]: durationMs(text) }
}
