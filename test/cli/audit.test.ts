import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from './run-cli.js'

let dir: string
let config: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'audit-'))
  config = join(dir, 'w.yml')
  // A port that nobody listens on.
  writeFileSync(config, 'kafka: { brokers: ["127.0.0.1:1"], topics: [logs] }\n')
})
afterAll(() => rmSync(dir, { recursive: true }))

describe('audit and dead-letters, used wrongly', () => {
  test.each([
    [['audit'], '--config'],
    [['audit', 'x', '--config', 'w.yml'], 'unexpected "x"'],
    [['audit', '--config', 'nowhere.yml'], 'CONFIG_INVALID'],
    [['dead-letters', '--config', 'w.yml'], 'list, retry'],
    [['dead-letters', 'show', '--config', 'w.yml'], 'list, retry'],
    [['dead-letters', 'list'], '--config'],
    [['dead-letters', 'list', '--config', 'w.yml', '--since', 'yesterday'], '"yesterday"'],
    [['dead-letters', 'list', '--config', 'w.yml', '--limit', 'many'], '--limit'],
    [['dead-letters', 'retry', '--config', 'w.yml', '--from', '3'], '--topic'],
    [['dead-letters', 'retry', '--config', 'w.yml', '--topic', 't', '--from', '-3'], 'from'],
  ])('%j: one line, exit 2', async (argv, part) => {
    const { exit, out, err } = await runCli(argv)
    expect([exit, out]).toEqual([2, ''])
    expect(err).toContain(part)
    expect(err.trimEnd().split('\n').length).toBe(1)
  })
  test.each([['audit'], ['dead-letters', 'list']])('%s: no broker there is said within seconds', async (...argv) => {
    const { exit, err } = await runCli([...argv, '--config', config])
    expect([exit, err]).toEqual([1, expect.stringContaining('KAFKA_UNREACHABLE')])
  })
  test.each(['audit', 'dead-letters'])('%s --help has examples in both languages', async (name) => {
    for (const lang of ['en', 'zh']) {
      const { exit, out } = await runCli([name, '--help', '--lang', lang])
      expect([exit, out]).toEqual([0, expect.stringContaining(`whytimeout ${name}`)])
    }
  })
})
