import { afterEach, describe, expect, test } from 'vitest'
import { freshName } from '../../services/topics.js'
import { eventually, numbered, openReader, startReader, stopReaders, type Trial, takeAll } from './reader.js'

/** Where a group goes on, and what comes again. */
export function describeCommitting(trial: Trial): void {
  describe('committing', () => {
    afterEach(stopReaders)

    test('a commit keeps its metadata, a restart goes on there', async () => {
      const { topics } = trial
      const topic = await topics().create('commit', { partitions: 2 })
      await topics().produce(topic, [...numbered(10, 0), ...numbered(10, 1)])
      const group = freshName('group')
      const before = await startReader(trial, { group, topics: [topic], fromBeginning: true })
      expect(await before.source.committed(topic, 0)).toBeUndefined()
      await eventually(() => before.messages.length).toBe(20)
      const metadata = JSON.stringify({ F: 1_700_000_000_000, text: '截至', long: 'x'.repeat(2_000) })
      expect(await before.source.commit(topic, 0, { offset: 4n, metadata })).toBe(true)
      expect(await before.source.committed(topic, 0)).toEqual({ offset: 4n, metadata })
      expect(await before.source.committed(topic, 1)).toBeUndefined()
      // It changes nothing for this process.
      await topics().produce(topic, numbered(1, 0, 10))
      await eventually(() => before.texts(0).length).toBe(11)
      await before.source.stop()

      const after = await startReader(trial, { group, topics: [topic], fromBeginning: true })
      await eventually(() => after.messages.length).toBe(17)
      expect(after.texts(0)).toEqual(numbered(7, 0, 4).map((m) => m.value))
      expect(after.texts(1)).toEqual(numbered(10, 1).map((m) => m.value))
      expect(await after.source.committed(topic, 0)).toEqual({ offset: 4n, metadata })
      // A commit may go back, too.
      expect(await after.source.commit(topic, 0, { offset: 1n, metadata: undefined })).toBe(true)
      expect(await after.source.committed(topic, 0)).toEqual({ offset: 1n, metadata: undefined })
    })

    test('too much metadata is a commit that could not be', async () => {
      const topic = await trial.topics().create('commit')
      await trial.topics().produce(topic, numbered(1, 0))
      const reader = await startReader(trial, { topics: [topic], fromBeginning: true })
      await eventually(() => reader.messages.length).toBe(1)
      expect(await reader.source.commit(topic, 0, { offset: 1n, metadata: 'x'.repeat(5_000) })).toBe(false)
      expect(await reader.source.committed(topic, 0)).toBeUndefined()
    })

    test('no commit for a partition that is not ours, before the group is joined, or after it is left', async () => {
      const topic = await trial.topics().create('commit')
      await trial.topics().produce(topic, numbered(3, 0))
      const reader = await openReader(trial, { topics: [topic], fromBeginning: true })
      const commit = (partition: number) => reader.source.commit(topic, partition, { offset: 1n, metadata: undefined })
      expect(await commit(0)).toBe(false)
      expect(reader.source.isMember()).toBe(false)
      await reader.start()
      await eventually(() => reader.messages.length).toBe(3)
      expect(await commit(1)).toBe(false)
      expect(reader.source.isMember()).toBe(true)
      await reader.source.stop()
      expect(await commit(0)).toBe(false)
      expect(reader.source.isMember()).toBe(false)
      const other = await startReader(trial, { topics: [topic], group: reader.group, fromBeginning: true })
      expect(await other.source.committed(topic, 0)).toBeUndefined()
    })

    test('what is not passed comes again, and only that', async () => {
      const topic = await trial.topics().create('passed')
      await trial.topics().produce(topic, numbered(10, 0))
      const reader = await openReader(trial, { topics: [topic], fromBeginning: true })
      let turns = 0
      reader.work = async (batch, control) => {
        if (++turns === 1) control.passed(3n)
        else await takeAll(batch, control)
      }
      await reader.start()
      await eventually(() => reader.messages.length).toBe(16)
      expect(reader.texts()).toEqual([...numbered(10, 0), ...numbered(6, 0, 4)].map((m) => m.value))
    })

    test('defer brings the rest later, and other partitions meanwhile', async () => {
      const topic = await trial.topics().create('defer', { partitions: 2 })
      await trial.topics().produce(topic, numbered(10, 0))
      const reader = await openReader(trial, { topics: [topic], fromBeginning: true })
      let deferredAt = 0
      const again: number[] = []
      reader.work = async (batch, control) => {
        if (batch.partition === 1) return takeAll(batch, control)
        if (deferredAt > 0) again.push(performance.now() - deferredAt)
        if (deferredAt > 0) return takeAll(batch, control)
        deferredAt = performance.now()
        control.passed(5n)
        control.defer(5_000)
      }
      await reader.start()
      await eventually(() => deferredAt).toBeGreaterThan(0)
      await trial.topics().produce(topic, numbered(3, 1))
      await eventually(() => reader.texts(1).length).toBe(3)
      expect(again).toEqual([])
      await eventually(() => reader.texts(0)).toEqual([...numbered(10, 0), ...numbered(4, 0, 6)].map((m) => m.value))
      expect(again[0]).toBeGreaterThan(4_800)
      expect(again[0]).toBeLessThan(20_000)
      expect(reader.source.isMember()).toBe(true)
    })

    test('a batch that throws comes again', async () => {
      const topic = await trial.topics().create('throw')
      await trial.topics().produce(topic, numbered(5, 0))
      const reader = await openReader(trial, { topics: [topic], fromBeginning: true })
      let turns = 0
      reader.work = async (batch, control) => {
        control.passed(1n)
        if (++turns < 3) throw new Error('the store is busy')
        await takeAll(batch, control)
      }
      await reader.start()
      await eventually(() => reader.texts().length).toBe(5 + 3 + 3)
      expect(reader.failures).toEqual([])
      await trial.topics().produce(topic, numbered(1, 0, 5))
      await eventually(() => reader.texts().at(-1)).toBe('0-5')
    })

    test('one that goes on throwing ends the source with its error', async () => {
      const topic = await trial.topics().create('throw')
      await trial.topics().produce(topic, numbered(5, 0))
      const reader = await openReader(trial, { topics: [topic], fromBeginning: true })
      const error = new Error('it is broken', { cause: new Error('deep down') })
      reader.work = () => Promise.reject(error)
      await reader.start()
      await eventually(() => reader.failures[0]).toBe(error)
      expect(reader.source.isMember()).toBe(false)
      expect(await reader.source.committed(topic, 0)).toBeUndefined()
    })
  })
}
