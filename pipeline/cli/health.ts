import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { HEALTH_BY, type Health, Health as HealthDocument } from '../../schemas/health.js'
import { WhytimeoutError } from '../errors.js'
import { outlooks } from '../health/outlook.js'
import { healthText } from '../report/health.js'
import { readConfig } from '../run/config.js'
import { loadPack } from '../run/rules.js'
import { searchAll } from '../run/search.js'
import { clusterClient } from './cluster-option.js'
import { defineCommand } from './command.js'
import { timeOption } from './time-option.js'

export const healthCommand = defineCommand({
  name: 'health',
  summary: {
    en: 'Who is about to time out: sites, providers and services that get slower, before a sale is lost.',
    zh: '谁即将超时：在丢单之前找出变慢的门店、运营商和服务。',
  },
  usage: '[folder of a replay] [options] | --config F.yml [options]',
  options: {
    by: {
      type: 'string',
      multiple: true,
      value: 'WHAT',
      about: { en: 'only site, isp, endpoint or fleet', zh: '仅看 site、isp、endpoint 或 fleet' },
    },
    all: { type: 'boolean', about: { en: 'those that are fine too', zh: '同时列出正常对象' } },
    config: {
      type: 'string',
      value: 'F.yml',
      about: { en: 'from Elasticsearch, as this configuration says', zh: '按此配置从Elasticsearch读取' },
    },
    elasticsearch: {
      type: 'string',
      value: 'URL',
      about: { en: 'from this Elasticsearch', zh: '从此Elasticsearch读取' },
    },
    since: {
      type: 'string',
      value: 'T',
      default: '8d',
      about: { en: 'how far back Elasticsearch is read', zh: '从Elasticsearch读取的起始时间' },
    },
    until: {
      type: 'string',
      value: 'T',
      about: { en: 'judge the hour before this time', zh: '以此时间之前的一小时为准' },
    },
    rules: {
      type: 'string',
      value: 'DIR',
      about: { en: 'other rules than the built-in ones', zh: '使用其他规则目录' },
    },
    check: {
      type: 'boolean',
      about: { en: 'exit 3 when there is a warning: for a schedule', zh: '存在预警时退出码为3，供定时任务使用' },
    },
    json: { type: 'boolean', about: { en: 'one JSON object a line', zh: '每行一个JSON对象' } },
  },
  notes: {
    en: `Every replay counts attempts by site, provider, endpoint and hour (health.ndjson; whytimeout-health-* in Elasticsearch). The last hour is
judged beside those before: a warning is a 95th percentile that has grown by half or more and is over half of the limit, or reaches it
within four hours at this pace. What comes every day at its hour is usual. Hours with fewer than 20 attempts say nothing; it takes four.`,
    zh: `每次replay都会按门店、运营商、目标和小时统计（health.ndjson；Elasticsearch中的whytimeout-health-*）。最近一小时与此前各小时比较：
95分位耗时增长一半以上，且已超过限制的一半、或按此速度四小时内将达到限制时预警。每天同一时段出现的高峰视为正常。
不足20次的小时不作判断，至少需要四个小时。`,
  },
  examples: [
    { run: 'whytimeout health whytimeout-out', about: { en: 'after a replay', zh: 'replay之后' } },
    {
      run: 'whytimeout health --config whytimeout.yml --by site --check',
      about: { en: 'every hour, by a timer', zh: '由定时器每小时运行' },
    },
  ],
  async run(paths, options, io) {
    const wrong = options.by.find((b) => !(HEALTH_BY as readonly string[]).includes(b))
    if (wrong !== undefined) throw new WhytimeoutError('USAGE', `"${wrong}" is none of ${HEALTH_BY.join(', ')}`, '--by')
    const isStored = options.config !== undefined || options.elasticsearch !== undefined
    if (isStored && paths.length > 0)
      throw new WhytimeoutError('USAGE', 'a folder and Elasticsearch do not go together', 'whytimeout health')
    const until = timeOption(options.until, '--until', io.now())
    const documents: Health[] = []
    for await (const d of isStored ? stored(options, io) : written(paths[0] ?? 'whytimeout-out'))
      if (until === undefined || Date.parse(d['@timestamp']) < until) documents.push(d)
    const all = outlooks(documents).filter((o) => options.by.length === 0 || options.by.includes(o.by))
    const shown = options.all ? all : all.filter((o) => o.level !== 'fine')
    if (options.json) for (const o of shown) io.out(JSON.stringify(o))
    else io.out(healthText(all, shown, await loadPack(options.rules), io))
    return options.check && all.some((o) => o.level === 'warning') ? 3 : 0
  },
})

/** @throws WhytimeoutError INPUT_NOT_FOUND, or with file:line for what is no hour */
async function* written(path: string): AsyncGenerator<Health> {
  const file = path.endsWith('.ndjson') ? path : join(path, 'health.ndjson')
  if (!(await stat(file).catch(() => undefined)))
    throw new WhytimeoutError('INPUT_NOT_FOUND', 'no counts here: give the folder that a replay wrote', file)
  let line = 0
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (text !== '') yield hourOf(text, `${file}:${line}`)
  }
}

function hourOf(text: string, place: string): Health {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new WhytimeoutError('INPUT_NOT_FOUND', 'not JSON', place)
  }
  const read = HealthDocument.safeParse(value)
  if (!read.success) throw new WhytimeoutError('INPUT_NOT_FOUND', 'no hour of health.ndjson', place)
  return read.data
}

async function* stored(
  options: {
    readonly config: string | undefined
    readonly elasticsearch: string | undefined
    readonly since: string
    readonly until: string | undefined
  },
  io: { readonly env: Readonly<Record<string, string | undefined>>; readonly now: () => number },
): AsyncGenerator<Health> {
  const config = options.config === undefined ? undefined : await readConfig(options.config, io.env)
  const client = await clusterClient(options.elasticsearch, config, 'whytimeout health')
  try {
    const since = timeOption(options.since, '--since', io.now())
    const until = timeOption(options.until, '--until', io.now())
    for await (const found of searchAll(client, { kind: 'health', conditions: [], since, until }))
      yield found as unknown as Health
  } finally {
    await client.close()
  }
}
