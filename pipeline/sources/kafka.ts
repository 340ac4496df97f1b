import { setTimeout as wait } from 'node:timers/promises'
import type { Admin, Kafka as KafkaClient } from 'kafkajs'
import { type ErrorCode, WhytimeoutError } from '../errors.js'
import { wasGroupRefused } from './kafka-client.js'
import { chainOf, isTransient, kafkaError, NO_RIGHT_TO_GROUP } from './kafka-errors.js'
import { joinGroup, type Member } from './kafka-member.js'
import { commitsOf } from './kafka-placing.js'
import type { Handlers, Source } from './source.js'

export { connectKafka } from './kafka-client.js'

export type SourceOptions = {
  readonly group: string
  /** Names, or a pattern. Topics that match it and are made later are found too, and read from their beginning. */
  readonly topics: readonly string[] | RegExp
  /** Where a group without commits begins in a topic; a partition that is added later is read from its beginning. */
  readonly fromBeginning: boolean
  readonly sessionTimeoutMs: number
  /** How often new topics and partitions are looked for. */
  readonly discoverMs?: number
}

const DISCOVER_MS = 30_000
const STOP_MS = 10_000
/** Where the group counts us out already, there is nothing to hand over. */
const STOP_ALONE_MS = 2_000
const MAX_WAIT_MS = 10_000
const MAX_POSITIONS = 20
const ADMIN_TRIES = { initialRetryTime: 200, maxRetryTime: 1_000, retries: 4 }

/**
 * A group's source over kafkajs. Offsets are committed only when the stage says so. One source of a group per client: the client keeps a group's offsets
 * in one place.
 */
export function createKafkaSource(client: KafkaClient, options: SourceOptions): Source {
  const admin = client.admin({ retry: ADMIN_TRIES })
  const discoverMs = options.discoverMs ?? DISCOVER_MS
  const judge = createJudge()
  /** Told once: that the group is joined and reading begins, or that it cannot be. */
  const joined = deferred()
  const stopped = new AbortController()
  let handlers: Handlers
  let topics: readonly string[] = []
  let first: ReadonlySet<string> = new Set()
  let member: Member | undefined
  let isCareful = false
  let timer: NodeJS.Timeout | undefined
  /** Joining and leaving happen one after the other. */
  let changing: Promise<void> = Promise.resolve()

  const errorOf = (error: unknown): WhytimeoutError =>
    chainOf(error).some((e) => e.name === 'KafkaJSGroupCoordinatorNotFound') && wasGroupRefused(client)
      ? new WhytimeoutError('KAFKA_DENIED', NO_RIGHT_TO_GROUP, options.group, { cause: error })
      : kafkaError(error, placeOf(options.group, topics, member))
  const fail = (error: Error): void => {
    if (stopped.signal.aborted) return
    if (joined.isOpen()) joined.reject(error)
    else handlers.failed(error)
  }
  const change = (work: () => Promise<void>): void => {
    changing = changing.then(work).catch((error: unknown) => fail(errorOf(error)))
  }

  const join = async (): Promise<void> => {
    member = await joinGroup(
      client,
      admin,
      {
        ...{ group: options.group, sessionTimeoutMs: options.sessionTimeoutMs, discoverMs, topics, isCareful },
        fromBeginning: (topic) => options.fromBeginning || !first.has(topic),
      },
      {
        assigned: (partitions) => handlers.assigned(partitions),
        batch: (batch, control) => handlers.batch(batch, control),
        placed: joined.resolve,
        crashed,
        strangers: () => discover(),
      },
    )
  }
  /** Goes on until it is in the group, stopped, or sure that it cannot be. */
  const rejoin = async (): Promise<void> => {
    for (let tries = 0; ; tries++) {
      const ms = Math.min(MAX_WAIT_MS, 250 * 2 ** tries) * (0.5 + Math.random() / 2)
      await wait(ms, undefined, { signal: stopped.signal }).catch(() => {})
      if (stopped.signal.aborted) return
      try {
        topics = await findTopics(admin, options.topics)
        await join()
        return
      } catch (error) {
        if (!isTransient(error)) throw error
      }
    }
  }
  const leaveAndRejoin = async (): Promise<void> => {
    await member?.close()
    await rejoin()
  }

  const crashed = (error: Error, thrown: Error | undefined): void => {
    const ours = errorOf(error)
    if (thrown) fail(thrown)
    else if (BAD_BATCH.has(ours.code) && !isCareful) {
      // What came with it is good; and whoever has to move the group must know where to.
      isCareful = true
      change(rejoin)
    } else if (judge.isFinal(ours, isTransient(error))) fail(ours)
    else {
      handlers.restarting?.(ours)
      change(rejoin)
    }
  }
  const discover = (): void => {
    if (!(options.topics instanceof RegExp)) return
    change(async () => {
      const found = await findTopics(admin, options.topics).catch(() => topics)
      if (found.join() !== topics.join()) await leaveAndRejoin()
    })
  }
  const tick = (): void => {
    if (isCareful) {
      // The bad batch has not come: it may be another's now.
      isCareful = false
      change(leaveAndRejoin)
    } else discover()
  }
  const leave = async (): Promise<void> => {
    await member?.close()
    await changing
    await member?.close()
    await admin.disconnect()
  }

  return {
    run: async (given) => {
      handlers = given
      try {
        await admin.connect()
        topics = await findTopics(admin, options.topics)
        first = new Set(topics)
        await join()
        await joined.promise
      } catch (error) {
        throw errorOf(error)
      }
      timer = setInterval(tick, discoverMs)
    },
    committed: async (topic, partition) => {
      try {
        return (await commitsOf(admin, options.group, topic, [partition])).get(partition)
      } catch (error) {
        throw kafkaError(error, topic)
      }
    },
    commit: async (topic, partition, committed) => (await member?.commit(topic, partition, committed)) ?? false,
    isMember: () => member?.isOpen() ?? false,
    stop: async () => {
      stopped.abort()
      joined.resolve()
      clearInterval(timer)
      // Whatever goes wrong now, the group's next members begin at what is committed.
      await within(leave(), member?.isOpen() ? STOP_MS : STOP_ALONE_MS)
    },
  }
}

/** @throws WhytimeoutError KAFKA_TOPIC_MISSING; the client's errors */
async function findTopics(admin: Admin, wanted: readonly string[] | RegExp): Promise<readonly string[]> {
  const all = await admin.listTopics()
  if (wanted instanceof RegExp) return all.filter((t) => !t.startsWith('__') && t.search(wanted) >= 0).sort()
  const missing = wanted.filter((t) => !all.includes(t))
  if (missing.length > 0)
    throw new WhytimeoutError('KAFKA_TOPIC_MISSING', 'no such topic, or no right to see it', missing.join(', '))
  return wanted
}

/** Where the group is, for whoever has to move it. */
function placeOf(group: string, topics: readonly string[], member: Member | undefined): string {
  const positions = [...(member?.positions() ?? [])].map(([name, offset]) => `${name} at ${offset}`)
  const shown = [...positions.slice(0, MAX_POSITIONS), ...(positions.length > MAX_POSITIONS ? ['…'] : [])]
  return `group ${group}: ${shown.length > 0 ? shown.join(', ') : topics.join(', ')}`
}

const BAD_BATCH: ReadonlySet<ErrorCode> = new Set(['KAFKA_BATCH_TOO_LARGE', 'KAFKA_BATCH_DAMAGED'])
/** Nothing that trying again could mend. */
const FINAL: ReadonlySet<ErrorCode> = new Set([...BAD_BATCH, 'KAFKA_DENIED', 'KAFKA_TLS_FAILED'])
/** More crashes than these within the time are no accident, unless it is brokers being away. */
const MAX_CRASHES = 3
const CRASHES_MS = 300_000

function createJudge() {
  let crashes: number[] = []
  return {
    isFinal: (error: WhytimeoutError, isPassing: boolean): boolean => {
      if (FINAL.has(error.code)) return true
      if (isPassing) return false
      const now = performance.now()
      crashes = [...crashes.filter((at) => now - at < CRASHES_MS), now]
      return crashes.length > MAX_CRASHES
    },
  }
}

/** Waits for it, but no longer than `ms`. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController()
  const ended = work.catch(() => {}).finally(() => over.abort())
  await Promise.race([ended, wait(ms, undefined, { signal: over.signal }).catch(() => {})])
}

function deferred() {
  let isOpen = true
  let settle: (error?: Error) => void = () => {}
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => {
      isOpen = false
      if (error) reject(error)
      else resolve()
    }
  })
  promise.catch(() => {})
  return { promise, isOpen: () => isOpen, resolve: () => settle(), reject: (error: Error) => settle(error) }
}
