import type { KafkaConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import type { LogFile } from '../sources/files.js'
import { connectKafka } from '../sources/kafka.js'
import { createTopicReader, type TopicReader } from '../sources/kafka-range.js'
import { partsOf } from '../stream/raw-message.js'
import { rawTopics } from './topics.js'

/** The newest messages of each partition that are looked at. */
const MAX_MESSAGES = 20_000n
/** Bytes kept of all logs together. */
const MAX_BYTES = 256e6

/**
 * The newest that topics hold, as a file for each log in them. Nothing is committed, and no group of the stream is touched.
 * @param sample  bytes of each log, at most
 * @throws WhytimeoutError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING
 */
export async function sampleTopics(config: KafkaConfig, sample: number): Promise<LogFile[]> {
  const client = await connectKafka(config)
  const admin = client.admin()
  await admin.connect()
  try {
    const reader = createTopicReader(client, admin, `${config.group}-init`)
    const topics = rawTopics(config)
    if (!(topics instanceof RegExp)) {
      const there = new Set(await admin.listTopics())
      const missing = topics.filter((t) => !there.has(t))
      if (missing.length > 0)
        throw new WhytimeoutError('KAFKA_TOPIC_MISSING', `no topic ${missing.join(', ')}`, 'kafka')
    }
    return await logsIn(reader, topics, sample)
  } finally {
    await admin.disconnect()
  }
}

async function logsIn(reader: TopicReader, topics: readonly string[] | RegExp, sample: number): Promise<LogFile[]> {
  const logs = new Map<
    string,
    { host: string | undefined; name: string; topic: string; texts: string[]; bytes: number }
  >()
  let all = 0
  const newest = (await reader.ranges(topics, undefined)).map((r) => ({
    ...r,
    from: r.to - r.from > MAX_MESSAGES ? r.to - MAX_MESSAGES : r.from,
  }))
  await reader.read(newest, async ({ topic }, messages) => {
    for (const { host, log, text } of messages.flatMap((m) => partsOf(m, topic))) {
      const key = `${host ?? ''}\u0000${log}`
      const known = logs.get(key) ?? { host, name: log, topic, texts: [], bytes: 0 }
      logs.set(key, known)
      if (known.bytes > sample || all > MAX_BYTES) continue
      known.texts.push(text)
      known.bytes += text.length + 1
      all += text.length + 1
    }
  })
  return [...logs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { host, name, topic, texts, bytes }]) => ({
      ...{ path: `kafka:${topic}/${host ?? ''}/${name}`, host, name, bytes },
      open: async function* () {
        yield Buffer.from(`${texts.join('\n')}\n`, 'latin1')
      },
    }))
}
