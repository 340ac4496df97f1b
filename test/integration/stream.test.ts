import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Stream, StreamOptions } from '../../pipeline/run/stream.js'
import type { Sink } from '../../pipeline/sinks/sink.js'
import { applyTo, type StoredDocument } from '../../pipeline/stream/documents.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { sharedDir } from '../shared.js'
import { stored, type Traffic, trafficOf } from '../stream/traffic.js'
import { beginStream, difference, type Place, placeOn, sendTraffic, stopStreams, until } from './stage.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
let brokers: string[]
let traffic: Traffic
const ready = async () => {
  brokers ??= (await sharedKafka()).split(',')
  traffic ??= await trafficOf(STORY, 0.4)
}

const recorder = () => {
  const store = new Map<string, StoredDocument>()
  const writes: StoredDocument[] = []
  const sink: Sink = {
    store: async (documents) => {
      for (const d of documents) {
        writes.push(d)
        applyTo(store, d)
      }
    },
    close: async () => {},
  }
  return { store, writes, sink }
}
const begin = (place: Place, sink: Sink, stages?: StreamOptions['stages']): Promise<Stream> =>
  beginStream(place, { sinks: [sink], ...(stages && { stages }) })

afterEach(stopStreams)

describeWithKafka('law 1 on a real broker', () => {
  beforeAll(ready)

  test('the documents of a replay, from lines by the message, by both stages in one process', async () => {
    const place = await placeOn(brokers, traffic, { more: 'lateness: 45s' })
    const { store, sink } = recorder()
    const stream = await begin(place, sink)
    await sendTraffic(place, traffic.records, {
      perMessage: 40,
      stepMs: 20_000,
      compression: kafkajs.CompressionTypes.GZIP,
    })
    await until(() => difference(stored(store), traffic.expectedInAll), 150_000)
    await until(() => {
      const { parse } = stream.status()
      return parse?.read === traffic.records.length ? undefined : JSON.stringify(parse)
    }, 90_000)
    await stream.stop()
    await place.close()
  }, 240_000)

  test('stages apart, two of each, one of each ends on the way and another comes', async () => {
    const place = await placeOn(brokers, traffic, { partitions: 4, more: 'lateness: 20s' })
    const { store, sink } = recorder()
    const running = [
      await begin(place, sink, ['parse']),
      await begin(place, sink, ['diagnose']),
      await begin(place, sink, ['parse']),
      await begin(place, sink, ['diagnose']),
    ]
    let steps = 0
    await sendTraffic(place, traffic.records, {
      stepMs: 10_000,
      between: async () => {
        steps++
        if (steps === 60) await running[0]?.stop()
        if (steps === 120) await running[1]?.stop()
        if (steps === 180) running.push(await begin(place, sink, ['parse']), await begin(place, sink, ['diagnose']))
      },
    })
    expect(steps).toBeGreaterThan(180)
    await until(() => difference(stored(store), traffic.expectedInAll), 150_000)
    await Promise.all(running.map((s) => s.stop()))
    await place.close()
  }, 240_000)
})

describeWithKafka('a store that does not take anything', () => {
  beforeAll(ready)

  test('is waited for beyond the session timeout: no partition lost, nothing twice, nothing piled up', async () => {
    const place = await placeOn(brokers, traffic, { more: 'lateness: 20s' })
    const { store, writes, sink } = recorder()
    let release = () => {}
    const blocked = new Promise<void>((resolve) => {
      release = resolve
    })
    let waiting = 0
    const slow: Sink = {
      store: async (documents) => {
        waiting += documents.length
        await blocked
        waiting -= documents.length
        await sink.store(documents)
      },
      close: async () => {},
    }
    const stream = await begin(place, slow)
    const consumer = `${place.prefix}-diagnose`
    const admin = place.client.admin()
    await admin.connect()
    const members = async () => {
      const { groups } = await admin.describeGroups([consumer])
      return groups[0]?.members.map((m) => m.memberId).join()
    }
    try {
      await sendTraffic(place, traffic.records, { stepMs: 10_000 })
      await until(() => (waiting > 0 ? undefined : 'nothing to store yet'), 60_000)
      const [before, held] = [await members(), waiting]
      await wait(15_000)
      expect(await members()).toBe(before)
      expect(waiting).toBe(held)
      expect(stream.status().diagnose?.read).toBeLessThan(traffic.records.length)
    } finally {
      // Else the stream could not end.
      release()
    }
    await until(() => difference(stored(store), traffic.expectedInAll), 150_000)
    const finals = writes.filter(
      (d) => d.index.includes('verdicts') && d.source && JSON.stringify(d.source).includes('"state":"final"'),
    )
    expect(finals.length).toBe(new Set(finals.map((d) => d.id)).size)
    await admin.disconnect()
    await stream.stop()
    await place.close()
  }, 240_000)
})

const LAB = sharedDir('lab-open')
describeWithKafka('law 1 on a real broker, recorded incidents', () => {
  beforeAll(ready)
  const scenarios = LAB === undefined ? [] : readdirSync(LAB).filter((name) => !name.includes('.'))
  // All of them go over topics in memory (test/stream/lab.test.ts); here one in five, through one broker at the same time.
  test.each(scenarios.filter((_, i) => i % 5 === 2))(
    '%s',
    async (name) => {
      const recorded = await trafficOf(join(LAB ?? '', name))
      const place = await placeOn(brokers, recorded, { more: 'lateness: 10s' })
      const { store, sink } = recorder()
      const stream = await begin(place, sink)
      await sendTraffic(place, recorded.records, { stepMs: 5_000 })
      await until(() => difference(stored(store), recorded.expectedInAll), 90_000)
      await stream.stop()
      await place.close()
    },
    150_000,
  )
})
