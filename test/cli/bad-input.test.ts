import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from './run-cli.js'

const LINE = '2026-11-23T10:00:00Z ERROR sale failed tid=T1 connect timed out to 192.0.2.10:443 after 5000 ms\n'
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bad-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const put = async (name: string, content: string | Buffer): Promise<string> => {
  await mkdir(join(dir, name, '..'), { recursive: true })
  await writeFile(join(dir, name), content)
  return join(dir, name)
}
/** Runs a replay into a folder of its own; gives what it says and what it left behind. */
async function replay(...argv: readonly string[]) {
  const out = join(dir, `out-${Math.random().toString(36).slice(2)}`)
  const ran = await runCli(['replay', ...argv, '--out', out])
  const left = await readdir(out).catch(() => [] as string[])
  return { ...ran, left }
}

describe('what, where, the fix, the exit code; nothing half-written', () => {
  const refused = async (argv: readonly string[], exit: number, ...said: readonly string[]) => {
    const ran = await replay(...argv)
    expect(ran.err.trimEnd().split('\n')).toHaveLength(1)
    for (const s of said) expect(ran.err).toContain(s)
    expect(ran.err).toContain(' - ')
    expect({ exit: ran.exit, left: ran.left }).toEqual({ exit, left: [] })
  }
  test('no such path', () =>
    refused([join(dir, 'nowhere')], 2, 'INPUT_NOT_FOUND', join(dir, 'nowhere'), 'Check the path'))
  test('an empty folder', async () => {
    await mkdir(join(dir, 'empty'))
    await refused([join(dir, 'empty')], 2, 'INPUT_EMPTY_FOLDER', join(dir, 'empty'))
  })
  test('a file that may not be read', async () => {
    const path = await put('secret.log', LINE)
    await chmod(dir, 0o777)
    await chmod(path, 0)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65534) // root may read everything
    try {
      await refused([path], 2, 'INPUT_UNREADABLE', path, 'permissions')
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })
  test('a truncated gzip', async () => {
    const whole = gzipSync(LINE.repeat(10_000))
    const path = await put('cut/app.log.gz', whole.subarray(0, whole.length - 20))
    await refused([join(dir, 'cut')], 1, 'INPUT_TRUNCATED', path, 'copy it again')
  })
  test('a wrong zone', async () => {
    const path = await put('zone.log', LINE)
    await refused([path, '--timezone', 'Asia/Shangai'], 2, 'TIMEZONE_UNKNOWN', 'Asia/Shangai', 'Asia/Shanghai')
  })
  test('a broken inventory row', async () => {
    const path = await put('inv.csv', 'terminal_id,ip\nT1,192.0.2.7\nT2,192.0.2.999.1\n')
    await refused([await put('a.log', LINE), '--inventory', path], 2, 'INVENTORY_BAD_ROW', `${path}:3`, '192.0.2.999.1')
  })
  test('a broken entry of origins.yml', async () => {
    const path = await put('o.yml', '"till-*/*":\n  zonne: Asia/Shanghai\n')
    await refused([await put('b.log', LINE), '--origins', path], 2, 'ORIGINS_BAD_ENTRY', `${path}:`, 'zone')
  })
  test('a rule with an unknown field', async () => {
    const rules = join(dir, 'rules')
    await cp(join(import.meta.dirname, '../../rules'), rules, { recursive: true })
    const rule = join(rules, 'hardware_fault/nic-hang.yml')
    const text = await readFile(rule, 'utf8')
    const line = text.split('\n').findIndex((l) => l.includes('event.action')) + 1
    await writeFile(rule, text.replace('event.action', 'event.acton'))
    await refused(
      [await put('c.log', LINE), '--rules', rules],
      2,
      'RULE_INVALID',
      `nic-hang.yml:${line}`,
      'did you mean "event.action"',
    )
  })
  test('an unknown format', async () => {
    await refused([await put('d.log', LINE), '--format', 'haproxi'], 2, 'FORMAT_UNKNOWN', 'haproxi', '--format')
  })
  test('a results folder that cannot be made', async () => {
    const file = await put('plain', 'x')
    const { exit, err } = await runCli(['replay', await put('e.log', LINE), '--out', join(file, 'below')])
    expect(exit).toBe(2)
    expect(err).toContain('OUTPUT_UNWRITABLE')
  })
})

describe('bad lines are data', () => {
  test('binary garbage: dead letters with their place, exit 3 as too much is unread', async () => {
    const noise = Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 251))
    const ran = await replay(await put('noise.log', Buffer.concat([Buffer.from(LINE), noise])))
    expect(ran.exit).toBe(3)
    expect(ran.err).toContain('dead-letters.ndjson')
    expect(ran.left).toContain('dead-letters.ndjson')
    expect(ran.out).toContain('1 timeout')
  })
  test('a line of 100 MB beside a good one', async () => {
    const long = Buffer.alloc(100 * 1024 * 1024, 'x')
    const ran = await replay(await put('long.log', Buffer.concat([Buffer.from(LINE), long, Buffer.from('\n')])))
    expect(ran.out).toContain('1 timeout')
    expect(ran.left).toContain('verdicts.ndjson')
  })
  test('an unread share below --max-unparsed passes', async () => {
    const path = await put('some.log', `no time in this one\n${LINE}`)
    expect((await replay(path)).exit).toBe(3)
    expect((await replay(path, '--max-unparsed', '60%')).exit).toBe(0)
  })
  test('results appear whole: an earlier result stays when a later run fails', async () => {
    const out = join(dir, 'kept')
    expect((await runCli(['replay', await put('f.log', LINE), '--out', out])).exit).toBe(0)
    const before = await readdir(out)
    expect((await runCli(['replay', join(dir, 'cut'), '--out', out])).exit).toBe(1)
    expect(await readdir(out)).toEqual(before)
  })
})
