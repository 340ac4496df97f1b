import { afterEach, describe, expect, test } from 'vitest'
import { freshName } from '../../services/topics.js'
import { eventually, numbered, startReader, stopReaders, type Trial } from './reader.js'

/** What comes, and from where. */
export function describeReading(trial: Trial): void {
  describe('reading', () => {
    afterEach(stopReaders)

    test('keys, values, headers and times come as they were written, in order', async () => {
      const { topics } = trial
      const topic = await topics().create('read')
      const bytes = Buffer.from([0, 0xff, 0xfe, 0x80, 0xc3, 0x28, 0x0a])
      await topics().produce(topic, [
        {
          key: 'k1',
          value: bytes,
          timestamp: 1_700_000_000_123,
          headers: { host: 'gw-1', raw: bytes, twice: ['a', 'b'] },
        },
        { value: null, key: 'gone' },
        { value: '' },
        { value: 'odd names', headers: { constructor: 'c', __proto__x: 'p', toString: ['s', 't'], '': 'empty' } },
        ...numbered(2_000, 0),
      ])
      const reader = await startReader(trial, { topics: [topic], fromBeginning: true })
      await eventually(() => reader.messages.length).toBe(2_004)
      expect(reader.messages.map((m) => m.offset)).toEqual(Array.from({ length: 2_004 }, (_, i) => BigInt(i)))
      const [first, tombstone, empty, odd] = reader.messages
      expect(first).toMatchObject({ key: 'k1', timestamp: 1_700_000_000_123, headers: { host: 'gw-1', twice: 'a' } })
      expect(first?.value?.equals(bytes)).toBe(true)
      expect(typeof first?.headers['raw']).toBe('string')
      expect(tombstone).toMatchObject({ key: 'gone', value: undefined })
      expect(empty).toMatchObject({ key: undefined, value: Buffer.alloc(0) })
      expect(Object.entries(odd?.headers ?? {}).sort()).toEqual(
        [
          ['', 'empty'],
          ['__proto__x', 'p'],
          ['constructor', 'c'],
          ['toString', 's'],
        ].sort(),
      )
      expect(reader.texts().slice(4)).toEqual(numbered(2_000, 0).map((m) => m.value))
      expect(reader.batches.at(-1)?.next).toBe(2_004n)
    })

    test('several topics by name, and no others', async () => {
      const { topics } = trial
      const names = [await topics().create('name'), await topics().create('name', { partitions: 3 })]
      const other = await topics().create('name')
      for (const name of [...names, other]) await topics().produce(name, [{ value: name }])
      const reader = await startReader(trial, { topics: names, fromBeginning: true })
      await eventually(() => reader.texts().sort()).toEqual([...names].sort())
      expect(reader.assigned).toEqual([
        expect.arrayContaining([
          { topic: names[0], partition: 0 },
          ...[0, 1, 2].map((partition) => ({ topic: names[1], partition })),
        ]),
      ])
      expect(reader.assigned[0]).toHaveLength(4)
    })

    test('a topic that is not there is said by name', async () => {
      const missing = freshName('missing')
      await expect(startReader(trial, { topics: [missing] })).rejects.toMatchObject({
        code: 'KAFKA_TOPIC_MISSING',
        place: missing,
      })
    })

    test('topics by a pattern, and those that are made later, from their beginning', async () => {
      const { topics } = trial
      const prefix = freshName('logs')
      const first = await topics().create(`${prefix}.a`)
      await topics().create(`other-${prefix}.a`)
      const reader = await startReader(trial, {
        topics: new RegExp(`^${prefix}\\.`),
        fromBeginning: false,
        discoverMs: 300,
      })
      await topics().produce(first, [{ value: 'one' }])
      await eventually(() => reader.texts()).toEqual(['one'])
      const later = await topics().create(`${prefix}.b`)
      await topics().produce(later, [{ value: 'two' }])
      await eventually(() => reader.texts()).toContain('two')
      expect(new Set(reader.messages.map((m) => m.topic))).toEqual(new Set([first, later]))
      expect(
        reader.assigned
          .at(-1)
          ?.map((a) => a.topic)
          .sort(),
      ).toEqual([first, later].sort())
      expect(reader.failures).toEqual([])
    })

    test('a pattern that nothing matches yet waits', async () => {
      const prefix = freshName('later')
      const reader = await startReader(trial, {
        topics: new RegExp(`^${prefix}`),
        fromBeginning: true,
        discoverMs: 300,
      })
      const topic = await trial.topics().create(prefix)
      await trial.topics().produce(topic, [{ value: 'here' }])
      await eventually(() => reader.texts()).toEqual(['here'])
    })

    test('from the end: what was there is not read, and a restart before the first message changes nothing', async () => {
      const { topics } = trial
      const topic = await topics().create('end', { partitions: 2 })
      await topics().produce(topic, [...numbered(5, 0), ...numbered(5, 1)])
      const group = freshName('group')
      const before = await startReader(trial, { group, topics: [topic], fromBeginning: false })
      await eventually(() => before.source.committed(topic, 0)).toMatchObject({ offset: 5n })
      await eventually(() => before.source.committed(topic, 1)).toMatchObject({ offset: 5n })
      await before.source.stop()
      await topics().produce(topic, numbered(1, 0, 5))
      const after = await startReader(trial, { group, topics: [topic], fromBeginning: false })
      await topics().produce(topic, numbered(1, 1, 5))
      await eventually(() => after.texts().sort()).toEqual(['0-5', '1-5'])
      expect(before.messages).toEqual([])
    })

    test('a partition that is added is read from its beginning', async () => {
      const { topics } = trial
      const topic = await topics().create('grow')
      const reader = await startReader(trial, { topics: [topic], fromBeginning: false, discoverMs: 300 })
      await topics().produce(topic, [{ value: 'old' }])
      await eventually(() => reader.texts()).toEqual(['old'])
      await reader.source.commit(topic, 0, { offset: 1n, metadata: undefined })
      await topics().admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
      // The writer must get to know of it, too.
      await eventually(() =>
        topics()
          .produce(topic, [{ partition: 1, value: 'new' }])
          .then(
            () => true,
            () => false,
          ),
      ).toBe(true)
      await eventually(() => reader.texts(1)[0]).toBe('new')
      expect(reader.texts(0)).toEqual(['old'])
    })

    test('where the topic has been deleted past the commit, reading begins with what is left', async () => {
      const { topics } = trial
      const topic = await topics().create('deleted')
      await topics().produce(topic, numbered(10, 0))
      const group = freshName('group')
      const before = await startReader(trial, { group, topics: [topic], fromBeginning: true })
      await eventually(() => before.messages.length).toBe(10)
      expect(await before.source.commit(topic, 0, { offset: 2n, metadata: 'kept' })).toBe(true)
      await before.source.stop()
      await topics().ends(topic)
      await topics().admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '7' }] })
      const after = await startReader(trial, { group, topics: [topic], fromBeginning: false })
      await eventually(() => after.texts()).toEqual(['0-7', '0-8', '0-9'])
      expect(await after.source.committed(topic, 0)).toEqual({ offset: 2n, metadata: 'kept' })
    })

    test('transactions: what was aborted does not come, and `next` goes past their marks to the very end', async () => {
      const { topics } = trial
      const topic = await topics().create('tx')
      const producer = topics().client.producer({
        transactionalId: freshName('tx'),
        maxInFlightRequests: 1,
        idempotent: true,
      })
      await producer.connect()
      for (const [text, ends] of [
        ['a', 'commit'],
        ['b', 'abort'],
        ['c', 'commit'],
        ['d', 'abort'],
      ] as const) {
        const transaction = await producer.transaction()
        await transaction.send({ topic, messages: [{ value: `${text}1` }, { value: `${text}2` }] })
        await transaction[ends]()
      }
      await producer.disconnect()
      const reader = await startReader(trial, { topics: [topic], fromBeginning: true })
      await eventually(() => reader.texts()).toEqual(['a1', 'a2', 'c1', 'c2'])
      await eventually(() => reader.batches.at(-1)?.next).toBe(12n)
      expect((await topics().ends(topic)).get(0)).toBe(12n)
      // A mark that comes alone, after all was read.
      const alone = topics().client.producer({
        transactionalId: freshName('tx'),
        maxInFlightRequests: 1,
        idempotent: true,
      })
      await alone.connect()
      const transaction = await alone.transaction()
      await transaction.send({ topic, messages: [{ value: 'e' }] })
      await transaction.abort()
      await alone.disconnect()
      await eventually(() => reader.batches.at(-1)?.next).toBe(14n)
      expect(reader.batches.at(-1)?.messages).toEqual([])
      const nexts = reader.batches.map((b) => b.next)
      expect(nexts).toEqual([...new Set(nexts)].sort((a, b) => Number(a - b)))
    })

    test('gaps of compaction are passed, and `next` lies after them', async () => {
      const { topics } = trial
      const topic = await topics().create('compact', {
        settings: {
          'cleanup.policy': 'compact',
          'segment.ms': '50',
          'min.cleanable.dirty.ratio': '0.01',
          'delete.retention.ms': '0',
        },
      })
      const write = async (...keys: string[]) => {
        await topics().produce(
          topic,
          keys.map((key) => ({ key, value: key })),
        )
        await new Promise((later) => setTimeout(later, 100))
      }
      await write('a', 'b', 'a', 'c')
      await write('a', 'd', 'b', 'e')
      await write('b', 'f')
      // Only closed segments are compacted.
      await write('last')
      await eventually(async () => (await topics().read(topic)).map((m) => `${m.value}`).join('')).toBe('cadebflast')
      const reader = await startReader(trial, { topics: [topic], fromBeginning: true })
      await eventually(() => reader.texts().join('')).toBe('cadebflast')
      expect(reader.messages.map((m) => m.offset)).toEqual([3n, 4n, 5n, 7n, 8n, 9n, 10n])
      expect(reader.batches.at(-1)?.next).toBe(11n)
    })
  })
}
