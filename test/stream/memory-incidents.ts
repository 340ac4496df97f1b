import type { Pack } from '../../pipeline/match/pack.js'
import { type IncidentStage, startIncidentStage } from '../../pipeline/run/incident-stage.js'
import { createVerdictTopicSink } from '../../pipeline/sinks/verdict-topic.js'
import type { AlertState } from '../../pipeline/stream/alert-state.js'
import { applyTo, type StoredDocument } from '../../pipeline/stream/documents.js'
import { createClockFeed } from '../../pipeline/stream/incident-clocks.js'
import type { ClockRecord } from '../../pipeline/stream/messages.js'
import { Crash, createMemoryKafka, type MemoryKafka } from './memory-kafka.js'
import { createMemoryReader } from './memory-reader.js'
import { TOPICS } from './memory-stream.js'

export const incidentKafka = (verdicts = 1, events = 1): MemoryKafka =>
  createMemoryKafka({ [TOPICS.verdicts]: verdicts, [TOPICS.events]: events })

/** What a diagnosis writes: verdicts, and how far it has come. */
export function createVerdictsWriter(kafka: MemoryKafka) {
  const clocks: ClockRecord[] = []
  const sink = createVerdictTopicSink(kafka.writer, TOPICS.verdicts)
  return {
    clocks,
    write: (documents: readonly StoredDocument[]) => sink.store(documents),
    clock: (partition: number, clock: number) =>
      clocks.push({
        topic: TOPICS.events,
        partition,
        position: 0n,
        clock,
        written: Object.fromEntries([...kafka.ends(TOPICS.verdicts)].map(([p, e]) => [p, e.high])),
        generation: 1,
        digest: 'test',
      }),
  }
}
export type VerdictsWriter = ReturnType<typeof createVerdictsWriter>

export type MemoryIncidentsOptions = {
  readonly kafka: MemoryKafka
  readonly pack: Pack
  readonly clocks: readonly ClockRecord[]
  readonly store: Map<string, StoredDocument>
  readonly onStore?: (d: StoredDocument, tookEffect: boolean) => void
  readonly alert?: (states: readonly AlertState[]) => void
  readonly isProvisionalShown?: boolean
  /** Only the newest clock of each partition is left of those written before the start, as compaction leaves them. */
  readonly isCompacted?: boolean
  /** First offset of the verdicts topic that is still kept. */
  readonly kept?: () => bigint
}

/** The stage of incidents as one process over topics in memory. */
export async function startMemoryIncidents(options: MemoryIncidentsOptions) {
  const { kafka, clocks, store } = options
  const failures: Error[] = []
  const source = kafka.source('incidents', [TOPICS.verdicts])
  const feed = createClockFeed(TOPICS.events)
  let told = 0
  const tellClocks = () => {
    for (const c of clocks.slice(told)) feed.take(c)
    told = clocks.length
  }
  if (options.isCompacted) {
    for (const c of new Map(clocks.map((c) => [c.partition, c])).values()) feed.take(c)
    told = clocks.length
  } else tellClocks()
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
  const stage: IncidentStage = await startIncidentStage({
    source: source.port,
    reader: createMemoryReader(kafka),
    topics: TOPICS,
    pack: options.pack,
    sink: {
      store: async (documents) => {
        kafka.burn()
        for (const d of documents) {
          const tookEffect = applyTo(store, d)
          options.onStore?.(d, tookEffect)
        }
      },
    },
    clocks: feed,
    endsOf: async (topic) =>
      new Map(
        [...kafka.ends(topic)].map(([p, e]) => [
          p,
          topic === TOPICS.verdicts ? { ...e, low: options.kept?.() ?? e.low } : e,
        ]),
      ),
    commitMs: 0,
    aliveMs: 10_000,
    alert: options.alert,
    isProvisionalShown: options.isProvisionalShown === true,
    now: kafka.now,
    failed: (e) => failures.push(e),
  })
  return {
    partitions: source.all,
    deliver: (partition: number, most: number) => alive(() => source.deliver(TOPICS.verdicts, partition, most)),
    tick: () =>
      alive(async () => {
        tellClocks()
        await stage.tick()
      }),
    stop: () => stage.stop(),
    counts: stage.counts,
    standing: stage.standing,
  }
}
export type MemoryIncidents = Awaited<ReturnType<typeof startMemoryIncidents>>

/** Delivers everything and lets the clock run, so that what came late is worked in too. @returns false if the process ended meanwhile */
export async function settleIncidents(stage: MemoryIncidents, kafka: MemoryKafka): Promise<boolean> {
  for (let round = 0; round < 3; round++) {
    for (const { partition } of stage.partitions) if (!(await stage.deliver(partition, 1e9))) return false
    if (!(await stage.tick())) return false
    kafka.tick(31_000)
    if (!(await stage.tick())) return false
  }
  return true
}
