import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadConfig } from '../../pipeline/run/config.js'
import { type OpenIncidents, openIncidents } from '../../pipeline/run/open-incidents.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { endsOf, topicNames } from '../../pipeline/run/topics.js'
import { createTopicWriter } from '../../pipeline/sinks/topic-writer.js'
import { createVerdictTopicSink } from '../../pipeline/sinks/verdict-topic.js'
import { connectKafka, createKafkaSource } from '../../pipeline/sources/kafka.js'
import { applyTo, type StoredDocument, verdictDocument } from '../../pipeline/stream/documents.js'
import { createClockFeed } from '../../pipeline/stream/incident-clocks.js'
import { note, T0 } from '../incident/notes.js'
import { verdictOf } from '../incident/verdicts.js'
import { sharedKafka } from '../services/shared.js'
import { openTopics, type Topics } from '../services/topics.js'
import { type Receiver, until as soon, startReceiver } from '../sinks/receiver.js'
import { placeOn, until } from './stage.js'

const HOUR_MS = 3_600_000
let pack: Pack
let topics: Topics
let receiver: Receiver
let brokers: string
beforeAll(async () => {
  brokers = await sharedKafka()
  pack = await loadPack()
  topics = await openTopics(brokers)
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver.stop()
  await topics.close()
})

test('on a real broker: incidents to their topic and to the webhook, a restart from the note, a late verdict worked in', async () => {
  const place = await placeOn(
    brokers.split(','),
    { inventoryText: 'terminal_id\n', originsText: '{}\n' },
    {
      more: `alerts: { webhook: "${receiver.url}", format: json }`,
    },
  )
  const config = await loadConfig(place.config, {})
  const names = topicNames(place.prefix)
  const client = await connectKafka(config.kafka)
  const admin = client.admin()
  await admin.connect()
  const writer = createTopicWriter(client, () => {})
  await writer.open()
  const verdicts = createVerdictTopicSink(writer, names.verdicts)
  const clocks = createClockFeed(names.events)
  const failures: Error[] = []
  // The late verdict waits for half a minute of quiet: this clock runs sixty times as fast.
  const began = Date.now()
  const now = () => began + (Date.now() - began) * 60
  const ends = async (topic: string) => new Map((await endsOf(admin, [topic])).map((e) => [e.partition, e]))
  const clock = async (at: number) =>
    clocks.take({
      topic: names.events,
      partition: 0,
      position: 0n,
      clock: at,
      written: Object.fromEntries([...(await ends(names.verdicts))].map(([p, e]) => [p, e.high])),
      generation: 1,
      digest: 'test',
    })
  const start = async (): Promise<{ stage: OpenIncidents; stop: () => Promise<void> }> => {
    const stage = await openIncidents({
      config,
      client,
      admin,
      source: createKafkaSource(client, {
        group: `${config.kafka.group}-incidents`,
        topics: [names.verdicts],
        fromBeginning: true,
        sessionTimeoutMs: 6_000,
      }),
      writer,
      pack,
      sink: { store: async () => {}, close: async () => {} },
      clocks,
      endsOf: ends,
      aliveMs: 1_000,
      log: () => {},
      now,
      failed: (e) => failures.push(e),
    })
    const timer = setInterval(() => void stage.tick().catch(() => {}), 50)
    const stop = async () => {
      clearInterval(timer)
      await stage.stop()
    }
    return { stage, stop }
  }
  /** What stands in the incidents topic, by the rules of versions. */
  const standing = async () => {
    const store = new Map<string, StoredDocument>()
    for (const m of await topics.read(names.incidents)) {
      const text = (name: string) => String(m.headers[name])
      applyTo(store, {
        index: text('index'),
        id: text('id'),
        realm: m.key?.toString() ?? '',
        version: Number(text('version')),
        versionType: text('version_type') as StoredDocument['versionType'],
        ...(m.value && { source: JSON.parse(m.value.toString()) }),
      })
    }
    return [...store.values()]
      .flatMap(
        (d) =>
          (d.source as
            | { whytimeout: { incident: { state: string; scope_id: string; verdicts: number } } }
            | undefined) ?? [],
      )
      .map(({ whytimeout: { incident: i } }) => `${i.scope_id} ${i.state} ${i.verdicts}`)
      .sort()
  }
  const stands = (...wanted: string[]) =>
    until(async () => {
      if (failures[0]) throw failures[0]
      const is = await standing()
      return JSON.stringify(is) === JSON.stringify(wanted) ? undefined : JSON.stringify(is)
    }, 60_000)
  const at = (ms: number, scopeId: string) => note({ at: T0 + ms, id: `v${ms}-${scopeId}`, scopeId })
  const write = (...notes: ReturnType<typeof at>[]) => verdicts.store(notes.map((n) => verdictDocument(verdictOf(n))))

  const first = await start()
  await write(at(0, 'S1'), at(1_000, 'S1'), at(2_000, 'S2'))
  await soon(() => receiver.received.length >= 1, 30_000)
  await clock(T0 + 10_000)
  await stands('S1 open 2', 'S2 open 1')
  await first.stop()

  await write(at(20_000, 'S2'))
  const second = await start()
  await clock(T0 + 2 * HOUR_MS)
  await stands('S1 closed 2', 'S2 closed 2')

  await write(at(-60_000, 'S1'), at(HOUR_MS, 'S3'))
  await stands('S1 closed 3', 'S2 closed 2', 'S3 closed 1')
  expect(second.stage.counts()).toMatchObject({ repairs: 1, late: 2 })
  type Told = { alerts: { status: string; labels: { scope_id: string } }[] }
  const told = () =>
    receiver.received.flatMap((r) => (r.body as Told).alerts.map((a) => `${a.labels.scope_id} ${a.status}`))
  await soon(() => told().includes('S1 resolved'), 30_000)
  await second.stop()
  expect(told().slice(0, 2)).toEqual(['S1 firing', 'S2 firing'])
  await Promise.all([writer.close(), admin.disconnect(), place.close()])
}, 240_000)
