import type { Finding } from '../../../schemas/doctor.js'
import { controllerTime, ERROR } from '../cluster/wire.js'
import { fail, ok, say, skip, warn } from '../findings.js'
import type { Check, Context } from './check.js'
import { thereOf } from './look.js'
import { span } from './words.js'

export type ClockFact =
  /** `aheadMs`: how far this host is ahead of the cluster; off by at most `errorMs` either way. */
  | { readonly kind: 'measured'; readonly aheadMs: number; readonly errorMs: number }
  /** Only one side could be seen: whether a record was written "later than now". */
  | { readonly kind: 'one-sided'; readonly isBehind: boolean; readonly topics: readonly string[] }

const TRIES = 3
const TOLERATED_MS = 2_000
/** Half the usual lateness: where inputs are quiet, "now less the lateness" makes verdicts final. */
const TOO_FAR_MS = 60_000

/**
 * The active controller tells its time when asked for the state of its quorum (it reports itself as "caught up" now); that needs DESCRIBE on
 * the cluster. Without it the broker is asked whether a record in a topic stamped by the brokers is newer than now. Nothing is written.
 */
export const clockCheck: Check = {
  id: 'clock',
  title: say('Clock', '时钟'),
  needsKafka: true,
  run: async (context) => judgeClock((await measured(context)) ?? (await oneSided(context))),
}

async function measured({ look, now }: Context): Promise<ClockFact | undefined> {
  const line = await look.session.line()
  if (!line.ranges.some((r) => r.api === controllerTime.api && r.max >= controllerTime.version)) return undefined
  let best: Extract<ClockFact, { kind: 'measured' }> | undefined
  for (let i = 0; i < TRIES; i++) {
    const asked = now()
    const { error, at } = await line.ask(controllerTime)
    const answered = now()
    if (error !== ERROR.none || at === undefined) return undefined
    const errorMs = Math.ceil((answered - asked) / 2)
    if (!best || errorMs < best.errorMs)
      best = { kind: 'measured', aheadMs: Math.round((asked + answered) / 2 - Number(at)), errorMs }
  }
  return best
}

async function oneSided({ look, now }: Context): Promise<ClockFact> {
  const { internal } = await look.cluster()
  const stamped: string[] = []
  let isBehind = false
  const admin = await look.session.admin()
  for (const { topic } of thereOf(internal)) {
    if ((await look.settings(topic))?.get('message.timestamp.type')?.value !== 'LogAppendTime') continue
    const after = now() + TOLERATED_MS
    const [later, ends] = await Promise.all([admin.fetchTopicOffsetsByTimestamp(topic, after), look.ends(topic)])
    stamped.push(topic)
    // Where no record is that late the client answers with the end.
    isBehind ||= later.some((p) => BigInt(p.offset) < (ends.find((e) => e.partition === p.partition)?.high ?? 0n))
  }
  return { kind: 'one-sided', isBehind, topics: stamped }
}

const REMEDY = say(
  'Let both take their time from NTP (chrony, systemd-timesyncd).',
  '请为两端配置NTP（chrony或systemd-timesyncd）。',
)

export function judgeClock(fact: ClockFact): readonly Finding[] {
  if (fact.kind === 'one-sided') {
    if (fact.isBehind)
      return [
        warn(
          'clock-behind',
          'host',
          say(
            `the brokers have stamped records later than the time of this host: it is behind by more than ${span(TOLERATED_MS).en}`,
            `服务端已写入晚于本机时间的记录：本机时钟慢${span(TOLERATED_MS).zh}以上`,
          ),
          REMEDY,
        ),
      ]
    const needs = say(
      'to measure it, this user needs DESCRIBE on the cluster (Kafka 3.3 or newer)',
      '精确测量需要集群的DESCRIBE权限（Kafka 3.3及以上）',
    )
    if (fact.topics.length === 0)
      return [skip('clock-not-seen', 'host', say(`could not be compared: ${needs.en}`, `无法比对：${needs.zh}`))]
    return [
      skip(
        'clock-not-measured',
        'host',
        say(`not behind the brokers as far as records show; ${needs.en}`, `从记录看本机时钟未落后；${needs.zh}`),
      ),
    ]
  }
  const { aheadMs, errorMs } = fact
  const far = Math.abs(aheadMs) - errorMs
  const [en, zh] = aheadMs > 0 ? ['ahead of', '快'] : ['behind', '慢']
  if (far <= TOLERATED_MS)
    return [
      ok(
        'clock-fits',
        'host',
        say(
          `within ${span(Math.abs(aheadMs) + errorMs).en} of the cluster's`,
          `与集群相差不超过${span(Math.abs(aheadMs) + errorMs).zh}`,
        ),
      ),
    ]
  const what = say(`this host is ${span(far).en} ${en} the cluster`, `本机时钟比集群${zh}${span(far).zh}`)
  return [far > TOO_FAR_MS ? fail('clock-far-off', 'host', what, REMEDY) : warn('clock-off', 'host', what, REMEDY)]
}
