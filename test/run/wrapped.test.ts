import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eachRecord } from '../../pipeline/run/inputs.js'
import { listFiles } from '../../pipeline/sources/files.js'
import { partsOf } from '../../pipeline/stream/raw-message.js'

const HAPROXY =
  'Nov 20 14:00:00 gw haproxy[1]: 192.0.2.7:5301 [20/Nov/2026:14:00:00.185] fe be/s1 1/1/4 0 -- 6/3/2/2/1 0/0'
const HEAD = '2026-11-20 14:00:01,000 ERROR [till] sale failed'
const json = (value: object): string => JSON.stringify(value)

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'whytimeout-wrapped-'))
})
afterAll(() => rm(dir, { recursive: true }))

async function recordsOf(lines: readonly string[]): Promise<string[][]> {
  const path = join(dir, 'ship.ndjson')
  await writeFile(path, `${lines.join('\n')}\n`)
  const { files } = await listFiles([path])
  const records: string[][] = []
  await eachRecord(
    files,
    async (file, text, line) => {
      records.push([`${file.host ?? ''}/${file.name}`, text, String(line)])
    },
    () => {},
  )
  return records
}

test('lines of two logs, one after the other in a file of Beats, are framed each with its own', async () => {
  const beat = (path: string, host: string, message: string) =>
    json({ message, log: { file: { path } }, host: { name: host }, agent: {} })
  expect(
    await recordsOf([
      beat('/var/log/pos.log', 'till', HEAD),
      beat('/var/log/haproxy.log', 'gw', HAPROXY),
      beat('/var/log/pos.log', 'till', '\tat lab.Pos.sale(Pos.java:1)'),
      'not wrapped',
    ]),
  ).toEqual([
    ['/ship.ndjson', 'not wrapped', '4'],
    ['till/pos.log', `${HEAD}\n\tat lab.Pos.sale(Pos.java:1)`, '1'],
    ['gw/haproxy.log', HAPROXY, '2'],
  ])
})

test("docker's json-file gives the container's own line; one without a time keeps the engine's", async () => {
  const docker = (log: string) => json({ log: `${log}\n`, stream: 'stdout', time: '2026-11-20T14:00:00.2Z' })
  const bare = docker('no time here')
  const records = await recordsOf([docker(HAPROXY), bare])
  expect(records).toEqual([
    ['/ship.ndjson', HAPROXY, '1'],
    ['/ship.ndjson', bare, '2'],
  ])
  const message = (value: string) => ({
    offset: 0n,
    timestamp: 0,
    key: undefined,
    value: Buffer.from(value),
    headers: {},
  })
  const streamed = [docker(HAPROXY), bare].flatMap((line) => partsOf(message(line), 'ship').map((p) => p.text))
  expect(streamed, 'the stream says the same').toEqual(records.map(([, text]) => text))
})
