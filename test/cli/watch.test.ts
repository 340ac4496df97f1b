import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Outside, openOutside } from '../../pipeline/run/outside.js'
import type { Parsed } from '../../pipeline/stream/parser.js'
import { verdict } from '../report/verdicts.js'
import { fakeStream } from '../run/fake-stream.js'
import { runCli } from './run-cli.js'

const TOKEN = 'a-token-of-some-length'
let dir: string
let outside: Outside
let parseOnly: Outside
const [DEAD, ESC] = ['http://127.0.0.1:1', '\u001b[31m']

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'watch-'))
  const shared = { sessionMs: 30_000, log: () => {}, now: Date.now }
  const http = { host: '127.0.0.1', port: 0 }
  outside = await openOutside({
    ...shared,
    http: { ...http, token: TOKEN },
    socket: join(dir, 'w.sock'),
    stages: ['parse', 'diagnose'],
  })
  parseOnly = await openOutside({ ...shared, http, socket: undefined, stages: ['parse'] })
  for (const o of [outside, parseOnly]) {
    o.attach(fakeStream(Date.now).stream)
    o.observer.assigned('parse', [])
    o.observer.assigned('diagnose', [])
  }
})
afterAll(async () => {
  await outside.close()
  await parseOnly.close()
  await rm(dir, { recursive: true })
})
const urlOf = (o: Outside) => o.addresses[0] as string

describe('top', () => {
  test('one frame, in both languages', async () => {
    const en = await runCli(['top', '--once', '--url', urlOf(outside)])
    expect([en.exit, en.err]).toEqual([0, ''])
    expect(en.out).toContain('1 process   ready')
    expect(en.out).toContain('logs/0')
    const zh = await runCli(['top', '--once', '--url', urlOf(outside), '--lang', 'zh'])
    expect(zh.out).toContain('1个进程   就绪')
  })
  test('as JSON, of several, one of them away', async () => {
    const ran = await runCli([
      'top',
      '--once',
      '--json',
      '--url',
      urlOf(outside),
      '--url',
      urlOf(parseOnly),
      '--url',
      DEAD,
    ])
    const sum = JSON.parse(ran.out)
    expect(ran.exit).toBe(0)
    expect(sum).toMatchObject({ processes: 2, open_episodes: 4, unreachable: [{ url: DEAD, reason: 'ECONNREFUSED' }] })
    expect(sum.lag).toHaveLength(1)
    expect(sum.of).toHaveLength(2)
  })
  test('by the configuration: the socket where there is one', async () => {
    const config = join(dir, 'w.yml')
    await writeFile(
      config,
      `kafka: { brokers: ["h:1"], topics: [t] }\nhttp: { port: 1, socket: w.sock, token: ${TOKEN} }\n`,
    )
    expect((await runCli(['top', '--once', '--config', config])).out).toContain('1 process   ready')
    await writeFile(config, 'kafka: { brokers: ["h:1"], topics: [t] }\n')
    const none = await runCli(['top', '--once', '--config', config])
    expect([none.exit, none.err]).toEqual([2, expect.stringContaining('no "http"')])
  })
  test('nobody there, or somebody else', async () => {
    const dead = await runCli(['top', '--once', '--url', DEAD])
    expect([dead.exit, dead.out]).toEqual([1, expect.stringContaining('no answer: ECONNREFUSED')])
    const other = createServer((_, response) => response.end('<html>hello</html>')).listen(0, '127.0.0.1')
    await wait(20)
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    expect((await runCli(['top', '--once', '--url', url])).out).toContain('is no whytimeout')
    other.close()
    const wrong = await runCli(['top', '--once', '--url', 'ftp://x'])
    expect([wrong.exit, wrong.err]).toEqual([2, expect.stringContaining('neither http')])
  })
  test('again and again until it is asked to end', async () => {
    let stop = () => {}
    const asked = new Promise<void>((resolve) => {
      stop = resolve
    })
    const running = runCli(['top', '--every', '0.2s', '--json', '--url', urlOf(outside)], { stopAsked: () => asked })
    await wait(900)
    stop()
    const ran = await running
    expect(ran.exit).toBe(0)
    expect(ran.out.trimEnd().split('\n').length).toBeGreaterThan(1)
  })
})

describe('tap', () => {
  const line = (text: string): Parsed => ({ kind: 'filtered', offset: 1n, line: 0, text, origin: 'till-1/pos.log' })
  /** Runs the command and lets things pass once it watches. */
  const tap = async (argv: readonly string[], pass: (o: Outside) => void, o = outside) => {
    const running = runCli(['tap', ...argv], { env: { WHYTIMEOUT_TOKEN: TOKEN } })
    let isOver = false
    void running.finally(() => {
      isOver = true
    })
    const deadline = Date.now() + 10_000
    while (!isOver && Date.now() < deadline) {
      pass(o)
      await wait(20)
    }
    return running
  }
  const passLines = (texts: readonly string[]) => (o: Outside) =>
    o.observer.parsed({ topic: 'logs', partition: 0, messages: 1, bytes: 1, records: texts.map(line), events: [] })

  test('lines by a filter, up to a limit; nothing in them that a terminal obeys', async () => {
    const argv = ['lines', '--url', urlOf(outside), '--where', 'origin=till-*', '--contains', 'blue', '--limit', '2']
    const ran = await tap(argv, passLines(['red', `blue ${ESC}x\nsecond`]))
    expect(ran.exit).toBe(0)
    expect(ran.out).toBe(`${'till-1/pos.log [filtered] blue ·[31mx ⏎ second\n'.repeat(2)}`)
  })
  test('as JSON; over the socket no token is needed', async () => {
    const ran = await tap(['lines', '--url', `unix:${join(dir, 'w.sock')}`, '--json', '--limit', '1'], passLines(['x']))
    expect(JSON.parse(ran.out)).toMatchObject({ origin: 'till-1/pos.log', fate: 'filtered', text: 'x' })
  })
  test('verdicts, in both languages; a process that has none is said and passed over', async () => {
    const v = verdict({
      start: '2026-03-06T10:00:00.000Z',
      end: '2026-03-06T10:00:05.000Z',
      cause: 'dns_resolution',
      terminal: 'T7',
    })
    const whole = {
      ...v,
      whytimeout: {
        ...v.whytimeout,
        verdict: { ...v.whytimeout.verdict, state: 'final', scope: 'site', scope_id: 'S1' },
      },
    } as typeof v
    const decision = { verdict: whole, cited: [], superseded: [], first: 0 }
    const pass = (o: Outside) => o.observer.stored([{ kind: 'final', decision, events: [] }])
    const argv = ['verdicts', '--url', urlOf(outside), '--url', urlOf(parseOnly), '--seconds', '1']
    const en = await tap([...argv, '--where', 'whytimeout.verdict.state=final'], pass)
    expect(en.out).toContain('final  DNS resolution 90 %  (m)  site S1  T7')
    expect(en.err).toContain('does not diagnose')
    expect((await tap([...argv, '--lang', 'zh'], pass)).out).toContain('最终  DNS解析问题 90 %')
  })
  test('what was left out is said', async () => {
    const argv = ['lines', '--url', urlOf(outside), '--json', '--seconds', '3']
    const ran = await tap(argv, passLines(Array.from({ length: 100 }, (_, i) => `${i}`)))
    expect(ran.err).toMatch(/^… \d+ left out$/m)
    expect(ran.exit).toBe(0)
  }, 20_000)
  test('mistakes are said before anything is asked', async () => {
    expect((await runCli(['tap', 'cards'])).err).toContain('lines, events, verdicts')
    expect((await runCli(['tap', 'lines', '--where', 'txt=x'])).err).toContain('did you mean "text"?')
    expect((await runCli(['tap', 'lines', '--limit', 'many'])).err).toContain('no whole number')
    const refused = await runCli(['tap', 'lines', '--url', urlOf(outside)])
    expect([refused.exit, refused.err]).toEqual([2, expect.stringContaining('PROCESS_REFUSED: tap needs the token')])
    expect((await runCli(['tap', 'lines', '--url', DEAD])).exit).toBe(1)
  })
})
