import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectKafka, createKafkaSource } from '../../pipeline/sources/kafka.js'
import { KafkaConfig } from '../../schemas/config.js'
import { type Kafka, startKafka } from '../services/kafka.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { freshName, openTopics, type Topics } from '../services/topics.js'
import { eventually, numbered } from '../sources/conformance/reader.js'

describeWithKafka('the shared broker', () => {
  let topics: Topics
  beforeAll(async () => {
    topics = await openTopics(await sharedKafka())
  })
  afterAll(() => topics.close())

  test('a topic is read to its end, with keys, headers, times and empty values', async () => {
    const topic = await topics.create('harness', { partitions: 2 })
    expect(await topics.read(topic)).toEqual([])
    await topics.produce(topic, [
      { partition: 1, key: 'k', value: Buffer.from([0xff, 0]), headers: { a: ['1', '2'] }, timestamp: 5 },
      { partition: 0, value: null },
    ])
    expect(await topics.read(topic)).toMatchObject([
      { partition: 0, offset: 0n, value: null },
      { partition: 1, offset: 0n, key: Buffer.from('k'), value: Buffer.from([0xff, 0]), timestamp: 5 },
    ])
    expect(await topics.ends(topic)).toEqual(
      new Map([
        [0, 1n],
        [1, 1n],
      ]),
    )
  })
})

describeWithKafka('a cluster of three', () => {
  let kafka: Kafka
  let topics: Topics
  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3 })
    topics = await openTopics(kafka.address)
  })
  afterAll(async () => {
    await topics?.close()
    await kafka?.stop()
  })

  test('goes on while one node is dead, and takes it back', async () => {
    const topic = await topics.create('harness', { partitions: 3 })
    const {
      topics: [described],
    } = await topics.admin.fetchTopicMetadata({ topics: [topic] })
    expect(described?.partitions.map((p) => p.replicas.length)).toEqual([3, 3, 3])
    const write = (text: string) =>
      topics.produce(
        topic,
        [0, 1, 2].map((partition) => ({ partition, value: text })),
      )
    await write('before')
    await kafka.kill(1)
    await write('meanwhile')
    await kafka.start(1)
    await write('after')
    const texts = (await topics.read(topic)).map((m) => `${m.partition} ${m.value}`)
    expect(new Set(texts)).toEqual(
      new Set([0, 1, 2].flatMap((p) => ['before', 'meanwhile', 'after'].map((t) => `${p} ${t}`))),
    )
    await expect
      .poll(
        async () => {
          const {
            topics: [now],
          } = await topics.admin.fetchTopicMetadata({ topics: [topic] })
          return now?.partitions.map((p) => p.isr.length)
        },
        { timeout: 30_000 },
      )
      .toEqual([3, 3, 3])
  })

  test('a source goes on when the coordinator of its group, and leaders, are killed one after the other', async () => {
    const topic = await topics.create('moves', { partitions: 3 })
    const source = createKafkaSource(
      await connectKafka(KafkaConfig.parse({ brokers: [kafka.address], topics: [topic] })),
      {
        group: freshName('group'),
        topics: [topic],
        fromBeginning: true,
        sessionTimeoutMs: 3_000,
      },
    )
    const got = [0, 1, 2].map(() => new Set<string>())
    const order: string[] = []
    const failures: Error[] = []
    await source.run({
      assigned: () => {},
      failed: (error) => failures.push(error),
      batch: async (batch, control) => {
        const seen = got[batch.partition] ?? new Set()
        for (const m of batch.messages) {
          const text = `${m.value}`
          // What is new comes in order; what was not committed may come again.
          if (!seen.has(text)) order.push(text)
          seen.add(text)
        }
        const last = batch.messages.at(-1)
        if (last) control.passed(last.offset)
        await control.alive()
        await source.commit(batch.topic, batch.partition, { offset: batch.next, metadata: undefined })
      },
    })
    let written = 0
    const write = async (count: number): Promise<void> => {
      const messages = [0, 1, 2].flatMap((partition) => numbered(count, partition, written))
      written += count
      await topics.produce(topic, messages)
    }
    const isComplete = () => got.every((seen) => seen.size === written)
    await write(10)
    await eventually(isComplete).toBe(true)
    for (const node of [0, 1, 2]) {
      await kafka.kill(node)
      await write(10)
      await eventually(isComplete, 60_000).toBe(true)
      await eventually(() => source.isMember(), 60_000).toBe(true)
      await kafka.start(node)
    }
    await write(10)
    await eventually(isComplete, 60_000).toBe(true)
    await source.stop()
    for (const p of [0, 1, 2])
      expect(order.filter((text) => text.startsWith(`${p}-`))).toEqual(numbered(written, p).map((m) => m.value))
    expect(failures).toEqual([])
  }, 400_000)
})
