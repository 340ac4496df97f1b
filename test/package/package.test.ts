import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
let home: string
let files: string[]
const run = (command: string, args: readonly string[], cwd = home): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const consumer = (file: string) => ({
  name: 'consumer',
  version: '1.0.0',
  dependencies: { whytimeout: `file:${file}` },
})
/** What a user gets, in the versions that the project is locked to: the test must not hang on what the registry has today. */
function lockOf(file: string) {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; devDependencies?: object }>
  }
  const { '': own, ...rest } = packages
  const { devDependencies: _, ...whytimeout } = own ?? {}
  const needed = Object.entries(rest).filter(([, p]) => !p.dev && !p.devOptional)
  return {
    ...{ name: 'consumer', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': consumer(file),
      'node_modules/whytimeout': { ...whytimeout, resolved: `file:${file}` },
      ...Object.fromEntries(needed),
    },
  }
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'package-'))
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', home, '--ignore-scripts'], ROOT))
  files = packed.files.map((f: { path: string }) => f.path)
  writeFileSync(join(home, 'package.json'), JSON.stringify(consumer(packed.filename)))
  writeFileSync(join(home, 'package-lock.json'), JSON.stringify(lockOf(packed.filename)))
  run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'])
}, 300_000)
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('holds the program and its rules, and no test, source or script', () => {
  expect(files).toEqual(expect.arrayContaining(['rules/pack.yml', 'dist/pipeline/cli/main.js', 'README.md', 'LICENSE']))
  expect(files.filter((f) => /^(test|fixtures|bench|scripts|dist\/scripts)\/|(?<!\.d)\.ts$|\.map$/.test(f))).toEqual([])
})
test('installed elsewhere the command works, with its rules', () => {
  const bin = join(home, 'node_modules/.bin/whytimeout')
  expect(existsSync(bin)).toBe(true)
  expect(run(bin, ['--version'])).toMatch(/^whytimeout \d/)
  expect(JSON.parse(run(bin, ['rules', 'list', '--json'])).length).toBeGreaterThan(20)
  const out = run(bin, [
    'replay',
    join(ROOT, 'fixtures/incidents/friday-afternoon'),
    '--out',
    join(home, 'out'),
    '--lang',
    'en',
  ])
  expect(out).toContain('firewall restriction')
  expect(existsSync(join(home, 'out/verdicts.ndjson'))).toBe(true)
})
test('brings its manual page, completes itself, and exports without the project', () => {
  const bin = join(home, 'node_modules/.bin/whytimeout')
  const own = JSON.parse(readFileSync(join(home, 'node_modules/whytimeout/package.json'), 'utf8')) as { man: string }
  const page = readFileSync(join(home, 'node_modules/whytimeout', own.man), 'utf8')
  expect(page).toMatch(/^\.SH NAME\nwhytimeout \\- /m)
  for (const command of ['replay', 'export', 'completion']) expect(page).toContain(`.SS whytimeout ${command} `)
  expect(run(bin, ['completion', 'bash'])).toContain('complete -F _whytimeout whytimeout')
  const range = ['--from', '2026-03-06T08:40Z', '--to', '2026-03-06T08:50Z']
  const story = join(ROOT, 'fixtures/incidents/friday-afternoon')
  expect(run(bin, ['export', story, '--anonymise', ...range, '--out', 'sent', '--lang', 'en'])).toContain('the same')
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
