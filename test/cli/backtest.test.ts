import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BacktestResult } from '../../pipeline/report/backtest.js'
import { runCli } from './run-cli.js'

const ROOT = join(import.meta.dirname, '../..')
const RULES = join(ROOT, 'rules')
const STORY = join(ROOT, 'fixtures/incidents/friday-afternoon')
let work: string
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'whytimeout-backtest-test-'))
})
afterAll(() => rm(work, { recursive: true, force: true }))

const rulesWith = async (name: string, change: (dir: string) => Promise<unknown>): Promise<string> => {
  const dir = join(work, name)
  await cp(RULES, dir, { recursive: true })
  await change(dir)
  return dir
}
const backtest = async (...args: string[]) => {
  const ran = await runCli(['backtest', ...args, STORY])
  return { ...ran, result: (): BacktestResult => JSON.parse(ran.out) as BacktestResult }
}

test('one more mechanism moves no verdict: a gate', async () => {
  const more = await rulesWith('more', (dir) => runCli(['rules', 'new', 'hardware_fault/fan-stopped', '--rules', dir]))
  const { exit, result } = await backtest('--rules', RULES, '--against', more, '--only', 'fan-stopped', '--json')
  expect(exit).toBe(0)
  const { verdicts, same, flows, old, against, labels } = result()
  expect(verdicts).toBeGreaterThan(20)
  expect([same, flows]).toEqual([verdicts, []])
  expect(against.generation).toBe(old.generation + 1)
  expect(against.digest).not.toBe(old.digest)
  expect(labels).toMatchObject({ better: 0, worse: 0 })
}, 120_000)

test('a mechanism that no longer speaks: what is lost, with examples, worse by labels, exit 3; the other way round it is gained', async () => {
  const before = await runCli(['rules', 'coverage', STORY, '--json'])
  const mechanisms = JSON.parse(before.out).mechanisms as { cause: string; mechanism: string; won: number }[]
  const most = mechanisms.sort((a, b) => b.won - a.won)[0]
  const name = `${most?.cause}/${most?.mechanism}`
  const dumb = await rulesWith('dumb', async (dir) => {
    const path = join(dir, `${name}.yml`)
    await writeFile(path, `${(await readFile(path, 'utf8')).replace(/^prior:.*\n/m, '')}prior: -60\n`)
  })
  const lost = await backtest('--against', dumb, '--json')
  expect(lost.exit).toBe(3)
  expect(lost.err).toContain('labelled timeouts are worse')
  const { changes, flows, verdicts, same, labels } = lost.result()
  expect(changes.lost + changes.moved + changes.within).toBe(most?.won)
  expect(same).toBe(verdicts - (most?.won ?? 0))
  expect(flows.every((f) => f.from === name)).toBe(true)
  expect(flows.reduce((sum, f) => sum + f.count, 0)).toBe(most?.won)
  for (const f of flows) expect(f.examples[0]).toMatchObject({ part: 'friday-afternoon' })
  expect(labels?.worse).toBeGreaterThan(0)
  expect(labels?.right_after).toBe((labels?.right_before ?? 0) - (labels?.worse ?? 0) + (labels?.better ?? 0))

  const elsewhere = await backtest('--against', dumb, '--only', 'nic-hang', '--max-worse', '100000')
  expect(elsewhere.exit).toBe(3)
  expect(elsewhere.err).toContain(`outside --only: ${name} -> `)
  expect(elsewhere.out).toMatch(/\d+ {2}\w+\/[\w-]+ -> /)

  const gained = await backtest('--rules', dumb, '--against', RULES, '--lang', 'zh')
  expect(gained.exit).toBe(0)
  expect(gained.out).toContain('变好')
}, 120_000)

test('what it takes', async () => {
  expect((await runCli(['backtest', STORY])).err).toContain('say which rules with --against DIR')
  expect((await runCli(['backtest', '--against', RULES])).err).toContain('no file or folder given')
  expect((await backtest('--against', RULES, '--only', 'nic-hangs')).err).toContain('no mechanism "nic-hangs"')
  expect((await backtest('--against', RULES, '--max-worse', 'few')).err).toContain('no whole number')
})
