import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { createWebhook, type Webhook, type WebhookOptions } from '../../pipeline/sinks/webhook.js'
import type { AlertState } from '../../pipeline/stream/alert-state.js'
import { T0 } from '../incident/notes.js'
import { stateOf } from './alert-states.js'
import { answer, endless, hang, type Receiver, reset, startReceiver, until } from './receiver.js'

const SECRET = 'Bearer sesame-open'
let pack: Pack
let receiver: Receiver
let hooks: Webhook[]
let lines: { level: string; event: string; reason?: string }[]
beforeAll(async () => {
  pack = await loadPack()
})
beforeEach(async () => {
  receiver = await startReceiver()
  hooks = []
  lines = []
})
afterEach(async () => {
  await Promise.all(hooks.map((h) => h.close(50)))
  await receiver.stop()
})

/** A webhook that is quick, so that tests are; what is not said here is as in production. */
function webhook(options: Partial<WebhookOptions> = {}): Webhook {
  const hook = createWebhook({
    url: receiver.url,
    format: 'alertmanager',
    headers: { authorization: SECRET },
    minVerdicts: 1,
    log: (level, event, fields) => lines.push({ level, event, ...fields }),
    now: Date.now,
    ...options,
    timing: { gapMs: 20, leastPauseMs: 10, mostPauseMs: 60, timeoutMs: 400, againMs: 60_000, ...options.timing },
  })
  hooks.push(hook)
  return hook
}
const state = (scopeId: string, verdicts: number, more?: Parameters<typeof stateOf>[3]): AlertState =>
  stateOf(pack, scopeId, verdicts, more)
type Alert = { labels: Record<string, string>; annotations: Record<string, string>; startsAt: string; endsAt: string }
const alerts = (): Alert[][] => receiver.received.map((r) => r.body as Alert[])
/** Of every request, which sites it tells of, and with how many timeouts. */
const told = () => alerts().map((list) => list.map((a) => `${a.labels['scope_id']} ${a.annotations['verdicts']}`))

describe('Alertmanager', () => {
  test('labels that identify, words that explain, and an end in the future while it fires', async () => {
    const before = Date.now()
    webhook().tell([state('S1', 3)])
    await until(() => receiver.received.length === 1)
    const { path, headers } = receiver.received[0] as Receiver['received'][number]
    expect(path).toBe('/api/v2/alerts?token=hidden')
    expect(headers).toMatchObject({ 'content-type': 'application/json', authorization: SECRET })
    const [alert] = alerts()[0] as [Alert]
    expect(alert.labels).toEqual({
      alertname: 'TcpTimeouts',
      realm: 'default',
      cause: 'firewall_restriction',
      scope: 'site',
      scope_id: 'S1',
      severity: 'warning',
    })
    expect(alert.annotations).toMatchObject({
      summary: '3 timeouts at 3 terminals, site S1: firewall_restriction, denied-on-site',
      verdicts: '3',
      first: new Date(T0).toISOString(),
      remedy: 'adjust_firewall',
    })
    expect(alert.annotations['description']).toMatch(/^Going on: 3 timeouts at 3 terminals/)
    expect(alert.annotations['description_zh']).toMatch(/^持续中/)
    expect(Object.values({ ...alert.labels, ...alert.annotations }).every((v) => typeof v === 'string')).toBe(true)
    expect(alert.startsAt).toBe(new Date(T0).toISOString())
    expect(Date.parse(alert.endsAt) - before).toBeGreaterThan(300_000)
  })

  test('over: an end that has passed, not before the begin, also where a clock was ahead', async () => {
    const hook = webhook()
    hook.tell([state('S1', 2), state('S2', 1, { at: Date.now() + 3_600_000 } as never)])
    await until(() => receiver.received.length === 1)
    hook.tell([
      state('S1', 2, { status: 'resolved' }),
      state('S2', 1, { status: 'resolved', at: Date.now() + 3_600_000 } as never),
    ])
    await until(() => receiver.received.length === 2)
    for (const a of alerts()[1] as Alert[]) {
      expect(Date.parse(a.endsAt)).toBeLessThanOrEqual(Date.now())
      expect(Date.parse(a.startsAt)).toBeLessThanOrEqual(Date.parse(a.endsAt))
    }
    expect((alerts()[1] as Alert[])[0]?.endsAt).toBe(new Date(T0 + 1_000).toISOString())
    // The same alert by its labels.
    expect((alerts()[1] as Alert[]).map((a) => a.labels)).toEqual((alerts()[0] as Alert[]).map((a) => a.labels))
  })

  test('what fires is sent again with the newest words, all in one request; what is over for a while, then never', async () => {
    const hook = webhook({ timing: { againMs: 60 } })
    hook.tell([state('S1', 4), state('S2', 4)])
    await until(() => receiver.received.length === 1)
    hook.tell([state('S1', 5)])
    await until(() => receiver.received.length >= 4)
    expect(told()[0]).toEqual(['S1 4', 'S2 4'])
    expect(new Set((told()[3] as string[]).sort())).toEqual(new Set(['S1 5', 'S2 4']))
    hook.tell([state('S1', 5, { status: 'resolved' }), state('S2', 4, { status: 'resolved' })])
    const ended = () => alerts().filter((list) => list.every((a) => Date.parse(a.endsAt) <= Date.now())).length
    await until(() => ended() >= 2)
  })
})

describe('plain JSON', () => {
  test('the incident as it is stored, and its state; never sent again without news', async () => {
    const hook = webhook({ format: 'json', timing: { againMs: 30 } })
    const firing = state('S1', 2)
    hook.tell([firing])
    await until(() => receiver.received.length === 1)
    expect(receiver.received[0]?.body).toEqual({
      version: 1,
      alerts: [
        {
          status: 'firing',
          labels: expect.objectContaining({ cause: 'firewall_restriction', scope_id: 'S1' }),
          starts_at: new Date(T0).toISOString(),
          incident: firing.incident,
        },
      ],
    })
    hook.tell([state('S1', 2, { status: 'resolved' })])
    await until(() => receiver.received.length === 2)
    expect(receiver.received[1]?.body).toMatchObject({
      alerts: [{ status: 'resolved', ends_at: new Date(T0 + 1_000).toISOString() }],
    })
    await until(() => hook.counts().firing === 0 && hook.counts().waiting === 0)
    // Three times as long as Alertmanager would wait for.
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(receiver.received.length).toBe(2)
  })
})

describe('one alert, no storm', () => {
  test('when it begins, when it has doubled, when the mechanism changes, when it is over: nothing else', async () => {
    const hook = webhook({ format: 'json' })
    const steps: AlertState[] = [
      ...Array.from({ length: 40 }, (_, i) => state('S1', i + 1)),
      state('S1', 41, { mechanism: 'denied-at-gateway' }),
      state('S1', 41, { mechanism: 'denied-at-gateway', status: 'resolved' }),
    ]
    for (const s of steps) {
      hook.tell([s])
      await until(() => hook.counts().waiting === 0)
    }
    const said = receiver.received.map((r) => (r.body as { alerts: AlertState[] }).alerts[0] as AlertState)
    expect(said.map((a) => a.incident.whytimeout.incident.verdicts)).toEqual([1, 2, 4, 8, 16, 32, 41, 41])
    expect(said.map((a) => a.status)).toEqual([...Array(7).fill('firing'), 'resolved'])
  })

  test('ten thousand changes while the receiver is slow are one request, with the newest state', async () => {
    receiver.script((response) => void setTimeout(() => response.writeHead(200).end(), 200))
    const hook = webhook()
    const one = state('S1', 1)
    hook.tell([one])
    await until(() => receiver.received.length === 1)
    for (let verdicts = 2; verdicts <= 10_001; verdicts++) {
      const { whytimeout, ...rest } = one.incident
      const incident = { ...rest, whytimeout: { ...whytimeout, incident: { ...whytimeout.incident, verdicts } } }
      hook.tell([{ ...one, incident }])
    }
    await until(() => hook.counts().waiting === 0)
    expect(told()).toEqual([['S1 1'], ['S1 10001']])
  })

  test('a thousand incidents at once are a few requests, the most severe first, with a pause between them', async () => {
    const hook = webhook({ timing: { gapMs: 40 } })
    const many = Array.from({ length: 1_000 }, (_, i) =>
      state(`S${i}`, 1, i === 500 ? { scope: 'fleet' } : { scope: 'terminal' }),
    )
    hook.tell(many)
    await until(() => hook.counts().waiting === 0)
    expect(receiver.received.length).toBe(20)
    expect(alerts()[0]?.[0]?.labels).toMatchObject({ severity: 'critical', scope_id: 'S500' })
    expect(
      new Set(
        alerts()
          .flat()
          .map((a) => a.labels['scope_id']),
      ).size,
    ).toBe(1_000)
    const gaps = receiver.received.slice(1).map((r, i) => r.atMs - (receiver.received[i]?.atMs ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(38)
  })

  test('few timeouts raise no alert, and end none', async () => {
    const hook = webhook({ minVerdicts: 3 })
    hook.tell([state('S1', 2), state('S2', 3)])
    await until(() => receiver.received.length === 1)
    hook.tell([state('S1', 2, { status: 'resolved' }), state('S2', 3, { status: 'resolved' })])
    await until(() => receiver.received.length === 2)
    expect(told()).toEqual([['S2 3'], ['S2 3']])
  })

  test('what began before a restart and is over is said to be', async () => {
    webhook().tell([state('S1', 7, { status: 'resolved' })])
    await until(() => receiver.received.length === 1)
    expect(Date.parse((alerts()[0] as Alert[])[0]?.endsAt ?? '')).toBeLessThan(Date.now())
  })
})

describe('a receiver at fault', () => {
  const FAULTS = [
    ['500 and 503', [answer(500), answer(503)]],
    ['a connection cut', [reset, reset, reset]],
    ['no answer', [hang]],
  ] as const
  test.each(FAULTS)('%s: tried again until it works, with the state as it is by then', async (_, faults) => {
    receiver.script(...faults)
    const hook = webhook()
    hook.tell([state('S1', 1)])
    await until(() => receiver.received.length >= 1)
    hook.tell([state('S1', 5)])
    await until(() => hook.counts().waiting === 0)
    expect(told().at(-1)).toEqual(['S1 5'])
    expect(hook.counts()).toMatchObject({ accepted: 1, failed: faults.length, refused: 0 })
  })

  test('a status whose body never ends is an answer', async () => {
    receiver.script(endless)
    const hook = webhook()
    hook.tell([state('S1', 1)])
    await until(() => hook.counts().accepted === 1)
    hook.tell([state('S2', 1)])
    await until(() => hook.counts().accepted === 2)
  })

  test('429: it waits as long as it is asked to, in seconds or until a date', async () => {
    receiver.script(answer(429, { 'retry-after': '1' }), (response) =>
      response.writeHead(503, { 'retry-after': new Date(Date.now() + 2_000).toUTCString() }).end(),
    )
    const hook = webhook()
    hook.tell([state('S1', 1)])
    await until(() => hook.counts().waiting === 0)
    const [first, second, third] = receiver.received.map((r) => r.atMs) as [number, number, number]
    expect(second - first).toBeGreaterThanOrEqual(990)
    // A date has whole seconds.
    expect(third - second).toBeGreaterThanOrEqual(900)
    expect(told()).toEqual([['S1 1'], ['S1 1'], ['S1 1']])
  })

  test('away for long: pauses grow, so few requests; it is said once, and when it works again', async () => {
    receiver.always(answer(502))
    const hook = webhook({ timing: { leastPauseMs: 10, mostPauseMs: 80 } })
    const began = Date.now()
    for (let i = 1; receiver.received.length < 12; i++) {
      hook.tell([state('S1', i)])
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    // From the fourth on, half of the longest pause at least.
    expect(Date.now() - began).toBeGreaterThan(8 * 40)
    receiver.always(answer(200))
    await until(() => hook.counts().waiting === 0)
    expect(lines).toEqual([
      { level: 'warn', event: 'alerts.failed', reason: 'HTTP 502' },
      { level: 'info', event: 'alerts.accepted' },
    ])
  })

  test('a request too long, or one alert that it cannot take: the others get through', async () => {
    receiver.always((response, _, body) => {
      const list = JSON.parse(body) as Alert[]
      response.writeHead(list.length > 12 ? 413 : list.some((a) => a.labels['scope_id'] === 'S13') ? 400 : 200).end()
    })
    const hook = webhook({ timing: { gapMs: 5 } })
    hook.tell(Array.from({ length: 40 }, (_, i) => state(`S${i}`, 1)))
    await until(() => hook.counts().waiting === 0)
    expect(hook.counts()).toMatchObject({ refused: 1, failed: 0 })
    expect(lines).toContainEqual({ level: 'error', event: 'alerts.refused', reason: 'HTTP 400' })
  })

  test.each([401, 404, 301])('%i: said once and dropped; what comes later is tried again', async (status) => {
    receiver.always(answer(status, { location: 'http://127.0.0.1:1/' }))
    const hook = webhook()
    hook.tell([state('S1', 1), state('S2', 1)])
    await until(() => hook.counts().refused === 1)
    hook.tell([state('S3', 1)])
    await until(() => hook.counts().refused === 2)
    expect(hook.counts().waiting).toBe(0)
    expect(lines).toEqual([{ level: 'error', event: 'alerts.refused', reason: `HTTP ${status}` }])
    receiver.always(answer(200))
    hook.tell([state('S1', 2)])
    await until(() => hook.counts().accepted === 1)
    expect(lines.at(-1)).toEqual({ level: 'info', event: 'alerts.accepted' })
  })

  test('not there at all: nobody waits, and the log tells no address and no header', async () => {
    const { url } = receiver
    await receiver.stop()
    const hook = webhook({ url })
    const began = Date.now()
    for (let i = 0; i < 1_000; i++) hook.tell([state('S1', 1)])
    expect(Date.now() - began).toBeLessThan(1_500)
    await until(() => hook.counts().failed >= 3)
    expect(lines).toEqual([{ level: 'warn', event: 'alerts.failed', reason: 'ECONNREFUSED' }])
    expect(JSON.stringify(lines)).not.toMatch(/sesame|hidden|127\.0\.0\.1/)
    receiver = await startReceiver()
  })
})

describe('the end of the process', () => {
  test('what is new is said once more, and nothing is called over', async () => {
    const hook = webhook()
    hook.tell([state('S1', 1)])
    await until(() => hook.counts().accepted === 1)
    receiver.script((response) => void setTimeout(() => response.writeHead(200).end(), 100))
    hook.tell([state('S1', 9), state('S2', 1)])
    await hook.close(5_000)
    expect(new Set(told().flat())).toEqual(new Set(['S1 1', 'S1 9', 'S2 1']))
    expect(
      alerts()
        .flat()
        .every((a) => Date.parse(a.endsAt) > Date.now()),
    ).toBe(true)
    hook.tell([state('S3', 1)])
    expect(hook.counts().waiting).toBe(0)
  })
  test.each([
    ['hangs', hang],
    ['fails', answer(500)],
  ] as const)('a receiver that %s does not hold it up', async (_, fault) => {
    receiver.always(fault)
    const hook = webhook({ timing: { timeoutMs: 10_000 } })
    hook.tell([state('S1', 1)])
    await until(() => receiver.received.length >= 1)
    const began = Date.now()
    await hook.close(200)
    expect(Date.now() - began).toBeLessThan(1_000)
  })
})
