import { setTimeout as wait } from 'node:timers/promises'
import kafkajs, { type Admin, type EachBatchPayload, type Kafka as KafkaClient } from 'kafkajs'
import { chainOf, isTransient } from './kafka-errors.js'
import { toBatch } from './kafka-messages.js'
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

const PLACE_AGAIN_MS = 250

/** What a control needs of the client. */
type Hands = Pick<EachBatchPayload, 'heartbeat' | 'isRunning' | 'isStale' | 'resolveOffset' | 'pause'>

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`

/** Joins the group. What goes wrong once the client is connected is told by `crashed`. */
export async function joinGroup(
  client: KafkaClient,
  admin: Admin,
  options: MemberOptions,
  handlers: MemberHandlers,
): Promise<Member> {
  const consumer = client.consumer({
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
  const session = createSession(options.sessionTimeoutMs)
  /** Errors of handlers, by themselves and by what caused them: the client may pass on either. */
  const thrown = new WeakMap<Error, Error>()
  /** Counts assignments: what began in an earlier one must not act in this one. */
  let assignment = 0
  let owned = new Set<string>()
  const positions = new Map<string, bigint>()
  let placed: Promise<void> = Promise.resolve()
  /** Its functions hold outside of its batch too: they are the consumer's. */
  let last: EachBatchPayload | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }

  /**
   * Every partition is sought where the group stands, and paused until then. The client would begin there by itself, but it may also go on with what it had
   * fetched before, when another of its fetchers joined anew; and where a topic has been deleted past the commit, it would write over the commit.
   */
  const placeAll = async (partitions: readonly Assigned[], mine: number): Promise<void> => {
    for (const { topic, partitions: own } of byTopic(partitions)) {
      const commits = await commitsOf(admin, options.group, topic, own)
      const ends = new Map((await admin.fetchTopicOffsets(topic)).map((o) => [o.partition, o]))
      const isNew = commits.size === 0 && !options.fromBeginning(topic)
      for (const partition of own) {
        const end = ends.get(partition)
        if (mine !== assignment || end === undefined) continue
        const low = BigInt(end.low)
        const committed = commits.get(partition)?.offset
        const start = committed === undefined ? (isNew ? BigInt(end.high) : low) : committed < low ? low : committed
        const offset = start.toString()
        positions.set(nameOf(topic, partition), start)
        consumer.seek({ topic, partition, offset })
        // A group that begins at the end stays there, even if nothing comes before it is started again.
        if (isNew) await consumer.commitOffsets([{ topic, partition, offset }])
      }
    }
    if (mine !== assignment) return
    consumer.resume(byTopic(partitions))
    handlers.placed()
  }

  /** Tries until it is done, or the assignment is over. */
  const place = async (partitions: readonly Assigned[], mine: number): Promise<void> => {
    for (;;) {
      try {
        await placeAll(partitions, mine)
        return
      } catch (error) {
        if (mine !== assignment) return
        if (!isTransient(error)) {
          end()
          await consumer.disconnect().catch(() => {})
          handlers.crashed(error as Error, undefined)
          return
        }
        await wait(PLACE_AGAIN_MS)
      }
    }
  }

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

  /** The client tells of batches without messages, but does not deliver them. By partition: the newest. */
  const empty = new Map<string, Batch>()
  let isDelivering = false
  const deliverEmpty = (): void => {
    if (empty.size === 0 || isDelivering) return
    isDelivering = true
    const mine = assignment
    const hands: Hands = {
      heartbeat: async () => last?.heartbeat(),
      isRunning: () => true,
      isStale: () => false,
      resolveOffset: () => {},
      pause: () => () => {},
    }
    inTurn(async () => {
      await placed
      for (const [name, batch] of empty) {
        if (mine !== assignment) return
        await handlers.batch(batch, control(hands, name, mine))
        empty.delete(name)
      }
    })
      .catch(() => {
        // It is tried again after the next fetch.
      })
      .finally(() => {
        isDelivering = false
      })
  }

  const on = consumer.events
  consumer.on(on.REQUEST, ({ payload }) => session.answered(payload.apiName, payload.sentAt))
  consumer.on(on.HEARTBEAT, () => session.confirmed('Heartbeat'))
  consumer.on(on.COMMIT_OFFSETS, () => session.confirmed('OffsetCommit'))
  consumer.on(on.REBALANCING, session.ended)
  consumer.on(on.FETCH, deliverEmpty)
  consumer.on(on.RECEIVED_UNSUBSCRIBED_TOPICS, handlers.strangers)
  consumer.on(on.END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    if (batchSize === 0)
      empty.set(nameOf(topic, partition), { topic, partition, messages: [], next: BigInt(lastOffset) + 1n })
    deliverEmpty()
  })
  consumer.on(on.GROUP_JOIN, ({ payload }) => {
    const mine = ++assignment
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    )
    owned = new Set(partitions.map((p) => nameOf(p.topic, p.partition)))
    empty.clear()
    positions.clear()
    consumer.pause(byTopic(partitions))
    placed = place(partitions, mine)
    session.confirmed('SyncGroup')
    handlers.assigned(partitions)
  })
  consumer.on(on.CRASH, ({ payload }) => {
    end()
    handlers.crashed(
      payload.error,
      chainOf(payload.error)
        .map((e) => thrown.get(e))
        .find((e) => e !== undefined),
    )
  })
  const end = (): void => {
    assignment++
    owned.clear()
    session.ended()
  }

  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true })
  } catch (error) {
    await consumer.disconnect().catch(() => {})
    throw error
  }
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 1,
    eachBatch: (payload) => {
      const mine = assignment
      last = payload
      const name = nameOf(payload.batch.topic, payload.batch.partition)
      return inTurn(async () => {
        await placed
        if (mine !== assignment || payload.isStale()) return
        empty.delete(name)
        try {
          await handlers.batch(toBatch(payload), control(payload, name, mine))
        } catch (error) {
          if (error instanceof Error && !(error instanceof KafkaJSError))
            for (const e of chainOf(error)) thrown.set(e, error)
          throw error
        }
      })
    },
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

/** Where a group stands in those of these partitions that it has committed. */
export async function commitsOf(
  admin: Admin,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, Committed>> {
  const fetch = async () => (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0]?.partitions ?? []
  let found = await fetch()
  if (!partitions.every((p) => found.some((f) => f.partition === p))) {
    // It asks for the partitions that it knew when it was connected, and some have been added.
    await admin.disconnect()
    await admin.connect()
    found = await fetch()
  }
  return new Map(
    found
      .map((p) => [p.partition, { offset: BigInt(p.offset), metadata: p.metadata ?? undefined }] as const)
      // Negative ones stand for "none", "from the beginning" and "from the end".
      .filter(([, committed]) => committed.offset >= 0n),
  )
}

const byTopic = (partitions: readonly Assigned[]): { topic: string; partitions: number[] }[] =>
  [...new Set(partitions.map((p) => p.topic))].map((topic) => ({
    topic,
    partitions: partitions.filter((p) => p.topic === topic).map((p) => p.partition),
  }))
