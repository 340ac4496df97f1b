import { describe, expect, test } from 'vitest'
import { judgeInternalTopics } from '../../../pipeline/run/doctor/internal-topics.js'
import { judgeOffsets, type OffsetFact } from '../../../pipeline/run/doctor/offsets.js'
import { judgeRawTopics } from '../../../pipeline/run/doctor/raw-topics.js'
import { differences } from '../../../pipeline/run/setup/differences.js'
import { asCreated, type InternalTopic, internalTopics } from '../../../pipeline/run/topics.js'
import { codesOf, settings, topicState } from './facts.js'

const [events, clocks] = internalTopics('w') as [InternalTopic, InternalTopic]
const created = (t: InternalTopic, replicas = 1, changes: Record<string, string> = {}) =>
  settings({
    ...Object.fromEntries((asCreated(t, replicas, 1).configEntries ?? []).map((e) => [e.name, e.value])),
    ...changes,
  })

describe('internal topics', () => {
  test.each([1, 2, 3, 5])('as created with %i copies there is no difference', (replicas) => {
    for (const t of internalTopics('w')) expect(differences(t, replicas, created(t, replicas)), t.topic).toEqual([])
  })
  test('events keep a week at least, by the time of writing', () => {
    expect(events.topic).toBe('w.events')
    expect(Number(events.settings['retention.ms'])).toBeGreaterThanOrEqual(7 * 86_400_000)
    expect(events.settings['message.timestamp.type']).toBe('LogAppendTime')
  })
  test.each<[string, InternalTopic, Record<string, string>, string | undefined, boolean]>([
    ['longer is fine', events, { 'retention.ms': String(30 * 86_400_000) }, undefined, false],
    ['for ever is fine', events, { 'retention.ms': '-1' }, undefined, false],
    ['too short', events, { 'retention.ms': '3600000' }, 'retention.ms', true],
    ['no time at all', events, { 'retention.ms': '0' }, 'retention.ms', true],
    ['compacted', events, { 'cleanup.policy': 'compact' }, 'cleanup.policy', true],
    ['compacted and deleted', events, { 'cleanup.policy': 'compact,delete' }, 'cleanup.policy', true],
    ['by the logs’ time', events, { 'message.timestamp.type': 'CreateTime' }, 'message.timestamp.type', true],
    ['by size', events, { 'retention.bytes': '1000000' }, 'retention.bytes', false],
    ['clocks deleted', clocks, { 'cleanup.policy': 'delete' }, 'cleanup.policy', true],
    ['clocks deleted too', clocks, { 'cleanup.policy': 'compact,delete' }, 'cleanup.policy', true],
    ['clocks by any time', clocks, { 'message.timestamp.type': 'CreateTime', 'retention.ms': '1' }, undefined, false],
    ['lagging leaders', clocks, { 'unclean.leader.election.enable': 'true' }, 'unclean.leader.election.enable', true],
    ['more copies asked for than there are', clocks, { 'min.insync.replicas': '2' }, 'min.insync.replicas', true],
  ])('%s', (_, topic, changes, setting, losesData) => {
    const found = differences(topic, 1, created(topic, 1, changes))
    expect(found.map((d) => [d.setting, d.losesData])).toEqual(setting === undefined ? [] : [[setting, losesData]])
    for (const d of found) expect(d.why.zh).toMatch(/[\u4e00-\u9fff]/)
  })
  test('by the logs’ time, but for ever: no record is lost', () =>
    expect(
      differences(events, 1, created(events, 1, { 'message.timestamp.type': 'CreateTime', 'retention.ms': '-1' })),
    ).toMatchObject([{ setting: 'message.timestamp.type', losesData: false }]))
  test('three copies of which one is enough', () =>
    expect(differences(events, 3, created(events, 3, { 'min.insync.replicas': '1' }))).toMatchObject([
      { setting: 'min.insync.replicas', should: '2', losesData: true },
    ]))

  const facts = (wanted: InternalTopic, more = {}, changes = {}, replicas = 1) => [
    { wanted, state: topicState(wanted.topic, { ...more, replicas }), settings: created(wanted, replicas, changes) },
  ]
  test.each<[string, Parameters<typeof judgeInternalTopics>, string[]]>([
    ['fine', [facts(events), 1], ['ok internal-topics-fit']],
    ['missing', [facts(events, { error: 3, partitions: [] }), 1], ['fail internal-topic-missing']],
    [
      'not even named by the broker',
      [[{ wanted: events, state: undefined, settings: undefined }], 1],
      ['fail internal-topic-missing'],
    ],
    ['hidden', [facts(events, { error: 29, partitions: [] }), 1], ['fail internal-topic-hidden']],
    ['short', [facts(events, {}, { 'retention.ms': '1' }), 1], ['fail setting-loses-data']],
    ['limited by size', [facts(events, {}, { 'retention.bytes': '1' }), 1], ['warn setting-differs']],
    ['one copy on three brokers', [facts(events), 3], ['warn few-copies']],
    [
      'settings not to be seen',
      [[{ wanted: events, state: topicState('w.events'), settings: undefined }], 1],
      ['warn settings-hidden'],
    ],
  ])('%s', (_, given, codes) => expect(codesOf(judgeInternalTopics(...given))).toEqual(codes))
  test('events were given more partitions, and what is known of sources was not', () => {
    const known = internalTopics('w').find((t) => t.topic === 'w.known') as InternalTopic
    const partitions = topicState('w.known').partitions
    const two = [...partitions, { ...(partitions[0] as (typeof partitions)[number]), partition: partitions.length }]
    expect(codesOf(judgeInternalTopics([...facts(events, { partitions: two }), ...facts(known)], 1))).toEqual([
      'warn known-partitions-differ',
    ])
    expect(codesOf(judgeInternalTopics([...facts(events), ...facts(known)], 1))).toEqual(['ok internal-topics-fit'])
  })
  test('a partition without leader, and one with a copy behind', () => {
    const partitions = [
      { error: 5, partition: 0, leader: -1, replicas: [1, 2], inSync: [] },
      { error: 0, partition: 1, leader: 1, replicas: [1, 2], inSync: [1] },
    ]
    const found = judgeInternalTopics(facts(events, { partitions }, {}, 2), 2)
    expect(codesOf(found)).toEqual(['fail partition-without-leader', 'warn copies-behind'])
  })
})

describe('raw topics', () => {
  const KEPT = {
    'cleanup.policy': 'delete',
    'retention.ms': String(7 * 86_400_000),
    'message.timestamp.type': 'LogAppendTime',
  }
  const judge = (changes: Record<string, string> | undefined, more = {}, high = 5n) =>
    codesOf(
      judgeRawTopics(
        [
          {
            state: topicState('logs', more),
            settings: changes && settings({ ...KEPT, ...changes }),
            ends: [{ partition: 0, low: 0n, high }],
          },
        ],
        ['logs'],
      ),
    )
  test.each<[string, Record<string, string> | undefined, string[]]>([
    ['fine', {}, ['ok raw-topics-there']],
    [
      'by the producers’ time',
      { 'message.timestamp.type': 'CreateTime' },
      ['warn raw-topic-deletes-by-producer-time', 'ok raw-topics-there'],
    ],
    [
      'by the producers’ time, for ever',
      { 'message.timestamp.type': 'CreateTime', 'retention.ms': '-1' },
      ['ok raw-topics-there'],
    ],
    ['compacted', { 'cleanup.policy': 'compact' }, ['fail raw-topic-compacted', 'ok raw-topics-there']],
    ['compacted too', { 'cleanup.policy': 'compact,delete' }, ['fail raw-topic-compacted', 'ok raw-topics-there']],
    ['an hour', { 'retention.ms': '3600000' }, ['warn raw-topic-short-retention', 'ok raw-topics-there']],
    ['every codec there is', { 'compression.type': 'zstd' }, ['ok raw-topics-there']],
    ['a codec to come', { 'compression.type': 'brotli' }, ['fail raw-topic-codec', 'ok raw-topics-there']],
    ['settings not to be seen', undefined, ['warn settings-hidden', 'ok raw-topics-there']],
  ])('%s', (_, changes, codes) => expect(judge(changes)).toEqual(codes))
  test('missing, hidden, empty', () => {
    expect(judge({}, { error: 3, partitions: [] })).toEqual(['fail raw-topic-missing'])
    expect(judge({}, { error: 29, partitions: [] })).toEqual(['fail raw-topic-hidden'])
    expect(judge({}, {}, 0n)).toEqual(['warn raw-topics-empty'])
  })
  test('a pattern that nothing fits', () =>
    expect(codesOf(judgeRawTopics([], '/^logs/'))).toEqual(['fail no-raw-topic']))
})

describe('offsets', () => {
  const fact = (committed: bigint | undefined, more: Partial<OffsetFact> = {}): OffsetFact => ({
    group: 'w-parse',
    topic: 'logs',
    partition: 0,
    low: 100n,
    high: 200n,
    committed,
    ...more,
  })
  const judge = (facts: readonly OffsetFact[]) => codesOf(judgeOffsets('w-parse', facts, true))
  test('only what lies outside of [low, high] is wrong', () => {
    for (const at of [100n, 150n, 200n]) expect(judge([fact(at)])).toEqual(['ok offsets-fit'])
    expect(judge([fact(99n)])).toEqual(['fail offset-out-of-retention'])
    expect(judge([fact(201n)])).toEqual(['fail offset-beyond-end'])
    expect(judge([fact(undefined)])).toEqual(['ok group-is-new'])
    expect(judge([fact(150n), fact(undefined, { partition: 1 })])).toEqual(['ok offsets-fit'])
    expect(judge([fact(150n), fact(0n, { partition: 1 })])).toEqual(['fail offset-out-of-retention'])
    expect(judge([])).toEqual(['skip no-partitions'])
  })
  test('how many were lost, and how many are left', () => {
    const [lost] = judgeOffsets('w-parse', [fact(99n)], true)
    expect(lost?.what.en).toContain('1 message')
    const [left] = judgeOffsets(
      'w-parse',
      [fact(150n), fact(undefined, { partition: 1, low: 0n, high: 12_000n })],
      true,
    )
    expect(left?.what.en).toContain('12 050 messages to read')
  })
})
