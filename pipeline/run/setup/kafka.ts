import type { Admin } from 'kafkajs'
import type { KafkaConfig } from '../../../schemas/config.js'
import type { Finding } from '../../../schemas/doctor.js'
import { WhytimeoutError } from '../../errors.js'
import { reasonOf } from '../cluster/reason.js'
import { openSession, type Session } from '../cluster/session.js'
import { changeSettings, settingsOf } from '../cluster/settings.js'
import { ERROR, metadata, type TopicState } from '../cluster/wire.js'
import { fail, ok, say, warn } from '../findings.js'
import { asCreated, createAndAwait, type InternalTopic, internalTopics } from '../topics.js'
import { type Difference, differences } from './differences.js'

export type KafkaSetupOptions = {
  /** Of the topics keyed by realm, where they are created; 1 by default. */
  readonly partitions: number | undefined
  /** Where topics are created; by default 3, or as many as there are brokers. */
  readonly replicas: number | undefined
  /** Only says what would be done. */
  readonly dryRun: boolean
  /** Changes settings of topics that are there and would lose data. */
  readonly fix: boolean
}

/**
 * The internal topics: created where they are missing, looked at where they are there, changed only where asked. Running it again changes
 * nothing.
 * @throws WhytimeoutError KAFKA_UNREACHABLE, USAGE for more copies than brokers
 */
export async function setupKafka(config: KafkaConfig, options: KafkaSetupOptions): Promise<readonly Finding[]> {
  const session = await openSession(config)
  try {
    return await setUp(session, internalTopics(config.prefix), options)
  } finally {
    session.close()
  }
}

async function setUp(
  session: Session,
  wanted: readonly InternalTopic[],
  options: KafkaSetupOptions,
): Promise<readonly Finding[]> {
  const { brokers, topics } = await look(session, wanted)
  const replicas = options.replicas ?? Math.min(3, brokers.length)
  if (replicas > brokers.length)
    throw new WhytimeoutError(
      'USAGE',
      `${replicas} copies need as many brokers, and the cluster has ${brokers.length}`,
      '--replicas',
    )
  const admin = await session.admin()
  const found: Finding[] = []
  for (const topic of wanted) {
    const state = topics.find((t) => t.topic === topic.topic)
    if (state?.error === ERROR.none) found.push(...(await existing(admin, topic, state, brokers.length, options)))
    else if (state?.error === ERROR.noSuchTopic) found.push(await create(admin, topic, replicas, options))
    else found.push(hidden(topic))
  }
  return found
}

async function look(session: Session, wanted: readonly InternalTopic[]) {
  try {
    return await (await session.line()).ask(metadata(wanted.map((t) => t.topic)))
  } catch (cause) {
    throw new WhytimeoutError('KAFKA_UNREACHABLE', reasonOf(cause).what.en, 'kafka.brokers', { cause })
  }
}

async function create(
  admin: Admin,
  wanted: InternalTopic,
  replicas: number,
  options: KafkaSetupOptions,
): Promise<Finding> {
  const topic = asCreated(wanted, replicas, options.partitions ?? 1)
  const partitions = topic.numPartitions ?? 1
  const shape = say(
    `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, ${replicas} ${replicas === 1 ? 'copy' : 'copies'}`,
    `${partitions} 个分区，${replicas} 个副本`,
  )
  if (options.dryRun)
    return ok('would-create', wanted.topic, say(`would be created: ${shape.en}`, `将创建：${shape.zh}`))
  try {
    await createAndAwait(admin, [topic])
    return ok('created', wanted.topic, say(`created: ${shape.en}`, `已创建：${shape.zh}`))
  } catch (error) {
    const reason = refusalOf(error)
    return fail(
      'not-created',
      wanted.topic,
      say(`could not be created: ${reason}`, `创建失败：${reason}`),
      say(
        'Give the user the right to create topics (CREATE on the topic or the cluster), or create it by hand.',
        '请授予该用户创建主题的权限（CREATE），或手工创建。',
      ),
    )
  }
}

async function existing(
  admin: Admin,
  wanted: InternalTopic,
  state: TopicState,
  brokers: number,
  options: KafkaSetupOptions,
): Promise<readonly Finding[]> {
  const replicas = state.partitions[0]?.replicas.length ?? 1
  const found = await settingsOf(admin, wanted.topic).catch(() => undefined)
  if (!found) return [settingsHidden(wanted.topic)]
  const list = differences(wanted, replicas, found)
  const bad = list.filter((d) => d.losesData)
  const shape: Finding[] = []
  if (wanted.isByRealm && options.partitions !== undefined && options.partitions !== state.partitions.length)
    shape.push(otherPartitions(wanted.topic, state.partitions.length, options.partitions))
  if (replicas < (options.replicas ?? Math.min(3, brokers))) shape.push(fewCopies(wanted.topic, replicas, brokers))
  const rest = list.filter((d) => !d.losesData).map((d) => different(wanted.topic, d))
  if (bad.length === 0) {
    const partitions = state.partitions.length
    const there = say(
      `exists: ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, ${replicas} ${replicas === 1 ? 'copy' : 'copies'}`,
      `已存在：${partitions} 个分区，${replicas} 个副本`,
    )
    return [ok('exists', wanted.topic, there), ...shape, ...rest]
  }
  if (!options.fix) return [...bad.map((d) => different(wanted.topic, d)), ...shape, ...rest]
  return [...(await repair(admin, wanted.topic, bad, options.dryRun)), ...shape, ...rest]
}

async function repair(
  admin: Admin,
  topic: string,
  bad: readonly Difference[],
  dryRun: boolean,
): Promise<readonly Finding[]> {
  if (dryRun)
    return bad.map((d) =>
      ok(
        'would-change',
        `${topic} ${d.setting}`,
        say(`would be changed from ${d.is} to ${d.should}`, `将由 ${d.is} 改为 ${d.should}`),
      ),
    )
  try {
    await changeSettings(admin, topic, Object.fromEntries(bad.map((d) => [d.setting, d.should])))
    return bad.map((d) =>
      ok(
        'changed',
        `${topic} ${d.setting}`,
        say(`changed from ${d.is} to ${d.should}`, `已由 ${d.is} 改为 ${d.should}`),
      ),
    )
  } catch (error) {
    const reason = refusalOf(error)
    return [
      fail(
        'not-changed',
        topic,
        say(`its settings could not be changed: ${reason}`, `设置修改失败：${reason}`),
        say(
          'Give the user ALTER_CONFIGS on the topic, or change them by hand.',
          '请授予ALTER_CONFIGS权限，或手工修改。',
        ),
      ),
    ]
  }
}

/** A setting that is not as it must be: for setup and doctor. */
export function different(topic: string, d: Difference): Finding {
  const what = say(
    `is ${d.is || 'not set'}, not ${d.should}: ${d.why.en}`,
    `为 ${d.is || '未设置'}，应为 ${d.should}：${d.why.zh}`,
  )
  const place = `${topic} ${d.setting}`
  return d.losesData
    ? fail(
        'setting-loses-data',
        place,
        what,
        say('`whytimeout setup kafka --fix` changes it.', '可用 whytimeout setup kafka --fix 修改。'),
      )
    : warn(
        'setting-differs',
        place,
        what,
        say(
          `Set it to ${d.should} unless that is meant (kafka-configs --alter).`,
          `若非有意，请改为 ${d.should}（kafka-configs --alter）。`,
        ),
      )
}

export const settingsHidden = (topic: string): Finding =>
  warn(
    'settings-hidden',
    topic,
    say('its settings may not be seen by this user', '该用户无权查看主题设置'),
    say('Give it DESCRIBE_CONFIGS on the topic.', '请授予该主题的DESCRIBE_CONFIGS权限。'),
  )

const hidden = ({ topic }: InternalTopic): Finding =>
  fail(
    'topic-hidden',
    topic,
    say('this user may not see whether it exists', '该用户无权查看该主题是否存在'),
    say('Give it DESCRIBE and CREATE on the topic.', '请授予该主题的DESCRIBE和CREATE权限。'),
  )

export const fewCopies = (topic: string, replicas: number, brokers: number): Finding =>
  warn(
    'few-copies',
    topic,
    say(
      `${replicas === 1 ? 'one copy' : `${replicas} copies`} on ${brokers} brokers: what is on a broken disk is lost`,
      `${brokers} 台服务器上仅 ${replicas} 个副本：磁盘损坏即丢失`,
    ),
    say('Add copies with kafka-reassign-partitions.', '请用 kafka-reassign-partitions 增加副本。'),
  )

const otherPartitions = (topic: string, is: number, asked: number): Finding =>
  warn(
    'other-partitions',
    topic,
    say(`has ${is} ${is === 1 ? 'partition' : 'partitions'}, not ${asked}`, `有 ${is} 个分区，而非 ${asked} 个`),
    say(
      'A change moves realms to other partitions: stop parse, let diagnose finish, stop it, then use kafka-topics --alter.',
      '改变分区数会使realm换分区：请先停parse，待diagnose处理完后停止，再用 kafka-topics --alter。',
    ),
  )

/** The broker's word, without what the client makes of it. */
const refusalOf = (error: unknown): string => {
  const inner = (error as { errors?: readonly unknown[] }).errors?.[0] ?? error
  const { type, message } = inner as { type?: string; message?: string }
  return type ?? message?.split('\n')[0] ?? 'failed'
}
