import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolderSink } from '../../pipeline/sinks/folder.js'

test('results appear whole at the end, and not at all before or after an abort', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sink-'))
  await writeFile(join(dir, 'a.ndjson'), 'old\n')
  const first = await createFolderSink(dir)
  await first.file('a.ndjson').write('half')
  expect(await readFile(join(dir, 'a.ndjson'), 'utf8')).toBe('old\n')
  await first.abort()
  expect(await readdir(dir)).toEqual(['a.ndjson'])
  const second = await createFolderSink(dir)
  const file = second.file('a.ndjson')
  for (let i = 0; i < 20_000; i++) await file.write(`line ${i}`)
  await second.commit()
  expect((await readFile(join(dir, 'a.ndjson'), 'utf8')).split('\n').length).toBe(20_001)
  expect(await readdir(dir)).toEqual(['a.ndjson'])
})

test('a folder that is a file is refused', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sink-'))
  await writeFile(join(dir, 'f'), '')
  await expect(createFolderSink(join(dir, 'f'))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
})
