import type { Pack } from '../match/pack.js'
import type { DeadLetters } from '../sinks/dead-letters.js'
import type { Sink } from '../sinks/sink.js'
import type { TopicMessage, TopicWriter } from '../sinks/topic-writer.js'
import type { Assigned, Batch, Control, Source } from '../sources/source.js'
import { createDiagnoser, type Diagnoser, type Output } from '../stream/diagnoser.js'
import {
  finalDocuments,
  healthDocument,
  type StoredDocument,
  verdictDocument,
  withdrawal,
} from '../stream/documents.js'
import type { KnownMessage, KnownRow } from '../stream/known-rows.js'
import {
  addCounts,
  type ClockRecord,
  clockKey,
  decodeEvent,
  decodeNote,
  encodeClock,
  NO_COUNTS,
} from '../stream/messages.js'
import type { RawMessage } from '../stream/raw-message.js'
import type { Watermark } from '../stream/watermark.js'
import { foreignMessage, lateMessage } from './dead-letters.js'
import { knownPartition } from './known-topic.js'
import { booksMessage, createLedger, type Ledger } from './ledger.js'
import type { Observer } from './observer.js'
import type { Stage } from './parse-stage.js'
import type { TopicNames } from './topics.js'
import { createLifeline, createTurns, whileAlive } from './turns.js'

export type DiagnoseStage = Stage & {
  /** Episodes that wait for their window to pass, events that wait for the watermark, and that (epoch ms), by partition. */
  readonly standing: () => readonly {
    readonly partition: number
    readonly open: number
    readonly held: number
    /** Parameters of sources that something is known of. */
    readonly known: number
    readonly watermark: number
  }[]
}

export type DiagnoseStageOptions = {
  readonly source: Source
  readonly writer: Pick<TopicWriter, 'send'>
  readonly deadLetters: Pick<DeadLetters, 'send'>
  readonly topics: TopicNames
  readonly pack: Pack
  readonly sink: Sink
  readonly commitMs: number
  readonly aliveMs: number
  readonly digest: string
  /** A new watermark of an events partition. */
  readonly watermarkOf: (partition: number) => Watermark
  /** Ends of the raw topics have been looked up at least once, and all clocks there were are read. */
  readonly isReady: () => boolean
  /** What sources of an events partition said of themselves, as it was written last. */
  readonly knownOf: (partition: number) => Promise<readonly KnownRow[]>
  readonly endsOf: (topic: string) => Promise<ReadonlyMap<number, { readonly low: bigint; readonly high: bigint }>>
  readonly observer: Observer
  readonly now: () => number
  readonly failed: (error: Error) => void
}

type Partition = {
  readonly partition: number
  readonly diagnoser: Diagnoser
  readonly watermark: Watermark
  readonly ledger: Ledger
  clockText: string
}

const SLICE = 500

/** Events in, verdicts out. Commits what a restart needs to read again to decide what is not decided yet, and nothing later. */
export async function startDiagnoseStage(options: DiagnoseStageOptions): Promise<DiagnoseStage> {
  const { source, writer, topics, pack, sink, now } = options
  const partitions = new Map<number, Partition>()
  const inTurn = createTurns()
  const life = createLifeline(options.failed)
  let total = NO_COUNTS

  const open = async ({ partition }: Pick<Assigned, 'partition'>): Promise<Partition> => {
    const opened = partitions.get(partition)
    if (opened) return opened
    const committed = await source.committed(topics.events, partition)
    const note = decodeNote(committed?.metadata)
    const start = committed?.offset ?? (await options.endsOf(topics.events)).get(partition)?.low ?? 0n
    if (note.books) await writer.send(topics.books, [booksMessage(note.books)])
    const watermark = options.watermarkOf(partition)
    watermark.read(start)
    const known = await options.knownOf(partition)
    const made: Partition = {
      partition,
      diagnoser: createDiagnoser(pack, { offset: start, resume: note.resume, known }),
      watermark,
      ledger: createLedger({
        ...options,
        booksTopic: topics.books,
        topic: topics.events,
        partition,
        from: note.resume?.read ?? start,
      }),
      clockText: '',
    }
    partitions.set(partition, made)
    return made
  }
  const isOurs = (p: Partition): boolean => partitions.get(p.partition) === p

  /** Stores what came out. Only then may the offset move. */
  const carryOut = async (p: Partition, outputs: readonly Output[]): Promise<void> => {
    if (outputs.length === 0) return
    const documents: StoredDocument[] = []
    const late: TopicMessage[] = []
    const place = { topic: topics.events, partition: p.partition }
    for (const o of outputs) {
      if (o.kind === 'final') documents.push(...finalDocuments(o.decision, o.events))
      else if (o.kind === 'provisional') documents.push(verdictDocument(o.decision.verdict))
      else if (o.kind === 'withdrawn') documents.push(withdrawal(o.id, o.realm, pack.generation))
      else if (o.kind === 'hour') documents.push(healthDocument(o.hour, pack.generation))
      else late.push(lateMessage(o.event, place, o.offset, now()))
    }
    if (documents.length > 0) await sink.store(documents)
    if (late.length > 0) await options.deadLetters.send(late)
    options.observer.stored(outputs)
  }

  /** Tells how far the partition is decided, and commits it now and then. */
  const settle = async (p: Partition, mustCommit: boolean): Promise<void> => {
    if (!mustCommit && !p.ledger.isDue()) return
    const { resumeAt, resume, counts, known } = p.diagnoser.settle()
    p.ledger.add(counts)
    total = addCounts(total, counts)
    const ends = await options.endsOf(topics.verdicts)
    const record: ClockRecord = {
      topic: topics.events,
      partition: p.partition,
      position: resume.read,
      // Verdicts come in the order of their first symptoms; none before this is left to come.
      clock: Number.isFinite(resume.decided) ? resume.decided - pack.afterMs : undefined,
      written: Object.fromEntries([...ends].map(([partition, e]) => [partition, e.high])),
      generation: pack.generation,
      digest: options.digest,
    }
    const clockText = encodeClock(record)
    if (clockText !== p.clockText)
      await writer.send(topics.clocks, [{ key: clockKey(topics.events, p.partition), value: clockText }])
    p.clockText = clockText
    if (!isOurs(p)) return
    // A restart from this commit finds what it needs; one from the commit before still finds what that needs.
    await writeKnown(p, known.write)
    if (await p.ledger.commit({ resumeAt, to: resume.read, note: { resume } })) await writeKnown(p, known.drop)
  }

  const writeKnown = async ({ partition }: Partition, messages: readonly KnownMessage[]): Promise<void> => {
    if (messages.length === 0) return
    const place = knownPartition(partition, (await options.endsOf(topics.known)).size)
    await writer.send(
      topics.known,
      messages.map((m) => ({ ...m, partition: place })),
    )
  }

  const readBatch = async (batch: Batch, control: Control): Promise<void> => {
    if (life.isStopped() || !control.isCurrent()) return
    const p = await open(batch)
    if (batch.messages.length === 0) p.watermark.read(batch.next)
    for (let from = 0; from < batch.messages.length; from += SLICE) {
      if (life.isStopped() || !control.isCurrent() || !isOurs(p)) return
      const slice = batch.messages.slice(from, from + SLICE)
      const foreign: TopicMessage[] = []
      const outputs = slice.flatMap((m) => {
        const event = decodeEvent(m.value?.toString('utf8') ?? '')
        if (event) return p.diagnoser.read(m.offset, event, p.watermark.isWritten(event.raw))
        foreign.push(foreignMessage(m, batch, now()))
        return []
      })
      if (foreign.length > 0) await options.deadLetters.send(foreign)
      await carryOut(p, outputs)
      const last = (slice.at(-1) as RawMessage).offset
      control.passed(last)
      p.watermark.read(from + SLICE < batch.messages.length ? last + 1n : batch.next)
    }
  }

  await source.run({
    assigned: (ours) => {
      partitions.clear()
      void life
        .guard(
          inTurn(async () => {
            for (const one of ours) if (!life.isStopped()) await open(one)
          }),
        )
        .catch(() => {})
    },
    failed: options.failed,
    batch: (batch, control) =>
      whileAlive(life.guard(inTurn(() => readBatch(batch, control))), control.alive, options.aliveMs),
  })

  const each = (work: (p: Partition) => Promise<void>): Promise<void> =>
    life.guard(
      inTurn(async () => {
        for (const p of [...partitions.values()]) if (!life.isBroken() && isOurs(p)) await work(p)
      }),
    )

  return {
    counts: () => total,
    standing: () =>
      [...partitions.values()].map(({ partition, diagnoser }) => ({
        partition,
        open: diagnoser.openEpisodes(),
        held: diagnoser.held(),
        known: diagnoser.known(),
        watermark: diagnoser.watermark(),
      })),
    tick: () =>
      each(async (p) => {
        if (life.isStopped() || !options.isReady()) return
        await carryOut(p, p.diagnoser.advance(p.watermark.value(now())))
        await settle(p, false)
      }),
    stop: async () => {
      life.stop()
      if (!life.isBroken()) await each((p) => settle(p, true)).catch(() => {})
      await source.stop()
    },
  }
}
