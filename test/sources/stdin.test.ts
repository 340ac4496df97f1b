import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { replay } from '../../pipeline/run/replay.js'
import type { LogFile } from '../../pipeline/sources/files.js'
import { readLines } from '../../pipeline/sources/lines.js'
import { spoolPipe } from '../../pipeline/sources/stdin.js'

const PIPE: LogFile = { path: '-', host: undefined, name: 'stdin', bytes: 0 }
const linesOf = async (file: LogFile): Promise<string[]> => {
  const found: string[] = []
  for await (const batch of readLines(file)) for (const line of batch) found.push(line.text)
  return found
}

test('a pipe can be read twice, and what lies on the disk meanwhile says nothing', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pipe-'))
  const text = Array.from({ length: 5_000 }, (_, i) => `line ${i} pan=4539578763621486`)
  const file = await spoolPipe(PIPE, Readable.from([Buffer.from(text.join('\n'))]), dir)
  expect(await linesOf(file)).toEqual(text)
  expect(await linesOf(file)).toEqual(text)
  for (const name of await readdir(dir))
    expect((await readFile(join(dir, name), 'latin1')).includes('4539')).toBe(false)
  await rm(dir, { recursive: true })
})

test('`-` gives the verdicts that the file gives, plain or gzip', async () => {
  const log = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon/logs/till-2/till.log')
  const bytes = await readFile(log)
  const options = { now: Date.parse('2026-11-24T00:00:00Z') }
  const { summary } = await replay({ ...options, paths: [log] })
  expect(summary.timeouts).toBeGreaterThan(10)
  for (const piped of [bytes, gzipSync(bytes)]) {
    const got = await replay({ ...options, paths: ['-'], stdin: Readable.from([piped]) })
    expect(got.summary.books).toEqual(summary.books)
    expect(got.summary.by_cause).toEqual(summary.by_cause)
  }
})
