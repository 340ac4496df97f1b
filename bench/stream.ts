import { setTimeout as wait } from 'node:timers/promises'
import kafkajs, { type Kafka, type KafkaMessage } from 'kafkajs'
import { loadConfig } from '../pipeline/run/config.js'
import { type Stream, startStream } from '../pipeline/run/stream.js'
import type { Sink } from '../pipeline/sinks/sink.js'
import { registerCodecs } from '../pipeline/sources/codecs.js'
import { startKafka } from '../test/services/kafka.js'
import { bytesOf, type Corpus, linesOf, messagesOf } from './corpora/corpus.js'
import { corporaOf } from './corpora/index.js'
import { clientOf, fillTopic, placeFor } from './measure/broker.js'
import { show, spreadOf, type Taken, take } from './measure/measure.js'
import { provenance, table } from './measure/table.js'

// The whole stream, raw topic to stored verdicts, both stages in one process, beside two kafkajs consumers of the same topic: one only counts,
// one writes every line as JSON to another topic. In turn, several rounds, on a real broker. `npm run bench -- stream [MB] [CORPUS] [ROUNDS] [LINES,LINES…] [gzip]`
const [megabytes = '12', only, rounds = '3', sizes = '500,1', codec] = process.argv.slice(2)

type Handle = (messages: readonly KafkaMessage[]) => Promise<void>
/** Reads all messages of the topic, by batches. */
async function consumePlainly(client: Kafka, topic: string, count: number, handle?: Handle): Promise<Taken> {
  const consumer = client.consumer({
    groupId: `plain-${process.pid}-${Math.random()}`,
    maxBytesPerPartition: 1_048_576,
    maxWaitTimeInMs: 250,
    allowAutoTopicCreation: false,
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  let seen = 0
  let begin: () => void = () => {}
  let end: () => void = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  // From the joined group on, as with the stream.
  consumer.on(consumer.events.GROUP_JOIN, () => begin())
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      await handle?.(batch.messages)
      seen += batch.messages.length
      if (seen >= count) end()
    },
  })
  await begun
  const taken = await take(() => ended)
  await consumer.disconnect()
  return taken
}

/** What any program does that hands lines on: splits, writes each as JSON, sends a batch's at once. */
async function copyLines(client: Kafka, topic: string, count: number): Promise<Taken> {
  const producer = client.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const taken = await consumePlainly(client, topic, count, async (messages) => {
    const lines = messages.flatMap(({ key, timestamp, value }) =>
      (value?.toString('utf8') ?? '').split('\n').map((line) => ({
        key: key?.toString('utf8') ?? null,
        value: JSON.stringify({ '@timestamp': new Date(Number(timestamp)).toISOString(), message: line }),
      })),
    )
    await producer.send({ topic: LINES, acks: -1, messages: lines })
  })
  await producer.disconnect()
  return taken
}
const LINES = 'lines'

/** So short a thing is taken several times, after one to warm up. */
const REPEATS = 5
async function consumeOften(client: Kafka, topic: string, count: number): Promise<Taken> {
  await consumePlainly(client, topic, count)
  const all: Taken[] = []
  for (let i = 0; i < REPEATS; i++) all.push(await consumePlainly(client, topic, count))
  const mean = (of: (t: Taken) => number) => all.reduce((sum, t) => sum + of(t), 0) / REPEATS
  return { wallS: mean((t) => t.wallS), cpuS: mean((t) => t.cpuS) }
}

type Outcome = { readonly taken: Taken; readonly verdicts: number; readonly events: number; readonly late: number }

/** Runs both stages until the topic is parsed, its events are read and its verdicts stored. */
async function streamIt(address: string, client: Kafka, topic: string, corpus: Corpus): Promise<Outcome> {
  const place = await placeFor(
    address,
    client,
    topic,
    corpus,
    // Recorded traffic is thin: hours of it fit in a fetch, which a stream that keeps up never sees.
    `lateness: ${Math.ceil((corpus.spreadMs * 1.2) / 1000)}s\nrunaway: 7d`,
  )
  let verdicts = 0
  const sink: Sink = {
    store: async (documents) => {
      for (const d of documents) if (d.index.startsWith('whytimeout-verdicts')) verdicts++
    },
    close: async () => {},
  }
  const stream = await startStream({
    config: await loadConfig(place.config, {}),
    now: Date.now,
    log: () => {},
    sinks: [sink],
  })
  const end = corpus.records.at(-1)?.at ?? 0
  let failure: Error | undefined
  stream.ended.catch((error) => {
    failure = error
  })
  // From the joined groups on.
  const taken = await take(async () => {
    for (; !isDone(stream, end); await wait(20)) if (failure) throw failure
  })
  const { parse, diagnose } = stream.status()
  await stream.stop()
  await place.remove()
  return { taken, verdicts, events: parse?.events ?? 0, late: diagnose?.dead_lettered ?? 0 }
}

/** Everything is parsed but each partition's last line, which lies hours after the others, and every verdict before that is decided. */
function isDone(stream: Stream, end: number): boolean {
  const { parse, diagnose, lag, standing } = stream.status()
  const isParsed = lag.size > 0 && [...lag.values()].every((n) => n <= 1)
  return (
    isParsed &&
    (diagnose?.read ?? 0) >= (parse?.events ?? 0) &&
    standing.every((s) => s.open === 0 && s.watermark > end)
  )
}

registerCodecs()
const broker = await startKafka()
const client = clientOf(broker.address)
const rows: (string | number)[][] = []
try {
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: LINES, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
  for (const corpus of await corporaOf(Number(megabytes) * 1e6, only))
    for (const perMessage of sizes.split(',').map(Number)) {
      const topic = `raw-${corpus.name}-${perMessage}`
      const messages = messagesOf(corpus, perMessage)
      const compression = codec === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None
      const count = await fillTopic(client, topic, messages, compression)
      const mb = bytesOf(corpus) / 1e6
      const found: { plain: Taken; copy: Taken; ours: Outcome }[] = []
      for (let round = 0; round < Number(rounds); round++) {
        const plain = await consumeOften(client, topic, count)
        const copy = await copyLines(client, topic, count)
        found.push({ plain, copy, ours: await streamIt(broker.address, client, topic, corpus) })
      }
      const spread = (of: (x: (typeof found)[number]) => number) => spreadOf(found.map(of))
      const [first] = found
      rows.push([
        corpus.name,
        perMessage,
        mb.toFixed(1),
        linesOf(corpus),
        first?.ours.events ?? 0,
        first?.ours.verdicts ?? 0,
        first?.ours.late ?? 0,
        show(
          spread((x) => mb / x.plain.wallS),
          1,
        ),
        show(
          spread((x) => mb / x.ours.taken.wallS),
          1,
        ),
        show(
          spread((x) => x.plain.wallS / x.ours.taken.wallS),
          3,
        ),
        show(
          spread((x) => x.plain.cpuS / x.ours.taken.cpuS),
          3,
        ),
        show(
          spread((x) => x.copy.wallS / x.ours.taken.wallS),
          3,
        ),
        show(
          spread((x) => x.copy.cpuS / x.ours.taken.cpuS),
          3,
        ),
        show(
          spread((x) => mb / x.ours.taken.cpuS),
          1,
        ),
      ])
      console.error(rows.at(-1)?.join(' | '))
    }
} finally {
  await broker.stop()
}
console.log(`${provenance()}; ${rounds} paired rounds: median (lowest to highest)\n`)
console.log(
  table(
    [
      'corpus',
      'lines a message',
      'MB',
      'lines',
      'events',
      'verdicts written',
      'late',
      'kafkajs MB/s',
      'stream MB/s',
      'ratio, wall',
      'ratio, CPU',
      'ratio to the copier, wall',
      'ratio to the copier, CPU',
      'stream MB per CPU s',
    ],
    rows,
  ),
)
process.exit(0)
