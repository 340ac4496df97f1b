import type { Finding } from '../../../schemas/doctor.js'
import type { TopicState } from '../cluster/wire.js'
import { fail, say, warn } from '../findings.js'
import { few } from './words.js'

/** Whether every partition of a topic has a leader, and its copies keep up. */
export function judgeReplicas({ topic, partitions }: TopicState): Finding[] {
  const found: Finding[] = []
  const leaderless = partitions.filter((p) => p.leader < 0).map((p) => String(p.partition))
  if (leaderless.length > 0)
    found.push(
      fail(
        'partition-without-leader',
        topic,
        say(`no broker leads partition ${few(leaderless)}`, `分区 ${few(leaderless)} 没有leader`),
        say('Start the brokers that have its copies.', '请启动持有其副本的服务器。'),
      ),
    )
  const behind = partitions.filter((p) => p.leader >= 0 && p.inSync.length < p.replicas.length)
  if (behind.length > 0)
    found.push(
      warn(
        'copies-behind',
        topic,
        say(
          `copies of partition ${few(behind.map((p) => String(p.partition)))} are missing or lag`,
          `分区 ${few(behind.map((p) => String(p.partition)))} 的副本缺失或落后`,
        ),
        say('Look for a broker that is down or slow.', '请检查是否有服务器停止或过慢。'),
      ),
    )
  return found
}
