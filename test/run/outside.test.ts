import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { WhytimeoutError } from '../../pipeline/errors.js'
import { type Outside, openOutside } from '../../pipeline/run/outside.js'
import type { Parsed } from '../../pipeline/stream/parser.js'
import { Status } from '../../schemas/status.js'
import { fakeStream } from './fake-stream.js'
import { readPage } from './prometheus.js'

const open: Outside[] = []
const dirs: string[] = []
afterEach(async () => {
  for (const outside of open.splice(0)) await outside.close()
  for (const dir of dirs.splice(0)) await rm(dir, { recursive: true })
})

type Given = {
  readonly token?: string
  readonly socket?: string
  readonly port?: number
  readonly stages?: readonly string[]
}
async function start(given: Given = {}) {
  const said: string[] = []
  const outside = await openOutside({
    http: { host: '127.0.0.1', port: given.port ?? 0, token: given.token },
    socket: given.socket,
    stages: given.stages ?? ['parse', 'diagnose'],
    sessionMs: 30_000,
    log: (_, event) => said.push(event),
    now: Date.now,
  })
  open.push(outside)
  return { outside, said, url: outside.addresses[0] as string }
}
const folder = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'outside-'))
  dirs.push(dir)
  return dir
}
const get = (url: string, path: string, init: RequestInit = {}) => fetch(new URL(path, url), init)
/** What a bare connection is answered. */
const raw = async (url: string, text: string): Promise<string> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(text)
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk
  })
  await once(socket, 'close')
  return answer
}

describe('health', () => {
  test('ready once the stream has started and both its groups are joined, not while something is away', async () => {
    const { outside, url } = await start()
    const ready = async () => {
      const response = await get(url, '/readyz')
      const { not_ready } = (await response.json()) as { not_ready: { what: string; reason: string }[] }
      return [response.status, ...not_ready.map((n) => `${n.what}: ${n.reason}`)]
    }
    expect(await ready()).toEqual([503, 'stream: starting'])
    const { stream, set } = fakeStream(Date.now)
    outside.attach(stream)
    expect(await ready()).toEqual([
      503,
      'parse: has not joined its group yet',
      'diagnose: has not joined its group yet',
    ])
    outside.observer.assigned('parse', [{ topic: 'logs', partition: 0 }])
    outside.observer.assigned('diagnose', [])
    expect(await ready()).toEqual([200])
    set({ answeredMs: Date.now() - 7_000 })
    expect(await ready()).toEqual([503, 'brokers: no answer for 7 s'])
    set({ answeredMs: Date.now() })
    outside.observer.sinkState('elasticsearch', { up: false, retrying: 9, reason: 'connect ECONNREFUSED' })
    expect(await ready()).toEqual([503, 'elasticsearch: connect ECONNREFUSED'])
    outside.observer.sinkState('elasticsearch', { up: true, retrying: 0 })
    expect(await ready()).toEqual([200])
    outside.stopping()
    expect(await ready()).toEqual([503, 'stream: stopping'])
  })
  test('alive until the stream has failed', async () => {
    const { outside, url } = await start()
    expect((await get(url, '/healthz')).status).toBe(200)
    const { stream, fail } = fakeStream(Date.now)
    outside.attach(stream)
    fail(new WhytimeoutError('SINK_FAILED', 'full'))
    await wait(0)
    const response = await get(url, '/healthz')
    expect([response.status, await response.json()]).toEqual([
      503,
      expect.objectContaining({ alive: false, failed: 'SINK_FAILED' }),
    ])
  })
})

describe('pages', () => {
  test('metrics and status', async () => {
    const { outside, url } = await start()
    outside.attach(fakeStream(Date.now).stream)
    const metrics = await get(url, '/metrics')
    expect(metrics.headers.get('content-type')).toContain('version=0.0.4')
    const families = readPage(await metrics.text())
    expect(families.get('whytimeout_lag_messages')?.samples[0]?.value).toBe(7)
    expect(families.get('nodejs_eventloop_lag_seconds')).toBeDefined()
    const status = Status.parse(await (await get(url, '/status')).json())
    expect(status).toMatchObject({
      ready: false,
      rules: { generation: 3 },
      lag: [{ topic: 'logs', partition: 0, messages: 7, paused: false }],
      watermarks: [{ open_episodes: 2, events_held: 5 }],
    })
  })
  test('HEAD has no body; other methods and paths are refused', async () => {
    const { url } = await start()
    const head = await get(url, '/metrics', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await get(url, '/metrics', { method, ...(method !== 'OPTIONS' && { body: 'x'.repeat(1_000) }) })
      expect([response.status, response.headers.get('allow')], method).toEqual([405, 'GET, HEAD'])
    }
    const nothing = await get(url, '/secret')
    expect([nothing.status, await nothing.text()]).toEqual([404, expect.stringContaining('/metrics')])
    expect((await get(url, '/constructor')).status).toBe(404)
  })
  test('what is no request, or too long a one, is refused', async () => {
    const { url } = await start()
    expect(await raw(url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
    expect(await raw(url, `GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 4/,
    )
    expect(await raw(url, 'GET //[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
    expect((await get(url, '/healthz')).status).toBe(200)
  })
  test('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    await expect(start({ port })).rejects.toMatchObject({ code: 'HTTP_UNAVAILABLE', place: `http 127.0.0.1:${port}` })
    taken.close()
  })
})

describe('the socket', () => {
  const over = (socketPath: string, path: string) =>
    new Promise<number | undefined>((resolve, reject) =>
      request({ socketPath, path }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .once('error', reject)
        .end(),
    )
  test('this user alone may use it; it goes with the process', async () => {
    const socket = join(await folder(), 'w.sock')
    const { outside } = await start({ socket, token: 'a-long-enough-token' })
    expect(outside.addresses[1]).toBe(`unix:${socket}`)
    expect((await stat(socket)).mode & 0o777).toBe(0o600)
    expect(await over(socket, '/healthz')).toBe(200)
    // No token is needed here: HEAD says whether it would be shown.
    expect(await over(socket, '/tap?what=nothing')).toBe(400)
    await open.pop()?.close()
    await expect(stat(socket)).rejects.toThrow('ENOENT')
  })
  test('one that was left behind is taken over; one in use is not, nor is a file', async () => {
    const dir = await folder()
    const socket = join(dir, 'w.sock')
    const { spawnSync } = await import('node:child_process')
    const code = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', code, socket])
    expect((await stat(socket)).isSocket()).toBe(true)
    await start({ socket })
    expect(await over(socket, '/healthz')).toBe(200)
    await expect(start({ socket })).rejects.toMatchObject({ code: 'HTTP_UNAVAILABLE' })
    const file = join(dir, 'precious.txt')
    await writeFile(file, 'kept')
    await expect(start({ socket: file })).rejects.toMatchObject({ code: 'HTTP_UNAVAILABLE' })
    expect((await stat(file)).size).toBe(4)
  })
})

describe('tap', () => {
  const line = (text: string): Parsed => ({ kind: 'filtered', offset: 1n, line: 0, text, origin: 'a/b' })
  const pass = (outside: Outside, records: readonly Parsed[]) =>
    outside.observer.parsed({ topic: 'logs', partition: 0, messages: 1, bytes: 1, records, events: [] })
  test('shows what passes, by its filter, until the limit', async () => {
    const { outside, said, url } = await start()
    const response = await get(url, '/tap?what=lines&where=text=*b*&contains=blue&limit=2')
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    pass(outside, [line('red'), line('blue 1'), line('lue'), line('blue 2'), line('blue 3')])
    const got = (await response.text()).trimEnd().split('\n')
    expect(got.map((l) => JSON.parse(l).text)).toEqual(['blue 1', 'blue 2'])
    expect(said.filter((s) => s.startsWith('tap.'))).toEqual(['tap.opened', 'tap.closed'])
  })
  test('is refused in words', async () => {
    const { url } = await start({ token: 'a-long-enough-token', stages: ['parse'] })
    const ask = async (query: string, authorization?: string) => {
      const response = await get(url, `/tap?${query}`, authorization ? { headers: { authorization } } : {})
      return [response.status, ((await response.json()) as { error: string }).error]
    }
    const bearer = 'Bearer a-long-enough-token'
    expect(await ask('what=lines')).toEqual([401, expect.stringContaining('token')])
    expect(await ask('what=cards', bearer)).toEqual([400, expect.stringContaining('lines|events|verdicts')])
    expect(await ask('what=verdicts', bearer)).toEqual([404, expect.stringContaining('does not diagnose')])
    expect(await ask('what=lines&where=cause=x', bearer)).toEqual([400, expect.stringContaining('no field "cause"')])
    expect(await ask('what=lines&limit=0', bearer)).toEqual([400, expect.stringContaining('limit')])
  })
  test('a page that calls this machine by another name is refused', async () => {
    const { url } = await start()
    const answer = await raw(url, 'GET /tap?what=lines HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 403/)
  })
  test('a client that does not read fills no memory, and learns what it missed', async () => {
    const { outside, url } = await start()
    const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('GET /tap?what=lines HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'readable')
    const before = process.memoryUsage().rss
    for (let i = 0; i < 3_000; i++) {
      pass(outside, [line('x'.repeat(16_000))])
      if (i % 50 === 0) await wait(1)
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    const sent = () => text.match(/"text":/g)?.length ?? 0
    const left = () => [...text.matchAll(/\{"left_out":(\d+)\}/g)].reduce((n, m) => n + Number(m[1]), 0)
    const deadline = Date.now() + 20_000
    while (sent() + left() < 3_000 && Date.now() < deadline) await wait(50)
    expect(left()).toBeGreaterThan(0)
    expect(sent() + left()).toBe(3_000)
    socket.destroy()
  }, 30_000)
  test('closing ends it in order', async () => {
    const { outside, said, url } = await start()
    const response = await get(url, '/tap?what=lines')
    pass(outside, [line('last')])
    await open.pop()?.close()
    expect((await response.text()).trim()).toContain('"last"')
    expect(said.at(-1)).toBe('tap.closed')
    await expect(get(url, '/healthz')).rejects.toThrow()
  })
})
