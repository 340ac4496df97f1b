import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { replay } from '../../pipeline/run/replay.js'

export const START = Date.parse('2026-05-04T06:00:00Z')
export const INVENTORY =
  'terminal_id,ip,mac,site,isp,model,merchant,gateway\nT100,192.168.7.21,,S7,NetCo,X,,gw1\nT200,192.168.8.21,,S8,NetCo,X,,gw1\n'
export const iso = (ms: number): string => new Date(ms).toISOString()
/** `2026-05-04 14:00:00.000`, the wall clock of a zone. */
export const wall = (ms: number, hours: number): string =>
  iso(ms + hours * 3_600_000)
    .replace('T', ' ')
    .replace('Z', '')
/** `May  4 06:00:00`, as syslog writes it. */
export const syslog = (ms: number): string => {
  const d = new Date(ms)
  return `${['Jan', 'Feb', 'Mar', 'Apr', 'May'][d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2)} ${iso(ms).slice(11, 19)}`
}
export const haproxy = (ms: number, id: string): string =>
  `${syslog(ms + 200)} gw1 haproxy[1]: 198.51.100.9:3${String(ms % 10_000).padStart(4, '0')} [${iso(ms).slice(8, 10)}/May/2026:${iso(ms).slice(11, 23)}] pay core/c1 0/0/1/150/151 200 214 - - ---- 3/3/1/1/0 0/0 {${id}} "POST /sale HTTP/1.1"`

export async function inferred(
  logs: Readonly<Record<string, readonly string[]>>,
  more: Partial<Parameters<typeof replay>[0]> = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'infer-'))
  const out = join(dir, 'out')
  for (const [name, lines] of Object.entries({ ...logs, 'inventory.csv': [INVENTORY.trimEnd()] })) {
    await mkdir(dirname(join(dir, 'in', name)), { recursive: true })
    await writeFile(join(dir, 'in', name), Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
  }
  const { verdicts, summary } = await replay({
    paths: [join(dir, 'in')],
    out,
    now: Date.parse('2026-11-24T00:00:00Z'),
    allEvents: true,
    ...more,
  })
  const events = (await readFile(join(out, 'events.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l))
  const origins = await readFile(join(out, 'origins.yml'), 'utf8')
  await rm(dir, { recursive: true })
  return { verdicts, summary, events, origins }
}
export const sales = Array.from({ length: 30 }, (_, i) => START + i * 20_000)
export const server = sales.map(
  (ms, i) =>
    `${iso(ms)} INFO [worker-1] core.Sale - sale approved tid=T${i % 2 ? 100 : 200} stan=${String(1000 + i).padStart(6, '0')} elapsed=120ms`,
)
export const terminal = (clock: (ms: number) => string): string[] =>
  sales
    .filter((_, i) => i % 2)
    .map(
      (ms, i) => `${clock(ms)} INFO sale approved tid=T100 stan=${String(1001 + 2 * i).padStart(6, '0')} elapsed=200ms`,
    )
export const timesOf = (events: { '@timestamp': string; host?: { name: string } }[], host: string) =>
  events.filter((e) => e.host?.name === host).map((e) => Date.parse(e['@timestamp']))
