import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from './run-cli.js'

const ROOT = join(import.meta.dirname, '../..')
const STORY = join(ROOT, 'fixtures/incidents/friday-afternoon')
const work = await mkdtemp(join(tmpdir(), 'whytimeout-eval-'))
afterAll(() => rm(work, { recursive: true, force: true }))

test('a limit that holds says nothing; one that does not names the figure, exit 3', async () => {
  const good = await runCli(['eval', STORY, '--min-cause-recall', '0.9', '--min-cause-precision', '0.9'])
  expect([good.exit, good.err]).toEqual([0, ''])
  const bad = await runCli(['eval', STORY, '--max-ece', '0.0001', '--min-recall', '1'])
  expect(bad.exit).toBe(3)
  expect(bad.err).toMatch(/^ece 0\.\d+ > 0\.0001\n$/)
})

test('calibrate writes the temperature where it was asked to, and nothing else of the pack changes', async () => {
  const rules = join(work, 'rules')
  await cp(join(ROOT, 'rules'), rules, { recursive: true })
  const page = join(work, 'page.md')
  const before = await readFile(join(rules, 'pack.yml'), 'utf8')
  const { exit, out } = await runCli(['calibrate', STORY, '--rules', rules, '--write', '--markdown', page])
  expect(exit).toBe(0)
  const fitted = /fitted\s+temperature ([\d.]+)/.exec(out)?.[1]
  const lines = (text: string): string[] =>
    text.split('\n').filter((l) => !/^ {2}(temperature|fitted_on|measure):/.test(l))
  const after = await readFile(join(rules, 'pack.yml'), 'utf8')
  expect(after).toContain(`temperature: ${fitted}\n`)
  expect(lines(after)).toEqual(lines(before))
  expect(await readFile(page, 'utf8')).toContain('friday-afternoon')
})
