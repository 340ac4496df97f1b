import { resolve } from 'node:path'
import { WhytimeoutError } from '../errors.js'
import { summaryText } from '../report/text.js'
import { durationMs, type LoadedConfig, loadConfig } from '../run/config.js'
import { type Cluster, openCluster } from '../run/rerun/open.js'
import { skewsOf } from '../run/rerun/origin-clocks.js'
import type { Plan } from '../run/rerun/outcome.js'
import { runRepair } from '../run/rerun/run-repair.js'
import { replayTopics, type TopicReplayOptions } from '../run/rerun/topic-replay.js'
import { sinksOf } from '../run/sinks-of.js'
import { readInputs, type StreamInputs } from '../run/stream-inputs.js'
import { rawTopics, topicNames } from '../run/topics.js'
import { parseRate } from '../stream/pace.js'
import type { Io, OptionSpec } from './command.js'
import { messageProgress } from './progress.js'
import { noteText, planText, removalText, repairText } from './rerun-text.js'

/** Options of `replay` that only topics have. */
export const KAFKA_OPTIONS = {
  store: {
    type: 'boolean',
    about: { en: 'kafka: store the outcome where the stream stores', zh: 'kafka：将结果存入实时流的存储' },
  },
  late: {
    type: 'boolean',
    about: {
      en: 'kafka: decide again what late events have changed, and nothing else',
      zh: 'kafka：仅重新判定受迟到事件影响的结论',
    },
  },
  replace: {
    type: 'boolean',
    about: {
      en: 'take away what older generations stored and a new one no longer finds; of the same logs, where files are replayed',
      zh: '移除旧代次已存而新代次不再成立的内容；重放文件时仅限相同的日志',
    },
  },
  yes: { type: 'boolean', about: { en: 'kafka: do not ask before removing', zh: 'kafka：移除前不再询问' } },
  rate: {
    type: 'string',
    value: '5MB/s',
    about: {
      en: "kafka: read no faster; by default as fast as the stream's lag allows; max: as fast as it goes",
      zh: 'kafka：读取速率上限；默认随实时流的积压自动调节；max表示不限速',
    },
  },
  slack: {
    type: 'string',
    value: '1h',
    default: '1h',
    about: {
      en: "kafka: how far a log's clock may be ahead of Kafka's time",
      zh: 'kafka：日志时钟最多可比Kafka时间超前多少',
    },
  },
} as const satisfies Record<string, OptionSpec>

export type KafkaReplay = {
  readonly out: string | undefined
  readonly inventory: string | undefined
  readonly origins: string | undefined
  readonly rules: string | undefined
  readonly format: string | undefined
  readonly timezone: readonly string[]
  readonly from: string | undefined
  readonly to: string | undefined
  readonly generation: number | undefined
  readonly 'all-events': boolean
  readonly 'no-report': boolean
  readonly json: boolean
  readonly config: string | undefined
  readonly elasticsearch: string | undefined
  readonly store: boolean
  readonly late: boolean
  readonly replace: boolean
  readonly yes: boolean
  readonly rate: string | undefined
  readonly slack: string
}

export const DEFAULT_OUT = 'whytimeout-out'
const usage = (message: string, place = 'whytimeout replay') => new WhytimeoutError('USAGE', message, place)

/** Whether topics are meant. @throws WhytimeoutError USAGE for files with options that only topics have */
export function isKafka(paths: readonly string[], options: Pick<KafkaReplay, 'store' | 'late' | 'rate'>): boolean {
  if (paths.some((p) => p.startsWith('kafka:'))) return true
  for (const name of ['store', 'late', 'rate'] as const)
    if (options[name] !== undefined && options[name] !== false) throw usage('is for topics: kafka:TOPIC', `--${name}`)
  return false
}

/** Names of `kafka:a,b`, or the pattern of `kafka:/pattern/` with its slashes. @throws WhytimeoutError USAGE */
export function topicsOf(paths: readonly string[]): string[] | string {
  const file = paths.find((p) => !p.startsWith('kafka:'))
  if (file !== undefined) throw usage(`topics and files do not go together: "${file}"`)
  const texts = paths.map((p) => p.slice('kafka:'.length))
  const pattern = texts.find((t) => t.startsWith('/'))
  if (pattern === undefined) {
    const names = texts.flatMap((t) => t.split(',')).map((t) => t.trim())
    const bad = names.find((n) => !/^[\w.-]{1,249}$/.test(n))
    if (bad !== undefined) throw usage(`"${bad}" is no name of a topic`)
    return [...new Set(names)]
  }
  if (texts.length > 1 || !/^\/.+\/$/.test(pattern))
    throw usage(`"${pattern}": a pattern stands alone, as in kafka:/^logs\\./`)
  try {
    new RegExp(pattern.slice(1, -1))
    return pattern
  } catch {
    throw usage(`${pattern} is no regular expression`)
  }
}

/** Replays topics beside the stream. @returns the exit code, and the share of records that could not be read */
export async function replayKafka(
  paths: readonly string[],
  o: KafkaReplay,
  { from, to }: { readonly from: number | undefined; readonly to: number | undefined },
  io: Io,
): Promise<{ readonly exit: number; readonly unparsed: number }> {
  const topics = topicsOf(paths)
  if (o.config === undefined) throw usage('topics are replayed with a configuration', '--config')
  if (o.elasticsearch !== undefined)
    throw usage('is in the configuration of topics; --store stores there', '--elasticsearch')
  if (o.format !== undefined) throw usage('what topics hold is described by origins.yml', '--format')
  if (o.timezone.length > 0) throw usage('zones of topics are given in origins.yml', '--timezone')
  if (o.replace && !o.store) throw usage('takes away nothing without --store', '--replace')
  const rate = rateOf(o.rate)
  if (!/^\d+(ms|s|m|h|d)$/.test(o.slack)) throw usage(`"${o.slack}" is no duration such as 1h`, '--slack')
  const config = configWith(await loadConfig(o.config, io.env), o)
  const internal = topicNames(config.kafka.prefix)
  const names = typeof topics === 'string' ? [] : topics
  const isEvents = names.includes(internal.events)
  const other = names.find((t) => Object.values(internal).includes(t))
  if (isEvents && names.length > 1) throw usage(`${internal.events} is replayed by itself`)
  if (!isEvents && other !== undefined) throw usage(`${other} holds neither logs nor events`)
  if (o.late) checkLate(o, isEvents, internal.events)
  if (from !== undefined && from > io.now()) throw usage('that time is still to come', '--from')
  const inputs = withGeneration(await readInputs(config), o.generation)
  const raw = rawTopics({ topics, prefix: config.kafka.prefix })
  const read = o.late ? [internal.events, internal.clocks, internal.verdicts, internal.deadLetters] : raw
  const cluster = await openCluster(config, { rate, read })
  try {
    if (o.late) return { exit: await late({ config, cluster, inputs }, o, io), unparsed: 0 }
    const input = isEvents ? ({ kind: 'events' } as const) : ({ kind: 'raw', topics: raw } as const)
    return await bounded({ config, cluster, inputs }, { input, from, to }, o, io)
  } finally {
    await cluster.close()
  }
}

type Given = { readonly config: LoadedConfig; readonly cluster: Cluster; readonly inputs: StreamInputs }

function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const rate = text === 'max' ? Number.POSITIVE_INFINITY : parseRate(text)
  if (rate === undefined) throw usage(`"${text}" is no rate such as 5MB/s`, '--rate')
  return rate
}

function checkLate(o: KafkaReplay, isEvents: boolean, events: string): void {
  if (!isEvents) throw usage(`late events are repaired from kafka:${events}`, '--late')
  for (const name of ['from', 'to', 'replace', 'generation', 'rules', 'inventory', 'origins', 'all-events'] as const)
    if (o[name] !== undefined && o[name] !== false)
      throw usage("--late finds the times itself and decides with the stream's own configuration", `--${name}`)
}

const configWith = (config: LoadedConfig, o: KafkaReplay): LoadedConfig => ({
  ...config,
  ...(o.inventory !== undefined && { inventory: resolve(o.inventory) }),
  ...(o.origins !== undefined && { origins: resolve(o.origins) }),
  ...(o.rules !== undefined && { rules: resolve(o.rules) }),
})

const withGeneration = (inputs: StreamInputs, generation: number | undefined): StreamInputs =>
  generation === undefined ? inputs : { ...inputs, pack: { ...inputs.pack, generation } }

async function late({ config, cluster, inputs }: Given, o: KafkaReplay, io: Io): Promise<number> {
  const bar = messageProgress(io)
  const { store, out, slack } = o
  const repair = await runRepair({
    config,
    cluster,
    inputs,
    store,
    out,
    slackMs: durationMs(slack),
    progress: bar.update,
  }).finally(bar.done)
  io.out(o.json ? JSON.stringify(repair, null, 2) : repairText(repair, io.lang, store))
  return repair.letters.gone > 0 || repair.doubtful.length > 0 ? 3 : 0
}

async function bounded(
  { config, cluster, inputs }: Given,
  range: Pick<TopicReplayOptions, 'input' | 'from' | 'to'>,
  o: KafkaReplay,
  io: Io,
): Promise<{ exit: number; unparsed: number }> {
  const bar = messageProgress(io)
  let isUnconfirmed = false
  const confirm = async (plan: Plan): Promise<boolean> => {
    bar.done()
    io.err(`${planText(plan, io.lang)}\n`)
    if (plan.removed === 0) return true
    io.err(`${removalText(plan, io.lang)}\n`)
    if (o.yes) return true
    const answer = (await io.ask?.(io.lang === 'en' ? 'Remove them? [y/N] ' : '确认移除？[y/N] ')) ?? ''
    isUnconfirmed = io.ask === undefined
    return /^(y|yes|是)$/i.test(answer.trim())
  }
  const sinks = o.store ? await sinksOf(config, { writer: await cluster.writer(), now: io.now }) : []
  try {
    const result = await replayTopics({
      ...range,
      reader: cluster.reader,
      topics: cluster.topics,
      hasStream: cluster.hasStream,
      inputs,
      messages: config.kafka.messages,
      skew: await skewsOf(config),
      out: o.out ?? DEFAULT_OUT,
      allEvents: o['all-events'],
      noReport: o['no-report'],
      slackMs: durationMs(o.slack),
      now: io.now(),
      progress: bar.update,
      ...(o.store && { store: { sinks, replace: o.replace, confirm } }),
    })
    bar.done()
    for (const note of result.notes) io.err(`${noteText(note, io.lang, o.store)}\n`)
    io.out(
      o.json ? JSON.stringify(result.summary, null, 2) : summaryText({ ...result, hasReport: !o['no-report'] }, io),
    )
    if (isUnconfirmed)
      throw usage('say --yes to remove verdicts where nobody can be asked; nothing is stored', '--replace')
    return { exit: 0, unparsed: result.summary.unparsed_share }
  } finally {
    bar.done()
    await Promise.all(sinks.map((s) => s.close()))
  }
}
