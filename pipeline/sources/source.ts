import type { RawMessage } from '../stream/parser.js'

/** Messages of one partition, in offset order. */
export type Batch = {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly RawMessage[]
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

/** Where a group stands in a partition. */
export type Committed = { readonly offset: bigint; readonly metadata: string | undefined }

/** A client that delivers partitions of topics to one group, each partition to one process at a time. */
export type Source = {
  readonly run: (handlers: {
    /** Partitions were handed out anew: nothing kept about them holds any more. */
    readonly assigned: () => void
    readonly batch: (batch: Batch, control: Control) => Promise<void>
    /** The client gave up; the process must end. */
    readonly failed: (error: Error) => void
  }) => Promise<void>
  readonly committed: (topic: string, partition: number) => Promise<Committed | undefined>
  /** After a restart the group reads on at `offset`. */
  readonly commit: (topic: string, partition: number, committed: Committed) => Promise<void>
  readonly stop: () => Promise<void>
}
