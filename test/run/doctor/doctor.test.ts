import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { LoadedConfig } from '../../../pipeline/run/config.js'
import type { Check } from '../../../pipeline/run/doctor/check.js'
import { CHECKS } from '../../../pipeline/run/doctor/checks.js'
import { runDoctor } from '../../../pipeline/run/doctor/doctor.js'
import { fail, ok, say } from '../../../pipeline/run/findings.js'
import { Config } from '../../../schemas/config.js'
import { Findings } from '../../../schemas/doctor.js'
import { runCli } from '../../cli/run-cli.js'

const DIR = mkdtempSync(join(tmpdir(), 'whytimeout-doctor-'))
afterAll(() => rmSync(DIR, { recursive: true }))

/** A server on loopback that takes connections and does nothing else by itself. */
const servers: { server: Server; sockets: Set<Socket> }[] = []
async function listen(act: (socket: Socket) => void = () => {}): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    act(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push({ server, sockets })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const s of sockets) s.destroy()
    server.close()
  }
})

const configOf = (kafka: object): LoadedConfig =>
  ({ ...Config.parse({ kafka: { brokers: ['127.0.0.1:1'], topics: ['logs'], ...kafka } }), dir: DIR }) as LoadedConfig
const check = (id: string, run: Check['run'], needsKafka = false): Check => ({
  id,
  title: say(id, `检查${id}`),
  needsKafka,
  run,
})
const doctor = (checks: readonly Check[], config = configOf({}), limitMs = 5_000) =>
  runDoctor({ config, now: Date.now, checks, limitMs })

describe('the run of checks', () => {
  test('in the order of the table, whatever takes longest', async () => {
    const slow = check('slow', () => new Promise((r) => setTimeout(() => r([ok('a', 'x', say('a', '甲'))]), 50)))
    const quick = check('quick', async () => [ok('b', 'x', say('b', '乙'))])
    expect((await doctor([slow, quick])).findings.map((f) => f.check)).toEqual(['slow', 'quick'])
  })
  test('one that never ends is ended, and the others are heard', async () => {
    const stuck = check('stuck', () => new Promise(() => {}))
    const found = await doctor([stuck, check('fine', async () => [ok('b', 'x', say('b', '乙'))])], configOf({}), 100)
    expect(found.findings.map((f) => [f.check, f.code])).toEqual([
      ['stuck', 'check-too-long'],
      ['fine', 'b'],
    ])
    expect(found.ok).toBe(false)
  })
  test('what one throws is a finding', async () => {
    const found = await doctor([check('broken', () => Promise.reject(new Error('odd')))])
    expect(found.findings).toMatchObject([{ code: 'check-failed', state: 'fail', place: 'broken' }])
  })
  test('those that need a broker are skipped where none can be used', async () => {
    const found = await doctor([check('brokerless', async () => []), check('needy', async () => [], true)])
    expect(found.findings).toMatchObject([{ check: 'needy', code: 'no-broker', state: 'skip' }])
    expect(found.ok).toBe(true)
  })
  test('whatever a server says, no secret is printed', async () => {
    const password = 'hunter2-p4ss'
    const config = configOf({ sasl: { mechanism: 'plain', username: 'u', password } })
    const told = `no such user u/${password}`
    const found = await doctor(
      [
        check('a', () => Promise.reject(new Error(told))),
        check('b', async () => [fail('x', told, say(told, told), say(told, told))]),
      ],
      config,
    )
    expect(JSON.stringify(found)).not.toContain('hunter2')
    expect(JSON.stringify(found)).toContain('no such user')
  })
  test('every check has an id and a title of its own', () => {
    expect(new Set(CHECKS.map((c) => c.id)).size).toBe(CHECKS.length)
    expect(new Set(CHECKS.map((c) => c.title.en)).size).toBe(CHECKS.length)
  })
})

describe('brokers that are none', () => {
  const write = (brokers: string, more = ''): string => {
    const path = join(DIR, 'whytimeout.yml')
    writeFileSync(path, `kafka:\n  brokers: ${brokers}\n  topics: logs\n${more}`)
    return path
  }
  const brokersOf = async (path: string) => {
    const { exit, out, err } = await runCli(['doctor', '--config', path, '--json'])
    expect(err).toBe('')
    expect(exit).toBe(3)
    const { findings } = Findings.parse(JSON.parse(out))
    return findings.filter((f) => f.check === 'brokers').map((f) => `${f.place} ${f.code}`)
  }
  test('one that accepts and never answers, one that hangs up, one that is not there', async () => {
    const silent = await listen()
    const rude = await listen((socket) => socket.destroy())
    const began = performance.now()
    expect(await brokersOf(write(`"${silent},${rude},127.0.0.1:1"`))).toEqual([
      `${silent} broker-no-answer`,
      `${rude} broker-closed`,
      '127.0.0.1:1 broker-refused',
    ])
    expect(performance.now() - began).toBeLessThan(15_000)
  })
  test('another protocol', async () => {
    const http = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await brokersOf(write(http))).toEqual([`${http} broker-closed`])
    expect(await brokersOf(write(http, '  ssl: true\n'))).toEqual([`${http} broker-tls-none`])
  })
  test('a flood of nonsense', async () => {
    const noise = await listen((socket) => socket.on('data', () => socket.write(Buffer.alloc(65_536, 0xff))))
    expect(await brokersOf(write(noise))).toEqual([`${noise} broker-not-kafka`])
  })
  test('the process itself ends too, soon after the table', async () => {
    const silent = await listen()
    const path = write(silent)
    const began = performance.now()
    const child = spawn(process.execPath, ['dist/pipeline/cli/main.js', 'doctor', '--config', path, '--lang', 'zh'], {
      cwd: join(import.meta.dirname, '../../..'),
    })
    let out = ''
    child.stdout.on('data', (d) => {
      out += d
    })
    const exit = await new Promise((resolve) => child.once('close', resolve))
    expect(exit).toBe(3)
    expect(out).toContain('超时无应答')
    expect(performance.now() - began).toBeLessThan(20_000)
  })
})

describe('the commands', () => {
  test.each([
    [['doctor'], 'no configuration given (--config)'],
    [['doctor', 'x', '--config', 'f'], 'unexpected "x"'],
    [['doctor', '--config', join(DIR, 'none.yml')], 'CONFIG_INVALID: no such file'],
    [['setup'], 'say what to set up; known: kafka'],
    [['setup', 'kafak', '--config', 'f'], 'no "setup kafak"; known: kafka'],
    [['setup', 'constructor', '--config', 'f'], 'no "setup constructor"'],
    [['setup', 'kafka'], 'no configuration given'],
    [['setup', 'kafka', 'more', '--config', 'f'], 'unexpected "more"'],
  ])('%j', async (argv, said) => {
    const { exit, out, err } = await runCli(argv)
    expect([exit, out]).toEqual([2, ''])
    expect(err).toContain(said)
  })
  test.each(['0', '-1', 'two', '1.5', '99999'])('--partitions %s', async (n) => {
    const path = join(DIR, 'p.yml')
    writeFileSync(path, 'kafka: { brokers: "127.0.0.1:1", topics: logs }')
    const { exit, err } = await runCli(['setup', 'kafka', '--config', path, `--partitions=${n}`])
    expect(exit).toBe(2)
    expect(err).toContain(`"${n}" is no whole number from 1 to 1000 (--partitions)`)
  })
  test('setup of a cluster that is not there, or not configured', async () => {
    const path = join(DIR, 's.yml')
    writeFileSync(path, 'kafka: { brokers: "127.0.0.1:1", topics: logs }')
    expect(await runCli(['setup', 'kafka', '--config', path])).toMatchObject({
      exit: 1,
      err: expect.stringContaining('KAFKA_UNREACHABLE: nothing listens there (kafka.brokers)'),
    })
    writeFileSync(path, 'elasticsearch: { node: "http://127.0.0.1:1" }')
    expect(await runCli(['setup', 'kafka', '--config', path])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('the key "kafka" is missing (whytimeout setup kafka)'),
    })
  })
})
