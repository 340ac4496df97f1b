import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Known, type Parameter } from '../../pipeline/diagnose/known.js'
import { sightingOf } from '../../pipeline/diagnose/sighting.js'
import {
  createKnownKeeper,
  createRowTable,
  type KnownKeeper,
  type KnownMessage,
} from '../../pipeline/stream/known-rows.js'
import type { StreamEvent } from '../../pipeline/stream/messages.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const T0 = Date.parse('2026-03-02T00:00:00.000Z')

const said = (at: number, n: number, terminal: string, version: string, address?: string): StreamEvent => ({
  at: T0 + at,
  id: `${(T0 + at).toString(36)}-${n}`,
  origin: `${terminal}/log`,
  realm: 'r',
  n: 0,
  signals: [],
  raw: { topic: 'raw', partition: 0, offset: n, line: 0 },
  received: T0 + at,
  event: {
    '@timestamp': new Date(T0 + at).toISOString(),
    'event.action': address === undefined ? 'program-started' : 'address-assigned',
    'whytimeout.role': 'terminal',
    'whytimeout.terminal_id': terminal,
    ...(address === undefined ? { 'whytimeout.version': version } : { 'whytimeout.address': address }),
  } as StreamEvent['event'],
})
/** Sources that change their mind, repeat themselves and fall silent, over some weeks. */
const lines = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.integer({ min: 0, max: HOUR_MS }), fc.integer({ min: 0, max: 3 * DAY_MS })),
      who: fc.integer({ min: 1, max: 9 }),
      value: fc.integer({ min: 1, max: 3 }),
      isLease: fc.boolean(),
    }),
    { minLength: 5, maxLength: 80 },
  )
  .map((steps) => {
    let at = 0
    return steps.map(({ gap, who, value, isLease }, n) => {
      at += gap
      return said(at, n, `T${who}`, `${value}`, isLease ? `10.0.0.${value}` : undefined)
    })
  })

const add = (keeper: KnownKeeper, e: StreamEvent) => {
  const sighting = sightingOf(e)
  if (sighting) keeper.live.add(e, sighting)
  keeper.passed(e)
}
const contents = (known: Known<StreamEvent>, from: number) =>
  ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9'].flatMap((terminal) =>
    (['version', 'address'] as Parameter[]).map((p) =>
      known.before({ terminal, host: undefined }, p, from).map((s) => `${s.id} ${s.value}`),
    ),
  )
const topic = () => {
  const table = createRowTable()
  return {
    rows: table.rows,
    send: (messages: readonly KnownMessage[]) => {
      for (const { key, value, headers = {} } of messages)
        table.take({ key, value: value === null ? undefined : Buffer.from(value), headers })
    },
  }
}

describe('what a restart knows', () => {
  test('is what a process that never ended knows, wherever it ended: before the rows, the commit or the end of old rows', () =>
    fc.assert(
      fc.property(
        lines,
        fc.array(
          fc.record({ after: fc.integer({ min: 1, max: 20 }), cut: fc.constantFrom('rows', 'commit', 'drop') }),
          {
            maxLength: 8,
          },
        ),
        fc.integer({ min: 3, max: 12 }),
        (all, ends, mostParameters) => {
          const limits = { mostParameters }
          const whole = createKnownKeeper('r', [], undefined, limits)
          for (const e of all) add(whole, e)
          const rows = topic()
          let committed: { from: number; next: number } | undefined
          let keeper = createKnownKeeper('r', [], undefined, limits)
          let next = 0
          const seen: string[][] = []
          for (const { after, cut } of ends) {
            const until = Math.min(all.length, next + after)
            for (; next < until; next++) {
              seen[next] = contents(keeper.live, all[next]?.at ?? 0).flat()
              add(keeper, all[next] as StreamEvent)
            }
            // A restart reads again from half a day before.
            const from = Math.max(committed?.from ?? 0, (all[next - 1]?.at ?? 0) - DAY_MS / 2)
            const { write, drop } = keeper.settle(from)
            if (cut !== 'rows') rows.send(write)
            if (cut === 'drop') {
              const begin = all.findIndex((e) => e.at >= from)
              committed = { from, next: begin < 0 ? all.length : begin }
              if (after % 2) rows.send(drop)
            }
            keeper = createKnownKeeper('r', committed ? rows.rows() : [], committed?.from, limits)
            next = committed?.next ?? 0
          }
          for (; next < all.length; next++) add(keeper, all[next] as StreamEvent)
          const end = (all.at(-1)?.at ?? 0) + 1
          expect(contents(keeper.live, end)).toEqual(contents(whole.live, end))
          const again = createKnownKeeper('r', [], undefined, limits)
          for (const [i, e] of all.entries()) {
            if (seen[i]) expect(seen[i]).toEqual(contents(again.live, e.at).flat())
            add(again, e)
          }
        },
      ),
      { numRuns: 300 },
    ))

  test('the order in which rows come back changes nothing', () =>
    fc.assert(
      fc.property(lines, fc.infiniteStream(fc.nat(1e6)), (all, keys) => {
        const keeper = createKnownKeeper('r', [], undefined)
        for (const e of all) add(keeper, e)
        const end = (all.at(-1)?.at ?? 0) + 1
        const rows = topic()
        rows.send(keeper.settle(end).write)
        const shuffled = rows
          .rows()
          .map((row) => ({ row, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
        const back = createKnownKeeper(
          'r',
          shuffled.map(({ row }) => row),
          end,
        )
        expect(contents(back.live, end)).toEqual(contents(keeper.live, end))
      }),
      { numRuns: 100 },
    ))

  test('rows of no use any more are ended', () => {
    const rows = topic()
    const keeper = createKnownKeeper('r', [], undefined)
    for (let day = 0; day < 40; day++) add(keeper, said(day * DAY_MS, day, 'T1', `${day}`))
    const { write, drop } = keeper.settle(T0 + 40 * DAY_MS)
    rows.send(write)
    rows.send(drop)
    expect(rows.rows().map((r) => r.event.event['whytimeout.version'])).toEqual([
      '32',
      '33',
      '34',
      '35',
      '36',
      '37',
      '38',
      '39',
    ])
  })

  test('a late line is there for verdicts to come, and after a restart', () => {
    const rows = topic()
    const keeper = createKnownKeeper('r', [], undefined)
    add(keeper, said(5 * HOUR_MS, 1, 'T1', '1'))
    keeper.late(said(HOUR_MS, 2, 'T1', '0'))
    rows.send(keeper.settle(T0 + 6 * HOUR_MS).write)
    const values = (k: KnownKeeper) =>
      k.live.before({ terminal: 'T1', host: undefined }, 'version', T0 + 6 * HOUR_MS).map((s) => s.value)
    expect(values(keeper)).toEqual(['0', '1'])
    expect(values(createKnownKeeper('r', rows.rows(), T0 + 6 * HOUR_MS))).toEqual(['0', '1'])
  })
})

describe('bounds', () => {
  test('past the limit those unheard of the longest go, a tenth at a time; those of one instant together', () => {
    const known = new Known<StreamEvent>({ mostParameters: 100 })
    const put = (e: StreamEvent) => known.add(e, sightingOf(e) as NonNullable<ReturnType<typeof sightingOf>>)
    for (let i = 0; i < 100; i++) put(said(Math.min(i, 95) * 1000, i, `T${i}`, '1'))
    put(said(99_000, 200, 'T0', '2'))
    expect(known.size).toBe(100)
    put(said(100_000, 201, 'T100', '1'))
    expect(known.size).toBe(90)
    const of = (terminal: string) => known.last({ terminal, host: undefined }, 'version', T0 + DAY_MS)?.value
    expect([of('T0'), of('T1'), of('T11'), of('T12')]).toEqual(['2', undefined, undefined, '1'])
  })
  test('a value repeated for weeks stands; a line is held no longer than it is known', () => {
    const known = new Known<StreamEvent>()
    const all = Array.from({ length: 30 }, (_, day) => said(day * DAY_MS, day, 'T1', '1'))
    for (const e of all) known.add(e, sightingOf(e) as NonNullable<ReturnType<typeof sightingOf>>)
    const stands = known.before({ terminal: 'T1', host: undefined }, 'version', T0 + 30 * DAY_MS)
    expect(stands.map((s) => (s.at - T0) / DAY_MS)).toEqual([21, 28])
    expect(all.filter((e) => known.get(e.id)).map((e) => (e.at - T0) / DAY_MS)).toEqual([0, 7, 14, 21, 28])
  })
})
