import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { widthOf } from '../../pipeline/report/width.js'
import { runCli } from '../cli/run-cli.js'

const ROOT = join(import.meta.dirname, '../..')
// Relative, so that lines break at the same place on every machine.
const STORY = 'fixtures/incidents/friday-afternoon'
const out = '.cache/text-test'
beforeAll(() => process.chdir(ROOT))
afterAll(() => rm(out, { recursive: true, force: true }))

describe.each(['en', 'zh'])('%s', (lang) => {
  test('the summary of the story', async () => {
    const ran = await runCli(['replay', STORY, '--out', out, '--lang', lang])
    expect(ran.exit).toBe(0)
    for (const line of ran.out.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(112)
    await expect(ran.out).toMatchFileSnapshot(`golden/friday-afternoon.${lang}.txt`)
  })
  test('everything behind one verdict, by the head of its id', async () => {
    const verdicts = (await readFile(join(out, 'verdicts.ndjson'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((l) => JSON.parse(l))
    const firewall = verdicts.find((v) => v.whytimeout.verdict.cause === 'firewall_restriction')
    const ran = await runCli(['explain', firewall.event.id, '--out', out, '--lang', lang])
    expect(ran.exit).toBe(0)
    await expect(ran.out).toMatchFileSnapshot(`golden/explain.${lang}.txt`)
  })
})
test('an id that fits none or many', async () => {
  expect((await runCli(['explain', 'zzzzzz', '--out', out])).err).toContain('VERDICT_NOT_FOUND: no verdict "zzzzzz"')
  expect((await runCli(['explain', '', '--out', out])).err).toMatch(/fits \d+ verdicts, for instance/)
  expect((await runCli(['explain', 'a', '--out', join(out, 'none')])).err).toContain('no replay results here')
})
test('as JSON: the summary itself', async () => {
  const ran = await runCli(['replay', STORY, '--out', out, '--json'])
  const summary = JSON.parse(ran.out)
  const { read, events, filtered, duplicates, dead_lettered } = summary.books
  expect(read).toBe(events + filtered + duplicates + dead_lettered)
  expect(Object.values(summary.by_cause as Record<string, number>).reduce((a, b) => a + b, 0)).toBe(summary.timeouts)
})
test('the README shows what the program says', async () => {
  const [readme, golden] = await Promise.all(
    ['README.md', 'test/report/golden/friday-afternoon.en.txt'].map((f) => readFile(f, 'utf8')),
  )
  const shown = /```text\n([\s\S]+?)\n\n3\. /.exec(readme as string)?.[1]
  expect(shown?.length).toBeGreaterThan(1_000)
  expect(golden?.startsWith(shown as string)).toBe(true)
})
