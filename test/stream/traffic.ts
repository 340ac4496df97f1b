import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BLOCKS, FORMATS } from '../../pipeline/parse/formats/index.js'
import { createFramer } from '../../pipeline/parse/frame.js'
import { logNameOf } from '../../pipeline/parse/log-name.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import type { LoadedConfig } from '../../pipeline/run/config.js'
import { replay } from '../../pipeline/run/replay.js'
import { readInputs, type StreamInputs } from '../../pipeline/run/stream-inputs.js'
import {
  eventDocument,
  healthDocument,
  incidentDocument,
  type StoredDocument,
  verdictDocument,
} from '../../pipeline/stream/documents.js'
import { Config } from '../../schemas/config.js'
import type { Health } from '../../schemas/health.js'
import type { Incident } from '../../schemas/incident.js'
import type { Verdict } from '../../schemas/verdict.js'

/** One record as a shipper would bring it: its lines, who wrote them, and about when. */
export type TrafficRecord = {
  readonly host: string
  readonly log: string
  readonly lines: readonly string[]
  readonly at: number
}
export type Traffic = {
  /** By time; the records of one log keep their order. */
  readonly records: readonly TrafficRecord[]
  readonly inputs: StreamInputs
  readonly inventoryText: string
  readonly originsText: string
  /** What replay stores of it, verdicts and events: `index/id` to the document's JSON. */
  readonly expected: ReadonlyMap<string, string>
  /** The same with incidents. */
  readonly expectedInAll: ReadonlyMap<string, string>
}

/** The logs of a labelled folder (`logs/<host>/<file>`, `inventory.csv`) as traffic, and what a replay makes of them. */
export async function trafficOf(
  dir: string,
  share = 1,
  change: { origins?: (text: string) => string; inventory?: (text: string) => string } = {},
): Promise<Traffic> {
  const work = await mkdtemp(join(tmpdir(), 'traffic-'))
  const inventory = join(work, 'inventory.csv')
  const rows = await readFile(join(dir, 'inventory.csv'), 'utf8')
  await writeFile(inventory, change.inventory?.(rows) ?? rows)
  const now = Date.parse('2027-01-01T00:00:00Z')
  await replay({ paths: [dir], inventory, out: join(work, 'first'), now })
  const origins = join(work, 'first', 'origins.yml')
  const inferred = await readFile(origins, 'utf8')
  const originsText = change.origins?.(inferred) ?? inferred
  await writeFile(origins, originsText)
  const config: LoadedConfig = {
    ...Config.parse({ kafka: { brokers: ['127.0.0.1:1'], topics: ['raw'] }, inventory, origins }),
    dir: work,
  } as LoadedConfig
  const inputs = await readInputs(config)
  const records = await recordsOf(dir, inputs, now)
  const kept = records.slice(0, Math.ceil(records.length * share))
  const { expected, expectedInAll } = await replayed(work, kept, { inventory, origins, now })
  const inventoryText = await readFile(inventory, 'utf8')
  await rm(work, { recursive: true })
  return { records: kept, inputs, inventoryText, originsText, expected, expectedInAll }
}

async function recordsOf(dir: string, inputs: StreamInputs, now: number): Promise<TrafficRecord[]> {
  const all: (TrafficRecord & { order: number })[] = []
  for (const host of (await readdir(join(dir, 'logs'))).sort()) {
    for (const file of (await readdir(join(dir, 'logs', host))).sort()) {
      const lines = (await readFile(join(dir, 'logs', host, file), 'latin1')).split('\n')
      const framer = createFramer(BLOCKS)
      let latest = 0
      const framed = [...lines.flatMap((l, i) => framer.push(l, i + 1)), ...framer.flush()]
      for (const r of framed) {
        const outcome = parseRecord(r.text, {
          formats: FORMATS,
          host,
          logName: logNameOf(file),
          receivedAtMs: now,
          ...inputs.record,
        })
        const at = outcome.kind === 'events' ? outcome.events[0]?.at : undefined
        latest = Math.max(latest, at ?? 0)
        all.push({ host, log: file, lines: r.text.split('\n'), at: latest, order: all.length })
      }
    }
  }
  return all.sort((a, b) => a.at - b.at || a.order - b.order)
}

/** Replays exactly these records, laid out as files again. */
async function replayed(
  work: string,
  records: readonly TrafficRecord[],
  options: { inventory: string; origins: string; now: number },
): Promise<Pick<Traffic, 'expected' | 'expectedInAll'>> {
  const files = new Map<string, string[]>()
  for (const r of records) {
    const path = join(work, 'logs', r.host, r.log)
    files.set(path, [...(files.get(path) ?? []), ...r.lines])
  }
  for (const [path, lines] of files) {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, `${lines.join('\n')}\n`, 'latin1')
  }
  const out = join(work, 'out')
  await replay({ paths: [join(work, 'logs')], out, ...options })
  const lines = async (name: string) => (await readFile(join(out, name), 'utf8')).split('\n').filter(Boolean)
  const documents = [
    ...(await lines('verdicts.ndjson')).map((l) => verdictDocument(JSON.parse(l) as Verdict)),
    ...(await lines('health.ndjson')).map((l) => healthDocument(JSON.parse(l) as Health, 1)),
    ...(await lines('events.ndjson')).map((l) => replayedEvent(JSON.parse(l))),
  ]
  const incidents = (await lines('incidents.ndjson')).map((l) => incidentDocument(JSON.parse(l) as Incident))
  const asStored = (all: readonly StoredDocument[]) => stored(new Map(all.map((d) => [`${d.index}/${d.id}`, d])))
  return { expected: asStored(documents), expectedInAll: asStored([...documents, ...incidents]) }
}

/** A written event is nested already: only its index and id are wanted. */
const replayedEvent = (source: { '@timestamp': string; event: { id: string } }): StoredDocument => ({
  ...eventDocument(
    {
      id: source.event.id,
      realm: '',
      event: { '@timestamp': source['@timestamp'] } as never,
      signals: [],
    },
    1,
  ),
  source,
})

/** A store as a set of (index, id, document): what law 1 compares. Deleted ids are not in it. */
export function stored(documents: ReadonlyMap<string, StoredDocument>): ReadonlyMap<string, string> {
  const kept = [...documents].flatMap(([key, d]) => (d.source ? [[key, canonical(d.source)] as const] : []))
  return new Map(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
