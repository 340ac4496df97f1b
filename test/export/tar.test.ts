import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TAR_END, tarHeader, tarPadding } from '../../pipeline/export/tar.js'

const AT = Date.parse('2026-11-24T10:00:00Z')
const LONG = `${'folder/'.repeat(20)}app.log`
const tar = (files: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat([
    ...files.flatMap(([path, text]) => {
      const bytes = Buffer.from(text)
      return [tarHeader(path, bytes.length, AT), bytes, tarPadding(bytes.length)]
    }),
    TAR_END,
  ])

test('GNU tar reads names of any length and script, and every byte', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tar-'))
  try {
    const files = [
      ['a.log', ''],
      ['终端/日志.log', '连接超时\n'],
      [LONG, 'x'.repeat(512)],
      [`${'n'.repeat(100)}`, 'y'.repeat(513)],
    ] as const
    const path = join(dir, 'a.tar')
    await writeFile(path, tar(files))
    const run = (...args: string[]) =>
      execFileSync('tar', [...args, '--quoting-style=literal'], {
        encoding: 'utf8',
        env: { ...process.env, TZ: 'UTC' },
      })
    expect(run('-tf', path).trim().split('\n')).toEqual(files.map(([name]) => name))
    for (const [name, text] of files) expect(run('-xOf', path, name)).toBe(text)
    expect(run('-tvf', path, 'a.log')).toContain('0/0')
    expect(run('-tvf', path, 'a.log')).toContain('2026-11-24 10:00')
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('more than eight GiB are said in an extended header', () => {
  const size = 9 * 2 ** 30
  expect(tarHeader('big.log', size, AT).toString('latin1')).toContain(`19 size=${size}\n`)
})
