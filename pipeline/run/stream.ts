import type { Kafka } from 'kafkajs'
import { reasonOf, WhytimeoutError } from '../errors.js'
import type { Sink } from '../sinks/sink.js'
import { createTopicWriter } from '../sinks/topic-writer.js'
import { connectKafka, createKafkaSource } from '../sources/kafka.js'
import { createTopicReader } from '../sources/kafka-range.js'
import type { Source } from '../sources/source.js'
import { createClockFeed } from '../stream/incident-clocks.js'
import type { ClockRecord, Counts } from '../stream/messages.js'
import { type Board, createBoard } from './board.js'
import { durationMs, type LoadedConfig } from './config.js'
import { openDeadLetters } from './dead-letters.js'
import { type DiagnoseStage, startDiagnoseStage } from './diagnose-stage.js'
import { createJournal } from './journal.js'
import { readKnown } from './known-topic.js'
import type { StreamLog } from './log.js'
import { observedSource, observedWriter } from './observed.js'
import { NO_OBSERVER, type Observer, observeAll } from './observer.js'
import { type OpenIncidents, openIncidents } from './open-incidents.js'
import { type Stage, startParseStage } from './parse-stage.js'
import { patiently } from './patience.js'
import { inOrder, sinksOf } from './sinks-of.js'
import { readInputs } from './stream-inputs.js'
import { endsOf, rawTopics, topicNames } from './topics.js'
import { programVersion } from './version.js'

export const STAGES = ['parse', 'diagnose'] as const
export type StageName = (typeof STAGES)[number]

export type StreamOptions = {
  readonly config: LoadedConfig
  /** Both by default. */
  readonly stages?: readonly StageName[]
  /** Where verdicts and events go besides the verdicts topic. */
  readonly sinks?: readonly Sink[]
  readonly observer?: Observer
  readonly log: StreamLog
  /** Epoch ms. */
  readonly now: () => number
}
export type StreamStatus = {
  readonly parse: Readonly<Counts> | undefined
  readonly diagnose: Readonly<Counts> | undefined
  /** Open episodes and watermark (epoch ms) by partition of the events topic. */
  readonly standing: ReturnType<DiagnoseStage['standing']>
  /** Of the stage of incidents and its alerts; undefined where another process runs it. */
  readonly incidents: IncidentStatus | undefined
  /** Unread messages by raw partition. */
  readonly lag: ReadonlyMap<string, number>
  /** Every raw partition, whoever parses it. */
  readonly raw: ReturnType<Board['partitions']>
  /** When the brokers last answered, epoch ms. */
  readonly answeredMs: number
  /** By stage, whether its group still counts on this process. */
  readonly members: ReadonlyMap<string, boolean>
  readonly latenessMs: number
  readonly rules: { readonly generation: number; readonly digest: string }
  readonly inputsDigest: string
}
export type IncidentStatus = {
  readonly counts: ReturnType<OpenIncidents['counts']>
  readonly standing: ReturnType<OpenIncidents['standing']>
  readonly alerts: ReturnType<OpenIncidents['alerts']>
}
export type Stream = {
  /** Ends what is under way, stores and commits it, leaves the groups. */
  readonly stop: () => Promise<void>
  /** Resolves when stopped. @throws the error that ended it */
  readonly ended: Promise<void>
  readonly status: () => StreamStatus
}

const TICK_MS = 200

/** Ticks a stage, one tick at a time: while a store is away they must not pile up. */
function tickOften(stage: Pick<Stage, 'tick'>): NodeJS.Timeout {
  let isTicking = false
  return setInterval(() => {
    if (isTicking) return
    isTicking = true
    stage
      .tick()
      .catch(() => {})
      .finally(() => {
        isTicking = false
      })
  }, TICK_MS)
}

/** Starts one process of the stream: raw topics to events, events to verdicts, or both. */
export async function startStream(options: StreamOptions): Promise<Stream> {
  const { config, log, now } = options
  const stages = options.stages ?? STAGES
  const inputs = await readInputs(config)
  const { pack, latenessMs } = inputs
  const journal = createJournal(log, now, () => observer.erred('KAFKA_UNREACHABLE'))
  const observer: Observer = observeAll([journal.observer, options.observer ?? NO_OBSERVER])
  const topics = topicNames(config.kafka.prefix)
  const raw = rawTopics(config.kafka)
  const client = await connectKafka(config.kafka)
  await checkTopics(client, Object.values(topics), raw)

  let end: (error?: Error) => void = () => {}
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve())
  })
  ended.catch(() => {})
  const failed = (cause: Error) => {
    const error =
      cause instanceof WhytimeoutError
        ? cause
        : new WhytimeoutError('KAFKA_CONSUMER_STOPPED', reasonOf(cause), undefined, { cause })
    observer.erred(error.code)
    log('error', 'stream.failed', { code: error.code, reason: error.message })
    end(error)
  }

  let isStopping = false
  const writer = observedWriter(
    createTopicWriter(
      client,
      () => observer.erred('KAFKA_UNREACHABLE'),
      (state) => observer.sinkState('kafka', state),
    ),
    topics.deadLetters,
    observer,
  )
  const admin = client.admin()
  await writer.open()
  observer.sinkState('kafka', { up: true, retrying: 0 })
  await admin.connect()
  const clocks = createClockFeed(topics.events)
  const board = createBoard({
    client,
    clocksTopic: topics.clocks,
    rawTopics: raw,
    latenessMs,
    now,
    failed,
    onClock: (clock, isFresh) => {
      clocks.take(clock)
      if (!isFresh) return
      const problem = disagreement(clock, pack.generation, inputs.digest)
      if (problem !== undefined) failed(new WhytimeoutError('INPUTS_DIFFER', problem, topics.clocks))
    },
  })
  await board.start()

  const sink = inOrder([
    ...(options.sinks ?? []),
    ...(await sinksOf(config, { writer, now, onState: (state) => observer.sinkState('elasticsearch', state) })),
  ])
  if (config.elasticsearch) observer.sinkState('elasticsearch', { up: true, retrying: 0 })
  const sources = new Map<string, Source>()
  const sourceOf = (stage: StageName | 'incidents', subscribed: readonly string[] | RegExp) => {
    const source = createKafkaSource(client, {
      group: `${config.kafka.group}-${stage}`,
      topics: subscribed,
      // Internal topics are read whole; raw ones as configured.
      fromBeginning: stage !== 'parse' || config.kafka.from_beginning,
      sessionTimeoutMs: sessionMs,
    })
    sources.set(stage, source)
    return observedSource(source, stage, observer)
  }
  const sessionMs = durationMs(config.kafka.session_timeout)
  const deadLetters = await openDeadLetters(config, writer, admin)
  const shared = {
    writer,
    deadLetters,
    topics,
    pack,
    commitMs: durationMs(config.commit_interval),
    aliveMs: Math.max(200, sessionMs / 6),
    digest: inputs.digest,
    endsOf: async (topic: string) => {
      const ends = await patiently(
        () => endsOf(admin, [topic]),
        () => isStopping,
      )
      return new Map(ends.map((e) => [e.partition, e]))
    },
    observer,
    now,
    failed,
  }
  let parse: Stage | undefined
  let diagnose: DiagnoseStage | undefined
  let incidents: OpenIncidents | undefined
  if (stages.includes('diagnose'))
    diagnose = await startDiagnoseStage({
      ...shared,
      source: sourceOf('diagnose', [topics.events]),
      sink,
      watermarkOf: board.watermarkOf,
      knownOf: (partition) =>
        patiently(
          () => readKnown(createTopicReader(client, admin, `${config.kafka.group}-known`), topics.known, partition),
          () => isStopping,
        ),
      isReady: board.isReady,
    })
  // A second reducer, over the verdicts: it goes with the first, and its partitions are handed out apart.
  if (stages.includes('diagnose'))
    incidents = await openIncidents({
      ...shared,
      config,
      client,
      admin,
      source: sourceOf('incidents', [topics.verdicts]),
      sink,
      clocks,
      log,
    })
  if (stages.includes('parse'))
    parse = await startParseStage({
      ...shared,
      source: sourceOf('parse', raw),
      latenessMs,
      runawayMs: durationMs(config.runaway),
      record: inputs.record,
      messages: config.kafka.messages,
      fromBeginning: config.kafka.from_beginning,
      isEnd: board.isEnd,
      slowest: board.slowest,
    })
  const timers = [
    ...[parse, diagnose, incidents].flatMap((stage) => (stage ? [tickOften(stage)] : [])),
    setInterval(() => journal.tick(board.answeredMs()), TICK_MS),
  ]
  log('info', 'stream.started', {
    ...{ version: programVersion(), topics: config.kafka.topics, group: config.kafka.group },
    ...{ generation: pack.generation, rules_digest: pack.digest, digest: inputs.digest },
  })

  let stopping: Promise<void> | undefined
  return {
    ended,
    status: () => ({
      parse: parse?.counts(),
      diagnose: diagnose?.counts(),
      standing: diagnose?.standing() ?? [],
      incidents: incidents && {
        counts: incidents.counts(),
        standing: incidents.standing(),
        alerts: incidents.alerts(),
      },
      lag: board.lag(),
      raw: board.partitions(),
      answeredMs: board.answeredMs(),
      members: new Map([...sources].map(([stage, source]) => [stage, source.isMember()])),
      latenessMs,
      rules: { generation: pack.generation, digest: pack.digest },
      inputsDigest: inputs.digest,
    }),
    stop: () => {
      isStopping = true
      stopping ??= (async () => {
        log('info', 'stream.draining', { at_most: config.drain })
        for (const timer of timers) clearInterval(timer)
        await parse?.stop()
        await diagnose?.stop()
        await incidents?.stop()
        await board.stop()
        await sink.close()
        await deadLetters.close()
        await writer.close()
        await admin.disconnect()
        journal.close()
        log('info', 'stream.stopped', {
          parse: parse?.counts(),
          diagnose: diagnose?.counts(),
          incidents: incidents?.counts(),
        })
        end()
      })()
      return stopping
    },
  }
}

/** Who is behind stops; with equal generations both sides of a difference do. */
function disagreement(clock: ClockRecord, generation: number, digest: string): string | undefined {
  if (clock.digest === digest || clock.generation < generation) return undefined
  return clock.generation > generation
    ? `another process runs generation ${clock.generation} of the rules, this one ${generation}`
    : 'another process runs with other rules, inventory, origins or lateness'
}

async function checkTopics(client: Kafka, internal: readonly string[], raw: readonly string[] | RegExp): Promise<void> {
  // At the start a wrong address should be said at once; later, brokers may be away for as long as they like.
  const admin = client.admin({ retry: { initialRetryTime: 200, maxRetryTime: 1_000, retries: 4 } })
  try {
    await admin.connect()
    const there = new Set(await admin.listTopics())
    const missing = [...internal, ...(raw instanceof RegExp ? [] : raw)].filter((t) => !there.has(t))
    if (missing.length > 0) throw new WhytimeoutError('KAFKA_TOPIC_MISSING', `no topic ${missing.join(', ')}`, 'kafka')
  } catch (cause) {
    if (cause instanceof WhytimeoutError) throw cause
    throw new WhytimeoutError('KAFKA_UNREACHABLE', (cause as Error).message, 'kafka.brokers', { cause })
  } finally {
    await admin.disconnect().catch(() => {})
  }
}
