import { describe, expect, test } from 'vitest'
import { createInference } from '../../pipeline/parse/infer.js'
import { parseInventory } from '../../pipeline/parse/inventory.js'
import type { LogEvent } from '../../schemas/event.js'
import type { Verdict } from '../../schemas/verdict.js'
import { haproxy, INVENTORY, inferred, iso, START, sales, server, syslog, terminal, timesOf, wall } from './inferred.js'

describe('zones', () => {
  test('lines that state their zone are on time, whatever is found out for those beside them', async () => {
    const own = (ms: number) => `${wall(ms, 1).replace(' ', 'T')}+01:00`
    const { summary } = await inferred({
      'core1/core.log': server,
      'till/app.log': terminal(own).flatMap((line, i) => [
        line,
        `${wall((sales[2 * i + 1] as number) + 500, 1)} INFO printer ok`,
      ]),
    })
    expect(summary.assumed).toContainEqual(
      expect.objectContaining({ origin: 'till/app.log', what: 'zone', value: '+01:00' }),
    )
    expect(summary.assumed.filter((a) => a.what === 'skew_ms')).toEqual([])
  })
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
  describe('a log whose first line states an offset, as that of Ruby does', () => {
    /** `I, [2026-05-04T07:00:00.000123 #812]  INFO -- till: …` */
    const ruby = sales.map(
      (ms, i) =>
        `I, [${iso(ms + 3_600_000).slice(0, 23)}123 #812]  INFO -- till: heartbeat ${i} of T100 ok elapsed=20ms`,
    )
    const head = (time: string) => `# Logfile created on ${time} by logger.rb/v1.4.2`
    const whyOf = async (...lines: string[]) => {
      const { events, summary } = await inferred({ 'till/till.log': lines })
      const zone = summary.assumed.find((a) => a.what === 'zone')
      return { first: timesOf(events, 'till')[lines.length - ruby.length], why: zone?.why, value: zone?.value }
    }
    test('its other lines are in that zone', async () =>
      expect(await whyOf(head('2026-05-04 06:59:58 +0100'), ...ruby)).toEqual({
        first: START,
        why: 'other lines of the same log state their zone',
        value: '+01:00',
      }))
    test('near miss: it states none', async () =>
      expect((await whyOf(head('2026-05-04 06:59:58'), ...ruby)).why).toMatch(/no zone/))
    test('near miss: of another time than its other lines', async () =>
      expect((await whyOf(head('2026-05-04 04:10:00 +0100'), ...ruby)).why).not.toMatch(/same log/))
    test('near miss: another offset further on', async () =>
      expect(
        (await whyOf(head('2026-05-04 06:59:58 +0100'), ...ruby, '2026-05-04T08:10:05+02:00 INFO up')).why,
      ).not.toMatch(/same log/))
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

describe('numbers under a word of their own', () => {
  const till = sales
    .filter((_, i) => i % 2)
    .map(
      (ms, i) => `${iso(ms)} INFO sale approved tid=T100 kupong=${String(1001 + 2 * i).padStart(6, '0')} elapsed=200ms`,
    )
  const stansOf = async (lines: readonly string[]) => {
    const { events, summary, origins } = await inferred({ 'core1/core.log': server, 'till/app.log': lines })
    return {
      stans: events.filter((e) => e.host?.name === 'till').map((e) => e.whytimeout.stan),
      assumed: summary.assumed.find((a) => a.what === 'trace')?.value,
      origins,
    }
  }
  test('that a server names as trace numbers are those', async () => {
    const { stans, assumed, origins } = await stansOf(till)
    expect(stans.slice(0, 2)).toEqual(['001001', '001003'])
    expect(assumed).toBe('kupong')
    expect(origins).toContain('trace: kupong')
  })
  test('near miss: that nobody else has', async () => {
    const { stans, assumed } = await stansOf(till.map((l) => l.replace('kupong=00', 'kupong=77')))
    expect(new Set(stans)).toEqual(new Set([undefined]))
    expect(assumed).toBeUndefined()
  })
})

describe('terminals that a host only sees', () => {
  const inventory = parseInventory(INVENTORY, 'inventory.csv')
  /** What a host whose own program says nothing of terminals is, once it has seen these in such a log. */
  const roleOf = (dataset: string, inv: typeof inventory | undefined, ...terminals: string[]) => {
    const inference = createInference(inv, () => ({}))
    const observe = (format: string, event: Partial<LogEvent>) =>
      inference.observe({
        ...{ origin: `box/${format}.log`, format, at: START, wall: { ...WALL }, charset: 'ascii', moments: [] },
        event: { 'event.dataset': format, 'event.action': 'other', ...event } as LogEvent,
      })
    observe('application', { message: 'disk 40 % full' })
    for (const id of terminals) observe(dataset, { 'whytimeout.terminal_id': id })
    return [...inference.finish().entries.values()][0]?.role
  }
  const WALL = { year: 2026, month: 5, day: 4, hour: 6, minute: 0, second: 0, ms: 0 }
  test.each(['tcpdump', 'conntrack', 'fping', 'counters', 'dhcp-server'])('in %s make no gateway', (dataset) =>
    expect(roleOf(dataset, undefined, 'T100', 'T200')).toBeUndefined(),
  )
  test('near miss: its program speaks of them', () =>
    expect(roleOf('logfmt', undefined, 'T100', 'T200')).toBe('gateway'))
  test('a single one makes no terminal', () => expect(roleOf('tcpdump', undefined, 'T100')).toBeUndefined())
  test('near miss: its program speaks of a single one', () =>
    expect(roleOf('logfmt', undefined, 'T100')).toBe('terminal'))
  test('who runs arpwatch is a router', () => expect(roleOf('arpwatch', inventory, 'T100')).toBe('router'))
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
