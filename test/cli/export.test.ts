import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportText } from '../../pipeline/export/notice.js'
import { runCli } from './run-cli.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')

test.each([
  [['export'], 'no file or folder given'],
  [['export', STORY], 'say --anonymise'],
  [['export', '-', '--anonymise'], 'cannot be read twice'],
  [['export', STORY, '--anonymise', '--verdict', 'a', '--incident', 'b'], 'a verdict or an incident'],
  [['export', STORY, '--anonymise', '--key', 'short'], 'at least 8 characters'],
  [['export', STORY, '--anonymise', '--shift', '1.5'], 'no number of days'],
])('%j says what is wrong', async (argv, message) => {
  const { exit, err } = await runCli(argv)
  expect(exit).toBe(2)
  expect(err).toContain(message)
})

test('tells what was replaced and writes it down; the export is read as it lies there', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'export-'))
  try {
    const out = join(dir, 'out')
    const range = ['--from', '2026-03-06T08:40Z', '--to', '2026-03-06T08:50Z']
    const done = await runCli(['export', STORY, '--anonymise', ...range, '--out', out, '--lang', 'en'])
    expect(done.exit).toBe(0)
    expect(done.out).toMatch(/\d addresses \(IPv4\), in \d+ places/)
    expect(done.out).toContain('the same')
    expect(done.out).toContain('Look through the logs before you send them')
    expect(await readFile(join(out, 'README.md'), 'utf8')).toContain('whytimeout replay .')
    const again = await runCli(['replay', out, '--out', join(dir, 'again'), '--json'])
    expect(JSON.parse(again.out).timeouts).toBeGreaterThan(0)
  } finally {
    await rm(dir, { recursive: true })
  }
}, 180_000)

test('says so in Chinese, and where something is not as it should be', () => {
  const told = { files: 2, lines: 40, leftOut: 1, replaced: { ip4: { values: 3, times: 9 } }, verdicts: 5 }
  const bad = exportText({ ...told, different: ['abc'], met: ['a1'], toReview: ['Acme'] }, 'out', 'zh')
  for (const part of [
    '3 IPv4地址，共 9 处',
    '略去 1 行',
    '有 1 个不一致：abc',
    '仍会出现：a1',
    'Acme',
    '发送前请通读日志',
  ])
    expect(bad).toContain(part)
})
