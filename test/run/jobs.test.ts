import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shareOut } from '../../pipeline/run/jobs/threads.js'
import type { LogFile } from '../../pipeline/sources/files.js'

const ROOT = join(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'dist/pipeline/cli/main.js')
let dir: string
beforeAll(async () => {
  expect(existsSync(MAIN), 'run `npm run build` first').toBe(true)
  dir = await mkdtemp(join(tmpdir(), 'jobs-'))
})
afterAll(() => rm(dir, { recursive: true }))

const run = (...args: string[]) =>
  spawnSync(process.execPath, [MAIN, 'replay', ...args, '--lang', 'en'], { encoding: 'utf8' })

describe('threads change nothing but the time', () => {
  test('a folder with bundles and compressed files gives the same results, byte for byte, with one and with three', async () => {
    const input = join(dir, 'input')
    await cp(join(ROOT, 'fixtures/incidents/friday-afternoon'), input, { recursive: true })
    for (const bundle of ['gnu.tar.gz', 'python.zip'])
      await cp(join(ROOT, 'fixtures/bundles', bundle), join(input, 'logs', bundle))
    const story = join(ROOT, 'fixtures/incidents/line-loses-packets/logs')
    await cp(story, join(input, 'logs'), { recursive: true })
    const results = [1, 3].map((jobs) => {
      const out = join(dir, `out-${jobs}`)
      const { status, stderr } = run(
        input,
        '--out',
        out,
        '--jobs',
        String(jobs),
        '--all-events',
        '--max-unparsed',
        '100%',
      )
      expect(status, stderr).toBe(0)
      return Object.fromEntries(
        readdirSync(out).map((name) => [
          name,
          readFileSync(join(out, name), 'utf8').replace(/"duration_secs": .*/, ''),
        ]),
      )
    })
    expect(results[0]?.['verdicts.ndjson']?.split('\n').length).toBeGreaterThan(90)
    expect(results[1]).toEqual(results[0])
  }, 180_000)

  test('a format that is forced on some logs is forced in threads too', async () => {
    const input = join(ROOT, 'fixtures/incidents/friday-afternoon')
    const [one, three] = [1, 3].map((jobs) => {
      const out = join(dir, `forced-${jobs}`)
      run(input, '--out', out, '--jobs', String(jobs), '--format', 'router=fallback', '--all-events', '--no-report')
      return ['events.ndjson', 'verdicts.ndjson', 'origins.yml'].map((name) => readFileSync(join(out, name), 'utf8'))
    })
    expect(one?.[0]).toContain('"dataset":"fallback"')
    expect(three).toEqual(one)
  }, 180_000)

  test('an error in a thread names the file and its fix, and nothing is left behind', async () => {
    const input = join(dir, 'cut')
    await cp(join(ROOT, 'fixtures/incidents/friday-afternoon'), input, { recursive: true })
    const whole = gzipSync(readFileSync(join(input, 'logs/router/firewall.log')))
    await writeFile(join(input, 'logs/router/old.log.gz'), whole.subarray(0, whole.length / 2))
    const out = join(dir, 'cut-out')
    const [one, two] = [1, 2].map((jobs) => run(input, '--out', out, '--jobs', String(jobs)))
    expect(two?.status).toBe(one?.status)
    expect(two?.stderr).toBe(one?.stderr)
    expect(two?.stderr).toContain('old.log.gz')
    expect(existsSync(out)).toBe(false)
  })

  test('a number that is none is wrong use', () => {
    const { status, stderr } = run(join(ROOT, 'fixtures/incidents/friday-afternoon'), '--jobs', 'many')
    expect(status).toBe(2)
    expect(stderr).toContain('--jobs')
  })
})

describe('shares', () => {
  const bundle: LogFile = { path: 'b.zip', host: undefined, name: 'b', bytes: 70 }
  const plain = fc.nat(1000).map((bytes): LogFile => ({ path: 'x.log', host: undefined, name: 'x', bytes }))
  const inside = fc
    .nat(9)
    .map((number): LogFile => ({ ...bundle, path: `b.zip!${number}`, within: { bundle, number } }))
  test('every file is in one, a bundle stays together, none is more than a file larger than it must', () => {
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1 }), fc.array(inside), fc.integer({ min: 1, max: 9 }), (a, b, n) => {
        const files = [...a, ...b]
        const shares = shareOut(files, n)
        expect(
          shares
            .flat()
            .map((f) => f.index)
            .sort((x, y) => x - y),
        ).toEqual(files.map((_, i) => i))
        expect(shares.filter((s) => s.some((f) => f.file.within)).length).toBeLessThanOrEqual(1)
        const sizes = shares.map((s) => s.reduce((sum, f) => sum + (f.file.within ? 0 : f.file.bytes), 0))
        const largest = Math.max(...files.map((f) => f.bytes))
        if (shares.length > 1)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(largest + bundle.bytes)
      }),
    )
  })
})
