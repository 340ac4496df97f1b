import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rotationOf } from '../../pipeline/parse/log-name.js'
import { placeBelow } from '../../pipeline/run/export-lines.js'
import { replay } from '../../pipeline/run/replay.js'
import { partsOf } from '../../pipeline/stream/raw-message.js'

const NOW = Date.parse('2026-11-24T00:00:00Z')
const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')
const gb18030 = new TextDecoder('gb18030')

let told: readonly string[]
const tell = async (path: string): Promise<readonly string[]> =>
  (await replay({ paths: [path], now: NOW })).verdicts
    .map(({ '@timestamp': at, whytimeout: { episode, verdict } }) => `${at} ${episode.phase} ${verdict.mechanism}`)
    .sort()
/** The story with every file's bytes changed. */
async function changed(change: (bytes: Buffer, name: string) => Buffer): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'platform-'))
  made.push(dir)
  await cp(STORY, dir, { recursive: true })
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) await writeFile(path, change(await readFile(path), entry.name))
  }
  return dir
}
const made: string[] = []
beforeAll(async () => {
  told = await tell(STORY)
}, 120_000)
afterAll(() => Promise.all(made.map((dir) => rm(dir, { recursive: true }))))

describe('logs of other systems give the same verdicts', () => {
  test('lines that end in CR LF, tables too', async () => {
    expect(told.length).toBeGreaterThan(80)
    const crlf = await changed((bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'))
    expect(await tell(crlf)).toEqual(told)
  }, 120_000)
  test('UTF-16 with a mark, as PowerShell writes it', async () => {
    const wide = await changed((bytes, name) => {
      if (!name.endsWith('.log')) return bytes
      const text = name === 'terminal.log' ? gb18030.decode(bytes) : bytes.toString('utf8')
      return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text.replaceAll('\n', '\r\n'), 'utf16le')])
    })
    expect(await tell(wide)).toEqual(told)
  }, 120_000)
  test('UTF-8 with a mark', async () => {
    const marked = await changed((bytes, name) =>
      name === 'terminal.log' ? bytes : Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
    )
    expect(await tell(marked)).toEqual(told)
  }, 120_000)
})

describe('paths of Windows', () => {
  test("a log's name is the last part, rotation and compression taken off", () => {
    expect(rotationOf('C:\\ProgramData\\pos\\pos.log.2.gz')).toEqual({ name: 'pos.log', order: -2 })
    expect(rotationOf('\\\\server\\share\\gw.log')).toMatchObject({ name: 'gw.log' })
  })
  test('in the envelope of a shipper there', () => {
    const value = Buffer.from(
      JSON.stringify({
        message: '2026-03-06 14:00:05,000 INFO x',
        log: { file: { path: 'D:\\logs\\till\\till.log' } },
        host: { name: 'TILL-7' },
      }),
    )
    expect(partsOf({ offset: 0n, timestamp: 0, key: undefined, value, headers: {} }, 'topic')).toEqual([
      { host: 'TILL-7', log: 'till.log', text: '2026-03-06 14:00:05,000 INFO x' },
    ])
  })
  test('of a file that an export writes anew', () => {
    const file = { path: 'C:\\shop\\till-1\\pos.log.gz', host: 'till-1', name: 'pos.log', bytes: 1 }
    expect(placeBelow(file, [])).toEqual(['till-1', 'pos.log'])
  })
})
