import type { KafkaMessage } from 'kafkajs'
import type { Finding } from '../../../schemas/doctor.js'
import { NO_ENRICHMENT } from '../../parse/enrich.js'
import { FORMATS } from '../../parse/formats/index.js'
import { parseRecord } from '../../parse/record.js'
import { partsOf } from '../../stream/raw-message.js'
import { fail, ok, say, skip, warn } from '../findings.js'
import type { Check } from './check.js'
import { type Ends, thereOf } from './look.js'
import { type Range, readRanges } from './read.js'
import { count, few } from './words.js'

/** One message of a sample: where and when it came, and whose lines it brought; none where nothing says whose. */
export type Sampled = {
  readonly partition: string
  /** Kafka's time, epoch ms. */
  readonly at: number
  readonly origins: readonly string[]
}
export type Share = { readonly topic: string; readonly ends: readonly Ends[] }

const NEWEST = 200n
const MAX_PARTITIONS = 64
const LIMITS = { ms: 10_000, bytes: 64 * 1024 * 1024 }
/** The first lines say whose they are. */
const LINES = 3

export const spreadCheck: Check = {
  id: 'spread',
  title: say('Spread of origins', '来源分布'),
  needsKafka: true,
  run: async ({ config, look }) => {
    const topics = thereOf((await look.cluster()).raw).map((t) => t.topic)
    const shares = await Promise.all(topics.map(async (topic) => ({ topic, ends: await look.ends(topic) })))
    const ranges = shares.flatMap(({ topic, ends }) => ends.map((e) => newest(topic, e)))
    const some = ranges.filter((r) => r.from < r.to).slice(0, MAX_PARTITIONS)
    const sample: Sampled[] = []
    await readRanges(look, some, LIMITS, (range, m) => sample.push(sampleOf(range, m)))
    return [...judgeShares(shares), ...judgeSpread(sample, config.kafka.messages)]
  },
}

const newest = (topic: string, { partition, low, high }: Ends): Range => ({
  topic,
  partition,
  from: high - NEWEST > low ? high - NEWEST : low,
  to: high,
})

const sampleOf = ({ topic, partition }: Range, m: KafkaMessage): Sampled => ({
  partition: `${topic}/${partition}`,
  at: Number(m.timestamp),
  origins: originsOf(topic, m),
})

/** Whose lines a message brought, as the parser finds it: the line's own header says, else what is around it. */
function originsOf(topic: string, m: KafkaMessage): string[] {
  const headers = Object.entries(m.headers ?? {}).flatMap(([name, value]) => {
    const first = Array.isArray(value) ? value[0] : value
    return first === undefined ? [] : [[name, first.toString()]]
  })
  const parts = partsOf(
    {
      offset: BigInt(m.offset),
      timestamp: Number(m.timestamp),
      key: m.key?.toString('utf8'),
      value: m.value ?? undefined,
      headers: Object.fromEntries(headers),
    },
    topic,
  )
  const found = parts.flatMap(({ host, log, text }) =>
    text
      .split('\n', LINES)
      .filter((line) => line !== '')
      .map((line) =>
        parseRecord(line, {
          formats: FORMATS,
          host,
          logName: log,
          receivedAtMs: Number(m.timestamp),
          entryFor: () => ({}),
          enrichment: NO_ENRICHMENT,
          shownValues: new Set(),
          anonymous: true,
          isGlance: true,
        }),
      )
      .map((outcome) => outcome.origin),
  )
  return [...new Set(found)].filter((origin) => !origin.startsWith('unknown/'))
}

export function judgeSpread(sample: readonly Sampled[], messages: 'lines' | 'records'): readonly Finding[] {
  if (sample.length === 0)
    return [skip('no-sample', 'kafka.topics', say('there is no message to look at', '没有可查看的消息'))]
  const found: Finding[] = []
  const nameless = sample.filter((s) => s.origins.length === 0).length
  if (nameless > sample.length / 5)
    found.push(
      warn(
        'origin-unknown',
        'kafka.topics',
        say(
          `${nameless} of ${sample.length} messages do not say whose lines they bring`,
          `${sample.length} 条消息中有 ${nameless} 条未说明来源主机`,
        ),
        say(
          'Let the shipper send its envelope, or headers host and log, or the host as the key.',
          '请让采集器发送其封装格式，或消息头host和log，或以主机名为键。',
        ),
      ),
    )
  const origins = staysByOrigin(sample)
  // Whole records need no order.
  if (messages === 'lines') found.push(...judgeOrder(origins))
  if (found.length > 0) return found
  const partitions = new Set(sample.map((s) => s.partition)).size
  return [
    ok(
      'origins-keep-place',
      'kafka.topics',
      say(
        `${count(origins.size, 'origin')} in the newest ${count(sample.length, 'message')} of ${count(partitions, 'partition')}${messages === 'lines' ? ', each in one' : ''}`,
        `${partitions} 个分区最新 ${sample.length} 条消息中有 ${origins.size} 个来源${messages === 'lines' ? '，各在一个分区' : ''}`,
      ),
    ),
  ]
}

/** From when to when an origin was met in a partition, by Kafka's time. */
type Stay = { first: number; last: number }

function staysByOrigin(sample: readonly Sampled[]): ReadonlyMap<string, ReadonlyMap<string, Stay>> {
  const found = new Map<string, Map<string, Stay>>()
  for (const { at, origins, partition } of sample)
    for (const origin of origins) {
      const stays = found.get(origin) ?? new Map<string, Stay>()
      const stay = stays.get(partition) ?? { first: at, last: at }
      stays.set(partition, { first: Math.min(stay.first, at), last: Math.max(stay.last, at) })
      found.set(origin, stays)
    }
  return found
}

const isTorn = (stays: ReadonlyMap<string, Stay>): boolean => {
  const byTime = [...stays.values()].sort((a, b) => a.first - b.first)
  return byTime.some((stay, i) => i > 0 && stay.first <= Math.max(...byTime.slice(0, i).map((s) => s.last)))
}

/** In several partitions at the same time: the order of lines is lost. One after the other: it has moved. */
function judgeOrder(origins: ReadonlyMap<string, ReadonlyMap<string, Stay>>): Finding[] {
  const asText = ([origin, stays]: readonly [string, ReadonlyMap<string, Stay>]) =>
    `${origin} (${[...stays.keys()].sort().join(' ')})`
  const several = [...origins].filter(([, stays]) => stays.size > 1)
  const torn = several.filter(([, stays]) => isTorn(stays))
  const moved = several.filter(([, stays]) => !isTorn(stays))
  const todo = say(
    'Let the producer use the host (or host and log) as the key; or send whole records and set kafka.messages: records.',
    '请让生产者以主机（或主机加日志名）为键；或每条消息发送完整记录并设置 kafka.messages: records。',
  )
  return [
    ...(torn.length === 0
      ? []
      : [
          fail(
            'origin-in-several-partitions',
            'kafka.topics',
            say(
              `lines of one log are spread over partitions, so their order is lost: ${few(torn.map(asText))}`,
              `同一日志的行分散在多个分区，顺序丢失：${few(torn.map(asText))}`,
            ),
            todo,
          ),
        ]),
    ...(moved.length === 0
      ? []
      : [
          warn(
            'origin-moved',
            'kafka.topics',
            say(
              `a log went on in another partition: ${few(moved.map(asText))}`,
              `日志换到了另一个分区：${few(moved.map(asText))}`,
            ),
            say(
              `If partitions were added lately that is all; else: ${todo.en}`,
              `若近期增加了分区则属正常；否则：${todo.zh}`,
            ),
          ),
        ]),
  ]
}

const ENOUGH = 1_000n

/** Partitions that carry most of what a topic keeps: more partitions bring nothing then. */
export function judgeShares(shares: readonly Share[]): Finding[] {
  return shares.flatMap(({ topic, ends }) => {
    const total = ends.reduce((sum, e) => sum + (e.high - e.low), 0n)
    if (ends.length < 2 || total < ENOUGH) return []
    const most = ends.length === 2 ? 0.8 : 0.6
    return ends
      .filter((e) => Number(e.high - e.low) > most * Number(total))
      .map((e) => {
        const percent = Math.round((100 * Number(e.high - e.low)) / Number(total))
        return warn(
          'partition-carries-most',
          `${topic}/${e.partition}`,
          say(`has ${percent} % of the topic's messages`, `占该主题消息的 ${percent}%`),
          say(
            'Choose a key with more values, such as the host; a silent key or a constant one sends all to one partition.',
            '请选择取值更多的键，如主机名；固定键会使全部消息进入同一分区。',
          ),
        )
      })
  })
}
