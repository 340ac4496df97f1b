import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type Admin, type Kafka, type Message } from 'kafkajs'
import { loadConfig } from '../../pipeline/run/config.js'
import type { Check } from '../../pipeline/run/doctor/check.js'
import { CHECKS } from '../../pipeline/run/doctor/checks.js'
import { runDoctor } from '../../pipeline/run/doctor/doctor.js'
import { createAndAwait, createTopics } from '../../pipeline/run/topics.js'
import type { Findings } from '../../schemas/doctor.js'
import { freshName, waitForLeaders } from '../services/topics.js'

export type DoctorPlace = { readonly prefix: string; readonly raw: string; readonly config: string }
export type DoctorPlaces = {
  readonly client: Kafka
  readonly admin: Admin
  readonly send: (topic: string, messages: Message[]) => Promise<void>
  /** A configuration of its own; its raw topic is there, its internal ones unless told otherwise. `kafka` replaces brokers and topics. */
  readonly make: (options?: {
    readonly raw?: Readonly<Record<string, string>>
    readonly partitions?: number
    readonly internal?: boolean
    readonly kafka?: string
  }) => Promise<DoctorPlace>
  readonly close: () => Promise<void>
}

/** Places for tests of the doctor on a broker. */
export async function openPlaces(brokers: string): Promise<DoctorPlaces> {
  const dir = mkdtempSync(join(tmpdir(), 'whytimeout-doctor-'))
  const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await Promise.all([admin.connect(), producer.connect()])
  return {
    client,
    admin,
    send: async (topic, messages) => {
      await producer.send({ topic, acks: -1, messages })
    },
    make: async ({ raw: settings = {}, partitions = 1, internal = true, kafka } = {}) => {
      const prefix = freshName('d')
      const raw = `${prefix}-raw`
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
      await createAndAwait(admin, [{ topic: raw, numPartitions: partitions, configEntries }])
      await waitForLeaders(admin, raw, partitions)
      if (internal) for (const topic of await createTopics(client, prefix, 1)) await waitForLeaders(admin, topic, 1)
      const config = join(dir, `${prefix}.yml`)
      const place = { prefix, raw, config }
      configure(place, kafka ?? `  brokers: ${brokers}\n  topics: ${raw}`)
      return place
    },
    close: async () => {
      await Promise.all([admin.disconnect(), producer.disconnect()])
      rmSync(dir, { recursive: true })
    },
  }
}

/** Writes the configuration of a place anew. */
export const configure = ({ config, prefix }: DoctorPlace, kafka: string): void =>
  writeFileSync(config, `kafka:\n  prefix: ${prefix}\n  group: ${prefix}\n${kafka}\n`)

export const said = (findings: Findings): string[] => findings.findings.map((f) => `${f.state} ${f.code}`)
export const only = (...ids: string[]): readonly Check[] => CHECKS.filter((c) => ids.includes(c.id))
export const doctor = async (
  config: string,
  checks: readonly Check[] = CHECKS,
  now: () => number = Date.now,
): Promise<Findings> => runDoctor({ config: await loadConfig(config, {}), now, checks })

/** Lines of one log, a message each. */
export const lines = (n: number, more: (i: number) => Partial<Message> = () => ({})): Message[] =>
  Array.from({ length: n }, (_, i) => ({
    value: `2026-11-24T00:00:${String(i % 60).padStart(2, '0')}Z gw1 app[1]: line ${i}`,
    headers: { host: 'gw1', log: 'app.log' },
    ...more(i),
  }))
