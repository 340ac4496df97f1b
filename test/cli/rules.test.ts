import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { evaluate } from '../../pipeline/run/eval.js'
import { runCli } from './run-cli.js'

const ROOT = join(import.meta.dirname, '../..')
const STORY = join(ROOT, 'fixtures/incidents/friday-afternoon')
const NOW = Date.parse('2026-11-24T00:00:00Z')
let work: string
let out: string
const rulesCopy = async (): Promise<string> => {
  const dir = await mkdtemp(join(work, 'rules-'))
  await cp(join(ROOT, 'rules'), dir, { recursive: true })
  return dir
}
type StoredVerdict = { event: { id: string }; whytimeout: { verdict: { cause: string; mechanism: string } } }
const verdicts = async (): Promise<StoredVerdict[]> =>
  (await readFile(join(out, 'verdicts.ndjson'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l) as StoredVerdict)

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'whytimeout-rules-'))
  out = join(work, 'out')
  expect((await runCli(['replay', STORY, '--out', out])).exit).toBe(0)
}, 60_000)
afterAll(() => rm(work, { recursive: true, force: true }))

describe('rules new', () => {
  test('a mechanism and a signal that load, pass lint and their tests', async () => {
    const dir = await rulesCopy()
    const made = await runCli(['rules', 'new', 'hardware_fault/fan-stopped', '--rules', dir])
    expect([made.exit, made.err]).toEqual([0, ''])
    expect(made.out.trimEnd().split('\n')).toEqual([join(dir, 'hardware_fault/fan-stopped.yml'), join(dir, 'pack.yml')])
    const signal = await runCli(['rules', 'new', 'signals/hot-room', '--for', 'fan-stopped', '--rules', dir])
    expect(signal.exit).toBe(0)
    expect((await runCli(['rules', 'lint', '--rules', dir])).out).toBe('nothing to complain of\n')
    const ran = await runCli(['rules', 'test', '--rules', dir, '--json'])
    expect([ran.exit, JSON.parse(ran.out).failed]).toEqual([0, 0])
  })
  test('never takes the place of a rule, never guesses', async () => {
    const dir = await rulesCopy()
    for (const [args, said] of [
      [['hardware_fault/nic-hang'], '"nic-hang" exists already'],
      [['hardware_falt/x'], 'did you mean "hardware_fault"?'],
      [['hardware_fault/Bad Name'], 'kebab-case'],
      [['signals/x-y'], 'say which mechanism uses it'],
      [['signals/x-y', '--for', 'nic-hangs'], 'did you mean "nic-hang"?'],
      [[], 'give <cause>/<id>'],
    ] as const) {
      const { exit, err } = await runCli(['rules', 'new', ...args, '--rules', dir])
      expect(exit).toBe(2)
      expect(err).toContain(said)
    }
  })
  test('lint --write keeps the digest', async () => {
    const dir = await rulesCopy()
    const path = join(dir, 'hardware_fault/nic-hang.yml')
    await writeFile(path, (await readFile(path, 'utf8')).replace(/bits: 11/, 'bits: 10.5'))
    expect((await runCli(['rules', 'lint', '--rules', dir])).exit).toBe(3)
    const before = parse(await readFile(join(dir, 'pack.yml'), 'utf8')) as { generation: number }
    expect((await runCli(['rules', 'lint', '--write', '--rules', dir])).exit).toBe(0)
    expect(parse(await readFile(join(dir, 'pack.yml'), 'utf8'))).toMatchObject({ generation: before.generation + 1 })
    expect((await runCli(['rules', 'lint', '--rules', dir])).exit).toBe(0)
  })
})

describe('rules new-test', () => {
  const LINE = '2026-03-02T12:00:20+00:00 t1 kernel: e1000e 0000:00:19.0 eth0: Detected Hardware Unit Hang:'
  test('a line becomes a test, the rest of the file stays to the byte', async () => {
    const dir = await rulesCopy()
    const path = join(dir, 'hardware_fault/nic-hang.yml')
    const before = await readFile(path, 'utf8')
    const made = await runCli(['rules', 'new-test', '--line', LINE, '--mechanism', 'nic-hang', '--rules', dir])
    expect(made).toMatchObject({ exit: 0, out: `${path}\n`, err: 'the test passes\n' })
    const after = await readFile(path, 'utf8')
    expect(after.startsWith(before.trimEnd())).toBe(true)
    expect(after).toContain('Detected Hardware Unit Hang')
    expect((await runCli(['rules', 'test', '--rules', dir])).exit).toBe(0)
    expect((await runCli(['rules', 'lint', '--rules', dir])).exit).toBe(0)
  })
  test('a card number in the line does not get into the rules', async () => {
    const dir = await rulesCopy()
    await runCli(['rules', 'new-test', '--line', `${LINE} 4539578763621486`, '--mechanism', 'nic-hang', '--rules', dir])
    const text = await readFile(join(dir, 'hardware_fault/nic-hang.yml'), 'utf8')
    expect(text).toContain('Unit Hang: ')
    expect(text).not.toContain('4539578763621486')
  })
  test('a line that says nothing to the mechanism is refused', async () => {
    const { exit, err } = await runCli(['rules', 'new-test', '--line', LINE, '--mechanism', 'disk-full'])
    expect([exit, err]).toEqual([2, expect.stringContaining('gives no signal to "disk-full"')])
  })
  test('a verdict becomes a test', async () => {
    const dir = await rulesCopy()
    const verdict = (await verdicts()).find((v) => v.whytimeout.verdict.mechanism !== 'unknown')
    const id = verdict?.event.id ?? ''
    const made = await runCli(['rules', 'new-test', id, '--from', out, '--rules', dir])
    expect(made).toMatchObject({ exit: 0, err: 'the test passes\n' })
    const ran = await runCli(['rules', 'test', '--rules', dir, '--json'])
    expect(JSON.parse(ran.out).failed).toBe(0)
  })
})

describe('label', () => {
  test('a truth line that eval reads, and a test that waits for a rule', async () => {
    const dir = await rulesCopy()
    const truth = join(work, 'labelled', 'truth.ndjson')
    await cp(STORY, join(work, 'labelled'), { recursive: true })
    await rm(truth, { force: true })
    const every = Math.ceil((await verdicts()).length / 6)
    const some = (await verdicts()).filter((_, i) => i % every === 0)
    for (const { event, whytimeout: w } of some) {
      const args = ['label', event.id, w.verdict.cause, '--from', out, '--truth', truth, '--no-test']
      expect((await runCli(args)).exit).toBe(0)
    }
    const all = await evaluate([join(work, 'labelled')], { now: NOW })
    expect(all.total).toMatchObject({ recall: 1, top1: 1, phase: 1, timeouts: some.length })

    const [first] = some
    const wrong = first?.whytimeout.verdict.cause === 'hardware_fault' ? 'dns_resolution' : 'hardware_fault'
    const made = await runCli(['label', first?.event.id ?? '', wrong, '--from', out, '--truth', truth, '--rules', dir])
    expect([made.exit, made.err]).toEqual([3, expect.stringContaining(`expected ${wrong}`)])
    const labels = (await readFile(truth, 'utf8')).trimEnd().split('\n')
    expect(labels).toHaveLength(some.length)
    expect(labels.filter((l) => l.includes(`"cause":"${wrong}"`) && l.includes(first?.event.id ?? ''))).toHaveLength(1)
    expect((await runCli(['rules', 'test', '--rules', dir, '--json'])).out).toMatch(/"failed":1\}/)
  })
  test('what cannot be is said', async () => {
    const [first] = await verdicts()
    const id = first?.event.id ?? ''
    for (const [args, said] of [
      [[id, 'hardware'], 'no cause "hardware"'],
      [[id, 'dns_resolution', '--mechanism', 'nic-hang'], 'dns_resolution has no mechanism "nic-hang"'],
      [['zzz', 'dns_resolution'], 'no verdict "zzz"'],
      [[id], 'give a verdict id and its cause'],
    ] as const)
      expect((await runCli(['label', ...args, '--from', out])).err).toContain(said)
  })
})

test('rules coverage: who has a say, and who never', async () => {
  const { exit, out: text } = await runCli(['rules', 'coverage', STORY, '--json'])
  expect(exit).toBe(0)
  const found = JSON.parse(text) as {
    verdicts: number
    unknown: number
    mechanisms: { mechanism: string; won: number; signals: { events: number | null; counted: number }[] }[]
  }
  const all = await verdicts()
  expect(found.verdicts).toBe(all.length)
  for (const m of found.mechanisms)
    expect(m.won, m.mechanism).toBe(all.filter((v) => v.whytimeout.verdict.mechanism === m.mechanism).length)
  const signals = found.mechanisms.flatMap((m) => m.signals)
  expect(signals.some((s) => s.events === null && s.counted > 0)).toBe(true)
  expect(signals.some((s) => (s.events ?? 0) > 0 && s.counted > 0)).toBe(true)
  expect(signals.every((s) => s.events !== 0 || s.counted === 0)).toBe(true)
  const shown = await runCli(['rules', 'coverage', STORY, '--signals', '--lang', 'zh'])
  for (const m of found.mechanisms) expect(shown.out).toContain(m.mechanism)
  expect(shown.out).toContain('从未有信号的机制')
})

describe('rules export --sigma', () => {
  test('every signal is a rule or on the list of those that cannot be; ids hold; old files go', async () => {
    const dir = join(work, 'sigma')
    const one = await runCli(['rules', 'export', '--sigma', dir, '--json'])
    const { written, left } = JSON.parse(one.out) as { written: string[]; left: { signal: string }[] }
    expect((await readdir(dir)).sort()).toEqual([...written].sort())
    const pack = await runCli(['rules', 'coverage', STORY, '--json'])
    const mechanisms = JSON.parse(pack.out).mechanisms as { mechanism: string; signals: { signal: string }[] }[]
    const rules = await Promise.all(
      written.map(async (name) => {
        const rule = parse(await readFile(join(dir, name), 'utf8')) as {
          id: string
          level: string
          whytimeout: { uses: { mechanism: string; signal: string }[] }
        }
        expect(rule.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        return rule
      }),
    )
    expect(new Set(rules.map((r) => r.id)).size).toBe(rules.length)
    expect(new Set(rules.map((r) => r.level))).toEqual(new Set(['low', 'medium', 'high', 'informational']))
    const said = new Set([
      ...rules.flatMap((r) => r.whytimeout.uses.map((u) => `${u.mechanism}/${u.signal}`)),
      ...left.map((l) => l.signal),
    ])
    const own = mechanisms.flatMap((m) => m.signals.map((s) => `${m.mechanism}/${s.signal}`))
    const shared = own.filter((id) => !said.has(id))
    // Those that use a shared signal on facts stand on the list under its name.
    expect(shared.length).toBeLessThan(own.length / 2)
    expect(left.some((l) => l.signal === 'several-sites-fail')).toBe(true)

    const kept = await readFile(join(dir, written[0] ?? ''), 'utf8')
    await writeFile(join(dir, 'gone.yml'), kept)
    await writeFile(join(dir, 'mine.yml'), 'title: mine\n')
    await runCli(['rules', 'export', '--sigma', dir])
    expect(await readdir(dir)).toEqual(expect.not.arrayContaining(['gone.yml']))
    expect(await readdir(dir)).toContain('mine.yml')
    expect(await readFile(join(dir, written[0] ?? ''), 'utf8')).toBe(kept)
  })
})

test('rules lint --write mends the marks of Chinese, and nothing but texts', async () => {
  const dir = await mkdtemp(join(work, 'marks-'))
  await cp(join(import.meta.dirname, '../../rules'), dir, { recursive: true })
  const path = join(dir, 'server_failure/disk-full.yml')
  const before = await readFile(path, 'utf8')
  await writeFile(path, before.replace(/^( {2}zh: .*)，(.*)$/m, '$1,$2'))
  expect(await readFile(path, 'utf8')).not.toBe(before)
  expect((await runCli(['rules', 'lint', '--rules', dir])).out).toContain('zh has half-width marks; write')
  const mended = await runCli(['rules', 'lint', '--write', '--rules', dir])
  expect([mended.exit, mended.out.trim()]).toEqual([0, 'nothing to complain of'])
  expect(await readFile(path, 'utf8')).toBe(before)
})
