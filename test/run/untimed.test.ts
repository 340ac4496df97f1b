import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { replay } from '../../pipeline/run/replay.js'
import { markUntimed } from '../../pipeline/run/untimed.js'
import { listFiles } from '../../pipeline/sources/files.js'

const NOW = Date.UTC(2026, 10, 29)
let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'untimed-'))
})
afterAll(() => rm(dir, { recursive: true }))

const file = async (name: string, text: string): Promise<string> => {
  const path = join(dir, name)
  await writeFile(path, text)
  return path
}
const PASTE = `starting sale 17
Error: connect ETIMEDOUT 192.0.2.40:9443
    at TCPConnectWrap.afterConnect [as oncomplete] (net.js:1141:16)
sale 17 failed
`

describe('a paste without times', () => {
  it('gets its verdict, and the summary says what was taken for time', async () => {
    const { verdicts, summary } = await replay({ paths: ['-'], stdin: Readable.from([PASTE]), now: NOW })
    expect(verdicts).toHaveLength(1)
    const { whytimeout: told, destination } = verdicts[0] ?? {}
    expect(told?.episode.phase).toBe('connect')
    expect(destination).toMatchObject({ ip: '192.0.2.40', port: 9443 })
    expect(summary.books.dead_lettered).toBe(0)
    expect(summary.assumed).toContainEqual({
      origin: 'unknown/stdin',
      what: 'time',
      value: 'order',
      why: 'no line has a time: the order of the lines',
    })
  })

  it('is told from a log whose lines have times, and from one that talks of a date now and then', async () => {
    const good = '2026-11-20T18:00:00Z pay: start\n\n2026-11-20T18:00:05Z pay: connect to 192.0.2.40:9443 timed out\n'
    const paths = [
      await file('clock.log', '18:04:05,250 WARN pay - slow\n18:04:09,250 ERROR pay - Read timed out\n'),
      await file('dated.log', `${PASTE}${'waiting for host\n'.repeat(6)}licence ends 2027-01-01 00:00:00\n`),
      await file('empty.log', '\n'),
      await file('paste.log', PASTE),
      await file('timed.log', good),
    ]
    const markedOf = async (some: readonly string[]) => {
      const { files } = await listFiles([...some])
      const reading = {
        formats: FORMATS,
        format: undefined,
        inventory: undefined,
        given: () => ({}),
        receivedAtMs: NOW,
      }
      const marked = await markUntimed(files, reading)
      expect(marked.map((f) => f.name)).toEqual(files.map((f) => f.name))
      return marked.filter((f) => f.isUntimed).map((f) => f.name)
    }
    const alone = await Promise.all(paths.map((path) => markedOf([path])))
    expect(alone.flat()).toEqual(['dated.log', 'paste.log'])
    expect(await markedOf(paths.filter((p) => /dated|paste/.test(p)))).toEqual(['dated.log', 'paste.log'])
    // Of the moment that the others are of, where these are small and of one moment, and logs at all.
    const notes = await file('notes.md', PASTE)
    const beside = paths.filter((p) => /\/(?:paste|timed)\.log$/.test(p))
    expect(await markedOf([...beside, notes])).toEqual(['paste.log'])
    const { files } = await listFiles(beside)
    const given = { formats: FORMATS, format: undefined, inventory: undefined, given: () => ({}), receivedAtMs: NOW }
    const paste = (await markUntimed(files, given)).find((f) => f.isUntimed)
    expect(paste?.beside).toMatchObject({ year: 2026, month: 11, day: 20, hour: 18, minute: 0, second: 5 })
    // Beside logs of more than a moment, an order alone says nothing.
    expect(await markedOf(paths)).toEqual([])
  })

  it.each([
    [
      'curl -v',
      `*   Trying 2001:db8:7e00::f03c...
* TCP_NODELAY set
* connect to 2001:db8:7e00::f03c port 80 failed: Connection timed out
* Failed to connect to pay.example port 80: Connection timed out
* Closing connection 0
curl: (7) Failed to connect to pay.example port 80: Connection timed out
`,
      { ip: undefined, port: 80 },
      'connect',
    ],
    [
      'openvpn over TCP, whose lines begin as the kernel does',
      'TCP: connect to [AF_INET]192.0.2.126:1194 failed: Connection timed out\n',
      { ip: '192.0.2.126', port: 1194 },
      'connect',
    ],
    [
      'an error that ends in advice, with an address of its own',
      'Timeout performing GET (5000ms), next: GET menu, inst: 0, qu: 431, qs: 2988, serverEndpoint: 10.0.12.10:6379, WORKER: (Busy=12,Free=31764,Min=1000,Max=32767), v: 2.1.30 (Please take a look at this article for some common client-side issues that can cause timeouts: https://docs.example/Timeouts)\n',
      { ip: '10.0.12.10', port: 6379 },
      'response',
    ],
  ])('reads %s', async (_, text, dialled, phase) => {
    const { verdicts } = await replay({ paths: ['-'], stdin: Readable.from([text]), now: NOW })
    expect(verdicts.map((v) => v.whytimeout?.episode.phase)).toEqual([phase])
    expect(verdicts[0]?.destination?.ip).toBe(dialled.ip)
    expect(verdicts[0]?.destination?.port).toBe(dialled.port)
  })
})
