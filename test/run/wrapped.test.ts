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

const recordsOf = (lines: readonly string[]) => recordsIn(`${lines.join('\n')}\n`)
async function recordsIn(text: string): Promise<string[][]> {
  const path = join(dir, 'ship.ndjson')
  await writeFile(path, text)
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

test.each<[string, string, string]>([
  [
    'a search answer of Beats documents',
    'gw/haproxy.log',
    json({
      took: 1,
      hits: {
        total: { value: 1 },
        hits: [
          {
            _index: 'i',
            _id: '1',
            _source: {
              '@timestamp': '2026-11-20T14:00:01Z',
              message: HAPROXY,
              log: { file: { path: '/var/log/haproxy.log' } },
              host: { name: 'gw' },
              agent: {},
            },
          },
        ],
      },
    }),
  ],
  [
    'hits a line each, as elasticdump writes them',
    'gw/haproxy.log',
    `${json({ _index: 'i', _id: '1', _source: { message: HAPROXY, log: { file: { path: '/var/log/haproxy.log' } }, host: { name: 'gw' }, agent: {} } })}\n`,
  ],
  [
    'CloudWatch get-log-events',
    '/ship.ndjson',
    json({ events: [{ timestamp: 1_795_183_201_000, message: HAPROXY, ingestionTime: 1 }], nextForwardToken: 'f/1' }),
  ],
  [
    'CloudWatch filter-log-events, pretty',
    '/haproxy',
    JSON.stringify(
      { events: [{ logStreamName: 'haproxy', timestamp: 1_795_183_201_000, message: `${HAPROXY}\n`, eventId: '1' }] },
      null,
      4,
    ),
  ],
  [
    'a CloudWatch subscription',
    '/i-0abc',
    json({
      messageType: 'DATA_MESSAGE',
      owner: '1',
      logGroup: '/gw',
      logStream: 'i-0abc',
      logEvents: [{ id: '1', timestamp: 1_795_183_201_000, message: HAPROXY }],
    }),
  ],
  [
    'OTLP',
    'gw/haproxy.log',
    json({
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'host.name', value: { stringValue: 'gw' } }] },
          scopeLogs: [
            {
              scope: {},
              logRecords: [
                {
                  timeUnixNano: '1795183201000000000',
                  body: { stringValue: HAPROXY },
                  attributes: [{ key: 'log.file.path', value: { stringValue: '/var/log/haproxy.log' } }],
                },
              ],
            },
          ],
        },
      ],
    }),
  ],
  [
    'GELF',
    'gw/ship.ndjson',
    `${json({ version: '1.1', host: 'gw', short_message: HAPROXY, timestamp: 1_795_183_201.5, level: 6 })}\n`,
  ],
  [
    'docker inside an array',
    '/ship.ndjson',
    json([{ log: `${HAPROXY}\n`, stream: 'stdout', time: '2026-11-20T14:00:00.2Z' }]),
  ],
])('%s around syslog around HAProxy comes out as HAProxy, from a file and from a message', async (_, log, text) => {
  expect((await recordsIn(text)).map(([place, record]) => [place, record])).toEqual([[log, HAPROXY]])
  const message = { offset: 0n, timestamp: 0, key: undefined, headers: {}, value: Buffer.from(text) }
  const [host = '', name = ''] = log.split('/')
  expect(partsOf(message, 'ship.ndjson')).toEqual([{ host: host === '' ? undefined : host, log: name, text: HAPROXY }])
})

test('a document that breaks off gives what was whole, then its lines', async () => {
  const records = await recordsIn(
    `[\n${json({ time: '2026-11-20T14:00:00Z', msg: 'a' })},\n${json({ time: '2026-11-20T14:00:01Z', msg: 'b' })} oops,\n${json({ time: '2026-11-20T14:00:02Z', msg: 'c' })}\n]`,
  )
  expect(records.map(([, text, line]) => `${line} ${text}`)).toEqual([
    '2 {"time":"2026-11-20T14:00:00Z","msg":"a"}',
    '3 {"time":"2026-11-20T14:00:01Z","msg":"b"} oops,',
    '4 {"time":"2026-11-20T14:00:02Z","msg":"c"}',
    '5 ]',
  ])
})

test('records that no envelope holds are the same from a file and from a message', async () => {
  const text = json({
    Records: [
      { eventTime: '2026-11-20T14:00:00Z', eventName: 'x', n: 1.5 },
      { eventTime: '2026-11-20T14:00:01Z', z: '连接' },
    ],
  })
  const fromFile = (await recordsIn(text)).map(([, record]) => record)
  const fromMessage = partsOf(
    { offset: 0n, timestamp: 0, key: undefined, headers: {}, value: Buffer.from(text) },
    't',
  ).map((p) => p.text)
  expect(fromFile).toHaveLength(2)
  expect(fromMessage).toEqual(fromFile)
})
