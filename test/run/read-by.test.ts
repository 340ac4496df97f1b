import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TAR_END, tarHeader, tarPadding } from '../../pipeline/export/tar.js'
import { replay } from '../../pipeline/run/replay.js'

const NOW = Date.parse('2026-11-25T00:00:00Z')

test('the summary says by file who read it, and how much only readers of anything did', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'read-by-'))
  await mkdir(join(dir, 'fw'))
  await writeFile(
    join(dir, 'fw/flow.log'),
    '2 111122223333 eni-0a1b2c3d4e5f60718 203.0.113.12 10.20.0.5 51200 8443 6 3 180 1795514410 1795514468 REJECT OK\n',
  )
  await writeFile(
    join(dir, 'fw/own.log'),
    [
      '2026-11-24 10:00:00 odd box says hello',
      '2026-11-24 10:00:01 odd box says more',
      '2026-11-24 10:00:02 -',
      '',
    ].join('\n'),
  )
  const { summary } = await replay({ paths: [dir], now: NOW })
  await rm(dir, { recursive: true })
  const [flow, own] = summary.files
  expect(flow).toMatchObject({ formats: { 'vpc-flow': 1 }, generic_share: 0 })
  expect(own?.generic_share).toBe(1)
  expect(Object.values(own?.formats ?? {}).reduce((a, b) => a + b)).toBe(3)
  expect(summary.generic_share).toBe(0.75)
  expect(summary.formats['vpc-flow']).toBe(1)
})

/** The columns are named in the oldest file only. */
const ROTATED: readonly (readonly [string, string])[] = [
  [
    'gw/app.log.2',
    '#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken\n2026-11-22 10:00:01 100.64.1.7 POST /sale 504 30015\n',
  ],
  [
    'gw/app.log.1',
    '2026-11-23 10:00:01 100.64.1.7 POST /sale 504 30012\n2026-11-23 10:00:09 100.64.1.7 POST /sale 200 12\n',
  ],
  ['gw/app.log', '2026-11-24 10:00:01 100.64.1.7 POST /sale 504 30011\n'],
  ['till/app.log', '2026-11-24 10:00:02 INFO sale failed\n'],
]
const tarOf = (files: typeof ROTATED): Buffer =>
  Buffer.concat([
    ...files.flatMap(([path, text]) => [
      tarHeader(path, Buffer.byteLength(text), NOW),
      Buffer.from(text),
      tarPadding(Buffer.byteLength(text)),
    ]),
    TAR_END,
  ])

test('a rotated set gives the same as a folder and as a bundle, in whichever order that holds it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'rotated-'))
  for (const host of ['gw', 'till']) await mkdir(join(dir, 'folder', host), { recursive: true })
  for (const [path, text] of ROTATED) await writeFile(join(dir, 'folder', path), text)
  await writeFile(join(dir, 'old-first.tar'), tarOf(ROTATED))
  await writeFile(join(dir, 'new-first.tar'), tarOf([...ROTATED].reverse()))
  const [folder, ...bundles] = await Promise.all(
    ['folder', 'old-first.tar', 'new-first.tar'].map(async (name) => {
      const { summary } = await replay({ paths: [join(dir, name)], now: NOW })
      const { files: _, duration_secs: __, ...rest } = summary
      return rest
    }),
  )
  await rm(dir, { recursive: true })
  expect(folder?.books).toMatchObject({ read: 6, dead_lettered: 0 })
  expect(folder?.timeouts).toBeGreaterThan(0)
  for (const bundle of bundles) expect(bundle).toEqual(folder)
})
