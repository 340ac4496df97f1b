import type { Pack } from '../../pipeline/match/pack.js'
import { startDiagnoseStage } from '../../pipeline/run/diagnose-stage.js'
import { readKnown } from '../../pipeline/run/known-topic.js'
import { observedSource, observedWriter } from '../../pipeline/run/observed.js'
import { NO_OBSERVER, type Observer } from '../../pipeline/run/observer.js'
import { startParseStage } from '../../pipeline/run/parse-stage.js'
import { topicNames } from '../../pipeline/run/topics.js'
import { createDeadLetters } from '../../pipeline/sinks/dead-letters.js'
import { createVerdictTopicSink } from '../../pipeline/sinks/verdict-topic.js'
import { applyTo, type StoredDocument } from '../../pipeline/stream/documents.js'
import { decodeClock } from '../../pipeline/stream/messages.js'
import type { ParserOptions } from '../../pipeline/stream/parser.js'
import { createWatermark, type Watermark } from '../../pipeline/stream/watermark.js'
import { Crash, type MemoryKafka } from './memory-kafka.js'
import { createMemoryReader } from './memory-reader.js'

export const TOPICS = topicNames('whytimeout')

export type MemoryStreamOptions = {
  readonly kafka: MemoryKafka
  readonly raw: readonly string[]
  readonly pack: Pack
  readonly record: ParserOptions['record']
  readonly messages?: 'lines' | 'records'
  readonly latenessMs: number
  readonly store: Map<string, StoredDocument>
  /** Told of every write to the store. */
  readonly onStore?: (d: StoredDocument) => void
  readonly observer?: Observer
  /** Raw partitions are read from here on, not from their beginning, where nothing is committed. */
  readonly begin?: bigint
}

/** Both stages over topics in memory, as one process; it can be ended at any operation and started again. */
export async function startMemoryStream(options: MemoryStreamOptions) {
  const { kafka, pack, latenessMs, store, observer = NO_OBSERVER } = options
  const watermarks = new Map<number, Watermark>()
  const failures: Error[] = []
  const parseSource = kafka.source('parse', options.raw, options.begin)
  const diagnoseSource = kafka.source('diagnose', [TOPICS.events])
  const rawEnds = () =>
    options.raw.flatMap((topic) => [...kafka.ends(topic)].map(([partition, e]) => ({ topic, partition, ...e })))
  let clocksRead = 0
  const readClocks = () => {
    const clocks = kafka.messages(TOPICS.clocks)
    for (const m of clocks.slice(clocksRead))
      for (const w of watermarks.values()) w.clock(decodeClock(m.value?.toString() ?? ''))
    clocksRead = clocks.length
    for (const w of watermarks.values()) {
      w.seal()
      w.ends(rawEnds())
    }
  }
  const writer = observedWriter(kafka.writer, TOPICS.deadLetters, observer)
  const shared = {
    writer,
    deadLetters: createDeadLetters({ writer, topic: TOPICS.deadLetters, maxBytes: 1_048_588 }),
    topics: TOPICS,
    pack,
    commitMs: 0,
    aliveMs: 10_000,
    digest: 'test',
    endsOf: async (topic: string) => kafka.ends(topic),
    observer,
    now: kafka.now,
    failed: (e: Error) => failures.push(e),
  }
  const diagnose = await startDiagnoseStage({
    ...shared,
    source: observedSource(diagnoseSource.port, 'diagnose', observer),
    sink: {
      store: async (documents) => {
        kafka.burn()
        for (const d of documents) {
          options.onStore?.(d)
          applyTo(store, d)
        }
        await createVerdictTopicSink(kafka.writer, TOPICS.verdicts).store(documents)
      },
      close: async () => {},
    },
    watermarkOf: (partition) => {
      const w = createWatermark(partition, latenessMs)
      watermarks.set(partition, w)
      for (const m of kafka.messages(TOPICS.clocks).slice(0, clocksRead))
        w.clock(decodeClock(m.value?.toString() ?? ''))
      return w
    },
    isReady: () => true,
    knownOf: (partition) => readKnown(createMemoryReader(kafka), TOPICS.known, partition),
  })
  const parse = await startParseStage({
    ...shared,
    source: observedSource(parseSource.port, 'parse', observer),
    latenessMs,
    runawayMs: Number.POSITIVE_INFINITY,
    record: options.record,
    messages: options.messages ?? 'lines',
    fromBeginning: options.begin === undefined,
    isEnd: (topic, partition, offset) => kafka.ends(topic).get(partition)?.high === offset,
    slowest: () => undefined,
  })
  /** Ends like a process: what a crash cuts short does not go on. @returns whether it is alive */
  const alive = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
    const other = failures.find((e) => !(e instanceof Crash))
    if (other) throw other
    return failures.length === 0
  }
  return {
    parsePartitions: parseSource.all,
    eventsPartitions: diagnoseSource.all,
    deliverRaw: (topic: string, partition: number, most: number) =>
      alive(() => parseSource.deliver(topic, partition, most)),
    deliverEvents: (partition: number, most: number) =>
      alive(() => diagnoseSource.deliver(TOPICS.events, partition, most)),
    tick: () =>
      alive(async () => {
        readClocks()
        await parse.tick()
        readClocks()
        await diagnose.tick()
      }),
    counts: () => ({ parse: parse.counts(), diagnose: diagnose.counts() }),
    standing: diagnose.standing,
  }
}
export type MemoryStream = Awaited<ReturnType<typeof startMemoryStream>>

/** Delivers everything there is and lets the clock run until all verdicts are final. @returns false if the process ended meanwhile */
export async function drain(stream: MemoryStream, kafka: MemoryKafka, untilMs: number): Promise<boolean> {
  for (const step of [0, 60_000, 60_000, untilMs, 60_000, untilMs, untilMs]) {
    kafka.tick(step)
    for (const { topic, partition } of stream.parsePartitions)
      if (!(await stream.deliverRaw(topic, partition, 1e9))) return false
    if (!(await stream.tick())) return false
    for (const { partition } of stream.eventsPartitions) if (!(await stream.deliverEvents(partition, 1e9))) return false
    if (!(await stream.tick())) return false
  }
  return true
}
