import { afterEach, describe, expect, test } from 'vitest'
import type { Control } from '../../../pipeline/sources/source.js'
import { freshName } from '../../services/topics.js'
import {
  eventually,
  numbered,
  openReader,
  partitionsOf,
  startReader,
  stopReaders,
  type Trial,
  takeAll,
} from './reader.js'

/** Several processes in one group. */
export function describeSharing(trial: Trial): void {
  describe('sharing', () => {
    afterEach(stopReaders)

    test('two share the partitions, and take over when one leaves', async () => {
      const topic = await trial.topics().create('share', { partitions: 4 })
      const write = (from: number) =>
        trial.topics().produce(
          topic,
          [0, 1, 2, 3].flatMap((partition) => numbered(5, partition, from)),
        )
      const group = freshName('group')
      const first = await startReader(trial, { group, topics: [topic], fromBeginning: true })
      expect(partitionsOf(first.assigned[0])).toEqual([0, 1, 2, 3])
      const second = await startReader(trial, { group, topics: [topic], fromBeginning: true })
      const shares = () => [...partitionsOf(first.assigned.at(-1)), ...partitionsOf(second.assigned.at(-1))].sort()
      await eventually(shares).toEqual([0, 1, 2, 3])
      await eventually(() => partitionsOf(first.assigned.at(-1)).length).toBe(2)
      await write(0)
      await eventually(() => first.messages.length + second.messages.length).toBe(20)
      for (const reader of [first, second]) {
        const own = partitionsOf(reader.assigned.at(-1))
        expect(new Set(reader.messages.map((m) => m.partition))).toEqual(new Set(own))
        for (const partition of own) {
          expect(reader.texts(partition)).toEqual(numbered(5, partition).map((m) => m.value))
          expect(await reader.source.commit(topic, partition, { offset: 5n, metadata: undefined })).toBe(true)
        }
      }
      await second.source.stop()
      await eventually(() => partitionsOf(first.assigned.at(-1))).toEqual([0, 1, 2, 3])
      const before = first.messages.length
      await write(5)
      await eventually(() => first.messages.length).toBe(before + 20)
      for (const partition of [0, 1, 2, 3])
        expect(first.texts(partition).slice(-5)).toEqual(numbered(5, partition, 5).map((m) => m.value))
    })

    test('more processes than partitions: one has none, says so, and stands by', async () => {
      const topic = await trial.topics().create('share')
      const group = freshName('group')
      const readers = [
        await startReader(trial, { group, topics: [topic], fromBeginning: true }),
        await startReader(trial, { group, topics: [topic], fromBeginning: true }),
      ]
      const shares = () => readers.map((r) => r.assigned.at(-1)?.length).sort()
      await eventually(shares).toEqual([0, 1])
      const idle = readers.find((r) => r.assigned.at(-1)?.length === 0)
      const busy = readers.find((r) => r !== idle)
      await eventually(() => idle?.source.isMember()).toBe(true)
      await busy?.source.stop()
      await trial.topics().produce(topic, numbered(1, 0))
      await eventually(() => idle?.texts()).toEqual(['0-0'])
    })

    test('one that hangs loses its partitions, notices, and comes back cleanly', async () => {
      const topic = await trial.topics().create('hang', { partitions: 2 })
      const group = freshName('group')
      const options = { group, topics: [topic], fromBeginning: true, sessionTimeoutMs: 2_000 }
      const hanging = await openReader(trial, options)
      let release: () => void = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      let held: Control | undefined
      const thrown: unknown[] = []
      hanging.work = async (batch, control) => {
        if (held) return takeAll(batch, control)
        held = control
        control.passed(batch.messages[0]?.offset ?? 0n)
        await released
        await control.alive().catch((error: unknown) => {
          thrown.push(error)
          throw error
        })
      }
      await hanging.start()
      await trial.topics().produce(topic, numbered(4, 0))
      await eventually(() => held !== undefined).toBe(true)
      expect(hanging.source.isMember()).toBe(true)
      // Nobody tells the process: only its own clock does.
      await eventually(() => hanging.source.isMember()).toBe(false)
      const other = await startReader(trial, options)
      await eventually(() => partitionsOf(other.assigned.at(-1))).toEqual([0, 1])
      await eventually(() => other.texts(0)).toEqual(numbered(4, 0).map((m) => m.value))
      expect(await other.source.commit(topic, 0, { offset: 4n, metadata: 'theirs' })).toBe(true)
      // What is left of the old one must not undo it.
      expect(await hanging.source.commit(topic, 0, { offset: 1n, metadata: 'stale' })).toBe(false)
      expect(await other.source.committed(topic, 0)).toEqual({ offset: 4n, metadata: 'theirs' })

      release()
      await eventually(() => thrown.length).toBe(1)
      await eventually(() => hanging.assigned.length).toBeGreaterThan(1)
      await eventually(() => hanging.source.isMember()).toBe(true)
      expect(held?.isCurrent()).toBe(false)
      await expect(held?.alive()).rejects.toThrow()
      await eventually(() =>
        [...partitionsOf(hanging.assigned.at(-1)), ...partitionsOf(other.assigned.at(-1))].sort(),
      ).toEqual([0, 1])
      // Passing in a batch of before moves nothing now.
      held?.passed(100n)
      held?.defer(60_000)
      await trial.topics().produce(topic, [...numbered(3, 0, 4), ...numbered(3, 1)])
      const readers = [hanging, other]
      const owner = (partition: number) => readers.find((r) => partitionsOf(r.assigned.at(-1)).includes(partition))
      await eventually(() => owner(0)?.texts(0).slice(-3)).toEqual(numbered(3, 0, 4).map((m) => m.value))
      await eventually(() => owner(1)?.texts(1)).toEqual(numbered(3, 1).map((m) => m.value))
      expect(readers.flatMap((r) => r.failures)).toEqual([])
    })

    test('a rebalance in the middle of a batch: alive throws, and the batch comes again from the commit', async () => {
      const topic = await trial.topics().create('middle', { partitions: 2 })
      await trial.topics().produce(topic, [...numbered(50, 0), ...numbered(50, 1)])
      const group = freshName('group')
      const first = await openReader(trial, { group, topics: [topic], fromBeginning: true })
      const errors: unknown[] = []
      let isSlow = true
      first.work = async (batch, control) => {
        if (batch.messages.length > 0 && isSlow) {
          control.passed(batch.messages[9]?.offset ?? 0n)
          const committed = { offset: 10n, metadata: undefined }
          expect(await first.source.commit(batch.topic, batch.partition, committed)).toBe(true)
          try {
            while (isSlow) {
              await control.alive()
              await new Promise((again) => setTimeout(again, 20))
            }
          } catch (error) {
            errors.push(error)
            isSlow = false
            throw error
          }
        }
        await takeAll(batch, control)
      }
      await first.start()
      await eventually(() => first.messages.length).toBeGreaterThan(0)
      const slow = first.messages[0]?.partition as number
      const second = await startReader(trial, { group, topics: [topic], fromBeginning: true })
      await eventually(() => errors.length).toBe(1)
      await eventually(() =>
        [...partitionsOf(first.assigned.at(-1)), ...partitionsOf(second.assigned.at(-1))].sort(),
      ).toEqual([0, 1])
      const owner = partitionsOf(first.assigned.at(-1)).includes(slow) ? first : second
      const before = owner === first ? 50 : 0
      await eventually(() => owner.texts(slow).slice(before)).toEqual(numbered(40, slow, 10).map((m) => m.value))
      expect(first.failures).toEqual([])
    })
  })
}
