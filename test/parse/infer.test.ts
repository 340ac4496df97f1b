import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { replay } from '../../pipeline/run/replay.js'
import type { Verdict } from '../../schemas/verdict.js'

const START = Date.parse('2026-05-04T06:00:00Z')
const INVENTORY =
  'terminal_id,ip,mac,site,isp,model,merchant,gateway\nT100,192.168.7.21,,S7,NetCo,X,,gw1\nT200,192.168.8.21,,S8,NetCo,X,,gw1\n'
const iso = (ms: number): string => new Date(ms).toISOString()
/** `2026-05-04 14:00:00.000`, the wall clock of a zone. */
const wall = (ms: number, hours: number): string =>
  iso(ms + hours * 3_600_000)
    .replace('T', ' ')
    .replace('Z', '')
/** `May  4 06:00:00`, as syslog writes it. */
const syslog = (ms: number): string => {
  const d = new Date(ms)
  return `${['Jan', 'Feb', 'Mar', 'Apr', 'May'][d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2)} ${iso(ms).slice(11, 19)}`
}
const haproxy = (ms: number, id: string): string =>
  `${syslog(ms + 200)} gw1 haproxy[1]: 198.51.100.9:3${String(ms % 10_000).padStart(4, '0')} [${iso(ms).slice(8, 10)}/May/2026:${iso(ms).slice(11, 23)}] pay core/c1 0/0/1/150/151 200 214 - - ---- 3/3/1/1/0 0/0 {${id}} "POST /sale HTTP/1.1"`

async function inferred(
  logs: Readonly<Record<string, readonly string[]>>,
  more: Partial<Parameters<typeof replay>[0]> = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'infer-'))
  const out = join(dir, 'out')
  for (const [name, lines] of Object.entries({ ...logs, 'inventory.csv': [INVENTORY.trimEnd()] })) {
    await mkdir(dirname(join(dir, 'in', name)), { recursive: true })
    await writeFile(join(dir, 'in', name), Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
  }
  const { verdicts, summary } = await replay({
    paths: [join(dir, 'in')],
    out,
    now: Date.parse('2026-11-24T00:00:00Z'),
    allEvents: true,
    ...more,
  })
  const events = (await readFile(join(out, 'events.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l))
  const origins = await readFile(join(out, 'origins.yml'), 'utf8')
  await rm(dir, { recursive: true })
  return { verdicts, summary, events, origins }
}
const sales = Array.from({ length: 30 }, (_, i) => START + i * 20_000)
const server = sales.map(
  (ms, i) =>
    `${iso(ms)} INFO [worker-1] core.Sale - sale approved tid=T${i % 2 ? 100 : 200} stan=${String(1000 + i).padStart(6, '0')} elapsed=120ms`,
)
const terminal = (clock: (ms: number) => string): string[] =>
  sales
    .filter((_, i) => i % 2)
    .map(
      (ms, i) => `${clock(ms)} INFO sale approved tid=T100 stan=${String(1001 + 2 * i).padStart(6, '0')} elapsed=200ms`,
    )
const timesOf = (events: { '@timestamp': string; host?: { name: string } }[], host: string) =>
  events.filter((e) => e.host?.name === host).map((e) => Date.parse(e['@timestamp']))

describe('zones', () => {
  test.each([8, 5.5, -3, 0])('the same requests in a log with a zone: UTC%f', async (hours) => {
    const { events, summary } = await inferred({
      'core1/core.log': server,
      'till/app.log': terminal((ms) => wall(ms, hours)),
    })
    const times = timesOf(events, 'till')
    expect(times.length).toBe(15)
    for (const t of times) expect(sales).toContain(t)
    const assumed = summary.assumed.find((a) => a.what === 'zone' && a.origin.startsWith('till/'))
    expect(assumed?.why).toMatch(/same requests/)
  })
  test('no request in common: its begin and end against the other logs', async () => {
    const { events } = await inferred({
      'gw1/haproxy.log': sales.map((ms) => haproxy(ms, 'T200')),
      'core1/core.log': server,
      'till/app.log': sales.map((ms) => `${wall(ms, 8)} INFO heartbeat ok tid=T100 elapsed=20ms`),
    })
    expect(timesOf(events, 'till')[0]).toBe(START)
  })
  const fails = sales.filter((_, i) => i % 3 === 0)
  const till = fails.map(
    (ms, i) =>
      `${iso(ms)} ERROR sale failed tid=T100 read tcp 10.1.0.5:${40_001 + 7 * i}->192.0.2.10:7001: i/o timeout elapsed=3000ms`,
  )
  const denied = (clock: (ms: number) => string) => [
    ...Array.from({ length: 6 }, (_, i) => START - 3 * 3_600_000 + i * 977_000).map(
      (ms) =>
        `${clock(ms)} fw : %ASA-6-305011: Built dynamic TCP translation from inside:10.1.0.9/1${ms % 9000} to outside:198.51.100.2/2000`,
    ),
    ...fails.map(
      (ms, i) =>
        `${clock(ms)} fw : %ASA-4-106023: Deny tcp src inside:10.1.0.5/${40_001 + 7 * i} dst outside:192.0.2.10/7001 by access-group "inside_in"`,
    ),
  ]
  /** `May 04 2026 06:00:00`, as a firewall of Cisco writes it. */
  const asa = (hours: number) => (ms: number) => {
    const [, day, month, year, time] = new Date(ms + hours * 3_600_000).toUTCString().split(' ')
    return `${month} ${day} ${year} ${time}`
  }
  test.each([1, -3.5])('the same connections in a log with a zone: UTC%f', async (hours) => {
    const { events, summary } = await inferred({ 'till/app.log': till, 'fw/asa.log': denied(asa(hours)) })
    const times = timesOf(events, 'fw').slice(6)
    expect(times.length).toBe(fails.length)
    for (const t of times) expect(fails.map((ms) => Math.floor(ms / 1000))).toContain(t / 1000)
    expect(summary.assumed.find((a) => a.what === 'zone' && a.origin.startsWith('fw/'))?.why).toMatch(
      /same connections/,
    )
  })
  test('where each terminal has logs of its own, another host’s waits are nobody’s', async () => {
    const sale = (id: string) => sales.slice(0, 4).map((ms) => `${iso(ms)} INFO sale approved tid=${id} elapsed=200ms`)
    const logs = {
      'till-a/pos.log': sale('T100'),
      'backup/job.log': [`${iso(START + 60_000)} ERROR connect to 192.0.2.9:10000 timed out after 10000 ms`],
    }
    expect((await inferred(logs)).verdicts).toHaveLength(1)
    expect((await inferred({ ...logs, 'till-b/pos.log': sale('T200') })).verdicts).toHaveLength(0)
  })
  test('a bare time of day between lines that state their zone', async () => {
    const trace = sales
      .slice(0, 6)
      .flatMap((ms) => [
        `${iso(ms + 3_600_000).slice(0, 19)}+0100 sale.sh[7]: tid=T100 amount=1.00 POST https://pay.example/sale`,
        `${iso(ms + 3_600_000).slice(11, 19)}.180936 * Connected to pay.example (192.0.2.1) port 443`,
      ])
    const { events } = await inferred({ 'till/sale.log': trace, 'core/app.log': server })
    const times = timesOf(events, 'till')
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(120_000)
  })
  test.each([8, -5, 13])('bare times of day, by the begin and end of the other logs: UTC%f', async (hours) => {
    const { events } = await inferred({
      'till/app.log': sales.map((ms, i) => `${wall(ms, hours).slice(11)} [main] INFO Pay - sale of item ${i} declined`),
      'core1/core.log': server,
    })
    const times = timesOf(events, 'till')
    expect(times.length).toBeGreaterThan(0)
    for (const t of times) expect(sales).toContain(t)
  })
  test('a sparse log of the same host that has a zone does not beat one that spans what the others span', async () => {
    const { events } = await inferred({
      'gw1/haproxy.log': sales.map((ms) => haproxy(ms, 'T200')),
      'core1/core.log': server,
      'till/app.log': sales.map((ms) => `${wall(ms, 8)} INFO heartbeat ok tid=T100 elapsed=20ms`),
      'till/system.log': [2, 7].map(
        (m) => `${iso(START - 1_800_000 + m * 60_000)} INFO service entered the running state`,
      ),
    })
    expect(timesOf(events, 'till')).toContain(START)
  })
  const chinese = sales.map(
    (ms, i) => `${wall(ms, 8)} 信息 交易成功 tid=T100 流水号=${String(1001 + i).padStart(6, '0')} 耗时=200ms`,
  )
  test('logs in Chinese, and no zone anywhere: China keeps one time', async () => {
    const { events, summary } = await inferred({
      'till/app.log': chinese.map((l) => Buffer.from(l, 'utf8').toString('latin1')),
      'sw1/logfile.log': sales.map((ms) => `${wall(ms, 8)} INFO heartbeat elapsed=20ms ok`),
    })
    expect(timesOf(events, 'till')).toEqual(sales)
    expect(timesOf(events, 'sw1')).toEqual(sales)
    expect(summary.assumed.find((a) => a.origin.startsWith('till/') && a.what === 'zone')?.why).toMatch(/Chinese/)
  })
  test('near miss: another log states a zone, and shares the requests', async () => {
    const { events } = await inferred({
      'core1/core.log': server,
      'till/app.log': terminal((ms) => wall(ms, -5)).map((l) =>
        Buffer.from(l.replace('INFO', '信息'), 'utf8').toString('latin1'),
      ),
    })
    for (const t of timesOf(events, 'till')) expect(sales).toContain(t)
  })
  test('its records state the moment besides, as an epoch', async () => {
    const { events, summary } = await inferred({
      'till/app.log': sales.map(
        (ms) => `${wall(ms, -5)} INFO sale approved tid=T100 elapsed=200ms begun=${Math.floor(ms / 1000) - 1}`,
      ),
    })
    expect(timesOf(events, 'till')).toEqual(sales)
    expect(summary.assumed.find((a) => a.what === 'zone')?.why).toMatch(/moment besides/)
  })
  test('its envelopes say when its lines were taken in', async () => {
    const { events } = await inferred({
      'ship/out.ndjson': sales.map((ms) =>
        JSON.stringify({
          date: ms / 1000 + 1.2,
          log: `${wall(ms, -5)} INFO sale approved tid=T100 elapsed=200ms`,
          stream: 'stdout',
          container_name: '/kiosk',
          host: 'kiosk-7',
        }),
      ),
    })
    expect(timesOf(events, 'kiosk-7')).toEqual(sales)
  })
  test('near miss: a number of ten digits that is the same in all lines is no moment', async () => {
    const { summary } = await inferred({
      'till/app.log': sales.map(
        (ms) => `${wall(ms, -5)} INFO sale approved tid=T100 elapsed=200ms merchant=1600000000`,
      ),
    })
    expect(summary.assumed.find((a) => a.what === 'zone')?.why).toMatch(/no zone/)
  })
  test('--timezone by host beats what would be inferred', async () => {
    const { events, summary } = await inferred(
      { 'core1/core.log': server, 'till/app.log': terminal((ms) => wall(ms, 8)) },
      { timezones: ['ti*=+07:00'] },
    )
    expect(timesOf(events, 'till')[0]).toBe((sales[1] as number) + 3_600_000)
    expect(summary.assumed.filter((a) => a.what === 'zone' && a.origin.startsWith('till/'))).toEqual([])
  })
  test('what was used is written as an origins.yml that gives the same again', async () => {
    const logs = { 'core1/core.log': server, 'till/app.log': terminal((ms) => wall(ms, 8)) }
    const first = await inferred(logs)
    const again = await inferred({ ...logs, 'origins.yml': [first.origins] })
    expect(again.events).toEqual(first.events)
    expect(again.summary.assumed).toEqual([])
  })
})

test('the terminal that a program names once, when it starts, is the terminal of all lines of its host', async () => {
  const lines = sales.slice(0, 6).map((ms) => `${iso(ms)} INFO pay.Client sale approved elapsed=200ms`)
  const { events, summary, origins } = await inferred({
    'till-a/app.log': [`${iso(START)} INFO pay.Client started version 2.1 terminal 80071101`, ...lines],
    'till-b/app.log': lines,
  })
  const of = (host: string) => events.filter((e) => e.host?.name === host).map((e) => e.whytimeout.terminal_id)
  expect(of('till-a').length).toBeGreaterThan(5)
  expect(new Set(of('till-a'))).toEqual(new Set(['80071101']))
  expect(new Set(of('till-b'))).toEqual(new Set([undefined]))
  expect(summary.assumed).toContainEqual(expect.objectContaining({ origin: 'till-a/app.log', what: 'terminal' }))
  expect(origins).toContain('terminal: "80071101"')
})

test('a clock that is off against the other logs', async () => {
  const { events, summary } = await inferred({
    'core1/core.log': server,
    'till/app.log': terminal((ms) => iso(ms + 47_000)),
    'other/app.log': sales
      .filter((_, i) => i % 2 === 0)
      .map(
        (ms, i) => `${iso(ms)} INFO sale approved tid=T200 stan=${String(1000 + 2 * i).padStart(6, '0')} elapsed=200ms`,
      ),
  })
  const skew = summary.assumed.find((a) => a.what === 'skew_ms')
  expect(skew?.origin).toBe('till/app.log')
  expect(Number(skew?.value)).toBeCloseTo(47_000, -3)
  const noted = (host: string) => new Set(events.filter((e) => e.host?.name === host).map((e) => e.whytimeout?.skew_ms))
  expect(noted('till')).toEqual(new Set([Number(skew?.value)]))
  expect(noted('other')).toEqual(new Set([undefined]))
  expect(timesOf(events, 'till').length).toBe(15)
})

test('a year that no line states is the latest that fits the dated lines', async () => {
  const { events } = await inferred({
    'core1/core.log': server.map((l) => l.replaceAll('2026', '2024')),
    'gw1/kern.log': [`${syslog(START)} gw1 kernel: [100.1] eth0: link up`],
  })
  const kernel = events.find((e) => e.whytimeout?.origin === 'gw1/kern.log')
  expect(kernel?.['@timestamp']).toBe('2024-05-04T06:00:00.000Z')
})

test('GB18030 beside UTF-8: both are read right', async () => {
  const gb = (codes: readonly number[]) => String.fromCharCode(...codes)
  // 连接超时 in GB18030 and in UTF-8.
  const gbText = gb([0xc1, 0xac, 0xbd, 0xd3, 0xb3, 0xac, 0xca, 0xb1])
  const utf = Buffer.from('连接超时', 'utf8').toString('latin1')
  const line = (text: string, tid: string) =>
    `2026-05-04T06:10:00Z ERROR ${text} tid=${tid} 192.0.2.10:7001 elapsed=2000ms`
  const { events, verdicts } = await inferred({ 'a/pos.log': [line(gbText, 'T100')], 'b/pos.log': [line(utf, 'T200')] })
  expect(events.map((e) => e.message as string)).toEqual([
    expect.stringContaining('连接超时'),
    expect.stringContaining('连接超时'),
  ])
  expect(verdicts.map((v: Verdict) => v.whytimeout.episode.phase)).toEqual(['connect', 'connect'])
})

describe('the site of a box that names none of its terminals', () => {
  const till = (id: string) =>
    sales.map((ms, i) => `${iso(ms)} INFO sale approved tid=${id} stan=${String(1000 + i)} elapsed=200ms`)
  const full = [`${iso(START + 60_000)} sw kernel: nf_conntrack: nf_conntrack: table full, dropping packet`]
  const siteOf = (events: { host?: { name: string }; whytimeout: { site_id?: string } }[], host: string) =>
    events.find((e) => e.host?.name === host)?.whytimeout.site_id
  test('a part of its name that only the tills of one site share', async () => {
    const { events, summary } = await inferred({
      'till-north-1/app.log': till('T100'),
      'till-south-1/app.log': till('T200'),
      'sw-south/kern.log': full.map((l) => l.replace(' sw ', ' sw-south ')),
      'sw-core/kern.log': full.map((l) => l.replace(' sw ', ' sw-core ')),
    })
    expect(siteOf(events, 'sw-south')).toBe('S8')
    expect(siteOf(events, 'sw-core')).toBeUndefined()
    expect(summary.assumed).toContainEqual(expect.objectContaining({ origin: 'sw-south/kern.log', what: 'site' }))
  })
  test('a switch that bears it is a network box of that site', async () => {
    const port = (s: string) =>
      `${syslog(START + 90_000)}.120: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/24, changed state to ${s}`
    const { summary } = await inferred({
      'till-north-1/app.log': till('T100'),
      'till-south-1/app.log': till('T200'),
      'sw-south/switch.log': [port('down')],
      'sw-core/switch.log': [port('up')],
    })
    const roles = summary.assumed.filter((a) => a.what === 'role')
    expect(roles).toEqual([expect.objectContaining({ origin: 'sw-south/switch.log', value: 'router' })])
  })
})

describe('the order of day and month', () => {
  /** `04/05/2026 06:00:00`, the day first. */
  const dayFirst = (ms: number): string =>
    `${iso(ms).slice(8, 10)}/${iso(ms).slice(5, 7)}/2026 ${iso(ms).slice(11, 19)}`
  test('as the other logs have it', async () => {
    const { events, origins, summary } = await inferred({
      'core1/core.log': server,
      'till/app.log': terminal(dayFirst),
    })
    expect(timesOf(events, 'till')[0]).toBe(Math.floor((sales[1] as number) / 1000) * 1000)
    expect(origins).toContain('day_first: true')
    expect(summary.assumed).toContainEqual(
      expect.objectContaining({ what: 'day_first', why: 'the dates of the other logs' }),
    )
  })
  test('the month first, where nothing else fits better', async () => {
    const { events, origins } = await inferred({
      'core1/core.log': server,
      'till/app.log': terminal((ms) => `${iso(ms).slice(5, 7)}/${iso(ms).slice(8, 10)}/2026 ${iso(ms).slice(11, 19)}`),
    })
    expect(timesOf(events, 'till')[0]).toBe(Math.floor((sales[1] as number) / 1000) * 1000)
    expect(origins).not.toContain('day_first')
  })
  test('as another date of the same log must have it', async () => {
    const { origins } = await inferred({
      'till/app.log': [
        '30/04/2026 23:59:00 INFO sale approved tid=T100 stan=000900 elapsed=200ms',
        '01/05/2026 00:01:00 INFO sale approved tid=T100 stan=000901 elapsed=200ms',
      ],
    })
    expect(origins).toContain('day_first: true')
  })
})
