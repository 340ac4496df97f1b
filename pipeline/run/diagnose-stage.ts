import type { Pack } from '../match/pack.js'
import type { Sink } from '../sinks/sink.js'
import type { TopicWriter } from '../sinks/topic-writer.js'
import type { Source } from '../sources/source.js'
import { createDiagnoser, type Diagnoser, type Output } from '../stream/diagnoser.js'
import { finalDocuments, type StoredDocument, verdictDocument, withdrawal } from '../stream/documents.js'
import { decodeEvent, decodeNote, encodeNote } from '../stream/messages.js'
import type { Watermark } from '../stream/watermark.js'
import { lateMessage } from './dead-letters.js'
import type { TopicNames } from './topics.js'

export type DiagnoseStage = {
  readonly stop: () => Promise<void>
  readonly counts: () => Readonly<DiagnoseCounts>
}
export type DiagnoseCounts = { read: number; finals: number; provisionals: number; late: number; open: number }

export type DiagnoseStageOptions = {
  readonly source: Source
  readonly writer: Pick<TopicWriter, 'send'>
  readonly topics: TopicNames
  readonly pack: Pack
  readonly sink: Sink
  /** The watermark of an events partition, made when the partition is first met. */
  readonly watermarkOf: (partition: number) => Watermark
  /** Partitions were handed out anew: their watermarks begin again. */
  readonly reset: () => void
  /** Ends of the raw topics have been looked up at least once, and all clocks there were are read. */
  readonly isReady: () => boolean
  readonly now: () => number
  readonly failed: (error: Error) => void
}

type Partition = { readonly partition: number; readonly diagnoser: Diagnoser; committed: string }

const SLICE = 500
const TICK_MS = 200

/** Events in, verdicts out. Commits what a restart needs to read again to decide what is not decided yet, and nothing later. */
export async function startDiagnoseStage(options: DiagnoseStageOptions): Promise<DiagnoseStage> {
  const { source, writer, topics, pack, sink } = options
  const partitions = new Map<number, Partition>()
  const counts: DiagnoseCounts = { read: 0, finals: 0, provisionals: 0, late: 0, open: 0 }
  let queue: Promise<unknown> = Promise.resolve()
  let isStopped = false
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = queue.then(work)
    queue = mine.catch(() => {})
    return mine
  }

  const open = async (partition: number, first: bigint): Promise<Partition> => {
    const known = partitions.get(partition)
    if (known) return known
    const committed = await source.committed(topics.events, partition)
    const resume = decodeNote(committed?.metadata).resume
    const made = {
      partition,
      diagnoser: createDiagnoser(pack, { offset: committed?.offset ?? first, resume }),
      committed: '',
    }
    partitions.set(partition, made)
    return made
  }

  /** Stores what came out. Only then may the offset move. */
  const carryOut = async (p: Partition, outputs: readonly Output[]): Promise<void> => {
    const documents: StoredDocument[] = []
    const late = []
    for (const o of outputs) {
      if (o.kind === 'final') {
        counts.finals++
        documents.push(...finalDocuments(o.decision, o.events))
      } else if (o.kind === 'provisional') {
        counts.provisionals++
        documents.push(verdictDocument(o.decision.verdict))
      } else if (o.kind === 'withdrawn') documents.push(withdrawal(o.id, o.realm, pack.generation))
      else {
        counts.late++
        late.push(lateMessage(o.event, { topic: topics.events, partition: p.partition }, o.offset))
      }
    }
    if (documents.length > 0) await sink.store(documents)
    if (late.length > 0) await writer.send(topics.deadLetters, late)
  }

  const commit = async (p: Partition): Promise<void> => {
    const { offset, resume } = p.diagnoser.commit()
    const metadata = encodeNote({ books: undefined, resume })
    const stamp = `${offset} ${resume.from}`
    if (stamp === p.committed) return
    if (await source.commit(topics.events, p.partition, { offset, metadata })) p.committed = stamp
  }

  const fatal = (error: Error): never => {
    isStopped = true
    options.failed(error)
    throw error
  }

  await source.run({
    assigned: () => {
      partitions.clear()
      options.reset()
    },
    failed: options.failed,
    batch: (batch, control) =>
      inTurn(async () => {
        const first = batch.messages[0]
        if (!first) return
        const p = await open(batch.partition, first.offset)
        for (let from = 0; from < batch.messages.length; from += SLICE) {
          if (isStopped || !control.isCurrent()) return
          const slice = batch.messages.slice(from, from + SLICE)
          const outputs = slice.flatMap((m) =>
            m.value === undefined ? [] : p.diagnoser.read(m.offset, decodeEvent(m.value.toString('utf8'))),
          )
          counts.read += slice.length
          await carryOut(p, outputs).catch(fatal)
          const last = (slice.at(-1) as (typeof slice)[number]).offset
          control.passed(last)
          options.watermarkOf(batch.partition).read(from + SLICE < batch.messages.length ? last + 1n : batch.next)
          await control.alive()
        }
      }),
  })

  const tick = async (): Promise<void> => {
    counts.open = 0
    for (const p of partitions.values()) {
      if (isStopped || !options.isReady()) return
      const watermark = options.watermarkOf(p.partition).value(options.now())
      await carryOut(p, p.diagnoser.advance(watermark))
      await commit(p)
      counts.open += p.diagnoser.openEpisodes()
    }
  }
  const timer = setInterval(() => void inTurn(tick).catch(options.failed), TICK_MS)

  return {
    counts: () => counts,
    stop: async () => {
      isStopped = true
      clearInterval(timer)
      await queue
      await source.stop()
    },
  }
}
