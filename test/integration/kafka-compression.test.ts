import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { WhytimeoutError } from '../../pipeline/errors.js'
import { registerCodecs } from '../../pipeline/sources/codecs.js'
import { connectKafka, createKafkaSource } from '../../pipeline/sources/kafka.js'
import { KafkaConfig } from '../../schemas/config.js'
import { produceWithJava } from '../services/console-producer.js'
import { describeWithKafka, sharedKafka } from '../services/shared.js'
import { openTopics, type Topics } from '../services/topics.js'
import { eventually, startReader, stopReaders, type Trial } from '../sources/conformance/reader.js'

const { CompressionCodecs, CompressionTypes } = kafkajs
const require = createRequire(import.meta.url)
const snappy = require('snappyjs') as { compress(plain: Buffer): Buffer }
const lz4 = require('lz4js') as { compress(plain: Uint8Array): Uint8Array }

/** The broker takes independent blocks only; one block is. The header's checksum covers the flag. */
const independent = (frame: Buffer): Buffer => {
  frame.set([0x60, 0x70, 0x73], 4)
  return frame
}

const lines = Array.from(
  { length: 4_000 },
  (_, i) => `pos-${i % 40}\t2026-03-01 10:00:${i % 60} connect timed out 连接超时 ${i}`,
)
const values = lines.map((line) => line.split('\t')[1])
const keys = lines.map((line) => line.split('\t')[0])

describeWithKafka('compressed batches', () => {
  let brokers: string
  let topics: Topics
  beforeAll(async () => {
    brokers = await sharedKafka()
    topics = await openTopics(brokers)
  })
  afterEach(stopReaders)
  afterAll(() => topics?.close())

  const trial: Trial = {
    brokers: () => brokers,
    topics: () => topics,
    open: async (address, { fromBeginning = true, sessionTimeoutMs = 6_000, ...options }) =>
      createKafkaSource(await connectKafka(KafkaConfig.parse({ brokers: [address], topics: ['unused'] })), {
        ...options,
        fromBeginning,
        sessionTimeoutMs,
      }),
  }
  /** Opening a source registers our codecs: `use` comes after it. */
  const after = (use: () => void): Trial => ({
    ...trial,
    open: async (...parameters) => {
      const source = await trial.open(...parameters)
      use()
      return source
    },
  })
  /** Our codecs, counting what they unpack and packing by another's code. */
  const watch = (type: 1 | 2 | 3 | 4, pack: (plain: Buffer) => Promise<Buffer> | Buffer) => {
    registerCodecs()
    const ours = CompressionCodecs[type]()
    const counted = { packed: 0, unpacked: 0 }
    const watching = () => ({
      compress: async ({ buffer }: { buffer: Buffer }) => pack(buffer),
      decompress: async (bytes: Buffer) => {
        const plain: Buffer = await ours.decompress(bytes)
        counted.packed += bytes.length
        counted.unpacked += plain.length
        return plain
      },
    })
    return { counted, use: () => Object.assign(CompressionCodecs, { [type]: watching }) }
  }

  test.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ] as const)("%s from Kafka's own producer", async (name, type) => {
    const topic = await topics.create(name)
    await produceWithJava(brokers, topic, name, lines)
    const { counted, use } = watch(type, (plain) => plain)
    const reader = await startReader(after(use), { topics: [topic], fromBeginning: true })
    await eventually(() => reader.messages.length).toBe(lines.length)
    expect(reader.texts()).toEqual(values)
    expect(reader.messages.map((m) => m.key)).toEqual(keys)
    expect(counted.unpacked).toBeGreaterThan(200_000)
    expect(counted.packed).toBeLessThan(counted.unpacked / 2)
  })

  test.each([
    ['snappy without frames', CompressionTypes.Snappy, (plain: Buffer) => snappy.compress(Buffer.from(plain))],
    ['lz4 in blocks of 4 MB', CompressionTypes.LZ4, (plain: Buffer) => independent(Buffer.from(lz4.compress(plain)))],
    ['gzip of Node.js', CompressionTypes.GZIP, (plain: Buffer) => promisify(gzip)(plain)],
  ] as const)('%s, from another producer', async (_, type, pack) => {
    const topic = await topics.create('other')
    const { counted, use } = watch(type, pack)
    use()
    const producer = topics.client.producer({ allowAutoTopicCreation: false })
    await producer.connect()
    await producer.send({ topic, compression: type, messages: values.map((value) => ({ value: value ?? '' })) })
    await producer.disconnect()
    const reader = await startReader(after(use), { topics: [topic], fromBeginning: true })
    await eventually(() => reader.messages.length).toBe(values.length)
    expect(reader.texts()).toEqual(values)
    expect(counted.unpacked).toBeGreaterThan(200_000)
  })

  test('a bomb ends the source, which says what it is and where, after all that is before it has been read', async () => {
    const topic = await topics.create('bomb')
    await topics.produce(topic, [{ value: 'before' }])
    await topics.produce(topic, [{ value: 'just before' }])
    const producer = topics.client.producer({ allowAutoTopicCreation: false })
    await producer.connect()
    await producer.send({
      topic,
      compression: CompressionTypes.GZIP,
      messages: [{ value: Buffer.alloc(150_000_000, 'a') }],
    })
    await producer.disconnect()
    expect((await topics.ends(topic)).get(0)).toBe(3n)
    const reader = await startReader(trial, { topics: [topic], fromBeginning: true })
    await eventually(() => reader.failures.length).toBe(1)
    expect(reader.failures[0] as WhytimeoutError).toMatchObject({
      code: 'KAFKA_BATCH_TOO_LARGE',
      place: `group ${reader.group}: ${topic}/0 at 2`,
    })
    expect(reader.texts()).toEqual(['before', 'just before'])
    expect(process.memoryUsage().rss).toBeLessThan(1_500_000_000)
    await reader.source.stop()
  })
})
