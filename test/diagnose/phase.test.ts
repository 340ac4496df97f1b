import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { tellStory } from '../../pipeline/run/story.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})
const till = { 'whytimeout.role': 'terminal', 'whytimeout.site_id': 'S1', 'whytimeout.gateway': 'g1' }
const verdicts = (lines: Readonly<Record<string, string[]>>) =>
  tellStory(pack, {
    hosts: {
      t1: till,
      t2: till,
      g1: { 'whytimeout.role': 'gateway', 'whytimeout.gateway': 'g1' },
      ns1: { 'whytimeout.role': 'dns', 'whytimeout.site_id': 'S1' },
      sw1: { 'whytimeout.role': 'router', 'whytimeout.site_id': 'S1' },
    },
    inventory: [
      { terminal_id: 'POS00001', ip: '10.8.3.1', site: 'S1', gateway: 'g1' },
      { terminal_id: 'POS00002', ip: '10.8.3.2', site: 'S1', gateway: 'g1' },
    ],
    lines,
  }).verdicts
const phases = (lines: Readonly<Record<string, string[]>>) => verdicts(lines).map((v) => v.whytimeout.episode.phase)

describe('a limit over the whole request does not say how far it came', () => {
  const sale = (at: string, stan: string) => `2026-03-02T12:00:${at}Z INFO Pay - sale tid=POS00001 stan=${stan} start`
  const connected = (at: string) => `2026-03-02T12:00:${at}Z DEBUG Net - Connection 7: connected successfully`
  const ok = (at: string, stan: string) =>
    `2026-03-02T12:00:${at}Z INFO Pay - approved tid=POS00001 stan=${stan} 300 ms`
  const usual = ['01', '05', '09'].flatMap((s, i) => [
    sale(`${s}.000`, `00000${i}`),
    connected(`${s}.100`),
    ok(`${s}.300`, `00000${i}`),
  ])
  const failed =
    '2026-03-02T12:00:25.000Z ERROR Pay - sale failed tid=POS00001 stan=000009: The request was canceled due to the configured HttpClient.Timeout of 12 seconds elapsing.'
  test('what says of its other requests that it connected, and not of this one, did not', () =>
    expect(phases({ 't1/pos.log': [...usual, sale('13.000', '000009'), failed] })).toEqual(['connect']))
  test('it says so of this one too', () =>
    expect(phases({ 't1/pos.log': [...usual, sale('13.000', '000009'), connected('13.200'), failed] })).toEqual([
      'response',
    ]))
  test('near miss: it never says so', () => {
    const silent = usual.filter((l) => !l.includes('connected'))
    expect(phases({ 't1/pos.log': [...silent, sale('13.000', '000009'), failed] })).toEqual(['response'])
  })
})

describe('a connection that did not come about in time', () => {
  const query = (at: string, port: number) =>
    `02-Mar-2026 12:00:${at} queries: info: client @0x7f9a 198.51.100.9#${port} (pay.example.net): query: pay.example.net IN A + (192.0.2.53)`
  const failed =
    '2026-03-02T12:00:14.010Z ERROR Pay - sale failed tid=POS00001 stan=000009 https://pay.example.net/sale after 4010 ms: A connection could not be established within the configured ConnectTimeout.'
  const asked = (...queries: string[]) => phases({ 't1/pos.log': [failed], 'ns1/named.log': queries })
  test('the name was asked for once more: nobody had answered', () =>
    expect(asked(query('10.010', 43425), query('15.015', 43425))).toEqual(['dns']))
  test('near miss: it was asked for once', () => expect(asked(query('10.010', 43425))).toEqual(['connect']))
  test('near miss: the second one is another client’s', () =>
    expect(asked(query('10.010', 43425), query('15.015', 50001))).toEqual(['connect']))
})

test('a phase that is stated goes before one that is presumed, in whatever order a moment’s lines come', () => {
  const line = (text: string) => `[2026-03-02 12:00:28.533] [posd] [error] [1959] ${text}`
  const two = [
    line('[auth.cpp:131] purchase tid=POS00001 stan=000009 aborted after 4002 ms'),
    line('[net.cpp:71] connect 192.0.2.10:443: The socket was closed due to a timeout [boost.beast:1]'),
  ]
  expect(phases({ 't1/posd.log': two })).toEqual(['connect'])
  expect(phases({ 't1/posd.log': two.toReversed() })).toEqual(['connect'])
})

test('the line of a step goes before a summing-up of the same moment', () => {
  const lines = [
    'Mar  2 12:05:39 t1 paycore[6507]: txn end stan=012824 tid=POS00001 status=HOST_TIMEOUT',
    'Mar  2 12:05:39 t1 paycore[6507]: tls: handshake timeout after 12000 ms state=2 ret=-0x6800 tid=POS00001',
  ].map((l) => l.replace('Mar  2 ', '2026-03-02T').replace(' t1', 'Z t1'))
  expect(phases({ 't1/messages': lines })).toEqual(['tls'])
  expect(phases({ 't1/messages': lines.toReversed() })).toEqual(['tls'])
})

describe('what befalls a terminal, and its gateway’s wait for the upstream', () => {
  const flap = '2026-03-02T12:00:20Z t1 kernel: [ 77.1] e1000e 0000:00:19.0 eth0: NIC Link is Down'
  const access = '203.0.113.18:59453 - POS00001 [02/Mar/2026:12:00:20 +0000] "POST /sale HTTP/1.1" 502 401 8008694'
  const error =
    '[Mon Mar 02 12:00:28.599129 2026] [proxy_http:error] [pid 20940:tid 139872436420608] (70007)The timeout specified has expired: [client 203.0.113.18:59453] AH01102: error reading status line from remote server 192.0.2.77:8080'
  test('the terminal is known by the access log’s entry of the same connection; its link is no reason', () => {
    const [v, ...others] = verdicts({ 'g1/ssl_access_log': [access], 'g1/error_log': [error], 't1/kern.log': [flap] })
    expect(others).toEqual([])
    expect(v?.whytimeout.terminal_id).toBe('POS00001')
    expect(v?.whytimeout.episode.suffered_by).toBe('gateway')
    expect(v?.whytimeout.verdict.mechanism).not.toBe('link-flap')
  })
  test('near miss: it is one for the terminal’s own attempt', () => {
    const own = '2026-03-02T12:00:28.000Z ERROR Pay - connect to 192.0.2.10:7001 timed out after 8000 ms tid=POS00001'
    const [v] = verdicts({ 't1/pos.log': [own], 't1/kern.log': [flap] })
    expect(v?.whytimeout.verdict.mechanism).toBe('link-flap')
  })
})

describe('what Windows says of a lookup', () => {
  const event =
    'Event[0]:\n  Log Name: System\n  Source: Microsoft-Windows-DNS-Client\n  Date: 2026-03-02T12:00:12.345Z\n  Event ID: 1014\n  Level: Warning\n  Computer: t1\n  Description: \nName resolution for the name wpad.example.net timed out after none of the configured DNS servers responded.'
  test('beside a program’s own attempts it is no timeout of a sale', () => {
    const ok = '2026-03-02T12:00:20.000Z INFO Pay - approved tid=POS00001 stan=000003 300 ms'
    expect(phases({ 't1/System.txt': [event], 't1/pos.log': [ok] })).toEqual([])
  })
  test('alone it tells of what must have waited', () => {
    const [v] = verdicts({ 't1/System.txt': [event] })
    expect(v?.whytimeout.episode.phase).toBe('dns')
    expect(v?.whytimeout.detail.explain.en).toContain('operating system')
  })
})
