import type { Admin } from 'kafkajs'
import type { AuditReport } from '../../../schemas/audit.js'
import type { Position } from '../../stream/audit/chain.js'
import { clockKey, decodeNote } from '../../stream/messages.js'
import { type LoadedConfig, pathIn } from '../config.js'
import { packFor } from '../inputs.js'
import { withKafka } from '../kafka-session.js'
import { endsOf, rawTopics, topicNames } from '../topics.js'
import { type AuditOptions, audit } from './audit.js'

/**
 * Audits an installation. Reads only.
 * @param path  of the configuration file, for the commands given as advice
 * @throws WhytimeoutError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING
 */
export async function auditCluster(
  config: LoadedConfig,
  o: Pick<AuditOptions, 'now'> & {
    readonly path: string
    readonly onProgress: NonNullable<AuditOptions['onProgress']>
  },
): Promise<AuditReport> {
  const topics = topicNames(config.kafka.prefix)
  const pack = await packFor({ rules: pathIn(config, config.rules), text: config.text })
  const needed = [topics.books, topics.events, topics.verdicts, topics.deadLetters]
  return withKafka(config, needed, ({ admin, reader }) =>
    audit({
      reader,
      positions: (group) => positionsOf(admin, group),
      endsOf: async (named) => {
        const there = new Set(await admin.listTopics())
        const configured = await endsOf(admin, rawTopics(config.kafka))
        const known = new Set(configured.map((e) => e.topic))
        return [
          ...configured,
          ...(await endsOf(
            admin,
            named.filter((t) => there.has(t) && !known.has(t)),
          )),
        ]
      },
      topics,
      group: config.kafka.group,
      pack,
      config: o.path,
      now: o.now,
      onProgress: o.onProgress,
    }),
  )
}

/** Where a group stands, by `topic/partition`. A group that never was stands nowhere. */
async function positionsOf(admin: Admin, group: string): Promise<ReadonlyMap<string, Position>> {
  const topics = await admin.fetchOffsets({ groupId: group })
  return new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.flatMap((p) =>
        p.offset === '-1'
          ? []
          : [
              [
                clockKey(topic, p.partition),
                { offset: BigInt(p.offset), note: decodeNote(p.metadata ?? undefined) },
              ] as const,
            ],
      ),
    ),
  )
}
