import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type LogFile, listFiles } from '../../pipeline/sources/files.js'
import { readLines } from '../../pipeline/sources/lines.js'

const folder = async (files: Readonly<Record<string, string | Buffer>>): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'files-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true })
    await writeFile(join(dir, name), content)
  }
  return dir
}
const linesOf = async (file: LogFile): Promise<string[]> => {
  const found: string[] = []
  for await (const batch of readLines(file)) for (const line of batch) found.push(line.text)
  return found
}

test('folders that programs keep their logs in are no hosts', async () => {
  const dir = await folder({
    'till1/Logs/pos.log': 'x',
    'gw/nginx/error.log': 'x',
    'shop/rt1/messages': 'x',
    'log/a.log': 'x',
  })
  const hosts = async () => Object.fromEntries((await listFiles([dir])).files.map((f) => [f.name, f.host]))
  expect(await hosts()).toEqual({ 'pos.log': 'till1', 'error.log': 'gw', messages: 'rt1', 'a.log': 'log' })
  // Laid out by host, the outermost is the host whatever it is called.
  const labelled = await folder({ 'truth.ndjson': '', 'logs/data/app/x.log': 'x', 'logs/gw/nginx/error.log': 'x' })
  expect((await listFiles([labelled])).files.map((f) => f.host).sort()).toEqual(['data', 'gw'])
})

test('host from the folder, log name without rotation, oldest first, tables and hidden files apart', async () => {
  const dir = await folder({
    'gw/app.log': '3',
    'gw/app.log.1': '2',
    'gw/app.log.2.gz': gzipSync('1'),
    'inventory.csv': 'x',
    'origins.yml': '',
    'gw/.hidden': '',
  })
  const { files, roots } = await listFiles([dir])
  expect(files.map((f) => [f.host, f.name])).toEqual([
    ['gw', 'app.log'],
    ['gw', 'app.log'],
    ['gw', 'app.log'],
  ])
  expect((await Promise.all(files.map(linesOf))).flat()).toEqual(['1', '2', '3'])
  expect(roots[0]?.inventory).toBe(join(dir, 'inventory.csv'))
})

test('a labelled folder gives its logs, never its labels', async () => {
  const dir = await folder({ 'logs/gw/a.log': 'x', 'truth.ndjson': '{}', 'scenario.json': '{}', 'inventory.csv': 'x' })
  expect((await listFiles([dir])).files.map((f) => f.path)).toEqual([join(dir, 'logs/gw/a.log')])
})

test('line ends, marks, UTF-16, gzip in members, a last line without an end', async () => {
  const dir = await folder({
    crlf: 'a\r\nb\r\n',
    bom: Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0x0a, 0x62]),
    wide: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('é\nb', 'utf16le')]),
    members: Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]),
  })
  const read = async (name: string) => linesOf({ path: join(dir, name), host: undefined, name, bytes: 0 })
  expect(await read('crlf')).toEqual(['a', 'b'])
  expect(await read('bom')).toEqual(['a', 'b'])
  expect(await read('wide')).toEqual([Buffer.from('é').toString('latin1'), 'b'])
  expect(await read('members')).toEqual(['a', 'b'])
})

test('a line of 100 MB is cut and does not fill memory', async () => {
  const dir = await folder({ long: Buffer.concat([Buffer.alloc(100 * 1024 * 1024, 'x'), Buffer.from('\nnext\n')]) })
  const lines = await linesOf({ path: join(dir, 'long'), host: undefined, name: 'long', bytes: 0 })
  expect(lines.map((l) => l.length)).toEqual([1024 * 1024, 4])
})

test('a truncated gzip gives what can be read, then says so', async () => {
  const whole = gzipSync(Array.from({ length: 50_000 }, (_, i) => `line ${i} ${Math.sin(i)}`).join('\n'))
  const dir = await folder({ 'cut.gz': whole.subarray(0, whole.length / 2) })
  const seen: string[] = []
  await expect(
    (async () => {
      for await (const batch of readLines({ path: join(dir, 'cut.gz'), host: undefined, name: 'cut', bytes: 0 }))
        for (const l of batch) seen.push(l.text)
    })(),
  ).rejects.toMatchObject({ code: 'INPUT_TRUNCATED' })
  expect(seen.length).toBeGreaterThan(1_000)
})

test('what is not there, and what is empty, is said', async () => {
  await expect(listFiles(['/no/such/folder'])).rejects.toMatchObject({
    code: 'INPUT_NOT_FOUND',
    place: '/no/such/folder',
  })
  await expect(listFiles([await folder({})])).rejects.toMatchObject({ code: 'INPUT_EMPTY_FOLDER' })
})
