import { describe, expect, test } from 'vitest'
import { filterConditions, sortOption } from '../../pipeline/cli/search-filters.js'
import { foundTable } from '../../pipeline/report/search.js'
import { queryOf } from '../../schemas/conditions.js'
import { fieldTypes } from '../../schemas/elasticsearch.js'
import { SEARCHES } from '../../schemas/searches.js'
import { runCli } from './run-cli.js'

const none = {
  ...{ cause: [], mechanism: [], site: [], terminal: [], isp: [] },
  ...{ gateway: [], endpoint: [], phase: [], state: [] },
}
const search = (...argv: string[]) => runCli(['search', '--elasticsearch', 'http://127.0.0.1:1', ...argv])

describe('what cannot be asked is refused before the cluster is', () => {
  test.each([
    [['--cause', 'dns'], /no cause "dns"/],
    [['--cause', 'dns_resolutoin'], /did you mean "dns_resolution"\?/],
    [['--phase', 'handshake'], /no phase "handshake"; known: dns, connect/],
    [['--state', 'open'], /no state "open"/],
    [['close-cals'], /no search "close-cals"; did you mean "close-calls"\?/],
    [['close-calls', 'T1'], /unexpected "T1"/],
    [['incidents', '--text', 'x'], /incidents have no text/],
    [['lost-lines', '--site', 'x'], /dead-letters cannot be searched by --site/],
    [['--limit', '10001'], /no whole number from 1 to 10000/],
    [['--limit', '0'], /no whole number/],
    [['--sort', 'confidense'], /did you mean "confidence"\?/],
    [['--sort', 'message'], /"message" cannot be sorted by/],
    [['--sort', 'time:up'], /neither asc nor desc/],
    [['--since', 'yesterday'], /no time such as/],
    [['--since', '1h', '--until', '2h'], /--since must lie before --until/],
    [['--endpoint', '10.0.0.0/40'], /no network such as/],
    [['--verdict', 'a', '--event', 'b'], /either --verdict or --event/],
    [['close-calls', '--lines'], /its own kind/],
    [['close-calls', '--verdict', 'a'], /do not go together/],
  ])('%j', async (argv, words) => {
    const { exit, out, err } = await search(...argv)
    expect([exit, out]).toEqual([2, ''])
    expect(err).toMatch(/^USAGE: /)
    expect(err).toMatch(words)
  })
  test('no cluster named, or none there', async () => {
    expect(await runCli(['search'])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('--config or --elasticsearch'),
    })
    expect(await search()).toMatchObject({ exit: 1, out: '', err: expect.stringMatching(/^ELASTICSEARCH_UNREACHABLE/) })
  })
})

test('the list needs no cluster and has every search in both languages', async () => {
  const { out } = await runCli(['search', '--list'])
  const zh = (await runCli(['search', '--list', '--lang', 'zh'])).out
  for (const { id, question } of SEARCHES) {
    expect(out).toContain(question.en)
    expect(zh).toContain(`${id} `)
    expect(zh).toContain(question.zh)
  }
})

test('an endpoint is an address, a network or a name, with a port or without', () => {
  const query = (endpoint: string) =>
    JSON.stringify(queryOf(filterConditions({ ...none, endpoint: [endpoint] }, 'verdicts')))
  expect(query('203.0.113.80:443')).toContain(
    '{"terms":{"destination.ip":["203.0.113.80"]}},{"terms":{"destination.port":[443]}}',
  )
  expect(query('203.0.113.0/24')).toContain('{"terms":{"destination.ip":["203.0.113.0/24"]}}')
  expect(query('2001:db8::1')).toContain('{"terms":{"destination.ip":["2001:db8::1"]}}')
  expect(query('[2001:db8::1]:443')).toContain('"destination.port":[443]')
  expect(query('pay.example')).toContain('{"terms":{"destination.domain":["pay.example"]}}')
})

test('of incidents, whom they hit is their scope', () => {
  expect(filterConditions({ ...none, site: ['S1'], state: ['open'] }, 'incidents')).toEqual([
    { field: 'whytimeout.incident.scope', op: 'is', value: 'site' },
    { field: 'whytimeout.incident.scope_id', op: 'is', value: ['S1'] },
    { field: 'whytimeout.incident.state', op: 'is', value: ['open'] },
  ])
})

test('sorting by a short name or by any field that sorts', () => {
  expect(sortOption('confidence')).toEqual({ field: 'whytimeout.verdict.confidence', order: 'desc' })
  expect(sortOption('event.duration:asc')).toEqual({ field: 'event.duration', order: 'asc' })
})

test('every saved search shows and sorts by fields that are there', () => {
  const types = fieldTypes()
  for (const { columns, sort, asks } of SEARCHES)
    for (const field of [...columns, ...sort.map((s) => s.field), ...(asks === undefined ? [] : [asks])])
      expect(types.has(field), field).toBe(true)
})

test('the table: values as people say them, empty columns left out, the message as wide as there is room', () => {
  const document = {
    '@timestamp': '2026-03-06T08:47:24.123Z',
    event: { id: 'a1', duration: 5_250_000_000 },
    message: `断网\n${'x'.repeat(200)}`,
    whytimeout: { verdict: { cause: 'dns_resolution', confidence: 0.974 }, signal: { id: ['s', 't'] } },
  }
  const columns = ['whytimeout.verdict.cause', 'whytimeout.verdict.confidence', 'event.duration', 'whytimeout.isp']
  const page = { lang: 'en', columns: 100, color: false } as const
  expect(foundTable([document], columns, page)).toBe(
    [
      'id  time (UTC)           cause           confidence  duration',
      'a1  2026-03-06 08:47:24  DNS resolution  97 %        5.3 s',
    ].join('\n'),
  )
  const lines = foundTable([document], ['whytimeout.signal.id', 'message'], { ...page, lang: 'zh' }).split('\n')
  expect(lines[0]).toBe('编号  时间（UTC）          信号  消息')
  expect(lines[1]).toMatch(/^a1 {4}2026-03-06 08:47:24 {2}s, t {2}断网 x+…$/)
})
