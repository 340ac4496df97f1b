import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../pipeline/cli/commands.js'
import { completionFor, SHELLS, wordsOf } from '../../pipeline/cli/completion.js'
import { runCli } from './run-cli.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'completion-'))
  for (const shell of SHELLS) writeFileSync(join(dir, shell), completionFor(shell, COMMANDS))
  writeFileSync(join(dir, 'inventory.csv'), '')
})
afterAll(() => rmSync(dir, { recursive: true }))

/** What bash offers behind these words; the last one is being typed. */
function offered(...words: readonly string[]): string[] {
  const script = `source ./bash
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_whytimeout
printf '%s\\n' "\${COMPREPLY[@]}"`
  const out = execFileSync('bash', ['-c', script, 'bash', 'whytimeout', ...words], { cwd: dir, encoding: 'utf8' })
  return out.split('\n').filter((l) => l !== '')
}

describe('bash', () => {
  test('commands', () => {
    expect(offered('')).toEqual(expect.arrayContaining(COMMANDS.map((c) => c.name)))
    expect(offered('ret')).toEqual(['retention'])
  })
  test('options of the command, all of them', () =>
    expect(offered('replay', '--')).toEqual(
      Object.keys(COMMANDS.find((c) => c.name === 'replay')?.options ?? {}).map((o) => `--${o}`),
    ))
  test('values: one of several words, behind a space and behind =', () => {
    expect(offered('stream', '--stage', '')).toEqual(['parse', 'diagnose'])
    expect(offered('stream', '--stage', '=', 'd')).toEqual(['diagnose'])
    expect(offered('replay', '--lang', '')).toEqual(['en', 'zh'])
  })
  test('values: files, folders, nothing that it cannot know', () => {
    expect(offered('replay', '--inventory', 'inv')).toEqual(['inventory.csv'])
    expect(offered('replay', '--out', 'inv')).toEqual([])
    expect(offered('replay', '--from', '')).toEqual([])
  })
  test("a command's own words, and files where it takes them", () => {
    expect(offered('setup', '')).toEqual(wordsOf({ usage: COMMANDS.find((c) => c.name === 'setup')?.usage ?? '' }))
    expect(offered('setup', 'kafka', '')).toEqual([])
    expect(offered('replay', 'inv')).toEqual(['inventory.csv'])
  })
})

describe.each(SHELLS)('%s', (shell) => {
  test.runIf(spawnSync(shell, ['--version']).status === 0)('takes the script', () =>
    expect(spawnSync(shell, ['-n', join(dir, shell)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' }),
  )
  test('names every command and every option', async () => {
    const { out, exit } = await runCli(['completion', shell])
    expect(exit).toBe(0)
    for (const c of COMMANDS) {
      expect(out).toContain(c.name)
      for (const o of Object.keys(c.options)) expect(out).toContain(shell === 'fish' ? `-l ${o}` : `--${o}`)
    }
  })
})

test('another shell is no shell', async () => {
  const { exit, err } = await runCli(['completion', 'tcsh'])
  expect(exit).toBe(2)
  expect(err).toContain('bash, zsh, fish')
})
