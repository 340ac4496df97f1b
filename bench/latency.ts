import { setTimeout as wait } from 'node:timers/promises'
import { loadConfig } from '../pipeline/run/config.js'
import { NO_OBSERVER } from '../pipeline/run/observer.js'
import { startStream } from '../pipeline/run/stream.js'
import type { Output } from '../pipeline/stream/diagnoser.js'
import { startKafka } from '../test/services/kafka.js'
import { bytesOf, type CorpusMessage, linesOf } from './corpora/corpus.js'
import { fleetCorpus } from './corpora/fleet.js'
import { clientOf, PARTITIONS, partitionOf, placeFor } from './measure/broker.js'
import { percentile } from './measure/measure.js'
import { provenance } from './measure/table.js'

// From the moment a shipper sends the line to the moment its provisional verdict is stored: both stages in one process, a real broker, traffic at a
// set rate. `npm run bench -- latency [KB A SECOND] [SECONDS]`; a tenth of what `bench -- stream` finds for `fleet` is what the design asks for.
const [rate = '100', seconds = '60'] = process.argv.slice(2)
const bytes = Number(rate) * 1_000 * Number(seconds)
/** A shipper gathers lines this long. */
const SHIP_MS = 50

const corpus = fleetCorpus({ terminals: 2_000, bytes, timeouts: 0.05, seed: 1 })
const broker = await startKafka()
try {
  const client = clientOf(broker.address)
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'raw', numPartitions: PARTITIONS }], waitForLeaders: true })
  await admin.disconnect()
  const place = await placeFor(broker.address, client, 'raw', corpus, 'lateness: 20s\nrunaway: 7d')
  const waits: number[] = []
  const stored = (outputs: readonly Output[]) => {
    for (const o of outputs) if (o.kind === 'provisional') waits.push(Date.now() - o.received)
  }
  const sink = { store: async () => {}, close: async () => {} }
  const config = await loadConfig(place.config, {})
  const stream = await startStream({
    config,
    now: Date.now,
    log: () => {},
    sinks: [sink],
    observer: { ...NO_OBSERVER, stored },
  })
  await wait(3_000)
  const producer = client.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const began = performance.now()
  const cpu = process.cpuUsage()
  let sent = 0
  for (let from = 0; from < corpus.records.length; ) {
    const due = Math.min(bytesOf(corpus), ((performance.now() - began) / 1_000) * Number(rate) * 1_000)
    const byLog = new Map<string, string[]>()
    let to = from
    for (; to < corpus.records.length && sent < due; to++) {
      const { host, log, lines } = corpus.records[to] as (typeof corpus.records)[number]
      const key = `${host}/${log}`
      const list = byLog.get(key) ?? []
      byLog.set(key, list)
      list.push(...lines)
      for (const l of lines) sent += l.length + 1
    }
    from = to
    const messages = [...byLog].map(([key, lines]): CorpusMessage => {
      const [host = '', log = ''] = key.split('/')
      return { host, log, value: Buffer.from(lines.join('\n'), 'latin1'), at: Date.now() }
    })
    // A shipper with the producer's usual way: it waits for the answer.
    if (messages.length > 0)
      await producer.send({
        topic: 'raw',
        acks: -1,
        messages: messages.map((m) => ({
          partition: partitionOf(m),
          key: m.host,
          value: m.value,
          timestamp: String(m.at),
          headers: { host: m.host, log: m.log },
        })),
      })
    await wait(SHIP_MS)
  }
  const wallS = (performance.now() - began) / 1_000
  await wait(3_000)
  const { user, system } = process.cpuUsage(cpu)
  await producer.disconnect()
  await stream.stop()
  await place.remove()
  const of = (p: number) => `${Math.round(percentile(waits, p))} ms`
  console.log(
    `${provenance()}; ${rate} kB/s for ${wallS.toFixed(0)} s, ${linesOf(corpus)} lines, ${waits.length} provisional verdicts; CPU ${((user + system) / 1e4 / wallS).toFixed(0)} % of a core\n`,
  )
  console.log(`line sent to verdict stored: p50 ${of(50)}, p95 ${of(95)}, p99 ${of(99)}, longest ${of(100)}`)
} finally {
  await broker.stop()
}
process.exit(0)
