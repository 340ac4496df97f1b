import type { TopicMessage, TopicWriter } from '../sinks/topic-writer.js'
import type { Source } from '../sources/source.js'
import {
  addCounts,
  type BooksRecord,
  booksKey,
  type CommitNote,
  type Counts,
  encodeBooks,
  encodeNote,
  NO_COUNTS,
} from '../stream/messages.js'

/** One partition's place in the books: what was committed last, and what became of the records since. */
export type Ledger = {
  readonly add: (counts: Counts) => void
  /** Whether a commit is due by the interval. */
  readonly isDue: () => boolean
  /**
   * Commits that a restart reads on at `resumeAt`, and that every record that began before `to` is accounted for. Nothing if nothing has changed.
   * @returns false if it was refused
   */
  readonly commit: (now: { resumeAt: bigint; to: bigint; note: Omit<CommitNote, 'books'> }) => Promise<boolean>
  /** Leaves a hole: records that were deleted before they were read. */
  readonly skipTo: (offset: bigint) => void
}

export type LedgerOptions = {
  readonly source: Pick<Source, 'commit'>
  readonly writer: Pick<TopicWriter, 'send'>
  readonly booksTopic: string
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly commitMs: number
  readonly now: () => number
}

/**
 * Commits first and books then: a commit is refused to whoever has lost the partition, so no entry is ever written twice with different
 * ends. The entry travels in the commit's metadata as well; who opens the partition next writes it again.
 */
export function createLedger(options: LedgerOptions): Ledger {
  const { source, writer, topic, partition, now } = options
  let { from } = options
  let counts = NO_COUNTS
  let committed = ''
  let committedMs = now()
  return {
    add: (more) => {
      counts = addCounts(counts, more)
    },
    isDue: () => now() - committedMs >= options.commitMs,
    commit: async ({ resumeAt, to, note }) => {
      const books: BooksRecord = { topic, partition, from, to, ...counts }
      const stamp = `${resumeAt} ${to} ${encodeNote(note)}`
      if (stamp === committed) return true
      committedMs = now()
      const metadata = encodeNote({ books, ...note })
      if (!(await source.commit(topic, partition, { offset: resumeAt, metadata }))) return false
      committed = stamp
      from = to
      counts = NO_COUNTS
      if (books.to > books.from) await writer.send(options.booksTopic, [booksMessage(books)])
      return true
    },
    skipTo: (offset) => {
      // What was deleted may be no more than lines that are read again for blocks that reach across.
      if (offset > from) from = offset
    },
  }
}

export const booksMessage = (books: BooksRecord): TopicMessage => ({ key: booksKey(books), value: encodeBooks(books) })
