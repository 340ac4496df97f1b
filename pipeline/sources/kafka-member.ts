import kafkajs, {
  type Admin,
  type Consumer,
  type ConsumerConfig,
  type ConsumerGroupJoinEvent,
  type EachBatchPayload,
  type Kafka as KafkaClient,
} from 'kafkajs'
import { chainOf } from './kafka-errors.js'
import { toBatch } from './kafka-messages.js'
import { placePartitions } from './kafka-placing.js'
import { createSession } from './session.js'
import type { Assigned, Batch, Committed, Control, Handlers } from './source.js'

const { KafkaJSError } = kafkajs

export type MemberOptions = {
  readonly group: string
  readonly sessionTimeoutMs: number
  /** How old the client's knowledge of partitions may be. */
  readonly discoverMs: number
  readonly topics: readonly string[]
  /** Fetches one compressed batch at a time, so that a bad one is reached after all before it, and alone. */
  readonly isCareful: boolean
  /** Whether a group without a commit in this topic begins at its beginning. */
  readonly fromBeginning: (topic: string) => boolean
}

/** One consumer from joining to leaving; after a crash there is a new one. */
export type Member = {
  readonly commit: (topic: string, partition: number, committed: Committed) => Promise<boolean>
  readonly isOpen: () => boolean
  /** `topic/partition` and where reading is in it; of the last assignment. */
  readonly positions: () => ReadonlyMap<string, bigint>
  readonly close: () => Promise<void>
}

export type MemberHandlers = Pick<Handlers, 'assigned' | 'batch'> & {
  /** Reading begins. */
  readonly placed: () => void
  /** The consumer has stopped for good. `thrown`: the error of a handler that made it. */
  readonly crashed: (error: Error, thrown: Error | undefined) => void
  /** The group's leader knows topics that this member does not. */
  readonly strangers: () => void
}

/** What a control needs of the client. */
type Hands = Pick<EachBatchPayload, 'heartbeat' | 'isRunning' | 'isStale' | 'resolveOffset' | 'pause'>

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`

const consumerConfig = (options: MemberOptions): ConsumerConfig => ({
  groupId: options.group,
  sessionTimeout: options.sessionTimeoutMs,
  heartbeatInterval: Math.max(200, Math.floor(options.sessionTimeoutMs / 6)),
  rebalanceTimeout: Math.max(10_000, options.sessionTimeoutMs * 2),
  metadataMaxAge: options.discoverMs,
  maxWaitTimeInMs: 250,
  // The brokers send a whole batch, however little is asked for.
  ...(options.isCareful ? { maxBytes: 1, maxBytesPerPartition: 1 } : { maxBytesPerPartition: 1_048_576 }),
  allowAutoTopicCreation: false,
  // After a crash its state is not to be trusted (a coordinator that is gone, no seed broker left): a new one is made.
  retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 5, restartOnFailure: async () => false },
})

/** Joins the group. What goes wrong once the client is connected is told by `crashed`. */
export async function joinGroup(
  client: KafkaClient,
  admin: Admin,
  options: MemberOptions,
  handlers: MemberHandlers,
): Promise<Member> {
  const consumer = client.consumer(consumerConfig(options))
  const session = createSession(options.sessionTimeoutMs)
  const positions = new Map<string, bigint>()
  const thrown = createThrown()
  /** Counts assignments: what began in an earlier one must not act in this one. */
  let assignment = 0
  let owned: ReadonlySet<string> = new Set()
  let placed: Promise<void> = Promise.resolve()
  /** Its functions hold outside of its batch too: they are the consumer's. */
  let last: EachBatchPayload | undefined
  const inTurn = createTurns()

  const control = (hands: Hands, name: string, mine: number): Control => ({
    alive: async () => {
      // The client's own class: it goes on with the new assignment.
      if (mine !== assignment) throw new KafkaJSError('the partition has been handed out anew')
      await hands.heartbeat()
    },
    isCurrent: () => mine === assignment && hands.isRunning() && !hands.isStale(),
    passed: (offset) => {
      if (mine !== assignment) return
      hands.resolveOffset(offset.toString())
      positions.set(name, offset + 1n)
    },
    defer: (ms) => {
      if (mine !== assignment) return
      const resume = hands.pause()
      setTimeout(resume, ms).unref()
    },
  })
  const empty = createEmptyBatches(() => {
    const mine = assignment
    const hands = { ...NO_HANDS, heartbeat: async () => last?.heartbeat() }
    return inTurn(async () => {
      await placed
      for (const batch of empty.all()) {
        if (mine !== assignment) return
        await handlers.batch(batch, control(hands, nameOf(batch.topic, batch.partition), mine))
        empty.delivered(batch)
      }
    })
  })
  const end = (): void => {
    assignment++
    owned = new Set()
    session.ended()
  }
  const joined = ({ payload }: ConsumerGroupJoinEvent): void => {
    const mine = ++assignment
    const partitions = assignedIn(payload.memberAssignment)
    owned = new Set(partitions.map((p) => nameOf(p.topic, p.partition)))
    empty.clear()
    positions.clear()
    const placing = placePartitions({
      ...{ consumer, admin, partitions, group: options.group, fromBeginning: options.fromBeginning },
      isCurrent: () => mine === assignment,
      found: ({ topic, partition }, start) => positions.set(nameOf(topic, partition), start),
    })
    placed = placing.then(
      (isDone) => {
        // What was fetched before comes again.
        empty.clear()
        if (isDone) handlers.placed()
      },
      async (error: Error) => {
        end()
        await consumer.disconnect().catch(() => {})
        handlers.crashed(error, undefined)
      },
    )
    session.confirmed('SyncGroup')
    handlers.assigned(partitions)
  }

  const on = consumer.events
  consumer.on(on.REQUEST, ({ payload }) => session.answered(payload.apiName, payload.sentAt))
  consumer.on(on.HEARTBEAT, () => session.confirmed('Heartbeat'))
  consumer.on(on.COMMIT_OFFSETS, () => session.confirmed('OffsetCommit'))
  consumer.on(on.REBALANCING, session.ended)
  consumer.on(on.RECEIVED_UNSUBSCRIBED_TOPICS, handlers.strangers)
  consumer.on(on.FETCH, empty.deliver)
  consumer.on(on.END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    if (batchSize === 0) empty.add({ topic, partition, messages: [], next: BigInt(lastOffset) + 1n })
  })
  consumer.on(on.GROUP_JOIN, joined)
  consumer.on(on.CRASH, ({ payload }) => {
    end()
    handlers.crashed(payload.error, thrown.behind(payload.error))
  })
  await start(consumer, options.topics, (payload) => {
    const mine = assignment
    last = payload
    const { topic, partition } = payload.batch
    return inTurn(async () => {
      await placed
      if (mine !== assignment || payload.isStale()) return
      empty.passed(topic, partition)
      try {
        await handlers.batch(toBatch(payload), control(payload, nameOf(topic, partition), mine))
      } catch (error) {
        throw thrown.remember(error)
      }
    })
  })

  return {
    isOpen: session.isOpen,
    positions: () => positions,
    commit: async (topic, partition, { offset, metadata }) => {
      if (!owned.has(nameOf(topic, partition))) return false
      const own = { partition, offset: offset.toString(), ...(metadata !== undefined && { metadata }) }
      try {
        // The consumer's own function tries for minutes, and says nothing when it did not because it is stopping.
        if (last) await last.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [own] }] })
        else await consumer.commitOffsets([{ topic, ...own }])
        return true
      } catch {
        return false
      }
    },
    close: async () => {
      await consumer.disconnect()
      end()
    },
  }
}

const assignedIn = (assignment: Readonly<Record<string, readonly number[]>>): Assigned[] =>
  Object.entries(assignment).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })))

async function start(
  consumer: Consumer,
  topics: readonly string[],
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<void> {
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
  } catch (error) {
    await consumer.disconnect().catch(() => {})
    throw error
  }
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 1, eachBatch })
}

/** Runs one thing after the other. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }
}

/** Remembers the errors of handlers: the client passes on them or what caused them, wrapped in its own. */
function createThrown() {
  const thrown = new WeakMap<Error, Error>()
  return {
    remember: (error: unknown): unknown => {
      if (error instanceof Error && !(error instanceof KafkaJSError))
        for (const e of chainOf(error)) thrown.set(e, error)
      return error
    },
    behind: (error: Error): Error | undefined =>
      chainOf(error)
        .map((e) => thrown.get(e))
        .find((e) => e !== undefined),
  }
}

const NO_HANDS: Hands = {
  heartbeat: async () => {},
  isRunning: () => true,
  isStale: () => false,
  resolveOffset: () => {},
  pause: () => () => {},
}

/**
 * The client tells of batches without messages, but does not deliver them. Kept here, the newest of each partition, until they are delivered.
 * @param deliverAll delivers what there is; if it fails, it is called again at the next occasion
 */
function createEmptyBatches(deliverAll: () => Promise<void>) {
  const waiting = new Map<string, Batch>()
  let isDelivering = false
  const deliver = (): void => {
    if (waiting.size === 0 || isDelivering) return
    isDelivering = true
    const over = () => {
      isDelivering = false
    }
    deliverAll().then(over, over)
  }
  return {
    deliver,
    add: (batch: Batch): void => {
      waiting.set(nameOf(batch.topic, batch.partition), batch)
      deliver()
    },
    all: (): readonly Batch[] => [...waiting.values()],
    /** A newer one may have come meanwhile. */
    delivered: (batch: Batch): void => {
      const name = nameOf(batch.topic, batch.partition)
      if (waiting.get(name) === batch) waiting.delete(name)
    },
    passed: (topic: string, partition: number) => waiting.delete(nameOf(topic, partition)),
    clear: () => waiting.clear(),
  }
}
