import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Kafka, startKafka } from '../../services/kafka.js'
import { freshName, openTopics, type Topics } from '../../services/topics.js'
import { eventually, numbered, openReader, startReader, stopReaders, type Trial, takeAll } from './reader.js'

/** Ends in time, and brokers that go away. */
export function describeEnduring(trial: Trial): void {
  describe('stopping', () => {
    afterEach(stopReaders)

    test('an idle source stops at once, one in a batch after the batch; a second stop does no harm', async () => {
      const topic = await trial.topics().create('stop')
      const idle = await startReader(trial, { topics: [topic], fromBeginning: true })
      const began = performance.now()
      await idle.source.stop()
      // Less than it would give a batch that hangs.
      expect(performance.now() - began).toBeLessThan(6_000)
      await idle.source.stop()

      const busy = await openReader(trial, { topics: [topic], fromBeginning: true })
      const steps: string[] = []
      busy.work = async (batch, control) => {
        steps.push('batch begins')
        while (control.isCurrent()) await new Promise((again) => setTimeout(again, 10))
        control.passed(batch.messages.at(-1)?.offset ?? 0n)
        steps.push(`commit ${await busy.source.commit(topic, 0, { offset: batch.next, metadata: undefined })}`)
      }
      await busy.start()
      await trial.topics().produce(topic, numbered(1, 0))
      await eventually(() => steps.length).toBe(1)
      await busy.source.stop()
      // The last commit of a batch under way still counts, or is said not to.
      expect(steps).toEqual(['batch begins', 'commit true'])
      const next = await startReader(trial, { topics: [topic], group: busy.group, fromBeginning: true })
      expect(await next.source.committed(topic, 0)).toMatchObject({ offset: 1n })
    })

    test('a handler that hangs does not keep stop waiting for ever', async () => {
      const topic = await trial.topics().create('stop')
      await trial.topics().produce(topic, numbered(1, 0))
      const reader = await openReader(trial, { topics: [topic], fromBeginning: true, sessionTimeoutMs: 2_000 })
      let release: () => void = () => {}
      reader.work = () =>
        new Promise((resolve) => {
          release = resolve
        })
      await reader.start()
      await eventually(() => reader.batches.length).toBe(1)
      await eventually(() => reader.source.isMember()).toBe(false)
      const began = performance.now()
      await reader.source.stop()
      expect(performance.now() - began).toBeLessThan(4_000)
      release()
    })
  })

  describe('brokers that go away', () => {
    let kafka: Kafka
    let topics: Topics
    beforeAll(async () => {
      kafka = await startKafka()
      topics = await openTopics(kafka.address)
    })
    afterEach(stopReaders)
    afterAll(async () => {
      await topics?.close()
      await kafka?.stop()
    })

    test('a broker that is killed and started again in the middle: all comes, in order, and the group is joined again', async () => {
      const topic = await topics.create('restart', { partitions: 2 })
      const reader = await openReader(
        trial,
        { topics: [topic], fromBeginning: true, sessionTimeoutMs: 3_000 },
        kafka.address,
      )
      reader.work = async (batch, control) => {
        await takeAll(batch, control)
        await reader.source.commit(batch.topic, batch.partition, { offset: batch.next, metadata: undefined })
      }
      await reader.start()
      await topics.produce(topic, [...numbered(20, 0), ...numbered(20, 1)])
      await eventually(() => reader.messages.length).toBe(40)
      await kafka.kill()
      await eventually(() => reader.source.isMember()).toBe(false)
      expect(await reader.source.commit(topic, 0, { offset: 20n, metadata: undefined })).toBe(false)
      await kafka.start()
      await topics.produce(topic, [...numbered(20, 0, 20), ...numbered(20, 1, 20)])
      for (const partition of [0, 1])
        await eventually(() => [...new Set(reader.texts(partition))], 120_000).toEqual(
          numbered(40, partition).map((m) => m.value),
        )
      await eventually(() => reader.source.isMember(), 120_000).toBe(true)
      expect(reader.failures).toEqual([])
    }, 400_000)

    test('stop ends in time while the brokers are away', async () => {
      const topic = await topics.create('away')
      const reader = await startReader(
        trial,
        { topics: [topic], fromBeginning: true, sessionTimeoutMs: 2_000 },
        kafka.address,
      )
      await kafka.kill()
      await eventually(() => reader.source.isMember()).toBe(false)
      const began = performance.now()
      await reader.source.stop()
      expect(performance.now() - began).toBeLessThan(4_000)
      expect(reader.failures).toEqual([])
      await expect(trial.open(kafka.address, { group: freshName('group'), topics: [topic] })).rejects.toMatchObject({
        code: 'KAFKA_UNREACHABLE',
        place: kafka.address,
      })
      await kafka.start()
    })
  })
}
