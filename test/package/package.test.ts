import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Installed, install } from './installed.js'

const ROOT = join(import.meta.dirname, '../..')
const STORY = join(ROOT, 'fixtures/incidents/friday-afternoon')
let installed: Installed
let home: string
let bin: string
const run: Installed['run'] = (...given) => installed.run(...given)

beforeAll(() => {
  installed = install()
  home = installed.home
  bin = installed.bin
}, 300_000)
afterAll(() => installed.remove())

test('holds the program and its rules, and no test, source or script', () => {
  const { files } = installed
  expect(files).toEqual(expect.arrayContaining(['rules/pack.yml', 'dist/pipeline/cli/main.js', 'README.md', 'LICENSE']))
  expect(files.filter((f) => /^(test|fixtures|bench|scripts|dist\/scripts)\/|(?<!\.d)\.ts$|\.map$/.test(f))).toEqual([])
})
test('installed elsewhere the command works, with its rules', () => {
  expect(existsSync(bin)).toBe(true)
  expect(run(bin, ['--version'])).toMatch(/^whytimeout \d/)
  expect(JSON.parse(run(bin, ['rules', 'list', '--json'])).length).toBeGreaterThan(20)
  const out = run(bin, ['replay', STORY, '--out', join(home, 'out'), '--lang', 'en'])
  expect(out).toContain('firewall restriction')
  expect(existsSync(join(home, 'out/verdicts.ndjson'))).toBe(true)
})
test('a folder of logs that nobody has described: drafts, verdicts and the report, at the paths that are printed', () => {
  const shop = join(home, 'shop')
  cpSync(join(STORY, 'logs'), join(shop, 'logs'), { recursive: true })
  const { stdout, stderr } = spawnSync(bin, ['init', 'logs', '--yes', '--lang', 'en'], { cwd: shop, encoding: 'utf8' })
  const drafted = stdout + stderr
  for (const name of ['whytimeout.yml', 'origins.yml', 'inventory.csv']) {
    expect(drafted).toContain(`written: ${name}`)
    expect(existsSync(join(shop, name)), name).toBe(true)
  }
  // What it says to do next works as it is printed.
  const next = /^next: whytimeout (replay .+)$/m.exec(drafted)?.[1] ?? ''
  const said = run(bin, [...next.split(' '), '--lang', 'en'], shop)
  expect(said).toMatch(/^\d+ timeouts on 2026-03-06/)
  const report = /^Report: (.+)$/m.exec(said)?.[1] ?? ''
  const html = readFileSync(join(shop, report), 'utf8')
  expect(html).toContain('<!doctype html>')
  expect(html).toMatch(/<h1 id="sentence"><span lang="en">\d+ timeouts/)
  const place = /^ +\+11 bits +(.+):(\d+)$/m.exec(said)
  const line = readFileSync(join(shop, place?.[1] ?? ''), 'utf8').split('\n')[Number(place?.[2]) - 1]
  expect(line).toContain('FORWARD-DROP')
  const id = JSON.parse(readFileSync(join(shop, 'whytimeout-out/verdicts.ndjson'), 'utf8').split('\n')[0] ?? '').event
    .id
  expect(run(bin, ['explain', id, '--out', 'whytimeout-out', '--lang', 'en'], shop)).toContain('The attempt')
}, 180_000)
test('brings its manual page, completes itself, and exports without the project', () => {
  const own = JSON.parse(readFileSync(join(home, 'node_modules/whytimeout/package.json'), 'utf8')) as { man: string }
  const page = readFileSync(join(home, 'node_modules/whytimeout', own.man), 'utf8')
  expect(page).toMatch(/^\.SH NAME\nwhytimeout \\- /m)
  for (const command of ['replay', 'export', 'completion']) expect(page).toContain(`.SS whytimeout ${command} `)
  expect(run(bin, ['completion', 'bash'])).toContain('complete -F _whytimeout whytimeout')
  const range = ['--from', '2026-03-06T08:40Z', '--to', '2026-03-06T08:50Z']
  expect(run(bin, ['export', STORY, '--anonymise', ...range, '--out', 'sent', '--lang', 'en'])).toContain('the same')
  expect(existsSync(join(home, 'sent/logs'))).toBe(true)
}, 180_000)
test.runIf(spawnSync('mandoc', ['-h']).error === undefined)('the manual page is one', () => {
  const man = join(home, 'node_modules/whytimeout/dist/man')
  for (const page of ['whytimeout.1', 'zh_CN/whytimeout.1'])
    expect(spawnSync('mandoc', ['-T', 'lint', '-W', 'error', join(man, page)], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: '',
    })
})
