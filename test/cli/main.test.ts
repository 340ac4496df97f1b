import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../pipeline/cli/commands.js'
import { langOf } from '../../pipeline/cli/main.js'
import { ERRORS } from '../../pipeline/errors.js'
import { runCli } from './run-cli.js'

const CHINESE = /[\u4e00-\u9fff]/

describe('help', () => {
  test('without a command: the overview, and exit 2', async () => {
    const { exit, out } = await runCli([])
    expect(exit).toBe(2)
    for (const c of COMMANDS) expect(out).toContain(c.summary.en)
  })
  test.each(COMMANDS.map((c) => [c.name, c] as const))(
    '%s: summary, options, examples, both languages',
    async (name, c) => {
      const en = await runCli([name, '--help'])
      const zh = await runCli(['help', name, '--lang', 'zh'])
      expect(en.exit).toBe(0)
      expect(en.out).toContain(c.summary.en)
      for (const [option, spec] of Object.entries(c.options)) {
        expect(en.out).toContain(`--${option}`)
        expect(en.out).toContain(spec.about.en)
        expect(spec.about.zh).toMatch(CHINESE)
      }
      expect(c.examples.length).toBeGreaterThan(0)
      for (const e of c.examples) expect(en.out).toContain(e.run)
      expect(zh.out).toContain(c.summary.zh)
    },
  )
  test('the version', async () => expect((await runCli(['--version'])).out).toMatch(/^whytimeout \d+\.\d+\.\d+\n$/))
})

describe('wrong usage: one line, what, where, the fix, exit 2', () => {
  test.each([
    [['repaly'], 'did you mean "replay"?'],
    [['replay', 'x', '--outt', 'y'], 'did you mean --out?'],
    [['replay'], 'no file or folder given'],
    [['replay', 'x', '--max-unparsed', '5'], '"5" is no percentage such as 1%'],
    [['replay', 'x', '--from', 'noon'], '"noon" is no time such as'],
    [['replay', 'x', '--generation', '0'], 'no whole number from 1'],
    [['replay', 'x', '--out'], '--out'],
    [['rules', 'lst'], 'known: list, lint, test'],
    [['eval'], 'no labelled folder given'],
    [['eval', 'x', '--min-top1', '85'], 'no share between 0 and 1'],
    [['explain'], 'give a verdict id or --line'],
    [['explain', '--line', 'x', '--format', 'haproxi'], 'no format "haproxi"'],
  ])('%j', async (argv, said) => {
    const { exit, out, err } = await runCli(argv)
    expect(exit).toBe(2)
    expect(out).toBe('')
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(err).toContain(said)
    expect(err).toContain(' - ')
  })
  test('the hint comes in the asked language', async () =>
    expect((await runCli(['replay', '--lang', 'zh'])).err).toContain(ERRORS.USAGE.hint.zh))
})

test('language: asked, else by locale', () => {
  expect(langOf(['--lang', 'zh'], {})).toBe('zh')
  expect(langOf(['--lang=en'], { LANG: 'zh_CN.UTF-8' })).toBe('en')
  expect(langOf([], { LANG: 'zh_CN.UTF-8' })).toBe('zh')
  expect(langOf([], { LC_ALL: 'C', LANG: 'zh_CN.UTF-8' })).toBe('en')
  expect(() => langOf(['--lang', 'fr'], {})).toThrow('no language "fr"')
})

describe('rules', () => {
  test('list shows every mechanism of the ten causes', async () => {
    const rows = JSON.parse((await runCli(['rules', 'list', '--json'])).out) as { cause: string }[]
    expect(new Set(rows.map((r) => r.cause)).size).toBe(10)
    const text = (await runCli(['rules', 'list', '--lang', 'zh'])).out
    expect(text).toMatch(CHINESE)
    expect(text.trimEnd().split('\n')).toHaveLength(rows.length)
  })
  test('formats lists what reads them', async () =>
    expect((await runCli(['formats'])).out).toContain('HAProxy Configuration Manual'))
})

describe('explain --line', () => {
  const LINE =
    'Nov 23 14:51:18 gw1 haproxy[1]: 192.0.2.7:5301 [23/Nov/2026:14:51:14.185] fe be/s1 2004/-1/4004 0 sC 6/3/2/2/1 0/0'
  test('format, fields, signals and the bits they add', async () => {
    const { exit, out } = await runCli(['explain', '--line', LINE])
    expect(exit).toBe(0)
    expect(out).toContain('format: haproxy')
    expect(out).toMatch(/source\.ip +192\.0\.2\.7/)
    expect(out).toMatch(/\+\d+(\.\d+)? {2}\w+\/[\w-]+ \(/)
  })
  test('what it just misses, and by what', async () => {
    const line = '2026-03-02T12:00:20+00:00 t1 kernel: e1000e 0000:00:19.0 eth0: Detected Hardware Unit Hang:'
    const { out } = await runCli(['explain', '--line', line])
    expect(out).toContain('nic-hang/terminal-nic')
    expect(out).toMatch(/just missed:\n {4}[\w/-]+\n {6}[\w.|]+: .* is wanted, it is /)
  })
  test('a card number in the line is not shown', async () => {
    const { out } = await runCli(['explain', '--line', `${LINE} pan=4539578763621486`])
    expect(out).not.toContain('4539578763621486')
    expect(out).not.toContain('453957876362')
  })
  test('what cannot be read says why, exit 3', async () => {
    const { exit, out } = await runCli(['explain', '--line', 'no time here'])
    expect([exit, out]).toEqual([3, 'PARSE_NO_TIME: no time within the first 200 characters\n'])
  })
})
