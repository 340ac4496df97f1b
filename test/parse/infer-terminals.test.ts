import { describe, expect, test } from 'vitest'
import type { Trace } from '../../pipeline/parse/infer.js'
import { terminalsByRequests } from '../../pipeline/parse/infer-terminals.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'

const HEAD = 'terminal_id,ip,mac,site,isp,model,merchant,gateway'
const inventory = parseInventory(
  [HEAD, 'T1,10.1.0.11,,S1,,,,gw1', 'T2,10.1.0.12,,S1,,,,gw1', 'T3,10.1.0.13,,S1,,,,gw1'].join('\n'),
  'inventory.csv',
)
const request = (host: string, stan: number, at: number, terminal?: string): Trace => ({
  at: at * 1000,
  start: at * 1000,
  origin: `${host}/app.log`,
  host,
  stan: String(stan),
  ...(terminal !== undefined && { terminal }),
})
/** As the till logs them, and as the gateway does, `off` seconds apart. */
const requests = (host: string, terminal: string, first: number, count: number, off = 0): Trace[] =>
  Array.from({ length: count }, (_, i) => i).flatMap((i) => [
    request(host, first + i, i * 60 + off),
    request('gw1', first + i, i * 60, terminal),
  ])
const found = (traces: readonly Trace[], hosts: readonly string[], taken: readonly string[] = []) =>
  Object.fromEntries(
    [...terminalsByRequests(new Set(hosts), new Set(taken), traces, inventory)].map(([h, r]) => [h, r.terminal_id]),
  )

describe('terminals by the requests that others name', () => {
  test('each host is the one of its trace numbers, whatever its clock', () =>
    expect(found([...requests('a', 'T1', 100, 5), ...requests('b', 'T2', 700, 5, 6.4)], ['a', 'b'])).toEqual({
      a: 'T1',
      b: 'T2',
    }))
  test('where nobody has listed the terminals too: by the id that the gateway names', () =>
    expect([...terminalsByRequests(new Set(['a']), new Set(), requests('a', 'K-7', 100, 5), undefined)]).toEqual([
      ['a', { terminal_id: 'K-7' }],
    ]))
  test('near miss: one that nobody has in the list there is', () =>
    expect(found(requests('a', 'K-7', 100, 5), ['a'])).toEqual({}))
  test('over a line that brings them seconds late at times, if there are many', () => {
    const late = [0, 3, 1, 7, 2, 9, 4].flatMap((off, i) => [
      request('a', 300 + i, i * 60),
      request('gw1', 300 + i, i * 60 + off, 'T1'),
    ])
    expect(found(late, ['a'])).toEqual({ a: 'T1' })
  })
  test('near miss: too few', () => expect(found(requests('a', 'T1', 100, 2), ['a'])).toEqual({}))
  test('near miss: the same numbers by chance, at no steady distance', () =>
    expect(
      found(
        [0, 1, 2, 3, 4, 5].flatMap((i) => [request('a', i, i * 60), request('gw1', i, i * i * 37, 'T1')]),
        ['a'],
      ),
    ).toEqual({}))
  test('near miss: two terminals use the same numbers at the same time', () =>
    expect(
      found([...requests('a', 'T1', 100, 5), ...requests('x', 'T2', 100, 5).filter((t) => t.host === 'gw1')], ['a']),
    ).toEqual({}))
  test('one whose own log is known is nobody else', () =>
    expect(found(requests('a', 'T1', 100, 5), ['a'], ['T1'])).toEqual({}))
  test('of two hosts the one with more of its requests', () =>
    expect(
      found([...requests('a', 'T1', 100, 9), ...requests('b', 'T1', 100, 4).filter((t) => t.host === 'b')], ['a', 'b']),
    ).toEqual({ a: 'T1' }))
})
