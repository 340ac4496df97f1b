import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unreadRows } from '../../pipeline/report/unread-words.js'
import { replay } from '../../pipeline/run/replay.js'

test('records that cannot be read are counted by reason, and the reason is told', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'unread-'))
  await mkdir(join(dir, 'till'))
  await writeFile(
    join(dir, 'till/app.log'),
    ['2026-11-24 10:00:00 INFO started', '2027-11-24 10:00:00 INFO sale', '1999-11-24 10:00:00 INFO sale', ''].join(
      '\n',
    ),
  )
  await writeFile(join(dir, 'till/mixed.log'), 'no time here\n2026-11-24 10:00:01 INFO ready\n')
  const { summary } = await replay({ paths: [dir], now: Date.parse('2026-11-25T00:00:00Z') })
  await rm(dir, { recursive: true })
  expect(summary.unread).toEqual({ PARSE_BAD_TIME: 2, PARSE_NO_TIME: 1 })
  expect(Object.values(summary.unread).reduce((a, b) => a + b)).toBe(summary.books.dead_lettered)
  expect(unreadRows(summary.unread, 'en')[0]).toMatch(/^Not read: 2 with a time before 2000 .*; 1 without a time/)
  expect(unreadRows(summary.unread, 'zh')[0]).toMatch(/^无法解析：2 时间.*；1 没有时间/)
  expect(unreadRows({}, 'en')).toEqual([])
})
