import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from '../../pipeline/parse/decode.js'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { application } from '../../pipeline/parse/formats/application.js'
import { fallback } from '../../pipeline/parse/formats/fallback.js'
import { jsonLog } from '../../pipeline/parse/formats/json-log.js'
import { logfmt } from '../../pipeline/parse/formats/logfmt.js'
import { createFramer } from '../../pipeline/parse/frame.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import { listFiles } from '../../pipeline/sources/files.js'
import { readLines } from '../../pipeline/sources/lines.js'
import type { LogEvent } from '../../schemas/event.js'
import { oracle, type Said } from './generic-oracle.js'

/** The readers that know no layout: what is left of us for a format that nobody wrote a parser for. */
const GENERIC = [logfmt, application, jsonLog, fallback]
/** So that no file outweighs the others. */
const MOST_OF_A_FILE = 100
const DAY_MS = 86_400_000

/** 30 of 100 files, chosen by the hash of their path: nobody looks at their misses, so they stand for what is still to come. */
export const isAside = (path: string): boolean => (createHash('sha256').update(path).digest()[0] ?? 0) < 77

/** How often each was there to find, and was found right. `callers`: the address of who asked, as the collection itself names it. */
export type Tally = Record<'times' | 'addresses' | 'ports' | 'callers', { there: number; right: number }>
export const noTally = (): Tally => ({
  times: { there: 0, right: 0 },
  addresses: { there: 0, right: 0 },
  ports: { there: 0, right: 0 },
  callers: { there: 0, right: 0 },
})
export function addTally(sum: Tally, more: Tally): void {
  for (const what of Object.keys(sum) as (keyof Tally)[]) {
    sum[what].there += more[what].there
    sum[what].right += more[what].right
  }
}

const ADDRESSES = [
  'source.ip',
  'destination.ip',
  'source.nat.ip',
  'destination.nat.ip',
  'whytimeout.address',
  'whytimeout.router_ip',
  'whytimeout.nameserver_ip',
  'host.ip',
  'host.name',
] as const
const PORTS = ['source.port', 'destination.port', 'source.nat.port', 'destination.nat.port'] as const

/** Reads a file as if its format were unknown, and compares with what the plain oracle finds in its lines. */
export async function measure(path: string, now: number, missed: (what: string, text: string) => void): Promise<Tally> {
  const tally = noTally()
  const callers = await callersIn(path)
  const count = (what: keyof Tally, isRight: boolean, text: () => string) => {
    tally[what].there++
    if (isRight) tally[what].right++
    else missed(what, text())
  }
  const take = (raw: string) => {
    if (tally.times.there >= MOST_OF_A_FILE) return
    const text = decode(raw)
    const line = text.split('\n')[0] as string
    const said = oracle(line, now)
    if (said.at === undefined) return
    const event = read(raw, now)
    count('times', isTimeRight(event, said), () => `${event?.['@timestamp']} ${text}`)
    const have = event ? [...ADDRESSES.flatMap((f) => event[f] ?? []), ...(event['related.ip'] ?? [])] : []
    const ports = event ? PORTS.flatMap((f) => event[f] ?? []) : []
    if (said.addresses.length > 0)
      count(
        'addresses',
        said.addresses.every((a) => have.includes(a)),
        () => `${have} of ${said.addresses}: ${text}`,
      )
    if (said.ports.length > 0)
      count(
        'ports',
        said.ports.every((p) => ports.includes(p)),
        () => `${ports} of ${said.ports}: ${text}`,
      )
    const caller = callers.get(line.trim())
    if (caller !== undefined)
      count('callers', event?.['source.ip'] === caller, () => `${event?.['source.ip']} not ${caller}: ${text}`)
  }
  const framer = createFramer([])
  const { files } = await listFiles([path])
  for (const file of files) {
    for await (const lines of readLines(file))
      for (const l of lines) for (const r of framer.push(l.text, l.number)) take(r.text)
    for (const r of framer.flush()) take(r.text)
  }
  return tally
}

function read(raw: string, now: number): LogEvent | undefined {
  const outcome = parseRecord(raw, {
    ...{ formats: GENERIC, host: undefined, logName: 'l', entryFor: () => ({}), receivedAtMs: now },
    ...{ enrichment: NO_ENRICHMENT, shownValues: new Set<string>(), anonymous: true, isGlance: true },
  })
  return outcome.kind === 'events' ? outcome.events[0]?.event : undefined
}

function isTimeRight(event: LogEvent | undefined, said: Said): boolean {
  if (event === undefined) return false
  const at = Date.parse(event['@timestamp'])
  return (said.isBare ? at % DAY_MS : at) === said.at || said.also.includes(at)
}

/** crowdsec's assertions beside a file say of each line who it takes for its source. */
async function callersIn(path: string): Promise<Map<string, string>> {
  const [text, lines] = await Promise.all(
    [join(path, '..', 'parser.assert'), path].map((p) => readFile(p, 'utf8').catch(() => '')),
  )
  const log = (lines ?? '').split('\n').filter((l) => l.trim() !== '')
  const sections = new Map<string, Map<number, string>>()
  for (const m of (text ?? '').matchAll(
    /^results\["([^"]+)"\]\["([^"]+)"\]\[(\d+)\]\.Evt\.Meta\["source_ip"\] == "([^"]+)"/gm,
  )) {
    const name = `${m[1]} ${m[2]}`
    const section = sections.get(name) ?? new Map<number, string>()
    sections.set(name, section.set(Number(m[3]), m[4] as string))
  }
  const callers = new Map<string, string>()
  // Only where a section speaks of every line: then its numbers are theirs.
  for (const section of sections.values())
    if (section.size === log.length) for (const [i, ip] of section) callers.set((log[i] as string).trim(), ip)
  return callers
}
