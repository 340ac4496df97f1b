import { join, relative } from 'node:path'
import { ElasticsearchConfig, KafkaConfig } from '../../schemas/config.js'
import type { Bilingual } from '../../schemas/rule.js'
import { WhytimeoutError } from '../errors.js'
import { configDraft, type Draft, inventoryDraft, originsDraft, type Servers } from '../init/drafts.js'
import { foundText } from '../init/found.js'
import { isZoneFound } from '../parse/infer-zones.js'
import { parseInventory } from '../parse/inventory.js'
import { parseZone } from '../parse/time.js'
import { type LoadedConfig, loadConfig } from '../run/config.js'
import { type Explored, explore, type InitOptions, writeDrafts } from '../run/init.js'
import { sampleTopics } from '../run/init-topics.js'
import { defineCommand, type Io } from './command.js'
import { progressBar } from './progress.js'
import { topicsOf } from './replay-kafka.js'

const CONFIG = 'whytimeout.yml'
const ORIGINS = 'origins.yml'
const INVENTORY = 'inventory.csv'
const MAX_ASKED = 5

export const initCommand = defineCommand({
  name: 'init',
  summary: {
    en: 'Look at logs and draft whytimeout.yml, origins.yml and inventory.csv, with what a person must decide.',
    zh: '查看日志并生成whytimeout.yml、origins.yml和inventory.csv草稿，标出需要人工确认之处。',
  },
  usage: '<file|folder|-|kafka:TOPIC>… [options]',
  options: {
    out: { type: 'string', value: 'DIR', default: '.', about: { en: 'where the drafts go', zh: '草稿目录' } },
    sample: {
      type: 'string',
      value: '32MB',
      default: '32MB',
      about: { en: 'how much of each file is looked at: MB, GB or all', zh: '每个文件查看多少：MB、GB或all' },
    },
    brokers: { type: 'string', value: 'HOST:PORT,…', about: { en: 'Kafka brokers', zh: 'Kafka地址' } },
    topics: {
      type: 'string',
      value: 'T,…',
      about: { en: 'topics that carry raw logs, or /a pattern/', zh: '原始日志主题，或 /正则/' },
    },
    elasticsearch: { type: 'string', value: 'URL', about: { en: 'address of Elasticsearch', zh: 'Elasticsearch地址' } },
    timezone: {
      type: 'string',
      multiple: true,
      value: '[HOST=]TZ',
      about: {
        en: 'zone of times without one, for all or for hosts by glob',
        zh: '无时区时间的时区，可按主机通配指定',
      },
    },
    site: {
      type: 'string',
      multiple: true,
      value: 'FOUND=NAME',
      about: { en: 'your name of a site that was found', zh: '为发现的门店指定名称' },
    },
    config: {
      type: 'string',
      value: 'F.yml',
      about: {
        en: 'a configuration that is there: it names the brokers and is not drafted',
        zh: '已有配置文件：用于连接集群，不再生成',
      },
    },
    inventory: { type: 'string', value: 'F.csv', about: { en: 'terminals known already', zh: '已有的终端清单' } },
    origins: { type: 'string', value: 'F.yml', about: { en: 'what is known of logs already', zh: '已有的来源说明' } },
    yes: { type: 'boolean', about: { en: 'ask nothing', zh: '不提问' } },
    force: { type: 'boolean', about: { en: 'overwrite files that are there', zh: '覆盖已有文件' } },
    'dry-run': { type: 'boolean', about: { en: 'print the drafts, write nothing', zh: '只打印草稿，不写文件' } },
  },
  notes: {
    en: 'On a terminal it asks for what neither options nor logs say; an empty answer leaves it open. Files that are there are kept: an inventory.csv or origins.yml beside the logs is used, not drafted again. What a person must decide is marked DECIDE in the files and listed at the end. The same logs and options give the same drafts.',
    zh: '在终端中运行时，会询问选项和日志都未说明的内容；直接回车表示暂不确定。已有文件不会被改动：日志目录下的inventory.csv或origins.yml会被直接使用。需人工确认之处在文件中以“待确认”标出，并在最后列出。相同的日志和选项得到相同的草稿。',
  },
  examples: [
    {
      run: 'whytimeout init ./shop-0412',
      about: { en: 'describe what is in a folder of logs', zh: '描述一个日志目录' },
    },
    {
      run: 'whytimeout init /var/log/tills gw.log --dry-run --timezone "till-*=Asia/Shanghai"',
      about: { en: 'only show the drafts', zh: '只查看草稿' },
    },
    {
      run: 'whytimeout init kafka:terminal-logs,gateway-logs --brokers kafka1:9092',
      about: { en: 'from the newest messages of topics', zh: '查看主题中的最新消息' },
    },
    {
      run: 'whytimeout init ./sample --brokers kafka1:9092 --topics "/^logs\\./" --elasticsearch http://localhost:9200 --out conf --yes',
      about: { en: 'a configuration for the stream, without questions', zh: '为实时分析生成配置，不提问' },
    },
  ],
  async run(paths, options, io) {
    if (paths.length === 0) throw new WhytimeoutError('USAGE', 'no file, folder or topic given', 'whytimeout init')
    const [topics, files] = [paths.filter(isTopic), paths.filter((p) => !isTopic(p))]
    const config = options.config === undefined ? undefined : await loadConfig(options.config, io.env)
    const ask = options.yes ? undefined : io.ask
    const sample = sizeOf(options.sample)
    const kafka = topics.length === 0 ? undefined : kafkaOf(topics, options.brokers, config)
    const given: InitOptions = {
      ...{ paths: files, logs: kafka ? await sampleTopics(kafka, sample) : [] },
      ...{ sample, now: io.now(), timezones: options.timezone },
      ...{ inventory: options.inventory, origins: options.origins, siteNames: namesOf(options.site) },
    }
    let found = await look(given, io)
    io.out(foundText(found.survey, found.entries, io))
    io.out('')
    if (ask) {
      const timezones = [...options.timezone, ...(await askZones(found, ask, io))]
      const siteNames = new Map([...given.siteNames, ...(await askSites(found, ask, io))])
      if (timezones.length > options.timezone.length || siteNames.size > given.siteNames.size)
        found = await look({ ...given, timezones, siteNames }, io)
    }
    const answer = async (given: string | undefined, question: Bilingual) =>
      given ?? (config ? undefined : await ask?.(question[io.lang]))
    const servers = {
      brokers: many(await answer(options.brokers, QUESTIONS.brokers)),
      topics: topicsGiven(options.topics ?? kafka?.topics ?? (await answer(undefined, QUESTIONS.topics))),
      elasticsearch: addressOf(await answer(options.elasticsearch, QUESTIONS.elasticsearch)),
    }
    const { files: drafted, notes } = drafts(found, config ? undefined : servers, options, io)
    if (options['dry-run']) for (const [name, { text }] of drafted) io.out(`--- ${join(options.out, name)}\n${text}`)
    else {
      await writeDrafts(options.out, new Map([...drafted].map(([name, { text }]) => [name, text])), options.force)
      io.out([...drafted.keys()].map((name) => `${SAID.written[io.lang]}${join(options.out, name)}`).join('\n'))
    }
    for (const note of notes) io.out(note)
    io.out(decisions(drafted, io))
    io.err(
      `${SAID.next[io.lang]}whytimeout replay ${paths.join(' ')} --config ${options.config ?? join(options.out, CONFIG)}\n`,
    )
    return 0
  },
})

const isTopic = (path: string): boolean => path.startsWith('kafka:')

/** How to reach the topics that are to be looked at. */
function kafkaOf(paths: readonly string[], brokers: string | undefined, config: LoadedConfig | undefined): KafkaConfig {
  const topics = topicsOf(paths)
  if (brokers !== undefined) return KafkaConfig.parse({ ...config?.kafka, brokers: many(brokers), topics })
  if (config) return { ...config.kafka, topics }
  throw new WhytimeoutError(
    'USAGE',
    'topics are read from --brokers, or by --config where they ask for a login',
    'whytimeout init',
  )
}

const SAID = {
  written: { en: 'written: ', zh: '已写入：' },
  next: { en: 'next: ', zh: '下一步：' },
  decide: { en: 'For you to decide:', zh: '需要人工确认：' },
  nothing: { en: 'Nothing is left to decide.', zh: '没有需要确认的内容。' },
  kept: { en: 'used as it is: ', zh: '沿用已有文件：' },
  cut: { en: 'only the begin was looked at (--sample all): ', zh: '仅查看了开头（可用 --sample all）：' },
} as const satisfies Record<string, Bilingual>

const QUESTIONS = {
  brokers: { en: 'Kafka brokers (host:port, empty: none): ', zh: 'Kafka地址（host:port，回车跳过）：' },
  topics: {
    en: 'Topics with raw logs (names or /pattern/, empty: later): ',
    zh: '原始日志主题（名称或/正则/，回车跳过）：',
  },
  elasticsearch: {
    en: 'Elasticsearch (http://host:9200, empty: none): ',
    zh: 'Elasticsearch（http://host:9200，回车跳过）：',
  },
} as const satisfies Record<string, Bilingual>

async function look(options: InitOptions, io: Io): Promise<Explored> {
  const bar = progressBar(io)
  return explore(
    options,
    (survey, rows) => parseInventory(inventoryDraft(survey, rows, io.lang).text, INVENTORY),
    bar.update,
  ).finally(bar.done)
}

/** The files to write, by name, and what is to be said about those that are not. */
function drafts(
  found: Explored,
  servers: Omit<Servers, 'inventory' | 'origins'> | undefined,
  { out, config }: { readonly out: string; readonly config: string | undefined },
  io: Io,
): { files: Map<string, Draft>; notes: string[] } {
  const { survey, rows, inventory, origins, cut } = found
  const fromOut = (path: string | undefined, otherwise: string): string =>
    path === undefined ? otherwise : relative(out, path) || path
  const paths = { inventory: fromOut(inventory, INVENTORY), origins: fromOut(origins, ORIGINS) }
  const files = new Map<string, Draft>()
  if (servers) files.set(CONFIG, configDraft({ ...servers, ...paths }, io.lang))
  if (origins === undefined) files.set(ORIGINS, originsDraft(survey, found, io.lang))
  if (rows) files.set(INVENTORY, inventoryDraft(survey, rows, io.lang))
  return {
    files,
    notes: [
      ...[config, inventory, origins].flatMap((path) => (path === undefined ? [] : [`${SAID.kept[io.lang]}${path}`])),
      ...(cut.length > 0
        ? [`${SAID.cut[io.lang]}${cut.slice(0, 5).join(', ')}${cut.length > 5 ? ` … (${cut.length})` : ''}`]
        : []),
    ],
  }
}

function decisions(files: ReadonlyMap<string, Draft>, io: Io): string {
  const lines = [...files].flatMap(([name, { decide }]) => decide.map((d) => `  ${name}: ${d[io.lang]}`))
  return lines.length === 0 ? `\n${SAID.nothing[io.lang]}` : `\n${[SAID.decide[io.lang], ...lines].join('\n')}`
}

/** Zones of hosts whose times have none, as `HOST=TZ`. */
async function askZones(found: Explored, ask: NonNullable<Io['ask']>, io: Io): Promise<string[]> {
  const isOpen = (origin: string) =>
    !found.isGiven(origin, 'zone') &&
    !isZoneFound(found.assumed.find((a) => a.origin === origin && a.what === 'zone')?.why)
  const hosts = new Set(found.survey.origins.filter((o) => o.isZoneless && isOpen(o.origin)).map((o) => o.host))
  const zones: string[] = []
  for (const host of [...hosts].slice(0, MAX_ASKED)) {
    const question = {
      en: `Zone of the times of ${host} (Asia/Shanghai, +08:00; empty: later): `,
      zh: `${host} 的时区（Asia/Shanghai、+08:00；回车跳过）：`,
    }
    for (let zone = await ask(question[io.lang]); zone !== ''; zone = await ask(question[io.lang]))
      if (parseZone(zone)) {
        zones.push(`${host}=${zone}`)
        break
      }
  }
  return zones
}

/** Names for sites that were found, by the name they were found under. */
async function askSites(found: Explored, ask: NonNullable<Io['ask']>, io: Io): Promise<[string, string][]> {
  const names: [string, string][] = []
  const open = (found.rows ?? []).filter((r) => r.site !== undefined && r.site === r.foundSite)
  for (const site of [...new Set(open.map((r) => r.site as string))].slice(0, MAX_ASKED)) {
    const all = open.filter((r) => r.site === site).map((r) => r.terminal_id)
    const terminals = all.slice(0, 3)
    const more = all.length > 3 ? ` … (${all.length})` : ''
    const question = {
      en: `Name of the site behind ${site}, with ${terminals.join(', ')}${more} (empty: as it is): `,
      zh: `${site} 对应的门店名称，终端 ${terminals.join('、')}${more}（回车保持不变）：`,
    }
    const name = (await ask(question[io.lang])).trim()
    if (name !== '') names.push([site, name])
  }
  return names
}

function namesOf(pairs: readonly string[]): Map<string, string> {
  return new Map(
    pairs.map((pair) => {
      const m = /^([^=]+)=(.+)$/.exec(pair)
      if (!m?.[1] || !m[2]) throw new WhytimeoutError('USAGE', `"${pair}" is no FOUND=NAME`, '--site')
      return [m[1], m[2]] as const
    }),
  )
}

const many = (text: string | undefined): string[] => {
  const brokers = (text ?? '').split(',').flatMap((t) => (t.trim() === '' ? [] : [t.trim()]))
  const read = KafkaConfig.shape.brokers.safeParse(brokers)
  if (brokers.length > 0 && !read.success)
    throw new WhytimeoutError('USAGE', `"${text}" is no list of host:port`, '--brokers')
  return brokers
}

function topicsGiven(given: string | readonly string[] | undefined): string[] {
  const text = [given ?? ''].flat().join(',')
  const trimmed = text.trim()
  if (trimmed === '') return []
  const topics = trimmed.startsWith('/') ? [trimmed] : trimmed.split(',').map((t) => t.trim())
  if (!KafkaConfig.shape.topics.safeParse(trimmed.startsWith('/') ? trimmed : topics).success)
    throw new WhytimeoutError('USAGE', `"${text}" is neither names of topics nor a /pattern/`, '--topics')
  return topics
}

function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const read = ElasticsearchConfig.shape.node.safeParse(text.trim())
  if (!read.success) throw new WhytimeoutError('USAGE', 'no address such as http://localhost:9200', '--elasticsearch')
  return text.trim()
}

function sizeOf(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY
  const m = /^([1-9]\d{0,6})(MB|GB)$/i.exec(text)
  if (!m) throw new WhytimeoutError('USAGE', `"${text}" is no size such as 32MB, and not "all"`, '--sample')
  return Number(m[1]) * (m[2]?.toUpperCase() === 'GB' ? 1e9 : 1e6)
}
