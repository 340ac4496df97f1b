import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Finding } from '../../../schemas/doctor.js'
import { describeGroup, ERROR, findCoordinator, isAllowed, type Operation } from '../cluster/wire.js'
import { fail, ok, say, warn } from '../findings.js'
import type { Check, Context } from './check.js'
import { thereOf } from './look.js'
import { few } from './words.js'

/** Something that this user wants to do, and what the broker says it may. */
export type RightFact = {
  readonly kind: 'topic' | 'group'
  readonly name: string
  /** Bits, as the broker answers; -1: it may not even be seen; undefined: the broker that knows could not be asked. */
  readonly rights: number | undefined
  readonly needed: readonly Operation[]
  /** What is lost without them is no verdict. */
  readonly isMinor?: boolean
}

/**
 * The broker itself is asked what this user may do with each topic and group (KIP-430): exact, and nothing is tried. Other users that run
 * a stage are not known here.
 */
export const rightsCheck: Check = {
  id: 'rights',
  title: say('Rights', '权限'),
  needsKafka: true,
  run: async (context) => judgeRights([...(await topicRights(context)), ...(await groupRights(context))]),
}

async function topicRights({ look }: Context): Promise<RightFact[]> {
  const { raw, internal } = await look.cluster()
  const { events, clocks, known, verdicts } = look.names
  const onInternal = (topic: string): Pick<RightFact, 'needed' | 'isMinor'>[] =>
    [events, clocks, known, verdicts].includes(topic)
      ? [{ needed: ['READ', 'WRITE'] }]
      : [{ needed: ['WRITE'] }, { needed: ['READ'], isMinor: true }]
  const of = (topic: string, rights: number) => ({ kind: 'topic' as const, name: topic, rights })
  return [
    ...thereOf(raw).map((t) => ({ ...of(t.topic, t.rights), needed: ['READ' as const] })),
    ...thereOf(internal).flatMap((t) => onInternal(t.topic).map((n) => ({ ...of(t.topic, t.rights), ...n }))),
  ]
}

/** The groups of the stages, and such as a process has of its own, to read the clocks, what is known of sources, and verdicts again. */
async function groupRights({ config, look }: Context): Promise<RightFact[]> {
  const { group } = config.kafka
  const stages = STAGE_GROUPS.map((stage) => `${group}-${stage}`)
  const prefixes = [`${look.names.clocks}-`, `${group}-known-`, `${group}-incidents-again-`]
  const of = async (name: string, shown: string): Promise<RightFact> => ({
    kind: 'group',
    name: shown,
    rights: await rightsOnGroup(look, name),
    needed: ['READ'],
  })
  return Promise.all([
    ...stages.map((name) => of(name, name)),
    ...prefixes.map((prefix) => of(prefix + randomUUID(), `${prefix}*`)),
  ])
}

const STAGE_GROUPS = ['parse', 'diagnose', 'incidents'] as const

const TRIES = 10
const PAUSE_MS = 500

/** A new cluster needs a moment before a broker keeps groups. */
async function rightsOnGroup({ session }: Context['look'], group: string): Promise<number | undefined> {
  for (let left = TRIES; left > 0; left--) {
    const at = await (await session.line()).ask(findCoordinator(group))
    if (at.error === ERROR.groupDenied) return -1
    const state =
      at.error === ERROR.none
        ? await (await session.lineTo(`${at.host}:${at.port}`)).ask(describeGroup(group))
        : undefined
    if (state?.error === ERROR.groupDenied) return -1
    if (state?.error === ERROR.none) return state.rights
    await wait(PAUSE_MS)
  }
  return undefined
}

export function judgeRights(facts: readonly RightFact[]): readonly Finding[] {
  const found = facts.flatMap((f): Finding[] => {
    const { rights } = f
    if (rights === undefined) return [unknown(f)]
    const lacking = f.needed.filter((o) => !isAllowed(rights, o))
    if (lacking.length === 0) return []
    const names = lacking.join(', ')
    const [place, what] = [
      f.name,
      say(
        `this user lacks ${names} on the ${f.kind}`,
        `该用户缺少${f.kind === 'topic' ? '主题' : '消费组'}权限 ${names}`,
      ),
    ]
    const todo = say(
      `Grant it: kafka-acls --add --allow-principal User:… --operation ${lacking.map(asOption).join(' --operation ')} --${f.kind} '${f.name.replace(/\*$/, '')}'${f.name.endsWith('*') ? ' --resource-pattern-type prefixed' : ''}`,
      `请授权：kafka-acls --add --allow-principal User:… --operation ${lacking.map(asOption).join(' --operation ')} --${f.kind} '${f.name.replace(/\*$/, '')}'${f.name.endsWith('*') ? ' --resource-pattern-type prefixed' : ''}`,
    )
    return [f.isMinor ? warn('right-missing-for-repair', place, what, todo) : fail('right-missing', place, what, todo)]
  })
  if (found.length > 0) return found
  const topics = new Set(facts.filter((f) => f.kind === 'topic').map((f) => f.name))
  const groups = facts.filter((f) => f.kind === 'group').map((f) => f.name)
  return [
    ok(
      'rights-fit',
      few(groups),
      say(
        `this user may do all it needs with ${topics.size} topics and its groups`,
        `该用户对 ${topics.size} 个主题及消费组权限齐全`,
      ),
    ),
  ]
}

const unknown = ({ name }: RightFact): Finding =>
  warn(
    'rights-unknown',
    name,
    say('no broker says that it keeps this group now', '当前没有服务器管理该消费组'),
    say(
      'Try again in a minute; else look at __consumer_offsets: a partition may have no leader.',
      '请稍后重试；否则请检查 __consumer_offsets 是否有分区没有leader。',
    ),
  )

const asOption = (operation: Operation): string => operation.charAt(0) + operation.slice(1).toLowerCase()
