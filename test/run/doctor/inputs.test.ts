import { describe, expect, test } from 'vitest'
import { parseInventory } from '../../../pipeline/parse/inventory.js'
import { parseOrigins } from '../../../pipeline/parse/origins.js'
import { judgeInventory } from '../../../pipeline/run/doctor/inventory.js'
import { judgeOrigins } from '../../../pipeline/run/doctor/origins.js'
import { judgeProcesses, type WrittenClock } from '../../../pipeline/run/doctor/processes.js'
import { judgeRules } from '../../../pipeline/run/doctor/rules.js'
import { judgeShares, judgeSpread, type Sampled } from '../../../pipeline/run/doctor/spread.js'
import { loadPack } from '../../../pipeline/run/rules.js'
import { codesOf } from './facts.js'

const NOW = Date.parse('2026-11-24T00:00:00Z')

describe('inventory', () => {
  const HEAD = 'terminal_id,ip,mac,site,isp,gateway,realm,wan_ip,valid_from,valid_to'
  const judge = (...rows: string[]) =>
    codesOf(judgeInventory(parseInventory([HEAD, ...rows].join('\n'), 'i.csv').rows, 'i.csv', NOW))
  test.each<[string, string[], string[]]>([
    ['fine', ['T1,10.0.0.1,,S1,I,G,,,,', 'T2,10.0.0.2,,S1,I,G,,,,'], ['ok inventory-read']],
    ['empty', [], ['warn inventory-empty']],
    [
      'one address, two terminals',
      ['T1,10.0.0.1,,S1,,,,,,', 'T2,10.0.0.1,,S1,,,,,,'],
      ['ok inventory-read', 'warn inventory-address-shared'],
    ],
    [
      'one address, one after the other',
      ['T1,10.0.0.1,,S1,,,,,,2026-01-01T00:00:00Z', 'T2,10.0.0.1,,S1,,,,,2026-01-01T00:00:00Z,'],
      ['ok inventory-read'],
    ],
    [
      'one terminal moved with its address',
      ['T1,10.0.0.1,,S1,,,,,,2026-01-01T00:00:00Z', 'T1,10.0.0.1,,S2,,,,,2026-01-01T00:00:00Z,'],
      ['ok inventory-read'],
    ],
    [
      'one mac, two terminals',
      ['T1,,02:00:00:00:00:01,S1,,,,,,', 'T2,,02-00-00-00-00-01,S1,,,,,,'],
      ['ok inventory-read', 'warn inventory-mac-shared'],
    ],
    [
      'two sites behind one address',
      ['T1,10.0.0.1,,S1,,,,203.0.113.1,,', 'T2,10.0.0.2,,S2,,,,203.0.113.1,,'],
      ['ok inventory-read', 'warn inventory-wan-shared'],
    ],
    [
      'a site in two realms',
      ['T1,10.0.0.1,,S1,,,north,,,', 'T2,10.0.0.2,,S1,,,,,,'],
      ['ok inventory-read', 'warn inventory-site-in-realms'],
    ],
    ['no address', ['T1,,,S1,,,,,,'], ['ok inventory-read', 'warn inventory-no-address']],
    ['over', ['T1,10.0.0.1,,S1,,,,,,2026-01-01T00:00:00Z'], ['ok inventory-read', 'warn inventory-not-valid']],
  ])('%s', (_, rows, codes) => expect(judge(...rows)).toEqual(codes))
  test('counts what holds now', () => {
    const text = `${HEAD}\nT1,10.0.0.1,,S1,I,G,,,,\nT2,10.0.0.2,,S2,I,G,,,,\nT3,10.0.0.3,,S3,J,G,,,,2026-01-01T00:00:00Z`
    expect(judgeInventory(parseInventory(text, 'i.csv').rows, 'i.csv', NOW)[0]?.what.en).toBe(
      '2 terminals at 2 sites, 1 provider, 1 gateway, 1 realm',
    )
  })
  test('many rows with one address are judged in no time', () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, i) =>
        `T${i},10.0.0.1,,S1,,,,,${new Date(i * 60_000).toISOString()},${new Date((i + 1) * 60_000).toISOString()}`,
    )
    const { rows: read } = parseInventory([HEAD, ...rows].join('\n'), 'i.csv')
    const began = performance.now()
    expect(codesOf(judgeInventory(read, 'i.csv', 30_000))).toEqual(['ok inventory-read'])
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

test('origins', () => {
  const judge = (text: string, sites?: string[]) =>
    codesOf(
      judgeOrigins(parseOrigins(text, 'o.yml').entries, { place: 'o.yml', sites: sites && new Set(sites), now: NOW }),
    )
  expect(judge('gw1/*: { zone: Asia/Shanghai, format: haproxy, site: S1 }', ['S1'])).toEqual(['ok origins-read'])
  expect(judge('gw1/*: { format: haproxi }')).toEqual(['ok origins-read', 'fail origins-format-unknown'])
  expect(judge('gw1/*: { until: "2026-03-01T00:00:00Z" }')).toEqual(['ok origins-read', 'warn origins-until-past'])
  expect(judge('gw1/*: { until: "2027-03-01T00:00:00Z" }')).toEqual(['ok origins-read'])
  expect(judge('gw1/*: { site: S2 }', ['S1'])).toEqual(['ok origins-read', 'warn origins-site-unknown'])
  expect(judge('gw1/*: { site: S2 }')).toEqual(['ok origins-read'])
})

test('rules: changed since their generation was given', async () => {
  const pack = await loadPack()
  expect(codesOf(judgeRules(pack, 'rules'))).toEqual(['ok rules-read'])
  expect(codesOf(judgeRules({ ...pack, rulesDigest: 'other' }, 'rules'))).toEqual([
    'ok rules-read',
    'warn rules-changed',
  ])
})

describe('processes', () => {
  const clock = (partition: number, digest: string, at: number, generation = 3): WrittenClock => ({
    topic: 'logs',
    partition,
    generation,
    digest,
    at: NOW - 100_000 + at,
  })
  const judge = (clocks: WrittenClock[], own: string | undefined = 'a', generation = 3) =>
    codesOf(judgeProcesses(clocks, own === '' ? undefined : { digest: own, generation }, NOW))
  test.each<[string, string[], string[]]>([
    ['none yet', judge([]), ['skip no-process-yet']],
    ['all alike', judge([clock(0, 'a', 1), clock(1, 'a', 2)]), ['ok inputs-agree']],
    ['two at the same time', judge([clock(0, 'a', 1), clock(1, 'b', 2), clock(2, 'a', 3)]), ['fail inputs-differ']],
    ['left from before', judge([clock(0, 'b', 1), clock(1, 'a', 2), clock(2, 'a', 3)]), ['ok inputs-agree']],
    ['changed here since', judge([clock(0, 'b', 1), clock(1, 'b', 2)]), ['warn inputs-changed']],
    ['behind', judge([clock(0, 'b', 1, 4)]), ['fail inputs-behind']],
    ['ahead', judge([clock(0, 'b', 1, 2)]), ['warn inputs-changed']],
    ['unreadable here', judge([clock(0, 'b', 1)], ''), ['skip own-inputs-unread']],
  ])('%s', (_, found, codes) => expect(found).toEqual(codes))
})

describe('spread of origins', () => {
  const came = (partition: string, at: number, ...origins: string[]): Sampled => ({ partition, at, origins })
  const judge = (sample: Sampled[], messages: 'lines' | 'records' = 'lines') => codesOf(judgeSpread(sample, messages))
  const back = [came('t/0', 1, 'gw/x'), came('t/1', 2, 'gw/x'), came('t/0', 3, 'gw/x')]
  test('each in one', () => {
    expect(judge([])).toEqual(['skip no-sample'])
    expect(judge([came('t/0', 1, 'gw/x'), came('t/1', 2, 'gw/y', 'gw/z'), came('t/0', 3, 'gw/x')])).toEqual([
      'ok origins-keep-place',
    ])
  })
  test('back and forth', () => expect(judge(back)).toEqual(['fail origin-in-several-partitions']))
  test('once to another', () => expect(judge(back.slice(0, 2))).toEqual(['warn origin-moved']))
  test('whole records may lie anywhere', () => expect(judge(back, 'records')).toEqual(['ok origins-keep-place']))
  test('messages that do not say whose they are', () => {
    const known = Array.from({ length: 8 }, (_, i) => came('t/0', i, 'gw/x'))
    expect(judge([...known, came('t/0', 9), came('t/0', 10)])).toEqual(['ok origins-keep-place'])
    expect(judge([...known, came('t/0', 9), came('t/0', 10), came('t/0', 11)])).toEqual(['warn origin-unknown'])
  })
  test('partitions that carry most', () => {
    const shares = (...counts: number[]) =>
      codesOf(
        judgeShares([
          { topic: 't', ends: counts.map((n, partition) => ({ partition, low: 5n, high: 5n + BigInt(n) })) },
        ]),
      )
    expect(shares(10_000)).toEqual([])
    expect(shares(700, 300)).toEqual([])
    expect(shares(900, 100)).toEqual(['warn partition-carries-most'])
    expect(shares(590, 210, 200)).toEqual([])
    expect(shares(610, 200, 190)).toEqual(['warn partition-carries-most'])
    expect(shares(9, 0, 0)).toEqual([])
  })
})
