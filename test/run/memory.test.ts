import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const REPLAY = join(ROOT, 'dist/pipeline/run/replay.js')
/** The events of the larger input take some 500 MB when all are in memory at once. */
const HEAP_MB = 152

/** A gateway's log of one sale a second from a thousand terminals, in which one in two hundred waits in vain. */
async function writeLog(path: string, sales: number): Promise<void> {
  const file = await open(path, 'w')
  let lines: string[] = []
  const two = (n: number) => String(n).padStart(2, '0')
  for (let i = 0; i < sales; i++) {
    const t = new Date(Date.UTC(2026, 10, 2) + i * 1_000)
    const clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
    const times = i % 200 === 0 ? '10/0/1/-1/30012 504' : `10/0/1/${120 + (i % 50)}/${131 + (i % 50)} 200`
    lines.push(
      `Nov ${String(t.getUTCDate()).padStart(2)} ${clock} gw1 haproxy[871]: 198.51.100.${i % 250}:${20_000 + (i % 40_000)} [${two(t.getUTCDate())}/Nov/2026:${clock}.000] pay~ core/core1 ${times} 214 - - ${i % 200 === 0 ? 'sH--' : '----'} 7/6/2/1/0 0/0 {T${1000 + (i % 1000)}} "POST /v2/sale HTTP/1.1"`,
    )
    if (lines.length === 10_000) {
      await file.write(`${lines.join('\n')}\n`)
      lines = []
    }
  }
  await file.write(`${lines.join('\n')}\n`)
  await file.close()
}

test('law 7: eight times the input passes in the same small heap', async () => {
  expect(existsSync(REPLAY), 'run `npm run build` first').toBe(true)
  const dir = await mkdtemp(join(tmpdir(), 'memory-'))
  const script = `
    const { replay } = await import(${JSON.stringify(pathToFileURL(REPLAY).href)})
    const { summary } = await replay({ paths: [process.argv[1]], out: process.argv[1] + '.out', now: Date.parse('2026-11-24T00:00:00Z'), bufferItems: 5000 })
    console.log(JSON.stringify({ read: summary.books.read, timeouts: summary.timeouts }))`
  for (const sales of [20_000, 160_000]) {
    const path = join(dir, `gw-${sales}.log`)
    await writeLog(path, sales)
    const child = spawnSync(
      process.execPath,
      [`--max-old-space-size=${HEAP_MB}`, '--input-type=module', '-e', script, path],
      { encoding: 'utf8' },
    )
    expect(child.status, child.stderr.slice(-600)).toBe(0)
    expect(JSON.parse(child.stdout)).toEqual({ read: sales, timeouts: sales / 200 })
  }
  await rm(dir, { recursive: true })
}, 600_000)
