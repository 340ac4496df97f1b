import { join } from 'node:path'
import { WhytimeoutError } from '../errors.js'
import { summaryText } from '../report/text.js'
import { type AnyConfig, pathIn, readConfig } from '../run/config.js'
import { replay } from '../run/replay.js'
import { openReplayStore, REFUSED_FILE, type ReplayStore } from '../run/replay-store.js'
import type { SinkState } from '../sinks/elasticsearch.js'
import { clusterOption } from './cluster-option.js'
import { defineCommand, type Io } from './command.js'
import { progressBar } from './progress.js'
import { DEFAULT_OUT, isKafka, KAFKA_OPTIONS, replayKafka } from './replay-kafka.js'
import { rangeOption } from './time-option.js'

export const replayCommand = defineCommand({
  name: 'replay',
  summary: {
    en: 'Explain the timeouts in logs: files, folders, standard input or topics of Kafka.',
    zh: '分析日志中的超时原因：文件、目录、标准输入或Kafka主题。',
  },
  usage: '<file|folder|-|kafka:TOPIC>… [options]',
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      about: {
        en: 'folder for the results; default whytimeout-out, with --late none',
        zh: '结果目录；默认whytimeout-out，使用--late时默认不写',
      },
    },
    inventory: {
      type: 'string',
      value: 'F.csv',
      about: {
        en: 'terminals: id, address, site, provider; default inventory.csv in the first folder',
        zh: '终端清单；默认取首个目录下的inventory.csv',
      },
    },
    origins: {
      type: 'string',
      value: 'F.yml',
      about: {
        en: 'what the lines do not say: zone, role, site; default origins.yml in the first folder',
        zh: '日志来源说明：时区、角色、门店；默认取首个目录下的origins.yml',
      },
    },
    rules: {
      type: 'string',
      value: 'DIR',
      about: { en: 'other rules than the built-in ones', zh: '使用其他规则目录' },
    },
    format: {
      type: 'string',
      value: '[GLOB=]ID',
      about: {
        en: "read as this format everything, or the hosts and logs that GLOB names: --format 'gw*=haproxy,export*.csv=table'",
        zh: "按指定格式读取全部，或 GLOB 所指的主机和日志：--format 'gw*=haproxy,export*.csv=table'",
      },
    },
    timezone: {
      type: 'string',
      multiple: true,
      value: '[HOST=]TZ',
      about: {
        en: 'zone of times without one, for all or for hosts by glob',
        zh: '无时区时间的时区，可按主机通配指定',
      },
    },
    from: {
      type: 'string',
      value: 'T',
      about: {
        en: 'only timeouts from this time: 2026-11-20T14:00+08:00, "2026-11-20 14:00 Asia/Shanghai", 2h (ago); UTC without a zone',
        zh: '仅输出此时间之后的超时：2026-11-20T14:00+08:00、"2026-11-20 14:00 Asia/Shanghai"、2h（2小时前）；无时区按UTC',
      },
    },
    to: {
      type: 'string',
      value: 'T',
      about: { en: 'only timeouts before this time', zh: '仅输出此时间之前的超时' },
    },
    generation: {
      type: 'string',
      value: 'N',
      about: { en: "generation of the results, over the pack's", zh: '结果的代次，覆盖规则包的设置' },
    },
    'all-events': {
      type: 'boolean',
      about: { en: 'write every event, not only those that verdicts cite', zh: '输出全部事件，而不仅是结论引用的事件' },
    },
    jobs: {
      type: 'string',
      value: 'N',
      about: {
        en: 'threads that read files (default one a core, one for small inputs); the results are the same',
        zh: '读取文件的线程数（默认每核一个，小输入为一个）；结果相同',
      },
    },
    'max-unparsed': {
      type: 'string',
      value: 'P%',
      default: '1%',
      about: {
        en: 'exit 3 when a larger share of records could not be read',
        zh: '不可解析记录占比超过此值时退出码为3',
      },
    },
    elasticsearch: {
      type: 'string',
      value: 'URL',
      about: {
        en: 'store the results there too; run again, nothing is stored twice',
        zh: '同时将结果存入此Elasticsearch；重复运行不会重复存储',
      },
    },
    config: {
      type: 'string',
      value: 'F.yml',
      about: {
        en: 'take inventory, origins, rules and elasticsearch from this configuration; topics need one',
        zh: '从此配置文件读取终端清单、来源说明、规则和elasticsearch设置；重放主题时必须指定',
      },
    },
    'no-text': {
      type: 'boolean',
      about: {
        en: 'without the text classifier, which reads lines of failure that no rule knows',
        zh: '关闭文本分类器（用于识别无规则匹配的故障日志）',
      },
    },
    'no-report': {
      type: 'boolean',
      about: { en: 'write no report.html', zh: '不生成report.html' },
    },
    json: { type: 'boolean', about: { en: 'print the summary as JSON', zh: '以JSON输出汇总' } },
    ...KAFKA_OPTIONS,
  },
  notes: {
    en: 'Topics are read beside the stream, without touching its groups: names, a list with commas, /a pattern/, or the events topic (kafka:whytimeout.events). Verdicts whose anchor lies in [--from, --to) are given; reading begins earlier, by the evidence they may need and four times `after` (rules/pack.yml), and goes to the end that the topics have at the start. `--store` leaves to the stream what it has not decided yet.',
    zh: '读取主题时与实时流并行，不影响其消费组：可为主题名、逗号分隔的列表、/正则/，或事件主题（kafka:whytimeout.events）。仅输出锚点位于[--from, --to)的结论；读取从更早处开始（证据窗口加四倍after，见rules/pack.yml），到启动时的主题末尾为止。--store不会存储实时流尚未判定的部分。',
  },
  examples: [
    {
      run: 'whytimeout replay ./shop-0412',
      about: { en: "everything in one shop's folder", zh: '分析一个门店目录下的全部日志' },
    },
    {
      run: 'whytimeout replay gw.log.gz pos.log --inventory terminals.csv --timezone pos=Asia/Shanghai',
      about: { en: 'single files, with the zone of one host', zh: '指定文件及某主机时区' },
    },
    {
      run: 'journalctl -o short-iso | whytimeout replay - --out /tmp/why',
      about: { en: 'from a pipe', zh: '从管道读取' },
    },
    {
      run: 'whytimeout replay - < pasted.txt',
      about: {
        en: 'lines that somebody pasted: without times their order is taken for them',
        zh: '粘贴的日志行：没有时间时以行序代替',
      },
    },
    {
      run: 'whytimeout replay kafka:terminal-logs,gateway-logs --config whytimeout.yml --from "2026-11-20 14:00 Asia/Shanghai" --to "2026-11-20 18:00 Asia/Shanghai"',
      about: { en: 'an afternoon, from the raw topics', zh: '从原始主题重放某个下午' },
    },
    {
      run: 'whytimeout replay kafka:/^logs\\./ --config whytimeout.yml --from 7d --generation 2 --store --replace --yes',
      about: {
        en: 'the last week again with new rules, in place of what is stored',
        zh: '用新规则重放最近一周并替换已存结论',
      },
    },
    {
      run: 'whytimeout replay kafka:whytimeout.events --late --store --config whytimeout.yml',
      about: {
        en: 'repair what late uploads have changed; good as a schedule',
        zh: '修复迟到上传影响的结论；可定时执行',
      },
    },
    {
      run: 'whytimeout replay ./shop-0412 --elasticsearch http://localhost:9200',
      about: { en: 'and search it in Kibana', zh: '并存入Elasticsearch，供Kibana检索' },
    },
    {
      run: 'whytimeout replay ./shop-0412 --elasticsearch http://localhost:9200 --rules my-rules --generation 7 --replace',
      about: {
        en: 'again with other rules: what only the old ones found goes',
        zh: '改用其他规则重放，并移除仅旧规则得出的内容',
      },
    },
  ],
  async run(paths, options, io) {
    if (paths.length === 0) throw new WhytimeoutError('USAGE', 'no file or folder given', 'whytimeout replay')
    const limit = percent(options['max-unparsed'])
    const range = rangeOption(options, io.now())
    if (isKafka(paths, options)) {
      const done = await replayKafka(
        paths,
        { ...options, generation: whole(options.generation, '--generation') },
        range,
        io,
      )
      return done.exit === 0 && isOver(done.unparsed, limit, options['max-unparsed'], io) ? 3 : done.exit
    }
    const config = options.config === undefined ? undefined : await readConfig(options.config, io.env)
    const out = options.out ?? DEFAULT_OUT
    if (options.replace && (options.from !== undefined || options.to !== undefined))
      throw new WhytimeoutError('USAGE', 'needs all of the logs: leave out --from and --to', '--replace')
    const store = await storeFor({ elasticsearch: options.elasticsearch, out }, config, io)
    if (options.replace && store === undefined)
      throw new WhytimeoutError(
        'USAGE',
        'takes nothing away without a cluster: --elasticsearch or --config',
        '--replace',
      )
    const bar = progressBar(io)
    const given = (own: string | undefined, key: 'inventory' | 'origins' | 'rules') =>
      own ?? (config && pathIn(config, config[key]))
    const result = await replay(
      {
        paths,
        out,
        inventory: given(options.inventory, 'inventory'),
        origins: given(options.origins, 'origins'),
        rules: given(options.rules, 'rules'),
        format: options.format,
        timezones: options.timezone,
        ...range,
        generation: whole(options.generation, '--generation'),
        jobs: whole(options.jobs, '--jobs'),
        text: !options['no-text'] && config?.text !== false,
        allEvents: options['all-events'],
        noReport: options['no-report'],
        now: io.now(),
        store: store?.sink,
        leftovers: options.replace ? store?.leftovers : undefined,
      },
      bar.update,
    ).finally(async () => {
      bar.done()
      await store?.close()
    })
    io.out(
      options.json
        ? JSON.stringify(result.summary, null, 2)
        : summaryText({ ...result, hasReport: !options['no-report'] }, io),
    )
    const isAllStored = store === undefined || sayStored(store, out, io)
    if (isOver(result.summary.unparsed_share, limit, options['max-unparsed'], io)) return 3
    return isAllStored ? 0 : 3
  },
})

/** Whether more records could not be read than may be; says so. */
function isOver(share: number, limit: number, stated: string, io: Io): boolean {
  if (share <= limit) return false
  io.err(
    `${(share * 100).toFixed(1)} % ${io.lang === 'en' ? `of the records could not be read, more than ${stated}: see dead-letters.ndjson` : `的记录无法解析，超过 ${stated}：见 dead-letters.ndjson`}\n`,
  )
  return true
}

/** The cluster that the results go to, if any is named. */
async function storeFor(
  options: { readonly elasticsearch: string | undefined; readonly out: string },
  config: AnyConfig | undefined,
  io: Io,
): Promise<ReplayStore | undefined> {
  const { elasticsearch: url, out } = options
  const settings = clusterOption(url, config)
  if (settings === undefined) return undefined
  let wasUp = true
  const onState = ({ up, reason }: SinkState): void => {
    if (up === wasUp) return
    wasUp = up
    const away = { en: `does not take documents (${reason}): trying again`, zh: `暂不可写（${reason}）：重试中` }
    const back = { en: 'takes documents again', zh: '已恢复' }
    io.err(`Elasticsearch ${(up ? back : away)[io.lang]}\n`)
  }
  return openReplayStore(settings, { dir: config?.dir ?? '.', out, onState })
}

/** @returns whether the cluster took everything */
function sayStored(store: ReplayStore, out: string, io: Io): boolean {
  const { stored, deleted, duplicates, stale, superseded, deadLettered } = store.counts()
  const there = duplicates + superseded
  io.err(
    io.lang === 'en'
      ? `Elasticsearch: ${stored} stored, ${there} there already, ${stale} older than what is there, ${deleted} taken away, ${deadLettered} refused\n`
      : `Elasticsearch：新存 ${stored}，已有 ${there}，旧于已有版本 ${stale}，撤回 ${deleted}，被拒 ${deadLettered}\n`,
  )
  if (deadLettered > 0) io.err(`${join(out, REFUSED_FILE)}\n`)
  return deadLettered === 0
}

function percent(text: string): number {
  const m = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text)
  if (!m || Number(m[1]) > 100)
    throw new WhytimeoutError('USAGE', `"${text}" is no percentage such as 1%`, '--max-unparsed')
  return Number(m[1]) / 100
}

function whole(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new WhytimeoutError('USAGE', `"${text}" is no whole number from 1`, option)
  return Number(text)
}
