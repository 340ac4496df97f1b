import { readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from '../../pipeline/parse/decode.js'
import { replay } from '../../pipeline/run/replay.js'
import { newGuard } from '../../pipeline/sources/bundles/compressed.js'
import { opened } from '../../pipeline/sources/bundles/members.js'
import { listFiles } from '../../pipeline/sources/files.js'
import { linesIn, openFiles, readLines } from '../../pipeline/sources/lines.js'

const ROOT = join(import.meta.dirname, '../../fixtures/bundles')
const inFile = async (name: string, bytes: Buffer): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), 'whytimeout-bundle-')), name)
  await writeFile(path, bytes)
  return path
}
async function contentOf(path: string): Promise<string[]> {
  const { files } = await listFiles([path])
  const found: string[] = []
  for await (const { file, index, text } of openFiles(files, () => {})) {
    expect(files[index]).toBe(file)
    for await (const lines of linesIn(text))
      for (const l of lines) found.push(`${file.host} ${file.name} ${l.number} ${decode(l.text)}`)
  }
  return found.sort()
}

const LONG = 'very-long-folder-name-'.repeat(6)
const CONTENT = [
  'gw-1 app.log 1 2026-11-24 08:00:00 INFO oldest',
  'gw-1 app.log 1 2026-11-24 09:00:00 INFO older',
  'gw-1 app.log 1 2026-11-24 10:00:00 INFO newest',
  'pos-7 终端.log 1 2026-11-24 10:00:01 连接超时',
  `${LONG} a-file-with-a-name-that-is-itself-long-so-that-the-path-passes-a-hundred-characters.log 1 2026-11-24 10:00:02 INFO deep`,
]

describe('bundles', () => {
  test.each([
    'gnu.tar.gz',
    'pax.tgz',
    'gnu.tar.xz',
    'gnu.tar.zst',
    'info.zip',
    'streamed.zip',
    'piped.zip',
    'stored.zip',
    'python.zip',
  ])('%s is read as the folder it was', async (name) => {
    expect(await contentOf(join(ROOT, name))).toEqual(CONTENT)
    const { roots } = await listFiles([join(ROOT, name)])
    const path = `${join(ROOT, name)}!site/inventory.csv`
    expect(roots).toMatchObject([{ inventory: path }])
    expect(roots[0]?.texts?.get(path)).toContain('T1,10.0.0.7')
  })
  test('one in another is read too', async () =>
    expect((await contentOf(join(ROOT, 'nested.zip'))).filter((l) => !l.includes('inventory'))).toEqual(CONTENT))
  test('through a pipe, with its inventory', async () => {
    const out = join(await mkdtemp(join(tmpdir(), 'whytimeout-bundle-')), 'out')
    const stdin = (await import('node:fs')).createReadStream(join(ROOT, 'piped.zip'))
    const { summary } = await replay({ paths: ['-'], out, now: Date.parse('2026-12-01T00:00:00Z'), stdin })
    expect(summary.books.read).toBe(5)
    expect(summary.files.map((f) => f.path).filter((p) => p.startsWith('-!site/logs/'))).toHaveLength(6)
  })
  test('what is encrypted is named with its place', () =>
    expect(listFiles([join(ROOT, 'encrypted.zip')])).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      place: expect.stringContaining('encrypted.zip!site/logs/gw-1/app.log'),
    }))
  test('bzip2 is named, not read as noise', async () =>
    expect(contentOf(await inFile('a.bz2', Buffer.from('425a683931415926535902', 'hex')))).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
    }))
  test.each(['gnu.tar.gz', 'gnu.tar.xz', 'gnu.tar.zst', 'info.zip', 'streamed.zip', 'python.zip'])(
    '%s cut anywhere or with a byte changed: files, or an error that says so; nothing hangs',
    async (name) => {
      const whole = readFileSync(join(ROOT, name))
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
          const bytes = cut ? whole.subarray(0, at) : Buffer.from(whole)
          if (!cut) bytes[at] = byte
          const read = async () => {
            const { content, members } = await opened(one(bytes), newGuard())
            for await (const member of members ?? []) for await (const _ of member.content);
            for await (const _ of content);
          }
          await read().catch((error: { code?: string }) => expect(error.code, String(error)).toMatch(/^INPUT_|^Z_/))
        }),
        { numRuns: 150 },
      )
    },
  )
  test('a bomb is left before it goes off: gzip in gzip, a zip of zeros', async () => {
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    const twice = gzipSync(Buffer.concat(Array.from({ length: 64 }, () => zeros)))
    await expect(contentOf(await inFile('a.gz', twice))).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' })
  }, 60_000)
  test('a zip whose names climb out of it writes nothing: they are names', async () => {
    const files = await listFiles([await inFile('evil.zip', zipOf('../../../etc/cron.d/x', 'root line\n'))])
    expect(files.files.map((f) => [f.name, f.host])).toEqual([['x', 'cron.d']])
  })
})

const LINES = Array.from({ length: 50_000 }, (_, i) => `line ${i} ${Math.sin(i)}`)
test.each(['xz', 'zst'])('a cut .%s gives what can be read, then says so', async (suffix) => {
  const whole = readFileSync(join(ROOT, `long.${suffix}`))
  expect(await contentOf(await inFile(`long.${suffix}`, whole))).toHaveLength(LINES.length)
  const path = await inFile(`cut.${suffix}`, whole.subarray(0, whole.length / 2))
  const seen: string[] = []
  const read = async () => {
    for await (const lines of readLines({ path, host: undefined, name: 'cut', bytes: 0 }))
      for (const l of lines) seen.push(l.text)
  }
  await expect(read()).rejects.toMatchObject({ code: 'INPUT_TRUNCATED', place: path })
  expect(seen.length).toBeGreaterThan(1_000)
  expect(seen.slice(0, 1_000)).toEqual(LINES.slice(0, 1_000))
})

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100)
}

/** A zip of one file, written by hand. */
function zipOf(name: string, text: string): Buffer {
  const packed = deflateRawSync(Buffer.from(text))
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(8, 8)
  head.writeUInt32LE(packed.length, 18)
  head.writeUInt32LE(text.length, 22)
  head.writeUInt16LE(name.length, 26)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  return Buffer.concat([head, Buffer.from(name), packed, end])
}
