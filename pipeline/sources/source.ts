import type { RawMessage } from '../stream/raw-message.js'

/** Messages of one partition, in offset order. */
export type Batch = {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly RawMessage[]
  /** Offset after the batch, past control records and gaps of compaction too. */
  readonly next: bigint
}

/** What a stage may do while it works on a batch. */
export type Control = {
  /** Says "still at it". @throws if the partition has moved to another process: let it through */
  readonly alive: () => Promise<void>
  /** False once the batch is no longer ours to finish. */
  readonly isCurrent: () => boolean
  /** Reading goes on after this offset, in this process. */
  readonly passed: (offset: bigint) => void
  /** Leaves the rest of the batch; it comes again after about `ms`. */
  readonly defer: (ms: number) => void
}

export type Assigned = { readonly topic: string; readonly partition: number }

/** Where a group stands in a partition. */
export type Committed = { readonly offset: bigint; readonly metadata: string | undefined }

/** A client that delivers partitions of topics to one group, each partition to one process at a time. */
export type Source = {
  readonly run: (handlers: {
    /** Partitions were handed out anew: these are ours now, and nothing kept about any of them holds any more. */
    readonly assigned: (partitions: readonly Assigned[]) => void
    readonly batch: (batch: Batch, control: Control) => Promise<void>
    /** The client gave up; the process must end. */
    readonly failed: (error: Error) => void
    /** The client stopped and starts again by itself. */
    readonly restarting?: (error: Error) => void
  }) => Promise<void>
  readonly committed: (topic: string, partition: number) => Promise<Committed | undefined>
  /** After a restart the group reads on at `offset`. @returns false if that could not be: harmless, what comes again changes nothing */
  readonly commit: (topic: string, partition: number, committed: Committed) => Promise<boolean>
  /** Whether the group still counts on this process: what was assigned is ours even outside a batch. */
  readonly isMember: () => boolean
  readonly stop: () => Promise<void>
}
