import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { durationMs } from '../../pipeline/run/config.js'
import { Config } from '../../schemas/config.js'
import { ROOT, read, wrongWith } from './tables.js'

const PATH = 'deploy/systemd/whytimeout-stream.service'
const settings = new Map(
  read(PATH)
    .split('\n')
    .filter((l) => /^\w+=/.test(l))
    .map((l) => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1)]),
)

describe('the systemd unit', () => {
  test('runs a command that is one', () => {
    const [env, program, ...argv] = (settings.get('ExecStart') ?? '').split(' ')
    expect([env, program]).toEqual(['/usr/bin/env', 'whytimeout'])
    expect(wrongWith(argv)).toBeUndefined()
  })
  test('gives it the time that it takes to end, and does not insist on a wrong configuration', () => {
    const { drain } = Config.parse({ kafka: { brokers: 'a:1', topics: 'b' } })
    const ms = typeof drain === 'number' ? drain : durationMs(String(drain))
    expect(durationMs(settings.get('TimeoutStopSec') ?? '')).toBeGreaterThan(ms)
    expect(settings.get('RestartPreventExitStatus')).toBe('2')
  })
  test('may do little', () => {
    for (const name of [
      'NoNewPrivileges',
      'PrivateTmp',
      'PrivateDevices',
      'ProtectHome',
      'ProtectKernelModules',
      'DynamicUser',
    ])
      expect(settings.get(name), name).toBe('yes')
    expect(settings.get('ProtectSystem')).toBe('strict')
    expect(settings.get('CapabilityBoundingSet')).toBe('')
    // V8 writes code and runs it.
    expect(settings.has('MemoryDenyWriteExecute')).toBe(false)
  })
  test.runIf(spawnSync('systemd-analyze', ['--version']).status === 0)('systemd takes it', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(ROOT, PATH)], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
  })
})
