import type { RawMessage } from '../stream/raw-message.js'

/** Messages of one partition, in offset order. */
export type Batch = {
  readonly topic: string
  readonly partition: number
  /** Empty where the range held nothing for a reader: marks of transactions, aborted messages, what compaction took. */
  readonly messages: readonly RawMessage[]
  /** Offset after the batch, past control records and gaps of compaction too. */
  readonly next: bigint
}

/** What a stage may do while it works on a batch. Once the batch is no longer ours, all of it does nothing, but for `alive`, which throws. */
export type Control = {
  /** Says "still at it". @throws if the partition has moved to another process: let it through */
  readonly alive: () => Promise<void>
  /** False once the batch is no longer ours to finish. */
  readonly isCurrent: () => boolean
  /** Reading goes on after this offset, in this process. What is not passed comes again. */
  readonly passed: (offset: bigint) => void
  /** Leaves the rest of the batch; it comes again after about `ms`. */
  readonly defer: (ms: number) => void
}

export type Assigned = { readonly topic: string; readonly partition: number }

/** Where a group stands in a partition. */
export type Committed = { readonly offset: bigint; readonly metadata: string | undefined }

export type Handlers = {
  /** Partitions were handed out anew: these are ours now, and nothing kept about any of them holds any more. */
  readonly assigned: (partitions: readonly Assigned[]) => void
  /**
   * One at a time. After `assigned`, a partition's first batch begins where the group stands in it (or where a group without a commit begins), and each
   * further one where the last was passed to. A batch that throws comes again, a few times; then the client gives up.
   */
  readonly batch: (batch: Batch, control: Control) => Promise<void>
  /** The client gave up; the process must end. Brokers that are away are no reason: it waits for them. */
  readonly failed: (error: Error) => void
  /** The client stopped, and starts again by itself. */
  readonly restarting?: (error: Error) => void
}

/** A client that delivers partitions of topics to one group, each partition to one process at a time. */
export type Source = {
  /** Returns when the group is joined. @throws WhytimeoutError KAFKA_UNREACHABLE, KAFKA_DENIED, KAFKA_TLS_FAILED, KAFKA_TOPIC_MISSING */
  readonly run: (handlers: Handlers) => Promise<void>
  /** Where the group stands, by the brokers. */
  readonly committed: (topic: string, partition: number) => Promise<Committed | undefined>
  /**
   * After a restart the group reads on at `offset`; one try, so that a stage never hangs in it.
   * @returns false if that could not be, or not for certain: harmless, what comes again changes nothing
   */
  readonly commit: (topic: string, partition: number, committed: Committed) => Promise<boolean>
  /**
   * Whether the brokers still hold us for a member of the group: they said so less than a session timeout ago. For what is done outside of a batch,
   * where nothing else tells that partitions may have moved.
   */
  readonly isMember: () => boolean
  /** Waits for the batch under way, leaves the group; gives up waiting after 10 s, and after 2 s when we are no member. */
  readonly stop: () => Promise<void>
}
