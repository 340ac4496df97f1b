import type { KafkaConfig } from '../../../schemas/config.js'
import type { Session } from '../cluster/session.js'
import { settingsOf, type TopicSettings } from '../cluster/settings.js'
import { type BrokerAddress, ERROR, metadata, type TopicState } from '../cluster/wire.js'
import { patiently } from '../patience.js'
import { endsOf, rawTopics, type TopicNames, topicNames } from '../topics.js'

export type Cluster = {
  readonly brokers: readonly BrokerAddress[]
  /** Node id; -1: none. */
  readonly controller: number
  /** Raw topics: those named, there or not, or those that fit the pattern. */
  readonly raw: readonly TopicState[]
  readonly internal: readonly TopicState[]
  /** What this user may do with the cluster. */
  readonly rights: number
}
export type Ends = { readonly partition: number; readonly low: bigint; readonly high: bigint }

/** The cluster as checks see it. */
export type Look = {
  readonly session: Session
  readonly names: TopicNames
  readonly cluster: () => Promise<Cluster>
  /** Undefined where this user may not see them. */
  readonly settings: (topic: string) => Promise<TopicSettings | undefined>
  readonly ends: (topic: string) => Promise<readonly Ends[]>
}

export function createLook(session: Session, config: KafkaConfig): Look {
  const names = topicNames(config.prefix)
  const settings = new Map<string, Promise<TopicSettings | undefined>>()
  const ends = new Map<string, Promise<readonly Ends[]>>()
  let cluster: Promise<Cluster> | undefined
  return {
    session,
    names,
    cluster: () => {
      cluster ??= lookAround(session, config, Object.values(names))
      return cluster
    },
    settings: (topic) => once(settings, topic, async () => settingsUnlessDenied(session, topic)),
    ends: (topic) => once(ends, topic, () => patientEnds(session, topic)),
  }
}

/** A partition that was just made, or moves, has a leader within seconds. */
const LEADERLESS_MS = 5_000
async function patientEnds(session: Session, topic: string): Promise<readonly Ends[]> {
  const admin = await session.admin()
  const deadline = performance.now() + LEADERLESS_MS
  return patiently(
    () => endsOf(admin, [topic]),
    () => performance.now() > deadline,
  )
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = known.get(key) ?? make()
  known.set(key, made)
  return made
}

async function lookAround(session: Session, config: KafkaConfig, internal: readonly string[]): Promise<Cluster> {
  const line = await session.line()
  const raw = rawTopics(config)
  const named = await line.ask(metadata([...internal, ...(raw instanceof RegExp ? [] : raw)]))
  const all = raw instanceof RegExp ? (await line.ask(metadata(undefined))).topics : named.topics
  const isRaw = (topic: string) => (raw instanceof RegExp ? raw.test(topic) : raw.includes(topic))
  return {
    brokers: named.brokers,
    controller: named.controller,
    rights: named.rights,
    raw: all.filter((t) => isRaw(t.topic)),
    internal: named.topics.filter((t) => internal.includes(t.topic)),
  }
}

async function settingsUnlessDenied(session: Session, topic: string): Promise<TopicSettings | undefined> {
  try {
    return await settingsOf(await session.admin(), topic)
  } catch (error) {
    if (/AUTHORIZATION/.test(typeOf(error))) return undefined
    throw error
  }
}

const typeOf = (error: unknown): string => {
  const { type, cause } = error as { type?: string; cause?: unknown }
  return type ?? (cause === undefined ? String((error as Error).message) : typeOf(cause))
}

/** Topics that are there and may be seen. */
export const thereOf = (topics: readonly TopicState[]): readonly TopicState[] =>
  topics.filter((t) => t.error === ERROR.none)
